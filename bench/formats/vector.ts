/** Benchmarks of vector layers, and of the archives and indexes around them. */

import { readFileSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { crc32 } from "node:zlib"
import type { Features } from "../../engine/core/kernel-data.js"
import { elementAt } from "../../engine/core/lists.js"
import { seededRandom } from "../../engine/core/random.js"
import { writePmtiles } from "../../engine/formats/pmtiles/pmtiles-writer.js"
import { indexArea } from "../../engine/formats/vector/area-index.js"
import { readFeaturesInBox } from "../../engine/formats/vector/flatgeobuf/features-in-box.js"
import { openLayerStream } from "../../engine/formats/vector/flatgeobuf/layer-stream.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { openFlatGeobufSearch } from "../../engine/formats/vector/flatgeobuf/search.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/writer.js"
import { writeGeoJson } from "../../engine/formats/vector/geojson-writer.js"
import { writeGeoPackage } from "../../engine/formats/vector/geopackage-writer.js"
import { writeGeoParquet } from "../../engine/formats/vector/geoparquet-writer.js"
import { readPolygons } from "../../engine/formats/vector/polygons.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import type { WriteFormat } from "../../engine/formats/vector/write-format.js"
import { openArchive } from "../../engine/io/archive/open-archive.js"
import { encodeTilesIndex, tilesIndexName } from "../../engine/io/archive/tiles-index.js"
import { encodeDirectory, encodeLocalHeader, localHeaderBytes } from "../../engine/io/archive/zip-format.js"
import { type Benchmark, bench } from "../bench.js"
import { type TemporaryFile, temporaryFile } from "./scene-files.js"
import { rectangles } from "./seeded-data.js"

const encoded = (features = rectangles()): Uint8Array =>
  new Uint8Array(encodeFlatGeobuf(features, { name: "building", epsg: 2154, metadata: {} }))
const layerFile = (name = "building.fgb"): Promise<TemporaryFile> => temporaryFile(name, encoded())

/** The seeded rectangles as GeoJSON; `more` adds members to each feature. */
const geoJsonFile = (name: string, more: (id: string, index: number) => object): Promise<TemporaryFile> => {
  const { coordinates, ids } = rectangles()
  const features = ids.map((id, f) => {
    const ring = Array.from({ length: 5 }, (_, v) => [...coordinates.subarray(10 * f + 2 * v, 10 * f + 2 * v + 2)])
    return { type: "Feature", ...more(id, f), geometry: { type: "Polygon", coordinates: [ring] } }
  })
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  return temporaryFile(name, JSON.stringify({ type: "FeatureCollection", crs, features }))
}

const countOf = (features: Features): number => features.ids.length

/**
 * Converts seeded rectangles from FlatGeobuf into another format. `obstacle` returns why that is
 * impossible here.
 */
const writing = (name: string, write: WriteFormat): Benchmark =>
  bench(name, "features/s", async () => {
    const file = await layerFile()
    const [out, temporaryFolder] = [join(dirname(file.path), "out"), join(dirname(file.path), "tmp")]
    await mkdir(temporaryFolder)
    const layer = await openLayerStream(file.path)
    const facts = { keepCrs: false, zooms: [8, 16], date: "2023-04-05", software: "maille", temporaryFolder } as const
    return {
      run: async () => {
        await rm(out, { force: true })
        const [written] = await write([layer], out, facts)
        return written?.features ?? 0
      },
      digest: () => new Uint8Array(readFileSync(out)),
      close: () => layer.close().then(file.remove),
    }
  })

/** The boundary of a département: a ring of 20,000 vertices, about 100 km across. */
const limitOfDepartement = (): Float64Array => {
  const corners = 20_000
  const random = seededRandom(1)
  const xy = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners
    const radius = 40_000 + 5000 * Math.sin(7 * angle) + 100 * random()
    return [750_000 + radius * Math.cos(angle), 6_300_000 + radius * Math.sin(angle)]
  }).flat()
  return Float64Array.from([...xy, xy[0] ?? 0, xy[1] ?? 0])
}

/** Contents of the archive of a large shard. */
const archiveEntries = () => {
  let at = 0
  const entries = Array.from({ length: 20_000 }, (_, i) => {
    const path = `tiles/19/${15_000 + (i % 200)}/${125_000 + i}.glb`
    const entry = { path, at: at + localHeaderBytes(path), sizeBytes: 8, crc32: i }
    at = entry.at + entry.sizeBytes
    return entry
  })
  return { entries, end: at }
}

