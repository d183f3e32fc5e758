/**
 * Solves the radiometric corrections of a job's images, or uses those of the folder.
 * See docs/decisions/24-colours-at-planning.md.
 */

import { Box2 } from "../../core/geometry/box.js"
import { canonicalJson } from "../../core/hash.js"
import { packageVersion } from "../../core/package-files.js"
import { counted } from "../../core/texts.js"
import type { ImageHeader } from "../../formats/raster/image/image-header.js"
import { isPlain, noCorrection, type RadiometricCorrection } from "../../formats/raster/image/radiometric-correction.js"
import type { Job } from "../../job/job.js"
import type { CatalogueSource } from "../../spatial/catalogue.js"
import type { OrientedImage, OrientedImages } from "../../spatial/oriented-images.js"
import { type ColourFile, correctionKey, gaugeText, readColourFile, type StoredCorrection } from "./colour-file.js"
import { type ColourSource, findColourPlaces } from "./ground.js"
import { groupMosaics } from "./mosaics.js"
import { type ColourPlaces, colourResiduals, imageParts, placesAnImage, withoutImages } from "./places.js"
import { sampleColours } from "./samples.js"
import { type ColourImages, chooseColourSites } from "./sites.js"
import { solveColours } from "./solve.js"
import { correctionWithin, fitTie, splitTies, tiePairs } from "./tie.js"

/** Minimum number of places that an image must share with others. */
const LEAST_PLACES = 12
/** Bounds of a correction's gains. */
const [LEAST_GAIN, MOST_GAIN] = [0.5, 2]

/**
 * Returns the corrections of a job: the folder's own, extended to new images, or with `newColours`
 * a complete new edition. A new edition equal to the folder's own is discarded: repeating an
 * interrupted run then changes nothing.
 *
 * @param mode `stored` uses the folder's own as it is
 * @throws EngineError as {@link readColourFile} and the readers of points and images
 */
export const jobColours = async (
  { out, newColours }: Pick<Job, "out" | "newColours">,
  found: ImagesOfJob,
  catalogue: ColourCatalogue,
  mode: "solve" | "stored",
): Promise<{ readonly file?: ColourFile; readonly warnings: readonly string[] }> => {
  const stored = await readColourFile(out)
  const unchanged = stored === undefined ? { warnings: [] } : { file: stored, warnings: [] }
  if (mode === "stored") return unchanged
  if (newColours !== true) return (await solveJobColours(found, catalogue, { stored, edition: 1 })) ?? unchanged
  const edition = (stored?.edition ?? 0) + 1
  const solved = await solveJobColours(found, catalogue, { stored: undefined, edition })
  if (solved === undefined || stored === undefined) return solved ?? unchanged
  const corrections = ({ images }: ColourFile): string =>
    canonicalJson(images.map((correction) => [correctionKey(correction), correction.gain, correction.bias]))
  return corrections(solved.file) === corrections(stored) ? { file: stored, warnings: solved.warnings } : solved
}

/** The point files that a solve reads. */
export interface ColourCatalogue {
  readonly sources: readonly (ColourSource & Pick<CatalogueSource, "zRange">)[]
}

/** The images of a job, in order of preference. */
export interface ImagesOfJob {
  readonly images: readonly ImageHeader[]
  readonly oriented?: OrientedImages
}

/**
 * True if two images of a job may have corrections of their own; otherwise there is nothing to
 * solve. Infrared images are not corrected.
 */
export const hasCorrections = ({ colours }: Pick<Job, "colours">, { images, oriented }: ImagesOfJob): boolean =>
  colours !== "none" &&
  groupMosaics(images.filter(({ infrared }) => !infrared)).length + (oriented?.images.length ?? 0) > 1

/**
 * Solves the corrections of a job's images. Stored corrections stay unchanged, bit by bit; new
 * images are fitted to them. All reading is bounded: see {@link chooseColourSites},
 * {@link findColourPlaces} and {@link sampleColours}. Deterministic, independent of work tiles.
 *
 * @param stored the folder's solve; undefined for a new one
 * @param edition of a new solve
 * @returns undefined if fewer than two images have corrections of their own, or all are stored
 */
