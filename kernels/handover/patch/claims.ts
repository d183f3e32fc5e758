/**
 * Decides whether a whole patch keeps the cells that weaker evidence claims, such as virtual points
 * for water.
 */
import { joinPatches, type Patch } from "./join.js"
import type { PatchPart, PatchParts, PatchRules } from "./part.js"

/** Largest share of claimed cells with points that may show the contrary. */
const CONTRARY_SHARE = 0.05

/**
 * True without claims, or if they hold. Claimed cells must cover at least the smallest area of a
 * patch. At most 5 % of those with points may show the contrary. All parts count, so the division
 * into tiles does not matter.
 */
export const claimsHold = (patch: Patch, { cellMm, minArea }: PatchRules): boolean => {
  let [cells, seen, contrary, claimed] = [0, 0, 0, false]
  for (const { claim } of patch.parts ?? [patch]) {
    if (claim === undefined) continue
    claimed = true
    cells += claim.cells
    seen += claim.seen
    contrary += claim.contrary
  }
  return !claimed || ((cells * cellMm * cellMm) / 1e6 >= minArea && contrary <= CONTRARY_SHARE * seen)
}

/** The patches inside one tile: those whose claims do not hold are replaced by what remains. */
export const settleWhole = (whole: readonly Patch[], rules: PatchRules): Patch[] =>
  whole.flatMap((patch) =>
    claimsHold(patch, rules)
      ? [patch]
      : (patch.claim?.without ?? []).map((part) => ({ ...part, truncated: part.atEnd, tiles: [] })),
  )

/** Parts of joined patches without their claims, by tile. A part without a claim stays as it is. */
export const withoutClaims = (tiles: readonly PatchParts[], refused: readonly Patch[]): PatchParts[] => {
  const parts = new Set<PatchPart>(refused.flatMap((patch) => [...(patch.parts ?? [])]))
  return tiles.map((tile) => ({
    ...tile,
    parts: tile.parts.filter((part) => parts.has(part)).flatMap((part) => part.claim?.without ?? [part]),
  }))
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
  const rest = withoutClaims(tiles, refused)
  inside.push(...joinPatches(rest))
  return { inside, left, tiles: tiles.map((tile, t) => ({ ...tile, parts: [...tile.parts, ...rest[t].parts] })) }
}
