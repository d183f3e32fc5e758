/** Places given as outlets of basins, and the cells near them. */
import { parsePlaces } from "../ground/places.js"

/** Where basins end, besides the end of the data. Part of every tile's part, so that all agree. */
export interface OutletRules {
  /** "x,y x,y", metres of the CRS. */
  readonly outlets: string
  /** How far from a place its stream may be, mm; 0: the cell of the place itself. */
  readonly snap: number
}

interface Place {
  readonly text: string
  /** Millimetres of the CRS. */
  readonly x: number
  readonly y: number
}

/** Name of the option of outlets. */
export const OUTLETS = "simulation.flow-tile.outlets"

/** Reads the places. @throws EngineError E_USAGE for another form */
export const parseOutlets = (outlets: string): Place[] =>
  parsePlaces(OUTLETS, outlets).map(({ text, x, y }) => {
    return { text, x: Math.round(x * 1000), y: Math.round(y * 1000) }
  })

/** A cell of the CRS grid near a place; `distance` in metres from its centre. */
interface NearCell {
  readonly column: number
  readonly row: number
  readonly distance: number
}

/**
 * The cells with centres up to `snap` from a place, or the cell that contains it. The nearest are
 * first, then those from the north, then west. Rows count downwards; `cell` in millimetres.
 * O(snap² / cell²)
 */
export const cellsNear = ({ x, y }: Place, snap: number, cell: number): NearCell[] => {
  const at = (column: number, row: number): NearCell & { readonly square: number } => {
    const [dx, dy] = [(column + 0.5) * cell - x, (0.5 - row) * cell - y]
    const square = dx * dx + dy * dy
    return { column, row, square, distance: Math.sqrt(square) / 1000 }
  }
  const [column, row] = [Math.floor(x / cell), -Math.floor(y / cell)]
  if (snap === 0) return [at(column, row)]
  const reach = Math.ceil(snap / cell)
  const near: (NearCell & { readonly square: number })[] = []
  for (let r = row - reach; r <= row + reach; r++) {
    for (let c = column - reach; c <= column + reach; c++) {
      const one = at(c, r)
      if (one.square <= snap * snap || (c === column && r === row)) near.push(one)
    }
  }
  return near.sort((a, b) => a.square - b.square)
}
