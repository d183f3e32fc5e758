import type { Box2 } from "../../core/box.js"
import { EngineError } from "../../errors.js"
import { type ByteSource, openBytes } from "../bytes.js"
import { type FeatureRow, type FlatGeobufHead, readFeatureRows, readFlatGeobufHead } from "./flatgeobuf-feature.js"
import { rtreeLevels, rtreeNodeBytes } from "./packed-rtree.js"

/** What a search does with what it finds. */
export interface FlatGeobufVisitor {
  /** Called with the box of each feature that meets the search's box; false: its geometry is not read. */
  box(box: Box2): boolean
  /** Called with the parts of each feature that `box` let through, in the order of the file. */
  feature(rows: readonly FeatureRow[]): void
}

/** A layer that is read by place. */
export interface FlatGeobufSearch {
  readonly head: FlatGeobufHead
  readonly name: string
  /** Numbers a vertex in the rings. */
  readonly dimension: 2 | 3
  /** Announced number of features. */
  readonly count: number
  /** Box around all features; absent where there is none. */
  readonly box?: Box2
  /** JSON metadata of the header as text by name. */
  readonly metadata: Readonly<Record<string, string>>
  /** Visits the features whose boxes meet `box` (closed), in the order of the file. */
  search(box: Box2, visitor: FlatGeobufVisitor): Promise<void>
  close(): Promise<void>
}

/** Nodes or features that lie together are read up to this many bytes at a time. */
const RUN_BYTES = 1 << 20
/** Bytes between two wanted features that are read along rather than skipped. */
const BRIDGED_BYTES = 1 << 14

/**
 * Opens a FlatGeobuf file with an index for reading by place: header first, then the nodes of the packed R-tree that meet a box, level by level, then the
 * features, in runs of 1 MB at most. Memory: a run, and 16 bytes for each node above the leaves that is hit.
 *
 * @throws EngineError E_INPUT where the file cannot be read, E_FORMAT where it is no FlatGeobuf 3, is cut, or holds features without an index
 */
export const openFlatGeobufSearch = async (path: string): Promise<FlatGeobufSearch> => {
  const bytes = await openBytes(path)
  try {
    const start = await bytes.read(0, Math.min(bytes.size, 1 << 16))
    const announced = start.length >= 12 ? new DataView(start.buffer, start.byteOffset).getUint32(8, true) : 0
    const whole = announced + 12 > start.length && announced + 12 <= bytes.size
    const head = readFlatGeobufHead(whole ? await bytes.read(0, announced + 12) : start, bytes.size, path)
    const { meta } = head
    if (meta.featuresCount > 0 && meta.indexNodeSize === 0) {
      throw new EngineError(
        "E_FORMAT",
        `${path}: holds ${meta.featuresCount} features without a spatial index; write it again with one (ogr2ogr -lco SPATIAL_INDEX=YES)`,
        { file: path },
      )
    }
    const [minX, minY, maxX, maxY] = meta.envelope ?? []
    const known = minX !== undefined && minY !== undefined && maxX !== undefined && maxY !== undefined
    return {
      head,
      name: head.name,
      dimension: head.dimension,
      count: meta.featuresCount,
      ...(known ? { box: [minX, minY, maxX, maxY] } : {}),
      metadata: metadataOf(meta.metadata),
      search: (box, visitor) => search({ bytes, head, path }, box, visitor),
      close: () => bytes.close(),
    }
  } catch (error) {
    await bytes.close()
    throw error
  }
}

interface OpenLayer {
  readonly bytes: ByteSource
  readonly head: FlatGeobufHead
  readonly path: string
}

/** A row of nodes that lie together, `[begin, end)`. */
interface Span {
  readonly begin: number
  readonly end: number
}

const search = async (layer: OpenLayer, box: Box2, visitor: FlatGeobufVisitor): Promise<void> => {
  const { meta } = layer.head
  if (meta.featuresCount === 0) return
  const levels = rtreeLevels(meta.featuresCount, meta.indexNodeSize)
  let spans: Span[] = [{ begin: 0, end: 1 }]
  for (let level = levels.length - 1; level > 0; level--) {
    const children = levels[level - 1]!
    const below: Span[] = []
    await eachNode(layer, spans, box, (_node, _box, firstChild) => {
      const end = Math.min(firstChild + meta.indexNodeSize, children.end)
      const last = below.at(-1)
      if (last !== undefined && last.end === firstChild) below[below.length - 1] = { begin: last.begin, end }
      else below.push({ begin: firstChild, end })
    })
    spans = below
  }
  await eachFeature(layer, spans, box, visitor)
}

