import { checkSolid } from "../../engine/check/solid/check-solid.js"
import { seededRandom } from "../../engine/core/random.js"
import type { Mesh, Solids, Tile } from "../../engine/kernel.js"
import { createArena } from "../../engine/worker/thread-use.js"
import building from "../../kernels/building/model.js"
import type { Polyhedron } from "../../kernels/building/solid/polyhedron.js"
import { encodeFootprints, type Footprint } from "../../kernels/handover/footprint/footprint.js"

/** Points in whole millimetres of the CRS. */
export type PointsMm = readonly (readonly [x: number, y: number, z: number])[]

/**
 * A block of corner rings (CRS metres, closed or not) on sloping ground, with a station every 5 m.
 */
export const footprintOf = (
  id: string,
  rings: readonly ArrayLike<number>[],
  ground: (x: number, y: number) => number,
  members: Footprint["members"] = [],
): Footprint => {
  const footRings = rings.map((ring) => {
    const corners: [number, number][] = []
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const place: [number, number] = [
        Math.round((ring[i] as number) * 1000),
        Math.round((ring[i + 1] as number) * 1000),
      ]
      if (!corners.some(([x, y]) => x === place[0] && y === place[1])) corners.push(place)
    }
    const [xyz, corner]: number[][] = [[], []]
    corners.forEach(([ax, ay], i) => {
      const [bx, by] = corners[(i + 1) % corners.length] as [number, number]
      const pieces = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / 5000))
      for (let s = 0; s < pieces; s++) {
        const [x, y] = [Math.round(ax + ((bx - ax) * s) / pieces), Math.round(ay + ((by - ay) * s) / pieces)]
        xyz.push(x, y, Math.round(ground(x / 1000, y / 1000) * 1000))
        corner.push(s === 0 ? 1 : 0)
      }
    })
    return { xyz: Float64Array.from(xyz), corner: Uint8Array.from(corner) }
  })
  const outer = footRings[0]?.xyz ?? new Float64Array(3)
  const heights = footRings.flatMap(({ xyz }) => Array.from(xyz).filter((_, i) => i % 3 === 2))
  const representative = [outer[0] as number, outer[1] as number] as const
  return {
    kind: 6,
    id,
    representative,
    rings: footRings,
    levelMm: Math.min(...heights),
    truncated: false,
    members,
    attributes: {},
  }
}

/** Seeded points of a roof within a box (metres), with height noise of the given sigma. */
export const scanRoof = (
  height: (x: number, y: number) => number,
  [minX, minY, maxX, maxY]: readonly [number, number, number, number],
  { density, sigma, seed }: { density: number; sigma: number; seed: number },
): PointsMm => {
  const random = seededRandom(seed)
  const points: (readonly [number, number, number])[] = []
  for (let i = 0; i < density * (maxX - minX) * (maxY - minY); i++) {
    const [x, y] = [minX + random() * (maxX - minX), minY + random() * (maxY - minY)]
    const z = height(x, y)
    const noise = (random() + random() + random() + random() - 2) * Math.sqrt(3) * sigma
    if (!Number.isNaN(z)) points.push([Math.round(x * 1000), Math.round(y * 1000), Math.round((z + noise) * 1000)])
  }
  return points
}

/**
 * Seeded points of a roof along parallel scan lines, 1 m apart and `along` metres from point to
 * point, turned by `angle` radians.
 */
export const scanLines = (
  height: (x: number, y: number) => number,
  [minX, minY, maxX, maxY]: readonly [number, number, number, number],
  { along, angle, sigma, seed }: { along: number; angle: number; sigma: number; seed: number },
): PointsMm => {
  const random = seededRandom(seed)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const half = Math.hypot(maxX - minX, maxY - minY) / 2
  const points: (readonly [number, number, number])[] = []
  for (let line = -half; line < half; line += 1) {
    for (let at = -half; at < half; at += along) {
      const [u, v] = [at + 0.3 * along * (random() - 0.5), line + 0.06 * (random() - 0.5)]
      const [x, y] = [(minX + maxX) / 2 + u * cos - v * sin, (minY + maxY) / 2 + u * sin + v * cos]
      const noise = (random() + random() + random() + random() - 2) * Math.sqrt(3) * sigma
      const z = height(x, y) + noise
      if (!Number.isNaN(z)) points.push([Math.round(x * 1000), Math.round(y * 1000), Math.round(z * 1000)])
    }
  }
  return points
}

