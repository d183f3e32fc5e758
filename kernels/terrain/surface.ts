/** Kernel `mesh.surface`: the top surface of a tile as one mesh, with one height per place. */
import { concatenate } from "../../engine/core/lists.js"
import { defineKernel, type Mesh, type Points, type Tile } from "../../engine/kernel.js"
import { greedyTin, type Tin } from "../geometry/greedy-tin.js"
import { usedVertices } from "../geometry/join-meshes.js"
import { prepareGreedyCore } from "../geometry/wasm/greedy.js"
import {
  type BorderRule,
  borderProfile,
  type Chain,
  type CutBorder,
  type GroundFinder,
  groundFinder,
} from "../handover/border/border-profile.js"
import { borderGuards, cutVoids, outlineNodes } from "../handover/border/cut-voids.js"
import { type DataExtent, dataExtent } from "../handover/extent/data-extent.js"
import { requireColumn } from "../handover/point-set.js"
import { uncoveredArea } from "./uncovered.js"

/** Farthest point, metres, from which a corner of a tile may take its height. */
const CORNER_REACH = 16
/**
 * Places farther than this from any point, metres, are void. Twice this must not exceed the halo.
 */
const VOID_REACH = CORNER_REACH / 2
/** Distance, mm, along both axes within which a node at the end of the data takes its height. */
const END_REACH = 8000
/** Side, mm, of the cells in which it looks for it. */
const NODE = 1000
/**
 * The border's share of the bound: at the full bound on both sides a crease shows along the seam.
 */
const BORDER_SHARE = 0.25
/** Side, metres, of the squares by which ground without a point is counted and filled. */
const COVER_SQUARE = 4

/**
 * Error-bounded TIN of the top surface of a tile (2.5D: one height per place).
 *
 * Candidates are the highest points of square cells, at their true places. The surface passes
 * within `maxError`, vertically, of each of them and of every station of its border. Points closer
 * to the border than half a cell belong to the border's stations. Neighbours compute the border by
 * a shared rule ({@link borderProfile}): the gap between tiles is 0 mm.
 *
 * No surface is invented without data. The mesh ends with the points around a void
 * ({@link dataExtent}), which are all vertices; border edges in a void belong to neither tile. Gaps
 * less than 16 m wide stay closed. In these, squares of 4 m without a point have a candidate at the
 * height of the nearest ground or water within 16 m.
 *
 * Metrics: `emptyM2`, area of the squares without a point; `uncoveredM2`, area in the files'
 * boxes without a surface.
 */
export default defineKernel({
  id: "mesh.surface",
  version: 5,
  summary: "Mesh of the first surface from above: one height per place, bounded error",
  inputs: {
    relief: {
      kind: "points",
      classes: [2, 3, 4, 5, 6, 9, 17, 66],
      attributes: ["classification"],
      required: true,
      skipReason: "no points of classes 2, 3, 4, 5, 6, 9, 17 or 66",
    },
  },
  outputs: {
    mesh: { kind: "mesh" },
    "mesh-quality": {
      kind: "metrics",
      // Two and four times the default `maxError`.
      thresholds: {
        maxErrorM: { meaning: "largest vertical distance between mesh and points", unit: "m", warn: 0.5, fail: 1 },
        rmsErrorM: {
          meaning: "vertical distance between mesh and points, root mean square",
          unit: "m",
          warn: 0.12,
          fail: 0.25,
        },
      },
    },
  },
  options: {
    maxError: {
      type: "number",
      flag: true,
      default: 0.25,
      unit: "m",
      min: 0.01,
      max: 50,
      help: "largest vertical distance between mesh and points",
    },
    cell: {
      type: "number",
      default: 0.5,
      unit: "m",
      min: 0.1,
      max: 10,
      help: "cell size; the mesh meets the highest point of each cell",
    },
  },
  halo: () => CORNER_REACH,
  memory: (counts, options) => {
    const candidates = Math.min(counts.points, counts.areaM2 / (options.cell * options.cell))
    // Bytes of a point: 13, and 4 to search ground; of a cell 4; of a candidate 36. At most six in
    // ten candidates become vertices (0.3 to 0.5 measured at 0.25 m). Each has 16 bytes and two
    // triangles of 56, half as much again while arrays grow.
    const vertices = options.maxError < 0.1 ? candidates : 0.6 * candidates
    // 8 bytes a square metre for the data's extent.
    return (
      8 * counts.areaM2 +
      17 * counts.points +
      (4 * counts.areaM2) / options.cell ** 2 +
      36 * candidates +
      184 * vertices +
      1e6
    )
  },
  prepare: async () => void (await prepareGreedyCore()),
  run(tile, input, options, scratch) {
    const points = input.relief
    const classes = requireColumn(points, "classification")
    const side = Math.round((tile.cell[2] - tile.cell[0]) * 1000)
    const step = Math.round(options.cell * 1000)
    const maxError = options.maxError * 1000
    const rule: BorderRule = { side, step, reach: CORNER_REACH * 1000, maxError: BORDER_SHARE * maxError }
    const ground = groundFinder(points, classes, side, rule.reach)
    const extent = dataExtent(points, side, VOID_REACH)
    const border = borderProfile(points, classes, rule, ground, extent)
    const columns = Math.ceil(side / step)
    const highest = highestPoints(points, side, step, scratch.int32(columns * columns))
    const empty = emptySquares(points, side)
    const filled = groundCandidates(empty, points, ground, step / 2, side, extent)
    const all = joinChains(selectChain({ ...points, classes }, highest), filled)
    const guards = extent.whole ? { closed: nothing, open: nothing } : borderGuards(border, extent)
    const guarded = joinChains(guards.closed, guards.open)
    const taken = new Set(extent.whole ? [] : placesOf(guarded))
    const outline = extent.whole ? nothing : traceOutline(extent, side, all, taken)
    for (const place of placesOf(outline)) taken.add(place)
    const rest = extent.whole ? all : leaveOutTaken(all, taken)
    const fixed = joinChains(border, guarded, outline)
    const tin = greedyTin({
      box: [0, 0, side, side],
      fixed,
      border: loop(border.x.length),
      candidates: rest,
      maxError,
    })
    if (tin.maxError > maxError)
      throw new Error(`mesh.surface: error ${tin.maxError} mm above the bound of ${maxError} mm`)
    const offset = border.x.length + guards.closed.x.length
    const cut = { border, extent, openGuards: [offset, offset + guards.open.x.length] as const }
    const mesh = buildMesh(tin, cut, fixed, rest, tile.origin)
    return { mesh, "mesh-quality": measureMesh(tin, mesh, empty, tile) }
  },
})

