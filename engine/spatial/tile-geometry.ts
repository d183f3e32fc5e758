/** Turns the geometry of an index feature into a box in the CRS that the reader asks for. */
import type { Box2 } from "../core/geometry/box.js"
import { crsByEpsg } from "../grid/crs.js"

/** Coordinates of an index are rounded to 1e-8 degrees, and tiles lie on whole metres. */
const nearMetre = 0.05

/**
 * The box around the coordinates of a GeoJSON geometry, in the CRS `to`; rounded to whole metres where it is near them. Undefined for
 * a geometry without finite coordinates.
 */
export const geometryBox = (coordinates: unknown, from: number, to: number): Box2 | undefined => {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const place =
    from === to
      ? (x: number, y: number): [number, number] => [x, y]
      : from === 4326
        ? crsByEpsg(to).fromGeographic
        : (x: number, y: number): [number, number] =>
            crsByEpsg(to).fromGeographic(...crsByEpsg(from).toGeographic(x, y))
  const walk = (node: unknown): void => {
    if (!Array.isArray(node)) return
    const [first, second] = node as readonly unknown[]
    if (typeof first !== "number" || typeof second !== "number") {
      for (const inner of node) walk(inner)
      return
    }
    const [x, y] = place(first, second)
    box[0] = Math.min(box[0], x)
    box[1] = Math.min(box[1], y)
    box[2] = Math.max(box[2], x)
    box[3] = Math.max(box[3], y)
  }
  walk(coordinates)
  if (!box.every(Number.isFinite)) return undefined
  const [minX, minY, maxX, maxY] = box.map((value) => {
    const whole = Math.round(value)
    return Math.abs(value - whole) < nearMetre ? whole : value
  }) as [number, number, number, number]
  return [minX, minY, maxX, maxY]
}
