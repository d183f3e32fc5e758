/** Point columns, one array per attribute, that every reader returns, and the query for them. */
import type { Box2 } from "../../core/geometry/box.js"
import type { AttributeName, PointAttributes } from "../../kernel.js"

/**
 * Further attributes of a LAS point, read only if the query names them and the point format has
 * them.
 */
export interface FurtherAttributes {
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  readonly returns: Uint8Array
  /** Units of 0.006 degrees; the whole degrees of formats 0–5 are converted. */
  readonly scanAngle: Int16Array
  /**
   * Class flags in bits 0–3 (synthetic, key point, withheld, overlap), scanner channel in bits 4–5,
   * scan direction in bit 6, edge of flight line in bit 7.
   */
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

/**
 * Part `index` of a file cut into `of` parts. The parts, joined in order, are the file; a part may
 * be empty.
 */
export interface Part {
  readonly index: number
  readonly of: number
}

/** How the classes of a source become those of kernels, and which of its points are left out. */
export interface PointChoice {
  /** The new class of each class; −1 leaves its points out. */
  readonly codes: Int16Array
  /** Class flags (bits 0–3) of points that are left out. */
  readonly flags: number
  /** 1 for each class that the scheme lacks and reads as unclassified; absent: it lacks none. */
  readonly unlisted?: Uint8Array
}

/** Class flags of {@link PointChoice}: bits of {@link FurtherAttributes.flags}. */
export const WITHHELD = 4
export const OVERLAP = 8

/** True if a choice changes a class. */
export const changesClasses = ({ codes }: PointChoice): boolean => codes.some((to, code) => to !== code && to >= 0)

/** Replaces classes by those of a choice, in place. */
export const replaceClasses = (classes: Uint8Array, { codes }: PointChoice): void => {
  for (let i = 0; i < classes.length; i++) classes[i] = codes[classes[i]!]!
}

/**
 * Raw point records in LAS layout: `count` times the file's record length. The bytes are valid
 * until the next block.
 */
export interface RecordBlock {
  readonly bytes: Uint8Array
  readonly count: number
}

/** Maximum number of points in a block from a reader. */
export const BLOCK_POINTS = 65536

/** Attributes read if a query names none: those that kernels can request. */
export const USUAL: readonly AttributeName[] = [
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
]

/** Name of any attribute of a LAS point except x, y, z. */
export type FieldName = AttributeName | keyof FurtherAttributes

/** Selects points of a source and sets their origin. */
export interface PointQuery {
  /** CRS metres, on whole millimetres. */
  readonly origin: readonly [x: number, y: number, z: number]
  /** Half-open box in CRS metres; all points when absent. */
  readonly box?: Box2
  /**
   * COPC: read only the levels needed for this point spacing, metres. Other formats give all
   * points.
   */
  readonly spacing?: number
  /**
   * Only a part of the records (LAS), of the chunks (LAZ), or of the nodes that box and spacing
   * select (COPC).
   */
  readonly part?: Part
  /** Names of extra dimensions to read as well. */
  readonly extra?: readonly string[]
  /**
   * Attributes needed besides x, y, z; the default is {@link USUAL}. Other columns are not decoded:
   * they are empty or absent.
   */
  readonly attributes?: readonly FieldName[]
  /** Only points of these classes, after `choice`; all when absent. */
  readonly classes?: readonly number[]
  /** Classes of kernels for those of the source; absent: as stored, and no point is left out. */
  readonly choice?: PointChoice
  /** Only points with a return number up to this one; all when absent. */
  readonly firstReturns?: number
  /**
   * True: columns stay valid only until the next block, whose points reuse their memory. This
   * avoids page faults and garbage collection.
   */
  readonly lent?: boolean
}

/**
 * Points as columns: x, y, z in millimetres relative to the query's origin. Every array has `count`
 * elements, or none if the attribute is not read. The caller owns the arrays unless
 * `PointQuery.lent` is set.
 */
export interface PointColumns extends PointAttributes, Partial<FurtherAttributes> {
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  /** Values of the query's extra dimensions, with scale and offset applied. */
  readonly extra?: Readonly<Record<string, Float64Array>>
}

/** A half-open box in whole millimetres relative to an origin. */
export interface MmBox {
  readonly minX: number
  readonly minY: number
  readonly maxX: number
  readonly maxY: number
}

/**
 * Metres to millimetres: the nearest integer if the value is one, else rounded up. Comparisons of
 * integers with `<` and `>=` then give the same result as with the exact bound.
 */
const boundMm = (metres: number): number => {
  const mm = metres * 1000
  const near = Math.round(mm)
  return Math.abs(mm - near) < 1e-3 ? near : Math.ceil(mm)
}

/** The query's box relative to its origin; infinite without a box. */
export const toMmBox = ({ box, origin }: PointQuery): MmBox => {
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

/** As {@link classFilter}, by the classes of the source. */
export const chosenClasses = (query: PointQuery): Uint8Array | undefined => {
  const { choice } = query
  const wanted = classFilter(query)
  if (choice === undefined || (wanted === undefined && choice.codes.every((to) => to >= 0))) return wanted
  return Uint8Array.from(choice.codes, (to) => (to < 0 ? 0 : (wanted?.[to] ?? 1)))
}

/** Zeroed columns for `count` points; intensity and GPS time are empty if not wanted. */
export const emptyColumns = (
  count: number,
  { intensity, gpsTime, extra = [] }: Further = { intensity: true, gpsTime: true },
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
  ...(extra.length === 0
    ? {}
    : { extra: Object.fromEntries(extra.map((name) => [name, new Float64Array(count)] as const)) }),
})

/**
 * Optional columns. They do not decide whether two points are duplicates, hence are decoded only on
 * request.
 */
export interface Further {
  readonly intensity: boolean
  readonly gpsTime: boolean
  /** Names of extra bytes. */
  readonly extra?: readonly string[] | undefined
}

/** Which optional columns a list of attributes contains; both when undefined. */
export const furtherOf = (attributes: readonly FieldName[] | undefined, extra: readonly string[] = []): Further => ({
  intensity: attributes === undefined || attributes.includes("intensity"),
  gpsTime: attributes === undefined || attributes.includes("gpsTime"),
  ...(extra.length === 0 ? {} : { extra }),
})

/**
 * Folds a duplicate into the point retained: the least intensity and, independently, the least GPS
 * time and extra values (NaN last). A column therefore does not depend on which others were read.
 * Empty columns stay empty.
 */
export const keepLeast = (
  { intensity, gpsTime, extra }: Pick<PointColumns, "intensity" | "gpsTime" | "extra">,
  retained: number,
  other: number,
): void => {
  if (intensity.length > 0 && intensity[other]! < intensity[retained]!) intensity[retained] = intensity[other]!
  if (gpsTime.length > 0) gpsTime[retained] = leastTime(gpsTime[retained]!, gpsTime[other]!)
  if (extra === undefined) return
  for (const values of Object.values(extra)) values[retained] = leastTime(values[retained]!, values[other]!)
}

/** The lesser of two times; NaN only if both are. */
export const leastTime = (a: number, b: number): number => (b < a || Number.isNaN(a) ? b : a)

/** Names of the columns that are gathered. */
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

/** Array type shared by all columns. */
interface Numbers {
  readonly length: number
  [index: number]: number
  set(from: ArrayLike<number>, at: number): void
  fill(value: number, from: number, to: number): unknown
  subarray(from: number, to: number): Numbers
}

/**
 * Columns that grow by at least an eighth when full. The operating system commits no memory for
 * pages that stay unused.
 */
export class GrownColumns {
  #columns: PointColumns
  #count = 0
  readonly #further: Further

