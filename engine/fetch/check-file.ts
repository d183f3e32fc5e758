/**
 * Checks a downloaded point file or image by its headers and tables, without decoding points or
 * pixels.
 */
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import { openPointFile } from "../formats/las/point-file.js"
import { checkImage } from "../formats/raster/check-image.js"

/** What a file should be. */
export interface ExpectedFile {
  /** Its name: `.copc.laz` promises COPC. */
  readonly name: string
  readonly kind: "points" | "image"
  /** Where its points should lie, CRS metres. */
  readonly box?: Box2
}

/**
 * Checks a file that was brought: of points the header, every VLR and EVLR, the chunk table or the whole hierarchy, counts that add up and an extent that meets the place it should have;
 * of an image its header. Points and pixels are not decoded.
 *
 * @returns points of a point file
 * @throws EngineError E_FORMAT or E_INPUT with what is wrong
 */
export const checkFile = async (path: string, { name, kind, box }: ExpectedFile): Promise<{ points?: number }> => {
  if (kind === "image") {
    await checkImage(path)
    return {}
  }
  const file = await openPointFile(path)
  try {
    const { info } = file
    // The records behind the points are the last bytes of the file: readers pass over those that are cut off.
    await file.stored()
    const held = await file.held()
    if (held !== info.count) throw broken(path, `announces ${info.count} points, its hierarchy holds ${held}`)
    if (/\.copc\.laz$/i.test(name) && info.format !== "copc")
      throw broken(path, `is ${info.format.toUpperCase()} and no COPC, as its name says`)
    const [minX, minY, maxX, maxY] = info.box
    const centre = [(minX + maxX) / 2, (minY + maxY) / 2] as const
    // Its neighbours touch the tile; only its own points lie around a place within.
    if (info.count > 0 && box !== undefined && !Box2.meets([...centre, ...centre], box)) {
      const there = `[${info.box.join(", ")}]`
      throw broken(path, `lies at ${there}, not where its tile does, [${box.join(", ")}]`)
    }
    return { points: info.count }
  } finally {
    await file.close()
  }
}

const broken = (path: string, found: string): EngineError =>
  new EngineError("E_FORMAT", `${path}: ${found}. Fetch it again, or leave it out.`, { file: path })
