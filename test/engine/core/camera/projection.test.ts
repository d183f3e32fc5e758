import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Camera, type Distortion, type Shot, scaleCamera } from "../../../../engine/core/camera/camera.js"
import { distortionMaps } from "../../../../engine/core/camera/distortion.js"
import { locatePixels, pixelRay, projectPoints } from "../../../../engine/core/camera/projection.js"
import { faultOfRotation, rotationOfAngles, transpose } from "../../../../engine/formats/orientation/rotation.js"

const RADIANS = Math.PI / 180
const camera: Camera = { name: "frame", width: 2000, height: 1000, focal: 1000, principal: [1000, 500] }
const shotOf = (omega: number, phi: number, kappa: number, own: Camera = camera): Shot => ({
  name: "shot",
  camera: own,
  centre: [700_000, 6_500_000, 1100],
  rotation: rotationOfAngles(omega * RADIANS, phi * RADIANS, kappa * RADIANS),
  file: "made",
  line: 1,
})
/**
 * Pixel of the place `east`, `north` metres from the foot of the centre, at altitude 100: 1000 m
 * below it.
 */
const pixelOf = (shot: Shot, east: number, north: number): number[] =>
  [...projectPoints(shot, Float64Array.of(700_000 + east, 6_500_000 + north, 100))].map(
    (value) => Math.round(value * 1e6) / 1e6,
  )

const barrel: Distortion = { centre: [990, 510], radial: [-5.8e-8, 5.1e-14, -1.27e-20], given: "ideal" }
const fraser: Distortion = {
  centre: [1010, 495],
  radial: [2e-8],
  tangential: [1e-6, -2e-6],
  affine: [1e-4, -2e-4],
  given: "image",
}

describe("projectPoints", () => {
  it("looks straight down, north up, without angles", () => {
    const shot = shotOf(0, 0, 0)
    expect(pixelOf(shot, 0, 0)).toEqual([1000, 500])
    expect(pixelOf(shot, 100, 0)).toEqual([1100, 500]) // east to the right: 100 m at 1 m a pixel
    expect(pixelOf(shot, 0, 100)).toEqual([1000, 400]) // north to the top
  })

  it("turns anticlockwise by kappa", () => {
    // Turned by 90°, the right of the image is north and its top west.
    const shot = shotOf(0, 0, 90)
    expect(pixelOf(shot, 0, 100)).toEqual([1100, 500])
    expect(pixelOf(shot, -100, 0)).toEqual([1000, 400])
  })

  it("tilts by omega about x and by phi about the turned y", () => {
    // ω = 45°: the axis meets the ground as far north as the camera is high above it (the frame's
    // −z goes to +y).
    expect(pixelOf(shotOf(45, 0, 0), 0, 1000)).toEqual([1000, 500])
    // φ = 45°: −z goes to −x, so the axis meets the ground in the west.
    expect(pixelOf(shotOf(0, 45, 0), -1000, 0)).toEqual([1000, 500])
  })

  it("applies omega last: Rx · Ry · Rz, not the reverse", () => {
    // ω = 90°, φ = 90°, by hand: Rx·Ry takes −z to −x, Ry·Rx would take it to +y.
    const [, , xz, , , yz, , , zz] = rotationOfAngles(Math.PI / 2, Math.PI / 2, 0)
    expect([-xz!, -yz!, -zz!].map((value) => Math.round(value) + 0)).toEqual([-1, 0, 0])
  })

  it("gives NaN behind the camera", () => {
    const shot = shotOf(0, 0, 0)
    expect([...projectPoints(shot, Float64Array.of(700_000, 6_500_000, 1200, 700_000, 6_500_000, 1100))]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ])
  })

  it("moves a pixel by the radial formula: hand-computed", () => {
    const bent = { ...camera, distortion: { centre: [1000, 500], radial: [-1e-7], given: "ideal" } } as const
    // r = 500: 500 · (1 − 1e-7 · 250,000) = 487.5
    expect(pixelOf(shotOf(0, 0, 0, bent), 500, 0)).toEqual([1487.5, 500])
  })

  it("brings nothing from outside into the image where the polynomial folds", () => {
    const bent = { ...camera, distortion: { centre: [1000, 500], radial: [-1e-7], given: "ideal" } } as const
    // Growth ends at r = √(1 / 3e-7) = 1825.7 px; 2600 px would fold back to 842 px.
    expect(pixelOf(shotOf(0, 0, 0, bent), 1825, 0)[0]).toBeGreaterThan(2200)
    expect(pixelOf(shotOf(0, 0, 0, bent), 2600, 0)).toEqual([Number.NaN, Number.NaN])
  })
})

