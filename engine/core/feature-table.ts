/** Converts features between rings and flat arrays, and their attributes into columns. */
import type { Column, Features } from "./kernel-data.js"

type Layout = Pick<Features, "dimension" | "coordinates" | "ringEnds" | "partEnds">

/**
 * Flattens features into coordinates and ends, as in {@link Features}. O(vertices).
 *
 * @param parts for each feature its rings, lines or points: x, y[, z] a vertex
 */
export const flattenRings = (parts: readonly (readonly ArrayLike<number>[])[], dimension: 2 | 3 = 2): Layout => {
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

/** The same for open rings in whole millimetres: converts to metres and closes each ring. */
export const flattenMmRings = (parts: readonly (readonly ArrayLike<number>[])[]): Layout =>
  flattenRings(
    parts.map((rings) =>
      rings.map((ring) => Float64Array.from({ length: ring.length + 2 }, (_, i) => ring[i % ring.length]! / 1000)),
    ),
  )

/** The rings, lines or points of a feature, as views: x, y[, z] a vertex. */
export const sliceRings = ({ coordinates, dimension, ringEnds, partEnds }: Layout, feature: number): Float64Array[] => {
  const first = feature === 0 ? 0 : partEnds[feature - 1]!
  return Array.from({ length: partEnds[feature]! - first }, (_, k) => {
    const start = first + k === 0 ? 0 : ringEnds[first + k - 1]!
    return coordinates.subarray(dimension * start, dimension * ringEnds[first + k]!)
  })
}

/** The same in plan, as copies: x, y a vertex. */
export const planRingsOf = (features: Layout, feature: number): Float64Array[] =>
  sliceRings(features, feature).map((ring) =>
    features.dimension === 2 ? ring.slice() : ring.filter((_, i) => i % features.dimension < 2),
  )

/** A column of values. A missing number becomes NaN, an integer 0, a text "". */
export const makeColumn = (
  type: Column["type"],
  values: readonly (number | string | boolean | null | undefined)[],
): Column => {
  if (type === "string") return { type, values: values.map((value) => String(value ?? "")) }
  if (type === "integer") return { type, values: Int32Array.from(values, (value) => Number(value ?? 0)) }
  return { type, values: Float64Array.from(values, (value) => Number(value ?? Number.NaN)) }
}

/** One column for each fact, in their order, from rows of named values. */
export const columnsByName = (
  facts: Readonly<Record<string, Pick<Column, "type">>>,
  rows: readonly Readonly<Record<string, number | string>>[],
): Record<string, Column> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, { type }]) => [
      name,
      makeColumn(
        type,
        rows.map((row) => row[name]),
      ),
    ]),
  )

/** Copies some rows of a table. */
export const pickRows = (columns: Features["columns"], rows: readonly number[]): Record<string, Column> => {
  const picked: Record<string, Column> = {}
  for (const [name, { type, values }] of Object.entries(columns))
    picked[name] = makeColumn(
      type,
      rows.map((row) => values[row]),
    )
  return picked
}

/** Makes columns from rows. */
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
