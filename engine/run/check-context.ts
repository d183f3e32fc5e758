import { areNumbers, isCount, isObject, type JsonObject } from "../core/json/json-shape.js"
import type { WorkContext } from "../plan/context.js"

/**
 * What a former run told its workers, as far as jobs are compared by it; undefined where a field
 * is of another kind.
 */
export const checkContext = (value: unknown): WorkContext | undefined => {
  const isSound =
    isObject(value) &&
    isCount(value["epsg"]) &&
    typeof value["source"] === "string" &&
    areAll(value["sources"], (one) => isFile(one) && areNumbers(one["box"], 4)) &&
    areAll(value["images"], isFile) &&
    (value["given"] === undefined || isObject(value["given"])) &&
    (value["oriented"] === undefined || (isObject(value["oriented"]) && areAll(value["oriented"]["images"], isShot)))
  return isSound ? (value as unknown as WorkContext) : undefined
}

const areAll = (value: unknown, isSound: (one: JsonObject) => boolean): boolean =>
  Array.isArray(value) && value.every((one) => isObject(one) && isSound(one))

const isFile = ({ path, identity }: JsonObject): boolean => typeof path === "string" && typeof identity === "string"

const isShot = ({ shot, header }: JsonObject): boolean =>
  isObject(shot) && typeof shot["name"] === "string" && isObject(header) && typeof header["identity"] === "string"
