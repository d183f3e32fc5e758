/** Reads and writes GLB: a JSON document and a binary chunk in one file (glTF 2.0, section 4). */
import { parseFile } from "../../core/files/parse-file.js"
import { canonicalJson } from "../../core/hash.js"
import { checkDocument, contentError } from "./check-document.js"
import type { Gltf } from "./gltf-types.js"

/*
 * GLB, little-endian u32 (glTF 2.0, 4.4). It begins with magic "glTF", version 2 and file length.
 * Two chunks follow, each with length, type and bytes padded to a multiple of 4. The JSON chunk,
 * from byte 12, is padded with spaces. The chunk "BIN\0" is padded with zeros.
 */
const MAGIC = 0x46546c67
const JSON_CHUNK = 0x4e4f534a
const BIN_CHUNK = 0x004e4942

const padded = (length: number): number => (length + 3) & ~3

/**
 * Encodes a GLB file from a document and its binary chunk. Keys are sorted, so equal documents give
 * equal bytes.
 */
export const writeGlb = (document: Gltf, binary: Uint8Array): Uint8Array => {
  const json = new TextEncoder().encode(canonicalJson(document))
  const jsonLength = padded(json.length)
  const binLength = padded(binary.length)
  const bytes = new Uint8Array(28 + jsonLength + binLength)
  const view = new DataView(bytes.buffer)
  const words = [MAGIC, 2, bytes.length, jsonLength, JSON_CHUNK]
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true)
  bytes.fill(0x20, 20, 20 + jsonLength)
  bytes.set(json, 20)
  view.setUint32(20 + jsonLength, binLength, true)
  view.setUint32(24 + jsonLength, BIN_CHUNK, true)
  bytes.set(binary, 28 + jsonLength)
  return bytes
}

/**
 * Reads the document and binary chunk of a GLB file.
 *
 * @throws EngineError E_FORMAT if it is no whole GLB file, or not one of maille's (see
 *   {@link checkDocument})
 */
export const readGlb = (bytes: Uint8Array, file = "glb"): { document: Gltf; binary: Uint8Array } => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const jsonLength = bytes.length >= 20 && view.getUint32(0, true) === MAGIC ? view.getUint32(12, true) : -1
  if (
    jsonLength < 0 ||
    view.getUint32(8, true) !== bytes.length ||
    20 + jsonLength > bytes.length ||
    view.getUint32(16, true) !== JSON_CHUNK
  ) {
    throw contentError(file, `its ${bytes.length} bytes are not a complete GLB file`)
  }
  const text = new TextDecoder().decode(bytes.subarray(20, 20 + jsonLength))
  const start = 28 + jsonLength
  const binLength = start <= bytes.length ? view.getUint32(20 + jsonLength, true) : 0
  const binary = bytes.subarray(Math.min(start, bytes.length), Math.min(start + binLength, bytes.length))
  const document = parseFile(text, `${file}: its document`, "Write the tile again with --force.", file)
  return { document: checkDocument(document, binary.length, file), binary }
}

/** Collects parts of a buffer, each aligned to 8 as property tables require. */
export const bufferParts = (): {
  add(part: Uint8Array): number
  reserve(length: number): number
  bytes(): Uint8Array
  length(): number
} => {
  const parts: { at: number; part: Uint8Array }[] = []
  let end = 0
  const reserve = (length: number): number => {
    const at = end
    end = (end + length + 7) & ~7
    return at
  }
  return {
    reserve,
    add: (part) => {
      const at = reserve(part.length)
      parts.push({ at, part })
      return at
    },
    bytes: () => {
      const bytes = new Uint8Array(end)
      for (const { at, part } of parts) bytes.set(part, at)
      return bytes
    },
    length: () => end,
  }
}
