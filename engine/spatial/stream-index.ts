/** Reads an index of delivered files that is too long for memory, feature by feature. */
import { open } from "node:fs/promises"
import { basename } from "node:path"
import { type Density, densityClass } from "../core/density.js"
import { Box2 } from "../core/geometry/box.js"
import { counted } from "../core/texts.js"
import { EngineError, unreadable } from "../errors.js"
import { parseJsonObject, readCrs } from "../formats/vector/geojson.js"
import { streamFeatures } from "../formats/vector/stream-features.js"
import { type Attribution, StatedSources } from "./attribution.js"
import type { CatalogueSource } from "./catalogue.js"
import { indexedSource, type SourceLine, SourceLines } from "./index-sources.js"
import { type IndexedTile, incomplete, isLater, readIndexFeature } from "./tile-index.js"

/** The point tiles of an index that is too long for memory. */
export interface StreamedIndex {
  /** CRS of most of its tiles, or the one requested. */
  readonly epsg: number
  /** Box around the tiles of that CRS. */
  readonly box: Box2
  /** One of them, as if its header had been read. */
  readonly sample: CatalogueSource
  /** Of all tiles together; delivered tiles do not overlap. */
  readonly density: Density
  /** Derived from the names of all its tiles. */
  readonly source: Attribution
  readonly warnings: readonly string[]
  /** The tiles of that CRS, each file once, in ascending order of `placeOf`. */
  inOrder(placeOf: (source: { readonly box: Box2 }) => number): Generator<SourceLine>
  /** Removes the file at `scratch`. */
  close(): Promise<void>
}

/**
 * Reads an index of delivered files as `readTileIndex` does, feature by feature: 56 bytes a tile in
 * memory, the rest in a file at `scratch`.
 *
 * @throws EngineError E_INPUT: an unreadable file, an index without point tiles; E_FORMAT: not
 * GeoJSON
 */
export const streamIndex = async (
  paths: readonly string[],
  scratch: string,
  stated?: number,
): Promise<StreamedIndex> => {
  const lines = await SourceLines.open(scratch)
  try {
    const read = await readPages(paths, lines)
    await lines.flush()
    return describe(paths, lines, read, stated)
  } catch (error) {
    await lines.close()
    throw error
  }
}

interface ReadPages {
  readonly features: number
  /** Features of the whole layer, as the answers state; 0 where they do not. */
  readonly matched: number
  /** Reasons for features left out or noted, and their counts. */
  readonly left: ReadonlyMap<string, number>
  readonly statements: StatedSources
}

const readPages = async (paths: readonly string[], lines: SourceLines): Promise<ReadPages> => {
  const numbers = new Map<number, number>()
  const left = new Map<string, number>()
  const statements = new StatedSources()
  let features = 0
  let matched = 0
  const take = async (text: string, epsg: number, path: string): Promise<void> => {
    features++
    const reading = readIndexFeature(parseJsonObject(text, basename(path)), epsg)
    const note = "reason" in reading ? reading.reason : reading.note
    if (note !== undefined) left.set(note, (left.get(note) ?? 0) + 1)
    if ("reason" in reading || reading.tile.kind !== "points") return
    if (await add(lines, numbers, reading.tile)) statements.add(reading.tile)
  }
  for (const path of paths) {
    const guess = await guessCrs(path)
    let head = parseJsonObject(await withFeatures(path, (text) => take(text, guess, path)), basename(path))
    const epsg = readCrs(head, basename(path)) ?? 4326
    // The collection states another CRS somewhere in the middle: read it again, which replaces the
    // tiles.
    if (epsg !== guess)
      head = parseJsonObject(await withFeatures(path, (text) => take(text, epsg, path)), basename(path))
    const total = head["numberMatched"] ?? head["totalFeatures"]
    if (typeof total === "number") matched = Math.max(matched, total)
  }
  return { features, matched, left, statements }
}

/**
 * Adds a tile and returns whether its name is new. Under one name, the latest tile wins. Names are
 * stored as 52 bits of a hash. On a match, the full names are compared.
 */
