/**
 * What a disk holds after the power went, from the calls of a run that `fault-layer.mjs` wrote
 * down. What a program was told is written is on the disk for certain only behind the fsync of
 * the file, and a name only behind that of its folder. A rename is whole or not there (POSIX); in
 * which order the rest reaches the disk is not said.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** A call of the run that changed the disk, by paths below the output folder. */
type Call =
  | { readonly call: "create"; readonly path: string; readonly ino: number }
  | { readonly call: "content"; readonly ino: number; readonly blob: string }
  | { readonly call: "sync"; readonly ino: number }
  | { readonly call: "sync-folder" | "mkdir" | "remove"; readonly path: string }
  | { readonly call: "rename" | "link"; readonly from: string; readonly to: string }

/**
 * How much is lost: `nothing` (the process is killed, the system goes on), `all` that no fsync
 * made sure, or `some` of it.
 */
export type Loss = "nothing" | "all" | "some"

interface File {
  bytes: Buffer
  kept: Buffer
}
interface Folder {
  readonly now: Map<string, File | Folder>
  readonly kept: Map<string, File | Folder>
}
/** A change of names that is not on the disk for certain. */
interface Pending {
  readonly folders: readonly Folder[]
  keep(): void
}

const isFolder = (node: File | Folder | undefined): node is Folder => node !== undefined && "now" in node

/** The calls that a run left in the folder `trace`. */
export const readTrace = (trace: string): Trace => {
  const lines = readFileSync(join(trace, "calls.jsonl"), "utf8").trimEnd().split("\n")
  return new Trace(
    trace,
    lines.map((line) => JSON.parse(line) as Call),
  )
}

/** The calls of a run, which can be ended at any of them. */
export class Trace {
  readonly #folder: string
  readonly #calls: readonly Call[]
  readonly #blobs = new Map<string, Buffer>()

  constructor(folder: string, calls: readonly Call[]) {
    this.#folder = folder
    this.#calls = calls
  }

  get length(): number {
    return this.#calls.length
  }

  /** Files by path on a disk that took the first `count` calls; folders end in a slash. */
  cut(count: number, loss: Loss, random: () => number): Map<string, Buffer> {
    const disk = new Disk()
    for (const call of this.#calls.slice(0, count)) disk.take(call, (blob) => this.#read(blob))
    return disk.left(loss, random)
  }

  /** All that each name held from the moment when a file was renamed to it. */
  versions(): Map<string, Buffer[]> {
    const disk = new Disk()
    const versions = new Map<string, Buffer[]>()
    for (const call of this.#calls) {
      disk.take(call, (blob) => this.#read(blob))
      const bytes = call.call === "rename" ? disk.bytesOf(call.to) : undefined
      if (call.call === "rename" && bytes) versions.set(call.to, [...(versions.get(call.to) ?? []), bytes])
    }
    return versions
  }

  #read(blob: string): Buffer {
    const known = this.#blobs.get(blob) ?? readFileSync(join(this.#folder, blob))
    this.#blobs.set(blob, known)
    return known
  }
}

class Disk {
  readonly #root: Folder = { now: new Map(), kept: new Map() }
  readonly #files = new Map<number, File>()
  #pending: Pending[] = []

