import { BufferGeometry, Float32BufferAttribute, Mesh, Uint8BufferAttribute } from "three"
import { describe, expect, it } from "vitest"
import { planePlace } from "../../../../../cli/view/page/place.js"
import { drapeFeature, type Place3 } from "../../../../../cli/view/page/scene/drape.js"
import { meshHeights } from "../../../../../cli/view/page/scene/surface.js"
import { readFeature } from "../../../../../cli/view/page/scene/vector-layer.js"
import { sceneInHundreds } from "../../../../scenes/sample-runs.js"
import { partsOnMesh } from "../layers-on-mesh.js"

/**
 * Ground at 10 m over 20 m × 20 m, a roof at 15 m over its west half, a crown at 30 m over its
 * north half.
 */
const surface = (() => {
  const levels = [
    [0, 0, 20, 20, 10, 2],
    [0, 0, 10, 20, 15, 6],
    [0, 10, 20, 20, 30, 5],
  ] as const
  const geometry = new BufferGeometry()
  const corners = levels.flatMap(([west, south, east, north, z]) => [
    ...[west, south, z, east, south, z],
    ...[east, north, z, west, north, z],
  ])
  geometry.setAttribute("position", new Float32BufferAttribute(corners, 3))
  geometry.setAttribute(
    "_classification",
    new Uint8BufferAttribute(
      levels.flatMap((level) => Array(4).fill(level[5])),
      1,
    ),
  )
  geometry.setIndex(levels.flatMap((_, i) => [0, 1, 2, 0, 2, 3].map((corner) => 4 * i + corner)))
  return meshHeights(new Mesh(geometry), planePlace, 0, 0)
})()

const drape = (geometry: { type: string; coordinates: unknown }, isLow: boolean, properties = {}): Place3[] => {
  const places: Place3[] = []
  const style = { colour: "", ...(isLow ? { isLow } : {}) }
  const add = (from: Place3, to: Place3): unknown => places.push(from, to)
  drapeFeature(readFeature("any", geometry, properties), { surface, base: -5, step: 1, style }, add)
  return places
}
const heightsOf = (places: readonly Place3[]): number[] =>
  [...new Set(places.map(([, , z]) => z))].sort((a, b) => a - b)
const ring = (west: number, south: number, east: number, north: number): number[][] => [
  ...[
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ],
]

describe("a layer without heights", () => {
  it("lies on the roof inside its ring, whichever way round the file has it", () => {
    const outline = ring(2, 2, 10, 18)
    for (const one of [outline, outline.toReversed()])
      expect(heightsOf(drape({ type: "Polygon", coordinates: [one] }, false))).toEqual([15])
    // A hole over the roof that ends at its wall: what is shown is outside of the hole.
    const holed = drape({ type: "Polygon", coordinates: [ring(0.5, 0.5, 19.5, 9.5), ring(10, 2, 15, 8)] }, false)
    expect(heightsOf(holed.filter(([x, y]) => x === 10 && y > 2 && y < 8))).toEqual([15])
  })

  it("lies under crowns, and under roofs where it is of the ground", () => {
    const line = {
      type: "LineString",
      coordinates: [
        [5, 5],
        [15, 5],
        [15, 15],
      ],
    }
    expect(heightsOf(drape(line, false))).toEqual([10, 15])
    expect(heightsOf(drape(line, true))).toEqual([10])
  })

  it("goes on at its last height where nothing is shown, and has the base where nothing is at all", () => {
    expect(
      heightsOf(
        drape(
          {
            type: "LineString",
            coordinates: [
              [15, 5],
              [40, 5],
            ],
          },
          false,
        ),
      ),
    ).toEqual([10])
    expect(
      heightsOf(
        drape(
          {
            type: "LineString",
            coordinates: [
              [30, 5],
              [40, 5],
            ],
          },
          false,
        ),
      ),
    ).toEqual([-5])
  })

  it("of points is a pole on the surface", () => {
    expect(heightsOf(drape({ type: "Point", coordinates: [15, 5] }, false))).toEqual([10, 11, 12])
  })
})

describe("a layer with heights", () => {
  it("keeps them", () => {
    const line = {
      type: "LineString",
      coordinates: [
        [5, 5, 3],
        [15, 5, 4],
      ],
    }
    expect(drape(line, false)).toEqual([
      [5, 5, 3],
      [15, 5, 4],
    ])
  })
})

describe("the layers of the scene", () => {
  it("are at most 0.5 m off the mesh at 95 % of their places", async () => {
    const parts = await partsOnMesh(await sceneInHundreds())
    expect([...parts.keys()]).toEqual(expect.arrayContaining(["bridge", "building", "roof", "vegetation"]))
    for (const [layer, part] of parts) expect(part, layer).toBeGreaterThanOrEqual(0.95)
  })
})
