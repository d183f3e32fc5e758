import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Journal, journalName, readJournal } from "../../../engine/job/journal.js"
import type { EndRecord } from "../../../engine/job/journal-record.js"

let out = ""
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-journal-"))
})
afterEach(() => rm(out, { recursive: true, force: true }))

const end = (key: string, hash = "h"): EndRecord => ({
  type: "end",
  key,
  scope: "tile",
  hash,
  outcome: "done",
  timeMs: 1,
  points: 2,
  peakBytes: 3,
  files: [],
})

describe("journal", () => {
  it("gives back the last end of each task and what was running", async () => {
    const journal = await Journal.open(out)
    await journal.append({ type: "run", version: "1", tasks: 2, planHash: "p", at: "t" })
    await journal.append({ type: "start", key: "1/0/0", scope: "tile", hash: "old" }, false)
    await journal.append(end("1/0/0", "old"))
    await journal.append(end("1/0/0", "new"))
    await journal.append({ type: "start", key: "1/0/1", scope: "tile", hash: "h" }, false)
    await journal.close()
    const state = await readJournal(out)
    expect(state.ends.get("tile 1/0/0")?.hash).toBe("new")
    expect(state.running.map(({ key }) => key)).toEqual(["1/0/1"])
  })

  it("drops a line that a kill cut, at any byte, and goes on after it", async () => {
    const whole = `${JSON.stringify(end("1/0/0"))}\n`
    for (let cut = 1; cut < whole.length; cut += 7) {
      await rm(join(out, journalName), { force: true })
      await appendFile(join(out, journalName), `${whole}${whole.replace("1/0/0", "1/9/9").slice(0, cut)}`)
      const journal = await Journal.open(out)
      await journal.append(end("1/0/1"))
      await journal.close()
      expect([...(await readJournal(out)).ends.keys()]).toEqual(["tile 1/0/0", "tile 1/0/1"])
    }
  })

  it("tells what a run ended before its engine process was restarted, and forgets it with the next run", async () => {
    const journal = await Journal.open(out)
    const run = { type: "run", version: "1", tasks: 2, planHash: "p", at: "t" } as const
    await journal.append({ ...run, restart: 0 })
    await journal.append(end("1/0/0"))
    await journal.append({ ...run, restart: 1 })
    expect([...(await readJournal(out)).endedInRun]).toEqual(["tile 1/0/0"])
    await journal.append({ ...run, restart: 0 })
    await journal.close()
    expect((await readJournal(out)).endedInRun.size).toBe(0)
  })

  it("is empty where there is none, and counts crashes", async () => {
    expect((await readJournal(out)).ends.size).toBe(0)
    const journal = await Journal.open(out)
    for (let i = 0; i < 2; i++) await journal.append({ type: "crash", key: "1/0/0", scope: "tile", hash: "h" })
    await journal.close()
    expect((await readJournal(out)).crashes.get("tile 1/0/0 h")).toBe(2)
    expect(await readFile(join(out, journalName), "utf8")).toMatch(/\n$/)
  })
})
