/** Reads the images, and the windows of oriented ones, that a kernel's ports ask for. */

import { composeImage } from "../formats/raster/compose-image.js"
import { noCorrection } from "../formats/raster/image/radiometric-correction.js"
import type { Image, ImagePort, Tile, View, ViewsPort } from "../kernel.js"
import type { TaskMessage } from "../plan/context.js"
import { windowShot } from "../spatial/view-window.js"
import { type TileWindow, viewWindows } from "../spatial/view-windows.js"
import type { WorkerState } from "./worker-state.js"

/** Windows of images that only the main thread can read, by image path. */
export type MainLaneImages = ReadonlyMap<string, Image>

/** A task, and the windows that came with it. */
interface ImageTask {
  readonly state: WorkerState
  readonly images: MainLaneImages
}

/**
 * The image of a port at the kernel's resolution. Without any image there: undefined for an
 * optional port, else an image of width 0.
 */
export const readImage = async (
  { state, message, images }: ImageTask & { readonly message: TaskMessage },
  port: ImagePort,
  tile: Tile,
  options: Parameters<ImagePort["resolution"]>[1],
): Promise<Image | undefined> => {
  const resolution = port.resolution(tile, options)
  const own = message.images
    .flatMap((index) => state.context.images[index] ?? [])
    .filter((image) => image.infrared === port.infrared)
  const image = own.length === 0 ? undefined : await composeImage(own, tile.extent, resolution, images)
  return image ?? (port.optional ? undefined : noImage(tile))
}

const noImage = (tile: Tile): Image => ({ width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) })

type PortOptions = Parameters<ViewsPort["resolution"]>[1]

/**
 * Reads the windows of a views port one after another; the result contains all of them.
 *
 * @param images windows of images that only GDAL reads, by path
 */
export const readViews = async (windows: readonly TileWindow[], images: MainLaneImages): Promise<readonly View[]> => {
  const views: View[] = []
  for (const window of windows) {
    const read = await composeImage([window.image.header], window.box, window.step, images)
    if (read === undefined) continue
    const { image, squares } = window
    views.push({ shot: windowShot(window, read), data: read.data, squares, ...(image.correction ?? noCorrection) })
  }
  return views
}

/** The views of a port of a tile's kernel; none where the job has no oriented images. */
export const readTileViews = (
  { state, images }: ImageTask,
  port: ViewsPort,
  tile: Tile,
  options: PortOptions,
): Promise<readonly View[]> => {
  const { oriented } = state.context
  const windows = oriented === undefined ? [] : viewWindows(oriented, port, tile, options)
  return readViews(windows, images)
}
