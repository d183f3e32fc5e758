/** Edits of a job (`--edits`): read and checked once, in its CRS, for the tiles that they meet. */
import { readFile } from "node:fs/promises"
import type { Box2 } from "../core/geometry/box.js"
import { optionError } from "../core/parse-values.js"
import { unreadable } from "../errors.js"
import { epsgOfGeoJson, parseJsonObject } from "../formats/vector/geojson.js"
import { type Project, projection } from "../job/area.js"
import { flagOf } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { loadGroupEdits } from "../job/kernels/edit-functions.js"
import type { JobEdits } from "./edit-windows.js"

/** A GeoJSON feature, as far as its place and name need. */
type Feature = Readonly<Record<"id" | "geometry" | "properties", unknown>>

/**
 * Reads the edits that a job names; undefined without any.
 *
 * @param end box of the points, beyond which no edit may reach; absent: not checked
 * @throws EngineError E_INPUT or E_FORMAT for an unreadable file, E_USAGE for a wrong edit
 */
export const readEdits = async (
  job: Pick<Job, "edits" | "classify">,
  epsg: number,
  end: Box2 = [-Infinity, -Infinity, Infinity, Infinity],
): Promise<JobEdits | undefined> => {
  const file = job.edits
  if (file === undefined) return undefined
  const flag = flagOf("edits")
  if (job.classify !== undefined)
    throw optionError(flag, `cannot be used together with ${flagOf("classify")}: classify the points before.`)
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(file, cause, flag)
  })
  const features = inJobCrs(parseJsonObject(text, file), file, epsg)
  const nameEdit = (e: number): string => {
    const { id, properties } = Object(features[e]) as Feature
    const { id: ownId, name } = Object(properties) as { readonly id?: unknown; readonly name?: unknown }
    const own = id ?? ownId ?? name
    return `${file}: features[${e}]${own === undefined ? "" : ` (${String(own)})`}`
  }
  const groupEdits = await loadGroupEdits()
  const windows = groupEdits(features, end, nameEdit).map(({ box, edits }) => ({
    ...{ box, features: edits.map((e) => features[e]), names: edits.map(nameEdit) },
  }))
  return windows.length === 0 ? undefined : { windows, end }
}

/** The features of a collection, with all positions in the job's CRS. */
const inJobCrs = (root: Readonly<Record<string, unknown>>, file: string, to: number): readonly unknown[] => {
  const { features } = root
  if (!Array.isArray(features)) throw optionError(file, "it has no list of features. Give a GeoJSON FeatureCollection.")
  const positions = features.flatMap((one: unknown) => flatten(placesIn(one)))
  const { epsg } = epsgOfGeoJson(root, [positions.flat()], file)
  if (epsg === undefined || epsg === to || positions.length === 0) return features
  const project = projection(epsg, to, { file }, `${file} is in EPSG:${epsg}, the job in EPSG:${to}`)
  return features.map((one: unknown) => {
    const coordinates = placesIn(one)
    if (coordinates === undefined) return one
    const { geometry } = one as Feature
    return { ...Object(one), geometry: { ...Object(geometry), coordinates: projectAll(coordinates, project) } }
  })
}

const placesIn = (feature: unknown): unknown => {
  const { geometry } = Object(feature) as Feature
  return (Object(geometry) as { readonly coordinates?: unknown }).coordinates
}

const isPosition = ([x, y]: readonly unknown[]): boolean => typeof x === "number" && typeof y === "number"

/** x and y of all positions. */
const flatten = (node: unknown): number[][] => {
  if (!Array.isArray(node)) return []
  return isPosition(node) ? [node.slice(0, 2) as number[]] : node.flatMap(flatten)
}

/** Rounded to tenths of a millimetre, as written in metres: both ends of a ring stay equal. */
const projectAll = (node: unknown, project: Project): unknown => {
  if (!Array.isArray(node)) return node
  if (!isPosition(node)) return node.map((one: unknown) => projectAll(one, project))
  const [x, y, ...heights] = node as [number, number, ...unknown[]]
  return [...project(x, y).map((value) => Math.round(value * 1e4) / 1e4), ...heights]
}
