/** Merges the parts of a vector layer into one file. */
import { boxOfRings } from "../../../core/geometry/ring-box.js"
import { EngineError } from "../../../errors.js"
import { OpenFiles } from "../../../io/open-files.js"
import { type LayerRun, openLayerRun, RunCursor, RunFeatures, type RunShape } from "./layer-run.js"
import { packInnerNodes, rtreeNodeBytes, rtreeNodeSize } from "./packed-rtree.js"
import { RunHeap } from "./run-heap.js"
import { encodeFlatGeobufHead, type LayerFacts } from "./writer.js"

/** A layer ready to be written: how many features, and its bytes in turn. */
export interface MergedLayer {
  readonly count: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * FlatGeobuf files of parts of a layer as one: the bytes that `encodeFlatGeobuf` makes of all their features together, without ever decoding one. The order of two features depends on these alone and each
 * file has it, so that files are merged from the boxes in their indices, encoded features copied from file to file, and what was merged can be merged again: parts may be put together in any grouping.
 *
 * Memory: 2.5 bytes a feature and 8 a change from one file to another, some 150 kB for each file that is begun and not through, 300 bytes a file.
 *
 * @param hashes SHA-256 of each file, compared while its features are copied; absent: none is
 * @throws EngineError of the readers; E_INTERNAL when a feature comes twice, columns disagree or a file is not sorted; E_RESOURCE, from the bytes, when a file has another hash
 */
export const mergeLayer = async (
  paths: readonly string[],
  facts: LayerFacts,
  hashes?: readonly string[],
): Promise<MergedLayer> => {
  const files = new OpenFiles()
  try {
    const runs: LayerRun[] = []
    let shape: RunShape | undefined
    let count = 0
    for (const [index, path] of paths.entries()) {
      const { run: opened, shape: own } = await openLayerRun(files, path)
      const hash = hashes?.[index]
      const run = hash === undefined ? opened : { ...opened, sha256: hash }
      // Nothing of it will be copied.
      if (run.count === 0) await new RunFeatures(files, run).finish()
      // Files without features need not agree with the others.
      if (run.count > 0 && count > 0) checkSame(shape!, own)
      if (shape === undefined || (run.count > 0 && count === 0)) shape = own
      runs.push(run)
      count += run.count
    }
    if (shape === undefined)
      throw new EngineError("E_INTERNAL", `layer ${facts.name}: no file to merge, expected one at least`)
    const order = await orderOf(files, runs, facts.name)
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

/** Which files the features of a layer come from, in its order. */
interface MergedOrder {
  /** Numbers of files, and how many features of each follow one another. */
  readonly sources: Uint32Array
  readonly lengths: Uint32Array
  /** Boxes of the parents of the index's leaves. */
  readonly parents: Float64Array
}

const orderOf = async (files: OpenFiles, runs: readonly LayerRun[], layer: string): Promise<MergedOrder> => {
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
      // Equal places are for the heap, which looks at ids.
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

/** The leaves of the index; `sizes` takes the bytes of each stretch of features. */
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

/** A typed array that grows. */
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

  /** What was pushed, as a view. */
  get values(): T {
    return this.#array.subarray(0, this.#length) as T
  }
}
