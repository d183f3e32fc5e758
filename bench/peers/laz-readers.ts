import { columnsChecksum } from "./columns-checksum.js"
import type { PeerEntry, Reader } from "./peer.js"

/** A reader that is compared. */
export interface ReaderEntry extends PeerEntry {
  /** Why it does not read this file; by default it may. */
  readonly unfit?: (file: { readonly copc: boolean }) => string | undefined
}

/** Reading as work: what was read is proved by its checksum. */
const workOf = async (opened: Promise<Reader>) => {
  const reader = await opened
  return { pass: () => reader.pass(), proof: () => ({ checksum: columnsChecksum(reader.columns()) }) }
}

const SOME = "x, y, z, class, return"
const EVERYTHING = "every attribute and extra byte"

/** The readers that run in Node, in the order of the report. */
export const lazReaders: readonly ReaderEntry[] = [
  {
    name: "maille wasm selective",
    work: `chunks in memory: ${SOME}`,
    open: async (path) => workOf((await import("./readers/maille-decoder.js")).openWasm(path, false)),
  },
  {
    name: "maille wasm all",
    work: `chunks in memory: ${EVERYTHING}`,
    open: async (path) => workOf((await import("./readers/maille-decoder.js")).openWasm(path, true)),
  },
  {
    name: "maille library selective",
    work: `from the file to millimetres, checked: ${SOME}`,
    open: async (path) => workOf((await import("./readers/maille-library.js")).openLibrary(path, false)),
  },
  {
    name: "maille library all",
    work: `from the file to millimetres, checked: ${EVERYTHING}`,
    open: async (path) => workOf((await import("./readers/maille-library.js")).openLibrary(path, true)),
  },
  {
    name: "laz-perf",
    work: "file in memory: LASZip.getPoint, every attribute",
    open: async (path) => workOf((await import("./readers/laz-perf.js")).openLazPerf(path)),
  },
  {
    name: "copc.js",
    work: "file in memory: every node's view, getters of x, y, z, class, return",
    unfit: ({ copc }) => (copc ? undefined : "reads COPC only"),
    open: async (path) => workOf((await import("./readers/copc-js.js")).openCopcJs(path)),
  },
  {
    name: "loaders.gl LASLoader",
    work: "file in memory: its mesh",
    open: async (path) => workOf((await import("./readers/loaders-gl.js")).openLasLoader(path)),
  },
  {
    name: "loaders.gl LAZRsLoader",
    work: "file in memory: its mesh (no return number)",
    open: async (path) => workOf((await import("./readers/loaders-gl.js")).openLazRsLoader(path)),
  },
]
