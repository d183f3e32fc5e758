import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterAll, beforeAll, expect, it } from "vitest"
import { sealJson } from "../../../../engine/core/json/sealed-json.js"
import { readFolderStatus } from "../../../../engine/distributed/folder-status.js"
import { checkContext } from "../../../../engine/plan/read-context.js"
import { plannedKey } from "../../../../engine/plan/shards/check-plan.js"
import {
  readAllSources,
  readAllTiles,
  readShardPlan,
  readShardTiles,
} from "../../../../engine/plan/shards/read-shard-plan.js"
import { asOutput } from "../../../output-folder.js"
import { shardPlanOf } from "../../distributed/shard-plan.js"

let out = ""
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-plan-"))
  await mkdir(join(out, "plan"))
})
afterAll(() => rm(out, { recursive: true, force: true }))

const put = (path: string, value: unknown): Promise<void> =>
  writeFile(join(out, path), typeof value === "string" ? value : `${sealJson(JSON.stringify(value))}\n`)
const tile = { key: "12/1/2", points: 5, cost: 0.5 }
const source = { path: "/a.laz", name: "a.laz", identity: "a", box: [0, 0, 1, 1], count: 5, zRange: [0, 1] }
const plan = shardPlanOf([1])
const shard = plan.shards[0]!
/** Where a text stands alone in a file. */
const part = (text: string) => ({ offset: 0, length: text.length, crc32: crc32(text) })
/** The plan whose one shard has these texts of tiles and of sources. */
const cut = (tiles: string, sources = tiles) => ({
  ...plan,
  shards: [{ ...shard, ...part(tiles), sources: part(sources) }],
})

it("a plan is read as it was written", async () => {
  await put("plan/shards.json", plan)
  const [tileText, sourceText] = [JSON.stringify(tile), JSON.stringify(source)]
  await put("plan/tiles.ndjson", tileText)
  await put("plan/sources.ndjson", sourceText)
  expect(await readShardPlan(out)).toEqual(plan)
  expect(await readShardTiles(out, { ...shard, ...part(tileText) })).toEqual([tile])
  expect(await readAllSources(out, cut("", sourceText))).toEqual([source])
})

it("a plan with a damaged field is refused by the file's name", async () => {
  const damages: object[] = [
    ...Object.keys(plan).flatMap((name) => (name === "format" ? [] : [{ [name]: {} }, { [name]: null }])),
    ...[{ hash: "../../../../x".padEnd(64, "0") }, { phases: ["../a"] }, { regions: [[{ region: "../x" }]] }],
    ...[{ grid: { leafSide: 1, leafLevel: 1e9 } }, { shards: [{ ...shard, length: -1 }] }],
    ...[
      { shards: [{ ...shard, sources: { offset: 2 ** 53, length: 0 } }] },
      { cost: { ...plan.cost, per: { tile: 1 } } },
    ],
  ]
  const refusal = { context: { file: join(out, "plan/shards.json") }, message: expect.stringMatching(/[Pp]lan again/) }
  for (const damage of damages) {
    await put("plan/shards.json", { ...plan, ...damage })
    await expect(readShardPlan(out), JSON.stringify(damage)).rejects.toMatchObject({ code: "E_FORMAT", ...refusal })
  }
  for (const text of ["", "[", "null", "7", "[]", "{}"]) {
    await put("plan/shards.json", text)
    await expect(readShardPlan(out), text).rejects.toMatchObject({ code: "E_INPUT" })
  }
})

it("a damaged line of tiles or sources is refused by the file's name", async () => {
  const refusal = (name: string) => ({ code: "E_FORMAT", context: { file: join(out, name) } })
  const lines = [
    "{",
    "null",
    "7",
    "[]",
    "{}",
    '{"key":"12/1/1","points":"1","cost":1}',
    '{"key":7,"points":1,"cost":1}',
  ]
  for (const line of lines) {
    for (const name of ["plan/tiles.ndjson", "plan/sources.ndjson"]) await put(name, `${line}\n`)
    await expect(readShardTiles(out, { ...shard, ...part(line) }), line).rejects.toMatchObject(
      refusal("plan/tiles.ndjson"),
    )
    await expect(readAllTiles(out, cut(line)).next(), line).rejects.toMatchObject(refusal("plan/tiles.ndjson"))
    await expect(readAllSources(out, cut(line)), line).rejects.toMatchObject(refusal("plan/sources.ndjson"))
  }
  await expect(readShardTiles(out, { ...shard, length: 2 ** 40 })).rejects.toMatchObject({ code: "E_INPUT" })
})

it("a key that is no tile of the plan's finest level is refused", () => {
  const grid = { leafSide: 1000, leafLevel: 12 }
  expect(plannedKey({ key: "12/4095/0" }, grid)).toEqual({ level: 12, x: 4095, y: 0 })
  for (const key of ["12/4096/0", "11/1/1", "12/1", "../x", "12/-1/1", "12/1e3/1"])
    expect(() => plannedKey({ key }, grid), key).toThrow(/plan\/tiles\.ndjson: damaged/)
})

it("a damaged plan.json of a run is refused by its name, and none is a run that has not begun", async () => {
  asOutput(out, [])
  expect(await readFolderStatus(out)).toMatchObject({ tasks: 0, finished: false })
  for (const text of ["", "[", "null", "{}", '{"hash":"a","tasks":[{}]}', '{"hash":"a","tasks":7}']) {
    await put("plan.json", text)
    await expect(readFolderStatus(out), text).rejects.toMatchObject({
      code: "E_FORMAT",
      context: { file: join(out, "plan.json") },
    })
  }
})

it("a context with a field of another kind is none", () => {
  const image = { path: "/a.tif", identity: "b" }
  const oriented = { images: [{ shot: { name: "s" }, header: { identity: "c" } }] }
  const sound = { epsg: 2154, source: "s", sources: [source], images: [image], given: {}, oriented }
  expect(checkContext(sound)).toBe(sound)
  for (const name of ["epsg", "source", "sources", "images", "oriented"])
    for (const other of [null, 7.5, [7], { images: [{}] }])
      expect(checkContext({ ...sound, [name]: other }), `${name} ${JSON.stringify(other)}`).toBeUndefined()
  for (const value of [null, 7, [], {}]) expect(checkContext(value)).toBeUndefined()
})
