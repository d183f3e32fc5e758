/**
 * Writes features in memory as a file: header, index, features. `merge-layer.ts` joins such files.
 */
import { Builder } from "flatbuffers"
import { Column as ColumnTable } from "flatgeobuf/lib/mjs/flat-geobuf/column.js"
import { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { Crs } from "flatgeobuf/lib/mjs/flat-geobuf/crs.js"
import { GeometryType } from "flatgeobuf/lib/mjs/flat-geobuf/geometry-type.js"
import { Header } from "flatgeobuf/lib/mjs/flat-geobuf/header.js"
import { boxOfRings } from "../../../core/geometry/rings.js"
import { canonicalJson } from "../../../core/hash.js"
import { concatenate, elementAt } from "../../../core/lists.js"
import { EngineError } from "../../../errors.js"
import type { Features } from "../../../kernel.js"
import { type FieldFacts, type FieldType, featureWriter, fieldTypes } from "./feature-bytes.js"
import { hilbertOrder, packRtree, rtreeNodeSize } from "./packed-rtree.js"

/** "fgb", version 3, "fgb", patch 1. */
const flatGeobufMagic = Uint8Array.of(0x66, 0x67, 0x62, 3, 0x66, 0x67, 0x62, 1)

/** Name, CRS and metadata of a layer. */
export interface LayerFacts {
  /** Layer name, as GIS programs list it. */
  readonly name: string
  /** EPSG code of the CRS. */
  readonly epsg: number
  /**
   * Free text by name (source, dates, licence, version, options hash). It is a JSON object in the
   * header, which GDAL shows as layer metadata.
   */
  readonly metadata: Readonly<Record<string, string>>
  readonly title?: string
  readonly description?: string
  /** Meaning of the columns, where it is known. */
  readonly columns?: FieldFacts | undefined
}

/** Types of the columns of a file that maille writes. */
export const columnTypes: Readonly<Record<FieldType, ColumnType>> = {
  number: ColumnType.Double,
  integer: ColumnType.Int,
  string: ColumnType.String,
  boolean: ColumnType.Bool,
  date: ColumnType.DateTime,
}

/**
 * Encodes a FlatGeobuf file (version 3) with spatial index and CRS.
 *
 * | part | bytes |
 * |---|---|
 * | magic | 8 |
 * | header, size-prefixed flatbuffer | 4 + n |
 * | packed Hilbert R-tree, node size 16 (absent in an empty layer) | 40 a node |
 * | features, size-prefixed flatbuffers, in Hilbert order of their boxes, ties by id | the rest |
 *
 * Column `id` (string) is first, then the declared ones: number → Double, integer → Int or Bool,
 * string → String or DateTime. NaN and unknown dates are omitted (null). The bytes depend only on
 * the set of features and the facts, not on the order of the features.
 *
 * @throws E_INTERNAL if ids repeat, or a point or line has several parts
 */
export const encodeFlatGeobuf = (features: Features, facts: LayerFacts): Uint8Array => {
  const count = features.ids.length
  const boxes = measureBoxes(features)
  if (new Set(features.ids).size !== count) {
    throw new EngineError("E_INTERNAL", `layer ${facts.name}: two features have one id`)
  }
  const order = hilbertOrder(boxes, features.ids)
  const parts: Uint8Array[] = [encodeFlatGeobufHead(describeShape(features, boxOfRings([boxes]), facts.columns), facts)]
  if (count > 0) {
    const bytesOf = featureWriter(features, facts.columns)
    const encoded = Array.from(order, (index) => {
      checkParts(features, index)
      return bytesOf(index)
    })
    const sortedBoxes = new Float64Array(4 * count)
    order.forEach((index, i) => {
      sortedBoxes.set(boxes.subarray(4 * index, 4 * index + 4), 4 * i)
    })
    const sizes = encoded.map((bytes) => bytes.length)
    parts.push(packRtree(sortedBoxes, sizes))
    // One by one: spreading 100,000 features would exceed the arguments of a call.
    for (const feature of encoded) parts.push(feature)
  }
  return concatenate(Uint8Array, parts)
}

const ringsOf = (features: Features, index: number): [first: number, end: number] => [
  index === 0 ? 0 : features.partEnds[index - 1]!,
  features.partEnds[index]!,
]

const vertexStart = (features: Features, ring: number): number => (ring === 0 ? 0 : features.ringEnds[ring - 1]!)

/**
 * Boxes of features, four numbers each: minX, minY, maxX, maxY.
 *
 * @throws EngineError E_INTERNAL for a feature without vertices, or with a vertex that is no number
 */
export const measureBoxes = (features: Features): Float64Array => {
  const { coordinates, dimension, ids } = features
  const boxes = new Float64Array(4 * ids.length)
  for (let f = 0; f < ids.length; f++) {
    const [firstRing, endRing] = ringsOf(features, f)
    const [from, to] = [vertexStart(features, firstRing), vertexStart(features, endRing)]
    // A NaN passes through and is refused below.
    const box = boxOfRings([coordinates.subarray(dimension * from, dimension * to)], dimension)
    const [minX, minY, maxX, maxY] = box
    if (!(minX <= maxX && minY <= maxY && Number.isFinite(maxX - minX) && Number.isFinite(maxY - minY))) {
      throw new EngineError(
        "E_INTERNAL",
        `feature ${ids[f]}: its box is ${minX} ${minY} ${maxX} ${maxY}; expected finite vertices`,
      )
    }
    boxes.set(box, 4 * f)
  }
  return boxes
}

/**
 * @throws EngineError `E_INTERNAL` if a point or line has several parts: no layer of maille has
 *   such a type
 */
const checkParts = (features: Features, index: number): void => {
  const [firstRing, endRing] = ringsOf(features, index)
  if (features.geometry === "Polygon" || endRing - firstRing === 1) return
  throw new EngineError(
    "E_INTERNAL",
    `feature ${features.ids[index]}: ${endRing - firstRing} parts in a ${features.geometry}; expected one`,
  )
}

/** The properties of a layer that its header states. */
export interface LayerShape extends Pick<Features, "geometry" | "dimension"> {
  readonly count: number
  /** Names and types in order, `id` first. */
  readonly columns: readonly (readonly [name: string, type: FieldType])[]
  /** minX, minY, maxX, maxY of all features; ignored in an empty layer. */
  readonly bounds: readonly [number, number, number, number]
}

/** Returns the shape of features whose bounds are known. */
export const describeShape = (
  features: Features,
  bounds: LayerShape["bounds"],
  facts?: LayerFacts["columns"],
): LayerShape => {
  const { geometry, dimension, ids } = features
  const names = ["id", ...Object.keys(features.columns)]
  const columns = fieldTypes(features, facts).map((type, i) => [elementAt(names, i), type] as const)
  return { geometry, dimension, count: ids.length, columns, bounds }
}

/**
 * Encodes magic and header, the start of {@link encodeFlatGeobuf}'s file. Builds the header table
 * by table: the package's own writer omits index, CRS organisation, envelope and metadata.
 */
export const encodeFlatGeobufHead = (shape: LayerShape, facts: LayerFacts): Uint8Array =>
  concatenate(Uint8Array, [flatGeobufMagic, encodeHeader(shape, facts)])

const encodeHeader = (shape: LayerShape, facts: LayerFacts): Uint8Array => {
  const builder = new Builder(1024)
  const { count } = shape
  const columns = shape.columns.map(([name, type]) => {
    const nameOffset = builder.createString(name)
    const { help, unit } = facts.columns?.[name] ?? {}
    const meaning = help === undefined ? 0 : builder.createString(unit === undefined ? help : `${help} (${unit})`)
    ColumnTable.startColumn(builder)
    ColumnTable.addName(builder, nameOffset)
    ColumnTable.addType(builder, columnTypes[type])
    if (meaning) ColumnTable.addDescription(builder, meaning)
    ColumnTable.addNullable(builder, name !== "id")
    ColumnTable.addUnique(builder, name === "id")
    return ColumnTable.endColumn(builder)
  })
  const columnsOffset = Header.createColumnsVector(builder, columns)
  const org = builder.createString("EPSG")
  const codeString = builder.createString(String(facts.epsg))
  Crs.startCrs(builder)
  Crs.addOrg(builder, org)
  Crs.addCode(builder, facts.epsg)
  Crs.addCodeString(builder, codeString)
  const crs = Crs.endCrs(builder)
  const envelope = count > 0 ? Header.createEnvelopeVector(builder, [...shape.bounds]) : 0
  const name = builder.createString(facts.name)
  const title = facts.title === undefined ? 0 : builder.createString(facts.title)
  const description = facts.description === undefined ? 0 : builder.createString(facts.description)
  const metadata = builder.createString(canonicalJson(facts.metadata))
  Header.startHeader(builder)
  Header.addName(builder, name)
  if (envelope) Header.addEnvelope(builder, envelope)
  Header.addGeometryType(builder, GeometryType[shape.geometry])
  Header.addHasZ(builder, shape.dimension === 3)
  Header.addColumns(builder, columnsOffset)
  Header.addFeaturesCount(builder, BigInt(count))
  Header.addIndexNodeSize(builder, count > 0 ? rtreeNodeSize : 0)
  Header.addCrs(builder, crs)
  if (title) Header.addTitle(builder, title)
  if (description) Header.addDescription(builder, description)
  Header.addMetadata(builder, metadata)
  builder.finishSizePrefixed(Header.endHeader(builder))
  return builder.asUint8Array()
}
