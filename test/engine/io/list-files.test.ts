import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { listFiles } from "../../../engine/io/list-files.js"

const folder = mkdtempSync(join(tmpdir(), "maille-list-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, "deep", "er"), { recursive: true })
for (const name of ["a.tif", "b.TIF", "c.txt", "deep/er/d.tif", "e[1].tif"]) writeFileSync(join(folder, name), name)
symlinkSync(join(folder, "a.tif"), join(folder, "link.tif"))

const names = async (path: string) => (await listFiles(path, /\.tif$/i))?.map((file) => basename(file)).sort()

describe("listFiles", () => {
  it("lists a folder to its depth by the wanted names, links followed", async () => {
    expect(await names(folder)).toEqual(["a.tif", "b.TIF", "d.tif", "e[1].tif", "link.tif"])
  })

  it("takes a named file and a glob at their word", async () => {
    expect(await names(join(folder, "c.txt"))).toEqual(["c.txt"])
    expect(await names(join(folder, "e[1].tif"))).toEqual(["e[1].tif"])
    expect(await names(`${folder}/**/d.*`)).toEqual(["d.tif"])
  })

  it("tells what stands for nothing", async () => {
    expect(await names(join(folder, "absent"))).toBeUndefined()
    expect(await names(`${folder}/*.jp2`)).toBeUndefined()
  })
})