  constructor(room: number, further: Further) {
    this.#columns = emptyColumns(room, further)
    this.#further = further
  }

  /**
   * Appends a chunk: the points at the indices `chosen`, or all. A column absent from the chunk is
   * filled with intensity 0 or time NaN.
   */
  append(chunk: PointColumns, chosen?: Uint32Array): void {
    const count = chosen?.length ?? chunk.count
    if (this.#count + count > this.#columns.count) this.#grow(this.#count + count)
    const all: [Numbers, Numbers][] = columnNames.map((name) => [chunk[name], this.#columns[name]])
    for (const [name, to] of Object.entries(this.#columns.extra ?? {}))
      all.push([chunk.extra?.[name] ?? to.subarray(0, 0), to])
    for (const [from, to] of all) {
      if (to.length === 0) continue
      if (from.length === 0) to.fill(Number.NaN, this.#count, this.#count + count)
      else if (chosen === undefined) to.set(from.subarray(0, count), this.#count)
      else pick(from, chosen, to, this.#count)
    }
    this.#count += count
  }

  /** The points so far, as views valid until the next append. */
  get points(): PointColumns {
    return firstPoints(this.#columns, this.#count)
  }

  /** Grows column by column: each old array can be freed before the next one is copied. */
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
    if (columns.extra !== undefined)
      columns.extra = eachExtra(columns.extra, (values) => this.#longer(values, new Float64Array(room)))
    columns.count = room
  }

  #longer<Column extends Numbers>(from: Column, to: Column): Column {
    to.set(from.subarray(0, this.#count), 0)
    return to
  }
}

/** Views of the first `count` points; empty columns stay empty. */
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
  ...(columns.extra === undefined ? {} : { extra: eachExtra(columns.extra, (values) => values.subarray(0, count)) }),
})

/** Replaces each column of extra bytes. */
export const eachExtra = (
  extra: Readonly<Record<string, Float64Array>>,
  replace: (values: Float64Array) => Float64Array,
): Record<string, Float64Array> =>
  Object.fromEntries(Object.entries(extra).map(([name, values]) => [name, replace(values)]))

/** Copies the values at `indices` into another column, starting at `at`. */
export const pick = (from: Numbers, indices: Uint32Array, to: Numbers, at: number): void => {
  for (let i = 0; i < indices.length; i++) to[at + i] = from[indices[i]!]!
}
