import { Box2 } from "../../engine/core/geometry/box.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Features, Mesh, Points, Tile } from "../../engine/kernel.js"
import { encodeFootprints, type Footprint, type FootprintRing } from "../../kernels/handover/footprint/footprint.js"
import terrain from "../../kernels/terrain/terrain.js"
import { presenceOf, scratch, tileOf } from "./kernel-run.js"

/** x, y, z in mm of the CRS, class. */
export type Shot = readonly [x: number, y: number, z: number, classification: number]

export type Height = (x: number, y: number) => number

/** Rolling ground, mm from mm. */
export const rolling: Height = (x, y) => 100_000 + 3000 * Math.sin(x / 9000) + 2000 * Math.cos(y / 7000)

/** Random ground points over a box (metres), with noise up to ±`noise` mm. */
export const groundShots = (
  seed: number,
  box: Box2,
  density: number,
  height: Height = rolling,
  noise = 30,
  skip?: (x: number, y: number) => boolean,
): Shot[] => {
  const random = seededRandom(seed)
  const count = Math.round(Box2.area(box) * density)
  const shots: Shot[] = []
  for (let i = 0; i < count; i++) {
    const x = Math.round((box[0] + random() * (box[2] - box[0])) * 100) * 10
    const y = Math.round((box[1] + random() * (box[3] - box[1])) * 100) * 10
    const z = Math.round(height(x, y) + noise * (2 * random() - 1))
    if (!skip?.(x, y)) shots.push([x, y, z, 2])
  }
  return shots
}

/**
 * What the engine hands over: shots of the extent, in canonical order, relative to the tile's
 * origin.
 */
