import { createInterface } from "node:readline"
import { EngineError } from "../../errors.js"
import { streamStored } from "../archive/stored-file.js"
import type { CityFeature, CityHeader } from "./city-types.js"

/** A feature as read, with the header of its file and its line number, from 1. */
export interface ReadFeature {
  readonly header: CityHeader
  readonly feature: CityFeature
  readonly line: number
}

/**
 * The features of a CityJSON sequence in turn, a line at a time.
 *
 * @throws EngineError E_INPUT where the file cannot be read, E_FORMAT where a line is no JSON, the first is no CityJSON header of version 2.0 with a transform,
 * or another is no feature
 */
export async function* readCitySequence(path: string): AsyncGenerator<ReadFeature> {
  let header: CityHeader | undefined
  let line = 0
  const lines = createInterface({ input: await streamStored(path), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const text of lines) {
      line++
      const value = parse(text, path, line)
      if (header === undefined) header = headerOf(value, path)
      else yield { header, feature: featureOf(value, path, line), line }
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError("E_INPUT", `${path}: cannot be read (${(cause as Error).message})`, { file: path }, cause)
  } finally {
    lines.close()
  }
  if (header === undefined) throw formatError(path, 1, "an empty file, expected the header of a CityJSON sequence")
}

/** The header of a CityJSON sequence alone. Throws as {@link readCitySequence}. */
export const readCityHeader = async (path: string): Promise<CityHeader> => {
  const lines = createInterface({ input: await streamStored(path), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const text of lines) return headerOf(parse(text, path, 1), path)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError("E_INPUT", `${path}: cannot be read (${(cause as Error).message})`, { file: path }, cause)
  } finally {
    lines.close()
  }
  throw formatError(path, 1, "an empty file, expected the header of a CityJSON sequence")
}

const formatError = (path: string, line: number, found: string): EngineError =>
  new EngineError("E_FORMAT", `${path}, line ${line}: ${found}; run the job again, or export the file again`, {
    file: path,
  })

const parse = (text: string, path: string, line: number): Partial<CityHeader & { type: string }> => {
  try {
    return JSON.parse(text) as Partial<CityHeader>
  } catch (cause) {
    throw formatError(path, line, `no JSON (${(cause as Error).message})`)
  }
}

const headerOf = (
  value: { readonly type?: string; readonly version?: string; transform?: unknown },
  path: string,
): CityHeader => {
  if (value.type === "CityJSON" && value.version === "2.0" && value.transform !== undefined) return value as CityHeader
  throw formatError(
    path,
    1,
    `${value.type ?? "no type"} ${value.version ?? ""}, expected a CityJSON 2.0 header with a transform`,
  )
}

const featureOf = (value: object, path: string, line: number): CityFeature => {
  const feature = value as CityFeature
  const whole =
    feature.type === "CityJSONFeature" &&
    typeof feature.id === "string" &&
    Array.isArray(feature.vertices) &&
    typeof feature.CityObjects === "object"
  if (whole) return feature
  throw formatError(path, line, `${String(feature.type)}, expected a CityJSONFeature with id, CityObjects and vertices`)
}
