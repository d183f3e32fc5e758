import { classColour } from "../../engine/core/class-colour.js"
import { shownClasses } from "../../engine/core/shown-classes.js"
import type { Image, Mesh } from "../../engine/kernel.js"

/** 0xRRGGBB of a class. */
const packed = (code: number): number => {
  const [red, green, blue] = classColour(code)
  return (red << 16) | (green << 8) | blue
}

/**
 * Paints the pixels whose alpha is 0 in the class colours of the mesh seen from above, blended over each triangle, and makes them
 * opaque: each by its uppermost face, or where none covers its middle by any that touches it. Pixels outside `cell` that no triangle covers (the margin) take the colour of the nearest pixel inside.
 * `data`: RGBA of `image`'s size, changed in place. Time: pixels + triangles.
 *
 * @param uppermost of each pixel 1 + the number of the uppermost face, or 0
 */
export const paintClasses = (
  data: Uint8Array,
  image: Image,
  mesh: Mesh,
  cell: { column: number; endColumn: number; row: number; endRow: number },
  uppermost: Uint32Array,
): void => {
  paintMesh(data, image, mesh, uppermost)
  const { width, height } = image
  for (let row = 0; row < height; row++) {
    const fromRow = Math.min(cell.endRow - 1, Math.max(cell.row, row))
    for (let column = 0; column < width; column++) {
      const at = 4 * (row * width + column)
      if (data[at + 3] !== 0) continue
      const from = 4 * (fromRow * width + Math.min(cell.endColumn - 1, Math.max(cell.column, column)))
      const colour = data[from + 3] === 0 ? packed(0) : (data[from] << 16) | (data[from + 1] << 8) | data[from + 2]
      write(data, at, colour >> 16, (colour >> 8) & 255, colour & 255)
    }
  }
}

/** Paints the triangles over the empty pixels. */
const paintMesh = (data: Uint8Array, image: Image, mesh: Mesh, uppermost: Uint32Array): void => {
  const { width, height } = image
  const pixelX = (image.box[2] - image.box[0]) / width
  const pixelY = (image.box[3] - image.box[1]) / height
  // Vertices in pixel units, pixel centres at integers.
  const x = new Float64Array(mesh.classes.length)
  const y = new Float64Array(mesh.classes.length)
  for (let v = 0; v < x.length; v++) {
    x[v] = (mesh.origin[0] - image.box[0] + mesh.positions[3 * v] / 1000) / pixelX - 0.5
    y[v] = (image.box[3] - mesh.origin[1] - mesh.positions[3 * v + 1] / 1000) / pixelY - 0.5
  }
  const shown = shownClasses(mesh)
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    paintTriangle(
      data,
      uppermost,
      width,
      height,
      x,
      y,
      shown,
      t / 3 + 1,
      mesh.triangles[t],
      mesh.triangles[t + 1],
      mesh.triangles[t + 2],
    )
  }
}

const write = (data: Uint8Array, at: number, red: number, green: number, blue: number): void => {
  data[at] = Math.round(red)
  data[at + 1] = Math.round(green)
  data[at + 2] = Math.round(blue)
  data[at + 3] = 255
}

const paintTriangle = (
  data: Uint8Array,
  uppermost: Uint32Array,
  width: number,
  height: number,
  x: Float64Array,
  y: Float64Array,
  classes: Uint8Array,
  face: number,
  a: number,
  b: number,
  c: number,
): void => {
  const ux = x[b] - x[a]
  const uy = y[b] - y[a]
  const wx = x[c] - x[a]
  const wy = y[c] - y[a]
  const area = ux * wy - uy * wx
  const colourA = packed(classes[a])
  const colourB = packed(classes[b])
  const colourC = packed(classes[c])
  const firstColumn = Math.max(0, Math.ceil(Math.min(x[a], x[b], x[c])))
  const lastColumn = Math.min(width - 1, Math.floor(Math.max(x[a], x[b], x[c])))
  const firstRow = Math.max(0, Math.ceil(Math.min(y[a], y[b], y[c])))
  const lastRow = Math.min(height - 1, Math.floor(Math.max(y[a], y[b], y[c])))
  for (let row = firstRow; row <= lastRow; row++) {
    const dy = row - y[a]
    for (let column = firstColumn; column <= lastColumn; column++) {
      const at = 4 * (row * width + column)
      const { [at >> 2]: above } = uppermost
      if (data[at + 3] !== 0 || (above !== 0 && above !== face)) continue
      const dx = column - x[a]
      const shareB = (dx * wy - dy * wx) / area
      const shareC = (ux * dy - uy * dx) / area
      const shareA = 1 - shareB - shareC
      if (shareA < -1e-9 || shareB < -1e-9 || shareC < -1e-9) continue
      write(
        data,
        at,
        shareA * (colourA >> 16) + shareB * (colourB >> 16) + shareC * (colourC >> 16),
        shareA * ((colourA >> 8) & 255) + shareB * ((colourB >> 8) & 255) + shareC * ((colourC >> 8) & 255),
        shareA * (colourA & 255) + shareB * (colourB & 255) + shareC * (colourC & 255),
      )
    }
  }
}
