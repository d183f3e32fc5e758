/**
 * The catalogue of point files: reads headers, sets duplicates and misfits aside, and answers
 * queries by box.
 */

import { realpath } from "node:fs/promises"
import { checkFields } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { counted } from "../core/texts.js"
import { EngineError, type ErrorData, isLacking } from "../errors.js"
import type { PointFileInfo } from "../formats/points/point-file.js"
import { openWithoutWild } from "../formats/points/wild-points.js"
import { isUrl } from "../io/byte-source.js"
import { byText, expandInputs, withoutStack } from "../io/expand-inputs.js"
import { inParallel } from "../io/in-parallel.js"
import { hashBytes } from "../io/noted-reads.js"
import { type CopyOptions, readOrCopy } from "../io/url-copy.js"
import { acceptSource } from "./accept-source.js"
import { indexBoxes } from "./box-index.js"
import { findGaps } from "./gaps.js"
import { type KnownSources, ownIdentity, settleIdentity } from "./known-sources.js"

/**
 * A usable point file, as its header or `openWithoutWild` describes it. `path` is absolute, or an
 * address.
 */
export type CatalogueSource = PointFileInfo

export interface RejectedSource {
  readonly path: string
  readonly error: ErrorData
  /** Its header, if readable. */
  readonly info?: PointFileInfo
}

/** The point files of a job and their coverage. */
export interface Catalogue {
  /** Ordered by file name, then identity, independent of the order of the inputs. */
  readonly sources: readonly CatalogueSource[]
  /** Valid files without a point. */
  readonly empty: readonly CatalogueSource[]
  /** Copies of a source, equal in all bytes, left out. */
  readonly duplicates: readonly { readonly path: string; readonly of: string }[]
  readonly rejected: readonly RejectedSource[]
  /** The CRS of all sources; absent without sources. */
  readonly epsg?: number
  /** Box around all data, CRS metres; zeros without any. */
  readonly box: Box2
  /** What work tiles cover: the boxes of the sources, or of rasters in their place. */
  readonly boxes: readonly Box2[]
  /** Sources that may have points in the half-open box, in the catalogue's order. */
  query(box: Box2): CatalogueSource[]
  /** Uncovered cells between covered ones. */
  gaps(): Box2[]
}

/** How {@link openCatalogue} reads headers. */
export interface CatalogueOptions extends CopyOptions {
  readonly epsg?: number | undefined
  /** The sources of the last run, which keep their identities while they are the same. */
  readonly known?: KnownSources | undefined
}

/** Headers read at once. */
const OPEN_AT_ONCE = 16

/**
 * Reads the headers of point files, given as files, folders (recursive), globs and `http(s)`
 * addresses. Points are read only where headers make wild points likely (`openWithoutWild`).
 *
 * Never throws for a file. Unusable files are in `rejected`, with a remedy: missing, broken, in
 * degrees or feet, without a CRS, or in another CRS than most. The option `epsg` states the CRS of
 * files without one.
 *
 * With `copies`, LAS and LAZ files of servers that reveal no changes are downloaded to that folder.
 * Their `path` is that of the copy.
 *
 * @example
 * const catalogue = await openCatalogue(["tiles/", "more/*.copc.laz"], { epsg: 2154 })
 * for (const source of catalogue.sources) console.log(source.name, source.count, source.box)
 */
export const openCatalogue = async (inputs: readonly string[], options: CatalogueOptions = {}): Promise<Catalogue> => {
  checkFields({ inputs, options }, "arguments", { inputs: "paths", options: "object" })
  checkFields(options, "options", { epsg: "whole?", known: "object?", copies: "path?", signal: "signal?" })
  const { paths, rejected } = await expandInputs(inputs)
  const opened = await inParallel(await realPaths(paths), OPEN_AT_ONCE, (path) => readInfo(path, options))
  const faulty: RejectedSource[] = [...rejected]
  const infos: PointFileInfo[] = []
  for (const result of opened) {
    if ("error" in result) faulty.push(result)
    else infos.push(result)
  }
  infos.sort((a, b) => byText(a.name, b.name) || byText(a.identity, b.identity) || byText(a.path, b.path))
  const { distinct, duplicates } = await withoutCopies(infos)
  const empty = distinct.filter((info) => info.count === 0)
  const { sources, epsg } = agree(
    distinct.filter((info) => info.count > 0),
    options.epsg,
    faulty,
  )
  if (sources.length === 0 && faulty.length === 0) for (const info of empty) faulty.push(noPoint(info))
  faulty.sort((a, b) => byText(a.path, b.path))
  return {
    sources,
    empty,
    duplicates,
    rejected: faulty,
    ...(epsg === undefined ? {} : { epsg }),
    ...indexSources(sources),
  }
}

