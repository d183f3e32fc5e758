/**
 * Applies the table `test/renames.json` to calls and documents, to compare trees whose words
 * differ.
 */
import { isObject, type Json, type JsonObject, mapObjects, mapStrings } from "./json.js"

/** A word of an earlier tree and the word that replaced it. */
export interface Rename {
  /** The earlier word; "" if there was none. */
  readonly old: string
  /** The later word; "" if it was removed. */
  readonly new: string
  readonly reason: string
  /** In `json`: applies only under the field of this name (the later one). */
  readonly in?: string
  /** In `files`: the bytes of these files differ too. */
  readonly bytes?: true
}

/**
 * The table. Entries that the earlier tree's own table has too are left out, because they are done
 * there.
 */
export interface Renames {
  /**
   * Words of a call, as `--phase square`; `*` is any value: `--interval *` → `--set
   * contour.interval=*`.
   */
  readonly flags: readonly Rename[]
  /** Names of fields, and texts that are whole values. */
  readonly json: readonly Rename[]
  /** Paths under an output folder; `*` is any part of a name. */
  readonly files: readonly Rename[]
  /** Ids anywhere; `id@3` → `id@4` for a raised version. */
  readonly kernels: readonly Rename[]
  /**
   * Reasons why folders of the earlier tree need not be readable; one is enough. Hashes of tasks
   * and work files are then not compared.
   */
  readonly unreadable: readonly { readonly reason: string }[]
  /**
   * Calls, by their first words, whose documents differ on purpose: only exit codes and files are
   * compared.
   */
  readonly documents: readonly { readonly call: string; readonly reason: string }[]
}

const LISTS = ["flags", "json", "files", "kernels", "unreadable", "documents"] as const
const FIELDS = ["old", "new", "reason", "in", "bytes"]

/** Parses a table, and checks its entries if asked to. @throws Error that names the wrong entry */
export const parseRenames = (text: string, isChecked = true): Renames => {
  const table: unknown = JSON.parse(text)
  if (!isObject(table)) throw new Error("renames.json: expected an object")
  const unknown = Object.keys(table).find((key) => !(LISTS as readonly string[]).includes(key))
  if (isChecked && unknown !== undefined) throw new Error(`renames.json: "${unknown}" is none of ${LISTS.join(", ")}`)
  const lists = LISTS.map((list) => {
    const entries = table[list] ?? []
    if (!Array.isArray(entries)) throw new Error(`renames.json: ${list} is no list`)
    if (isChecked) for (const entry of entries) checkEntry(list, entry)
    return [list, entries]
  })
  return Object.fromEntries(lists) as unknown as Renames
}

const checkEntry = (list: string, entry: Json): void => {
  const wrong = (what: string): Error => new Error(`renames.json, ${list}: ${what} in ${JSON.stringify(entry)}`)
  if (!isObject(entry)) throw wrong("expected an object")
  const { old, new: later, call, reason } = entry
  if (typeof reason !== "string" || reason === "") throw wrong("a reason is missing")
  const fields = list === "unreadable" ? ["reason"] : list === "documents" ? ["call", "reason"] : FIELDS
  const unknown = Object.keys(entry).find((field) => !fields.includes(field))
  if (unknown !== undefined) throw wrong(`"${unknown}" is unknown`)
  if (list === "unreadable") return
  const isWord = (word: Json | undefined): boolean => typeof word === "string"
  if (list === "documents") {
    if (!isWord(call) || call === "") throw wrong('"call" must be words')
    return
  }
  if (!isWord(old) || !isWord(later)) throw wrong('"old" and "new" must be words')
}

/** The entries that the table of the earlier tree, `base`, does not have. */
export const renamesSince = (ours: Renames, base: Renames): Renames => {
  const lists = LISTS.map((list) => {
    const known = new Set(base[list].map((entry) => JSON.stringify(entry)))
    return [list, ours[list].filter((entry) => !known.has(JSON.stringify(entry)))]
  })
  return Object.fromEntries(lists) as unknown as Renames
}

/** Our call in the earlier tree's words. */
export const callOfBase = (args: readonly string[], { flags }: Renames): string[] =>
  flags.reduceRight((words, { old, new: later }) => replaceWords(words, later, old), [...args])

const replaceWords = (words: readonly string[], from: string, to: string): string[] => {
  const [pattern, text] = [from.split(" ").map(regexOf), to === "" ? [] : to.split(" ")]
  const replaced: string[] = []
  for (let i = 0; i < words.length; i++) {
    const matches = from === "" ? [] : pattern.map((part, k) => part.exec(words[i + k] ?? ""))
    if (matches.length === 0 || matches.some((match) => match === null)) {
      replaced.push(words[i] as string)
      continue
    }
    const values = matches.flatMap((match) => match?.slice(1) ?? [])
    replaced.push(...text.map((word) => word.replaceAll("*", () => values.shift() ?? "")))
    i += pattern.length - 1
  }
  return replaced
}

