/** Benchmarks of point files: reading, writing, decoding, ordering. */
import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import { gatherBuckets } from "../../engine/formats/buckets/gather-buckets.js"
import { writeBuckets } from "../../engine/formats/buckets/write-buckets.js"
import { writeCopc } from "../../engine/formats/copc/copc-writer.js"
import type { FieldName, PointColumns, PointQuery } from "../../engine/formats/las/columns.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { openLazWriter } from "../../engine/formats/laz/laz-writer.js"
import type { LazDecoder } from "../../engine/formats/laz/wasm/chunk.js"
import { createLazDecoder } from "../../engine/formats/laz/wasm/decoder.js"
import { openPointFile } from "../../engine/formats/points/point-file.js"
import { readTileIndex } from "../../engine/spatial/tile-index.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { type Benchmark, bench } from "../bench.js"
import { realFile } from "../real-data.js"
import { readLazFile, requestLayers } from "./laz-file.js"
import { openScene, sceneBucket, sceneLas, sceneRecords, temporaryFile } from "./scene-files.js"

/** Reads every point of a source; returns a sum over every `step`th point as a digest. */
const sumPoints = async (
  source: { read(query: PointQuery): AsyncIterable<PointColumns> },
  query: PointQuery,
  [step, weight]: readonly [step: number, weight: number],
): Promise<readonly [count: number, sum: number]> => {
  let [count, sum] = [0, 0]
  for await (const chunk of source.read(query)) {
    count += chunk.count
    for (let i = 0; i < chunk.count; i += step) sum = (sum + (chunk.x[i] ?? 0) + weight * (chunk.z[i] ?? 0)) | 0
  }
  return [count, sum]
}

/** Reads a file into columns: x, y, z and `attributes`, by default all that kernels can ask for. */
const reading = (
  name: string,
  locate: () => Promise<{ path: string; remove?: () => Promise<void> } | string>,
  attributes?: readonly FieldName[],
): Benchmark =>
  bench(name, "points/s", async () => {
    const found = await locate()
    if (typeof found === "string") return found
    const file = await openPointFile(found.path)
    const [minX, minY] = file.info.box
    const query = { origin: [minX, minY, 0] as const, ...(attributes === undefined ? {} : { attributes }) }
    return {
      amount: ([count]: readonly [number, number]) => count,
      run: () => sumPoints(file, query, [97, 1]),
      digest: ([, sum]: readonly [number, number]) => [file.info.count, sum],
      close: () => file.close().then(found.remove),
    }
  })

/** Decodes every layer of chunks in memory. */
const decoding = (name: string, create: () => LazDecoder | Promise<LazDecoder>): Benchmark =>
  bench(name, "points/s", async () => {
    const found = realFile("bench/t02.laz")
    if (typeof found === "string") return found
    const { header, chunks } = await readLazFile(found.path)
    const decoder = await create()
    const request = requestLayers(header, true)
    return {
      amount: header.count,
      run: () =>
        chunks.flatMap(({ count, bytes }) => {
          const { x, y, z, gpsTime, intensity } = decoder.decode(bytes, { ...request, count })
          return [x, y, z, gpsTime, intensity].map((column) => column?.[count - 1] ?? Number.NaN)
        }),
    }
  })

/** A WFS page of the largest size: 50 × 50 tiles of 1 km, with IGN's properties. */
const indexPage = (): string => {
  const features = Array.from({ length: 2500 }, (_, i) => {
    const [x, y] = [700 + (i % 50), 6300 + Math.floor(i / 50)]
    const [x0, y0] = [1000 * x, 1000 * (y - 1)]
    const name = `LHD_FXX_0${x}_${y}_PTS`
    const corners = [x0, y0, x0 + 1000, y0, x0 + 1000, y0 + 1000, x0, y0 + 1000, x0, y0]
    const ring = [0, 2, 4, 6, 8].map((at) => corners.slice(at, at + 2))
    const url = `https://data.geopf.fr/telechargement/download/LiDARHD-NUALID/NUALHD_1-0__LAZ_LAMB93_XX_2025-01-01/${name}_LAMB93_IGN69.copc.laz`
    const properties = { name: `${name}_C_LAMB93_IGN69`, url, timestamp: "2025-05-01", projection: "EPSG:2154" }
    return { type: "Feature", id: `dalle.${i}`, geometry: { type: "Polygon", coordinates: [ring] }, properties }
  })
  const crs = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }
  return JSON.stringify({ type: "FeatureCollection", crs, features })
}

