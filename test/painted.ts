/**
 * Polygons painted onto cells, to measure areas and overlaps without the geometry code that is
 * under test.
 */
import type { Box2 } from "../engine/core/geometry/box.js"
import type { Features } from "../engine/kernel.js"

/** Rings x, y …, closed or not, metres; even-odd. */
export type Rings = readonly Float64Array[]

/** Rings of each feature, as x, y. */
export const ringsOfFeatures = ({ ids, partEnds, ringEnds, coordinates, dimension }: Features): Float64Array[][] =>
  ids.map((_, f) => {
    const first = f === 0 ? 0 : partEnds[f - 1]!
    return Array.from({ length: partEnds[f]! - first }, (_, k) => {
      const start = first + k === 0 ? 0 : ringEnds[first + k - 1]!
      return Float64Array.from({ length: 2 * (ringEnds[first + k]! - start) }, (_, i) => {
        const vertex = start + (i >> 1)
        return coordinates[vertex * dimension + (i & 1)]!
      })
    })
  })

/** Cells of a box whose centre lies inside: 1. Rows from the south. */
export const paintRings = (rings: Rings, box: Box2, step: number): Uint8Array => {
  const [width, height] = [Math.round((box[2] - box[0]) / step), Math.round((box[3] - box[1]) / step)]
  const crossings = Array.from({ length: height }, (): number[] => [])
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      const [ax, ay, bx, by] = [ring[j]!, ring[j + 1]!, ring[i]!, ring[i + 1]!]
      const [low, high] = [Math.min(ay, by), Math.max(ay, by)]
      const from = Math.max(0, Math.ceil((low - box[1]) / step - 0.5))
      for (let row = from; row < height && box[1] + (row + 0.5) * step < high; row++)
        crossings[row]!.push(ax + ((box[1] + (row + 0.5) * step - ay) / (by - ay)) * (bx - ax))
    }
  }
  const cells = new Uint8Array(width * height)
  crossings.forEach((xs, row) => {
    xs.sort((a, b) => a - b)
    const column = (x: number): number => Math.min(width, Math.max(0, Math.ceil((x - box[0]) / step - 0.5)))
    for (let k = 0; k + 1 < xs.length; k += 2)
      cells.fill(1, row * width + column(xs[k]!), row * width + column(xs[k + 1]!))
  })
  return cells
}

/** Cells of both over cells of either; NaN when there are none. */
export const sharedOfBoth = (a: Uint8Array, b: Uint8Array): number => {
  let [both, either] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    both += a[i]! & b[i]!
    either += a[i]! | b[i]!
  }
  return both / either
}

/** The box around rings, grown by `margin`, metres. */
export const boxAround = (all: readonly Rings[], margin: number): Box2 => {
  const box = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const ring of all.flat()) {
    for (let i = 0; i < ring.length; i++) {
      box[i & 1] = Math.min(box[i & 1]!, ring[i]! - margin)
      box[2 + (i & 1)] = Math.max(box[2 + (i & 1)]!, ring[i]! + margin)
    }
  }
  return box as unknown as Box2
}
