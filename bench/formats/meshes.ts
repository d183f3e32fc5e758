/** Benchmarks of meshes and solids: files, checks and distances. */

import { checkSolid } from "../../engine/check/solid/check-solid.js"
import type { SolidGeometry } from "../../engine/check/solid/solid-fault.js"
import { triangleIndex } from "../../engine/core/geometry/triangle-distance.js"
import type { Mesh, Solids } from "../../engine/core/kernel-data.js"
import { seededRandom } from "../../engine/core/random.js"
import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import { readCitySequence } from "../../engine/formats/cityjson/read-city.js"
import {
  decodeMeshFile,
  decodeSolidsFile,
  decodeWallsFile,
  encodeMeshFile,
  encodeSolidsFile,
  encodeWallsFile,
} from "../../engine/formats/ports/handed-files.js"
import { type DecodedGlb, decodeGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { chooseFrame } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { openGeoid } from "../../engine/grid/geoid.js"
import type { TextureChart } from "../../engine/kernel.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { type Benchmark, bench } from "../bench.js"
import { temporaryFile } from "./scene-files.js"
import { groundMesh } from "./seeded-data.js"
import { cityFacts, gabledHouses } from "./seeded-solids.js"

const trianglesOf = ({ triangles }: Pick<Mesh, "triangles">): number => triangles.length / 3
const solidsOf = ({ ids }: Solids): number => ids.length
const citySequence = (solids = gabledHouses()): Uint8Array => new Uint8Array(encodeCitySequence([solids], cityFacts))

/** The scene's ground, encoded as glTF. */
const groundGlb = async (): Promise<{ mesh: Mesh; encode(): Uint8Array }> => {
  const scene = makeScene()
  const mesh = groundMesh(scene)
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg: scene.epsg })
  const frame = chooseFrame(crsByEpsg(scene.epsg), geoid, scene.box, [160, 180])
  const facts = { copyright: "made up", generator: "maille", extras: {} }
  return { mesh, encode: () => new Uint8Array(encodeGlb({ mesh, frame, ...facts })) }
}

/** The gabled houses, as in a CityJSON sequence. */
const houseGeometries = async (): Promise<SolidGeometry[]> => {
  const { path, remove } = await temporaryFile("houses.city.jsonl", citySequence())
  const solids: SolidGeometry[] = []
  for await (const { header, feature } of readCitySequence(path)) {
    const { scale, translate } = header.transform
    const metres = feature.vertices.flatMap((vertex) => vertex.map((v, k) => v * scale[k]! + translate[k]!))
    for (const { boundaries } of Object.values(feature.CityObjects).flatMap(({ geometry }) => geometry ?? []))
      solids.push({ vertices: Float64Array.from(metres), shells: boundaries })
  }
  await remove()
  return solids
}

/** A street of walls, 10 m × 6 m each, at 0.4 m per texel. */
const walls = (): TextureChart[] =>
  Array.from({ length: 2000 }, (_, n) => ({
    faces: new Uint32Array(0),
    origin: [15 * n, 0, 100],
    u: [1, 0, 0],
    v: [0, 0, 1],
    texel: 0.4,
    width: 25,
    height: 15,
    data: Uint8Array.from({ length: 4 * 25 * 15 }, (_, i) => (n * 31 + i * 7) & 255),
  }))

const rows: readonly Benchmark[] = [
  bench("mesh-file", "triangles/s", () => {
    const mesh = groundMesh(makeScene())
    return { amount: trianglesOf(mesh), run: () => decodeMeshFile(encodeMeshFile(mesh), "mesh") }
  }),
  bench("write-glb", "triangles/s", async () => {
    const { mesh, encode } = await groundGlb()
    return { amount: trianglesOf(mesh), run: encode }
  }),
  bench("read-glb", "triangles/s", async () => {
    const bytes = (await groundGlb()).encode()
    return { amount: (glb: DecodedGlb) => trianglesOf(glb), run: () => decodeGlb(bytes) }
  }),
  bench("triangle-distance", "points/s", () => {
    const count = 100_000
    const { positions, triangles } = groundMesh(makeScene())
    const metres = Float64Array.from(positions, (value) => value / 1000)
    const index = triangleIndex(metres, triangles)
    const random = seededRandom(5)
    const places = new Float64Array(3 * count)
    for (let i = 0; i < count; i++) {
      const vertex = Math.floor(random() * (metres.length / 3))
      for (let k = 0; k < 3; k++) places[3 * i + k] = metres[3 * vertex + k]! + random() - 0.5
    }
    return {
      amount: count,
      run: () => {
        let sum = 0
        for (let i = 0; i < count; i++) sum += index.distance(places[3 * i]!, places[3 * i + 1]!, places[3 * i + 2]!)
        return sum
      },
    }
  }),
  bench("solids-file", "solids/s", () => {
    const solids = gabledHouses()
    return { amount: solidsOf(solids), run: () => decodeSolidsFile(encodeSolidsFile(solids), "solids") }
  }),
  bench("walls-file", "texels/s", () => {
    const charts = walls()
    return { amount: charts.length * 25 * 15, run: () => decodeWallsFile(encodeWallsFile({ charts }), "walls") }
  }),
  bench("write-cityjson", "buildings/s", () => {
    const solids = gabledHouses()
    return { amount: solidsOf(solids), run: () => citySequence(solids) }
  }),
  bench("read-cityjson", "buildings/s", async () => {
    const { path, remove } = await temporaryFile("houses.city.jsonl", citySequence())
    return {
      amount: ({ count }: { count: number }) => count,
      run: async () => {
        let [count, last]: [number, unknown] = [0, undefined]
        for await (const { feature } of readCitySequence(path)) {
          last = feature
          count++
        }
        return { count, last }
      },
      digest: ({ last }: { last: unknown }) => last,
      close: remove,
    }
  }),
  bench("check-solid", "buildings/s", async () => {
    const solids = await houseGeometries()
    return {
      amount: solids.length,
      run: () => solids.reduce((volume, solid) => volume + checkSolid(solid).volume, 0),
    }
  }),
]

export default rows
