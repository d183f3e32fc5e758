/**
 * Kernel `mesh.terrain`: the closed ground of a tile, with outlines, shores and breaklines as
 * edges.
 */
import { Box2 } from "../../engine/core/geometry/box.js"
import {
  defineKernel,
  LOWEST_CELLS,
  type Mesh,
  NO_LOWEST,
  type Points,
  type Presence,
  PresenceBit,
  type Tile,
} from "../../engine/kernel.js"
import type { ConstrainedTin } from "../geometry/constrained-tin.js"
import { emptyMesh, usedVertices } from "../geometry/join-meshes.js"
import { gridAround } from "../grid/cell-grid.js"
import { maskPresence } from "../grid/presence-mask.js"
import { borderGuards, cutVoids, outlineNodes, type Triangulation } from "../handover/border/cut-voids.js"
import { type DataExtent, dataEnd } from "../handover/extent/data-extent.js"
import {
  decodeFootprints,
  type Footprint,
  type LocalObject,
  localObjects,
  sortedObjects,
} from "../handover/footprint/footprint.js"
import { requireColumn } from "../handover/point-set.js"
import { type BorderAnchor, BorderReach, meetingSide, type TerrainBorder, terrainBorder } from "./border/border.js"
import { type ClippedLines, clipLines, clipLocalLines, terrainExtent } from "./border/extent.js"
import { slopedHeight } from "./border/profile.js"
import { type AcceptedPoints, acceptPoints, gatherGround, slopeNear } from "./tin/accept-ground.js"
import { type ConstrainedTile, constrainTile } from "./tin/constraints.js"
import { heightIn, refineTin, type SurfaceErrors } from "./tin/refine.js"
import type { RowPoints } from "./tin/triangle-points.js"
import { uncoveredArea } from "./uncovered.js"
import { nodeStep, withVirtualPoints } from "./void/void-part.js"
import { type GatheredGround, prepareGroundCore } from "./wasm/ground.js"

/** Farthest point, metres, from which a corner of a tile may take its height. */
const CORNER_REACH = 16
/**
 * Places farther than this from any return, metres, are void. Twice this must not exceed the halo.
 */
const VOID_REACH = CORNER_REACH / 2
/** Side, mm, of cells. One point of each gives heights at the outline. */
const NODE = 1000
/** Distances, mm, along both axes within which a node of the outline looks for ground. */
const END_REACH = [4000, 8000, 16_000, 32_000]
/** A guard follows the slope of the ground points within this distance, mm, along both axes. */
const GUARD_REACH = 4000
/** Distance between the vertices that mark a filled void, mm. */
const MARK = 10_000
/** Place of a vertex that is not on the border. */
const NOT_BORDER = 2 ** 30

/**
 * Share of the bound reserved for rounding positions to the lattice of the written contents. At
 * 0.15 m it is 3 mm; the lattice of the finest level has steps of 4 mm. Much finer bounds are met
 * only before that rounding.
 */
const ROUNDING_SHARE = 0.02

/**
 * Error-bounded TIN of the ground, closed also under buildings and water, with the edges of the
 * objects on it.
 *
 * Points of classes 2 and 66 outside blocks, water bodies and decks are accepted. So are those of
 * class 9, if no kernel of the job makes water bodies. The surface passes within `maxError` of
 * each, vertically; a final pass over all proves it. Points that no height field can meet are
 * rejected ({@link markGround}, {@link refineTin}). Ring edges of blocks and water bodies are mesh
 * edges with exactly their vertices. So are pieces of breaklines, which points may split.
 * Neighbours share the rule of the border ({@link terrainBorder}): the gap between tiles is 0 mm.
 *
 * There is ground within 8 m of any return, as in `mesh.surface`, and wherever a block or water
 * body is. A wider place without returns is a void. One that the data enclose is filled through
 * virtual points (class 66, `void-filled`); at others the mesh ends at the outline of the extent.
 *
 * Row 0 of `owners` is ground. Each block (6) and water body (9) with triangles here has a row, by
 * class and id. Water has no vertices inside its ring. Inside a deck's ring no point is accepted;
 * the ground there follows from the ground beside the deck (`kernels/handover/deck/ground.ts`).
 *
 * O(n) passes over n points, O(v log v) for v vertices. Throws if rings do not fit the grid of
 * tiles.
 */
