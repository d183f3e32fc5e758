/** Reading layered LAZ: maille, laz-perf, copc.js, loaders.gl, LASzip. */
import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import type { Copc, Hierarchy } from "copc"
import type { FieldName } from "../../engine/formats/las/columns.js"
import { openPointFile } from "../../engine/formats/las/point-file.js"
import { createLazDecoder } from "../../engine/formats/laz/wasm/decoder.js"
import { layersOf, readLazFile } from "../formats/laz-file.js"
import type { Comparison, Row } from "./compare.js"
import { pointInputs } from "./inputs.js"
import { compileLaszip } from "./laszip.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/**
 * What shows that a file was read: checksums of x, y, z, classification and return number; "-" for
 * none.
 */
export interface ReadProof {
  readonly checksum: string
}

/** One entry a point, in the order of the file's bytes; coordinates as stored, not scaled. */
interface Columns {
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classification: Uint8Array
  /** Absent where the reader does not give it. */
  readonly returnNumber?: Uint8Array
}

const NONE = "-"

/**
 * Checksums of the columns: eight hexadecimal digits each, joined by spaces. Each depends on every
 * value and on the order; `laszip.c` computes the same.
 */
export const columnsChecksum = ({ x, y, z, classification, returnNumber }: Columns): string =>
  [x, y, z, classification, returnNumber].map((column) => (column === undefined ? NONE : hashOf(column))).join(" ")

const hashOf = (column: Int32Array | Uint8Array): string => {
  let hash = 0
  for (let i = 0; i < column.length; i++) {
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ (column[i] ?? 0), 0x85ebca6b)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}

/** Whether two readers gave the same points, as far as both give a column. */
export const sameColumns = (a: string, b: string): boolean => {
  const [left, right] = [a.split(" "), b.split(" ")]
  return (
    left.length === right.length &&
    left.every((word, i) => word === right[i] || word === NONE || right[i] === NONE) &&
    left.some((word, i) => word !== NONE && word === right[i])
  )
}

/** A reader as work: `columns` brings what was read to stored integers, untimed. */
const reader = (pass: () => number | Promise<number>, columns: () => Columns): Work =>
  resultWork(
    (points: number) => points,
    pass,
    () => ({ checksum: columnsChecksum(columns()) }),
  )

/** Room for the points of a file, made before the first pass. */
const outputOf = (count: number) => ({
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
})

/**
 * Stored integers of coordinates in the CRS: the nearest, since readers that scale lose the last
 * bits.
 */
const storedOf = (values: Float64Array, scale: number, offset: number): Int32Array =>
  Int32Array.from(values, (value) => Math.round((value - offset) / scale))

/** maille's decoder over chunks in memory. */
const openDecoder =
  (everything: boolean) =>
  async (path: string): Promise<Work> => {
    const { header, chunks } = await readLazFile(path)
    const decoder = await createLazDecoder()
    const request = layersOf(header, everything)
    const output = outputOf(header.count)
    const pass = (): number => {
      let done = 0
      for (const { count, bytes } of chunks) {
        const { x, y, z, classification, returns } = decoder.decode(bytes, { ...request, count })
        if (z === undefined || classification === undefined) throw new Error("the decoder left out a column")
        output.x.set(x, done)
        output.y.set(y, done)
        output.z.set(z, done)
        output.classification.set(classification, done)
        for (let i = 0; i < count; i++) output.returnNumber[done + i] = (returns[i] ?? 0) & 15
        done += count
      }
      return done
    }
    return reader(pass, () => output)
  }

const ALL: readonly FieldName[] = [
  ...(["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime", "scanAngle", "flags"] as const),
  ...(["userData", "pointSourceId", "red", "green", "blue", "nir"] as const),
]

