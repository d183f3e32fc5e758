import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { writtenDecks } from "../../../../engine/check/accuracy/written-decks.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"

const [cornerX, cornerY] = [770_500, 6_277_500]
const cell = [cornerX, cornerY, cornerX + 50, cornerY + 50] as const
const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const layerOf = async (rings: readonly (readonly number[])[]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-decks-"))
  folders.push(folder)
  const ends = rings.map((_, k) => rings.slice(0, k + 1).reduce((sum, ring) => sum + ring.length / 2, 0))
  const bytes = encodeFlatGeobuf(
    {
      geometry: "Polygon",
      dimension: 2,
      coordinates: Float64Array.from(rings.flat(), (value, i) => value + (i % 2 === 0 ? cornerX : cornerY)),
      ringEnds: Uint32Array.from(ends),
      partEnds: Uint32Array.of(rings.length),
      ids: ["deck"],
      columns: {},
    },
    { name: "bridge", epsg: 2154, metadata: {} },
  )
  const path = join(folder, "bridge.fgb")
  await writeFile(path, bytes)
  return path
}

describe("outlines of written decks", () => {
  it("hold what lies in them or on them, not what lies in their holes or beside them", async () => {
    // An L with a square hole in its foot.
    const path = await layerOf([
      [10, 10, 40, 10, 40, 20, 20, 20, 20, 45.001, 10, 45.001, 10, 10],
      [30, 12, 30, 18, 36, 18, 36, 12, 30, 12],
    ])
    const isAtDeck = (await writtenDecks(path, cell))!
    const inside = [
      [11, 11],
      [39.999, 19.999],
      [10, 30],
      [20, 45.001],
      [29.999, 15],
      [36, 15],
      [15, 20],
    ] as const
    for (const [x, y] of inside) expect(isAtDeck(1000 * x, Math.round(1000 * y)), `${x} ${y}`).toBe(true)
    const outside = [
      [9.999, 30],
      [20.001, 20.001],
      [33, 15],
      [35, 30],
      [15, 45.002],
    ] as const
    for (const [x, y] of outside) expect(isAtDeck(1000 * x, Math.round(1000 * y)), `${x} ${y}`).toBe(false)
  })

  it("are none where no deck meets the cell, and unknown without the layer", async () => {
    const path = await layerOf([[60, 60, 70, 60, 70, 70, 60, 60]])
    expect((await writtenDecks(path, cell))!(65_000, 62_000)).toBe(false)
    expect(await writtenDecks(`${path}.none`, cell)).toBeUndefined()
  })
})
