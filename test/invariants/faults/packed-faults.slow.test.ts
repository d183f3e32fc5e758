/**
 * Packs whose inputs change: in the end they hold what a run without packs makes. On disks that
 * fill: `test/faults`.
 */
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openArchive } from "../../../engine/io/archive/open-archive.js"
import { jsonOf } from "../../run-maille.js"
import { type FaultyJob, makeFaultyJob, tileAt } from "../../scenes/faulty-job.js"

const side = 4
let job: FaultyJob
let reference = ""
const out = (name: string): string => join(job.folder, name)
const run = (folder: string, ...more: string[]) => job.run(folder, "--mesh", "surface", ...more)
const whole = async (name: string): Promise<string> => {
  const ended = await job.again(out(name), "--mesh", "surface")
  expect(ended.code, ended.stderr).toBe(0)
  return job.hash(out(name))
}
const archived = async (folder: string): Promise<string[]> =>
  (await (await openArchive(join(folder, "packs/run.3tz"))).entries()).map(({ path }) => path)

beforeAll(async () => {
  // Wider than the reach of any kernel: what is far from a change is not made again.
  job = await makeFaultyJob(side, "dtm,mesh", 100)
  reference = await whole("plain")
  const ended = await run(out("packed"), "--pack")
  expect(ended.code, ended.stderr).toBe(0)
  expect(await job.hash(out("packed"))).toBe(reference)
})
afterAll(() => job.remove())

describe("an update of packs", () => {
  it("after a source was changed, one removed and one added holds what a full run makes, and has made no more than that again", async () => {
    const folder = out("packed")
    const before = JSON.parse(await readFile(join(folder, "tileset.json"), "utf8")).asset.tilesetVersion
    await job.write(1, 1, 37)
    await rm(job.input(3, 3))
    await job.write(4, 0)
    const foreseen = jsonOf(await job.maille("update", folder, "--dry-run", "--json"))
    const again = foreseen.redone.flatMap((task: { stage: string; key: string }) =>
      task.stage === "tile" ? [task.key] : [],
    )
    // Around the changed one, the removed one (one of its neighbours is one of the changed one's)
    // and the new one.
    expect(again).toHaveLength(9 + 2 + 3)
    expect(foreseen.others.map(({ key }: { key: string }) => key)).toContain(tileAt(3, 3, 100))
    const lines = (await job.journal(folder)).length
    const ended = await job.maille("update", folder, "--json")
    expect(ended.code, ended.stderr).toBe(0)
    expect(jsonOf(ended)).toMatchObject({ done: 14, unchanged: side * side - 14 })
    const begun = (await job.journal(folder))
      .slice(lines)
      .filter(({ type, stage }) => type === "start" && stage === "tile")
    expect(begun.map(({ key }) => key).sort()).toEqual([...again].sort())
    expect(await job.hash(folder)).toBe(await whole("full"))
    const now = JSON.parse(await readFile(join(folder, "tileset.json"), "utf8")).asset.tilesetVersion
    expect(now).not.toBe(before)
    const names = await archived(folder)
    expect(names.filter((path) => path.includes(tileAt(3, 3, 100)))).toEqual([])
    expect(names.filter((path) => path.includes(tileAt(4, 0, 100)))).toHaveLength(1)
    expect(new Set(names).size).toBe(names.length)
    const validated = await job.maille("validate", folder, "--json")
    expect(jsonOf(validated)).toMatchObject({ ok: true })
    expect(jsonOf(await job.maille("update", folder, "--json"))).toMatchObject({ done: 0, unchanged: side * side })
  })
})
