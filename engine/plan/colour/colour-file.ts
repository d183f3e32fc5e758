/** Reads and names the file of radiometric corrections, `colours.json` of an output folder. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { packageVersion } from "../../core/package-version.js"
import { EngineError } from "../../errors.js"
import type { RadiometricCorrection } from "../../formats/raster/radiometric-correction.js"
import { readCopy } from "../../job/copied-text.js"
import { layout } from "../../job/layout.js"
import type { ColourResidual } from "./places.js"

/** The correction of an image as it is kept: value = gain · colour + bias for red, green and blue, of 255. */
export interface StoredCorrection extends RadiometricCorrection {
  /** File name. */
  readonly name: string
  readonly kind: "orthophoto" | "oriented"
  /** Of the file's content: another image under the name is a new one. */
  readonly identity: string
  /**
   * How the correction was found. `anchor`: an orthophoto whose own colours the others are brought to; `solved`; `alone`: it shares too few places with others and keeps
   * its values; `refused`: what was found is no correction (gain beyond 0.5 to 2), it keeps its values.
   */
  readonly state: "anchor" | "solved" | "alone" | "refused"
  /** An oriented image whose part was brought to the colours of orthophotos. */
  readonly tied?: true
  /** Edition it was solved for. */
  readonly edition: number
  /** Places that it was compared at, and how far it was from the mean of all images there. */
  readonly places: number
  readonly before?: ColourResidual
  readonly after?: ColourResidual
}

/** `colours.json`: one solve for the whole job, kept by runs and updates. */
export interface ColourFile {
  readonly format: 1
  /** Of maille that solved last. */
  readonly version: string
  /** Counts whole solves: an update leaves it, `--new-colours` raises it. */
  readonly edition: number
  /** What fixes the constant that comparing images leaves free. */
  readonly gauge: string
  /** Squares of 32 m and places in them that the last solve compared images at. */
  readonly sites: number
  readonly places: number
  /** How far images were from the mean of all, over those places. */
  readonly before?: ColourResidual
  readonly after?: ColourResidual
  readonly images: readonly StoredCorrection[]
  /** Lowest and highest altitude of the job's points, metres, where its plan was made of an index, which tells none: oriented images are looked at between them. */
  readonly zRange?: readonly [number, number]
}

/** The gauge in words. */
export const gaugeText =
  "Orthophotos: the first of each connected part keeps its colours (by --prefer, finer pixel, later date). Oriented images: each connected part has one gain and bias a channel from ground that orthophotos show too; where that tells none, its gains have the mean 1, its biases the mean 0. Images with a correction from before keep it."

/** A solve of nothing: no two images have corrections of their own. */
export const noCorrections: ColourFile = {
  format: 1,
  version: packageVersion,
  edition: 1,
  gauge: gaugeText,
  sites: 0,
  places: 0,
  images: [],
}

/** Name under which an image's correction is kept. */
export const correctionKey = ({ kind, name, identity }: Pick<StoredCorrection, "kind" | "name" | "identity">): string =>
  `${kind} ${name} ${identity}`

/** The solve that an output folder holds, by its copy where there is one: corrections that were kept cannot be found again. Throws E_INPUT where it is no such file. */
export const readColourFile = async (out: string): Promise<ColourFile | undefined> => {
  const path = join(out, layout.colours)
  const text = await readFile(path, "utf8").catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const file = JSON.parse((await readCopy(out, layout.colours)) ?? text) as ColourFile
    if (file.format === 1 && Array.isArray(file.images)) return file
  } catch {
    // Told below.
  }
  const remedy = "Remove it: colours are then solved again, and textures made anew."
  throw new EngineError("E_INPUT", `${path}: this is no colour solve of maille. ${remedy}`, { file: path })
}
