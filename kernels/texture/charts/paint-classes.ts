/** Paints pixels without an image in the class colours of the mesh below. */
import { classColour } from "../../../engine/core/colours.js"
import { chooseShownClass } from "../../../engine/core/shown-classes.js"
import type { Image, Mesh } from "../../../engine/kernel.js"
import type { PixelRuns } from "./fill-image-holes.js"

/** Colour of a class, 0xRRGGBB. */
export const packColour = (code: number): number => {
  const [red, green, blue] = classColour(code)
  return (red << 16) | (green << 8) | blue
}

/**
 * Paints the pixels of alpha 0 in the class colours of the mesh from above, blended over each
 * triangle, and makes them opaque.
 *
 * Each takes its uppermost face; where none covers its middle, any face that touches it. Pixels
 * outside `cell` without a triangle (the margin) copy the nearest pixel inside. Time: pixels to
 * paint + triangles, plus the boxes around triangles near uncovered pixels.
 * @param data RGBA of `image`'s size, changed in place
 * @param runs the pixels, of `emptyRuns`; those with a colour are unchanged
 * @param uppermost per pixel 1 + the number of the uppermost face, or 0
 */
export const paintClasses = (
  data: Uint8Array,
  image: Image,
  mesh: Mesh,
  cell: { column: number; endColumn: number; row: number; endRow: number },
  runs: PixelRuns,
  uppermost: Uint32Array,
): void => {
  const { width } = image
  const faces = placedFaces(mesh, image)
  const { count, starts, ends } = runs
  if (paintCovered(data, width, faces, runs, uppermost)) paintTouched(data, image, faces, runs)
  for (let run = 0; run < count; run++) {
    const row = Math.floor(starts[run] / width)
    const fromRow = Math.min(cell.endRow - 1, Math.max(cell.row, row))
    for (let i = starts[run]; i < ends[run]; i++) {
      if (data[4 * i + 3] !== 0) continue
      const column = i - row * width
      const from = 4 * (fromRow * width + Math.min(cell.endColumn - 1, Math.max(cell.column, column)))
      const colour = data[from + 3] === 0 ? packColour(0) : (data[from] << 16) | (data[from + 1] << 8) | data[from + 2]
      write(data, 4 * i, colour >> 16, (colour >> 8) & 255, colour & 255)
    }
  }
}

/** The triangles of a mesh over an image. */
interface PlacedFaces {
  readonly triangles: Uint32Array
  /** Columns and rows of the vertices; whole numbers are middles of pixels. */
  readonly x: Float64Array
  readonly y: Float64Array
  /** The class that a vertex is shown as. Lazy: usually no face is painted. */
  readonly shownOf: (vertex: number) => number
}

const placedFaces = (mesh: Mesh, image: Image): PlacedFaces => {
  const pixelX = (image.box[2] - image.box[0]) / image.width
  const pixelY = (image.box[3] - image.box[1]) / image.height
  const x = new Float64Array(mesh.classes.length)
  const y = new Float64Array(mesh.classes.length)
  for (let v = 0; v < x.length; v++) {
    x[v] = (mesh.origin[0] - image.box[0] + mesh.positions[3 * v] / 1000) / pixelX - 0.5
    y[v] = (image.box[3] - mesh.origin[1] - mesh.positions[3 * v + 1] / 1000) / pixelY - 0.5
  }
  let find: ((vertex: number) => number) | undefined
  const shownOf = (vertex: number): number => {
    find ??= chooseShownClass(mesh)
    return find(vertex)
  }
  return { triangles: mesh.triangles, x, y, shownOf }
}

/**
 * Paints the empty pixels whose middle a face covers, each by its uppermost one. Returns whether
 * any are left.
 */
const paintCovered = (
  data: Uint8Array,
  width: number,
  faces: PlacedFaces,
  { count, starts, ends }: PixelRuns,
  uppermost: Uint32Array,
): boolean => {
  const face = new Float64Array(FACE)
  let taken = 0
  let isLeft = false
  for (let run = 0; run < count; run++) {
    const row = Math.floor(starts[run] / width)
    for (let i = starts[run]; i < ends[run]; i++) {
      if (data[4 * i + 3] !== 0) continue
      const above = uppermost[i]
      if (above === 0) isLeft = true
      else {
        if (above !== taken) takeFace(faces, above - 1, face)
        taken = above
        paintPixel(data, 4 * i, i - row * width, row, face)
        // Rounding may put a middle on the face's edge outside of it.
        if (data[4 * i + 3] === 0) isLeft = true
      }
    }
  }
  return isLeft
}

/** Side of the cells that record empty pixels, in pixels. */
const CELL = 32

/**
 * Paints the empty pixels that a triangle touches, each by the first one. Only visits cells with
 * such pixels, along the mesh's edge.
 */