export default defineKernel({
  id: "mesh.terrain",
  version: 11,
  summary: "Mesh of the ground with a bounded error; outlines and breaklines are edges",
  stages: ["model"],
  inputs: {
    "ground-points": { kind: "points", classes: [2, 9, 66], attributes: ["classification"] },
    returns: {
      kind: "presence",
      required: true,
      skipReason: "no points of classes 2, 3, 4, 5, 6, 9, 17 or 66",
    },
    "building-own": { kind: "blob", optional: true },
    "building-object": { kind: "blob", optional: true },
    "water-own": { kind: "blob", optional: true },
    "water-object": { kind: "blob", optional: true },
    "deck-own": { kind: "blob", optional: true },
    "deck-object": { kind: "blob", optional: true },
    "void-filled": { kind: "blob", optional: true, revives: true },
    breaklines: {
      kind: "features",
      geometry: "LineString",
      external: {
        name: "breaklines",
        flag: "--breaklines",
        help: { en: "3D lines along which the ground breaks", fr: "lignes 3D de rupture du sol" },
        more: { en: "in the same formats", fr: "dans les mêmes formats" },
        role: "ground-edges",
      },
    },
  },
  outputs: {
    ground: { kind: "mesh", groundBound: "maxError" },
    "ground-quality": {
      kind: "metrics",
      // Heights: two and four times the default `maxError`.
      thresholds: {
        maxErrorM: {
          meaning: "largest vertical distance between mesh and ground points",
          unit: "m",
          warn: 0.3,
          fail: 0.6,
        },
        p95ErrorM: {
          meaning: "vertical distance between mesh and ground points, 95th percentile",
          unit: "m",
          warn: 0.15,
          fail: 0.3,
        },
        rmsErrorM: {
          meaning: "vertical distance between mesh and ground points, root mean square",
          unit: "m",
          warn: 0.07,
          fail: 0.15,
        },
        rejectedShare: {
          share: { parts: ["rejectedStep", "rejectedAtWall"], whole: ["rejectedStep", "rejectedAtWall", "accepted"] },
          meaning: "share of ground points left out, because a surface with one height per place cannot meet them",
          warn: 0.001,
          fail: 0.02,
        },
        waterRmsErrorM: {
          meaning: "vertical distance between water points and water surface, root mean square",
          unit: "m",
          warn: 0.15,
          fail: 0.6,
        },
        droppedEdges: {
          meaning: "edges of outlines and shores left out because they cross another edge",
          warn: 0,
          fail: 20,
        },
        droppedLines: {
          meaning: "pieces of breaklines left out because they cross an outline or each other",
          warn: 0,
          fail: 20,
        },
        droppedAbutments: {
          meaning: "pieces of bridge abutments left out because they cross an outline, a shore or a breakline",
          warn: 0,
          fail: 20,
        },
      },
    },
  },
  options: {
    maxError: {
      type: "number",
      flag: true,
      default: 0.15,
      unit: "m",
      min: 0.01,
      max: 50,
      help: "largest vertical distance between mesh and ground points",
    },
  },
  halo: () => CORNER_REACH,
  prepare: async () => void (await prepareGroundCore()),
  memory: (counts, options) => {
    // At most seven in ten returns are ground where classes are not counted. Bytes: copied 13,
    // marked 1, accepted 13 (0 if in place). At 0.15 m and 25 points a square metre one in 30
    // becomes a vertex; of thinned ground one in three, of a cliff one in two. That is 0.3, 0.05
    // and 6 a square metre.
    const { classes } = counts
    const ground = classes === undefined ? 0.7 * counts.points : sumOf(classes, [2, 9, 66])
    const vertices = Math.min(ground, (options.maxError < 0.1 ? 3 : 1) * counts.areaM2 + 1e4)
    return 27 * ground + 320 * vertices + 16 * counts.areaM2 + 4e6
  },
  run(tile, input, options, scratch) {
    const side = Math.round((tile.cell[2] - tile.cell[0]) * 1000)
    const bound = options.maxError * 1000 * (1 - ROUNDING_SHARE)
    const waterMade = input["water-own"] !== undefined || input["water-object"] !== undefined
    const virtual = withVirtualPoints(input["ground-points"], input["void-filled"], side)
    const { points: measured, added, inside } = virtual
    const { ground: gathered, core } = gatherGround(measured, {
      ...{ wanted: waterMade ? groundAlone : groundAndWater, step: 2 * options.maxError * 1000 },
      ...{ side, margin: 2000 * VOID_REACH, strip: BorderReach.side, corner: BorderReach.corner },
    })
    const { objects, decks } = readObjects(tile, input, side)
    if (gathered.points === 0 && objects.length === 0) return emptyResult(tile)
    const lines = input.breaklines === undefined ? noLines : clipLines(input.breaklines, tile.origin, side)
    const abutments = clipLocalLines(
      decks.flatMap((deck) => deck.under?.lines ?? []),
      side,
    )
    const under = Int32Array.from(decks.flatMap((deck) => [...(deck.under?.places ?? [])]))
    const around = gridAround(Box2.grow(tile.cell, 2 * VOID_REACH), NODE)
    const present = maskPresence(
      input.returns,
      PresenceBit.surface,
      around,
      scratch.uint8(around.columns * around.rows),
    )
    const extent = terrainExtent(tile, present, side, VOID_REACH, {
      objects,
      meets: [0, 1, 2, 3].map((index) => meetingSide(objects, index, side)),
      ...{ lines: input.breaklines, filled: virtual.filled, end: dataEnd(tile), core },
    })
    const border = terrainBorder({
      points: { ...gathered.near, scale: measured.scale, origin: measured.origin },
      lowest: (x, y) => lowestNear(input.returns, tile, x, y),
      side,
      maxError: bound,
      objects,
      decks,
      crossings: [lines.crossings, abutments.crossings, under].flatMap(listAnchors),
      sidePieces: Int32Array.of(...lines.sidePieces, ...abutments.sidePieces),
      extents: extent.sides,
      core,
    })
    const fixed = constrainTile(border.border, side, objects, {
      breaklines: lines.pieces,
      abutments: abutments.pieces,
      places: under,
    })
    const accepted = acceptPoints(gathered.inside, side, fixed.tin, objects, decks, scratch)
    const firstFree = fixed.classes.length
    if (added > 0) markVoids(fixed, accepted, tile)
    const openGuards = extent.inner.whole ? noGuards : guardVoids(fixed, border, extent.inner, gathered.near)
    if (!extent.inner.whole) reachEnd(fixed, extent.inner, heightBeside(accepted, gathered.near, side))
    const { atWall, sources, errors } = refineTin(fixed.tin, accepted, bound, core?.lookup(accepted.count))
    for (const i of sources) fixed.classes.push(accepted.classes[i])
    const largest = Math.max(errors.max, border.maxError)
    if (largest > bound) throw new Error(`mesh.terrain: error ${largest} mm above the bound of ${bound} mm`)
    const cut = { extent: extent.inner, openGuards, firstFree }
    const ground = buildMesh(fixed, { objects, decks }, border, cut, largest, tile)
    const quality = {
      ...pointMetrics(gathered, accepted, border, errors, atWall, largest),
      ...waterMetrics(measured, fixed.tin, objects, side),
      ...meshMetrics(ground, fixed, border, tile),
      filledM2: inside * nodeStep ** 2,
    }
    return { ground, "ground-quality": quality }
  },
})

