import { describe, expect, it } from "vitest"
import { edgesNotDelaunay } from "../../../bench/peers/delaunay.js"
import { seededRandom } from "../../../engine/core/random.js"
import { canonicalDelaunay } from "../../../kernels/geometry/delaunay.js"

describe("edgesNotDelaunay", () => {
  // A flat kite: its short diagonal 1–3 is Delaunay, its long one 0–2 is not.
  const kite = Float64Array.of(0, 0, 5, -1, 10, 0, 5, 1)

  it("finds the wrong diagonal, whichever way the triangles turn", () => {
    expect(edgesNotDelaunay(kite, Uint32Array.of(0, 1, 3, 1, 2, 3))).toBe(0)
    expect(edgesNotDelaunay(kite, Uint32Array.of(0, 1, 2, 0, 2, 3))).toBe(1)
    expect(edgesNotDelaunay(kite, Uint32Array.of(0, 2, 1, 0, 3, 2))).toBe(1)
  })

  it("takes either diagonal of a square", () => {
    const square = Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1)
    expect(edgesNotDelaunay(square, Uint32Array.of(0, 1, 2, 0, 2, 3))).toBe(0)
  })

  it("finds none in our triangulation of points on a coarse lattice", () => {
    const random = seededRandom(4)
    const places = new Set(
      Array.from({ length: 500 }, () => Math.floor(random() * 40) * 40 + Math.floor(random() * 40)),
    )
    const coordinates = Float64Array.from([...places].flatMap((place) => [place % 40, Math.floor(place / 40)]))
    expect(edgesNotDelaunay(coordinates, canonicalDelaunay(coordinates))).toBe(0)
  })
})
