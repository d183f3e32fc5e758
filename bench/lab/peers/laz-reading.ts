/** Reads layered LAZ with maille, laz-perf, copc.js and LASzip. */
import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import type { FieldName } from "../../../engine/formats/las/columns.js"
import { createLazDecoder } from "../../../engine/formats/laz/wasm/decoder.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { compileLaszip } from "../../e2e/laszip.js"
import { readLazFile, requestLayers } from "../../formats/laz-file.js"
import { type Comparison, checkEqual, type Row, speedColumn } from "./compare.js"
import { pointInputs } from "./inputs.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/** Proof that a file was read: checksums of x, y, z, classification and return number. */
export interface ReadProof {
  readonly checksum: string
}

/** One entry a point, in file order; coordinates as stored, not scaled. */
type Columns = Record<"x" | "y" | "z", Int32Array> & Record<"classification" | "returnNumber", Uint8Array>

/**
 * Checksums of the columns: eight hexadecimal digits each, separated by spaces. Each depends on
 * every value and on their order. `laszip.c` computes the same.
 */
export const columnsChecksum = ({ x, y, z, classification, returnNumber }: Columns): string =>
  [x, y, z, classification, returnNumber].map(hashColumn).join(" ")

const hashColumn = (column: Int32Array | Uint8Array): string => {
  let hash = 0
  for (let i = 0; i < column.length; i++) {
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ (column[i] ?? 0), 0x85ebca6b)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}

/** A reader as work. `columns` converts its result to stored integers, outside the timing. */
const reader = (pass: () => number | Promise<number>, columns: () => Columns): Work =>
  resultWork(
    (points: number) => points,
    pass,
    () => ({ checksum: columnsChecksum(columns()) }),
  )

/** Columns for the points of a file, allocated before the first pass. */
const allocateColumns = (count: number): Columns => ({
  x: new Int32Array(count),
  y: new Int32Array(count),
  z: new Int32Array(count),
  classification: new Uint8Array(count),
  returnNumber: new Uint8Array(count),
})

/**
 * Stored integers of coordinates in the CRS, rounded, because readers that scale lose the last
 * bits.
 */
const storedOf = (values: Float64Array, scale: number, offset: number): Int32Array =>
  Int32Array.from(values, (value) => Math.round((value - offset) / scale))

/** maille's decoder, on chunks in memory. */
const openDecoder =
  (everything: boolean) =>
  async (path: string): Promise<Work> => {
    const { header, chunks } = await readLazFile(path)
    const decoder = await createLazDecoder()
    const request = requestLayers(header, everything)
    const output = allocateColumns(header.count)
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

/** maille's reader of point files: from the file to millimetres, with all checks. */
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
    const output = allocateColumns(count)
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

/** The used part of laz-perf's module; its own types need those of Emscripten. */
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
  const output = allocateColumns(count)
  const { x, y, z, classification, returnNumber } = output
  const pass = (): number => {
    const laszip = new wasm.LASZip()
    laszip.open(input, bytes.length)
    let { HEAPU8, HEAP32 } = wasm
    const words = record >> 2
    for (let i = 0; i < count; i++) {
      laszip.getPoint(record)
      // The memory grew and detached the views.
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

/** copc.js on a file in memory: every node through its getters, which return places in the CRS. */
const openCopcJs = async (path: string): Promise<Work> => {
  const file = await readLazFile(path)
  if (!file.copc) throw new Error("reads COPC only")
  const { Copc } = await import("copc")
  const { createLazPerf } = await import("laz-perf")
  type Options = NonNullable<Parameters<typeof Copc.loadPointDataView>[3]>
  const bytes = await readFile(path)
  const get = async (begin: number, end: number): Promise<Uint8Array> => bytes.subarray(begin, end)
  const copc = await Copc.create(get)
  const nodes = file.chunks.map(({ begin, count, bytes }) => ({
    pointCount: count,
    pointDataOffset: begin,
    pointDataLength: bytes.length,
  }))
  const { scale, offset } = copc.header
  const options: Options = {
    lazPerf: (await createLazPerf()) as unknown as NonNullable<Options["lazPerf"]>,
    include: ["X", "Y", "Z", "Classification", "ReturnNumber"],
  }
  const { count } = file.header
  const { classification, returnNumber } = allocateColumns(count)
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

/** @throws Error if readers disagree on the points: the work was not the same */
export const checkSame = (rows: readonly Row<ReadProof>[], count: number): void => {
  for (const { name, amount } of rows)
    if (amount !== count) throw new Error(`${name} gives ${amount} points of ${count}`)
  checkEqual(rows, ({ checksum }) => `points of checksum ${checksum}`)
}

const [SOME, EVERYTHING] = ["x, y, z, class, return", "every attribute and extra byte"]
/** Peers that the overview compares with ours, and how their work differs. */
const DIFFERS: Readonly<Record<string, string>> = {
  "laz-perf": "; laz-perf decodes every attribute, it cannot do less",
  "LASzip selective": "; LASzip from the file",
  "LASzip full": " of all attributes; LASzip from the file",
  "copc.js": "; both from nodes to coordinates",
}
/** Times of smaller files say more about starting than about reading. */
const MANY_POINTS = 500_000

/** Reads whole files with one thread each. */
export const comparison: Comparison<ReadProof> = {
  name: "laz-reading",
  title: "Reading LAZ of point formats 6 to 8",
  packages: ["laz-perf", "copc"],
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
  ],
  check: (rows, { bound = 0 }) => checkSame(rows, bound),
  columns: [speedColumn],
  proof: ({ name, amount }) =>
    amount < MANY_POINTS || DIFFERS[name] === undefined ? undefined : `equal checksums of ${SOME}${DIFFERS[name]}`,
}
