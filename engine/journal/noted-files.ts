/** Notes the hashes of files that no task writes, such as tilesets and reports. */
import { stat } from "node:fs/promises"
import { isThere } from "../core/files/atomic-write.js"
import { joinInside } from "../core/files/join-inside.js"
import { sha256 } from "../core/hash.js"
import type { JournalRecord, WrittenFile } from "./journal-record.js"
import { hashStored } from "./read-verified.js"

/** Collects the hashes of files that no task writes, and journals those that changed. */
export class NotedFiles {
  readonly #out: string
  readonly #known: Map<string, WrittenFile>
  readonly #fresh = new Map<string, WrittenFile>()

  constructor(out: string, known: ReadonlyMap<string, NotedFile>) {
    this.#out = out
    this.#known = new Map([...known].map(([path, { at: _, ...file }]) => [path, file]))
  }

  /** Notes a file that contains exactly these bytes. */
  note(path: string, data: Uint8Array | string): void {
    this.#fresh.set(path, { path, sha256: sha256(data), sizeBytes: Buffer.byteLength(data) })
  }

  /** Notes a pack that contains these bytes from offset `at` to its end. */
  noteEnd(path: string, data: Uint8Array, at: number): void {
    const packed = { pack: path, at, crc32: 0 }
    this.#fresh.set(path, { path, sha256: sha256(data), sizeBytes: data.length, packed })
  }

  /** Notes a file that was just written, by reading it. */
  async noteFile(path: string): Promise<void> {
    const { size } = await stat(joinInside(this.#out, path))
    this.#fresh.set(path, { path, sha256: await hashStored(this.#out, { path }), sizeBytes: size })
  }

  /**
   * Notes those files that have no hash yet, such as those of a run killed before it journaled
   * them.
   */
  async fill(paths: Iterable<string>): Promise<void> {
    for (const path of paths) {
      const isUnknown = !this.#fresh.has(path) && !this.#known.has(path)
      if (isUnknown && (await this.#isThere(path))) await this.noteFile(path)
    }
  }

  /**
   * Journals the hashes that changed since the last call. `settled`: also journals files that are
   * gone.
   */
  async write(journal: { append(record: JournalRecord): Promise<void> }, settled = false): Promise<void> {
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

/** Applies a record to the known files: adds and removes. */
export const noteWritten = (
  written: Map<string, NotedFile>,
  { files, gone, at }: Extract<JournalRecord, { readonly type: "written" }>,
): void => {
  const isLater = (path: string): boolean => at >= (written.get(path)?.at ?? "")
  for (const path of gone ?? []) if (isLater(path)) written.delete(path)
  for (const file of files) if (isLater(file.path)) written.set(file.path, { ...file, at })
}