/**
 * A document of the earlier tree in the later tree's words, or a document of the later one without
 * additions.
 */
export const renameDocument = (document: Json, renames: Renames, side: "base" | "ours"): Json => {
  let renamed = document
  const inTurn = (list: readonly Rename[], rename: (from: string, to: string, entry: Rename) => Json): void => {
    for (const entry of list) {
      if (side === "base" && entry.old !== "") renamed = rename(entry.old, entry.new, entry)
      if (side === "ours" && entry.old === "") renamed = rename(entry.new, "", entry)
    }
  }
  inTurn(renames.kernels, (from, to) => renameKernel(renamed, from, to))
  inTurn(renames.json, (from, to, entry) => renameWord(renamed, from, to, entry.in))
  inTurn(renames.files, (from, to) => mapStrings(renamed, (text) => renamePath(text, from, to)))
  for (const { new: path, bytes } of renames.files) if (bytes) renamed = withoutBytes(renamed, path)
  if (renames.files.length > 0) renamed = withoutWhole(renamed)
  return renames.unreadable.length > 0 ? withoutWork(renamed) : renamed
}

const renameWord = (value: Json, from: string, to: string, within: string | undefined, field = ""): Json => {
  const isMeant = (word: Json): boolean => word === from && (within === undefined || within === field)
  if (Array.isArray(value)) {
    const left = to === "" ? value.filter((item) => !isMeant(item)) : value
    return left.map((item) => renameWord(item, from, to, within, field))
  }
  if (!isObject(value)) return isMeant(value) && to !== "" ? to : value
  const entries = Object.entries(value).map(([key, item]) => [isMeant(key) ? to : key, item] as const)
  return Object.fromEntries(
    entries
      .filter(([key]) => key !== "")
      .map(([key, item]): [string, Json] => [key, renameWord(item, from, to, within, key)]),
  )
}

const renameKernel = (document: Json, from: string, to: string): Json => {
  const [[id, version], [newId, newVersion]] = [from.split("@"), to.split("@")] as [string[], string[]]
  if (version !== undefined) {
    return mapObjects(document, (value) =>
      value["id"] === id && String(value["version"]) === version ? { ...value, version: Number(newVersion) } : value,
    )
  }
  const pattern = new RegExp(`(?<![\\w.-])${escaped(id as string)}(?![\\w-])`, "g")
  return mapStrings(document, (text) => text.replaceAll(pattern, newId as string))
}

const renamePath = (text: string, from: string, to: string): string => {
  const match = pathOf(from).exec(text)
  if (match === null) return text
  const values = match.slice(2)
  return text.slice(0, match.index) + match[1] + to.replaceAll("*", () => values.shift() ?? "")
}

const withoutFields = (value: JsonObject, names: RegExp): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !names.test(key)))

const withoutBytes = (document: Json, path: string): Json =>
  mapObjects(document, (value) => {
    const isMeant = typeof value["path"] === "string" && pathOf(path).test(value["path"])
    return isMeant ? withoutFields(value, /^(sha256|sizeBytes)$/) : value
  })

/** Lists of files without their common hash, which depends on file names. */
const withoutWhole = (document: Json): Json =>
  mapObjects(document, (value) =>
    Array.isArray(value["files"]) && "count" in value ? withoutFields(value, /^hash$/) : value,
  )

/** Removes hashes of tasks and work files, which differ in an earlier tree's folder. */
const withoutWork = (value: Json): Json => {
  if (Array.isArray(value)) return value.filter((item) => !isWorkFile(item)).map(withoutWork)
  if (!isObject(value)) return value
  const left = withoutFields(value, /^(hash|planHash|optionsHash)$/)
  return Object.fromEntries(Object.entries(left).map(([key, item]) => [key, withoutWork(item)]))
}

const isWorkFile = (item: Json): boolean => isObject(item) && String(item["path"] ?? "").startsWith(".work/")

const escaped = (text: string): string => text.replaceAll(/[$()+.?[\\\]^{|}]/g, "\\$&")
const regexOf = (word: string): RegExp => new RegExp(`^${escaped(word).replaceAll("*", "(.+)")}$`)
const pathOf = (path: string): RegExp => new RegExp(`(^|/)${escaped(path).replaceAll("*", "([^/]*)")}$`)
