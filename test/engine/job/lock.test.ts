import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { lockOutput } from "../../../engine/job/lock.js"

describe("the lock of an output folder", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-lock-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("makes the folder, is given back, and can be taken again", async () => {
    const out = join(folder, "a/b/c")
    const unlock = await lockOutput(out)
    expect(await readdir(join(out, ".work"))).toEqual(["lock"])
    await unlock()
    await (await lockOutput(out))()
    expect(await readdir(join(out, ".work"))).toEqual([])
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
})
