import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { EngineError } from "../errors.js"
import type { Job, JobInput, ProductName } from "./job.js"
import { usageError } from "./parse-values.js"

/** The absolute path of a file or folder that an option names; addresses as they are. Throws E_INPUT when it is missing. */
export const existing = async (folder: string, path: string, option: string): Promise<string> => {
  if (/^https?:\/\//i.test(path)) return path
  const full = resolve(folder, path)
  const found = await stat(full).catch(() => undefined)
  if (found) return full
  throw new EngineError("E_INPUT", `${option}: there is no file or folder ${full}. Check the path.`, {
    file: full,
    option,
  })
}

/** Oriented images and their orientations with absolute paths; these need those, and the product texture. Throws E_USAGE and E_INPUT. */
export const orientedInput = async (
  folder: string,
  { orientedImages, orientation }: Pick<JobInput, "orientedImages" | "orientation">,
  products: readonly ProductName[],
): Promise<Pick<Job, "orientedImages" | "orientation">> => {
  if (orientedImages === undefined || orientedImages.length === 0) {
    if (orientation === undefined || orientation.length === 0) return {}
    const remedy = "Name their folder: --oriented-images DIR."
    throw usageError("--orientation", orientation.join(" "), "--oriented-images beside it", remedy)
  }
  if (!products.includes("texture"))
    throw usageError("--oriented-images", orientedImages.join(" "), "the product texture", "Add texture to --products.")
  const all = (paths: readonly string[], flag: string): Promise<string[]> =>
    Promise.all(paths.map((path) => existing(folder, path, flag)))
  return {
    orientedImages: await all(orientedImages, "--oriented-images"),
    ...(orientation === undefined ? {} : { orientation: await all(orientation, "--orientation") }),
  }
}
