import { describe, expect, it } from "vitest"
import { totalSteps } from "../../../engine/report/step-totals.js"
import type { TileOutcome } from "../../../engine/report/tile-outcome.js"

const outcome = (stage: TileOutcome["stage"], steps?: TileOutcome["steps"]): TileOutcome => ({
  key: "17/0/0",
  stage,
  outcome: "done",
  timeMs: 0,
  points: 0,
  peakBytes: 0,
  ...(steps === undefined ? {} : { steps }),
})

describe("totalSteps", () => {
  it("adds a step up over the tasks of a stage, the longest first, stages in the order of a run", () => {
    const totals = totalSteps([
      { ...outcome("tile", { read: { timeMs: 200 } }), neighbour: true },
      outcome("tile", { read: { timeMs: 10.4, cpuMs: 9 }, "raster.dtm": { timeMs: 30 } }),
      outcome("tile", { read: { timeMs: 5.4, cpuMs: 4 }, "raster.dtm": { timeMs: 30 } }),
      outcome("job", { write: { timeMs: 99 } }),
      outcome("source", { read: { timeMs: 1 } }),
      outcome("tile"),
    ])
    expect(totals).toEqual([
      { stage: "source", step: "read", tasks: 1, timeMs: 1 },
      { stage: "tile", step: "raster.dtm", tasks: 2, timeMs: 60 },
      { stage: "tile", step: "read", tasks: 2, timeMs: 16, cpuMs: 13 },
      { stage: "tile", neighbour: true, step: "read", tasks: 1, timeMs: 200 },
      { stage: "job", step: "write", tasks: 1, timeMs: 99 },
    ])
  })
})
