/** The rasters that a job has in place of point files. */
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { ownRasterInputs } from "../job/external-inputs.js"
import { externalPath } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { declareKernels } from "../job/kernels/declare-kernels.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import type { Port } from "../kernel.js"
import { type Catalogue, makeCatalogue } from "../spatial/catalogue.js"
import { type FoundRaster, openOwnRaster } from "../spatial/own-raster.js"

/** The rasters of a job without point files. */
export interface OwnRasters {
  readonly byName: Readonly<Record<string, FoundRaster>>
  /** Without sources, in the rasters' CRS. */
  readonly catalogue: Catalogue
  /** Rasters that the job lacks: their flags, and the ports that they would give. */
  readonly others: readonly { readonly flag: string; readonly outputs: readonly string[] }[]
  /** The options of the job, with the cells of the kernels that read the rasters. */
  readonly options: Job["options"]
}

/**
 * Opens the rasters that a job names in place of point files; undefined for a job with these.
 *
 * @throws EngineError E_INPUT for a raster that kernels cannot use as it is; E_USAGE for another
 * cell size
 */
export const openOwnRasters = async (job: Job): Promise<OwnRasters | undefined> => {
  if (job.inputs.length > 0) return undefined
  const kernels = (await declareKernels(job.kernels)).map(({ kernel }) => kernel)
  const byName: Record<string, FoundRaster> = {}
  const others: { flag: string; outputs: string[] }[] = []
  const options: Record<string, Job["options"][string]> = { ...job.options }
  for (const { name, flag, kernel } of ownRasterInputs(kernels)) {
    const path = externalPath(job, name)
    if (path === undefined) {
      const reader = kernels.find(({ id }) => id === kernel)
      others.push({ flag, outputs: Object.keys(reader?.outputs ?? {}) })
      continue
    }
    const found = await openOwnRaster(path, flag, job.epsg)
    const { cellSize } = found
    byName[name] = found
    const { cell = cellSize } = options[kernel] ?? {}
    if (cell !== cellSize) {
      const text = `${kernel}.cell is ${cell}, but the cells of ${path} are ${cellSize} m. Leave it out.`
      throw new EngineError("E_USAGE", text, { option: kernel })
    }
    options[kernel] = { ...options[kernel], cell: cellSize }
  }
  const [first, ...further] = Object.values(byName)
  if (first === undefined) return undefined
  for (const { path, flag, epsg } of further)
    if (epsg !== first.epsg) {
      const text = `${flag}: ${path}: in EPSG:${epsg}, but ${first.path} is in EPSG:${first.epsg}. Reproject one: gdalwarp -t_srs EPSG:${first.epsg} -tap -tr …`
      throw new EngineError("E_INPUT", text, { file: path })
    }
  // Half a cell less: tiles that a raster only touches have none of its cells.
  const boxes = Object.values(byName).map(({ box, cellSize }) => Box2.grow(box, -cellSize / 4))
  return { byName, others, options, catalogue: makeCatalogue([], first.epsg, boxes) }
}

const needsPoints = (port: Port): boolean =>
  port.kind === "presence" || (port.kind === "points" && port.mayBeEmpty !== true && port.beside === undefined)

/**
 * Refuses kernels that read points, in a job that has none.
 *
 * @throws EngineError E_USAGE
 */
export const refusePointKernels = ({ byName, others }: OwnRasters, kernels: readonly LoadedKernel[]): void => {
  const reading = kernels.filter(({ kernel }) => Object.values(kernel.inputs).some(needsPoints))
  const [first] = reading
  if (first === undefined) return
  const { id, outputs } = first.kernel
  const given = Object.values(byName).map(({ flag }) => flag)
  const standIn = others.find((one) => one.outputs.some((name) => Object.hasOwn(outputs, name)))
  const [more, verb] = reading.length > 1 ? [` and ${reading.length - 1} more kernels`, "read"] : ["", "reads"]
  const found = `${id}${more} ${verb} points, and the job has only ${given.join(" and ")}.`
  const file = standIn === undefined ? "point files" : `${standIn.flag} FILE or point files`
  const text = `${found} Give ${file}, or ask only for products that need neither: --products, --kernel.`
  throw new EngineError("E_USAGE", text, { kernel: id })
}
