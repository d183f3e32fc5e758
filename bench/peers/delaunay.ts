/**
 * Triangulating ground points: ours, which is unique, beside plain delaunator, on which it builds.
 */

import Delaunator from "delaunator"
import { incircle, orient2d } from "robust-predicates"
import { nextEdge, previousEdge } from "../../engine/core/geometry/half-edge.js"
import { canonicalDelaunay } from "../../kernels/geometry/delaunay.js"
import { type Comparison, checkEqual, countColumn, onFile, speedColumn } from "./compare.js"
import { pointInputs, readClasses } from "./inputs.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/** Ground (2), water (9) and virtual points (66): what the terrain is made of. */
export const GROUND = [2, 9, 66] as const

/** What shows that points were triangulated. */
export interface DelaunayProof {
  readonly triangles: number
  /** Inner edges that are not Delaunay, by exact predicates. */
  readonly faults: number
}

const openOn = async (path: string, triangulate: (coordinates: Float64Array) => Uint32Array): Promise<Work> => {
  const { x, y, count } = await readClasses(path, GROUND)
  const coordinates = new Float64Array(2 * count)
  for (let i = 0; i < count; i++) coordinates.set([x[i]!, y[i]!], 2 * i)
  // Every pass gives the same triangles: their edges are looked at once.
  let faults: number | undefined
  return resultWork(
    count,
    () => triangulate(coordinates),
    (triangles) => {
      faults ??= edgesNotDelaunay(coordinates, triangles)
      return { triangles: triangles.length / 3, faults }
    },
  )
}

/**
 * Inner edges of a triangulation whose two triangles' circles are not empty, by exact predicates: 0
 * for a Delaunay triangulation. Turned (clockwise) triangles are taken as they are. O(n) but for
 * vertices of very many edges.
 *
 * @param coordinates x, y of each vertex
 * @param triangles three vertex indices each
 */
export const edgesNotDelaunay = (coordinates: Float64Array, triangles: Uint32Array): number => {
  const vertices = coordinates.length / 2
  const edges = triangles.length
  // Half-edges by their smaller vertex.
  const start = new Uint32Array(vertices + 1)
  const smaller = (e: number): number => Math.min(triangles[e]!, triangles[nextEdge(e)]!)
  for (let e = 0; e < edges; e++) start[smaller(e) + 1]!++
  for (let v = 0; v < vertices; v++) start[v + 1]! += start[v]!
  const place = start.slice()
  const sorted = new Uint32Array(edges)
  for (let e = 0; e < edges; e++) sorted[place[smaller(e)]!++] = e
  let faults = 0
  for (let v = 0; v < vertices; v++) {
    for (let i = start[v]!; i < start[v + 1]!; i++) {
      for (let j = i + 1; j < start[v + 1]!; j++) {
        const [a, b] = [sorted[i]!, sorted[j]!]
        if (larger(triangles, a) === larger(triangles, b) && isWrong(coordinates, triangles, a, b)) faults++
      }
    }
  }
  return faults
}

const opposite = (triangles: Uint32Array, e: number): number => triangles[previousEdge(e)]!
const larger = (triangles: Uint32Array, e: number): number => Math.max(triangles[e]!, triangles[nextEdge(e)]!)

const isWrong = (c: Float64Array, triangles: Uint32Array, a: number, b: number): boolean => {
  const [u, v] = [2 * triangles[a]!, 2 * triangles[nextEdge(a)]!]
  const [p, q] = [2 * opposite(triangles, a), 2 * opposite(triangles, b)]
  const turn = orient2d(c[u]!, c[u + 1]!, c[v]!, c[v + 1]!, c[p]!, c[p + 1]!)
  const inside = incircle(c[u]!, c[u + 1]!, c[v]!, c[v + 1]!, c[p]!, c[p + 1]!, c[q]!, c[q + 1]!)
  // The package's turns are positive clockwise (y north), its circles for counter-clockwise
  // triangles.
  return turn > 0 ? inside < 0 : inside > 0
}

/** The ground points of a file, places in memory to triangles. */
export const comparison: Comparison<DelaunayProof> = {
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
  check: (rows) => {
    checkEqual(rows, ({ triangles }) => `${triangles} triangles`)
    for (const { name, proof } of rows)
      if (name.startsWith("maille") && proof.faults > 0)
        throw new Error(`${name}: ${proof.faults} edges are not Delaunay`)
  },
  columns: [countColumn("triangles", "triangles"), countColumn("edges not Delaunay", "faults"), speedColumn],
  proof: ({ proof }) =>
    `${grouped(proof.triangles)} triangles each; edges not Delaunay: 0 and ${proof.faults}; ours, built on it, is unique, whatever the order of the points`,
}
