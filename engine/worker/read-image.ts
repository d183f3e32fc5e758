/** Composes the image that a kernel's port asks for. */
import { composeImage } from "../formats/raster/compose-image.js"
import type { Image, ImagePort, Tile } from "../kernel.js"
import type { TaskMessage } from "../plan/context.js"
import type { WorkerState } from "./worker-state.js"

/** Windows of images that only the main thread can read, by image path. */
export type GivenImages = ReadonlyMap<string, Image>

/** The image of a port: composed at the kernel's resolution; empty (all transparent) where no image lies, none for an optional port. */
export const readImage = async (
  state: WorkerState,
  message: TaskMessage,
  port: ImagePort,
  tile: Tile,
  options: Parameters<ImagePort["resolution"]>[1],
  given: GivenImages,
): Promise<Image | undefined> => {
  const resolution = port.resolution(tile, options)
  const images = message.images
    .flatMap((index) => state.context.images[index] ?? [])
    .filter((image) => image.infrared === port.infrared)
  const image = images.length === 0 ? undefined : await composeImage(images, tile.extent, resolution, given)
  return image ?? (port.optional ? undefined : noImage(tile))
}

const noImage = (tile: Tile): Image => ({ width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) })
