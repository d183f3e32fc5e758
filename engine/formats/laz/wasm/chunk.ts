/**
 * Takes a layered LAZ chunk (compressor 3) apart and decodes it layer by layer.
 *
 * Chunk: the first record raw (`recordLength` bytes), u32 count of points, one u32 size a layer,
 * then the layers in the same order. Layers: returns with x and y, z, classification, flags,
 * intensity, scan angle, user data, source id, GPS time. Formats 7 and 8 add colours, format 8 near
 * infrared. One layer for each extra byte follows.
 */

/** Layers to request; returns, x and y are always decoded. */
export type LazLayer =
  | "z"
  | "classification"
  | "flags"
  | "intensity"
  | "scanAngle"
  | "userData"
  | "sourceId"
  | "gpsTime"
  | "rgb"
  | "nir"

/**
 * Columns of a chunk, `count` elements each, as stored (unscaled). Valid until the decoder's next
 * call.
 */
export interface LazColumns {
  count: number
  x: Int32Array
  y: Int32Array
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  returns: Uint8Array
  z?: Int32Array
  classification?: Uint8Array
  /**
   * Class flags in bits 0–3, scanner channel in 4–5, scan direction in 6, edge of flight line in 7.
   */
  flags?: Uint8Array
  intensity?: Uint16Array
  /** Units of 0.006 degrees. */
  scanAngle?: Int16Array
  userData?: Uint8Array
  sourceId?: Uint16Array
  gpsTime?: Float64Array
  red?: Uint16Array
  green?: Uint16Array
  blue?: Uint16Array
  nir?: Uint16Array
  /** Requested extra bytes, indexed by position among the record's extra bytes. */
  extra: (Uint8Array | undefined)[]
}

/** Parts of a chunk to decode. */
export interface LazRequest {
  /** Number of points in the chunk table; the chunk must agree. */
  readonly count: number
  /** 6, 7 or 8. */
  readonly pointFormat: number
  readonly recordLength: number
  readonly layers: readonly LazLayer[]
  /** Positions among the record's extra bytes. */
  readonly extra?: readonly number[]
  /** Called after x and y are decoded; false skips the other layers and returns no points. */
  readonly wants?: (x: Int32Array, y: Int32Array) => boolean
}

/** Vectorised operations on columns of the last chunk, in place. */
export interface ColumnWork {
  /** The least and the greatest value; 0, 0 for an empty column. */
  range(column: Int32Array): readonly [least: number, most: number]
  /** Replaces each value by `value · scale + offset` in 32 bits. */
  place(column: Int32Array, scale: number, offset: number): void
  /** Replaces −0 by 0 and every NaN by the canonical one, hence equal times have equal bytes. */
  settle(times: Float64Array): void
}

/** The chunk of the next call, which must have the same request except for the count. */
interface LazAhead {
  /** The same object that the next call will pass. */
  readonly chunk: Uint8Array
  readonly count: number
}

/**
 * Decodes chunks one after another.
 *
 * @throws RangeError if a chunk is broken; the decoder remains usable
 */
export interface LazDecoder extends ColumnWork {
  /** @param ahead the next chunk, if known: decoding x and y of both together is faster */
  decode(chunk: Uint8Array, request: LazRequest, ahead?: LazAhead): LazColumns
  /**
   * Builds the raw records of the last chunk from its columns, decoded with all layers, without
   * their extra bytes.
   */
  records(columns: LazColumns, form: Pick<LazRequest, "pointFormat" | "recordLength">, into: Uint8Array): void
}

export type Column = Int32Array | Uint8Array | Uint16Array | Int16Array | Float64Array

/** Kind of a column's array, as in the names of typed arrays and of DataView's getters. */
type ColumnType = "Int32" | "Uint8" | "Uint16" | "Int16" | "Float64"

