import { readFile } from "node:fs/promises"
import { EngineError } from "../../errors.js"

/** Layers of a chunk of point format 6, 7 or 8 that can be left out; returns, x and y always come. */
export type LayerName =
  | "z"
  | "classification"
  | "flags"
  | "intensity"
  | "scanAngle"
  | "userData"
  | "sourceId"
  | "gpsTime"
  | "rgb"
  | "nir"

/** A chunk's columns as stored; views of the decoder's memory, good until its next call. */
export interface LayerColumns {
  /** 0 when `wants` refused the chunk. */
  readonly count: number
  readonly x: Int32Array
  readonly y: Int32Array
  /** Return number in bits 0–3, number of returns in bits 4–7. */
  readonly returns: Uint8Array
  readonly z?: Int32Array
  readonly classification?: Uint8Array
  /** Class flags in bits 0–3, scanner channel in 4–5, scan direction 6, edge of flight line 7. */
  readonly flags?: Uint8Array
  readonly intensity?: Uint16Array
  /** Of 0.006 degrees. */
  readonly scanAngle?: Int16Array
  readonly userData?: Uint8Array
  readonly sourceId?: Uint16Array
  readonly gpsTime?: Float64Array
  readonly red?: Uint16Array
  readonly green?: Uint16Array
  readonly blue?: Uint16Array
  readonly nir?: Uint16Array
  /** By place among the record's extra bytes. */
  readonly extra: readonly (Uint8Array | undefined)[]
}

/** What to decode of a chunk. */
export interface LayerRequest {
  readonly count: number
  readonly pointFormat: number
  readonly recordLength: number
  readonly layers: readonly LayerName[]
  /** Places among the record's extra bytes. */
  readonly extra: readonly number[]
  /** Whether the points at these places are wanted at all; else the other layers are left alone. */
  readonly wants: (x: Int32Array, y: Int32Array) => boolean
}

/** What is used of `engine/formats/laz/wasm/chunk.ts`, whose docblocks say more. @throws RangeError for a broken chunk. */
export interface LayerDecoder {
  /** @param ahead the chunk that will be asked for next, the same object, by the same layers: part of it may be decoded at the same time */
  decode(
    chunk: Uint8Array,
    request: LayerRequest,
    ahead?: { readonly chunk: Uint8Array; readonly count: number },
  ): LayerColumns
  /** Whole columns of the last chunk, where they lie. */
  range(column: Int32Array): readonly [least: number, most: number]
  place(column: Int32Array, scale: number, offset: number): void
  settle(times: Float64Array): void
}

// URLs, not imports: the engine meets everything of kernels/, its decoders too, as modules that it loads when they are needed.
// The binary is made by the build; the sources (tests) use the one of the last build.
const moduleUrl = new URL("./wasm/load-decoder.js", import.meta.url).href
const binaryUrl = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/kernels/wasm/laz.wasm" : "../../../kernels/wasm/laz.wasm",
  import.meta.url,
)

let decoder: Promise<LayerDecoder> | undefined

/**
 * The one decoder of LAZ layers of this thread, instantiated at the first call.
 *
 * @throws EngineError `E_INTERNAL` when its binary is not there.
 */
export const layerDecoder = (): Promise<LayerDecoder> => {
  decoder ??= load()
  return decoder
}

const load = async (): Promise<LayerDecoder> => {
  try {
    const module = (await import(moduleUrl)) as { createLazDecoder(binary: Uint8Array): LayerDecoder }
    return module.createLazDecoder(await readFile(binaryUrl))
  } catch (error) {
    decoder = undefined
    // Memory that the system refuses is no fault of the installation.
    if (error instanceof RangeError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_INTERNAL",
      `the LAZ decoder cannot be loaded (${why}). Install maille again, or build it (npm run build).`,
      {},
      error,
    )
  }
}
