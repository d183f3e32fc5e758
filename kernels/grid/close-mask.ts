/** Closes a mask by a square, and fills contacts at corners, before outlines are traced. */

/**
 * Morphological closing of a mask by a square of side 2·radius + 1 cells (dilation, then erosion;
 * Serra 1982), in place. Gaps up to 2·radius cells wide close.
 *
 * A cell's result depends on the cells up to 2·radius away: results nearer than that to the mask's
 * border are not valid. O(cells).
 *
 * @param mask 0 or 1, `width` cells a row
 * @param spare as long as the mask
 */
export const closeMask = (mask: Uint8Array, spare: Uint8Array, width: number, height: number, radius: number): void => {
  if (radius === 0) return
  spreadRows(mask, spare, width, height, radius, 1)
  spreadColumns(spare, mask, width, height, radius, 1)
  spreadRows(mask, spare, width, height, radius, 0)
  spreadColumns(spare, mask, width, height, radius, 0)
}

/** Gives a cell `value` if any cell within `radius` along its row has it. */
const spreadRows = (
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  height: number,
  radius: number,
  value: 0 | 1,
): void => {
  const other = 1 - value
  for (let row = 0; row < height; row++) {
    const base = row * width
    let count = 0
    for (let c = 0; c < Math.min(radius, width); c++) if (from[base + c] === value) count++
    for (let c = 0; c < width; c++) {
      if (c + radius < width && from[base + c + radius] === value) count++
      if (c - radius - 1 >= 0 && from[base + c - radius - 1] === value) count--
      to[base + c] = count > 0 ? value : other
    }
  }
}

/** The same along columns; it runs row by row, for the cache. */
const spreadColumns = (
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  height: number,
  radius: number,
  value: 0 | 1,
): void => {
  const other = 1 - value
  const counts = new Int32Array(width)
  const add = (row: number, step: number): void => {
    const base = row * width
    for (let c = 0; c < width; c++) if (from[base + c] === value) counts[c] += step
  }
  for (let row = 0; row < Math.min(radius, height); row++) add(row, 1)
  for (let row = 0; row < height; row++) {
    if (row + radius < height) add(row + radius, 1)
    if (row - radius - 1 >= 0) add(row - radius - 1, -1)
    for (let c = 0; c < width; c++) to[row * width + c] = counts[c] > 0 ? value : other
  }
}

/**
 * Sets both empty cells wherever two set cells meet only at a corner: no outline then touches
 * itself or another one.
 *
 * The mask must be closed with a radius of at least 1. Its empty part is then a union of squares of
 * at least 3 × 3 cells. The cells to set lie in corners of such squares, and setting them makes no
 * new corner contact. One pass is therefore enough, and a cell depends only on its eight
 * neighbours. Afterwards different 4-connected objects are at least a cell apart. O(cells).
 *
 * @param spare as long as the mask
 */
export const fillPinches = (mask: Uint8Array, spare: Uint8Array, width: number, height: number): void => {
  spare.set(mask)
  for (let row = 0; row + 1 < height; row++) {
    for (let at = row * width, end = at + width - 1; at < end; at++) {
      const southWest = spare[at]
      const southEast = spare[at + 1]
      if (southWest === southEast) continue
      if (southWest !== spare[at + width + 1] || southEast !== spare[at + width]) continue
      mask[at] = mask[at + 1] = mask[at + width] = mask[at + width + 1] = 1
    }
  }
}
