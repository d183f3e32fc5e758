/** Compares a vector layer of two results object by object. */
import { flattenRings, planRingsOf, sliceRings } from "../core/feature-table.js"
import { boxOfRings } from "../core/geometry/rings.js"
import { addToList, elementAt } from "../core/lists.js"
import { EngineError } from "../errors.js"
import { readFlatGeobuf } from "../formats/vector/flatgeobuf/reader.js"
import type { Features } from "../kernel.js"
import type { ComparedObject } from "./compared-layer.js"
import { bestMatches, overlapGroups, overlappingPairs } from "./match-objects.js"
import { regionArea } from "./polygon-overlap.js"

/** Least overlap of two objects with other ids that are one. */
const MIN_IOU = 0.5
/** Objects are parts of each other when they share this part of the smaller one. */
const GROUP_SHARE = 0.1

/** What happened to an object from A to B. */
export type Change = "new" | "gone" | "changed" | "divided" | "joined"

/** Numbers of objects by what happened to them. */
export interface LayerComparison extends Readonly<Record<Change, number>> {
  readonly name: string
  readonly a: number
  readonly b: number
  readonly equal: number
}

/** The objects that differ, of one geometry. */
export interface LayerDifference {
  readonly comparison: LayerComparison
  /** Geometry of B, of A where it is gone; columns `change`, `was` (ids in A) and `attributes`. */
  readonly features: Features
  readonly epsg: number
}

/** An object that differs: its row in B, or in A. */
interface Row {
  readonly change: Change
  readonly side: 0 | 1
  readonly row: number
  readonly was: string
  readonly columns: string
}

/**
 * Compares two layers: objects of equal ids first, where an id is that of one object on each side;
 * then those of equal geometry; then polygons by their best overlap, and those that divide or join
 * others. Attributes of an object that changed are named;
 * `geometry` is one of them. Memory: both layers.
 *
 * @throws EngineError E_INPUT where CRS or geometries differ; as the reader
 */
export const compareLayers = async (name: string, paths: readonly [a: string, b: string]): Promise<LayerDifference> => {
  const [a, b] = await Promise.all([readFlatGeobuf(paths[0]), readFlatGeobuf(paths[1])])
  if (a.epsg !== b.epsg || a.epsg === undefined)
    throw new EngineError("E_INPUT", `layer ${name} is in EPSG:${a.epsg} in A and in EPSG:${b.epsg} in B.`)
  const sides = [a.features, b.features] as const
  if (sides[0].geometry !== sides[1].geometry)
    throw new EngineError("E_INPUT", `layer ${name} has ${sides[0].geometry}s in A and ${sides[1].geometry}s in B.`)
  const { rows, equal } = findRows(sides)
  const count = (change: Change): number => rows.filter((row) => row.change === change).length
  const comparison = {
    ...{ name, a: sides[0].ids.length, b: sides[1].ids.length, equal },
    ...{ new: count("new"), gone: count("gone"), changed: count("changed") },
    ...{ divided: count("divided"), joined: count("joined") },
  }
  return { comparison, features: tableRows(sides, rows), epsg: a.epsg }
}

type Sides = readonly [a: Features, b: Features]

const findRows = ([a, b]: Sides): { rows: Row[]; equal: number } => {
  const rows: Row[] = []
  let equal = 0
  const pair = (i: number, j: number): void => {
    const columns = changedColumns(a, i, b, j).join(",")
    if (columns === "") equal++
    else rows.push({ change: "changed", side: 1, row: j, was: elementAt(a.ids, i), columns })
  }
  const left = [new Set(a.ids.keys()), new Set(b.ids.keys())] as const
  const take = (i: number, j: number): void => {
    pair(i, j)
    left[0].delete(i)
    left[1].delete(j)
  }
  const byId = uniqueRows(a.ids)
  for (const [id, j] of uniqueRows(b.ids)) {
    const i = byId.get(id)
    if (i !== undefined) take(i, j)
  }
  for (const [i, j] of equalPlaces(a, left[0], b, left[1])) take(i, j)
  if (a.geometry === "Polygon") {
    const { matched, parts, former } = matchLeft(a, [...left[0]], b, [...left[1]])
    for (const [i, j] of matched) take(i, j)
    rows.push(...parts)
    for (const { row } of parts) left[1].delete(row)
    for (const i of former) left[0].delete(i)
  }
  for (const j of left[1]) rows.push({ change: "new", side: 1, row: j, was: "", columns: "" })
  for (const i of left[0]) rows.push({ change: "gone", side: 0, row: i, was: elementAt(a.ids, i), columns: "" })
  return { rows, equal }
}