const noPoint = (info: PointFileInfo): RejectedSource => {
  const { path } = info
  const error = new EngineError("E_INPUT", `${path}: no points in this file. Give files with points.`, { file: path })
  return { path, error: withoutStack(EngineError.toData(error)), info }
}

/** Makes a catalogue of sources of one CRS, in their order, or of rasters in their place. */
export const makeCatalogue = (
  sources: readonly CatalogueSource[],
  epsg: number,
  rasters?: readonly Box2[],
): Catalogue => ({
  sources,
  empty: [],
  duplicates: [],
  rejected: [],
  epsg,
  ...indexSources(sources, rasters),
})

const indexSources = (
  sources: readonly CatalogueSource[],
  covered: readonly Box2[] = sources.map(({ box }) => box),
): Pick<Catalogue, "box" | "boxes" | "query" | "gaps"> => {
  // Headers round: a point may be a millimetre outside the header's box.
  const boxes = sources.map((source) => Box2.grow(source.box, 0.001))
  const index = indexBoxes(boxes)
  return {
    box: covered.length === 0 ? [0, 0, 0, 0] : covered.reduce(Box2.union),
    boxes: covered,
    query: (box) =>
      index.search(box).flatMap((i) => {
        const [minX, minY] = elementAt(boxes, i)
        return minX < box[2] && minY < box[3] ? [elementAt(sources, i)] : []
      }),
    gaps: () => findGaps(sources.map(({ box }) => box)),
  }
}

const readInfo = async (path: string, options: CatalogueOptions): Promise<PointFileInfo | RejectedSource> => {
  try {
    const file = await readOrCopy(path, (at) => openWithoutWild(at, options), options)
    await file.close()
    return await settleIdentity(file.info, options.known)
  } catch (error) {
    options.signal?.throwIfAborted()
    // Without this file the products would be others.
    if (isLacking(error)) throw error
    const data = EngineError.toData(error, { file: path })
    return { path, error: data.code === "E_INTERNAL" ? data : withoutStack(data) }
  }
}

/** Keeps one path of each file: several names (links) are one source, under the first name. */
const realPaths = async (paths: readonly string[]): Promise<string[]> => {
  const seen = new Set<string>()
  const chosen: string[] = []
  for (const path of paths) {
    const real = isUrl(path) ? path : await realpath(path).catch(() => path)
    if (!seen.has(real)) chosen.push(path)
    seen.add(real)
  }
  return chosen
}

/** Leaves out files of one identity whose bytes are equal; an edited copy gets another identity. */
const withoutCopies = async (
  infos: readonly PointFileInfo[],
): Promise<{ distinct: PointFileInfo[]; duplicates: { path: string; of: string }[] }> => {
  const first = new Map<string, PointFileInfo>()
  const distinct: PointFileInfo[] = []
  const duplicates: { path: string; of: string }[] = []
  for (const info of infos) {
    const alike = first.get(info.identity)
    const isOther = alike !== undefined && !(await isCopy(alike, info))
    const own = isOther ? { ...info, ...(await ownIdentity(info)) } : info
    const of = first.get(own.identity)
    if (of !== undefined) duplicates.push({ path: own.path, of: of.path })
    else {
      first.set(own.identity, own)
      distinct.push(own)
    }
  }
  return { distinct, duplicates }
}

/** True for two files of one identity with equal bytes; servers state identities of all bytes. */
const isCopy = async (one: PointFileInfo, other: PointFileInfo): Promise<boolean> =>
  one.stamp === undefined || (await hashBytes(one.path)) === (await hashBytes(other.path))

/**
 * Keeps the sources of one CRS: the stated one, else that of most sources. In a tie, the lower code
 * wins.
 */
const agree = (
  infos: readonly PointFileInfo[],
  stated: number | undefined,
  rejected: RejectedSource[],
): { sources: CatalogueSource[]; epsg?: number } => {
  const accepted: { info: PointFileInfo; epsg: number }[] = []
  for (const info of infos) {
    try {
      accepted.push({ info, epsg: acceptSource(info, stated) })
    } catch (error) {
      rejected.push({ path: info.path, error: withoutStack(EngineError.toData(error, { file: info.path })), info })
    }
  }
  const votes = new Map<number, number>()
  for (const { epsg } of accepted) votes.set(epsg, (votes.get(epsg) ?? 0) + 1)
  const [winner] = [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0])
  if (!winner) return { sources: [] }
  const [epsg, count] = winner
  for (const { info, epsg: other } of accepted) {
    if (other === epsg) continue
    const text = `${info.path}: in EPSG:${other}, unlike ${counted(count, "other file")} in EPSG:${epsg}. Reproject it, or run it on its own.`
    const error = EngineError.toData(new EngineError("E_INPUT", text, { file: info.path }))
    rejected.push({ path: info.path, error: withoutStack(error), info })
  }
  return { sources: accepted.filter((one) => one.epsg === epsg).map(({ info }) => info), epsg }
}
