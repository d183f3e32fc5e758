/** Reads only the coordinates of all points of a file. */
import type { Box2 } from "../../core/geometry/box.js"
import type { ByteSource } from "../../io/byte-source.js"
import type { Copc } from "../copc/open-copc.js"
import { BLOCK_POINTS } from "../las/columns.js"
import type { LasHeader } from "../las/header.js"
import { StatedCheck } from "../las/stored-places.js"
import { decodeChunk } from "../laz/chunk-decoder.js"
import { type Chunk, type ChunkTable, type Laszip, readRuns, undecodable } from "../laz/laszip.js"
import { lazDecoder } from "../laz/wasm/decoder.js"

/** Receives stored coordinates, valid only during the call. */
export type VisitPlaces = (x: Int32Array, y: Int32Array, z: Int32Array | undefined) => void

/** Options of {@link readPlaces}. */
export interface PlaceQuery {
  /** Also decode z. Uncompressed records always give it. */
  readonly heights?: boolean
  /**
   * COPC: true if a node can be skipped, given its square (CRS metres). Called for a level after
   * those above it were read.
   */
  readonly passes?: (cube: Box2) => boolean
}

interface PlaceSource {
  readonly source: ByteSource
  readonly header: LasHeader
  readonly laszip?: Laszip | undefined
  readonly table?: ChunkTable | undefined
  readonly copc?: Copc | undefined
}

/**
 * Passes the coordinates of all points to `visit`, block by block. Of layered LAZ, no other layer
 * is decoded.
 *
 * @throws EngineError `E_FORMAT` if the file is damaged or a point is far outside the stated box
 */
export const readPlaces = async (
  from: PlaceSource,
  visit: VisitPlaces,
  { heights = false, passes = () => false }: PlaceQuery = {},
): Promise<void> => {
  const { table, copc } = from
  if (copc === undefined) return readChunks({ ...from, chunks: table?.chunks ?? [] }, heights, visit)
  const nodes = await copc.nodes({})
  const deepest = nodes.reduce((most, { level }) => Math.max(most, level), 0)
  for (let level = 0; level <= deepest; level++) {
    const chunks = nodes.filter((node) => node.level === level && !passes(node.cube))
    await readChunks({ ...from, chunks }, heights, visit)
  }
}

type WantedChunks = Pick<PlaceSource, "source" | "header" | "laszip"> & { readonly chunks: readonly Chunk[] }

const readChunks = async (from: WantedChunks, heights: boolean, visit: VisitPlaces): Promise<void> => {
  const { source, header, laszip } = from
  const stated = new StatedCheck(header, source.path)
  const checked: VisitPlaces = (x, y, z) => {
    stated.block(x, y, z)
    visit(x, y, z)
  }
  if (laszip === undefined) await readLas(source, header, checked)
  else if (laszip.compressor === 3) await readLayers(from, heights, checked)
  else {
    for await (const [chunk, bytes] of readRuns(source, from.chunks))
      for (const records of await decodeChunk(bytes, chunk, header, source.path)) visitRecords(records, header, checked)
  }
}

const readLas = async (source: ByteSource, header: LasHeader, visit: VisitPlaces): Promise<void> => {
  const { count, pointOffset, recordLength } = header
  for (let done = 0; done < count; done += BLOCK_POINTS) {
    const begin = pointOffset + done * recordLength
    const end = begin + Math.min(BLOCK_POINTS, count - done) * recordLength
    visitRecords(await source.read(begin, end), header, visit)
  }
}

const visitRecords = (records: Uint8Array, { recordLength }: LasHeader, visit: VisitPlaces): void => {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  const count = records.length / recordLength
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  for (let i = 0, at = 0; i < count; i++, at += recordLength) {
    x[i] = view.getInt32(at, true)
    y[i] = view.getInt32(at + 4, true)
    z[i] = view.getInt32(at + 8, true)
  }
  visit(x, y, z)
}

const readLayers = async (
  { source, header, chunks }: WantedChunks,
  heights: boolean,
  visit: VisitPlaces,
): Promise<void> => {
  const decoder = await lazDecoder()
  const { pointFormat, recordLength } = header
  const layers = heights ? (["z"] as const) : []
  const request = { pointFormat, recordLength, layers, extra: [], wants: () => true }
  for await (const [chunk, bytes, next] of readRuns(source, chunks)) {
    try {
      const ahead = next && { chunk: next[1], count: next[0].count }
      const { x, y, z } = decoder.decode(bytes, { ...request, count: chunk.count }, ahead)
      visit(x, y, z)
    } catch (error) {
      throw undecodable(source.path, chunk, error)
    }
  }
}
