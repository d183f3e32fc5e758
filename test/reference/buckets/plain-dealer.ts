/**
 * The reference implementation of dealing points to cells, which
 * `engine/formats/buckets/wasm/assembly/deal.ts` is tested against.
 */
import type {
  DealQuery,
  DealtPoints,
  DealtSegment,
  SegmentColumns,
  SpoolDealer,
} from "../../../engine/formats/buckets/core-types.js"
import { QUARTERS, SPOOL, SpoolSegment, TIMES } from "../../../engine/formats/buckets/format.js"

/** A point in the columns of a segment. */
type Row = Readonly<Record<keyof SegmentColumns, number>>

/** Points of one cell that wait to be written, and what is known of those and of the points left out. */
interface CellBuffer {
  readonly cellX: number
  readonly cellY: number
  readonly rows: Row[]
  lowZ: number
  highZ: number
  readonly times: Float64Array
  readonly others: Uint32Array
}

const emptyCell = (cellX: number, cellY: number): CellBuffer => ({
  cellX,
  cellY,
  rows: [],
  lowZ: Infinity,
  highZ: -Infinity,
  times: Float64Array.from({ length: TIMES }, (_, k) => (k % 2 === 0 ? Infinity : -Infinity)),
  others: new Uint32Array(QUARTERS),
})

/** Deals points to cells one by one, a list of points a cell. */
export class PlainDealer implements SpoolDealer {
  readonly #query: DealQuery
  readonly #cells = new Map<string, CellBuffer>()
  readonly classes = new Uint32Array(256)

  get buffered(): number {
    return [...this.#cells.values()].reduce((sum, { rows }) => sum + rows.length, 0)
  }

  get cells(): number {
    return this.#cells.size
  }

  constructor(query: DealQuery) {
    this.#query = query
  }

  deal(points: DealtPoints, emit: (segment: DealtSegment) => void): void {
    const { kept, base, most } = this.#query
    for (let i = 0; i < points.count; i++) {
      const [x, y, z, code] = [points.x[i]!, points.y[i]!, points.z[i]!, points.classification[i]!]
      const gpsTime = points.gpsTime[i]!
      this.classes[code]!++
      const [column, row] = [Math.floor(x / SPOOL.cellMm), Math.floor(y / SPOOL.cellMm)]
      const key = `${column}/${row}`
      let cell = this.#cells.get(key) ?? emptyCell(base[0] + column, base[1] + row)
      if (cell.rows.length === most) {
        this.#emit(cell, emit)
        cell = emptyCell(cell.cellX, cell.cellY)
      }
      this.#cells.set(key, cell)
      const [inX, inY] = [x - column * SPOOL.cellMm, y - row * SPOOL.cellMm]
      const quarter = (inX >= SPOOL.cellMm / 2 ? 1 : 0) + (inY >= SPOOL.cellMm / 2 ? 2 : 0)
      cell.lowZ = Math.min(cell.lowZ, z)
      cell.highZ = Math.max(cell.highZ, z)
      // 0 is the time of virtual points, and NaN is none; 7 and 18 are noise.
      if (gpsTime > 0 && code !== 7 && code !== 18) {
        cell.times[2 * quarter] = Math.min(cell.times[2 * quarter]!, gpsTime)
        cell.times[2 * quarter + 1] = Math.max(cell.times[2 * quarter + 1]!, gpsTime)
      }
      const [intensity, returns] = [points.intensity[i]!, points.returns![i]!]
      if (kept[code] === 0) cell.others[quarter]!++
      else cell.rows.push({ x: inX, y: inY, z, classification: code, returns, intensity, gpsTime })
    }
  }

  drain(emit: (segment: DealtSegment) => void): void {
    for (const cell of this.#cells.values()) this.#emit(cell, emit)
    this.#cells.clear()
  }

  release(): void {
    this.#cells.clear()
  }

  #emit({ rows, ...cell }: CellBuffer, emit: (segment: DealtSegment) => void): void {
    const bytes = new Uint8Array(SpoolSegment.bytes(rows.length, this.#query.held))
    const columns = SpoolSegment.columns(bytes, rows.length, this.#query.held)
    for (const name of Object.keys(columns) as (keyof SegmentColumns)[])
      if (columns[name].length > 0) columns[name].set(rows.map((row) => row[name]))
    emit({ ...cell, count: rows.length, bytes })
  }
}
