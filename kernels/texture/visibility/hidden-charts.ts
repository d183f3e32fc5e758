/** Charts for faces that an object above hides in part, with the hidden texels filled. */
import type { Mesh, TextureChart } from "../../../engine/kernel.js"
import type { SeenFromAbove, TexelGrid } from "./depth-from-above.js"

/** Side of the squares, metres, whose faces share a chart. */
const SQUARE = 32
/** Texels added to width and height of a window: the cost of a separate chart. */
const EDGE = 16

/**
 * Colours `count` texels of the grid, from (column, row) to the right, where another object hides
 * `object`: four bytes each in `out` from `at`.
 */
export type FillTexels = (
  object: number,
  column: number,
  row: number,
  count: number,
  out: Uint8Array,
  at: number,
) => void

interface Window {
  left: number
  top: number
  right: number
  bottom: number
  readonly object: number
  faces: number[]
}

/**
 * Charts of faces that are partly hidden from above, on the texels of the image. Texels that show
 * the face's own object are unchanged, the others are filled.
 *
 * Faces of one object and square of 32 m share a chart. Charts merge where that takes no more
 * texels. Order and extent depend only on the mesh and the grid.
 * @param which numbers of the faces, ascending
 * @param hides as of `seenFromAbove`
 */
export const hiddenCharts = (
  mesh: Mesh,
  which: readonly number[],
  grid: TexelGrid,
  image: { readonly data: Uint8Array; readonly seen: SeenFromAbove; readonly hides: Uint8Array },
  fill: FillTexels,
): TextureChart[] => joined(findWindows(mesh, which, grid)).map((window) => placeChart(mesh, window, grid, image, fill))

const findWindows = (mesh: Mesh, which: readonly number[], grid: TexelGrid): Window[] => {
  const { positions: p, triangles, owners } = mesh
  const side = Math.max(8, Math.round(SQUARE / grid.texel))
  const across = Math.ceil(grid.width / side) + 1
  const windows = new Map<number, Window>()
  const down = Math.ceil(grid.height / side) + 1
  for (const t of which) {
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
    for (let k = 0; k < 3; k++) {
      const v = 3 * triangles[3 * t + k]
      const x = (p[v] / 1000 - grid.left) / grid.texel
      const y = (grid.top - p[v + 1] / 1000) / grid.texel
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
    const cellOf = (low: number, high: number, most: number): number =>
      Math.min(most - 1, Math.max(0, Math.floor((low + high) / 2 / side)))
    const object = owners?.[t] ?? 0
    const key = (object * down + cellOf(top, bottom, down)) * across + cellOf(left, right, across)
    const window = windows.get(key) ?? {
      left: Infinity,
      right: -Infinity,
      top: Infinity,
      bottom: -Infinity,
      object,
      faces: [],
    }
    windows.set(key, window)
    // A margin of one texel, for filtering.
    window.left = Math.min(window.left, Math.max(0, Math.floor(left) - 1))
    window.top = Math.min(window.top, Math.max(0, Math.floor(top) - 1))
    window.right = Math.max(window.right, Math.min(grid.width, Math.ceil(right) + 1))
    window.bottom = Math.max(window.bottom, Math.min(grid.height, Math.ceil(bottom) + 1))
    window.faces.push(t)
  }
  return [...windows].sort(([a], [b]) => a - b).map(([, window]) => window)
}

const costOf = (left: number, top: number, right: number, bottom: number): number =>
  (right - left + EDGE) * (bottom - top + EDGE)

/** Joins windows of one object, each with the next possible one, until none can join. */
const joined = (windows: readonly Window[]): Window[] => {
  const out: Window[] = []
  for (let i = 0; i < windows.length; ) {
    let end = i + 1
    while (end < windows.length && windows[end].object === windows[i].object) end++
    out.push(...joinWindows(windows.slice(i, end)))
    i = end
  }
  return out
}

const joinWindows = (windows: Window[]): Window[] => {
  const rest = windows
  for (let i = 0; i < rest.length; i++) {
    for (let j = i + 1; j < rest.length; j++) {
      const [a, b] = [rest[i], rest[j]]
      const left = Math.min(a.left, b.left)
      const top = Math.min(a.top, b.top)
      const right = Math.max(a.right, b.right)
      const bottom = Math.max(a.bottom, b.bottom)
      const apart = costOf(a.left, a.top, a.right, a.bottom) + costOf(b.left, b.top, b.right, b.bottom)
      if (costOf(left, top, right, bottom) > apart) continue
      rest[i] = { left, top, right, bottom, object: a.object, faces: [...a.faces, ...b.faces] }
      rest.splice(j, 1)
      // The joined window may reach those that were skipped.
      j = i
    }
  }
  return rest
}

const placeChart = (
  { owners }: Mesh,
  { left, top, right, bottom, object, faces }: Window,
  grid: TexelGrid,
  { data, seen, hides }: { readonly data: Uint8Array; readonly seen: SeenFromAbove; readonly hides: Uint8Array },
  fill: FillTexels,
): TextureChart => {
  const [width, height] = [right - left, bottom - top]
  const texels = new Uint8Array(4 * width * height)
  for (let row = 0; row < height; row++) {
    const from = (top + row) * grid.width + left
    texels.set(data.subarray(4 * from, 4 * (from + width)), 4 * row * width)
    for (let column = 0; column < width; ) {
      const shown = seen.uppermost[from + column]
      const start = column++
      while (column < width && seen.uppermost[from + column] === shown) column++
      const above = shown === 0 ? object : (owners?.[shown - 1] ?? 0)
      if (above === object || hides[above] !== 1) continue
      fill(object, left + start, top + row, column - start, texels, 4 * (row * width + start))
    }
  }
  return {
    faces: Uint32Array.from(faces).sort(),
    origin: [grid.left + left * grid.texel, grid.top - top * grid.texel, 0],
    u: [1, 0, 0],
    v: [0, -1, 0],
    width,
    height,
    texel: grid.texel,
    data: texels,
  }
}
