/**
 * Applies and inverts the distortion of a camera, between the pixels of an ideal camera and those
 * of its image.
 */
import type { Camera, Distortion } from "./camera.js"

/** Both directions of a camera's distortion, in pixels. */
export interface DistortionMaps {
  /**
   * Writes column and line to `out`; returns false outside the valid radius (see
   * {@link distortionMaps}).
   */
  toImage(column: number, line: number, out: Float64Array): boolean
  /** The inverse, within 1e-9 px. */
  toIdeal(column: number, line: number, out: Float64Array): boolean
}

/**
 * Newton steps. From the undistorted point, fewer than ten reach the bound for a camera without a
 * fold.
 */
const STEPS = 40
const CLOSE = 1e-10

/**
 * Both directions of a camera's distortion: the formula in one, Newton's method in the other. O(1)
 * a point. A radial polynomial is valid up to the radius where it stops growing. Beyond, it folds
 * and would bring far points into the image; both maps return false there.
 */
export const distortionMaps = (camera: Camera): DistortionMaps => {
  const { distortion } = camera
  if (distortion === undefined) return { toImage: copy, toIdeal: copy }
  const limit = foldRadius(distortion.radial, 4 * Math.hypot(camera.width, camera.height))
  const forward = (column: number, line: number, out: Float64Array): boolean =>
    applyFormula(distortion, limit, column, line, out)
  const inverse = (column: number, line: number, out: Float64Array): boolean =>
    invertFormula(distortion, limit, column, line, out)
  return distortion.given === "ideal" ? { toImage: forward, toIdeal: inverse } : { toImage: inverse, toIdeal: forward }
}

const copy = (column: number, line: number, out: Float64Array): boolean => {
  out[0] = column
  out[1] = line
  return true
}

const applyFormula = (d: Distortion, limit: number, column: number, line: number, out: Float64Array): boolean => {
  const u = column - d.centre[0]
  const v = line - d.centre[1]
  if (!(u * u + v * v <= limit * limit)) return false
  const { radial } = d
  const s = u * u + v * v
  let gain = 0
  for (let i = radial.length - 1; i >= 0; i--) gain = (gain + radial[i]!) * s
  let du = u * gain
  let dv = v * gain
  if (d.tangential !== undefined) {
    const [p1, p2] = d.tangential
    du += p1 * (3 * u * u + v * v) + 2 * p2 * u * v
    dv += p2 * (u * u + 3 * v * v) + 2 * p1 * u * v
  }
  if (d.affine !== undefined) du += d.affine[0] * u + d.affine[1] * v
  out[0] = column + du
  out[1] = line + dv
  return true
}

/** Finds the point that the formula maps to (column, line). */
const invertFormula = (d: Distortion, limit: number, column: number, line: number, out: Float64Array): boolean => {
  let x = column
  let y = line
  for (let step = 0; step < STEPS; step++) {
    const u = x - d.centre[0]
    const v = y - d.centre[1]
    const r = Math.hypot(u, v)
    if (r > limit) {
      // Clamp to the valid radius: near the fold, a Newton step may leave it on the way.
      const inside = (limit / r) * (1 - 1e-9)
      x = d.centre[0] + u * inside
      y = d.centre[1] + v * inside
    }
    if (!applyFormula(d, limit, x, y, out)) return false
    const ex = column - out[0]!
    const ey = line - out[1]!
    if (Math.abs(ex) < CLOSE && Math.abs(ey) < CLOSE) {
      out[0] = x
      out[1] = y
      return true
    }
    const [a, b, c, e] = jacobian(d, x - d.centre[0], y - d.centre[1])
    const det = a * e - b * c
    if (!(Math.abs(det) > 1e-12)) return false
    const dx = (ex * e - ey * b) / det
    const dy = (ey * a - ex * c) / det
    // Rounding may keep the residual above the bound, so a step of no length also ends the search.
    if (step > 2 && Math.abs(dx) < CLOSE && Math.abs(dy) < CLOSE) {
      out[0] = x + dx
      out[1] = y + dy
      return true
    }
    x += dx
    y += dy
  }
  return false
}

const jacobian = (d: Distortion, u: number, v: number): readonly [number, number, number, number] => {
  const { radial } = d
  const s = u * u + v * v
  let gain = 0
  let slope = 0
  for (let i = radial.length - 1; i >= 0; i--) {
    gain = (gain + radial[i]!) * s
    slope = slope * s + (i + 1) * radial[i]!
  }
  const [p1, p2] = d.tangential ?? [0, 0]
  const [b1, b2] = d.affine ?? [0, 0]
  const cross = 2 * slope * u * v + 2 * p1 * v + 2 * p2 * u
  return [
    1 + gain + 2 * slope * u * u + 6 * p1 * u + 2 * p2 * v + b1,
    cross + b2,
    cross,
    1 + gain + 2 * slope * v * v + 6 * p2 * v + 2 * p1 * u,
  ]
}

/** Radius at which r + c₀ r³ + c₁ r⁵ … stops growing; at most `reach`. */
const foldRadius = (radial: readonly number[], reach: number): number => {
  const growth = (r: number): number => {
    const s = r * r
    let sum = 0
    for (let i = radial.length - 1; i >= 0; i--) sum = (sum + (2 * i + 3) * radial[i]!) * s
    return 1 + sum
  }
  const steps = 256
  let inside = 0
  for (let i = 1; i <= steps; i++) {
    let outside = (reach * i) / steps
    if (growth(outside) > 0) {
      inside = outside
      continue
    }
    for (let k = 0; k < 60; k++) {
      const middle = (inside + outside) / 2
      if (growth(middle) > 0) inside = middle
      else outside = middle
    }
    return inside
  }
  return reach
}