const nothing: Chain = { x: new Int32Array(0), y: new Int32Array(0), z: new Int32Array(0), classes: new Uint8Array(0) }

/**
 * The nodes at the outline of the extent, at the heights of the nearest candidates. Places that are
 * taken are left out.
 */
const traceOutline = (extent: DataExtent, side: number, all: Chain, taken: ReadonlySet<string>): Chain => {
  const columns = Math.ceil(side / NODE)
  const cellOf = (value: number): number => Math.min(columns - 1, Math.max(0, Math.floor(value / NODE)))
  const cells = new Int32Array(columns * columns).fill(-1)
  for (let i = 0; i < all.x.length; i++) cells[cellOf(all.y[i]) * columns + cellOf(all.x[i])] = i
  const nearestTo = (x: number, y: number): number => {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY]
    for (let row = cellOf(y - END_REACH); row <= cellOf(y + END_REACH); row++) {
      for (let column = cellOf(x - END_REACH); column <= cellOf(x + END_REACH); column++) {
        const i = cells[row * columns + column]!
        const square = i < 0 ? least : (all.x[i] - x) ** 2 + (all.y[i] - y) ** 2
        if (square < least) [nearest, least] = [i, square]
      }
    }
    return nearest
  }
  const found = outlineNodes(extent, side)
    .filter(([x, y]) => !taken.has(`${x} ${y}`))
    .map(([x, y]) => ({ x, y, nearest: nearestTo(x, y) }))
    .filter(({ nearest }) => nearest >= 0)
  return liftPlaces(found, all)
}

const placesOf = ({ x, y }: Chain): string[] => Array.from(x, (value, i) => `${value} ${y[i]}`)

/** The vertices of a chain that are not at places that are taken. */
const leaveOutTaken = (all: Chain, taken: ReadonlySet<string>): Chain => {
  const free = Int32Array.from(all.x.keys()).filter((i) => !taken.has(`${all.x[i]} ${all.y[i]}`))
  return selectChain(all, free)
}

/**
 * Index of the highest point of each cell that has one, in row order, without points nearer to the
 * border than half a cell.
 */
const highestPoints = (points: Points, side: number, step: number, cells: Int32Array): Int32Array => {
  const { x, y, z, count } = points
  const clearance = step / 2
  const columns = Math.ceil(side / step)
  let filled = 0
  for (let i = 0; i < count; i++) {
    const px = x[i]
    const py = y[i]
    if (px < clearance || py < clearance || px > side - clearance || py > side - clearance) continue
    const cell = Math.floor(py / step) * columns + Math.floor(px / step)
    // Points are in canonical order: of equal heights the first stays. 0 is an empty cell.
    if (cells[cell] === 0) filled++
    if (cells[cell] === 0 || z[i] > z[cells[cell] - 1]) cells[cell] = i + 1
  }
  const highest = new Int32Array(filled)
  let at = 0
  for (let cell = 0; cell < columns * columns; cell++) if (cells[cell] > 0) highest[at++] = cells[cell] - 1
  return highest
}

const selectChain = ({ x, y, z, classes }: Chain, indices: Int32Array): Chain => ({
  x: indices.map((i) => x[i]),
  y: indices.map((i) => y[i]),
  z: indices.map((i) => z[i]),
  classes: Uint8Array.from(indices, (i) => classes[i]),
})