const rows: readonly Benchmark[] = [
  reading("read-las", sceneLas),
  reading("read-laz", async () => realFile("bench/t02.laz")),
  reading("read-copc", async () => realFile("bench/t02.copc.laz")),
  reading("read-laz-selective", async () => realFile("bench/t02.laz"), ["classification", "returnNumber"]),
  decoding("decode-laz", createLazDecoder),
  bench("write-las", "points/s", () => {
    const points = scanScene(makeScene())
    return { amount: points.count, run: () => new Uint8Array(encodeLas(points, { pointFormat: 6, epsg: 2154 })) }
  }),
  bench("write-laz", "points/s", async () => {
    const { spec, records, count } = await sceneRecords()
    const { path, remove } = await temporaryFile("scene.laz", "")
    return {
      run: async () => {
        const writer = await openLazWriter(path, spec)
        await writer.write(records, count)
        return (await writer.finish()).points
      },
      digest: () => readFileSync(path),
      close: remove,
    }
  }),
  bench("write-copc", "points/s", async () => {
    const { spec, records, count, box } = await sceneRecords()
    const { path, remove } = await temporaryFile("scene.copc.laz", "")
    const input = {
      spec,
      count,
      box,
      async *records() {
        yield { bytes: records, count }
      },
    }
    return {
      run: async () => (await writeCopc(input, path, { temporaryFolder: dirname(path) })).points,
      digest: () => readFileSync(path),
      close: remove,
    }
  }),
  bench("write-spool", "points/s", async () => {
    const { file, path, close } = await openScene()
    return {
      run: async () => (await writeBuckets(file, `${path}.buckets`)).points,
      digest: () => readFileSync(`${path}.buckets`),
      close,
    }
  }),
  bench("read-spool", "points/s", async () => {
    const { bucketFile, box, close } = await sceneBucket()
    return {
      amount: ([count]: readonly [number, number]) => count,
      run: () => sumPoints(bucketFile, { origin: [box[0], box[1], 0] }, [1, 31]),
      digest: ([, sum]: readonly [number, number]) => [bucketFile.count, sum],
      close,
    }
  }),
  bench("gather-spools", "points/s", async () => {
    const { bucketFile, box, close } = await sceneBucket()
    const query = { extent: box, origin: [box[0], box[1], 0], cell: box, attributes: [], classes: undefined } as const
    return {
      amount: ([count]: readonly [number, number]) => count,
      run: async () => {
        const { points, count } = await gatherBuckets([bucketFile], query)
        const { x, z, classification } = points
        let sum = 0
        for (let i = 0; i < points.count; i++)
          sum = (Math.imul(sum, 31) + x[i]! + 31 * z[i]! + 7 * classification[i]!) | 0
        return [count, sum] as const
      },
      digest: ([, sum]: readonly [number, number]) => [bucketFile.count, sum],
      close,
    }
  }),
  bench("read-tile-index", "tiles/s", async () => {
    const { path, remove } = await temporaryFile("index.geojson", indexPage())
    type Index = Awaited<ReturnType<typeof readTileIndex>>
    return {
      amount: ({ tiles }: Index) => tiles.length,
      run: () => readTileIndex([path]),
      digest: ({ tiles }: Index) => tiles,
      close: remove,
    }
  }),
]

export default rows
