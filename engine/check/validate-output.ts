/**
 * Checks the written products of a finished job (`maille validate`): tiles, points, solids, layers,
 * rasters.
 */

import { existsSync } from "node:fs"
import { join } from "node:path"
import { checkFields } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { verifyRaster } from "../formats/raster/tiff/verify-raster.js"
import { type Geoid, openGeoid } from "../grid/geoid.js"
import { TileKey } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { listProductFiles } from "../job/product-files.js"
import type { Measure } from "../job/release.js"
import { editsMeeting } from "../plan/edit-windows.js"
import { readEdits } from "../plan/edits-of-job.js"
import { readPointRules } from "../plan/point-rules.js"
import { checkAccuracy, LATTICE } from "./accuracy/check-accuracy.js"
import { checkHeights } from "./accuracy/check-heights.js"
import { MARGIN_MM } from "./accuracy/source-points.js"
import { checkSolids } from "./check-solids.js"
import { type CheckedTile, checkTile } from "./check-tile.js"
import { checkVector } from "./check-vector.js"
import { checkEdges } from "./edges/check-edges.js"
import { checkSeams } from "./edges/check-seams.js"
import { levelEdges } from "./edges/open-parts.js"
import { type OutputFacts, readFacts } from "./output-facts.js"
import { runFaults } from "./run-faults.js"
import { indexSolids, type SolidIndex } from "./solid-index.js"
import type { ValidateReport } from "./validate-report.js"
import { type WrittenTile, writtenTiles } from "./written-tiles.js"

export type { ValidateReport } from "./validate-report.js"

const MAX_PROBLEMS = 100
/** Steps of a validation, in order. */
export type ValidateStep = "tiles" | "points" | "solids" | "layers" | "rasters"

export interface ValidateOptions {
  /**
   * Receives the done and total items of a step as it proceeds; items of "points" are sources, in
   * fractions.
   */
  readonly onProgress?: (step: ValidateStep, done: number, total: number) => void
}

type ProgressStep = (done: number, total: number) => void

/**
 * Checks the written products of a finished job:
 * - contents, with the glTF validator (also their uncompressed copies);
 * - borders of neighbours, as decoded; edges and areas of meshes;
 * - heights, against the points or the rasters;
 * - solids; validity of vector layers; readability of rasters;
 * - the passport of the run: products that it calls not fit for release fail here too.
 *
 * Memory: one tile at a time, and the borders of all.
 *
 * @param folder the output folder of a run
 * @throws EngineError E_INPUT where the folder has no `job.json` of a run
 */
