/** Lets readers use an address whose server cannot reveal changes, through a local copy. */
import { mkdir, open, rename } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { MAX_COPIED_BYTES } from "../core/bounds.js"
import { syncFolder } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { sha256 } from "../core/hash.js"
import { downloadFile, dropPart } from "./download.js"
import { imageKind } from "./file-kind.js"
import type { HttpOptions } from "./http.js"
import { requestRange, Unvalidated } from "./url-bytes.js"

/** Where files are downloaded to, and how. */
export interface CopyOptions extends HttpOptions {
  /** Folder for the copies; absent: none are made. */
  readonly copies?: string | undefined
}

/**
 * Calls `read` with a path or address. Some servers cannot say whether the file changed between two
 * answers. LAS, LAZ and images up to 4 GB are then downloaded whole, and `read` is called again
 * with the path of the copy. An earlier copy is reused when its size and its first and last 64 KiB
 * match the server's.
 *
 * @throws the errors of `read`; {@link Unvalidated} for COPC (read by parts), for other and larger
 * files, and without a folder
 */
export const readOrCopy = async <T>(
  path: string,
  read: (path: string) => Promise<T>,
  options: CopyOptions,
): Promise<T> => {
  try {
    return await read(path)
  } catch (error) {
    const { copies } = options
    if (!(error instanceof Unvalidated) || copies === undefined || !isCopied(error)) throw error
    return await read(await copyAddress(error, copies, options))
  }
}

const isCopied = ({ size, head }: Unvalidated): boolean => {
  if (size > MAX_COPIED_BYTES) return false
  const text = Buffer.from(head).toString("latin1", 0, 381)
  return text.startsWith("LASF") ? text.slice(377, 381) !== "copc" : imageKind(head) !== "other"
}

const copyAddress = async ({ url, size, head }: Unvalidated, folder: string, options: HttpOptions): Promise<string> => {
  const name = basename(decodeURIComponent(new URL(url).pathname)) || "file"
  const path = joinInside(folder, `${sha256(url).slice(0, 16)}/${name}`)
  if (await isSame(path, size, head, (begin) => requestRange(url, begin, size, options))) return path
  await mkdir(dirname(path), { recursive: true })
  // Named by process, since another one may copy the same address. Without a validator a partial
  // file is of no use.
  const part = `${path}.${process.pid}.part`
  try {
    await downloadFile(url, part, { ...options, statedBytes: size })
    await rename(part, path)
  } finally {
    await dropPart(part)
  }
  await syncFolder(dirname(path))
  return path
}

const isSame = async (
  path: string,
  size: number,
  head: Uint8Array,
  tailFrom: (begin: number) => Promise<{ readonly bytes: Uint8Array }>,
): Promise<boolean> => {
  const handle = await open(path, "r").catch(() => undefined)
  if (handle === undefined) return false
  try {
    if ((await handle.stat()).size !== size) return false
    const holds = async (bytes: Uint8Array, at: number): Promise<boolean> => {
      const own = Buffer.alloc(bytes.length)
      await handle.read(own, 0, own.length, at)
      return own.equals(bytes)
    }
    const begin = size - Math.min(size, head.length)
    return (await holds(head, 0)) && (await holds((await tailFrom(begin)).bytes, begin))
  } finally {
    await handle.close()
  }
}
