/**
 * The kernel `vector.breakline`: lines where the surface bends or steps at roofs, building feet and
 * banks, independent of the tile grid.
 */
import { flattenRings, makeColumns } from "../../engine/core/feature-table.js"
import { type ColumnFacts, defineKernel, type Features } from "../../engine/kernel.js"
import {
  type Footprint,
  type FootprintRing,
  followsBorder,
  freeRings,
  ownedObjects,
} from "../handover/footprint/footprint.js"
import { PlaceIds } from "./place-ids.js"
import { findRoofLines } from "./roof/breaks.js"
import { decodeRoofPlans } from "./roof/encoded-plan.js"

const columns: Readonly<Record<string, ColumnFacts>> = {
  kind: {
    type: "string",
    help: "where two planes meet: ridge, hip, valley or bend; step: edge of an upper roof above a lower one; outer edge of a roof: eaves if level, verge if inclined; foot: building on the ground; bank: edge of water",
  },
  object: { type: "string", help: "id of the building, or `object_id` of the water, that the line belongs to" },
  length: { type: "number", unit: "m", help: "length in 3D" },
  height_min: { type: "number", unit: "m", help: "altitude of the lowest vertex" },
  height_max: { type: "number", unit: "m", help: "altitude of the highest vertex" },
  drop: { type: "number", unit: "m", help: "for a step, the mean height between the two roofs; empty for other kinds" },
  closed: { type: "integer", as: "boolean", help: "true: the line is a closed ring" },
  truncated: {
    type: "integer",
    as: "boolean",
    help: "true: its object reaches the end of the data or of the job's tiles; banks end there, lines of buildings may follow that border",
  },
}

/**
 * Breaklines: where the surface bends or steps, as lines in space.
 *
 * - Roof lines come from the planes that `mesh.building` raises (see {@link findRoofLines}).
 * - Feet follow the outlines of buildings, at DTM height.
 * - Banks follow the outlines of water, at its level; they continue under bridges with the water.
 *
 * All lines derive from whole objects without the tile grid, so none ends, bends or has a vertex
 * because of a tile. The tile that contains an object's representative point owns its lines. The id
 * is a hash of the kind and the middle of the line. Linear time apart from sorting.
 */
export default defineKernel({
  id: "vector.breakline",
  version: 3,
  summary: "3D breaklines of roofs, feet of buildings and banks of water",
  stages: ["model"],
  inputs: {
    "roof-plan": { kind: "blob" },
    "building-own": { kind: "blob" },
    "building-object": { kind: "blob", mayBeEmpty: true },
    "water-own": { kind: "blob" },
    "water-object": { kind: "blob", mayBeEmpty: true },
  },
  outputs: {
    breakline: {
      kind: "features",
      geometry: "LineString",
      help: "ridges, valleys, steps and edges of roofs, feet of buildings, banks of water",
      columns,
      style: { colour: "#ff2d95" },
    },
    "breakline-quality": { kind: "metrics" },
  },
  options: {
    bend: {
      type: "number",
      default: 5,
      unit: "°",
      min: 0,
      max: 90,
      help: "smallest angle between two roof planes that makes a line",
    },
    step: {
      type: "number",
      default: 0.2,
      unit: "m",
      min: 0,
      max: 10,
      help: "smallest height difference between two roofs that makes a line",
    },
    level: { type: "number", default: 5, unit: "°", min: 0, max: 45, help: "largest slope of a level line" },
  },
  halo: () => 0,
  memory: ({ points, bytes }) => 4 * points + 8 * bytes + 8e6,
  run(tile, input, { bend, step, level }) {
    const rules = { bend, step: Math.round(1000 * step), level }
    const lines = decodeRoofPlans(input["roof-plan"]).flatMap((plan) =>
      findRoofLines(plan, rules).map((line): Line => ({ ...line, object: line.building, truncated: plan.truncated })),
    )
    const buildings = ownedObjects([input["building-own"], input["building-object"]], tile)
    const waters = ownedObjects([input["water-own"], input["water-object"]], tile)
    const rows = [...lines, ...buildings.flatMap(ringLines("foot")), ...waters.flatMap(ringLines("bank"))]
    return { breakline: makeFeatures(rows), "breakline-quality": measureQuality(rows) }
  },
})

interface Line {
  readonly kind: string
  readonly object: string
  /** x, y, z, whole millimetres of the CRS. */
  readonly xyz: Float64Array
  readonly drop: number
  readonly truncated: boolean
}