/**
 * Height of the lowest return in the squares of 5 m that are whole within reach of a place, mm from
 * the tile's origin; NaN if there is none. A return within 8 m is in such a square.
 */
const lowestNear = (presence: Presence, { origin }: Tile, px: number, py: number): number => {
  const reach = CORNER_REACH / LOWEST_CELLS
  const [x, y] = [px / 1000 + origin[0] - presence.column, py / 1000 + origin[1] - presence.row].map(
    (metres) => metres / LOWEST_CELLS,
  ) as [number, number]
  const [columns, rows] = [presence.columns / LOWEST_CELLS, presence.rows / LOWEST_CELLS]
  let lowest = NO_LOWEST
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(rows, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(columns, x + reach); column++) {
      const [across, up] = [Math.abs(column + 0.5 - x) + 0.5, Math.abs(row + 0.5 - y) + 0.5]
      if (across ** 2 + up ** 2 > reach ** 2) continue
      lowest = Math.min(lowest, presence.lowest[row * columns + column]!)
    }
  }
  return lowest === NO_LOWEST ? Number.NaN : lowest - Math.round(1000 * origin[2])
}

const sumOf = (counts: Readonly<Record<number, number>>, codes: readonly number[]): number =>
  codes.reduce((sum, code) => sum + (counts[code] ?? 0), 0)

const classSet = (...classes: number[]): Uint8Array => {
  const set = new Uint8Array(256)
  for (const code of classes) set[code] = 1
  return set
}
const groundAlone = classSet(2, 66)
const groundAndWater = classSet(2, 9, 66)
const noLines: ClippedLines = {
  pieces: new Int32Array(0),
  sidePieces: new Int32Array(0),
  crossings: new Int32Array(0),
}
const noGuards: readonly [number, number] = [0, 0]

