/** Reads the file of radiometric corrections, `colours.json` of an output folder. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { packageVersion } from "../../core/package-files.js"
import { EngineError } from "../../errors.js"
import type { RadiometricCorrection } from "../../formats/raster/image/radiometric-correction.js"
import { readCopy } from "../../job/copied-text.js"
import { layout } from "../../job/layout.js"
import type { ColourResidual } from "./places.js"

/**
 * The stored correction of an image: value = gain · colour + bias for red, green and blue, of 255.
 */
export interface StoredCorrection extends RadiometricCorrection {
  /** File name. */
  readonly name: string
  readonly kind: "orthophoto" | "oriented"
  /** Hash of the file's content: other content under the same name is a new image. */
  readonly identity: string
  /**
   * How the correction was found.
   * - `anchor`: an orthophoto whose own colours the others are matched to
   * - `solved`: by the solve
   * - `alone`: it shares too few places with others and keeps its values
   * - `refused`: the solution is no plausible correction (gain outside 0.5 to 2); it keeps its
   *   values
   */
  readonly state: "anchor" | "solved" | "alone" | "refused"
  /** True for an oriented image whose connected part was matched to the colours of orthophotos. */
  readonly tied?: true
  /** Edition that it was solved for. */
  readonly edition: number
  /**
   * Number of places where it was compared, and its deviation from the mean of all images there.
   */
  readonly places: number
  readonly before?: ColourResidual
  readonly after?: ColourResidual
}

/** `colours.json`: one solve for the whole job, which runs and updates preserve. */
export interface ColourFile {
  readonly format: 1
  /** Version of maille that solved last. */
  readonly version: string
  /** Counts whole solves: an update leaves it unchanged, `--new-colours` increments it. */
  readonly edition: number
  /** The convention that fixes the free constant of the comparison. */
  readonly gauge: string
  /** Squares of 32 m in the last solve, and places in them, where images were compared. */
  readonly sites: number
  readonly places: number
  /** Deviation of images from the mean of all, over those places. */
  readonly before?: ColourResidual
  readonly after?: ColourResidual
  readonly images: readonly StoredCorrection[]
  /**
   * Lowest and highest altitude of the job's points, metres, between which oriented images are
   * searched. Only if the plan was made from an index, which has no altitudes.
   */
  readonly zRange?: readonly [number, number]
}

export const gaugeText =
  "Orthophotos: the first of each connected part keeps its colours (by --prefer, finer pixel, later date). Oriented images: each connected part has one gain and bias a channel from ground that orthophotos show too; where that tells none, its gains have the mean 1, its biases the mean 0. Images with a correction from before keep it."

/** The file of a job without two images that have corrections of their own. */
export const noCorrections: ColourFile = {
  format: 1,
  version: packageVersion,
  edition: 1,
  gauge: gaugeText,
  sites: 0,
  places: 0,
  images: [],
}

/** Returns the key of an image's stored correction. */
export const correctionKey = ({ kind, name, identity }: Pick<StoredCorrection, "kind" | "name" | "identity">): string =>
  `${kind} ${name} ${identity}`

/**
 * Reads the solve of an output folder, from its sealed copy if there is one: stored corrections
 * cannot be recomputed. Throws E_INPUT if the file is no solve.
 */
export const readColourFile = async (out: string): Promise<ColourFile | undefined> => {
  const path = join(out, layout.colours)
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const file = JSON.parse((await readCopy(out, layout.colours)) ?? text) as ColourFile
    if (file.format === 1 && Array.isArray(file.images)) return file
  } catch {
    // Reported below.
  }
  const remedy = "Remove it, and run again: colours and textures are made again."
  throw new EngineError("E_INPUT", `${path}: damaged: not colours of this version of maille. ${remedy}`, { file: path })
}
