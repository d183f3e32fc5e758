import type { Features } from "../../engine/kernel.js"

/** Geometry and attributes of a feature. */
export const featureAt = (
  { coordinates, dimension, ringEnds, partEnds, columns }: Features,
  f: number,
): {
  readonly rings: readonly Float64Array[]
  readonly values: Readonly<Record<string, string | number | undefined>>
} => {
  const first = f === 0 ? 0 : partEnds[f - 1]!
  const rings = Array.from({ length: partEnds[f]! - first }, (_, k) => {
    const start = first + k === 0 ? 0 : ringEnds[first + k - 1]!
    return coordinates.slice(dimension * start, dimension * ringEnds[first + k]!)
  })
  return { rings, values: Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, values[f]])) }
}
