/** Buildings that the end of the data cuts are the same for every tile size. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { runOnce } from "../run-once.js"
import { montpellier } from "../scenes/montpellier.js"
import { sharedData } from "../shared-data.js"
import { featureAt } from "./feature-at.js"

type Place = readonly [x: number, y: number, z: number]

/** Attributes, rings and altitudes of all features of a layer, by id. */
const layerOf = async (out: string, name: string): Promise<Map<string, unknown>> => {
  const { features } = await readFlatGeobuf(join(out, "vector", `${name}.fgb`))
  return new Map(
    features.ids.map((id, f) => [id, featureAt(features, f)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Objects of the CityJSON sequence by id, with the vertices of the record in whole 0.1 mm. */
const solidsOf = (out: string): Map<string, unknown> => {
  const [head, ...lines] = readFileSync(join(out, "vector", "building.city.jsonl"), "utf8")
    .trim()
    .split("\n")
  const { scale, translate } = JSON.parse(head!).transform as { scale: Place; translate: Place }
  return new Map(
    lines
      .map((line): [string, unknown] => {
        const { id, CityObjects: objects, vertices } = JSON.parse(line)
        const places = vertices.map((v: Place) =>
          v.map((k, axis) => Math.round(1e4 * (k * scale[axis]! + translate[axis]!))),
        )
        return [id, { objects, places }]
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

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
