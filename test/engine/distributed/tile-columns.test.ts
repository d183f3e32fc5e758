import { describe, expect, it } from "vitest"
import { TileColumns } from "../../../engine/distributed/tile-columns.js"
import { TileKey } from "../../../engine/grid/tile-key.js"

const level = 10
/** A block of tiles about the wanted one at 50, 50, without those of `missing` columns. */
const block = (missing: readonly number[]): TileColumns => {
  const columns = new TileColumns({ leafSide: 100, leafLevel: level })
  for (let y = 44; y <= 56; y++)
    for (let x = 44; x <= 56; x++) if (!missing.includes(x)) columns.add({ level, x, y }, 1, x === 50 && y === 50)
  return columns
}
const keysOf = (columns: TileColumns, ring: number): string[] => {
  const { wanted, key } = columns.ordered(ring)
  return Array.from(wanted, (_, i) => TileKey.format(key(i)))
}

describe("the ring of tiles around those that were asked for", () => {
  it.each([0, 1, 2, 5])("is %i tiles deep", (ring) => {
    const keys = keysOf(block([]), ring)
    expect(new Set(keys).size).toBe((2 * ring + 1) ** 2)
    for (const { x, y } of keys.map(TileKey.parse))
      expect(Math.max(Math.abs(x - 50), Math.abs(y - 50))).toBeLessThanOrEqual(ring)
  })

  it("goes on over places without a source", () => {
    // Column 51 has none: five rows of four columns are left.
    expect(keysOf(block([51]), 2)).toHaveLength(20)
  })
})
