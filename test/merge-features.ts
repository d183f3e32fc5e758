/**
 * Joins features in memory: what the merging of files, and kernels in several tiles, are compared
 * with.
 */
import { flattenRings } from "../engine/core/feature-table.js"
import type { Column, Features } from "../engine/kernel.js"

/**
 * The features of all parts as one layer, sorted by id. Parts agree in geometry, dimension and
 * columns.
 */
export const mergeFeatures = (parts: readonly Features[]): Features => {
  const model = parts.find(({ ids }) => ids.length > 0) ?? parts[0]!
  const rows = parts
    .flatMap((part) => part.ids.map((id, f) => ({ id, part, f })))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const columnOf = (name: string, { type }: Column): Column => {
    const values = rows.map(({ part, f }) => part.columns[name]!.values[f]!)
    if (type === "string") return { type, values: values.map(String) }
    return type === "integer"
      ? { type, values: Int32Array.from(values, Number) }
      : { type, values: Float64Array.from(values, Number) }
  }
  return {
    geometry: model.geometry,
    ...flattenRings(rows.map(ringsOf), model.dimension),
    ids: rows.map(({ id }) => id),
    columns: Object.fromEntries(Object.entries(model.columns).map(([name, column]) => [name, columnOf(name, column)])),
  }
}

const ringsOf = ({ part, f }: { readonly part: Features; readonly f: number }): Float64Array[] => {
  const { coordinates, dimension, ringEnds, partEnds } = part
  const first = f === 0 ? 0 : partEnds[f - 1]!
  return Array.from({ length: partEnds[f]! - first }, (_, k) => {
    const start = first + k === 0 ? 0 : ringEnds[first + k - 1]!
    return coordinates.subarray(dimension * start, dimension * ringEnds[first + k]!)
  })
}
