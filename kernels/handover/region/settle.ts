/**
 * Sorts joined objects: those that a 10 km region finishes, and those whose parts it leaves to the
 * job.
 */
import type { Tile } from "../../../engine/kernel.js"
import type { SiteObject } from "../footprint/footprint.js"
import { commonRules, joinRegions, type Region } from "./join.js"
import { encodeLeftParts, isInSquare, partsOfTiles, runsMeetLines, type SquareMm, squareOf } from "./left-parts.js"
import type { RegionOutline } from "./outline.js"
import { decodeRegionParts, encodeRegionParts, type RegionParts, type RegionRules } from "./part.js"
import { leafGridOf, shardsOf, tilesMet } from "./tile-lines.js"

/** The parts that tiles handed on, joined: the regions that are whole in the square, which are all of them without one, and the others. */
export const joinParts = (
  blobs: readonly Uint8Array[],
  square: SquareMm | undefined,
): {
  readonly tiles: readonly RegionParts[]
  readonly rules: RegionRules
  readonly inside: readonly Region[]
  readonly left: readonly Region[]
} => {
  const tiles = partsOfTiles(blobs).map(decodeRegionParts)
  const rules = commonRules(tiles, { cellMm: 1000, minArea: 0, minHole: 0, tolerance: 0, close: 0 })
  const inside: Region[] = []
  const left: Region[] = []
  for (const region of joinRegions(tiles))
    (square !== undefined && runsMeetLines(region.runs, rules.cellMm, square) ? left : inside).push(region)
  return { tiles, rules, inside, left }
}

/** What is left of the tiles' parts: all tiles, since the job must know which there are, with the parts of some regions alone. */
export const leftRegionParts = (tiles: readonly RegionParts[], left: readonly Region[]): Uint8Array => {
  const parts = new Set(left.flatMap((region) => [...(region.parts ?? [])]))
  return encodeLeftParts(
    tiles.map((tile) => encodeRegionParts({ ...tile, parts: tile.parts.filter((part) => parts.has(part)) })),
  )
}

/** What a kernel that joins regions declares beside its own ports. */
export const regionJoin = {
  stages: ["region", "job"],
  options: {},
  halo: () => 0,
  memory: ({ bytes }: { readonly bytes: number }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
} as const

/** An object that shapes the ground, made of a whole region. */
interface SiteRow {
  readonly region: Region
  readonly outline: RegionOutline
  readonly object: SiteObject
}

/**
 * Objects that shape the ground, of the parts that tiles handed on: those that are finished here, for the layer and for the tiles that they meet, and what is left to the job. Over a region an
 * object is finished where it comes to none of the region's lines and meets no tile beyond: an outline may reach over a line that no cell comes to.
 *
 * @param rowsOf whole regions as objects; `sideMm` is the side of the finest tiles
 */
export const joinSites = <R extends SiteRow>(
  tile: Tile,
  blobs: readonly Uint8Array[],
  rowsOf: (regions: readonly Region[], rules: RegionRules, sideMm: number) => { rows: R[]; dropped: number },
) => {
  const leaf = leafGridOf(tile)
  const square = squareOf(tile)
  const { tiles, rules, inside, left } = joinParts(blobs, square)
  const { rows, dropped } = rowsOf(inside, rules, leaf.sideMm)
  const settled: (R & { readonly meets: readonly string[]; readonly parts: readonly string[] })[] = []
  const over = [...left]
  for (const row of rows) {
    const { region, outline, object } = row
    const rings = [...outline.rings, ...object.members.flatMap((one) => one.rings)]
    const meets = tilesMet(region.runs, rules.cellMm, rings, leaf)
    const isIn = (key: string): boolean => {
      const [, column, line] = key.split("/").map(Number)
      return square === undefined || isInSquare(column, line, leaf.sideMm, square)
    }
    if (meets.every(isIn)) settled.push({ ...row, meets, parts: region.tiles })
    else over.push(region)
  }
  return {
    rows: settled,
    dropped,
    truncated: settled.filter(({ region }) => region.truncated).length,
    shards: shardsOf(settled, new Set(tiles.map(({ key }) => key))),
    left: leftRegionParts(tiles, over),
  }
}
