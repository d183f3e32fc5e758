/** The kernels that a job may use, and those that its products need. */

import { makesClasses } from "../../kernel.js"
import { ownRasterInputs } from "../external-inputs.js"
import { externalPath } from "../fields.js"
import type { Job } from "../job.js"
import { chooseKernels } from "./choose-kernels.js"
import { declareKernels } from "./declare-kernels.js"
import { isNamed, type LoadedKernel } from "./load-kernels.js"
import { classifiers, otherWaterMakers } from "./presets.js"

/**
 * Returns the declarations of the kernels that a job may use, and the ids of those that it uses.
 *
 * @throws EngineError E_USAGE if a port has no maker or two, or no kernel makes a layer
 */
export const kernelsOfJob = async (
  job: Job,
): Promise<{ readonly declared: readonly LoadedKernel[]; readonly chosen: ReadonlySet<string> }> => {
  const all = withOwnRasters(job, await declareKernels(job.kernels))
  const declared = withWaterMaker(job, withClassifier(job, withoutViews(job, all)))
  const {
    tile,
    region,
    job: whole,
    model,
    parent,
  } = chooseKernels(declared, job.products, job.mesh, job.layers, job.options)
  return {
    declared,
    chosen: new Set([...tile, ...region, ...whole, ...model, ...parent].map(({ kernel }) => kernel.id)),
  }
}

/** Drops the kernels that make from points what a raster of the user gives: its reader remains. */
const withOwnRasters = (job: Job, kernels: readonly LoadedKernel[]): LoadedKernel[] => {
  const readers = new Set(
    ownRasterInputs(kernels.map((loaded) => loaded.kernel)).flatMap(({ name, kernel }) =>
      externalPath(job, name) === undefined ? [] : [kernel],
    ),
  )
  const given = kernels.flatMap(({ kernel }) => (readers.has(kernel.id) ? Object.keys(kernel.outputs) : []))
  return kernels.filter(
    (loaded) =>
      isNamed(loaded) ||
      readers.has(loaded.kernel.id) ||
      !given.some((name) => Object.hasOwn(loaded.kernel.outputs, name)),
  )
}

/** Drops kernels that classify points, but for the one that the job names. */
const withClassifier = ({ classify }: Job, kernels: readonly LoadedKernel[]): LoadedKernel[] =>
  kernels.filter(
    (loaded) =>
      isNamed(loaded) ||
      !makesClasses(loaded.kernel) ||
      (classify !== undefined && loaded.kernel.id === classifiers[classify]),
  )

/** Drops the kernels that find water, but for the one of the origin that the job names. */
const withWaterMaker = ({ waterFrom }: Job, kernels: readonly LoadedKernel[]): LoadedKernel[] => {
  const others = otherWaterMakers(waterFrom)
  return kernels.filter((loaded) => isNamed(loaded) || !others.has(loaded.kernel.id))
}

/**
 * Drops kernels that read oriented images if the job has none, and those that paint parents from
 * their textures. Kernels that the job names remain.
 */
export const withoutViews = (job: Job, kernels: readonly LoadedKernel[]): LoadedKernel[] => {
  const remaining = kernels.filter(
    (loaded) => job.orientedImages !== undefined || isNamed(loaded) || !readsViews(loaded),
  )
  const inTiles = remaining.filter(({ kernel }) => !(kernel.stages ?? ["tile"]).includes("parent"))
  const made = new Set(inTiles.flatMap(({ kernel }) => Object.keys(kernel.outputs)))
  const lacksWalls = ({ kernel }: LoadedKernel): boolean =>
    Object.entries(kernel.inputs).some(([name, port]) => port.kind === "texture" && port.many && !made.has(name))
  return remaining.filter((loaded) => isNamed(loaded) || !lacksWalls(loaded))
}

/** True for a kernel that reads oriented images. */
export const readsViews = ({ kernel }: LoadedKernel): boolean =>
  Object.values(kernel.inputs).some((port) => port.kind === "views")
