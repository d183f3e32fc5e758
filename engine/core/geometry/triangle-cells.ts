/** Sorts triangles into the cells of a grid in plan, to look them up by place. */

/** Square cells, row by row from the south-west corner. */
export interface CellGrid {
  readonly minX: number
  readonly minY: number
  /** Side of a cell, metres. */
  readonly cell: number
  readonly columns: number
  readonly rows: number
}

/** Triangles of each cell: those of cell c are `triangles[starts[c] … starts[c + 1])`. */
export interface CellLists {
  readonly starts: Uint32Array
  /** Indices into `own`, the list of triangles that take part. */
  readonly triangles: Uint32Array
}

/**
 * Lists the triangles whose boxes meet each cell. O(triangles + their cells).
 *
 * @param places x, y, height
 * @param triangles vertex indices, three a triangle
 * @param own triangles that take part; they must be within the grid
 */
export const listCells = (
  places: Float64Array,
  triangles: ArrayLike<number>,
  own: ArrayLike<number>,
  grid: CellGrid,
): CellLists => {
  const starts = new Uint32Array(grid.columns * grid.rows + 1)
  const each = (t: number, visit: (cell: number) => void): void => {
    const [a, b, c] = [3 * triangles[3 * t]!, 3 * triangles[3 * t + 1]!, 3 * triangles[3 * t + 2]!]
    const column = (x: number): number => Math.floor((x - grid.minX) / grid.cell)
    const row = (y: number): number => Math.floor((y - grid.minY) / grid.cell)
    const left = column(Math.min(places[a]!, places[b]!, places[c]!))
    const right = column(Math.max(places[a]!, places[b]!, places[c]!))
    const top = row(Math.max(places[a + 1]!, places[b + 1]!, places[c + 1]!))
    for (let r = row(Math.min(places[a + 1]!, places[b + 1]!, places[c + 1]!)); r <= top; r++)
      for (let c = left; c <= right; c++) visit(r * grid.columns + c)
  }
  for (let i = 0; i < own.length; i++) each(own[i]!, (cell) => starts[cell + 1]!++)
  for (let cell = 1; cell < starts.length; cell++) starts[cell] = starts[cell]! + starts[cell - 1]!
  const next = starts.slice()
  const listed = new Uint32Array(starts[grid.columns * grid.rows]!)
  for (let i = 0; i < own.length; i++) {
    each(own[i]!, (cell) => {
      listed[next[cell]!++] = i
    })
  }
  return { starts, triangles: listed }
}
