/**
 * Checks the index of a FlatGeobuf file: boxes of nodes against children, leaves against features.
 */
import type { Box2 } from "../../../core/geometry/box.js"
import type { EngineError } from "../../../errors.js"
import type { ByteSource } from "../../../io/byte-source.js"
import { type FeatureRow, formatError } from "./feature.js"
import { rtreeNodeBytes } from "./packed-rtree.js"

/** Files up to this size are compared with their whole index when opened. */
const WHOLE_BYTES = 4 << 20

/** Identities of the files whose index passed, by path. The oldest is evicted first. */
const sound = new Map<string, string>()
const MOST_SOUND = 256

/** Runs the check of a whole small file, once for each identity of the file. */
export const checkedOnce = async ({ path, size, identity }: ByteSource, check: () => Promise<void>): Promise<void> => {
  if (size > WHOLE_BYTES || sound.get(path) === identity) return
  await check()
  const [oldest] = sound.keys()
  if (sound.size >= MOST_SOUND && oldest !== undefined) sound.delete(oldest)
  sound.set(path, identity)
}

/** The error for an index that does not match its features. */
export const indexError = (path: string, found: string): EngineError =>
  formatError(path, `damaged spatial index: ${found}. Write a new one: ogr2ogr new.fgb old.fgb`)

/**
 * The tolerance covers writers that convert doubles to text and back. An infinite bound equals only
 * itself.
 */
const isNear = (a: number, b: number): boolean =>
  a === b || (Number.isFinite(a - b) && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)))

const areNear = (a: Box2, b: Box2): boolean => a.every((value, k) => isNear(value, b[k]!))

const NOTHING: Box2 = [Infinity, Infinity, -Infinity, -Infinity]

/**
 * Compares nodes with their parents: a parent's box must be the bounding box of its children.
 * Siblings are given in the order of their parents.
 *
 * @param width children of a node; the last node of a level may have fewer
 * @param parents absent: the root has none
 * @returns a check for a span of whole groups of siblings; the bytes start at its first node
 */
export const groupChecker = (
  path: string,
  width: number,
  parents: readonly Box2[] | undefined,
): ((nodes: DataView, span: { readonly begin: number; readonly end: number }) => void) => {
  let row = 0
  return (nodes, { begin, end }) => {
    for (let first = begin; parents !== undefined && first < end; first += width) {
      let [minX, minY, maxX, maxY] = NOTHING
      for (let node = first; node < Math.min(first + width, end); node++) {
        const at = (node - begin) * rtreeNodeBytes
        minX = Math.min(minX, nodes.getFloat64(at, true))
        minY = Math.min(minY, nodes.getFloat64(at + 8, true))
        maxX = Math.max(maxX, nodes.getFloat64(at + 16, true))
        maxY = Math.max(maxY, nodes.getFloat64(at + 24, true))
      }
      const parent = parents[row++] ?? NOTHING
      if (!areNear([minX, minY, maxX, maxY], parent))
        throw indexError(
          path,
          `the box of nodes from ${first} is ${minX}, ${minY}, ${maxX}, ${maxY}, not ${parent.join(", ")}`,
        )
    }
  }
}

/** Compares a feature's parts with the box of its leaf. A feature without vertices has no box. */
export const checkFeature = (
  rows: readonly FeatureRow[],
  dimension: 2 | 3,
  leaf: Box2,
  number: number,
  path: string,
): void => {
  let [minX, minY, maxX, maxY] = NOTHING
  let count = 0
  for (const { rings } of rows) {
    for (const ring of rings) {
      count += ring.length
      for (let i = 0; i < ring.length; i += dimension) {
        const [x, y] = [ring[i]!, ring[i + 1]!]
        minX = Math.min(minX, x)
        minY = Math.min(minY, y)
        maxX = Math.max(maxX, x)
        maxY = Math.max(maxY, y)
      }
    }
  }
  if (count > 0 && !areNear([minX, minY, maxX, maxY], leaf))
    throw indexError(path, `the box of feature ${number} is ${minX}, ${minY}, ${maxX}, ${maxY}, not ${leaf.join(", ")}`)
}
