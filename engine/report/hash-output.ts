/**
 * Hashes the products of an output folder, packed or not, to compare runs and to publish only
 * changed files.
 */

import { createHash } from "node:crypto"
import { join } from "node:path"
import { checkFields } from "../core/arguments.js"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { streamStored } from "../io/archive/stored-file.js"
import { requireStoredJob } from "../job/output-folder.js"
import { listProductFiles, notThere, type ProductFile, readUnpacked } from "../job/product-files.js"
import { readKnownProducts } from "../journal/known-products.js"

/** The hash of an output folder's products. */
export interface OutputHash {
  /** SHA-256 over the lines `<sha256> <relative path>` of the products, sorted by path. */
  readonly hash: string
  readonly count: number
  /** One hash for each file, sorted by path; only on request. */
  readonly files?: readonly { readonly path: string; readonly sha256: string }[]
}

/**
 * Hashes the products of an output folder: relative paths (forward slashes) and bytes, which are
 * fixed for every format.
 *
 * Two runs that made the same products have the same hash, packed or not. Archives (`packs/`) count
 * as the files in them, and addresses through archives as direct ones. Foreign files are left out,
 * and so are records of the run: `job.json`, `plan.json`, journals, reports, `quarantine/`,
 * `plan/`, `.work/`.
 *
 * @throws EngineError E_INPUT where the folder is not an output folder, or has no product yet
 */
export const hashOutput = async (folder: string, options: { readonly list?: boolean } = {}): Promise<OutputHash> => {
  checkFields({ folder, options }, "arguments", { folder: "path", options: "object" })
  checkFields(options, "options", { list: "flag?" })
  const products = await productFiles(folder)
  const files: { path: string; sha256: string }[] = []
  for (const file of products) files.push({ path: file.path, sha256: await fileHash(folder, file) })
  const hash = sha256(files.map((file) => `${file.sha256} ${file.path}\n`).join(""))
  return { hash, count: files.length, ...(options.list === true ? { files } : {}) }
}

/**
 * Hashes the files that contain products, archives as a whole, as they are sent to a store.
 *
 * @throws EngineError as {@link hashOutput}
 */
export const hashFiles = async (folder: string): Promise<NonNullable<OutputHash["files"]>> => {
  const places = (await productFiles(folder)).map(({ file }) => file)
  const files: { path: string; sha256: string }[] = []
  for (const place of [...new Set(places)].sort())
    files.push({
      path: place.slice(join(folder, "/").length).replaceAll("\\", "/"),
      sha256: await bytesHash(place),
    })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The products that the folder's journals list, at least one. */
const productFiles = async (folder: string): Promise<readonly ProductFile[]> => {
  await requireStoredJob(folder)
  const known = await readKnownProducts(folder)
  const products = await listProductFiles(folder, "", (path) => known.has(path))
  if (products.length > 0) return products
  const text = `${folder}: no product yet. Finish its run: maille run --job ${join(folder, "job.json")}.`
  throw new EngineError("E_INPUT", text, { file: folder })
}

const fileHash = async (folder: string, file: ProductFile): Promise<string> =>
  /\.(json|vrt)$/.test(file.path) ? sha256(await readUnpacked(folder, file)) : bytesHash(file.place)

const bytesHash = async (place: string): Promise<string> => {
  const digest = createHash("sha256")
  const stream = await streamStored(place).catch((error: unknown) => {
    throw notThere(error, place)
  })
  for await (const chunk of stream) digest.update(chunk as Uint8Array)
  return digest.digest("hex")
}
