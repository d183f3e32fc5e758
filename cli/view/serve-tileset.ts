/** Turns a tileset of packed contents into one of plain files, as clients see them. */
import { readStored } from "../../engine/io/archive/stored-file.js"

/** Extension of tilesets whose addresses lead through archives. */
const ARCHIVES = "MAXAR_content_3tz"

interface Document {
  readonly extensionsUsed?: readonly string[]
  readonly extensionsRequired?: readonly string[]
}

/**
 * Text of a tileset that leads through archives, without the extension that says so: to its clients the server is plain folders, and most
 * viewers know no archives. Undefined for every other file.
 *
 * @param path as {@link readStored} takes it
 * @param name by which its type is told
 */
export const servedTileset = async (path: string, name: string): Promise<string | undefined> => {
  if (!name.endsWith(".json") || !/(^|[\\/])(tileset\.json|tiles[\\/].*)$/.test(path)) return undefined
  const bytes = await readStored(path).catch(() => undefined)
  const text = bytes && new TextDecoder().decode(bytes)
  if (!text?.includes(ARCHIVES)) return undefined
  const document = parsed(text)
  if (document === undefined) return undefined
  const { extensionsUsed, extensionsRequired, ...rest } = document
  const others = (names: readonly string[] = []): readonly string[] => names.filter((one) => one !== ARCHIVES)
  const [used, required] = [others(extensionsUsed), others(extensionsRequired)]
  return JSON.stringify({
    ...rest,
    ...(used.length > 0 ? { extensionsUsed: used } : {}),
    ...(required.length > 0 ? { extensionsRequired: required } : {}),
  })
}

/** Undefined for what is damaged: it is served as it is. */
const parsed = (text: string): Document | undefined => {
  try {
    const value = JSON.parse(text) as Document | null
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
