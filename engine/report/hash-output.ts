import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"

/** The hash of an output folder's products. */
export interface OutputHash {
  /** SHA-256 over the lines `<sha256> <relative path>` of the products, sorted by path. */
  readonly hash: string
  readonly count: number
  /** One hash a file, sorted by path; only when asked for. */
  readonly files?: readonly { readonly path: string; readonly sha256: string }[]
}

// Journals, reports and plans tell of the run (times, machine, order), not of its result.
const NO_PRODUCT = [
  /^job\.json$/,
  /^plan\.json$/,
  /^journal[^/]*\.jsonl$/,
  /^report\./,
  /^quarantine\//,
  /^plan\//,
  /^\.work\//,
]

/**
 * Hashes the products of an output folder: relative paths (forward slashes) and bytes. Two runs that made the same products have the
 * same hash. Left out: `job.json`, `plan.json`, `journal*.jsonl`, `report.*`, `quarantine/`, `plan/`, `.work/`. The bytes of every format written are fixed.
 *
 * @throws EngineError E_INPUT when there is no such folder or no product in it
 */
export const hashOutput = async (folder: string, options: { readonly list?: boolean } = {}): Promise<OutputHash> => {
  const paths = await productPaths(folder)
  if (paths.length === 0) {
    throw new EngineError("E_INPUT", `${folder}: holds no product. Give the folder of --out after a run.`, {
      file: folder,
    })
  }
  const files: { path: string; sha256: string }[] = []
  for (const path of paths) files.push({ path, sha256: await fileHash(join(folder, path)) })
  const hash = sha256(files.map((file) => `${file.sha256} ${file.path}\n`).join(""))
  return { hash, count: files.length, ...(options.list === true ? { files } : {}) }
}

const productPaths = async (folder: string): Promise<string[]> => {
  let entries: Awaited<ReturnType<typeof readEntries>>
  try {
    entries = await readEntries(folder)
  } catch (cause) {
    const text = `${folder}: cannot be read as a folder. Give the folder of --out after a run.`
    throw new EngineError("E_INPUT", text, { file: folder }, cause)
  }
  return entries.filter((path) => !NO_PRODUCT.some((pattern) => pattern.test(path))).sort()
}

const readEntries = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const below = (parent: string): string => parent.slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, "")
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => [below(entry.parentPath), entry.name].filter((part) => part !== "").join("/"))
}

const fileHash = async (path: string): Promise<string> => {
  const digest = createHash("sha256")
  for await (const chunk of createReadStream(path)) digest.update(chunk as Uint8Array)
  return digest.digest("hex")
}
