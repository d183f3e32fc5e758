import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { endGuard, guardWrites, type LockedFolder, lockedFolders } from "../../../engine/core/files/atomic-write.js"
import type { TaskMessage } from "../../../engine/plan/context.js"
import { openPool } from "../../../engine/pool/pool.js"
import runTask, { type WorkerInput } from "../../../engine/worker/worker.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-pool-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const input = (key = "13/1/2"): WorkerInput => ({
  message: { stage: "tile", key } as unknown as TaskMessage,
  images: [],
})

/** A module for the threads, under a name of its own. */
const moduleOf = async (name: string, text: string): Promise<{ path: string; url: URL }> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return { path, url: pathToFileURL(path) }
}

const good = `export default async () => ({ outcome: "done", points: 1, files: [], timeMs: 0, peakBytes: 0 })`

describe("a pool whose threads cannot load their module", () => {
  it.each([
    ["is missing", undefined, "absent.mjs"],
    ["imports a file that is missing", `import "./no-such-file.mjs"\n${good}`, "no-such-file.mjs"],
    ["is cut off", `${good}\nconst left = {`, "cut.mjs"],
    ["throws while it loads", `throw new Error("half a file")\n`, "half a file"],
  ])("says so, with the file and the remedy, when it %s", async (_, text, told) => {
    const name = text === undefined ? "absent.mjs" : told.endsWith(".mjs") && !text.includes(told) ? told : "worker.mjs"
    if (text !== undefined) await moduleOf(name, text)
    const pool = openPool({ workers: 2, memoryBytes: 2 ** 30 }, { worker: pathToFileURL(join(folder, name)) })
    try {
      const error = await pool.loaded().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toMatchObject({ code: "E_INTERNAL", context: { file: join(folder, name) } })
      const { message } = error as Error
      expect(message).toContain(told)
      expect(message).toContain(join(folder, name))
      expect(message).toMatch(/Install maille again/)
      // A task that comes all the same does not wait for ever.
      const result = await pool.run(input())
      expect(result).toMatchObject({ outcome: "failed", error: { code: "E_INTERNAL", message } })
    } finally {
      await pool.close()
    }
  })

  it("fails those that wait, when the last thread dies and no other can load it any more", async () => {
    const dying = `import { existsSync } from "node:fs"
if (existsSync(${JSON.stringify(join(folder, "gone"))})) throw new Error("replaced while it ran")
export default async ({ message }) => {
  if (message.key === "kill") { await new Promise((resolve) => setTimeout(resolve, 300)); process.exit(3) }
  return { outcome: "done", points: 1, files: [], timeMs: 0, peakBytes: 0 }
}`
    const { url } = await moduleOf("dying.mjs", dying)
    const pool = openPool({ workers: 1, memoryBytes: 2 ** 30 }, { worker: url })
    try {
      await pool.loaded()
      expect(await pool.run(input())).toMatchObject({ outcome: "done" })
      const killed = pool.run(input("kill"))
      const waiting = [pool.run(input("13/1/3")), pool.run(input("13/1/4"))]
      await writeFile(join(folder, "gone"), "")
      expect(await killed).toMatchObject({ outcome: "failed", died: true, error: { code: "E_RESOURCE" } })
      for (const result of await Promise.all(waiting))
        expect(result).toMatchObject({
          outcome: "failed",
          error: { code: "E_INTERNAL", message: expect.stringContaining("replaced while it ran") },
        })
    } finally {
      await pool.close()
    }
  })

  it("goes on with those that are left where one of several dies", async () => {
    const { url } = await moduleOf(
      "one.mjs",
      `export default async ({ message }) => message.key === "kill" ? process.exit(3) : { outcome: "done", points: 1, files: [], timeMs: 0, peakBytes: 0 }`,
    )
    const pool = openPool({ workers: 2, memoryBytes: 2 ** 30 }, { worker: url })
    try {
      await pool.loaded()
      const results = await Promise.all([
        pool.run(input("kill")),
        ...Array.from({ length: 6 }, () => pool.run(input())),
      ])
      expect(results.map(({ outcome }) => outcome)).toEqual(["failed", ...Array.from({ length: 6 }, () => "done")])
    } finally {
      await pool.close()
    }
  })
})

describe("a pool whose threads start later", () => {
  const told = (name: string): string => `import { writeFileSync } from "node:fs"
writeFileSync(${JSON.stringify(join(folder, "told"))} + ${JSON.stringify(name)}, "")
${good}`

  it("starts none that is not asked for", async () => {
    const { url } = await moduleOf("unasked.mjs", told("unasked"))
    const pool = openPool({ workers: 1, memoryBytes: 2 ** 30 }, { worker: url, later: true })
    await pool.renew()
    await pool.close()
    expect(existsSync(join(folder, "toldunasked"))).toBe(false)
    await expect(pool.loaded()).rejects.toThrow("closed")
    expect(await pool.run(input())).toMatchObject({ outcome: "failed" })
    expect(existsSync(join(folder, "toldunasked"))).toBe(false)
  })

  it("runs tasks all the same", async () => {
    const { url } = await moduleOf("asked.mjs", told("asked"))
    const pool = openPool({ workers: 1, memoryBytes: 2 ** 30 }, { worker: url, later: true })
    try {
      expect(await pool.run(input())).toMatchObject({ outcome: "done" })
      expect(existsSync(join(folder, "toldasked"))).toBe(true)
    } finally {
      await pool.close()
    }
  })
})

describe("a folder that this process has locked", () => {
  const held = (): LockedFolder => ({ folder, file: join(folder, "lock"), trustMs: 1000 })

  it("is known to the pool's threads, which share the holder's clock", async () => {
    const { url } = await moduleOf(
      "held.mjs",
      `export default async ({ locked: [{ file, confirmed }] }) => {
  Atomics.wait(new Int32Array(confirmed.buffer), 0, 0, 60_000)
  return { outcome: "done", file, at: String(confirmed[0]) }
}`,
    )
    const confirmed = new BigInt64Array(new SharedArrayBuffer(16))
    guardWrites([{ ...held(), confirmed }])
    const pool = openPool({ workers: 1, memoryBytes: 2 ** 30 }, { worker: url })
    try {
      const result = pool.run(input())
      confirmed[0] = 7n
      Atomics.notify(new Int32Array(confirmed.buffer), 0)
      expect(await result).toMatchObject({ file: held().file, at: "7" })
    } finally {
      endGuard(held())
      await pool.close()
    }
  })

  it("is guarded by who runs a task, and known to its process without the clock", async () => {
    await runTask({ ...input(), locked: [{ ...held(), confirmed: new BigInt64Array(2) }] })
    const isOwn = ({ file }: LockedFolder): boolean => file === held().file
    expect(lockedFolders().find(isOwn)?.confirmed).toHaveLength(2)
    expect(lockedFolders(false).find(isOwn)).toEqual(held())
    endGuard(held())
  })
})
