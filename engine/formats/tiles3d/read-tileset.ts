/** Reads a tileset and checks the fields that maille uses. */
import { areNumbers, isObject } from "../../core/json/json-shape.js"
import { parseJson } from "../../core/json/parse-json.js"
import { damaged, type EngineError } from "../../errors.js"

/** A tile of a tileset, with the fields that maille uses. */
export interface ReadTile {
  readonly transform?: readonly number[]
  readonly geometricError: number
  content?: { uri: string }
  readonly children?: readonly ReadTile[]
}

/** A tileset; fields that maille does not use are unchanged. */
export interface ReadTileset {
  readonly asset: { readonly extras?: Readonly<Record<string, unknown>> }
  readonly root: ReadTile
  readonly [field: string]: unknown
}

/**
 * Reads a tileset that maille wrote, of any depth.
 *
 * @throws EngineError E_FORMAT if it is no JSON, or a used field is missing or of another type
 */
export const readTileset = (bytes: Uint8Array, file: string): ReadTileset => {
  let value: unknown
  try {
    value = parseJson(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw broken(file, cause instanceof Error ? cause.message : String(cause))
  }
  if (!isObject(value) || !isObject(value["asset"]) || !isObjectIfAny(value["asset"]["extras"]))
    throw broken(file, "it has no asset")
  const open = [value["root"]]
  while (open.length > 0) {
    const tile = open.pop()
    if (!isObject(tile) || typeof tile["geometricError"] !== "number") throw broken(file, "a tile has no error")
    const { transform, content, children = [] } = tile
    if (transform !== undefined && !areNumbers(transform, 16)) throw broken(file, "a transform is not 16 numbers")
    if (content !== undefined && (!isObject(content) || typeof content["uri"] !== "string"))
      throw broken(file, "a content has no address")
    if (!Array.isArray(children)) throw broken(file, "children are not a list")
    for (const child of children as readonly unknown[]) open.push(child)
  }
  return value as unknown as ReadTileset
}

const isObjectIfAny = (value: unknown): boolean => value === undefined || isObject(value)

const broken = (file: string, found: string): EngineError => damaged(file, found, "Run the job again.")
