/**
 * The form in which every reader gives points, one array per attribute, and the query that asks for
 * them.
 */
import type { Box2 } from "../../core/geometry/box.js"
import type { AttributeName, PointAttributes } from "../../kernel.js"

/** Attributes of a LAS point beside those that kernels can ask for; each only where it is asked for by name and the point format has it. */
export interface FurtherAttributes {
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  readonly returns: Uint8Array
  /** Units of 0.006 degrees; the whole degrees of formats 0–5 are brought to them. */
  readonly scanAngle: Int16Array
  /** Class flags in bits 0–3 (synthetic, key point, withheld, overlap), scanner channel in 4–5, scan direction in 6, edge of flight line in 7. */
  readonly flags: Uint8Array
  readonly userData: Uint8Array
  readonly pointSourceId: Uint16Array
  /** Point formats 2, 3, 5, 7, 8 and 10. */
  readonly red: Uint16Array
  readonly green: Uint16Array
  readonly blue: Uint16Array
  /** Point formats 8 and 10. */
  readonly nir: Uint16Array
}

/** A share of a file: part `index` of `of` parts, which joined in order are the whole. Some may be empty. */
export interface Part {
  readonly index: number
  readonly of: number
}

/** Most points in one block that a reader gives. */
export const BLOCK_POINTS = 65536

/** Attributes that come when a query names none: those that kernels can ask for. */
export const USUAL: readonly AttributeName[] = [
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
]

/** Name of any attribute of a LAS point beside x, y, z. */
export type FieldName = AttributeName | keyof FurtherAttributes

/** Which points of a source are wanted, and relative to what. */
export interface PointQuery {
  /** CRS metres, on whole millimetres. */
  readonly origin: readonly [x: number, y: number, z: number]
  /** Half-open box in CRS metres; all points when absent. */
  readonly box?: Box2
  /** COPC: only the levels needed for this distance between points, metres. Other files give all points. */
  readonly spacing?: number
  /** Only a share of what the file would give: of its records (LAS), chunks (LAZ), or the nodes that box and spacing choose (COPC). */
  readonly part?: Part
  /** Names of extra dimensions to read beside the standard fields. */
  readonly extra?: readonly string[]
  /**
   * Attributes that are needed beside x, y, z; when absent, those that kernels can ask for. The columns of others come empty or not at all:
   * they are not decoded.
   */
  readonly attributes?: readonly FieldName[]
  /** Only points of these classes; all when absent. */
  readonly classes?: readonly number[]
  /** Only points whose return number is at most this; all when absent. */
  readonly firstReturns?: number
  /** True: the columns are good until the next ones are asked for. Their memory is then used again, which spares page faults and the collector. */
  readonly lent?: boolean
}

/**
 * Points as columns: x, y, z in millimetres relative to the query's origin. Every array is `count` long (or empty, see `PointQuery.attributes`) and
 * the caller's own, but for `PointQuery.lent`.
 */
export interface PointColumns extends PointAttributes, Partial<FurtherAttributes> {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  /** The extra dimensions of the query, scaled. */
  readonly extra?: Readonly<Record<string, Float64Array>>
}

/** A box in whole millimetres relative to an origin, half-open. */
export interface MmBox {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/** Metres to millimetres: the nearest integer where it is one, else the next above, so that `<` and `>=` keep their sense. */
const boundMm = (metres: number): number => {
  const mm = metres * 1000
  const near = Math.round(mm)
  return Math.abs(mm - near) < 1e-3 ? near : Math.ceil(mm)
}

/** The query's box relative to its origin. Infinite when there is none. */
export const mmBoxOf = ({ box, origin }: PointQuery): MmBox => {
  const [x, y] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
  if (box === undefined) return { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity }
  return {
    minX: boundMm(box[0]) - x,
    minY: boundMm(box[1]) - y,
    maxX: boundMm(box[2]) - x,
    maxY: boundMm(box[3]) - y,
  }
}

/** 1 for each wanted class code, or undefined when all are wanted. */
export const classFilter = ({
  classes,
}: {
  readonly classes?: readonly number[] | undefined
}): Uint8Array | undefined => {
  if (classes === undefined) return undefined
  const wanted = new Uint8Array(256)
  for (const code of classes) wanted[code] = 1
  return wanted
}

/** Columns for `count` points, zeroed; further ones that are not there are empty. */
export const emptyColumns = (
  count: number,
  { intensity, gpsTime }: Further = { intensity: true, gpsTime: true },
): PointColumns => ({
  count,
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
  numberOfReturns: new Uint8Array(count),
  intensity: new Uint16Array(intensity ? count : 0),
  gpsTime: new Float64Array(gpsTime ? count : 0),
})

/** Of the columns that do not tell points apart, those that are there: decoded and held where something asks for them. */
export interface Further {
  readonly intensity: boolean
  readonly gpsTime: boolean
}

/** The further columns among some attributes; all when undefined. */
export const furtherOf = (attributes: readonly FieldName[] | undefined): Further => ({
  intensity: attributes === undefined || attributes.includes("intensity"),
  gpsTime: attributes === undefined || attributes.includes("gpsTime"),
})

/**
 * Of duplicates one point is kept, with the least intensity and the least GPS time (NaN last) of them, each by itself: so that a column does not depend on
 * which others were read beside it. Columns that are not there (empty) stay so.
 */
export const keepLeast = (
  { intensity, gpsTime }: Pick<PointColumns, "intensity" | "gpsTime">,
  kept: number,
  other: number,
): void => {
  if (intensity.length > 0 && intensity[other]! < intensity[kept]!) intensity[kept] = intensity[other]!
  if (gpsTime.length > 0) gpsTime[kept] = leastTime(gpsTime[kept]!, gpsTime[other]!)
}

/** The lesser of two times, NaN only of two of them. */
export const leastTime = (a: number, b: number): number => (b < a || Number.isNaN(a) ? b : a)

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
