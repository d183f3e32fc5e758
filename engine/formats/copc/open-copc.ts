/** Reads the octree of a COPC file and selects the nodes that a box and a spacing need. */
import { Box2 } from "../../core/geometry/box.js"
import { damaged } from "../../errors.js"
import type { ByteSource } from "../../io/byte-source.js"
import type { LasHeader, Vlr } from "../las/header.js"
import { type Chunk, plausible } from "../laz/laszip.js"

/** The octree of a COPC file (copc.io 1.0). */
export interface Copc {
  /** Point spacing at the root, metres. */
  readonly spacing: number
  readonly rootOffset: number
  readonly rootBytes: number
  /** The root page of the hierarchy as stored. */
  readonly root: Uint8Array
  /**
   * Chunks of the nodes whose cubes meet the box, down to the level that the spacing needs, in byte
   * order. Sub-pages are read only where needed.
   *
   * @throws EngineError `E_FORMAT` for entries outside the file, pages listed twice, or more points
   * than announced
   */
  nodes(query: CopcQuery): Promise<CopcNode[]>
}

/** The octree as stated by its info record and pages. */
interface Octree extends Omit<Copc, "nodes"> {
  readonly centre: readonly [number, number, number]
  readonly halfSize: number
  /** Cached pages below the root, by offset. */
  readonly pages: Map<number, Uint8Array>
}

/** The chunk of a node. */
export interface CopcNode extends Chunk {
  /** 0 for the root. */
  readonly level: number
  /** Horizontal extent of its cube, CRS metres. */
  readonly cube: Box2
  /**
   * Estimated number of its points in the query's box, as if they were spread evenly over its cube.
   */
  readonly expected: number
}

const ENTRY_BYTES = 32
/** No point octree is deeper: 2^-31 of its side is below any scale. */
const MOST_LEVELS = 31
/** Two million entries. In real files, a page for all nodes of a tile has about 100 KB. */
const MOST_PAGE_BYTES = 64 * 1024 * 1024
/** Maximum size of the cache of pages below the root. */
const MOST_CACHED_BYTES = 8 * 1024 * 1024

/**
 * Reads the COPC info record and the root page. Returns undefined for plain LAZ. A tool without
 * COPC support may copy the record without its hierarchy: such a file is read as plain LAZ, with a
 * fault.
 *
 * Offsets in the record: 0 centre (3 f64), 24 half size, 32 spacing, 40 root page offset (u64), 48
 * its bytes (u64).
 */
export const openCopc = async (
  source: ByteSource,
  header: LasHeader,
  vlrs: readonly Vlr[],
  faults: string[],
): Promise<Copc | undefined> => {
  const data = vlrs.find((vlr) => vlr.userId === "copc" && vlr.recordId === 1)?.data
  if (data === undefined || header.count === 0 || !header.compressed) return undefined
  if (data.length < 56) return stale(faults)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const [rootOffset, rootBytes] = [Number(view.getBigUint64(40, true)), Number(view.getBigUint64(48, true))]
  const centre = [0, 8, 16].map((at) => view.getFloat64(at, true)) as [number, number, number]
  const [halfSize, spacing] = [view.getFloat64(24, true), view.getFloat64(32, true)]
  const inside =
    rootOffset >= header.pointOffset &&
    rootBytes >= ENTRY_BYTES &&
    rootBytes <= MOST_PAGE_BYTES &&
    rootOffset + rootBytes <= source.size
  const sound = [...centre, halfSize, spacing].every(Number.isFinite) && halfSize > 0 && spacing >= 0
  if (!inside || !sound) return stale(faults)
  const root = await source.read(rootOffset, rootOffset + rootBytes)
  const octree: Octree = { spacing, centre, halfSize, rootOffset, rootBytes, root, pages: new Map() }
  return { ...octree, nodes: (query) => selectNodes(source, header, octree, query) }
}

const stale = (faults: string[]): undefined => {
  faults.push("the COPC hierarchy is outside the file; reading it as plain LAZ")
  return undefined
}

/** Selects nodes: those that meet a box (CRS metres), down to a point spacing (metres). */
export interface CopcQuery {
  readonly box?: Box2
  readonly spacing?: number
}

/** Deepest level needed for a spacing: level d has `root spacing / 2^d`. */
const deepest = (copc: Octree, spacing: number | undefined): number => {
  if (spacing === undefined || !(spacing > 0) || !(copc.spacing > 0)) return MOST_LEVELS
  return Math.max(0, Math.min(MOST_LEVELS, Math.ceil(Math.log2(copc.spacing / spacing) - 1e-9)))
}

