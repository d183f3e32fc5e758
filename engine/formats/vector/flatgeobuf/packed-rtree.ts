/**
 * Builds the spatial index of FlatGeobuf, a packed Hilbert R-tree: feature order, layout and bytes.
 */
import { elementAt } from "../../../core/lists.js"
import { curvePlace } from "./curve-place.js"

/** Bytes of one node: minX, minY, maxX, maxY (float64), offset (uint64), little-endian. */
export const rtreeNodeBytes = 40

/** Children of a node; the default of the FlatGeobuf specification. */
export const rtreeNodeSize = 16

/**
 * Orders features along a Hilbert curve of their box centres ({@link curvePlace}), as the packed
 * index requires.
 *
 * Source: FlatGeobuf specification, "packed Hilbert R-tree" (from flatbush). Unlike there, the
 * curve is fixed in the CRS, not in the layer's bounds. Places descend, as in the reference
 * writers. Ties are ordered by `ids`, so the order of two features depends only on the two. O(n log
 * n).
 *
 * @param boxes four numbers a feature: minX, minY, maxX, maxY
 */
export const hilbertOrder = (boxes: Float64Array, ids: readonly string[]): Uint32Array => {
  const places = Float64Array.from(ids, (_, i) =>
    curvePlace(boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!),
  )
  return Uint32Array.from(ids, (_, i) => i).sort(
    (a, b) => places[b]! - places[a]! || (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : a - b),
  )
}

/**
 * Builds the packed Hilbert R-tree of FlatGeobuf, which is between header and features.
 *
 * Nodes are stored by level, root first and leaves last. A leaf's offset is the feature's position
 * in the features section. An inner node's offset is the index of its first child. Size: 40 bytes a
 * node, n·16/15 + depth nodes.
 *
 * @param boxes boxes of the features in file order, four numbers each; at least one
 * @param sizes bytes of each feature with its size prefix
 */
export const packRtree = (boxes: Float64Array, sizes: ArrayLike<number>): Uint8Array => {
  const levels = rtreeLevels(sizes.length, rtreeNodeSize)
  const nodes = levels[0].end
  const bytes = new Uint8Array(nodes * rtreeNodeBytes)
  const view = new DataView(bytes.buffer)
  const leaves = levels[0].start
  let position = 0
  for (let i = 0; i < sizes.length; i++) {
    for (let k = 0; k < 4; k++) view.setFloat64((leaves + i) * rtreeNodeBytes + 8 * k, boxes[4 * i + k]!, true)
    view.setBigUint64((leaves + i) * rtreeNodeBytes + 32, BigInt(position), true)
    position += sizes[i]!
  }
  packLevels(view, levels, 1)
  return bytes
}

/** Writes the levels from `from` upwards, each from the level below. */
const packLevels = (view: DataView, levels: ReturnType<typeof rtreeLevels>, from: number): void => {
  for (let level = from; level < levels.length; level++) {
    const children = elementAt(levels, level - 1)
    let node = elementAt(levels, level).start
    for (let child = children.start; child < children.end; child += rtreeNodeSize) {
      writeParent(view, node++, child, Math.min(child + rtreeNodeSize, children.end))
    }
  }
}

const writeParent = (view: DataView, node: number, firstChild: number, endChild: number): void => {
  for (let k = 0; k < 4; k++) {
    let value = view.getFloat64(firstChild * rtreeNodeBytes + 8 * k, true)
    for (let child = firstChild + 1; child < endChild; child++) {
      const other = view.getFloat64(child * rtreeNodeBytes + 8 * k, true)
      value = k < 2 ? Math.min(value, other) : Math.max(value, other)
    }
    view.setFloat64(node * rtreeNodeBytes + 8 * k, value, true)
  }
  view.setBigUint64(node * rtreeNodeBytes + 32, BigInt(firstChild), true)
}

/**
 * Builds the nodes above the leaves of such a tree, with the same bytes as {@link packRtree}.
 *
 * @param parents boxes of the leaves' parents in order, four numbers each
 * @param count features of the layer
 */
export const packInnerNodes = (parents: Float64Array, count: number): Uint8Array => {
  const levels = rtreeLevels(count, rtreeNodeSize)
  const bytes = new Uint8Array(levels[0].start * rtreeNodeBytes)
  const view = new DataView(bytes.buffer)
  const first = levels[1].start
  for (let node = 0; 4 * node < parents.length; node++) {
    for (let k = 0; k < 4; k++) view.setFloat64((first + node) * rtreeNodeBytes + 8 * k, parents[4 * node + k]!, true)
    view.setBigUint64((first + node) * rtreeNodeBytes + 32, BigInt(levels[0].start + rtreeNodeSize * node), true)
  }
  packLevels(view, levels, 2)
  return bytes
}

interface NodeRange {
  readonly start: number
  readonly end: number
}

/** Node ranges of the levels, leaves first. A single feature still has a root above its leaf. */
export const rtreeLevels = (count: number, nodeSize: number): [NodeRange, NodeRange, ...NodeRange[]] => {
  const width = Math.max(2, nodeSize)
  const sizes = [count]
  for (let size = count; size > 1 || sizes.length < 2; ) {
    size = Math.ceil(size / width)
    sizes.push(size)
  }
  let end = sizes.reduce((a, b) => a + b, 0)
  return sizes.map((size) => {
    const level = { start: end - size, end }
    end -= size
    return level
  }) as [NodeRange, NodeRange, ...NodeRange[]]
}

/** Bytes of the index of `count` features with `nodeSize` children a node. */
export const rtreeSize = (count: number, nodeSize: number): number =>
  rtreeLevels(count, nodeSize)[0].end * rtreeNodeBytes