const rows: readonly Benchmark[] = [
  bench("write-flatgeobuf", "features/s", () => {
    const features = rectangles()
    return { amount: countOf(features), run: () => encoded(features) }
  }),
  bench("read-flatgeobuf", "features/s", async () => {
    const { path, remove } = await layerFile()
    return { amount: countOf, run: async () => (await readFlatGeobuf(path)).features, close: remove }
  }),
  // Finds every feature through the index, and decodes the geometry of half of them, as a map of
  // the whole layer would.
  bench("search-flatgeobuf", "features/s", async () => {
    const { path, remove } = await layerFile()
    return {
      amount: ({ seen }: { seen: number }) => seen,
      run: async () => {
        const found: number[] = []
        let seen = 0
        const layer = await openFlatGeobufSearch(path)
        await layer.search(layer.box ?? [0, 0, 0, 0], {
          box: () => ++seen % 2 === 0,
          feature: (rows) => {
            for (const { rings } of rows) found.push(rings[0]?.[0] ?? 0)
          },
        })
        await layer.close()
        return { seen, found }
      },
      digest: ({ found }: { found: number[] }) => Float64Array.from(found),
      close: remove,
    }
  }),
  // Reads external features for one tile: a box of 5 km in a layer of 10 km.
  bench("read-features-in-box", "features/s", async () => {
    const { path, remove } = await layerFile("given.fgb")
    return {
      amount: countOf,
      run: () => readFeaturesInBox(path, [840_000, 6_520_000, 845_000, 6_525_000]),
      digest: ({ coordinates }: Features) => coordinates,
      close: remove,
    }
  }),
  bench("read-features", "features/s", async () => {
    const { path, remove } = await geoJsonFile("given.geojson", (id, f) => ({ id, properties: { floors: f % 5 } }))
    return {
      amount: countOf,
      run: async () => (await readFeatures(path, "Polygon")).features,
      digest: ({ coordinates }: Features) => coordinates,
      close: remove,
    }
  }),
  bench("read-polygons", "polygons/s", async () => {
    const { path, remove } = await geoJsonFile("area.geojson", () => ({ properties: {} }))
    type Polygons = Awaited<ReturnType<typeof readPolygons>>
    return { amount: ({ rings }: Polygons) => rings.length, run: () => readPolygons(path), close: remove }
  }),
  writing("write-geojson", writeGeoJson),
  writing("write-geoparquet", writeGeoParquet),
  writing("write-pmtiles", writePmtiles),
  writing("write-geopackage", writeGeoPackage),
  bench("locate-in-area", "points/s", () => {
    const count = 200_000
    const index = indexArea({ rings: [[limitOfDepartement()]] })
    const random = seededRandom(2)
    const places = Float64Array.from({ length: 2 * count }, (_, i) =>
      i % 2 === 0 ? 700_000 + 100_000 * random() : 6_250_000 + 100_000 * random(),
    )
    const inside = new Uint8Array(count)
    return {
      amount: count,
      run: () => {
        for (let i = 0; i < count; i++) inside[i] = index.holds(places[2 * i] ?? 0, places[2 * i + 1] ?? 0) ? 1 : 0
        return inside
      },
    }
  }),
  // Writes and reads the index and directory of a 3D Tiles archive, and looks up every hundredth
  // file.
  bench("archive", "files/s", async () => {
    const { entries, end } = archiveEntries()
    const encode = (): Uint8Array => {
      const index = encodeTilesIndex(entries)
      const last = { path: tilesIndexName, sizeBytes: index.length, crc32: crc32(index) }
      const header = encodeLocalHeader(last)
      const place = end + header.length
      return Buffer.concat([header, index, encodeDirectory([...entries, { ...last, at: place }], place + index.length)])
    }
    const files = entries.flatMap((entry) => [encodeLocalHeader(entry), new Uint8Array(entry.sizeBytes)])
    const { path, remove } = await temporaryFile("bench.3tz", Buffer.concat([...files, encode()]))
    return {
      amount: entries.length,
      run: async () => {
        const made = new Uint8Array(encode())
        const archive = await openArchive(path)
        const found: unknown[] = []
        for (let i = 0; i < entries.length; i += 100) found.push(await archive.find(elementAt(entries, i).path))
        return [made, found]
      },
      close: remove,
    }
  }),
]

export default rows