const paintTouched = (data: Uint8Array, { width, height }: Image, faces: PlacedFaces, runs: PixelRuns): void => {
  const across = Math.ceil(width / CELL)
  const empty = emptyCells(data, width, height, runs)
  const face = new Float64Array(FACE)
  for (let t = 0; t < faces.triangles.length / 3; t++) {
    if (!meetsEmpty(faces, t, width, height, empty)) continue
    takeFace(faces, t, face)
    // A wall has no area here, and its barycentric shares would be NaN.
    if (face[6] === 0) continue
    const firstColumn = Math.max(0, Math.ceil(face[10]))
    const lastColumn = Math.min(width - 1, Math.floor(face[11]))
    const firstRow = Math.max(0, Math.ceil(face[12]))
    const lastRow = Math.min(height - 1, Math.floor(face[13]))
    for (let top = firstRow; top <= lastRow; top = nextCell(top)) {
      const bottom = Math.min(lastRow + 1, nextCell(top))
      for (let left = firstColumn; left <= lastColumn; left = nextCell(left)) {
        if (empty[Math.floor(top / CELL) * across + Math.floor(left / CELL)] === 0) continue
        const right = Math.min(lastColumn + 1, nextCell(left))
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++) {
            const at = 4 * (row * width + column)
            if (data[at + 3] === 0) paintPixel(data, at, column, row, face)
          }
        }
      }
    }
  }
}

/** Whether the box around a face meets a cell with an empty pixel. */
const meetsEmpty = (
  { triangles, x, y }: PlacedFaces,
  t: number,
  width: number,
  height: number,
  empty: Uint8Array,
): boolean => {
  const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
  const [across, down] = [Math.ceil(width / CELL), Math.ceil(height / CELL)]
  const left = Math.max(0, Math.floor(Math.min(x[a], x[b], x[c]) / CELL))
  const right = Math.min(across - 1, Math.floor(Math.max(x[a], x[b], x[c]) / CELL))
  const top = Math.max(0, Math.floor(Math.min(y[a], y[b], y[c]) / CELL))
  const bottom = Math.min(down - 1, Math.floor(Math.max(y[a], y[b], y[c]) / CELL))
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++) if (empty[row * across + column] === 1) return true
  return false
}

/** Start of the next cell after a row or column. */
const nextCell = (at: number): number => (Math.floor(at / CELL) + 1) * CELL

/** 1 for each cell of an image with an empty pixel. */
const emptyCells = (
  data: Uint8Array,
  width: number,
  height: number,
  { count, starts, ends }: PixelRuns,
): Uint8Array => {
  const across = Math.ceil(width / CELL)
  const cells = new Uint8Array(across * Math.ceil(height / CELL))
  for (let run = 0; run < count; run++) {
    const row = Math.floor(starts[run] / width)
    const line = Math.floor(row / CELL) * across
    for (let i = starts[run]; i < ends[run]; i++) {
      if (data[4 * i + 3] === 0) cells[line + Math.floor((i - row * width) / CELL)] = 1
    }
  }
  return cells
}

/**
 * Numbers of the current face: place of its first corner, sides to the others, twice its area,
 * three colours, its box.
 */
const FACE = 14

const takeFace = ({ triangles, x, y, shownOf }: PlacedFaces, t: number, out: Float64Array): void => {
  const a = triangles[3 * t]
  const b = triangles[3 * t + 1]
  const c = triangles[3 * t + 2]
  out[0] = x[a]
  out[1] = y[a]
  out[2] = x[b] - x[a]
  out[3] = y[b] - y[a]
  out[4] = x[c] - x[a]
  out[5] = y[c] - y[a]
  out[6] = out[2] * out[5] - out[3] * out[4]
  out[7] = packColour(shownOf(a))
  out[8] = packColour(shownOf(b))
  out[9] = packColour(shownOf(c))
  out[10] = Math.min(x[a], x[b], x[c])
  out[11] = Math.max(x[a], x[b], x[c])
  out[12] = Math.min(y[a], y[b], y[c])
  out[13] = Math.max(y[a], y[b], y[c])
}

/** Paints a pixel, unless its middle is outside of the face. */
const paintPixel = (data: Uint8Array, at: number, column: number, row: number, face: Float64Array): void => {
  const dx = column - face[0]
  const dy = row - face[1]
  const shareB = (dx * face[5] - dy * face[4]) / face[6]
  const shareC = (face[2] * dy - face[3] * dx) / face[6]
  const shareA = 1 - shareB - shareC
  if (shareA < -1e-9 || shareB < -1e-9 || shareC < -1e-9) return
  if (column < face[10] || column > face[11] || row < face[12] || row > face[13]) return
  const [a, b, c] = [face[7], face[8], face[9]]
  write(
    data,
    at,
    shareA * (a >> 16) + shareB * (b >> 16) + shareC * (c >> 16),
    shareA * ((a >> 8) & 255) + shareB * ((b >> 8) & 255) + shareC * ((c >> 8) & 255),
    shareA * (a & 255) + shareB * (b & 255) + shareC * (c & 255),
  )
}

const write = (data: Uint8Array, at: number, red: number, green: number, blue: number): void => {
  data[at] = Math.round(red)
  data[at + 1] = Math.round(green)
  data[at + 2] = Math.round(blue)
  data[at + 3] = 255
}
