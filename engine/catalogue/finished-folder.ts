/** Reads what the catalogue describes: the job of an output folder and its journaled files. */
import { stat } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import { findInside } from "../core/files/join-inside.js"
import { Box2 } from "../core/geometry/box.js"
import { sha256 } from "../core/hash.js"
import { elementAt } from "../core/lists.js"
import { isTileStage } from "../core/stages.js"
import { EngineError } from "../errors.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { TileKey } from "../grid/tile-key.js"
import { type DeclaredPorts, declaredPorts } from "../job/declared-ports.js"
import { layout } from "../job/layout.js"
import { jobName, readRunFacts } from "../job/output-folder.js"
import { readJournal } from "../journal/journal.js"
import { type EndRecord, isGood, type MeshContent, type WrittenFile } from "../journal/journal-record.js"
import { hashStored } from "../journal/read-verified.js"
import { withShardEnds } from "../journal/shard-journals.js"
import { reachOf } from "../plan/chains/chain.js"
import { sourceName, type WorkContext } from "../plan/context.js"
import { readContext } from "../plan/read-context.js"
import { indexBoxes } from "../spatial/box-index.js"
import { dateFields, type Fields, type GpsTimes, hrefOf } from "./stac.js"

/** A file of a work tile. */
export interface TileFile {
  readonly key: TileKey
  readonly file: WrittenFile
}

/** A finished output folder, as its journal and context state it. */
export interface FinishedFolder {
  readonly out: string
  readonly context: WorkContext
  readonly crs: Crs
  readonly ports: DeclaredPorts
  /** When the last run began, ISO 8601. */
  readonly at: string
  /** Product files by path, without those below `.work`. */
  readonly files: ReadonlyMap<string, WrittenFile>
  /** Parts of meshes by path. */
  readonly contents: ReadonlyMap<string, MeshContent>
  /** GPS times by key of the work tile. */
  readonly times: ReadonlyMap<string, GpsTimes>
  /** File names of the items of source tiles, in the context's order. */
  readonly sourceIds: readonly string[]
  /** Indices of the sources that a box reads, with its halo. */
  sourcesOf(box: Box2): readonly number[]
  /** An archive of the folder as a whole. */
  describePack(pack: string): Promise<WrittenFile>
}

/**
 * Opens an output folder whose run has ended.
 *
 * @throws EngineError E_INPUT for another folder, one without `.work`, or an unfinished run
 */
export const openFinished = async (out: string): Promise<FinishedFolder> => {
  const job = await readRunFacts(out)
  const state = await withShardEnds(out, await readJournal(out), true)
  const context = await readContext(out)
  if (state.last?.finished !== true || context === undefined) {
    const found = context === undefined ? `no readable ${layout.context}` : "its run has not ended"
    const text = `${out}: ${found}. Finish its run: maille run --job ${join(out, jobName)}.`
    throw new EngineError("E_INPUT", text, { file: out })
  }
  const ends = [...state.ends.values()].flatMap((end) => shownEnd(end) ?? [])
  const overall = state.overall.flatMap((path) => state.noted.get(path) ?? [])
  const files = new Map(
    [...ends.flatMap(({ files: own }) => own), ...overall]
      .filter(({ path }) => !path.startsWith(`${layout.work}/`))
      .map((file) => [file.path, file]),
  )
  const packs = new Map<string, Promise<WrittenFile>>()
  return {
    out,
    context,
    crs: crsByEpsg(context.epsg),
    ports: await declaredPorts(job.modules),
    at: state.last.at,
    files,
    contents: new Map(ends.flatMap(({ content = [] }) => content.map((one) => [one.uri, one] as const))),
    times: new Map(
      ends.flatMap(({ key, stage, time }) => (time === undefined || !isTileStage(stage) ? [] : [[key, time] as const])),
    ),
    ...indexSources(context),
    describePack: (pack) => {
      const known = packs.get(pack) ?? describePack(out, pack)
      packs.set(pack, known)
      return known
    },
  }
}

/** The last result of a task whose files exist; undefined without one, and for neighbours. */
const shownEnd = (end: EndRecord): EndRecord | undefined => {
  if (end.neighbour === true) return undefined
  return isGood(end) ? end : end.former
}

const indexSources = (context: WorkContext): Pick<FinishedFolder, "sourceIds" | "sourcesOf"> => {
  const { sources, chains } = context
  const reach = Math.max(reachOf(chains.tile), reachOf(chains.model))
  const index = indexBoxes(sources.map(({ box }) => box))
  const names = sources.map(({ path }) => sourceName(path))
  const taken = new Map<string, number>()
  for (const name of names) taken.set(name, (taken.get(name) ?? 0) + 1)
  return {
    // Deliveries may repeat names in other folders.
    sourceIds: names.map((name, i) =>
      taken.get(name) === 1 ? name : `${name}-${elementAt(sources, i).identity.slice(0, 8)}`,
    ),
    sourcesOf: (box) => index.search(Box2.grow(box, reach)),
  }
}

