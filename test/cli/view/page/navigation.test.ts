import { PerspectiveCamera, Vector3 } from "three"
import { describe, expect, it } from "vitest"
import {
  metresPerPixel,
  moveCamera,
  placeCamera,
  standAt,
  sunDirection,
  turnCamera,
  zoomCamera,
} from "../../../../cli/view/page/navigation.js"
import { planePlace } from "../../../../cli/view/page/place.js"
import type { Camera } from "../../../../cli/view/page/state.js"

const camera: Camera = { x: 1000, y: 2000, z: 50, heading: 90, tilt: 30, range: 100 }
const placed = (at: Camera): PerspectiveCamera => {
  const three = new PerspectiveCamera(50, 1.5)
  placeCamera(three, planePlace, at)
  return three
}

describe("the camera", () => {
  it("stands behind and above its target, north up", () => {
    const three = placed(camera)
    // Looking east: the camera is in the west of its target.
    expect(three.position.distanceTo(new Vector3(1000 - 100 * Math.cos(Math.PI / 6), 2000, 100))).toBeLessThan(1e-9)
    const target = new Vector3(1000, 2000, 50).project(three)
    expect(Math.hypot(target.x, target.y)).toBeLessThan(1e-9)
    const north = new Vector3(0, 1, 0).transformDirection(
      placed({ ...camera, heading: 0, tilt: 90 }).matrixWorldInverse,
    )
    expect(north.y).toBeCloseTo(1, 9)
  })

  it("moves along with the picture, turns within bounds", () => {
    const moved = moveCamera(camera, 3, 7)
    expect([moved.x, moved.y]).toEqual([expect.closeTo(1007, 9), expect.closeTo(1997, 9)])
    expect(turnCamera(camera, -100, 500)).toMatchObject({ heading: 350, tilt: 90 })
    expect(turnCamera(camera, 0, -500).tilt).toBe(-60)
    expect(zoomCamera(camera, 1e-9).range).toBe(1)
  })

  it("comes closer to a place without moving it in the picture", () => {
    const keep = [1040, 2030, 45] as const
    const before = new Vector3(...keep).project(placed(camera))
    const after = new Vector3(...keep).project(placed(zoomCamera(camera, 0.4, keep)))
    expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(1e-9)
  })

  it("covers so many metres with a pixel; stands at the height of eyes", () => {
    expect(metresPerPixel(new PerspectiveCamera(90), camera, 200)).toBeCloseTo(1, 9)
    expect(placed(standAt(camera, [5, 6, 7])).position.z).toBeCloseTo(8.7, 1)
  })

  it("has the sun where it is said to be", () => {
    const south = sunDirection(planePlace, camera, 180, 30)
    expect(south.distanceTo(new Vector3(0, -Math.cos(Math.PI / 6), 0.5))).toBeLessThan(1e-9)
  })
})
