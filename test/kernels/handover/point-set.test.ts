import { expect, it } from "vitest"
import { decodePointSet, encodePointSet } from "../../../kernels/handover/point-set.js"

it("gives the same points back, from bytes at any offset, and refuses others", () => {
  const points = {
    origin: [770_500_000, 6_277_500_000, -5],
    x: Int32Array.of(1, -2, 3),
    y: Int32Array.of(4, 5, 6),
    z: Int32Array.of(7, 8, -9),
  } as const
  const bytes = encodePointSet(points)
  const shifted = new Uint8Array(bytes.length + 5)
  shifted.set(bytes, 5)
  expect(decodePointSet(shifted.subarray(5))).toEqual(points)
  expect(decodePointSet(new Uint8Array(0)).x).toHaveLength(0)
  expect(() => decodePointSet(bytes.subarray(1))).toThrow(/--force/)
})
