/** The main job on the synthetic scene, whose every surface is known; no real data needed. */

import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/reader.js"
import type { Scene } from "../../fixtures/sample/scene.js"
import { cityVolumes, worstVolume } from "../city-volumes.js"
import { jsonOf, runKept } from "../run-maille.js"
import { sceneFiles, sceneInFifties, sceneInHundreds } from "../scenes/sample-runs.js"

describe("the main job against the truth of the scene", () => {
  let scene: Scene
  let hundred = ""

  beforeAll(async () => {
    scene = (await sceneFiles()).scene
    hundred = await sceneInHundreds()
  })

  it("states the volumes that the solids enclose", () => {
    const volumes = cityVolumes(join(hundred, "vector", "building.city.jsonl"))
    expect(volumes.length).toBeGreaterThan(4)
    expect(worstVolume(volumes)).toBeLessThan(1e-4)
  })

  it("gives the bare earth to centimetres, under roofs aside", async () => {
    let squares = 0
    let n = 0
    let worst = 0
    for (const file of (await readdir(join(hundred, "raster", "dtm"))).filter((name) => name.endsWith(".tif"))) {
      const dtm = await readRaster(join(hundred, "raster", "dtm", file))
      for (let i = 0; i < dtm.data.length; i++) {
        const x = dtm.minX + ((i % dtm.width) + 0.5) * dtm.cellSize
        const y = dtm.maxY - (Math.floor(i / dtm.width) + 0.5) * dtm.cellSize
        // What lies under a roof, a deck or close to a wall was not measured; the outer metre has
        // points on one side alone.
        const [minX, minY, maxX, maxY] = scene.box
        if (Math.min(x - minX, maxX - x, y - minY, maxY - y) < 1) continue
        if (
          [-1, 0, 1].some((dx) =>
            [-1, 0, 1].some((dy) => ![2, 9].includes(scene.surface(x + dx, y + dy).classification)),
          )
        )
          continue
        const error = dtm.data[i]! - scene.ground(x, y)
        if (Number.isNaN(error)) throw new Error(`void at ${x}, ${y}`)
        squares += error * error
        worst = Math.max(worst, Math.abs(error))
        n++
      }
    }
    expect(n).toBeGreaterThan(140_000)
    // The points are noisy by 3 cm.
    expect(Math.sqrt(squares / n)).toBeLessThan(0.04)
    expect(worst).toBeLessThan(0.4)
  })

  it("gives each building once, in its place, with about its area, the courtyard open", async () => {
    const { features } = await readFlatGeobuf(join(hundred, "vector", "building.fgb"))
    const { buildings } = scene
    expect(features.ids).toHaveLength(buildings.length)
    expect(new Set(features.ids).size).toBe(buildings.length)
    const area = features.columns["area"]
    if (area?.type !== "number") throw new Error("no column of areas")
    const rings = features.ids.map((_, f) => ringsOf(features, f))
    for (const building of buildings) {
      const [x, y] = [(building.box[0] + building.box[2]) / 2, (building.box[1] + building.box[3]) / 2]
      const isOpen = building.name === "courtyard"
      // A point inside: the middle, or for the ring and the L one of their legs.
      const [px, py] = isOpen
        ? [x - 9, y - 2]
        : building.name === "ell"
          ? [building.box[0] + 4, building.box[1] + 6]
          : [x, y]
      const found = rings.flatMap((own, f) => (isInsideHalfOpen(own, px, py) ? [f] : []))
      expect(found, building.name).toHaveLength(1)
      expect(Math.abs(area.values[found[0]!]! / building.area - 1), building.name).toBeLessThan(0.3)
      if (isOpen)
        expect(
          rings.some((own) => isInsideHalfOpen(own, x, y)),
          "the courtyard is open",
        ).toBe(false)
    }
  })

  it("passes its own validation", async () => {
    const ended = await runKept(["validate", hundred, "--json"])
    expect(jsonOf(ended)).toMatchObject({
      ok: true,
      gltf: { errors: 0 },
      seams: { maxGapMm: 0 },
      mesh: { nonManifoldEdges: 0, degenerate: 0 },
      vector: { invalid: 0, duplicated: 0 },
    })
  })

  it("gives the same vector layers and the same raster cells for another tile size", async () => {
    const fifty = await sceneInFifties()
    // Features, not files: a file names the hash of the options, the tile size among them.
    for (const layer of ["building.fgb", "contour.fgb"]) {
      const [one, other] = await Promise.all([hundred, fifty].map((out) => readFlatGeobuf(join(out, "vector", layer))))
      expect(other!.features, layer).toEqual(one!.features)
    }
    for (const name of ["dtm", "dsm", "dhm"]) {
      const cells = await Promise.all([hundred, fifty].map((out) => mosaicOf(join(out, "raster", name))))
      expect(cells[0]!.size).toBe(160_000)
      let different = 0
      for (const [place, value] of cells[0]!) if (!Object.is(cells[1]!.get(place), value)) different++
      expect(different, name).toBe(0)
    }
  })
})

/** Closed rings of a feature. */
const ringsOf = (
  features: { coordinates: Float64Array; ringEnds: Uint32Array; partEnds: Uint32Array; dimension: number },
  feature: number,
): Float64Array[] => {
  const rings: Float64Array[] = []
  for (let r = feature === 0 ? 0 : features.partEnds[feature - 1]!; r < features.partEnds[feature]!; r++) {
    const from = r === 0 ? 0 : features.ringEnds[r - 1]!
    const xy: number[] = []
    for (let v = from; v < features.ringEnds[r]!; v++) {
      xy.push(features.coordinates[v * features.dimension]!, features.coordinates[v * features.dimension + 1]!)
    }
    rings.push(Float64Array.from(xy))
  }
  return rings
}

/** Cells of a raster product by their place in the CRS, in cells. */
const mosaicOf = async (folder: string): Promise<Map<number, number>> => {
  const cells = new Map<number, number>()
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".tif"))) {
    const raster = await readRaster(join(folder, file))
    const [column0, row0] = [Math.round(raster.minX / raster.cellSize), Math.round(raster.maxY / raster.cellSize)]
    for (let i = 0; i < raster.data.length; i++) {
      cells.set((row0 - Math.floor(i / raster.width)) * 1e7 + column0 + (i % raster.width), raster.data[i]!)
    }
  }
  return cells
}
