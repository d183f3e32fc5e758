/**
 * Points of classes that no kernel takes end a run with 3, with classes, counts and the remedy; few
 * others are no reason to say nothing.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { runKept } from "../run-maille.js"

/** A square of 20 m by 20 m, whose points are of the classes in turn. */
const square = (...classes: number[]): Uint8Array => {
  const count = 400
  const points = {
    count,
    x: Int32Array.from({ length: count }, (_, i) => 1000 * (i % 20) + 500),
    y: Int32Array.from({ length: count }, (_, i) => 1000 * Math.floor(i / 20) + 500),
    z: new Int32Array(count).fill(5000),
    scale: 0.001,
    origin: [770_000, 6_277_000, 0] as const,
    classification: Uint8Array.from({ length: count }, (_, i) => classes[i % classes.length]!),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

const withFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-classes-"))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const classesOf = async (out: string): Promise<unknown> =>
  JSON.parse(await readFile(join(out, "report.json"), "utf8")).pointsByClass

it("points without a class end with 3, or with a warning where a few have one; COPC is counted alike", () =>
  withFolder(async (folder) => {
    const file = (name: string): string => join(folder, name)
    const run = async (name: string, input: string, ...more: string[]) =>
      runKept(["run", file(input), "--tile-size", "50", "--out", file(name), ...more])
    await writeFile(file("none.las"), square(1, 0, 0, 0))
    const none = await run("none", "none.las", "--products", "dtm")
    expect(none.code, none.stderr).toBe(3)
    // 0 and 1 mean the same.
    expect(none.stderr).toContain("found class 1 (400 points)")
    await writeFile(file("some.las"), square(...Array.from({ length: 40 }, (_, i) => (i % 20 === 0 ? 2 : 1))))
    const warning = /95 % of the points have no class \(1: 380 points\).*--vegetation-from unclassified/
    expect((await run("some", "some.las", "--products", "vector")).stderr).toMatch(warning)
    expect(await readFile(file("some/report.html"), "utf8")).toMatch(warning)
    expect(await classesOf(file("some"))).toEqual({ 1: 380, 2: 20 })
    expect((await run("dtm", "some.las", "--products", "dtm")).stderr).not.toMatch(/no class/)
    expect((await run("from", "some.las", "--vegetation-from", "unclassified")).stderr).not.toMatch(/no class/)
    expect((await runKept(["copc", file("some.las"), "--out", folder])).code).toBe(0)
    expect((await run("copc", "some.copc.laz", "--products", "vector")).stderr).toMatch(warning)
    expect(await classesOf(file("copc"))).toEqual({ 1: 380, 2: 20 })
  }))

it("a file of bathymetry ends with 3 and says why; with other points it is made", () =>
  withFolder(async (folder) => {
    const run = async (name: string, ...classes: number[]) => {
      await writeFile(join(folder, `${name}.las`), square(...classes))
      const line = ["run", join(folder, `${name}.las`), "--tile-size", "50", "--products", "dtm"]
      return runKept([...line, "--out", join(folder, name)])
    }
    const none = await run("none", 40, 40, 40, 45)
    expect(none.code, none.stderr).toBe(3)
    expect(none.stderr).toContain("leaves out every point: classes 40 (300 points), 45 (100 points)")
    expect(none.stderr).toContain("--classes FILE.json")
    expect((await run("some", 40, 2)).code).toBe(0)
  }))
