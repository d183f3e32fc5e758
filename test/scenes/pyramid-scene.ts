import { seededRandom } from "../../engine/core/random.js"
import type { Mesh, Solids } from "../../engine/kernel.js"
import { greedyTin } from "../../kernels/geometry/greedy-tin.js"

/** What one tile hands to its parent. */
export interface ModelTile {
  readonly ground: Mesh
  readonly solid: Solids
  readonly deck: Solids
  readonly crown: Mesh
}

/** Side of the scene's finest tiles, metres. */
export const SIDE = 100

/** Height of the scene's ground, mm, at a place of the CRS in mm. */
export const groundHeight = (x: number, y: number): number =>
  Math.round(100_000 + 6000 * Math.sin(x / 61_000) + 4000 * Math.cos(y / 47_000) + 400 * Math.sin((x + 2 * y) / 9000))

/** A solid while it is made: vertices in mm of the CRS, faces as rings, kinds. */
export interface Raw {
  readonly id: string
  readonly label: number
  readonly positions: readonly (readonly [number, number, number])[]
  readonly faces: readonly { readonly kind: number; readonly rings: readonly (readonly number[])[] }[]
}

/** A vertical prism over a ring (counter-clockwise x, y) and holes (clockwise). */
export const prism = (
  id: string,
  rings: readonly (readonly (readonly [number, number])[])[],
  floor: number,
  roof: number,
  label = 6,
): Raw => {
  const flat = rings.flat()
  const n = flat.length
  const positions = [floor, roof].flatMap((z) => flat.map(([x, y]) => [x, y, z] as const))
  let at = 0
  const loops = rings.map((ring) => ring.map(() => at++))
  const walls = loops.flatMap((loop) =>
    loop.map((a, i) => {
      const b = loop[(i + 1) % loop.length]!
      return { kind: 1, rings: [[a, b, b + n, a + n]] }
    }),
  )
  return {
    id,
    label,
    positions,
    faces: [
      { kind: 0, rings: loops.map((loop) => [...loop].reverse()) },
      ...walls,
      { kind: 2, rings: loops.map((loop) => loop.map((v) => v + n)) },
    ],
  }
}

/** A gable house: w by d, eaves and ridge, mm. */
export const gable = (
  id: string,
  x: number,
  y: number,
  w: number,
  d: number,
  floor: number,
  eaves: number,
  ridge: number,
): Raw => ({
  id,
  label: 6,
  positions: [
    [x, y, floor],
    [x + w, y, floor],
    [x + w, y + d, floor],
    [x, y + d, floor],
    [x, y, eaves],
    [x + w, y, eaves],
    [x + w, y + d, eaves],
    [x, y + d, eaves],
    [x, y + d / 2, ridge],
    [x + w, y + d / 2, ridge],
  ],
  faces: [
    { kind: 0, rings: [[3, 2, 1, 0]] },
    { kind: 1, rings: [[0, 1, 5, 4]] },
    { kind: 1, rings: [[1, 2, 6, 9, 5]] },
    { kind: 1, rings: [[2, 3, 7, 6]] },
    { kind: 1, rings: [[3, 0, 4, 8, 7]] },
    { kind: 2, rings: [[4, 5, 9, 8]] },
    { kind: 2, rings: [[6, 7, 8, 9]] },
  ],
})

/** Solids of raw ones, relative to `origin` (metres). */
export const solidsOf = (raws: readonly Raw[], origin: readonly [number, number, number]): Solids => {
  const positions: number[] = []
  const [ringVertices, ringEnds, faceEnds, faceKinds, solidEnds]: number[][] = [[], [], [], [], []]
  for (const raw of raws) {
    const first = positions.length / 3
    for (const place of raw.positions) positions.push(...place.map((value, axis) => value - 1000 * origin[axis]!))
    for (const face of raw.faces) {
      for (const ring of face.rings) {
        ringVertices!.push(...ring.map((v) => v + first))
        ringEnds!.push(ringVertices!.length)
      }
      faceEnds!.push(ringEnds!.length)
      faceKinds!.push(face.kind)
    }
    solidEnds!.push(faceEnds!.length)
  }
  return {
    origin,
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices!),
    ringEnds: Uint32Array.from(ringEnds!),
    faceEnds: Uint32Array.from(faceEnds!),
    faceKinds: Uint8Array.from(faceKinds!),
    solidEnds: Uint32Array.from(solidEnds!),
    ids: raws.map(({ id }) => id),
    classes: Uint8Array.from(raws, ({ label }) => label),
    columns: { height: { type: "number", values: Float64Array.from(raws, (_, i) => i) } },
  }
}

/**
 * The finest ground of a tile: a TIN of a lattice of 2.5 m within 0.1 m, with a lake; border
 * vertices by place alone, some off the lattice.
 */
