/** Settles patches: claimed cells, and the objects that a 10 km region finishes. */

import type { Tile } from "../../../engine/kernel.js"
import type { Footprint } from "../footprint/footprint.js"
import { commonRules, joinPatches, type Patch } from "./join.js"
import type { PatchOutline } from "./outline.js"
import {
  decodePatchParts,
  encodeLeftParts,
  encodePatchParts,
  isInRegion,
  type PatchPart,
  type PatchParts,
  type PatchRules,
  partsOfTiles,
  type RegionMm,
  regionOf,
  runsMeetLines,
} from "./part.js"
import { leafGridOf, makeShards, tilesMet } from "./tile-lines.js"

/** Largest share of claimed cells with points that may show the contrary. */
const CONTRARY_SHARE = 0.05

/** Largest range of the middle 80 % of a void's banks, mm, and their least number of windows. */
const BANK_RANGE = 300
const LEAST_BANKS = 4

const partsOf = (patch: Patch): Iterable<PatchPart> => patch.parts ?? [patch]

/** Lowest ground of each window of the banks of voids, ascending, mm; empty without voids. */
export const findBanks = (patch: Patch): number[] => {
  const lows = new Map<string, number>()
  for (const { claim } of partsOf(patch)) {
    const banks = claim?.banks ?? []
    for (let k = 0; k < banks.length; k += 3) {
      const window = `${banks[k]} ${banks[k + 1]}`
      lows.set(window, Math.min(banks[k + 2]!, lows.get(window) ?? Number.POSITIVE_INFINITY))
    }
  }
  return [...lows.values()].sort((a, b) => a - b)
}

const claimsVoids = (patch: Patch): boolean => [...partsOf(patch)].some(({ claim }) => claim?.banks !== undefined)

/** True where the data enclose a body with voids, and its banks are level. */
const voidsHold = (patch: Patch): boolean => {
  const banks = findBanks(patch)
  const at = (share: number): number => banks[Math.floor(share * (banks.length - 1))]!
  return !patch.truncated && banks.length >= LEAST_BANKS && at(0.9) - at(0.1) <= BANK_RANGE
}

/**
 * True without claims, or if they hold. Claimed cells must cover at least the smallest area of a
 * patch. At most 5 % of those with points may show the contrary. Voids must have level banks. All
 * parts count, so the division into tiles does not matter.
 */
export const claimsHold = (patch: Patch, { cellMm, minArea }: PatchRules): boolean => {
  if (claimsVoids(patch)) return voidsHold(patch)
  let [cells, seen, contrary, claimed] = [0, 0, 0, false]
  for (const { claim } of partsOf(patch)) {
    if (claim === undefined) continue
    claimed = true
    cells += claim.cells
    seen += claim.seen
    contrary += claim.contrary
  }
  return !claimed || ((cells * cellMm * cellMm) / 1e6 >= minArea && contrary <= CONTRARY_SHARE * seen)
}

/**
 * The patches inside one tile: those whose claims do not hold are replaced by what remains, which
 * may have other claims.
 */
export const settleWhole = (whole: readonly Patch[], rules: PatchRules): Patch[] =>
  whole.flatMap((patch): Patch[] => {
    if (claimsHold(patch, rules)) return [patch]
    const rest = patch.claim?.without ?? []
    return settleWhole(
      rest.map((part) => ({ ...part, truncated: part.atEnd, tiles: [] })),
      rules,
    )
  })

/**
 * Parts of joined patches without the claims that do not hold, by tile: those of voids, else all.
 * The other parts stay as they are.
 */
export const withoutClaims = (tiles: readonly PatchParts[], refused: readonly Patch[]): PatchParts[] => {
  const voids = new Map<PatchPart, boolean>()
  for (const patch of refused) {
    const only = claimsVoids(patch)
    for (const part of partsOf(patch)) voids.set(part, only)
  }
  const rest = (part: PatchPart): readonly PatchPart[] =>
    part.claim === undefined || (voids.get(part) && part.claim.banks === undefined) ? [part] : part.claim.without
  return tiles.map((tile) => ({ ...tile, parts: tile.parts.filter((part) => voids.has(part)).flatMap(rest) }))
}

/** Joins parts; patches whose claims do not hold are joined again without them. */
export const joinSettled = (
  tiles: readonly PatchParts[],
  rules: PatchRules,
  isLeft: (patch: Patch) => boolean,
): { readonly inside: readonly Patch[]; readonly left: readonly Patch[]; readonly tiles: readonly PatchParts[] } => {
  const inside: Patch[] = []
  const left: Patch[] = []
  const refused: Patch[] = []
  for (const patch of joinPatches(tiles)) {
    if (isLeft(patch)) left.push(patch)
    else (claimsHold(patch, rules) ? inside : refused).push(patch)
  }
  if (refused.length === 0) return { inside, left, tiles }
  const rest = joinSettled(withoutClaims(tiles, refused), rules, () => false)
  inside.push(...rest.inside)
  return {
    ...{ inside, left },
    tiles: tiles.map((tile, t) => ({ ...tile, parts: [...tile.parts, ...rest.tiles[t].parts] })),
  }
}

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
    shards: makeShards(settled, new Set(tiles.map(({ key }) => key))),
    left: leftPatchParts(tiles, over),
  }
}