const ringLines =
  (kind: string) =>
  (object: Footprint): Line[] =>
    freeRings(object)
      .flatMap(linesOfRing)
      .map((xyz) => ({ kind, object: object.id, xyz, drop: Number.NaN, truncated: object.truncated }))

/**
 * A ring as a closed line; if it follows the border of the job's tiles, the open lines in between.
 */
const linesOfRing = ({ xyz, corner }: FootprintRing): Float64Array[] => {
  const count = corner.length
  const follows = (v: number): boolean => (corner[(v + count) % count] & followsBorder) !== 0
  const vertices = Array.from(corner, (_, v) => v)
  const lineOf = (from: number, size: number): Float64Array =>
    Float64Array.from(
      Array.from({ length: size }, (_, k) => (from + k) % count).flatMap((v) => [...xyz.subarray(3 * v, 3 * v + 3)]),
    )
  if (!vertices.some(follows)) return [lineOf(0, count + 1)]
  return vertices
    .filter((v) => !follows(v) && follows(v - 1))
    .map((start) => {
      let size = 2
      while (!follows(start + size - 1)) size++
      return lineOf(start, size)
    })
}

/** Length from the start of a line to each vertex, mm. */
const measureReaches = (xyz: Float64Array): number[] => {
  const reaches = [0]
  for (let i = 3; i < xyz.length; i += 3)
    reaches.push(
      reaches[reaches.length - 1] + Math.hypot(xyz[i] - xyz[i - 3], xyz[i + 1] - xyz[i - 2], xyz[i + 2] - xyz[i - 1]),
    )
  return reaches
}

/** The middle of a line by length, whole millimetres of the CRS. */
const findMiddle = (xyz: Float64Array, reaches: readonly number[]): [number, number] => {
  const half = reaches[reaches.length - 1] / 2
  let k = 1
  while (k < reaches.length - 1 && reaches[k] < half) k++
  const share = reaches[k] > reaches[k - 1] ? (half - reaches[k - 1]) / (reaches[k] - reaches[k - 1]) : 0
  const along = (axis: number): number =>
    Math.round(xyz[3 * k - 3 + axis] + share * (xyz[3 * k + axis] - xyz[3 * k - 3 + axis]))
  return [along(0), along(1)]
}

const isClosed = ({ xyz }: Line): boolean =>
  xyz.length > 6 && [0, 1, 2].every((axis) => xyz[axis] === xyz[xyz.length - 3 + axis])

const extreme = (xyz: Float64Array, choose: (a: number, b: number) => number): number => {
  let found = xyz[2]
  for (let i = 5; i < xyz.length; i += 3) found = choose(found, xyz[i])
  return found / 1000
}

const makeFeatures = (rows: readonly Line[]): Features => {
  const ids = new Map<string, PlaceIds>()
  const reaches = rows.map(({ xyz }) => measureReaches(xyz))
  const idOf = ({ kind, xyz }: Line, i: number): string => {
    const own = ids.get(kind) ?? new PlaceIds(`breakline-${kind}`)
    ids.set(kind, own)
    return own.at(...findMiddle(xyz, reaches[i]))
  }
  const { numbers, integers, texts } = makeColumns(rows)
  return {
    geometry: "LineString",
    ...flattenRings(
      rows.map(({ xyz }) => [xyz.map((mm) => mm / 1000)]),
      3,
    ),
    ids: rows.map(idOf),
    columns: {
      kind: texts(({ kind }) => kind),
      object: texts(({ object }) => object),
      length: numbers((_, i) => reaches[i][reaches[i].length - 1] / 1000),
      height_min: numbers(({ xyz }) => extreme(xyz, Math.min)),
      height_max: numbers(({ xyz }) => extreme(xyz, Math.max)),
      drop: numbers(({ drop }) => drop / 1000),
      closed: integers((row) => (isClosed(row) ? 1 : 0)),
      truncated: integers(({ truncated }) => (truncated ? 1 : 0)),
    },
  }
}

const measureQuality = (rows: readonly Line[]): Record<string, number> => {
  const metres = (...kinds: readonly string[]): number =>
    rows.reduce((sum, { kind, xyz }) => sum + (kinds.includes(kind) ? (measureReaches(xyz).at(-1) ?? 0) / 1000 : 0), 0)
  return {
    breaklines: rows.length,
    roofLinesM: metres("ridge", "hip", "valley", "bend", "step", "eaves", "verge"),
    feetM: metres("foot"),
    banksM: metres("bank"),
  }
}
