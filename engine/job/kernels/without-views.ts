import type { Job } from "../job.js"
import type { LoadedKernel } from "./load-kernels.js"

/** Kernels that look at oriented images, and those that paint parents from what these make, run where there are some; a third party's always. */
export const withoutViews = (job: Job, kernels: readonly LoadedKernel[]): LoadedKernel[] => {
  const kept = kernels.filter(
    (loaded) => job.orientedImages !== undefined || loaded.digest !== undefined || !readsViews(loaded),
  )
  const inTiles = kept.filter(({ kernel }) => !(kernel.scopes ?? ["tile"]).includes("parent"))
  const made = new Set(inTiles.flatMap(({ kernel }) => Object.keys(kernel.outputs)))
  const lacksWalls = ({ kernel }: LoadedKernel): boolean =>
    Object.entries(kernel.inputs).some(([name, port]) => port.kind === "texture" && port.many && !made.has(name))
  return kept.filter((loaded) => loaded.digest !== undefined || !lacksWalls(loaded))
}

/** True for a kernel that looks at oriented images. */
export const readsViews = ({ kernel }: LoadedKernel): boolean =>
  Object.values(kernel.inputs).some((port) => port.kind === "views")
