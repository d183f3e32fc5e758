/** Merges the parts of a vector layer into one file. */
import { boxOfRings } from "../../../core/geometry/rings.js"
import { EngineError } from "../../../errors.js"
import { OpenFiles } from "../../../io/open-files.js"
import { type LayerRun, openLayerRun, RunCursor, RunFeatures, type RunShape } from "./layer-run.js"
import { packInnerNodes, rtreeNodeBytes, rtreeNodeSize } from "./packed-rtree.js"
import { RunHeap } from "./run-heap.js"
import { encodeFlatGeobufHead, type LayerFacts } from "./writer.js"

/**
 * Merges the FlatGeobuf files of a layer's parts. Gives the bytes that `encodeFlatGeobuf` would
 * make of all features, without decoding any. The order of two features depends only on the two,
 * and every file is sorted by it. Files are therefore merged by the boxes in their indices, and
 * encoded features are copied. A merged file can be merged again, so any grouping of parts gives
 * the same bytes.
 *
 * Memory: 2.5 bytes a feature, 8 for each change of file, 300 a file, and some 150 kB for each file
 * in progress.
 *
 * @param hashes SHA-256 of each file, checked while its features are copied; absent: none is
 *   checked
 * @throws EngineError of the readers; E_INTERNAL if a feature is duplicated, columns disagree or a
 *   file is not sorted
 * @throws EngineError E_RESOURCE, while iterating `bytes`, if a file's hash differs
 */
export const mergeLayer = async (
  paths: readonly string[],
  facts: LayerFacts,
  hashes?: readonly string[],
): Promise<{ readonly count: number; readonly bytes: AsyncIterable<Uint8Array> }> => {
  const files = new OpenFiles()
  try {
    const runs: LayerRun[] = []
    let shape: RunShape | undefined
    let count = 0
    for (const [index, path] of paths.entries()) {
      const { run: opened, shape: own } = await openLayerRun(files, path)
      const hash = hashes?.[index]
      const run = hash === undefined ? opened : { ...opened, sha256: hash }
      // Checked here, since none of its features are copied later.
      if (run.count === 0) await new RunFeatures(files, run).finish()
      // Files without features need not agree with the others.
      if (run.count > 0 && count > 0 && shape !== undefined) checkSame(shape, own)
      if (shape === undefined || (run.count > 0 && count === 0)) shape = own
      runs.push(run)
      count += run.count
    }
    if (shape === undefined)
      throw new EngineError("E_INTERNAL", `layer ${facts.name}: no file to merge; expected at least one`)
    const order = await sortRuns(files, runs, facts.name)
    const head = encodeFlatGeobufHead({ ...shape, count, bounds: boxOfRings([order.parents]) }, facts)
    return { count, bytes: layerBytes(head, count, runs, order) }
  } finally {
    await files.close()
  }
}

const checkSame = (one: RunShape, other: RunShape): void => {
  const facts = ({ geometry, dimension, columns }: RunShape) => JSON.stringify([geometry, dimension, columns])
  const [a, b] = [facts(one), facts(other)]
  if (a !== b) throw new EngineError("E_INTERNAL", `features of one layer disagree: ${a} and ${b}`)
}

/** The files from which the features of a layer come, in the layer's order. */
interface MergedOrder {
  /** Stretches of consecutive features from one file: the file's index, and their number. */
  readonly sources: Uint32Array
  readonly lengths: Uint32Array
  /** Boxes of the parents of the index's leaves. */
  readonly parents: Float64Array
}

const sortRuns = async (files: OpenFiles, runs: readonly LayerRun[], layer: string): Promise<MergedOrder> => {
  const [sources, lengths] = [new GrownArray(Uint32Array), new GrownArray(Uint32Array)]
  const parents = new GrownArray(Float64Array)
  const box = new Float64Array(4)
  const heap = new RunHeap()
  runs.forEach((run, source) => {
    if (run.count > 0) heap.push({ source, cursor: new RunCursor(files, run) })
  })
  let done = 0
  for (let top = await heap.take(layer); top !== undefined; ) {
    const { source, cursor } = top
    const rest = heap.highest
    let length = 0
    let more = true
    do {
      growBox(box, cursor.box, done % rtreeNodeSize === 0)
      done++
      length++
      if (done % rtreeNodeSize === 0) parents.push(box)
      if (!cursor.ready) await cursor.fill()
      more = cursor.step()
      // On equal places, the heap decides by id.
    } while (more && cursor.place > rest)
    sources.push([source])
    lengths.push([length])
    if (more) heap.push(top)
    top = await heap.take(layer)
  }
  if (done % rtreeNodeSize !== 0) parents.push(box)
  return { sources: sources.values, lengths: lengths.values, parents: parents.values }
}

