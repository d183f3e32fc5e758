/**
 * Stores sources that are too many for memory: their lines in a file, box, count and CRS in
 * columns.
 */
import { readSync } from "node:fs"
import { type FileHandle, open, rm } from "node:fs/promises"
import type { Box2 } from "../core/geometry/box.js"
import type { CatalogueSource } from "./catalogue.js"

/** A source as a plan lists it: box, number of points, and its JSON line with the line break. */
export interface SourceLine {
  readonly box: Box2
  readonly count: number
  readonly format: CatalogueSource["format"]
  readonly line: Buffer
}

/** Sources too many for memory: their lines in a file, box, count and CRS in columns. */
export class SourceLines {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #pending: Buffer[] = []
  #pendingBytes = 0
  #length = 0
  #count = 0
  #columns = new Float64Array(7 * 1024)

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Creates the file at `path`, which {@link close} removes. */
  static async open(path: string): Promise<SourceLines> {
    return new SourceLines(path, await open(path, "w+"))
  }

  get count(): number {
    return this.#count
  }

  /** Adds a source of a CRS, or replaces number `at`; returns its number. */
  async set(source: CatalogueSource, epsg: number, at = this.#count): Promise<number> {
    if (at === this.#count) this.#count++
    if (7 * this.#count > this.#columns.length) {
      const longer = new Float64Array(2 * this.#columns.length)
      longer.set(this.#columns)
      this.#columns = longer
    }
    const line = Buffer.from(`${JSON.stringify(source)}\n`)
    this.#columns.set([...source.box, source.count, this.#length, epsg], 7 * at)
    this.#length += line.length
    this.#pending.push(line)
    this.#pendingBytes += line.length
    if (this.#pendingBytes > 1 << 20) await this.flush()
    return at
  }

  async flush(): Promise<void> {
    await this.#handle.appendFile(Buffer.concat(this.#pending))
    this.#pending.length = 0
    this.#pendingBytes = 0
  }

  box(at: number): Box2 {
    const [minX = 0, minY = 0, maxX = 0, maxY = 0] = this.#columns.subarray(7 * at)
    return [minX, minY, maxX, maxY]
  }

  points(at: number): number {
    return this.#columns[7 * at + 4] ?? 0
  }

  epsg(at: number): number {
    return this.#columns[7 * at + 6] ?? 0
  }

  /**
   * The line of a source; call {@link flush} first. Synchronous: half a million small reads take
   * seconds, but minutes with promises.
   */
  read(at: number): SourceLine {
    const offset = this.#columns[7 * at + 5] ?? 0
    let line: Buffer = Buffer.allocUnsafe(1024)
    for (;;) {
      const bytes = readSync(this.#handle.fd, line, 0, line.length, offset)
      const end = line.subarray(0, bytes).indexOf(10)
      if (end >= 0) {
        const { format } = JSON.parse(line.toString("utf8", 0, end)) as CatalogueSource
        return { box: this.box(at), count: this.points(at), format, line: line.subarray(0, end + 1) }
      }
      line = Buffer.allocUnsafe(2 * line.length)
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
    await rm(this.#path, { force: true })
  }
}
