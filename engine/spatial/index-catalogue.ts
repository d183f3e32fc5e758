/** Makes a catalogue from an index of delivered files, for plans without the files themselves. */
import { Box2 } from "../core/geometry/box.js"
import { sha256 } from "../core/hash.js"
import { type Catalogue, type CatalogueSource, catalogueOf } from "./catalogue.js"
import type { IndexedTile } from "./tile-index.js"

/**
 * Assumed content of 1 km² of LiDAR HD where the index is silent. A measured tile had 30.3 million
 * points and 204.7 MB.
 */
export const assumedTile = { points: 30_000_000, sizeBytes: 205_000_000 } as const

/**
 * Points and bytes of a tile, and whether one of them is assumed. Bytes of images are never
 * assumed: 0 where the index is silent.
 */
export const tileFigures = ({
  kind,
  box,
  points,
  sizeBytes,
}: Pick<IndexedTile, "kind" | "box" | "points" | "sizeBytes">): {
  points: number
  sizeBytes: number
  assumed: boolean
} => {
  if (kind === "image") return { points: 0, sizeBytes: sizeBytes ?? 0, assumed: false }
  const km2 = Box2.area(box) / 1e6
  return {
    points: points ?? Math.round(assumedTile.points * km2),
    sizeBytes: sizeBytes ?? Math.round(assumedTile.sizeBytes * km2),
    assumed: points === undefined || sizeBytes === undefined,
  }
}

/**
 * The point tiles of an index as a catalogue, as if their headers had been read: place and CRS from
 * the index, points from {@link tileFigures}. For planning only: identities derive from addresses
 * and dates, not from contents.
 */
export const indexCatalogue = (tiles: readonly IndexedTile[], epsg: number): Catalogue =>
  catalogueOf(
    tiles.filter(({ kind }) => kind === "points").map((tile) => indexedSource(tile, epsg)),
    epsg,
  )

/** A point tile of an index, as if its header had been read. */
export const indexedSource = (tile: Omit<IndexedTile, "label" | "epsg">, epsg: number): CatalogueSource => ({
  path: tile.url,
  name: tile.name,
  format: /\.copc\.laz$/i.test(tile.name) ? "copc" : /\.las$/i.test(tile.name) ? "las" : "laz",
  version: "1.4",
  pointFormat: 6,
  recordLength: 30,
  count: tileFigures(tile).points,
  box: tile.box,
  zRange: [0, 0],
  scale: [0.01, 0.01, 0.01],
  offset: [0, 0, 0],
  crs: { epsg, name: "", unit: "metre", from: "none", note: "as the index says" },
  extraBytes: [],
  faults: [],
  identity: sha256(`${tile.url} ${tile.date ?? ""}`),
})
