import { join } from "node:path"
import { projectRoot } from "../../machine.js"
import { lazReaders } from "../laz-readers.js"
import type { PeerEntry } from "../peer.js"
import { runProgram } from "../programs.js"
import { programWork } from "../whole-process.js"
import { delaunayPeers } from "./delaunay.js"

/** The one that all are measured by: LASzip's full decoding of the same file. */
export const D_BASE = "LASzip full"

const main = join(projectRoot, "dist", "cli", "main.js")

/** `maille run` on the file with one worker, as a whole process. */
const runEntry = (products: string, work: string): PeerEntry => ({
  name: `maille run --products ${products}`,
  work,
  whole: true,
  against: D_BASE,
  open: (path) =>
    programWork("maille", async (folder) => {
      const args = [main, "run", path, "--out", join(folder, "out"), "--products", products, "--workers", "1"]
      return {
        amount: 0,
        pass: () => runProgram(process.execPath, [...args, "--tile-size", "500", "--force"]),
        startUp: () => runProgram(process.execPath, [main, "--version"]),
        proof: async () => ({}),
      }
    }),
})

const borrowed = (entries: readonly PeerEntry[], name: string, work: string): PeerEntry[] =>
  entries.filter((entry) => entry.name === name).map((entry) => ({ ...entry, work, against: D_BASE }))

/** From the file, or from its points, to a product: what is told in units of D. */
export const chainPeers: readonly PeerEntry[] = [
  ...borrowed(lazReaders, "maille library selective", "LAZ to x, y, z, class, return"),
  ...borrowed(lazReaders, "maille library all", "LAZ to every attribute"),
  ...borrowed(delaunayPeers, "maille canonicalDelaunay", "ground points in memory to triangles"),
  runEntry("dtm", "LAZ to the terrain raster of 0.5 m (TIN, filled), COG"),
  runEntry("dtm,dsm", "LAZ to terrain and surface rasters of 0.5 m, COG"),
  runEntry("vector", "LAZ to buildings and contours, FlatGeobuf (terrain raster included)"),
  runEntry("mesh", "LAZ to the mesh within 0.25 m, 3D Tiles"),
  runEntry("dtm,dsm,dhm,mesh,vector", "LAZ to every product but the texture"),
]
