/** Puts pieces of features in the order of their tiles, on disk, with a fixed amount of memory. */
import { type FileHandle, open } from "node:fs/promises"
import { join } from "node:path"
import { Heap } from "../../core/heap.js"
import { EngineError } from "../../errors.js"
import { writeInParts } from "../../io/part-writer.js"

/** Bytes with the place where they belong: by tile, in a tile by order. */
export interface Spooled {
  readonly tile: number
  readonly order: number
  readonly bytes: Uint8Array
}

/** tile (f64), order (f64), number of bytes (u32), little-endian; then the bytes. */
const HEAD_BYTES = 20
/** Bytes that are sorted in memory. */
const RUN_BYTES = 64 << 20
/** Bytes that are read at a time of a run while runs are merged. */
const READ_BYTES = 1 << 19

/**
 * Puts any number of byte strings in order with a fixed amount of memory: 64 MB are sorted at a time and written as a run; the runs are read together.
 *
 * Memory: 64 MB and an index of 20 bytes a string in it; while reading, half a megabyte a run. Disk: all strings, once. Pairs of tile and order must not repeat.
 */
export class SortedSpool {
  readonly #folder: string
  readonly #runBytes: number
  readonly #runs: string[] = []
  #block: Uint8Array
  #used = 0
  #starts: number[] = []

  constructor(folder: string, runBytes: number = RUN_BYTES) {
    this.#folder = folder
    this.#runBytes = runBytes
    this.#block = new Uint8Array(runBytes)
  }

  /** Takes a copy of the bytes. */
  async add({ tile, order, bytes }: Spooled): Promise<void> {
    const size = HEAD_BYTES + bytes.length
    if (this.#used + size > this.#block.length) {
      await this.#spill()
      if (size > this.#block.length) this.#block = new Uint8Array(size)
    }
    const view = new DataView(this.#block.buffer)
    view.setFloat64(this.#used, tile, true)
    view.setFloat64(this.#used + 8, order, true)
    view.setUint32(this.#used + 16, bytes.length, true)
    this.#block.set(bytes, this.#used + HEAD_BYTES)
    this.#starts.push(this.#used)
    this.#used += size
  }

  /** All of them in order; the bytes of one hold until the next is asked for. Nothing can be added afterwards. */
  async *inOrder(): AsyncGenerator<Spooled> {
    if (this.#runs.length === 0) {
      for (const start of this.#sorted()) yield spooledAt(this.#block, start)
      return
    }
    await this.#spill()
    this.#block = new Uint8Array(0)
    const readers = await Promise.all(this.#runs.map(openRun))
    try {
      yield* merged(readers)
    } finally {
      for (const reader of readers) await reader.close()
    }
  }

  #sorted(): number[] {
    const view = new DataView(this.#block.buffer)
    return this.#starts.sort(
      (a, b) =>
        view.getFloat64(a, true) - view.getFloat64(b, true) ||
        view.getFloat64(a + 8, true) - view.getFloat64(b + 8, true),
    )
  }

  async #spill(): Promise<void> {
    if (this.#starts.length === 0) return
    const path = join(this.#folder, `run-${this.#runs.length}`)
    const view = new DataView(this.#block.buffer)
    await writeInParts(path, async (out) => {
      for (const start of this.#sorted()) {
        const size = HEAD_BYTES + view.getUint32(start + 16, true)
        await out.write(this.#block.slice(start, start + size))
      }
    })
    this.#runs.push(path)
    this.#used = 0
    this.#starts = []
    if (this.#block.length > this.#runBytes) this.#block = new Uint8Array(this.#runBytes)
  }
}

const spooledAt = (block: Uint8Array, start: number): Spooled => {
  const view = new DataView(block.buffer, block.byteOffset + start, HEAD_BYTES)
  const from = start + HEAD_BYTES
  return {
    tile: view.getFloat64(0, true),
    order: view.getFloat64(8, true),
    bytes: block.subarray(from, from + view.getUint32(16, true)),
  }
}

interface Run {
  /** The first string that was not taken; undefined at the end. */
  head: Spooled | undefined
  next(): Promise<void>
  close(): Promise<void>
}

const openRun = async (path: string): Promise<Run> => {
  const handle: FileHandle = await open(path, "r")
  let block = new Uint8Array(0)
  let at = 0
  /** Makes `size` bytes stand at `at`; false at the end of the file. */
  const ensure = async (size: number): Promise<boolean> => {
    if (block.length - at >= size) return true
    const rest = block.subarray(at)
    const wanted = new Uint8Array(Math.max(size, READ_BYTES))
    wanted.set(rest)
    let filled = rest.length
    while (filled < size) {
      const { bytesRead } = await handle.read(wanted, filled, wanted.length - filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    block = wanted.subarray(0, filled)
    at = 0
    if (filled >= size || filled === 0) return filled >= size
    throw new EngineError("E_RESOURCE", `${path}: a temporary file became shorter while it was read`, { file: path })
  }
  const run: Run = {
    head: undefined,
    next: async () => {
      run.head = undefined
      if (!(await ensure(HEAD_BYTES))) return
      const { bytes } = { bytes: new DataView(block.buffer, block.byteOffset + at, HEAD_BYTES).getUint32(16, true) }
      await ensure(HEAD_BYTES + bytes)
      run.head = spooledAt(block, at)
      at += HEAD_BYTES + bytes
    },
    close: () => handle.close(),
  }
  await run.next()
  return run
}

const before = (a: Run, b: Run): boolean => {
  const [first, second] = [a.head!, b.head!]
  return first.tile < second.tile || (first.tile === second.tile && first.order < second.order)
}

/** What the runs hold, by their heads. */
async function* merged(runs: readonly Run[]): AsyncGenerator<Spooled> {
  const heap = new Heap<Run>(before)
  for (const run of runs) if (run.head !== undefined) heap.push(run)
  for (let run = heap.pop(); run !== undefined; run = heap.pop()) {
    yield run.head!
    await run.next()
    if (run.head !== undefined) heap.push(run)
  }
}
