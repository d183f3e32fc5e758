import { readFile, rm } from "node:fs/promises"
import { dirname, join, posix } from "node:path"
import { atomicWrite } from "../core/atomic-write.js"
import { encodeVrt, type VrtTile } from "../formats/raster/vrt.js"
import { encodeTileset, summariseNode, type TileNode } from "../formats/tiles3d/tileset.js"
import { TileKey } from "../grid/tile-key.js"
import { acquisition } from "../report/acquisition.js"
import type { EndRecord, MeshContent } from "./journal-record.js"
import { gatherKeptPoints } from "./kept-points.js"
import { layout } from "./layout.js"
import type { Plan } from "./plan.js"

/**
 * Writes what holds the tiles together: a mosaic a raster product, the tileset, and the points that were kept. Made from the tasks' ends alone, in an order of its own,
 * and written only where the bytes differ, so that a run that changed nothing leaves every file as it was. What a former run of other products
 * left is removed: `former` holds the journal's ends by `scope key`.
 */
export const rollUp = async (
  plan: Plan,
  ends: readonly EndRecord[],
  former: ReadonlyMap<string, EndRecord>,
): Promise<void> => {
  await dropUnwanted(plan, ends, former)
  await writeMosaics(plan, ends)
  await writeTilesets(plan, ends)
  await gatherKeptPoints(plan, ends)
}

/** What stages and kernels made that the job has no more, and mosaics of products that are not asked for; files of tiles outside the run stay. */
const dropUnwanted = async (
  plan: Plan,
  ends: readonly EndRecord[],
  former: ReadonlyMap<string, EndRecord>,
): Promise<void> => {
  const { out } = plan.job
  const { chains } = plan.context
  const scopes = new Set(plan.tasks.map(({ scope }) => scope))
  const written = new Set(ends.flatMap(({ files }) => files.map(({ path }) => path)))
  const keys = new Set(plan.tasks.map(({ scope, key }) => `${scope} ${key}`))
  for (const { scope, key, files } of former.values()) {
    const overall = scope === "layer" || scope === "join"
    if (overall ? keys.has(`${scope} ${key}`) : scope === "source" || scopes.has(scope)) continue
    for (const { path } of files) if (!written.has(path)) await rm(join(out, path), { force: true })
  }
  for (const { kernel } of plan.kernels) {
    for (const [name, port] of Object.entries(kernel.outputs)) {
      if (port.kind === "raster" && !chains.publish.includes(name))
        await rm(join(out, layout.mosaic(name)), { force: true })
    }
  }
}

const writeIfChanged = async (plan: Plan, path: string, text: string): Promise<void> => {
  const full = join(plan.job.out, path)
  const present = await readFile(full, "utf8").catch(() => undefined)
  if (present !== text) await atomicWrite(full, text, join(plan.job.out, layout.temporary))
}

/** True for either stage of a work tile. */
const isTile = ({ scope }: EndRecord): boolean => scope === "tile" || scope === "model"

// ------------------------------------------------------------------------------------------------------------- rasters

const writeMosaics = async (plan: Plan, ends: readonly EndRecord[]): Promise<void> => {
  const { context, kernels } = plan
  for (const step of [...context.chains.tile, ...context.chains.model]) {
    const kernel = kernels.find((loaded) => loaded.kernel.id === step.id)?.kernel
    for (const [name, port] of Object.entries(kernel?.outputs ?? {})) {
      if (port.kind !== "raster" || port.publish === false || !context.chains.publish.includes(name)) continue
      const cellSize = Number(step.options["cell"] ?? 0.5)
      const tiles = ends.flatMap((end) => mosaicTile(plan, end, name, cellSize))
      const type = port.type ?? "float"
      const text = encodeVrt(tiles, { cellSize, epsg: context.epsg, noData: type === "float" ? -9999 : 0, type })
      if (text === "") await rm(join(plan.job.out, layout.mosaic(name)), { force: true })
      else await writeIfChanged(plan, layout.mosaic(name), text)
    }
  }
}

