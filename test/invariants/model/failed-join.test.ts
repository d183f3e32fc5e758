/** A join that fails takes only the products with it that need it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { encodeLas } from "../../../engine/formats/las/write/las-writer.js"
import type { RunSummary } from "../../../engine/report/outcome.js"
import { hashesOf } from "../../hashes-of.js"
import { jsonOf, runKept } from "../../run-maille.js"

const [west, south] = [770_000, 6_277_000]

/** Ground of 200 m by 200 m with a valley, and no point in the 80 m × 80 m of its middle. */
const ground = (): Uint8Array => {
  const places: [number, number][] = []
  for (let y = 0.5; y < 200; y++)
    for (let x = 0.5; x < 200; x++) if (Math.max(Math.abs(x - 100), Math.abs(y - 100)) > 40) places.push([x, y])
  const count = places.length
  const points = {
    count,
    x: Int32Array.from(places, ([x]) => 1000 * x),
    y: Int32Array.from(places, ([, y]) => 1000 * y),
    z: Int32Array.from(places, ([x, y]) => Math.round(10_000 + 200 * Math.abs(x - 40) + 20 * y)),
    scale: 0.001,
    origin: [west, south, 0] as const,
    classification: new Uint8Array(count).fill(2),
    returnNumber: new Uint8Array(count).fill(1),
    numberOfReturns: new Uint8Array(count).fill(1),
  }
  return encodeLas(points, { pointFormat: 6, epsg: 2154 })
}

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-failed-join-"))
  await writeFile(join(folder, "ground.las"), ground())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = async (out: string, from: string, ...more: string[]): Promise<[number | null, RunSummary]> => {
  const kernels = ["--kernel", "simulation.flow", "--kernel", "simulation.flood"]
  const pour = ["--set", "simulation.flood-tile.level=40", "--set", `simulation.flood-tile.from=${from}`]
  const line = [...["run", join(folder, "ground.las"), "--tile-size", "100", "--products", "dtm"], ...kernels, ...pour]
  const ended = await runKept([...line, "--out", join(folder, out), ...more, "--json"])
  return [ended.code, jsonOf(ended) as RunSummary]
}

const [onGround, onNothing] = [`${west + 40},${south + 20},300`, `${west + 100.5},${south + 100.5},300`]

it("a flood without ground fails, and terrain, drainage and streams are published as without it", async () => {
  const [code, summary] = await run("failed", onNothing)
  expect(code).toBe(1)
  const flood = summary.tiles.find(({ stage }) => stage === "job")
  expect(flood).toMatchObject({ key: "simulation.flood-join", outcome: "failed" })
  expect(flood?.reason).toContain("no ground in the terrain model")
  expect(summary).toMatchObject({ done: 4, failed: 1 })
  expect(summary.tiles.find(({ stage }) => stage === "tile")?.reason).toContain("without simulation.flood: needs job")

  const [whole, full] = await run("whole", onGround)
  expect([whole, full.failed]).toEqual([0, 0])
  const [all, made] = [await hashesOf(join(folder, "whole")), await hashesOf(join(folder, "failed"))]
  const isFloods = (path: string): boolean => path.includes("flood")
  const products = (hashes: Record<string, string>): string[] =>
    Object.keys(hashes).filter((path) => /^(raster|vector)\//.test(path))
  expect(products(made).filter(isFloods)).toEqual([])
  expect(products(made)).toEqual(products(all).filter((path) => !isFloods(path)))
  expect(products(made).length).toBeGreaterThan(20)

  // Mended, the run makes the flood and nothing else anew.
  const [mended] = await run("failed", onGround, "--replace")
  expect(mended).toBe(0)
  expect(await hashesOf(join(folder, "failed"))).toEqual(all)
})
