/** Extracts the points inside a box (`maille crop`) as LAZ or COPC. */

import { mkdir, rm } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { checkFields } from "../core/arguments.js"
import { moveIntoPlace } from "../core/files/atomic-write.js"
import { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { missHint, optionError, usageError } from "../core/parse-values.js"
import { counted } from "../core/texts.js"
import { EngineError, type ErrorData } from "../errors.js"
import { writeCopc } from "../formats/copc/copc-writer.js"
import type { RecordBlock } from "../formats/las/columns.js"
import type { RecordSpec } from "../formats/las/write/record-spec.js"
import { openLazWriter } from "../formats/laz/laz-writer.js"
import { openPointFile, type PointFile } from "../formats/points/point-file.js"
import type { Upgrade } from "../formats/points/upgrade-records.js"
import { upgradeFile } from "../formats/points/write-copc-file.js"
import { expandInputs, withoutStack } from "../io/expand-inputs.js"

export interface CropRequest {
  /** LAS, LAZ and COPC files, folders, globs, `http(s)` and `s3` addresses. */
  readonly inputs: readonly string[]
  /** Half-open, CRS metres. */
  readonly box: Box2
  /** Ends in `.laz`; `.copc.laz` selects COPC. */
  readonly out: string
  /** EPSG code for files that state no CRS. */
  readonly epsg?: number | undefined
}

/** Outcome of one input. */
export interface CroppedFile {
  readonly path: string
  readonly outcome: "done" | "failed"
  /** Points in the box. */
  readonly points: number
  readonly notes?: readonly string[]
  readonly reason?: string
  readonly error?: ErrorData
}

export interface CropSummary {
  readonly out: string
  readonly points: number
  /** 0 where nothing was written. */
  readonly sizeBytes: number
  readonly done: number
  readonly failed: number
  readonly files: readonly CroppedFile[]
  readonly timeMs: number
}

/**
 * Writes the points of a box as LAZ 1.4 or COPC. Several files must have the same format, scale,
 * offset and CRS.
 *
 * Records are unchanged (formats 0 to 3 become 6 or 7), in the order of the inputs' paths. VLRs are
 * those of the first file that meets the box. An input that fails is left out and reported. The
 * result appears under its name when it is complete.
 *
 * Memory: some 20 MB (COPC: 200 MB).
 * @throws EngineError `E_USAGE` for another extension or an output that is an input, `E_INPUT` when
 *   the box has no point
 */
export const cropPoints = async (request: CropRequest): Promise<CropSummary> => {
  checkFields(request, "request", { inputs: "paths", box: "box", out: "path", epsg: "whole?" })
  const { inputs, box, out, epsg } = request
  const started = performance.now()
  const to = resolve(out)
  const { paths, rejected } = await expandInputs(inputs)
  checkOut(out, paths)
  const failed = new Map<string, CroppedFile>()
  const fail = (path: string, error: unknown): void => {
    const data = EngineError.toData(error, { file: path })
    failed.set(path, failure(path, data.code === "E_INTERNAL" ? data : withoutStack(data)))
  }
  for (const { path, error } of rejected) failed.set(path, failure(path, error))
  const folder = join(dirname(to), `.tmp-${basename(to)}`)
  const sources = await openSources(paths, box, epsg, fail)
  try {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const written = await writeSources(sources, box, to, folder, fail)
    const files = [...sources.map(croppedOf(failed)), ...[...failed.values()]].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    )
    const unique = files.filter((file, i) => file.path !== files[i - 1]?.path)
    if (written.points === 0 && failed.size === 0) {
      const crs = sources.find(({ file }) => file.info.crs.epsg !== undefined)?.file.info.crs.epsg ?? epsg
      const extent = sources.map(({ file }) => file.info.box).reduce(Box2.union)
      const hint = crs === undefined ? "" : missHint(box, extent, crs)
      const text = `no point of ${counted(paths.length, "file")} is inside --bbox ${box.join(",")}.${hint || " To see their extents: maille inspect."}`
      throw new EngineError("E_INPUT", text)
    }
    const timeMs = Math.round(performance.now() - started)
    const done = unique.length - failed.size
    return { out: to, ...written, done, failed: failed.size, files: unique, timeMs }
  } finally {
    await rm(folder, { recursive: true, force: true })
    for (const { file } of sources) await file.close()
  }
}

const failure = (path: string, error: ErrorData): CroppedFile => ({
  path,
  outcome: "failed",
  points: 0,
  reason: error.message,
  error,
})

const croppedOf =
  (failed: ReadonlyMap<string, CroppedFile>) =>
  ({ path, points, notes }: Source): CroppedFile =>
    failed.get(path) ?? { path, outcome: "done", points, ...(notes.length > 0 ? { notes } : {}) }

