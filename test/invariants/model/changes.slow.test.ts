/** What a kill or a change makes of the stages of a run. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startMaille } from "../../run-maille.js"
import { makeToyJob, type ToyJob, tileAt } from "../../scenes/toy-job.js"

let job: ToyJob
let sources: string[] = []
let whole: Record<string, string> = {}

beforeAll(async () => {
  job = await makeToyJob()
  sources = await job.sources("plain")
  await job.run(sources, "whole", "--workers", "2")
  whole = await job.hashes("whole")
})
afterAll(() => job.remove())

describe("a run", () => {
  it("makes the same bytes when it is killed again and again", async () => {
    const args = job.args(sources, "killed", "--log", "json", "--workers", "2")
    let ended = false
    for (let most = 3; !ended; most += 7) {
      const { child, ended: end } = startMaille(args)
      let [seen, killed] = [0, false]
      child.stderr?.on("data", (text: string) => {
        seen += text.split('"type":"progress"').length - 1
        if (seen < most || killed) return
        killed = true
        process.kill(-(child.pid ?? 0), "SIGKILL")
      })
      ended = (await end).signal === null
    }
    expect(await job.hashes("killed")).toEqual(whole)
  })
})

describe("a change", () => {
  it("of one source redoes the tiles that read it, and the models whose inputs have changed", async () => {
    await job.run(sources, "changed")
    const lifted = await job.sources("lifted", { lift: 50 })
    await job.run([...sources.slice(0, 3), lifted[3] as string], "changed", "--replace")
    const tasks = await job.lastRun("changed")
    const touched = (reach: number): string[] => {
      const keys: string[] = []
      for (let row = 0; row < 4; row++) {
        for (let column = 0; column < 4; column++)
          if (50 * column + 50 + reach > 100 && 50 * row + 50 + reach > 100) keys.push(tileAt(column, row))
      }
      return keys.sort()
    }
    // The surface model reaches further than a tile.
    expect(tasks["tile"]?.length).toBe(16)
    // The pieces tell counts alone, which are what they were: the links are not made anew, nor the
    // models beyond their own reach of 7 m.
    expect(tasks["job"]).toBeUndefined()
    expect(tasks["model"]).toEqual(touched(7))
    await job.run([...sources.slice(0, 3), lifted[3] as string], "lifted")
    expect(await job.hashes("changed")).toEqual(await job.hashes("lifted"))
  })

  it("of what a neighbour hands on redoes the models that read it, and reads their points again", async () => {
    const far = ["--set", "toy.model.reach=0"]
    await job.run(sources, "thinner", ...far)
    // Two tiles of the north-eastern file have fewer points now: their western neighbours read the
    // number, and none of that file's points.
    const thinned = await job.sources("thinned", { without: 5 })
    const changed = [...sources.slice(0, 3), thinned[3] as string]
    await job.run(changed, "thinner", ...far, "--replace")
    const tasks = await job.lastRun("thinner")
    expect(tasks["job"]).toEqual(["toy.join"])
    const expected = [2, 3].flatMap((row) => [1, 2, 3].map((column) => tileAt(column, row)))
    expect(tasks["model"]).toEqual(expected.sort())
    await job.run(changed, "thinned", ...far)
    expect(await job.hashes("thinner")).toEqual(await job.hashes("thinned"))
  })

  it("of an option of the second stage alone changes what it makes", async () => {
    await job.run(sources, "raised", "--set", "toy.model.lift=1")
    const raised = await job.hashes("raised")
    expect(raised[`tiles/${tileAt(0, 0)}.glb`]).not.toBe(whole[`tiles/${tileAt(0, 0)}.glb`])
  })
})
