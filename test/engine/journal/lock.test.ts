import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  assertLocked,
  atomicWrite,
  endGuard,
  guardOnly,
  guardWrites,
  moveIntoPlace,
  removalFolder,
  removeFile,
} from "../../../engine/core/files/atomic-write.js"
import type { LockTimes } from "../../../engine/journal/hold-lock.js"
import { Journal } from "../../../engine/journal/journal.js"
import { lockOutput } from "../../../engine/journal/lock.js"
import { type LockHolder, lockText, thisHolder } from "../../../engine/journal/lock-holder.js"
import { until } from "../../until.js"

/** The usual times, a hundred times as fast and more. */
const times: LockTimes = { beatMs: 50, staleMs: 400, trustMs: 200, deathMs: 0 }

/** Puts a lock there as if `holder` had taken it. */
const plant = async (out: string, holder: LockHolder, state: "holding" | "fencing" = "holding"): Promise<string> => {
  const file = join(out, ".work/lock", `planted-${Math.random()}`)
  await mkdir(join(out, ".work/lock"), { recursive: true })
  await writeFile(file, lockText(holder, state))
  return file
}

const elsewhere = async (): Promise<LockHolder> => ({ ...(await thisHolder()), namespace: "pid:[1]", pid: 7 })

describe("the lock of an output folder", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-lock-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("makes the folder, is given back, and can be taken again", async () => {
    const out = join(folder, "a/b/c")
    const lock = await lockOutput(out)
    expect(await readdir(join(out, ".work"))).toEqual(["lock", expect.stringMatching(/^removed-/)])
    await lock.release()
    await (await lockOutput(out)).release()
    expect(await readdir(join(out, ".work"))).toEqual([])
  })

  it("names the remedy where an older version left its lock as a file", async () => {
    const out = join(folder, "older")
    await mkdir(join(out, ".work"), { recursive: true })
    await writeFile(join(out, ".work/lock"), "7")
    const refused = await lockOutput(out).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: "E_OUTPUT", context: { file: join(out, ".work/lock") } })
    expect(String(refused)).toContain("Remove it when no run writes there")
  })

  it("names a living holder in the same place, and refuses", async () => {
    const out = join(folder, "living")
    const lock = await lockOutput(out)
    const refused = await lockOutput(out, { times }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: "E_USAGE" })
    expect(String(refused)).toMatch(new RegExp(`process ${process.pid} on host \\S+ \\(since 20.*Wait for it, stop it`))
    await lock.release()
  })

  it("refuses while a counter elsewhere moves, and takes over when it stands still", async () => {
    const out = join(folder, "elsewhere")
    const file = await plant(out, await elsewhere())
    const moved = lockText(await elsewhere(), "fencing")
    const told: string[] = []
    const onWait = (text: string): void => {
      if (told.push(text) === 1) writeFileSync(file, moved)
    }
    await expect(lockOutput(out, { times, onWait })).rejects.toMatchObject({ code: "E_USAGE" })
    const began = performance.now()
    await (await lockOutput(out, { times, onWait })).release()
    expect(performance.now() - began).toBeGreaterThanOrEqual(times.staleMs)
    expect(told).toHaveLength(2)
    expect(told[0]).toMatch(/process 7 in another container of host \S+ .*may still be writing/)
  })

  it("ends the wait when it is stopped", async () => {
    const out = join(folder, "stopped")
    await plant(out, await elsewhere())
    const signal = AbortSignal.timeout(50)
    await expect(lockOutput(out, { signal })).rejects.toMatchObject({ code: "E_INCOMPLETE" })
  })

  it("raises its counter while the main thread is busy", async () => {
    const out = join(folder, "busy")
    const lock = await lockOutput(out, { times })
    const [name = ""] = await readdir(join(out, ".work/lock"))
    const count = async (): Promise<number> =>
      Number((await readFile(join(out, ".work/lock", name), "utf8")).split("\n")[1]?.split(" ")[0])
    await until("the first beat", async () => (await count()) > 0)
    const before = await count()
    for (const end = performance.now() + 6 * times.beatMs; performance.now() < end; );
    expect(await count()).toBeGreaterThan(before + 1)
    await lock.release()
  })

  it("tells of a folder that cannot be made below a file", async () => {
    await writeFile(join(folder, "file"), "")
    await expect(lockOutput(join(folder, "file/out"))).rejects.toMatchObject({ code: "E_OUTPUT" })
  })

  it.skipIf(process.platform !== "linux")(
    "tells of a file system that takes no folder, and does not hang",
    async () => {
      await expect(lockOutput("/proc/maille")).rejects.toMatchObject({ code: "E_OUTPUT" })
    },
  )

  it("lets a holder whose lock was taken over write nothing more", async () => {
    const out = join(folder, "lost")
    const lock = await lockOutput(out, { times })
    const journal = await Journal.open(out)
    await journal.append({ type: "stop", at: "1" })
    // In the middle of a write when it is stopped: the file is whole, the lock was looked for.
    const temporary = join(out, ".work/tmp/half-way")
    await mkdir(join(out, ".work/tmp"))
    await writeFile(temporary, "late")
    const [name = ""] = await readdir(join(out, ".work/lock"))
    await rm(join(out, ".work/lock", name))
    // What it appends to: open, and the lock was looked for.
    const appended = ["journal.jsonl", "packs/run.3tz.part", ".work/packs/run.pack"].map((path) => join(out, path))
    for (const path of appended.slice(1)) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, "packed")
    }
    const inodes = (): Promise<number[]> => Promise.all(appended.map(async (path) => (await stat(path)).ino))
    const before = await inodes()
    const second = await lockOutput(out, { times })
    await until("the first to find out", () => lock.lost.aborted)
    // Of two holders in one process the second must not vouch for the first.
    expect(() => assertLocked(join(out, "tileset.json"))).toThrow(/took over/)
    await expect(journal.append({ type: "stop", at: "2" })).rejects.toMatchObject({ code: "E_INCOMPLETE" })
    await expect(atomicWrite(join(out, "a"), "a", join(out, ".work/tmp"))).rejects.toMatchObject({
      code: "E_INCOMPLETE",
    })
    await expect(moveIntoPlace(temporary, join(out, "a"))).rejects.toMatchObject({ code: "E_INCOMPLETE" })
    // A removal that it had begun moves the file into a folder that is gone.
    await writeFile(join(out, "new"), "of the second")
    await expect(rename(join(out, "new"), join(removalFolder(join(out, ".work/lock", name)), "x"))).rejects.toThrow()
    await expect(removeFile(join(out, "new"))).rejects.toMatchObject({ code: "E_INCOMPLETE" })
    await lock.release()
    await removeFile(join(out, "new"))
    expect(await readdir(out)).not.toContain("new")
    // What the first had begun: its rename finds no file, and what it appends to has no name.
    await expect(rename(temporary, join(out, "a"))).rejects.toMatchObject({ code: "ENOENT" })
    for (const [i, inode] of (await inodes()).entries()) expect(inode).not.toBe(before[i])
    expect(await readFile(appended[1] as string, "utf8")).toBe("packed")
    expect(await readFile(appended[0] as string, "utf8")).toMatch(/^\{"type":"stop","at":"1",[^\n]*\n$/)
    await journal.close()
    await atomicWrite(join(out, "a"), "a", join(out, ".work/tmp"))
    await second.release()
  })

  it("looks at each write when nothing was confirmed for long, and elsewhere than below its folder never", async () => {
    const held = { folder: join(folder, "held"), file: join(folder, "no-lock"), trustMs: 10_000 }
    const confirmed = new BigInt64Array([process.hrtime.bigint(), BigInt(Date.now())])
    guardWrites([{ ...held, confirmed }])
    expect(() => assertLocked(join(held.folder, "a"))).not.toThrow()
    // The machine slept: the monotonic clock did not go on.
    confirmed[1] = BigInt(Date.now() - 20_000)
    expect(() => assertLocked(join(held.folder, "a"))).toThrow(/took over/)
    // Another process shares no clocks.
    guardWrites([held])
    expect(() => assertLocked(held.folder)).toThrow(/took over/)
    expect(() => assertLocked(`${held.folder}-other/a`)).not.toThrow()
    endGuard(held)
  })

  it("of a former run is forgotten by a thread that serves another one", () => {
    const former = { folder: join(folder, "twice"), file: join(folder, "former-lock"), trustMs: 0 }
    guardOnly([former])
    expect(() => assertLocked(former.folder)).toThrow(/took over/)
    guardOnly([])
    expect(() => assertLocked(former.folder)).not.toThrow()
  })

  /** Rounds of the test below; 10,000 by hand. */
  const rounds = Number(process.env["MAILLE_LOCK_ROUNDS"] ?? 300)

  it(
    `is given to one of two processes, never to both, in ${rounds} rounds`,
    async () => {
      const out = join(folder, "contended")
      const contenders = [startContender(out), startContender(out)]
      const here = await thisHolder()
      const lost: string[] = []
      const none = async (): Promise<undefined> => undefined
      // How the round begins, and how many shall hold the lock then.
      const kinds: readonly (readonly [name: string, begin: () => Promise<unknown>, holders: number])[] = [
        ["no lock", none, 1],
        ["a stale lock", () => plant(out, { ...here, started: "1" }), 1],
        ["a lock of nobody", () => mkdir(join(out, ".work/lock"), { recursive: true }), 1],
        ["a fresh lock", () => plant(out, here), 0],
        ["a stale lock elsewhere", async () => plant(out, await elsewhere()), 1],
      ]
      for (let round = 0; round < rounds; round++) {
        // The last kind takes as long as a counter must stand still.
        const [name, begin, holders] = kinds[round % 20 === 19 ? 4 : round % 4]!
        await mkdir(join(out, ".work"), { recursive: true })
        await begin()
        const answers = await Promise.all(contenders.map((contender) => contender.ask("take")))
        const took = answers.filter((answer) => answer === "held").length
        const others = answers.filter((answer) => answer !== "held" && answer !== "E_USAGE")
        if (took !== holders || others.length > 0) lost.push(`round ${round}, ${name}: ${answers}`)
        await Promise.all(contenders.map((contender) => contender.ask("give")))
        await rm(join(out, ".work"), { recursive: true })
      }
      for (const contender of contenders) contender.child.kill()
      expect(lost).toEqual([])
    },
    Math.max(300_000, 200 * rounds),
  )
})

/** A process that takes and gives back the lock when it is asked. */
const startContender = (out: string): { child: ChildProcess; ask(what: string): Promise<string> } => {
  const code = `
    import { lockOutput } from ${JSON.stringify(new URL("../../../dist/engine/journal/lock.js", import.meta.url).href)}
    const times = ${JSON.stringify({ ...times, staleMs: 60, trustMs: 40, beatMs: 20_000 })}
    let lock
    process.on("message", async (what) => {
      if (what === "give") { await lock?.release(); lock = undefined; return process.send("given") }
      try {
        lock = await lockOutput(${JSON.stringify(out)}, { times })
        process.send("held")
      } catch (error) { process.send(error.code ?? String(error)) }
    })`
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  })
  const ask = async (what: string): Promise<string> => {
    const answer = once(child, "message")
    child.send(what)
    const [text] = await answer
    return String(text)
  }
  return { child, ask }
}
