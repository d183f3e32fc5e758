import { readFile } from "node:fs/promises"
import { EngineError } from "../../errors.js"
import type { SpoolCore } from "./core-types.js"

// URLs, not imports, as in layer-decoder.ts.
const moduleUrl = new URL("./wasm/load-core.js", import.meta.url).href
const binaryUrl = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/kernels/wasm/spool.wasm" : "../../../kernels/wasm/spool.wasm",
  import.meta.url,
)

let core: Promise<SpoolCore> | undefined

/**
 * The passes over points of spools in WebAssembly, compiled at the first call of this thread.
 *
 * @throws EngineError `E_INTERNAL` when their binary is not there.
 */
export const spoolCore = (): Promise<SpoolCore> => {
  core ??= load()
  return core
}

const load = async (): Promise<SpoolCore> => {
  try {
    const module = (await import(moduleUrl)) as { createSpoolCore(binary: Uint8Array): SpoolCore }
    return module.createSpoolCore(await readFile(binaryUrl))
  } catch (error) {
    core = undefined
    // Memory that the system refuses is no fault of the installation.
    if (error instanceof RangeError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new EngineError(
      "E_INTERNAL",
      `what orders points cannot be loaded (${why}). Install maille again, or build it (npm run build).`,
      {},
      error,
    )
  }
}
