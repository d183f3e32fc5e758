/** Writes a layer as GeoJSON (RFC 7946) or newline-delimited GeoJSON. */

import { doubledArea } from "../../core/geometry/rings.js"
import { optionError } from "../../core/parse-values.js"
import { writeInParts } from "../../io/part-writer.js"
import type { LayerStream, StreamFeature } from "./flatgeobuf/layer-stream.js"
import { projectToGeographic } from "./geographic.js"
import { onlyLayer, type WriteFormat, type WriteFormatOptions } from "./write-format.js"

/** Steps in a degree: 8 decimals, 1.1 mm on the ground. */
const DEGREE_STEPS = 1e8
/** Steps in a metre of height: 3 decimals. */
const HEIGHT_STEPS = 1e3

/**
 * Writes a layer as GeoJSON (RFC 7946): one FeatureCollection, one feature a line, longitude and
 * latitude on WGS 84 with 8 decimals. With `keepCrs` it writes the layer's own coordinates. The
 * member `crs` of the 2008 specification then names their CRS; RFC 7946 dropped it, but GDAL, QGIS
 * and maille read it.
 *
 * Heights stay above the geoid, although RFC 7946 §4 expects them above the ellipsoid. The foreign
 * member `metadata` states the layer's origin. Rings turn as in RFC 7946 §3.1.6. Memory: a few
 * megabytes.
 *
 * @throws EngineError as {@link projectToGeographic}; E_INTERNAL unless there is exactly one layer
 */
export const writeGeoJson: WriteFormat = async (layers, path, options) => {
  const layer = onlyLayer(layers, "GeoJSON")
  const { name, epsg, metadata } = layer
  return writeInParts(path, async (out) => {
    const members = [`"type":"FeatureCollection"`, `"name":${JSON.stringify(name)}`]
    if (options.keepCrs && epsg !== undefined)
      members.push(`"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::${epsg}"}}`)
    members.push(`"metadata":${JSON.stringify(metadata)}`)
    await out.write(encoder.encode(`{${members.join(",")},"features":[\n`))
    const features = await writeFeatures(layer, options, async (lines, first) => {
      await out.write(encoder.encode(`${first ? "" : ",\n"}${lines.join(",\n")}`))
    })
    await out.write(encoder.encode("\n]}\n"))
    return [{ name, features }]
  })
}

/**
 * Writes a layer as newline-delimited GeoJSON: one feature a line, coordinates as in
 * {@link writeGeoJson}. It can state neither CRS nor origin. Omits the record separators of RFC
 * 8142; most programs read both forms.
 *
 * @throws EngineError as {@link writeGeoJson}; E_USAGE for `keepCrs`
 */
export const writeGeoJsonSeq: WriteFormat = async (layers, path, options) => {
  const layer = onlyLayer(layers, "GeoJSON")
  if (options.keepCrs) {
    throw optionError("--keep-crs", 'works only with --to geojson, not with "geojsonl". Leave it out.')
  }
  return writeInParts(path, async (out) => {
    const features = await writeFeatures(layer, options, (lines) => out.write(encoder.encode(`${lines.join("\n")}\n`)))
    return [{ name: layer.name, features }]
  })
}

const encoder = new TextEncoder()

const writeFeatures = async (
  layer: LayerStream,
  { keepCrs }: WriteFormatOptions,
  write: (lines: readonly string[], first: boolean) => Promise<void>,
): Promise<number> => {
  const position = positionText(layer, keepCrs)
  const names = layer.fields.map(({ name }) => `${JSON.stringify(name)}:`)
  let count = 0
  for await (const batch of layer.features()) {
    const lines = batch.map((feature) => writeFeature(feature, layer, names, position))
    await write(lines, count === 0)
    count += batch.length
  }
  return count
}

const writeFeature = (
  { id, values, parts }: StreamFeature,
  { geometry, dimension, multiple }: LayerStream,
  names: readonly string[],
  position: (ring: Float64Array, at: number) => string,
): string => {
  const ringText = (ring: Float64Array, backwards: boolean): string => {
    const texts: string[] = []
    for (let at = 0; at < ring.length; at += dimension) texts.push(position(ring, at))
    return `[${(backwards ? texts.reverse() : texts).join(",")}]`
  }
  const partText = (rings: readonly Float64Array[]): string => {
    if (geometry === "Polygon")
      return `[${rings.map((ring, r) => ringText(ring, turnsWrong(ring, dimension, r > 0))).join(",")}]`
    const [line = new Float64Array(0)] = rings
    return geometry === "Point" ? position(line, 0) : ringText(line, false)
  }
  const many = multiple || parts.length > 1
  const texts = parts.map(partText)
  const coordinates = many ? `[${texts.join(",")}]` : texts[0]
  const properties = names.map((name, i) => `${name}${JSON.stringify(values[i])}`).join(",")
  return `{"type":"Feature","id":${JSON.stringify(id)},"properties":{${properties}},"geometry":{"type":"${many ? "Multi" : ""}${geometry}","coordinates":${coordinates}}}`
}

/** Outer rings must turn left, holes right. */
const turnsWrong = (ring: Float64Array, dimension: 2 | 3, hole: boolean): boolean =>
  doubledArea(ring, dimension) > 0 === hole

const positionText = (layer: LayerStream, keepCrs: boolean): ((ring: Float64Array, at: number) => string) => {
  const height = (ring: Float64Array, at: number): string =>
    layer.dimension === 3 ? `,${Math.round(ring[at + 2]! * HEIGHT_STEPS) / HEIGHT_STEPS}` : ""
  if (keepCrs) return (ring, at) => `[${ring[at]},${ring[at + 1]}${height(ring, at)}]`
  const toGeographic = projectToGeographic(layer)
  const degrees = (value: number): number => Math.round(value * DEGREE_STEPS) / DEGREE_STEPS
  return (ring, at) => {
    const [lon, lat] = toGeographic(ring[at]!, ring[at + 1]!)
    return `[${degrees(lon)},${degrees(lat)}${height(ring, at)}]`
  }
}
