/**
 * Sorts joined objects: those that a 10 km region finishes, and those whose parts it leaves to the
 * job.
 */
import { commonRules, joinRegions, type Region } from "./join.js"
import { encodeLeftParts, isInSquare, partsOfTiles, runsMeetLines, type SquareMm } from "./left-parts.js"
import { decodeRegionParts, encodeRegionParts, type RegionParts, type RegionRules } from "./part.js"

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

/** Objects whose tiles all lie in the square, and the regions of the others: an outline may reach over a line that no cell comes to. */
export const settledIn = <T extends { readonly region: Region; readonly meets: readonly string[] }>(
  objects: readonly T[],
  { sideMm }: { readonly sideMm: number },
  square: SquareMm | undefined,
): { readonly settled: readonly T[]; readonly left: readonly Region[] } => {
  if (square === undefined) return { settled: objects, left: [] }
  const isSettled = ({ meets }: T): boolean =>
    meets.every((key) => {
      const [, column, row] = key.split("/").map(Number)
      return isInSquare(column, row, sideMm, square)
    })
  return {
    settled: objects.filter(isSettled),
    left: objects.filter((object) => !isSettled(object)).map(({ region }) => region),
  }
}
