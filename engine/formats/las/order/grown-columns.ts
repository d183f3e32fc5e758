/**
 * Columns that grow as points arrive, for sources whose number of points is not known beforehand.
 */
import { emptyColumns, type Further, type PointColumns } from "../columns.js"

/** Columns of points as they are gathered. */
export const columnNames = [
  "x",
  "y",
  "z",
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
] as const

/** Arrays that hold one column. */
interface Numbers {
  readonly length: number
  [index: number]: number
  set(from: ArrayLike<number>, at: number): void
  fill(value: number, from: number, to: number): unknown
  subarray(from: number, to: number): Numbers
}

/** Columns that grow by an eighth where the room that was made for them is not enough. Of room that stays empty the system gives no memory. */
export class GrownColumns {
  #columns: PointColumns
  #count = 0
  readonly #further: Further

  constructor(room: number, further: Further) {
    this.#columns = emptyColumns(room, further)
    this.#further = further
  }

  /** Appends the points of a chunk: those of the places `chosen`, all when absent. Of a column that the chunk has not, intensities are 0 and times NaN. */
  append(chunk: PointColumns, chosen?: Uint32Array): void {
    const count = chosen?.length ?? chunk.count
    if (this.#count + count > this.#columns.count) this.#grow(this.#count + count)
    for (const name of columnNames) {
      const [from, to]: [Numbers, Numbers] = [chunk[name], this.#columns[name]]
      if (to.length === 0) continue
      if (from.length === 0) to.fill(Number.NaN, this.#count, this.#count + count)
      else if (chosen === undefined) to.set(from.subarray(0, count), this.#count)
      else pick(from, chosen, to, this.#count)
    }
    this.#count += count
  }

  /** The points so far: views of the columns, which are good until the next are appended. */
  get points(): PointColumns {
    return firstPoints(this.#columns, this.#count)
  }

  /** Column by column, each old one let go before the next one grows. */
  #grow(count: number): void {
    const room = Math.max(count, Math.ceil(this.#columns.count * 1.125))
    if (this.#count === 0) {
      this.#columns = emptyColumns(room, this.#further)
      return
    }
    const columns: { -readonly [Name in keyof PointColumns]: PointColumns[Name] } = this.#columns
    columns.x = this.#longer(columns.x, new Int32Array(room))
    columns.y = this.#longer(columns.y, new Int32Array(room))
    columns.z = this.#longer(columns.z, new Int32Array(room))
    columns.classification = this.#longer(columns.classification, new Uint8Array(room))
    columns.returnNumber = this.#longer(columns.returnNumber, new Uint8Array(room))
    columns.numberOfReturns = this.#longer(columns.numberOfReturns, new Uint8Array(room))
    if (columns.intensity.length > 0) columns.intensity = this.#longer(columns.intensity, new Uint16Array(room))
    if (columns.gpsTime.length > 0) columns.gpsTime = this.#longer(columns.gpsTime, new Float64Array(room))
    columns.count = room
  }

  #longer<Column extends Numbers>(from: Column, to: Column): Column {
    to.set(from.subarray(0, this.#count), 0)
    return to
  }
}

/** Views of the first `count` points of columns; of empty ones empty. */
export const firstPoints = (columns: PointColumns, count: number): PointColumns => ({
  count,
  x: columns.x.subarray(0, count),
  y: columns.y.subarray(0, count),
  z: columns.z.subarray(0, count),
  classification: columns.classification.subarray(0, count),
  returnNumber: columns.returnNumber.subarray(0, count),
  numberOfReturns: columns.numberOfReturns.subarray(0, count),
  intensity: columns.intensity.subarray(0, count),
  gpsTime: columns.gpsTime.subarray(0, count),
})

/** Puts the values at the places `indices` of a column into another one, from `at` on. */
const pick = (from: Numbers, indices: Uint32Array, to: Numbers, at: number): void => {
  for (let i = 0; i < indices.length; i++) to[at + i] = from[indices[i]!]!
}
