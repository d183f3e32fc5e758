/** Moves the camera about its target. */
import { Matrix4, type PerspectiveCamera, type Vector3 } from "three"
import type { Place } from "./place.js"
import type { Camera } from "./state.js"

const DEGREE = Math.PI / 180
/**
 * Bounds of the camera: closer than 1 m it is inside of things; beyond the maximum nothing is
 * visible.
 */
const [LEAST_RANGE, MOST_RANGE] = [1, 2e7]
const [LEAST_TILT, MOST_TILT] = [-60, 90]

/** Places a three camera in the local north-up frame of its target. */
export const placeCamera = (three: PerspectiveCamera, place: Place, camera: Camera): void => {
  const { east, north, up } = place.axesAt(camera.x, camera.y)
  const [sinHeading, cosHeading] = [Math.sin(camera.heading * DEGREE), Math.cos(camera.heading * DEGREE)]
  const [sinTilt, cosTilt] = [Math.sin(camera.tilt * DEGREE), Math.cos(camera.tilt * DEGREE)]
  const ahead = east.clone().multiplyScalar(sinHeading).addScaledVector(north, cosHeading)
  const right = east.clone().multiplyScalar(cosHeading).addScaledVector(north, -sinHeading)
  const forward = ahead.multiplyScalar(cosTilt).addScaledVector(up, -sinTilt)
  const above = right.clone().cross(forward)
  three.position.copy(place.toScene(camera.x, camera.y, camera.z)).addScaledVector(forward, -camera.range)
  three.quaternion.setFromRotationMatrix(new Matrix4().makeBasis(right, above, forward.negate()))
  // Depth has 24 bits: put the near plane as far out as the picture allows.
  three.near = Math.max(0.1, camera.range * 0.02)
  three.far = Math.max(30_000, camera.range * 30)
  three.updateProjectionMatrix()
  three.updateMatrixWorld()
}

export const boundCamera = (camera: Camera): Camera => ({
  ...camera,
  heading: ((camera.heading % 360) + 360) % 360,
  tilt: Math.min(MOST_TILT, Math.max(LEAST_TILT, camera.tilt)),
  range: Math.min(MOST_RANGE, Math.max(LEAST_RANGE, camera.range)),
})

/** Moves the target by metres to the right of the picture and ahead. */
export const moveCamera = (camera: Camera, right: number, ahead: number): Camera => {
  const [sin, cos] = [Math.sin(camera.heading * DEGREE), Math.cos(camera.heading * DEGREE)]
  return { ...camera, x: camera.x + right * cos + ahead * sin, y: camera.y - right * sin + ahead * cos }
}

/** Turns the camera about the target by degrees. */
export const turnCamera = (camera: Camera, heading: number, tilt: number): Camera =>
  boundCamera({ ...camera, heading: camera.heading + heading, tilt: camera.tilt + tilt })

/**
 * Moves closer (factor below 1) or farther. With `keep`, the target moves too, and that place
 * remains at its pixel.
 */
export const zoomCamera = (camera: Camera, factor: number, keep?: readonly [number, number, number]): Camera => {
  const zoomed = boundCamera({ ...camera, range: camera.range * factor })
  if (keep === undefined) return zoomed
  const part = 1 - zoomed.range / camera.range
  const [dx, dy, dz] = [keep[0] - camera.x, keep[1] - camera.y, keep[2] - camera.z]
  return { ...zoomed, x: camera.x + dx * part, y: camera.y + dy * part, z: camera.z + dz * part }
}

/** A pedestrian's camera: at eye height above a place, looking to the horizon. */
export const standAt = (camera: Camera, ground: readonly [number, number, number]): Camera => ({
  x: ground[0],
  y: ground[1],
  z: ground[2] + 1.7,
  heading: camera.heading,
  tilt: 2,
  range: LEAST_RANGE,
})

/** Metres that a pixel covers at the target. */
export const metresPerPixel = (three: PerspectiveCamera, camera: Camera, height: number): number =>
  (2 * camera.range * Math.tan((three.fov * DEGREE) / 2)) / Math.max(1, height)

/** Direction to the sun in the scene. */
export const sunDirection = (place: Place, camera: Camera, azimuth: number, height: number): Vector3 => {
  const { east, north, up } = place.axesAt(camera.x, camera.y)
  const ring = Math.cos(height * DEGREE)
  return east
    .clone()
    .multiplyScalar(Math.sin(azimuth * DEGREE) * ring)
    .addScaledVector(north, Math.cos(azimuth * DEGREE) * ring)
    .addScaledVector(up, Math.sin(height * DEGREE))
}