/** Memory of columns, and the decoder of each layer. */
export interface LayerDecoder {
  /**
   * Reserves memory for columns, for the largest layer, and for the largest one decoded beside
   * another. Call before the columns of one or two chunks are allocated.
   */
  reserve(columnBytes: number, layerBytes: number, besideBytes: number): void
  column(type: ColumnType, count: number): Column
  /**
   * Decodes a layer into its columns, whose element 0 the caller has set.
   *
   * @returns 0: read to the last byte; 1: too short or impossible; 2: bytes are left
   */
  decode(layer: LazLayer | "xy" | "byte", bytes: Uint8Array, columns: readonly Column[], links: Uint16Array): number
  /** Decodes x and y of two chunks together; returns both results of {@link decode}. */
  decodeXyOfTwo(one: XyTask, other: XyTask): readonly [one: number, other: number]
  /** Decodes z and GPS time together; returns both results of {@link decode}. */
  decodeZAndTime(z: LayerTask, time: LayerTask, links: Uint16Array): readonly [z: number, time: number]
}

/** Arguments of {@link LayerDecoder.decode} for the layer of x and y. */
interface XyTask {
  readonly bytes: Uint8Array
  readonly columns: readonly Column[]
  readonly links: Uint16Array
}

/** A layer's bytes and its column, whose element 0 the caller has set. */
interface LayerTask {
  readonly bytes: Uint8Array
  readonly column: Column
}

interface Field {
  readonly name: Exclude<keyof LazColumns, "count" | "extra">
  readonly type: ColumnType
  /** Offset in the record. */
  readonly at: number
}

const FIELDS: Readonly<Record<LazLayer | "xy", readonly Field[]>> = {
  xy: [
    { name: "x", type: "Int32", at: 0 },
    { name: "y", type: "Int32", at: 4 },
    { name: "returns", type: "Uint8", at: 14 },
  ],
  z: [{ name: "z", type: "Int32", at: 8 }],
  classification: [{ name: "classification", type: "Uint8", at: 16 }],
  flags: [{ name: "flags", type: "Uint8", at: 15 }],
  intensity: [{ name: "intensity", type: "Uint16", at: 12 }],
  scanAngle: [{ name: "scanAngle", type: "Int16", at: 18 }],
  userData: [{ name: "userData", type: "Uint8", at: 17 }],
  sourceId: [{ name: "sourceId", type: "Uint16", at: 20 }],
  gpsTime: [{ name: "gpsTime", type: "Float64", at: 22 }],
  rgb: [
    { name: "red", type: "Uint16", at: 30 },
    { name: "green", type: "Uint16", at: 32 },
    { name: "blue", type: "Uint16", at: 34 },
  ],
  nir: [{ name: "nir", type: "Uint16", at: 36 }],
}

/** Layers in file order. Format 7 ends with `rgb`, format 6 with `gpsTime`. */
const ORDER = Object.keys(FIELDS) as readonly (LazLayer | "xy")[]

/** Layers of a point format besides x and y, extra bytes excluded. */
export const layersOf = (pointFormat: number): readonly LazLayer[] =>
  ORDER.slice(1, ORDER.length - (8 - pointFormat)) as LazLayer[]

const BYTES: Readonly<Record<ColumnType, number>> = { Int32: 4, Uint8: 1, Uint16: 2, Int16: 2, Float64: 8 }
const RECORD_BYTES: Readonly<Record<number, number>> = { 6: 30, 7: 36, 8: 38 }

/** A requested layer. */
interface Wanted {
  readonly layer: LazLayer | "xy" | "byte"
  readonly bytes: Uint8Array
  readonly fields: readonly { readonly name: Field["name"] | number; readonly type: ColumnType; readonly at: number }[]
}

