import { type FileHandle, open } from "node:fs/promises"
import { EngineError } from "../errors.js"
import { locateStored, readStored } from "../formats/archive/stored-file.js"
import { readFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { boxesOf, encodeFlatGeobufHead, type LayerShape, shapeOf } from "../formats/vector/flatgeobuf-writer.js"
import { boundsOf, hilbertOrder, packRtree, rtreeNodeSize, rtreeSize } from "../formats/vector/packed-rtree.js"

/** A layer ready to be written: how many features, and its bytes in turn. */
export interface MergedLayer {
  readonly count: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * The FlatGeobuf files of tiles as one layer: the bytes that `encodeFlatGeobuf` makes of all their features together, without ever
 * holding their geometry or columns. A feature's own bytes do not depend on the layer it stands in, so they are copied from file
 * to file; header and index come from boxes and ids.
 *
 * Memory: about 250 bytes a feature, and the largest file with what it holds.
 *
 * @throws EngineError of the readers; E_INTERNAL when ids repeat or columns disagree
 */
export const mergeLayer = async (
  paths: readonly string[],
  facts: Parameters<typeof encodeFlatGeobufHead>[1],
): Promise<MergedLayer> => {
  const table = await readTable(paths, facts.name)
  const { shape, ids } = table
  const head = encodeFlatGeobufHead(shape, facts)
  if (shape.count === 0) return { count: 0, bytes: oneByOne([head]) }
  const boxes = concatenated(Float64Array, table.boxes)
  table.boxes.length = 0
  const order = hilbertOrder(boxes, ids)
  ids.length = 0
  const sizes = concatenated(Uint32Array, table.sizes)
  const sorted = new Float64Array(boxes.length)
  const sortedSizes = new Uint32Array(order.length)
  order.forEach((feature, i) => {
    for (let k = 0; k < 4; k++) sorted[4 * i + k] = boxes[4 * feature + k]!
    sortedSizes[i] = sizes[feature]!
  })
  const index = packRtree(sorted, sortedSizes)
  const places = { paths, ends: table.ends, offsets: concatenated(Float64Array, table.offsets), sizes, order }
  return { count: shape.count, bytes: layerBytes(head, index, places) }
}

/** What is kept of the features of all files, file by file. */
interface LayerTable {
  readonly shape: LayerShape
  readonly ids: string[]
  readonly boxes: Float64Array[]
  /** Where the encoded features lie in their files, and their bytes. */
  readonly offsets: Float64Array[]
  readonly sizes: Uint32Array[]
  /** Features of the files up to each. */
  readonly ends: Uint32Array
}

const readTable = async (paths: readonly string[], layer: string): Promise<LayerTable> => {
  const [ids, boxes, offsets, sizes]: [string[], Float64Array[], Float64Array[], Uint32Array[]] = [[], [], [], []]
  const known = new Set<string>()
  const ends = new Uint32Array(paths.length)
  let first: LayerShape | undefined
  for (const [file, path] of paths.entries()) {
    const { features } = await readFlatGeobuf(path)
    const own = boxesOf(features)
    const shape = shapeOf(features, boundsOf(own))
    // Files without features need not agree.
    if (shape.count > 0 && first !== undefined && first.count > 0) checkSame(first, shape)
    if (first === undefined || (first.count === 0 && shape.count > 0)) first = shape
    for (const id of features.ids) {
      if (known.has(id))
        throw new EngineError("E_INTERNAL", `layer ${layer}: ids of features repeat; each object must come out once`)
      known.add(id)
      ids.push(id)
    }
    boxes.push(own)
    const placed = await placesOf(path, features.ids.length)
    offsets.push(placed.offsets)
    sizes.push(placed.sizes)
    ends[file] = ids.length
  }
  if (first === undefined)
    throw new EngineError("E_INTERNAL", `layer ${layer}: no file to merge, expected one at least`)
  const bounds = boxes
    .map(boundsOf)
    .reduce<LayerShape["bounds"]>(
      (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    )
  return { shape: { ...first, count: ids.length, bounds }, ids, boxes, offsets, sizes, ends }
}

const checkSame = (one: LayerShape, other: LayerShape): void => {
  const [a, b] = [one, other].map(({ geometry, dimension, columns }) => JSON.stringify([geometry, dimension, columns]))
  if (a !== b) throw new EngineError("E_INTERNAL", `features of one layer disagree: ${a} and ${b}`)
}

const concatenated = <T extends Float64Array | Uint32Array>(
  make: new (length: number) => T,
  parts: readonly T[],
): T => {
  const all = new make(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part as never, at)
    at += part.length
  }
  return all
}

async function* oneByOne(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

/** Magic, size of the header, header. */
const headerEnd = (bytes: Uint8Array): number => 12 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)

/** Places of a file's encoded features, in the order in which they lie. */
const placesOf = async (path: string, count: number): Promise<{ offsets: Float64Array; sizes: Uint32Array }> => {
  const [offsets, sizes] = [new Float64Array(count), new Uint32Array(count)]
  if (count === 0) return { offsets, sizes }
  const bytes = await readStored(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  let found = 0
  for (let offset = headerEnd(bytes) + rtreeSize(count, rtreeNodeSize); offset < bytes.length; found++) {
    offsets[found] = offset
    sizes[found] = 4 + view.getUint32(offset, true)
    offset += sizes[found] ?? 0
  }
  if (found !== count)
    throw new EngineError("E_INTERNAL", `${path}: ${found} features, expected ${count}`, { file: path })
  return { offsets, sizes }
}

/** A file of features, open, and where it begins: in a pack not at 0. */
interface OpenPart {
  readonly handle: FileHandle
  readonly begin: number
}

const readFully = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done)
    if (bytesRead === 0) throw new EngineError("E_INTERNAL", "a file of this run became shorter while it was read")
    done += bytesRead
  }
}

