import { describe, expect, it } from "vitest"
import type { TileOutcome } from "../../../engine/report/outcome.js"
import { totalStages } from "../../../engine/report/stage-times.js"

const outcome = (scope: TileOutcome["scope"], stages?: TileOutcome["stages"]): TileOutcome => ({
  key: "17/0/0",
  scope,
  outcome: "done",
  timeMs: 0,
  points: 0,
  peakBytes: 0,
  ...(stages === undefined ? {} : { stages }),
})

describe("totalStages", () => {
  it("adds a stage up over the tasks of a scope, the longest first, scopes in the order of a run", () => {
    const totals = totalStages([
      outcome("tile", { read: { timeMs: 10.4, cpuMs: 9 }, "raster.dtm": { timeMs: 30 } }),
      outcome("tile", { read: { timeMs: 5.4, cpuMs: 4 }, "raster.dtm": { timeMs: 30 } }),
      outcome("job", { write: { timeMs: 99 } }),
      outcome("source", { read: { timeMs: 1 } }),
      outcome("tile"),
    ])
    expect(totals).toEqual([
      { scope: "source", stage: "read", tasks: 1, timeMs: 1 },
      { scope: "tile", stage: "raster.dtm", tasks: 2, timeMs: 60 },
      { scope: "tile", stage: "read", tasks: 2, timeMs: 16, cpuMs: 13 },
      { scope: "job", stage: "write", tasks: 1, timeMs: 99 },
    ])
  })
})