const selectNodes = async (
  source: ByteSource,
  header: LasHeader,
  copc: Octree,
  query: CopcQuery,
): Promise<CopcNode[]> => {
  const file = source.path
  const most = deepest(copc, query.spacing)
  const chunks: CopcNode[] = []
  const seen = new Set<number>([copc.rootOffset])
  const pages: Uint8Array[] = [copc.root]
  let [total, pageBytes] = [0, copc.rootBytes]
  for (let page = pages.pop(); page !== undefined; page = pages.pop()) {
    const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
    for (let at = 0; at + ENTRY_BYTES <= page.length; at += ENTRY_BYTES) {
      const level = view.getInt32(at, true)
      const offset = Number(view.getBigUint64(at + 16, true))
      const bytes = view.getInt32(at + 24, true)
      const count = view.getInt32(at + 28, true)
      const sound = level >= 0 && level <= MOST_LEVELS && isKey(view, at, level)
      if (!sound || count < -1 || bytes < 0 || offset + bytes > source.size) {
        const found = `level ${level}, ${count} points, ${bytes} bytes at ${offset}`
        throw damaged(file, `impossible entry in its COPC hierarchy (${found})`)
      }
      if (level > most || count === 0) continue
      const cube = readCube(view, at, level, copc)
      if (!meetsCube(cube, header, query.box)) continue
      if (count > 0) {
        const chunk = plausible({ begin: offset, end: offset + bytes, count }, header, file)
        chunks.push({ ...chunk, level, cube, expected: count * estimateShare(cube, header, query.box) })
        total += count
        if (total > header.count) {
          throw damaged(file, `its header announces ${header.count} points, and its COPC nodes have ${total} or more`)
        }
      } else {
        if (seen.has(offset)) throw damaged(file, `the COPC hierarchy page at byte ${offset} occurs twice`)
        seen.add(offset)
        pageBytes += bytes
        // Pages do not overlap: together they fit in the file.
        if (bytes > MOST_PAGE_BYTES || pageBytes > source.size) {
          throw damaged(file, `COPC hierarchy pages of ${pageBytes} bytes or more`)
        }
        pages.push(await readPage(source, copc, offset, bytes))
      }
    }
  }
  const whole = query.box === undefined && most === MOST_LEVELS
  if (whole && total !== header.count) {
    throw damaged(file, `its header announces ${header.count} points, and its COPC nodes have ${total}`)
  }
  return apart(
    chunks.sort((a, b) => a.begin - b.begin),
    file,
  )
}

/** Reads a page of the hierarchy, through a cache of limited size. */
const readPage = async (source: ByteSource, { pages }: Octree, offset: number, bytes: number): Promise<Uint8Array> => {
  const known = pages.get(offset)
  if (known?.length === bytes) return known
  const page = await source.read(offset, offset + bytes)
  let cachedBytes = bytes
  for (const { length } of pages.values()) cachedBytes += length
  if (cachedBytes <= MOST_CACHED_BYTES) pages.set(offset, page)
  return page
}

/**
 * Checks that no two chunks (sorted) share bytes.
 *
 * @throws EngineError `E_FORMAT`
 */
const apart = (chunks: CopcNode[], file: string): CopcNode[] => {
  for (let i = 1; i < chunks.length; i++) {
    const [{ end }, { begin }] = [chunks[i - 1]!, chunks[i]!]
    if (begin < end) throw damaged(file, `two COPC nodes share the bytes ${begin} to ${end}`)
  }
  return chunks
}

/** True if the key of an entry is a cell of its level. */
const isKey = (view: DataView, at: number, level: number): boolean =>
  [4, 8, 12].every((axis) => view.getInt32(at + axis, true) >= 0 && view.getInt32(at + axis, true) < 2 ** level)

const readCube = (view: DataView, at: number, level: number, { centre, halfSize }: Octree): Box2 => {
  const side = (2 * halfSize) / 2 ** level
  const minX = centre[0] - halfSize + view.getInt32(at + 4, true) * side
  const minY = centre[1] - halfSize + view.getInt32(at + 8, true) * side
  return [minX, minY, minX + side, minY + side]
}

const meetsCube = (cube: Box2, { scale }: LasHeader, box: Box2 | undefined): boolean => {
  if (box === undefined) return true
  // A writer may round a point across its cube's face; rounding to 1 mm may move it further.
  const slack = Math.max(scale[0], scale[1]) + 0.002
  return Box2.meets(Box2.grow(cube, slack), box)
}

/** Share of a cube's area, clipped to the file's box, that is in the query's box. */
const estimateShare = (cube: Box2, header: LasHeader, box: Box2 | undefined): number => {
  if (box === undefined) return 1
  const filled = Box2.intersection(cube, header.box)
  const area = Box2.area(filled)
  return area > 0 ? Box2.area(Box2.intersection(filled, box)) / area : 1
}
