/**
 * Reads headers of oriented images, which have no georeference, whichever decoder reads their
 * pixels.
 */
import { basename } from "node:path"
import { MAX_PIXELS } from "../../core/bounds.js"
import { EngineError } from "../../errors.js"
import { openBytes } from "../../io/bytes.js"
import { imageKind } from "../../io/file-kind.js"
import { DECODED } from "./canvas-image.js"
import { readGdalFrame } from "./gdal.js"
import { bytesIdentity, plainSize } from "./image/image-file.js"
import type { FrameFacts, ImageHeader } from "./image/image-header.js"
import { readTiffFrame } from "./tiff/image.js"

/**
 * Reads the header of an oriented image. Its `box` is `[0, −height, width, 0]`, one unit a pixel,
 * so {@link composeImage} returns windows by column and row. Our readers open JPEG, PNG and TIFF;
 * GDAL opens JP2 and others.
 *
 * @throws EngineError `E_FORMAT` naming file and remedy if it is no 8-bit colour image; `E_INPUT`
 *   if it needs GDAL and GDAL is absent
 */
export const readFrameHeader = async (path: string): Promise<ImageHeader> => {
  const bytes = await openBytes(path)
  try {
    const head = await bytes.read(0, Math.min(bytes.size, 65536))
    const facts = await readFacts(path, head)
    if (typeof facts === "string") throw new Error(facts)
    const { width, height } = facts
    const identity = await bytesIdentity(bytes)
    return { path, name: basename(path), box: [0, -height, width, 0], pixel: 1, ...facts, identity }
  } catch (error) {
    if (error instanceof EngineError) throw error
    const found = error instanceof Error ? error.message : String(error)
    const text = `${path}: not usable as an oriented image (${found}). Write it as JPEG, TIFF, COG or JP2, RGB of 8 bits.`
    throw new EngineError("E_FORMAT", text, { file: path }, error)
  } finally {
    await bytes.close()
  }
}

const readFacts = async (path: string, head: Uint8Array): Promise<FrameFacts | string> => {
  const kind = imageKind(head)
  if (kind === "tiff") return (await readTiffFrame(path)) ?? (await readGdalFrame(path))
  if (kind !== "png" && kind !== "jpeg") return readGdalFrame(path)
  const size = plainSize(head)
  if (size === undefined) return "no size in its header"
  const pixels = size.width * size.height
  if (!(pixels > 0 && pixels <= MAX_PIXELS))
    return `${size.width} × ${size.height} pixels; PNG and JPEG are read up to ${MAX_PIXELS} pixels, TIFF and JP2 of any size`
  return { ...size, bands: 3, lane: "worker", decoder: "canvas", decodedBytes: DECODED * pixels }
}
