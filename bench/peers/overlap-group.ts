import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Box2 } from "../../engine/core/geometry/box.js"
import { openSpool } from "../../engine/formats/buckets/bucket-file.js"
import { writeSpool } from "../../engine/formats/buckets/write-buckets.js"
import type { PointColumns, PointQuery } from "../../engine/formats/las/columns.js"
import { openPointFile, type PointFile } from "../../engine/formats/las/point-file.js"
import { openLazWriter } from "../../engine/formats/laz/laz-writer.js"
import { expandInputs } from "../../engine/io/expand-inputs.js"
import { makeTiles } from "../../fixtures/make.js"
import type { Group, GroupOptions } from "./group.js"
import { grouped, markdownTable, targetsTable } from "./markdown.js"
import { type Target, targetOf } from "./targets.js"

/** What neighbouring tiles cost in decoding. */
export interface OverlapRow {
  readonly format: "copc" | "laz"
  readonly tiles: number
  /** Points in each work tile grown by the halo, summed over the work tiles. */
  readonly needed: number
  /** Points whose places were decoded, summed over the work tiles. */
  readonly decoded: number
}

const HALO = 50
/** A full-density tile of 1 km, which then stands for all nine. */
const DEFAULT = { km: 1, density: 30, tiles: 1 }
const QUICK = { km: 0.1, density: 2, tiles: 3 }
const MOST = 1.35

/**
 * Points decoded through points needed, for neighbouring tiles of which each is a work tile with a halo of 50 m. One tile alone is
 * taken nine times: its neighbours are its own copies.
 */
