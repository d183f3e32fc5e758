/** Decodes LAZ chunks of point formats 0 to 3 into raw records with laz-perf. */
import { createLazPerf } from "laz-perf"
import { EngineError } from "../../errors.js"
import { BLOCK_POINTS } from "../las/columns.js"
import type { LasHeader } from "../las/header.js"
import { type Chunk, undecodable } from "./laszip.js"

/** The decoder reads a few bytes past the end of a stream. */
const PADDING = 64

/** The part of laz-perf's module used here; its own types require those of Emscripten. */
interface LazPerf {
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(pointer: number): void
  readonly ChunkDecoder: new () => ChunkDecoder
}

interface ChunkDecoder {
  open(pointFormat: number, recordLength: number, input: number): void
  getPoint(output: number): void
  delete(): void
}

let instance: Promise<LazPerf> | undefined

/** Errors are thrown anyway: printing them as well adds nothing. */
const silent = (): void => {}

/**
 * The one laz-perf instance of this thread. Its loader adds process listeners that rethrow errors.
 * They are removed: the program that uses maille decides how to treat an uncaught error.
 */
const lazPerf = (): Promise<LazPerf> => {
  if (instance !== undefined) return instance
  const events = ["uncaughtException", "unhandledRejection"] as const
  const before = events.map((event) => new Set(process.listeners(event as "uncaughtException")))
  instance = createLazPerf({ print: silent, printErr: silent }) as unknown as Promise<LazPerf>
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as "uncaughtException")) {
      if (before[i]?.has(listener) !== true) process.removeListener(event, listener)
    }
  })
  return instance
}

/**
 * Decodes a chunk into raw records, in blocks of at most {@link BLOCK_POINTS}. A block is a view of
 * WebAssembly memory: use it before anything is awaited, since other readers may grow that memory.
 * Memory: the chunk's bytes and one block, freed at the end or on `return`.
 *
 * @throws EngineError `E_FORMAT` from the generator if the chunk is damaged
 */
export const decodeChunk = async (
  bytes: Uint8Array,
  chunk: Chunk,
  header: LasHeader,
  file: string,
): Promise<Generator<Uint8Array>> => {
  const used = lazPerf()
  const wasm = await used
  // After a trap the heap may be corrupt: the next chunk gets a new instance.
  const renew = (): void => {
    if (instance === used) instance = undefined
  }
  return recordBlocks(wasm, bytes, chunk, header, file, renew)
}

function* recordBlocks(
  wasm: LazPerf,
  bytes: Uint8Array,
  chunk: Chunk,
  { recordLength, pointFormat }: LasHeader,
  file: string,
  renew: () => void,
): Generator<Uint8Array> {
  const block = Math.min(BLOCK_POINTS, chunk.count)
  const input = wasm._malloc(bytes.length + PADDING)
  const output = wasm._malloc(block * recordLength)
  let decoder: ChunkDecoder | undefined
  let trapped = false
  try {
    if (input === 0 || output === 0) throw new RangeError("WebAssembly memory: allocation failed")
    wasm.HEAPU8.set(bytes, input)
    wasm.HEAPU8.fill(0, input + bytes.length, input + bytes.length + PADDING)
    decoder = new wasm.ChunkDecoder()
    decoder.open(pointFormat, recordLength, input)
    for (let done = 0; done < chunk.count; ) {
      const count = Math.min(block, chunk.count - done)
      for (let i = 0; i < count; i++) decoder.getPoint(output + i * recordLength)
      yield wasm.HEAPU8.subarray(output, output + count * recordLength)
      done += count
    }
  } catch (error) {
    trapped = true
    renew()
    if (error instanceof EngineError) throw error
    throw undecodable(file, chunk, error)
  } finally {
    if (!trapped) {
      decoder?.delete()
      wasm._free(input)
      wasm._free(output)
    }
  }
}