const mosaicTile = (plan: Plan, end: EndRecord, name: string, cellSize: number): VrtTile[] => {
  if (!isTile(end) || end.outcome !== "done") return []
  const key = TileKey.parse(end.key)
  const path = layout.raster(name, key)
  if (!end.files.some((file) => file.path === path)) return []
  const [minX, minY, maxX, maxY] = TileKey.box(plan.context.grid, key)
  const size = { width: Math.round((maxX - minX) / cellSize), height: Math.round((maxY - minY) / cellSize) }
  return [{ path: posix.relative(dirname(layout.mosaic(name)), path), minX, maxY, ...size }]
}

// ------------------------------------------------------------------------------------------------------------- tileset

/** A file of tilesets holds this many levels below its root: at most 4^4 tiles. */
const levelsPerFile = 4

const writeTilesets = async (plan: Plan, ends: readonly EndRecord[]): Promise<void> => {
  const contents = new Map<string, MeshContent>()
  for (const end of ends) {
    if ((isTile(end) || end.scope === "parent") && end.content) contents.set(end.key, end.content)
  }
  if (contents.size === 0) return rm(join(plan.job.out, layout.tileset), { force: true })
  const children = childrenOf([...contents.keys()].map(TileKey.parse))
  const roots = children.get("root") ?? []
  const write: TilesetWriter = { plan, acquired: acquiredBy(ends), contents, children }
  const nodes: TileNode[] = []
  for (const root of roots) nodes.push(await nodeOf(write, root, layout.tileset))
  const [only] = nodes
  const tree = nodes.length === 1 && only ? only : { geometricError: 0, children: nodes }
  await writeIfChanged(plan, layout.tileset, encodeTileset(tree, tilesetFacts(plan, write.acquired)))
}

interface TilesetWriter {
  readonly plan: Plan
  readonly acquired: string
  readonly contents: ReadonlyMap<string, MeshContent>
  /** Keys below each key, ordered; the topmost ones under "root". */
  readonly children: ReadonlyMap<string, readonly TileKey[]>
}

const tilesetFacts = ({ context }: Plan, acquired: string): Parameters<typeof encodeTileset>[1] => ({
  copyright: context.source,
  generator: `maille ${context.version}`,
  extras: { acquired, options: context.optionsHash.slice(0, 16), epsg: context.epsg },
})

/** Days of acquisition of the tiles that have a mesh. */
const acquiredBy = (ends: readonly EndRecord[]): string => {
  const times = ends.flatMap((end) => (isTile(end) && end.content && end.time ? [end.time] : []))
  if (times.length === 0) return "unknown"
  const first = times.reduce((least, [time]) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const last = times.reduce((most, [, time]) => Math.max(most, time), Number.NEGATIVE_INFINITY)
  return acquisition([first, last])
}

/** Nearest ancestor with a content → its tiles. A tile whose ancestors all have none is a root. */
const childrenOf = (keys: readonly TileKey[]): Map<string, TileKey[]> => {
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

/** The node of a key in the tileset `file`; a subtree that starts a new file is written there and only referred to. */
const nodeOf = async (write: TilesetWriter, key: TileKey, file: string): Promise<TileNode> => {
  const { leafLevel } = write.plan.context.grid
  const below = write.children.get(TileKey.format(key)) ?? []
  const ownFile = below.length > 0 && (leafLevel - key.level) % levelsPerFile === 0 && !isTop(write, key)
  const target = ownFile ? `tiles/${TileKey.format(key)}.json` : file
  const children: TileNode[] = []
  for (const child of below) children.push(await nodeOf(write, child, target))
  const content = write.contents.get(TileKey.format(key))
  const node: TileNode = content
    ? { ...content, uri: posix.relative(dirname(target), content.uri), children }
    : { geometricError: 0, children }
  if (!ownFile) return node
  const summary = summariseNode(node)
  await writeIfChanged(
    write.plan,
    target,
    encodeTileset(node, { ...tilesetFacts(write.plan, write.acquired), within: summary.centre }),
  )
  return { ...summary, uri: posix.relative(dirname(file), target), children: [] }
}

const isTop = (write: TilesetWriter, key: TileKey): boolean =>
  (write.children.get("root") ?? []).some((root) => TileKey.compare(root, key) === 0)
