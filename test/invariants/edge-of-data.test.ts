/** Buildings that the end of the data cuts are the same for every tile size. */
import { describe, expect, it } from "vitest"
import { runOnce } from "../run-once.js"
import { montpellier } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"
import { layerOf, solidsOf } from "./building-outputs.js"

describe.skipIf(!sharedData)("buildings at the end of the data", () => {
  it("have the same outlines, solids, roofs and breaklines in tiles of 50 m and of 1 km", async () => {
    const run = async (side: string): Promise<string> =>
      (await runOnce(...montpellier.points, "--products", "mesh,vector", "--tile-size", side)).out
    const [small, large] = [await run("50"), await run("1000")]
    const outlines = await layerOf(small, "building")
    expect(outlines.size).toBe(5)
    expect(await layerOf(large, "building")).toEqual(outlines)
    for (const layer of ["roof", "breakline"])
      expect(await layerOf(large, layer), layer).toEqual(await layerOf(small, layer))
    expect(solidsOf(large)).toEqual(solidsOf(small))
  })
})
