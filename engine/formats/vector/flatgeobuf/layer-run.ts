/** Reads one part of a layer in the order of its features, while parts are merged. */
import { createHash, type Hash } from "node:crypto"
import { stat } from "node:fs/promises"
import type { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { EngineError } from "../../../errors.js"
import { locateStored } from "../../../io/archive/stored-file.js"
import type { OpenFiles } from "../../../io/open-files.js"
import { curvePlace } from "./curve-place.js"
import { readFeatureId, readFlatGeobufHead, simpleOf } from "./feature.js"
import type { FieldType } from "./feature-bytes.js"
import { rtreeLevels, rtreeNodeBytes, rtreeNodeSize } from "./packed-rtree.js"
import { columnTypes, type LayerShape } from "./writer.js"

/**
 * A file written by `encodeFlatGeobuf`: features are sorted, and its index has their boxes and
 * offsets.
 */
export interface LayerRun {
  readonly path: string
  readonly count: number
  /** The file that contains it, and its offset there: not 0 in a pack. */
  readonly file: string
  readonly begin: number
  /** Offsets from `begin`: first leaf of the index, first feature, end of the last feature. */
  readonly leavesAt: number
  readonly featuresAt: number
  readonly end: number
  /** Place of the first feature along the curve; absent without features. */
  readonly firstPlace?: number
  /** SHA-256 of the whole file; absent: not checked. */
  readonly sha256?: string
}

/** The properties that all files of a layer must share. */
export type RunShape = Omit<LayerShape, "bounds" | "count">

/** Enough for the header of most layers. */
const headBytes = 4096

/**
 * Reads the header of one part of a layer.
 *
 * @throws E_FORMAT if it is no FlatGeobuf; E_INTERNAL if it is no layer written by maille
 */
export const openLayerRun = async (
  files: OpenFiles,
  path: string,
): Promise<{ readonly run: LayerRun; readonly shape: RunShape }> => {
  const { file, begin, sizeBytes } = await locateStored(path)
  const size = sizeBytes ?? (await stat(file)).size
  const start = await files.read(file, begin, Math.min(size, headBytes))
  const announced = start.length >= 12 ? 12 + new DataView(start.buffer).getUint32(8, true) : 0
  const whole = announced > start.length && announced <= size ? await files.read(file, begin, announced) : start
  const { meta, dimension, indexAt, featuresAt } = readFlatGeobufHead(whole, size, path)
  const count = meta.featuresCount
  const geometry = simpleOf[meta.geometryType]
  if (
    geometry === undefined ||
    (count > 0 && meta.indexNodeSize !== rtreeNodeSize) ||
    (count === 0 && featuresAt < size)
  )
    throw new EngineError("E_INTERNAL", `${path}: not a layer that maille wrote. Run again with --force.`, {
      file: path,
    })
  const columns = (meta.columns ?? []).map(({ name, type }) => [name, columnType(type)] as const)
  const shape = { geometry, dimension, columns }
  const leavesAt = count === 0 ? featuresAt : indexAt + rtreeLevels(count, rtreeNodeSize)[0].start * rtreeNodeBytes
  const run = { path, count, file, begin, leavesAt, featuresAt, end: size }
  if (count === 0) return { run, shape }
  const box = new Float64Array((await files.read(file, begin + leavesAt, rtreeNodeBytes)).slice(0, 32).buffer)
  return { run: { ...run, firstPlace: curvePlace(box[0]!, box[1]!, box[2]!, box[3]!) }, shape }
}

const columnType = (type: ColumnType): FieldType =>
  (Object.keys(columnTypes) as FieldType[]).find((name) => columnTypes[name] === type) ?? "number"

/** Leaves of a run's index in memory at once. */
const leavesAtOnce = 2048

/** Walks through the features of a run in order. Only a stretch of its index is in memory. */
export class RunCursor {
  readonly run: LayerRun
  readonly #files: OpenFiles
  /** Index of the current feature; -1 before the first. */
  at = -1
  /**
   * The current feature's place along the curve (of the first, until the first step), its box, and
   * offset and size in the features section.
   */
  place: number
  readonly box = new Float64Array(4)
  offset = 0
  size = 0
  #leaves: DataView = new DataView(new ArrayBuffer(0))
  #firstHeld = 0
  #held = 0
  #id: string | undefined

  constructor(files: OpenFiles, run: LayerRun) {
    this.#files = files
    this.run = run
    this.place = run.firstPlace ?? Number.NEGATIVE_INFINITY
  }

  /** True while {@link step} needs no {@link fill}. */
  get ready(): boolean {
    return this.at + 1 < this.#firstHeld + this.#held || this.at + 1 >= this.run.count
  }

  /** Reads the leaves from the next feature on. */
  async fill(): Promise<void> {
    const { file, begin, leavesAt, count } = this.run
    this.#firstHeld = this.at + 1
    // One more leaf: a feature ends where the next one begins.
    const leaves = Math.min(leavesAtOnce + 1, count - this.#firstHeld)
    const bytes = await this.#files.read(
      file,
      begin + leavesAt + this.#firstHeld * rtreeNodeBytes,
      leaves * rtreeNodeBytes,
    )
    this.#leaves = new DataView(bytes.buffer)
    this.#held = Math.min(leaves, leavesAtOnce)
  }

  /**
   * Advances to the next feature; false after the last. Throws E_INTERNAL if the run is not sorted.
   */
  step(): boolean {
    const { count, end, featuresAt, path } = this.run
    this.#id = undefined
    if (++this.at >= count) return false
    const node = (this.at - this.#firstHeld) * rtreeNodeBytes
    for (let k = 0; k < 4; k++) this.box[k] = this.#leaves.getFloat64(node + 8 * k, true)
    this.offset = offsetAt(this.#leaves, node)
    const next = this.at + 1 < count ? offsetAt(this.#leaves, node + rtreeNodeBytes) : end - featuresAt
    this.size = next - this.offset
    const place = curvePlace(this.box[0]!, this.box[1]!, this.box[2]!, this.box[3]!)
    if ((this.at > 0 && place > this.place) || this.size <= 0)
      throw new EngineError("E_INTERNAL", `${path}: its features are not in order. Run again with --force.`, {
        file: path,
      })
    this.place = place
    return true
  }

  /** Reads the id of the current feature. */
  async id(): Promise<string> {
    const { file, begin, featuresAt } = this.run
    this.#id ??= readFeatureId(await this.#files.read(file, begin + featuresAt + this.offset, this.size))
    return this.#id
  }
}

/** Bytes of a run's features that are read ahead. */
const aheadBytes = 2 ** 16

/** Reads the encoded features of a run in sequence, and checks the file's hash. */
export class RunFeatures {
  readonly #files: OpenFiles
  readonly #run: LayerRun
  #next: number
  #ahead: Uint8Array = new Uint8Array(0)
  readonly #hash: Hash | undefined
  /** Bytes hashed so far, from the start of the file. */
  #hashed = 0

  constructor(files: OpenFiles, run: LayerRun) {
    this.#files = files
    this.#run = run
    this.#next = run.featuresAt
    this.#hash = run.sha256 === undefined ? undefined : createHash("sha256")
  }

  /** Hashes the bytes before the features. */
  async begin(): Promise<void> {
    const { file, begin, featuresAt } = this.#run
    while (this.#hash !== undefined && this.#hashed < featuresAt) {
      const length = Math.min(featuresAt - this.#hashed, 2 ** 20)
      this.#take(await this.#files.read(file, begin + this.#hashed, length))
    }
  }

  /** Call after the last feature. Throws E_RESOURCE if the file's hash differs. */
  async finish(): Promise<void> {
    await this.begin()
    const { path, sha256 } = this.#run
    if (this.#hash === undefined || this.#hash.digest("hex") === sha256) return
    throw new EngineError(
      "E_RESOURCE",
      `${path}: damaged: its SHA-256 differs from the journal. Run again with --verify.`,
      { file: path },
    )
  }

  #take(bytes: Uint8Array): void {
    this.#hash?.update(bytes)
    this.#hashed += bytes.length
  }

  /** Returns the next `length` bytes. */
  async take(length: number): Promise<Uint8Array> {
    const { file, begin, end } = this.#run
    if (length > this.#ahead.length) {
      const wanted = Math.min(Math.max(length, aheadBytes), end - this.#next)
      this.#ahead = await this.#files.read(file, begin + this.#next, wanted)
      // The first bytes were hashed with the previous stretch.
      this.#take(this.#ahead.subarray(this.#hashed - this.#next))
    }
    this.#next += length
    const taken = this.#ahead.subarray(0, length)
    this.#ahead = this.#ahead.subarray(length)
    return taken
  }
}

/** Exact, since file sizes are below 2^53. */
const offsetAt = (leaves: DataView, node: number): number =>
  leaves.getUint32(node + 32, true) + 2 ** 32 * leaves.getUint32(node + 36, true)