const checkOut = (out: string, paths: readonly string[]): void => {
  if (!/\.laz$/i.test(out)) throw usageError("-o", `"${out}"`, "a name that ends in .laz or .copc.laz", "Rename it.")
  if (paths.some((path) => resolve(path) === resolve(out)))
    throw optionError("-o", `${out} is one of the inputs. Rename it.`)
}

/** An open input that contributes to the result. */
interface Source extends Upgrade {
  readonly path: string
  readonly file: PointFile
  points: number
}

type Fail = (path: string, error: unknown) => void

const openSources = async (
  paths: readonly string[],
  box: Box2,
  epsg: number | undefined,
  fail: Fail,
): Promise<Source[]> => {
  const sources: Source[] = []
  for (const path of paths) {
    let file: PointFile | undefined
    try {
      file = await openPointFile(path)
      const upgrade = await upgradeFile(file, epsg)
      const first = sources.find((source) => Box2.meets(source.file.info.box, box)) ?? sources[0]
      if (first !== undefined && Box2.meets(file.info.box, box)) checkSame(file, upgrade.spec, first)
      sources.push({ ...upgrade, path, file, points: 0 })
    } catch (error) {
      await file?.close()
      fail(path, error)
    }
  }
  return sources
}

const checkSame = (file: PointFile, spec: RecordSpec, first: Source): void => {
  const listFacts = (one: RecordSpec, crs: number | undefined): [string, string][] => [
    ["point format", `${one.pointFormat} of ${one.recordLength} bytes`],
    ["scale", one.scale.join(", ")],
    ["offset", one.offset.join(", ")],
    ["CRS", crs === undefined ? "none with a code" : `EPSG:${crs}`],
  ]
  const mine = listFacts(spec, file.info.crs.epsg)
  const other = listFacts(first.spec, first.file.info.crs.epsg)
  for (const [i, [name, value]] of mine.entries()) {
    const [, expected] = elementAt(other, i)
    if (value === expected) continue
    const text = `${file.info.path}: its ${name} is ${value}, that of ${first.path} is ${expected}. Crop them into separate files.`
    throw new EngineError("E_INPUT", text, { file: file.info.path })
  }
}

/**
 * Writes the points of the box. When a file turns out to be damaged, it starts again without it.
 */
const writeSources = async (
  sources: Source[],
  box: Box2,
  out: string,
  folder: string,
  fail: Fail,
): Promise<{ readonly points: number; readonly sizeBytes: number }> => {
  const used = sources.filter(({ file }) => Box2.meets(file.info.box, box))
  const temporary = join(folder, basename(out))
  while (used.length > 0) {
    let reading: Source | undefined
    async function* records(): AsyncGenerator<RecordBlock> {
      for (reading of used) {
        reading.points = 0
        for await (const block of reading.file.records({ box })) {
          reading.points += block.count
          yield reading.convert(block)
        }
      }
      reading = undefined
    }
    try {
      const { points, bytes } = await writeAs(out, temporary, used, box, records)
      if (points === 0) return { points, sizeBytes: 0 }
      await moveIntoPlace(temporary, out)
      return { points, sizeBytes: bytes }
    } catch (error) {
      // An error while reading belongs to the input; any other ends the work.
      const { code } = EngineError.toData(error)
      if (reading === undefined || (code !== "E_FORMAT" && code !== "E_INPUT")) throw error
      fail(reading.path, error)
      used.splice(used.indexOf(reading), 1)
    }
  }
  return { points: 0, sizeBytes: 0 }
}

const writeAs = async (
  out: string,
  temporary: string,
  used: readonly Source[],
  box: Box2,
  records: () => AsyncIterable<RecordBlock>,
): Promise<{ readonly points: number; readonly bytes: number }> => {
  const { spec } = used[0]!
  if (/\.copc\.laz$/i.test(out)) {
    const count = used.reduce((sum, { file }) => sum + file.info.count, 0)
    const low = used.reduce((least, { file }) => Math.min(least, file.info.zRange[0]), Infinity)
    const high = used.reduce((most, { file }) => Math.max(most, file.info.zRange[1]), -Infinity)
    const whole = [box[0], box[1], low, box[2], box[3], high] as const
    return writeCopc({ spec, records, count, box: whole }, temporary, { temporaryFolder: dirname(temporary) })
  }
  const writer = await openLazWriter(temporary, spec)
  try {
    for await (const { bytes, count } of records()) await writer.write(bytes, count)
    return await writer.finish()
  } finally {
    await writer.close()
  }
}
