/** Checks the fields of journal records, since a journal is input like any other file. */
import { staysInside } from "../core/files/join-inside.js"
import { areNumbers, areObjects, areTexts, isCount, isObject, type JsonObject } from "../core/json/json-shape.js"
import { stageNames } from "../core/stages.js"
import { EngineError } from "../errors.js"
import type { JournalRecord } from "./journal-record.js"

/**
 * The record that a journal line contains; undefined where a field is missing or has another type.
 *
 * Such a record is skipped like a line that is no JSON. Records of unknown types pass.
 *
 * @param from the journal, for the message
 * @throws EngineError E_FORMAT for a path that leaves the output folder, since that file would be
 * read or removed
 */
export const checkRecord = (value: unknown, from: string): JournalRecord | undefined => {
  if (!isObject(value) || typeof value["type"] !== "string") return undefined
  const check = Object.hasOwn(checks, value["type"]) ? checks[value["type"]] : undefined
  return check?.(value, from) === false ? undefined : (value as unknown as JournalRecord)
}

const checks: Readonly<Record<string, ((record: JsonObject, from: string) => boolean) | undefined>> = {
  run: ({ at, planHash }) => areTexts([at, planHash]),
  start: ({ key, stage, hash }) => isTask(key, stage) && areTexts([hash]),
  end: (record, from) => isEnd(record, from),
  written: ({ files, gone = [] }, from) =>
    Array.isArray(files) &&
    files.every((file) => isFile(file, from)) &&
    Array.isArray(gone) &&
    gone.every((path) => isPath(path, from)),
  overall: ({ files }, from) => Array.isArray(files) && files.every((path) => isPath(path, from)),
  replace: ({ at }) => areTexts([at]),
  replaced: ({ at }) => areTexts([at]),
  drop: ({ key, stage }) => isTask(key, stage),
}

const outcomes = ["done", "skipped", "failed", "quarantined"]

const isEnd = ({ key, stage, hash, outcome, files, former, ...rest }: JsonObject, from: string): boolean =>
  isTask(key, stage) &&
  areTexts([hash]) &&
  outcomes.includes(outcome as string) &&
  Array.isArray(files) &&
  files.every((file) => isFile(file, from)) &&
  (former === undefined || (isObject(former) && isEnd(former, from))) &&
  [rest["timeMs"], rest["points"], rest["peakBytes"], rest["startedAt"]].every(isNumberIfAny) &&
  [rest["metrics"], rest["steps"], rest["classes"], rest["error"]].every(isObjectIfAny) &&
  (rest["time"] === undefined || areNumbers(rest["time"], 2)) &&
  (rest["read"] === undefined || areObjects(rest["read"], isSourceRead)) &&
  (rest["content"] === undefined || areObjects(rest["content"], isContent))

const isTask = (key: unknown, stage: unknown): boolean =>
  typeof key === "string" && (stageNames as readonly unknown[]).includes(stage)

const isFile = (value: unknown, from: string): boolean => {
  if (!isObject(value) || !areTexts([value["sha256"]]) || !isCount(value["sizeBytes"])) return false
  const { path, packed } = value
  if (packed === undefined) return isPath(path, from)
  return (
    isPath(path, from) &&
    isObject(packed) &&
    isPath(packed["pack"], from) &&
    isCount(packed["at"]) &&
    isCount(packed["crc32"])
  )
}

const isPath = (path: unknown, from: string): boolean => {
  if (typeof path !== "string") return false
  if (staysInside(path)) return true
  const text = `${from}: the path ${JSON.stringify(path).slice(0, 300)} leaves the output folder; maille writes no such path.`
  throw new EngineError("E_FORMAT", `${text} Remove that line, or choose another --out.`, { file: from })
}

const isContent = (value: JsonObject): boolean =>
  areTexts([value["uri"], value["part"]]) &&
  typeof value["geometricError"] === "number" &&
  areNumbers(value["centre"], 3) &&
  areNumbers(value["box"], 12)

const isSourceRead = ({ identity, ranges }: JsonObject): boolean =>
  areTexts([identity]) &&
  Array.isArray(ranges) &&
  ranges.every((one) => Array.isArray(one) && isCount(one[0]) && isCount(one[1]) && areTexts([one[2]]))

const isObjectIfAny = (value: unknown): boolean => value === undefined || isObject(value)
const isNumberIfAny = (value: unknown): boolean => value === undefined || typeof value === "number"
