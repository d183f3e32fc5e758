/** Solves the radiometric corrections of a job's images, or takes those that the folder holds. */
import { Box2 } from "../../core/geometry/box.js"
import { canonicalJson } from "../../core/hash.js"
import { packageVersion } from "../../core/package-version.js"
import type { ImageHeader } from "../../formats/raster/image-header.js"
import { type Film, isPlain, plainFilm } from "../../formats/raster/radiometric-correction.js"
import type { Job } from "../../job/job.js"
import type { Catalogue } from "../../spatial/catalogue.js"
import type { OrientedImage, OrientedImages } from "../../spatial/oriented-images.js"
import { type ColourFile, filmKey, gaugeText, readColourFile, type StoredFilm } from "./colour-file.js"
import { findColourPlaces } from "./ground.js"
import { groupMosaics } from "./mosaics.js"
import { type ColourPlaces, colourResiduals, imageParts, placesAnImage, withoutImages } from "./places.js"
import { sampleColours } from "./samples.js"
import { type ColourImages, chooseColourSites } from "./sites.js"
import { solveColours } from "./solve.js"
import { filmWithin, fitTie, splitTies, tiePairs } from "./tie.js"

/** Places that an image must share with others. */
const LEAST_PLACES = 12
/** Gains that a film may have. */
const [LEAST_GAIN, MOST_GAIN] = [0.5, 2]

/**
 * The solve of a job: the folder's own, with films for images that are new; with `newColours` a whole new one, of the next edition. A new one that comes out as
 * the folder's own is that, so that a run that was killed and started again changes nothing.
 *
 * @param mode `stored` takes the folder's own as it is
 * @throws EngineError as {@link readColourFile} and the readers of points and images
 */
export const jobColours = async (
  { out, newColours }: Pick<Job, "out" | "newColours">,
  found: ImagesOfJob,
  catalogue: Pick<Catalogue, "sources">,
  mode: "solve" | "stored",
): Promise<{ readonly file?: ColourFile; readonly warnings: readonly string[] }> => {
  const stored = await readColourFile(out)
  const kept = stored === undefined ? { warnings: [] } : { file: stored, warnings: [] }
  if (mode === "stored") return kept
  if (newColours !== true) return (await solveJobColours(found, catalogue, { stored, edition: 1 })) ?? kept
  const edition = (stored?.edition ?? 0) + 1
  const solved = await solveJobColours(found, catalogue, { stored: undefined, edition })
  if (solved === undefined || stored === undefined) return solved ?? kept
  const films = ({ images }: ColourFile): string =>
    canonicalJson(images.map((film) => [filmKey(film), film.gain, film.bias]))
  return films(solved.file) === films(stored) ? { file: stored, warnings: solved.warnings } : solved
}

/** Images of a job, with their order of choice. */
export interface ImagesOfJob {
  readonly images: readonly ImageHeader[]
  readonly oriented?: OrientedImages
}

/** Whether two images of a job may have films of their own, so that there is something to solve; infrared is no colour to be matched. */
export const hasFilms = ({ colours }: Pick<Job, "colours">, { images, oriented }: ImagesOfJob): boolean =>
  colours !== "none" &&
  groupMosaics(images.filter(({ infrared }) => !infrared)).length + (oriented?.images.length ?? 0) > 1

/** A solve, and what is to be said about it. */
interface JobColours {
  readonly file: ColourFile
  readonly warnings: readonly string[]
}

/**
 * Solves the films of a job's images: what is stored is kept to the bit, images without a film are fitted to it. All that is read is bounded: see
 * {@link chooseColourSites}, {@link findColourPlaces} and {@link sampleColours}. Deterministic; work tiles play no part.
 *
 * @param stored the folder's solve; undefined for a new one
 * @param edition of a new one
 * @returns undefined where nothing is to be solved: fewer than two images with films of their own, or every film is stored
 */
