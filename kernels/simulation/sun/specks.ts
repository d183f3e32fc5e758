/** Takes specks out of shadows: small groups of cells that differ from those around them. */

const LIT = 0
const SHADED = 1
/** A cell without a height; it is in no group. */
export const EMPTY = 2

/** The most cells of a speck, by its area, m². */
export const speckCells = (areaM2: number, cellSize: number): number => Math.floor(areaM2 / cellSize ** 2 + 1e-9)

/**
 * Cells around a core within which its filtered values are the same for any tile: a group and those
 * around it, first of one kind, then of the other.
 */
export const speckMargin = (cells: number): number => 2 * cells

/**
 * Lights groups of shaded cells, then shades groups of lit cells: those of at most `most` cells
 * that touch a cell of the other kind. Cells of a group share sides. In place. O(cells)
 */
export const removeSpecks = (mask: Uint8Array, columns: number, most: number): void => {
  if (most === 0) return
  flipGroups(mask, columns, most, SHADED)
  flipGroups(mask, columns, most, LIT)
}

const flipGroups = (mask: Uint8Array, columns: number, most: number, kind: number): void => {
  const other = kind === LIT ? SHADED : LIT
  const isSeen = new Uint8Array(mask.length)
  const stack = new Int32Array(mask.length)
  const flipped: number[] = []
  for (let first = 0; first < mask.length; first++) {
    if (mask[first] !== kind || isSeen[first] === 1) continue
    const group: number[] = []
    let [size, count, isBordered] = [0, 0, false]
    stack[size++] = first
    isSeen[first] = 1
    while (size > 0) {
      const cell = stack[--size]
      if (count++ < most) group.push(cell)
      const column = cell % columns
      const sides = [
        column > 0 ? cell - 1 : -1,
        column < columns - 1 ? cell + 1 : -1,
        cell - columns,
        cell + columns < mask.length ? cell + columns : -1,
      ]
      for (const side of sides) {
        if (side < 0) continue
        if (mask[side] === other) isBordered = true
        if (mask[side] !== kind || isSeen[side] === 1) continue
        isSeen[side] = 1
        stack[size++] = side
      }
    }
    if (count <= most && isBordered) flipped.push(...group)
  }
  for (const cell of flipped) mask[cell] = other
}
