import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { sealJson } from "../../../engine/core/json/sealed-json.js"
import { journalName } from "../../../engine/job/layout.js"
import { Journal, readJournal, repairJournal } from "../../../engine/journal/journal.js"
import type { EndRecord, JournalRecord } from "../../../engine/journal/journal-record.js"

let out = ""
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "maille-journal-"))
})
afterEach(() => rm(out, { recursive: true, force: true }))

const end = (key: string, hash = "h"): EndRecord => ({
  type: "end",
  key,
  stage: "tile",
  hash,
  outcome: "done",
  timeMs: 1,
  points: 2,
  peakBytes: 3,
  files: [],
})

describe("journal", () => {
  it("gives back the last end of each task and what was begun and did not end", async () => {
    const journal = await Journal.open(out)
    await journal.append({ type: "run", version: "1", tasks: 2, planHash: "p", at: "t" })
    await journal.append({ type: "start", key: "1/0/0", stage: "tile", hash: "old" }, false)
    await journal.append(end("1/0/0", "old"))
    await journal.append(end("1/0/0", "new"))
    await journal.append({ type: "start", key: "1/0/1", stage: "tile", hash: "h" }, false)
    await journal.close()
    const state = await readJournal(out)
    expect(state.ends.get("tile 1/0/0")?.hash).toBe("new")
    expect([...state.attempts.suspects]).toEqual(["tile 1/0/1"])
  })

  it("keeps the order of records that come while others are written, and tells each when it is durable", async () => {
    const journal = await Journal.open(out)
    const keys = Array.from({ length: 100 }, (_, index) => `7/0/${index}`)
    const durable: string[] = []
    const appended = keys.map((key, index) => journal.append(end(key), index % 3 === 0).then(() => durable.push(key)))
    await journal.append(end("7/1/0"))
    expect(durable).toEqual(keys)
    await Promise.all(appended)
    await journal.close()
    await expect(journal.append(end("7/1/1"))).rejects.toThrow()
    const lines = (await readFile(join(out, journalName), "utf8")).trimEnd().split("\n")
    expect(lines.map((line) => JSON.parse(line).key)).toEqual([...keys, "7/1/0"])
  })

  it("leaves out records that are not whole, and refuses paths that lead out of the folder", async () => {
    const records: unknown[] = [
      ...[null, 7, "end", [], {}, { type: "end" }, { type: "nothing known" }, { ...end("1/0/1"), files: undefined }],
      ...[
        { ...end("1/0/1"), files: [{}] },
        { ...end("1/0/1"), outcome: "fine" },
        { ...end("1/0/1"), former: 1 },
      ],
      ...[{ ...end("1/0/1"), content: [{}] }, { ...end("1/0/1"), time: [1] }, { type: "overall" }, { type: "run" }],
      ...[
        { type: "start", key: 1 },
        { type: "drop", key: "1/0/0" },
        { ...end("1/0/1"), metrics: 1 },
      ],
    ]
    const lines = [end("1/0/0"), ...records].map((record) => `${sealJson(JSON.stringify(record))}\n`)
    await appendFile(join(out, journalName), lines.join(""))
    expect([...(await readJournal(out)).ends.keys()]).toEqual(["tile 1/0/0"])
    const leaving = { ...end("1/0/1"), files: [{ path: "../a", sha256: "", sizeBytes: 1 }] }
    await appendFile(join(out, journalName), `${sealJson(JSON.stringify(leaving))}\n`)
    await expect(readJournal(out)).rejects.toMatchObject({
      code: "E_FORMAT",
      message: expect.stringMatching(/journal\.jsonl: the path "\.\.\/a" leaves the output folder/),
    })
  })

  it("drops a line with a flipped byte, and is written again without it", async () => {
    const journal = await Journal.open(out)
    for (const key of ["1/0/0", "1/0/1", "1/0/2"]) await journal.append(end(key))
    await journal.append({ type: "written", files: [{ path: "job.json", sha256: "h", sizeBytes: 1 }], at: "t" })
    await journal.close()
    const text = await readFile(join(out, journalName), "utf8")
    await rm(join(out, journalName))
    await appendFile(join(out, journalName), text.replace('"key":"1/0/1"', '"key":"1/0/3"'))
    const damaged = await readJournal(out)
    expect([...damaged.ends.keys()]).toEqual(["tile 1/0/0", "tile 1/0/2"])
    expect(damaged.damaged).toEqual([journalName])
    await repairJournal(out, journalName)
    const repaired = await readJournal(out)
    expect(repaired).toEqual({ ...damaged, damaged: [] })
    expect(repaired.noted.get("job.json")).toMatchObject({ sha256: "h" })
  })

  it("drops a line that a kill cut, at any byte, and goes on after it", async () => {
    const [whole, other] = ["1/0/0", "1/9/9"].map((key) => `${sealJson(JSON.stringify(end(key)))}\n`) as [
      string,
      string,
    ]
    for (let cut = 1; cut < whole.length; cut += 7) {
      await rm(join(out, journalName), { force: true })
      await appendFile(join(out, journalName), `${whole}${other.slice(0, cut)}`)
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

  it("is empty where there is none, and ends on a whole line", async () => {
    expect((await readJournal(out)).ends.size).toBe(0)
    const journal = await Journal.open(out)
    await journal.append(end("1/0/0"))
    await journal.close()
    expect(await readFile(join(out, journalName), "utf8")).toMatch(/\n$/)
  })

  it("counts the starts of a task that did not end, and blames it for none of them", async () => {
    const run = { type: "run", version: "1", tasks: 2, planHash: "p", at: "t" } as const
    const start = { type: "start", key: "1/0/0", stage: "tile", hash: "h" } as const
    const error = { code: "E_KERNEL", message: "took down its process", context: {} } as const
    const write = async (...records: JournalRecord[]): Promise<unknown[]> => {
      const journal = await Journal.open(out)
      for (const record of records) await journal.append(record)
      await journal.close()
      const { begun, abandoned } = (await readJournal(out)).attempts
      return [begun.get("tile 1/0/0 h"), abandoned.get("tile 1/0/0 h")?.message]
    }
    expect(await write(run, start)).toEqual([1, undefined])
    for (let kills = 2; kills <= 10; kills++) expect(await write(run, start)).toEqual([kills, undefined])
    // Begun again in one run: the process that it had of its own died beside others.
    expect(await write(run, start, start)).toEqual([12, undefined])
    // Given up by an orderly end.
    expect(await write(run, start, { type: "stop", at: "t" })).toEqual([12, undefined])
    expect(await write(run, start, { ...end("1/0/0"), outcome: "failed", error })).toEqual([undefined, undefined])
    expect(await write(run, start, { ...end("1/0/0"), outcome: "quarantined", error, fatal: true })).toEqual([
      undefined,
      error.message,
    ])
    // Left alone by the next run, which says so in an end of its own.
    expect(await write(run, { ...end("1/0/0"), outcome: "quarantined", error })).toEqual([undefined, error.message])
    expect(await write(run, start, { type: "retry", at: "t" })).toEqual([undefined, undefined])
    expect(await write(run, start)).toEqual([1, undefined])
    expect(await write(run, start, end("1/0/0"))).toEqual([undefined, undefined])
  })

  it("forgets a task that the job has no more", async () => {
    const journal = await Journal.open(out)
    await journal.append(end("1/0/0"))
    await journal.append(end("1/0/1"))
    await journal.append({ type: "drop", key: "1/0/0", stage: "tile" })
    await journal.close()
    expect([...(await readJournal(out)).ends.keys()]).toEqual(["tile 1/0/1"])
  })
})
