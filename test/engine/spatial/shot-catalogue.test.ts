import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Camera, Shot } from "../../../engine/core/camera/camera.js"
import { projectPoints } from "../../../engine/core/camera/projection.js"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { ringMeetsBox, traceFootprint } from "../../../engine/formats/orientation/footprint.js"
import { rotationOfAngles } from "../../../engine/formats/orientation/rotation.js"
import { catalogueShots } from "../../../engine/spatial/shot-catalogue.js"

const camera: Camera = { name: "frame", width: 2000, height: 1000, focal: 1000, principal: [1000, 500] }
const bent: Camera = { ...camera, distortion: { centre: [990, 510], radial: [-5.8e-8, 5.1e-14], given: "ideal" } }
/** Its corners lie beyond the fold, at 1217 px: nothing is seen there. */
const folded: Camera = {
  ...camera,
  height: 2000,
  principal: [1000, 1000],
  distortion: { centre: [1000, 1000], radial: [-1e-7], given: "ideal" },
}
const shotOf = (x: number, y: number, angles: readonly [number, number, number] = [0, 0, 0], own = camera): Shot => {
  const [omega, phi, kappa] = angles.map((angle) => (angle * Math.PI) / 180) as [number, number, number]
  const name = `S${x}_${y}`
  return {
    name,
    camera: own,
    centre: [x, y, 1100],
    rotation: rotationOfAngles(omega, phi, kappa),
    file: "made",
    line: 1,
  }
}
const isInImage = ({ width, height }: Camera, column: number, line: number): boolean =>
  column >= 0 && column <= width && line >= 0 && line <= height
const inRing = (ring: Float64Array, x: number, y: number): boolean => ringMeetsBox(ring, [x, y, x, y])

describe("footprintOf", () => {
  it("is the image on the ground, widest at the lowest altitude: by hand", () => {
    // 1000 m above 100 m: 1 m a pixel.
    const ring = [...traceFootprint(shotOf(0, 0), { low: 100, high: 100 })].map(
      (value) => Math.round(value * 1e6) / 1e6 + 0,
    )
    expect(ring).toEqual([-1000, -500, 1000, -500, 1000, 500, -1000, 500])
    expect(traceFootprint(shotOf(0, 0), { low: 100, high: 600 })).toEqual(
      traceFootprint(shotOf(0, 0), { low: 100, high: 100 }),
    )
  })

  it("of a leaning camera takes both altitudes in", () => {
    const shot = shotOf(0, 0, [40, 0, 0])
    const ring = traceFootprint(shot, { low: 0, high: 400 })
    const far = Math.max(...traceFootprint(shot, { low: 0, high: 0 }).filter((_, i) => i % 2 === 1))
    const near = Math.min(...traceFootprint(shot, { low: 400, high: 400 }).filter((_, i) => i % 2 === 1))
    const north = ring.filter((_, i) => i % 2 === 1)
    expect(Math.max(...north)).toBeCloseTo(far, 6)
    expect(Math.min(...north)).toBeCloseTo(near, 6)
  })

  it("ends at 20 km where sights rise, and is empty where nothing can be seen", () => {
    const level = shotOf(0, 0, [90, 0, 0])
    const north = traceFootprint(level, { low: 0, high: 1000 }).filter((_, i) => i % 2 === 1)
    expect(Math.max(...north)).toBeCloseTo(20_000, 6)
    expect(traceFootprint(shotOf(0, 0, [180, 0, 0]), { low: 0, high: 1000 })).toHaveLength(0)
    // Heights about the camera's own: what it sees level and above.
    expect(traceFootprint(level, { low: 1050, high: 1500 }).length).toBeGreaterThan(0)
  })

  it("holds every place that the image shows", () => {
    const angle = fc.double({ min: -60, max: 60, noNaN: true })
    let seen = 0
    fc.assert(
      fc.property(
        fc.tuple(angle, angle, fc.double({ min: -180, max: 180, noNaN: true })),
        fc.constantFrom(camera, bent, folded),
        fc.array(
          fc.tuple(
            fc.integer({ min: -3000, max: 3000 }),
            fc.integer({ min: -3000, max: 3000 }),
            fc.integer({ min: 0, max: 400 }),
          ),
          { minLength: 40, maxLength: 40 },
        ),
        (angles, own, places) => {
          const shot = shotOf(0, 0, angles, own)
          const ring = traceFootprint(shot, { low: 0, high: 400 })
          const pixels = projectPoints(shot, Float64Array.from(places.flat()))
          for (const [i, [x, y]] of places.entries()) {
            if (!isInImage(own, pixels[i * 2]!, pixels[i * 2 + 1]!)) continue
            seen++
            expect(inRing(ring, x, y), `${angles} ${places[i]}`).toBe(true)
          }
        },
      ),
      { seed: 88, numRuns: 150 },
    )
    expect(seen).toBeGreaterThan(300)
  })
})

describe("ringMeetsBox", () => {
  const diamond = Float64Array.of(0, -10, 10, 0, 0, 10, -10, 0)

  it("compares the ring, not its box", () => {
    expect(ringMeetsBox(diamond, [6, 6, 9, 9])).toBe(false)
    expect(ringMeetsBox(diamond, [4, 4, 9, 9])).toBe(true)
    expect(ringMeetsBox(diamond, [-100, -100, 100, 100])).toBe(true)
    expect(ringMeetsBox(diamond, [-1, -1, 1, 1])).toBe(true)
    expect(ringMeetsBox(diamond, [10, -5, 20, 5])).toBe(true)
    expect(ringMeetsBox(diamond, [11, -5, 20, 5])).toBe(false)
    expect(ringMeetsBox(new Float64Array(0), [-1, -1, 1, 1])).toBe(false)
  })
})

describe("catalogueShots", () => {
  const flight = Array.from({ length: 400 }, (_, i) =>
    shotOf(
      (i % 20) * 600,
      Math.floor(i / 20) * 300,
      [((i * 7) % 80) - 40, ((i * 13) % 60) - 30, (i * 37) % 360],
      i % 3 === 0 ? bent : camera,
    ),
  )
  const catalogue = catalogueShots(flight, { low: 0, high: 300 })

  it("finds the shots of a box that asking each would find", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -4000, max: 16000 }),
        fc.integer({ min: -4000, max: 10000 }),
        fc.integer({ min: 1, max: 2000 }),
        (x, y, side) => {
          const box: Box2 = [x, y, x + side, y + side]
          const expected = flight.filter((shot) => ringMeetsBox(traceFootprint(shot, { low: 0, high: 300 }), box))
          expect(catalogue.query(box)).toEqual(expected)
        },
      ),
      { seed: 888, numRuns: 25 },
    )
    expect(catalogue.query([0, 0, 500, 500]).length).toBeGreaterThan(3)
  })

  it("finds no shot that sees nothing there", () => {
    const up = shotOf(0, 0, [180, 0, 0])
    const { query } = catalogueShots([up, shotOf(0, 0), up], { low: 0, high: 300 })
    expect(query([-10, -10, 10, 10])).toHaveLength(1)
  })

  it("refuses altitudes that are none", () => {
    expect(() => catalogueShots(flight, { low: 5, high: Number.NaN })).toThrow(/altitudes: "5 NaN"/)
    expect(() => catalogueShots(flight, { low: 5, high: 4 })).toThrow(/the lower first/)
  })
})