const groundOf = (column: number, row: number): Mesh => {
  const side = 1000 * SIDE
  const [x0, y0] = [column * side, row * side]
  const z = (x: number, y: number): number => sceneGround(x0 + x, y0 + y)
  const step = 2500
  const stations = [
    0,
    1250,
    ...Array.from({ length: side / step - 1 }, (_, i) => (i + 1) * step + (i % 5 === 0 ? 317 : 0)),
    side,
  ]
  const edge = stations.slice(0, -1)
  const xs = [
    ...edge,
    ...edge.map(() => side),
    ...edge.map((_, i) => stations[stations.length - 1 - i]!),
    ...edge.map(() => 0),
  ]
  const ys = [
    ...edge.map(() => 0),
    ...edge,
    ...edge.map(() => side),
    ...edge.map((_, i) => stations[stations.length - 1 - i]!),
  ]
  const [cx, cy]: number[][] = [[], []]
  for (let y = step; y < side; y += step)
    for (let x = step; x < side; x += step) {
      cx!.push(x)
      cy!.push(y)
    }
  const candidates = {
    x: Int32Array.from(cx!),
    y: Int32Array.from(cy!),
    z: Int32Array.from(cx!, (x, i) => z(x, cy![i]!)),
  }
  const fixed = { x: Int32Array.from(xs), y: Int32Array.from(ys), z: Int32Array.from(xs, (x, i) => z(x, ys[i]!)) }
  const border = Int32Array.from({ length: 2 * xs.length }, (_, i) => ((i + 1) >> 1) % xs.length)
  const tin = greedyTin({ box: [0, 0, side, side], fixed, border, candidates, maxError: 100 })
  const pick = (axis: "x" | "y" | "z", place: number): number =>
    place < xs.length ? fixed[axis][place] : candidates[axis][place - xs.length]
  const positions = Int32Array.from({ length: 3 * tin.vertices.length }, (_, i) =>
    pick((["x", "y", "z"] as const)[i % 3]!, tin.vertices[Math.floor(i / 3)]),
  )
  const owners = new Uint32Array(tin.triangles.length / 3)
  for (let t = 0; t < owners.length; t++) {
    const centre = (axis: number): number =>
      (positions[3 * tin.triangles[3 * t] + axis] +
        positions[3 * tin.triangles[3 * t + 1] + axis] +
        positions[3 * tin.triangles[3 * t + 2] + axis]) /
      3
    if (inLake(x0 + centre(0), y0 + centre(1))) owners[t] = 1
  }
  return {
    origin: [column * SIDE, row * SIDE, 0],
    positions,
    triangles: tin.triangles,
    classes: new Uint8Array(tin.vertices.length).fill(2),
    maxError: 0.15,
    owners,
    objects: {
      ids: ["", "lake"],
      classes: Uint8Array.of(2, 9),
      columns: { level: { type: "number", values: Float64Array.of(Number.NaN, 98) } },
    },
  }
}

/** Height of the ground with the lake and its banks, 20 m wide. */
export const sceneGround = (x: number, y: number): number => {
  const out = Math.hypot(x - 215_000, y - 190_000) - 45_000
  if (out <= 0) return 98_000
  return Math.round(98_000 + Math.min(1, out / 20_000) * (groundHeight(x, y) - 98_000))
}

const inLake = (x: number, y: number): boolean => Math.hypot(x - 215_000, y - 190_000) < 45_000

/** A tree: foot, radius and height, mm. */
interface Tree {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly z: number
  readonly r: number
  readonly h: number
}

/** A closed crown of 4 · n triangles: two cones over a ring at half height, mm of the CRS. */
const crownsOf = (trees: readonly Tree[], origin: readonly [number, number, number]): Mesh => {
  const [positions, triangles, owners]: number[][] = [[], [], []]
  const n = 8
  trees.forEach(({ x, y, z, r, h }, i) => {
    const first = positions!.length / 3
    for (const [share, height] of [
      [0.7, 0.45],
      [1, 0.65],
      [0.6, 0.9],
    ] as const)
      for (let k = 0; k < n; k++) {
        const angle = (2 * Math.PI * k) / n
        positions!.push(
          Math.round(x + share * r * Math.cos(angle)),
          Math.round(y + share * r * Math.sin(angle)),
          Math.round(z + height * h),
        )
      }
    positions!.push(x, y, Math.round(z + 0.3 * h), x, y, z + h)
    for (let k = 0; k < n; k++) {
      const l = (k + 1) % n
      const add = (...face: number[]): void => {
        triangles!.push(...face.map((v) => v + first))
        owners!.push(i + 1)
      }
      add(l, k, 3 * n)
      for (const base of [0, n]) {
        add(base + k, base + l, base + n + l)
        add(base + k, base + n + l, base + n + k)
      }
      add(2 * n + k, 2 * n + l, 3 * n + 1)
    }
  })
  return {
    origin,
    positions: Int32Array.from(positions!, (value, i) => value - 1000 * origin[i % 3]!),
    triangles: Uint32Array.from(triangles!),
    classes: new Uint8Array(positions!.length / 3).fill(5),
    maxError: 0,
    owners: Uint32Array.from(owners!),
    objects: {
      ids: ["", ...trees.map(({ id }) => id)],
      classes: Uint8Array.from([2, ...trees.map(() => 5)]),
      columns: {
        radius: { type: "number", values: Float64Array.from([Number.NaN, ...trees.map(({ r }) => r / 1000)]) },
      },
    },
  }
}

