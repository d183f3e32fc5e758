/** Identity of image files without reading them whole: it changes when a file does. */
import { sha256 } from "../../core/hash.js"
import type { ByteSource } from "../../io/byte-source.js"
import { isUrl } from "../../io/byte-source.js"
import { openBytes } from "../../io/bytes.js"

const SAMPLE = 16384

/**
 * What tells one image file from another without reading it whole: hash of its size, its first and its last 16 KiB
 * (TIFF directories stand at either end); ETag and length of an address.
 */
export const bytesIdentity = async (bytes: ByteSource): Promise<string> => {
  if (isUrl(bytes.path)) return sha256(bytes.identity)
  const head = await bytes.read(0, Math.min(SAMPLE, bytes.size))
  const tail = await bytes.read(Math.max(0, bytes.size - SAMPLE), bytes.size)
  return sha256(`${bytes.size} ${sha256(head)} ${sha256(tail)}`)
}

/** {@link bytesIdentity} of files taken together, in order; a file that cannot be opened counts by its name. */
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
