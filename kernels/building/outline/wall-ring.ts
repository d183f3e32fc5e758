/** Moves the edges of an outline to the walls below them, where enough points show these. */
import { squareToSegment } from "../../../engine/core/geometry/segments.js"
import type { GridRing } from "../../grid/trace-patches.js"
import { type EdgePoints, wallBelow } from "./edge-points.js"
import { fixedEdge, type OutlineEdge, type Place } from "./fit-edge.js"
import type { OutlineLimits } from "./outline-limits.js"
import { cross, crossing, FLAT } from "./regular-ring.js"

/**
 * Largest distance of a wall inside the roof's edge, mm: a roof that overhangs farther is part of
 * the building.
 */
const mostInside = 450
/** … and outside it. */
const mostOutside = 150
/** Shorter edges do not move, mm. */
const shortest = 1500
/** Edges this near to a fault return to their old line, mm. */
const nearFault = 1000
/** Number of rounds in which edges may return. */
const rounds = 4

/**
 * The ring with its edges moved to the walls below ({@link wallBelow}). Outlines are fitted to the
 * outermost points, which are on sills, shutters and gutters; the wall is where most points are.
 * Corners move to the crossings of the moved edges.
 *
 * An edge does not move if too few points show its wall, or where the ring would leave the limits.
 * If that does not help, the ring is unchanged.
 *
 * @param ring x, y, whole millimetres, the inside on the left
 */
export const ringAtWalls = (ring: GridRing, points: EdgePoints, limits: OutlineLimits): GridRing => {
  const count = ring.length / 2
  const place = (i: number): readonly [number, number] => [ring[2 * (i % count)], ring[2 * (i % count) + 1]]
  const lengths = Array.from({ length: count }, (_, i) =>
    Math.hypot(place(i + 1)[0] - place(i)[0], place(i + 1)[1] - place(i)[1]),
  )
  const shifts = lengths.map((length, i) => {
    if (length < shortest) return 0
    const out = wallBelow(points, place(i), place(i + 1))
    return out === undefined || out > mostOutside || out < -mostInside ? 0 : out
  })
  for (let round = 0; round < rounds && shifts.some((shift) => shift !== 0); round++) {
    const moved = movedBy(ring, shifts)
    const faults = limits(moved)
    // An edge that would run backwards counts as a fault.
    const turned = lengths.map((_, i) => !runsForth(ring, moved, i))
    if (faults.length === 0 && !turned.includes(true)) return moved
    for (let i = 0; i < count; i++) {
      const isNear = faults.some(([x, y]) => Math.sqrt(squareToSegment(x, y, ...place(i), ...place(i + 1))) < nearFault)
      if (isNear || turned[i] || turned[(i + 1) % count] || turned[(i + count - 1) % count]) shifts[i] = 0
    }
  }
  return ring
}

const movedBy = (ring: GridRing, shifts: readonly number[]): GridRing => {
  const count = shifts.length
  const lines = shifts.map((shift, i) => {
    const j = (i + 1) % count
    const edge = fixedEdge([ring[2 * i], ring[2 * i + 1]], [ring[2 * j], ring[2 * j + 1]])
    return { ...edge, c: edge.c + shift }
  })
  const moved = new Int32Array(ring.length)
  for (let i = 0; i < count; i++) {
    const before = (i + count - 1) % count
    const [x, y] =
      shifts[i] === 0 && shifts[before] === 0
        ? [ring[2 * i], ring[2 * i + 1]]
        : corner(lines[before], lines[i], ring, i, shifts)
    moved[2 * i] = Math.round(x)
    moved[2 * i + 1] = Math.round(y)
  }
  return moved
}

/**
 * Crossing of two moved edges; for edges nearly in line, the old corner moved by the mean of both.
 */
const corner = (e: OutlineEdge, f: OutlineEdge, ring: GridRing, i: number, shifts: readonly number[]): Place => {
  if (Math.abs(cross(e, f)) >= FLAT) return crossing(e, f)
  const before = (i + shifts.length - 1) % shifts.length
  return [
    ring[2 * i] + (shifts[before] * e.uy + shifts[i] * f.uy) / 2,
    ring[2 * i + 1] - (shifts[before] * e.ux + shifts[i] * f.ux) / 2,
  ]
}

/** True where edge i runs in its old direction and has at least half its old length or 0.3 m. */
const runsForth = (ring: GridRing, moved: GridRing, i: number): boolean => {
  const j = (i + 1) % (ring.length / 2)
  const [dx, dy] = [ring[2 * j] - ring[2 * i], ring[2 * j + 1] - ring[2 * i + 1]]
  const [mx, my] = [moved[2 * j] - moved[2 * i], moved[2 * j + 1] - moved[2 * i + 1]]
  const length = Math.hypot(dx, dy)
  return (dx * mx + dy * my) / length >= Math.min(300, length / 2)
}