/** Files open at once; along the Hilbert curve the next feature mostly lies in one of the last few. */
const openFiles = 16
const chunkBytes = 2 ** 20

/** Where all encoded features lie, and in which order they are wanted. */
interface Places {
  readonly paths: readonly string[]
  readonly ends: Uint32Array
  readonly offsets: Float64Array
  readonly sizes: Uint32Array
  readonly order: Uint32Array
}

async function* layerBytes(header: Uint8Array, index: Uint8Array, places: Places): AsyncGenerator<Uint8Array> {
  yield header
  yield index
  const { paths, ends, offsets, sizes, order } = places
  const handles = new Map<string, OpenPart>()
  try {
    for (let next = 0; next < order.length; ) {
      let end = next
      let size = 0
      do size += sizes[order[end++]!]!
      while (end < order.length && size < chunkBytes)
      const chunk = new Uint8Array(size)
      let at = 0
      for (const feature of order.subarray(next, end)) {
        const path = paths[fileOf(ends, feature)] ?? ""
        const part = chunk.subarray(at, at + sizes[feature]!)
        const { handle, begin } = await handleOf(handles, path)
        await readFully(handle, part, begin + offsets[feature]!)
        at += part.length
      }
      yield chunk
      next = end
    }
  } finally {
    for (const { handle } of handles.values()) await handle.close()
  }
}

/** The first file that ends after the feature. */
const fileOf = (ends: Uint32Array, feature: number): number => {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= feature) low = middle + 1
    else high = middle
  }
  return low
}

/** The open handle of a path; the one used longest ago is closed for it. */
const handleOf = async (handles: Map<string, OpenPart>, path: string): Promise<OpenPart> => {
  const found = handles.get(path)
  handles.delete(path)
  const opened = found ?? (await openPart(path))
  handles.set(path, opened)
  const [oldest] = handles
  if (handles.size > openFiles && oldest) {
    handles.delete(oldest[0])
    await oldest[1].handle.close()
  }
  return opened
}

const openPart = async (path: string): Promise<OpenPart> => {
  const { file, begin } = await locateStored(path)
  return { handle: await open(file, "r"), begin }
}
