/** Loads the WebAssembly modules that the build embeds in JavaScript, so kernels read no files. */
import { EngineError } from "../errors.js"
import type { ChunkedPoints } from "./kernel-data.js"
import { builtFile } from "./package-files.js"

/** Modules that `build-wasm.mjs` builds. */
export type WasmName = "laz" | "laz-encoder" | "copc" | "buckets" | "greedy" | "ground" | "raster"

export interface WasmGlobal {
  readonly value: number
}

/** The memory of an instance. Growing it detaches earlier buffers. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** The used part of the `WebAssembly` global, whose types TypeScript has for browsers only. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/**
 * Compiles a module. The result makes an instance with its own memory at each call.
 *
 * @throws EngineError E_INTERNAL when its file is missing; RangeError when the system refuses
 * memory
 */
export const loadWasm = async <Exports>(name: WasmName): Promise<() => Exports> => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
  try {
    const { default: bytes } = (await import(builtFile(`wasm/${name}.js`).href)) as { default: Uint8Array }
    const module = new WebAssembly.Module(bytes)
    return () => new WebAssembly.Instance(module, {}).exports as Exports
  } catch (error) {
    // Memory that the system refuses is not a fault of the installation.
    if (error instanceof RangeError) throw error
    const why = error instanceof Error ? error.message : String(error)
    const remedy = "Install maille again (in a clone: npm run build)."
    throw new EngineError("E_INTERNAL", `cannot load the WebAssembly module "${name}" (${why}). ${remedy}`, {}, error)
  }
}

/** Exports of `assembly/point-chunk.ts`: points of the chunk, addresses of its columns. */
export interface ChunkExports extends Readonly<Record<`chunk${"X" | "Y" | "Z" | "Classes"}` | "CHUNK", WasmGlobal>> {
  readonly memory: { readonly buffer: ArrayBuffer }
}

/** Columns of points, whole millimetres. */
export interface ChunkPoints {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification?: Uint8Array
}

/** Views of the columns of the chunk, valid until the memory grows. */
export const chunkColumns = (wasm: ChunkExports): ChunkPoints & { readonly classification: Uint8Array } => {
  const { buffer } = wasm.memory
  const most = wasm.CHUNK.value
  return {
    x: new Int32Array(buffer, wasm.chunkX.value, most),
    y: new Int32Array(buffer, wasm.chunkY.value, most),
    z: new Int32Array(buffer, wasm.chunkZ.value, most),
    classification: new Uint8Array(buffer, wasm.chunkClasses.value, most),
  }
}

/**
 * Copies points to the chunk, as many at a time as fit.
 *
 * @param use called after each copy with the number of its points
 */
export const copyInChunks = (
  chunk: ChunkPoints,
  points: ChunkPoints & Pick<ChunkedPoints, "count" | "chunks">,
  use: (count: number) => void,
): void => {
  if (points.chunks !== undefined) {
    points.chunks(chunk, use)
    return
  }
  const { x, y, z, classification, count } = points
  const most = chunk.x.length
  for (let from = 0; from < count; from += most) {
    const end = Math.min(count, from + most)
    chunk.x.set(x.subarray(from, end))
    chunk.y.set(y.subarray(from, end))
    chunk.z.set(z.subarray(from, end))
    if (classification !== undefined) chunk.classification?.set(classification.subarray(from, end))
    use(end - from)
  }
}
