/** Cuts a feature to the tiles of a zoom level, simplified for that level. */
import { doubledArea } from "../../core/geometry/rings.js"
import type { LayerStream, StreamFeature } from "../vector/flatgeobuf/layer-stream.js"
import { clipLine, clipRing, type Path, quantisePath, simplifyPath, TILE_BUFFER, TILE_EXTENT } from "./tile-geometry.js"
import type { tileKinds } from "./tile-record.js"

/** Steps in a pixel of a tile that is drawn with 256 pixels. */
const PIXEL = TILE_EXTENT / 256
/** Largest deviation of simplified lines, in steps. The last zoom is not simplified. */
const TOLERANCE = 3
/**
 * Below the last zoom, shorter lines (pixels from end to end) and smaller polygons (area in pixels)
 * are omitted.
 */
const [LEAST_LINE, LEAST_AREA] = [4, 1]

/** First zoom of layers that declare none. */
const FIRST_OF_KIND = { Point: 14, LineString: 12, Polygon: 0 } as const

/** A feature in Web Mercator. */
export interface MercatorFeature {
  /**
   * Paths of each part: interleaved x, y from 0 to 1, from the north-west corner of Web Mercator.
   */
  readonly parts: readonly (readonly Path[])[]
  readonly kind: LayerStream["geometry"]
  /** First zoom that shows it. */
  readonly firstZoom: number
}

/** A piece of a feature in one tile. */
export interface TilePiece {
  readonly column: number
  readonly row: number
  /**
   * Size of the whole feature, in steps: the square root of a polygon's area, else the length of
   * the diagonal.
   */
  readonly size: number
  readonly paths: readonly (readonly number[])[]
}

/** Latitude at which the square of Web Mercator ends. */
const MOST_LATITUDE = 85.0511287798066

/** Projects a layer's feature to Web Mercator (EPSG:3857). `toGeographic` returns degrees. */
export const mercatorFeature = (
  feature: StreamFeature,
  layer: LayerStream,
  toGeographic: (x: number, y: number) => readonly [lon: number, lat: number],
): MercatorFeature => {
  const { dimension } = layer
  const project = (ring: Float64Array): Path => {
    const path = new Float64Array((2 * ring.length) / dimension)
    for (let i = 0, to = 0; i < ring.length; i += dimension, to += 2) {
      const [lon, lat] = toGeographic(ring[i]!, ring[i + 1]!)
      const sine = Math.sin((Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, lat)) * Math.PI) / 180)
      path[to] = lon / 360 + 0.5
      path[to + 1] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)
    }
    return path
  }
  return {
    parts: feature.parts.map((rings) => rings.map(project)),
    kind: layer.geometry,
    firstZoom: firstZoomOf(feature, layer),
  }
}

const firstZoomOf = ({ values }: StreamFeature, { port, geometry, fields }: LayerStream): number => {
  const { first = FIRST_OF_KIND[geometry], early } = port?.style?.zoom ?? {}
  const isEarly = early !== undefined && Number(values[fields.findIndex(({ name }) => name === early.column)]) === 1
  return isEarly ? early.first : first
}

/**
 * Cuts a feature to the tiles of one zoom that it meets. Below the last zoom, lines and outlines
 * are simplified and features smaller than a pixel omitted. At any zoom, paths that collapse on the
 * tile's grid are omitted. Each outer ring of a polygon is followed by its holes.
 *
 * Time: vertices × columns of tiles, plus those of each column × its rows. Outlines are cut by
 * Sutherland and Hodgman's rule. The pieces of a polygon in a tile may therefore be joined by an
 * edge of no width along the buffer.
 */