const add = async (lines: SourceLines, numbers: Map<number, number>, tile: IndexedTile): Promise<boolean> => {
  const source = indexedSource(tile, tile.epsg)
  for (let hash = nameHash(tile.name); ; hash++) {
    const known = numbers.get(hash)
    if (known === undefined) {
      numbers.set(hash, await lines.set(source, tile.epsg))
      return true
    }
    await lines.flush()
    const former = JSON.parse(lines.read(known).line.toString("utf8")) as CatalogueSource
    if (former.name !== tile.name) continue
    if (former.path === tile.url || isLater(tile, { ...tile, url: former.path }))
      await lines.set(source, tile.epsg, known)
    return false
  }
}

/** FNV-1a twice, 26 bits of each. */
const nameHash = (name: string): number => {
  let [low, high] = [0x811c9dc5, 0x1000193]
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ (code + 31 * i), 0x01000193)
  }
  return (low >>> 6) * 2 ** 26 + (high >>> 6)
}

const withFeatures = async (path: string, take: (text: string) => Promise<void>): Promise<string> => {
  const features = streamFeatures(path)
  for (;;) {
    const next = await features.next()
    if (next.done) return next.value
    await take(next.value)
  }
}

const endBytes = 65_536

/** The CRS stated at the beginning or the end of a collection; 4326 without a statement. */
const guessCrs = async (path: string): Promise<number> => {
  let texts: string[]
  try {
    const handle = await open(path, "r")
    try {
      const { size } = await handle.stat()
      const read = async (position: number): Promise<string> => {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(endBytes), 0, endBytes, position)
        return buffer.toString("utf8", 0, bytesRead)
      }
      texts = [await read(0), await read(Math.max(0, size - endBytes))]
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw unreadable(path, cause, "--tile-index")
  }
  for (const text of texts) {
    const match = /"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{[^{}]*"name"\s*:\s*"([^"]*)"/.exec(text)
    if (match) return readCrs({ crs: { properties: { name: match[1] } } }, basename(path)) ?? 4326
  }
  return 4326
}

const describe = (
  paths: readonly string[],
  lines: SourceLines,
  { features, matched, left, statements }: ReadPages,
  stated: number | undefined,
): StreamedIndex => {
  const counts = new Map<number, number>()
  for (let i = 0; i < lines.count; i++) counts.set(lines.epsg(i), (counts.get(lines.epsg(i)) ?? 0) + 1)
  const epsg = stated ?? [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0
  const chosen: number[] = []
  for (let i = 0; i < lines.count; i++) if (lines.epsg(i) === epsg) chosen.push(i)
  const [first] = chosen
  if (first === undefined) {
    const codes = [...counts.keys()].map((code) => `EPSG:${code}`).join(", ") || "none"
    const text = `--tile-index: no point tiles${stated === undefined ? "" : ` in EPSG:${stated}`} in ${paths.join(", ")} (CRS of its tiles: ${codes}). Give an index of point tiles.`
    throw new EngineError("E_INPUT", text)
  }
  const others = lines.count - chosen.length
  const sum = (value: (i: number) => number): number => chosen.reduce((total, i) => total + value(i), 0)
  return {
    epsg,
    box: chosen.reduce((box, i) => Box2.union(box, lines.box(i)), lines.box(first)),
    sample: JSON.parse(lines.read(first).line.toString("utf8")) as CatalogueSource,
    density: densityClass(sum((i) => lines.points(i)) / sum((i) => Box2.area(lines.box(i)))),
    source: statements.attribution(),
    warnings: [
      ...[...left].map(([text, count]) => `--tile-index: ${count} of ${counted(features, "feature")} ${text}`),
      ...(others > 0
        ? [`--tile-index: ${counted(others, "tile")} in another CRS than EPSG:${epsg} not planned. To plan them: --crs`]
        : []),
      ...(features < matched ? [incomplete("--tile-index", features, matched)] : []),
    ],
    inOrder: function* (placeOf) {
      const along = Float64Array.from(chosen, (i) => placeOf({ box: lines.box(i) }))
      const order = Uint32Array.from(chosen.keys()).sort((a, b) => along[a]! - along[b]! || a - b)
      for (const i of order) yield lines.read(chosen[i]!)
    },
    close: () => lines.close(),
  }
}
