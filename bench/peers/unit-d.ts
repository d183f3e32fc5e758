/**
 * Our work in units of D, LASzip's full decoding of the same file in one thread, so that tables of
 * other machines can stand beside.
 */
import { basename, join } from "node:path"
import { projectRoot } from "../machine.js"
import { realFile } from "../real-data.js"
import { compareWork, type Group, type Row, type RunOptions } from "./compare.js"
import { comparison as contour } from "./contour.js"
import { comparison as delaunay } from "./delaunay.js"
import { inputsOf, pointInputs, rasterInputs, withFolder } from "./inputs.js"
import { compileLaszip } from "./laszip.js"
import { comparison as reading } from "./laz-reading.js"
import { grouped, markdownTable, milliseconds } from "./markdown.js"
import type { Peer } from "./peer.js"
import { programWork, runProgram } from "./programs.js"
import { comparison as tin } from "./raster-tin.js"

const D_BASE = "LASzip full"

/**
 * What other programs took in seconds, timed by this project on another day: they cannot be
 * installed by package managers, or not with what they need.
 */
const ELSEWHERE: readonly (readonly [work: string, peer: string, seconds: number, by?: "clock"])[] = [
  ["decode LAZ", "PDAL 2.10.0, streaming, 2 threads", 12.71],
  ["decode LAZ", "LASlib, 1 thread", 7.75],
  ["decode LAZ", "laspy 2.5.4 with laszip, 1 thread", 9.81],
  ["decode LAZ", "laz-perf 0.0.7, 1 thread", 16.12],
  ["decode LAZ", "loaders.gl 4.5.1 LAZRsLoader, 1 thread", 22.28],
  ["decode COPC", "PDAL 2.10.0, 2 threads", 17.01],
  ["decode COPC", "copc.js 0.0.8, 1 thread", 24.11],
  ["Delaunay of 9.2 million ground points", "delaunator-cpp (abellgithub)", 7.76, "clock"],
  ["Delaunay of 9.2 million ground points", "delaunator-cpp (delfrrr)", 9.22, "clock"],
  ["LAZ to the Delaunay TIN of the ground", "PDAL 2.10.0 filters.delaunay", 15.55, "clock"],
  ["LAZ to the terrain raster of 0.5 m, TIN", "PDAL 2.10.0 delaunay, faceraster", 26.75],
  ["LAZ to the terrain raster of 0.5 m, TIN", "lasR triangulate, rasterize", 27.87],
  ["LAZ to the terrain raster of 0.5 m, mean a cell (58 % filled)", "PDAL 2.10.0 writers.gdal", 14.35],
  ["LAZ to the surface raster of 0.5 m, highest a cell (82 % filled)", "PDAL 2.10.0 writers.gdal", 14.52],
  ["LAZ to the surface raster of 0.5 m, highest a cell (82 % filled)", "lasR rasterize", 11.3],
  ["TIN of a raster within 0.1 m", "hmm (PNG to STL)", 0.858, "clock"],
  ["TIN of a raster within 0.25 m", "hmm (PNG to STL)", 0.562, "clock"],
  ["TIN of a raster within 0.5 m", "hmm (PNG to STL)", 0.43, "clock"],
  ["contours of a raster every 1 m", "gdal_contour 3.10.3", 0.276, "clock"],
]
const ELSEWHERE_DATE = "2026-11-24"
const ELSEWHERE_MACHINE = "a virtual machine with two cores of an AMD EPYC"
/**
 * 1 km² (111 MB of LAZ), and terrain rasters of 2000 × 2000 cells for a TIN of a raster and
 * contours.
 */
const ELSEWHERE_POINTS = 24_939_332
/** D there: LASzip 3.5.0 by its C API, median of 5, seconds of processor and by the clock. */
const ELSEWHERE_D = { processor: 7.8, clock: 7.84 } as const

/** A figure of ours in units of D. */
interface UnitRow {
  readonly work: string
  readonly what: string
  readonly cpuMs: number
  readonly wallMs: number
  readonly d: number
}

/** One file: what LASzip's full decoding took, and our work in that unit. */
export interface UnitReport {
  readonly file: string
  readonly points: number
  readonly laszipMs: number
  readonly rows: readonly UnitRow[]
}

const main = join(projectRoot, "dist", "cli", "main.js")

