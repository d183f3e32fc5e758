/** Reads the features of a box from a FlatGeobuf file, through its index. */

import type { Box2 } from "../../../core/geometry/box.js"
import { elementAt } from "../../../core/lists.js"
import type { ByteSource } from "../../../io/byte-source.js"
import { openBytes } from "../../../io/bytes.js"
import { checkedOnce, checkFeature, groupChecker, indexError } from "./check-index.js"
import {
  announcedBy,
  type FeatureRow,
  type FlatGeobufHead,
  formatError,
  openFlatGeobufHead,
  readFeatureRows,
} from "./feature.js"
import { rtreeLevels, rtreeNodeBytes } from "./packed-rtree.js"

/** Callbacks of a search. */
export interface FlatGeobufVisitor {
  /**
   * Called with the box of each feature that meets the search box. If it returns false, the feature
   * is not read.
   */
  box(box: Box2): boolean
  /** Called with the parts of each feature that `box` accepted, in the order of the file. */
  feature(rows: readonly FeatureRow[]): void
}

/** A layer that is read by location. */
export interface FlatGeobufSearch {
  readonly head: FlatGeobufHead
  /** Numbers in a vertex of the rings. */
  readonly dimension: 2 | 3
  /** Number of features announced by the header. */
  readonly count: number
  /** Box around all features, if the header has it. */
  readonly box?: Box2
  /** JSON metadata of the header as text by name. */
  readonly metadata: Readonly<Record<string, string>>
  /** Visits the features whose boxes meet `box` (closed), in the order of the file. */
  search(box: Box2, visitor: FlatGeobufVisitor): Promise<void>
  close(): Promise<void>
}

/** Adjacent nodes or features are read together, up to this many bytes. */
const RUN_BYTES = 1 << 20
/** Gaps up to this many bytes between two wanted features are read, not skipped. */
const BRIDGED_BYTES = 1 << 14

/**
 * Opens a FlatGeobuf file with an index for reading by location. A search reads the nodes of the
 * packed R-tree that meet a box, level by level, then the features. It reads at most 1 MB at a
 * time. Memory: a run, and 48 bytes for each inner node that is hit.
 *
 * The index is not trusted. A file of up to 4 MB is compared with all its features once. In a
 * larger file, a search checks each node, box and offset that it meets. One fault escapes it there:
 * a damaged leaf that misses the search box and was no extreme of its 16 siblings.
 *
 * @throws EngineError E_INPUT if the file cannot be read
 * @throws EngineError E_FORMAT if it is no FlatGeobuf 3, is truncated, has features without an
 *   index, or (also while searching) its index is damaged
 */
