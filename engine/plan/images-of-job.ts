/** Finds the images that a job uses: images from above and oriented images. */

import { Box2 } from "../core/geometry/box.js"
import { counted, linesByReason } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import type { Job } from "../job/job.js"
import { readsViews } from "../job/kernels/kernels-of-job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import type { Catalogue } from "../spatial/catalogue.js"
import type { ImageCatalogue, ImageHeader } from "../spatial/image-catalogue.js"
import type { FoundOrientedImages } from "../spatial/oriented-images.js"
import type { Chains } from "./chains/chain.js"
import type { PlannedTask } from "./planned-task.js"

const none: ImageCatalogue = { images: [], ignored: [], warnings: [] }

/**
 * Finds a job's images that show its sources: orthophotos and colour-infrared images, each in order
 * of preference. Empty if the job makes no texture.
 *
 * @param box around all sources, CRS metres
 * @param copies as for {@link openImageCatalogue}
 * @throws EngineError as {@link openImageCatalogue}; E_INPUT if no image is usable
 */
export const findImages = async (
  job: Job,
  { publish }: Chains,
  epsg: number,
  box: Box2,
  copies?: string,
): Promise<ImageCatalogue & { readonly infrared: readonly ImageHeader[] }> => {
  const { imagery, irc = [], prefer } = job
  if (!publish.includes("texture")) {
    const unused = ["--imagery: not used, since no product is a texture. Add texture to --products."]
    return { ...none, infrared: [], warnings: imagery.length === 0 ? [] : unused }
  }
  if (imagery.length + irc.length === 0) return { ...none, infrared: [] }
  const { openImageCatalogue } = await import("../spatial/image-catalogue.js")
  const options = { epsg, box, copies, ...(prefer === undefined ? {} : { prefer }) }
  const colour = imagery.length === 0 ? none : await openImageCatalogue(imagery, options)
  if (colour.images.length === 0) refuseTexture(job, colour.warnings)
  const infrared = irc.length === 0 ? none : await openImageCatalogue(irc, { ...options, infrared: true })
  return {
    images: colour.images,
    infrared: infrared.images,
    ignored: [...colour.ignored, ...infrared.ignored],
    warnings: [
      ...colour.warnings,
      ...infrared.warnings,
      ...(irc.length > 0 && infrared.images.length === 0
        ? ["--irc: not used, since no image shows the points. Check its place."]
        : []),
      ...(infrared.images.length > 0 && colour.images.length === 0
        ? ["--irc: not used, since no image of --imagery is. Infrared needs colour images of the same place."]
        : []),
    ],
  }
}

/**
 * Finds images that no task reads though they meet the box around the sources.
 *
 * @throws EngineError E_INPUT if no image is read
 */
export const unreadImages = (
  job: Job,
  images: readonly ImageHeader[],
  tasks: readonly Pick<PlannedTask, "images">[],
): Pick<ImageCatalogue, "ignored" | "warnings"> => {
  const read = new Set(tasks.flatMap((task) => task.images))
  const reason = "outside the tiles of this job. Check its place, --bbox and --aoi"
  const unread = images.filter((_, index) => !read.has(index))
  const ignored = unread.map(({ path }) => ({ path, reason }))
  const ofKind = (isInfrared: boolean): { path: string; reason: string }[] =>
    ignored.filter((_, i) => (unread[i]?.infrared === true) === isInfrared)
  const warnings = [
    ...linesByReason("--imagery", "not used", ofKind(false), images.filter(({ infrared }) => !infrared).length),
    ...linesByReason("--irc", "not used", ofKind(true), images.filter(({ infrared }) => infrared).length),
  ]
  if (tasks.length > 0 && images.length > 0 && read.size === 0) refuseTexture(job, warnings)
  return { ignored, warnings }
}

/** Samples along the side of a tile. */
const SAMPLES = 16

/**
 * Warns of tiles whose data the colour images do not cover, by the boxes of files: one line, with
 * the numbers of tiles. O(tiles · images of a tile).
 */
