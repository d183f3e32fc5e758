import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { asOutput } from "../../output-folder.js"

let folder = ""
const put = (path: string, text: string): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  writeFileSync(join(folder, path), text)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-hash-"))
  put("tileset.json", "{}")
  put("raster/dtm/1.tif", "raster")
  asOutput(folder)
})
afterEach(() => rmSync(folder, { recursive: true }))

describe("hashOutput", () => {
  it("leaves out what tells of the run, and files that maille did not write", async () => {
    const before = await hashOutput(folder)
    for (const path of ["plan.json", "journal-2.jsonl", "report.json", "report.html"]) put(path, "x")
    for (const path of ["quarantine/a.json", ".work/tmp/half.tif", "notes.txt", "raster/dtm/mine.tif"]) put(path, "x")
    for (const path of ["tiles/1/2/mine.json", "packs/mine.3tz"]) put(path, "x")
    expect(await hashOutput(folder)).toEqual(before)
    expect(before.count).toBe(2)
    expect(await hashOutput(`${folder}/`)).toEqual(before)
  })

  it("changes with bytes, with names and with one file more", async () => {
    const { hash } = await hashOutput(folder)
    put("raster/dtm/1.tif", "raster.")
    const other = await hashOutput(folder)
    put("raster/dtm/2.tif", "raster")
    asOutput(folder)
    const third = await hashOutput(folder, { list: true })
    expect(new Set([hash, other.hash, third.hash]).size).toBe(3)
    expect(third.files?.map(({ path }) => path)).toEqual(["raster/dtm/1.tif", "raster/dtm/2.tif", "tileset.json"])
  })

  it("refuses a folder that is missing or has no product", async () => {
    await expect(hashOutput(join(folder, "absent"))).rejects.toMatchObject({ code: "E_INPUT" })
    asOutput(join(folder, "empty"))
    await expect(hashOutput(join(folder, "empty"))).rejects.toMatchObject({ code: "E_INPUT" })
  })
})
