/** The one loader of WebAssembly: modules that the build embeds in JavaScript, so that kernels read no file. */
import { EngineError } from "../errors.js"
import { builtFile } from "./built-file.js"

/** The modules of `build-wasm.mjs`. */
export type WasmName = "laz" | "buckets" | "greedy" | "ground" | "raster"

/** A variable of a module. */
export interface WasmGlobal {
  readonly value: number
}

/** The memory of an instance. Growing it detaches earlier buffers. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** The part of the `WebAssembly` global that is used; its types are those of browsers. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/**
 * Compiles a module; what it returns makes an instance, with a memory of its own, at each call.
 *
 * @throws EngineError `E_INTERNAL` when its file is not there, RangeError when the system refuses memory
 */
export const loadWasm = async <Exports>(name: WasmName): Promise<() => Exports> => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
  try {
    const { default: bytes } = (await import(builtFile(`wasm/${name}.js`).href)) as { default: Uint8Array }
    const module = new WebAssembly.Module(bytes)
    return () => new WebAssembly.Instance(module, {}).exports as Exports
  } catch (error) {
    // Memory that the system refuses is no fault of the installation.
    if (error instanceof RangeError) throw error
    const why = error instanceof Error ? error.message : String(error)
    const remedy = "Install maille again, or build it (npm run build)."
    throw new EngineError(
      "E_INTERNAL",
      `the WebAssembly module "${name}" cannot be loaded (${why}). ${remedy}`,
      {},
      error,
    )
  }
}
