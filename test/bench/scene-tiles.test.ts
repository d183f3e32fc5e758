import { describe, expect, it } from "vitest"
import { prepareCall } from "../../bench/scene-tiles.js"
import type { Points } from "../../engine/kernel.js"

describe("prepareCall", () => {
  it("prepares a kernel of a mesh that is not made by default", async () => {
    const { kernel, inputs, options } = await prepareCall("mesh.surface")
    expect(kernel.id).toBe("mesh.surface")
    expect((inputs["relief"] as Points).count).toBeGreaterThan(10_000)
    expect(options["maxError"]).toBeGreaterThan(0)
  })
})
