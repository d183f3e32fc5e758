import { Vector3 } from "three"
import { describe, expect, it } from "vitest"
import type { OutputDescription } from "../../../../cli/view/describe-output.js"
import { globePlace } from "../../../../cli/view/page/place.js"
import { crsByEpsg } from "../../../../engine/grid/crs-table.js"

const describeAt = (
  epsg: number,
  box: readonly [number, number, number, number],
  values: number[],
): OutputDescription => ({
  version: "",
  source: "",
  crs: { epsg, name: "", proj: crsByEpsg(epsg).definition },
  box,
  undulation: { side: Math.sqrt(values.length), values },
  notes: [],
  tileset: true,
  hasKtx2: false,
  hasInfrared: false,
  rasters: [],
  vectors: [],
  styles: {},
  heights: { bareEarth: undefined, firstSurface: undefined },
  frenchNames: { products: {}, attributes: {} },
  units: {},
  points: [],
})

describe("places on the globe", () => {
  it.each([
    [2154, 770_550, 6_277_550],
    [2975, 377_025, 7_655_975],
    [5490, 640_000, 1_780_000],
  ] as const)("EPSG:%i: there and back, heights above the geoid", (epsg, x, y) => {
    const place = globePlace(describeAt(epsg, [x - 500, y - 500, x + 500, y + 500], [40, 42, 44, 46]))
    const point = place.toScene(x, y, 24.5)
    // The middle of the four places.
    expect(point.distanceTo(new Vector3(...crsByEpsg(epsg).geocentric(x, y, 24.5 + 43)))).toBeLessThan(1e-6)
    const [backX, backY, backZ] = place.fromScene(point)
    expect(Math.hypot(backX - x, backY - y, backZ - 24.5)).toBeLessThan(1e-3)
    // Up is away from the Earth, north to the pole; right-handed.
    const { east, north, up } = place.axesAt(x, y)
    const higher = place.toScene(x, y, 124.5).sub(point).normalize()
    expect(higher.dot(up)).toBeGreaterThan(1 - 1e-9)
    expect(north.z).toBeGreaterThan(0)
    expect(east.clone().cross(north).distanceTo(up)).toBeLessThan(1e-9)
  })

  it("takes the geoid's height where it is asked for, the nearest outside the box", () => {
    const place = globePlace(describeAt(2154, [770_000, 6_277_000, 771_000, 6_278_000], [40, 42, 44, 46]))
    const height = (x: number, y: number): number => {
      const ellipsoidal = crsByEpsg(2154).fromGeocentric(
        ...(place.toScene(x, y, 0).toArray() as [number, number, number]),
      )
      return ellipsoidal[2]
    }
    expect(height(770_000, 6_277_000)).toBeCloseTo(40, 4)
    expect(height(771_000, 6_277_000)).toBeCloseTo(42, 4)
    expect(height(770_250, 6_277_500)).toBeCloseTo(42.5, 4)
    expect(height(790_000, 6_290_000)).toBeCloseTo(46, 4)
  })
})
