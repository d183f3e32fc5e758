/** Groups the orthophotos of one delivery, which share one radiometric correction. */
import { dirname } from "node:path"
import type { ImageHeader } from "../../formats/raster/image/image-header.js"

/** Largest overlap between images of one delivery, metres: a border of pixels. */
const BORDER = 2

/**
 * Groups images into mosaics: the tiles of one delivery, whose colours match already. They share a
 * folder, a pixel size, a date and a name except for long numbers (`34-2021-0770-6280-LA93-…`:
 * places and years), and do not overlap. In a group with overlaps, each image is a mosaic of its
 * own.
 *
 * @returns ascending indices of each mosaic's images; mosaics in the order of their first image.
 * O(n log n) if few overlap
 */
export const groupMosaics = (images: readonly ImageHeader[]): number[][] => {
  const groups = new Map<string, number[]>()
  for (const [index, { path, name, pixel, date }] of images.entries()) {
    const key = `${dirname(path)} ${name.replaceAll(/\d{4,}/g, "#")} ${pixel} ${date ?? ""}`
    groups.set(key, [...(groups.get(key) ?? []), index])
  }
  const mosaics = [...groups.values()].flatMap((group) =>
    anyOverlap(group.map((index) => images[index]!)) ? group.map((index) => [index]) : [group],
  )
  return mosaics.sort((a, b) => a[0]! - b[0]!)
}

/** True if two images share more than a border. */
const anyOverlap = (images: readonly ImageHeader[]): boolean => {
  const byWest = [...images].sort((a, b) => a.box[0] - b.box[0])
  let open: ImageHeader[] = []
  for (const image of byWest) {
    open = open.filter((other) => other.box[2] > image.box[0] + BORDER)
    if (open.some(({ box }) => box[3] > image.box[1] + BORDER && box[1] < image.box[3] - BORDER)) return true
    open.push(image)
  }
  return false
}
