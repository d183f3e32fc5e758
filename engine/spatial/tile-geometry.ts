/** Turns the geometry of an index feature into a box in the CRS that the reader asks for. */
import type { Box2 } from "../core/geometry/box.js"
import { boxOfRings } from "../core/geometry/ring-box.js"
import { betweenCrs } from "../grid/crs.js"

/** Coordinates of an index are rounded to 1e-8 degrees, and tiles lie on whole metres. */
const nearMetre = 0.05

/**
 * The box around the coordinates of a GeoJSON geometry, in the CRS `to`; rounded to whole metres where it is near them. Undefined for
 * a geometry without finite coordinates.
 */
export const geometryBox = (coordinates: unknown, from: number, to: number): Box2 | undefined => {
  const xy: number[] = []
  const place = from === to ? (x: number, y: number): [number, number] => [x, y] : betweenCrs(from, to)
  const walk = (node: unknown): void => {
    if (!Array.isArray(node)) return
    const [first, second] = node as readonly unknown[]
    if (typeof first !== "number" || typeof second !== "number") {
      for (const inner of node) walk(inner)
      return
    }
    xy.push(...place(first, second))
  }
  walk(coordinates)
  const box = boxOfRings([xy])
  if (!box.every(Number.isFinite)) return undefined
  const [minX, minY, maxX, maxY] = box.map((value) => {
    const whole = Math.round(value)
    return Math.abs(value - whole) < nearMetre ? whole : value
  }) as [number, number, number, number]
  return [minX, minY, maxX, maxY]
}
