import { basename, join } from "node:path"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import type { Group, GroupOptions, SummaryRow } from "./group.js"
import { cropRaster, inputsOf, rasterInputs, withFolder, writeTiff } from "./inputs.js"
import { grouped } from "./markdown.js"
import { compareWork, type WorkReport, type WorkRow } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { type TinProof, tinPeers } from "./works/tin.js"

/** TINs of one raster at one bound. */
export interface TinReport extends WorkReport<TinProof> {
  readonly file: string
  /** Metres. */
  readonly bound: number
}

const BOUNDS = [0.1, 0.25, 0.5] as const
/** Room for the rounding of an interpolated height, metres. */
const ROUNDING = 1e-5

/** Error-bounded TINs of a raster, all heights in whole millimetres: ours, delatin, martini (on its square of 2^k + 1 cells). */
export const tinGroup: Group = {
  name: "raster-tin",
  title: "Error-bounded TIN of a raster",
  packages: ["delatin", "@mapbox/martini"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, rasterInputs("bench/dtm_0292_6833_50cm.tif"))
      if (typeof paths === "string") return paths
      const reports: TinReport[] = []
      for (const path of paths) {
        for (const file of [path, await squareOf(path, folder)]) {
          for (const bound of options.quick ? BOUNDS.slice(1, 2) : BOUNDS)
            reports.push(await compareOn(file, bound, options))
        }
      }
      return {
        data: reports,
        markdown: [
          `${WORK_NOTE} Errors are measured by one rasteriser for all, over every cell, in metres. "Uncovered": cells under no triangle.`,
          ...reports.map(markdownOf),
        ].join("\n\n"),
        summary: reports.flatMap(shortLines),
      }
    }),
}

/** Lines of the README: on martini's square of martini alone. */
const shortLines = (report: TinReport): SummaryRow[] => {
  const lines = summaryOf(`TIN of ${report.file} within ${report.bound} m`, report, proofText(report.bound))
  const ofMartini = lines.filter(({ peer }) => peer === "martini")
  return ofMartini.length > 0 ? ofMartini : lines
}

/** The largest square of 2^k + 1 cells in the raster's north-west, for martini. */
const squareOf = async (path: string, folder: string): Promise<string> => {
  const raster = await readRaster(path)
  const side = 2 ** Math.floor(Math.log2(Math.min(raster.width, raster.height) - 1)) + 1
  return writeTiff(join(folder, `${basename(path).replace(/\.tiff?$/, "")}-${side}.tif`), cropRaster(raster, side))
}

const compareOn = async (path: string, bound: number, options: GroupOptions): Promise<TinReport> => {
  const onProgress = (text: string): void => options.onProgress(`${basename(path)}, ${bound} m: ${text}`)
  const report = await compareWork<TinProof>("tin", tinPeers, `${bound}@${path}`, { ...options, onProgress })
  checkTins(report, bound)
  return { file: basename(path), bound, ...report }
}

/** @throws Error when a surface does not cover the raster, or ours is not within the bound */
export const checkTins = ({ rows }: WorkReport<TinProof>, bound: number): void => {
  for (const { name, proof } of rows) {
    if (proof.uncovered > 0) throw new Error(`${name} leaves ${proof.uncovered} cells uncovered`)
    if (name.startsWith("maille") && proof.max > bound + ROUNDING) {
      throw new Error(`${name}: error of ${proof.max} m above the bound of ${bound} m`)
    }
  }
}

const proofText =
  (bound: number) =>
  ({ proof }: WorkRow<TinProof>, ours: WorkRow<TinProof>): string =>
    `${proof.max > bound + ROUNDING ? "not within the bound; " : ""}triangles ${grouped(ours.proof.triangles)} and ${grouped(proof.triangles)}; largest error ${ours.proof.max.toFixed(3)} and ${proof.max.toFixed(3)} m, rms ${ours.proof.rms.toFixed(3)} and ${proof.rms.toFixed(3)} m`

const markdownOf = (report: TinReport): string => {
  const table = workTable(report, [
    { heading: "triangles", cell: ({ proof }) => grouped(proof.triangles) },
    { heading: "largest error", cell: ({ proof }) => proof.max.toFixed(4) },
    { heading: "rms", cell: ({ proof }) => proof.rms.toFixed(4) },
    { heading: "uncovered", cell: ({ proof }) => String(proof.uncovered) },
  ])
  return `**${report.file}**, within ${report.bound} m:\n\n${table}`
}
