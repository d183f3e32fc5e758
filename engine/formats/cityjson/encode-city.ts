/** Encodes the solids of a tile as a CityJSON 2.0 sequence. */
import type { Column, Solids } from "../../kernel.js"
import { type CityExtent, type CityFacts, cityHeader } from "./city-header.js"
import {
  type CityFace,
  type CityFeature,
  type CityHeader,
  type CityObject,
  type CitySolid,
  stepsPerMm,
  surfaceTypes,
} from "./city-types.js"

/** Number of kinds that every solid lists. */
const COMMON_KINDS = 3

/** Level of detail of a solid without a valid column `lod`. */
const DEFAULT_LOD = "2.2"
const LODS = /^[0-3](\.[0-3])?$/

/**
 * Encodes solids as a CityJSON 2.0 sequence (CityJSONSeq: a header line, then one feature a line),
 * ordered by id. A solid of class 17 is a Bridge, any other a Building.
 *
 * The column `lod` gives the level of detail. Solids of one id and several levels are geometries
 * of one object, the finest last. Several solids of one level become parts of it (BuildingPart,
 * BridgePart). Parts may touch in an edge or a point, where a CompositeSolid would be invalid, and
 * a Building allows no MultiSolid. The other columns of the finest level become attributes, without
 * NaN and "". Attributes that all its parts share belong to the object.
 *
 * Vertices are exact, in steps of 0.1 mm. Same solids, same bytes, whatever the origin and order of
 * objects. Solids of one id keep their order.
 *
 * @param all solids of one or several kernels; ids may repeat among them
 * @param keep true for the solids to write; default: all
 */
export const encodeCitySequence = (
  all: readonly Solids[],
  facts: CityFacts,
  keep: (solids: Solids, index: number) => boolean = () => true,
): Uint8Array => {
  const groups = groupById(all, keep)
  const header = cityHeader(measureExtent(groups.flatMap(({ solids }) => solids)), facts)
  const lines = [header, ...groups.map((group) => encodeFeature(group, header))].map(
    (line) => `${JSON.stringify(line)}\n`,
  )
  return new TextEncoder().encode(lines.join(""))
}

interface One {
  readonly from: Solids
  readonly solid: number
}
interface Group {
  readonly id: string
  readonly solids: readonly One[]
}

