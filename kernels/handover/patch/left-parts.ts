/**
 * The parts that a join in a 10 km region leaves to the job, tile by tile.
 * See docs/decisions/04-regions-and-job.md.
 */
import { decodeBlob, encodeBlob, isBlob } from "../../../engine/core/blob.js"

const MARK = "LFP2"

/** Encodes the parts that a region leaves to the job, one blob for each of its tiles. */
export const encodeLeftParts = (tiles: readonly Uint8Array[]): Uint8Array => encodeBlob(MARK, tiles)

/**
 * Restores the blobs of single tiles: unpacks those of regions (as views), passes those of tiles
 * unchanged.
 */
export const partsOfTiles = (blobs: readonly Uint8Array[]): Uint8Array[] =>
  blobs.flatMap((bytes) => (isBlob(MARK, bytes) ? decodeBlob<Uint8Array[]>(MARK, bytes, "parts of a region") : [bytes]))

/** The lines that bound a region, whole millimetres of the CRS. */
export type RegionMm = readonly [west: number, south: number, east: number, north: number]

/** The region that a kernel works on; undefined in stage "job". */
export const regionOf = ({ region }: { readonly region?: readonly number[] }): RegionMm | undefined =>
  region && ([0, 1, 2, 3].map((k) => Math.round(1000 * region[k])) as unknown as RegionMm)

/** True where runs touch a line of the region or are beyond: their object may continue there. */
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

/** True if the tile at a column and row of the finest grid, of side `sideMm`, is in the region. */
export const isInRegion = (
  column: number,
  row: number,
  sideMm: number,
  [west, south, east, north]: RegionMm,
): boolean =>
  column * sideMm >= west && (column + 1) * sideMm <= east && row * sideMm >= south && (row + 1) * sideMm <= north
