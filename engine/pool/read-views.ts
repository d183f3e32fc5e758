import { plainFilm } from "../core/film.js"
import { composeImage } from "../formats/raster/compose-image.js"
import { readGdalWindow } from "../formats/raster/gdal.js"
import type { TaskMessage } from "../job/context.js"
import type { Tile, View, ViewsPort } from "../kernel.js"
import type { OrientedImages } from "../spatial/oriented-images.js"
import { type ViewWindow, viewWindow, windowShot } from "../spatial/oriented-images.js"
import type { GivenImages } from "./read-image.js"
import type { WorkerState } from "./worker-state.js"

type PortOptions = Parameters<ViewsPort["resolution"]>[1]

/** The windows of a views port: of each image of the task one, where it reaches the extent. */
export const viewWindows = (
  oriented: OrientedImages,
  indices: readonly number[],
  port: ViewsPort,
  tile: Tile,
  options: PortOptions,
): ViewWindow[] => {
  const demand = { resolution: port.resolution(tile, options), mostPixels: port.mostPixels(options) }
  return indices.flatMap((index) => {
    const image = oriented.images[index]
    return (image && viewWindow(image, tile.extent, oriented, demand)) ?? []
  })
}

/**
 * Reads the windows of a views port one after another; at the end they are all held, `port.most` of `port.mostPixels` at most.
 *
 * @param given windows of images that only GDAL reads, by path
 */
export const readViews = async (windows: readonly ViewWindow[], given: GivenImages): Promise<readonly View[]> => {
  const views: View[] = []
  for (const window of windows) {
    const read = await composeImage([window.image.header], window.box, window.step, given)
    if (read === undefined) continue
    views.push({ shot: windowShot(window, read), data: read.data, ...(window.image.film ?? plainFilm) })
  }
  return views
}

/** The views of a port of a tile's kernel; none where the job has no oriented images. */
export const readTileViews = (
  task: { readonly state: WorkerState; readonly message: TaskMessage; readonly given: GivenImages },
  port: ViewsPort,
  tile: Tile,
  options: PortOptions,
): Promise<readonly View[]> => {
  const { oriented } = task.state.context
  const windows = oriented === undefined ? [] : viewWindows(oriented, task.message.views ?? [], port, tile, options)
  return readViews(windows, task.given)
}

/** Windows of the images that only the main thread can read. */
export const readGivenViews = async (
  windows: readonly ViewWindow[],
): Promise<{ path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[]> => {
  const given: { path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[] = []
  for (const { image, box, step } of windows) {
    if (image.header.lane !== "main") continue
    given.push({ path: image.header.path, image: await readGdalWindow(image.header, box, step) })
  }
  return given
}
