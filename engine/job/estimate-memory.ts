import { Box2 } from "../core/box.js"
import type { Counts, Tile } from "../kernel.js"
import type { WorkContext } from "./context.js"
import type { LoadedKernel } from "./load-kernels.js"

/** Bytes that a worker holds beside its tile: code, heap, arena, decoder. */
export const workerBytes = 48 * 1024 * 1024

/**
 * Upper estimate of the peak bytes of one task, for admission.
 *
 * Points are held twice while they are sorted; then the hungriest kernel works beside one copy and the chain's rasters.
 */
export const estimateMemory = (
  laying: { readonly context: WorkContext; readonly kernels: readonly LoadedKernel[] },
  scope: "tile" | "parent" | "job",
  counts: Counts,
  cell: Box2,
): number => {
  const steps = laying.context.chains[scope]
  let hungriest = 0
  let images = 0
  for (const step of steps) {
    const kernel = laying.kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    if (!kernel) continue
    hungriest = Math.max(hungriest, kernel.memory(counts, step.options))
    for (const port of Object.values(kernel.inputs)) {
      if (port.kind !== "image") continue
      const tile: Tile = {
        key: "",
        cell,
        core: cell,
        extent: cell,
        origin: [0, 0, 0],
        step: 1,
        epsg: laying.context.epsg,
      }
      images += 3 * 4 * (Box2.area(cell) / port.resolution(tile, step.options) ** 2)
    }
  }
  return Math.ceil(
    counts.points * 24 + Math.max(counts.points * 24, hungriest + counts.points * 13) + images + workerBytes,
  )
}
