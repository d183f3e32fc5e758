import type { Box2 } from "../../engine/core/geometry/box.js"
import type { Raster, Tile } from "../../engine/kernel.js"
import artificial from "../../kernels/artificial/artificial.js"
import join from "../../kernels/artificial/artificial-join.js"
import { fromMemory, runStages, type Stages } from "./footprint-stages.js"
import { scanOf } from "./made-scan.js"

export const box: Box2 = [770000, 6277000, 770100, 6277100]

/** Class and height at a place, from the box's corner. */
export type At = (x: number, y: number) => readonly [number, number] | undefined

/** A level DTM. */
const dtmOf = ({ extent: [minX, minY, maxX, maxY] }: Tile, z: number): Raster => {
  const [width, height] = [maxX - minX, maxY - minY].map((side) => Math.ceil(2 * side) + 2) as [number, number]
  return { width, height, minX, maxY: minY + height / 2, cellSize: 0.5, data: new Float32Array(width * height).fill(z) }
}

/** Both stages of a layer in tiles of `side` metres, on level ground. */
export const runArtificial = (at: At, side: number, layer: string, ground = 20): Promise<Stages> =>
  runStages(
    fromMemory(scanOf(box, 0.5, at)),
    box,
    side,
    { tile: artificial, join },
    { layer, part: ["lasting-part", "built-part"] },
    {},
    side,
    (tile) => ({ dtm: dtmOf(tile, ground) }),
  )

/**
 * A cable at 35 m from west to east, 1 m wide, over a platform of 12 m × 8 m at 22.25 m; a mast of
 * one square metre; two points alone.
 */
export const place: At = (x, y) => {
  if (x > 4 && x < 96 && y > 50 && y < 51) return [64, 35.05]
  if (x > 44 && x < 56 && y > 40 && y < 48) return [67, 22.25]
  if (x > 49.5 && x < 50.5 && y > 89.5 && y < 90.5) return [64, 31.05]
  if (x > 20 && x < 21 && y > 20 && y < 20.5) return [67, 21]
  return undefined
}