export const uncoveredTiles = (
  images: readonly ImageHeader[],
  tasks: readonly PlannedTask[],
  { sources }: Pick<Catalogue, "sources">,
  grid: Grid,
): string[] => {
  if (!images.some(({ infrared }) => infrared !== true)) return []
  const stage = tasks.find((task) => task.images.length > 0)?.stage
  let [bare, part, all] = [0, 0, 0]
  for (const task of tasks) {
    if (task.stage !== stage || task.neighbour === true) continue
    const shown = task.images.flatMap((index) => {
      const image = images[index]
      return image === undefined || image.infrared === true ? [] : [image.box]
    })
    const data = task.sources.flatMap((index) => (sources[index] === undefined ? [] : [sources[index].box]))
    const cell = TileKey.box(grid, TileKey.parse(task.key))
    const samples = samplesOf(cell).filter((at) => data.some((box) => isInside(at, box)))
    const seen = samples.filter((at) => shown.some((box) => isInside(at, box))).length
    if (samples.length === 0) continue
    all++
    if (seen === 0) bare++
    else if (seen < samples.length) part++
  }
  if (bare + part === 0 || bare === all) return []
  const found = `${bare} of ${counted(all, "tile")} without images, ${part} covered only in part`
  return [`--imagery: ${found}. The rest has the colours of its classes. To fix: add images of the whole area.`]
}

const samplesOf = ([minX, minY, maxX, maxY]: Box2): [x: number, y: number][] =>
  Array.from({ length: SAMPLES * SAMPLES }, (_, i) => [
    minX + ((maxX - minX) * ((i % SAMPLES) + 0.5)) / SAMPLES,
    minY + ((maxY - minY) * (Math.floor(i / SAMPLES) + 0.5)) / SAMPLES,
  ])

const isInside = ([x, y]: readonly [number, number], [minX, minY, maxX, maxY]: Box2): boolean =>
  x >= minX && x <= maxX && y >= minY && y <= maxY

/** A texture that was asked for is never left out in silence. */
const refuseTexture = ({ imagery }: Job, reasons: readonly string[]): void => {
  if (imagery.length === 0) return
  const remedy = "For products without a texture, leave --imagery out."
  throw new EngineError("E_INPUT", ["--imagery: no image can be used.", ...reasons, remedy].join(" "))
}

/** Lowest and highest altitude of the sources. */
export const zRangeOf = (sources: Catalogue["sources"]): [number, number] => [
  sources.reduce((low, { zRange }) => Math.min(low, zRange[0]), Infinity),
  sources.reduce((high, { zRange }) => Math.max(high, zRange[1]), -Infinity),
]

/**
 * Finds the oriented images of a job that can see its sources; undefined if it has none, or no
 * kernel reads them.
 */
export const findOriented = async (
  { orientedImages, orientation }: Job,
  chains: Chains,
  kernels: readonly LoadedKernel[],
  epsg: number,
  { sources, box }: Catalogue,
  { box: whole, zRange }: { readonly box?: Box2; readonly zRange?: readonly [number, number] },
): Promise<FoundOrientedImages | undefined> => {
  const ids = new Set([...chains.tile, ...chains.model].map(({ id }) => id))
  const isRead = kernels.some((loaded) => ids.has(loaded.kernel.id) && readsViews(loaded))
  if (orientedImages === undefined || !isRead) return undefined
  const [low, high] = zRange ?? zRangeOf(sources)
  // A part of a job must choose among the same images as the whole job, in every square that its
  // tiles reach.
  const { SIDE } = await import("../spatial/view-windows.js")
  const place = whole === undefined ? { box } : { box: Box2.grow(box, 2 * SIDE), whole }
  const { openOrientedImages } = await import("../spatial/oriented-images.js")
  return openOrientedImages(orientedImages, orientation ?? [], { epsg, ...place, low, high })
}
