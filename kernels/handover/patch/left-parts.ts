/**
 * What a join in a 10 km region leaves to the job: the parts of what reaches its sides, tile by
 * tile.
 */
import { decodeBlob, encodeBlob, isBlob } from "../../../engine/core/blob.js"

const MARK = "LFP2"

/** What a region leaves to the job of each of its tiles, each as a tile itself hands it on. */
export const encodeLeftParts = (tiles: readonly Uint8Array[]): Uint8Array => encodeBlob(MARK, tiles)

/** What tiles handed on, as they did: blobs of tiles as they are, those of regions taken apart, as views. */
export const partsOfTiles = (blobs: readonly Uint8Array[]): Uint8Array[] =>
  blobs.flatMap((bytes) => (isBlob(MARK, bytes) ? decodeBlob<Uint8Array[]>(MARK, bytes, "parts of a region") : [bytes]))

/** The lines that bound a region, whole millimetres of the CRS. */
export type RegionMm = readonly [west: number, south: number, east: number, north: number]

/** The region that a kernel works on; undefined in stage "job". */
export const regionOf = ({ region }: { readonly region?: readonly number[] }): RegionMm | undefined =>
  region && ([0, 1, 2, 3].map((k) => Math.round(1000 * region[k])) as unknown as RegionMm)

/** True where cells (as runs) come to a line of the region, or lie beyond: what they belong to may go on there. */
export const runsMeetLines = (
  { rows, starts, ends }: { readonly rows: Int32Array; readonly starts: Int32Array; readonly ends: Int32Array },
  cellMm: number,
  [west, south, east, north]: RegionMm,
): boolean => {
  for (let k = 0; k < rows.length; k++) {
    if (starts[k] * cellMm <= west || ends[k] * cellMm >= east) return true
    if (rows[k] * cellMm <= south || (rows[k] + 1) * cellMm >= north) return true
  }
  return false
}

/** True where the tile of a column and row of the finest grid, of side `sideMm`, lies in the region. */
export const isInRegion = (
  column: number,
  row: number,
  sideMm: number,
  [west, south, east, north]: RegionMm,
): boolean =>
  column * sideMm >= west && (column + 1) * sideMm <= east && row * sideMm >= south && (row + 1) * sideMm <= north
