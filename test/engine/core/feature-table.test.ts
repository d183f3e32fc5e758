import { expect, it } from "vitest"
import { flattenMmRings, flattenRings, makeColumns } from "../../../engine/core/feature-table.js"

it("lays rings out one behind the other, with the ends of rings and features", () => {
  const parts = [
    [
      [0, 0, 1, 0, 0, 1, 0, 0],
      [2, 2, 3, 3],
    ],
    [],
    [Float64Array.of(7, 8)],
  ]
  expect(flattenRings(parts)).toEqual({
    dimension: 2,
    coordinates: Float64Array.of(0, 0, 1, 0, 0, 1, 0, 0, 2, 2, 3, 3, 7, 8),
    ringEnds: Uint32Array.of(4, 6, 7),
    partEnds: Uint32Array.of(2, 2, 3),
  })
  expect(flattenRings([[[1, 2, 3, 4, 5, 6]]], 3)).toMatchObject({ dimension: 3, ringEnds: Uint32Array.of(2) })
})

it("closes rings of millimetres and gives them in metres", () => {
  const { coordinates, ringEnds } = flattenMmRings([[[0, 0, 1500, 0, 0, 2001]]])
  expect([...coordinates]).toEqual([0, 0, 1.5, 0, 0, 2.001, 0, 0])
  expect([...ringEnds]).toEqual([4])
})

it("makes a column of each kind, a value a row", () => {
  const { numbers, integers, texts } = makeColumns([{ a: 1.5 }, { a: -2 }])
  expect(numbers(({ a }, i) => a + i)).toEqual({ type: "number", values: Float64Array.of(1.5, -1) })
  expect(integers(({ a }) => a * 2)).toEqual({ type: "integer", values: Int32Array.of(3, -4) })
  expect(texts(({ a }) => `${a}`)).toEqual({ type: "string", values: ["1.5", "-2"] })
})
