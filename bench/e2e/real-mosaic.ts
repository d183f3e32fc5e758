/** A full-density tile of real points, laid out in rows and columns. */
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Box2 } from "../../engine/core/geometry/box.js"
import type { PointColumns } from "../../engine/formats/las/columns.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import { openImageCatalogue } from "../../engine/spatial/image-catalogue.js"
import { type PulseFacts, RECORD_BYTES, recordSink } from "../../fixtures/record-sink.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { openStripPool, type StripAnswer } from "../../fixtures/strip-pool.js"
import { tileWriters } from "../../fixtures/tile-writers.js"
import type { RunInput } from "./run-maille.js"

/** A block of real points of 100 m, and a real image of 50 m. */
export interface RealBlock {
  /** Files that hold the block's points. */
  readonly lidar: readonly string[]
  readonly block: Box2
  readonly image: string
  readonly imageBox: Box2
}

/** Where the copies lie: the south-west corner, EPSG:2154. */
const CORNER = [843_000, 6_520_000] as const
const PIXEL = 0.2

/**
 * Lays a block of real points out in rows and columns, as one COPC like a delivered tile, with the
 * real image laid out over it. What it is good for is cost: points, classes, returns and noise of a
 * square metre are real; where copies meet the ground has steps. Files that are there are kept.
 *
 * @param copies a side
 */
export const makeMosaic = async (folder: string, real: RealBlock, copies: number): Promise<RunInput> => {
  const side = real.block[2] - real.block[0]
  const box: Box2 = [CORNER[0], CORNER[1], CORNER[0] + side * copies, CORNER[1] + side * copies]
  const lidar = join(folder, `real-${copies}x${copies}.copc.laz`)
  const image = join(folder, `real-${copies}x${copies}.tif`)
  await mkdir(folder, { recursive: true })
  await once(lidar, async (part) => writeCopies(part, await readBlock(real), box, side))
  await once(image, async (part) => writeFile(part, await imageCopies(real, box)))
  return { lidar: [lidar], images: [image] }
}

/** Makes a file unless it is there; under its name it is whole. */
const once = async (path: string, make: (part: string) => Promise<unknown>): Promise<void> => {
  if ((await stat(path).catch(() => undefined)) !== undefined) return
  const part = `${path}.part`
  try {
    await make(part)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

const ATTRIBUTES = [
  "classification",
  "returnNumber",
  "numberOfReturns",
  "intensity",
  "gpsTime",
  "scanAngle",
  "flags",
  "pointSourceId",
] as const

/** The block's points, relative to its south-west corner. */
const readBlock = async ({ lidar, block }: RealBlock): Promise<PointColumns[]> => {
  const chunks: PointColumns[] = []
  for (const path of lidar) {
    const file = await openPointFile(path)
    try {
      const query = { origin: [block[0], block[1], 0] as const, box: block, attributes: ATTRIBUTES }
      for await (const chunk of file.read(query)) chunks.push(chunk)
    } finally {
      await file.close()
    }
  }
  return chunks
}

/** One strip a row of copies. */
const writeCopies = async (path: string, chunks: readonly PointColumns[], box: Box2, side: number): Promise<void> => {
  const copies = Math.round((box[2] - box[0]) / side)
  const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0) * copies ** 2
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { z } of chunks) {
    for (const height of z) {
      low = Math.min(low, height / 1000)
      high = Math.max(high, height / 1000)
    }
  }
  const strips = async function* (): AsyncGenerator<StripAnswer> {
    for (let row = 0; row < copies; row++) {
      const sink = recordSink(box, Math.ceil(count / copies))
      for (let column = 0; column < copies; column++) {
        for (const chunk of chunks) addCopy(sink, chunk, box[0] + column * side, box[1] + row * side)
      }
      yield { count: sink.count, extras: 0, bytes: sink.bytes.slice(0, sink.count * RECORD_BYTES) }
    }
  }
  const pool = openStripPool(2)
  try {
    await tileWriters.copc(path, { strips, box, count, zRange: [low, high], pool })
  } finally {
    await pool.close()
  }
}

const addCopy = (sink: ReturnType<typeof recordSink>, chunk: PointColumns, west: number, south: number): void => {
  const facts: PulseFacts = { time: 0, angle: 0, flags: 0, source: 0 }
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime } = chunk
  for (let i = 0; i < chunk.count; i++) {
    facts.time = gpsTime[i] ?? 0
    facts.angle = chunk.scanAngle?.[i] ?? 0
    facts.flags = chunk.flags?.[i] ?? 0
    facts.source = chunk.pointSourceId?.[i] ?? 0
    const returns = (returnNumber[i] ?? 0) | ((numberOfReturns[i] ?? 0) << 4)
    const [px, py, pz] = [west + (x[i] ?? 0) / 1000, south + (y[i] ?? 0) / 1000, (z[i] ?? 0) / 1000]
    sink.add(px, py, pz, classification[i] ?? 0, returns, intensity[i] ?? 0, facts)
  }
}

const imageCopies = async ({ image, imageBox }: RealBlock, box: Box2): Promise<Uint8Array> => {
  const { images, ignored } = await openImageCatalogue([image], { epsg: 2154 })
  const tile = await composeImage(images, imageBox, PIXEL)
  if (tile === undefined) throw new Error(`${image}: no pixel in the block (${JSON.stringify(ignored)})`)
  const [width, height] = [Math.round((box[2] - box[0]) / PIXEL), Math.round((box[3] - box[1]) / PIXEL)]
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = ((row % tile.height) * tile.width + (column % tile.width)) * 4
      data.set(tile.data.subarray(from, from + 3), (row * width + column) * 3)
    }
  }
  return encodeGeoTiff({ width, height, box, pixel: PIXEL, data }, 2154)
}
