/** Rasterises a mesh seen from above: each pixel shows the highest triangle. */
import type { Pixels } from "../formats/raster/sheet.js"

/**
 * A mesh on the sheet: x right, y down and z up, all in pixels of the window, which preserves
 * slopes.
 */
export interface FlatMesh {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly triangles: Uint32Array
}

export type Paint =
  | { readonly kind: "texture"; readonly uv: Float32Array; readonly image: Pixels }
  /**
   * Red, green, blue by vertex class; each triangle has the class of its first vertex and is shaded
   * by its slope.
   */
  | { readonly kind: "class"; readonly classes: Uint8Array; colour(code: number): readonly [number, number, number] }

/**
 * A pixel's centre on the edge of two triangles belongs to both; rounding must not drop it between
 * them.
 */
const EDGE = -1e-7

/**
 * Draws a mesh as seen from straight above into `width · height` pixels: each pixel shows the
 * highest triangle at its centre. Uncovered pixels stay transparent. Time: the pixels of all
 * triangles' boxes; memory: 8 bytes a pixel.
 */
export const fillTriangles = (mesh: FlatMesh, paint: Paint, width: number, height: number): Pixels => {
  const data = new Uint8ClampedArray(4 * width * height)
  const depth = new Float32Array(width * height).fill(Number.NEGATIVE_INFINITY)
  const { x, y, z, triangles } = mesh
  const colour = new Uint8ClampedArray(3)
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!] as const
    const [a, b, c] = corners
    const [ax, ay] = [x[a]!, y[a]!]
    const [bx, by, cx, cy] = [x[b]! - ax, y[b]! - ay, x[c]! - ax, y[c]! - ay]
    const area = bx * cy - cx * by
    if (area === 0) continue
    const left = Math.max(0, Math.ceil(Math.min(0, bx, cx) + ax - 0.5))
    const right = Math.min(width - 1, Math.floor(Math.max(0, bx, cx) + ax - 0.5))
    const top = Math.max(0, Math.ceil(Math.min(0, by, cy) + ay - 0.5))
    const bottom = Math.min(height - 1, Math.floor(Math.max(0, by, cy) + ay - 0.5))
    if (left > right || top > bottom) continue
    if (paint.kind === "class") classColour(mesh, paint, corners, colour)
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - ax
        const py = row + 0.5 - ay
        const wb = (px * cy - cx * py) / area
        const wc = (bx * py - px * by) / area
        if (wb < EDGE || wc < EDGE || wb + wc > 1 - EDGE) continue
        const at = row * width + column
        const above = z[a]! + wb * (z[b]! - z[a]!) + wc * (z[c]! - z[a]!)
        if (above <= depth[at]!) continue
        depth[at] = above
        if (paint.kind === "texture") sampleTexture(paint, corners, wb, wc, colour)
        data[4 * at] = colour[0]!
        data[4 * at + 1] = colour[1]!
        data[4 * at + 2] = colour[2]!
        data[4 * at + 3] = 255
      }
    }
  }
  return { width, height, data }
}

type Corners = readonly [a: number, b: number, c: number]

const sampleTexture = (
  { uv, image }: Extract<Paint, { kind: "texture" }>,
  [a, b, c]: Corners,
  wb: number,
  wc: number,
  colour: Uint8ClampedArray,
): void => {
  const wa = 1 - wb - wc
  const { width, height, data } = image
  const u = (wa * uv[2 * a]! + wb * uv[2 * b]! + wc * uv[2 * c]!) * width - 0.5
  const v = (wa * uv[2 * a + 1]! + wb * uv[2 * b + 1]! + wc * uv[2 * c + 1]!) * height - 0.5
  const column = Math.min(width - 1, Math.max(0, Math.floor(u)))
  const row = Math.min(height - 1, Math.max(0, Math.floor(v)))
  const right = Math.min(width - 1, column + 1)
  const below = Math.min(height - 1, row + 1)
  const fx = Math.min(1, Math.max(0, u - column))
  const fy = Math.min(1, Math.max(0, v - row))
  for (let band = 0; band < 3; band++) {
    const upper = data[4 * (row * width + column) + band]! * (1 - fx) + data[4 * (row * width + right) + band]! * fx
    const lower = data[4 * (below * width + column) + band]! * (1 - fx) + data[4 * (below * width + right) + band]! * fx
    colour[band] = upper * (1 - fy) + lower * fy
  }
}

/** Shaded like the relief, with light from the north-west, 45 degrees high; y points south. */
const classColour = (
  { x, y, z }: FlatMesh,
  paint: Extract<Paint, { kind: "class" }>,
  [a, b, c]: Corners,
  colour: Uint8ClampedArray,
): void => {
  const [ux, uy, uz] = [x[b]! - x[a]!, y[b]! - y[a]!, z[b]! - z[a]!]
  const [vx, vy, vz] = [x[c]! - x[a]!, y[c]! - y[a]!, z[c]! - z[a]!]
  let [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]
  if (nz < 0) [nx, ny, nz] = [-nx, -ny, -nz]
  const light = (nz - Math.SQRT1_2 * (nx + ny)) / Math.hypot(nx, ny, nz)
  const shade = 0.45 + 0.55 * Math.max(0, light)
  const own = paint.colour(paint.classes[a]!)
  for (let band = 0; band < 3; band++) colour[band] = own[band as 0 | 1 | 2] * shade
}

/** The picture at half its size, each pixel the mean of up to four. */
export const halvePixels = ({ width, height, data }: Pixels): Pixels => {
  const [w, h] = [Math.max(1, width >> 1), Math.max(1, height >> 1)]
  const out = new Uint8ClampedArray(4 * w * h)
  for (let row = 0; row < h; row++) {
    for (let column = 0; column < w; column++) {
      // An odd last column or row is dropped: half a texel of the margin.
      const first = 4 * (2 * row * width + 2 * column)
      const right = 2 * column + 1 < width ? 4 : 0
      const below = 2 * row + 1 < height ? 4 * width : 0
      for (let band = 0; band < 4; band++) {
        const at = first + band
        out[4 * (row * w + column) + band] =
          (data[at]! + data[at + right]! + data[at + below]! + data[at + right + below]!) / 4
      }
    }
  }
  return { width: w, height: h, data: out }
}