  take(call: Call, read: (blob: string) => Buffer): void {
    switch (call.call) {
      case "create": {
        const file: File = { bytes: Buffer.alloc(0), kept: Buffer.alloc(0) }
        this.#files.set(call.ino, file)
        this.#name(call.path, file)
        break
      }
      case "content":
        this.#file(call.ino).bytes = read(call.blob)
        break
      case "sync": {
        const file = this.#file(call.ino)
        file.kept = file.bytes
        break
      }
      case "mkdir":
        this.#name(call.path, { now: new Map(), kept: new Map() })
        break
      case "link":
        this.#name(call.to, this.#at(call.from))
        break
      case "remove": {
        const [folder, name] = this.#place(call.path)
        folder.now.delete(name)
        this.#pending.push({ folders: [folder], keep: () => folder.kept.delete(name) })
        break
      }
      case "rename":
        this.#rename(call.from, call.to)
        break
      case "sync-folder": {
        const synced = this.#folder(call.path)
        const isSafe = ({ folders }: Pending): boolean => folders.includes(synced)
        for (const change of this.#pending.filter(isSafe)) change.keep()
        this.#pending = this.#pending.filter((change) => !isSafe(change))
      }
    }
  }

  /** Undefined for a folder. */
  bytesOf(path: string): Buffer | undefined {
    const node = this.#at(path)
    return isFolder(node) ? undefined : node.bytes
  }

  /** What is found when the power is back. */
  left(loss: Loss, random: () => number): Map<string, Buffer> {
    if (loss === "nothing") return list(this.#root, "now", ({ bytes }) => bytes)
    // A share of its own each time: nearly all is lost, or hardly anything.
    const share = random()
    if (loss === "some") for (const change of this.#pending) if (random() < share) change.keep()
    return list(this.#root, "kept", (file) => (loss === "all" ? file.kept : remains(file, random)))
  }

  #rename(from: string, to: string): void {
    const node = this.#at(from)
    const [[source, before], [target, after]] = [this.#place(from), this.#place(to)]
    source.now.delete(before)
    target.now.set(after, node)
    const keep = (): void => {
      if (source.kept.get(before) === node) source.kept.delete(before)
      target.kept.set(after, node)
    }
    this.#pending.push({ folders: [source, target], keep })
  }

  #name(path: string, node: File | Folder): void {
    const [folder, name] = this.#place(path)
    folder.now.set(name, node)
    this.#pending.push({ folders: [folder], keep: () => folder.kept.set(name, node) })
  }

  #file(ino: number): File {
    const file = this.#files.get(ino)
    if (file === undefined) throw new Error(`a file that was not opened in the trace: inode ${ino}`)
    return file
  }

  #place(path: string): [Folder, string] {
    const at = path.lastIndexOf("/")
    return [this.#folder(path.slice(0, Math.max(at, 0))), path.slice(at + 1)]
  }

  #folder(path: string): Folder {
    const node = this.#at(path)
    if (!isFolder(node)) throw new Error(`${path} is no folder`)
    return node
  }

  #at(path: string): File | Folder {
    let node: File | Folder | undefined = this.#root
    for (const name of path.split("/").filter((one) => one !== ""))
      node = isFolder(node) ? node.now.get(name) : undefined
    if (node === undefined) throw new Error(`${path} is not there in the trace`)
    return node
  }
}

const list = (root: Folder, view: "now" | "kept", bytesOf: (file: File) => Buffer): Map<string, Buffer> => {
  const found = new Map<string, Buffer>()
  const visit = (folder: Folder, before: string): void => {
    for (const [name, node] of folder[view]) {
      if (isFolder(node)) {
        found.set(`${before}${name}/`, Buffer.alloc(0))
        visit(node, `${before}${name}/`)
      } else found.set(before + name, bytesOf(node))
    }
  }
  visit(root, "")
  return found
}

/** Bytes that reach a disk together. */
const PAGE = 4096

/**
 * What a power cut leaves of bytes that were written and not made durable: what was there before,
 * all, a part from the start, or some pages, the others as before or zero.
 */
const remains = ({ bytes, kept }: File, random: () => number): Buffer => {
  // What is durable stays.
  let equal = 0
  while (equal < Math.min(kept.length, bytes.length) && kept[equal] === bytes[equal]) equal++
  const kinds = [
    () => kept,
    () => bytes,
    () => bytes.subarray(0, equal + Math.floor(random() * (bytes.length - equal + 1))),
    () => {
      const share = random()
      const mixed = Buffer.concat([kept, Buffer.alloc(Math.max(0, bytes.length - kept.length))], bytes.length)
      for (let at = 0; at < bytes.length; at += PAGE)
        if (random() < share) bytes.copy(mixed, at, at, Math.min(at + PAGE, bytes.length))
      return mixed
    },
  ]
  return kinds[Math.floor(random() * kinds.length)]!()
}

/** Writes what is left on a disk into a new folder. */
export const writeDisk = (folder: string, files: ReadonlyMap<string, Buffer>): void => {
  mkdirSync(folder, { recursive: true })
  for (const [path, bytes] of files) {
    const at = join(folder, path)
    mkdirSync(path.endsWith("/") ? at : dirname(at), { recursive: true })
    if (!path.endsWith("/")) writeFileSync(at, bytes)
  }
}
