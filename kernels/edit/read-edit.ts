/** Reads edits from GeoJSON features. */
import { showValue } from "../../engine/core/arguments.js"
import { boxOfRings, doubledArea, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { segmentsCrossInside } from "../../engine/core/geometry/segments.js"
import { optionError } from "../../engine/core/parse-values.js"

/** A GeoJSON feature with `action` among its properties. */
export interface EditFeature {
  readonly type: string
  readonly id?: string | number
  readonly geometry: { readonly type: string; readonly coordinates: unknown }
  readonly properties: Readonly<Record<string, unknown>> | null
}

/** Rings or a line, x, y, z a vertex; z is NaN where the geometry states none. */
export type Vertices = readonly number[]

export const roofs = ["flat", "shed", "gable", "hip", "pyramid"] as const
export type Roof = (typeof roofs)[number]

interface Named {
  /** How errors call it. */
  readonly name: string
}
export interface Build extends Named {
  readonly action: "build"
  readonly rings: readonly Vertices[]
  /** Metres above the lowest ground of the outline, where `eaves` are not stated. */
  readonly height: number | undefined
  readonly eaves: number | undefined
  readonly ridge: number | undefined
  readonly roof: Roof
  /** Degrees. */
  readonly slope: number | undefined
  readonly direction: number
  readonly parapet: number
}
export interface Earthwork extends Named {
  readonly action: "level" | "dyke" | "ditch"
  /** The polygon of `level`, or one line. */
  readonly parts: readonly Vertices[]
  readonly width: number
  readonly z: number | undefined
  readonly by: number | undefined
  /** Horizontal metres of the side slopes per metre of height. */
  readonly ratio: number
}
export interface Plant extends Named {
  readonly action: "plant"
  readonly places: Vertices
  readonly height: number
  readonly crown: number
}
export interface OfPolygon extends Named {
  readonly action: "raze" | "fell" | "raise" | "water"
  readonly rings: readonly Vertices[]
  /** `by` of `raise`, `z` of `water`. */
  readonly value: number
}
export type Edit = Build | Earthwork | Plant | OfPolygon

const actions = ["build", "raze", "raise", "level", "dyke", "ditch", "plant", "fell", "water"] as const
/** Properties that an action takes, beside `action`, `id`, `name` and `order`. */
const taken: Readonly<Record<(typeof actions)[number], readonly string[]>> = {
  build: ["height", "eaves", "ridge", "roof", "slope", "direction", "parapet"],
  raze: [],
  raise: ["by"],
  level: ["z", "ratio"],
  dyke: ["width", "z", "by", "ratio"],
  ditch: ["width", "z", "by", "ratio"],
  plant: ["height", "crown", "spacing"],
  fell: [],
  water: ["z"],
}

/** Numbers of an edit's properties by name. */
class Values {
  readonly #name: string
  readonly #properties: Readonly<Record<string, unknown>>

  constructor(name: string, properties: Readonly<Record<string, unknown>>) {
    this.#name = name
    this.#properties = properties
  }

  /** @throws EngineError E_USAGE for a value that is no number in the range */
  number(field: string, [least, most]: readonly [number, number] = [-1e5, 1e5]): number | undefined {
    const value = this.#properties[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === "number" && value >= least && value <= most) return value
    throw optionError(`${this.#name}.${field}`, `${String(value)} is no number from ${least} to ${most}.`)
  }

  needed(field: string, range?: readonly [number, number]): number {
    const value = this.number(field, range)
    if (value === undefined) throw optionError(this.#name, `it has no ${field}. Add it to its properties.`)
    return value
  }
}

/** Above 0 in millimetres, and below what a land has. */
const LENGTH: readonly [number, number] = [0.001, 10_000]

/**
 * Reads an edit.
 *
 * @param name how errors call it
 * @throws EngineError E_USAGE for an unknown action, a wrong geometry or value, with the remedy
 */
export const readEdit = (feature: EditFeature, name: string): Edit => {
  const properties = feature?.properties ?? {}
  const isFeature = feature?.type === "Feature" && typeof feature.geometry === "object" && feature.geometry !== null
  if (!isFeature || typeof properties !== "object")
    throw optionError(name, "it is no GeoJSON feature with a geometry and properties.")
  const action = actions.find((one) => one === properties["action"])
  if (action === undefined)
    throw optionError(
      `${name}.action`,
      `${String(properties["action"])} is unknown. Give one of ${actions.join(", ")}.`,
    )
  const known = ["action", "id", "name", "order", ...taken[action]]
  for (const field of Object.keys(properties))
    if (!known.includes(field))
      throw optionError(`${name}.${field}`, `${action} takes no such property. It takes ${known.join(", ")}.`)
  const values = new Values(name, properties)
  if (action === "build") return readBuild(feature, name, values)
  if (action === "plant") return readPlant(feature, name, values)
  if (action === "level" || action === "dyke" || action === "ditch") return readEarthwork(feature, name, action, values)
  const rings = readPolygon(feature, name)
  const value = action === "raise" ? values.needed("by") : action === "water" ? values.needed("z") : 0
  return { name, action, rings, value }
}

const readBuild = (feature: EditFeature, name: string, values: Values): Build => {
  const { roof = "flat" } = feature.properties as { roof?: unknown }
  const shape = roofs.find((one) => one === roof)
  if (shape === undefined)
    throw optionError(`${name}.roof`, `${String(roof)} is unknown. Give one of ${roofs.join(", ")}.`)
  const [height, eaves, ridge] = [values.number("height", LENGTH), values.number("eaves"), values.number("ridge")]
  const slope = values.number("slope", [0.1, 89])
  if ((height === undefined) === (eaves === undefined))
    throw optionError(name, "it needs a height above the ground, or eaves as an altitude, and not both.")
  if (eaves !== undefined && ridge !== undefined && ridge < eaves)
    throw optionError(`${name}.ridge`, `${ridge} is below the eaves, ${eaves}.`)
  if (shape !== "flat" && (slope === undefined) === (ridge === undefined))
    throw optionError(name, `a ${shape} roof needs a slope in degrees, or ridge as an altitude, and not both.`)
  if (shape === "flat" && (slope !== undefined || ridge !== undefined))
    throw optionError(name, "a flat roof has no slope and no ridge. Leave them out, or name another roof.")
  const rings = readPolygon(feature, name)
  if ((shape === "hip" || shape === "pyramid") && (rings.length > 1 || !isConvex(rings[0])))
    throw optionError(name, `a ${shape} roof needs an outline without holes and inward corners. Divide the building.`)
  const direction = values.number("direction", [0, 360]) ?? longestEdge(rings[0])
  const parapet = values.number("parapet", [0, 100]) ?? 0
  return { name, action: "build", rings, height, eaves, ridge, roof: shape, slope, direction, parapet }
}

/** Azimuth of the longest edge, degrees clockwise from north. */
const longestEdge = (ring: Vertices): number => {
  let [longest, azimuth] = [0, 0]
  for (let v = 0; v + 3 < ring.length; v += 3) {
    const [dx, dy] = [ring[v + 3] - ring[v], ring[v + 4] - ring[v + 1]]
    if (Math.hypot(dx, dy) <= longest + 1e-6) continue
    longest = Math.hypot(dx, dy)
    azimuth = (Math.atan2(dx, dy) * 180) / Math.PI
  }
  return azimuth
}

const isConvex = (ring: Vertices): boolean => {
  const sign = Math.sign(doubledArea(ring, 3))
  const n = ring.length - 3
  for (let v = 0; v < n; v += 3) {
    const [b, c] = [(v + 3) % n, (v + 6) % n]
    const [ax, ay, bx, by] = [ring[v], ring[v + 1], ring[b], ring[b + 1]]
    if (sign * ((bx - ax) * (ring[c + 1] - by) - (by - ay) * (ring[c] - bx)) < -1e-6) return false
  }
  return true
}

const readEarthwork = (feature: EditFeature, name: string, action: Earthwork["action"], values: Values): Earthwork => {
  const [z, by] = [values.number("z"), values.number("by")]
  const parts = action === "level" ? readPolygon(feature, name) : [readLine(feature, name)]
  const hasHeights = parts.every((part) => part.every((value) => !Number.isNaN(value)))
  const stated = Number(z !== undefined) + Number(by !== undefined) + Number(hasHeights)
  const ways = action === "level" ? "z, or heights in its geometry" : "z, by, or heights in its geometry"
  if (stated !== 1) throw optionError(name, `${action} needs one of ${ways}.`)
  const width = action === "level" ? 0 : values.needed("width", LENGTH)
  return { name, action, parts, width, z, by, ratio: values.number("ratio", [0, 100]) ?? 2 }
}

const readPlant = (feature: EditFeature, name: string, values: Values): Plant => {
  const [height, crown] = [values.needed("height", LENGTH), values.needed("crown", LENGTH)]
  return { name, action: "plant", places: readPlaces(feature, name, values), height, crown }
}

/** Where trees stand: points, points along lines, or a lattice in polygons. */
const readPlaces = (feature: EditFeature, name: string, values: Values): number[] => {
  const { type, coordinates } = feature.geometry
  if (type === "Point") return readVertices([coordinates], name)
  if (type === "MultiPoint") return readVertices(coordinates, name)
  const spacing = values.needed("spacing", [0.5, 10_000])
  if (type === "LineString") return alongLine(readLine(feature, name), spacing)
  return inLattice(readPolygon(feature, name), spacing)
}

const alongLine = (line: Vertices, spacing: number): number[] => {
  const places: number[] = []
  let left = 0
  for (let v = 0; v + 3 < line.length; v += 3) {
    const [ax, ay, dx, dy] = [line[v], line[v + 1], line[v + 3] - line[v], line[v + 4] - line[v + 1]]
    const length = Math.hypot(dx, dy)
    for (; left <= length + 1e-9; left += spacing)
      places.push(ax + (dx * left) / length, ay + (dy * left) / length, Number.NaN)
    left -= length
  }
  return places
}

const inLattice = (rings: readonly Vertices[], spacing: number): number[] => {
  const places: number[] = []
  const [minX, minY, maxX, maxY] = boxOfRings(rings, 3)
  for (let j = Math.ceil(minY / spacing); j * spacing <= maxY; j++)
    for (let i = Math.ceil(minX / spacing); i * spacing <= maxX; i++)
      if (isInsideHalfOpen(rings, i * spacing, j * spacing, 3)) places.push(i * spacing, j * spacing, Number.NaN)
  return places
}

const readLine = ({ geometry }: EditFeature, name: string): number[] => {
  if (geometry.type !== "LineString") throw optionError(name, `its geometry is ${geometry.type}. Give a LineString.`)
  const line = readVertices(geometry.coordinates, name)
  for (let v = 3; v < line.length; v += 3)
    if (Math.hypot(line[v] - line[v - 3], line[v + 1] - line[v - 2]) < 1e-3)
      throw optionError(name, "its line has two equal vertices in a row. Remove one.")
  if (line.length < 6) throw optionError(name, "its line has fewer than two vertices.")
  return line
}

/** @throws EngineError E_USAGE for rings that are open, cross or have no area */
const readPolygon = ({ geometry }: EditFeature, name: string): number[][] => {
  if (geometry.type !== "Polygon" || !Array.isArray(geometry.coordinates) || geometry.coordinates.length === 0)
    throw optionError(name, `its geometry is ${geometry.type}. Give a Polygon.`)
  const rings = geometry.coordinates.map((ring: unknown) => readVertices(ring, name))
  for (const ring of rings) {
    const last = ring.length - 3
    if (ring.length < 12 || ring[0] !== ring[last] || ring[1] !== ring[last + 1])
      throw optionError(name, "a ring of its polygon is open. Repeat the first vertex at the end.")
    if (Math.abs(doubledArea(ring, 3)) < 2e-3) throw optionError(name, "a ring of its polygon has no area.")
  }
  const edges = rings.flatMap((ring) =>
    Array.from({ length: ring.length / 3 - 1 }, (_, v) => [3 * v, 3 * v + 1, 3 * v + 3, 3 * v + 4].map((k) => ring[k])),
  )
  for (const [i, a] of edges.entries())
    for (const b of edges.slice(i + 1))
      if (segmentsCrossInside(a, 0, 2, b, 0, 2)) throw optionError(name, "rings of its polygon cross. Mend them.")
  return rings
}

/** x, y, z of positions; z is NaN where there is none. */
const readVertices = (positions: unknown, name: string): number[] => {
  if (!Array.isArray(positions)) throw optionError(name, "its geometry has no coordinates.")
  return positions.flatMap((position: unknown) => {
    const [x, y, z] = Array.isArray(position) ? (position as unknown[]) : []
    const numbers = [x, y, z ?? 0]
    if (!numbers.every((one) => typeof one === "number" && Math.abs(one) < 1e8))
      throw optionError(name, `${showValue(position)} is no place. Give [x, y] in metres of the CRS.`)
    return [x as number, y as number, (z as number | undefined) ?? Number.NaN]
  })
}
