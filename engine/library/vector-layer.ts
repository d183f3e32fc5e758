/** Reads and writes the layers of the library: features one by one, as FlatGeobuf. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import {
  boxArgument,
  checkTexts,
  choiceArgument,
  isNumbers,
  listArgument,
  objectArgument,
  pathArgument,
  wholeArgument,
} from "../core/arguments.js"
import { atomicWrite, moveIntoPlace, outputError, writeSynced } from "../core/files/atomic-write.js"
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { concatenate, elementAt } from "../core/lists.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import {
  joinFeature,
  type LayerStream,
  openLayerStream,
  type StreamFeature,
} from "../formats/vector/flatgeobuf/layer-stream.js"
import { mergeLayer } from "../formats/vector/flatgeobuf/merge-layer.js"
import { openFlatGeobufSearch } from "../formats/vector/flatgeobuf/search.js"
import { encodeFlatGeobuf, type LayerFacts } from "../formats/vector/flatgeobuf/writer.js"
import { unknownName } from "../job/check-options.js"
import type { Column, Features } from "../kernel.js"
import type {
  Feature,
  FeatureColumnType,
  FeaturesQuery,
  FeatureValue,
  NewFeature,
  NewLayer,
  VectorLayer,
} from "./types.js"

/** Features of a part while writing. */
const PART = 20_000

/** Opens the layer behind `openFeatures`. */
export const openLayer = async (stated: string): Promise<VectorLayer> => {
  const path = pathArgument(stated)
  const stream = await openLayerStream(path)
  const { name, geometry, dimension, epsg, fields, metadata } = stream
  return {
    name,
    geometry,
    dimension,
    epsg,
    columns: Object.fromEntries(fields.slice(1).map((field) => [field.name, field.type])),
    metadata,
    features: (query) => streamFeatures(path, stream, query),
    close: () => stream.close(),
  }
}

async function* streamFeatures(
  path: string,
  stream: LayerStream,
  stated: FeaturesQuery | undefined,
): AsyncGenerator<Feature, void> {
  const query = objectArgument(stated, "query")
  const box = boxArgument(query.box)
  listArgument(query.columns, "columns", "string")
  const names = stream.fields.map(({ name }) => name)
  for (const name of query.columns ?? [])
    if (!names.includes(name)) throw unknownName(`column of ${path}`, name, names.slice(1), "columns")
  const taken = query.columns ?? names.slice(1)
  const places = taken.map((name) => [name, names.indexOf(name)] as const)
  const batches = box === undefined ? stream.features() : featuresIn(path, stream, box)
  for await (const batch of batches)
    for (const { id, values, parts } of batch)
      yield { id, parts, properties: Object.fromEntries(places.map(([name, at]) => [name, values[at] ?? null])) }
}

/** The features whose boxes meet a box: by the index, or one by one in a file without it. */
async function* featuresIn(path: string, stream: LayerStream, box: Box2): AsyncGenerator<readonly StreamFeature[]> {
  if (!stream.indexed) {
    for await (const batch of stream.features())
      yield batch.filter(({ parts }) => {
        const [minX, minY, maxX, maxY] = boxOfRings(parts.flat(), stream.dimension)
        return minX <= box[2] && maxX >= box[0] && minY <= box[3] && maxY >= box[1]
      })
    return
  }
  const layer = await openFlatGeobufSearch(path)
  try {
    const found: StreamFeature[] = []
    const feature: Parameters<typeof layer.search>[1]["feature"] = (rows) => {
      const one = joinFeature(rows, found.length, stream.fields)
      if (one !== undefined) found.push(one)
    }
    await layer.search(box, { box: () => true, feature })
    yield found
  } finally {
    await layer.close()
  }
}

/** Writes the layer behind `writeFeatures`; returns the number of features. */
export const writeLayer = async (
  stated: string,
  features: Iterable<NewFeature> | AsyncIterable<NewFeature> | Features,
  layer: NewLayer,
): Promise<number> => {
  const path = pathArgument(stated)
  checkLayer(objectArgument(layer, "layer"))
  if (!isIterable(features)) throw optionError("features", "they are no list of features. Give an array, or Features.")
  const { epsg, metadata = {}, name = basename(path).replace(/\.fgb$/i, "") } = layer
  const facts = { name, epsg, metadata }
  await mkdir(dirname(path), { recursive: true })
  if ("ids" in features) {
    await atomicWrite(path, encode(features, facts), dirname(path))
    return features.ids.length
  }
  const folder = await mkdtemp(join(dirname(path), ".maille-")).catch((cause: unknown) => {
    throw outputError(path, cause)
  })
  try {
    const parts: string[] = []
    let columns = layer.columns
    let count = 0
    for await (const batch of cutBatches(features)) {
      columns ??= inferColumns(elementAt(batch, 0))
      const part = join(folder, `${parts.length}.fgb`)
      await writeFile(part, encode(makeTable(batch, count, columns, layer), withBooleans(facts, columns)))
      parts.push(part)
      count += batch.length
    }
    if (count === 0)
      await writeFile(
        join(folder, "0.fgb"),
        encode(makeTable([], 0, columns ?? {}, layer), withBooleans(facts, columns)),
      )
    const merged = await asUsage(() => mergeLayer(count === 0 ? [join(folder, "0.fgb")] : parts, facts))
    const whole = join(folder, "whole")
    await writeSynced(whole, merged.bytes)
    await moveIntoPlace(whole, path)
    return count
  } finally {
    await rm(folder, { recursive: true })
  }
}

