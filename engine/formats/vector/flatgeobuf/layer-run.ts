/** Reads one part of a layer in its features' order while parts are merged. */
import { createHash, type Hash } from "node:crypto"
import { stat } from "node:fs/promises"
import { ColumnType } from "flatgeobuf/lib/mjs/flat-geobuf/column-type.js"
import { EngineError } from "../../../errors.js"
import { locateStored } from "../../../io/archive/stored-file.js"
import type { OpenFiles } from "../../../io/open-files.js"
import { curvePlace } from "./curve-place.js"
import { readFeatureId, readFlatGeobufHead, simpleOf } from "./feature.js"
import { rtreeLevels, rtreeNodeBytes, rtreeNodeSize } from "./packed-rtree.js"
import type { LayerShape } from "./writer.js"

/** A FlatGeobuf file as `encodeFlatGeobuf` makes them: its features are sorted, its index tells their boxes and places. */
export interface LayerRun {
  readonly path: string
  readonly count: number
  /** The file it lies in and where it begins there: in a pack not at 0. */
  readonly file: string
  readonly begin: number
  /** Places of the first leaf of the index and of the first feature, and where the last one ends, from `begin`. */
  readonly leavesAt: number
  readonly featuresAt: number
  readonly end: number
  /** Place of the first feature along the curve; absent without one. */
  readonly firstPlace?: number
  /** Of the whole file; absent: not compared. */
  readonly sha256?: string
}

/** What all files of a layer agree in. */
export type RunShape = Omit<LayerShape, "bounds" | "count">

/** Enough for the header of most layers. */
const headBytes = 4096

/** Reads the head of the file of a layer's part. Throws E_FORMAT where it is none; E_INTERNAL where it has features and no index of ours. */
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
    throw new EngineError("E_INTERNAL", `${path}: no layer of this program; run again with --force`, { file: path })
  const columns = (meta.columns ?? []).map(({ name, type }) => [name, columnType(type)] as const)
  const shape = { geometry, dimension, columns }
  const leavesAt = count === 0 ? featuresAt : indexAt + rtreeLevels(count, rtreeNodeSize)[0]!.start * rtreeNodeBytes
  const run = { path, count, file, begin, leavesAt, featuresAt, end: size }
  if (count === 0) return { run, shape }
  const [minX, minY, maxX, maxY] = new Float64Array(
    (await files.read(file, begin + leavesAt, rtreeNodeBytes)).slice(0, 32).buffer,
  )
  return { run: { ...run, firstPlace: curvePlace(minX!, minY!, maxX!, maxY!) }, shape }
}

const columnType = (type: ColumnType): LayerShape["columns"][number][1] =>
  type === ColumnType.String ? "string" : type === ColumnType.Int ? "integer" : "number"

/** Leaves of an index that are held of a run at one time. */
const leavesAtOnce = 2048

/** Walks through the features of a run in their order; only a stretch of its index is held. */
export class RunCursor {
  readonly run: LayerRun
  readonly #files: OpenFiles
  /** Number of the feature that the cursor stands at; -1 before the first. */
  at = -1
  /** Its place along the curve (before the first step that of the first one), its box, where it lies in the section of features, and its bytes. */
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

  /** True while {@link step} needs no reading. */
  get ready(): boolean {
    return this.at + 1 < this.#firstHeld + this.#held || this.at + 1 >= this.run.count
  }

  /** Reads the leaves from the next feature on. */
  async fill(): Promise<void> {
    const { file, begin, leavesAt, count } = this.run
    this.#firstHeld = this.at + 1
    // One more: a feature ends where the next one begins.
    const leaves = Math.min(leavesAtOnce + 1, count - this.#firstHeld)
    const bytes = await this.#files.read(
      file,
      begin + leavesAt + this.#firstHeld * rtreeNodeBytes,
      leaves * rtreeNodeBytes,
    )
    this.#leaves = new DataView(bytes.buffer)
    this.#held = Math.min(leaves, leavesAtOnce)
  }

  /** Goes to the next feature; false behind the last. Throws E_INTERNAL where the run is not sorted. */
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
      throw new EngineError("E_INTERNAL", `${path}: its features are not in order; run again with --force`, {
        file: path,
      })
    this.place = place
    return true
  }

  /** Id of the feature that the cursor stands at. */
  async id(): Promise<string> {
    const { file, begin, featuresAt } = this.run
    this.#id ??= readFeatureId(await this.#files.read(file, begin + featuresAt + this.offset, this.size))
    return this.#id
  }
}

/** Bytes of a run's features that are read ahead. */
const aheadBytes = 2 ** 16

/** The encoded features of a run, one stretch after the other. */
export class RunFeatures {
  readonly #files: OpenFiles
  readonly #run: LayerRun
  #next: number
  #ahead: Uint8Array = new Uint8Array(0)
  readonly #hash: Hash | undefined
  /** Bytes from the file's begin that the hash has taken. */
  #hashed = 0

  constructor(files: OpenFiles, run: LayerRun) {
    this.#files = files
    this.#run = run
    this.#next = run.featuresAt
    this.#hash = run.sha256 === undefined ? undefined : createHash("sha256")
  }

  /** Takes what lies before the features into the hash. */
  async begin(): Promise<void> {
    const { file, begin, featuresAt } = this.#run
    while (this.#hash !== undefined && this.#hashed < featuresAt) {
      const length = Math.min(featuresAt - this.#hashed, 2 ** 20)
      this.#take(await this.#files.read(file, begin + this.#hashed, length))
    }
  }

  /** Called when all features were taken. Throws E_RESOURCE where the file's hash is another. */
  async finish(): Promise<void> {
    await this.begin()
    const { path, sha256 } = this.#run
    if (this.#hash === undefined || this.#hash.digest("hex") === sha256) return
    throw new EngineError("E_RESOURCE", `${path} is damaged: its SHA-256 is not that of the journal`, { file: path })
  }

  #take(bytes: Uint8Array): void {
    this.#hash?.update(bytes)
    this.#hashed += bytes.length
  }

  /** The next so many bytes. */
  async take(length: number): Promise<Uint8Array> {
    const { file, begin, end } = this.#run
    if (length > this.#ahead.length) {
      const wanted = Math.min(Math.max(length, aheadBytes), end - this.#next)
      this.#ahead = await this.#files.read(file, begin + this.#next, wanted)
      // What is left of the bytes before is in it already.
      this.#take(this.#ahead.subarray(this.#hashed - this.#next))
    }
    this.#next += length
    const taken = this.#ahead.subarray(0, length)
    this.#ahead = this.#ahead.subarray(length)
    return taken
  }
}

/** Below 2^53, as all sizes of files are. */
const offsetAt = (leaves: DataView, node: number): number =>
  leaves.getUint32(node + 32, true) + 2 ** 32 * leaves.getUint32(node + 36, true)
