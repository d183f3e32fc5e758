import { describe, expect, it } from "vitest"
import { decodeFootprints, encodeFootprints, type Footprint } from "../../../../kernels/handover/footprint/footprint.js"

const ring = (...xyz: number[]) => ({
  xyz: Float64Array.from(xyz),
  corner: Uint8Array.from({ length: xyz.length / 3 }, (_, i) => i % 2),
})

const building: Footprint = {
  kind: 6,
  id: "été",
  representative: [770_500_001, 6_277_500_002],
  rings: [ring(1, 2, 3, 4, 5, 6, 7, 8, 9), ring(-1, -2, -3, 6_277_500_000, 0, 1, 2, 2, 2)],
  levelMm: -3,
  truncated: true,
  members: [{ id: "a", rings: [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(7, 8)], attributes: { floors: 3 } }],
  attributes: { height: 12.5, name: "mairie" },
}
const lake: Footprint = { ...building, kind: 9, id: "lac", rings: [ring(9, 9, 9)], members: [], attributes: {} }

describe("encodeFootprints", () => {
  it("gives the same objects back, from bytes at any offset", () => {
    const bytes = encodeFootprints([building, lake])
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeFootprints(shifted.subarray(3))).toEqual([building, lake])
  })

  it("makes none of no bytes, and refuses others", () => {
    expect(decodeFootprints(undefined)).toEqual([])
    expect(decodeFootprints(new Uint8Array(0))).toEqual([])
    expect(decodeFootprints(encodeFootprints([]))).toEqual([])
    expect(() => decodeFootprints(new Uint8Array(40))).toThrow(/--force/)
  })
})
