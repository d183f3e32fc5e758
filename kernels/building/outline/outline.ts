/**
 * The whole way from the cells of a building to its regular outline: tracing, simplifying, fitting,
 * snapping, checking.
 */

import { doubledArea } from "../../../engine/core/geometry/rings.js"
import { squareToSegment } from "../../../engine/core/geometry/segments.js"
import { concatenate } from "../../../engine/core/lists.js"
import type { CellRuns } from "../../grid/cell-runs.js"
import { brokenRings, simplifyPatch } from "../../grid/simplify-patch.js"
import { type GridRing, startAtWest, tracePatch } from "../../grid/trace-patches.js"
import { countCells } from "../../handover/patch/outline.js"
import { indexEdgePoints } from "./edge-points.js"
import { edgeSampling, fitEdge, fixedEdge, type OutlineEdge, type Place } from "./fit-edge.js"
import { type OutlineLimits, outlineLimits } from "./outline-limits.js"
import { mainDirections, movedRing, type RingRules, regularRing } from "./regular-ring.js"
import { ringAtWalls } from "./wall-ring.js"

/** How cells form buildings. Every blob contains them, so that tiles and job agree. */
export interface OutlineRules {
  /** Side of a cell, metres. */
  readonly cell: number
  /** Objects of a smaller area, m², are dropped. */
  readonly minArea: number
  /** Holes of a smaller area, m², are filled; never above `minArea`. */
  readonly minHole: number
  /** Tolerance when traced outlines are simplified, metres; 0 leaves outlines as traced. */
  readonly tolerance: number
}

/**
 * Inputs of an outline: the cells of a whole object, its number of points, the points along its
 * border, and nearby cells of other objects.
 */
export interface OutlineSource {
  /** Number of its points. */
  readonly points: number
  readonly runs: CellRuns
  /** Boundary points, x, y, z: whole millimetres of the CRS, in any order. */
  readonly edge: Float64Array
  /** Points of its walls near the border, likewise. */
  readonly wall: Float64Array
  /** Cells of other objects nearby: column, row pairs. */
  readonly foreign: Int32Array
}

/**
 * The outline of an object, and counts of rings that are not fully regular. Corners are in whole
 * millimetres relative to `origin` (whole millimetres of the CRS).
 */
export interface Outline {
  readonly origin: Place
  readonly rings: readonly GridRing[]
  /**
   * Rings that lost their shape when edges were merged. They have the simplified ring's corners,
   * moved by the fitted edges: straight, but hardly regular.
   */
  readonly moved: number
  /**
   * Simplified traced rings, because the regular ones would be invalid or too far from the cells.
   */
  readonly unfitted: number
  /** Traced rings, because the simplified ones would be so too. */
  readonly unsimplified: number
}

/**
 * The regularised outline of one object (rings as in `tracePatch`: outer counter-clockwise, then
 * holes, clockwise).
 *
 * Traced rings are simplified (Douglas and Peucker). Each edge is fitted to the outermost points
 * along it and turned onto a main direction of the object where the points allow it. Neighbours
 * then cross in corners ({@link regularRing}). Edges where the ring leaves {@link outlineLimits}
 * first stay as fitted, then return to their simplified form.
 *
 * A ring that still leaves the limits, is not simple or meets another one is replaced. The
 * fallbacks are in turn the simplified ring with moved corners ({@link movedRing}), the simplified
 * and the traced ring. The result is always a valid polygon, apart from those of other objects.
 *
 * Only the object decides, in one order: the same cells and points give the same bits. With
 * `tolerance` 0 the rings stay as traced. Walls shorter than about 0.6 m are lost; round walls
 * become chords.
 */
