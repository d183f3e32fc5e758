import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { atomicWrite } from "../../../engine/core/files/atomic-write.js"
import { jsonElements } from "../../../engine/core/files/line-batches.js"
import { jsonPieces } from "../../../engine/core/json/json-pieces.js"
import { encodeVrt } from "../../../engine/formats/raster/vrt.js"
import { TileKey } from "../../../engine/grid/tile-key.js"
import type { WorkContext } from "../../../engine/plan/context.js"
import type { PlannedTask, Planning, TaskBeforeCost } from "../../../engine/plan/planned-task.js"
import { buildTasks } from "../../../engine/plan/tasks/build-tasks.js"

/** A call takes about 120,000 arguments: so many tiles have more parents. */
const side = 640
const grid = { leafSide: 1000, leafLevel: 11 }

/** A job of stages without kernels on a square of tiles that one source covers. */
const planningOf = (): Planning => {
  const step = { id: "mesh.simplify", inputGrowth: 0, outputGrowth: 0, options: {} }
  const chains = {
    ...{ tile: [], region: [], job: [], model: [], parent: [step] },
    ...{ publish: [], shown: "mesh", shards: [], handed: [] },
  }
  const source = { path: "a.copc.laz", identity: "a", count: 1, box: [0, 0, 1000 * side, 1000 * side] }
  const context = {
    grid,
    chains,
    options: {},
    images: [],
    sources: [{ ...source }],
    version: "0",
    textureFormat: "jpeg",
  }
  return {
    job: { tileSize: 1000 },
    context: context as unknown as WorkContext,
    kernels: [],
    catalogue: { sources: [source], boxes: [source.box], query: () => [source] },
    shared: "",
  } as unknown as Planning
}

describe("of a country", () => {
  let folder = ""
  let tasks: TaskBeforeCost[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "maille-big-"))
    tasks = buildTasks(planningOf())
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("tiles with their parents are laid out", () => {
    const parents = tasks.filter(({ stage }) => stage === "parent")
    expect(parents.length).toBeGreaterThan(130_000)
    expect(tasks.length).toBe(side * side + parents.length)
  })

  it("a plan that is longer than a string is written and read", async () => {
    const path = join(folder, "plan.json")
    const long = Array.from({ length: 1100 }, (_, i) => ({ key: String(i), note: "x".repeat(500_000) }))
    await atomicWrite(path, jsonPieces({ hash: "", tasks: long }), folder)
    expect((await stat(path)).size).toBeGreaterThan(2 ** 29)
    let count = 0
    for await (const task of jsonElements(path, "tasks")) if ((task as PlannedTask).key === long[count]?.key) count++
    expect(count).toBe(long.length)
  })

  it("a mosaic is written", () => {
    const tiles = tasks
      .filter(({ stage }) => stage === "tile")
      .map(({ key }) => {
        const [minX, , , maxY] = TileKey.box(grid, TileKey.parse(key))
        return { path: `dtm/${key}.tif`, minX, maxY, width: 2000, height: 2000 }
      })
    const text = encodeVrt(tiles, { cellSize: 0.5, epsg: 2154, noData: -9999, type: "float" })
    expect(text).toContain(`rasterXSize="${2000 * side}"`)
  })
})
