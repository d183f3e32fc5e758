/** Chooses the layers of a map and prepares the drawing of each. */
import { existsSync } from "node:fs"
import { classColour } from "../core/colours.js"
import { joinInside, staysInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import type { Sheet } from "../formats/raster/sheet.js"
import { openFlatGeobufSearch } from "../formats/vector/flatgeobuf/search.js"
import { unknownName } from "../job/check-options.js"
import { makerOf, rasterOfHeights } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import type { MapStyle } from "../kernel.js"
import { cssColour } from "./colour-ramp.js"
import { drawTileGrid } from "./draw-grid.js"
import { countTextured, drawSurface } from "./draw-surface.js"
import { type ContourSteps, drawLines, drawPoints, drawPolygons, type VectorStyle } from "./draw-vector.js"
import type { LegendEntry, MapLayout } from "./map-layout.js"
import { type OutputFolder, workTiles } from "./output-folder.js"
import { type MapLayer, mapLayers } from "./preview-choices.js"
import { drawRelief, drawTints, type Heights, openHeights, rampEntry, tintRange } from "./raster-layers.js"

/** An available layer, ready to be drawn. */
export interface PlannedLayer {
  readonly name: string
  readonly legend: readonly LegendEntry[]
  /** Draws it; returns the number of files, tiles or features drawn, or the level of a grid. */
  draw(sheet: Sheet, layout: MapLayout): Promise<number>
}

/**
 * Most contours between the lowest and the highest place. Above this number, only every second,
 * fifth, tenth … is drawn.
 */
const MOST_CONTOURS = 30

/**
 * The layers to draw, lowest first: those requested, else all available ones that make up a map.
 *
 * @throws EngineError E_USAGE for an unknown name, E_INPUT with a remedy for a missing layer
 */
export const chooseLayers = async (
  folder: OutputFolder,
  asked: readonly string[] | undefined,
  box: Box2,
  size: number,
): Promise<PlannedLayer[]> => {
  const known = mapLayers(folder.ports)
  for (const name of asked ?? [])
    if (!known.some((layer) => layer.name === name)) throw unknownLayer(folder, name, known)
  const pixel = Math.max(box[2] - box[0], box[3] - box[1]) / size
  const view = {
    folder,
    box,
    pixel,
    heights: once(() => landHeights(folder, box, pixel)),
    imaged: once(() => imagedTiles(folder, box)),
  }
  const usual = asked === undefined ? await isUsual(view) : undefined
  const layers = known.filter((layer) => usual?.(layer) ?? asked?.includes(layer.name))
  const planned: PlannedLayer[] = []
  for (const layer of layers) {
    const plan = await planLayer(layer, view, layers)
    if (plan !== undefined) planned.push({ ...plan, name: layer.name })
    else if (asked !== undefined) {
      const isEmpty = layer.kind === "raster" && (await folder.rasters(layer.raster)).length > 0
      const text = isEmpty
        ? `--layer: "${layer.name}" has no values in ${folder.path} (raster/${layer.raster}). Options of its kernel: maille kernels ${makerOf(folder.ports, layer.raster)?.id}.`
        : `--layer: "${layer.name}" is not in ${folder.path}; it needs ${layer.needs}.`
      throw new EngineError("E_INPUT", text, { file: folder.path, option: "--layer" })
    }
  }
  return planned
}

/** E_USAGE for an unknown layer; for a product of that name, the message says where to open it. */
const unknownLayer = (folder: OutputFolder, name: string, known: readonly MapLayer[]): EngineError => {
  const names = known.map((layer) => layer.name)
  const file = [`raster/${name}.vrt`, layout.layer(name)].find(
    (one) => staysInside(one) && existsSync(joinInside(folder.path, one)),
  )
  if (file === undefined) return unknownName("layer", name, names, "--layer")
  const text = `--layer: preview does not draw "${name}". Open ${joinInside(folder.path, file)} in QGIS, or choose another layer. Layers: ${names.join(", ")}.`
  return new EngineError("E_USAGE", text, { option: "--layer" })
}

interface View {
  readonly folder: OutputFolder
  readonly box: Box2
  /** Approximate metres a pixel. */
  readonly pixel: number
  /** Files of the terrain, else of the surface, and their range. */
  heights(): Promise<Heights | undefined>
  /** Whether the work tiles in the box have textures. */
  imaged(): Promise<"all" | "some" | "none">
}

/** Calls `look` for the first layer that needs it, and reuses the result. */
const once = <T>(look: () => Promise<T>): (() => Promise<T>) => {
  let found: Promise<T> | undefined
  return () => {
    found ??= look()
    return found
  }
}

/**
 * Returns which layers a map has by default: relief where images do not cover everything, images,
 * features, grid.
 */
const isUsual = async ({ imaged, pixel }: View): Promise<(layer: MapLayer) => boolean> => {
  const tiles = await imaged()
  return (layer) => {
    if (layer.kind === "relief") return tiles !== "all"
    if (layer.kind === "texture") return tiles !== "none"
    if (layer.kind === "features") return pixel <= (layer.style.largestPixel ?? Number.POSITIVE_INFINITY)
    return layer.kind === "grid"
  }
}

type Plan = Omit<PlannedLayer, "name">

const planLayer = async (layer: MapLayer, view: View, shown: readonly MapLayer[]): Promise<Plan | undefined> => {
  const { folder, box, pixel, imaged } = view
  if (layer.kind === "features") return planFeatures(layer, view, shown)
  if (layer.kind === "texture") return (await imaged()) === "none" ? undefined : surfacePlan(folder, "texture", [])
  if (layer.kind === "class")
    return (await folder.contents()).length === 0 ? undefined : surfacePlan(folder, "class", classLegend)
  if (layer.kind === "grid") {
    const keys = (await workTiles(folder)).map(({ key }) => key)
    const legend: LegendEntry[] = [{ kind: "line", label: "Tile", line: "rgba(24,44,66,0.75)", width: 1 }]
    return keys.length === 0
      ? undefined
      : { legend, draw: async ({ pen }, map) => drawTileGrid(pen, map, folder.grid, keys) }
  }
  const style = layer.kind === "raster" ? layer.port.style : { label: "Terrain", unit: "m" }
  const heights =
    layer.kind === "raster" ? await openHeights(await folder.rasters(layer.raster), box, pixel) : await view.heights()
  if (heights === undefined) return undefined
  return isRelief(layer)
    ? { legend: [rampEntry(style, heights.range)], draw: (sheet, map) => drawRelief(sheet, map, heights, style) }
    : {
        legend: [rampEntry(style, tintRange(style, heights))],
        draw: (sheet, map) => drawTints(sheet, map, heights, style),
      }
}

const isRelief = (layer: MapLayer): boolean =>
  layer.kind === "relief" || (layer.kind === "raster" && layer.port.heights !== undefined)

/** The background of lines, which must stand out from it. */
const groundOf = (layers: readonly MapLayer[]): "relief" | "image" | "both" => {
  if (!layers.some(({ kind }) => kind === "texture")) return "relief"
  return layers.some(isRelief) ? "both" : "image"
}

const surfacePlan = async (
  folder: OutputFolder,
  colours: "texture" | "class",
  legend: readonly LegendEntry[],
): Promise<Plan> => {
  const files = await folder.contents()
  return { legend, draw: (sheet, map) => drawSurface(sheet, map, files, folder.crs, colours) }
}

const classLegend: readonly LegendEntry[] = (
  [
    [2, "Ground"],
    [66, "Filled ground"],
    [3, "Low vegetation"],
    [5, "High vegetation"],
    [6, "Building"],
    [9, "Water"],
    [17, "Bridge deck"],
  ] as const
).map(([code, label]) => ({ kind: "fill", label, fill: cssColour(classColour(code)) }))

const planFeatures = async (
  { layer, geometry, style }: MapLayer & { readonly kind: "features" },
  { folder, heights }: View,
  shown: readonly MapLayer[],
): Promise<Plan | undefined> => {
  const path = folder.layer(layer)
  if (path === undefined) return undefined
  const { count, close } = await openFlatGeobufSearch(path)
  await close()
  // Nothing to explain, such as water where there is none.
  if (count === 0) return { legend: [], draw: () => Promise.resolve(0) }
  const { label, kinds, levels } = style
  const colours: VectorStyle = { ...(style[groundOf(shown)] ?? style.relief), ...(kinds && { kinds }) }
  const { line, backing, fill = backing ?? line } = colours
  if (geometry === "Polygon") {
    const entries = kinds === undefined ? [[label, fill] as const] : Object.values(kinds.values)
    const legend = entries.map(([name, colour]): LegendEntry => ({ kind: "fill", label: name, fill: colour, line }))
    return { legend, draw: ({ pen }, map) => drawPolygons(pen, map, path, colours) }
  }
  const steps = levels && (await contourSteps(folder, layer, levels, await heights()))
  const isShown = shown.some((one) => one.kind === "features" && one.layer === levels?.notOver)
  const cover = isShown && levels?.notOver !== undefined ? folder.layer(levels.notOver) : undefined
  const text = steps === undefined ? label : `${label}, every ${steps.step} m`
  const legend: LegendEntry = { kind: "line", label: text, line, width: 1.5, ...(backing && { backing }) }
  return {
    legend: [legend],
    draw: ({ pen }, map) =>
      geometry === "Point" ? drawPoints(pen, map, path, colours) : drawLines(pen, map, path, colours, steps, cover),
  }
}

/** The contours to draw, by the options of the kernel that makes them. */
const contourSteps = (
  { ports, options }: OutputFolder,
  layer: string,
  levels: NonNullable<MapStyle["levels"]>,
  heights: Heights | undefined,
): ContourSteps => {
  const maker = ports.kernels.find((kernel) => kernel.outputs[layer] && kernel.options[levels.interval])
  const option = (name: string, otherwise: number): number =>
    Number(options[maker?.id ?? ""]?.[name] ?? maker?.options[name]?.default ?? otherwise)
  const interval = option(levels.interval, 1)
  const every = option(levels.index, 5)
  const [low, high] = heights?.range ?? [0, 0]
  const factor = [1, 2, 5, 10, 20, 50, 100, 200].find((one) => (high - low) / (interval * one) <= MOST_CONTOURS) ?? 500
  return { column: levels.column, step: interval * factor, index: interval * factor * every }
}

const landHeights = async (folder: OutputFolder, box: Box2, pixel: number): Promise<Heights | undefined> => {
  for (const kind of ["bare-earth", "first-surface"] as const) {
    const name = rasterOfHeights(folder.ports, kind)
    const heights = name === undefined ? undefined : await openHeights(await folder.rasters(name), box, pixel)
    if (heights !== undefined) return heights
  }
  return undefined
}

const imagedTiles = async (folder: OutputFolder, box: Box2): ReturnType<View["imaged"]> => {
  const files = (await folder.contents()).filter(
    (file) => file.key.level === folder.grid.leafLevel && Box2.overlaps(file.box, box),
  )
  const textured = await countTextured(files)
  return textured === 0 ? "none" : textured === files.length ? "all" : "some"
}
