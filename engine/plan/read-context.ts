/** Reads the context that the last run of a folder has stored. */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { areNumbers, areObjects, areTexts, isCount, isObject, type JsonObject } from "../core/json/json-shape.js"
import { openSealed } from "../core/json/sealed-json.js"
import { layout } from "../job/layout.js"
import type { WorkContext } from "./context.js"

/**
 * Reads the context of the folder's last run; undefined if its file is missing or damaged. Paths
 * are compared then.
 */
export const readContext = async (out: string): Promise<WorkContext | undefined> => {
  try {
    const opened = openSealed(await readFile(join(out, layout.context), "utf8"))
    return opened === undefined ? undefined : checkContext(JSON.parse(opened))
  } catch {
    return undefined
  }
}

/**
 * Checks the fields of a stored context that jobs are compared by; undefined if one is malformed.
 */
export const checkContext = (value: unknown): WorkContext | undefined => {
  const isSound =
    isObject(value) &&
    isCount(value["epsg"]) &&
    typeof value["source"] === "string" &&
    areObjects(value["sources"], (one) => isFile(one) && areNumbers(one["box"], 4)) &&
    areObjects(value["images"], isFile) &&
    (value["external"] === undefined || isObject(value["external"])) &&
    (value["oriented"] === undefined ||
      (isObject(value["oriented"]) && areObjects(value["oriented"]["images"], isShot)))
  return isSound ? (value as unknown as WorkContext) : undefined
}

const isFile = ({ path, identity }: JsonObject): boolean => areTexts([path, identity])

const isShot = ({ shot, header }: JsonObject): boolean =>
  isObject(shot) && typeof shot["name"] === "string" && isObject(header) && typeof header["identity"] === "string"
