/** Lays features out flat, and their attributes in columns. */
import type { Column, Features } from "./kernel-data.js"

type Layout = Pick<Features, "dimension" | "coordinates" | "ringEnds" | "partEnds">

/**
 * Coordinates of features and their ends, as {@link Features} holds them. O(vertices).
 *
 * @param parts of each feature its rings, lines or points: x, y[, z] of each vertex
 */
export const layRings = (parts: readonly (readonly ArrayLike<number>[])[], dimension: 2 | 3 = 2): Layout => {
  const rings = parts.flat()
  const coordinates = new Float64Array(rings.reduce((sum, ring) => sum + ring.length, 0))
  let at = 0
  const ringEnds = Uint32Array.from(rings, (ring) => {
    coordinates.set(ring, at)
    at += ring.length
    return at / dimension
  })
  let ringCount = 0
  return { dimension, coordinates, ringEnds, partEnds: Uint32Array.from(parts, (own) => (ringCount += own.length)) }
}

/** The same of rings of whole millimetres that are not closed: in metres, each closed by its first vertex again. */
export const layMmRings = (parts: readonly (readonly ArrayLike<number>[])[]): Layout =>
  layRings(
    parts.map((rings) =>
      rings.map((ring) => Float64Array.from({ length: ring.length + 2 }, (_, i) => ring[i % ring.length]! / 1000)),
    ),
  )

/** The rings, lines or points of a feature: x, y of each vertex. O(vertices). */
export const ringsOfFeature = ({ coordinates, dimension, ringEnds, partEnds }: Layout, f: number): Float64Array[] => {
  const first = f === 0 ? 0 : partEnds[f - 1]!
  return Array.from({ length: partEnds[f]! - first }, (_, k) => {
    const start = first + k === 0 ? 0 : ringEnds[first + k - 1]!
    const xy = new Float64Array(2 * (ringEnds[first + k]! - start))
    for (let v = 0; v < xy.length / 2; v++) {
      xy[2 * v] = coordinates[dimension * (start + v)]!
      xy[2 * v + 1] = coordinates[dimension * (start + v) + 1]!
    }
    return xy
  })
}

/** Makes columns of rows, a value a row. */
export const makeColumns = <R>(
  rows: readonly R[],
): Readonly<
  Record<"numbers" | "integers", (value: (row: R, i: number) => number) => Column> &
    Record<"texts", (value: (row: R) => string) => Column>
> => ({
  numbers: (value) => ({ type: "number", values: Float64Array.from(rows, value) }),
  integers: (value) => ({ type: "integer", values: Int32Array.from(rows, value) }),
  texts: (value) => ({ type: "string", values: rows.map(value) }),
})
