import { existsSync } from "node:fs"
import { classColour } from "../core/class-colour.js"
import { joinInside, staysInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { EngineError } from "../errors.js"
import type { Sheet } from "../formats/raster/sheet.js"
import { unknownName } from "../job/check-options.js"
import { declareKernels } from "../job/kernels/declare-kernels.js"
import { layout } from "../job/layout.js"
import { cssColour } from "./colour-ramp.js"
import { drawTileGrid } from "./draw-grid.js"
import { countTextured, drawSurface, type SurfaceFile } from "./draw-surface.js"
import { type ContourSteps, drawContours, drawPolygons, type VectorStyle } from "./draw-vector.js"
import type { LegendEntry, MapLayout } from "./map-layout.js"
import { type OutputFolder, workTiles } from "./output-folder.js"
import { type LayerName, layerNames } from "./preview-choices.js"
import { drawHeights, drawRelief, type Heights, heightLegend, openHeights, reliefLegend } from "./raster-layers.js"

/** A layer that is there, ready to be drawn. */
export interface PlannedLayer {
  readonly name: LayerName
  readonly legend: readonly LegendEntry[]
  /** Draws it; gives how many files, tiles or features were drawn, of a grid its level. */
  draw(sheet: Sheet, layout: MapLayout): Promise<number>
}

/** Metres a pixel above which contours would fill the map: there they are drawn only when asked for. */
const CONTOUR_PIXEL = 5
/** Contours from the lowest to the highest place: more, and only every second, fifth, tenth … is drawn. */
const MOST_CONTOURS = 30

/**
 * The layers to draw, lowest first: those asked for, else all that make a map of what is there.
 *
 * @throws EngineError E_USAGE for an unknown name, E_INPUT for a layer that is not there, with the remedy
 */
export const chooseLayers = async (
  folder: OutputFolder,
  asked: readonly string[] | undefined,
  box: Box2,
  size: number,
): Promise<PlannedLayer[]> => {
  for (const name of asked ?? [])
    if (!(layerNames as readonly string[]).includes(name)) throw unknownLayer(folder, name)
  const pixel = Math.max(box[2] - box[0], box[3] - box[1]) / size
  const view = {
    folder,
    box,
    pixel,
    heights: once(() => landHeights(folder, box, pixel)),
    imaged: once(() => imagedTiles(folder, box)),
  }
  const names = asked === undefined ? await defaultLayers(view) : layerNames.filter((name) => asked.includes(name))
  const planned: PlannedLayer[] = []
  for (const name of names) {
    const layer = await planners[name](view, names)
    if (layer !== undefined) planned.push(layer)
    else if (asked !== undefined) throw missing(folder, name)
  }
  return planned
}

/** E_USAGE for a name that maps do not know; a product of that name is told where to open. */
const unknownLayer = (folder: OutputFolder, name: string): EngineError => {
  const file = [`raster/${name}.vrt`, layout.layer(name)].find(
    (one) => staysInside(one) && existsSync(joinInside(folder.path, one)),
  )
  if (file === undefined) return unknownName("layer", name, layerNames, "--layer")
  const text = `preview does not draw "${name}". Open ${joinInside(folder.path, file)} in QGIS, or choose of ${layerNames.join(", ")}.`
  return new EngineError("E_USAGE", text, { option: "--layer" })
}

interface View {
  readonly folder: OutputFolder
  readonly box: Box2
  /** Metres a pixel, about. */
  readonly pixel: number
  /** Files of the terrain, else the surface, and their range. */
  heights(): Promise<Heights | undefined>
  /** Whether the work tiles in the box have textures. */
  imaged(): Promise<"all" | "some" | "none">
}

/** Looks at the files when the first layer asks, and no more. */
const once = <T>(look: () => Promise<T>): (() => Promise<T>) => {
  let found: Promise<T> | undefined
  return () => {
    found ??= look()
    return found
  }
}

const defaultLayers = async (view: View): Promise<LayerName[]> => {
  const imaged = await view.imaged()
  const { pixel } = view
  const ground: LayerName[] = imaged === "all" ? ["texture"] : imaged === "some" ? ["relief", "texture"] : ["relief"]
  return [...ground, "vegetation", "building", ...(pixel <= CONTOUR_PIXEL ? ["contour" as const] : []), "grid"]
}

const remedies: Readonly<Record<LayerName, string>> = {
  relief: "a terrain or surface model (raster/dtm, raster/dsm); run the job with --products dtm",
  surface: "a surface model (raster/dsm); run the job with --products dsm",
  texture: "a textured tile; run the job with --imagery PATH and --products texture",
  class: "a mesh (tiles/*.glb); run the job with --products mesh",
  height: "heights above ground (raster/dhm); run the job with --products dhm",
  vegetation: "vegetation (vector/vegetation.fgb); run the job with --products vector",
  building: "buildings (vector/building.fgb); run the job with --products vector",
  contour: "contours (vector/contour.fgb); run the job with --products vector",
  grid: "a tile; run the job first",
}

/** Kinds of vegetation with their names and colours. */
const vegetationKinds: readonly (readonly [kind: string, label: string, fill: string])[] = [
  ["wood", "Wood", "rgba(20,92,40,0.55)"],
  ["hedge", "Hedge", "rgba(120,72,160,0.6)"],
  ["group", "Group of trees", "rgba(60,150,70,0.55)"],
  ["shrub", "Shrubs", "rgba(150,170,40,0.5)"],
  ["herb", "Low vegetation", "rgba(205,220,120,0.45)"],
]
const vegetationStyle: VectorStyle = {
  fill: "rgba(60,150,70,0.55)",
  line: "rgba(16,60,28,0.8)",
  width: 0.8,
  fills: { column: "kind", by: Object.fromEntries(vegetationKinds.map(([kind, , fill]) => [kind, fill])) },
}

const missing = ({ path }: OutputFolder, name: LayerName): EngineError =>
  new EngineError("E_INPUT", `${path}: layer "${name}" needs ${remedies[name]}.`, { file: path, option: "--layer" })

type Planner = (view: View, names: readonly LayerName[]) => Promise<PlannedLayer | undefined> | PlannedLayer | undefined

const planners: Readonly<Record<LayerName, Planner>> = {
  relief: async (view) => {
    const heights = await view.heights()
    return heights && reliefLayer("relief", "Terrain", heights)
  },
  surface: async ({ folder, box, pixel }) => {
    const heights = await openHeights(await folder.rasters("dsm"), box, pixel)
    return heights && reliefLayer("surface", "Surface", heights)
  },
  texture: async ({ folder, imaged }) =>
    (await imaged()) === "none" ? undefined : surfaceLayer(folder, await folder.contents(), "texture", []),
  class: async ({ folder }) => {
    const files = await folder.contents()
    return files.length === 0 ? undefined : surfaceLayer(folder, files, "class", classLegend)
  },
  height: async ({ folder, box, pixel }) => {
    const heights = await openHeights(await folder.rasters("dhm"), box, pixel)
    if (heights === undefined) return undefined
    return { name: "height", legend: [heightLegend(heights)], draw: (sheet, map) => drawHeights(sheet, map, heights) }
  },
  vegetation: ({ folder }) => {
    const path = folder.layer("vegetation")
    if (path === undefined) return undefined
    const legend = vegetationKinds.map(
      ([, label, fill]): LegendEntry => ({ kind: "fill", label, fill, line: vegetationStyle.line }),
    )
    return { name: "vegetation", legend, draw: ({ pen }, map) => drawPolygons(pen, map, path, vegetationStyle) }
  },
  building: ({ folder }, names) => {
    const path = folder.layer("building")
    if (path === undefined) return undefined
    const style = buildingStyles[groundOf(names)]
    const fill = "fill" in style ? style.fill : style.backing
    const legend: LegendEntry = { kind: "fill", label: "Building", fill, line: style.line }
    return { name: "building", legend: [legend], draw: ({ pen }, map) => drawPolygons(pen, map, path, style) }
  },
  contour: (view, names) => contourLayer(view, names),
  grid: async ({ folder }) => {
    const keys = (await workTiles(folder)).map(({ key }) => key)
    if (keys.length === 0) return undefined
    const legend: LegendEntry[] = [{ kind: "line", label: "Tile", line: "rgba(24,44,66,0.75)", width: 1 }]
    return { name: "grid", legend, draw: async ({ pen }, map) => drawTileGrid(pen, map, folder.grid, keys) }
  },
}

/** What lines are drawn over: they must stand out from it. */
const groundOf = (names: readonly LayerName[]): "relief" | "image" | "both" => {
  if (!names.includes("texture")) return "relief"
  return names.includes("relief") || names.includes("surface") ? "both" : "image"
}

/** The colour of meadows in aerial images: in the legend pale lines stand on it. */
const MEADOW = "#5f7048"
const buildingStyles = {
  relief: { fill: "#b5653f", line: "#6e3519", width: 0.8 },
  image: { line: "#ffd23c", width: 1.6, backing: MEADOW },
  both: { line: "#d0281c", width: 1.8, backing: "#ffffff" },
} as const
const contourStyles = {
  relief: { line: "#8a5a2b", width: 0.7, halo: "rgba(255,252,240,0.85)" },
  image: { line: "#fff1c9", width: 0.8, halo: "rgba(60,45,20,0.75)", backing: MEADOW },
  both: { line: "#a8642a", width: 0.9, halo: "rgba(255,252,240,0.85)" },
} as const

const reliefLayer = (name: "relief" | "surface", label: string, heights: Heights): PlannedLayer => ({
  name,
  legend: [reliefLegend(label, heights)],
  draw: (sheet, map) => drawRelief(sheet, map, heights),
})

const surfaceLayer = (
  { crs }: OutputFolder,
  files: readonly SurfaceFile[],
  name: "texture" | "class",
  legend: readonly LegendEntry[],
): PlannedLayer => ({ name, legend, draw: (sheet, map) => drawSurface(sheet, map, files, crs, name) })

const classLegend: readonly LegendEntry[] = (
  [
    [2, "Ground"],
    [3, "Low vegetation"],
    [5, "High vegetation"],
    [6, "Building"],
    [9, "Water"],
    [17, "Bridge deck"],
  ] as const
).map(([code, label]) => ({ kind: "fill", label, fill: cssColour(classColour(code)) }))

const contourLayer: Planner = async ({ folder, heights }, names) => {
  const path = folder.layer("contour")
  if (path === undefined) return undefined
  const steps = await contourSteps(folder, await heights())
  const style = contourStyles[groundOf(names)]
  const backing = "backing" in style ? { backing: style.backing } : {}
  const legend: LegendEntry = {
    kind: "line",
    label: `Contour, every ${steps.step} m`,
    line: style.line,
    width: 1.5,
    ...backing,
  }
  return { name: "contour", legend: [legend], draw: ({ pen }, map) => drawContours(pen, map, path, steps, style) }
}

const contourSteps = async (folder: OutputFolder, heights: Heights | undefined): Promise<ContourSteps> => {
  const declared = (await declareKernels()).find(({ kernel }) => kernel.id === "vector.contour")?.kernel.options
  const given = folder.options["vector.contour"]
  const interval = Number(given?.["interval"] ?? declared?.["interval"]?.default ?? 1)
  const every = Number(given?.["index"] ?? declared?.["index"]?.default ?? 5)
  const [low, high] = heights?.range ?? [0, 0]
  const factor = [1, 2, 5, 10, 20, 50, 100, 200].find((one) => (high - low) / (interval * one) <= MOST_CONTOURS) ?? 500
  return { step: interval * factor, index: interval * factor * every }
}

const landHeights = async (folder: OutputFolder, box: Box2, pixel: number): Promise<Heights | undefined> =>
  (await openHeights(await folder.rasters("dtm"), box, pixel)) ??
  (await openHeights(await folder.rasters("dsm"), box, pixel))

const imagedTiles = async (folder: OutputFolder, box: Box2): ReturnType<View["imaged"]> => {
  const files = (await folder.contents()).filter(
    (file) => file.key.level === folder.grid.leafLevel && Box2.overlaps(file.box, box),
  )
  const textured = await countTextured(files)
  return textured === 0 ? "none" : textured === files.length ? "all" : "some"
}
