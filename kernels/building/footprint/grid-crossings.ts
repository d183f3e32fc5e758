/**
 * Adds a vertex to building outlines on each line of the tile grid that they cross, so that
 * neighbours share it.
 */
import { brokenRings } from "../../grid/simplify-patch.js"
import type { FootprintRing } from "../../handover/footprint/footprint.js"
import { splitAtCorners, stationRoom } from "./foot-heights.js"

/**
 * A corner this near to a line of the tile grid, mm, moves onto it. Less than half the distance
 * between outlines (0.1 m for traced, 40 mm for external ones), so that two never meet on the line.
 */
const PULL = 15

/**
 * Rings with a vertex wherever they cross a line of the tile grid (x or y a multiple of `sideMm`).
 *
 * Corners within 15 mm of a line move onto it to avoid slivers, unless the polygon would become
 * invalid; then none move. Crossings follow from the two corners in order of x, then y, rounded to
 * 1 mm, exactly on the line. Their height is that of the profile. Stations within 50 mm of a
 * crossing are dropped. The same rings always give the same vertices. O(n · lines crossed).
 */
export const gridRings = (
  rings: readonly FootprintRing[],
  sideMm: number,
): { rings: FootprintRing[]; unpulled: boolean } => {
  const pulled = rings.map((ring) => pullCorners(ring, sideMm))
  const [west, south] = rings[0].xyz
  const corners = (ring: FootprintRing): Int32Array =>
    Int32Array.from(
      Array.from(ring.corner, (_, k) => k)
        .filter((k) => ring.corner[k] === 1)
        .flatMap((k) => [ring.xyz[3 * k] - west, ring.xyz[3 * k + 1] - south]),
    )
  const unpulled = brokenRings(pulled.map(corners), rings.map(corners)).size > 0
  return { rings: (unpulled ? rings : pulled).map((ring) => crossRing(ring, sideMm)), unpulled }
}

const pullCorners = (ring: FootprintRing, sideMm: number): FootprintRing => {
  const xyz = ring.xyz.slice()
  const n = ring.corner.length
  let moved = false
  for (let k = 0; k < n; k++) {
    if (ring.corner[k] === 0) continue
    for (let at = 3 * k; at < 3 * k + 2; at++) {
      const line = Math.round(xyz[at] / sideMm) * sideMm
      if (xyz[at] === line || Math.abs(xyz[at] - line) > PULL) continue
      xyz[at] = line
      moved = true
    }
  }
  if (!moved) return ring
  // Stations stay at the same share of their edge's length.
  for (const [from, to] of splitAtCorners(ring.corner)) {
    const [px, py] = [ring.xyz[3 * from], ring.xyz[3 * from + 1]]
    const [dx, dy] = [ring.xyz[3 * (to % n)] - px, ring.xyz[3 * (to % n) + 1] - py]
    const [nx, ny] = [xyz[3 * from], xyz[3 * from + 1]]
    for (let k = from + 1; k < to; k++) {
      const share = ((ring.xyz[3 * k] - px) * dx + (ring.xyz[3 * k + 1] - py) * dy) / (dx * dx + dy * dy)
      xyz[3 * k] = Math.round(nx + share * (xyz[3 * (to % n)] - nx))
      xyz[3 * k + 1] = Math.round(ny + share * (xyz[3 * (to % n) + 1] - ny))
    }
  }
  return { xyz, corner: ring.corner }
}

type Vertex = readonly [x: number, y: number, z: number]

const crossRing = (ring: FootprintRing, sideMm: number): FootprintRing => {
  const n = ring.corner.length
  const xyz: number[] = []
  const corner: number[] = []
  const vertex = (k: number): Vertex => [ring.xyz[3 * (k % n)], ring.xyz[3 * (k % n) + 1], ring.xyz[3 * (k % n) + 2]]
  for (const [from, to] of splitAtCorners(ring.corner)) {
    const profile = Array.from({ length: to - from + 1 }, (_, i) => vertex(from + i))
    xyz.push(...profile[0])
    corner.push(1)
    for (const inner of crossEdge(profile, sideMm)) {
      xyz.push(...inner)
      corner.push(0)
    }
  }
  return { xyz: Float64Array.from(xyz), corner: Uint8Array.from(corner) }
}

/** Vertices between the two ends of an edge: its stations and crossings, in its own direction. */
const crossEdge = (profile: readonly Vertex[], sideMm: number): Vertex[] => {
  const [first, last] = [profile[0], profile[profile.length - 1]]
  const turned = first[0] > last[0] || (first[0] === last[0] && first[1] > last[1])
  const line = turned ? [...profile].reverse() : profile
  const [p, q] = [line[0], line[line.length - 1]]
  const length = Math.hypot(q[0] - p[0], q[1] - p[1])
  const along = (place: readonly number[]): number =>
    ((place[0] - p[0]) * (q[0] - p[0]) + (place[1] - p[1]) * (q[1] - p[1])) / length
  const crossings = [...crossingsAlong(p, q, 0, sideMm), ...crossingsAlong(p, q, 1, sideMm)]
    .map(([x, y]): Vertex => [x, y, heightAt(line, along, along([x, y]))])
    .sort((a, b) => along(a) - along(b))
    .filter((place, i, all) => i === 0 || place[0] !== all[i - 1][0] || place[1] !== all[i - 1][1])
  const stations = line
    .slice(1, -1)
    .filter((s) => crossings.every((c) => Math.hypot(s[0] - c[0], s[1] - c[1]) >= stationRoom))
  const inner = [...stations, ...crossings].sort((a, b) => along(a) - along(b))
  return turned ? inner.reverse() : inner
}

/** Crossings of the edge with lines of one axis, between its ends. */
const crossingsAlong = (p: Vertex, q: Vertex, axis: 0 | 1, sideMm: number): [number, number][] => {
  const other = 1 - axis
  const [low, high] = [Math.min(p[axis], q[axis]), Math.max(p[axis], q[axis])]
  const places: [number, number][] = []
  for (let at = (Math.floor(low / sideMm) + 1) * sideMm; at < high; at += sideMm) {
    const across = Math.round(p[other] + ((q[other] - p[other]) * (at - p[axis])) / (q[axis] - p[axis]))
    places.push(axis === 0 ? [at, across] : [across, at])
  }
  return places
}

const heightAt = (line: readonly Vertex[], along: (v: Vertex) => number, at: number): number => {
  let k = 1
  while (k < line.length - 1 && along(line[k]) < at) k++
  const [a, b] = [line[k - 1], line[k]]
  const share = Math.min(1, Math.max(0, (at - along(a)) / (along(b) - along(a))))
  return Math.round(a[2] + share * (b[2] - a[2]))
}
