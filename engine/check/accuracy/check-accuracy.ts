/**
 * Measures how far the written mesh is from the points of the job: ground vertically, buildings to
 * their nearest face.
 */

import { elementAt } from "../../core/lists.js"
import { TileKey } from "../../grid/tile-key.js"
import type { PlanIndex } from "../plan-index.js"
import type { SolidIndex, SolidSurfaces } from "../solid-index.js"
import type { ValidateReport } from "../validate-report.js"
import type { WrittenTile } from "../written-tiles.js"
import { errorSums } from "./error-sums.js"
import { groundVerdict, type JudgedGround, judgeGround } from "./ground-points.js"
import { type SourceRequest, sourcePoints, type TilePoints } from "./source-points.js"
import { type ModelRequest, readTileModel, type TileModel } from "./tile-model.js"

export interface AccuracyRequest extends ModelRequest, Omit<SourceRequest, "grid" | "keys"> {
  /** Bound of the ground's error, metres. */
  readonly maxError: number
  /** Finest tiles whose meshes separate objects. */
  readonly tiles: readonly WrittenTile[]
}

type Accuracy = ValidateReport["accuracy"]

/** Metres: up to this distance from an outline, a point of class 6 belongs to the building. */
const OUTLINE_REACH = 0.5
/** Metres: side of the cells that measure the area of class 6. */
const AREA_CELL = 0.5
/**
 * Metres: within this distance of a fixed edge (wall, water, the tile's border, breakline), a
 * height field with that edge may miss a point. Includes 10 mm for the lattice.
 */
const EDGE_REACH = 0.11
/**
 * Metres: how far the lattice of the finest contents may move a place of the surface, half the
 * diagonal of a step of 1/256 m.
 */
export const LATTICE = 0.0034
/** Points that a building needs for an error of its own. */
const LEAST_POINTS = 10
/** Points whose heights are looked up at once. */
const BLOCK = 16384
/** Models cached for the next sources, since several sources may overlap one tile. */
const CACHED_MODELS = 4

/**
 * Reads the job's points again and compares the written model with them.
 *
 * Ground: vertical distance of each accepted point (see `judgeGround`) to the ground face under or
 * above it, in the decoded mesh. Points without such a face are on buildings or water. Points under
 * a bridge deck are counted apart: inside the outlines that the contents name, else those of the
 * layer of decks, else near a bridge of the solids. So are points beyond the bound at a fixed edge,
 * or that the ground meets within the bound where the lattice may have moved it.
 *
 * Buildings: distance of each class 6 point within 0.5 m of an outline to the nearest face of that
 * building. A 0.5 m cell with such points is covered if its centre is inside an outline or within
 * half a cell of one. A cell with a point extends beyond the roof by that much on average.
 *
 * A tile in two deliveries counts the points of both. Memory: see `sourcePoints` and `judgeGround`;
 * also four models, and 100 bytes a building.
 *
 * @throws EngineError of the readers, also for a missing input
 */
export const checkAccuracy = async (request: AccuracyRequest): Promise<Accuracy> => {
  const { inputs, rules = {}, grid, tiles, solids, onProgress } = request
  const places = new Map(tiles.map(({ key }, place) => [TileKey.format(key), place]))
  const sums = emptySums()
  const keys = tiles.map(({ key }) => key)
  const cached = new Map<string, TileModel>()
  const progress = onProgress === undefined ? {} : { onProgress }
  for await (const points of sourcePoints({ inputs, rules, grid, keys, ...progress })) {
    const name = TileKey.format(points.key)
    const model = cached.get(name) ?? (await readTileModel(request, elementAt(tiles, places.get(name) ?? -1)))
    cached.delete(name)
    cached.set(name, model)
    for (const [oldest] of cached) if (cached.size > CACHED_MODELS) cached.delete(oldest)
    const side = 1000 * TileKey.side(grid, points.key.level)
    await addGround(model, points, side, request.maxError, sums)
    if (model.surfaces !== undefined) addBuildings(model.surfaces, points.buildings, side, sums)
  }
  return makeReport(sums, solids)
}

type Sums = ReturnType<typeof emptySums>

