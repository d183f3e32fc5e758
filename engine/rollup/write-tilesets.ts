/** Writes `tileset.json` and the tilesets nested in it from the outcomes of the tasks. */

import { dirname, posix } from "node:path"
import { acquisition } from "../core/gps-day.js"
import { sha256 } from "../core/hash.js"
import { elementAt } from "../core/lists.js"
import { encodeTileset, summariseNode, type TileNode } from "../formats/tiles3d/tileset.js"
import { TileKey } from "../grid/tile-key.js"
import { writeIfChanged } from "../job/copied-text.js"
import { layout } from "../job/layout.js"
import type { EndRecord, MeshContent } from "../journal/journal-record.js"
import type { NotedFiles } from "../journal/noted-files.js"
import { classifiedFact, stampOptions } from "../plan/context.js"
import type { Plan } from "../plan/plan.js"

/** A file has this many levels below its root: at most 4^4 tiles. */
const levelsPerFile = 4
/**
 * Size of a file above which its largest subtrees get their own files. Tiles of many parts reach it
 * within four levels.
 */
const mostBytes = 180_000
/** Size of a tile's entry: a box of 12 numbers, a transform, its error, its address. */
const tileBytes = 520

/**
 * The files of `tileset.json` and of the tilesets nested in it, the root's last, from the ends of
 * tasks with a mesh; none without any.
 *
 * A tile's parts are siblings. The children of a part are those contents of the next finer tiles
 * that are within it. A finer content within no part (its parent has no triangle there) is a
 * sibling of the parts. Every tile with a parent has a content: a viewer that stopped at an empty
 * one would show a hole.
 *
 * The version of each file (`asset.tilesetVersion`) is a hash of all contents below it and depends
 * on nothing else. A viewer or a cache learns from a few bytes what an update changed. An update
 * and a full run give the same version.
 *
 * @param ends of all tasks
 * @param options.wanted accepts contents by path; default all
 * @param options.placeOf maps the path of a content or tileset to its place; default: unchanged
 */
export function* encodeTilesets(
  plan: Plan,
  ends: readonly EndRecord[],
  options: TilesetPlaces = {},
): Generator<TilesetFile> {
  const { wanted = () => true, placeOf = (path) => path } = options
  const required = options.required === undefined ? {} : { required: options.required }
  const contents = new Map<string, readonly MeshContent[]>()
  for (const end of ends) {
    const own = madeMesh(end) ? (end.content ?? []).filter(({ uri }) => wanted(uri)) : []
    if (own.length > 0) contents.set(end.key, own)
  }
  if (contents.size === 0) return
  const { leafLevel } = plan.context.grid
  const forest = { contents, children: groupChildren([...contents.keys()].map(TileKey.parse)), leafLevel }
  const facts = tilesetFacts(plan, acquiredBy(ends))
  const versions = new Map(ends.flatMap(({ files }) => files.map(({ path, sha256: hash }) => [path, hash] as const)))
  for (const { file, root } of treeFiles(buildTree(forest))) {
    const within = file === layout.tileset ? {} : { within: summariseNode(root).centre }
    const tilesetVersion = hashTree(root, versions)
    versions.set(file, tilesetVersion)
    const placed = relativeTo(placeOf(file), root, placeOf)
    yield [file, encodeTileset(placed, { ...facts, ...within, ...required, tilesetVersion })]
  }
}

/** Path and text of a tileset. */
export type TilesetFile = readonly [path: string, text: string]

/** Which contents to include, and their places. */
export interface TilesetPlaces {
  wanted?(uri: string): boolean
  placeOf?(path: string): string
  /** Extensions that a viewer must support. */
  readonly required?: readonly string[]
}

/** Writes each tileset whose bytes differ; returns all paths. */
export const writeTilesets = async (
  out: string,
  files: Iterable<TilesetFile>,
  notes?: NotedFiles,
): Promise<string[]> => {
  const written: string[] = []
  for (const [file, text] of files) {
    await writeIfChanged(out, file, text, notes)
    written.push(file)
  }
  return written
}

const isTile = ({ stage }: EndRecord): boolean => stage === "tile" || stage === "model"
const madeMesh = (end: EndRecord): boolean => isTile(end) || end.stage === "parent"

const tilesetFacts = ({ context }: Plan, acquired: string): Parameters<typeof encodeTileset>[1] => ({
  copyright: context.source,
  generator: `maille ${context.version}`,
  extras: { acquired, options: stampOptions(context, "parent mesh"), epsg: context.epsg, ...classifiedFact(context) },
})

/** Hash over the addresses and hashes of all contents below; nested files have theirs already. */
const hashTree = (root: TileNode, versions: ReadonlyMap<string, string>): string => {
  const lines: string[] = []
  const visit = ({ uri, children }: TileNode): void => {
    if (uri !== undefined) lines.push(`${versions.get(uri) ?? ""} ${uri}`)
    children.forEach(visit)
  }
  visit(root)
  return sha256(lines.join("\n")).slice(0, 16)
}

