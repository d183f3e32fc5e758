/** Loads the WebAssembly modules that the build embeds in JavaScript, so kernels read no files. */
import { EngineError } from "../errors.js"
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
