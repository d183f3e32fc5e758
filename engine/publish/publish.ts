/**
 * Uploads the changed products of an output folder to an S3 store: contents first, then the files
 * that refer to them.
 */
import { posix } from "node:path"
import { joinInside, staysInside } from "../core/files/join-inside.js"
import { EngineError } from "../errors.js"
import { contentType } from "../io/file-kind.js"
import type { HttpOptions } from "../io/http.js"
import { inParallel } from "../io/in-parallel.js"
import { isS3 } from "../io/s3.js"
import { readText, removeObject, uploadFile, uploadText } from "../io/s3-upload.js"
import { hashFiles } from "../report/hash-output.js"

/** Options of {@link publishOutput}. */
export interface PublishOptions extends HttpOptions {
  /** Files sent at one time; default 8. */
  readonly parallel?: number
  /** Sends and removes nothing. */
  readonly dryRun?: boolean
  onProgress?(sent: number, files: number): void
}

/** Result of {@link publishOutput}. */
export interface Published {
  readonly to: string
  /**
   * Paths that were sent, and paths that were removed because they are no products any more;
   * ordered.
   */
  readonly sent: readonly string[]
  readonly unchanged: number
  readonly removed: readonly string[]
}

/** Object beside the products that lists their hashes: the next upload skips unchanged ones. */
const listName = "published.json"

/**
 * Publishes the products of an output folder under `s3://bucket/prefix` of an S3 store.
 *
 * It sends contents first, then the tilesets, the root's last, then the list of published files.
 * Then it removes products that are gone. Each object appears complete. After an interruption, a
 * second call sends the rest; files with the listed hash are not sent.
 * @throws EngineError E_USAGE for another address; E_INPUT as {@link hashFiles}, or when the store
 *   refuses; E_FORMAT for a list with keys outside the prefix
 */
export const publishOutput = async (folder: string, to: string, options: PublishOptions = {}): Promise<Published> => {
  const base = to.replace(/\/+$/, "")
  if (!isS3(`${base}/x`)) {
    const text = `to: "${to}" is not valid; expected an address of a store, such as s3://bucket/montpellier`
    throw new EngineError("E_USAGE", text, { option: "TO" })
  }
  const files = await hashFiles(folder)
  // A dry run need not wait for a store that does not answer.
  const before = await readList(`${base}/${listName}`, options.dryRun === true ? { ...options, tries: 1 } : options)
  const changed = files.filter(({ path, sha256 }) => before.get(path) !== sha256)
  const present = new Set(files.map(({ path }) => path))
  const removed = [...before.keys()].filter((path) => !present.has(path)).sort()
  const sent = changed.map(({ path }) => path).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  const result = { to: base, sent: [...sent].sort(), unchanged: files.length - sent.length, removed }
  if (options.dryRun === true) return result
  let done = 0
  for (const stage of [0, 1, 2]) {
    await inParallel(
      sent.filter((path) => rank(path) === stage),
      options.parallel ?? 8,
      async (path) => {
        await uploadFile(`${base}/${path}`, joinInside(folder, path), contentType(path), options)
        options.onProgress?.(++done, sent.length)
      },
    )
  }
  const list = { files: Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256])) }
  if (sent.length > 0 || removed.length > 0)
    await uploadText(`${base}/${listName}`, `${JSON.stringify(list, undefined, 1)}\n`, options)
  await inParallel(removed, options.parallel ?? 8, (path) => removeObject(`${base}/${path}`, options))
  return result
}

/** Contents, then the tilesets and mosaics that refer to them, then the root. */
const rank = (path: string): number => (path === "tileset.json" ? 2 : /\.(json|vrt)$/.test(path) ? 1 : 0)

const readList = async (address: string, options: HttpOptions): Promise<Map<string, string>> => {
  const text = await readText(address, options)
  if (text === undefined) return new Map()
  const remedy = "Publish under another prefix, or remove that object."
  let list: [string, string][]
  try {
    list = Object.entries((JSON.parse(text) as { files: Record<string, string> }).files)
  } catch (cause) {
    const said = `${address}: not a list of published products. ${remedy}`
    throw new EngineError("E_INPUT", said, { file: address }, cause)
  }
  // Listed files that are no products any more are removed, so their paths must be below the
  // prefix.
  const foreign = list.find(([path]) => !staysInside(path) || posix.normalize(path) !== path)
  if (foreign === undefined) return new Map(list)
  const said = `${address}: damaged: ${JSON.stringify(foreign[0])} is not below its prefix. Nothing was sent or removed.`
  throw new EngineError("E_FORMAT", `${said} ${remedy}`, { file: address })
}
