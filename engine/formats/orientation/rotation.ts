/** Converts camera angles and matrices to one convention, and checks stated matrices. */

/**
 * The rotation Rx(ω) · Ry(φ) · Rz(κ) from the camera's photogrammetric frame (x right, y up, z
 * backwards) to the ground's.
 *
 * At ω = φ = κ = 0 the camera looks straight down with the top of the image to the north. A
 * positive κ turns it counter-clockwise, seen from above.
 *
 * @param omega radians
 * @param phi radians
 * @param kappa radians
 * @returns row-major 3 × 3
 */
export const rotationOfAngles = (omega: number, phi: number, kappa: number): readonly number[] => {
  const [so, co] = [Math.sin(omega), Math.cos(omega)]
  const [sp, cp] = [Math.sin(phi), Math.cos(phi)]
  const [sk, ck] = [Math.sin(kappa), Math.cos(kappa)]
  return [
    cp * ck,
    -cp * sk,
    sp,
    co * sk + so * sp * ck,
    co * ck - so * sp * sk,
    -so * cp,
    so * sk - co * sp * ck,
    so * ck + co * sp * sk,
    co * cp,
  ]
}

/**
 * Converts a rotation from the computer vision frame (x right, y down, z forward) to the
 * photogrammetric one.
 */
export const fromVisionFrame = (rotation: readonly number[]): readonly number[] =>
  rotation.map((value, i) => (i % 3 === 0 ? value : -value))

/** The transpose: the inverse of a rotation. */
export const transpose = (m: readonly number[]): readonly number[] => [0, 3, 6, 1, 4, 7, 2, 5, 8].map((i) => m[i]!)

/** Written matrices have six digits or more. */
const TOLERANCE = 1e-4

/** Why a matrix is no rotation; undefined if it is one (within 1e-4). */
export const faultOfRotation = (m: readonly number[]): string | undefined => {
  for (let a = 0; a < 3; a++) {
    for (let b = a; b < 3; b++) {
      const dot = m[a]! * m[b]! + m[a + 3]! * m[b + 3]! + m[a + 6]! * m[b + 6]!
      if (!(Math.abs(dot - (a === b ? 1 : 0)) <= TOLERANCE)) {
        return a === b
          ? `column ${a + 1} has length ${Math.sqrt(dot).toFixed(6)}, not 1`
          : "its columns are not at right angles"
      }
    }
  }
  const determinant =
    m[0]! * (m[4]! * m[8]! - m[5]! * m[7]!) -
    m[1]! * (m[3]! * m[8]! - m[5]! * m[6]!) +
    m[2]! * (m[3]! * m[7]! - m[4]! * m[6]!)
  return determinant > 0 ? undefined : "it mirrors (its determinant is −1)"
}
