/** Cells over a block's plan, each labelled with the roof plane that covers it. */

/**
 * Cells over a block's plan: cell (c, r) has its middle at ((c + 0.5) · side, (r + 0.5) · side);
 * side in mm.
 */
export interface BlockGrid {
  readonly side: number
  readonly columns: number
  readonly rows: number
  /** 1 where the middle is inside the outline. */
  readonly inside: Uint8Array
}

/** Cells of 0.25 m; the side doubles until the plan needs at most 4 million cells. */
export const gridOver = (width: number, height: number, rings: readonly Float64Array[]): BlockGrid => {
  let side = 250
  while (Math.ceil(width / side) * Math.ceil(height / side) > 4e6) side *= 2
  const grid = {
    side,
    columns: Math.ceil(width / side) + 1,
    rows: Math.ceil(height / side) + 1,
    inside: new Uint8Array((Math.ceil(width / side) + 1) * (Math.ceil(height / side) + 1)),
  }
  fillRings(grid, rings, (cell) => {
    grid.inside[cell] = 1
  })
  return grid
}

/** Calls `visit` for each cell whose middle is inside the rings (even-odd), x, y pairs in mm. */
export const fillRings = (
  { side, columns, rows }: Omit<BlockGrid, "inside">,
  rings: readonly ArrayLike<number>[],
  visit: (cell: number) => void,
): void => {
  const crossings: number[][] = []
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const ay = ring[j + 1]
      const by = ring[i + 1]
      const end = Math.max(ay, by)
      // Edges are half-open in y, as in `levelCrossings`.
      for (let r = Math.max(0, Math.floor(Math.min(ay, by) / side - 0.5)); r < rows; r++) {
        const y = (r + 0.5) * side
        if (y >= end) break
        if (ay > y === by > y) continue
        const x = ring[j] + ((ring[i] - ring[j]) * (y - ay)) / (by - ay)
        if (crossings[r] === undefined) crossings[r] = [x]
        else crossings[r].push(x)
      }
    }
  }
  crossings.forEach((own, r) => {
    if (own.length > 2) own.sort((p, q) => p - q)
    else if (own[0] > own[1]) own.reverse()
    for (let k = 0; k + 1 < own.length; k += 2) {
      const end = Math.min(columns, Math.ceil(own[k + 1] / side - 0.5))
      for (let c = Math.max(0, Math.ceil(own[k] / side - 0.5)); c < end; c++) visit(r * columns + c)
    }
  })
}

/** The cell of a point. */
export const cellAt = (
  { side, columns }: Pick<BlockGrid, "side" | "columns">,
  { x, y }: { readonly x: Int32Array; readonly y: Int32Array },
  i: number,
): number => Math.floor(y[i] / side) * columns + Math.floor(x[i] / side)

/** Planes over the cells. */
export interface LabelledGrid extends BlockGrid {
  /**
   * Plane of each cell: that of its highest labelled point, since points under an eave are not on
   * the roof. Without one, that of the nearest such cell; −1 without any plane.
   */
  readonly label: Int32Array
  /** Points in each cell. */
  readonly points: Uint16Array
}

/**
 * Labels each cell with the plane of its points, and others with that of the nearest such cell (two
 * sweeps of nearest sources: Danielsson 1980). Linear.
 */
export const labelGrid = (
  grid: BlockGrid,
  x: Int32Array,
  y: Int32Array,
  z: Int32Array,
  pointLabel: Int32Array,
): LabelledGrid => {
  const { side, columns, rows } = grid
  const source = new Int32Array(columns * rows).fill(-1)
  const own = new Int32Array(columns * rows).fill(-1)
  const points = new Uint16Array(columns * rows)
  const highest = new Int32Array(columns * rows)
  for (let i = 0; i < x.length; i++) {
    const c = Math.floor(x[i] / side)
    const r = Math.floor(y[i] / side)
    if (c < 0 || r < 0 || c >= columns || r >= rows) continue
    const cell = r * columns + c
    if (points[cell] < 65535) points[cell]++
    if (pointLabel[i] < 0) continue
    if (own[cell] >= 0 && z[i] <= highest[cell]) continue
    own[cell] = pointLabel[i]
    highest[cell] = z[i]
    source[cell] = cell
  }
  sweep(source, columns, rows)
  const label = new Int32Array(columns * rows).fill(-1)
  for (let cell = 0; cell < label.length; cell++) if (source[cell] >= 0) label[cell] = own[source[cell]]
  return withLabels(grid, label, points)
}

/** The cells with other labels. Made in one place: objects of other shapes slow their readers. */
export const withLabels = (
  { side, columns, rows, inside }: BlockGrid,
  label: Int32Array,
  points: Uint16Array,
): LabelledGrid => ({ side, columns, rows, inside, label, points })

/** Spreads the index of the nearest source over the cells. */
const sweep = (source: Int32Array, columns: number, rows: number): void => {
  // Caches each cell's squared distance from its source, so that most visits end at a comparison.
  const squared = new Float64Array(source.length).fill(Number.POSITIVE_INFINITY)
  for (let cell = 0; cell < source.length; cell++) if (source[cell] >= 0) squared[cell] = 0
  const closer = (cell: number, c: number, r: number, s: number): void => {
    const row = Math.floor(s / columns)
    const dx = c - (s - row * columns)
    const dy = r - row
    const d = dx * dx + dy * dy
    if (d >= squared[cell]) return
    source[cell] = s
    squared[cell] = d
  }
  // Looks at the sources of three cells of the row above or below, and of the cell before.
  const visit = (cell: number, c: number, r: number, beyond: number, before: number): void => {
    if (squared[cell] === 0) return
    if (beyond >= 0 && beyond < source.length) {
      const straight = source[beyond]
      if (straight >= 0 && straight !== source[cell]) closer(cell, c, r, straight)
      const west = c > 0 ? source[beyond - 1] : -1
      if (west >= 0 && west !== straight && west !== source[cell]) closer(cell, c, r, west)
      const east = c + 1 < columns ? source[beyond + 1] : -1
      if (east >= 0 && east !== straight && east !== source[cell]) closer(cell, c, r, east)
    }
    const last = before >= 0 ? source[before] : -1
    if (last >= 0 && last !== source[cell]) closer(cell, c, r, last)
  }
  for (let r = 0; r < rows; r++) {
    const first = r * columns
    for (let c = 0; c < columns; c++) visit(first + c, c, r, first + c - columns, c > 0 ? first + c - 1 : -1)
    for (let c = columns - 2; c >= 0; c--) visit(first + c, c, r, -1, first + c + 1)
  }
  for (let r = rows - 1; r >= 0; r--) {
    const first = r * columns
    for (let c = columns - 1; c >= 0; c--)
      visit(first + c, c, r, first + c + columns, c + 1 < columns ? first + c + 1 : -1)
    for (let c = 1; c < columns; c++) visit(first + c, c, r, -1, first + c - 1)
  }
}
