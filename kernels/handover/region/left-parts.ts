const magic = 0x3150464c

/**
 * What a square leaves to the job of each of its tiles, each as a tile itself hands it on, little-endian: u32 "LFP1", u32 tiles; for each of them u32 bytes, u32 0, the bytes, padded with zeros to a multiple of 8.
 */
export const encodeLeftParts = (tiles: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(8 + tiles.reduce((sum, tile) => sum + 8 + padded(tile.length), 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(4, tiles.length, true)
  let at = 8
  for (const tile of tiles) {
    view.setUint32(at, tile.length, true)
    bytes.set(tile, at + 8)
    at += 8 + padded(tile.length)
  }
  return bytes
}

/** What tiles handed on, as they did: blobs of tiles as they are, those of squares taken apart, as views. */
export const partsOfTiles = (blobs: readonly Uint8Array[]): Uint8Array[] =>
  blobs.flatMap((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < 8 || view.getUint32(0, true) !== magic) return [bytes]
    let at = 8
    return Array.from({ length: view.getUint32(4, true) }, () => {
      const size = view.getUint32(at, true)
      const tile = bytes.subarray(at + 8, at + 8 + size)
      at += 8 + padded(size)
      return tile
    })
  })

const padded = (size: number): number => Math.ceil(size / 8) * 8

/** The lines that bound a square, whole millimetres of the CRS. */
export type SquareMm = readonly [west: number, south: number, east: number, north: number]

/** The square that a kernel works on; undefined in stage "job". */
export const squareOf = ({ region }: { readonly region?: readonly number[] }): SquareMm | undefined =>
  region && ([0, 1, 2, 3].map((k) => Math.round(1000 * region[k])) as unknown as SquareMm)

/** True where cells (as runs) come to a line of the square, or lie beyond: what they belong to may go on there. */
export const runsMeetLines = (
  { rows, starts, ends }: { readonly rows: Int32Array; readonly starts: Int32Array; readonly ends: Int32Array },
  cellMm: number,
  [west, south, east, north]: SquareMm,
): boolean => {
  for (let k = 0; k < rows.length; k++) {
    if (starts[k] * cellMm <= west || ends[k] * cellMm >= east) return true
    if (rows[k] * cellMm <= south || (rows[k] + 1) * cellMm >= north) return true
  }
  return false
}

/** True where the tile of a column and row of the finest grid, of side `sideMm`, lies in the square. */
export const isInSquare = (
  column: number,
  row: number,
  sideMm: number,
  [west, south, east, north]: SquareMm,
): boolean =>
  column * sideMm >= west && (column + 1) * sideMm <= east && row * sideMm >= south && (row + 1) * sideMm <= north
