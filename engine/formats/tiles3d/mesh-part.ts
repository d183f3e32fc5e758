import type { Mesh, Texture } from "../../kernel.js"

/** Texels of a part's image beyond what its triangles need, for filtering. */
const MARGIN = 4

/** Some triangles of a mesh, with the vertices that they use. */
export interface PickedMesh {
  readonly mesh: Mesh
  /** The vertex that each was. */
  readonly vertices: Uint32Array
}

/** The mesh of some triangles, vertices in their former order. All objects stay in the table. O(vertices) time. */
export const pickTriangles = (mesh: Mesh, which: Uint32Array): PickedMesh => {
  const number = new Int32Array(mesh.classes.length).fill(-1)
  for (const t of which) for (let k = 0; k < 3; k++) number[mesh.triangles[3 * t + k]!] = 0
  let count = 0
  for (let v = 0; v < number.length; v++) if (number[v] === 0) number[v] = count++
  const vertices = new Uint32Array(count)
  for (let v = 0; v < number.length; v++) if (number[v]! >= 0) vertices[number[v]!] = v
  const triangles = new Uint32Array(3 * which.length)
  for (let i = 0; i < which.length; i++)
    for (let k = 0; k < 3; k++) triangles[3 * i + k] = number[mesh.triangles[3 * which[i]! + k]!]!
  const { owners } = mesh
  return {
    mesh: {
      ...mesh,
      positions: pickValues(mesh.positions, vertices, 3),
      classes: Uint8Array.from(vertices, (v) => mesh.classes[v]!),
      triangles,
      ...(owners === undefined ? {} : { owners: which.map((t) => owners[t]!) }),
    },
    vertices,
  }
}

/** `width` values of each of some vertices. */
export const pickValues = <T extends Int32Array | Float32Array>(values: T, vertices: Uint32Array, width: number): T => {
  const out = values.slice(0, width * vertices.length) as T
  for (let i = 0; i < vertices.length; i++)
    for (let k = 0; k < width; k++) out[width * i + k] = values[width * vertices[i]! + k]!
  return out
}

/**
 * The window of a texture that some vertices need, with a margin of four texels, in whole texels: none is resampled. `uv` is in
 * the window.
 */
export const cropTexture = ({ width, height, data }: Texture, uv: Float32Array): Texture => {
  const low = [1, 1]
  const high = [0, 0]
  for (let i = 0; i < uv.length; i++) {
    const axis = i % 2
    if (uv[i]! < low[axis]!) low[axis] = uv[i]!
    if (uv[i]! > high[axis]!) high[axis] = uv[i]!
  }
  const spanOf = (axis: 0 | 1, size: number): readonly [start: number, length: number] => {
    const start = Math.min(size - 1, Math.max(0, Math.floor(low[axis]! * size) - MARGIN))
    return [start, Math.max(1, Math.min(size, Math.ceil(high[axis]! * size) + MARGIN) - start)]
  }
  const [left, columns] = spanOf(0, width)
  const [top, rows] = spanOf(1, height)
  const window = new Uint8Array(4 * columns * rows)
  for (let row = 0; row < rows; row++) {
    const from = 4 * ((top + row) * width + left)
    window.set(data.subarray(from, from + 4 * columns), 4 * row * columns)
  }
  const moved = uv.map((value, i) => (i % 2 === 0 ? (value * width - left) / columns : (value * height - top) / rows))
  return { width: columns, height: rows, data: window, uv: moved }
}
