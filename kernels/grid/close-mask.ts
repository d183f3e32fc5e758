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

/**
 * Gives a cell `value` if any cell within `radius` along its row has it. Counts the set cells of a
 * window that slides along the row: more than none set a cell, and all of them keep it set.
 */
const spreadRows = (
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  height: number,
  radius: number,
  value: 0 | 1,
): void => {
  for (let row = 0; row < height; row++) {
    const base = row * width
    const cells = from.subarray(base, base + width)
    const out = to.subarray(base, base + width)
    // Most rows of a tile are empty.
    if (!cells.includes(1)) {
      out.fill(0)
      continue
    }
    let count = 0
    for (let c = 0; c < Math.min(radius, width); c++) count += cells[c]
    for (let c = 0; c < width; c++) {
      if (c + radius < width) count += cells[c + radius]
      if (c > radius) count -= cells[c - radius - 1]
      const least = value === 1 ? 1 : Math.min(width - 1, c + radius) - Math.max(0, c - radius) + 1
      out[c] = count >= least ? 1 : 0
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
  const rowAt = (row: number): Uint8Array => from.subarray(row * width, (row + 1) * width)
  const some = Uint8Array.from({ length: height }, (_, row) => (rowAt(row).includes(1) ? 1 : 0))
  const [none, spent] = [new Uint8Array(width), new Uint8Array(width)]
  const counts = new Int32Array(width)
  let rows = 0
  for (let row = 0; row < Math.min(radius, height); row++) {
    rows += some[row]
    if (some[row] === 1) slide(counts, rowAt(row), none, 1, spent)
  }
  for (let row = 0; row < height; row++) {
    const [next, last] = [row + radius, row - radius - 1]
    const added = next < height && some[next] === 1 ? rowAt(next) : none
    const taken = last >= 0 && some[last] === 1 ? rowAt(last) : none
    if (added !== none) rows++
    const out = to.subarray(row * width, (row + 1) * width)
    const least = value === 1 ? 1 : Math.min(height - 1, next) - Math.max(0, row - radius) + 1
    if (rows === 0) out.fill(0)
    else slide(counts, added, taken, least, out)
    if (taken !== none) rows--
  }
}

/** Moves the windows of all columns by a row, and sets the cells with at least `least` set ones. */
const slide = (counts: Int32Array, added: Uint8Array, taken: Uint8Array, least: number, out: Uint8Array): void => {
  for (let c = 0; c < counts.length; c++) {
    const count = counts[c] + added[c] - taken[c]
    counts[c] = count
    out[c] = count >= least ? 1 : 0
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
