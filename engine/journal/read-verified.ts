/**
 * Reads files of an output folder and compares them with their journaled hashes.
 * See docs/decisions/19-verified-work-files.md.
 */
import { createHash } from "node:crypto"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { readFully, withFile } from "../core/files/with-file.js"
import { sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import { locateStored, readStored, streamStored } from "../io/archive/stored-file.js"
import type { WrittenFile } from "./journal-record.js"
import { placeOf } from "./packed-file.js"

/** A file that an earlier task wrote, as a later task reads it. */
export interface FileRead {
  /** Relative to the output folder. */
  readonly path: string
  readonly sha256: string
  /** Its place, if in a pack. */
  readonly place?: string
}

export const fileRead = (file: WrittenFile): FileRead => {
  const { path, sha256: hash, packed } = file
  return packed === undefined ? { path, sha256: hash } : { path, sha256: hash, place: placeOf(file) }
}

/**
 * The error for a file of the output folder whose bytes differ from those written. The caller makes
 * the file again.
 */
export const damagedFile = (out: string, path: string, found: string): EngineError => {
  const text = `${joinInside(out, path)}: damaged: ${found}. Run again with --verify, and check the disk.`
  return new EngineError("E_RESOURCE", text, { file: joinInside(out, path), damaged: path })
}

/**
 * All bytes of a file, checked against its journaled hash. Throws {@link damagedFile} where the
 * hash differs, or the file is gone or too short.
 */
export const readVerified = async (
  out: string,
  { path, sha256: hash, place = path }: FileRead,
): Promise<Uint8Array> => {
  const bytes = await readStored(await findInside(out, place)).catch(asDamage(out, path))
  if (sha256(bytes) !== hash) throw damagedFile(out, path, otherHash)
  return bytes
}

/** A part of a file, checked against the hash in its list. Throws as {@link readVerified}. */
export const readVerifiedPart = async (
  out: string,
  { path, place = path, offset, size, sha256: hash }: FileRead & { readonly offset: number; readonly size: number },
): Promise<Uint8Array> => {
  const { file, begin } = await locateStored(await findInside(out, place))
  const bytes = new Uint8Array(size)
  const read = withFile(file, "r", (handle) => readFully(handle, bytes, begin + offset))
  if ((await read.catch(asDamage(out, path))) < size)
    throw damagedFile(out, path, `it ends before byte ${offset + size}`)
  if (sha256(bytes) !== hash) throw damagedFile(out, path, `bytes ${offset} to ${offset + size} are not those written`)
  return bytes
}

/** Checks a file piece by piece. Throws as {@link readVerified}. O(1) memory. */
export const verifyStored = async (out: string, file: FileRead): Promise<void> => {
  if ((await hashStored(out, file)) !== file.sha256) throw damagedFile(out, file.path, otherHash)
}

/** SHA-256 of a stored file. Throws {@link damagedFile} where it is gone or too short. */
export const hashStored = async (
  out: string,
  { path, place = path }: Omit<FileRead, "sha256">,
  onBytes: (count: number) => void = () => undefined,
): Promise<string> => {
  const digest = createHash("sha256")
  try {
    // An empty part of an archive has no stream.
    if (!place.endsWith("+0"))
      for await (const chunk of await streamStored(await findInside(out, place))) {
        digest.update(chunk as Uint8Array)
        onBytes((chunk as Uint8Array).length)
      }
  } catch (error) {
    asDamage(out, path)(error)
  }
  return digest.digest("hex")
}

const otherHash = "its SHA-256 differs from the journal"

const asDamage =
  (out: string, path: string) =>
  (error: unknown): never => {
    throw isCutOrGone(error) ? damagedFile(out, path, "it is missing or cut short") : error
  }

const isCutOrGone = (error: unknown): error is Error =>
  error instanceof Error &&
  (("code" in error && (error.code === "ENOENT" || error.code === "ERR_OUT_OF_RANGE")) ||
    / ends before byte /.test(error.message))

/** Where a tile's shard is in the file of its port, and which blobs must be read with it. */
export interface ShardEntry {
  readonly offset: number
  readonly size: number
  readonly sha256: string
  /** Keys of the other tiles whose blobs belong to the bytes; ordered. */
  readonly reads: readonly string[]
}

/** The shards of a port by tile key. */
export type ShardIndex = Readonly<Record<string, ShardEntry>>

/**
 * The list that a join wrote beside the shards of a port. Throws E_RESOURCE where it is damaged.
 */
export const readShardIndex = async (out: string, file: WrittenFile): Promise<ShardIndex> =>
  JSON.parse(new TextDecoder().decode(await readVerified(out, fileRead(file)))) as ShardIndex
