/** Contours and drainage end where the terrain model does, at an oblique end of the data. */
import { readdirSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import { type DataEnds, writeDataEnds } from "../../fixtures/data-ends.js"
import { runKept } from "../run-maille.js"

const CELL = 1

describe("an oblique end of the data", () => {
  let [folder, ends] = ["", undefined as unknown as DataEnds]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-outline-"))
    ends = await writeDataEnds(join(folder, "strip.las"), { pulsesPerM2: 2 })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The cells of a product with a value. */
  const cellsOf = async (out: string, product: string): Promise<Set<string>> => {
    const cells = new Set<string>()
    for (const name of readdirSync(join(out, "raster", product))) {
      if (!name.endsWith(".tif")) continue
      const { data, width, minX, maxY } = await readRaster(join(out, "raster", product, name))
      for (const [i, z] of data.entries())
        if (!Number.isNaN(z)) cells.add(`${minX + (i % width) * CELL} ${maxY - CELL - Math.floor(i / width) * CELL}`)
    }
    return cells
  }

  const run = async (side: number) => {
    const out = join(folder, `out-${side}`)
    const args = ["--tile-size", `${side}`, "--cell", `${CELL}`, "--products", "dtm,vector", "--layers", "contour"]
    const ended = await runKept(["run", ends.lidar, ...args, "--kernel", "simulation.flow", "--out", out, "--json"])
    expect(ended.code, ended.stderr).toBe(0)
    const { features } = await readFlatGeobuf(join(out, "vector", "contour.fgb"))
    return { dtm: await cellsOf(out, "dtm"), flow: await cellsOf(out, "flow-filled"), features }
  }

  it("ends contours and drainage with the terrain model, whatever the tile size", async () => {
    const [whole, cut] = [await run(250), await run(125)]
    let farthest = -Infinity
    const { coordinates, dimension } = whole.features
    for (let i = 0; i < coordinates.length; i += dimension)
      farthest = Math.max(farthest, ends.beyond(coordinates[i]!, coordinates[i + 1]!))
    process.stdout.write(
      `farthest vertex ${farthest.toFixed(2)} m beyond; cells ${whole.dtm.size} of the model, ${whole.flow.size} of drainage\n`,
    )
    expect(whole.features.ids.length).toBeGreaterThan(10)
    expect(farthest).toBeLessThan(2.5)
    expect(whole.flow).toEqual(whole.dtm)
    expect(cut.dtm).toEqual(whole.dtm)
    expect(cut.flow).toEqual(whole.flow)
    expect(cut.features.ids.toSorted()).toEqual(whole.features.ids.toSorted())
  })
})
