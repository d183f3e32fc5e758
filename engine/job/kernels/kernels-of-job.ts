import type { Job } from "../job.js"
import { chooseKernels } from "./choose-kernels.js"
import { declareKernels } from "./declare-kernels.js"
import type { LoadedKernel } from "./load-kernels.js"
import { withoutViews } from "./without-views.js"

/**
 * The kernels that a job may take, as they declare themselves, and the ids of those that it does.
 *
 * @throws EngineError E_USAGE when a port has no maker or two, or no kernel makes a layer
 */
export const kernelsOfJob = async (
  job: Job,
): Promise<{ readonly declared: readonly LoadedKernel[]; readonly chosen: ReadonlySet<string> }> => {
  const declared = withoutViews(job, await declareKernels(job.kernels))
  const { tile, square, job: whole, model, parent } = chooseKernels(declared, job.products, job.mesh, job.layers)
  return {
    declared,
    chosen: new Set([...tile, ...square, ...whole, ...model, ...parent].map(({ kernel }) => kernel.id)),
  }
}