/** maille's reader of point files: from the file to millimetres, with its checks. */
const openLibrary =
  (everything: boolean) =>
  async (path: string): Promise<Work> => {
    const file = await openPointFile(path)
    const { box, count, scale, offset, extraBytes } = file.info
    if (scale.some((step) => Math.abs(Math.round(step * 1000) - step * 1000) > 1e-9)) {
      throw new Error("the file's step is no multiple of 1 mm, in which the library gives places: nothing to compare")
    }
    const origin = [Math.floor(box[0]), Math.floor(box[1]), 0] as const
    const extra = everything ? { extra: extraBytes.map(({ name }) => name) } : {}
    const query = { origin, attributes: everything ? ALL : ALL.slice(0, 2), ...extra }
    const output = outputOf(count)
    const pass = async (): Promise<number> => {
      let done = 0
      for await (const columns of file.read(query)) {
        for (const name of ["x", "y", "z", "classification", "returnNumber"] as const)
          output[name].set(columns[name], done)
        done += columns.count
      }
      return done
    }
    const stored = (column: Int32Array, axis: 0 | 1 | 2): Int32Array =>
      column.map((mm) => Math.round((mm / 1000 + origin[axis] - offset[axis]) / scale[axis]))
    return reader(pass, () => {
      const { x, y, z, ...classes } = output
      return { ...classes, x: stored(x, 0), y: stored(y, 1), z: stored(z, 2) }
    })
  }

/** What is used of laz-perf's module (its own types need those of Emscripten). */
interface LazPerf {
  readonly HEAPU8: Uint8Array
  readonly HEAP32: Int32Array
  _malloc(bytes: number): number
  readonly LASZip: new () => {
    open(data: number, length: number): void
    getPoint(output: number): void
    getCount(): number
    getPointLength(): number
    delete(): void
  }
}

/**
 * laz-perf (LASzip's format in C++, compiled to WebAssembly): the whole file in its memory, one
 * call a point.
 */
const openLazPerf = async (path: string): Promise<Work> => {
  const { createLazPerf } = await import("laz-perf")
  const wasm = (await createLazPerf()) as unknown as LazPerf
  const bytes = await readFile(path)
  const input = wasm._malloc(bytes.length)
  wasm.HEAPU8.set(bytes, input)
  const probe = new wasm.LASZip()
  probe.open(input, bytes.length)
  const count = probe.getCount()
  const record = wasm._malloc(probe.getPointLength())
  probe.delete()
  const output = outputOf(count)
  const { x, y, z, classification, returnNumber } = output
  const pass = (): number => {
    const laszip = new wasm.LASZip()
    laszip.open(input, bytes.length)
    let { HEAPU8, HEAP32 } = wasm
    const words = record >> 2
    for (let i = 0; i < count; i++) {
      laszip.getPoint(record)
      // Its memory grew: the views are new ones.
      if (HEAP32.length === 0) ({ HEAPU8, HEAP32 } = wasm)
      x[i] = HEAP32[words] ?? 0
      y[i] = HEAP32[words + 1] ?? 0
      z[i] = HEAP32[words + 2] ?? 0
      returnNumber[i] = (HEAPU8[record + 14] ?? 0) & 15
      classification[i] = HEAPU8[record + 16] ?? 0
    }
    laszip.delete()
    return count
  }
  return reader(pass, () => output)
}

