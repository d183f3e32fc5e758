/**
 * Our work in units of D, the time of LASzip's full decoding of the same file in one thread. Such
 * units are comparable between machines.
 */
import { basename, join } from "node:path"
import { compileLaszip } from "../../e2e/laszip.js"
import { projectRoot } from "../../machine.js"
import type { Comparison, Row } from "./compare.js"
import { comparison as delaunay } from "./delaunay.js"
import { pointInputs } from "./inputs.js"
import { comparison as reading } from "./laz-reading.js"
import { markdownTable } from "./markdown.js"
import type { Peer } from "./peer.js"
import { wholePeer } from "./programs.js"

const D_BASE = "LASzip full"

const main = join(projectRoot, "dist", "bundle", "cli", "main.js")

/** `maille run` on the file with one worker, as a whole process. */
const runPeer = (products: string, work: string): Peer =>
  wholePeer({ name: `maille run --products ${products}`, work, against: D_BASE }, (path, folder) => {
    const args = [main, "run", path, "--out", join(folder, "out"), "--products", products, "--workers", "1"]
    return {
      command: process.execPath,
      args: [...args, "--tile-size", "500", "--force"],
      startArgs: [main, "--version"],
      proof: async () => ({}),
    }
  })

const borrowed = (peers: readonly Peer[], name: string, work: string): Peer[] =>
  peers.flatMap((peer) => (peer.name === name ? { ...peer, work, against: D_BASE } : []))

/**
 * Seconds of other programs by our peer of the same work, timed by this project on another machine.
 * Package managers do not offer them, or not with the required parts.
 */
const ELSEWHERE: Readonly<Record<string, readonly (readonly [peer: string, seconds: number, by?: "clock"])[]>> = {
  "maille library all": [
    ["PDAL 2.10.0, streaming, 2 threads", 12.71],
    ["LASlib, 1 thread", 7.75],
    ["laspy 2.5.4 with laszip, 1 thread", 9.81],
    ["laz-perf 0.0.7, 1 thread", 16.12],
    ["loaders.gl 4.5.1 LAZRsLoader, 1 thread", 22.28],
    ["of COPC: PDAL 2.10.0, 2 threads", 17.01],
    ["of COPC: copc.js 0.0.8, 1 thread", 24.11],
  ],
  "maille canonicalDelaunay": [
    ["delaunator-cpp (abellgithub)", 7.76, "clock"],
    ["delaunator-cpp (delfrrr)", 9.22, "clock"],
    ["from LAZ: PDAL 2.10.0 filters.delaunay", 15.55, "clock"],
  ],
  "maille run --products dtm": [
    ["PDAL 2.10.0 delaunay, faceraster", 26.75],
    ["lasR triangulate, rasterize", 27.87],
    ["mean a cell (58 % filled): PDAL 2.10.0 writers.gdal", 14.35],
  ],
  "maille run --products dtm,dsm": [
    ["surface alone, highest a cell (82 % filled): PDAL 2.10.0 writers.gdal", 14.52],
    ["surface alone, highest a cell (82 % filled): lasR rasterize", 11.3],
  ],
}
/**
 * D on that machine, seconds: 1 km² of 24,939,332 points, LASzip 3.5.0 by its C API, median of 5.
 */
const ELSEWHERE_D = { processor: 7.8, clock: 7.84 } as const

/**
 * Our figures of this run in D, beside those of other programs, which are marked as of another
 * machine.
 */
export const unitTable = (rows: readonly Row<unknown>[]): string => {
  const lines = rows.map(({ name, work, times }) => {
    const others = (ELSEWHERE[name] ?? []).map(
      ([peer, seconds, by]) => `${peer} ${(seconds / ELSEWHERE_D[by ?? "processor"]).toFixed(2)}`,
    )
    return [work, times.median.toFixed(2), others.join("; ") || "–"]
  })
  const heading = ["work", "maille, this run, D", "measured elsewhere, 2026-11-24, D"]
  const about =
    "D is the processor time of LASzip's full decoding of the same file in one thread. " +
    "The last column belongs to another run: whole processes on 1 km² of 24.9 million points, " +
    "on a virtual machine with two cores of an AMD EPYC, in the D of that file there."
  return `${about}\n\n${markdownTable([heading, ...lines], [1])}`
}

/** From the file, or its points, to a product. */
export const comparison: Comparison<object> = {
  name: "unit-d",
  title: "Whole runs, in units of D",
  note: "`maille run`: whole processes, one worker, start included.",
  unit: "D",
  inputs: pointInputs("bench/t500.laz"),
  tasks: async (path, _folder, { quick }) => {
    const laszip = await compileLaszip()
    if (laszip.missing !== undefined) return `D is LASzip's time: ${laszip.missing}`
    const command = laszip.command("read", path, "full")
    return [
      {
        label: `work on ${basename(path)}`,
        word: path,
        // The quick comparison has only the shortest whole run, because such runs take seconds.
        takes: ({ name }) => !quick || !/mesh|vector|dsm/.test(name),
        others: [{ name: D_BASE, work: "LAZ to every attribute, C, one thread", against: D_BASE, command }],
        close: laszip.remove,
      },
    ]
  },
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
  columns: [],
  proof: () => undefined,
  closing: unitTable,
}