const growBox = (box: Float64Array, other: Float64Array, anew: boolean): void => {
  for (let k = 0; k < 4; k++)
    box[k] = anew ? other[k]! : k < 2 ? Math.min(box[k]!, other[k]!) : Math.max(box[k]!, other[k]!)
}

const chunkBytes = 2 ** 20

async function* layerBytes(
  head: Uint8Array,
  count: number,
  runs: readonly LayerRun[],
  order: MergedOrder,
): AsyncGenerator<Uint8Array> {
  yield head
  if (count === 0) return
  const files = new OpenFiles()
  try {
    yield packInnerNodes(order.parents, count)
    const sizes = new GrownArray(Float64Array)
    yield* leafBytes(files, runs, order, sizes)
    yield* featureBytes(files, runs, order, sizes.values)
  } finally {
    await files.close()
  }
}

/** Yields the leaves of the index. Appends the bytes of each stretch of features to `sizes`. */
async function* leafBytes(
  files: OpenFiles,
  runs: readonly LayerRun[],
  { sources, lengths }: MergedOrder,
  sizes: GrownArray<Float64Array>,
): AsyncGenerator<Uint8Array> {
  const cursors = new Map<number, RunCursor>()
  const leaves = Math.floor(chunkBytes / rtreeNodeBytes)
  let view = new DataView(new ArrayBuffer(leaves * rtreeNodeBytes))
  let [at, position] = [0, 0]
  for (const [stretch, source] of sources.entries()) {
    const cursor = cursors.get(source) ?? new RunCursor(files, runs[source]!)
    cursors.set(source, cursor)
    const from = position
    for (let k = 0; k < lengths[stretch]!; k++) {
      if (!cursor.ready) await cursor.fill()
      cursor.step()
      for (let side = 0; side < 4; side++) view.setFloat64(at + 8 * side, cursor.box[side]!, true)
      view.setUint32(at + 32, position % 2 ** 32, true)
      view.setUint32(at + 36, Math.floor(position / 2 ** 32), true)
      position += cursor.size
      at += rtreeNodeBytes
      if (at < view.byteLength) continue
      yield new Uint8Array(view.buffer)
      view = new DataView(new ArrayBuffer(leaves * rtreeNodeBytes))
      at = 0
    }
    sizes.push([position - from])
    if (cursor.at + 1 >= cursor.run.count) cursors.delete(source)
  }
  yield new Uint8Array(view.buffer, 0, at)
}

async function* featureBytes(
  files: OpenFiles,
  runs: readonly LayerRun[],
  { sources, lengths }: MergedOrder,
  sizes: Float64Array,
): AsyncGenerator<Uint8Array> {
  const readers = new Map<number, { features: RunFeatures; left: number }>()
  let parts: Uint8Array[] = []
  let size = 0
  for (const [stretch, source] of sources.entries()) {
    const run = runs[source]!
    const reader = readers.get(source) ?? { features: new RunFeatures(files, run), left: run.count }
    if (!readers.has(source)) await reader.features.begin()
    readers.set(source, reader)
    for (let left = sizes[stretch]!; left > 0; ) {
      const part = await reader.features.take(Math.min(left, chunkBytes))
      parts.push(part)
      size += part.length
      left -= part.length
      if (size < chunkBytes) continue
      yield Buffer.concat(parts)
      parts = []
      size = 0
    }
    reader.left -= lengths[stretch]!
    if (reader.left > 0) continue
    await reader.features.finish()
    readers.delete(source)
  }
  yield Buffer.concat(parts)
}

type Numbers = Uint32Array | Float64Array

class GrownArray<T extends Numbers> {
  readonly #make: new (
    length: number,
  ) => T
  #array: T
  #length = 0

  constructor(make: new (length: number) => T) {
    this.#make = make
    this.#array = new make(1024)
  }

  push(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#array.length) {
      const longer = new this.#make(2 * this.#array.length + values.length)
      longer.set(this.#array)
      this.#array = longer
    }
    for (let k = 0; k < values.length; k++) this.#array[this.#length++] = values[k]!
  }

  /** The pushed values, as a view. */
  get values(): T {
    return this.#array.subarray(0, this.#length) as T
  }
}
