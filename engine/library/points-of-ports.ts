/** Points in plain arrays, in the form, order and choice that a kernel's ports declare. */

import { isNumbers, objectArgument } from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { findPresence, type Presence } from "../core/presence.js"
import { emptyColumns, type PointColumns, pick } from "../formats/las/columns.js"
import { HIGHEST } from "../formats/las/stored-places.js"
import { canonicalOrder, dropDuplicates } from "../formats/points/canonical-order.js"
import { wholeCells } from "../formats/points/thin.js"
import type { AttributeName, OptionValue, PointAttributes, Points, PointsPort, Tile } from "../kernel.js"
import { EVERYTHING, PointTable } from "../worker/points/point-table.js"
import type { PointArrays } from "./types.js"

/** Plain arrays in metres, or points as kernels receive them. */
type AnyPoints = PointArrays & Partial<Pick<Points, "scale" | "origin" | "count">>

/** Points, and the name of the input that they were given as. */
interface NamedPoints {
  readonly name: string
  readonly arrays: AnyPoints
}

interface How {
  readonly tile: Tile
  readonly options: Readonly<Record<string, OptionValue>>
  readonly duplicates: boolean
}

const attributes = EVERYTHING.attributes as readonly AttributeName[]

/** Number of points, and a reader of the coordinates in metres. */
const readPlaces = (arrays: AnyPoints, name: string) => {
  const { x, y, z, scale, origin, count = x?.length } = objectArgument(arrays, `inputs.${name}`)
  if (![x, y, z].every((column) => isNumbers(column) && column.length >= count) || !(count >= 0))
    throw optionError(`inputs.${name}`, "points need x, y and z of one length. Give { x, y, z } in metres of the CRS.")
  for (const column of attributes)
    if (arrays[column] !== undefined && !isNumbers(arrays[column]))
      throw optionError(`inputs.${name}`, `its column "${column}" is no array of numbers. Correct it, or leave it out.`)
  const reader = (column: ArrayLike<number>, axis: 0 | 1 | 2): ((i: number) => number) => {
    if (scale === undefined || origin === undefined) return (i) => column[i]!
    const start = origin[axis]
    return (i) => start + column[i]! * scale
  }
  return { count, x: reader(x, 0), y: reader(y, 1), z: reader(z, 2) }
}

/** The whole metres around points, CRS; undefined without points. */
export const boxOfPoints = (arrays: AnyPoints, name: string): Box2 | undefined => {
  const { count, x, y } = readPlaces(arrays, name)
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < count; i++) {
    const [px, py] = [x(i), y(i)]
    if (px < box[0]) box[0] = px
    if (py < box[1]) box[1] = py
    if (px > box[2]) box[2] = px
    if (py > box[3]) box[3] = py
  }
  if (count === 0) return undefined
  // Areas are half-open: a point on a whole metre belongs to the next one.
  return [Math.floor(box[0]), Math.floor(box[1]), Math.floor(box[2]) + 1, Math.floor(box[3]) + 1]
}

/** Converts each input once, however many ports it serves. */
export class PointsOfPorts {
  readonly #id: string
  readonly #how: How
  readonly #arranged = new Map<string, PointTable>()

  constructor(id: string, how: How) {
    this.#id = id
    this.#how = how
  }

  /**
   * The points of a port, from one input or from several.
   *
   * @throws EngineError E_USAGE if a column that it asks for is missing, or it needs points and
   * there are none
   */
  of(name: string, port: PointsPort, inputs: readonly NamedPoints[]): Points {
    const { tile, options } = this.#how
    const spacing = port.spacing?.(options)
    const area = spacing ? wholeCells(tile.extent, spacing) : tile.extent
    for (const one of port.attributes ?? [])
      if (inputs.some(({ arrays }) => arrays[one] === undefined))
        throw optionError(`inputs.${name}`, `${this.#id} needs the column "${one}" of these points. Add it.`)
    for (const one of port.extra ?? [])
      if (inputs.some(({ arrays }) => arrays.extra?.[one] === undefined))
        throw optionError(`inputs.${name}`, `${this.#id} needs the extra bytes "${one}" of these points. Add extra.`)
    const all = this.#arrange(inputs, port, area)
    if (port.required && !all.has(port, tile.extent))
      throw optionError(
        `inputs.${name}`,
        `${port.skipReason ?? `no points of the classes ${port.classes?.join(", ")}`}, in the box [${tile.extent.join(", ")}].`,
      )
    const thinned = spacing ? all.thin(spacing) : all
    return thinned.select(port, tile.extent, { options })
  }

