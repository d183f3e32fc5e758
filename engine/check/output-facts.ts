import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import type { openGeoid } from "../grid/geoid.js"
import { type Grid, gridOf } from "../grid/tile-key.js"
import { layout } from "../job/layout.js"
import { readRunFacts } from "../job/output-folder.js"

/** Bound of the ground's error where the job names none, metres. */
export const DEFAULT_BOUND = 0.15

/** What an output folder's job says of its products. */
export interface OutputFacts {
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

/**
 * Reads the job of an output folder.
 *
 * @throws EngineError E_INPUT where the folder is no output folder of a run
 */
export const readFacts = async (folder: string): Promise<OutputFacts> => {
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
