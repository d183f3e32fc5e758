import { existsSync } from "node:fs"
import { join } from "node:path"
import { EngineError } from "../errors.js"
import { listProductFiles } from "../formats/archive/product-files.js"
import { readRaster } from "../formats/raster/read-raster.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { type Geoid, openGeoid } from "../grid/geoid.js"
import { type Grid, gridOf, TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readRunFacts } from "../job/output-folder.js"
import { addHeightDifferences, type HeightSums, rmseOf } from "./accuracy.js"
import { checkAccuracy, LATTICE } from "./check-accuracy.js"
import { checkEdges } from "./check-edges.js"
import { checkSeams } from "./check-seams.js"
import { checkSolids } from "./check-solids.js"
import { type CheckedTile, checkTile } from "./check-tile.js"
import { checkVector } from "./check-vector.js"
import { indexSolids, type SolidIndex } from "./solid-index.js"
import type { ValidateReport } from "./validate-report.js"
import { type WrittenTile, writtenTiles } from "./written-tiles.js"

export type { ValidateReport } from "./validate-report.js"

/** Relief of the surroundings of a vertex above which it stands at a wall or a cliff, metres. */
const WALL_RELIEF = 1
const MAX_PROBLEMS = 100
/** Bound of the ground's error where the job names none, metres. */
const DEFAULT_BOUND = 0.15

const nothingCompared: ValidateReport["accuracy"] = {
  groundRmse: null,
  groundMax: null,
  ground95: null,
  groundPoints: 0,
  groundRejected: 0,
  groundAtEdge: 0,
  groundAtDeck: 0,
  groundSteep: 0,
  roofRmse: null,
  roofMax: null,
  roof95: null,
  roofPoints: 0,
  buildings: 0,
  buildingRmseMedian: null,
  buildingRmse95: null,
  covered: null,
  coveredPoints: null,
}

/**
 * Checks the products of a finished job as written: every content by the glTF validator (and its plain twin), the borders
 * of neighbours as decoded, edges and areas of the meshes, heights against the points or the rasters, the solids, validity of the vector layers,
 * and that every raster can be read. Memory: one tile at a time, and the borders of all.
 *
 * @param folder the output folder of a run
 * @throws EngineError E_INPUT where the folder holds no `job.json` of a run
 */