/** Blocks and water bodies, by class and id, and decks. */
interface GroundObjects {
  readonly objects: readonly LocalObject[]
  readonly decks: readonly LocalObject[]
}

type Blobs = Readonly<
  Record<
    "building-own" | "building-object" | "water-own" | "water-object" | "deck-own" | "deck-object",
    Uint8Array | undefined
  >
>

const readObjects = (tile: Tile, blobs: Blobs, side: number): GroundObjects => {
  const read = (...names: (keyof Blobs)[]): LocalObject[] => {
    const objects = names.flatMap((name): Footprint[] => decodeFootprints(blobs[name]))
    const sorted = sortedObjects(objects)
    return localObjects(
      sorted.filter((object, i) => i === 0 || sorted[i - 1]?.id !== object.id),
      tile.origin,
      side,
    )
  }
  return {
    objects: [...read("building-own", "building-object"), ...read("water-own", "water-object")],
    decks: read("deck-own", "deck-object"),
  }
}

const listAnchors = (places: Int32Array): BorderAnchor[] =>
  Array.from({ length: places.length / 3 }, (_, i) => ({
    x: places[3 * i],
    y: places[3 * i + 1],
    z: places[3 * i + 2],
    label: 2,
  }))

/**
 * Adds vertices beside edges of the border where the mesh will end ({@link borderGuards}). Returns
 * the range of vertices that guard open edges.
 */
const guardVoids = (
  fixed: ConstrainedTile,
  { border }: TerrainBorder,
  extent: DataExtent,
  near: RowPoints,
): readonly [number, number] => {
  const { tin } = fixed
  const guards = borderGuards(border, extent)
  const add = vertexAdder(fixed)
  const { closed, open } = guards
  for (let i = 0; i < closed.x.length; i++) {
    const [x, y] = [closed.x[i], closed.y[i]]
    const [du, dv] = slopeNear(near, x, y, GUARD_REACH)
    add(x, y, closed.z[i] + Math.round(du * closed.inwards[2 * i] + dv * closed.inwards[2 * i + 1]), 2)
  }
  const from = tin.vertexCount
  for (let i = 0; i < open.x.length; i++) add(open.x[i], open.y[i], open.z[i], 2)
  return [from, tin.vertexCount]
}

/** Makes the nodes at the outline of the extent vertices. */
const reachEnd = (
  fixed: ConstrainedTile,
  extent: DataExtent,
  heightAt: (x: number, y: number) => number | undefined,
): void => {
  const { tin } = fixed
  const add = vertexAdder(fixed)
  for (const [x, y] of outlineNodes(extent, tin.x[1]))
    add(x, y, heightAt(x, y) ?? heightIn(tin, tin.locate(x, y, 0), x, y), 2)
}

/**
 * Heights beside the ground points: of the nearest, along the slope of those within
 * {@link GUARD_REACH} where there are any. The first point of each cell of 1 m counts.
 *
 * @param near points around the border; those outside count
 */
const heightBeside = (
  accepted: AcceptedPoints,
  near: RowPoints,
  side: number,
): ((px: number, py: number) => number | undefined) => {
  const margin = BorderReach.side
  const columns = (side + 2 * margin) / NODE
  const cellOf = (value: number): number => Math.min(columns - 1, Math.max(0, Math.floor((value + margin) / NODE)))
  const chosen = new Map<number, readonly [points: RowPoints, index: number]>()
  const choose = (points: RowPoints, isWanted: (x: number, y: number) => boolean): void => {
    for (let i = points.count - 1; i >= 0; i--) {
      const [x, y] = [points.x[i], points.y[i]]
      if (isWanted(x, y)) chosen.set(cellOf(y) * columns + cellOf(x), [points, i])
    }
  }
  const isInside = (x: number, y: number): boolean => x > 0 && y > 0 && x < side && y < side
  choose(near, (x, y) => !isInside(x, y) && Math.min(x, y) >= -margin && Math.max(x, y) < side + margin)
  choose(accepted, isInside)
  const all = [...chosen.values()]
  const pick = (axis: "x" | "y" | "z"): Int32Array => Int32Array.from(all, ([points, i]) => points[axis][i])
  const [x, y, z] = [pick("x"), pick("y"), pick("z")]
  const cells = new Int32Array(columns * columns).fill(-1)
  ;[...chosen.keys()].forEach((cell, i) => {
    cells[cell] = i
  })
  return (px, py) => {
    for (const reach of END_REACH) {
      const found: number[] = []
      for (let row = cellOf(py - reach); row <= cellOf(py + reach); row++) {
        for (let at = row * columns + cellOf(px - reach); at <= row * columns + cellOf(px + reach); at++)
          if (cells[at] >= 0) found.push(cells[at])
      }
      const square = (i: number): number => (x[i] - px) ** 2 + (y[i] - py) ** 2
      const nearest = found.reduce((best, i) => (best < 0 || square(i) < square(best) ? i : best), -1)
      if (nearest < 0) continue
      return reach > GUARD_REACH ? z[nearest] : slopedHeight({ x, y, z }, found, nearest, px, py, reach)
    }
    return undefined
  }
}

