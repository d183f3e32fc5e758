import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { maille } from "./maille.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-demo-"))
})
afterAll(() => rm(folder, { recursive: true }))

// The demonstration itself is a step of .ci/run: from the packed package, in an empty folder.
describe("maille demo", () => {
  it("leaves folders alone that another program or version filled", async () => {
    const foreign = join(folder, "foreign")
    await mkdir(foreign)
    await writeFile(join(foreign, "notes.txt"), "mine")
    const refused = await maille("demo", "--out", foreign)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`${foreign} contains "notes.txt", which no demo wrote. Choose`)
    expect(await readdir(foreign)).toEqual(["notes.txt"])

    const older = join(folder, "older")
    await mkdir(join(older, "input"), { recursive: true })
    await writeFile(join(older, "input", "sample.json"), '{"sample":1,"seed":1}')
    const other = await maille("demo", "--out", older)
    expect(other.code).toBe(2)
    expect(other.stderr).toContain("a scene of another version of maille")
    expect(await readdir(join(older, "input"))).toEqual(["sample.json"])
  })
})