  /** Where the points of some inputs are. Those without classes count as ground. */
  presence(inputs: readonly NamedPoints[]): Presence {
    const { extent } = this.#how.tile
    return findPresence(extent, this.#arrange(inputs, { kind: "points", classes: [2] }, extent).columns)
  }

  #arrange(inputs: readonly NamedPoints[], port: PointsPort, area: Box2): PointTable {
    const [unclassified] = port.classes ?? [1]
    const { extra = [] } = port
    const key = JSON.stringify([inputs.map(({ name }) => name), unclassified, area, extra])
    const arranged = this.#arranged.get(key) ?? arrangePoints(inputs, area, this.#how, unclassified ?? 1, extra)
    this.#arranged.set(key, arranged)
    return arranged
  }
}

/** The points of an area in canonical order, in whole millimetres from the tile's origin. */
const arrangePoints = (
  inputs: readonly NamedPoints[],
  area: Box2,
  how: How,
  unclassified: number,
  names: readonly string[],
): PointTable => {
  const { origin } = how.tile
  const inside = inputs.map(({ name, arrays }) => ({ arrays, ...choosePoints(arrays, name, area) }))
  const count = inside.reduce((sum, { chosen }) => sum + chosen.length, 0)
  const extra = Object.fromEntries(names.map((name) => [name, new Float64Array(count)]))
  const all = { ...emptyColumns(count), extra }
  const known = attributes.filter((name) => inputs.every(({ arrays }) => arrays[name] !== undefined))
  let at = 0
  for (const { arrays, chosen, x, y, z } of inside) {
    const [originX, originY] = [Math.round(origin[0] * 1000), Math.round(origin[1] * 1000)]
    for (const [k, i] of chosen.entries()) {
      all.x[at + k] = Math.round(x(i) * 1000) - originX
      all.y[at + k] = Math.round(y(i) * 1000) - originY
      all.z[at + k] = Math.round(z(i) * 1000)
    }
    for (const name of known) pick(arrays[name] as Uint8Array, chosen, all[name], at)
    for (const [name, values] of Object.entries(extra)) pick(arrays.extra?.[name] as Float64Array, chosen, values, at)
    if (arrays.classification === undefined) all.classification.fill(unclassified, at, at + chosen.length)
    at += chosen.length
  }
  return inOrder(all, how, new Set([...known, "classification"]))
}

const inOrder = (all: PointColumns, { tile, duplicates }: How, known: ReadonlySet<AttributeName>): PointTable => {
  const order = canonicalOrder(all, tile.origin)
  const chosen = duplicates ? order : order.subarray(0, dropDuplicates(all, order))
  const into = emptyColumns(chosen.length)
  for (const name of ["x", "y", "z", ...attributes] as const) pick(all[name], chosen, into[name], 0)
  const extra = Object.fromEntries(
    Object.entries(all.extra ?? {}).map(([name, values]) => [name, Float64Array.from(chosen, (i) => values[i]!)]),
  )
  const { count, x, y, z, classification } = into
  const own = Object.fromEntries([...known].map((name) => [name, into[name]])) as Partial<PointAttributes>
  return new PointTable({ count, x, y, z, scale: 0.001, origin: tile.origin, classification, ...own, extra })
}

/**
 * Indices of the points in a half-open area.
 *
 * @throws EngineError E_USAGE for coordinates that are no place
 */
const choosePoints = (arrays: AnyPoints, name: string, area: Box2) => {
  const { count, x, y, z } = readPlaces(arrays, name)
  for (const column of attributes)
    if (arrays[column] !== undefined && !(arrays[column].length >= count))
      throw optionError(`inputs.${name}`, `"${column}" has ${arrays[column].length} values for ${count} points.`)
  const chosen = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < count; i++) {
    const [px, py, pz] = [x(i), y(i), z(i)]
    if (!Number.isFinite(px + py) || !(Math.abs(pz) <= HIGHEST))
      throw optionError(`inputs.${name}`, `point ${i} is at ${px}, ${py}, ${pz}. Coordinates are metres of the CRS.`)
    // As whole millimetres, in which ports compare.
    if (Box2.owns(area, Math.round(px * 1000) / 1000, Math.round(py * 1000) / 1000)) chosen[n++] = i
  }
  return { chosen: chosen.subarray(0, n), x, y, z }
}

/**
 * The points of a half-open area as plain arrays in metres, with zeros for GPS times that the
 * points lack.
 *
 * @throws EngineError E_USAGE for values that are no points
 */
export const pointsInside = (arrays: PointArrays, area: Box2, name: string): PointArrays => {
  const { chosen, x, y, z } = choosePoints(arrays, name, area)
  const columns = attributes.flatMap((column) => {
    const values = arrays[column]
    return values === undefined ? [] : [[column, Float64Array.from(chosen, (i) => values[i]!)]]
  })
  const places = { x: Float64Array.from(chosen, x), y: Float64Array.from(chosen, y), z: Float64Array.from(chosen, z) }
  return { gpsTime: new Float64Array(chosen.length), ...Object.fromEntries(columns), ...places }
}