const solveJobColours = async (
  { images, oriented }: ImagesOfJob,
  { sources }: Pick<Catalogue, "sources">,
  { stored, edition }: { readonly stored: ColourFile | undefined; readonly edition: number },
): Promise<JobColours | undefined> => {
  const mosaics = groupMosaics(images).map((group) => group.map((index) => images[index]!))
  const all: ColourImages = { mosaics, ...(oriented === undefined ? {} : { oriented }) }
  const total = mosaics.length + (oriented?.images.length ?? 0)
  const filmsBefore = storedFilms(stored)
  const known = knownFilms(all, filmsBefore)
  const open = partsOfJob(all).filter((part) => !filmsBefore.has(filmKey(part)))
  if (total < 2 || open.length === 0) return undefined
  const box = sources.map((source) => source.box).reduce(Box2.union)
  const sites = chooseColourSites(all, new Set(known.keys()), box)
  const base = sources.reduce((low, { zRange }) => Math.min(low, zRange[0]), Infinity)
  const sampled = await sampleColours(await findColourPlaces(sites, all, sources, base), sites, all)
  const { solve, ties } = splitTies(sampled, mosaics.length)
  const solved = tieToOrthos(solveFilms(total, mosaics.length, solve, known), mosaics.length, ties, known)
  const file = fileOf({ all, places: solved.places, sites: sites.length, solved, known, stored, edition })
  return { file, warnings: warningsOf(file, open) }
}

/** An image with what its film is kept under, and its number in the solve. */
interface Part extends Pick<StoredFilm, "kind" | "name" | "identity"> {
  readonly number: number
}

const partsOfJob = ({ mosaics, oriented }: ColourImages): Part[] => [
  ...mosaics.flatMap((group, number) => group.map((image) => partOf("orthophoto", image, number))),
  ...(oriented?.images ?? []).map(({ header }, i) => partOf("oriented", header, mosaics.length + i)),
]

const partOf = (kind: StoredFilm["kind"], { name, identity }: ImageHeader, number: number): Part => ({
  kind,
  name,
  identity,
  number,
})

const storedFilms = (stored: ColourFile | undefined): Map<string, StoredFilm> =>
  new Map((stored?.images ?? []).map((film) => [filmKey(film), film]))

/** Films by number: of a mosaic that of the first of its images that has one. */
const knownFilms = (all: ColourImages, stored: ReadonlyMap<string, StoredFilm>): Map<number, StoredFilm> => {
  const known = new Map<number, StoredFilm>()
  for (const part of partsOfJob(all)) {
    const film = stored.get(filmKey(part))
    if (film !== undefined && !known.has(part.number)) known.set(part.number, film)
  }
  return known
}

interface Solved {
  readonly films: readonly Film[]
  readonly anchors: ReadonlySet<number>
  readonly refused: ReadonlySet<number>
  /** Oriented images that orthophotos tell the colours of. */
  readonly tied: ReadonlySet<number>
  /** What was used. */
  readonly places: ColourPlaces
}

/** Solves, leaving out images that share too little and those that come out as no film. */
const solveFilms = (
  total: number,
  orthos: number,
  sampled: ColourPlaces,
  known: ReadonlyMap<number, StoredFilm>,
): Omit<Solved, "tied"> => {
  const refused = new Set([...known].flatMap(([number, { state }]) => (state === "refused" ? [number] : [])))
  for (;;) {
    const places = withEnough(withoutImages(sampled, refused), known)
    const fixed = new Map<number, Film>(known)
    const parts = imageParts(total, places)
    const tied = new Set([...known.keys()].map((number) => parts[number]))
    // The first of a part is an orthophoto wherever there is one, and the one that is preferred.
    const shared = new Set(Array.from(places.images))
    const anchors = new Set([...shared].flatMap((number) => (tied.has(parts[number]) ? [] : [parts[number]!])))
    for (const number of anchors) if (number >= orthos) anchors.delete(number)
    for (const number of anchors) fixed.set(number, plainFilm)
    const films = solveColours(total, places, fixed).map(rounded)
    const wrong = films.flatMap(({ gain }, number) =>
      fixed.has(number) || gain.every((value) => value >= LEAST_GAIN && value <= MOST_GAIN) ? [] : [number],
    )
    if (wrong.length === 0) return { films, anchors, refused, places }
    for (const number of wrong) refused.add(number)
  }
}

/**
 * Brings each connected part of oriented images to the colours of the orthophotos, by one gain and bias a channel: what it is among itself stays. Not where it has films from before, which
 * it follows, nor where what both show tells none.
 */
const tieToOrthos = (
  solved: Omit<Solved, "tied">,
  orthos: number,
  ties: ColourPlaces,
  known: ReadonlyMap<number, StoredFilm>,
): Solved => {
  const { places, films, refused } = solved
  const parts = imageParts(films.length, places)
  const followed = new Set([...known.keys()].map((number) => parts[number]))
  const tied = new Set<number>()
  const after = [...films]
  for (const part of new Set(Array.from(places.images, (image) => parts[image]!))) {
    if (part < orthos || followed.has(part)) continue
    const isOwn = (image: number): boolean => parts[image] === part && !refused.has(image)
    const film = fitTie(tiePairs(ties, films, orthos, isOwn))
    if (film === undefined) continue
    for (let image = orthos; image < films.length; image++) {
      if (!isOwn(image)) continue
      after[image] = rounded(filmWithin(films[image]!, film))
      tied.add(image)
    }
  }
  return { ...solved, films: after, tied }
}

