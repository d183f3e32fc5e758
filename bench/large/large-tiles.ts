import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { objectId } from "../../engine/core/hash.js"
import { seededRandom } from "../../engine/core/random.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features } from "../../engine/kernel.js"

/** Side of a tile, m. */
const SIDE = 1000

/** Houses of five vertices on whole millimetres, with the kinds of columns that the layer `building` has. */
const housesOf = (count: number, seed: number, [x0, y0]: readonly [number, number]): Features => {
  const random = seededRandom(seed)
  const coordinates = new Float64Array(10 * count)
  const ids: string[] = []
  for (let f = 0; f < count; f++) {
    const [x, y] = [x0, y0].map((value) => Math.round(1000 * (value + (SIDE - 20) * random())) / 1000) as [
      number,
      number,
    ]
    const [w, d] = [8 + Math.floor(8 * random()), 6 + Math.floor(6 * random())]
    coordinates.set([x, y, x + w, y, x + w, y + d, x, y + d, x, y], 10 * f)
    // Places repeat to the centimetre among so many.
    ids.push(objectId("building", 1000 * seed, f))
  }
  const numbers = (step: number): Float64Array => Float64Array.from({ length: count }, (_, f) => (f % 977) / step)
  return {
    geometry: "Polygon",
    dimension: 2,
    coordinates,
    ringEnds: Uint32Array.from({ length: count }, (_, f) => 5 * (f + 1)),
    partEnds: Uint32Array.from({ length: count }, (_, f) => f + 1),
    ids,
    columns: {
      height: { type: "number", values: numbers(8) },
      ground: { type: "number", values: numbers(4) },
      area: { type: "number", values: numbers(2) },
      volume: { type: "number", values: numbers(1) },
      points: { type: "integer", values: Int32Array.from({ length: count }, (_, f) => f % 977) },
      acquired_first: { type: "string", values: ids.map(() => "2023-04-05") },
    },
  }
}

/**
 * Writes tiles of 1 km, in a square, as the tiles of a job leave a layer: a FlatGeobuf file each.
 *
 * @param features of all tiles together, a multiple of the number of tiles
 * @returns their paths
 */
export const writeLargeTiles = async (folder: string, features: number, tilesASide: number): Promise<string[]> => {
  await mkdir(folder, { recursive: true })
  const each = Math.floor(features / tilesASide ** 2)
  const paths: string[] = []
  for (let tile = 0; tile < tilesASide ** 2; tile++) {
    const corner = [700_000 + SIDE * (tile % tilesASide), 6_600_000 + SIDE * Math.floor(tile / tilesASide)] as const
    const path = join(folder, `${tile}.fgb`)
    const facts = { name: "building", epsg: 2154, metadata: {} }
    await writeFile(path, encodeFlatGeobuf(housesOf(each, tile + 1, corner), facts))
    paths.push(path)
  }
  return paths
}
