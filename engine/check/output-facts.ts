/** Reads from the job of an output folder what the checks expect of its products. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { EngineError } from "../errors.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import type { openGeoid } from "../grid/geoid.js"
import { type Grid, gridOf } from "../grid/tile-key.js"
import { type DeclaredPorts, declaredPorts, layerOfRole, rasterOfHeights } from "../job/declared-ports.js"
import type { JobInput } from "../job/job.js"
import { layout } from "../job/layout.js"
import { readRunFacts } from "../job/output-folder.js"

/** What an output folder's job says of its products. */
export interface OutputFacts {
  /** True where a mesh or a texture is among the job's products. */
  readonly asksForMesh: boolean
  /** Where the layer of decks is to be; absent where départements bound the job: it has then only those of their own. */
  readonly decks?: string
  /** Names of the rasters of heights. */
  readonly bareEarth: string | undefined
  readonly firstSurface: string | undefined
  readonly inputs: readonly string[]
  /** Bound of the ground's error, metres; absent where points were thinned: it holds for those that were kept. */
  readonly maxError?: number
  /** The same where the job states none. */
  readonly defaultBound: number
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
  const ports = await declaredPorts()
  const { bound, defaultBound } = groundBound(ports, job)
  const decks = layerOfRole(ports, "decks")
  const breaklines = join(folder, layout.external("breaklines"))
  return {
    asksForMesh: job.products?.some((product) => product === "mesh" || product === "texture") === true,
    ...(decks === undefined || job.departement !== undefined ? {} : { decks: join(folder, layout.layer(decks)) }),
    bareEarth: rasterOfHeights(ports, "bare-earth"),
    firstSurface: rasterOfHeights(ports, "first-surface"),
    inputs: job.inputs ?? [],
    ...(job.spacing === undefined && typeof bound === "number" ? { maxError: bound } : {}),
    defaultBound,
    ...(job.breaklines !== undefined && existsSync(breaklines) ? { breaklines } : {}),
    crs,
    grid: gridOf(crs.area, job.tileSize),
    geoid: job,
  }
}

/** The option that bounds the ground's error: as the job states it, and by default. */
const groundBound = ({ kernels }: DeclaredPorts, job: JobInput): { bound: unknown; defaultBound: number } => {
  for (const { id, outputs, options } of kernels) {
    for (const port of Object.values(outputs)) {
      const name = port.kind === "mesh" ? port.groundBound : undefined
      const option = name === undefined ? undefined : options[name]
      if (name !== undefined && option?.type === "number")
        return { bound: job.options?.[id]?.[name] ?? option.default, defaultBound: option.default }
    }
  }
  throw new EngineError("E_INTERNAL", "no kernel declares a ground with the option that bounds its error")
}
