/** Copies a choice of features, with their columns, into a set of their own. */
import { concatenate } from "../../core/concatenate.js"
import type { Column, Features } from "../../kernel.js"

/** The features whose flag is 1, in their order. O(vertices). */
export const pickFeatures = (features: Features, keep: Uint8Array): Features => {
  const { geometry, dimension, coordinates, ringEnds, partEnds, ids, columns } = features
  const numbers: Float64Array[] = []
  const rings: number[] = []
  const parts: number[] = []
  let vertices = 0
  for (let f = 0; f < ids.length; f++) {
    if (keep[f] !== 1) continue
    const firstRing = f === 0 ? 0 : (partEnds[f - 1] ?? 0)
    const lastRing = partEnds[f] ?? 0
    const start = firstRing === 0 ? 0 : (ringEnds[firstRing - 1] ?? 0)
    for (let ring = firstRing; ring < lastRing; ring++) rings.push(vertices + (ringEnds[ring] ?? 0) - start)
    const end = lastRing === 0 ? start : (ringEnds[lastRing - 1] ?? 0)
    numbers.push(coordinates.subarray(dimension * start, dimension * end))
    vertices += end - start
    parts.push(rings.length)
  }
  const pickedColumns: Record<string, Column> = {}
  for (const [name, column] of Object.entries(columns)) pickedColumns[name] = pickColumn(column, keep)
  return {
    geometry,
    dimension,
    coordinates: concatenate(Float64Array, numbers),
    ringEnds: Uint32Array.from(rings),
    partEnds: Uint32Array.from(parts),
    ids: ids.filter((_, f) => keep[f] === 1),
    columns: pickedColumns,
  }
}

const pickColumn = (column: Column, keep: Uint8Array): Column => {
  const wanted = (_: unknown, index: number): boolean => keep[index] === 1
  if (column.type === "number") return { type: "number", values: column.values.filter(wanted) }
  if (column.type === "integer") return { type: "integer", values: column.values.filter(wanted) }
  return { type: "string", values: column.values.filter(wanted) }
}
