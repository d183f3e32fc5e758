/** Checks the solids of an output folder and counts their faults by code. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { CityFeature, CityHeader } from "../formats/cityjson/city-types.js"
import { readCitySequence } from "../formats/cityjson/read-city.js"
import { layout } from "../job/layout.js"
import { checkSolid } from "./solid/check-solid.js"
import { solidCodes } from "./solid/solid-fault.js"
import type { ValidateReport } from "./validate-report.js"

type Solids = ValidateReport["solids"]

/**
 * Checks each solid of the job's CityJSON sequence by itself, in every level of detail: topology,
 * and faults by code. Memory: one feature and all ids. A missing file counts as no solids.
 */
export const checkSolids = async (
  folder: string,
  epsg: number,
  problem: (text: string) => void,
  onFeature: (done: number) => void = () => undefined,
): Promise<Solids> => {
  const sums = { count: 0, closed: 0, manifold: 0, oriented: 0, valid: 0, errors: {} as Record<string, number> }
  const path = join(folder, layout.solids)
  if (!existsSync(path)) return sums
  const ids = new Set<string>()
  try {
    for await (const { header, feature, line } of readCitySequence(path)) {
      if (line === 2 && !referenceOf(header).endsWith(`/${epsg}`) && !COMPOUNDS.has(referenceOf(header)))
        problem(`${path}: its reference system is ${referenceOf(header)}; expected EPSG:${epsg}`)
      if (ids.has(feature.id)) problem(`${path}: two features have the id ${feature.id}`)
      ids.add(feature.id)
      onFeature(ids.size)
      checkFeature(header, feature, sums, problem)
    }
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error))
  }
  return sums
}

const referenceOf = ({ metadata }: CityHeader): string => metadata?.referenceSystem ?? "none"

/** Compound systems that contain one of our horizontal systems. */
const COMPOUNDS = new Set([5698, 5699, 7415].map((code) => `https://www.opengis.net/def/crs/EPSG/0/${code}`))

const checkFeature = (
  { transform }: CityHeader,
  { id, vertices, CityObjects }: CityFeature,
  sums: { -readonly [K in keyof Solids]: Solids[K] } & { errors: Record<string, number> },
  problem: (text: string) => void,
): void => {
  const { scale, translate } = transform
  const metres = new Float64Array(3 * vertices.length)
  for (const [i, vertex] of vertices.entries())
    for (let k = 0; k < 3; k++) metres[3 * i + k] = vertex[k]! * scale[k]! + translate[k]!
  for (const [name, object] of Object.entries(CityObjects)) {
    for (const { boundaries, lod } of object.geometry ?? []) {
      const { faults, closed, manifold, oriented } = checkSolid({ vertices: metres, shells: boundaries })
      sums.count++
      if (closed) sums.closed++
      if (manifold) sums.manifold++
      if (oriented) sums.oriented++
      if (faults.length === 0) sums.valid++
      for (const code of new Set(faults.map((fault) => fault.code))) {
        sums.errors[code] = (sums.errors[code] ?? 0) + 1
        problem(`solid ${name === id ? id : `${id}, part ${name}`}, LoD ${lod}: ${code}, ${solidCodes[code]}`)
      }
    }
  }
}