const trianglesOf = ({ tin }: ConstrainedTile): Uint32Array<ArrayBuffer> =>
  new Uint32Array(tin.corners.subarray(0, 3 * tin.triangleCount))

/** The triangles with the places of their vertices on the border. */
const describeTriangulation = (
  fixed: ConstrainedTile,
  borderLength: number,
  openGuards: readonly [number, number],
): Triangulation => {
  const { tin, places } = fixed
  const isGuard = (v: number): boolean => v >= openGuards[0] && v < openGuards[1]
  return {
    ...{ triangles: trianglesOf(fixed), x: tin.x, y: tin.y },
    place: Int32Array.from({ length: tin.vertexCount }, (_, v) =>
      v < places.length && places[v]! >= 0 ? places[v]! : isGuard(v) ? borderLength + v : NOT_BORDER,
    ),
    openGuards: [borderLength + openGuards[0], borderLength + openGuards[1]],
  }
}

/** Adds a vertex to the ground outside all objects, with its class. */
const vertexAdder = ({ tin, classes }: ConstrainedTile): ((x: number, y: number, z: number, label: number) => void) => {
  let triangle = 0
  return (x, y, z, label) => {
    triangle = tin.locate(x, y, triangle)
    if (tin.owner[triangle] !== 0) return
    const v = tin.insert(x, y, z, triangle)
    if (v >= classes.length) classes.push(label)
  }
}

/**
 * Makes each virtual point on the grid of {@link MARK} a vertex, even where the ground is flat: the
 * class of vertices marks filled voids.
 */
const markVoids = (fixed: ConstrainedTile, { count, x, y, z, classes }: AcceptedPoints, { origin }: Tile): void => {
  const add = vertexAdder(fixed)
  const [originX, originY] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
  for (let i = 0; i < count; i++) {
    if (classes[i] === 66 && (x[i] + originX) % MARK === 0 && (y[i] + originY) % MARK === 0)
      add(x[i], y[i], z[i], classes[i])
  }
}

const buildMesh = (
  fixed: ConstrainedTile,
  { objects, decks }: GroundObjects,
  { border }: TerrainBorder,
  { extent, openGuards, firstFree }: { extent: DataExtent; openGuards: readonly [number, number]; firstFree: number },
  maxError: number,
  tile: Tile,
): Required<Mesh> => {
  const { tin, classes } = fixed
  let triangles: Uint32Array = trianglesOf(fixed)
  let ownerOf = tin.owner.subarray(0, tin.triangleCount)
  if (!extent.whole) {
    const whole = describeTriangulation(fixed, border.x.length, openGuards)
    const stays = (t: number): boolean => ownerOf[t / 3] !== 0
    triangles = cutVoids({ ...whole, firstFree, stays }, border, extent)
    ownerOf = ownersOfUsed(whole.triangles, triangles, ownerOf)
  }
  const { used, renumbered } = usedVertices(triangles, tin.vertexCount)
  const positions = new Int32Array(3 * used.length)
  for (let i = 0; i < used.length; i++) {
    positions[3 * i] = tin.x[used[i]]
    positions[3 * i + 1] = tin.y[used[i]]
    positions[3 * i + 2] = tin.z[used[i]]
  }
  const { rows, present } = numberRows(ownerOf, objects)
  return {
    origin: tile.origin,
    positions,
    triangles: renumbered,
    classes: Uint8Array.from(used, (v) => classes[v]!),
    maxError: maxError / 1000,
    owners: Uint32Array.from(ownerOf, (owner) => rows[owner]),
    objects: {
      ids: ["", ...present.map(({ id }) => id)],
      classes: Uint8Array.from([2, ...present.map(({ kind }) => kind)]),
      columns: {},
    },
    decks: decks.map(({ rings }) => rings.map((xyz) => xyz.filter((_, i) => i % 3 < 2))),
  }
}

