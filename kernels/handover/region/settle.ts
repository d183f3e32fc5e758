import type { Region } from "./join.js"
import { encodeLeftParts, isInSquare, runsMeetLines, type SquareMm } from "./left-parts.js"
import { encodeRegionParts, type RegionParts, type RegionRules } from "./part.js"

/** The regions that are whole in a square, which are all of them without one, and the others. */
export const regionsInside = (
  regions: readonly Region[],
  { cellMm }: RegionRules,
  square: SquareMm | undefined,
): { readonly inside: readonly Region[]; readonly left: readonly Region[] } => {
  const inside: Region[] = []
  const left: Region[] = []
  for (const region of regions)
    (square !== undefined && runsMeetLines(region.runs, cellMm, square) ? left : inside).push(region)
  return { inside, left }
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