export const validateOutput = async (folder: string, options: ValidateOptions = {}): Promise<ValidateReport> => {
  checkFields({ folder, options }, "arguments", { folder: "path", options: "object" })
  checkFields(options, "options", { onProgress: "function?" })
  const problems: string[] = []
  const faults: Partial<Record<Measure, number>> = {}
  const problem =
    (measure: Measure) =>
    (text: string): void => {
      faults[measure] = (faults[measure] ?? 0) + 1
      if (problems.length < MAX_PROBLEMS) problems.push(text)
    }
  const step =
    (name: ValidateStep): ProgressStep =>
    (done, total) =>
      options.onProgress?.(name, done, total)
  const facts = await readFacts(folder)
  const reported = await runFaults(folder).catch((error: unknown) => [
    { measure: "tasks" as const, text: messageOf(error) },
  ])
  for (const { measure, text } of reported) problem(measure)(text)
  const geoid = await openGeoid(facts.geoid).catch((error: unknown) => {
    problem("heights")(`heights cannot be compared: ${messageOf(error)}`)
    return undefined
  })
  const written = await writtenTiles(folder).catch((error: unknown) => {
    problem("contents")(messageOf(error))
    return []
  })
  if (facts.asksForMesh && !written.some(({ contents }) => contents.length > 0))
    problem("contents")(
      `${join(folder, layout.tileset)}: no content, though the job asks for a mesh. See the outcomes in report.json.`,
    )
  const tiles = await checkTiles(written, facts, problem, step("tiles"))
  const notes: string[] = []
  const buildings = await openSolids(folder)
  const accuracy =
    (await checkPoints(tiles, { facts, geoid, solids: buildings }, problem("heights"), notes, step("points"))) ??
    (await checkHeights(
      folder,
      tiles.map(({ tile }) => tile),
      facts,
      geoid,
      problem("heights"),
    ))
  const levels = levelEdges(tiles)
  const seams = checkSeams(levels, problem("seams"))
  const sum = (of: (tile: CheckedTile) => number): number => tiles.reduce((total, tile) => total + of(tile), 0)
  const mesh = await checkEdges(levels, facts.crs, facts.grid, problem("edges"), buildings)
  const solids = await checkSolids(folder, facts.crs.epsg, problem("solids"), (done) =>
    step("solids")(done, buildings?.features ?? done),
  )
  const vector = await checkLayers(folder, problem("vectors"), step("layers"))
  const rasters = await checkRasters(folder, problem("rasters"), step("rasters"))
  return {
    ok: problems.length === 0,
    problems,
    faults,
    notes,
    gltf: {
      files: sum(({ tile }) => tile.contents.length),
      errors: sum((tile) => tile.gltf.errors),
      warnings: sum((tile) => tile.gltf.warnings),
    },
    seams,
    mesh,
    solids,
    accuracy,
    vector,
    rasters,
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const checkTiles = async (
  written: readonly WrittenTile[],
  { crs, grid }: OutputFacts,
  problem: (measure: Measure) => (text: string) => void,
  onProgress: ProgressStep,
): Promise<CheckedTile[]> => {
  const tiles: CheckedTile[] = []
  const nameOf = ({ key }: WrittenTile): string => `tile ${TileKey.format(key)}`
  const check = async (tile: WrittenTile): Promise<void> => {
    const checked = await checkTile(tile, crs, grid)
    tiles.push(checked)
    tellFaults(checked, nameOf(tile), problem)
  }
  await checkEach(written, check, onProgress, (error, tile) =>
    problem("contents")(`${nameOf(tile)}: ${messageOf(error)}`),
  )
  return tiles
}

/** Checks items in sequence; an item that cannot be read is reported by `onFailure`. */
const checkEach = async <T>(
  things: readonly T[],
  check: (thing: T) => Promise<void>,
  onProgress: ProgressStep,
  onFailure: (error: unknown, thing: T) => void,
): Promise<void> => {
  for (const [done, thing] of things.entries()) {
    onProgress(done, things.length)
    await check(thing).catch((error: unknown) => onFailure(error, thing))
  }
}

/**
 * The job's solids by place. Undefined without solids, or where they are unreadable: the check of
 * solids reports why.
 */
const openSolids = async (folder: string): Promise<SolidIndex | undefined> => {
  const path = join(folder, layout.solids)
  return existsSync(path) ? indexSolids(path).catch(() => undefined) : undefined
}

/**
 * Compares the model with its points; undefined where the meshes do not separate objects, where the
 * job classified its points, or where they are missing.
 */
const checkPoints = async (
  tiles: readonly CheckedTile[],
  { facts, geoid, solids }: { facts: OutputFacts; geoid: Geoid | undefined; solids: SolidIndex | undefined },
  problem: (text: string) => void,
  notes: string[],
  onProgress: ProgressStep,
): Promise<ValidateReport["accuracy"] | undefined> => {
  const { grid, maxError, defaultBound } = facts
  const withObjects = tiles.filter(({ tile, hasObjects }) => hasObjects && tile.key.level === grid.leafLevel)
  if (withObjects.length === 0 || geoid === undefined) return undefined
  if (facts.classifies) {
    notes.push("the model was not compared with its points: the job classified them, their files have other classes")
    return undefined
  }
  const bound = maxError ?? defaultBound
  try {
    const edits = await readEdits(facts, facts.crs.epsg)
    const isUnedited = ({ tile }: CheckedTile): boolean =>
      editsMeeting({ edits }, Box2.grow(TileKey.box(grid, tile.key), MARGIN_MM / 1000)).length === 0
    const models = withObjects.filter(isUnedited)
    const edited = withObjects.length - models.length
    if (edited > 0)
      notes.push(`${counted(edited, "tile")} with edits not compared with the points, which the edits change`)
    if (models.length === 0) return undefined
    const rules = await readPointRules(facts.reading)
    const request = {
      ...facts,
      rules,
      solids,
      geoid,
      tiles: models.map(({ tile }) => tile),
      maxError: bound,
      onProgress,
    }
    const found = await checkAccuracy(request)
    if (maxError !== undefined && found.groundMax !== null && found.groundMax > maxError + LATTICE)
      problem(
        `ground points are up to ${found.groundMax.toFixed(3)} m from the ground mesh; the bound is ${maxError} m`,
      )
    return found
  } catch (error) {
    // Missing points are not a fault of the products. Anything else is a fault, of theirs or ours.
    const isGone = error instanceof EngineError && error.code === "E_INPUT"
    const text = `the model was not compared with its points: ${messageOf(error)}`
    if (isGone) notes.push(text)
    else problem(text)
    return undefined
  }
}

const tellFaults = (
  checked: CheckedTile,
  name: string,
  problem: (measure: Measure) => (text: string) => void,
): void => {
  const { nonManifold, duplicates, gltf, misplaced } = checked
  if (misplaced) problem("contents")(`${name}: the transform in the tileset differs from the centre in the content`)
  if (duplicates > 0) problem("edges")(`${name}: ${counted(duplicates, "duplicate triangle")}`)
  if (nonManifold > 0)
    problem("edges")(
      `${name}: ${counted(nonManifold, "edge")} not shared by exactly two triangles in opposite directions`,
    )
  for (const { code, message, severity, pointer } of gltf.messages) {
    if (severity === 0) problem("contents")(`${name}: glTF ${code} at ${pointer ?? "/"}: ${message}`)
  }
}

const checkLayers = async (
  folder: string,
  problem: (text: string) => void,
  onProgress: ProgressStep,
): Promise<ValidateReport["vector"]> => {
  const paths = await filesOf(folder, "vector/", ".fgb")
  const sums = { layers: paths.length, features: 0, invalid: 0, duplicated: 0 }
  const check = async (path: string): Promise<void> => {
    const found = await checkVector(path)
    sums.features += found.features
    sums.invalid += found.invalid
    sums.duplicated += found.duplicated
    if (found.invalid > 0) problem(`${path}: ${counted(found.invalid, "invalid feature")}`)
    if (found.duplicated > 0) problem(`${path}: ${counted(found.duplicated, "feature")} with the id of another one`)
  }
  await checkEach(paths, check, onProgress, (error) => problem(messageOf(error)))
  return sums
}

const checkRasters = async (
  folder: string,
  problem: (text: string) => void,
  onProgress: ProgressStep,
): Promise<ValidateReport["rasters"]> => {
  let unreadable = 0
  const files = await filesOf(folder, "raster/", ".tif")
  await checkEach(files, verifyRaster, onProgress, (error) => {
    unreadable++
    problem(messageOf(error))
  })
  return { files: files.length, unreadable }
}

/**
 * Sorted files with an ending below a folder of the products, packed or not; none without that
 * folder.
 */
const filesOf = async (folder: string, under: string, ending: string): Promise<string[]> =>
  (await listProductFiles(folder, under)).filter(({ path }) => path.endsWith(ending)).map(({ place }) => place)