export const regularOutline = (source: OutlineSource, rules: OutlineRules): Outline => {
  const { runs } = source
  const cellMm = Math.round(rules.cell * 1000)
  const first: Place = [runs.starts.reduce((west, start) => Math.min(west, start), runs.starts[0]), runs.rows[0]]
  const origin: Place = [first[0] * cellMm, first[1] * cellMm]
  const smallestHole = Math.min(rules.minHole, rules.minArea)
  const cellsTraced = tracePatch(runs).filter(
    (ring, r) => r === 0 || (-doubledArea(ring) / 2) * rules.cell * rules.cell >= smallestHole,
  )
  const inMm = (ring: GridRing): GridRing => ring.map((value, i) => (value - first[i % 2]) * cellMm)
  if (rules.tolerance <= 0) return { origin, rings: cellsTraced.map(inMm), moved: 0, unfitted: 0, unsimplified: 0 }
  const simplified = simplifyPatch(cellsTraced, rules.tolerance / rules.cell).rings.map(inMm)
  // Overwrites the rings of cells to save memory.
  const traced = cellsTraced
  for (let r = 0; r < traced.length; r++) traced[r] = inMm(traced[r])
  const limits = outlineLimits(runs, cellMm, first, source.foreign)
  const regular = regularRings(simplified, source, origin, cellMm, limits)
  // The forms of a ring, best first; the traced form is always valid. Made on demand: most of a
  // hundred thousand courtyards are regular.
  const makers = [
    regular.straight,
    regular.moved,
    (r: number) => (limits(simplified[r]).length === 0 ? simplified[r] : undefined),
  ]
  const forms = new Uint8Array(traced.length)
  const chooseForm = (r: number): GridRing => {
    for (; forms[r] < makers.length; forms[r]++) {
      const ring = makers[forms[r]](r)
      if (ring !== undefined) return ring
    }
    return traced[r]
  }
  const current = traced.map((_, r) => chooseForm(r))
  for (;;) {
    const broken = [...brokenRings(current, traced)].filter((r) => forms[r] < makers.length)
    if (broken.length === 0) break
    for (const r of broken) {
      forms[r]++
      current[r] = chooseForm(r)
    }
  }
  moveToWalls(current, traced, forms, source, origin, limits)
  const count = (form: number): number => forms.reduce((sum, own) => sum + (own === form ? 1 : 0), 0)
  return { origin, rings: current.map(startAtWest), moved: count(1), unfitted: count(2), unsimplified: count(3) }
}

/**
 * Moves regular rings to the walls below them where points show these. Reverts rings that then
 * leave the limits or meet another ring.
 */
const moveToWalls = (
  current: GridRing[],
  traced: readonly GridRing[],
  forms: Uint8Array,
  { edge, wall }: OutlineSource,
  origin: Place,
  limits: OutlineLimits,
): void => {
  if (wall.length === 0) return
  const points = indexEdgePoints(concatenate(Float64Array, [edge, wall]), origin)
  const before = [...current]
  for (let r = 0; r < current.length; r++) if (forms[r] < 2) current[r] = ringAtWalls(current[r], points, limits)
  for (;;) {
    const broken = [...brokenRings(current, traced)].filter((r) => current[r] !== before[r])
    if (broken.length === 0) return
    for (const r of broken) current[r] = before[r]
  }
}

/**
 * Number of rounds. Edges near faults first stay as fitted, neither turned nor merged, then return
 * to their rough form.
 */
const ROUNDS = 8
/**
 * Radius around a fault, mm, within which edges revert in the first round; it grows by as much each
 * round.
 */
const NEAR_FAULT = 600

/** Makes the regular form of a ring by its number; undefined if it leaves the limits. */
type RingMaker = (r: number) => GridRing | undefined