/** Runs the kernel on one tile. Points of other tiles come by `listed`. */
export const runBuilding = (
  cell: readonly [number, number, number, number],
  objects: readonly Footprint[],
  points: PointsMm,
  listed: readonly Uint8Array[] = [],
  detail: "normal" | "high" = "normal",
) => {
  const origin: readonly [number, number, number] = [cell[0], cell[1], 0]
  const tile: Tile = { key: "0/0/0", cell, core: cell, extent: cell, origin, step: 1, epsg: 2154 }
  const column = (axis: 0 | 1 | 2): Int32Array => Int32Array.from(points, (p) => p[axis] - origin[axis] * 1000)
  const input = {
    "roof-points": { count: points.length, x: column(0), y: column(1), z: column(2), scale: 0.001, origin },
    "building-own": encodeFootprints(objects),
    "building-object": new Uint8Array(0),
    "building-points": listed,
  }
  return building.run(tile, input, { detail, minPlane: 0.8, simplicity: 0.05 }, createArena())
}

/** Each solid as a polyhedron; all over the same vertices. */
export const polyhedraOf = (solids: Solids): Polyhedron[] => {
  const positions = Array.from(solids.positions)
  return Array.from(solids.solidEnds, (end, s) => ({
    positions,
    faces: range(s > 0 ? (solids.solidEnds[s - 1] as number) : 0, end).map((f) => ({
      kind: solids.faceKinds[f] as number,
      part: -1,
      rings: range(f > 0 ? (solids.faceEnds[f - 1] as number) : 0, solids.faceEnds[f] as number).map((r) =>
        Array.from(solids.ringVertices.subarray(r > 0 ? solids.ringEnds[r - 1] : 0, solids.ringEnds[r])),
      ),
    })),
  }))
}

/**
 * Faults of solids whose faces must lie on their planes: 1 mm, triangles over 5 cm within 1°, steps
 * of 1 cm or more.
 */
export const strictFaults = (solids: Solids): number[] =>
  polyhedraOf(solids).flatMap(({ positions, faces }) => {
    // Of this solid only: vertices of a neighbour may be nearer than a centimetre.
    const used = [...new Set(faces.flatMap(({ rings }) => rings.flat()))]
    const vertices = Float64Array.from(used.flatMap((v) => positions.slice(3 * v, 3 * v + 3).map((mm) => mm / 1000)))
    const own = new Map(used.map((v, i) => [v, i]))
    const shell = faces.map(({ rings }) => rings.map((ring) => ring.map((v) => own.get(v) as number)))
    const { faults } = checkSolid({ vertices, shells: [shell] }, { snap: 0.01, plane: 0.001, fold: 1, thin: 0.05 })
    return faults.map(({ code }) => code)
  })

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/**
 * Edges of a skin that only one triangle has, as keys of their end positions; throws where an edge
 * has more than two or runs twice the same way.
 */
export const openEdges = ({ positions, triangles }: Mesh): [string, string][] => {
  const place = (v: number): string => `${positions[3 * v]} ${positions[3 * v + 1]} ${positions[3 * v + 2]}`
  const seen = new Set<string>()
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [0, 1, 2].map((k) => place(triangles[t + k] as number))
    if (new Set(corners).size < 3) throw new Error("a triangle without area")
    corners.forEach((a, k) => {
      const key = `${a}|${corners[(k + 1) % 3]}`
      if (seen.has(key)) throw new Error(`the edge ${key} runs twice the same way`)
      seen.add(key)
    })
  }
  return [...seen].map((key) => key.split("|") as [string, string]).filter(([a, b]) => !seen.has(`${b}|${a}`))
}
