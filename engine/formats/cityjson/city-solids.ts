/** Converts the features of a CityJSON sequence back to solids. */
import { makeColumn } from "../../core/feature-table.js"
import { EngineError } from "../../errors.js"
import type { Column, Solids } from "../../kernel.js"
import {
  type CityFace,
  type CityFeature,
  type CityHeader,
  type CityObject,
  type CitySolid,
  stepsPerMm,
  surfaceTypes,
} from "./city-types.js"

/**
 * Converts the features of one file to solids, in the order of the file. Ids are those of the
 * features. Attributes become columns: texts if any value is one, else numbers; NaN or "" if
 * missing. `lod` is a column too. Vertices are millimetres of the CRS relative to `origin`.
 *
 * @throws EngineError E_FORMAT for inner shells, a vertex off the steps of 0.1 mm, or a surface
 *   of another type. {@link Solids} cannot represent these.
 */
export const citySolids = (
  header: CityHeader,
  features: readonly CityFeature[],
  origin: readonly [number, number, number],
): Solids => {
  const rows: { id: string; object: CityObject; attributes: Readonly<Record<string, number | string>>; lod: string }[] =
    []
  const positions: number[] = []
  const ringVertices: number[] = []
  const ringEnds: number[] = []
  const faceEnds: number[] = []
  const faceKinds: number[] = []
  const solidEnds: number[] = []
  for (const feature of features) {
    const start = positions.length / 3
    for (const vertex of feature.vertices) positions.push(...millimetres(header, feature, vertex, origin))
    for (const [name, object] of Object.entries(feature.CityObjects)) {
      for (const solid of object.geometry ?? []) {
        for (const [face, rings] of outerShell(solid, feature).entries()) {
          for (const ring of rings) {
            for (const vertex of ring) ringVertices.push(start + vertex)
            ringEnds.push(ringVertices.length)
          }
          faceEnds.push(ringEnds.length)
          faceKinds.push(readSurfaceKind(solid, face, feature))
        }
        solidEnds.push(faceEnds.length)
        const parent = name === feature.id ? undefined : feature.CityObjects[feature.id]
        rows.push({
          id: feature.id,
          object,
          attributes: { ...parent?.attributes, ...object.attributes },
          lod: solid.lod,
        })
      }
    }
  }
  const names = [...new Set(rows.flatMap(({ attributes }) => Object.keys(attributes)))].sort()
  return {
    origin,
    positions: Float64Array.from(positions),
    ringVertices: Uint32Array.from(ringVertices),
    ringEnds: Uint32Array.from(ringEnds),
    faceEnds: Uint32Array.from(faceEnds),
    faceKinds: Uint8Array.from(faceKinds),
    solidEnds: Uint32Array.from(solidEnds),
    ids: rows.map(({ id }) => id),
    classes: Uint8Array.from(rows, ({ object }) => (object.type.startsWith("Bridge") ? 17 : 6)),
    columns: {
      ...Object.fromEntries(names.map((name) => [name, columnFor(rows.map(({ attributes }) => attributes[name]))])),
      lod: { type: "string", values: rows.map(({ lod }) => lod) },
    },
  }
}

const formatError = (feature: CityFeature, found: string): EngineError =>
  new EngineError("E_FORMAT", `feature ${feature.id}: ${found}`)

const millimetres = (
  { transform }: CityHeader,
  feature: CityFeature,
  vertex: readonly [number, number, number],
  origin: readonly [number, number, number],
): number[] =>
  vertex.map((value, k) => {
    const mm = 1000 * (value * transform.scale[k]! + transform.translate[k]!)
    const step = Math.round(stepsPerMm * mm)
    if (Math.abs(stepsPerMm * mm - step) > 1e-2)
      throw formatError(feature, `a vertex at ${mm} mm; expected multiples of 0.1 mm`)
    return (step - stepsPerMm * Math.round(1000 * origin[k]!)) / stepsPerMm
  })

const outerShell = ({ boundaries }: CitySolid, feature: CityFeature): readonly CityFace[] => {
  const [outer, ...inner] = boundaries
  if (outer === undefined || inner.length > 0)
    throw formatError(feature, `a solid of ${boundaries.length} shells; expected one`)
  return outer
}

const readSurfaceKind = ({ semantics }: CitySolid, face: number, feature: CityFeature): number => {
  const type = semantics?.surfaces[semantics.values[0]?.[face] ?? -1]?.type ?? "none"
  const kind = surfaceTypes.indexOf(type)
  if (kind < 0) throw formatError(feature, `a surface of type ${type}; expected ${surfaceTypes.join(", ")}`)
  return kind
}

const columnFor = (values: readonly (number | string | undefined)[]): Column =>
  makeColumn(values.some((value) => typeof value === "string") ? "string" : "number", values)
