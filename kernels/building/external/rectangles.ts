/** Rectangles of cells that cover wanted cells and avoid blocked ones. */

/** A field of cells, rows from the south. */
export interface Field {
  readonly columns: number
  readonly rows: number
  /** Gain of a cell in a rectangle: positive if wanted, negative if unwanted, 0 outside. */
  readonly weight: Int8Array
  /** 1: inside the outline. */
  readonly inside: Uint8Array
  /** 1: in no rectangle. */
  readonly blocked: Uint8Array
}

/** First and last column and row, both included. */
export interface Rectangle {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
}

/**
 * The rectangle without blocked cells whose weights have the largest sum; the first by south,
 * north, west. Undefined if none is positive. O(rows² · columns).
 */
export const bestRectangle = ({
  columns,
  rows,
  weight,
  blocked,
}: Field): (Rectangle & { readonly gain: number }) | undefined => {
  let best: (Rectangle & { readonly gain: number }) | undefined
  const sums = new Int32Array(columns)
  const shut = new Uint8Array(columns)
  for (let south = 0; south < rows; south++) {
    sums.fill(0)
    shut.fill(0)
    for (let north = south; north < rows; north++) {
      let [west, gain] = [0, 0]
      for (let c = 0; c < columns; c++) {
        const at = north * columns + c
        sums[c] += weight[at]
        shut[c] |= blocked[at]
        if (shut[c] === 1 || gain + sums[c] <= 0) {
          ;[west, gain] = [c + 1, 0]
          continue
        }
        gain += sums[c]
        if (gain > (best?.gain ?? 0)) best = { west, south, east: c, north, gain }
      }
    }
  }
  return best
}

/** Most cells that a side moves out: towards blocked cells, and to the outline's edge. */
const [towards, toEdge] = [2, 4]

/**
 * Moves the sides of a rectangle out: beyond the edge of the outline where that is near, else up to
 * two cells towards blocked ones. A side at most two cells from one of the others moves onto it.
 */
export const grown = (field: Field, rectangle: Rectangle, others: readonly Rectangle[]): Rectangle => {
  let own = rectangle
  for (const name of ["west", "south", "east", "north"] as const) {
    own = moved(field, own, name)
    const axis = name === "west" || name === "east" ? (["west", "east"] as const) : (["south", "north"] as const)
    const isFirst = name === "west" || name === "south"
    for (const other of others) {
      // Sides are between cells: the last cell of one rectangle precedes the first of the next.
      const places = isFirst ? [other[axis[0]], other[axis[1]] + 1] : [other[axis[1]], other[axis[0]] - 1]
      for (const place of places) {
        if (place === own[name] || Math.abs(place - own[name]) > towards) continue
        const aligned = { ...own, [name]: place }
        if (isFree(field, aligned)) own = aligned
      }
    }
  }
  return own
}

const moved = (field: Field, own: Rectangle, name: keyof Rectangle): Rectangle => {
  const out = name === "west" || name === "south" ? -1 : 1
  let result = own
  for (let n = 1; n <= toEdge; n++) {
    const line = lineOf(own, name, own[name] + n * out)
    if (!isFree(field, line)) return result
    // One cell more, so that the side crosses the edge.
    if (!isInside(field, line)) return { ...own, [name]: own[name] + n * out }
    if (n <= towards) result = { ...own, [name]: own[name] + n * out }
  }
  return result
}

const lineOf = (own: Rectangle, name: keyof Rectangle, place: number): Rectangle =>
  name === "west" || name === "east" ? { ...own, west: place, east: place } : { ...own, south: place, north: place }

const isFree = (field: Field, own: Rectangle): boolean => every(field, own, (at) => field.blocked[at] === 0)

const isInside = (field: Field, own: Rectangle): boolean => !every(field, own, (at) => field.inside[at] === 0)

const every = (
  { columns, rows }: Field,
  { west, south, east, north }: Rectangle,
  test: (at: number) => boolean,
): boolean => {
  if (west < 0 || south < 0 || east >= columns || north >= rows) return false
  for (let r = south; r <= north; r++) for (let c = west; c <= east; c++) if (!test(r * columns + c)) return false
  return west <= east && south <= north
}
