/** Draws an output folder as a map (`maille preview`), without a browser. */
import { checkFields } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { missHint, parseWhole } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import type { SheetFormat } from "../formats/raster/sheet.js"
import { shownBox } from "../job/output-folder.js"
import { drawFurniture, openMap } from "./draw-furniture.js"
import { chooseLayers } from "./layers.js"
import { arrangeMap, type MapLayout, type PixelBox } from "./map-layout.js"
import { layersBox, type OutputFolder, openOutputFolder, workTiles } from "./output-folder.js"
import { previewSizes } from "./preview-choices.js"

/** The map to draw of an output folder. */
export interface PreviewRequest {
  /** Output folder of a run. */
  readonly folder: string
  /**
   * Default, where available: relief (unless aerial images cover everything), texture, layers whose
   * kernels declare how maps show them, and grid.
   */
  readonly layers?: readonly string[] | undefined
  /** Longest side, pixels: 320 to 8192. Default 1600. */
  readonly size?: number | undefined
  /** CRS metres. Default: the points of the job, within its tiles. */
  readonly bbox?: Box2 | undefined
  readonly format?: SheetFormat
}

/** A drawn map. */
export interface Preview extends Pick<MapLayout, "width" | "height" | "metresPerPixel" | "map" | "scaleBar"> {
  /** The encoded picture. */
  readonly image: Uint8Array
  /** The area of the map, CRS metres, and its place in the picture. */
  readonly bbox: Box2
  readonly epsg: number
  /** Text of the attribution, and its place in the picture. */
  readonly attribution: PixelBox & { readonly text: string }
  /**
   * Layers drawn, lowest first, with the number of files or tiles of a picture, features of a
   * vector layer, or the level of a grid.
   */
  readonly layers: readonly { readonly name: string; readonly drawn: number }[]
}

/**
 * Draws an output folder as a map, north up, without a browser.
 *
 * It shows shaded relief, aerial image, buildings, contours and tiles, with scale bar, coordinates,
 * legend and attribution.
 *
 * Rasters are read from the overview that fits the picture, meshes from the fitting level, vector
 * layers through their index. Memory depends on the size of the picture, time on that and on the
 * number of files. The same folder and request give the same bytes with one build of the canvas.
 *
 * @example
 * const request = { folder: "out", layers: ["relief", "grid"], size: 2000 }
 * const { image } = await previewOutput(request)
 * @throws EngineError E_INPUT for a folder that is not an output or lacks a requested layer,
 * E_USAGE for an unknown layer, size or box
 */
export const previewOutput = async (request: PreviewRequest): Promise<Preview> => {
  checkFields(request, "request", { folder: "path", layers: "texts?", size: "number?", bbox: "box?", format: "text?" })
  const size = parseWhole(request.size ?? previewSizes.default, "--size", previewSizes.least, previewSizes.most)
  const folder = await openOutputFolder(request.folder)
  const asked = await chooseBox(folder, request.bbox)
  const layers = await chooseLayers(folder, request.layers, asked, size)
  const texts = {
    title: folder.name,
    legend: layers.flatMap(({ legend }) => legend),
    attribution: attributionOf(folder),
  }
  const layout = arrangeMap(asked, size, texts)
  // The colour of areas without data.
  const sheet = openMap(layout, "#e9edf0")
  const drawn: { name: string; drawn: number }[] = []
  for (const layer of layers) drawn.push({ name: layer.name, drawn: await layer.draw(sheet, layout) })
  drawFurniture(sheet.pen, layout, texts)
  const { width, height, metresPerPixel, box: bbox, map, scaleBar } = layout
  const { lines: _, ...place } = layout.attribution
  return {
    image: await sheet.encode(request.format ?? "png"),
    ...{ width, height, metresPerPixel, bbox, map },
    epsg: folder.crs.epsg,
    scaleBar,
    attribution: { ...place, text: texts.attribution },
    layers: drawn,
  }
}

const chooseBox = async (folder: OutputFolder, asked: Box2 | undefined): Promise<Box2> => {
  const tiles = await workTiles(folder)
  // A job of vector layers only has no files of tiles.
  const whole = tiles.length > 0 ? tiles.map(({ box }) => box).reduce(Box2.union) : await layersBox(folder)
  if (whole === undefined) {
    const text = `${folder.path}: no tiles and no layers to draw. Run its job first, or see in its report.html what failed.`
    throw new EngineError("E_INPUT", text, { file: folder.path })
  }
  if (asked === undefined) return tiles.length > 0 ? shownBox(folder, whole) : whole
  if (asked[0] >= whole[2] || asked[2] <= whole[0] || asked[1] >= whole[3] || asked[3] <= whole[1]) {
    const text = `--bbox: "${asked.join(",")}" is outside ${folder.path}, which covers ${whole.join(",")} (EPSG:${folder.crs.epsg}).${missHint(asked, whole, folder.crs.epsg) || " Choose a box within it."}`
    throw new EngineError("E_USAGE", text, { option: "--bbox" })
  }
  return asked
}

const attributionOf = ({ source, acquired, version, crs }: OutputFolder): string => {
  const day = acquired === undefined || acquired === "unknown" ? [] : [`acquired ${acquired.replace("/", " to ")}`]
  return [source, ...day, `EPSG:${crs.epsg} ${crs.name}`, `maille ${version}`].filter((part) => part !== "").join(" · ")
}