const describePack = async (out: string, pack: string): Promise<WrittenFile> => {
  const path = await findInside(out, pack)
  return { path: pack, sha256: await hashStored(out, { path: pack }), sizeBytes: (await stat(path)).size }
}

/**
 * Files of work tiles below a folder of the layout, such as `raster/dtm/`, by row, then column.
 *
 * @param pattern of their paths below it, with level, column and row as groups
 */
export const listTileFiles = ({ files, context }: FinishedFolder, below: string, pattern: RegExp): TileFile[] => {
  const found: TileFile[] = []
  for (const file of files.values()) {
    if (!file.path.startsWith(below)) continue
    const [, level, x, y] = (pattern.exec(file.path.slice(below.length)) ?? []).map(Number)
    if (level === undefined || x === undefined || y === undefined) continue
    if (level === context.grid.leafLevel) found.push({ key: { level, x, y }, file })
  }
  return found.sort((a, b) => TileKey.compare(a.key, b.key) || (a.file.path < b.file.path ? -1 : 1))
}

/** An item to write: the tiles that it covers, and their files. */
export interface TileGroup {
  /** Name of the work tile, or of the pack that holds the files. */
  readonly id: string
  readonly pack?: string
  readonly tiles: readonly TileFile[]
}

/** Groups files by work tile, or by the pack that holds them: few items for few files. */
export const groupTiles = (tiles: readonly TileFile[]): TileGroup[] => {
  const groups = new Map<string, TileGroup & { tiles: TileFile[] }>()
  for (const tile of tiles) {
    const pack = tile.file.packed?.pack
    const id = pack === undefined ? TileKey.fileName(tile.key) : basename(pack, extname(pack))
    const group = groups.get(id) ?? { id, ...(pack === undefined ? {} : { pack }), tiles: [] }
    group.tiles.push(tile)
    groups.set(id, group)
  }
  return [...groups.values()]
}

/** The box of a group's tiles, CRS metres. */
export const boxOfGroup = ({ context }: FinishedFolder, { tiles }: TileGroup): Box2 =>
  tiles.map(({ key }) => TileKey.box(context.grid, key)).reduce(Box2.union)

/** Days, version and lineage of a group's item, and its links to the source tiles. */
export const describeGroup = (folder: FinishedFolder, group: TileGroup, product: string) => {
  const { times, at, sourceIds, context } = folder
  const days = new Set(group.tiles.map(({ key }) => times.get(TileKey.format(key))))
  const sources = new Set(group.tiles.flatMap(({ key }) => folder.sourcesOf(TileKey.box(context.grid, key))))
  const names = [...sources].sort((a, b) => a - b).map((i) => elementAt(sourceIds, i))
  return {
    fields: {
      ...dateFields(
        [...days].filter((time) => time !== undefined),
        at,
      ),
      ...processingFields(folder, product, names),
      version: hashFiles(group.tiles.map(({ file }) => file)),
    },
    links: names.map((name) => ({
      rel: "derived_from",
      href: `../../${INPUTS}/${ITEMS}/${hrefOf(name)}.json`,
      type: "application/geo+json",
    })),
  }
}

/** Folder of the catalogue in the output folder. */
export const CATALOGUE = "catalogue"
/** Folder of the items of source tiles, below that of the catalogue. */
export const INPUTS = "inputs"
/** Folder of the items of a collection, below that of the collection. */
export const ITEMS = "items"
/** Virtual point cloud of the source tiles, in the folder of the catalogue. */
export const VPC = "inputs.vpc"

/** Source tiles that a text names; links name all. */
const MOST_NAMES = 20

/** Software, options and source tiles of a product. */
export const processingFields = ({ context }: FinishedFolder, product: string, names: readonly string[]): Fields => {
  const said = names.length > MOST_NAMES ? `${names.length} source tiles` : names.join(", ")
  return {
    "processing:software": { maille: context.version },
    "processing:version": context.version,
    "processing:expression": {
      format: "sha256 of the options",
      expression: context.options[product] ?? context.optionsHash,
    },
    ...(names.length === 0 ? {} : { "processing:lineage": `maille ${context.version}, from ${said}` }),
  }
}

/** A version that changes with the bytes of any of the files, and with nothing else. */
export const hashFiles = (files: readonly WrittenFile[]): string =>
  sha256(files.map(({ path, sha256: hash }) => `${hash} ${path}\n`).join("")).slice(0, 16)
