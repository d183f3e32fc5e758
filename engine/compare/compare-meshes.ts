/** Compares the meshes of two results: contents by bytes, objects by id, surfaces by distance. */
import { type TriangleIndex, triangleIndex } from "../core/geometry/triangle-distance.js"
import { sha256 } from "../core/hash.js"
import { addToList } from "../core/lists.js"
import { decodeGlb } from "../formats/tiles3d/decode-glb.js"
import { type JoinedContents, joinContents } from "../formats/tiles3d/join-contents.js"
import type { Crs } from "../grid/crs.js"
import { TileKey } from "../grid/tile-key.js"
import { readStored } from "../io/archive/stored-file.js"
import { listProductFiles } from "../job/product-files.js"

/** Most vertices of a tile and side whose distance is measured. */
const MOST_VERTICES = 20_000
/** Nearer vertices are not compared with the tiles around theirs, metres. */
const NEAR = 0.001
/** Decoded tiles that remain in memory: two rows of three by three tiles, and some. */
const MOST_TILES = 16

/** How two meshes differ. */
export interface MeshComparison {
  /** Contents of all levels, by path and bytes. */
  readonly equal: number
  readonly changed: number
  readonly onlyA: number
  readonly onlyB: number
  /** Tiles of the finest level with contents that differ. Absent where tiles have other sizes. */
  readonly tiles?: readonly string[]
  /**
   * Objects of these tiles by id and class. They changed where triangles or attributes differ; new
   * ones are in no tile of A that differs.
   */
  readonly objects?: Readonly<Record<"equal" | "changed" | "new" | "gone", number>>
  /** Absent without a tile that both have and that differs. */
  readonly distance?: MeshDistance
}

/** The largest distance found from vertices of one surface to triangles of the other, metres. */
export interface MeshDistance {
  readonly largest: number
  /** From A to B, and from B to A. */
  readonly fromA: number
  readonly fromB: number
  /** Place of the largest, CRS. */
  readonly at: readonly [x: number, y: number]
  /** Vertices in the tiles that differ, and how many were measured: evenly, up to 20,000 a tile. */
  readonly vertices: number
  readonly measured: number
}

/** What {@link compareMeshes} needs of two results. */
export interface MeshRequest {
  readonly a: string
  readonly b: string
  readonly crs: Crs
  /** True where both have work tiles of one size. */
  readonly hasEqualTiles: boolean
  readonly progress: (done: number, total: number) => void
}

/**
 * Compares two meshes. Reads all contents of both once as bytes, and decodes those tiles of the
 * finest level that differ, with the tiles around them. Memory: 16 tiles.
 *
 * Distances are measured from vertices to triangles of the same tile and of those around it, so the
 * true largest one may be larger, inside a triangle.
 * @throws EngineError of the readers
 */
export const compareMeshes = async ({ a, b, crs, hasEqualTiles, progress }: MeshRequest): Promise<MeshComparison> => {
  const [ours, theirs] = [await listContents(a), await listContents(b)]
  const changed = new Set<string>()
  let [equal, done] = [0, 0]
  for (const [path, place] of ours) {
    progress(done++, ours.size)
    const other = theirs.get(path)
    if (other === undefined) continue
    if (sha256(await readStored(place)) === sha256(await readStored(other))) equal++
    else changed.add(path)
  }
  const counts = {
    ...{ equal, changed: changed.size },
    ...{ onlyA: ours.size - equal - changed.size, onlyB: theirs.size - equal - changed.size },
  }
  if (!hasEqualTiles) return counts
  const isChanged = (path: string): boolean => changed.has(path) || !ours.has(path) || !theirs.has(path)
  const sides = [groupByTile(ours.keys()), groupByTile(theirs.keys())] as const
  const keys = [...new Set([...sides[0].keys(), ...sides[1].keys()])]
  const level = keys.reduce((finest, key) => Math.max(finest, TileKey.parse(key).level), 0)
  const tiles = keys
    .filter((key) => TileKey.parse(key).level === level)
    .filter((key) => sides.some((side) => side.get(key)?.some(isChanged)))
    .sort((one, other) => TileKey.compare(TileKey.parse(one), TileKey.parse(other)))
  const surfaces = [new Surfaces(sides[0], ours), new Surfaces(sides[1], theirs)] as const
  const objects = [new Map<string, string[]>(), new Map<string, string[]>()] as const
  const found = new Farthest()
  for (const [k, key] of tiles.entries()) {
    progress(k, tiles.length)
    const pair = [await surfaces[0].read(key), await surfaces[1].read(key)] as const
    for (const side of [0, 1] as const)
      for (const [id, digest] of digestObjects(pair[side]?.mesh)) addToList(objects[side], id, `${key} ${digest}`)
    const [one, other] = pair
    if (one === undefined || other === undefined) continue
    await found.measure(0, one, surfaces[1], key)
    await found.measure(1, other, surfaces[0], key)
  }
  const distance = found.end(crs)
  return { ...counts, tiles, objects: compareObjects(objects), ...(distance !== undefined && { distance }) }
}

const listContents = async (folder: string): Promise<Map<string, string>> =>
  new Map((await listProductFiles(folder, "tiles/")).map(({ path, place }) => [path, place]))

/** Paths of contents by the key of their tile. */
const groupByTile = (paths: Iterable<string>): Map<string, string[]> => {
  const tiles = new Map<string, string[]>()
  for (const path of paths) {
    const [, key] = /^tiles\/(\d+\/\d+\/\d+)(?:-[0-3]+)?\.glb$/.exec(path) ?? []
    if (key !== undefined) addToList(tiles, key, path)
  }
  return tiles
}

