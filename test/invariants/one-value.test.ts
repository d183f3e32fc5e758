/** The layer of buildings, their CityJSON and the mesh state one value under each common name. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { readMesh } from "../../engine/library/tiles3d.js"
import { runOnce } from "../run-once.js"
import { montpellier } from "../scenes/montpellier.js"
import { sceneInHundreds } from "../scenes/sample-runs.js"
import { sharedData } from "../shared-data.js"

type Facts = Readonly<Record<string, unknown>>

const layerFacts = async (out: string): Promise<Map<string, Facts>> => {
  const { features } = await readFlatGeobuf(join(out, "vector", "building.fgb"))
  const columns = Object.entries(features.columns)
  return new Map(
    features.ids.map((id, f) => [id, Object.fromEntries(columns.map(([name, { values }]) => [name, values[f]]))]),
  )
}

const cityFacts = (out: string): Map<string, Facts> =>
  new Map(
    readFileSync(join(out, "vector", "building.city.jsonl"), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .flatMap((line) =>
        Object.entries(JSON.parse(line).CityObjects as Record<string, { attributes?: Facts }>).flatMap(
          ([id, { attributes }]) => (attributes === undefined ? [] : [[id, attributes] as const]),
        ),
      ),
  )

/**
 * One row for each object of each content, those of coarser levels too, without empty values: the
 * columns of trees have none for buildings.
 */
const meshFacts = async (out: string): Promise<[string, Facts][]> => {
  const found: [string, Facts][] = []
  for await (const { objects } of readMesh(out))
    for (const [row, id] of objects.ids.entries())
      found.push([
        id,
        Object.fromEntries(
          Object.entries(objects.columns)
            .map(([name, { values }]) => [name, values[row]] as const)
            .filter(([, value]) => !Number.isNaN(value) && value !== ""),
        ),
      ])
  return found
}

/** Names that two tables share, the number of rows of equal ids, and the values that differ. */
const compareFacts = (
  one: ReadonlyMap<string, Facts>,
  others: Iterable<readonly [string, Facts]>,
): { rows: number; names: string[]; different: string[] } => {
  const names = new Set<string>()
  const different: string[] = []
  let rows = 0
  for (const [id, other] of others) {
    const facts = one.get(id)
    if (facts === undefined) continue
    rows++
    for (const name of Object.keys(facts).filter((key) => key in other)) {
      names.add(name)
      if (!Object.is(facts[name], other[name])) different.push(`${id} ${name}: ${facts[name]} / ${other[name]}`)
    }
  }
  return { rows, names: [...names].sort(), different }
}

const expectOneValue = async (out: string, least: number): Promise<void> => {
  const [layer, city, mesh] = [await layerFacts(out), cityFacts(out), await meshFacts(out)]
  const solids = compareFacts(layer, city)
  expect(solids).toEqual({ rows: solids.rows, names: ["area"], different: [] })
  expect(solids.rows).toBeGreaterThanOrEqual(least)
  const skins = compareFacts(layer, mesh)
  expect(skins.different).toEqual([])
  expect(skins.rows).toBeGreaterThanOrEqual(least)
  const models = compareFacts(city, mesh)
  expect(models.different).toEqual([])
  expect(models.rows).toBeGreaterThanOrEqual(least)
  expect(models.names).toEqual(expect.arrayContaining(["height_eaves", "height_ground", "height_ridge", "volume"]))
}

describe("one building, one value a name", () => {
  it("on the synthetic scene", async () => {
    await expectOneValue(await sceneInHundreds(), 6)
  })

  it.skipIf(!sharedData)("on four real tiles", async () => {
    const { out } = await runOnce(...montpellier.points, "--products", "mesh,vector", "--tile-size", "50")
    await expectOneValue(out, 5)
  })
})
