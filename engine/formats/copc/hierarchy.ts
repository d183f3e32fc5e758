/** Encodes the hierarchy of a COPC file: the position of each node's chunk. */
import { elementAt } from "../../core/lists.js"
import type { NodePlace } from "./octree.js"

/** A node of the file; without points, offset and size are 0. */
export interface StoredNode {
  readonly place: NodePlace
  readonly offset: number
  readonly bytes: number
  readonly count: number
}

/** A node whose entry refers to the page that starts with it. */
interface SubPage {
  readonly place: NodePlace
  readonly page: number
}

const ENTRY_BYTES = 32
/** Maximum number of nodes of a page; those below have pages of their own. */
const PAGE_NODES = 4096

/**
 * Encodes hierarchy pages of COPC 1.0. The root page lists the first 4,096 nodes level by level.
 * Each subtree below has a page of its own, built the same way. The root page precedes the others.
 *
 * Entry: 0 level, 4 x, 8 y, 12 z (i32), 16 offset (u64), 24 bytes, 28 points (i32). −1 points:
 * offset and bytes are those of a page.
 *
 * @param nodes in any order, with all their ancestors
 * @param at offset of the first page in the file
 */
export const encodeHierarchy = (nodes: readonly StoredNode[], at: number) => {
  const byKey = new Map(nodes.map((node) => [keyOf(node.place), node]))
  const pages: (StoredNode | SubPage)[][] = []
  const root = byKey.get(keyOf([0, 0, 0, 0]))
  const waiting = root === undefined ? [] : [root]
  for (let page = 0; page < waiting.length; page++) {
    const queue = [waiting[page]!]
    const entries: (StoredNode | SubPage)[] = []
    for (let i = 0; i < queue.length; i++) {
      const node = queue[i]!
      if (i < PAGE_NODES) {
        entries.push(node)
        queue.push(...findChildren(node, byKey))
      } else {
        entries.push({ page: waiting.length, place: node.place })
        waiting.push(node)
      }
    }
    pages.push(entries)
  }
  const starts: number[] = []
  let total = 0
  for (const entries of pages) {
    starts.push(total)
    total += entries.length * ENTRY_BYTES
  }
  const view = new DataView(new ArrayBuffer(total))
  pages.forEach((entries, page) => {
    entries.forEach((entry, i) => {
      const place = starts[page]! + i * ENTRY_BYTES
      if ("count" in entry) writeEntry(view, place, entry)
      else {
        const bytes = elementAt(pages, entry.page).length * ENTRY_BYTES
        writeEntry(view, place, { place: entry.place, offset: at + starts[entry.page]!, bytes, count: -1 })
      }
    })
  })
  return { bytes: new Uint8Array(view.buffer), rootAt: 0, rootBytes: (pages[0]?.length ?? 0) * ENTRY_BYTES }
}

const keyOf = (place: NodePlace): string => place.join("-")

const findChildren = (
  { place: [level, x, y, z] }: StoredNode,
  byKey: ReadonlyMap<string, StoredNode>,
): StoredNode[] => {
  const children: StoredNode[] = []
  for (let octant = 0; octant < 8; octant++) {
    const key = keyOf([level + 1, 2 * x + (octant & 1), 2 * y + ((octant >> 1) & 1), 2 * z + (octant >> 2)])
    const child = byKey.get(key)
    if (child !== undefined) children.push(child)
  }
  return children
}

const writeEntry = (view: DataView, at: number, { place, offset, bytes, count }: StoredNode): void => {
  place.forEach((value, i) => {
    view.setInt32(at + 4 * i, value, true)
  })
  view.setBigUint64(at + 16, BigInt(offset), true)
  view.setInt32(at + 24, bytes, true)
  view.setInt32(at + 28, count, true)
}
