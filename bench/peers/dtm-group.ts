import { writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features, Points } from "../../engine/kernel.js"
import { gridAround } from "../../kernels/grid/cell-grid.js"
import { thinPoints } from "../../kernels/terrain/raster/thin-points.js"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, pointInputs, readClasses, withFolder } from "./inputs.js"
import { grouped } from "./markdown.js"
import { compareWork, type WorkReport } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { GROUND } from "./works/delaunay.js"
import { type DtmProof, differenceFrom, dtmPeers } from "./works/dtm.js"
import { Columns, DTM_FILES, type DtmTask } from "./works/terrain.js"

/** How far a peer's heights are from ours, metres, over the cells that both interpolate. */
export interface DtmDifference {
  readonly cells: number
  readonly rms: number
  readonly max: number
}

/** Terrain rasters of one file's points. */
export interface DtmReport extends WorkReport<DtmDifference> {
  readonly file: string
  readonly points: number
  /** Cells of the raster. */
  readonly size: number
}

const CELL = 0.5
/** Where a peer's heights are those of a Delaunay TIN of the same points, they may differ by this much in the root mean square, metres. */
const SAME_TIN = 0.005

/** Terrain rasters from one ground point a cell: TIN interpolation of ours beside other programs. */
export const dtmGroup: Group = {
  name: "dtm",
  title: "Terrain raster from points",
  programs: ["gdal_grid", "grass", "saga_cmd"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, pointInputs("bench/t02.laz"))
      if (typeof paths === "string") return paths
      const reports: DtmReport[] = []
      for (const path of paths) reports.push(await compareOn(path, folder, options))
      return {
        data: reports,
        markdown: [
          `${WORK_NOTE} The same points for all: of classes 2, 9 and 66 the one nearest to the centre of each cell of 0.5 m. Differences from ours in metres, over the cells that both interpolate.`,
          ...reports.map(markdownOf),
        ].join("\n\n"),
        summary: reports.flatMap((report) =>
          summaryOf(`terrain raster, ground points of ${report.file}`, report, ({ name, proof }) =>
            name.includes("idw")
              ? `another interpolation; rms difference ${proof.rms.toFixed(3)} m`
              : `rms difference ${proof.rms.toFixed(4)} m`,
          ),
        ),
      }
    }),
}

const compareOn = async (path: string, folder: string, options: GroupOptions): Promise<DtmReport> => {
  const { points, task } = await writeTask(path, folder)
  const onProgress = (text: string): void => options.onProgress(`${basename(path)}: ${text}`)
  const report = await compareWork<DtmProof>("dtm", dtmPeers, folder, { ...options, onProgress })
  const ours = report.rows[0]?.proof
  if (ours === undefined) throw new Error(`${path}: no heights of ours`)
  const rows: DtmReport["rows"][number][] = []
  for (const row of report.rows) rows.push({ ...row, proof: await differenceFrom(ours, row.proof) })
  checkHeights({ ...report, rows })
  const size = Math.round(((task.box[2] - task.box[0]) * (task.box[3] - task.box[1])) / CELL ** 2)
  return { file: basename(path), points, size, rows, skipped: report.skipped }
}

/** Thins a file's ground points and writes them as all peers read them. */
const writeTask = async (path: string, folder: string): Promise<{ points: number; task: DtmTask }> => {
  const ground = await readClasses(path, GROUND)
  const [minX, minY] = ground.origin
  const reach = (column: Int32Array): number => Math.ceil((column.reduce((a, b) => Math.max(a, b), 0) + 1) / 1000)
  const task: DtmTask = { box: [minX, minY, minX + reach(ground.x), minY + reach(ground.y)], cell: CELL }
  const grid = gridAround(task.box, CELL * 1000)
  const index = new Int32Array(grid.columns * grid.rows)
  thinPoints(ground, grid, "nearest", index)
  const chosen = index.filter((i) => i >= 0)
  const pick = (column: Int32Array): Int32Array => Int32Array.from(chosen, (i) => column[i]!)
  const thin = { x: pick(ground.x), y: pick(ground.y), z: pick(ground.z) }
  await writeFile(join(folder, DTM_FILES.task), JSON.stringify(task))
  await Columns.write(join(folder, DTM_FILES.columns), thin)
  const places = { [DTM_FILES.layer]: ground.origin, [DTM_FILES.local]: [0, 0, 0] as const }
  for (const [name, origin] of Object.entries(places)) {
    const layer = encodeFlatGeobuf(layerOf(thin, origin), { name: "points", epsg: 2154, metadata: {} })
    await writeFile(join(folder, name), layer)
  }
  return { points: chosen.length, task }
}

const layerOf = ({ x, y, z }: Pick<Points, "x" | "y" | "z">, origin: Points["origin"]): Features => {
  const coordinates = new Float64Array(3 * x.length)
  for (let i = 0; i < x.length; i++) {
    coordinates[3 * i] = origin[0] + x[i]! / 1000
    coordinates[3 * i + 1] = origin[1] + y[i]! / 1000
    coordinates[3 * i + 2] = z[i]! / 1000
  }
  const ends = Uint32Array.from(x, (_, i) => i + 1)
  return {
    geometry: "Point",
    dimension: 3,
    coordinates,
    ringEnds: ends,
    partEnds: ends,
    ids: Array.from(x, (_, i) => String(i)),
    columns: { height: { type: "number", values: Float64Array.from(z, (mm) => mm / 1000) } },
  }
}

/** @throws Error when our process gives other heights than ours in memory, or GDAL's TIN lies elsewhere */
export const checkHeights = ({ rows }: WorkReport<DtmDifference>): void => {
  for (const { name, proof } of rows) {
    const allowed = name.startsWith("maille") ? 0 : name === "gdal_grid -a linear" ? SAME_TIN : Number.POSITIVE_INFINITY
    if (proof.cells === 0) throw new Error(`${name}: no cell in common with ours`)
    if (proof.rms > allowed)
      throw new Error(`${name}: heights ${proof.rms} m from ours (rms), at most ${allowed} m expected`)
  }
}

const markdownOf = (report: DtmReport): string => {
  const table = workTable(report, [
    { heading: "cells compared", cell: ({ proof }) => grouped(proof.cells) },
    { heading: "rms difference", cell: ({ proof }) => proof.rms.toFixed(4) },
    { heading: "largest", cell: ({ proof }) => proof.max.toFixed(3) },
  ])
  return `**${report.file}**: ${grouped(report.points)} points, ${grouped(report.size)} cells.\n\n${table}`
}
