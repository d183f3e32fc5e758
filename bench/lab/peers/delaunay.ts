/** Triangulates ground points: ours, which is unique, and plain delaunator, which it builds on. */

import Delaunator from "delaunator"
import { canonicalDelaunay } from "../../../kernels/geometry/delaunay.js"
import { type Comparison, checkEqual, countColumn, onFile, speedColumn } from "./compare.js"
import { pointInputs, readClasses } from "./inputs.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/** Classes of the terrain: ground (2), water (9) and virtual points (66). */
export const GROUND = [2, 9, 66] as const

const openOn = async (path: string, triangulate: (coordinates: Float64Array) => Uint32Array): Promise<Work> => {
  const { x, y, count } = await readClasses(path, GROUND)
  const coordinates = new Float64Array(2 * count)
  for (let i = 0; i < count; i++) coordinates.set([x[i]!, y[i]!], 2 * i)
  return resultWork(
    count,
    () => triangulate(coordinates),
    (corners) => ({ triangles: corners.length / 3 }),
  )
}

/** Triangulates the ground points of a file, from places in memory. */
export const comparison: Comparison<{ readonly triangles: number }> = {
  name: "delaunay",
  title: "Delaunay triangulation of the ground points",
  packages: ["delaunator"],
  note: "Places of classes 2, 9 and 66.",
  inputs: pointInputs("bench/t500.laz", "bench/t02.laz"),
  tasks: async (path) => [{ label: onFile("Delaunay, ground points", path), word: path }],
  peers: [
    {
      name: "maille canonicalDelaunay",
      work: "delaunator, then exact flips to THE triangulation, the same in any order of the points",
      open: (path) => openOn(path, canonicalDelaunay),
    },
    {
      name: "delaunator",
      work: "plain: in-circle in floating point, ties by chance",
      open: (path) => openOn(path, (coordinates) => new Delaunator(coordinates).triangles),
    },
  ],
  check: (rows) => checkEqual(rows, ({ triangles }) => `${triangles} triangles`),
  columns: [countColumn("triangles", "triangles"), speedColumn],
  proof: ({ proof }) =>
    `${grouped(proof.triangles)} triangles each; ours, built on it, is exact and unique, whatever the order of the points`,
}
