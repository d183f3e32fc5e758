/** The public call that reads the points of files in a box, without a job. */
import { boxArgument } from "../../core/arguments.js"
import { Box2 } from "../../core/geometry/box.js"
import { optionError, parseBox } from "../../core/parse-values.js"
import type { Points } from "../../kernel.js"

/**
 * Reads the points of LAS, LAZ or COPC files (paths or http addresses) in a box, as a kernel
 * receives them. All attributes; coordinates in whole millimetres relative to the box's south-west
 * corner; canonical order. Exact duplicates, noise (classes 7, 18) and wild points are dropped.
 *
 * @param paths files or addresses in one CRS
 * @param box `[minX, minY, maxX, maxY]` in the files' CRS, half-open; default: everything
 * @returns points, and the number of duplicates and noise points dropped
 * @throws EngineError `E_INPUT`, `E_FORMAT` with the file's name and a remedy
 *
 * @example
 * const { points } = await readPoints(["tile.copc.laz"], [842000, 6520000, 842050, 6520050])
 */
export const readPoints = async (
  paths: readonly string[],
  box?: readonly number[],
): Promise<{ points: Required<Points>; duplicates: number; noise: number }> => {
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === "string" && path !== ""))
    throw optionError("paths", "they are no paths. Give an array of paths or addresses of point files.")
  const area = box === undefined ? undefined : parseBox(boxArgument(box) ?? [], "box")
  // The import of `maille/las` then costs no reader.
  const [{ gatherPoints }, { openWithoutWild }] = await Promise.all([import("./gather.js"), import("./wild-points.js")])
  const files = await Promise.all(paths.map((path) => openWithoutWild(path)))
  try {
    const whole = files.map(({ info }) => info.box).reduce(Box2.union)
    // The query box is half-open: a margin of 1 mm includes points on the upper edges.
    const wanted = area ?? [Math.floor(whole[0]), Math.floor(whole[1]), whole[2] + 0.001, whole[3] + 0.001]
    const { points, duplicates, noise } = await gatherPoints(files, wanted, [wanted[0], wanted[1], 0])
    return { points: points as Required<Points>, duplicates, noise }
  } finally {
    await Promise.all(files.map((file) => file.close()))
  }
}
