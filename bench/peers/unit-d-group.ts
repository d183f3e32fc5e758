import { basename } from "node:path"
import { realFile } from "../real-data.js"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, pointInputs, rasterInputs, withFolder } from "./inputs.js"
import { compileLaszip } from "./laszip.js"
import { grouped, markdownTable } from "./markdown.js"
import { ELSEWHERE, ELSEWHERE_FACTS, inD } from "./measured-elsewhere.js"
import { compareWork, type WorkRow } from "./work-comparison.js"
import { milliseconds } from "./work-markdown.js"
import { chainPeers, D_BASE } from "./works/chain.js"
import { contourPeers } from "./works/contour.js"
import { tinPeers } from "./works/tin.js"

/** A figure of ours in units of D. */
export interface UnitRow {
  readonly work: string
  readonly what: string
  readonly cpuMs: number
  readonly wallMs: number
  /** Processor time through LASzip's. */
  readonly d: number
}

/** One file: what LASzip's full decoding took, and our work in that unit. */
export interface UnitReport {
  readonly file: string
  readonly points: number
  readonly laszipMs: number
  readonly rows: readonly UnitRow[]
}

const BOUNDS = [0.1, 0.25, 0.5] as const
const INTERVAL = 1

/** Our work in units of D, the time that LASzip takes to decode the same file in one thread, so that tables of other machines can be read beside. */
export const unitDGroup: Group = {
  name: "unit-d",
  title: "In units of D: LASzip's full decoding of the same file",
  run: (options) =>
    withFolder(async (folder) => {
      const laszip = await compileLaszip("laszip-read")
      if (typeof laszip === "string") return `D is LASzip's time: ${laszip}`
      try {
        const paths = await inputsOf(options, folder, pointInputs("bench/t500.laz"))
        if (typeof paths === "string") return paths
        const raster = options.quick
          ? await rasterInputs().seeded(folder)
          : pathOf(realFile("bench/dtm_0292_6833_50cm.tif"))
        const reports: UnitReport[] = []
        for (const path of paths) reports.push(await measureIn(path, laszip.path, raster, options))
        const markdown = [...reports.map(markdownOf), elsewhereMarkdown()].join("\n\n")
        return { data: reports, markdown, note: reports.map(unitNote).join("\n\n") }
      } finally {
        await laszip.remove()
      }
    }),
}

const pathOf = (found: { path: string } | string): string | undefined =>
  typeof found === "string" ? undefined : found.path

const measureIn = async (
  path: string,
  laszip: string,
  raster: string | undefined,
  options: GroupOptions,
): Promise<UnitReport> => {
  const command = { command: laszip, args: [path, "full"] }
  const others = [{ name: D_BASE, work: "LAZ to every attribute, C, one thread", command }]
  // The least is two products: a whole run takes seconds.
  const peers = options.quick ? chainPeers.filter(({ name }) => !/mesh|vector|dsm/.test(name)) : chainPeers
  const found = await compareWork<unknown>("chain", peers, path, { ...options, others })
  const base = found.rows.find(({ name }) => name === D_BASE)
  if (base === undefined) throw new Error(`${D_BASE}: ${found.skipped.map(({ reason }) => reason).join(", ")}`)
  const rows = found.rows.map((row) => unitRow(row, row.times.median))
  if (raster !== undefined) rows.push(...(await measureRaster(raster, base.cpuMs.median / base.amount, options)))
  return { file: basename(path), points: base.amount, laszipMs: base.cpuMs.median, rows }
}

/** What has no point file is told in the D of the elsewhere's square kilometre, at LASzip's rate in this run. */
const measureRaster = async (raster: string, laszipMsAPoint: number, options: GroupOptions): Promise<UnitRow[]> => {
  const unit = laszipMsAPoint * ELSEWHERE_FACTS.points
  const rows: UnitRow[] = []
  for (const bound of BOUNDS) {
    const { rows: found } = await compareWork<unknown>("tin", tinPeers.slice(0, 1), `${bound}@${raster}`, options)
    rows.push(
      ...found.map((row) => unitRow(row, row.cpuMs.median / unit, `TIN of ${basename(raster)} within ${bound} m`)),
    )
  }
  const ours = contourPeers.filter(({ name }) => name.startsWith("maille"))
  const { rows: found } = await compareWork<unknown>("contour", ours, `${INTERVAL}@${raster}`, options)
  rows.push(
    ...found.map((row) => unitRow(row, row.cpuMs.median / unit, `contours of ${basename(raster)} every ${INTERVAL} m`)),
  )
  return rows
}

