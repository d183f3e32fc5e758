/**
 * Checks a shell by its triangles: volume, faces that meet wrongly, shells that meet or contain
 * each other.
 */
import { trianglesCross, trianglesMeet } from "./triangles-meet.js"

/** The triangles of a shell whose polygons are valid. */
export interface ShellTriangles {
  /** x, y, z, metres, near the origin. */
  readonly vertices: Float64Array
  readonly triangles: Uint32Array
  /** Face of each triangle. */
  readonly faces: Uint32Array
}

/** Volume in cubic metres, positive where the triangles are counter-clockwise seen from outside. */
export const shellVolume = ({ vertices: p, triangles }: ShellTriangles): number => {
  let sum = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!]
    sum +=
      p[a]! * (p[b + 1]! * p[c + 2]! - p[b + 2]! * p[c + 1]!) +
      p[a + 1]! * (p[b + 2]! * p[c]! - p[b]! * p[c + 2]!) +
      p[a + 2]! * (p[b]! * p[c + 1]! - p[b + 1]! * p[c]!)
  }
  return sum / 6
}

/**
 * The first face that meets another beyond common vertices and edges; −1 without one. Sweeps over
 * boxes along x.
 */
export const meetingFaces = (shell: ShellTriangles): number => {
  let found = -1
  const { vertices, triangles, faces } = shell
  pairs(shell, (a, b) => {
    if (faces[a] === faces[b] || !trianglesMeet(vertices, triangles, 3 * a, 3 * b)) return false
    found = Math.min(faces[a]!, faces[b]!)
    return true
  })
  return found
}

/**
 * True where the surfaces of two shells of one solid cross or share an area; they may touch in
 * points and along lines.
 */
export const shellsMeet = (one: ShellTriangles, other: ShellTriangles): boolean => {
  const split = one.triangles.length / 3
  const triangles = Uint32Array.from([...one.triangles, ...other.triangles])
  let found = false
  pairs({ vertices: one.vertices, triangles, faces: new Uint32Array(triangles.length / 3) }, (a, b) => {
    found = a < split !== b < split && trianglesCross(one.vertices, triangles, 3 * a, 3 * b)
    return found
  })
  return found
}

/** Calls `visit` for pairs of triangles whose boxes meet, until it returns true. */
const pairs = ({ vertices: p, triangles }: ShellTriangles, visit: (a: number, b: number) => boolean): void => {
  const count = triangles.length / 3
  const boxes = new Float64Array(6 * count)
  for (let t = 0; t < count; t++) {
    for (let k = 0; k < 3; k++) {
      const [a, b, c] = [0, 1, 2].map((i) => p[3 * triangles[3 * t + i]! + k]!) as [number, number, number]
      boxes[6 * t + k] = Math.min(a, b, c) - 1e-6
      boxes[6 * t + 3 + k] = Math.max(a, b, c) + 1e-6
    }
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) => boxes[6 * a]! - boxes[6 * b]! || a - b)
  for (let i = 0; i < count; i++) {
    const a = order[i]!
    for (let j = i + 1; j < count; j++) {
      const b = order[j]!
      if (boxes[6 * b]! > boxes[6 * a + 3]!) break
      if (boxes[6 * b + 1]! > boxes[6 * a + 4]! || boxes[6 * b + 4]! < boxes[6 * a + 1]!) continue
      if (boxes[6 * b + 2]! > boxes[6 * a + 5]! || boxes[6 * b + 5]! < boxes[6 * a + 2]!) continue
      if (visit(a, b)) return
    }
  }
}

/**
 * Position of shell `inner` relative to the closed shell `outer`, which it does not cross: 1
 * inside, −1 outside.
 */
export const vertexInShell = (outer: ShellTriangles, inner: ShellTriangles): number => {
  // The centre of a triangle is rarely on the other surface, so the majority of triangles decides.
  let inside = 0
  const { vertices: p, triangles } = inner
  for (let t = 0; t < triangles.length; t += 3) {
    const middle = [0, 1, 2].map(
      (k) => (p[3 * triangles[t]! + k]! + p[3 * triangles[t + 1]! + k]! + p[3 * triangles[t + 2]! + k]!) / 3,
    ) as [number, number, number]
    inside += Math.abs(windings(outer, middle)) > 0.5 ? 1 : -1
  }
  return Math.sign(inside)
}

/** Winding number of a closed shell around a point (van Oosterom and Strackee's solid angle). */
const windings = ({ vertices: p, triangles }: ShellTriangles, at: readonly [number, number, number]): number => {
  let sum = 0
  const from = (corner: number): [number, number, number] => {
    const v = 3 * triangles[corner]!
    return [p[v]! - at[0], p[v + 1]! - at[1], p[v + 2]! - at[2]]
  }
  const dot = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [from(t), from(t + 1), from(t + 2)]
    const [la, lb, lc] = [Math.hypot(...a), Math.hypot(...b), Math.hypot(...c)]
    const volume =
      a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    sum += 2 * Math.atan2(volume, la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb)
  }
  return sum / (4 * Math.PI)
}
