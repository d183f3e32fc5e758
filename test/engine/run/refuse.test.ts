import { expect, it } from "vitest"
import type { EndRecord } from "../../../engine/journal/journal-record.js"
import type { Plan } from "../../../engine/plan/plan.js"
import { refuseLargeJoin } from "../../../engine/run/refuse.js"
import flowJoin from "../../../kernels/simulation/flow-join.js"

/** 3,000 km² at 1 m. */
const planOf = (memoryBytes: number): Plan =>
  ({
    job: { memoryBytes },
    kernels: [{ kernel: flowJoin }],
    context: {
      chains: { tile: [{ cells: { dtm: 1 } }], job: [{ id: flowJoin.id, options: {} }] },
      grid: { leafSide: 1000 },
    },
    tasks: [
      ...Array.from({ length: 3000 }, (_, k) => ({ id: `tile 14/0/${k}`, stage: "tile" })),
      { id: "job a", stage: "job" },
    ],
  }) as unknown as Plan

it("a join that cannot fit ends the run before its first tile, unless it is done", () => {
  const run =
    (memoryBytes: number, ends: readonly [string, { outcome: string }][] = []) =>
    (): void =>
      refuseLargeJoin(planOf(memoryBytes), new Map(ends) as unknown as ReadonlyMap<string, EndRecord>)
  expect(run(4e9)).toThrow(
    /flow-join needs at least 5738 MiB for 3\s000 tiles, .* a smaller area, or use a larger --cell/,
  )
  expect(run(8e9)).not.toThrow()
  expect(run(4e9, [["job a", { outcome: "done" }]])).not.toThrow()
})
