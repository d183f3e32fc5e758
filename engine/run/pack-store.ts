/**
 * Appends the files of finished tasks to packs.
 * See docs/decisions/22-packs.md.
 */
import { constants } from "node:fs"
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, truncate } from "node:fs/promises"
import { dirname } from "node:path"
import { assertLocked, sizeOf, syncFolder } from "../core/files/atomic-write.js"
import { findInside, joinInside } from "../core/files/join-inside.js"
import { writeFully } from "../core/files/with-file.js"
import { EngineError } from "../errors.js"
import { partEnding } from "../io/archive/stored-file.js"
import { encodeLocalHeader } from "../io/archive/zip-format.js"
import { journalName, layout } from "../job/layout.js"
import { eachRecord } from "../journal/journal.js"
import type { PackedPlace, WrittenFile } from "../journal/journal-record.js"
import { packFor, packName } from "../journal/packed-file.js"
import type { StagedFile } from "../worker/task-result.js"

interface Waiting {
  readonly files: readonly StagedFile[]
  resolve(files: readonly WrittenFile[]): void
  reject(error: unknown): void
}

/**
 * The only writer of the packs of a journal: in the main process, one task after the other.
 *
 * A pack is written front to back, as in a ZIP: for each file a header and its bytes. They are
 * durable before the journal records the task's end with their places. Reopening truncates bytes
 * behind the last journaled place: their task did not end. `sealPacks` adds directory and final
 * name when the job is complete.
 */
export class PackStore {
  readonly #out: string
  readonly #name: string
  /** End of the last journaled file in each pack. */
  readonly #ends: ReadonlyMap<string, number>
  readonly #packs = new Map<string, Pack>()
  readonly #waiting: Waiting[] = []
  #tail: Promise<void> = Promise.resolve()

  private constructor(out: string, name: string, ends: ReadonlyMap<string, number>) {
    this.#out = out
    this.#name = name
    this.#ends = ends
  }

  /** Opens the packs of a journal and truncates them to what it records. */
  static async open(out: string, journal = journalName): Promise<PackStore> {
    const name = packName(journal)
    const ends = new Map<string, number>()
    await eachRecord(joinInside(out, journal), (record) => {
      for (const { packed, sizeBytes } of record.type === "end" ? record.files : [])
        if (packed) ends.set(packed.pack, Math.max(ends.get(packed.pack) ?? 0, packed.at + sizeBytes))
    })
    assertLocked(out)
    for (const path of ["tiles/", "raster/", `${layout.work}/`].map((folder) => packFor(name, folder))) {
      const writing = await findInside(out, writtenAs(path))
      const size = await sizeOf(writing)
      if (size !== undefined && size > (ends.get(path) ?? 0)) await truncate(writing, ends.get(path) ?? 0)
    }
    return new PackStore(out, name, ends)
  }

  /**
   * Moves a task's staged files into the packs; durable when the promise resolves. Returns all its
   * files with their places. Tasks added during a write share an fsync.
   */
  add(files: readonly StagedFile[]): Promise<readonly WrittenFile[]> {
    if (files.every(({ staged }) => staged === undefined)) return Promise.resolve(files)
    const added = new Promise<readonly WrittenFile[]>((resolve, reject) => {
      this.#waiting.push({ files, resolve, reject })
    })
    if (this.#waiting.length === 1) this.#tail = this.#tail.then(() => this.#addWaiting())
    return added
  }

  /** Never rejects: rejects the promises of the waiting tasks instead. */
  async #addWaiting(): Promise<void> {
    const group = this.#waiting.splice(0)
    const touched = new Set<Pack>()
    const packed: { readonly one: Waiting; readonly files: readonly WrittenFile[] }[] = []
    for (const one of group) {
      try {
        packed.push({ one, files: await this.#addFiles(one.files, touched) })
      } catch (error) {
        one.reject(error)
      }
    }
    try {
      await Promise.all([...touched].map((pack) => pack.sync()))
    } catch (error) {
      for (const { one } of packed) one.reject(error)
      return
    }
    for (const { one, files } of packed) one.resolve(files)
  }

  async #addFiles(files: readonly StagedFile[], touched: Set<Pack>): Promise<readonly WrittenFile[]> {
    const packed: WrittenFile[] = []
    for (const { staged, ...file } of files) {
      if (staged === undefined) {
        packed.push(file)
        continue
      }
      const pack = await this.#openPack(packFor(this.#name, file.path))
      touched.add(pack)
      const path = joinInside(this.#out, staged.path)
      packed.push({ ...file, packed: await pack.append(file.path, await readFile(path), staged.crc32) })
      await rm(path, { force: true })
    }
    return packed
  }

  async #openPack(file: string): Promise<Pack> {
    const known = this.#packs.get(file)
    if (known) return known
    const pack = await Pack.open(this.#out, file, this.#ends.get(file) ?? 0)
    this.#packs.set(file, pack)
    return pack
  }

  /** Waits for pending files and closes the packs. */
  async close(): Promise<void> {
    await this.#tail
    for (const pack of this.#packs.values()) await pack.close()
  }
}

/** Work packs have their final name from the start: nobody else reads them. */
const writtenAs = (file: string): string => (file.startsWith(layout.work) ? file : file + partEnding)

/** A pack open for appending. */
class Pack {
  readonly file: string
  readonly #path: string
  readonly #handle: FileHandle
  readonly #inode: bigint
  #end: number

  private constructor(file: string, path: string, handle: FileHandle, inode: bigint, end: number) {
    this.file = file
    this.#path = path
    this.#handle = handle
    this.#inode = inode
    this.#end = end
  }

  static async open(out: string, file: string, journaled: number): Promise<Pack> {
    const path = await findInside(out, writtenAs(file))
    await mkdir(dirname(path), { recursive: true })
    // Reopen a sealed pack: truncating drops its directory, sealing writes another.
    const sealed = await findInside(out, file)
    if (path !== sealed && (await sizeOf(path)) === undefined && (await sizeOf(sealed)) !== undefined)
      await rename(sealed, path)
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT)
    const { size, ino } = await handle.stat({ bigint: true })
    // A shorter pack has lost journaled bytes: those tasks run again.
    const end = Math.min(Number(size), journaled)
    assertLocked(path)
    await handle.truncate(end)
    await syncFolder(dirname(path))
    return new Pack(file, path, handle, ino, end)
  }

  /** Appends header and bytes and returns their place. The next append overwrites a failed one. */
  async append(path: string, bytes: Uint8Array, crc32: number): Promise<PackedPlace> {
    // A frozen process may resume after others finished the job: its open file is no longer a pack.
    const now = await stat(this.#path, { bigint: true }).catch(() => undefined)
    if (now?.ino !== this.#inode) {
      const text = `${this.#path}: another process finished or removed it during the run. Run again.`
      throw new EngineError("E_OUTPUT", text, { file: this.#path })
    }
    const header = encodeLocalHeader({ path, sizeBytes: bytes.length, crc32 })
    await this.#write(header, this.#end)
    await this.#write(bytes, this.#end + header.length)
    const at = this.#end + header.length
    this.#end = at + bytes.length
    return { pack: this.file, at, crc32 }
  }

  async #write(bytes: Uint8Array, position: number): Promise<void> {
    assertLocked(this.#path)
    await writeFully(this.#handle, bytes, position)
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}