/** Rows by their ids; ids of several rows are left out, since they identify none. */
const uniqueRows = (ids: readonly string[]): Map<string, number> => {
  const rows = new Map<string, number>()
  const repeated = new Set<string>()
  for (const [row, id] of ids.entries())
    if (rows.has(id)) repeated.add(id)
    else rows.set(id, row)
  for (const id of repeated) rows.delete(id)
  return rows
}

/** Pairs of rows with the same geometry and, if there are several, the same id where possible. */
const equalPlaces = (
  a: Features,
  rowsA: ReadonlySet<number>,
  b: Features,
  rowsB: ReadonlySet<number>,
): [i: number, j: number][] => {
  const keyOf = (features: Features, row: number): string =>
    sliceRings(features, row)
      .map((ring) => ring.join())
      .join(";")
  const places = new Map<string, number[]>()
  for (const i of rowsA) addToList(places, keyOf(a, i), i)
  return [...rowsB].flatMap((j): [number, number][] => {
    const found = places.get(keyOf(b, j)) ?? []
    const same = found.findIndex((i) => a.ids[i] === b.ids[j])
    const [i] = found.splice(Math.max(0, same), 1)
    return i === undefined ? [] : [[i, j]]
  })
}

/** Columns of an object that differ between A and B, `geometry` first. */
const changedColumns = (a: Features, i: number, b: Features, j: number): string[] => {
  const [one, other] = [sliceRings(a, i), sliceRings(b, j)]
  const isSame =
    one.length === other.length &&
    one.every((ring, r) => ring.length === other[r]?.length && ring.every((v, k) => v === other[r]?.[k]))
  const names = [...new Set([...Object.keys(a.columns), ...Object.keys(b.columns)])]
  const differs = (name: string): boolean => !Object.is(a.columns[name]?.values[i], b.columns[name]?.values[j])
  return [...(isSame ? [] : ["geometry"]), ...names.filter(differs)]
}

/** The remaining polygons, paired by overlap: one to one, else as parts. */
const matchLeft = (
  a: Features,
  leftA: readonly number[],
  b: Features,
  leftB: readonly number[],
): { matched: [i: number, j: number][]; parts: Row[]; former: number[] } => {
  const [ours, theirs] = [toObjects(a, leftA), toObjects(b, leftB)]
  const pairs = overlappingPairs(ours, theirs)
  const matched: [number, number][] = []
  const parts: Row[] = []
  const former: number[] = []
  const idOf = (i: number): string => elementAt(ours, i).id
  const groups = overlapGroups(pairs, ours, theirs, GROUP_SHARE)
  for (const group of groups) {
    if (group.a.length === 1 && group.b.length === 1) continue
    const change = group.a.length === 1 ? "divided" : "joined"
    const was = group.a.map(idOf).join(",")
    former.push(...group.a.map((i) => elementAt(leftA, i)))
    for (const j of group.b) parts.push({ change, side: 1, row: elementAt(leftB, j), was, columns: "geometry" })
  }
  const isPart = new Set(parts.map(({ row }) => row))
  for (const { a: i, b: j } of bestMatches(pairs, ours, theirs, MIN_IOU))
    if (!isPart.has(elementAt(leftB, j))) matched.push([elementAt(leftA, i), elementAt(leftB, j)])
  return { matched, parts, former }
}

const toObjects = (features: Features, rows: readonly number[]): ComparedObject[] =>
  rows.map((row) => {
    const rings = planRingsOf(features, row)
    return { id: elementAt(features.ids, row), rings, box: boxOfRings(rings), area: regionArea(rings), counts: true }
  })

/** The rows as features, with the id that each has on its side. */
const tableRows = (sides: Sides, rows: readonly Row[]): Features => {
  const [{ geometry }] = sides
  const dimension = Math.min(sides[0].dimension, sides[1].dimension) as 2 | 3
  const parts = rows.map(({ side, row }) =>
    dimension === 3 ? sliceRings(sides[side], row) : planRingsOf(sides[side], row),
  )
  const text = (values: readonly string[]) => ({ type: "string" as const, values })
  const ids = rows.map(({ side, row }) => elementAt(sides[side].ids, row))
  return {
    geometry,
    ...flattenRings(parts, dimension),
    ids,
    columns: {
      change: text(rows.map(({ change }) => change)),
      was: text(rows.map(({ was }) => was)),
      attributes: text(rows.map(({ columns }) => columns)),
    },
  }
}