/** Vertices at places, each with the height and class of a vertex of another chain. */
const liftPlaces = (
  places: readonly { readonly x: number; readonly y: number; readonly nearest: number }[],
  from: Chain,
): Chain => ({
  ...selectChain(
    from,
    Int32Array.from(places, ({ nearest }) => nearest),
  ),
  x: Int32Array.from(places, ({ x }) => x),
  y: Int32Array.from(places, ({ y }) => y),
})

/** Edges 0–1, 1–2, …, n−1–0. */
const loop = (count: number): Int32Array => Int32Array.from({ length: 2 * count }, (_, i) => ((i + 1) >> 1) % count)

/** The mesh of a TIN without its voids and the vertices that are then unused. */
const buildMesh = (
  tin: Tin,
  cut: { border: CutBorder; extent: DataExtent; openGuards: readonly [number, number] },
  fixed: Chain,
  candidates: Chain,
  origin: Mesh["origin"],
): Mesh => {
  const offset = fixed.x.length
  const pick = (from: Int32Array | Uint8Array, other: Int32Array | Uint8Array, place: number): number =>
    place < offset ? from[place] : other[place - offset]
  const places = tin.vertices
  const x = places.map((place) => pick(fixed.x, candidates.x, place))
  const y = places.map((place) => pick(fixed.y, candidates.y, place))
  const { border, extent, openGuards } = cut
  const triangles = extent.whole
    ? tin.triangles
    : cutVoids({ triangles: tin.triangles, x, y, place: places, openGuards, firstFree: 0 }, border, extent)
  const { used, renumbered } = usedVertices(triangles, places.length)
  const positions = new Int32Array(3 * used.length)
  for (let i = 0; i < used.length; i++) {
    positions[3 * i] = x[used[i]]
    positions[3 * i + 1] = y[used[i]]
    positions[3 * i + 2] = pick(fixed.z, candidates.z, places[used[i]])
  }
  const classes = Uint8Array.from(used, (v) => pick(fixed.classes, candidates.classes, places[v]))
  return { origin, positions, triangles: renumbered, classes, maxError: tin.maxError / 1000 }
}

const measureMesh = (
  tin: Tin,
  mesh: Mesh,
  empty: readonly Square[],
  tile: Tile,
  sums = tin.statistics(),
): Record<string, number> => ({
  triangles: mesh.triangles.length / 3,
  vertices: mesh.classes.length,
  candidates: sums.inside,
  maxErrorM: mesh.maxError,
  rmsErrorM: sums.rmsError / 1000,
  emptyM2: empty.reduce((area, square) => area + square.areaM2, 0),
  uncoveredM2: uncoveredArea(mesh, tile),
})

/** A square of the tile: its centre in mm and its area. */
interface Square {
  readonly x: number
  readonly y: number
  readonly areaM2: number
}

/** The squares of the tile without a point. */
const emptySquares = (points: Points, side: number): Square[] => {
  const size = COVER_SQUARE * 1000
  const columns = Math.ceil(side / size)
  const seen = new Uint8Array(columns * columns)
  for (let i = 0; i < points.count; i++) {
    const x = points.x[i]
    const y = points.y[i]
    if (x >= 0 && y >= 0 && x < side && y < side) seen[Math.floor(y / size) * columns + Math.floor(x / size)] = 1
  }
  const empty: Square[] = []
  for (let cell = 0; cell < seen.length; cell++) {
    if (seen[cell] === 1) continue
    const minX = (cell % columns) * size
    const minY = Math.floor(cell / columns) * size
    const width = Math.min(size, side - minX)
    const height = Math.min(size, side - minY)
    empty.push({ x: minX + (width >> 1), y: minY + (height >> 1), areaM2: (width * height) / 1e6 })
  }
  return empty
}

/**
 * Candidates at the centres of empty squares, at the height of the nearest ground or water within
 * reach.
 */
const groundCandidates = (
  empty: readonly Square[],
  points: Points,
  ground: GroundFinder,
  clearance: number,
  side: number,
  extent: DataExtent,
): Chain => {
  const inner = empty.filter(
    ({ x, y }) => Math.min(x, y, side - x, side - y) >= clearance && extent.coversAround(x, y, COVER_SQUARE * 1000),
  )
  const found = inner.map(({ x, y }) => ({ x, y, nearest: ground(x, y) })).filter(({ nearest }) => nearest >= 0)
  return liftPlaces(found, { ...points, classes: requireColumn(points, "classification") })
}

const joinChains = (...chains: readonly Chain[]): Chain => {
  const join = (axis: "x" | "y" | "z"): Int32Array =>
    concatenate(
      Int32Array,
      chains.map((chain) => chain[axis]),
    )
  const classes = chains.map((chain) => chain.classes)
  return { x: join("x"), y: join("y"), z: join("z"), classes: concatenate(Uint8Array, classes) }
}
