/** Calls GDAL in this process, and measures layers by GDAL's arithmetic and by ours. */
import { loadGdal } from "../engine/formats/raster/load-gdal.js"
import { readFlatGeobuf } from "../engine/formats/vector/flatgeobuf/reader.js"
import type { Features, Raster } from "../engine/kernel.js"
import { checksumOf } from "./product/checksum.js"

// gdal-async is optional and may be absent at compile time, so the used part of it is declared
// here.

interface PeerGeometry {
  readonly name: string
  readonly children?: { count(): number; get(index: number): PeerGeometry }
  readonly rings?: { count(): number; get(index: number): PeerGeometry }
  readonly points?: { count(): number }
  getLength?(): number
  getArea?(): number
}

export interface PeerLayer {
  readonly fields: { add(field: unknown): void }
  readonly features: { count(): number; first(): PeerFeature | null; next(): PeerFeature | null }
}

/** A feature. Null geometries are not counted. */
interface PeerFeature {
  readonly fields: { get(index: number): unknown }
  getGeometry(): PeerGeometry
}

export interface PeerBand {
  noDataValue: number | null
  readonly pixels: {
    write(x: number, y: number, width: number, height: number, data: Float32Array | Uint8Array): void
    read(x: number, y: number, width: number, height: number): Float32Array
  }
}

export interface PeerDataset {
  geoTransform: number[] | null
  readonly rasterSize: { readonly x: number; readonly y: number } | null
  readonly layers: { get(index: number): PeerLayer; create(name: string, srs: null, type: number): PeerLayer }
  readonly bands: { get(id: number): PeerBand }
  close(): void
}

/** The used part of gdal-async. */
export interface PeerGdal {
  readonly version: string
  readonly wkbLineString: number
  readonly wkbPolygon: number
  readonly FieldDefn: new (name: string, type: string) => unknown
  readonly drivers: {
    get(name: string): { create(path: string, x?: number, y?: number, bands?: number, type?: string): PeerDataset }
  }
  open(path: string): PeerDataset
  contourGenerate(options: {
    src: PeerBand
    dst: PeerLayer
    interval: number
    elevField: number
    nodata?: number
  }): void
  polygonize(options: {
    src: PeerBand
    dst: PeerLayer
    mask: PeerBand
    pixValField: number
    connectedness: number
  }): void
  vectorTranslate(path: string, source: PeerDataset, args: readonly string[]): PeerDataset
  readonly vsimem: { release(path: string): Uint8Array }
}

/** Loads GDAL. @throws Error with the remedy if gdal-async is not installed */
export const requirePeerGdal = async (): Promise<PeerGdal> => {
  const gdal = await loadGdal()
  if (gdal === undefined) throw new Error("gdal-async is not installed (`node setup.mjs --gdal`)")
  return gdal as unknown as PeerGdal
}

export const memoryRaster = (gdal: PeerGdal, raster: Raster): PeerDataset => {
  const { width, height, minX, maxY, cellSize, data } = raster
  const dataset = gdal.drivers.get("MEM").create("", width, height, 1, data instanceof Uint8Array ? "Byte" : "Float32")
  dataset.geoTransform = [minX, cellSize, 0, maxY, 0, -cellSize]
  dataset.bands.get(1).pixels.write(0, 0, width, height, data)
  return dataset
}

/** Measures a layer with GDAL's own arithmetic. */
export const measureLayer = (layer: PeerLayer): LayerFigures => {
  const sum = { features: 0, vertices: 0, length: 0, area: 0 }
  const add = (geometry: PeerGeometry): void => {
    const { children, rings, points } = geometry
    if (children !== undefined) {
      for (let i = 0; i < children.count(); i++) add(children.get(i))
      return
    }
    if (rings !== undefined) {
      for (let i = 0; i < rings.count(); i++) sum.vertices += rings.get(i).points?.count() ?? 0
      sum.area += geometry.getArea?.() ?? Number.NaN
      return
    }
    sum.vertices += points?.count() ?? 0
    sum.length += geometry.getLength?.() ?? Number.NaN
  }
  for (let feature = layer.features.first(); feature !== null; feature = layer.features.next()) {
    sum.features++
    add(feature.getGeometry())
  }
  return sum
}

export const measureFile = async (path: string): Promise<LayerFigures> => {
  const dataset = (await requirePeerGdal()).open(path)
  try {
    return measureLayer(dataset.layers.get(0))
  } finally {
    dataset.close()
  }
}

/**
 * Measures our features as `measureLayer` does GDAL's: lengths of lines, areas of polygons without
 * their holes.
 */
export const measureFeatures = ({ geometry, dimension, coordinates, ringEnds, partEnds }: Features) => {
  let [length, doubled] = [0, 0]
  let start = 0
  for (const end of ringEnds) {
    const [x0, y0] = [coordinates[dimension * start]!, coordinates[dimension * start + 1]!]
    for (let v = start + 1; v < end; v++) {
      const [ax, ay] = [coordinates[dimension * (v - 1)]! - x0, coordinates[dimension * (v - 1) + 1]! - y0]
      const [bx, by] = [coordinates[dimension * v]! - x0, coordinates[dimension * v + 1]! - y0]
      length += Math.hypot(bx - ax, by - ay)
      doubled += ax * by - ay * bx
    }
    start = end
  }
  const isArea = geometry === "Polygon"
  return {
    features: partEnds.length,
    vertices: coordinates.length / dimension,
    length: isArea ? 0 : length,
    area: isArea ? doubled / 2 : 0,
  }
}

/** Counts and sizes of a layer: lengths of lines or areas of polygons, in units of the CRS. */
export type LayerFigures = ReturnType<typeof measureFeatures>

/** Digest of the ids, coordinates and attributes of features, independent of their order. */
export const digestFeatures = ({ ids, partEnds, ringEnds, coordinates, dimension, columns }: Features): string => {
  const ringStart = (ring: number): number => ringEnds[ring - 1] ?? 0
  const attributes = Object.entries(columns)
  const each = ids.map((id, f) => {
    const rings = ringEnds.slice(partEnds[f - 1] ?? 0, partEnds[f])
    const [start, end] = [ringStart(partEnds[f - 1] ?? 0), rings.at(-1) ?? 0]
    const values = attributes.map(([name, { values }]) => [name, values[f]])
    const places = coordinates.slice(dimension * start, dimension * end)
    return checksumOf([id, Object.fromEntries(values), rings.map((ringEnd) => ringEnd - start), places])
  })
  return checksumOf(each.sort())
}

export const measureOurs = async (path: string): Promise<LayerFigures> =>
  measureFeatures((await readFlatGeobuf(path)).features)
