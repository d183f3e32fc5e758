import { Vector3 } from "three"
import { expect, it } from "vitest"
import type { Feature } from "../../../../../cli/view/page/scene/drape.js"
import { fillColour, filledPolygons } from "../../../../../cli/view/page/scene/filled-polygons.js"
import type { Scene } from "../../../../../cli/view/page/scene/scene.js"
import roofSun from "../../../../../kernels/simulation/roof-sun.js"

const fill = {
  column: "light",
  label: "Light",
  unit: "kWh/m²",
  ramp: [
    [0, 0, 0],
    [200, 100, 0],
  ],
  low: 100,
  high: 300,
} as const

it("colours by steps of the ramp, its ends beyond them, and grey without a value", () => {
  expect([100, 200, 300, 50, 900].map((value) => fillColour(fill, value))).toEqual(
    [0, 0.5, 1, 0, 1].map((share) => [200 * share, 100 * share, 0]),
  )
  expect([undefined, Number.NaN, "3"].map((value) => fillColour(fill, value))).toEqual(Array(3).fill([150, 150, 150]))
  expect(roofSun.outputs["roof-sun"].style.fill).toMatchObject({ column: "irradiation", low: 400, high: 2500 })
})

it("covers polygons but for their holes, at their own heights or on the surface", () => {
  const ring = (x: number, side: number, ...z: number[]) =>
    [
      [0, 0],
      [side, 0],
      [side, side],
      [0, side],
      [0, 0],
    ].map(([u = 0, v = 0]) => [843_000 + x + u, 6_520_000 + x + v, ...z])
  const feature = (polygons: Feature["polygons"], light: number): Feature => ({
    ...{ layer: "roof-sun", polygons, lines: [], points: [], properties: { light } },
  })
  const scene = {
    place: { toScene: (x: number, y: number, z: number) => new Vector3(x, y, z) },
    surface: { heightsAt: () => ({ top: 7 }) },
    base: 0,
  } as unknown as Scene
  const features = [feature([[ring(0, 10, 5), ring(2, 3, 5)]], 300), feature([[ring(20, 2)]], 100)]
  const mesh = filledPolygons(scene, features, { colour: "", fill })!
  const [places, colours] = ["position", "color"].map(
    (name) => mesh.geometry.getAttribute(name).array as Float32Array,
  ) as [Float32Array, Float32Array]
  let area = 0
  for (let i = 0; i < places.length; i += 9) {
    const [ax, ay, , bx, by, , cx, cy] = places.subarray(i, i + 9) as unknown as number[]
    area += Math.abs((bx! - ax!) * (cy! - ay!) - (cx! - ax!) * (by! - ay!)) / 2
  }
  expect(area).toBeCloseTo(100 - 9 + 4, 6)
  expect(places[2]! + mesh.position.z).toBeCloseTo(5.2, 5)
  expect(places.at(-1)! + mesh.position.z).toBeCloseTo(7.2, 5)
  expect([colours[0]! > colours[1]!, colours.at(-3)]).toEqual([true, 0])
  expect(filledPolygons(scene, [], { colour: "", fill })).toBeUndefined()
  expect(filledPolygons(scene, features, { colour: "" })).toBeUndefined()
})