/** Empty sums. `points`: of class 6; `inside`: those inside an outline. */
export const emptySums = () => ({
  ground: errorSums(),
  roofs: errorSums(),
  buildings: new Map<string, { count: number; squares: number }>(),
  rejected: 0,
  atEdge: 0,
  atDeck: 0,
  steep: 0,
  points: 0,
  inside: 0,
  cells: 0,
  covered: 0,
})

const addGround = async (
  model: TileModel,
  points: TilePoints,
  side: number,
  maxError: number,
  sums: Sums,
): Promise<void> => {
  const judged = judgeGround(points.ground, side, maxError)
  const far = addNear(model, judged, side, maxError, sums)
  if (far.length === 0) return
  const { ground, externalEdges } = model
  const edges = await externalEdges()
  for (const i of far) {
    const [x, y, z] = [0, 1, 2].map((k) => judged.places[3 * i + k]! / 1000) as [number, number, number]
    if (isMetBeside(ground, x, y, z, maxError + LATTICE)) sums.steep++
    else if (edges.some((index) => index.distance(x, y, 0, EDGE_REACH + 1e-9) <= EDGE_REACH)) sums.atEdge++
    else sums.ground.add(z - ground.height(x, y))
  }
}

/**
 * Adds the points within the bound and counts those that the ground does not use; returns the
 * accepted points beyond the bound.
 */
const addNear = (
  { ground, isAtDeck }: TileModel,
  { places, verdicts }: JudgedGround,
  side: number,
  maxError: number,
  sums: Sums,
): number[] => {
  const far: number[] = []
  const [heights, errors] = [new Float64Array(BLOCK), new Float64Array(BLOCK)]
  for (let begin = 0; begin < verdicts.length; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, verdicts.length)
    ground.heights(places, begin, heights.subarray(0, end - begin))
    let near = 0
    for (let i = begin; i < end; i++) {
      const error = places[3 * i + 2]! / 1000 - heights[i - begin]!
      const px = places[3 * i]!
      const py = places[3 * i + 1]!
      if (verdicts[i] === groundVerdict.none || Number.isNaN(error)) continue
      if (px < 0 || py < 0 || px >= side || py >= side) continue
      if (isAtDeck(px, py)) sums.atDeck++
      else if (verdicts[i] === groundVerdict.rejected) sums.rejected++
      else if (error > maxError || error < -maxError) far.push(i)
      else errors[near++] = error
    }
    sums.ground.addAll(errors, near)
  }
  return far
}

/**
 * True where the ground comes within the bound of z at a place from which the lattice may have
 * moved it.
 */
const isMetBeside = (ground: PlanIndex, x: number, y: number, z: number, bound: number): boolean => {
  const [low, high] = ground.range(x, y, LATTICE)
  return z >= low - bound && z <= high + bound
}

const addBuildings = (surfaces: SolidSurfaces, points: Int32Array, side: number, sums: Sums): void => {
  const columns = Math.ceil(side / (1000 * AREA_CELL))
  const cells = new Uint8Array(columns * columns)
  for (let i = 0; i < points.length; i += 3) {
    if (points[i]! < 0 || points[i + 1]! < 0 || points[i]! >= side || points[i + 1]! >= side) continue
    const px = points[i]! / 1000
    const py = points[i + 1]! / 1000
    cells[Math.floor(py / AREA_CELL) * columns + Math.floor(px / AREA_CELL)] = 1
    const { row, distance } = surfaces.outline(px, py, OUTLINE_REACH)
    sums.points++
    if (row < 0) continue
    if (distance < 1e-9) sums.inside++
    const error = surfaces.distance(row, px, py, points[i + 2]! / 1000)
    sums.roofs.add(error)
    const id = surfaces.ids[row]!
    const known = sums.buildings.get(id)
    const own = known ?? { count: 0, squares: 0 }
    if (known === undefined) sums.buildings.set(id, own)
    own.count++
    own.squares += error * error
  }
  for (let cell = 0; cell < cells.length; cell++) {
    if (cells[cell] === 0) continue
    const [column, row] = [cell % columns, Math.floor(cell / columns)]
    sums.cells++
    if (surfaces.outline((column + 0.5) * AREA_CELL, (row + 0.5) * AREA_CELL, AREA_CELL / 2).row >= 0) sums.covered++
  }
}

export const makeReport = (
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
