/** Checks that a downloaded image file is whole, without decoding its pixels. */
import type { GeoTIFFImage } from "geotiff"
import { EngineError } from "../../errors.js"
import type { ByteSource } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"
import { imageKind } from "../../io/file-kind.js"
import { plainSize } from "./image/image-file.js"
import { openTiff, readImage } from "./tiff/source.js"

/**
 * Checks an image file by its headers. A TIFF needs all its strips or tiles within the file, a PNG
 * or JPEG a size, a JP2 its signature. JPEG, PNG and JP2 also need their end marker.
 *
 * @throws EngineError E_FORMAT for any other file, or a truncated one
 */
export const checkImage = async (path: string): Promise<void> => {
  const bytes = await openBytes(path)
  try {
    const head = await bytes.read(0, Math.min(bytes.size, 65536))
    const kind = imageKind(head)
    if (kind === "other") throw broken(path, "not TIFF, JP2, PNG or JPEG")
    if (kind === "tiff") return await checkTiff(bytes)
    if (kind !== "jp2" && !plainSize(head)) throw broken(path, "damaged: no size in its header")
    if (!(await hasEnd(bytes, kind))) throw broken(path, `damaged: cut short at byte ${bytes.size}`)
  } finally {
    await bytes.close()
  }
}

/** Some writers append a few bytes after the end of the image. */
const TAIL_BYTES = 65536
/** JPEG: marker EOI; JP2: marker EOC. */
const END_MARKER = [0xff, 0xd9]

/** True if the end marker is in the last 64 KiB and after all headers. */
const hasEnd = async (bytes: ByteSource, kind: "png" | "jpeg" | "jp2"): Promise<boolean> => {
  const begin = Math.max(kind === "jpeg" ? await scanBegin(bytes) : 8, bytes.size - TAIL_BYTES)
  const tail = Buffer.from(await bytes.read(Math.min(begin, bytes.size), bytes.size))
  return tail.includes(kind === "png" ? "IEND" : Buffer.from(END_MARKER))
}

/**
 * Offset of a JPEG's entropy-coded data. The search starts there because a thumbnail in the headers
 * has an end marker of its own (ITU-T T.81, B.1.1.4). The coded data cannot contain an end marker.
 */
const scanBegin = async (bytes: ByteSource): Promise<number> => {
  let at = 2
  while (at + 4 <= bytes.size) {
    const [mark, code, high, low] = (await bytes.read(at, at + 4)) as unknown as [number, number, number, number]
    if (mark !== 0xff) return bytes.size
    // Any number of fill bytes may precede a marker.
    if (code === 0xff) {
      at++
      continue
    }
    at += 2 + 256 * high + low
    if (code === 0xda) return Math.min(at, bytes.size)
  }
  return bytes.size
}

const broken = (path: string, found: string, cause?: unknown): EngineError =>
  new EngineError("E_FORMAT", `${path}: ${found}. Fetch or export it again.`, { file: path }, cause)

const checkTiff = async ({ path, size }: ByteSource): Promise<void> => {
  const { tiff, bytes } = await openTiff(path).catch((error: unknown) => {
    throw broken(path, `cannot be read as TIFF (${error instanceof Error ? error.message : String(error)})`, error)
  })
  try {
    const image = await readImage(tiff, 0)
    if (!(image.getWidth() > 0 && image.getHeight() > 0)) throw broken(path, "damaged: no size in its header")
    const end = await endOfPixels(image)
    if (end > size) throw broken(path, `damaged: cut short at byte ${size} of ${end}`)
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw broken(path, `cannot be read as TIFF (${error instanceof Error ? error.message : String(error)})`, error)
  } finally {
    await bytes.close()
  }
}

const endOfPixels = async (image: GeoTIFFImage): Promise<number> => {
  const directory = image.getFileDirectory()
  const [offsets, counts] = directory.hasTag("TileOffsets")
    ? await Promise.all([directory.loadValue("TileOffsets"), directory.loadValue("TileByteCounts")])
    : await Promise.all([directory.loadValue("StripOffsets"), directory.loadValue("StripByteCounts")])
  let end = 0
  for (let i = 0; i < (offsets?.length ?? 0); i++) end = Math.max(end, Number(offsets?.[i]) + Number(counts?.[i] ?? 0))
  return end
}
