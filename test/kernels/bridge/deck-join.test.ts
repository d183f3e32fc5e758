import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Kernel } from "../../../engine/kernel.js"
import bridge from "../../../kernels/bridge/deck.js"
import join from "../../../kernels/bridge/deck-join.js"
import { decodeFootprints } from "../../../kernels/handover/footprint/footprint.js"
import { fromMemory, idsOfAnchors, runStages, type Stages, tileOf } from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { scanOf } from "../../scenes/made-scan.js"

const box: Box2 = [770000, 6277000, 770200, 6277200]
const names = { layer: "bridge", part: "deck-part", shards: "deck-object" }
const run = (at: (x: number, y: number) => readonly [number, number] | undefined, given = {}): Promise<Stages> =>
  runStages(fromMemory(scanOf(box, 0.5, at)), box, 50, { tile: bridge, join }, names, given)
const keyAt = (column: number, row: number): string => `17/${770000 / 50 + column}/${6277000 / 50 + row}`

describe("vector.bridge-join", () => {
  it("tells every tile that a deck meets, with the tiles that hold its points", async () => {
    // Over three tiles in the second row, and, by its rests, up to the border of a fourth and a row
    // below.
    const { shards, features, joined } = await run((x, y) => {
      if (y > 50 && y < 60 && x > 30 && x < 149) return [17, 30]
      return [2, x < 30 || x > 149 ? 30 : 20]
    })
    expect(features.ids.length).toBe(1)
    // Owned by where its representative point lies, whose hash is its id.
    expect(idsOfAnchors(joined, "bridge")).toEqual(features.ids)
    const tiles = [keyAt(0, 1), keyAt(1, 1), keyAt(2, 1)]
    const keys = shards.map(({ key }) => key)
    for (const key of [...tiles, keyAt(3, 1), keyAt(0, 0)]) expect(keys).toContain(key)
    expect(keys).not.toContain(keyAt(0, 3))
    for (const { key, reads, bytes } of shards) {
      expect(reads).toEqual(tiles.filter((other) => other !== key))
      expect(decodeFootprints(bytes).map(({ id }) => id)).toEqual([...features.ids])
    }
    // Rows before columns, as tiles are ordered.
    expect(keys).toEqual(
      [...keys].sort((a, b) => {
        const [[, ax, ay], [, bx, by]] = [a, b].map((key) => key.split("/").map(Number))
        return ay - by || ax - bx
      }),
    )
  })

  it("marks what meets the border of the job's tiles", async () => {
    const { features } = await run((x, y) => (y > 50 && y < 60 && (x < 70 || x > 90) && x < 160 ? [17, 30] : [2, 20]))
    const marks = [...features.columns["truncated"].values]
    expect(marks.sort()).toEqual([0, 1])
  })

  it("refuses parts of different options, and other bytes", async () => {
    const at = (_x: number, y: number): readonly [number, number] => [y > 45 && y < 55 ? 17 : 2, 30]
    const [a, b] = [await run(at), await run(at, { tolerance: 0 })]
    const parts = [a, b].map(({ made }) => [...made.values()][0]["deck-part"] as Uint8Array)
    const kernel = join as unknown as Kernel
    const joined = (blobs: Uint8Array[]): unknown =>
      kernel.run(tileOf(50, 0, 0, 0, 0), { "deck-part": blobs } as never, optionsOf(kernel), scratch)
    expect(() => joined(parts)).toThrow("different options")
    expect(() => joined([new Uint8Array(64)])).toThrow("Run again with --force")
    expect(joined([])).toMatchObject({ "deck-object": [] })
  })
})
