/** Merges the features of several parts in memory, sorted by id. */
import { EngineError } from "../../../errors.js"
import type { Column, Features } from "../../../kernel.js"

/**
 * The features of all parts as one layer, sorted by id: the same result in whatever order and grouping the parts come.
 *
 * Parts must agree in geometry, dimension and columns (name, type, order); parts without features are passed over, unless all are.
 * O(n log n). Throws E_INTERNAL for no part at all, or parts that disagree.
 */
export const mergeFeatures = (parts: readonly Features[]): Features => {
  const filled = parts.filter((part) => part.ids.length > 0)
  const model = filled[0] ?? parts[0]
  if (!model) throw new EngineError("E_INTERNAL", "no features to merge: expected at least one part, empty or not")
  for (const part of filled) {
    if (signature(part) !== signature(model)) {
      throw new EngineError("E_INTERNAL", `features of one layer disagree: ${signature(part)} and ${signature(model)}`)
    }
  }
  const places = filled
    .flatMap((part, p) => part.ids.map((id, f) => ({ id, p, f })))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.p - b.p || a.f - b.f))
  const sum = (of: (part: Features) => number): number => filled.reduce((total, part) => total + of(part), 0)
  const coordinates = new Float64Array(sum((part) => part.coordinates.length))
  const ringEnds = new Uint32Array(sum((part) => part.ringEnds.length))
  const partEnds = new Uint32Array(places.length)
  let vertices = 0
  let rings = 0
  places.forEach(({ p, f }, index) => {
    const part = filled[p]!
    const firstRing = f === 0 ? 0 : part.partEnds[f - 1]!
    const start = firstRing === 0 ? 0 : part.ringEnds[firstRing - 1]!
    let end = start
    for (let ring = firstRing; ring < part.partEnds[f]!; ring++) {
      end = part.ringEnds[ring]!
      ringEnds[rings++] = vertices + end - start
    }
    const d = part.dimension
    coordinates.set(part.coordinates.subarray(d * start, d * end), d * vertices)
    vertices += end - start
    partEnds[index] = rings
  })
  const columns: Record<string, Column> = {}
  for (const name of Object.keys(model.columns)) columns[name] = mergeColumn(filled, places, name, model.columns[name]!)
  const { geometry, dimension } = model
  return { geometry, dimension, coordinates, ringEnds, partEnds, ids: places.map(({ id }) => id), columns }
}

const signature = (part: Features): string =>
  `${part.geometry} ${part.dimension}D (${Object.entries(part.columns)
    .map(([name, column]) => `${name}: ${column.type}`)
    .join(", ")})`

const mergeColumn = (
  parts: readonly Features[],
  places: readonly { p: number; f: number }[],
  name: string,
  model: Column,
): Column => {
  const value = ({ p, f }: { p: number; f: number }): number | string => parts[p]!.columns[name]!.values[f]!
  if (model.type === "string") return { type: "string", values: places.map((place) => String(value(place))) }
  const numbers = places.map((place) => Number(value(place)))
  return model.type === "number"
    ? { type: "number", values: Float64Array.from(numbers) }
    : { type: "integer", values: Int32Array.from(numbers) }
}
