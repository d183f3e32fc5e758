import { readFile } from "node:fs/promises"
import { crc32 } from "node:zlib"
import { createCanvas } from "@napi-rs/canvas"
import { checkGltf } from "../../engine/check/check-tile.js"
import { checkVector } from "../../engine/check/check-vector.js"
import { indexSolids } from "../../engine/check/solid-index.js"
import { writtenTiles } from "../../engine/check/written-tiles.js"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { citySolids } from "../../engine/formats/cityjson/city-solids.js"
import { encodeCitySequence } from "../../engine/formats/cityjson/encode-city.js"
import { mergeCitySequences } from "../../engine/formats/cityjson/merge-city.js"
import { readCitySequence } from "../../engine/formats/cityjson/read-city.js"
import {
  decodeMeshFile,
  decodeSolidsFile,
  decodeWallsFile,
  encodeMeshFile,
  encodeSolidsFile,
  encodeWallsFile,
} from "../../engine/formats/ports/handed-files.js"
import { decodeGlb, plainGlb } from "../../engine/formats/tiles3d/decode-glb.js"
import { encodeGlb } from "../../engine/formats/tiles3d/glb.js"
import { encodeTileset } from "../../engine/formats/tiles3d/tileset.js"
import type { FeatureRow } from "../../engine/formats/vector/flatgeobuf/feature.js"
import { openLayerStream } from "../../engine/formats/vector/flatgeobuf/layer-stream.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { openFlatGeobufSearch } from "../../engine/formats/vector/flatgeobuf/search.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import { openArchive } from "../../engine/io/archive/open-archive.js"
import { readStored, streamStored } from "../../engine/io/archive/stored-file.js"
import { encodeTilesIndex, tilesIndexName } from "../../engine/io/archive/tiles-index.js"
import { type ArchiveEntry, encodeDirectory, encodeLocalHeader } from "../../engine/io/archive/zip-format.js"
import { listProductFiles, notThere, readUnpacked } from "../../engine/job/product-files.js"
import { courtyards } from "../engine/formats/vector/made-layers.js"
import { frameAt, gridMesh, provenance } from "../scenes/content-scene.js"
import { townMesh } from "../scenes/content-town.js"
import { facts, origin, scene } from "../scenes/solids-scene.js"
import { flatGeobufMutation, glbMutation, zipMutation } from "./mutate-formats.js"
import { jsonMutation } from "./mutate-text.js"
import type { Seed, Target } from "./run-fuzz.js"

const BOX: Box2 = [770500, 6277500, 770600, 6277600]

const glbs = (): Seed[] => {
  const image = new Uint8Array(createCanvas(8, 8).toBuffer("image/jpeg"))
  const mesh = gridMesh(BOX, 4)
  const count = mesh.triangles.length / 3
  const painted = {
    image,
    mimeType: "image/jpeg",
    uv: new Float32Array(6 * count).fill(0.5),
    chartOf: new Uint32Array(count),
  }
  const colours = new Uint32Array(count).fill(0x445566)
  const texture = { ...painted, colours, infrared: { image, colours } }
  const frame = frameAt(2154, BOX)
  const town = encodeGlb({ mesh: townMesh(BOX, 5), frame, ...provenance })
  return [
    { name: "town.glb", bytes: town, mutations: [glbMutation] },
    { name: "painted.glb", bytes: encodeGlb({ mesh, texture, frame, ...provenance }), mutations: [glbMutation] },
  ]
}

const glb: Target = {
  name: "glb",
  seeds: async () => glbs(),
  read: async (path) => {
    const bytes = await readStored(path)
    await decodeGlb(bytes, path)
    // What can be decoded is also exported and judged.
    await plainGlb(bytes, path)
    await checkGltf(bytes, path)
    return undefined
  },
}

