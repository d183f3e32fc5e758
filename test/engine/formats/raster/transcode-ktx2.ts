import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import vm from "node:vm"

/** What of the Basis transcoder is used here; three's copy of it is the one that the viewer has. */
interface Ktx2File {
  isValid(): boolean
  getWidth(): number
  getHeight(): number
  getLevels(): number
  startTranscoding(): boolean
  getImageTranscodedSizeInBytes(level: number, layer: number, face: number, format: number): number
  transcodeImage(to: Uint8Array, level: number, layer: number, face: number, format: number, ...rest: number[]): boolean
  close(): void
  delete(): void
}
interface Basis {
  initializeBasis(): void
  readonly KTX2File: new (bytes: Uint8Array) => Ktx2File
}

const RGBA32 = 13

const load = async (): Promise<Basis> => {
  const require = createRequire(import.meta.url)
  const path = require.resolve("three/examples/jsm/libs/basis/basis_transcoder.js")
  // The script is of the time before modules; its package says that every script is one.
  const script = `(function (require, __filename, __dirname) { ${readFileSync(path, "utf8")}\nreturn BASIS })`
  const make = vm.runInThisContext(script) as (...of: unknown[]) => (options: object) => Promise<Basis>
  const basis = await make(require, path, dirname(path))({ wasmBinary: readFileSync(path.replace(/js$/, "wasm")) })
  basis.initializeBasis()
  return basis
}
let basis: Promise<Basis> | undefined

/** The finest level of a KTX2 texture as RGBA, by the transcoder of the viewer. */
export const transcodeKtx2 = async (
  bytes: Uint8Array,
): Promise<{ width: number; height: number; levels: number; data: Uint8Array }> => {
  basis ??= load()
  const file = new (await basis).KTX2File(bytes)
  try {
    if (!file.isValid() || !file.startTranscoding()) throw new Error("not a KTX2 file of Basis Universal")
    const data = new Uint8Array(file.getImageTranscodedSizeInBytes(0, 0, 0, RGBA32))
    if (!file.transcodeImage(data, 0, 0, 0, RGBA32, 0, -1, -1)) throw new Error("the transcoder failed")
    return { width: file.getWidth(), height: file.getHeight(), levels: file.getLevels(), data }
  } finally {
    file.close()
    file.delete()
  }
}