export const cutToTiles = (feature: MercatorFeature, zoom: number, isLast: boolean): TilePiece[] => {
  if (!isLast && zoom < feature.firstZoom) return []
  const world = 2 ** zoom * TILE_EXTENT
  const scaled = feature.parts.map((rings) => rings.map((path) => path.map((value) => value * world)))
  const size = measureSize(scaled, feature.kind)
  if (!isLast && size < leastSize[feature.kind]) return []
  const tolerance = isLast || feature.kind === "Point" ? 0 : TOLERANCE
  const parts = tolerance > 0 ? scaled.map((rings) => rings.map((path) => simplifyPath(path, tolerance))) : scaled
  const pieces: TilePiece[] = []
  const most = 2 ** zoom - 1
  const [minX, maxX] = measureRange(parts, 0)
  for (const column of tilesBetween(minX, maxX, most)) {
    const strip = clipParts(parts, feature.kind, 0, column)
    if (strip.length === 0) continue
    const [minY, maxY] = measureRange(strip, 1)
    for (const row of tilesBetween(minY, maxY, most)) {
      const paths = quantisePaths(clipParts(strip, feature.kind, 1, row), feature.kind, column, row)
      if (paths.length > 0) pieces.push({ column, row, size, paths })
    }
  }
  return pieces
}

const leastSize = { Point: 0, LineString: LEAST_LINE * PIXEL, Polygon: Math.sqrt(LEAST_AREA) * PIXEL } as const

type Parts = readonly (readonly Path[])[]

const measureSize = (parts: Parts, kind: keyof typeof tileKinds): number => {
  if (kind === "Polygon")
    return Math.sqrt(parts.reduce((sum, [outer]) => sum + (outer ? Math.abs(doubledArea(outer)) / 2 : 0), 0))
  const [minX, maxX] = measureRange(parts, 0)
  const [minY, maxY] = measureRange(parts, 1)
  return Math.hypot(maxX - minX, maxY - minY)
}

const measureRange = (parts: Parts, axis: 0 | 1): [min: number, max: number] => {
  let [min, max] = [Infinity, -Infinity]
  for (const paths of parts) {
    for (const path of paths) {
      for (let i = axis; i < path.length; i += 2) {
        if (path[i]! < min) min = path[i]!
        if (path[i]! > max) max = path[i]!
      }
    }
  }
  return [min, max]
}

function* tilesBetween(min: number, max: number, most: number): Generator<number> {
  const last = Math.min(most, Math.floor((max + TILE_BUFFER) / TILE_EXTENT))
  for (let tile = Math.max(0, Math.floor((min - TILE_BUFFER) / TILE_EXTENT)); tile <= last; tile++) yield tile
}

const clipParts = (parts: Parts, kind: keyof typeof tileKinds, axis: 0 | 1, tile: number): Parts => {
  const low = tile * TILE_EXTENT - TILE_BUFFER
  const high = (tile + 1) * TILE_EXTENT + TILE_BUFFER
  const [min, max] = measureRange(parts, axis)
  if (min >= low && max <= high) return parts
  if (kind === "Polygon") {
    return parts.flatMap((rings) => {
      const cut = rings.map((ring) => clipRing(ring, axis, low, high))
      const [outer, ...holes] = cut
      return outer === undefined ? [] : [[outer, ...holes.filter((hole) => hole !== undefined)]]
    })
  }
  const keep = (path: Path): Path[] =>
    kind === "LineString" ? clipLine(path, axis, low, high) : path[axis]! >= low && path[axis]! <= high ? [path] : []
  return parts.flatMap((paths) => paths.flatMap(keep).map((path) => [path]))
}

const quantisePaths = (parts: Parts, kind: keyof typeof tileKinds, column: number, row: number): number[][] => {
  const corner = [column * TILE_EXTENT, row * TILE_EXTENT] as const
  if (kind === "Point") {
    const points = parts.flatMap(([path]) =>
      path ? [Math.round(path[0]! - corner[0]), Math.round(path[1]! - corner[1])] : [],
    )
    return points.length > 0 ? [points] : []
  }
  const found: number[][] = []
  for (const paths of parts) {
    for (const [place, path] of paths.entries()) {
      const steps = quantisePath(path, corner, kind === "Polygon" ? { outer: place === 0 } : undefined)
      if (steps !== undefined) found.push(steps)
      // Without their outline, holes would become outlines.
      else if (kind === "Polygon" && place === 0) break
    }
  }
  return found
}