/** An archive of 3D Tiles with some files. */
const archiveOf = (files: readonly (readonly [path: string, data: Uint8Array])[]): Uint8Array => {
  const parts: Uint8Array[] = []
  const entries: ArchiveEntry[] = []
  let at = 0
  const add = (path: string, data: Uint8Array): void => {
    const entry = { path, sizeBytes: data.length, crc32: crc32(data) }
    const header = encodeLocalHeader(entry)
    entries.push({ ...entry, at: at + header.length })
    parts.push(header, data)
    at += header.length + data.length
  }
  for (const [path, data] of files) add(path, data)
  add(tilesIndexName, encodeTilesIndex(entries))
  return new Uint8Array(Buffer.concat([...parts, encodeDirectory(entries, at)]))
}

const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))
const FILES = ["tileset.json", "tiles/9/1/2.glb", "tiles/9/1/3.glb", "rasters/dtm/9/1/2.tif"]

const archive: Target = {
  name: "3tz",
  seeds: async () => {
    const bytes = archiveOf(FILES.map((path, i) => [path, text(i === 0 ? "{}" : "x".repeat(40 * i))]))
    return [{ name: "packs/run.3tz", bytes, mutations: [zipMutation] }]
  },
  read: async (path, folder) => {
    await (await openArchive(path)).entries()
    for (const file of FILES) await readStored(`${path}/${file}`).catch(unlessAbsent)
    for (const file of await listProductFiles(folder)) {
      await readUnpacked(folder, file)
      for await (const _ of await streamStored(file.place).catch(unlessListed));
    }
    return undefined
  },
}

const unlessListed = (error: unknown): never => {
  throw notThere(error, "listed")
}

/**
 * A damaged name is another file's: the one asked for is not there, which the system's code says.
 */
const unlessAbsent = (error: unknown): void => {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
}

const SEARCHED: readonly Box2[] = [
  [-Infinity, -Infinity, Infinity, Infinity],
  [770200, 6277200, 770500, 6277600],
  [770000, 6277000, 770050, 6277900],
]

const boxOf = (rings: readonly Float64Array[], dimension: number): Box2 => {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of rings)
    for (let i = 0; i < ring.length; i++) {
      const k = i % dimension
      if (k !== 0 && k !== 1) continue
      box[k] = Math.min(box[k], ring[i]!)
      box[k + 2] = Math.max(box[k + 2]!, ring[i]!)
    }
  return box
}

const meets = (a: Box2, b: Box2): boolean => a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1]

/** What the searches give that a scan does not, or the other way. */
const compareSearch = async (path: string): Promise<string | undefined> => {
  const layer = await openFlatGeobufSearch(path)
  try {
    let scanned: string[] | undefined
    for (const box of SEARCHED) {
      const found: string[] = []
      const rows: FeatureRow[] = []
      await layer.search(box, {
        box: () => true,
        feature: (parts) => {
          for (const part of parts) found.push(JSON.stringify([part.id, [...part.rings[0]!]]))
          rows.push(...parts)
        },
      })
      if (rows.some((row) => !meets(boxOf(row.rings, layer.dimension), box)))
        return `a search gave a feature outside ${box.join(", ")}`
      scanned ??= await scan(path)
      const expected = scanned
        .filter((one) => meets(JSON.parse(one)[2], box))
        .map((one) => JSON.stringify(JSON.parse(one).slice(0, 2)))
      if (found.sort().join("\n") !== expected.sort().join("\n"))
        return `a search in ${box.join(", ")} gave ${found.length} features, a scan ${expected.length}`
    }
  } finally {
    await layer.close()
  }
  return undefined
}

/** Id, first ring and box of each part, without the index. */
const scan = async (path: string): Promise<string[]> => {
  const { features } = await readFlatGeobuf(path)
  const { coordinates, dimension, ringEnds, partEnds, ids } = features
  return ids.map((id, f) => {
    const first = f === 0 ? 0 : partEnds[f - 1]!
    const vertex = (ring: number): number => (ring === 0 ? 0 : ringEnds[ring - 1]!) * dimension
    const rings = Array.from({ length: partEnds[f]! - first }, (_, r) =>
      coordinates.slice(vertex(first + r), vertex(first + r + 1)),
    )
    return JSON.stringify([id, [...rings[0]!], boxOf(rings, dimension)])
  })
}

