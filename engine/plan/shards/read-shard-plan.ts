/** Reads a plan of shards, whole or only the lines of one shard. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { readFully, withFile } from "../../core/files/with-file.js"
import { isObject } from "../../core/json/json-shape.js"
import { parseJson } from "../../core/json/parse-json.js"
import { openSealed } from "../../core/json/sealed-json.js"
import { lowerBound } from "../../core/lists.js"
import { EngineError } from "../../errors.js"
import { hilbertIndex } from "../../grid/hilbert.js"
import type { TileKey } from "../../grid/tile-key.js"
import { planLayout } from "../../job/layout.js"
import { notAnOutput, readStoredJob } from "../../job/output-folder.js"
import type { CatalogueSource } from "../../spatial/catalogue.js"
import {
  checkLines,
  checkPlannedSource,
  checkPlannedTile,
  checkShardPlan,
  damagedPlan,
  planAgain,
} from "./check-plan.js"
import type { PlannedTile, Shard, ShardPlan } from "./shard-plan.js"

/** Version of the form of `plan/shards.json`. */
const FORMAT = 1

/** Reads the plan of an output folder. Throws E_INPUT if there is none, or it is damaged. */
export const readShardPlan = async (out: string): Promise<ShardPlan> => {
  const path = join(out, planLayout.shards)
  const text = await readFile(path, "utf8").catch(async (cause: unknown) => {
    throw await noPlan(out, cause)
  })
  const opened = openSealed(text.trimEnd())
  if (opened === undefined) throw damagedPlan(path, "its checksum is wrong", "E_INPUT")
  const plan = parsed(opened, path)
  if (isObject(plan) && plan["format"] === FORMAT) return checkShardPlan(plan, path)
  const format = isObject(plan) ? Number(plan["format"]) : Number.NaN
  const found =
    format > FORMAT
      ? `written by a newer maille (format ${format}; this one reads ${FORMAT}). Update maille.`
      : `written by another version of maille. ${planAgain}`
  throw new EngineError("E_INPUT", `${path}: ${found}`, { file: path })
}

const parsed = (text: string, path: string): unknown => {
  try {
    return parseJson(text)
  } catch {
    throw damagedPlan(path, "not JSON", "E_INPUT")
  }
}

const noPlan = async (out: string, cause: unknown): Promise<EngineError> => {
  if ((await readStoredJob(out)) === undefined) return notAnOutput(out, "maille plan --shards")
  const text = `${out}: no plan for many machines (${planLayout.shards}). Write one: maille plan INPUT… --out ${out} --shards N.`
  return new EngineError("E_INPUT", text, { file: join(out, planLayout.shards) }, cause)
}

/**
 * Reads the tiles of one shard, in Hilbert order. Throws E_INPUT if the file is too short or
 * damaged.
 */
export const readShardTiles = async (out: string, { offset, length, crc32: sum }: Shard): Promise<PlannedTile[]> => {
  const path = join(out, planLayout.tiles)
  return checkLines(await readPart(path, offset, length, sum), path, checkPlannedTile)
}

/** Reads the sources whose centre is in one shard. */
export const readShardSources = async (out: string, { sources }: Shard): Promise<CatalogueSource[]> => {
  const path = join(out, planLayout.sources)
  return checkLines(await readPart(path, sources.offset, sources.length, sources.crc32), path, checkPlannedSource)
}

/** Reads the sources of the whole plan, in Hilbert order. */
export const readAllSources = async (out: string, { shards }: ShardPlan): Promise<CatalogueSource[]> => {
  const sources: CatalogueSource[] = []
  for (const shard of shards) sources.push(...(await readShardSources(out, shard)))
  return sources
}

/** Reads the first source in Hilbert order. Throws E_INPUT if there is none. */
export const readFirstSource = async (out: string, { shards }: ShardPlan): Promise<CatalogueSource> => {
  const path = join(out, planLayout.sources)
  for (const shard of shards) for (const source of await readShardSources(out, shard)) return source
  throw damagedPlan(path, "it has no source", "E_INPUT")
}

/** Reads the tiles of the whole plan, in Hilbert order, one shard at a time. */
export async function* readAllTiles(out: string, { shards }: ShardPlan): AsyncGenerator<PlannedTile> {
  for (const shard of shards) yield* await readShardTiles(out, shard)
}

/**
 * Returns the indices of the shards whose part of the curve meets the cells within `rings` of these
 * tiles.
 */
export const shardsAround = ({ shards, grid }: ShardPlan, keys: readonly TileKey[], rings: number): number[] => {
  const places = Float64Array.from(shards, (shard) => shard.place)
  const found = new Set<number>()
  const most = 2 ** grid.leafLevel
  const seen = new Set<number>()
  for (const { x, y } of keys) {
    for (let row = Math.max(0, y - rings); row <= Math.min(most - 1, y + rings); row++) {
      for (let column = Math.max(0, x - rings); column <= Math.min(most - 1, x + rings); column++) {
        const cell = row * most + column
        if (seen.has(cell)) continue
        seen.add(cell)
        found.add(Math.max(0, lowerBound(places, hilbertIndex(grid.leafLevel, column, row) + 1) - 1))
      }
    }
  }
  return [...found].sort((a, b) => a - b)
}

/**
 * Reads a byte range of a text file. Throws E_INPUT if the file is too short, or the CRC-32
 * differs.
 */
export const readPart = async (path: string, offset: number, length: number, sum?: number): Promise<string> => {
  return withFile(path, "r", async (handle) => {
    if (offset + length > (await handle.stat()).size) throw damagedPlan(path, SHORT, "E_INPUT")
    const bytes = Buffer.alloc(length)
    if ((await readFully(handle, bytes, offset)) < length) throw damagedPlan(path, SHORT, "E_INPUT")
    if (sum !== undefined && crc32(bytes) !== sum)
      throw damagedPlan(path, `bytes ${offset} to ${offset + length} are not those written`, "E_INPUT")
    return bytes.toString("utf8")
  })
}

const SHORT = "it ends too early"
