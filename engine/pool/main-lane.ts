/** Reads image windows that need GDAL on the main thread, the only one that can load it. */
import { isTileStage } from "../core/stages.js"
import { TileKey } from "../grid/tile-key.js"
import { kernelOf } from "../job/kernels/load-kernels.js"
import { makeTile } from "../plan/chains/chain.js"
import type { Plan } from "../plan/plan.js"
import type { PlannedTask } from "../plan/planned-task.js"
import type { WorkerInput } from "../worker/worker.js"

/** The windows of a task that need GDAL. */
export const readMainLane = async (plan: Plan, task: PlannedTask): Promise<WorkerInput["images"]> => {
  const images = task.images
    .flatMap((index) => plan.context.images[index] ?? [])
    .filter((image) => image.lane === "main")
  const { stage } = task
  if (images.length + (task.views?.length ?? 0) === 0 || !(isTileStage(stage) || stage === "parent")) return []
  const { readGdalWindow } = await import("../formats/raster/gdal.js")
  const { viewWindows } = await import("../spatial/view-windows.js")
  const windows: { path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[] = []
  for (const step of plan.context.chains[stage]) {
    const kernel = kernelOf(plan.kernels, step.id)
    const tile = makeTile(plan.context, TileKey.parse(task.key), step)
    for (const port of Object.values(kernel?.inputs ?? {})) {
      const { oriented } = plan.context
      // One at a time: a tile may have many windows.
      for (const { image, ...window } of port.kind === "views" && oriented !== undefined
        ? viewWindows(oriented, port, tile, step.options)
        : []) {
        const { header } = image
        if (header.lane !== "main") continue
        windows.push({ path: header.path, image: await readGdalWindow(header, window.box, window.step) })
      }
      if (port.kind !== "image") continue
      const resolution = port.resolution(tile, step.options)
      for (const image of images.filter(({ infrared }) => infrared === port.infrared))
        windows.push({ path: image.path, image: await readGdalWindow(image, tile.extent, resolution) })
    }
  }
  return windows
}