const layers = (): Seed[] => {
  const metadata = { source: "made", acquired: "2021" }
  return [5, 40, 300].map((count) => {
    const bytes = encodeFlatGeobuf(courtyards(count), { name: "building", epsg: 2154, metadata })
    return { name: `layer-${count}.fgb`, bytes, mutations: [flatGeobufMutation(count)] }
  })
}

const flatGeobufScan: Target = {
  name: "fgb-scan",
  seeds: async () => layers(),
  read: async (path) => {
    await checkVector(path)
    const stream = await openLayerStream(path)
    try {
      for await (const _ of stream.features());
    } finally {
      await stream.close()
    }
    return undefined
  },
}

const flatGeobufSearch: Target = { name: "fgb-search", seeds: async () => layers(), read: compareSearch }

const tileset: Target = {
  name: "tileset",
  seeds: async () => {
    const [X, Y, Z] = [4620000, 310000, 4367000]
    const node = (uri: string, children: Parameters<typeof encodeTileset>[0][] = []) =>
      ({ uri, geometricError: 1, centre: [X, Y, Z], box: [0, 0, 0, 50, 0, 0, 0, 50, 0, 0, 0, 9], children }) as const
    const options = { copyright: "made", generator: "maille" }
    const inner = encodeTileset(node("9/2/4.glb"), { ...options, within: [X, Y, Z] })
    const root = node("tiles/8/1/2.glb", [node("tiles/9/2/5.glb"), node("tiles/9/3/5-01.glb"), node("tiles/9.json")])
    return [
      { name: "tileset.json", bytes: text(encodeTileset(root, options)), mutations: [jsonMutation] },
      { name: "tiles/9.json", bytes: text(inner), mutations: [jsonMutation] },
      {
        name: "packed",
        path: "packs/a.3tz/tileset.json",
        bytes: text(encodeTileset(root, { ...options, required: ["X"] })),
        mutations: [jsonMutation],
      },
    ]
  },
  read: async (path, folder) => {
    await writtenTiles(folder)
    if (path.includes("packs")) await readUnpacked(folder, { path: "tileset.json", place: path, file: path })
    return undefined
  },
}

const city: Target = {
  name: "cityjson",
  seeds: async () => [
    { name: "building.city.jsonl", bytes: encodeCitySequence([scene()], facts), mutations: [jsonMutation] },
  ],
  read: async (path) => {
    for await (const { header, feature } of readCitySequence(path)) citySolids(header, [feature], origin)
    const index = await indexSolids(path)
    const surfaces = await index.within(BOX, 1000)
    surfaces.outline(10, 20, 100)
    for await (const _ of await mergeCitySequences([path], facts));
    return undefined
  },
}

/** A file whose reader takes bytes. */
const decoded = (name: string, bytes: Uint8Array, decode: (bytes: Uint8Array, file: string) => unknown): Target => ({
  name,
  seeds: async () => [{ name: `${name}.bin`, bytes }],
  read: async (path) => {
    decode(new Uint8Array(await readFile(path)), path)
    return undefined
  },
})

const chart = {
  faces: new Uint32Array(0),
  origin: [0, 0, 0],
  u: [1, 0, 0],
  v: [0, 0, 1],
  texel: 0.1,
  width: 4,
  height: 3,
} as const

/** Readers of what a run writes and other commands read. */
export const productTargets: readonly Target[] = [
  glb,
  archive,
  flatGeobufScan,
  flatGeobufSearch,
  tileset,
  city,
  decoded("mesh-file", encodeMeshFile(townMesh(BOX, 5)), decodeMeshFile),
  decoded("solids-file", encodeSolidsFile(scene()), decodeSolidsFile),
  decoded(
    "walls-file",
    encodeWallsFile({ charts: [1, 2].map(() => ({ ...chart, data: new Uint8Array(48) })) }),
    decodeWallsFile,
  ),
]
