/** `maille inspect` on files of oriented images. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeScene } from "../../fixtures/sample/scene.js"
import { sceneViews } from "../../fixtures/sample/views.js"
import { type WrittenViews, writeViews } from "../../fixtures/sample/write-views.js"
import { sharedData } from "../shared-data.js"
import { mailleKept as maille } from "./maille.js"

let folder = ""
let written: WrittenViews
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "maille-inspect-"))
  const scene = makeScene()
  written = await writeViews(folder, scene, sceneViews(scene, { count: 5, width: 64, height: 48 }), "tif")
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("maille inspect on oriented images", () => {
  it("tells shots, cameras and images of a folder", async () => {
    const { code, stdout } = await maille("inspect", folder, "--json")
    expect(code).toBe(0)
    const { sources, rejected, orientations } = JSON.parse(stdout)
    expect([sources, rejected]).toEqual([[], []])
    expect(orientations).toMatchObject({
      ...{ shots: 5, withImage: 5, withoutImage: [], notes: [] },
      files: [{ path: written.orientation, shots: 5 }],
      cameras: [{ name: "synthetic", width: 64, height: 48, shots: 5 }],
    })
    expect(orientations.bbox[2] - orientations.bbox[0]).toBeGreaterThan(200)
    expect(orientations.altitudes[1] - orientations.altitudes[0]).toBeCloseTo(80, 1)
  })

  it("counts shots without an image, and does not look for images where none were named", async () => {
    rmSync(join(written.images, "view_002.tif"))
    const { stdout } = await maille("inspect", folder)
    expect(stdout).toMatch(/^5 oriented images, 4 with an image, 0 faults$/m)
    expect(stdout).toMatch(/^without image: view_002$/m)
    const files = await maille("inspect", written.orientation, written.camera, "--json")
    const { orientations } = JSON.parse(files.stdout)
    expect(orientations.shots).toBe(5)
    expect(orientations).not.toHaveProperty("withImage")
  })

  it("refuses orientations without their camera, naming it", async () => {
    const { code, stderr } = await maille("inspect", written.orientation)
    expect(code).toBe(3)
    expect(stderr).toMatch(/unknown camera "synthetic" of 5 shots/)
  })

  it.skipIf(!sharedData)("counts the real flight's 805 shots", async () => {
    const { stdout } = await maille("inspect", `${sharedData}/oriented-images/Borea`, "--json")
    const { orientations } = JSON.parse(stdout)
    const name = "23FD1305_alt_2.OPK"
    expect(orientations.files.find(({ path }: { path: string }) => path.endsWith(name))?.shots).toBe(805)
  })
})
