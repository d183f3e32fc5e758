/**
 * Buildings that the end of the data cuts, straight or obliquely: the same in tiles of 100, 250 and
 * 500 m, `truncated`, with no air beneath their level base.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type DataEnds, writeDataEnds } from "../../fixtures/data-ends.js"
import { runKept } from "../run-maille.js"
import { layerOf, type Place, solidsOf } from "./building-outputs.js"

const ENDS = [
  ["oblique", undefined],
  ["straight", [1, 0]],
] as const

describe("buildings that the end of the data cuts", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-cut-buildings-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = async (name: string, { lidar }: DataEnds, side: string): Promise<string> => {
    const out = join(folder, `${name}-${side}`)
    const products = ["--products", "mesh,vector", "--layers", "building,roof"]
    const ended = await runKept(["run", lidar, "--out", out, "--tile-size", side, ...products])
    expect(ended.code, ended.stderr).toBe(0)
    return out
  }

  it.each(ENDS)("%s: the same for every tile size, truncated, no air beneath", async (name, direction) => {
    const file = join(folder, `${name}.las`)
    const made = await writeDataEnds(file, { pulsesPerM2: 4, ...(direction && { out: direction }) })
    const small = await run(name, made, "100")
    const buildings = await layerOf(small, "building")
    const cut = [...buildings].filter(([, { rings }]) =>
      rings.some((ring) => ring.some((value, i) => i % 2 === 0 && made.beyond(value, ring[i + 1]!) > -1)),
    )
    const flagged = [...buildings].filter(([, { values }]) => values["truncated"] === 1)
    expect(buildings.size).toBe(4)
    expect(cut.length).toBe(1)
    expect(flagged.map(([id]) => id)).toEqual(cut.map(([id]) => id))
    const solids = solidsOf(small)
    for (const side of ["250", "500"]) {
      const out = await run(name, made, side)
      for (const layer of ["building", "roof"])
        expect(await layerOf(out, layer), layer).toEqual(await layerOf(small, layer))
      expect(solidsOf(out)).toEqual(solids)
    }
    const lowest = new Map<string, readonly [x: number, y: number, z: number]>()
    for (const [x, y, z] of solids
      .get(cut[0]![0])!
      .places.map((place): Place => [place[0] / 1e4, place[1] / 1e4, place[2] / 1e4])) {
      const key = `${x.toFixed(3)} ${y.toFixed(3)}`
      if (made.beyond(x, y) > -1 && z < (lowest.get(key)?.[2] ?? Number.POSITIVE_INFINITY)) lowest.set(key, [x, y, z])
    }
    const off = [...lowest.values()].map(([x, y, z]) => z - made.scene.ground(x, y)).filter((above) => above < 4)
    process.stdout.write(
      `${name}: base at the cut above the ground by ${off.map((d) => (100 * d).toFixed(1)).join(", ")} cm\n`,
    )
    expect(off.length).toBeGreaterThan(1)
    for (const above of off) expect(above).toBeLessThan(0.02)
  })
})
