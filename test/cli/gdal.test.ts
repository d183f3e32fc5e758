import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { installCommand } from "../../cli/commands/gdal.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { maille } from "./maille.js"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-gdal-"))
})
afterAll(() => rm(folder, { recursive: true }))

describe("maille gdal", () => {
  it("names the version that is installed, else what installs it", async () => {
    const { code, stdout } = await maille("gdal")
    if ((await loadGdal()) === undefined) {
      expect(code).toBe(3)
      expect(stdout).toMatch(/^GDAL is not installed\.\nTo install it:\n {2}node .*setup\.mjs --gdal\n/)
    } else {
      expect(code).toBe(0)
      expect(stdout).toMatch(/^GDAL \d+\.\d+\.\d+\S* is installed\.\n$/)
    }
  })

  it("installs it where this maille finds it: a clone, a project, or globally", async () => {
    const clone = join(folder, "clone")
    await mkdir(clone)
    await writeFile(join(clone, "setup.mjs"), "")
    expect(installCommand(clone)).toEqual(["node", join(clone, "setup.mjs"), "--gdal"])
    const project = join(folder, "project")
    await mkdir(join(project, "node_modules", "maille"), { recursive: true })
    await writeFile(join(project, "package.json"), "{}")
    const inProject = installCommand(join(project, "node_modules", "maille"))
    expect(inProject).toEqual(["npm", "install", "--prefix", project, "gdal-async@^3.12.3"])
    const everywhere = installCommand(join(folder, "lib", "node_modules", "maille"))
    expect(everywhere).toEqual(["npm", "install", "--global", "gdal-async@^3.12.3"])
  })
})
