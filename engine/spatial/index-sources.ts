/** Catalogues from an index of files, with sources that are too many for memory in a file. */

import { readSync } from "node:fs"
import { type FileHandle, open, rm } from "node:fs/promises"
import { Box2 } from "../core/geometry/box.js"
import { sha256 } from "../core/hash.js"
import { type Catalogue, type CatalogueSource, makeCatalogue } from "./catalogue.js"
import type { IndexedTile } from "./tile-index.js"

/**
 * Assumed content of 1 km² of LiDAR HD where the index is silent. A measured tile had 30.3 million
 * points and 204.7 MB.
 */
export const assumedTile = { points: 30_000_000, sizeBytes: 205_000_000 } as const

/**
 * Points and bytes of a tile, and whether one of them is assumed. Bytes of images are never
 * assumed: 0 where the index is silent.
 */
export const tileFigures = ({
  kind,
  box,
  points,
  sizeBytes,
}: Pick<IndexedTile, "kind" | "box" | "points" | "sizeBytes">): {
  points: number
  sizeBytes: number
  assumed: boolean
} => {
  if (kind === "image") return { points: 0, sizeBytes: sizeBytes ?? 0, assumed: false }
  const km2 = Box2.area(box) / 1e6
  return {
    points: points ?? Math.round(assumedTile.points * km2),
    sizeBytes: sizeBytes ?? Math.round(assumedTile.sizeBytes * km2),
    assumed: points === undefined || sizeBytes === undefined,
  }
}

/**
 * The point tiles of an index as a catalogue, as if their headers had been read: place and CRS from
 * the index, points from {@link tileFigures}. For planning only: identities derive from addresses
 * and dates, not from contents.
 */
export const indexCatalogue = (tiles: readonly IndexedTile[], epsg: number): Catalogue =>
  makeCatalogue(
    tiles.filter(({ kind }) => kind === "points").map((tile) => indexedSource(tile, epsg)),
    epsg,
  )

/** A point tile of an index, as if its header had been read. */
export const indexedSource = (tile: Omit<IndexedTile, "label" | "epsg">, epsg: number): CatalogueSource => ({
  path: tile.url,
  name: tile.name,
  format: /\.copc\.laz$/i.test(tile.name) ? "copc" : /\.las$/i.test(tile.name) ? "las" : "laz",
  version: "1.4",
  pointFormat: 6,
  recordLength: 30,
  count: tileFigures(tile).points,
  box: tile.box,
  zRange: [0, 0],
  scale: [0.01, 0.01, 0.01],
  offset: [0, 0, 0],
  crs: { epsg, name: "", unit: "metre", from: "none", note: "as the index says" },
  extraBytes: [],
  faults: [],
  identity: sha256(`${tile.url} ${tile.date ?? ""}`),
})

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
