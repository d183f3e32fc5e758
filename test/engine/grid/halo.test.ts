import { expect, it } from "vitest"
import { chainGrowth } from "../../../engine/grid/halo.js"

it("adds the halos along the longest path", () => {
  const growths = chainGrowth([
    { id: "dtm", inputs: ["ground"], outputs: ["dtm"], halo: 60 },
    { id: "slope", inputs: ["dtm"], outputs: ["slope"], halo: 2 },
    { id: "flow", inputs: ["slope"], outputs: ["flow"], halo: 5 },
    { id: "contour", inputs: ["dtm"], outputs: ["contour"], halo: 1 },
  ])
  expect(growths.get("flow")).toEqual({ output: 0, input: 5 })
  expect(growths.get("slope")).toEqual({ output: 5, input: 7 })
  expect(growths.get("dtm")).toEqual({ output: 7, input: 67 })
})