/** copc.js over a file in memory: every node, and its getters. It gives places in the CRS. */
const openCopcJs = async (path: string): Promise<Work> => {
  if (!(await readLazFile(path)).copc) throw new Error("reads COPC only")
  const { Copc } = await import("copc")
  const { createLazPerf } = await import("laz-perf")
  type Options = NonNullable<Parameters<typeof Copc.loadPointDataView>[3]>
  const bytes = await readFile(path)
  const get = async (begin: number, end: number): Promise<Uint8Array> => bytes.subarray(begin, end)
  const copc = await Copc.create(get)
  const nodes = await nodesOf(Copc.loadHierarchyPage, get, copc)
  const { scale, offset } = copc.header
  const options: Options = {
    lazPerf: (await createLazPerf()) as unknown as NonNullable<Options["lazPerf"]>,
    include: ["X", "Y", "Z", "Classification", "ReturnNumber"],
  }
  const count = nodes.reduce((sum, node) => sum + node.pointCount, 0)
  const { classification, returnNumber } = outputOf(count)
  const [x, y, z] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)]
  const pass = async (): Promise<number> => {
    let done = 0
    for (const node of nodes) {
      const view = await Copc.loadPointDataView(get, copc, node, options)
      const [getX, getY, getZ] = [view.getter("X"), view.getter("Y"), view.getter("Z")]
      const [getClass, getReturn] = [view.getter("Classification"), view.getter("ReturnNumber")]
      for (let i = 0; i < node.pointCount; i++) {
        x[done] = getX(i)
        y[done] = getY(i)
        z[done] = getZ(i)
        classification[done] = getClass(i)
        returnNumber[done++] = getReturn(i)
      }
    }
    return done
  }
  return reader(pass, () => ({
    x: storedOf(x, scale[0], offset[0]),
    y: storedOf(y, scale[1], offset[1]),
    z: storedOf(z, scale[2], offset[2]),
    classification,
    returnNumber,
  }))
}

/** Nodes with points, in order of their place in the file. */
const nodesOf = async (
  loadPage: typeof Copc.loadHierarchyPage,
  get: (begin: number, end: number) => Promise<Uint8Array>,
  copc: Copc,
): Promise<Hierarchy.Node[]> => {
  const nodes: Hierarchy.Node[] = []
  const pages = [copc.info.rootHierarchyPage]
  for (let page = pages.pop(); page !== undefined; page = pages.pop()) {
    const subtree = await loadPage(get, page)
    for (const node of Object.values(subtree.nodes)) if (node !== undefined && node.pointCount > 0) nodes.push(node)
    for (const next of Object.values(subtree.pages)) if (next !== undefined) pages.push(next)
  }
  return nodes.sort((a, b) => a.pointDataOffset - b.pointDataOffset)
}

/** loaders.gl's default loader of LAS and LAZ, and its loader on laz-rs: to its mesh. */
const openLoader =
  (name: "LASLoader" | "LAZRsLoader") =>
  async (path: string): Promise<Work> => {
    const { parse } = await import("@loaders.gl/core")
    const { [name]: loader } = await import("@loaders.gl/las")
    if (name === "LAZRsLoader") answerFileUrls()
    const { header } = await readLazFile(path)
    const bytes = await readFile(path)
    const input = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    type Mesh = { attributes: Record<"POSITION" | "classification", { value: Float64Array | Uint8Array }> }
    let mesh: Mesh | undefined
    const pass = async (): Promise<number> => {
      const options = { core: { worker: false }, las: { fp64: true } }
      mesh = (await parse(input, loader, options)) as unknown as Mesh
      return mesh.attributes.classification.value.length
    }
    return reader(pass, () => {
      const { POSITION, classification } = (mesh as Mesh).attributes
      const axis = (k: 0 | 1 | 2): Int32Array => {
        const values = Float64Array.from(classification.value, (_, i) => POSITION.value[3 * i + k] ?? Number.NaN)
        return storedOf(values, header.scale[k], header.offset[k])
      }
      return { x: axis(0), y: axis(1), z: axis(2), classification: classification.value as Uint8Array }
    })
  }

/** The loader on laz-rs fetches its binary by a `file:` URL, which Node's `fetch` refuses. */
const answerFileUrls = (): void => {
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input)
    if (!url.startsWith("file:")) return fetch(input, init)
    return new Response(await readFile(fileURLToPath(url)), { headers: { "content-type": "application/wasm" } })
  }
}

/** @throws Error when readers disagree on the points: then the work was not the same */
export const checkSame = (rows: readonly Row<ReadProof>[], count: number): void => {
  // By the first reader that gives every column.
  const known = rows.map(({ proof }) => proof.checksum).find((checksum) => !checksum.includes(NONE))
  for (const { name, amount, proof } of rows) {
    if (amount !== count) throw new Error(`${name} gives ${amount} points of ${count}`)
    if (known !== undefined && !sameColumns(proof.checksum, known))
      throw new Error(`${name} gives other points than the rest: ${proof.checksum} for ${known}`)
  }
}

