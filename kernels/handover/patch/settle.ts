/**
 * Separates joined objects that a 10 km region finishes from those whose parts it leaves to the
 * job.
 */
import type { Tile } from "../../../engine/kernel.js"
import type { Footprint } from "../footprint/footprint.js"
import { joinSettled } from "./claims.js"
import { commonRules, type Patch } from "./join.js"
import { encodeLeftParts, isInRegion, partsOfTiles, type RegionMm, regionOf, runsMeetLines } from "./left-parts.js"
import type { PatchOutline } from "./outline.js"
import { decodePatchParts, encodePatchParts, type PatchParts, type PatchRules } from "./part.js"
import { leafGridOf, shardsOf, tilesMet } from "./tile-lines.js"

/**
 * Joins the parts of tiles: `inside` has the patches that are whole in the region, `left` the
 * others. Without a region all are inside. Claims of those inside are settled; `tiles` also list
 * the parts that this makes.
 */
export const joinParts = (
  blobs: readonly Uint8Array[],
  region: RegionMm | undefined,
): {
  readonly tiles: readonly PatchParts[]
  readonly rules: PatchRules
  readonly inside: readonly Patch[]
  readonly left: readonly Patch[]
} => {
  const tiles = partsOfTiles(blobs).map(decodePatchParts)
  const rules = commonRules(tiles, { cellMm: 1000, minArea: 0, minHole: 0, tolerance: 0, close: 0 })
  const isLeft = ({ runs }: Patch): boolean => region !== undefined && runsMeetLines(runs, rules.cellMm, region)
  return { rules, ...joinSettled(tiles, rules, isLeft) }
}

/**
 * Encodes the parts of some patches. All tiles stay listed, because the job must know which exist.
 */
export const leftPatchParts = (tiles: readonly PatchParts[], left: readonly Patch[]): Uint8Array => {
  const parts = new Set(left.flatMap((patch) => [...(patch.parts ?? [])]))
  return encodeLeftParts(
    tiles.map((tile) => encodePatchParts({ ...tile, parts: tile.parts.filter((part) => parts.has(part)) })),
  )
}

/** What every kernel that joins patches declares beside its own ports. */
export const regionJoin = {
  stages: ["region", "job"],
  options: {},
  halo: () => 0,
  memory: ({ bytes }: { readonly bytes: number }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
} as const

/** A whole patch and the object made of it. */
interface FootprintRow {
  readonly patch: Patch
  readonly outline: PatchOutline
  readonly object: Footprint
}

/**
 * Makes objects that shape the ground from the parts of tiles. Finished ones are for the layer and
 * for the tiles that they meet; parts of the others are left to the job. In a region an object is
 * finished if it touches no line of the region and meets no tile beyond. Its outline may cross a
 * line that no cell reaches.
 *
 * @param rowsOf makes objects of whole patches; `sideMm` is the side of the finest tiles
 */
export const joinFootprints = <R extends FootprintRow>(
  tile: Tile,
  blobs: readonly Uint8Array[],
  rowsOf: (patches: readonly Patch[], rules: PatchRules, sideMm: number) => { rows: R[]; dropped: number },
) => {
  const leaf = leafGridOf(tile)
  const region = regionOf(tile)
  const { tiles, rules, inside, left } = joinParts(blobs, region)
  const { rows, dropped } = rowsOf(inside, rules, leaf.sideMm)
  const settled: (R & { readonly meets: readonly string[]; readonly parts: readonly string[] })[] = []
  const over = [...left]
  for (const row of rows) {
    const { patch, outline, object } = row
    const rings = [...outline.rings, ...object.members.flatMap((one) => one.rings)]
    const meets = tilesMet(patch.runs, rules.cellMm, rings, leaf)
    const isIn = (key: string): boolean => {
      const [, column, line] = key.split("/").map(Number)
      return region === undefined || isInRegion(column, line, leaf.sideMm, region)
    }
    if (meets.every(isIn)) settled.push({ ...row, meets, parts: patch.tiles })
    else over.push(patch)
  }
  return {
    rows: settled,
    dropped,
    truncated: settled.filter(({ patch }) => patch.truncated).length,
    shards: shardsOf(settled, new Set(tiles.map(({ key }) => key))),
    left: leftPatchParts(tiles, over),
  }
}