/** Owners of the remaining triangles, which are in the order of all. */
const ownersOfUsed = (all: Uint32Array, used: Uint32Array, owners: Int32Array): Int32Array<ArrayBuffer> => {
  const result = new Int32Array(used.length / 3)
  let t = 0
  for (let k = 0; k < result.length; k++) {
    while (all[3 * t] !== used[3 * k] || all[3 * t + 1] !== used[3 * k + 1] || all[3 * t + 2] !== used[3 * k + 2]) t++
    result[k] = owners[t++]
  }
  return result
}

/** Rows of the objects that have triangles, and those objects. */
const numberRows = (
  owners: Int32Array,
  objects: readonly LocalObject[],
): { rows: Uint32Array; present: readonly LocalObject[] } => {
  const seen = new Uint8Array(objects.length + 1)
  for (const owner of owners) seen[owner] = 1
  const rows = new Uint32Array(objects.length + 1)
  const present = objects.filter((_, k) => seen[k + 1] === 1)
  let row = 0
  for (let k = 0; k < objects.length; k++) if (seen[k + 1] === 1) rows[k + 1] = ++row
  return { rows, present }
}

/**
 * Points of the cell by outcome: `accepted`; `rejectedStep` and `rejectedAtWall`, which no height
 * field can meet; `merged` into another at the same place; `covered` by objects. Errors are of the
 * accepted ones.
 */
const pointMetrics = (
  { merged, steps }: GatheredGround,
  accepted: AcceptedPoints,
  border: TerrainBorder,
  errors: SurfaceErrors,
  atWall: number,
  maxError: number,
): Record<string, number> => ({
  accepted: accepted.count - atWall + border.accepted,
  rejectedStep: steps,
  rejectedAtWall: atWall + border.rejected,
  merged,
  covered: accepted.covered + border.covered,
  maxErrorM: maxError / 1000,
  rmsErrorM: errors.rms / 1000,
  p95ErrorM: errors.p95 / 1000,
})

/** Distances of class 9 points inside water bodies from their surface. */
const waterMetrics = (
  returns: Points,
  tin: ConstrainedTin,
  objects: readonly LocalObject[],
  side: number,
): Record<string, number> => {
  let [count, max, squares, triangle] = [0, 0, 0, 0]
  if (objects.some(({ kind }) => kind === 9)) {
    const { x, y, z } = returns
    const classification = requireColumn(returns, "classification")
    for (let i = 0; i < returns.count; i++) {
      if (classification[i] !== 9 || x[i] < 0 || y[i] < 0 || x[i] >= side || y[i] >= side) continue
      triangle = tin.locate(x[i], y[i], triangle)
      if (objects[tin.owner[triangle] - 1]?.kind !== 9) continue
      const distance = Math.abs(z[i] - heightIn(tin, triangle, x[i], y[i]))
      count++
      max = Math.max(max, distance)
      squares += distance * distance
    }
  }
  return {
    waterPoints: count,
    waterMaxErrorM: max / 1000,
    waterRmsErrorM: count === 0 ? 0 : Math.sqrt(squares / count) / 1000,
  }
}

/**
 * `droppedEdges`: ring edges that meet another ring. `droppedLines`, `droppedAbutments`: pieces of
 * breaklines and abutments that meet a ring or each other. `uncoveredM2`: area in the files' boxes
 * without a surface.
 */
const meshMetrics = (
  mesh: Required<Mesh>,
  fixed: ConstrainedTile,
  { border }: TerrainBorder,
  tile: Tile,
): Record<string, number> => {
  const kinds = mesh.objects.classes
  return {
    triangles: mesh.triangles.length / 3,
    vertices: mesh.classes.length,
    borderVertices: border.x.length,
    blocks: kinds.filter((kind) => kind === 6).length,
    waters: kinds.filter((kind) => kind === 9).length,
    droppedEdges: fixed.droppedEdges,
    droppedLines: fixed.droppedLines,
    droppedAbutments: fixed.droppedAbutments,
    uncoveredM2: uncoveredArea(mesh, tile),
  }
}

/** The result without any ground. */
const emptyResult = (tile: Tile): { ground: Required<Mesh>; "ground-quality": Record<string, number> } => {
  const ground = { ...emptyMesh(tile.origin), decks: [] }
  const uncoveredM2 = uncoveredArea(ground, tile)
  return { ground, "ground-quality": { accepted: 0, triangles: 0, vertices: 0, uncoveredM2 } }
}
