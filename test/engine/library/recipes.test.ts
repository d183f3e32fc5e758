/** The functions of `maille/kernels` beside `runKernel`: the same values as their kernels. */
import { expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Features, Raster, Shard } from "../../../engine/kernel.js"
import {
  buildings,
  flood,
  flow,
  runKernel,
  shadow,
  surface,
  terrain,
  viewshed,
} from "../../../engine/library/kernels.js"
import { scanScene } from "../../../fixtures/sample/scan.js"
import { makeScene } from "../../../fixtures/sample/scene.js"
import { recipes } from "../../../kernels/recipes.js"

const scene = makeScene()
const [west, south] = scene.box
const box: Box2 = [west, south, west + 60, south + 60]
const points = scanScene(scene, { pulsesPerM2: 4, box })
const bytesOf = (shards: unknown): Uint8Array => (shards as readonly Shard[])[0]!.bytes

it("terrain, surface, shadow and viewshed are the outputs of their kernels", async () => {
  const options = { cell: 1 }
  const request = { box, epsg: 2154 }
  const dtm = await terrain(points, { ...request, cell: 1 })
  const dsm = await surface(points, { ...request, cell: 1 })
  expect(dtm).toEqual((await runKernel<{ dtm: Raster }>("raster.dtm", { points }, { ...request, options })).dtm)
  expect(dsm).toEqual((await runKernel<{ dsm: Raster }>("raster.dsm", { points }, { ...request, options })).dsm)
  const half: Box2 = [west, south, west + 60, south + 30]
  const ended = await terrain(scanScene(scene, { pulsesPerM2: 4, box: half }), { box, sources: [half] })
  expect(ended.data.filter(Number.isNaN).length).toBeGreaterThan(5000)
  const time = ["2026-12-21T10:00Z", "2026-12-21T12:00Z"]
  const byKernel = await runKernel("simulation.shadow", { dsm }, { ...request, options: { time } })
  expect(await shadow(dsm, { epsg: 2154, time })).toEqual(byKernel["shadow"])
  const ground = { ...request, options: { cell: 1 } }
  const { class: classes } = await runKernel<{ class: Raster }>("raster.dsm", { points }, ground)
  const under = { under: "ground", transmittance: 0.1, altitude: 40 } as const
  const below = await runKernel("simulation.shadow", { dsm, dtm, class: classes }, { ...request, options: under })
  expect(await shadow(dsm, { ...under, dtm, class: classes })).toEqual(below["shadow"])
  await expect(shadow(dsm, { ...under, dtm })).rejects.toThrow("needs this input with under=ground")
  await expect(shadow(dsm, { dtm })).rejects.toThrow("inputs.dtm: simulation.shadow reads it only with under=ground")
  const observers = [
    [west + 10.5, south + 10.5],
    [west + 40.5, south + 50.5, 3],
  ]
  const seen = await runKernel("simulation.viewshed", { dsm }, { options: { observers, reach: 100 } })
  expect(await viewshed(dsm, observers, { reach: 100 })).toEqual(seen)
})

it("flow and flood are the outputs of the last kernels of their chains", async () => {
  const dtm = await terrain(points, { box, cell: 1 })
  const options = { streamArea: 200 }
  const part = await runKernel("simulation.flow-tile", { dtm }, { options })
  const decision = await runKernel("simulation.flow-join", { "flow-part": [part["flow-part"]] }, { box })
  const cells = { "flow-cells": part["flow-cells"], "flow-decision": bytesOf(decision["flow-decision"]) }
  const drained = await flow(dtm, options)
  expect(drained).toEqual(await runKernel("simulation.flow", cells, { box }))
  expect(drained.stream.ids.length).toBeGreaterThan(0)
  const low = dtm.data.indexOf(Math.min(...dtm.data))
  const from = [[dtm.minX + (low % dtm.width) + 0.5, dtm.maxY - Math.floor(low / dtm.width) - 0.5]]
  for (const volume of [0, 5]) {
    const flooding = { level: dtm.data[low]! + 1, from, volume }
    const tile = await runKernel("simulation.flood-tile", { dtm }, { options: flooding })
    const share = await runKernel("simulation.flood-join", { "flood-part": [tile["flood-part"]] }, { box })
    const inputs = { "flood-cells": tile["flood-cells"], "flood-share": bytesOf(share["flood-share"]) }
    const water = await flood(dtm, flooding)
    expect(water).toEqual(await runKernel("simulation.flood", inputs, { box }))
    if (volume === 0) expect(Math.max(...water["flood-depth"].data.map((depth) => depth || 0)) > 0.9).toBe(true)
  }
  await expect(flood(dtm, { level: 100 })).rejects.toMatchObject({ code: "E_USAGE" })
})