export const openFlatGeobufSearch = async (path: string): Promise<FlatGeobufSearch> => {
  const bytes = await openBytes(path)
  try {
    const head = await openFlatGeobufHead(bytes, path)
    const { meta } = head
    if (head.featuresAt < bytes.size && (meta.featuresCount === 0 || meta.indexNodeSize === 0)) {
      throw formatError(path, "no spatial index. Write one: ogr2ogr -lco SPATIAL_INDEX=YES new.fgb old.fgb")
    }
    const layer = { bytes, head, path, width: Math.max(2, meta.indexNodeSize) }
    await checkedOnce(bytes, () => search(layer, EVERYWHERE, { box: () => true, feature: () => undefined }))
    return {
      head,
      dimension: head.dimension,
      count: meta.featuresCount,
      ...announcedBy(head),
      search: (box, visitor) => search(layer, box, visitor),
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
  /** Children of a node. */
  readonly width: number
}

/** A range of consecutive nodes, `[begin, end)`. */
interface Span {
  readonly begin: number
  readonly end: number
}

/**
 * Nodes to visit: the children of hit nodes, and the boxes of those parents in the same order. The
 * root has no parent.
 */
interface Wanted {
  readonly spans: readonly Span[]
  readonly parents: readonly Box2[] | undefined
}

const EVERYWHERE: Box2 = [-Infinity, -Infinity, Infinity, Infinity]

const search = async (layer: OpenLayer, box: Box2, visitor: FlatGeobufVisitor): Promise<void> => {
  const { meta } = layer.head
  if (meta.featuresCount === 0) return
  const levels = rtreeLevels(meta.featuresCount, meta.indexNodeSize)
  let wanted: Wanted = { spans: [{ begin: 0, end: 1 }], parents: undefined }
  for (let level = levels.length - 1; level > 0; level--) {
    const [nodes, children] = [elementAt(levels, level), elementAt(levels, level - 1)]
    const below: Span[] = []
    const parents: Box2[] = []
    await eachNode(layer, wanted, box, (node, found, offset) => {
      // The tree is packed: a node's index determines its children's.
      const firstChild = children.start + (node - nodes.start) * layer.width
      if (offset !== firstChild) throw indexError(layer.path, `node ${node} refers to ${offset}, not to ${firstChild}`)
      const end = Math.min(firstChild + layer.width, children.end)
      const last = below.at(-1)
      if (last !== undefined && last.end === firstChild) below[below.length - 1] = { begin: last.begin, end }
      else below.push({ begin: firstChild, end })
      parents.push(found)
    })
    wanted = { spans: below, parents }
  }
  await eachFeature(layer, wanted, levels[0].start, box, visitor)
}

type NodeVisitor = (node: number, box: Box2, offset: number, next: number | undefined) => void

/**
 * Calls `visit` for each node that meets the box, run by run. `next` is the offset of the following
 * node, if it was read.
 */
const eachNode = async (
  layer: OpenLayer,
  { spans, parents }: Wanted,
  box: Box2,
  visit: NodeVisitor,
  afterRun: () => Promise<void> = () => Promise.resolve(),
): Promise<void> => {
  // A run has whole groups of siblings.
  const most = layer.width * Math.max(1, Math.floor(RUN_BYTES / rtreeNodeBytes / layer.width))
  const check = groupChecker(layer.path, layer.width, parents)
  for (const span of spans) {
    for (let begin = span.begin; begin < span.end; begin += most) {
      const end = Math.min(begin + most, span.end)
      await visitRun(layer, { begin, end }, box, visit, check)
      await afterRun()
    }
  }
}

const visitRun = async (
  layer: OpenLayer,
  { begin, end }: Span,
  box: Box2,
  visit: NodeVisitor,
  check: (boxes: DataView, nodes: Span) => void,
): Promise<void> => {
  const { indexAt, featuresAt } = layer.head
  // One more node: the next feature's offset is the end of the last one.
  const from = indexAt + begin * rtreeNodeBytes
  const to = Math.min(indexAt + (end + 1) * rtreeNodeBytes, featuresAt)
  const bytes = await layer.bytes.read(from, to)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  check(view, { begin, end })
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

/** A feature to read: its leaf, and its byte range in the file. */
interface WantedFeature extends Span {
  readonly number: number
  readonly box: Box2
}

/** Reads the features that the visitor wants, nearby ones together. */
const eachFeature = async (
  layer: OpenLayer,
  nodes: Wanted,
  firstLeaf: number,
  box: Box2,
  visitor: FlatGeobufVisitor,
): Promise<void> => {
  const { featuresAt } = layer.head
  let wanted: WantedFeature[] = []
  const note: NodeVisitor = (node, found, offset, next) => {
    const [begin, end] = [featuresAt + offset, next === undefined ? layer.bytes.size : featuresAt + next]
    const isPlace = end > begin + 4 && end <= layer.bytes.size && (node > firstLeaf || offset === 0)
    if (!isPlace)
      throw indexError(layer.path, `leaf ${node} refers to byte ${offset}, the next one to ${next ?? "none"}`)
    if (visitor.box(found)) wanted.push({ number: node - firstLeaf, begin, end, box: found })
  }
  await eachNode(layer, nodes, box, note, async () => {
    const all = wanted
    wanted = []
    for (let i = 0; i < all.length; ) i = await readRun(layer, all, i, visitor)
  })
}

/** Reads a run of features from index `first` on. Returns the index of the next one to read. */
const readRun = async (
  layer: OpenLayer,
  wanted: readonly WantedFeature[],
  first: number,
  visitor: FlatGeobufVisitor,
): Promise<number> => {
  const { begin, end: firstEnd } = elementAt(wanted, first)
  let end = firstEnd
  let stop = first + 1
  for (; stop < wanted.length; stop++) {
    const next = elementAt(wanted, stop)
    if (next.begin - end > BRIDGED_BYTES || next.end - begin > RUN_BYTES) break
    end = next.end
  }
  const bytes = await layer.bytes.read(begin, end)
  const kinds: Parameters<typeof readFeatureRows>[3] = new Set()
  for (const one of wanted.slice(first, stop)) {
    const feature = bytes.slice(one.begin - begin, one.end - begin)
    const size = 4 + new DataView(feature.buffer).getUint32(0, true)
    if (size !== feature.length)
      throw indexError(layer.path, `feature ${one.number} has ${size} bytes, not ${feature.length}`)
    const rows = readFeatureRows(feature, one.number, layer.head, kinds, layer.path)
    checkFeature(rows, layer.head.dimension, one.box, one.number, layer.path)
    visitor.feature(rows)
  }
  return stop
}