const isIterable = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Symbol.iterator in value || Symbol.asyncIterator in value || Array.isArray((value as Partial<Features>).ids))

/** @throws EngineError E_USAGE for a value that a layer cannot have */
const checkLayer = ({ epsg, geometry, dimension, columns, name, metadata }: NewLayer): void => {
  if (epsg === undefined) throw optionError("epsg", "the layer has no CRS. Give its EPSG code.")
  wholeArgument(epsg, "epsg", 1)
  choiceArgument(geometry, "geometry", ["Polygon", "LineString", "Point"])
  if (dimension !== undefined && dimension !== 2 && dimension !== 3)
    throw optionError("dimension", `${String(dimension)} is not valid. Give 2 or 3.`)
  for (const type of Object.values(objectArgument(columns, "columns")))
    choiceArgument(type, "columns", ["number", "integer", "string"])
  checkTexts(metadata, "metadata")
  checkTexts(name === undefined ? {} : { name }, "layer")
}

async function* cutBatches(features: Iterable<NewFeature> | AsyncIterable<NewFeature>): AsyncGenerator<NewFeature[]> {
  let batch: NewFeature[] = []
  for await (const feature of features) {
    batch.push(feature)
    if (batch.length < PART) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const withBooleans = (facts: LayerFacts, columns: Columns = {}): LayerFacts => ({
  ...facts,
  columns: Object.fromEntries(
    Object.entries(columns).flatMap(([name, type]) => (type === "boolean" ? [[name, { as: "boolean" as const }]] : [])),
  ),
})

const encode = (features: Features, facts: LayerFacts): Uint8Array => {
  try {
    return encodeFlatGeobuf(features, facts)
  } catch (error) {
    throw usageOf(error)
  }
}

const asUsage = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw usageOf(error)
  }
}

/** Faults of features are the caller's, not maille's. */
const usageOf = (error: unknown): unknown =>
  error instanceof EngineError && error.code === "E_INTERNAL"
    ? new EngineError("E_USAGE", `${error.message}. Correct the features.`, error.context, error)
    : error

type Columns = Readonly<Record<string, FeatureColumnType>>

const inferColumns = ({ properties = {} }: NewFeature): Columns =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const type = typeof value
      return [name, type === "number" || type === "boolean" ? type : "string"]
    }),
  )

/** Features in the form of the writer; the first has the number `first`. */
const makeTable = (
  batch: readonly NewFeature[],
  first: number,
  columns: Columns,
  { geometry = "Polygon", dimension = 2 }: NewLayer,
): Features => {
  for (const one of batch) {
    const { parts } = objectArgument(one, "features")
    if (!Array.isArray(parts) || !parts.every((rings) => Array.isArray(rings) && rings.every(isNumbers)))
      throw optionError("features", "a feature has no parts. Give parts: [[[x, y, …]]], its rings of numbers.")
    if (parts.length !== 1)
      throw optionError("features", `a feature has ${parts.length} parts; expected one. Write each as its own feature.`)
  }
  const rings = batch.flatMap(({ parts }) => parts.flat())
  const ringEnds = new Uint32Array(rings.length)
  let end = 0
  for (const [r, ring] of rings.entries()) {
    if (ring.length % dimension !== 0)
      throw optionError(
        "features",
        `a ring of ${ring.length} numbers has no whole vertices of ${dimension}. Check dimension.`,
      )
    end += ring.length / dimension
    ringEnds[r] = end
  }
  let ring = 0
  const partEnds = Uint32Array.from(batch, ({ parts }) => {
    ring += elementAt(parts, 0).length
    return ring
  })
  return {
    geometry,
    dimension,
    coordinates: concatenate(
      Float64Array,
      rings.map((ring) => Float64Array.from(ring)),
    ),
    ringEnds,
    partEnds,
    ids: batch.map(({ id }, i) => id ?? String(first + i)),
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, type]) => [
        name,
        makeColumn(
          name,
          type,
          batch.map(({ properties }) => properties?.[name] ?? null),
        ),
      ]),
    ),
  }
}

const makeColumn = (name: string, type: FeatureColumnType, values: readonly FeatureValue[]): Column => {
  if (type === "string") return { type, values: values.map((value) => (value === null ? "" : String(value))) }
  const numbers = values.map((value) => (value === null ? Number.NaN : Number(value)))
  if (type === "number") return { type, values: Float64Array.from(numbers) }
  if (type === "boolean" && numbers.some((value) => value !== 0 && value !== 1))
    throw optionError("columns", `"${name}" has a value that is neither true nor false. Declare it as an integer.`)
  if (numbers.some((value) => value !== (value | 0)))
    throw optionError("columns", `"${name}" has a value that is no 32-bit integer. Declare it as a number.`)
  return { type: "integer", values: Int32Array.from(numbers) }
}
