/** Checks the fields of a plan of shards: its files are untrusted input. */
import { areNumbers, areObjects, areTexts, isCount, isObject, type JsonObject } from "../../core/json/json-shape.js"
import { phases } from "../../core/stages.js"
import { EngineError } from "../../errors.js"
import type { Grid, TileKey } from "../../grid/tile-key.js"
import { planLayout } from "../../job/layout.js"
import type { CatalogueSource } from "../../spatial/catalogue.js"
import type { PlannedTile, ShardPlan } from "./shard-plan.js"

/** Finest level of a plan: columns are 32-bit integers. */
const deepest = 30

/**
 * Checks the content of `shards.json`: every field that names a file, counts something or bounds a
 * loop.
 *
 * @throws EngineError E_FORMAT that names the field
 */
export const checkShardPlan = (value: unknown, path: string): ShardPlan => {
  if (!isObject(value)) throw damagedPlan(path, "it is not a JSON object")
  for (const [name, isSound] of Object.entries(planFields))
    if (!isSound(value[name])) throw damagedPlan(path, `${name} is missing or has the wrong type`)
  return value as unknown as ShardPlan
}

/** Checks a line of `tiles.ndjson`. Throws as {@link checkShardPlan}. */
export const checkPlannedTile = (value: unknown, path: string): PlannedTile => {
  if (isObject(value) && isText(value["key"]) && areNumbers([value["points"], value["cost"]], 2))
    return value as unknown as PlannedTile
  throw damagedPlan(path, "a line is not a tile")
}

/** Checks a line of `sources.ndjson`. Throws as {@link checkShardPlan}. */
export const checkPlannedSource = (value: unknown, path: string): CatalogueSource => {
  const isSound =
    isObject(value) &&
    areTexts([value["path"], value["name"], value["identity"]]) &&
    isNumber(value["count"]) &&
    areNumbers(value["box"], 4) &&
    (value["extent"] === undefined || areNumbers(value["extent"], 4))
  if (isSound) return value as unknown as CatalogueSource
  throw damagedPlan(path, "a line is not a source")
}

/**
 * Parses the key of a planned tile, which must be at the leaf level of the plan's grid. Throws as
 * {@link checkShardPlan}.
 */
export const plannedKey = ({ key }: Pick<PlannedTile, "key">, { leafLevel }: Grid): TileKey => {
  const [, level, x = 0, y = 0] = /^(\d{1,2})\/(\d{1,10})\/(\d{1,10})$/.exec(key)?.map(Number) ?? []
  if (level === leafLevel && x < 2 ** level && y < 2 ** level) return { level, x, y }
  throw damagedPlan(planLayout.tiles, `${JSON.stringify(key)} is not a tile of level ${leafLevel}`)
}

/**
 * Parses and checks the lines of a file. Throws as the check does, and E_FORMAT for a line that is
 * not JSON.
 */
export const checkLines = <T>(text: string, path: string, check: (value: unknown, path: string) => T): T[] =>
  text.split("\n").flatMap((line) => (line === "" ? [] : [checkLine(line, path, check)]))

/** Parses and checks one line. Throws as {@link checkLines}. */
export const checkLine = <T>(line: string, path: string, check: (value: unknown, path: string) => T): T => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw damagedPlan(path, "a line is not JSON")
  }
  return check(value, path)
}

export const planAgain = "Plan again: maille plan INPUT… --out DIR --shards N."

/** The error for a file of a plan that is not as `maille plan` wrote it. */
export const damagedPlan = (path: string, found: string, code: "E_FORMAT" | "E_INPUT" = "E_FORMAT"): EngineError =>
  new EngineError(code, `${path}: damaged: ${found}. ${planAgain}`, { file: path })

const isNumber = (value: unknown): boolean => Number.isFinite(value)
const isText = (value: unknown): boolean => typeof value === "string"

const isPart = (value: unknown): boolean =>
  isObject(value) &&
  [value["offset"], value["length"], value["crc32"]].every(isCount) &&
  isCount(Number(value["offset"]) + Number(value["length"]))

const isShard = (shard: JsonObject): boolean =>
  isPart(shard) &&
  isPart(shard["sources"]) &&
  [shard["tiles"], shard["place"]].every(isCount) &&
  [shard["points"], shard["costCoreSeconds"], shard["bytes"]].every(isNumber)

const isCost = (cost: unknown): boolean =>
  isObject(cost) &&
  [cost["run"], cost["worker"]].every(isNumber) &&
  isObject(cost["per"]) &&
  Object.values(cost["per"]).every(isRates) &&
  areObjects(cost["uses"], ({ stage, step, times }) => areTexts([stage, step]) && isNumber(times))

const isRates = (rates: unknown): boolean => isObject(rates) && Object.values(rates).every(isNumber)

const planFields: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: isText,
  // The folder of the plan's journals is named after its hash.
  hash: (value) => /^[0-9a-f]{64}$/.test(String(value)),
  epsg: isCount,
  grid: (grid) =>
    isObject(grid) &&
    Number(grid["leafSide"]) > 0 &&
    isCount(grid["leafLevel"]) &&
    grid["leafLevel"] <= deepest &&
    (grid["origin"] === undefined || areNumbers(grid["origin"], 2)),
  box: (box) => areNumbers(box, 4),
  source: isText,
  zRange: (range) => range === undefined || areNumbers(range, 2),
  reach: isNumber,
  sourceReach: isNumber,
  topLevel: isCount,
  phases: (names) => Array.isArray(names) && names.every((name) => (phases as readonly unknown[]).includes(name)),
  jobKernels: areTexts,
  regionKernels: (joins) => areObjects(joins, ({ id, ring }) => isText(id) && typeof ring === "boolean"),
  regions: (tasks) =>
    Array.isArray(tasks) &&
    tasks.every((task) => areObjects(task, ({ region }) => /^-?\d{1,6}_-?\d{1,6}$/.test(String(region)))),
  tiles: isCount,
  ring: isCount,
  sources: isCount,
  points: isNumber,
  costCoreSeconds: isNumber,
  cost: isCost,
  work: (work) => isObject(work) && isRates(work["own"]) && isRates(work["ring"]),
  parallel: isCount,
  change: (change) => change === undefined || isText(change),
  shards: (shards) => areObjects(shards, isShard),
  jobSha256: isText,
}
