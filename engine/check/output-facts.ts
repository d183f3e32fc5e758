/** Reads from the job of an output folder what the checks expect of its products. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { EngineError } from "../errors.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import type { openGeoid } from "../grid/geoid.js"
import { coverArea, type Grid } from "../grid/tile-key.js"
import { type DeclaredPorts, declaredPorts, layerOfRole, rasterOfHeights } from "../job/declared-ports.js"
import { externalInputs } from "../job/external-inputs.js"
import { externalPath } from "../job/fields.js"
import type { JobInput } from "../job/job.js"
import { layout } from "../job/layout.js"
import { readRunFacts } from "../job/output-folder.js"

/** Facts about an output folder's products, from its job. */
export interface OutputFacts {
  /** True where the products include a mesh or a texture. */
  readonly asksForMesh: boolean
  /**
   * Path of the layer of decks; absent for a job of départements, whose layer has only the decks
   * that they own.
   */
  readonly decks?: string
  /** Names of the height rasters. */
  readonly bareEarth: string | undefined
  readonly firstSurface: string | undefined
  readonly inputs: readonly string[]
  /** True where the job classified its points: the classes of the inputs are not those it used. */
  readonly classifies: boolean
  /** The file of edits: in their places, the points of the inputs are not those it used. */
  readonly edits?: string
  /** How the run read their classes. */
  readonly reading: Pick<JobInput, "classes" | "overlap">
  /**
   * Bound of the ground's error, metres. Absent where points were thinned, since the bound then
   * holds for the remaining points only.
   */
  readonly maxError?: number
  /** The bound of a job that states none. */
  readonly defaultBound: number
  /** The user's breaklines, as the run copied them. */
  readonly breaklines?: string
  readonly crs: Crs
  readonly grid: Grid
  readonly geoid: Parameters<typeof openGeoid>[0]
}

/**
 * Reads the job of an output folder.
 *
 * @throws EngineError E_INPUT where the folder is not the output of a run
 */
export const readFacts = async (folder: string): Promise<OutputFacts> => {
  const job = await readRunFacts(folder)
  const crs = crsByEpsg(job.epsg)
  const ports = await declaredPorts(job.modules)
  const { bound, defaultBound } = groundBound(ports, job)
  const decks = layerOfRole(ports, "decks")
  const edges = externalInputs(ports.kernels).find(({ role }) => role === "ground-edges")?.name
  const breaklines =
    edges !== undefined && externalPath(job, edges) !== undefined && join(folder, layout.external(edges))
  return {
    asksForMesh: job.products?.some((product) => product === "mesh" || product === "texture") === true,
    ...(decks === undefined || job.departement !== undefined ? {} : { decks: join(folder, layout.layer(decks)) }),
    bareEarth: rasterOfHeights(ports, "bare-earth"),
    firstSurface: rasterOfHeights(ports, "first-surface"),
    inputs: job.inputs ?? [],
    classifies: job.classify !== undefined,
    ...(job.edits === undefined ? {} : { edits: job.edits }),
    reading: job,
    ...(job.spacing === undefined && typeof bound === "number" ? { maxError: bound } : {}),
    defaultBound,
    ...(breaklines && existsSync(breaklines) ? { breaklines } : {}),
    crs,
    grid: coverArea(crs.area, job.tileSize),
    geoid: job,
  }
}

/** The option that bounds the ground's error: the job's value, and the default. */
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
