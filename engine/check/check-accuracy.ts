import type { Box2 } from "../core/box.js"
import { type TriangleIndex, triangleIndex } from "../core/triangle-distance.js"
import { readStored } from "../formats/archive/stored-file.js"
import { decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { type JoinedContents, joinContents } from "../formats/tiles3d/join-contents.js"
import { readFeaturesInBox } from "../formats/vector/features-in-box.js"
import type { Crs } from "../grid/crs.js"
import type { Geoid } from "../grid/geoid.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { errorSums } from "./error-sums.js"
import { groundVerdict, judgeGround } from "./ground-points.js"
import { meshEdges } from "./mesh-edges.js"
import { placeVertices } from "./place-vertices.js"
import { type PlanIndex, planIndex } from "./plan-index.js"
import type { SolidIndex, SolidSurfaces } from "./solid-index.js"
import { sourcePoints, type TilePoints } from "./source-points.js"
import type { ValidateReport } from "./validate-report.js"
import { namedDecks, writtenDecks } from "./written-decks.js"
import type { WrittenTile } from "./written-tiles.js"

/** What is needed to hold a model against the points it was made of. */
export interface AccuracyRequest {
  /** The buildings and bridges, where there are any. */
  readonly solids: SolidIndex | undefined
  /** Point files as the job names them. */
  readonly inputs: readonly string[]
  readonly crs: Crs
  readonly grid: Grid
  readonly geoid: Geoid
  /** Bound of the ground's error, metres. */
  readonly maxError: number
  /** Finest tiles whose meshes tell objects apart. */
  readonly tiles: readonly WrittenTile[]
  /** The breaklines that were given, as the run copied them; absent: none. */
  readonly breaklines?: string
  /** Where the layer of bridges lies, if the output has one; none where it holds départements' own alone. */
  readonly bridges?: string
}

type Accuracy = ValidateReport["accuracy"]

/** Distance from an outline, metres, up to which a point of class 6 is of the building. */
const OUTLINE_REACH = 0.5
/** Side of the cells, metres, by which the area of class 6 is counted. */
const AREA_CELL = 0.5
/** Distance, metres, from edges that are given (walls, water, the tile's border, breaklines) within which no height field with them may meet a point; 10 mm for the lattice. */
const EDGE_REACH = 0.11
/** How far the lattice of the finest contents may move a place of the surface, metres: half the diagonal of a step of 1/256 m. */
export const LATTICE = 0.0034
/** How far, metres, the outline within which no ground is accepted may reach beyond the body of its deck: each is simplified to 0.7 m. */
const DECK_REACH = 0.75
/** Points that a building needs for an error of its own. */
const LEAST_POINTS = 10

/**
 * Reads the job's points again and holds the written model against them.
 *
 * Ground: vertical distance of each accepted point (see `judgeGround`) to the face of the ground under or above it, in the tile's mesh as decoded; points without such a face stand on
 * buildings or water; those inside an outline of a deck that the tile's contents name are left out and counted (where they name none, as those of earlier versions: inside one of the written layer of bridges; without that layer, or with départements' own bridges alone: under, on or within 0.75 m of a bridge of the solids); one beyond the bound at an edge that was given
 * (within 0.10 m of where the ground ends or of a breakline), or that the ground meets within the bound where the contents' lattice may have moved it from (a steep face, the tip of a rock), is counted apart. Buildings: distance of each class 6 point within 0.5 m of an outline to the nearest face of that
 * building's solids; share of the 0.5 m cells with class 6 points whose middle is inside an outline or within half a cell of one (a cell with a point stands out of the roof by that much on average).
 *
 * A tile in two deliveries is counted by either. Memory: see `sourcePoints`, one tile's mesh, and 100 bytes a building.
 *
 * @throws EngineError of the readers, also where an input is gone
 */
export const checkAccuracy = async (request: AccuracyRequest): Promise<Accuracy> => {
  const { inputs, grid, tiles, solids } = request
  const byKey = new Map(tiles.map((tile) => [TileKey.format(tile.key), tile]))
  const sums: Sums = {
    ground: errorSums(),
    roofs: errorSums(),
    buildings: new Map(),
    rejected: 0,
    atEdge: 0,
    atDeck: 0,
    steep: 0,
    points: 0,
    inside: 0,
    cells: 0,
    covered: 0,
  }
  const keys = tiles.map(({ key }) => key)
  for await (const points of sourcePoints(inputs, [2, 6, 66], grid, keys)) {
    const tile = byKey.get(TileKey.format(points.key))!
    const surfaces = await solids?.within(TileKey.box(grid, points.key), DECK_REACH)
    await addGround(request, tile, points, surfaces, sums)
    if (surfaces !== undefined) addBuildings(request, surfaces, points, sums)
  }
  return reportOf(sums, solids)
}

interface Sums {
  readonly ground: ReturnType<typeof errorSums>
  readonly roofs: ReturnType<typeof errorSums>
  readonly buildings: Map<string, { count: number; squares: number }>
  rejected: number
  atEdge: number
  atDeck: number
  steep: number
  /** Points of class 6, and those inside an outline. */
  points: number
  inside: number
  cells: number
  covered: number
}

const addGround = async (
  { crs, grid, geoid, maxError, breaklines, bridges }: AccuracyRequest,
  tile: WrittenTile,
  points: TilePoints,
  surfaces: SolidSurfaces | undefined,
  sums: Sums,
): Promise<void> => {
  const contents = await Promise.all(tile.contents.map(async ({ path }) => decodeGlb(await readStored(path), path)))
  const mesh = joinContents(contents)
  const cell = TileKey.box(grid, tile.key)
  const { places } = placeVertices(mesh, crs, geoid, [cell[0], cell[1], 0])
  const ground = planIndex(places, mesh.triangles, classOf(mesh, 2))
  const isAtDeck =
    namedDecks(contents) ??
    (bridges === undefined ? undefined : await writtenDecks(bridges, cell)) ??
    ((x, y) => surfaces?.atBridge(x / 1000, y / 1000, DECK_REACH) === true)
  const verdicts = judgeGround(points, maxError)
  const side = 1000 * TileKey.side(grid, tile.key.level)
  let edges: readonly TriangleIndex[] | undefined
  for (let i = 0; i < verdicts.length; i++) {
    if (verdicts[i] === groundVerdict.none || !isOwn(points, i, side)) continue
    const [x, y] = [points.x[i]! / 1000, points.y[i]! / 1000]
    const height = ground.height(x, y)
    if (Number.isNaN(height)) continue
    if (isAtDeck(points.x[i]!, points.y[i]!)) {
      sums.atDeck++
      continue
    }
    const error = points.z[i]! / 1000 - height
    const isFar = verdicts[i] === groundVerdict.accepted && Math.abs(error) > maxError
    if (isFar) edges ??= [edgesOf(mesh, places), await linesOf(breaklines, cell)].filter((index) => index !== undefined)
    if (verdicts[i] === groundVerdict.rejected) sums.rejected++
    else if (isFar && isMetBeside(ground, x, y, points.z[i]! / 1000, maxError + LATTICE)) sums.steep++
    else if (isFar && edges?.some((index) => index.distance(x, y, 0) <= EDGE_REACH)) sums.atEdge++
    else sums.ground.add(error)
  }
}

/** True where the ground comes within the bound of z at a place from which the lattice may have moved it. */
const isMetBeside = (ground: PlanIndex, x: number, y: number, z: number, bound: number): boolean => {
  const [low, high] = ground.range(x, y, LATTICE)
  return z >= low - bound && z <= high + bound
}

/** Segments in plan of the given breaklines that meet a cell, relative to its corner. */
const linesOf = async (path: string | undefined, cell: Box2): Promise<TriangleIndex | undefined> => {
  if (path === undefined) return undefined
  const { coordinates, dimension, ringEnds } = await readFeaturesInBox(path, cell)
  const positions = new Float64Array((3 * coordinates.length) / dimension)
  for (let v = 0; v < positions.length / 3; v++)
    for (let axis = 0; axis < 2; axis++) positions[3 * v + axis] = coordinates[dimension * v + axis]! - cell[axis]!
  // A segment as a triangle without area.
  const triangles: number[] = []
  let start = 0
  for (const end of ringEnds) {
    for (let v = start; v + 1 < end; v++) triangles.push(v, v + 1, v)
    start = end
  }
  return triangles.length === 0 ? undefined : triangleIndex(positions, Uint32Array.from(triangles))
}

/** Edges in plan where the ground ends: at walls, water and the tile's border. */
const edgesOf = (mesh: JoinedContents, places: Float64Array): TriangleIndex | undefined => {
  const isGround = classOf(mesh, 2)
  const { open } = meshEdges(
    mesh.positions,
    mesh.triangles.filter((_, corner) => isGround(Math.floor(corner / 3))),
  )
  if (open.length === 0) return undefined
  const flat = places.map((value, i) => (i % 3 === 2 ? 0 : value))
  // An edge as a triangle without area.
  const triangles = Uint32Array.from(
    { length: (3 * open.length) / 2 },
    (_, i) => open[2 * Math.floor(i / 3) + (i % 3 === 0 ? 0 : 1)]!,
  )
  return triangleIndex(flat, triangles)
}

const isOwn = ({ x, y }: TilePoints, i: number, side: number): boolean =>
  x[i]! >= 0 && y[i]! >= 0 && x[i]! < side && y[i]! < side

const classOf =
  ({ owners, objects }: JoinedContents, code: number) =>
  (triangle: number): boolean =>
    (objects?.classes[owners?.[triangle] ?? 0] ?? 2) === code

const addBuildings = ({ grid }: AccuracyRequest, surfaces: SolidSurfaces, points: TilePoints, sums: Sums): void => {
  const side = 1000 * TileKey.side(grid, points.key.level)
  const columns = Math.ceil(side / (1000 * AREA_CELL))
  const cells = new Set<number>()
  for (let i = 0; i < points.x.length; i++) {
    if (points.classes[i] !== 6 || !isOwn(points, i, side)) continue
    const [x, y, z] = [points.x[i]! / 1000, points.y[i]! / 1000, points.z[i]! / 1000]
    cells.add(Math.floor(y / AREA_CELL) * columns + Math.floor(x / AREA_CELL))
    const { row, distance } = surfaces.outline(x, y, OUTLINE_REACH)
    sums.points++
    if (row < 0) continue
    if (distance < 1e-9) sums.inside++
    const error = surfaces.distance(row, x, y, z)
    sums.roofs.add(error)
    const id = surfaces.ids[row]!
    const own = sums.buildings.get(id) ?? { count: 0, squares: 0 }
    own.count++
    own.squares += error * error
    sums.buildings.set(id, own)
  }
  for (const number of cells) {
    const [column, row] = [number % columns, Math.floor(number / columns)]
    if (surfaces.outline((column + 0.5) * AREA_CELL, (row + 0.5) * AREA_CELL, AREA_CELL / 2).row >= 0) sums.covered++
  }
  sums.cells += cells.size
}

const reportOf = (
  { ground, roofs, buildings, rejected, atEdge, atDeck, steep, ...sums }: Sums,
  solids: SolidIndex | undefined,
): Accuracy => {
  const errors = [...buildings.values()]
    .filter(({ count }) => count >= LEAST_POINTS)
    .map(({ count, squares }) => Math.sqrt(squares / count))
    .sort((a, b) => a - b)
  const at = (share: number): number | null => errors[Math.max(0, Math.ceil(share * errors.length) - 1)] ?? null
  return {
    groundRmse: ground.rmse(),
    groundMax: ground.max(),
    ground95: ground.quantile(0.95),
    groundPoints: ground.count,
    groundRejected: rejected,
    groundAtEdge: atEdge,
    groundAtDeck: atDeck,
    groundSteep: steep,
    roofRmse: roofs.rmse(),
    roofMax: roofs.max(),
    roof95: roofs.quantile(0.95),
    roofPoints: roofs.count,
    buildings: solids?.buildings ?? 0,
    buildingRmseMedian: at(0.5),
    buildingRmse95: at(0.95),
    covered: sums.cells === 0 ? null : sums.covered / sums.cells,
    coveredPoints: sums.points === 0 ? null : sums.inside / sums.points,
  }
}
