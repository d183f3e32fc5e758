/**
 * The top of a bridge deck for `mesh.bridge`: a robust surface through its points, triangulated
 * within an error bound.
 */
import { boxOfRings, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { distanceToRings } from "../../engine/core/geometry/segments.js"
import { greedyTin } from "../geometry/greedy-tin.js"
import { type BinnedPoints, binPoints, robustHeight } from "../geometry/robust-plane.js"

/** Error bound and thickness of a deck's body. */
export interface BodyRules {
  readonly errorMm: number
  readonly thicknessMm: number
}

/**
 * The top of a deck: a triangulated surface inside its rings, whole millimetres of the CRS. Edge
 * pairs of `border` have the surface on their left.
 */
export interface DeckTop {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly z: Float64Array
  readonly triangles: Uint32Array
  readonly border: Int32Array
}

/** Radii of the fit at a place, mm; the first with enough points applies. */
const RADII = [4000, 8000, 16000, 32000]
/** Spacing of the surface's grid, fixed in the CRS, and of stations on edges, mm. */
const GRID = 2000
/** Nodes nearer to the rim than this, mm, would make thin triangles and are dropped. */
const CLEAR = 500
/** Depth of a rest's rim below the deck's surface, mm, so that ground and deck are not coplanar. */
const SINK = 150

/**
 * The top of a deck: an error-bounded TIN inside the rings. Its vertices are on the robust surface
 * of the points. They are the rings' vertices, stations on their edges and nodes of a grid fixed in
 * the CRS. Drops stations and nodes that a straight line or the TIN meets within `errorMm`.
 *
 * @param rings outline of the body, outer counter-clockwise, holes clockwise, whole mm of the CRS,
 *   not closed
 * @param deck outline of the points only; beyond it the body is in the ground, its rim slightly
 *   below the surface
 * @returns undefined without points
 */
export const deckTop = (
  rings: readonly Float64Array[],
  deck: readonly Float64Array[],
  points: { readonly x: Float64Array; readonly y: Float64Array; readonly z: Float64Array },
  { errorMm }: BodyRules,
): DeckTop | undefined => {
  const bins = binPoints(points.x, points.y, points.z, GRID)
  const fallback = medianOf(points.z)
  if (fallback === undefined) return undefined
  const surface = (x: number, y: number): number => {
    const z = surfaceHeight(bins, x, y) ?? fallback
    const resting = !isInsideHalfOpen(deck, x, y) && distanceToRings(deck, x, y) > CLEAR
    return Math.round(resting ? z - SINK : z)
  }
  const rim = { xyz: [] as number[], border: [] as number[] }
  for (const ring of rings) addRim(ring, surface, errorMm / 2, rim)
  const box = boxOfRings(rings)
  const nodes = nodesInside(rings, deck, box, surface)
  return triangulate(rim.xyz, rim.border, nodes, box, errorMm)
}

const surfaceHeight = (bins: BinnedPoints, x: number, y: number): number | undefined => {
  for (const radius of RADII) {
    const z = robustHeight(bins, x, y, radius)
    if (!Number.isNaN(z)) return z
  }
  return undefined
}

/** The median, the lower one of an even number. */
const medianOf = (values: Float64Array): number | undefined => values.slice().sort()[(values.length - 1) >> 1]

/** Adds a ring's vertices, and the stations in between that bends of the surface need. */
const addRim = (
  ring: Float64Array,
  surface: (x: number, y: number) => number,
  tolerance: number,
  rim: { xyz: number[]; border: number[] },
): void => {
  const first = rim.xyz.length / 3
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length
    const [dx, dy] = [ring[j] - ring[i], ring[j + 1] - ring[i + 1]]
    const pieces = Math.max(1, Math.ceil(Math.hypot(dx, dy) / GRID))
    const line: [number, number, number][] = []
    for (let s = 0; s <= pieces; s++) {
      const [x, y] = [Math.round(ring[i] + (dx * s) / pieces), Math.round(ring[i + 1] + (dy * s) / pieces)]
      line.push([x, y, surface(x, y)])
    }
    for (const s of bends(line, tolerance)) rim.xyz.push(...line[s])
  }
  const end = rim.xyz.length / 3
  for (let v = first; v < end; v++) rim.border.push(v, v + 1 < end ? v + 1 : first)
}

/**
 * Indices of evenly spaced heights to retain, without the last one: the line through them is within
 * `tolerance` of all.
 */
const bends = (line: readonly (readonly number[])[], tolerance: number): number[] => {
  const hull = [0]
  const stack = [[0, line.length - 1]]
  for (let span = stack.pop(); span !== undefined; span = stack.pop()) {
    const [from, to] = span
    let [worst, error] = [-1, tolerance]
    for (let s = from + 1; s < to; s++) {
      const straight = line[from][2] + ((line[to][2] - line[from][2]) * (s - from)) / (to - from)
      if (Math.abs(line[s][2] - straight) > error) [worst, error] = [s, Math.abs(line[s][2] - straight)]
    }
    if (worst < 0) continue
    hull.push(worst)
    stack.push([from, worst], [worst, to])
  }
  return hull.sort((a, b) => a - b)
}

/** Grid nodes well inside the rings, and the deck's own corners there, with their heights. */
const nodesInside = (
  rings: readonly Float64Array[],
  deck: readonly Float64Array[],
  box: readonly number[],
  surface: (x: number, y: number) => number,
): number[] => {
  const nodes: number[] = []
  const seen = new Set<string>()
  const add = (x: number, y: number): void => {
    const name = `${x} ${y}`
    if (seen.has(name) || !isInsideHalfOpen(rings, x, y) || distanceToRings(rings, x, y) < CLEAR) return
    seen.add(name)
    nodes.push(x, y, surface(x, y))
  }
  for (const ring of deck) for (let i = 0; i < ring.length; i += 2) add(ring[i], ring[i + 1])
  for (let y = Math.ceil(box[1] / GRID) * GRID; y < box[3]; y += GRID)
    for (let x = Math.ceil(box[0] / GRID) * GRID; x < box[2]; x += GRID) add(x, y)
  return nodes
}

const triangulate = (
  rim: readonly number[],
  border: readonly number[],
  nodes: readonly number[],
  box: readonly number[],
  errorMm: number,
): DeckTop => {
  const [originX, originY] = [Math.floor(box[0]), Math.floor(box[1])]
  const axis = (values: readonly number[], k: number, origin: number): Int32Array =>
    Int32Array.from({ length: values.length / 3 }, (_, i) => values[3 * i + k] - origin)
  const part = (values: readonly number[]) => ({
    x: axis(values, 0, originX),
    y: axis(values, 1, originY),
    z: axis(values, 2, 0),
  })
  const [fixed, candidates] = [part(rim), part(nodes)]
  const tin = greedyTin({
    box: [-10000, -10000, Math.ceil(box[2] - originX) + 10000, Math.ceil(box[3] - originY) + 10000],
    fixed,
    border: Int32Array.from(border),
    candidates,
    maxError: errorMm,
  })
  const all = [...rim, ...nodes]
  const pick = (k: number): Float64Array => Float64Array.from(tin.vertices, (v) => all[3 * v + k])
  const positions = new Int32Array(all.length / 3)
  for (const [i, v] of tin.vertices.entries()) positions[v] = i
  return {
    x: pick(0),
    y: pick(1),
    z: pick(2),
    triangles: tin.triangles,
    border: Int32Array.from(border, (v) => positions[v]!),
  }
}
