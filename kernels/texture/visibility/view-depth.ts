/** The depth buffer of a perspective camera: what hides a wall from an oriented image. */
import type { Shot } from "../../../engine/core/camera/camera.js"
import type { Mesh } from "../../../engine/kernel.js"

/**
 * Nearest surface of a camera, per cell of its undistorted image plane. `data`: 1 / depth along the
 * camera's axis (1/m), 0 where empty; it is linear over the plane of a face, so interpolation is
 * exact.
 */
export interface DepthBuffer {
  /** Column and line of the outer corner of cell (0, 0), pixels of the undistorted image. */
  readonly left: number
  readonly top: number
  /** In cells. */
  readonly width: number
  readonly height: number
  /** Cells a pixel. */
  readonly fineness: number
  readonly data: Float32Array
}

/** Minimum depth of a face, metres: no aerial camera is nearer to its subject. */
const NEAR = 0.5

/**
 * Draws meshes into the depth buffer of a camera (perspective z-buffer, Catmull 1974): cells whose
 * centre is on or inside the edges of a face.
 *
 * Faces are cut at {@link NEAR}, and both their sides hide. The image plane is that of the ideal
 * camera, where edges are straight for any lens. O(faces + cells drawn); 4 bytes a cell, 24 a
 * vertex.
 * @param meshes occluders, each in its own frame
 * @param solids closed occluders: only sides towards the camera are drawn, since they hide the
 *   other sides
 * @param box left, top, right, bottom: the part to draw, pixels of the undistorted image
 */
export const drawDepth = (
  meshes: readonly Mesh[],
  shot: Shot,
  box: readonly [number, number, number, number],
  fineness: number,
  solids: readonly Mesh[] = [],
): DepthBuffer => {
  const left = Math.floor(box[0])
  const top = Math.floor(box[1])
  const width = Math.max(1, (Math.ceil(box[2]) - left) * fineness)
  const height = Math.max(1, (Math.ceil(box[3]) - top) * fineness)
  const buffer = { left, top, width, height, fineness, data: new Float32Array(width * height) }
  for (const mesh of meshes) drawMesh(buffer, mesh, shot, false)
  for (const mesh of solids) drawMesh(buffer, mesh, shot, true)
  return buffer
}

/** 1 / depth at a place of the undistorted image; undefined outside the buffer. */
export const nearestAt = (buffer: DepthBuffer, column: number, line: number): number | undefined => {
  const x = Math.floor((column - buffer.left) * buffer.fineness)
  const y = Math.floor((line - buffer.top) * buffer.fineness)
  if (!(x >= 0 && y >= 0 && x < buffer.width && y < buffer.height)) return undefined
  return buffer.data[y * buffer.width + x]
}

/** Vertices in the camera's frame: right, up, depth; metres. */
const seenFrom = ({ centre, rotation: r }: Shot, { origin, positions }: Mesh): Float64Array => {
  const out = new Float64Array(positions.length)
  // Subtract the large coordinates first: the rest keeps a millimetre.
  const [ox, oy, oz] = [origin[0] - centre[0], origin[1] - centre[1], origin[2] - centre[2]]
  for (let v = 0; v < positions.length; v += 3) {
    const x = ox + positions[v] / 1000
    const y = oy + positions[v + 1] / 1000
    const z = oz + positions[v + 2] / 1000
    out[v] = r[0] * x + r[3] * y + r[6] * z
    out[v + 1] = r[1] * x + r[4] * y + r[7] * z
    out[v + 2] = -(r[2] * x + r[5] * y + r[8] * z)
  }
  return out
}

const drawMesh = (buffer: DepthBuffer, mesh: Mesh, shot: Shot, frontOnly: boolean): void => {
  const places = seenFrom(shot, mesh)
  const { focal, principal } = shot.camera
  const { triangles } = mesh
  // x, y in cells and 1 / depth of the corners of a face cut at NEAR: four at most.
  const corners = new Float64Array(12)
  for (let t = 0; t < triangles.length; t += 3) {
    let count = 0
    for (let k = 0; k < 3; k++) {
      const a = 3 * triangles[t + k]
      const b = 3 * triangles[t + ((k + 1) % 3)]
      const [za, zb] = [places[a + 2], places[b + 2]]
      if (za >= NEAR) count = put(corners, count, places[a], places[a + 1], za)
      if (za >= NEAR === zb >= NEAR) continue
      const s = (NEAR - za) / (zb - za)
      count = put(
        corners,
        count,
        places[a] + s * (places[b] - places[a]),
        places[a + 1] + s * (places[b + 1] - places[a + 1]),
        NEAR,
      )
    }
    for (let i = 0; i < count; i++) {
      corners[3 * i] = (principal[0] + focal * corners[3 * i] - buffer.left) * buffer.fineness
      corners[3 * i + 1] = (principal[1] - focal * corners[3 * i + 1] - buffer.top) * buffer.fineness
    }
    if (frontOnly && count > 2 && turnOf(corners) >= 0) continue
    for (let i = 2; i < count; i++) drawTriangle(buffer, corners, 0, 3 * (i - 1), 3 * i)
  }
}

const put = (corners: Float64Array, count: number, x: number, y: number, depth: number): number => {
  corners[3 * count] = x / depth
  corners[3 * count + 1] = y / depth
  corners[3 * count + 2] = 1 / depth
  return count + 1
}

/**
 * Twice the area of the first three corners, negative where they appear counter-clockwise: lines of
 * an image count downwards.
 */
const turnOf = (p: Float64Array): number => (p[3] - p[0]) * (p[7] - p[1]) - (p[6] - p[0]) * (p[4] - p[1])

/** Tolerance of edges: no cell falls between two faces of one edge. */
const EDGE = 1e-9

const drawTriangle = (buffer: DepthBuffer, p: Float64Array, a: number, b: number, c: number): void => {
  const { width, height, data } = buffer
  const area = (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[c] - p[a]) * (p[b + 1] - p[a + 1])
  if (Math.abs(area) < 1e-12) return
  const left = Math.max(0, Math.ceil(Math.min(p[a], p[b], p[c]) - 0.5 - EDGE))
  const right = Math.min(width - 1, Math.floor(Math.max(p[a], p[b], p[c]) - 0.5 + EDGE))
  const top = Math.max(0, Math.ceil(Math.min(p[a + 1], p[b + 1], p[c + 1]) - 0.5 - EDGE))
  const bottom = Math.min(height - 1, Math.floor(Math.max(p[a + 1], p[b + 1], p[c + 1]) - 0.5 + EDGE))
  for (let row = top; row <= bottom; row++) {
    const y = row + 0.5
    for (let column = left; column <= right; column++) {
      const x = column + 0.5
      const wb = ((x - p[a]) * (p[c + 1] - p[a + 1]) - (p[c] - p[a]) * (y - p[a + 1])) / area
      const wc = ((p[b] - p[a]) * (y - p[a + 1]) - (x - p[a]) * (p[b + 1] - p[a + 1])) / area
      if (wb < -EDGE || wc < -EDGE || wb + wc > 1 + EDGE) continue
      const nearness = p[a + 2] + wb * (p[b + 2] - p[a + 2]) + wc * (p[c + 2] - p[a + 2])
      const at = row * width + column
      if (nearness > data[at]) data[at] = nearness
    }
  }
}