it("buildings end with the box of the points, and are the same from arrays around it", async () => {
  const house = scene.buildings.find(({ faces }) => faces.length === 2)!
  const around = house.box.map((side, k) => Math.round(side + (k < 2 ? -20 : 20))) as unknown as Box2
  const wide = scanScene(scene, {
    pulsesPerM2: 10,
    box: around.map((side, k) => side + (k < 2 ? -9 : 9)) as unknown as Box2,
  })
  const made = await buildings(wide, { box: around })
  expect([made.building.ids.length, made.roof.ids.length]).toEqual([1, 2])
  const request = { box: around, epsg: 2154 }
  const { dtm } = await runKernel<{ dtm: Raster }>("raster.dtm", { points: wide }, request)
  const found = await runKernel<{ building: Features }>("vector.building", { points: wide, dtm }, request)
  const rings = ({ coordinates }: Features): readonly number[] => Array.from(coordinates)
  expect(rings(made.building)).toEqual(rings(found.building))
  // Half of the house is beyond the box: it is cut there.
  const middle = Math.round((house.box[0] + house.box[2]) / 2)
  const cut = await buildings(wide, { box: [around[0], around[1], middle, around[3]] })
  const columns = rings(cut.building).filter((_, k) => k % 2 === 0)
  expect(cut.building.ids).toHaveLength(1)
  expect(Math.max(...columns)).toBeLessThan(middle + 0.5)
  const none = await buildings(wide, { box: around, minArea: 9000 })
  expect([none.building.ids.length, none.roof.ids.length]).toEqual([0, 0])
  await expect(buildings(wide, { minAria: 10 } as object)).rejects.toMatchObject({ code: "E_USAGE" })
})

it("each recipe has a function", () => {
  const functions = { buildings, flood, flow, shadow, surface, terrain, viewshed }
  expect(Object.keys(recipes).sort()).toEqual(Object.keys(functions).sort())
})

it("values that are no heights are refused, unless the caller states them; NaN is no data", async () => {
  const sound = Float64Array.from({ length: 400 }, (_, k) => 100 + (k % 20) / 10)
  const raster = (value: number, noData?: number) => ({
    data: sound.map((z, k) => (k === 210 ? value : z)) as Float32Array | Float64Array,
    ...{ width: 20, height: 20 },
    ...{ minX: 1000, maxY: 2020, cellSize: 1, ...(noData === undefined ? {} : { noData }) },
  })
  const calls = {
    flow: (dtm: ReturnType<typeof raster>) => flow(dtm),
    flood: (dtm: ReturnType<typeof raster>) => flood(dtm, { level: 101, from: [[1001.5, 2001.5]] }),
    shadow: (dsm: ReturnType<typeof raster>) => shadow(dsm),
    viewshed: (dsm: ReturnType<typeof raster>) => viewshed(dsm, [[1001.5, 2001.5, 2]]),
  }
  for (const [name, call] of Object.entries(calls)) {
    const unknown = await call(raster(Number.NaN))
    for (const value of [Infinity, -Infinity, 1e38, -3.4028234663852886e38, 1e300, -9999]) {
      await expect(call(raster(value)), `${name}, ${value}`).rejects.toMatchObject({
        code: "E_USAGE",
        message: expect.stringMatching(/value 210 is \S+, which marks cells without data\. State noData/),
      })
      const stated = raster(value, value)
      expect(await call(stated), `${name}, ${value}`).toEqual(unknown)
      expect(await call({ ...stated, data: Float32Array.from(stated.data) }), `${name}, ${value}`).toEqual(unknown)
    }
    // A depth may be -9999 m.
    await call(raster(-9999, Number.NaN))
  }
})
