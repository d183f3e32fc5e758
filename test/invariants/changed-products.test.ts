import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hashOutput } from "../../engine/report/hash-output.js"
import { jsonOf, runMaille } from "../run-maille.js"
import { sharedData } from "../shared-data.js"
import { montpellier } from "./montpellier.js"

describe.skipIf(!sharedData)("a folder whose job asks for other products", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-products-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (name: string, ...more: string[]) =>
    jsonOf(
      await runMaille([
        "run",
        montpellier.points[0] as string,
        "--tile-size",
        "50",
        "--out",
        join(folder, name),
        "--json",
        ...more,
      ]),
    )
  const hashOf = async (name: string): Promise<string> => (await hashOutput(join(folder, name))).hash

  it("holds those alone, as a new folder would", async () => {
    expect((await run("used")).done).toBe(1)
    expect((await run("used", "--products", "dtm")).done).toBe(1)
    await run("new", "--products", "dtm")
    expect(await hashOf("used")).toBe(await hashOf("new"))
  })
})