export const pointsOf = (shots: readonly Shot[], tile: Tile): Points => {
  const metre = (value: number): number => Math.floor(value / 1000)
  const inside = shots
    .filter(([x, y]) => Box2.owns(tile.extent, x / 1000, y / 1000))
    .sort((a, b) => metre(a[1]) - metre(b[1]) || metre(a[0]) - metre(b[0]) || a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
  return {
    count: inside.length,
    x: Int32Array.from(inside, ([x]) => x - 1000 * tile.origin[0]),
    y: Int32Array.from(inside, ([, y]) => y - 1000 * tile.origin[1]),
    z: Int32Array.from(inside, ([, , z]) => z),
    classification: Uint8Array.from(inside, ([, , , c]) => c),
    scale: 0.001,
    origin: tile.origin,
  }
}

/** The shots of ground and water. */
export const groundOf = (shots: readonly Shot[]): Shot[] =>
  shots.filter(([, , , code]) => code === 2 || code === 9 || code === 66)

type Place = readonly [x: number, y: number]

/** A rectangle turned about its middle, corners counter-clockwise, whole mm. */
export const rectangle = (cx: number, cy: number, width: number, depth: number, turn: number): Place[] =>
  [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([u, v]) => {
    const [a, b] = [(u! * width) / 2, (v! * depth) / 2]
    return [
      Math.round(cx + a * Math.cos(turn) - b * Math.sin(turn)),
      Math.round(cy + a * Math.sin(turn) + b * Math.cos(turn)),
    ]
  })

/**
 * A ring over corners with a vertex at each crossing with the lines of a grid of `step` mm, and
 * stations about every 2 m.
 */
export const ringOf = (corners: readonly Place[], step: number, height: Height): FootprintRing => {
  const places: { x: number; y: number; corner: number }[] = []
  for (const [i, [ax, ay]] of corners.entries()) {
    const [bx, by] = corners[(i + 1) % corners.length]!
    const cuts: { share: number; x: number; y: number }[] = []
    for (const axis of [0, 1]) {
      const [from, to] = axis === 0 ? [ax, bx] : [ay, by]
      for (let line = Math.ceil(Math.min(from, to) / step) * step; line <= Math.max(from, to); line += step) {
        if (line === from || line === to) continue
        const share = (line - from) / (to - from)
        const other = Math.round(axis === 0 ? ay + (by - ay) * share : ax + (bx - ax) * share)
        cuts.push({ share, x: axis === 0 ? line : other, y: axis === 0 ? other : line })
      }
    }
    const parts = Math.ceil(Math.hypot(bx - ax, by - ay) / 2000)
    for (let k = 1; k < parts; k++) {
      const share = k / parts
      const [x, y] = [Math.round(ax + (bx - ax) * share), Math.round(ay + (by - ay) * share)]
      if (cuts.every((cut) => Math.hypot(cut.x - x, cut.y - y) > 100)) cuts.push({ share, x, y })
    }
    places.push({ x: ax, y: ay, corner: 1 })
    for (const { x, y } of cuts.sort((a, b) => a.share - b.share)) places.push({ x, y, corner: 0 })
  }
  const unique = places.filter(({ x, y }, i) => {
    const before = places[(i + places.length - 1) % places.length]!
    return x !== before.x || y !== before.y
  })
  return {
    xyz: Float64Array.from(unique.flatMap(({ x, y }) => [x, y, Math.round(height(x, y))])),
    corner: Uint8Array.from(unique, ({ corner }) => corner),
  }
}

export const footprintOf = (
  kind: 6 | 9 | 17,
  id: string,
  rings: readonly FootprintRing[],
  levelMm: number,
): Footprint => ({
  kind,
  id,
  representative: [rings[0]!.xyz[0]!, rings[0]!.xyz[1]!],
  rings,
  levelMm,
  truncated: false,
  members: [],
  attributes: {},
})

/**
 * True inside a ring or on it; even–odd, by doubles: for places that are not within a fraction of a
 * mm of it.
 */
export const isInside = (corners: readonly Place[], x: number, y: number): boolean => {
  let inside = false
  for (const [i, [ax, ay]] of corners.entries()) {
    const [bx, by] = corners[(i + 1) % corners.length]!
    if (ay > y !== by > y && x < ax + ((bx - ax) * (y - ay)) / (by - ay)) inside = !inside
  }
  return inside
}

export interface GroundObjects {
  readonly blocks?: readonly Footprint[]
  readonly waters?: readonly Footprint[]
  readonly decks?: readonly Footprint[]
  readonly breaklines?: Features
  /** Filled voids of the cell, from the join. */
  readonly voids?: Uint8Array
  /** Boxes of the point files, CRS metres; without them the files have no end. */
  readonly sources?: readonly Box2[]
}

/**
 * Runs the kernel on a cell (metres); each object goes to all tiles, as the kernel leaves out those
 * that are far.
 */
export const runTerrain = (shots: readonly Shot[], cell: Box2, ground: GroundObjects = {}, maxError = 0.15) => {
  const { sources } = ground
  const tile = { ...tileOf(cell, terrain.halo({ maxError })), ...(sources === undefined ? {} : { sources }) }
  const near = (objects: readonly Footprint[] | undefined) => {
    if (objects === undefined) return undefined
    return encodeFootprints(objects.filter((object) => meets(object, cell)))
  }
  const input = {
    "ground-points": pointsOf(groundOf(shots), tile),
    returns: presenceOf(pointsOf(shots, tile), tile),
    "building-own": undefined,
    "building-object": near(ground.blocks),
    "water-own": undefined,
    "water-object": near(ground.waters),
    "deck-own": undefined,
    "deck-object": near(ground.decks),
    "void-filled": ground.voids,
    breaklines: ground.breaklines,
  }
  return terrain.run(tile, input, { maxError }, scratch)
}

/** The engine hands an object to the tiles that its box meets. */
const meets = ({ rings }: Footprint, cell: Box2): boolean => {
  const { xyz } = rings[0]!
  const xs = Array.from({ length: xyz.length / 3 }, (_, i) => xyz[3 * i]! / 1000)
  const ys = Array.from({ length: xyz.length / 3 }, (_, i) => xyz[3 * i + 1]! / 1000)
  return (
    Math.min(...xs) <= cell[2] && Math.max(...xs) >= cell[0] && Math.min(...ys) <= cell[3] && Math.max(...ys) >= cell[1]
  )
}

/** Lines with heights, CRS metres. */
export const linesOf = (lines: readonly (readonly (readonly [number, number, number])[])[]): Features => ({
  geometry: "LineString",
  dimension: 3,
  coordinates: Float64Array.from(lines.flat(2)),
  ringEnds: Uint32Array.from(lines, (_, i) => lines.slice(0, i + 1).reduce((sum, line) => sum + line.length, 0)),
  partEnds: Uint32Array.from(lines, (_, i) => i + 1),
  ids: lines.map((_, i) => String(i)),
  columns: {},
})

/**
 * Heights of a mesh at places (mm relative to its origin) by the triangles that its metre cells
 * list; undefined outside.
 */
export const heightsOf = ({ positions: p, triangles }: Mesh): ((x: number, y: number) => number | undefined) => {
  const cells = new Map<number, number[]>()
  const low = (...values: number[]): number => Math.floor(Math.min(...values) / 1000)
  const high = (...values: number[]): number => Math.floor(Math.max(...values) / 1000)
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    for (let row = low(p[a + 1], p[b + 1], p[c + 1]); row <= high(p[a + 1], p[b + 1], p[c + 1]); row++) {
      for (let column = low(p[a], p[b], p[c]); column <= high(p[a], p[b], p[c]); column++) {
        const key = row * 4096 + column
        const list = cells.get(key)
        if (list) list.push(t)
        else cells.set(key, [t])
      }
    }
  }
  return (x, y) => {
    for (const t of cells.get(Math.floor(y / 1000) * 4096 + Math.floor(x / 1000)) ?? []) {
      const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
      const ab = (p[b] - p[a]) * (y - p[a + 1]) - (p[b + 1] - p[a + 1]) * (x - p[a])
      const bc = (p[c] - p[b]) * (y - p[b + 1]) - (p[c + 1] - p[b + 1]) * (x - p[b])
      const ca = (p[a] - p[c]) * (y - p[c + 1]) - (p[a + 1] - p[c + 1]) * (x - p[c])
      if (ab >= 0 && bc >= 0 && ca >= 0) return (p[a + 2] * bc + p[b + 2] * ca + p[c + 2] * ab) / (ab + bc + ca)
    }
    return undefined
  }
}

/** Area of a ring of corners, square metres. */
export const areaOf = (corners: readonly Place[]): number =>
  corners.reduce((sum, [ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length]!
    return sum + (ax * by - ay * bx) / 2e6
  }, 0)