/** Days of acquisition of the tiles that have a mesh. */
const acquiredBy = (ends: readonly EndRecord[]): string => {
  const times = ends.flatMap((end) => (isTile(end) && end.content && end.time ? [end.time] : []))
  if (times.length === 0) return "unknown"
  const first = times.reduce((least, [time]) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const last = times.reduce((most, [, time]) => Math.max(most, time), Number.NEGATIVE_INFINITY)
  return acquisition([first, last])
}

// ----- tree

/** A content with all below it; `uri` is relative to the output folder. */
interface ContentNode extends TileNode {
  /** Path of quadrants from the tile whose list it is in. */
  readonly path: string
  /** Path of a tileset of its own. */
  readonly file: string
  /** Its level starts a file. */
  readonly isStart: boolean
  readonly children: readonly ContentNode[]
}

/** Contents by key, and keys below each key, ordered; the topmost ones under "root". */
interface Forest {
  readonly contents: ReadonlyMap<string, readonly MeshContent[]>
  readonly children: ReadonlyMap<string, readonly TileKey[]>
  readonly leafLevel: number
}

/** The tree of all contents; several roots get a common root without content. */
const buildTree = (forest: Forest): ContentNode => {
  const roots = (forest.children.get("root") ?? []).flatMap((key) => buildNodes(forest, key))
  const [only] = roots
  if (roots.length === 1 && only !== undefined) return only
  return { geometricError: 0, path: "", file: layout.tileset, isStart: false, children: roots }
}

/**
 * The nodes of a tile's contents with all below; last, those of finer tiles within none of its
 * parts.
 */
const buildNodes = (forest: Forest, key: TileKey): ContentNode[] => {
  const parts = forest.contents.get(TileKey.format(key)) ?? []
  const below = (forest.children.get(TileKey.format(key)) ?? []).flatMap((child) =>
    buildNodes(forest, child).map((node) => ({ ...node, path: pathTo(key, child) + node.path })),
  )
  const isStart = (forest.leafLevel - key.level) % levelsPerFile === 0
  const nodes = parts.map(({ part, ...content }): ContentNode => {
    const children = below.filter(({ path }) => path.startsWith(part))
    const file = layout.mesh(key, part).replace(/glb$/, "json")
    return { ...content, path: part, file, isStart: isStart && children.length > 0, children }
  })
  const others = below.filter(({ path }) => !parts.some(({ part }) => path.startsWith(part)))
  return [...nodes, ...others]
}

/** Path of quadrants from a tile to one below it. */
const pathTo = (above: TileKey, key: TileKey): string => {
  let path = ""
  for (let shift = key.level - above.level - 1; shift >= 0; shift--) {
    const [x, y] = [Math.floor(key.x / 2 ** shift) % 2, Math.floor(key.y / 2 ** shift) % 2]
    path += String(x + 2 * y)
  }
  return path
}

/** Nearest ancestor with a content → its tiles. A tile whose ancestors all have none is a root. */
const groupChildren = (keys: readonly TileKey[]): Map<string, TileKey[]> => {
  const present = new Set(keys.map(TileKey.format))
  const children = new Map<string, TileKey[]>()
  for (const key of [...keys].sort(TileKey.compare)) {
    let above = key
    let owner = "root"
    while (above.level > 0 && owner === "root") {
      above = TileKey.parent(above)
      if (present.has(TileKey.format(above))) owner = TileKey.format(above)
    }
    const family = children.get(owner)
    if (family) family.push(key)
    else children.set(owner, [key])
  }
  return children
}

// ----- files

interface TreeFile {
  readonly file: string
  readonly root: TileNode
}

/** A subtree as it appears in the file above. */
interface SizedNode {
  readonly node: TileNode
  readonly bytes: number
}

/** Divides a tree into files by level and below {@link mostBytes}, the lowest first. */
function* treeFiles(root: ContentNode): Generator<TreeFile> {
  yield { file: layout.tileset, root: (yield* sizeNode(root)).node }
}

/** Yields the files below a node, and returns the node as it appears in the file above. */
function* sizeNode(node: ContentNode): Generator<TreeFile, SizedNode> {
  const children: SizedNode[] = []
  for (const child of node.children) {
    const below = yield* sizeNode(child)
    children.push(child.isStart ? yield* fileOfItsOwn(below.node, child.file) : below)
  }
  let bytes = children.reduce((sum, child) => sum + child.bytes, tileBytes)
  while (bytes > mostBytes) {
    const largest = children.reduce((most, { bytes: own }, i) => (own > elementAt(children, most).bytes ? i : most), 0)
    const { node: child, bytes: own } = elementAt(children, largest)
    if (own <= tileBytes) break
    children[largest] = yield* fileOfItsOwn(child, elementAt(node.children, largest).file)
    bytes -= own - tileBytes
  }
  return { node: { ...node, children: children.map(({ node: child }) => child) }, bytes }
}

function* fileOfItsOwn(node: TileNode, file: string): Generator<TreeFile, SizedNode> {
  yield { file, root: node }
  return { node: { ...summariseNode(node), uri: file, children: [] }, bytes: tileBytes }
}

/** The tree with addresses relative to a file. */
const relativeTo = (file: string, node: TileNode, placeOf: (path: string) => string): TileNode => ({
  ...node,
  ...(node.uri === undefined ? {} : { uri: posix.relative(dirname(file), placeOf(node.uri)) }),
  children: node.children.map((child) => relativeTo(file, child, placeOf)),
})