const wantedLayers = (chunk: Uint8Array, view: DataView, request: LazRequest): Wanted[] => {
  const { recordLength, pointFormat, layers, extra = [] } = request
  const base = RECORD_BYTES[pointFormat]
  if (base === undefined || recordLength < base)
    throw new RangeError(`point format ${pointFormat} of ${recordLength} bytes`)
  const named = 9 + (pointFormat - 6)
  const count = named + recordLength - base
  let at = recordLength + 4 + 4 * count
  if (at > chunk.length) throw new RangeError(`${chunk.length} bytes are too few for ${count} layer sizes`)
  const found = view.getUint32(recordLength, true)
  if (found !== request.count) throw new RangeError(`it has ${found} points, not the ${request.count} announced`)
  const wanted: Wanted[] = []
  for (let i = 0; i < count; i++) {
    const size = view.getUint32(recordLength + 4 + 4 * i, true)
    const name = ORDER[i] as LazLayer | "xy"
    if (at + size > chunk.length) throw new RangeError(`its layers need more than its ${chunk.length} bytes`)
    const bytes = chunk.subarray(at, at + size)
    at += size
    if (i >= named) {
      const place = i - named
      if (!extra.includes(place)) continue
      wanted.push({ layer: "byte", bytes, fields: [{ name: place, type: "Uint8", at: base + place }] })
    } else if (name === "xy" || layers.includes(name)) wanted.push({ layer: name, bytes, fields: FIELDS[name] })
  }
  // Writers end a chunk with its last layer: this detects a layer size damaged to 0.
  if (at !== chunk.length) throw new RangeError(`its layers end ${chunk.length - at} bytes before its end`)
  return wanted
}

type Result = Partial<Record<string, unknown>> & { extra: (Uint8Array | undefined)[] }

/** A parsed chunk. */
interface Opened {
  readonly chunk: Uint8Array
  readonly count: number
  /** Requested layers, compared by identity. */
  readonly layers: readonly LazLayer[]
  readonly view: DataView
  readonly wanted: readonly Wanted[]
  /** The layer of GPS time if it can be decoded beside z. */
  readonly beside: Wanted | undefined
  readonly result: Result
  /** Status of decoding x and y; valid, like the links, once they are decoded. */
  xyStatus: number
  links: Uint16Array
}

const noLinks = new Uint16Array(0)

const opened = (chunk: Uint8Array, request: LazRequest): Opened => {
  const { count, layers } = request
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (request.recordLength + 4 > chunk.length)
    throw new RangeError(`its ${chunk.length} bytes are less than one record`)
  const wanted = wantedLayers(chunk, view, request)
  const beside = count > 1 ? wanted.find(({ layer, bytes }) => layer === "gpsTime" && bytes.length > 0) : undefined
  return { chunk, count, layers, view, wanted, beside, result: { count, extra: [] }, xyStatus: 0, links: noLinks }
}

/** Maximum number of points of two chunks decoded together: the columns of both are in memory. */
const MOST_OF_TWO = 1 << 18

/**
 * Parses the next chunk if its x and y can be decoded with those of this one. Its faults are
 * reported in its own turn.
 */