/** `maille run` on the file with one worker, as a whole process. */
const runPeer = (products: string, work: string): Peer => ({
  name: `maille run --products ${products}`,
  work,
  whole: true,
  against: D_BASE,
  open: (path) =>
    programWork("maille", async (folder) => {
      const args = [main, "run", path, "--out", join(folder, "out"), "--products", products, "--workers", "1"]
      return {
        pass: () => runProgram(process.execPath, [...args, "--tile-size", "500", "--force"]),
        startUp: () => runProgram(process.execPath, [main, "--version"]),
        proof: async () => ({}),
      }
    }),
})

const borrowed = (peers: readonly Peer[], name: string, work: string): Peer[] =>
  peers.flatMap((peer) => (peer.name === name ? { ...peer, work, against: D_BASE } : []))

/** From the file, or from its points, to a product. */
export const comparison = {
  name: "unit-d",
  peers: [
    ...borrowed(reading.peers, "maille library selective", "LAZ to x, y, z, class, return"),
    ...borrowed(reading.peers, "maille library all", "LAZ to every attribute"),
    ...borrowed(delaunay.peers, "maille canonicalDelaunay", "ground points in memory to triangles"),
    runPeer("dtm", "LAZ to the terrain raster of 0.5 m (TIN, filled), COG"),
    runPeer("dtm,dsm", "LAZ to terrain and surface rasters of 0.5 m, COG"),
    runPeer("vector", "LAZ to buildings and contours, FlatGeobuf (terrain raster included)"),
    runPeer("mesh", "LAZ to the mesh within 0.25 m, 3D Tiles"),
    runPeer("dtm,dsm,dhm,mesh,vector", "LAZ to every product but the texture"),
  ],
} as const

/** Work on points and rasters in D, and beside it what was measured elsewhere. */
export const unitDGroup: Group = {
  name: comparison.name,
  title: "In units of D: LASzip's full decoding of the same file",
  run: (options) =>
    withFolder(async (folder) => {
      const laszip = await compileLaszip()
      try {
        if (laszip.missing !== undefined) return `D is LASzip's time: ${laszip.missing}`
        const paths = await inputsOf(options, folder, pointInputs("bench/t500.laz"))
        if (typeof paths === "string") return paths
        const real = realFile("bench/dtm_0292_6833_50cm.tif")
        const found = typeof real === "string" ? undefined : real.path
        const raster = options.quick ? await rasterInputs().seeded(folder) : found
        const reports: UnitReport[] = []
        for (const path of paths) {
          const command = laszip.command("read", path, "full")
          const others = [{ name: D_BASE, work: "LAZ to every attribute, C, one thread", against: D_BASE, command }]
          // The least is two products: a whole run takes seconds.
          const takes = ({ name }: Peer): boolean => !options.quick || !/mesh|vector|dsm/.test(name)
          const { rows, skipped } = await compareWork<unknown>(
            comparison,
            { label: basename(path), word: path, others, takes },
            options,
          )
          const base = rows.find(({ name }) => name === D_BASE)
          if (base === undefined) throw new Error(`${D_BASE}: ${skipped.map(({ reason }) => reason).join(", ")}`)
          const own = rows.map((row) => unitRow(row, row.times.median))
          const more = raster === undefined ? [] : await onRaster(raster, base, options)
          const [points, laszipMs] = [base.amount, base.cpuMs.median]
          reports.push({ file: basename(path), points, laszipMs, rows: [...own, ...more] })
        }
        const markdown = [...reports.map(markdownOf), elsewhereMarkdown()].join("\n\n")
        return { data: reports, markdown, note: reports.map(unitNote).join("\n\n") }
      } finally {
        await laszip.remove()
      }
    }),
}

/**
 * Work without a point file, in the D of the elsewhere's square kilometre at LASzip's rate in this
 * run.
 */
const onRaster = async (raster: string, base: Row<unknown>, options: RunOptions): Promise<UnitRow[]> => {
  const unit = (base.cpuMs.median / base.amount) * ELSEWHERE_POINTS
  const takes = ({ name }: Peer): boolean => name.startsWith("maille")
  const rows: UnitRow[] = []
  const measure = async (of: typeof tin | typeof contour, label: string, word: string): Promise<void> => {
    const found = await compareWork<unknown>(of, { label, word, takes }, options)
    rows.push(...found.rows.map((row) => unitRow(row, row.cpuMs.median / unit, label)))
  }
  for (const bound of options.quick ? [0.25] : [0.1, 0.25, 0.5])
    await measure(tin, `TIN of ${basename(raster)} within ${bound} m`, `${bound}@${raster}`)
  await measure(contour, `contours of ${basename(raster)} every 1 m`, `1@${raster}`)
  return rows
}