export const validateOutput = async (folder: string): Promise<ValidateReport> => {
  const problems: string[] = []
  const problem = (text: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(text)
  }
  const facts = await readFacts(folder)
  const geoid = await openGeoid(facts.geoid).catch((error: unknown) => {
    problem(`heights cannot be compared: ${messageOf(error)}`)
    return undefined
  })
  const written = await writtenTiles(folder).catch((error: unknown) => {
    problem(messageOf(error))
    return []
  })
  if (facts.asksForMesh && !written.some(({ contents }) => contents.length > 0))
    problem(
      `the job asks for a mesh, and ${join(folder, layout.tileset)} names no content: see the outcomes in report.json`,
    )
  const { tiles, accuracy } = await checkTiles(folder, written, facts, geoid, problem)
  const notes: string[] = []
  const buildings = await openSolids(folder)
  const points = await checkPoints(folder, buildings, tiles, facts, geoid, problem, notes)
  const seams = checkSeams(tiles, problem)
  const sum = (of: (tile: CheckedTile) => number): number => tiles.reduce((total, tile) => total + of(tile), 0)
  const mesh = await checkEdges(tiles, facts.crs, facts.grid, problem, buildings)
  const solids = await checkSolids(folder, facts.crs.epsg, problem)
  const vector = await checkLayers(folder, problem)
  const rasters = await checkRasters(folder, problem)
  return {
    ok: problems.length === 0,
    problems,
    notes,
    gltf: {
      files: sum(({ tile }) => tile.contents.length),
      errors: sum((tile) => tile.gltf.errors),
      warnings: sum((tile) => tile.gltf.warnings),
    },
    seams,
    mesh,
    solids,
    accuracy: points ?? { ...nothingCompared, ...accuracy },
    vector,
    rasters,
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

interface OutputFacts {
  /** True where a mesh or a texture is among the job's products. */
  readonly asksForMesh: boolean
  /** True where départements bound the job: its layers hold their own objects alone. */
  readonly bounded: boolean
  readonly inputs: readonly string[]
  /** Bound of the ground's error, metres; absent where points were thinned: it holds for those that were kept. */
  readonly maxError?: number
  /** The breaklines that were given, as the run copied them. */
  readonly breaklines?: string
  readonly crs: Crs
  readonly grid: Grid
  readonly geoid: Parameters<typeof openGeoid>[0]
}

const readFacts = async (folder: string): Promise<OutputFacts> => {
  const job = await readRunFacts(folder)
  const crs = crsByEpsg(job.epsg)
  const heights = job.heights === "ellipsoidal" ? job.heights : "orthometric"
  const bound = job.options?.["mesh.terrain"]?.["maxError"] ?? DEFAULT_BOUND
  const breaklines = join(folder, layout.given("breaklines"))
  return {
    asksForMesh: job.products?.some((product) => product === "mesh" || product === "texture") === true,
    bounded: job.departement !== undefined,
    inputs: job.inputs ?? [],
    ...(job.spacing === undefined && typeof bound === "number" ? { maxError: bound } : {}),
    ...(job.breaklines !== undefined && existsSync(breaklines) ? { breaklines } : {}),
    crs,
    grid: gridOf(crs.area, job.tileSize),
    geoid: { heights, epsg: job.epsg, ...(job.geoid === undefined ? {} : { geoid: job.geoid }) },
  }
}

const checkTiles = async (
  folder: string,
  written: readonly WrittenTile[],
  { crs, grid }: OutputFacts,
  geoid: Geoid | undefined,
  problem: (text: string) => void,
): Promise<{
  tiles: CheckedTile[]
  accuracy: Pick<ValidateReport["accuracy"], "groundRmse" | "groundMax" | "roofRmse">
}> => {
  const tiles: CheckedTile[] = []
  const rasters = new Map((await listProductFiles(folder, "raster/")).map(({ path, place }) => [path, place]))
  const ground: HeightSums = { count: 0, squares: 0, max: 0 }
  const roofs: HeightSums = { count: 0, squares: 0, max: 0 }
  for (const tile of written) {
    const name = TileKey.format(tile.key)
    try {
      const leaf = tile.key.level === grid.leafLevel
      const { vertices, ...checked } = await checkTile(tile, crs, grid, leaf ? geoid : undefined)
      tiles.push(checked)
      tellFaults(checked, name, problem)
      if (vertices === undefined) continue
      for (const [product, code, sums] of [
        ["dtm", 2, ground],
        ["dsm", 6, roofs],
      ] as const) {
        const path = rasters.get(layout.raster(product, tile.key))
        if (path !== undefined) addHeightDifferences(sums, vertices, code, await readRaster(path), WALL_RELIEF)
      }
    } catch (error) {
      problem(`tile ${name}: ${messageOf(error)}`)
    }
  }
  const groundMax = ground.count === 0 ? null : ground.max
  return { tiles, accuracy: { groundRmse: rmseOf(ground), groundMax, roofRmse: rmseOf(roofs) } }
}

/** The job's solids by place; none where there are none, or none that can be read (the check of the solids tells why). */
const openSolids = async (folder: string): Promise<SolidIndex | undefined> => {
  const path = join(folder, layout.solids)
  return existsSync(path) ? indexSolids(path).catch(() => undefined) : undefined
}

/** The model against the points it was made of; undefined where the meshes tell no objects apart, or the points are gone. */
const checkPoints = async (
  folder: string,
  solids: SolidIndex | undefined,
  tiles: readonly CheckedTile[],
  { inputs, crs, grid, maxError, breaklines, bounded }: OutputFacts,
  geoid: Geoid | undefined,
  problem: (text: string) => void,
  notes: string[],
): Promise<ValidateReport["accuracy"] | undefined> => {
  const models = tiles.filter(({ tile, hasObjects }) => hasObjects && tile.key.level === grid.leafLevel)
  if (models.length === 0 || geoid === undefined) return undefined
  const request = {
    solids,
    inputs,
    crs,
    grid,
    geoid,
    ...(bounded ? {} : { bridges: join(folder, layout.layer("bridge")) }),
    tiles: models.map(({ tile }) => tile),
    ...(breaklines === undefined ? {} : { breaklines }),
  }
  try {
    const found = await checkAccuracy({ ...request, maxError: maxError ?? DEFAULT_BOUND })
    if (maxError !== undefined && found.groundMax !== null && found.groundMax > maxError + LATTICE)
      problem(`ground points up to ${found.groundMax.toFixed(3)} m from the ground, the bound is ${maxError} m`)
    return found
  } catch (error) {
    // Points that are gone are no fault of the products; anything else is one, of theirs or ours.
    const isGone = error instanceof EngineError && error.code === "E_INPUT"
    const text = `the model was not held against its points: ${messageOf(error)}`
    if (isGone) notes.push(text)
    else problem(text)
    return undefined
  }
}

const tellFaults = (checked: CheckedTile, name: string, problem: (text: string) => void): void => {
  const { nonManifold, duplicates, gltf, misplaced } = checked
  if (misplaced) problem(`tile ${name}: the tileset's transform is not the centre in the content`)
  if (duplicates > 0) problem(`tile ${name}: ${duplicates} triangles that are there twice`)
  if (nonManifold > 0)
    problem(`tile ${name}: ${nonManifold} edges that are not shared by two triangles in opposite directions`)
  for (const { code, message, severity, pointer } of gltf.messages) {
    if (severity === 0) problem(`tile ${name}: glTF ${code} at ${pointer ?? "/"}: ${message}`)
  }
}

const checkLayers = async (folder: string, problem: (text: string) => void): Promise<ValidateReport["vector"]> => {
  const sums = { layers: 0, features: 0, invalid: 0, duplicated: 0 }
  for (const path of await filesOf(folder, "vector/", ".fgb")) {
    sums.layers++
    try {
      const found = await checkVector(path)
      sums.features += found.features
      sums.invalid += found.invalid
      sums.duplicated += found.duplicated
      if (found.invalid > 0) problem(`${path}: ${found.invalid} invalid features`)
      if (found.duplicated > 0) problem(`${path}: ${found.duplicated} features with an id that another has`)
    } catch (error) {
      problem(messageOf(error))
    }
  }
  return sums
}

const checkRasters = async (folder: string, problem: (text: string) => void): Promise<ValidateReport["rasters"]> => {
  let unreadable = 0
  const files = await filesOf(folder, "raster/", ".tif")
  for (const path of files) {
    try {
      await readRaster(path)
    } catch (error) {
      unreadable++
      problem(messageOf(error))
    }
  }
  return { files: files.length, unreadable }
}

/** Files below a folder of the products with an ending, packed or not, sorted; none where there is no folder. */
const filesOf = async (folder: string, under: string, ending: string): Promise<string[]> =>
  (await listProductFiles(folder, under)).filter(({ path }) => path.endsWith(ending)).map(({ place }) => place)