type NodeVisitor = (node: number, box: Box2, offset: number, next: number | undefined) => void

/** Calls `visit` for each node of the spans that meets the box; `next`: the offset of the node behind it, where it was read. */
const eachNode = async (layer: OpenLayer, spans: readonly Span[], box: Box2, visit: NodeVisitor): Promise<void> => {
  const most = Math.floor(RUN_BYTES / rtreeNodeBytes)
  for (const span of spans) {
    for (let begin = span.begin; begin < span.end; begin += most) {
      const end = Math.min(begin + most, span.end)
      await visitRun(layer, begin, end, box, visit)
    }
  }
}

const visitRun = async (layer: OpenLayer, begin: number, end: number, box: Box2, visit: NodeVisitor): Promise<void> => {
  const { indexAt, featuresAt } = layer.head
  // One node more: the offset of the next feature ends the last one.
  const from = indexAt + begin * rtreeNodeBytes
  const to = Math.min(indexAt + (end + 1) * rtreeNodeBytes, featuresAt)
  const bytes = await layer.bytes.read(from, to)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let node = begin; node < end; node++) {
    const at = (node - begin) * rtreeNodeBytes
    const [minX, minY] = [view.getFloat64(at, true), view.getFloat64(at + 8, true)]
    const [maxX, maxY] = [view.getFloat64(at + 16, true), view.getFloat64(at + 24, true)]
    if (minX > box[2] || maxX < box[0] || minY > box[3] || maxY < box[1]) continue
    const after = at + rtreeNodeBytes
    const next = after < bytes.length ? Number(view.getBigUint64(after + 32, true)) : undefined
    visit(node, [minX, minY, maxX, maxY], Number(view.getBigUint64(at + 32, true)), next)
  }
}

/** Reads the features of leaf nodes that the visitor wants, those that lie near each other together. */
const eachFeature = async (
  layer: OpenLayer,
  spans: readonly Span[],
  box: Box2,
  visitor: FlatGeobufVisitor,
): Promise<void> => {
  const { featuresAt } = layer.head
  for (const span of spans) {
    const most = Math.floor(RUN_BYTES / rtreeNodeBytes)
    for (let begin = span.begin; begin < span.end; begin += most) {
      const wanted: { number: number; begin: number; end: number }[] = []
      await visitRun(layer, begin, Math.min(begin + most, span.end), box, (node, found, offset, next) => {
        if (!visitor.box(found)) return
        const end = next === undefined ? layer.bytes.size : featuresAt + next
        wanted.push({ number: node, begin: featuresAt + offset, end })
      })
      for (let i = 0; i < wanted.length; ) i = await readRun(layer, wanted, i, visitor)
    }
  }
}

/** Reads a run of features from the `first` on; returns the index of the next one to read. */
const readRun = async (
  layer: OpenLayer,
  wanted: readonly { number: number; begin: number; end: number }[],
  first: number,
  visitor: FlatGeobufVisitor,
): Promise<number> => {
  const { begin } = wanted[first]!
  let stop = first + 1
  while (stop < wanted.length) {
    const near = wanted[stop]!.begin - wanted[stop - 1]!.end <= BRIDGED_BYTES
    if (!near || wanted[stop]!.end - begin > RUN_BYTES) break
    stop++
  }
  const bytes = await layer.bytes.read(begin, wanted[stop - 1]!.end)
  const kinds: Parameters<typeof readFeatureRows>[3] = new Set()
  for (const one of wanted.slice(first, stop)) {
    const feature = bytes.slice(one.begin - begin, one.end - begin)
    visitor.feature(readFeatureRows(feature, one.number, layer.head, kinds, layer.path))
  }
  return stop
}

const metadataOf = (text: string | null): Record<string, string> => {
  try {
    const value: unknown = JSON.parse(text ?? "{}")
    if (value === null || typeof value !== "object") return {}
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, String(inner)]))
  } catch {
    // Free text is allowed there, and holds nothing by name.
    return {}
  }
}