const compareObjects = ([a, b]: readonly [Map<string, string[]>, Map<string, string[]>]) => {
  const counts = { equal: 0, changed: 0, new: 0, gone: 0 }
  for (const [id, parts] of a) {
    const other = b.get(id)
    counts[other === undefined ? "gone" : parts.join() === other.join() ? "equal" : "changed"]++
  }
  for (const id of b.keys()) if (!a.has(id)) counts.new++
  return counts
}

/** Hashes of the objects of a tile: attributes, and triangles in an order of their own. */
const digestObjects = (mesh: JoinedContents | undefined): Map<string, string> => {
  const digests = new Map<string, string>()
  if (mesh?.objects === undefined || mesh.owners === undefined) return digests
  const { objects, owners, positions, triangles } = mesh
  const faces = new Map<number, string[]>()
  for (let t = 0; t < owners.length; t++) {
    const corners = [0, 1, 2].map((k) => {
      const at = 3 * triangles[3 * t + k]!
      return `${positions[at]},${positions[at + 1]},${positions[at + 2]}`
    })
    // From the least corner on, which keeps the direction.
    const first = corners.indexOf([...corners].sort()[0] ?? "")
    addToList(faces, owners[t]!, [0, 1, 2].map((k) => corners[(first + k) % 3]).join(" "))
  }
  const columns = Object.entries(objects.columns)
  for (const [row, id] of objects.ids.entries()) {
    if (id === "") continue
    const values = columns.map(([name, { values }]) => [name, values[row]])
    const text = [JSON.stringify(values), ...(faces.get(row) ?? []).sort()].join("\n")
    digests.set(`${objects.classes[row]} ${id}`, sha256(new TextEncoder().encode(text)))
  }
  return digests
}

/** A tile's surface; positions are relative to its first vertex. */
interface Surface {
  readonly mesh: JoinedContents
  readonly origin: readonly [X: number, Y: number, Z: number]
  readonly index: TriangleIndex
}

/** The tiles of a result's finest level; the last ones remain. */
class Surfaces {
  readonly #paths: ReadonlyMap<string, readonly string[]>
  readonly #places: ReadonlyMap<string, string>
  readonly #read = new Map<string, Promise<Surface | undefined>>()

  constructor(paths: ReadonlyMap<string, readonly string[]>, places: ReadonlyMap<string, string>) {
    this.#paths = paths
    this.#places = places
  }

  read(key: string): Promise<Surface | undefined> {
    const found = this.#read.get(key) ?? this.#decode(key)
    this.#read.delete(key)
    this.#read.set(key, found)
    const [oldest] = this.#read.keys()
    if (this.#read.size > MOST_TILES && oldest !== undefined) this.#read.delete(oldest)
    return found
  }

  async #decode(key: string): Promise<Surface | undefined> {
    const places = (this.#paths.get(key) ?? []).flatMap((path) => this.#places.get(path) ?? [])
    if (places.length === 0) return undefined
    const mesh = joinContents(await Promise.all(places.map(async (place) => decodeGlb(await readStored(place), place))))
    if (mesh.triangles.length === 0) return undefined
    const [X = 0, Y = 0, Z = 0] = mesh.positions
    const origin = [X, Y, Z] as const
    const local = mesh.positions.map((value, i) => value - origin[i % 3]!)
    return { mesh, origin, index: triangleIndex(local, mesh.triangles) }
  }
}

/** The vertices that are farthest from the other surface. */
class Farthest {
  readonly #most: [fromA: number, fromB: number] = [0, 0]
  #largest = -1
  #at: readonly [X: number, Y: number, Z: number] = [0, 0, 0]
  #vertices = 0
  #measured = 0

  /** Measures from vertices of a tile to the other surface. */
  async measure(side: 0 | 1, { mesh: { positions } }: Surface, others: Surfaces, key: string): Promise<void> {
    const count = positions.length / 3
    const step = Math.ceil(count / MOST_VERTICES)
    this.#vertices += count
    const own = await others.read(key)
    const around = tilesAround(key)
    for (let v = 0; v < count; v += step) {
      const at = [positions[3 * v]!, positions[3 * v + 1]!, positions[3 * v + 2]!] as const
      let away = distanceTo(own, at, Number.POSITIVE_INFINITY)
      // The other surface may continue in the next tile.
      for (let k = 0; away > Math.max(NEAR, this.#most[side]) && k < around.length; k++)
        away = distanceTo(await others.read(around[k]!), at, away)
      this.#measured++
      if (away > this.#most[side]) this.#most[side] = away
      if (away <= this.#largest) continue
      this.#largest = away
      this.#at = at
    }
  }

  end({ fromGeocentric }: Crs): MeshDistance | undefined {
    if (this.#measured === 0) return undefined
    const [fromA, fromB] = this.#most
    const [x, y] = fromGeocentric(...this.#at)
    const counts = { vertices: this.#vertices, measured: this.#measured }
    return { largest: Math.max(fromA, fromB), fromA, fromB, at: [x, y], ...counts }
  }
}

const distanceTo = (
  surface: Surface | undefined,
  [X, Y, Z]: readonly [X: number, Y: number, Z: number],
  bound: number,
): number => {
  if (surface === undefined) return bound
  const { origin, index } = surface
  return index.distance(X - origin[0], Y - origin[1], Z - origin[2], bound)
}

const tilesAround = (key: string): string[] => {
  const { level, x, y } = TileKey.parse(key)
  const steps = [-1, 0, 1]
  return steps.flatMap((dy) =>
    steps.flatMap((dx) => (dx === 0 && dy === 0 ? [] : [TileKey.format({ level, x: x + dx, y: y + dy })])),
  )
}
