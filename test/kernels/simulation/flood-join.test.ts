import { describe, expect, it } from "vitest"
import { listShares, shareWarnings, summariseShares } from "../../../engine/report/quality.js"
import { decodeFloodShare } from "../../../kernels/simulation/flood/handover.js"
import floodJoin from "../../../kernels/simulation/flood-join.js"
import { firstFlood } from "../../scenes/drainage-scene.js"
import { scratch } from "../../scenes/kernel-run.js"

describe("simulation.flood-join", () => {
  it("leads water through tiles, over corners too, and lets others stay dry", () => {
    // A channel along the diagonal, and a hollow of its own in the south-east.
    const ground = (x: number, y: number): number => {
      const [u, v] = [Math.floor(x), Math.floor(y)]
      return u === v || (u > 25 && v < 5) ? 0 : 9
    }
    const cells = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [10 * x, 10 * y, 10 * x + 10, 10 * y + 10] as const))
    const parts = cells.map((cell) => firstFlood(ground, cell, 1, "0.5,0.5")["flood-part"])
    const { "flood-share": shards } = floodJoin.run({} as never, { "flood-part": parts }, {}, scratch)
    const shares = shards.map(({ bytes }) => decodeFloodShare(bytes))
    expect(shares.map(({ flooded }) => flooded.length)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(shares.flatMap(({ bodies }) => bodies)).toEqual([
      { level: 1000, cells: 30, depths: 30_000, deepest: 1000, column: 29, row: -29 },
    ])
    expect(shares[8]!.bodies).toHaveLength(1)
  })

  it("warns of a flood without water", () => {
    const part = firstFlood(() => 9, [0, 0, 10, 10], 1, "")["flood-part"]
    const { "flood-join-quality": metrics } = floodJoin.run({} as never, { "flood-part": [part] }, {}, scratch)
    const named = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${floodJoin.id}.${name}`, value]))
    const [share] = summariseShares([{ metrics: named }], listShares([floodJoin]))
    expect(shareWarnings(share === undefined ? [] : [share])[0]).toMatch(/^0 % of the floods cover ground/)
  })

  it("names places that have no ground, and counts water that gathers above the level", () => {
    const bowl = (x: number, y: number): number => (x > 8 ? Number.NaN : 3 + Math.hypot(x - 4.5, y - 4.5))
    const join = (from: string, level: number): unknown =>
      floodJoin.run(
        {} as never,
        { "flood-part": [firstFlood(bowl, [0, 0, 10, 10], level, from)["flood-part"]] },
        {},
        scratch,
      )
    expect(() => join("50,50,1", 9)).toThrow("50,50 is in no tile")
    expect(() => join("9.5,5,1", 9)).toThrow("9.5,5 has no ground")
    const blob = (join("2,2,7", 1) as Record<string, readonly { bytes: Uint8Array }[]>)["flood-share"]?.[0]?.bytes
    expect(blob && decodeFloodShare(blob).poured).toEqual({ volume: 7, lost: 0, above: 7 })
  })
})