export const overlapGroup: Group = {
  name: "overlap",
  title: "Points decoded through points needed",
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), "maille-overlap-"))
    try {
      const paths = options.files.length > 0 ? await tilesOf(options.files) : await madeTiles(folder, options)
      const rows: OverlapRow[] = []
      for (const format of ["copc", "laz"] as const) {
        const row = await measureOverlap(paths, format, folder, options)
        if (row !== undefined) rows.push(row)
      }
      if (rows.length === 0) return "no LAZ or COPC tiles are given"
      const targets = rows.map(({ format, needed, decoded }) =>
        targetOf(`${NAMES[format]}: points decoded through points needed`, decoded / needed, MOST, false),
      )
      return { data: { rows, targets }, markdown: overlapMarkdown(rows, targets) }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

const NAMES = { copc: "COPC, nodes by box", laz: "LAZ, through the spool" } as const

const tilesOf = async (inputs: readonly string[]): Promise<string[]> => [...(await expandInputs(inputs)).paths]

/** Synthetic tiles, as COPC and, the same points, as LAZ. */
const madeTiles = async (folder: string, { quick, onProgress }: GroupOptions): Promise<string[]> => {
  onProgress("making tiles")
  const plain = { format: "copc", seed: 1, imagery: false, workers: 2, force: false, dryRun: false } as const
  const made = await makeTiles({ ...plain, ...(quick ? QUICK : DEFAULT), out: join(folder, "tiles") })
  const paths: string[] = []
  for (const { path } of made) {
    const laz = path.replace(/\.copc\.laz$/, ".laz")
    await writeAsLaz(path, laz)
    paths.push(path, laz)
  }
  return paths
}

const writeAsLaz = async (from: string, to: string): Promise<void> => {
  const file = await openPointFile(from)
  const { pointFormat, ...stored } = await file.stored()
  const writer = await openLazWriter(to, { ...stored, pointFormat: pointFormat as 6 | 7 | 8 })
  for await (const { bytes, count } of file.records()) await writer.write(bytes, count)
  await writer.finish()
  await file.close()
}

/** A tile and where its points are read from. */
interface TileSource {
  /** In whole metres. */
  readonly cell: Box2
  read(query: PointQuery): AsyncIterable<PointColumns>
  /** Points decoded so far. */
  decoded(): number
  close(): Promise<void>
}

const measureOverlap = async (
  paths: readonly string[],
  format: OverlapRow["format"],
  folder: string,
  { onProgress }: GroupOptions,
): Promise<OverlapRow | undefined> => {
  const sources: TileSource[] = []
  try {
    for (const path of paths) {
      const file = await openPointFile(path)
      if (file.info.format !== format) await file.close()
      else
        sources.push(format === "copc" ? fileSource(file) : await spoolSource(file, join(folder, `${sources.length}`)))
    }
    if (sources.length === 0) return undefined
    let [needed, decoded] = [0, 0]
    for (const [i, { source, box, times }] of requestsOf(sources).entries()) {
      onProgress(`${NAMES[format]}: read ${i + 1}`)
      const before = source.decoded()
      for await (const { count } of source.read({ origin: [box[0], box[1], 0], box, attributes: [] })) {
        needed += count * times
      }
      decoded += (source.decoded() - before) * times
    }
    // A spool's tiles were decoded before, once each.
    if (format === "laz") decoded = sources.reduce((sum, source) => sum + source.decoded(), 0)
    const copies = sources.length === 1 ? 9 : 1
    return { format, tiles: sources.length * copies, needed, decoded: format === "laz" ? decoded * copies : decoded }
  } finally {
    for (const source of sources) await source.close()
  }
}

/** What is read for a block of work tiles, and how often. */
interface BlockRequest {
  readonly source: TileSource
  readonly box: Box2
  readonly times: number
}

const requestsOf = (sources: readonly TileSource[]): BlockRequest[] => {
  const [only] = sources
  if (only !== undefined && sources.length === 1) {
    return copiesOf(only.cell, HALO).map((request) => ({ source: only, ...request }))
  }
  return sources.flatMap(({ cell }) => {
    const box = Box2.grow(cell, HALO)
    return sources.flatMap((source) => (Box2.overlaps(source.cell, box) ? [{ source, box, times: 1 }] : []))
  })
}

/**
 * What a block of 3 × 3 copies of a tile is asked for, brought to the tile itself: all of it for its own work tile (9 times), the strip
 * along each side for the neighbour there (6 times), each corner for the neighbour across (4 times).
 */
export const copiesOf = (cell: Box2, halo: number): { readonly box: Box2; readonly times: number }[] => {
  const requests: { box: Box2; times: number }[] = []
  const [width, height] = [cell[2] - cell[0], cell[3] - cell[1]]
  for (const dx of [-1, 0, 1]) {
    for (const dy of [-1, 0, 1]) {
      // The extent of the work tile that lies so many tiles away, as the tile sees it.
      const [x, y] = [dx * width, dy * height]
      const box = Box2.grow([cell[0] + x, cell[1] + y, cell[2] + x, cell[3] + y], halo)
      requests.push({ box, times: (3 - Math.abs(dx)) * (3 - Math.abs(dy)) })
    }
  }
  return requests
}

const fileSource = (file: PointFile): TileSource => ({
  cell: cellOf(file),
  read: (query) => file.read(query),
  decoded: () => file.decoded,
  close: () => file.close(),
})

/** An ordinary LAZ as a job reads it: decoded once into a spool, from which each work tile reads what it needs. */
const spoolSource = async (file: PointFile, path: string): Promise<TileSource> => {
  await writeSpool(file, path)
  const spool = await openSpool(path)
  return {
    cell: cellOf(file),
    read: (query) => spool.read(query),
    decoded: () => file.decoded,
    close: async () => {
      await spool.close()
      await file.close()
    },
  }
}

/** The tile's cell: the header's box, closed, out to whole metres. */
const cellOf = ({ info: { box } }: PointFile): Box2 => [
  Math.floor(box[0]),
  Math.floor(box[1]),
  Math.ceil(box[2] + 0.001),
  Math.ceil(box[3] + 0.001),
]

const overlapMarkdown = (rows: readonly OverlapRow[], targets: readonly Target[]): string =>
  [
    `Each of the tiles is a work tile with a halo of ${HALO} m, read from all tiles that it meets (a tile alone stands for nine).`,
    markdownTable(
      [
        ["tiles", "", "points needed", "points decoded", "decoded ÷ needed"],
        ...rows.map(({ format, tiles, needed, decoded }) => [
          String(tiles),
          NAMES[format],
          grouped(needed),
          grouped(decoded),
          (decoded / needed).toFixed(3),
        ]),
      ],
      [0, 2, 3, 4],
    ),
    targetsTable(targets),
  ].join("\n\n")
