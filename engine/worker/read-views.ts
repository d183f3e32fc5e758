/** Reads the windows of oriented images that a kernel's port asks for. */
import { composeImage } from "../formats/raster/compose-image.js"
import { readGdalWindow } from "../formats/raster/gdal.js"
import { plainFilm } from "../formats/raster/radiometric-correction.js"
import type { Tile, View, ViewsPort } from "../kernel.js"
import { windowShot } from "../spatial/view-window.js"
import { type TileWindow, viewWindows } from "../spatial/view-windows.js"
import type { GivenImages } from "./read-image.js"
import type { WorkerState } from "./worker-state.js"

type PortOptions = Parameters<ViewsPort["resolution"]>[1]

/**
 * Reads the windows of a views port one after another; at the end they are all held.
 *
 * @param given windows of images that only GDAL reads, by path
 */
export const readViews = async (windows: readonly TileWindow[], given: GivenImages): Promise<readonly View[]> => {
  const views: View[] = []
  for (const window of windows) {
    const read = await composeImage([window.image.header], window.box, window.step, given)
    if (read === undefined) continue
    const { image, squares } = window
    views.push({ shot: windowShot(window, read), data: read.data, squares, ...(image.film ?? plainFilm) })
  }
  return views
}

/** The views of a port of a tile's kernel; none where the job has no oriented images. */
export const readTileViews = (
  task: { readonly state: WorkerState; readonly given: GivenImages },
  port: ViewsPort,
  tile: Tile,
  options: PortOptions,
): Promise<readonly View[]> => {
  const { oriented } = task.state.context
  const windows = oriented === undefined ? [] : viewWindows(oriented, port, tile, options)
  return readViews(windows, task.given)
}

/** Windows of the images that only the main thread can read. */
export const readGivenViews = async (
  windows: readonly TileWindow[],
): Promise<{ path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[]> => {
  const given: { path: string; image: Awaited<ReturnType<typeof readGdalWindow>> }[] = []
  for (const { image, box, step } of windows) {
    if (image.header.lane !== "main") continue
    given.push({ path: image.header.path, image: await readGdalWindow(image.header, box, step) })
  }
  return given
}