const unitRow = ({ name, work, cpuMs, wallMs }: Row<unknown>, d: number, what = work): UnitRow => ({
  work: name,
  what,
  cpuMs: cpuMs.median,
  wallMs: wallMs.median,
  d,
})

/** Lines of the README: work, our row of it, and what was measured elsewhere, by its name there. */
const NOTE: readonly (readonly [work: string, ours: RegExp, elsewhere?: RegExp])[] = [
  ["decode LAZ: x, y, z, class, return", /library selective/],
  ["decode LAZ: every attribute", /library all/, /^decode LAZ$/],
  ["Delaunay of the ground points", /canonicalDelaunay/, /^Delaunay/],
  ["LAZ to the terrain raster of 0.5 m, TIN", /products dtm$/, /terrain raster of 0.5 m, TIN/],
  ["LAZ to terrain and surface rasters of 0.5 m", /products dtm,dsm$/],
  ["LAZ to buildings and contours", /products vector/],
  ["LAZ to the mesh within 0.25 m, 3D Tiles", /products mesh/],
  ["LAZ to every product but the texture", /products dtm,dsm,dhm/],
  ["TIN of a raster of 1 km² within 0.25 m", /TIN of .* within 0.25 m/, /TIN of a raster within 0.25 m/],
  ["contours of a raster of 1 km² every 1 m, file to file", /file to file contours/, /^contours/],
]

const inD = ([, , seconds, by]: (typeof ELSEWHERE)[number]): number => seconds / ELSEWHERE_D[by ?? "processor"]

/**
 * Our figures of this run in D, and beside them, marked as such, those of another day and machine.
 */
export const unitNote = ({ file, laszipMs, rows }: UnitReport): string => {
  const lines = NOTE.flatMap(([work, ours, elsewhere]) => {
    const row = rows.find((candidate) => ours.test(`${candidate.work} ${candidate.what}`) || ours.test(candidate.work))
    if (row === undefined) return []
    const others = ELSEWHERE.filter(([other]) => elsewhere?.test(other))
    return [[work, row.d.toFixed(2), others.map((other) => `${other[1]} ${inD(other).toFixed(2)}`).join("; ") || "–"]]
  })
  const heading = ["work", "maille, this run, D", `measured elsewhere, ${ELSEWHERE_DATE}, D`]
  return `**In units of D**, the processor time of LASzip's full decoding of the same file in one thread: ${milliseconds(laszipMs)} ms for ${file} in this run. The last column is no part of this run: it was measured on ${ELSEWHERE_DATE} on ${ELSEWHERE_MACHINE}, whole processes on 1 km² of 24.9 million points, in the D of that file there; work on a raster is told in the D of that many points.\n\n${markdownTable([heading, ...lines], [1])}`
}

const markdownOf = ({ file, points, laszipMs, rows }: UnitReport): string => {
  const cells = rows.map(({ work, what, cpuMs, wallMs, d }) => {
    return [work, what, milliseconds(cpuMs), milliseconds(wallMs), d.toFixed(3)]
  })
  const table = markdownTable([["", "work", "processor ms", "ms by the clock", "D"], ...cells], [2, 3, 4])
  const unit = ((laszipMs / points) * ELSEWHERE_POINTS) / 1000
  return `**${file}**: ${grouped(points)} points; D is ${milliseconds(laszipMs)} ms of processor time. \`maille run\`: whole processes, one worker, start included. Work on a raster of 1 km² is told in the D of ${grouped(ELSEWHERE_POINTS)} points at the same rate, ${unit.toFixed(2)} s.\n\n${table}`
}

/** What was measured on another day, apart from what this command measures. */
const elsewhereMarkdown = (): string => {
  const cells = ELSEWHERE.map((row) => [row[0], row[1], String(row[2]), row[3] ?? "processor", inD(row).toFixed(3)])
  const table = markdownTable([["work", "peer", "s", "", "D"], ...cells], [2, 4])
  return `**Measured elsewhere, not by this command**: on ${ELSEWHERE_DATE}, on ${ELSEWHERE_MACHINE}; 1 km², ${grouped(ELSEWHERE_POINTS)} points; medians of whole processes. D was ${ELSEWHERE_D.processor} s there.\n\n${table}`
}
