/**
 * Our work in units of D, the time of LASzip's full decoding of the same file in one thread. Such
 * units are comparable between machines.
 */
import { basename, join } from "node:path"
import { compileLaszip } from "../../e2e/laszip.js"
import { projectRoot } from "../../machine.js"
import type { Comparison } from "./compare.js"
import { comparison as delaunay } from "./delaunay.js"
import { pointInputs } from "./inputs.js"
import { comparison as reading } from "./laz-reading.js"
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
}
