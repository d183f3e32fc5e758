/** Notes the hashes of files that no task writes, such as tilesets and reports. */
import { stat } from "node:fs/promises"
import { isThere } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { sha256 } from "../core/hash.js"
import type { JournalRecord, WrittenFile } from "./journal-record.js"
import { hashStored } from "./read-verified.js"

/** Takes records. */
interface Appending {
  append(record: JournalRecord): Promise<void>
}

/**
 * Notes the hashes of files that no task writes, for the journal: what differs from what it tells.
 */
export class NotedFiles {
  readonly #out: string
  readonly #known: Map<string, WrittenFile>
  readonly #fresh = new Map<string, WrittenFile>()

  constructor(out: string, known: ReadonlyMap<string, NotedFile>) {
    this.#out = out
    this.#known = new Map([...known].map(([path, { at: _, ...file }]) => [path, file]))
  }

  /** A file holds these bytes, which were written whole or compared. */
  note(path: string, data: Uint8Array | string): void {
    this.#fresh.set(path, { path, sha256: sha256(data), sizeBytes: Buffer.byteLength(data) })
  }

  /** A pack holds these bytes from a place to its end. */
  noteEnd(path: string, data: Uint8Array, at: number): void {
    const packed = { pack: path, at, crc32: 0 }
    this.#fresh.set(path, { path, sha256: sha256(data), sizeBytes: data.length, packed })
  }

  /** A file was just written, by whom its bytes are not held: it is read. */
  async noteFile(path: string): Promise<void> {
    const { size } = await stat(joinInside(this.#out, path))
    this.#fresh.set(path, { path, sha256: await hashStored(this.#out, { path }), sizeBytes: size })
  }

  /**
   * Notes the files that nothing is known of: those of a run that was killed before it told.
   */
  async fill(paths: Iterable<string>): Promise<void> {
    for (const path of paths) {
      const isUnknown = !this.#fresh.has(path) && !this.#known.has(path)
      if (isUnknown && (await this.#isThere(path))) await this.noteFile(path)
    }
  }

  /**
   * Journals what was noted since the last time and differs; `settled`: files that are gone are
   * forgotten.
   */
  async write(journal: Appending, settled = false): Promise<void> {
    const files = [...this.#fresh.values()].filter((file) => !isSame(file, this.#known.get(file.path)))
    const gone: string[] = []
    if (settled)
      for (const path of this.#known.keys()) if (!this.#fresh.has(path) && !(await this.#isThere(path))) gone.push(path)
    for (const file of files) this.#known.set(file.path, file)
    for (const path of gone) this.#known.delete(path)
    if (files.length + gone.length === 0) return
    const removed = gone.length === 0 ? {} : { gone }
    await journal.append({ type: "written", files, ...removed, at: new Date().toISOString() })
  }

  #isThere(path: string): Promise<boolean> {
    return isThere(joinInside(this.#out, path))
  }
}

const isSame = (one: WrittenFile, other: WrittenFile | undefined): boolean =>
  one.sha256 === other?.sha256 && one.sizeBytes === other.sizeBytes && one.packed?.at === other.packed?.at

/** A file that a run noted, and when, as ISO 8601. */
export interface NotedFile extends WrittenFile {
  readonly at: string
}

/** Adds the files of a record to those that are known, or takes them out. */
export const noteWritten = (
  written: Map<string, NotedFile>,
  { files, gone, at }: Extract<JournalRecord, { readonly type: "written" }>,
): void => {
  const isLater = (path: string): boolean => at >= (written.get(path)?.at ?? "")
  for (const path of gone ?? []) if (isLater(path)) written.delete(path)
  for (const file of files) if (isLater(file.path)) written.set(file.path, { ...file, at })
}
