/**
 * Names the layers that a map can show: those of every folder, and those that kernels declare with
 * a style.
 */
import { type DeclaredPorts, makerOf, rasterOfHeights } from "../job/declared-ports.js"
import type { MapStyle, RasterPort } from "../kernel.js"

/** A layer of a map and its data. */
export type MapLayer = {
  readonly name: string
  /** The data it needs, and how to make them. */
  readonly needs: string
} & (
  | { readonly kind: "relief" | "texture" | "class" | "grid" }
  | {
      readonly kind: "raster"
      readonly raster: string
      readonly port: RasterPort & Required<Pick<RasterPort, "style">>
    }
  | {
      readonly kind: "features"
      readonly layer: string
      readonly geometry: keyof typeof GEOMETRIES
      readonly style: MapStyle
    }
)

/** Areas are below lines, and lines below points. */
const GEOMETRIES = { Polygon: 0, LineString: 1, Point: 2 } as const

/** How to make an output: by its kernel if that runs on request only, else as a product. */
const remedy = (ports: DeclaredPorts, output: string, product: string): string => {
  const maker = makerOf(ports, output)
  const option = maker?.onRequest === true ? `--kernel ${maker.id}` : `--products ${product}`
  return `Run its job with --add ${option}`
}

/** The layers of a map, lowest first. */
export const mapLayers = (ports: DeclaredPorts): MapLayer[] => {
  const heights = (["bare-earth", "first-surface"] as const).flatMap((kind) => rasterOfHeights(ports, kind) ?? [])
  const models = `(${heights.map((name) => `raster/${name}`).join(", ")}). Run its job with --add --products ${heights[0]}`
  const rasters = [...ports.rasters].flatMap(([raster, { style, ...port }]): (MapLayer & { kind: "raster" })[] => {
    if (style === undefined) return []
    const needs = `${style.needs} (raster/${raster}). ${remedy(ports, raster, raster)}`
    return [{ kind: "raster", name: style.layer, needs, raster, port: { ...port, style } }]
  })
  const features = [...ports.layers].flatMap(([layer, { geometry, style }]): (MapLayer & { kind: "features" })[] => {
    if (style?.map === undefined) return []
    const needs = `${style.map.needs} (vector/${layer}.fgb). ${remedy(ports, layer, "vector")}`
    return [{ kind: "features", name: layer, needs, layer, geometry, style: style.map }]
  })
  features.sort(
    (a, b) => GEOMETRIES[a.geometry] - GEOMETRIES[b.geometry] || (a.style.order ?? 0) - (b.style.order ?? 0),
  )
  const isRelief = ({ port }: { port: RasterPort }): boolean => port.heights !== undefined
  return [
    { kind: "relief", name: "relief", needs: `a terrain or surface model ${models}` },
    ...rasters.filter(isRelief),
    {
      kind: "texture",
      name: "texture",
      needs: "a textured tile. Run its job with --imagery DIR --products texture",
    },
    { kind: "class", name: "class", needs: "a mesh (tiles/*.glb). Run its job with --add --products mesh" },
    ...rasters.filter((raster) => !isRelief(raster)),
    ...features,
    { kind: "grid", name: "grid", needs: "a tile. Run its job first" },
  ]
}

/** Bounds of the longest side of a map, pixels, and its default. */
export const previewSizes = { least: 320, most: 8192, default: 1600 } as const
