import { usageError } from "../core/parse-values.js"
import type { Job, JobInput } from "./job.js"
import { existingPath } from "./job-paths.js"

/** Oriented images and their orientations with absolute paths; these need those, and the product texture. Throws E_USAGE and E_INPUT. */
export const orientedInput = async (
  folder: string,
  { orientedImages, orientation }: Pick<JobInput, "orientedImages" | "orientation">,
  products: readonly string[],
): Promise<Pick<Job, "orientedImages" | "orientation">> => {
  if (orientedImages === undefined || orientedImages.length === 0) {
    if (orientation === undefined || orientation.length === 0) return {}
    const remedy = "Name their folder: --oriented-images DIR."
    throw usageError("--orientation", orientation.join(" "), "--oriented-images beside it", remedy)
  }
  if (!products.includes("texture"))
    throw usageError("--oriented-images", orientedImages.join(" "), "the product texture", "Add texture to --products.")
  const all = (paths: readonly string[], flag: string): Promise<string[]> =>
    Promise.all(paths.map((path) => existingPath(folder, path, flag)))
  return {
    orientedImages: await all(orientedImages, "--oriented-images"),
    ...(orientation === undefined ? {} : { orientation: await all(orientation, "--orientation") }),
  }
}

/** Colour-infrared orthophotos with absolute paths; they need the colour ones, whose texels they share, and the product texture. Throws E_USAGE and E_INPUT. */
export const ircInput = async (
  folder: string,
  { irc, imagery }: Pick<JobInput, "irc" | "imagery">,
  products: readonly string[],
): Promise<Pick<Job, "irc">> => {
  if (irc === undefined || irc.length === 0) return {}
  if (!products.includes("texture"))
    throw usageError("--irc", irc.join(" "), "the product texture", "Add texture to --products.")
  if (imagery === undefined || imagery.length === 0)
    throw usageError("--irc", irc.join(" "), "--imagery beside it", "Name the colour orthophotos: --imagery DIR.")
  return { irc: await Promise.all(irc.map((path) => existingPath(folder, path, "--irc"))) }
}
