import { describe, expect, it } from "vitest"
import { decodeDecision } from "../../../kernels/simulation/drain/handover.js"
import flowJoin from "../../../kernels/simulation/flow-join.js"
import { firstPass } from "../../scenes/drainage-scene.js"
import { scratch } from "../../scenes/kernel-run.js"

describe("simulation.flow-join", () => {
  it("sums what flows over borders, and lets water leave beside missing tiles", () => {
    const slope = (x: number): number => (x - 840_000) / 10
    const parts = [0, 20, 40].map((x) =>
      firstPass(slope, [840_000 + x, 6_520_000, 840_020 + x, 6_520_020], { streamArea: 30 }),
    )
    const { "flow-decision": shards } = flowJoin.run(
      {} as never,
      { "flow-part": parts.map((part) => part["flow-part"]) },
      {},
      scratch,
    )
    expect(shards.map(({ key }) => key)).toEqual(parts.map(({ key }) => key))
    const [west, middle, east] = shards.map(({ bytes }) => decodeDecision(bytes))
    expect([west!.least, [...west!.decisions.amounts]]).toEqual([30, new Array(20).fill(40)])
    expect([...middle!.decisions.amounts]).toEqual(new Array(20).fill(20))
    expect([...east!.decisions.amounts]).toEqual([])
    // The stream begins where 30 cells have drained: at the tenth cell of each row in the middle.
    expect(shards[2]!.reads).toEqual([parts[1]!.key])
    expect(new Set(east!.decisions.needs)).toEqual(new Set([0, 9]))
    expect(new Set(middle!.decisions.exitHeights)).toEqual(new Set([2050]))
  })
})
