/** Façades of parents, as written, against the walls of the scene. */
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { writeViewScene } from "../../../fixtures/make-views.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { jsonOf, runKept } from "../../run-maille.js"
import { type FacadeFigures, facadeFigures } from "./facade-figures.js"

describe("façades from level to level", () => {
  let folder = ""
  let levels: readonly string[] = []
  const out = (): string => join(folder, "out")
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-facade-"))
    const made = await writeViewScene({ out: join(folder, "scene"), views: 12, spread: 0, cars: 0, seed: 1 })
    const images = ["--imagery", made.ortho, "--oriented-images", join(folder, "scene", "views")]
    const job = ["--products", "mesh,texture", "--tile-size", "100", "--out", out(), "--json"]
    const ended = await runKept(["run", join(folder, "scene", "lidar"), ...images, ...job])
    expect(ended.code, ended.stderr).toBe(0)
    // Level 0 is the root: the finest comes last.
    levels = (await readdir(join(out(), "tiles"))).sort((a, b) => Number(b) - Number(a))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("parents' walls have their children's colours, at the texel of the level", async () => {
    const scene = makeScene({ seed: 1 })
    expect(levels.length).toBeGreaterThan(1)
    const figures: FacadeFigures[] = []
    for (const [above, level] of levels.entries())
      figures.push(await facadeFigures(out(), level, scene, 0.2 * 2 ** above))
    console.log(
      figures
        .map(
          ({ places, painted, psnr }) =>
            `${places} places, ${(100 * painted).toFixed(1)} % painted, ${psnr.toFixed(1)} dB`,
        )
        .join("; "),
    )
    const [finest, parent] = figures as [FacadeFigures, FacadeFigures]
    expect(finest.psnr).toBeGreaterThan(26)
    expect(parent.places).toBeGreaterThan(1000)
    expect(parent.painted).toBeGreaterThan(0.95)
    expect(parent.psnr).toBeGreaterThan(24)
    expect((jsonOf(await runKept(["validate", out(), "--json"])) as { ok: boolean }).ok).toBe(true)
  })
})
