/** Seeded class grids, their patches by flood fill, and plain geometry that judges traced rings. */
import { seededRandom } from "../../engine/core/random.js"
import type { ClassGrid } from "../../kernels/vegetation/coverage/class-runs.js"
import type { PatchRings } from "../../kernels/vegetation/coverage/trace.js"

/**
 * Classes of cells: noise, or blobs of the nearest of some seeds; class 0 is nodata in every other
 * one.
 */
export const randomGrid = (seed: number, columns: number, rows: number, classes: number): ClassGrid => {
  const random = seededRandom(seed)
  const blobs = Array.from({ length: 3 + (seed % 40) }, () => [random() * columns, random() * rows, random() * classes])
  const noise = (seed % 3) / 4
  const data = new Uint8Array(columns * rows)
  for (let i = 0; i < data.length; i++) {
    const [c, r] = [i % columns, Math.floor(i / columns)]
    let [nearest, least] = [0, Infinity]
    for (const [x, y, value] of blobs) {
      const distance = Math.hypot(x! - c, y! - r)
      if (distance < least) [least, nearest] = [distance, Math.floor(value!)]
    }
    data[i] = random() < noise ? Math.floor(random() * classes) : nearest
  }
  const place = { column: 1000 + seed, row: 500 - 3 * seed, columns, rows }
  return seed % 2 === 0 ? { ...place, classes: data, nodata: 0 } : { ...place, classes: data }
}

/** A window of a grid. */
export const cropGrid = (grid: ClassGrid, column: number, row: number, columns: number, rows: number): ClassGrid => {
  const classes = new Uint8Array(columns * rows)
  for (let r = 0; r < rows; r++) {
    const from = (row + r) * grid.columns + column
    classes.set(grid.classes.subarray(from, from + columns), r * columns)
  }
  return { ...grid, column: grid.column + column, row: grid.row + row, columns, rows, classes }
}

/**
 * Region of each cell by flood fill over shared edges, numbered by the first cell, rows from the
 * south; −1 for nodata.
 */
export const floodLabels = ({ columns, rows, classes, nodata }: ClassGrid): Int32Array => {
  const labels = new Int32Array(columns * rows).fill(-1)
  let count = 0
  for (let first = 0; first < labels.length; first++) {
    if (labels[first]! >= 0 || classes[first] === nodata) continue
    const stack = [first]
    labels[first] = count
    while (stack.length > 0) {
      const i = stack.pop()!
      const c = i % columns
      const [west, east] = [c > 0 ? -1 : Number.NaN, c + 1 < columns ? 1 : Number.NaN]
      for (const j of [west, east, -columns, columns].map((step) => i + step)) {
        if (!(j >= 0 && j < labels.length) || labels[j]! >= 0 || classes[j] !== classes[first]) continue
        labels[j] = count
        stack.push(j)
      }
    }
    count++
  }
  return labels
}

/** The rings of a region as lists of vertices. */
export const ringsOf = ({ xy, ringStarts, ringEnds, patchEnds }: PatchRings, g: number): [number, number][][] => {
  const first = g > 0 ? patchEnds[g - 1]! : 0
  return Array.from({ length: patchEnds[g]! - first }, (_, i) => {
    const start = ringStarts[first + i]!
    return Array.from({ length: ringEnds[first + i]! - start }, (_, v) => [
      xy[2 * (start + v)]!,
      xy[2 * (start + v) + 1]!,
    ])
  })
}

type Edge = readonly [number, number, number, number]

/** All edges in the direction of their rings. */
export const edgesOf = (rings: readonly (readonly (readonly [number, number])[])[]): Edge[] =>
  rings.flatMap((ring) => ring.map(([x, y], i): Edge => [x, y, ...ring[(i + 1) % ring.length]!]))

const side = (e: Edge, x: number, y: number): number =>
  Math.sign((e[2] - e[0]) * (y - e[1]) - (e[3] - e[1]) * (x - e[0]))

/** True where two segments share a point that is no end of both, or run along each other. */
export const crossBadly = (a: Edge, b: Edge): boolean => {
  const between = (e: Edge, x: number, y: number): boolean =>
    side(e, x, y) === 0 &&
    x >= Math.min(e[0], e[2]) &&
    x <= Math.max(e[0], e[2]) &&
    y >= Math.min(e[1], e[3]) &&
    y <= Math.max(e[1], e[3])
  const isEnd = (e: Edge, x: number, y: number): boolean => (x === e[0] && y === e[1]) || (x === e[2] && y === e[3])
  for (const [e, f] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const [x, y] of [
      [f[0], f[1]],
      [f[2], f[3]],
    ] as const)
      if (between(e, x, y) && !isEnd(e, x, y)) return true
  }
  return side(a, b[0], b[1]) * side(a, b[2], b[3]) < 0 && side(b, a[0], a[1]) * side(b, a[2], a[3]) < 0
}
