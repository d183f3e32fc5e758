import { expect, it } from "vitest"
import { wantedFiles } from "../../../engine/rollup/gather-vector-formats.js"

const end = (key: string, features: number) => ({
  ...{ type: "end", key, stage: "layer", hash: "", outcome: "done", points: 0, timeMs: 0 },
  metrics: { [`${key}.features`]: features },
  files: [{ path: `vector/${key}.fgb`, sizeBytes: 1, sha256: "" }],
})

it("layers without features are in no further format, unless the job names them", () => {
  const ends = [end("building", 3), end("bridge", 0), end("water", 0)] as unknown as Parameters<typeof wantedFiles>[1]
  const layersOf = (named?: string[]): string[] =>
    (wantedFiles(["gpkg"], ends, named).get("vector/layers.gpkg")?.layers ?? []).map(({ path }) => path)
  expect(layersOf()).toEqual(["vector/building.fgb"])
  expect(layersOf(["water"])).toEqual(["vector/building.fgb", "vector/water.fgb"])
  expect([...wantedFiles(["geojson"], ends).keys()]).toEqual(["vector/building.geojson"])
})
