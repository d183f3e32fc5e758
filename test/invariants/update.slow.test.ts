/**
 * The folder of a run after its source tiles were changed, added and removed: what depends on them
 * is made again, nothing else, and the result is that of a full run.
 */
import { access, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { jsonOf } from "../run-maille.js"
import { type FaultyJob, tileAt as keyAt, type Line, makeFaultyJob } from "../scenes/faulty-job.js"

const side = 10
// Wider than the reach of any kernel.
const tileAt = (column: number, row: number): string => keyAt(column, row, 100)
let job: FaultyJob
let out = ""
beforeAll(async () => {
  job = await makeFaultyJob(side, "dtm,mesh", 100)
  out = join(job.folder, "out")
  const ended = await job.again(out, "--mesh", "surface")
  expect(ended.code, ended.stderr).toBe(0)
})
afterAll(() => job.remove())

/** Keys of the tiles around one, itself among them. */
const around = (column: number, row: number): string[] => {
  const keys: string[] = []
  for (let y = Math.max(0, row - 1); y <= Math.min(side - 1, row + 1); y++)
    for (let x = Math.max(0, column - 1); x <= Math.min(side - 1, column + 1); x++) keys.push(tileAt(x, y))
  return keys.sort()
}
/** Keys that the last run carried out, by stage. */
const lastRun = async (): Promise<Record<string, string[]>> => {
  const lines = await job.journal(out)
  const begun: Record<string, string[]> = {}
  for (const { type, stage = "", key = "" } of lines.slice(lines.findLastIndex((line: Line) => line.type === "run")))
    if (type === "start") begun[stage] = [...(begun[stage] ?? []), key].sort()
  return begun
}
/** Every tile above some others. */
const ancestors = (keys: readonly string[], levels: readonly number[]): string[] => {
  const above = new Set<string>()
  for (const key of keys) {
    const [level = 0, x = 0, y = 0] = key.split("/").map(Number)
    for (const up of levels) above.add(`${up}/${x >> (level - up)}/${y >> (level - up)}`)
  }
  return [...above].sort()
}
const version = async (folder: string): Promise<string> =>
  JSON.parse(await readFile(join(folder, "tileset.json"), "utf8")).asset.tilesetVersion
const fullRun = async (name: string): Promise<{ hash: string; version: string }> => {
  const folder = join(job.folder, name)
  const ended = await job.again(folder, "--mesh", "surface")
  expect(ended.code, ended.stderr).toBe(0)
  const made = { hash: await job.hash(folder), version: await version(folder) }
  await rm(folder, { recursive: true })
  return made
}

describe("an update of 100 tiles", () => {
  it("after one was changed makes its 3 × 3 and their ancestors again, as foreseen, with the reason", async () => {
    const levels = [
      ...new Set(
        (await job.journal(out)).flatMap(({ stage, key = "" }) =>
          stage === "parent" ? [Number(key.split("/")[0])] : [],
        ),
      ),
    ]
    const before = await version(out)
    await job.write(4, 5, 37)
    const foreseen = jsonOf(await job.maille("update", out, "--dry-run", "--json"))
    const keysOf = (tasks: { stage: string; key: string }[], stage: string): string[] =>
      tasks.flatMap((task) => (task.stage === stage ? [task.key] : [])).sort()
    expect(keysOf(foreseen.redone, "tile")).toEqual(around(4, 5))
    for (const { stage, why } of foreseen.redone) if (stage === "tile") expect(why).toMatch(/tile-4-5\.las has changed/)
    expect(keysOf(foreseen.maybe, "parent")).toEqual(ancestors(around(4, 5), levels))
    expect(await version(out)).toBe(before)

    const ended = await job.maille("update", out, "--json")
    expect(ended.code, ended.stderr).toBe(0)
    expect(jsonOf(ended)).toMatchObject({ done: 9, unchanged: 91 })
    const begun = await lastRun()
    expect(begun["tile"]).toEqual(around(4, 5))
    expect(begun["source"]).toHaveLength(25)
    for (const key of begun["parent"] ?? []) expect(ancestors(around(4, 5), levels)).toContain(key)
    const full = await fullRun("changed")
    expect(await job.hash(out)).toBe(full.hash)
    expect(await version(out)).toBe(full.version)
    expect(full.version).not.toBe(before)
    expect(jsonOf(await job.maille("update", out, "--json"))).toMatchObject({ done: 0, unchanged: 100 })
    expect(await lastRun()).toEqual({})
  })

  it("after one was removed and one added takes away what is gone", async () => {
    await rm(job.input(9, 9))
    await rm(job.input(0, 0))
    await job.write(10, 4)
    const foreseen = jsonOf(await job.maille("update", out, "--dry-run", "--json"))
    expect(foreseen.others.map(({ key }: { key: string }) => key)).toEqual(
      expect.arrayContaining([tileAt(9, 9), tileAt(0, 0)]),
    )
    const reasons = new Map<string, string>(
      foreseen.redone.map(({ key, why }: { key: string; why: string }) => [key, why]),
    )
    expect(reasons.get(tileAt(8, 8))).toMatch(/tile-9-9\.las is missing/)
    expect(reasons.get(tileAt(9, 4))).toMatch(/tile-10-4\.las is new/)
    expect(reasons.get(tileAt(10, 4))).toBe("not made yet")
    const ended = await job.maille("update", out, "--json")
    expect(ended.code, ended.stderr).toBe(0)
    const near = [...around(9, 9), ...around(0, 0), ...around(10, 4), tileAt(10, 4)]
    const gone = [tileAt(9, 9), tileAt(0, 0)]
    expect((await lastRun())["tile"]).toEqual(near.filter((key) => !gone.includes(key)).sort())
    await expect(access(join(out, "tiles", `${tileAt(9, 9)}.glb`))).rejects.toThrow(/ENOENT/)
    expect(await job.hash(out)).toBe((await fullRun("moved")).hash)
  })
})
