import { describe, expect, it } from "vitest"
import { acquisition } from "../../../engine/core/gps-day.js"

describe("acquisition", () => {
  it("reads adjusted standard GPS time: the delivered tile's 364715521 s is 2023-04-05", () => {
    expect(acquisition([364_715_521, 364_715_530])).toBe("2023-04-05")
  })
  it("gives first and last day where they differ", () => {
    expect(acquisition([364_715_521, 364_715_521 + 86_400])).toBe("2023-04-05/2023-04-06")
  })
  it("tells no date from the time of a GPS week", () => {
    expect(acquisition([1000, 604_800])).toBe("unknown")
  })
})
