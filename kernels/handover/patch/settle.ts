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

/**
 * Largest range of a void's banks between the lowest tenth and `LEVEL_SHARE`, mm: quays and steep
 * banks are higher. Between the lowest and highest tenth it is at most `HIGH_RANGE`.
 */
const BANK_RANGE = 300
const LEVEL_SHARE = 0.6
const HIGH_RANGE = 1000
/** Least number of windows of the banks, and least share of the shore that has ground. */
const LEAST_BANKS = 4
const LEAST_GROUND = 0.5
/** Side of the windows in which the lowest ground of a bank counts, mm. */
export const BANK_WINDOW = 5000
/** Least length of a void that the end of the data cuts, mm, and the most of its outline there. */
const LEAST_LENGTH = 30_000
const MOST_OPEN = 0.3

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

/**
 * True where the banks of a body with voids are level, and the data enclose it or end only across
 * it: a canal continues there, while the surroundings of the data have few banks.
 */
const voidsHold = (patch: Patch, cellMm: number): boolean => {
  const banks = findBanks(patch)
  const at = (share: number): number => banks[Math.floor(share * (banks.length - 1))]!
  if (banks.length < LEAST_BANKS) return false
  if (at(LEVEL_SHARE) - at(0.1) > BANK_RANGE || at(0.9) - at(0.1) > HIGH_RANGE) return false
  let [shore, open] = [0, openLength(patch)]
  for (const { claim } of partsOf(patch)) {
    shore += claim?.shore ?? 0
    open += claim?.open ?? 0
  }
  if (banks.length * BANK_WINDOW < LEAST_GROUND * shore * cellMm) return false
  if (!patch.truncated) return true
  return open <= MOST_OPEN * (shore + open) && lengthOf(patch) * cellMm >= LEAST_LENGTH
}

/** Number of sides of its cells at the sides of tiles beyond which the job has none. */
const openLength = ({ runs: { rows, starts, ends }, openSides = [] }: Patch): number => {
  let count = 0
  for (const { axis, at, from, to } of openSides)
    for (let k = 0; k < rows.length; k++) {
      if (axis === 0) count += (starts[k] === at || ends[k] === at) && rows[k] >= from && rows[k] < to ? 1 : 0
      else if (rows[k] === at || rows[k] + 1 === at)
        count += Math.max(0, Math.min(ends[k], to) - Math.max(starts[k], from))
    }
  return count
}

/** Diagonal of the box around a patch, in cells. */
const lengthOf = ({ runs: { rows, starts, ends } }: Patch): number => {
  const least = (values: Int32Array): number => values.reduce((a, b) => Math.min(a, b))
  const most = (values: Int32Array): number => values.reduce((a, b) => Math.max(a, b))
  return Math.hypot(most(ends) - least(starts), most(rows) + 1 - least(rows))
}

/**
 * True without claims, or if they hold. Claimed cells must cover at least the smallest area of a
 * patch. At most 5 % of those with points may show the contrary. Voids must have level banks. All
 * parts count, so the division into tiles does not matter.
 */
export const claimsHold = (patch: Patch, { cellMm, minArea }: PatchRules): boolean => {
  if (claimsVoids(patch)) return voidsHold(patch, cellMm)
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