const rounded = ({ gain, bias }: Film): Film => {
  const to = ([red, green, blue]: Film["gain"], unit: number): [number, number, number] => [
    Math.round(red * unit) / unit,
    Math.round(green * unit) / unit,
    Math.round(blue * unit) / unit,
  ]
  return { gain: to(gain, 1e6), bias: to(bias, 1e4) }
}

/** Without images that share too few places, until all share enough. */
const withEnough = (places: ColourPlaces, known: ReadonlyMap<number, unknown>): ColourPlaces => {
  const counts = placesAnImage(places)
  const few = new Set([...counts].flatMap(([number, n]) => (n < LEAST_PLACES && !known.has(number) ? [number] : [])))
  return few.size === 0 ? places : withEnough(withoutImages(places, few), known)
}

const fileOf = (parts: {
  readonly all: ColourImages
  readonly places: ColourPlaces
  readonly sites: number
  readonly solved: Solved
  readonly known: ReadonlyMap<number, StoredFilm>
  readonly stored: ColourFile | undefined
  readonly edition: number
}): ColourFile => {
  const { all, places, sites, solved, known, stored } = parts
  const edition = stored?.edition ?? parts.edition
  const counts = placesAnImage(places)
  const kept = storedFilms(stored)
  const before = colourResiduals(
    solved.films.map((_, number) => known.get(number) ?? plainFilm),
    places,
  )
  const after = colourResiduals(solved.films, places)
  for (const part of partsOfJob(all)) {
    const { number, ...named } = part
    if (kept.has(filmKey(part))) continue
    const ofMosaic = known.get(number)
    const count = counts.get(number) ?? 0
    const [first, last] = [before.images[number], after.images[number]]
    const state = ofMosaic?.state ?? stateOf(number, count, solved)
    const { gain, bias } = ofMosaic ?? solved.films[number]!
    const isTied = ofMosaic === undefined && solved.tied.has(number) ? { tied: true as const } : {}
    const residuals = { ...(first && { before: first }), ...(last && { after: last }) }
    kept.set(filmKey(part), { ...named, state, gain, bias, edition, places: count, ...isTied, ...residuals })
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
    images: [...kept.values()],
  }
}

const stateOf = (number: number, places: number, { anchors, refused }: Solved): StoredFilm["state"] => {
  if (refused.has(number)) return "refused"
  if (anchors.has(number)) return "anchor"
  return places === 0 ? "alone" : "solved"
}

const warningsOf = ({ images }: ColourFile, open: readonly Part[]): string[] => {
  const now = new Set(open.map(filmKey))
  const named = (state: StoredFilm["state"], kind?: StoredFilm["kind"]): string[] =>
    images.flatMap((film) =>
      film.state === state && now.has(filmKey(film)) && (kind ?? film.kind) === film.kind ? [film.name] : [],
    )
  const told = (names: readonly string[]): string => `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`
  const rows = [
    [named("refused"), "image(s) agree with no other by a gain and a bias"],
    [named("alone", "oriented"), "oriented image(s) share too few places with others"],
  ] as const
  return rows.flatMap(([names, what]) =>
    names.length === 0 ? [] : [`colours: ${names.length} ${what} and keep their colours (${told(names)})`],
  )
}

/** The images with the films of a solve; those that it does not know keep their values. */
export const withFilms = <T extends ImagesOfJob>(job: T, file: ColourFile | undefined): T => {
  const films = storedFilms(file)
  const filmOf = (kind: StoredFilm["kind"], { name, identity }: ImageHeader): { film?: Film } => {
    const { gain, bias } = films.get(filmKey({ kind, name, identity })) ?? plainFilm
    return isPlain({ gain, bias }) ? {} : { film: { gain, bias } }
  }
  const { images, oriented } = job
  const develop = (image: OrientedImage): OrientedImage => ({ ...image, ...filmOf("oriented", image.header) })
  return {
    ...job,
    images: images.map((image) => ({ ...image, ...filmOf("orthophoto", image) })),
    ...(oriented === undefined ? {} : { oriented: { ...oriented, images: oriented.images.map(develop) } }),
  }
}
