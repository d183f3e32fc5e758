import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parse } from "@loaders.gl/core"
import { LASLoader, LAZRsLoader } from "@loaders.gl/las"
import { readLazFile } from "../../laz-file.js"
import type { Reader } from "../peer.js"
import { storedOf } from "./output.js"

/** What is used of the mesh that a loader gives. */
interface LasMesh {
  readonly attributes: Readonly<Record<"POSITION" | "classification", { readonly value: Float64Array | Uint8Array }>>
}

/** loaders.gl's default loader of LAS and LAZ. */
export const openLasLoader = (path: string): Promise<Reader> => readerOf(path, LASLoader)

/** loaders.gl's loader on laz-rs. It fetches its binary by a `file:` URL, which Node's `fetch` refuses: that is answered here. */
export const openLazRsLoader = (path: string): Promise<Reader> => {
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    if (!url.startsWith("file:")) return fetch(input, init)
    return new Response(await readFile(fileURLToPath(url)), { headers: { "content-type": "application/wasm" } })
  }
  return readerOf(path, LAZRsLoader)
}

const readerOf = async (path: string, loader: typeof LASLoader | typeof LAZRsLoader): Promise<Reader> => {
  const { header } = await readLazFile(path)
  const bytes = await readFile(path)
  const input = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  let mesh: LasMesh | undefined
  return {
    pass: async () => {
      const options = { core: { worker: false }, las: { fp64: true } }
      mesh = (await parse(input, loader, options)) as unknown as LasMesh
      return mesh.attributes.classification.value.length
    },
    columns: () => {
      if (mesh === undefined) throw new Error("no pass yet")
      const { POSITION, classification } = mesh.attributes
      const axis = (k: 0 | 1 | 2): Int32Array => {
        const values = new Float64Array(classification.value.length)
        for (let i = 0; i < values.length; i++) values[i] = POSITION.value[3 * i + k] ?? Number.NaN
        return storedOf(values, header.scale[k], header.offset[k])
      }
      return { x: axis(0), y: axis(1), z: axis(2), classification: classification.value as Uint8Array }
    },
  }
}
