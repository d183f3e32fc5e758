/** Writes one layer as GeoParquet, in row groups that bound memory. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer"
import { Box2 } from "../../core/geometry/box.js"
import { boxOfRings } from "../../core/geometry/rings.js"
import { EngineError } from "../../errors.js"
import { describeProjJson, type ProjJson } from "../../grid/projjson.js"
import { type PartWriter, writeInParts } from "../../io/part-writer.js"
import type { LayerStream, StreamFeature, StreamField } from "./flatgeobuf/layer-stream.js"
import { encodeWkb } from "./wkb.js"
import { onlyLayer, type WriteFormat } from "./write-format.js"

/** Features in a row group: the unit of reading, and of memory while writing. */
const ROW_GROUP = 1 << 15

/**
 * Writes a layer as GeoParquet 1.1 (geoparquet.org/releases/v1.1.0): Snappy, row groups of 32,768
 * features in the order of the layer's Hilbert curve.
 *
 * | column | |
 * |---|---|
 * | the layer's own | UTF8, DOUBLE or INT32; null if missing; `id` is never null |
 * | bbox | xmin, ymin, xmax, ymax, DOUBLE: the covering by which readers skip row groups |
 * | geometry | WKB ({@link encodeWkb}) |
 *
 * The file's metadata has `geo`, with the CRS as PROJJSON, and `maille`, the layer's origin.
 * Memory: two row groups.
 *
 * @throws EngineError E_INPUT for a CRS that maille cannot define; E_INTERNAL unless there is
 *   exactly one layer
 */
export const writeGeoParquet: WriteFormat = async (layers, path, { software }) => {
  const layer = onlyLayer(layers, "GeoParquet")
  const crs = describeCrs(layer)
  return writeInParts(path, async (out) => {
    const sink = streamTo(out)
    const writer = new ParquetWriter({
      writer: sink,
      schema: buildSchema(layer),
      createdBy: software,
      // Filled in once the bounding box is known: the metadata is written last.
      kvMetadata: [],
    })
    let box: Box2 = [Infinity, Infinity, -Infinity, -Infinity]
    let count = 0
    for await (const group of readGroups(layer)) {
      const boxes = group.map(({ parts }) => boxOfRings(parts.flat(), layer.dimension))
      box = boxes.reduce(Box2.union, box)
      sink.empty = false
      await writer.write({ columnData: buildColumns(group, layer, boxes), rowGroupSize: ROW_GROUP })
      count += group.length
    }
    writer.kvMetadata = [
      { key: "geo", value: JSON.stringify(describeGeometry(layer, crs, count > 0 ? box : undefined)) },
      { key: "maille", value: JSON.stringify(layer.metadata) },
    ]
    await writer.finish()
    return [{ name: layer.name, features: count }]
  })
}

/**
 * Flushes the package's bytes to the file after each row group. `empty`: no row group was written.
 */
const streamTo = (out: PartWriter): ByteWriter & { empty: boolean } => {
  const flush = async (): Promise<void> => {
    const bytes = sink.getBytes().slice()
    sink.index = 0
    if (sink.empty) nameEmptyList(bytes)
    await out.write(bytes)
  }
  const sink = Object.assign(new ByteWriter(1 << 20), { empty: true, flush, finish: flush })
  return sink
}

/**
 * In the metadata (Thrift compact protocol): field 3, number of rows, is 0; field 4 is a list. One
 * byte follows: the list's length and element type.
 */
const NO_ROWS = Uint8Array.of(0x16, 0x00, 0x19)
/** An empty list of structs. */
const EMPTY_LIST = 0x0c

/**
 * Corrects the type of an empty list of row groups. The package writes none, and strict readers
 * (parquet-rs) require structs.
 */
const nameEmptyList = (bytes: Uint8Array): void => {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(NO_ROWS)
  if (at >= 0) bytes[at + NO_ROWS.length] = EMPTY_LIST
}

/** The CRS for GeoParquet: null if unknown, absent for longitude and latitude on WGS 84. */
const describeCrs = ({ name, epsg }: LayerStream): { readonly crs?: ProjJson | null } => {
  if (epsg === undefined) return { crs: null }
  if (epsg === 4326) return {}
  const crs = describeProjJson(epsg)
  if (crs !== undefined) return { crs }
  const text = `layer ${name}: no built-in definition of EPSG:${epsg}, which GeoParquet needs. Use gpkg, or convert the layer.`
  throw new EngineError("E_INPUT", text)
}

const describeGeometry = (
  { geometry, multiple, dimension }: LayerStream,
  crs: { readonly crs?: ProjJson | null },
  box: Box2 | undefined,
): object => {
  const heights = dimension === 3 ? " Z" : ""
  const corner = (name: string): readonly string[] => ["bbox", name]
  return {
    version: "1.1.0",
    primary_column: "geometry",
    columns: {
      geometry: {
        encoding: "WKB",
        geometry_types: multiple ? [`${geometry}${heights}`, `Multi${geometry}${heights}`] : [`${geometry}${heights}`],
        ...crs,
        ...(box === undefined ? {} : { bbox: box }),
        covering: { bbox: { xmin: corner("xmin"), ymin: corner("ymin"), xmax: corner("xmax"), ymax: corner("ymax") } },
      },
    },
  }
}

const PARQUET_TYPES = {
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  number: { type: "DOUBLE" },
  integer: { type: "INT32" },
  boolean: { type: "BOOLEAN" },
} as const

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"]
type Columns = Parameters<ParquetWriter["write"]>[0]["columnData"]

const isId = (_field: StreamField, place: number): boolean => place === 0

const buildSchema = ({ fields }: LayerStream): Schema => [
  { name: "root", num_children: fields.length + 2 },
  ...fields.map((field, place): Schema[number] => ({
    name: field.name,
    ...PARQUET_TYPES[field.type],
    repetition_type: isId(field, place) ? "REQUIRED" : "OPTIONAL",
  })),
  { name: "bbox", num_children: 4, repetition_type: "REQUIRED" },
  ...["xmin", "ymin", "xmax", "ymax"].map((name): Schema[number] => ({
    name,
    type: "DOUBLE",
    repetition_type: "REQUIRED",
  })),
  { name: "geometry", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
]

const buildColumns = (group: readonly StreamFeature[], layer: LayerStream, boxes: readonly Box2[]): Columns => [
  ...layer.fields.map(({ name }, place) => ({ name, data: group.map(({ values }) => values[place] ?? null) })),
  { name: "bbox", data: boxes.map(([xmin, ymin, xmax, ymax]) => ({ xmin, ymin, xmax, ymax })) },
  // Minimum and maximum of geometries are useless.
  { name: "geometry", data: group.map((feature) => encodeWkb(feature, layer)), statistics: false },
]

async function* readGroups(layer: LayerStream): AsyncGenerator<readonly StreamFeature[]> {
  let group: StreamFeature[] = []
  for await (const batch of layer.features()) {
    for (const feature of batch) {
      group.push(feature)
      if (group.length < ROW_GROUP) continue
      yield group
      group = []
    }
  }
  if (group.length > 0) yield group
}
