/** Features of the library: a round trip of many, by box and column, and faults of the caller. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Features } from "../../../engine/kernel.js"
import {
  type Feature,
  type NewFeature,
  openFeatures,
  readFeatures,
  writeFeatures,
} from "../../../engine/library/vector.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-vector-"))
})
afterAll(() => rm(folder, { recursive: true }))

const collect = async (features: AsyncIterable<Feature>): Promise<Feature[]> => {
  const found: Feature[] = []
  for await (const one of features) found.push(one)
  return found
}
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)

it("streams more features than a part holds, out and in", async () => {
  const path = join(folder, "new", "points.fgb")
  const count = 45_000
  async function* points(): AsyncGenerator<NewFeature> {
    for (let i = 0; i < count; i++)
      yield {
        parts: [[[i % 300, Math.floor(i / 300), i / 7]]],
        properties: { number: i, name: `n${i}`, half: i % 2 === 0 ? null : 0.5 },
      }
  }
  const columns = { number: "integer", name: "string", half: "number" } as const
  const facts = { geometry: "Point", epsg: 2154, dimension: 3, columns, metadata: { source: "test" } } as const
  expect(await writeFeatures(path, points(), facts)).toBe(count)
  expect(await readdir(join(folder, "new"))).toEqual(["points.fgb"])
  const layer = await openFeatures(path)
  const { features, close, ...own } = layer
  expect(own).toEqual({
    name: "points",
    geometry: "Point",
    dimension: 3,
    epsg: 2154,
    columns,
    metadata: { source: "test" },
  })
  const numbers = (await collect(features({ columns: ["number"] }))).map(({ properties }) => properties["number"])
  expect(numbers.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: count }, (_, i) => i))
  const near = await collect(features({ box: [10, 20, 11, 20] }))
  expect(near.sort(byId)).toEqual([
    {
      id: "6010",
      parts: [[Float64Array.of(10, 20, 6010 / 7)]],
      properties: { number: 6010, name: "n6010", half: null },
    },
    {
      id: "6011",
      parts: [[Float64Array.of(11, 20, 6011 / 7)]],
      properties: { number: 6011, name: "n6011", half: 0.5 },
    },
  ])
  await close()
})

it("gives the same bytes for another order of features", async () => {
  const squares = Array.from({ length: 50 }, (_, i): NewFeature => {
    const [x, y] = [(i * 37) % 100, (i * 11) % 90]
    return { id: `s${i}`, parts: [[[x, y, x + 1, y, x + 1, y + 1, x, y + 1, x, y]]], properties: { area: 1 } }
  })
  const paths = [join(folder, "a.fgb"), join(folder, "b.fgb")]
  await writeFeatures(paths[0], squares, { epsg: 2154, name: "squares" })
  await writeFeatures(paths[1], [...squares].reverse(), { epsg: 2154, name: "squares" })
  expect(await readFile(paths[1])).toEqual(await readFile(paths[0]))
  const [first] = await collect(readFeatures(paths[0], { box: [0, 0, 0, 0] }))
  expect(first).toMatchObject({ id: "s0", properties: { area: 1 } })
})

it("writes the features of kernels, and none at all", async () => {
  const features: Features = {
    geometry: "LineString",
    dimension: 2,
    coordinates: Float64Array.of(0, 0, 1, 1),
    ringEnds: Uint32Array.of(2),
    partEnds: Uint32Array.of(1),
    ids: ["line"],
    columns: { height: { type: "number", values: Float64Array.of(3) } },
  }
  await writeFeatures(join(folder, "line.fgb"), features, { epsg: 2154 })
  expect(await collect(readFeatures(join(folder, "line.fgb")))).toEqual([
    { id: "line", parts: [[Float64Array.of(0, 0, 1, 1)]], properties: { height: 3 } },
  ])
  await writeFeatures(join(folder, "none.fgb"), [], { epsg: 2154, columns: { height: "number" } })
  expect(await collect(readFeatures(join(folder, "none.fgb"), { box: [0, 0, 1, 1] }))).toEqual([])
})

it("refuses faults of the caller, with a remedy", async () => {
  const path = join(folder, "refused.fgb")
  const point = { parts: [[[1, 2]]], properties: { a: 1 } }
  const write = (feature: NewFeature, more: object = {}) =>
    writeFeatures(path, [feature, { id: "x", ...point }], { epsg: 2154, geometry: "Point", ...more })
  await expect(write({ ...point, id: "x" })).rejects.toThrow(/two features have one id.*Correct the features/)
  await expect(write({ parts: [[[1, 2]], [[3, 4]]] })).rejects.toThrow(/has 2 parts; expected one/)
  await expect(write({ parts: [[[1, 2, 3]]] })).rejects.toThrow(/ring of 3 numbers has no whole vertices of 2/)
  await expect(write({ parts: [[[1, Number.NaN]]] })).rejects.toThrow(/expected finite vertices/)
  await expect(write({ ...point, properties: { a: 0.5 } }, { columns: { a: "integer" } })).rejects.toThrow(
    /no 32-bit integer/,
  )
  expect(await readdir(folder)).not.toContain("refused.fgb")
  expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([])
  await writeFeatures(path, [point], { epsg: 2154, geometry: "Point" })
  await expect(collect(readFeatures(path, { columns: ["b"] }))).rejects.toThrow(/unknown column of .*"b"/)
  await expect(openFeatures(join(folder, "absent.fgb"))).rejects.toThrow(/absent\.fgb/)
})