/** What the rows of one tile are made from: its name, its corner in mm, and its random numbers. */
interface Plot {
  readonly name: string
  readonly x0: number
  readonly y0: number
  readonly random: () => number
}

const rectangle = (minX: number, minY: number, maxX: number, maxY: number): [number, number][] => [
  [minX, minY],
  [maxX, minY],
  [maxX, maxY],
  [minX, maxY],
]

/** A house at a corner: a gable, a flat roof with a notch, or a tower with a courtyard. */
const houseAt = (id: string, x: number, y: number, w: number, d: number, random: () => number): Raw => {
  const floor = Math.min(...rectangle(x, y, x + w, y + d).map(([px, py]) => sceneGround(px, py)))
  const kind = random()
  const eaves = floor + 1000 * Math.round(4 + 4 * random())
  if (kind < 0.5) return gable(id, x, y, w, d, floor, eaves, eaves + 1000 + 500 * Math.round(4 * random()))
  if (kind >= 0.9) {
    const courtyard = rectangle(x + 2000, y + 2000, x + w - 2000, y + d - 2000)
    const hole = [courtyard[0]!, courtyard[3]!, courtyard[2]!, courtyard[1]!]
    return prism(id, [rectangle(x, y, x + w, y + d), hole], floor, eaves + 12_000)
  }
  const notch = 300 + 100 * Math.round(10 * random())
  const ring: [number, number][] = [
    [x, y],
    [x + w, y],
    [x + w, y + d],
    [x + notch, y + d],
    [x + notch, y + d - notch],
    [x, y + d - notch],
  ]
  return prism(id, [ring], floor, eaves)
}

/** A street of houses along x, with narrow gaps and wide ones. */
const streetOf = ({ name, x0, y0, random }: Plot, row: number): Raw[] => {
  const houses: Raw[] = []
  for (let x = x0 + 3000; x < x0 + 93_000; ) {
    const w = 1000 * Math.round(6 + 8 * random())
    const d = 1000 * Math.round(7 + 5 * random())
    const y = y0 + 3000 + row * 20_000
    if (!inLake(x + w / 2, y + d / 2)) houses.push(houseAt(`b${name}.${row}.${x - x0}`, x, y, w, d, random))
    x += w + (random() < 0.6 ? 200 + Math.round(900 * random()) : 6000)
  }
  return houses
}

/** A row of trees behind a street. */
const treesOf = ({ name, x0, y0, random }: Plot, row: number): Tree[] => {
  const trees: Tree[] = []
  for (let k = 0; k < 12; k++) {
    const [x, y] = [x0 + Math.round(SIDE * 1000 * random()), y0 + 16_500 + row * 20_000 + Math.round(4000 * random())]
    if (inLake(x, y)) continue
    const [r, h] = [1500 + Math.round(2000 * random()), 5000 + Math.round(12_000 * random())]
    trees.push({ id: `t${name}.${row}.${k}`, x, y, z: sceneGround(x, y), r, h })
  }
  return trees
}

/**
 * A finest tile of an endless scene: rolling ground with a lake, streets of gable and flat houses
 * with narrow gaps, towers, a courtyard block, trees, a bridge.
 */
export const modelTile = (column: number, row: number): ModelTile => {
  const origin = [column * SIDE, row * SIDE, 0] as const
  const [x0, y0] = [column * SIDE * 1000, row * SIDE * 1000]
  const plot: Plot = { name: `${column}.${row}`, x0, y0, random: seededRandom(1000 * column + row + 7) }
  const houses: Raw[] = []
  const trees: Tree[] = []
  for (let j = 0; j < 5; j++) {
    houses.push(...streetOf(plot, j))
    trees.push(...treesOf(plot, j))
  }
  const deck = rectangle(x0 + 20_000, y0 + 16_000, x0 + 130_000, y0 + 22_000)
  const decks = column === 1 && row === 1 ? [prism("deck", [deck], 112_000, 113_000, 17)] : []
  return {
    ground: groundOf(column, row),
    solid: solidsOf(houses, origin),
    deck: solidsOf(decks, origin),
    crown: crownsOf(trees, origin),
  }
}