const solveJobColours = async (
  { images, oriented }: ImagesOfJob,
  { sources }: ColourCatalogue,
  { stored, edition }: { readonly stored: ColourFile | undefined; readonly edition: number },
) => {
  const mosaics = groupMosaics(images).map((group) => group.map((index) => images[index]!))
  const all: ColourImages = { mosaics, ...(oriented === undefined ? {} : { oriented }) }
  const total = mosaics.length + (oriented?.images.length ?? 0)
  const correctionsBefore = storedCorrections(stored)
  const known = knownCorrections(all, correctionsBefore)
  const open = partsOfJob(all).filter((part) => !correctionsBefore.has(correctionKey(part)))
  if (total < 2 || open.length === 0) return undefined
  const box = sources.map((source) => source.box).reduce(Box2.union)
  const sites = chooseColourSites(all, new Set(known.keys()), box)
  const base = sources.reduce((low, { zRange }) => Math.min(low, zRange[0]), Infinity)
  const sampled = await sampleColours(await findColourPlaces(sites, all, sources, base), sites, all)
  const { solve, ties } = splitTies(sampled, mosaics.length)
  const solved = tieToOrthos(solveCorrections(total, mosaics.length, solve, known), mosaics.length, ties, known)
  const file = makeColourFile({ all, places: solved.places, sites: sites.length, solved, known, stored, edition })
  return { file, warnings: listWarnings(file, open) }
}

/** An image with the key of its correction, and its number in the solve. */
interface Part extends Pick<StoredCorrection, "kind" | "name" | "identity"> {
  readonly number: number
}

const partsOfJob = ({ mosaics, oriented }: ColourImages): Part[] => [
  ...mosaics.flatMap((group, number) => group.map((image) => toPart("orthophoto", image, number))),
  ...(oriented?.images ?? []).map(({ header }, i) => toPart("oriented", header, mosaics.length + i)),
]

const toPart = (kind: StoredCorrection["kind"], { name, identity }: ImageHeader, number: number): Part => ({
  kind,
  name,
  identity,
  number,
})

const storedCorrections = (stored: ColourFile | undefined): Map<string, StoredCorrection> =>
  new Map((stored?.images ?? []).map((correction) => [correctionKey(correction), correction]))

/** Stored corrections by image number; a mosaic uses that of its first image that has one. */
const knownCorrections = (
  all: ColourImages,
  stored: ReadonlyMap<string, StoredCorrection>,
): Map<number, StoredCorrection> => {
  const known = new Map<number, StoredCorrection>()
  for (const part of partsOfJob(all)) {
    const correction = stored.get(correctionKey(part))
    if (correction !== undefined && !known.has(part.number)) known.set(part.number, correction)
  }
  return known
}

interface Solved {
  readonly corrections: readonly RadiometricCorrection[]
  readonly anchors: ReadonlySet<number>
  readonly refused: ReadonlySet<number>
  /** Oriented images matched to orthophotos. */
  readonly tied: ReadonlySet<number>
  /** The observations used. */
  readonly places: ColourPlaces
}

/** Solves without images that share too few places or get an implausible correction. */
const solveCorrections = (
  total: number,
  orthos: number,
  sampled: ColourPlaces,
  known: ReadonlyMap<number, StoredCorrection>,
): Omit<Solved, "tied"> => {
  const refused = new Set([...known].flatMap(([number, { state }]) => (state === "refused" ? [number] : [])))
  for (;;) {
    const places = withEnough(withoutImages(sampled, refused), known)
    const fixed = new Map<number, RadiometricCorrection>(known)
    const parts = imageParts(total, places)
    const tied = new Set([...known.keys()].map((number) => parts[number]))
    // The first image of a part is the preferred orthophoto, if the part has any.
    const shared = new Set(Array.from(places.images))
    const anchors = new Set([...shared].flatMap((number) => (tied.has(parts[number]) ? [] : [parts[number]!])))
    for (const number of anchors) if (number >= orthos) anchors.delete(number)
    for (const number of anchors) fixed.set(number, noCorrection)
    const corrections = solveColours(total, places, fixed).map(rounded)
    const wrong = corrections.flatMap(({ gain }, number) =>
      fixed.has(number) || gain.every((value) => value >= LEAST_GAIN && value <= MOST_GAIN) ? [] : [number],
    )
    if (wrong.length === 0) return { corrections, anchors, refused, places }
    for (const number of wrong) refused.add(number)
  }
}

/**
 * Matches each connected part of oriented images to the orthophotos by one gain and bias per
 * channel, which preserves relations inside the part. Skips parts that follow stored corrections,
 * and those whose common places do not determine a correction.
 */
const tieToOrthos = (
  solved: Omit<Solved, "tied">,
  orthos: number,
  ties: ColourPlaces,
  known: ReadonlyMap<number, StoredCorrection>,
): Solved => {
  const { places, corrections, refused } = solved
  const parts = imageParts(corrections.length, places)
  const followed = new Set([...known.keys()].map((number) => parts[number]))
  const tied = new Set<number>()
  const after = [...corrections]
  for (const part of new Set(Array.from(places.images, (image) => parts[image]!))) {
    if (part < orthos || followed.has(part)) continue
    const isOwn = (image: number): boolean => parts[image] === part && !refused.has(image)
    const correction = fitTie(tiePairs(ties, corrections, orthos, isOwn))
    if (correction === undefined) continue
    for (let image = orthos; image < corrections.length; image++) {
      if (!isOwn(image)) continue
      after[image] = rounded(correctionWithin(corrections[image]!, correction))
      tied.add(image)
    }
  }
  return { ...solved, corrections: after, tied }
}

