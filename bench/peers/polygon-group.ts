import { basename, join } from "node:path"
import type { Points, Raster } from "../../engine/kernel.js"
import { shareText } from "./contour-group.js"
import type { LayerFigures } from "./gdal.js"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, pointInputs, readClasses, withFolder, writeTiff } from "./inputs.js"
import { grouped } from "./markdown.js"
import { compareWork, type WorkReport } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { polygonPeers } from "./works/polygon.js"

/** Outlines of one mask. */
export interface PolygonReport extends WorkReport<LayerFigures> {
  readonly mask: string
  readonly cells: number
}

/** Buildings: few large objects; high vegetation: many ragged ones. */
const MASKS = { buildings: 6, "high vegetation": 5 } as const
const CELL = 0.5

/** Outlines of masks of real points, ours beside GDAL's on the same mask in memory, and other programs as whole processes. */
export const polygonGroup: Group = {
  name: "polygon",
  title: "Outlines of a mask",
  packages: ["gdal-async"],
  programs: ["gdal_polygonize", "grass", "saga_cmd"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, pointInputs("bench/t500.laz"))
      if (typeof paths === "string") return paths
      const reports: PolygonReport[] = []
      for (const path of paths) {
        for (const [what, code] of Object.entries(MASKS).slice(0, options.quick ? 1 : 2)) {
          reports.push(await compareOn(path, what, code, folder, options))
        }
      }
      return {
        data: reports,
        markdown: [
          `${WORK_NOTE} Cells of 0.5 m that hold a point of the class; count and area of peers in memory equal ours.`,
          ...reports.map(markdownOf),
        ].join("\n\n"),
        summary: reports.flatMap((report) =>
          summaryOf(
            `outlines of ${report.mask}`,
            report,
            (row, { proof }) =>
              `polygons ${grouped(proof.features)} and ${grouped(row.proof.features)}, area ${shareText(row.proof.area / proof.area)}`,
          ),
        ),
      }
    }),
}

const compareOn = async (
  path: string,
  what: string,
  code: number,
  folder: string,
  options: GroupOptions,
): Promise<PolygonReport> => {
  const raster = maskOf(await readClasses(path, [code]))
  const tiff = await writeTiff(join(folder, `${basename(path)}-${code}.tif`), raster)
  const mask = `${what}, ${basename(path)}`
  const onProgress = (text: string): void => options.onProgress(`${mask}: ${text}`)
  const report = await compareWork<LayerFigures>("polygon", polygonPeers, tiff, { ...options, onProgress })
  checkPolygons(report)
  return { mask, cells: raster.data.length, ...report }
}

/** Cells of 0.5 m that hold a point: 1, else 0. */
export const maskOf = ({ x, y, count, origin }: Points): Raster & { readonly data: Uint8Array } => {
  const step = CELL * 1000
  let [columns, rows] = [1, 1]
  for (let i = 0; i < count; i++) {
    columns = Math.max(columns, Math.floor(x[i]! / step) + 1)
    rows = Math.max(rows, Math.floor(y[i]! / step) + 1)
  }
  const data = new Uint8Array(columns * rows)
  for (let i = 0; i < count; i++) {
    data[(rows - 1 - Math.floor(y[i]! / step)) * columns + Math.floor(x[i]! / step)] = 1
  }
  return { width: columns, height: rows, minX: origin[0], maxY: origin[1] + rows * CELL, cellSize: CELL, data }
}

/** @throws Error when a peer in memory, or our process, has another count or area than ours in memory */
export const checkPolygons = ({ rows }: WorkReport<LayerFigures>): void => {
  const ours = rows.find(({ whole }) => !whole)
  if (ours === undefined) return
  for (const { name, whole, proof } of rows) {
    if (whole && !name.startsWith("maille")) continue
    const apart = Math.abs(proof.area - ours.proof.area)
    if (proof.features === ours.proof.features && apart <= 1e-9 * ours.proof.area) continue
    throw new Error(
      `${name}: ${proof.features} polygons of ${proof.area} m², ${ours.name} has ${ours.proof.features} of ${ours.proof.area} m²`,
    )
  }
}

const markdownOf = (report: PolygonReport): string => {
  const table = workTable(report, [
    { heading: "polygons", cell: ({ proof }) => grouped(proof.features) },
    { heading: "vertices", cell: ({ proof }) => grouped(proof.vertices) },
    { heading: "area m²", cell: ({ proof }) => grouped(proof.area) },
    {
      heading: "area by ours",
      cell: ({ proof }) => shareText(proof.area / (report.rows[0]?.proof.area ?? Number.NaN)),
    },
  ])
  return `**${report.mask}**, ${grouped(report.cells)} cells:\n\n${table}`
}
