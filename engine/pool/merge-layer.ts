import { type FileHandle, open } from "node:fs/promises"
import { EngineError } from "../errors.js"
import { encodeFlatGeobuf, mergeFeatures, readFlatGeobuf } from "../formats/vector/flatgeobuf.js"
import { hilbertOrder, packRtree, rtreeNodeSize, rtreeSize } from "../formats/vector/packed-rtree.js"
import type { Features } from "../kernel.js"

/** A layer ready to be written: how many features, and its bytes in turn. */
export interface MergedLayer {
  readonly count: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Where the encoded feature lies. */
interface Place {
  readonly path: string
  readonly offset: number
  readonly size: number
}

/**
 * The FlatGeobuf files of tiles as one layer: the bytes that {@link encodeFlatGeobuf} makes of all their features together, without ever
 * holding their geometry. A feature's own bytes do not depend on the layer it stands in, so they are copied from file
 * to file; header and index come from boxes, ids and columns.
 *
 * Memory: about 300 bytes a feature, and the largest file.
 *
 * @throws EngineError of the readers; E_INTERNAL when ids repeat or columns disagree
 */
export const mergeLayer = async (
  paths: readonly string[],
  facts: Parameters<typeof encodeFlatGeobuf>[1],
): Promise<MergedLayer> => {
  const outlines: Features[] = []
  const places = new Map<string, Place>()
  for (const path of paths) {
    const { features } = await readFlatGeobuf(path)
    const outline = outlineOf(features)
    outlines.push(outline)
    for (const [index, place] of (await placesOf(path, features.ids.length)).entries())
      places.set(outline.ids[index] ?? "", place)
  }
  const merged = mergeFeatures(outlines)
  const count = merged.ids.length
  // The header depends on the boxes, the names and the columns only: that of the outlines is the layer's.
  const outline = encodeFlatGeobuf(merged, facts)
  if (count === 0) return { count, bytes: oneByOne([outline]) }
  const boxes = boxesOf(merged)
  const order = hilbertOrder(boxes, merged.ids)
  const sorted = new Float64Array(boxes.length)
  const ordered = Array.from(order, (index, i) => {
    sorted.set(boxes.subarray(4 * index, 4 * index + 4), 4 * i)
    const id = merged.ids[index] ?? ""
    const place = places.get(id)
    if (!place) throw new EngineError("E_INTERNAL", `layer ${facts.name}: feature ${id} has no place`)
    return place
  })
  const index = packRtree(
    sorted,
    ordered.map(({ size }) => size),
  )
  return { count, bytes: layerBytes(outline.slice(0, headerEnd(outline)), index, ordered) }
}

async function* oneByOne(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

/** Magic, size of the header, header. */
const headerEnd = (bytes: Uint8Array): number => 12 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)

/** The features with the diagonals of their boxes for geometries. */
const outlineOf = (features: Features): Features => {
  const { dimension, coordinates, partEnds, ringEnds, ids } = features
  const diagonals = new Float64Array(2 * dimension * ids.length)
  const ends = Uint32Array.from(ids, (_, f) => 2 * f + 2)
  let vertex = 0
  for (let f = 0; f < ids.length; f++) {
    const end = ringEnds[(partEnds[f] ?? 0) - 1] ?? 0
    const box = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (; vertex < end; vertex++) {
      for (let axis = 0; axis < 2; axis++) {
        const value = coordinates[dimension * vertex + axis] as number
        box[axis] = Math.min(box[axis] as number, value)
        box[axis + 2] = Math.max(box[axis + 2] as number, value)
      }
    }
    diagonals.set(box.slice(0, 2), 2 * dimension * f)
    diagonals.set(box.slice(2), 2 * dimension * f + dimension)
  }
  return { ...features, coordinates: diagonals, ringEnds: ends, partEnds: Uint32Array.from(ids, (_, f) => f + 1) }
}

const boxesOf = ({ coordinates, dimension, ids }: Features): Float64Array => {
  if (dimension === 2) return coordinates
  const boxes = new Float64Array(4 * ids.length)
  for (let v = 0; v < 2 * ids.length; v++) boxes.set(coordinates.subarray(3 * v, 3 * v + 2), 2 * v)
  return boxes
}

const placesOf = async (path: string, count: number): Promise<Place[]> => {
  if (count === 0) return []
  const handle = await open(path, "r")
  try {
    const { size: fileSize } = await handle.stat()
    const bytes = new Uint8Array(fileSize)
    await readFully(handle, bytes, 0)
    const view = new DataView(bytes.buffer)
    const places: Place[] = []
    for (let offset = headerEnd(bytes) + rtreeSize(count, rtreeNodeSize); offset < fileSize; ) {
      const size = 4 + view.getUint32(offset, true)
      places.push({ path, offset, size })
      offset += size
    }
    if (places.length !== count)
      throw new EngineError("E_INTERNAL", `${path}: ${places.length} features, expected ${count}`, { file: path })
    return places
  } finally {
    await handle.close()
  }
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

async function* layerBytes(
  header: Uint8Array,
  index: Uint8Array,
  places: readonly Place[],
): AsyncGenerator<Uint8Array> {
  yield header
  yield index
  const handles = new Map<string, FileHandle>()
  try {
    for (let next = 0; next < places.length; ) {
      let end = next
      let size = 0
      do size += places[end++]?.size ?? 0
      while (end < places.length && size < chunkBytes)
      const chunk = new Uint8Array(size)
      let at = 0
      for (const place of places.slice(next, end)) {
        await readFully(await handleOf(handles, place.path), chunk.subarray(at, at + place.size), place.offset)
        at += place.size
      }
      yield chunk
      next = end
    }
  } finally {
    for (const handle of handles.values()) await handle.close()
  }
}

/** The open handle of a path; the one used longest ago is closed for it. */
const handleOf = async (handles: Map<string, FileHandle>, path: string): Promise<FileHandle> => {
  const found = handles.get(path)
  handles.delete(path)
  const handle = found ?? (await open(path, "r"))
  handles.set(path, handle)
  const [oldest] = handles
  if (handles.size > openFiles && oldest) {
    handles.delete(oldest[0])
    await oldest[1].close()
  }
  return handle
}
