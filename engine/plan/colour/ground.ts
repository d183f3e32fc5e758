/** Finds the places of each site where images are compared, and the images that show them. */

import { Box2 } from "../../core/geometry/box.js"
import { elementAt } from "../../core/lists.js"
import type { PointChoice, PointColumns } from "../../formats/las/columns.js"
import { openPointFile, type PointFile, type PointFileInfo } from "../../formats/points/point-file.js"
import { type EvenPlace, PLACE_STEP, SIGHT_MARGIN, SiteSurface } from "./site-surface.js"
import type { ColourImages, ColourSite } from "./sites.js"

/** A place where images are compared; image numbers are ascending. */
export interface ColourPlace extends EvenPlace {
  readonly images: readonly number[]
  /** Number of its site. */
  readonly site: number
}

/** Half the side of the square whose mean is compared, metres. */
export const PLACE_HALF = 1
/** Sites in memory at once; each has 50 KB of heights. */
const BATCH = 256
/** Side of the cells that map a point to sites, millimetres. */
const LOOKUP = 64_000

/** A point file to read; `choice` as in `openPointFile`. */
export interface ColourSource extends Pick<PointFileInfo, "path" | "box" | "extent"> {
  readonly choice?: ((info: PointFileInfo) => PointChoice) | undefined
}

/**
 * Finds the places of sites. At sites with only orthophotos: every fourth metre, whatever is there,
 * since all show it from above. At sites with oriented images: even, uncovered pieces of ground and
 * roofs, with the images that see them; orthophotos only count on the ground.
 *
 * @param sources COPC is read around the sites, plain files are decoded once per 256 sites
 * @param base lowest altitude of the points, metres
 * @throws EngineError of the readers
 */
export const findColourPlaces = async (
  sites: readonly ColourSite[],
  images: ColourImages,
  sources: readonly ColourSource[],
  base: number,
): Promise<ColourPlace[]> => {
  const orthos = images.mosaics.length
  const numbers = sites.map((_, number) => number)
  const isSeen = (number: number): boolean => elementAt(sites, number).images.some((image) => image >= orthos)
  const seen = numbers.filter(isSeen)
  const places = numbers.filter((number) => !isSeen(number)).flatMap((number) => levelPlaces(sites[number]!, number))
  for (let at = 0; at < seen.length; at += BATCH) {
    const own = seen.slice(at, at + BATCH)
    const batch = own.map((number) => sites[number]!)
    const surfaces = batch.map(({ box }) => new SiteSurface(box, Math.floor(base)))
    await readSurfaces(batch, surfaces, sources, Math.floor(base))
    for (const [i, number] of own.entries())
      for (const place of placesInSight(batch[i]!, surfaces[i]!, images)) places.push({ ...place, site: number })
  }
  return places
}

const levelPlaces = ({ box, images }: ColourSite, site: number): ColourPlace[] => {
  const places: ColourPlace[] = []
  for (let y = box[1] + PLACE_STEP; y < box[3]; y += 2 * PLACE_STEP)
    for (let x = box[0] + PLACE_STEP; x < box[2]; x += 2 * PLACE_STEP)
      places.push({ centre: [x, y, 0], slope: [0, 0], ground: true, images, site })
  return places
}

const placesInSight = (
  site: ColourSite,
  surface: SiteSurface,
  { mosaics, oriented }: ColourImages,
): Omit<ColourPlace, "site">[] =>
  surface.places().flatMap((place) => {
    const images = site.images.filter((image) => {
      const shot = oriented?.images[image - mosaics.length]?.shot
      // Roofs lean in orthophotos that are not true orthophotos.
      return shot === undefined ? place.ground : surface.sees(shot.centre, place, PLACE_HALF)
    })
    return images.filter((image) => image >= mosaics.length).length < 2 ? [] : [{ ...place, images }]
  })

const attributes = ["classification"] as const

const readSurfaces = async (
  sites: readonly ColourSite[],
  surfaces: readonly SiteSurface[],
  sources: readonly ColourSource[],
  base: number,
): Promise<void> => {
  const reaches = sites.map(({ box }) => Box2.grow(box, SIGHT_MARGIN))
  for (const { path, box, extent, choice } of sources) {
    if (!reaches.some((reach) => Box2.meets(reach, box))) continue
    const file = await openPointFile(path, { found: { box, ...(extent && { extent }) }, choice })
    try {
      if (file.info.format !== "copc") {
        await readWhole(file, sites, surfaces, base)
        continue
      }
      for (const [i, reach] of reaches.entries()) {
        if (!Box2.meets(reach, box)) continue
        const [x, y] = elementAt(sites, i).box
        for await (const columns of file.read({ origin: [x, y, base], box: reach, attributes }))
          for (let k = 0; k < columns.count; k++) addPoint(surfaces[i]!, columns, k, 0, 0)
      }
    } finally {
      await file.close()
    }
  }
}

/**
 * Classes that hide a place. Noise (7, 18), artefacts (65) and virtual points (66) do not; nor do
 * unclassified points, which are single points, cars or wires.
 */
const HIDING: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 9, 17, 64, 67])

const addPoint = (
  surface: SiteSurface,
  { x, y, z, classification }: PointColumns,
  k: number,
  dx: number,
  dy: number,
): void => {
  const code = classification[k]!
  if (HIDING.has(code)) surface.add(x[k]! - dx, y[k]! - dy, z[k]!, code)
}

/** Reads a plain file in one pass and adds each point to the sites around it. */
const readWhole = async (
  file: PointFile,
  sites: readonly ColourSite[],
  surfaces: readonly SiteSurface[],
  base: number,
): Promise<void> => {
  const [left, low] = [Math.floor(file.info.box[0]), Math.floor(file.info.box[1])]
  const near = new Map<number, number[]>()
  const numberOf = (column: number, row: number): number => (row + 2 ** 20) * 2 ** 21 + column + 2 ** 20
  for (const [i, { box }] of sites.entries()) {
    const reach = Box2.grow(box, SIGHT_MARGIN).map((value, k) =>
      Math.floor((1000 * (value - (k % 2 === 0 ? left : low))) / LOOKUP),
    )
    for (let row = reach[1]!; row <= reach[3]!; row++) {
      for (let column = reach[0]!; column <= reach[2]!; column++) {
        const cell = numberOf(column, row)
        near.set(cell, [...(near.get(cell) ?? []), i])
      }
    }
  }
  const corners = Float64Array.from(sites.flatMap(({ box }) => [1000 * (box[0] - left), 1000 * (box[1] - low)]))
  for await (const columns of file.read({ origin: [left, low, base], attributes })) {
    for (let k = 0; k < columns.count; k++) {
      const own = near.get(numberOf(Math.floor(columns.x[k]! / LOOKUP), Math.floor(columns.y[k]! / LOOKUP)))
      if (own === undefined) continue
      for (const i of own) addPoint(surfaces[i]!, columns, k, corners[2 * i]!, corners[2 * i + 1]!)
    }
  }
}