const [SOME, EVERYTHING] = ["x, y, z, class, return", "every attribute and extra byte"]
/** Peers that the README sets beside ours, and what differs in the work. */
const DIFFERS: Readonly<Record<string, string>> = {
  "laz-perf": "; laz-perf decodes every attribute, it cannot do less",
  "LASzip selective": "; LASzip from the file",
  "LASzip full": " of all attributes; LASzip from the file",
  "copc.js": "; both from nodes to coordinates",
  "loaders.gl LAZRsLoader": " but returns; the loader makes its mesh",
}
/** Files below tell more of starting than of reading. */
const MANY_POINTS = 500_000

/** How many times as fast as a peer, by processor time. */
const timesAsFast = (base: string): Comparison<ReadProof>["columns"][number] => ({
  heading: `× ${base}`,
  cell: ({ cpuMs }, rows) => {
    const found = rows.find(({ name }) => name === base)
    return found === undefined ? "–" : (found.cpuMs.median / cpuMs.median).toFixed(2)
  },
})

/** Whole files, one thread each. */
export const comparison: Comparison<ReadProof> = {
  name: "laz-reading",
  title: "Reading LAZ of point formats 6 to 8",
  packages: ["laz-perf", "copc", "@loaders.gl/las"],
  note: "One thread each.",
  inputs: pointInputs(
    "bench/t500.laz",
    "bench/t02.copc.laz",
    "lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz",
    "lidar-hd/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz",
  ),
  tasks: async (path) => {
    const { header, copc } = await readLazFile(path)
    const laszip = await compileLaszip()
    const about = `${grouped(header.count)} points of format ${header.pointFormat}${copc ? ", COPC" : ""}`
    return [
      {
        label: `reading ${basename(path)}, ${about}`,
        word: path,
        bound: header.count,
        others: (["selective", "full"] as const).map((mode) => ({
          name: `LASzip ${mode}`,
          work: `from the file: laszip_read_point, ${mode === "full" ? "every attribute" : SOME}`,
          against: `maille wasm ${mode === "full" ? "all" : "selective"}`,
          command: laszip.command("read", path, mode),
        })),
        close: laszip.remove,
      },
    ]
  },
  peers: [
    { name: "maille wasm selective", work: `chunks in memory: ${SOME}`, open: openDecoder(false) },
    { name: "maille wasm all", work: `chunks in memory: ${EVERYTHING}`, open: openDecoder(true) },
    {
      name: "maille library selective",
      work: `from the file to millimetres, checked: ${SOME}`,
      open: openLibrary(false),
    },
    {
      name: "maille library all",
      work: `from the file to millimetres, checked: ${EVERYTHING}`,
      open: openLibrary(true),
    },
    { name: "laz-perf", work: "file in memory: LASZip.getPoint, every attribute", open: openLazPerf },
    {
      name: "copc.js",
      work: "file in memory: every node's view, getters of x, y, z, class, return",
      against: "maille library selective",
      open: openCopcJs,
    },
    {
      name: "loaders.gl LASLoader",
      work: "file in memory: its mesh",
      against: "maille library selective",
      open: openLoader("LASLoader"),
    },
    {
      name: "loaders.gl LAZRsLoader",
      work: "file in memory: its mesh (no return number)",
      against: "maille library selective",
      open: openLoader("LAZRsLoader"),
    },
  ],
  check: (rows, { bound = 0 }) => checkSame(rows, bound),
  columns: [
    { heading: "M points/s", cell: ({ amount, cpuMs }) => (amount / cpuMs.median / 1000).toFixed(2) },
    timesAsFast("laz-perf"),
    timesAsFast("LASzip full"),
    timesAsFast("LASzip selective"),
  ],
  proof: ({ name, amount }) =>
    amount < MANY_POINTS || DIFFERS[name] === undefined ? undefined : `equal checksums of ${SOME}${DIFFERS[name]}`,
}