const groupById = (all: readonly Solids[], keep: (solids: Solids, index: number) => boolean): Group[] => {
  const groups = new Map<string, One[]>()
  for (const from of all) {
    for (const [solid, id] of from.ids.entries()) {
      if (!keep(from, solid)) continue
      const group = groups.get(id)
      if (group === undefined) groups.set(id, [{ from, solid }])
      else group.push({ from, solid })
    }
  }
  return [...groups].map(([id, solids]) => ({ id, solids })).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Vertex indices of a solid's corners, with repeats. */
const cornersOf = ({ from, solid }: One): Uint32Array => {
  const [first, end] = facesOf({ from, solid })
  const start = ringStart(from, first === 0 ? 0 : from.faceEnds[first - 1]!)
  return from.ringVertices.subarray(start, ringStart(from, end === 0 ? 0 : from.faceEnds[end - 1]!))
}

const facesOf = ({ from, solid }: One): [first: number, end: number] => [
  solid === 0 ? 0 : from.solidEnds[solid - 1]!,
  from.solidEnds[solid]!,
]

const ringStart = ({ ringEnds }: Solids, ring: number): number => (ring === 0 ? 0 : ringEnds[ring - 1]!)

/** Steps of the CRS at a coordinate of a vertex, mm. */
const stepOf = ({ origin }: Solids, axis: number, mm: number): number =>
  stepsPerMm * Math.round(origin[axis]! * 1000) + Math.round(stepsPerMm * mm)

const measureExtent = (solids: readonly One[]): CityExtent | undefined => {
  const least = [Infinity, Infinity, Infinity]
  const most = [-Infinity, -Infinity, -Infinity]
  for (const { from, solid } of solids) {
    const vertices = cornersOf({ from, solid })
    for (let k = 0; k < 3; k++) {
      let [low, high] = [Infinity, -Infinity]
      for (const vertex of vertices) {
        const value = from.positions[3 * vertex + k]!
        if (value < low) low = value
        if (value > high) high = value
      }
      if (low > high) continue
      least[k] = Math.min(least[k]!, stepOf(from, k, low))
      most[k] = Math.max(most[k]!, stepOf(from, k, high))
    }
  }
  return least[0] === Infinity
    ? undefined
    : ([...least, ...most].map((step) => step / (1000 * stepsPerMm)) as unknown as CityExtent)
}

const encodeFeature = ({ id, solids }: Group, { transform }: CityHeader): CityFeature => {
  const vertices: [number, number, number][] = []
  const known = new Map<string, number>()
  // The index of each vertex that was looked up before: most are in several faces.
  const met = new Map<Solids, Map<number, number>>()
  const addVertex = (from: Solids, vertex: number): number => {
    const own = met.get(from) ?? new Map<number, number>()
    if (own.size === 0) met.set(from, own)
    const before = own.get(vertex)
    if (before !== undefined) return before
    const place = [0, 1, 2].map(
      (k) => stepOf(from, k, from.positions[3 * vertex + k]!) - 1000 * stepsPerMm * transform.translate[k]!,
    ) as [number, number, number]
    const name = place.join(" ")
    const index = known.get(name) ?? vertices.length
    if (index === vertices.length) {
      known.set(name, index)
      vertices.push(place)
    }
    own.set(vertex, index)
    return index
  }
  const levels = levelsOf(solids)
  const geometries = levels.map((level) => level.map((one) => encodeGeometry(one, addVertex)))
  const type = solids[0]?.from.classes[solids[0].solid] === 17 ? "Bridge" : "Building"
  const attributes = (levels.at(-1) ?? []).map(readAttributes)
  return { type: "CityJSONFeature", id, CityObjects: buildObjects(id, type, attributes, geometries), vertices }
}

/** Solids by level of detail, the finest last. */
const levelsOf = (solids: readonly One[]): One[][] => {
  const lods = solids.map(({ from, solid }) => lodOf(from.columns["lod"], solid))
  return [...new Set(lods)].sort().map((lod) => solids.filter((_, i) => lods[i] === lod))
}

type Attributes = Readonly<Record<string, number | string>>

/**
 * @param attributes of each solid of the finest level
 * @param levels geometries of each level
 */
const buildObjects = (
  id: string,
  type: "Building" | "Bridge",
  attributes: readonly Attributes[],
  levels: readonly (readonly CitySolid[])[],
): Record<string, CityObject> => {
  const [first = {}] = attributes
  const isCommon = (name: string): boolean => attributes.every((own) => own[name] === first[name])
  const pick = (from: Attributes, common: boolean): Attributes =>
    Object.fromEntries(Object.entries(from).filter(([name]) => isCommon(name) === common))
  const single = levels.filter(({ length }) => length === 1).flat()
  const several = levels.filter(({ length }) => length > 1)
  const children = Array.from(several.length === 0 ? [] : several.reduce(longer), (_, part) => `${id}-${part}`)
  const objects: Record<string, CityObject> = {
    [id]: {
      type,
      ...named(pick(first, true)),
      ...(children.length > 0 ? { children } : {}),
      ...(single.length > 0 ? { geometry: single } : {}),
    },
  }
  for (const [part, child] of children.entries()) {
    const own = named(pick(attributes[part] ?? {}, false))
    const geometry = several.flatMap((level) => level.slice(part, part + 1))
    objects[child] = { type: `${type}Part`, ...own, parents: [id], geometry }
  }
  return objects
}

const longer = <T>(a: readonly T[], b: readonly T[]): readonly T[] => (b.length > a.length ? b : a)

const named = (attributes: Attributes): { attributes?: Attributes } =>
  Object.keys(attributes).length === 0 ? {} : { attributes }

const readAttributes = ({ from, solid }: One): Attributes => {
  const attributes: Record<string, number | string> = {}
  for (const name of Object.keys(from.columns).sort()) {
    const value = from.columns[name]?.values[solid] ?? ""
    if (name === "lod" || value === "" || (typeof value === "number" && !Number.isFinite(value))) continue
    attributes[name] = value
  }
  return attributes
}

const encodeGeometry = (one: One, indexOf: (from: Solids, vertex: number) => number): CitySolid => {
  const { from, solid } = one
  const faces: CityFace[] = []
  const kinds: number[] = []
  const [first, end] = facesOf(one)
  for (let face = first; face < end; face++) {
    const rings: number[][] = []
    for (let ring = face === 0 ? 0 : from.faceEnds[face - 1]!; ring < from.faceEnds[face]!; ring++) {
      const corners = from.ringVertices.subarray(ringStart(from, ring), from.ringEnds[ring]!)
      rings.push(Array.from(corners, (vertex) => indexOf(from, vertex)))
    }
    faces.push(rings)
    kinds.push(from.faceKinds[face]!)
  }
  return {
    type: "Solid",
    lod: lodOf(from.columns["lod"], solid),
    boundaries: [faces],
    semantics: {
      surfaces: surfaceTypes
        .slice(0, kinds.some((kind) => kind >= COMMON_KINDS) ? surfaceTypes.length : COMMON_KINDS)
        .map((type) => ({ type })),
      values: [kinds],
    },
  }
}

const lodOf = (column: Column | undefined, solid: number): string => {
  const lod = String(column?.values[solid] ?? "")
  return LODS.test(lod) ? lod : DEFAULT_LOD
}
