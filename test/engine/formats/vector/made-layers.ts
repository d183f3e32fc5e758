import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { objectId } from "../../../../engine/core/hash.js"
import { seededRandom } from "../../../../engine/core/random.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import type { Features } from "../../../../engine/kernel.js"

const metadata = {
  acquired: "2021-05-28/2023-04-05",
  source: "IGN, LiDAR HD",
  software: "maille 0.1.0",
  options: "0123456789abcdef",
}

/** Squares of 12 m with a courtyard of 4 m each, on whole millimetres; some heights are missing. */
export const courtyards = (count: number, [x0, y0] = [770000, 6277000]): Features => {
  const random = seededRandom(7)
  const coordinates: number[] = []
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    const x = x0 + Math.floor(random() * 1e6) / 1000
    const y = y0 + Math.floor(random() * 1e6) / 1000
    const ring = (a: number, b: number): number[][] =>
      [
        [a, a],
        [b, a],
        [b, b],
        [a, b],
        [a, a],
      ].map(([u = 0, v = 0]) => [Math.round((x + u) * 1000) / 1000, Math.round((y + v) * 1000) / 1000])
    coordinates.push(...ring(0, 12).flat(), ...ring(4, 8).reverse().flat())
    ids.push(objectId("building", x, y))
  }
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates: Float64Array.from(coordinates),
    ringEnds: Uint32Array.from({ length: 2 * count }, (_, r) => 5 * (r + 1)),
    partEnds: Uint32Array.from({ length: count }, (_, f) => 2 * (f + 1)),
    ids,
    columns: {
      height: { type: "number", values: Float64Array.from(ids, (_, i) => (i % 7 === 3 ? Number.NaN : i / 8)) },
      ground_min: { type: "number", values: Float64Array.from(ids, (_, i) => 20 + i / 16) },
      dsm_eaves: {
        type: "number",
        values: Float64Array.from(ids, (_, i) => (i % 5 === 2 ? Number.NaN : 25 + i / 8)),
      },
      dsm_ridge: { type: "number", values: Float64Array.from(ids, (_, i) => 30 + i / 4) },
      points: { type: "integer", values: Int32Array.from(ids, (_, i) => i - 5) },
      note: { type: "string", values: ids.map((_, i) => `“é” ${i % 3}`) },
    },
  }
}

/** Places with a height each. */
const trees = (count: number, [x0, y0] = [770000, 6277000]): Features => {
  const random = seededRandom(8)
  const coordinates = Float64Array.from({ length: 3 * count }, (_, i) =>
    i % 3 === 2 ? 20 + i / 100 : (i % 3 === 0 ? x0 : y0) + Math.floor(random() * 1e6) / 1000,
  )
  return {
    geometry: "Point",
    dimension: 3,
    coordinates,
    ringEnds: Uint32Array.from({ length: count }, (_, f) => f + 1),
    partEnds: Uint32Array.from({ length: count }, (_, f) => f + 1),
    ids: Array.from({ length: count }, (_, f) => objectId("tree", coordinates[3 * f]!, coordinates[3 * f + 1]!)),
    columns: { crown_radius: { type: "number", values: Float64Array.from({ length: count }, (_, f) => 1 + f / 10) } },
  }
}

/** Waves from west to east, every fifth an index contour. */
const contours = (count: number, [x0, y0] = [770000, 6277000]): Features => {
  const vertices = 50
  const coordinates = Float64Array.from({ length: 2 * count * vertices }, (_, i) => {
    const [line, v] = [Math.floor(i / 2 / vertices), Math.floor(i / 2) % vertices]
    return i % 2 === 0 ? x0 + 20 * v : y0 + 25 * line + 8 * Math.sin(v / 3)
  })
  return {
    geometry: "LineString",
    dimension: 2,
    coordinates,
    ringEnds: Uint32Array.from({ length: count }, (_, f) => vertices * (f + 1)),
    partEnds: Uint32Array.from({ length: count }, (_, f) => f + 1),
    ids: Array.from({ length: count }, (_, f) => objectId("contour", f, 0)),
    columns: {
      elevation: { type: "number", values: Float64Array.from({ length: count }, (_, f) => f) },
      index: { type: "integer", values: Int32Array.from({ length: count }, (_, f) => (f % 5 === 0 ? 1 : 0)) },
    },
  }
}

/** What {@link writeMadeLayers} wrote. */
export interface MadeLayers {
  readonly folder: string
  readonly paths: readonly string[]
  readonly layers: Readonly<Record<string, Features>>
}

/**
 * Writes buildings, contours, trees and an empty layer of water below `folder`/vector, as a run
 * does.
 */
export const writeMadeLayers = async (folder: string, count = 200, epsg = 2154): Promise<MadeLayers> => {
  const layers: Record<string, Features> = {
    building: courtyards(count),
    contour: contours(20),
    tree: trees(count),
    water: { ...courtyards(0), columns: { level: { type: "number", values: new Float64Array(0) } } },
  }
  await mkdir(join(folder, "vector"), { recursive: true })
  const paths: string[] = []
  for (const [name, features] of Object.entries(layers)) {
    const path = join(folder, "vector", `${name}.fgb`)
    await writeFile(path, encodeFlatGeobuf(features, { name, epsg, metadata: { ...metadata, title: name } }))
    paths.push(path)
  }
  return { folder, paths, layers }
}
