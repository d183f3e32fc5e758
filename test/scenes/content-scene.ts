import type { Box2 } from "../../engine/core/geometry/box.js"
import { chooseFrame, type TileFrame } from "../../engine/formats/tiles3d/tile-frame.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import type { Mesh } from "../../engine/kernel.js"

/** A geoid that is good enough to see mistakes: tilted by centimetres over kilometres. */
export const tiltedGeoid = {
  name: "test",
  identity: "test",
  undulation: (lon: number, lat: number) => 45 + lon / 3 - lat / 7,
}

/** Height by formula, millimetres: the same for both neighbours. */
export const heightMm = (xMm: number, yMm: number): number =>
  Math.round(30000 + 4000 * Math.sin(xMm / 9000) + 2500 * Math.cos(yMm / 7000) + ((xMm * 7 + yMm * 13) % 97))

/**
 * A grid of triangles over a cell of `side` metres, `n` by `n` squares with uneven (but shared)
 * lines; classes 2 and 6. `origin` may lie anywhere: it must not matter.
 */
export const gridMesh = (
  box: Box2,
  n: number,
  origin: readonly [number, number, number] = [box[0], box[1], 0],
): Mesh => {
  const vertices = (n + 1) * (n + 1)
  const positions = new Int32Array(3 * vertices)
  const classes = new Uint8Array(vertices)
  const along = (low: number, high: number, i: number): number => {
    const even = Math.round(low * 1000 + ((high - low) * 1000 * i) / n)
    return i === 0 || i === n ? even : even + ((i * 37) % 11)
  }
  for (let j = 0; j <= n; j++) {
    for (let i = 0; i <= n; i++) {
      const at = j * (n + 1) + i
      const x = along(box[0], box[2], i)
      const y = along(box[1], box[3], j)
      positions[3 * at] = x - Math.round(origin[0] * 1000)
      positions[3 * at + 1] = y - Math.round(origin[1] * 1000)
      positions[3 * at + 2] = heightMm(x, y) - Math.round(origin[2] * 1000)
      classes[at] = i > n / 2 ? 6 : 2
    }
  }
  const triangles = new Uint32Array(6 * n * n)
  for (let j = 0, k = 0; j < n; j++) {
    for (let i = 0; i < n; i++, k += 6) {
      const a = j * (n + 1) + i
      triangles.set([a, a + 1, a + n + 2, a, a + n + 2, a + n + 1], k)
    }
  }
  return { origin, positions, triangles, classes, maxError: 0.1 }
}

/** Frame of a cell with the tilted geoid. */
export const frameAt = (epsg: number, box: Box2): TileFrame => chooseFrame(crsByEpsg(epsg), tiltedGeoid, box, [20, 45])

/** Provenance for tests. */
export const provenance = {
  copyright: "Contains test data",
  generator: "maille test",
  extras: { source: "formula" },
} as const
