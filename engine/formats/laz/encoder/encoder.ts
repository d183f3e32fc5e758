/**
 * Encodes layered LAZ chunks (compressor 3, items of version 3) in WebAssembly (`assembly/`). It
 * makes the same choices as LASzip, hence writes the same bytes.
 */
import { loadWasm, type WasmMemory } from "../../../core/wasm.js"

/** Raw records of one chunk, little-endian. */
export interface ChunkRequest {
  readonly count: number
  readonly pointFormat: number
  readonly recordLength: number
  /** Bytes from one record to the next; default: the record's length. */
  readonly stride?: number
  /**
   * Orders the points by GPS time first, as they were scanned, and by return within a pulse: LAZ
   * compresses this order best. More than 15 points of equal time retain their order. The stride
   * must be a multiple of 4, and the bytes between records zero.
   */
  readonly byTime?: boolean
}

/** Encodes chunks one after another. */
export interface LazEncoder {
  /**
   * Encodes a chunk of `count` whole raw records of format 6, 7 or 8. The chunk: first record, u32
   * count, one u32 size a layer, then the layers. O(n) time. Memory: 180 bytes a point, kept for
   * the next chunk; half of it is never touched.
   *
   * @returns a new array
   * @throws RangeError for no point, another format, records that are too short, or no memory
   */
  encode(records: Uint8Array, request: ChunkRequest): Uint8Array
}

/** Exports of `assembly/index.ts`; addresses and counts are u32. */
interface Exports {
  readonly memory: WasmMemory
  setUp(): void
  reserve(count: number, stride: number, extraBytes: number): number
  encode(count: number, stride: number, pointFormat: number, recordLength: number, byTime: boolean): number
  chunkAt(): number
}

const RECORD_BYTES: Readonly<Record<number, number>> = { 6: 30, 7: 36, 8: 38 }

let encoder: Promise<LazEncoder> | undefined

/**
 * Returns this thread's encoder, instantiated at the first call.
 *
 * @throws EngineError `E_INTERNAL` if the module is missing
 */
export const lazEncoder = (): Promise<LazEncoder> => {
  encoder ??= createLazEncoder().catch((error: unknown) => {
    encoder = undefined
    throw error
  })
  return encoder
}

/** Creates an encoder with memory of its own, which grows to its largest chunk. */
export const createLazEncoder = async (): Promise<LazEncoder> => {
  const wasm = (await loadWasm<Exports>("laz-encoder"))()
  wasm.setUp()
  return {
    encode: (records, { count, pointFormat, recordLength, stride = recordLength, byTime = false }) => {
      const base = RECORD_BYTES[pointFormat]
      if (base === undefined || recordLength < base) {
        throw new RangeError(`point format ${pointFormat} of ${recordLength} bytes cannot be written in layers`)
      }
      if (count < 1 || records.length < count * stride) {
        throw new RangeError(`${records.length} bytes are not ${count} records of ${stride}, or there is no record`)
      }
      const at = wasm.reserve(count, stride, recordLength - base)
      if (at === 0) throw new RangeError(`no memory to encode ${count} points`)
      new Uint8Array(wasm.memory.buffer).set(records.subarray(0, count * stride), at)
      const end = wasm.encode(count, stride, pointFormat, recordLength, byTime)
      return new Uint8Array(wasm.memory.buffer.slice(wasm.chunkAt(), end))
    },
  }
}