const unitRow = (row: WorkRow<unknown>, d: number, what = row.work): UnitRow => ({
  work: row.name,
  what,
  cpuMs: row.cpuMs.median,
  wallMs: row.wallMs.median,
  d,
})

/** Lines of the README: work, our row of it, and what was measured elsewhere, by its name there. */
const NOTE: readonly (readonly [work: string, ours: RegExp, elsewhere: RegExp])[] = [
  ["decode LAZ: x, y, z, class, return", /library selective/, /^$/],
  ["decode LAZ: every attribute", /library all/, /^decode LAZ$/],
  ["Delaunay of the ground points", /canonicalDelaunay/, /^Delaunay/],
  ["LAZ to the terrain raster of 0.5 m, TIN", /products dtm$/, /terrain raster of 0.5 m, TIN/],
  ["LAZ to terrain and surface rasters of 0.5 m", /products dtm,dsm$/, /^$/],
  ["LAZ to buildings and contours", /products vector/, /^$/],
  ["LAZ to the mesh within 0.25 m, 3D Tiles", /products mesh/, /^$/],
  ["LAZ to every product but the texture", /products dtm,dsm,dhm/, /^$/],
  ["TIN of a raster of 1 km² within 0.25 m", /TIN of .* within 0.25 m/, /TIN of a raster within 0.25 m/],
  ["contours of a raster of 1 km² every 1 m, file to file", /file to file contours/, /^contours/],
]

/** Our figures of this run in D, and beside them, marked as such, those of another day and machine. */
export const unitNote = ({ file, laszipMs, rows }: UnitReport): string => {
  const { date, machine } = ELSEWHERE_FACTS
  const lines = NOTE.flatMap(([work, ours, elsewhere]) => {
    const row = rows.find((candidate) => ours.test(`${candidate.work} ${candidate.what}`) || ours.test(candidate.work))
    if (row === undefined) return []
    const others = ELSEWHERE.filter((other) => elsewhere.test(other.work))
    return [[work, row.d.toFixed(2), others.map((other) => `${other.peer} ${inD(other).toFixed(2)}`).join("; ") || "–"]]
  })
  const table = markdownTable([["work", "maille, this run, D", `measured elsewhere, ${date}, D`], ...lines], [1])
  return `**In units of D**, the processor time of LASzip's full decoding of the same file in one thread: ${milliseconds(laszipMs)} ms for ${file} in this run. The last column is no part of this run: it was measured on ${date} on ${machine}, whole processes on 1 km² of 24.9 million points, in the D of that file there; work on a raster is told in the D of that many points.\n\n${table}`
}

const markdownOf = ({ file, points, laszipMs, rows }: UnitReport): string => {
  const table = markdownTable(
    [
      ["", "work", "processor ms", "ms by the clock", "D"],
      ...rows.map(({ work, what, cpuMs, wallMs, d }) => [
        work,
        what,
        milliseconds(cpuMs),
        milliseconds(wallMs),
        d.toFixed(3),
      ]),
    ],
    [2, 3, 4],
  )
  const unit = ((laszipMs / points) * ELSEWHERE_FACTS.points) / 1000
  return `**${file}**: ${grouped(points)} points; D is ${milliseconds(laszipMs)} ms of processor time. \`maille run\`: whole processes, one worker, start included. Work on a raster of 1 km² is told in the D of ${grouped(ELSEWHERE_FACTS.points)} points at the same rate, ${unit.toFixed(2)} s.\n\n${table}`
}

/** What was measured on another day, apart from what this command measures. */
const elsewhereMarkdown = (): string => {
  const { date, machine, input, laszipSeconds } = ELSEWHERE_FACTS
  const table = markdownTable(
    [
      ["work", "peer", "s", "", "D"],
      ...ELSEWHERE.map((row) => [row.work, row.peer, String(row.seconds), row.by, inD(row).toFixed(3)]),
    ],
    [2, 4],
  )
  return `**Measured elsewhere, not by this command**: on ${date}, on ${machine}; ${input}; medians of whole processes. D was ${laszipSeconds.processor} s there.\n\n${table}`
}