describe("locatePixels and pixelRay", () => {
  it("are the inverse of projectPoints", () => {
    const angle = fc.double({ min: -40, max: 40, noNaN: true })
    const models = [
      undefined,
      barrel,
      { ...barrel, given: "image" } as const,
      fraser,
      { ...fraser, given: "ideal" } as const,
    ]
    fc.assert(
      fc.property(
        angle,
        angle,
        fc.double({ min: -360, max: 360, noNaN: true }),
        fc.double({ min: 0, max: 2000, noNaN: true }),
        fc.double({ min: 0, max: 1000, noNaN: true }),
        fc.constantFrom(...models),
        (omega, phi, kappa, column, line, distortion) => {
          const shot = shotOf(omega, phi, kappa, distortion === undefined ? camera : { ...camera, distortion })
          const place = locatePixels(shot, Float64Array.of(column, line), 100)
          if (Number.isNaN(place[0])) {
            // Only a sight that rises meets no ground.
            expect(pixelRay(shot, column, line)!.direction[2]).toBeGreaterThanOrEqual(0)
            return
          }
          // A place of 1e6 m has 1e-9 m of digits, and near the horizon a pixel is wide.
          const back = projectPoints(shot, place)
          expect(Math.hypot(back[0]! - column, back[1]! - line)).toBeLessThan(1e-5)
          const { origin, direction } = pixelRay(shot, column, line)!
          const t = (100 - origin[2]) / direction[2]
          expect(Math.hypot(...direction)).toBeCloseTo(1, 12)
          expect(origin[0] + t * direction[0]).toBeCloseTo(place[0]!, 3)
        },
      ),
      { seed: 8, numRuns: 500 },
    )
  })

  it("give NaN above the camera's horizon", () => {
    const shot = shotOf(90, 0, 0) // looks north, level
    expect([...locatePixels(shot, Float64Array.of(1000, 400), 100)]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    expect(locatePixels(shot, Float64Array.of(1000, 600), 100)[1]).toBeCloseTo(6_510_000, 3)
  })
})

describe("distortionMaps", () => {
  it("are each other's inverse within 1e-9 px all over the image", () => {
    for (const distortion of [barrel, fraser, { ...fraser, given: "ideal" } as const]) {
      const maps = distortionMaps({ ...camera, distortion })
      const [there, back] = [new Float64Array(2), new Float64Array(2)]
      for (let column = 0; column <= 2000; column += 100) {
        for (let line = 0; line <= 1000; line += 100) {
          expect(maps.toIdeal(column, line, there)).toBe(true)
          expect(maps.toImage(there[0]!, there[1]!, back)).toBe(true)
          expect(Math.hypot(back[0]! - column, back[1]! - line)).toBeLessThan(1e-9)
        }
      }
    }
  })

  it("refuse a place that no sight reaches", () => {
    const maps = distortionMaps({ ...camera, distortion: { centre: [1000, 500], radial: [-1e-7], given: "ideal" } })
    // The largest radius in the image is 1825.7 · 2/3 = 1217.2 px.
    expect(maps.toIdeal(1000 + 1217, 500, new Float64Array(2))).toBe(true)
    expect(maps.toIdeal(1000 + 1218, 500, new Float64Array(2))).toBe(false)
  })
})

describe("scaleCamera", () => {
  it("scales pixels of a reduced copy, distortion and pitch included", () => {
    const full: Camera = { ...camera, distortion: fraser, pixelPitch: 4e-6 }
    const small = scaleCamera(full, 500, 250)
    expect(small).toMatchObject({ width: 500, height: 250, focal: 250, principal: [250, 125], pixelPitch: 16e-6 })
    const points = Float64Array.of(700_300, 6_500_200, 100)
    const [a, b] = [projectPoints(shotOf(3, -2, 20, full), points), projectPoints(shotOf(3, -2, 20, small), points)]
    expect(b[0]! * 4).toBeCloseTo(a[0]!, 6)
    expect(b[1]! * 4).toBeCloseTo(a[1]!, 6)
  })

  it("refuses a crop", () => {
    expect(() => scaleCamera(camera, 500, 500)).toThrow(/proportions of the frame of 2000 × 1000/)
    // 26460 × 17004 reduced 20 times: 850.2 lines are 850.
    expect(scaleCamera({ ...camera, width: 26460, height: 17004 }, 1323, 850).height).toBe(850)
  })
})

describe("faultOfRotation", () => {
  it("knows rotations, mirrors, stretched and skew matrices", () => {
    const sound = rotationOfAngles(0.3, -0.2, 2)
    expect(faultOfRotation(sound)).toBeUndefined()
    expect(faultOfRotation(transpose(sound))).toBeUndefined()
    expect(faultOfRotation(sound.map((value) => -value))).toMatch(/mirrors/)
    expect(faultOfRotation(sound.map((value) => value * 1.01))).toMatch(/column 1 has length 1\.01/)
    expect(faultOfRotation([1, 0.1, 0, 0, Math.sqrt(0.99), 0, 0, 0, 1])).toMatch(/right angles/)
    expect(faultOfRotation([Number.NaN, 0, 0, 0, 1, 0, 0, 0, 1])).toBeDefined()
  })
})