const rounded = ({ gain, bias }: RadiometricCorrection): RadiometricCorrection => {
  const to = ([red, green, blue]: RadiometricCorrection["gain"], unit: number): [number, number, number] => [
    Math.round(red * unit) / unit,
    Math.round(green * unit) / unit,
    Math.round(blue * unit) / unit,
  ]
  return { gain: to(gain, 1e6), bias: to(bias, 1e4) }
}

/** Drops images that share too few places, until all share enough. */
const withEnough = (places: ColourPlaces, known: ReadonlyMap<number, unknown>): ColourPlaces => {
  const counts = placesAnImage(places)
  const few = new Set([...counts].flatMap(([number, n]) => (n < LEAST_PLACES && !known.has(number) ? [number] : [])))
  return few.size === 0 ? places : withEnough(withoutImages(places, few), known)
}

const makeColourFile = (parts: {
  readonly all: ColourImages
  readonly places: ColourPlaces
  readonly sites: number
  readonly solved: Solved
  readonly known: ReadonlyMap<number, StoredCorrection>
  readonly stored: ColourFile | undefined
  readonly edition: number
}): ColourFile => {
  const { all, places, sites, solved, known, stored } = parts
  const edition = stored?.edition ?? parts.edition
  const counts = placesAnImage(places)
  const former = storedCorrections(stored)
  const before = colourResiduals(
    solved.corrections.map((_, number) => known.get(number) ?? noCorrection),
    places,
  )
  const after = colourResiduals(solved.corrections, places)
  for (const part of partsOfJob(all)) {
    const { number, ...named } = part
    if (former.has(correctionKey(part))) continue
    const ofMosaic = known.get(number)
    const count = counts.get(number) ?? 0
    const [first, last] = [before.images[number], after.images[number]]
    const state = ofMosaic?.state ?? stateOf(number, count, solved)
    const { gain, bias } = ofMosaic ?? solved.corrections[number]!
    const isTied = ofMosaic === undefined && solved.tied.has(number) ? { tied: true as const } : {}
    const residuals = { ...(first && { before: first }), ...(last && { after: last }) }
    former.set(correctionKey(part), { ...named, state, gain, bias, edition, places: count, ...isTied, ...residuals })
  }
  return {
    format: 1,
    version: packageVersion,
    edition,
    gauge: gaugeText,
    sites,
    places: places.ends.length,
    ...(before.whole && { before: before.whole }),
    ...(after.whole && { after: after.whole }),
    ...(stored?.zRange && { zRange: stored.zRange }),
    images: [...former.values()],
  }
}

const stateOf = (number: number, places: number, { anchors, refused }: Solved): StoredCorrection["state"] => {
  if (refused.has(number)) return "refused"
  if (anchors.has(number)) return "anchor"
  return places === 0 ? "alone" : "solved"
}

const listWarnings = ({ images }: ColourFile, open: readonly Part[]): string[] => {
  const now = new Set(open.map(correctionKey))
  const named = (state: StoredCorrection["state"], kind?: StoredCorrection["kind"]): string[] =>
    images.flatMap((correction) =>
      correction.state === state && now.has(correctionKey(correction)) && (kind ?? correction.kind) === correction.kind
        ? [correction.name]
        : [],
    )
  const listed = (names: readonly string[]): string => `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`
  const rows = [
    [named("refused"), "image", "unlike its neighbours beyond gain and bias"],
    [named("alone", "oriented"), "oriented image", "with too few places in common with others"],
  ] as const
  return rows.flatMap(([names, what, why]) =>
    names.length === 0 ? [] : [`colours: ${counted(names.length, what)} ${why}, colours unchanged (${listed(names)})`],
  )
}

/** Adds the corrections of a solve to images; unknown images keep their values. */
export const withCorrections = <T extends ImagesOfJob>(job: T, file: ColourFile | undefined): T => {
  const corrections = storedCorrections(file)
  const findCorrection = (
    kind: StoredCorrection["kind"],
    { name, identity }: ImageHeader,
  ): { correction?: RadiometricCorrection } => {
    const { gain, bias } = corrections.get(correctionKey({ kind, name, identity })) ?? noCorrection
    return isPlain({ gain, bias }) ? {} : { correction: { gain, bias } }
  }
  const { images, oriented } = job
  const applyCorrection = (image: OrientedImage): OrientedImage => ({
    ...image,
    ...findCorrection("oriented", image.header),
  })
  return {
    ...job,
    images: images.map((image) => ({ ...image, ...findCorrection("orthophoto", image) })),
    ...(oriented === undefined ? {} : { oriented: { ...oriented, images: oriented.images.map(applyCorrection) } }),
  }
}
