/** Identifies image files without reading them whole; the identity changes when a file does. */
import { sha256 } from "../../core/hash.js"
import type { ByteSource } from "../../io/byte-source.js"
import { isUrl } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"

const SAMPLE = 16384

/**
 * Hashes the size, the first and the last 16 KiB of a file: TIFF directories are at either end. An
 * address is identified by its ETag and length.
 */
export const bytesIdentity = async (bytes: ByteSource): Promise<string> => {
  if (isUrl(bytes.path)) return sha256(bytes.identity)
  const head = await bytes.read(0, Math.min(SAMPLE, bytes.size))
  const tail = await bytes.read(Math.max(0, bytes.size - SAMPLE), bytes.size)
  return sha256(`${bytes.size} ${sha256(head)} ${sha256(tail)}`)
}

/**
 * Combines the {@link bytesIdentity} of several files, in order. A file that cannot be opened
 * counts by its name.
 */
export const filesIdentity = async (paths: readonly string[]): Promise<string> => {
  const identities: string[] = []
  for (const path of paths) {
    try {
      const bytes = await openBytes(path)
      identities.push(await bytesIdentity(bytes).finally(() => bytes.close()))
    } catch {
      identities.push(path)
    }
  }
  return identities.length === 1 ? identities[0]! : sha256(identities.join(" "))
}
