/** Reads headers of images for `maille inspect`, as a job in the same CRS would. */
import { stat } from "node:fs/promises"
import { EngineError, type ErrorData } from "../engine/errors.js"
import type { ImageHeader } from "../engine/formats/raster/image/image-header.js"
import { listFiles } from "../engine/io/list-files.js"
import { counted, formatTable, printLine, say } from "./print.js"

/** Usable images, and those that cannot be draped with the reason. */
export interface InspectedImages {
  readonly found: readonly (Pick<ImageHeader, "path" | "width" | "height" | "pixel" | "bands" | "date"> & {
    readonly bbox: ImageHeader["box"]
  })[]
  readonly rejected: readonly { readonly path: string; readonly error: ErrorData }[]
}

const IMAGE = /\.(tiff?|jp2|j2k|jpe?g|png|webp|vrt)$/i
const POINTS = /\.la[sz]$/i

/** Whether an input is an image, or a folder of images without point files. */
export const isImageInput = async (input: string): Promise<boolean> => {
  const facts = await stat(input).catch(() => undefined)
  if (facts?.isDirectory() !== true) return facts !== undefined && IMAGE.test(input)
  const holds = async (wanted: RegExp): Promise<boolean> => ((await listFiles(input, wanted)) ?? []).length > 0
  return !(await holds(POINTS)) && (await holds(IMAGE))
}

export const inspectImages = async (paths: readonly string[], epsg: number): Promise<InspectedImages> => {
  const { openImageCatalogue } = await import("../engine/spatial/image-catalogue.js")
  const { images, ignored, warnings } = await openImageCatalogue(paths, { epsg })
  const found = images.map(({ path, width, height, pixel, bands, box, date }) => {
    return { path, width, height, pixel, bands, bbox: box, ...(date === undefined ? {} : { date }) }
  })
  const refuse = (path: string, message: string): InspectedImages["rejected"][number] => {
    const { code, context } = new EngineError("E_INPUT", message, { file: path })
    return { path, error: { code, message, context } }
  }
  // The reason of each file says more than the counts of a run.
  const broken = warnings.filter(
    (text) => !text.startsWith("--imagery: ") && !found.some(({ path }) => text.startsWith(`${path}: `)),
  )
  return {
    found,
    rejected: [
      ...ignored.map(({ path, reason }) => refuse(path, `${path}: ${reason}`)),
      ...broken.map((text) => refuse(text.split(": ", 1)[0]!, text)),
    ],
  }
}

/** Prints images for people. */
export const printImages = ({ found, rejected }: InspectedImages, epsg: number): void => {
  const heading = ["image", "pixels", "pixel m", "bands", "extent", "date"]
  const rows = found.map(({ path, width, height, pixel, bands, bbox, date = "unknown" }) => [
    path.split("/").at(-1) ?? path,
    `${width} × ${height}`,
    Number(pixel.toPrecision(3)),
    bands,
    bbox.map((value) => Number(value.toFixed(2))).join(" "),
    date,
  ])
  if (rows.length > 0) printLine(formatTable([heading, ...rows]))
  printLine(`${counted(found.length, "image")} for a job in EPSG:${epsg}`)
  for (const { error } of rejected) say(`cannot be used: ${error.message}`, "error")
}