const openedAhead = (one: Opened, request: LazRequest, ahead: LazAhead | undefined): Opened | undefined => {
  if (ahead === undefined || one.count + ahead.count > MOST_OF_TWO) return undefined
  try {
    const other = opened(ahead.chunk, { ...request, count: ahead.count })
    return [one, other].every(({ count, wanted }) => count > 1 && wanted[0].bytes.length > 0) ? other : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const reserve = (decoder: LayerDecoder, chunks: readonly Opened[]): void => {
  let [columns, largest, beside] = [0, 0, 0]
  for (const chunk of chunks) {
    const each = chunk.wanted.flatMap(({ fields }) => fields).reduce((sum, { type }) => sum + BYTES[type], 2)
    // 8 bytes a column for alignment.
    columns += each * chunk.count + 8 * (chunk.wanted.length * 3 + 1)
    largest = Math.max(largest, ...chunk.wanted.map(({ bytes }) => bytes.length))
    beside = Math.max(beside, chunk.beside?.bytes.length ?? 0)
  }
  decoder.reserve(columns, largest, chunks.length > 1 ? Math.max(beside, chunks[1].wanted[0].bytes.length) : beside)
}

/** Allocates the columns of a layer, with the first record's values. */
const listColumns = (decoder: LayerDecoder, { view, count, result }: Opened, { fields }: Wanted): Column[] =>
  fields.map(({ type, at, name }) => {
    const column = decoder.column(type, count)
    column[0] = firstValue(view, type, at)
    if (typeof name === "number") result.extra[name] = column as Uint8Array
    else result[name] = column
    return column
  })

/** Decodes x, y and returns of one or two chunks. */
const decodeXy = (decoder: LayerDecoder, chunks: readonly Opened[]): void => {
  const [one, other] = chunks.map((chunk): XyTask => {
    const links = decoder.column("Uint16", chunk.count) as Uint16Array
    links[0] = ((chunk.view.getUint8(15) >> 4) & 3) << 8
    chunk.links = links
    const [xy] = chunk.wanted
    return { bytes: xy.bytes, columns: listColumns(decoder, chunk, xy), links }
  })
  if (chunks.length > 1) [chunks[0].xyStatus, chunks[1].xyStatus] = decoder.decodeXyOfTwo(one, other)
  else if (one.bytes.length === 0 && one.links.length !== 1) throw new RangeError("its layer xy is empty")
  // A chunk of one point has only its first record.
  else if (one.links.length !== 1) chunks[0].xyStatus = decoder.decode("xy", one.bytes, one.columns, one.links)
}

/** Decodes the requested layers of a chunk after its x and y. */
const decodeOthers = (decoder: LayerDecoder, chunk: Opened): void => {
  const { count, beside, wanted, links } = chunk
  let timeStatus: number | undefined
  for (const one of wanted.slice(1)) {
    const { layer, bytes } = one
    if (one === beside && timeStatus !== undefined) {
      check(layer, timeStatus, bytes.length)
      continue
    }
    const columns = listColumns(decoder, chunk, one)
    if (count === 1) {
      // A chunk of one point has only its first record.
    } else if (bytes.length === 0) {
      for (const column of columns) repeatFirst(column, layer === "flags" ? links : undefined)
    } else if (layer === "z" && beside !== undefined) {
      const time = { bytes: beside.bytes, column: listColumns(decoder, chunk, beside)[0] }
      const statuses = decoder.decodeZAndTime({ bytes, column: columns[0] }, time, links)
      check(layer, statuses[0], bytes.length)
      timeStatus = statuses[1]
    } else check(layer, decoder.decode(layer, bytes, columns, links), bytes.length)
  }
}

/**
 * Makes a decoder of chunks. It decodes each requested layer as a whole, x and y first, together
 * with those of the next chunk if known. An empty layer repeats the first point's value.
 *
 * @throws RangeError from the returned function; the message describes the fault, the caller adds
 * the file's name
 */
export const layeredDecoder = (decoder: LayerDecoder): LazDecoder["decode"] => {
  // The chunk ahead with x and y decoded, valid until the next call.
  let ready: Opened | undefined
  return (bytes, request, ahead) => {
    let chunk =
      ready?.chunk === bytes && ready.count === request.count && ready.layers === request.layers ? ready : undefined
    ready = undefined
    if (chunk === undefined) {
      chunk = opened(bytes, request)
      const other = openedAhead(chunk, request, ahead)
      const chunks = other === undefined ? [chunk] : [chunk, other]
      reserve(decoder, chunks)
      decodeXy(decoder, chunks)
      ready = other
    }
    const { xyStatus, wanted, result } = chunk
    check("xy", xyStatus, wanted[0].bytes.length)
    if (request.wants?.(result["x"] as Int32Array, result["y"] as Int32Array) === false)
      return { ...result, count: 0 } as unknown as LazColumns
    decodeOthers(decoder, chunk)
    return result as unknown as LazColumns
  }
}

const check = (layer: string, status: number, size: number): void => {
  if (status === 0) return
  const what = status === 1 ? "ends too early or has values that no encoder writes" : "continues after its points"
  throw new RangeError(`its layer ${layer} of ${size} bytes ${what}`)
}

const firstValue = (view: DataView, type: ColumnType, at: number): number =>
  (view[`get${type}`] as DataView["getInt32"]).call(view, at, true)

/**
 * Fills a column with its first value. Flags (`links` given) retain each point's channel in bits
 * 4–5.
 */
const repeatFirst = (column: Column, links: Uint16Array | undefined): void => {
  const first = column[0]
  if (links === undefined) column.fill(first)
  else for (let i = 1; i < column.length; i++) column[i] = (first & 0xcf) | (((links[i] >> 8) & 3) << 4)
}