/** The regular forms of the rings: straight, and with moved corners. */
const regularRings = (
  rough: readonly GridRing[],
  source: OutlineSource,
  origin: Place,
  cellMm: number,
  limits: OutlineLimits,
): { readonly straight: RingMaker; readonly moved: RingMaker } => {
  const points = indexEdgePoints(source.edge, origin)
  const sampling = edgeSampling(source.points, countCells(source.runs) * cellMm * cellMm)
  const fitted = rough.map((ring) => packEdges(ring, (a, b) => fitEdge(points, a, b, sampling)))
  const mains = mainDirections(allEdges(rough, fitted))
  const rules = { points, sampling, mains }
  return {
    straight: (r) => straightened(unpackEdges(rough[r], fitted[r]), rules, limits),
    moved: (r) => movedCorners(unpackEdges(rough[r], fitted[r]), rules, limits),
  }
}

/**
 * Numbers of an edge that are not in its rough ring: ux, uy, c, bins. Objects would need half a
 * kilobyte an edge, and one can have as many courtyards as a town has houses.
 */
const EDGE_NUMBERS = 4

const packEdges = (ring: GridRing, edgeBetween: (a: Place, b: Place) => OutlineEdge): Float64Array => {
  const packed = new Float64Array((EDGE_NUMBERS * ring.length) / 2)
  for (let v = 0; v < ring.length; v += 2) {
    const w = (v + 2) % ring.length
    const { ux, uy, c, bins } = edgeBetween([ring[v], ring[v + 1]], [ring[w], ring[w + 1]])
    packed.set([ux, uy, c, bins], (EDGE_NUMBERS * v) / 2)
  }
  return packed
}

const unpackEdges = (ring: GridRing, packed: Float64Array): OutlineEdge[] =>
  Array.from({ length: ring.length / 2 }, (_, v) => {
    const w = (2 * v + 2) % ring.length
    const [ux, uy, c, bins] = packed.subarray(EDGE_NUMBERS * v)
    return { a: [ring[2 * v], ring[2 * v + 1]], b: [ring[w], ring[w + 1]], ux, uy, c, bins, main: -1 }
  })

function* allEdges(rings: readonly GridRing[], packed: readonly Float64Array[]): Generator<OutlineEdge> {
  for (let r = 0; r < rings.length; r++) yield* unpackEdges(rings[r], packed[r])
}

/** The regular ring; edges near faults must not change. */
const straightened = (edges: readonly OutlineEdge[], rules: RingRules, limits: OutlineLimits): GridRing | undefined => {
  let current = edges
  for (let round = 0; round < ROUNDS; round++) {
    const form = regularRing(current, rules)
    if (form === undefined) return undefined
    const faults = limits(form)
    if (faults.length === 0) return form
    const near = current.map((edge) => faults.some((place) => distanceToEdge(place, edge) < NEAR_FAULT * (round + 1)))
    // From the third round also their neighbours, because they may cross these far away.
    const n = near.length
    const goes = (i: number): boolean => near[i] || (round >= 2 && (near[(i + 1) % n] || near[(i + n - 1) % n]))
    current = current.map((edge, i) =>
      !goes(i) ? edge : edge.fixed ? fixedEdge(edge.a, edge.b) : { ...edge, fixed: true },
    )
  }
  return undefined
}

/** The ring with moved corners; corners near faults stay in their rough place. */
const movedCorners = (edges: readonly OutlineEdge[], rules: RingRules, limits: OutlineLimits): GridRing | undefined => {
  const fixed = new Uint8Array(edges.length)
  for (let round = 0; round < ROUNDS; round++) {
    const form = movedRing(edges, rules, fixed)
    const faults = limits(form)
    if (faults.length === 0) return form
    edges.forEach((edge, i) => {
      const next = edges[(i + 1) % edges.length]
      const reach = NEAR_FAULT * (round + 1)
      if (faults.some((place) => distanceToEdge(place, edge) < reach || distanceToEdge(place, next) < reach))
        fixed[i] = 1
    })
  }
  return undefined
}

/** Distance of a place to a rough edge. */
const distanceToEdge = ([x, y]: Place, { a, b }: OutlineEdge): number => Math.sqrt(squareToSegment(x, y, ...a, ...b))
