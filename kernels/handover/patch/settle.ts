/**
 * Sorts joined objects: those that a 10 km region finishes, and those whose parts it leaves to the
 * job.
 */
import type { Tile } from "../../../engine/kernel.js"
import type { Footprint } from "../footprint/footprint.js"
import { commonRules, joinPatches, type Patch } from "./join.js"
import { encodeLeftParts, isInRegion, partsOfTiles, type RegionMm, regionOf, runsMeetLines } from "./left-parts.js"
import type { PatchOutline } from "./outline.js"
import { decodePatchParts, encodePatchParts, type PatchParts, type PatchRules } from "./part.js"
import { leafGridOf, shardsOf, tilesMet } from "./tile-lines.js"

/** The parts that tiles handed on, joined: the patches that are whole in the region, which are all of them without one, and the others. */
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
  const inside: Patch[] = []
  const left: Patch[] = []
  for (const patch of joinPatches(tiles))
    (region !== undefined && runsMeetLines(patch.runs, rules.cellMm, region) ? left : inside).push(patch)
  return { tiles, rules, inside, left }
}

/** What is left of the tiles' parts: all tiles, since the job must know which there are, with the parts of some patches alone. */
export const leftPatchParts = (tiles: readonly PatchParts[], left: readonly Patch[]): Uint8Array => {
  const parts = new Set(left.flatMap((patch) => [...(patch.parts ?? [])]))
  return encodeLeftParts(
    tiles.map((tile) => encodePatchParts({ ...tile, parts: tile.parts.filter((part) => parts.has(part)) })),
  )
}

/** What a kernel that joins patches declares beside its own ports. */
export const regionJoin = {
  stages: ["region", "job"],
  options: {},
  halo: () => 0,
  memory: ({ bytes }: { readonly bytes: number }) => Math.min(24 * bytes, 9 * bytes + 120e6) + 16e6,
} as const

/** An object that shapes the ground, made of a whole patch. */
interface FootprintRow {
  readonly patch: Patch
  readonly outline: PatchOutline
  readonly object: Footprint
}

/**
 * Objects that shape the ground, of the parts that tiles handed on: those that are finished here, for the layer and for the tiles that they meet, and what is left to the job. Over a patch an
 * object is finished where it comes to none of the patch's lines and meets no tile beyond: an outline may reach over a line that no cell comes to.
 *
 * @param rowsOf whole patches as objects; `sideMm` is the side of the finest tiles
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
