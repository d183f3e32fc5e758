/**
 * Finds where façades recede under eaves, in loggias and behind balconies, and carves these
 * recesses into the solid.
 */
import type { BlockPoints } from "../block/block.js"
import { medianOf, type PointCells, sortIntoCells } from "../block/points.js"
import { heightKey, type RaisedRoof } from "../roof/raise.js"
import { faceKind, type Polyhedron, type PolyhedronFace } from "./polyhedron.js"

/** A wall in plan: its first corner, and the unit vector along it, the inside on its left. */
interface WallLine {
  readonly ox: number
  readonly oy: number
  readonly ux: number
  readonly uy: number
}

/**
 * A recessed rectangle of a wall, `depth` mm deep between two heights. It extends from `start` to
 * `end` along the wall, mm.
 */
export interface WallRecess extends WallLine {
  readonly start: number
  readonly end: number
  readonly low: number
  readonly high: number
  readonly depth: number
}

/**
 * Wall that remains around a recess, mm: beside it, below it, and above it (the edge of the eaves).
 */
const [rimBeside, rimBelow, rimAbove] = [60, 100, 150]
/** Least and largest depth, least length and height, mm. */
const [shallowest, deepest, shortest, lowest] = [250, 1600, 800, 400]
/** Points up to this far in front of a wall, mm, belong to it. */
const before = 300
/**
 * Points of a recess are within this distance of each other across the wall, mm. It must remove
 * this share of the squared distances from the wall.
 */
const [spread, leastSaved] = [350, 0.5]
/**
 * Width of the columns in which depths are compared, mm, and largest difference in depth within a
 * recess.
 */
const [columnWidth, sameDepth] = [500, 200]
/**
 * Least number of points a metre of wall in a recess, and least share of its metres with points.
 */
const [leastPerMetre, leastMetres] = [2, 0.6]
/**
 * Height of the rows in which walls are searched, mm, and least number of points of a row that
 * shows the wall.
 */
const [rowHeight, leastInRow] = [200, 3]
/** Least height of roofs above a recess, and least distance between recesses, mm. */
const [cover, apart] = [100, 60]
/** A recess that meets another shrinks by this at an end, mm, up to so many times. */
const [retreat, retreats] = [200, 8]

/** Least number of points of a recess. */
const leastOfRecess = 12

/** The upright face of a wall in its own plane. */
interface WallFrame extends WallLine {
  readonly length: number
  /** Highest place of its lower edge, and lowest of its upper edge. */
  readonly bottom: number
  readonly top: number
}

/**
 * Finds where walls recede behind the edge of the roof or of a parapet: façades under eaves,
 * loggias, balconies. On each wall of the skin, rows of points behind it, between rows of points on
 * it, form a band. Its depth is where most of its points are. A recess has a rim of wall all around
 * and the roof above it, and meets no other recess, so the solid stays closed.
 *
 * Time: O(points near walls), and O(edges) of the plan a recess.
 */
export const wallRecesses = (skin: Polyhedron, roof: RaisedRoof, points: BlockPoints): WallRecess[] => {
  const cells = sortIntoCells(points.x, points.y, cellSide, cellSide)
  const found = skin.faces.flatMap((face) => {
    const frame = face.kind === faceKind.wall ? makeFrame(skin, face) : undefined
    return frame === undefined ? [] : findBands(frame, points, cells)
  })
  found.sort((p, q) => q.support - p.support)
  const chosen: WallRecess[] = []
  for (const { recess } of found) {
    const own = apartFrom(recess, chosen)
    if (own !== undefined && isCovered(own, roof)) chosen.push(own)
  }
  return chosen
}

/**
 * Carves those recesses that are in a wall of the polyhedron: a hole in the wall, and its back,
 * floor, soffit and two cheeks.
 */
export const carveRecesses = (solid: Polyhedron, recesses: readonly WallRecess[]): Polyhedron => {
  if (recesses.length === 0) return solid
  const positions = [...solid.positions]
  const more: PolyhedronFace[] = []
  const faces = solid.faces.map((face): PolyhedronFace => {
    const frame = face.kind === faceKind.wall ? makeFrame(solid, face) : undefined
    if (frame === undefined) return face
    const own = recesses.filter((recess) => isInWall(recess, frame))
    if (own.length === 0) return face
    const holes = own.map((recess) => carve(recess, face.part, positions, more))
    return { ...face, rings: [...face.rings, ...holes] }
  })
  return { positions, faces: [...faces, ...more] }
}

/** The frame of a wall; undefined if it is too short or low for a recess. */
const makeFrame = ({ positions }: Polyhedron, { rings }: PolyhedronFace): WallFrame | undefined => {
  const [outer] = rings
  const place = (i: number): readonly [number, number, number] => {
    const v = 3 * outer[(i + outer.length) % outer.length]
    return [positions[v], positions[v + 1], positions[v + 2]]
  }
  // Wall rings begin with their lower edge; its farthest vertex gives the most exact direction.
  const [ox, oy] = place(0)
  let [dx, dy, length] = [0, 0, 0]
  for (let i = 1; i < outer.length; i++) {
    const [ex, ey] = [place(i)[0] - ox, place(i)[1] - oy]
    if (Math.hypot(ex, ey) > length) [dx, dy, length] = [ex, ey, Math.hypot(ex, ey)]
  }
  if (length === 0) return undefined
  const [ux, uy] = [dx / length, dy / length]
  let [bottom, top] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < outer.length; i++) {
    const [a, b] = [place(i), place(i + 1)]
    const along = (b[0] - a[0]) * ux + (b[1] - a[1]) * uy
    if (along > 1) bottom = Math.max(bottom, a[2], b[2])
    if (along < -1) top = Math.min(top, a[2], b[2])
  }
  if (length < shortest + 2 * rimBeside || top - bottom < lowest + rimBelow + rimAbove) return undefined
  return { ox, oy, ux, uy, length, bottom, top }
}

/** Side of the cells of points, mm. */
const cellSide = 1000

/** Points in front of and behind a wall, in its frame. */
interface WallPoints {
  readonly along: number[]
  readonly behind: number[]
  readonly z: number[]
}

const pointsAt = (
  { ox, oy, ux, uy, length, bottom, top }: WallFrame,
  { x, y, z }: BlockPoints,
  { columns, rows, starts, order }: PointCells,
): WallPoints => {
  const found: WallPoints = { along: [], behind: [], z: [] }
  const corner = (t: number, d: number): readonly [number, number] => [ox + t * ux - d * uy, oy + t * uy + d * ux]
  const corners = [corner(0, -before), corner(length, -before), corner(length, deepest), corner(0, deepest)]
  const bound = (axis: 0 | 1, of: (...values: number[]) => number, most: number): number =>
    Math.min(most - 1, Math.max(0, Math.floor(of(...corners.map((place) => place[axis])) / cellSide)))
  const [c0, c1] = [bound(0, Math.min, columns), bound(0, Math.max, columns)]
  for (let r = bound(1, Math.min, rows); r <= bound(1, Math.max, rows); r++) {
    for (let k = starts[r * columns + c0]; k < starts[r * columns + c1 + 1]; k++) {
      const i = order[k]
      const [dx, dy] = [x[i] - ox, y[i] - oy]
      const [t, d] = [dx * ux + dy * uy, dy * ux - dx * uy]
      if (t < 0 || t > length || d < -before || d > deepest || z[i] < bottom || z[i] > top) continue
      found.along.push(t)
      found.behind.push(d)
      found.z.push(z[i])
    }
  }
  return found
}

interface Candidate {
  readonly recess: WallRecess
  /** Squared distances that it removes, mm². */
  readonly support: number
}

/** Recesses of one wall, from below: maximal runs of rows that are not on the wall. */
const findBands = (frame: WallFrame, points: BlockPoints, cells: PointCells): Candidate[] => {
  const near = pointsAt(frame, points, cells)
  if (near.z.length < leastOfRecess) return []
  const rows: number[][] = Array.from({ length: Math.ceil((frame.top - frame.bottom) / rowHeight) + 1 }, () => [])
  near.z.forEach((z, i) => {
    rows[Math.floor((z - frame.bottom) / rowHeight)].push(i)
  })
  const isFront = rows.map((own) => own.length >= leastInRow && medianOf(own.map((i) => near.behind[i])) < shallowest)
  const found: Candidate[] = []
  for (let first = 0; first < rows.length; first++) {
    if (isFront[first]) continue
    let end = first
    while (end < rows.length && !isFront[end]) end++
    const low = Math.max(frame.bottom + rimBelow, frame.bottom + first * rowHeight)
    const high = Math.min(frame.top - rimAbove, frame.bottom + end * rowHeight)
    found.push(...fitBand(frame, near, rows.slice(first, end).flat(), low, high))
    first = end
  }
  return found
}

/** The recess of a whole band, or those of stretches of similar depth if they remove more. */
const fitBand = (
  frame: WallFrame,
  near: WallPoints,
  band: readonly number[],
  low: number,
  high: number,
): readonly Candidate[] => {
  const inBand = band.filter((i) => near.z[i] >= low && near.z[i] <= high)
  if (high - low < lowest || inBand.length < leastOfRecess) return []
  const one = (own: readonly number[], from: number, to: number): Candidate[] => {
    const recess = fitRecess(frame, near, own, [low, high], [from, to])
    return recess ? [recess] : []
  }
  const whole = one(inBand, 0, frame.length)
  const parts = splitByDepth(frame, near, inBand).flatMap(([from, to]) => {
    const own = inBand.filter((i) => near.along[i] >= from && near.along[i] <= to)
    return one(own, from, to)
  })
  const saved = (of: readonly Candidate[]): number => of.reduce((sum, { support }) => sum + support, 0)
  return saved(parts) > saved(whole) ? parts : whole
}

/** Stretches of a wall, from and to along it, in which points are equally deep. */
const splitByDepth = (
  { length }: WallFrame,
  { along, behind }: WallPoints,
  band: readonly number[],
): [number, number][] => {
  const columns: number[][] = Array.from({ length: Math.floor(length / columnWidth) + 1 }, () => [])
  for (const i of band) columns[Math.floor(along[i] / columnWidth)].push(behind[i])
  const found: [number, number][] = []
  let open: { first: number; last: number; depth: number } | undefined
  columns.forEach((own, c) => {
    if (own.length < leastInRow) return
    const depth = medianOf(own)
    if (open && c - open.last <= 2 && Math.abs(depth - open.depth) <= sameDepth) {
      open = { first: open.first, last: c, depth: (open.depth * (c - open.first) + depth) / (c - open.first + 1) }
      return
    }
    if (open) found.push([open.first * columnWidth, (open.last + 1) * columnWidth])
    open = depth >= shallowest ? { first: c, last: c, depth } : undefined
  })
  if (open) found.push([open.first * columnWidth, (open.last + 1) * columnWidth])
  return found
}

const fitRecess = (
  frame: WallFrame,
  { along, behind, z }: WallPoints,
  inBand: readonly number[],
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): Candidate | undefined => {
  const back = densest(inBand, behind)
  if (back.own.length < leastOfRecess) return undefined
  const places = Float64Array.from(back.own, (i) => along[i]).sort()
  const at = (share: number): number => places[Math.round(share * (places.length - 1))]
  // Margin beyond the outermost points, by the density of points.
  const room = Math.min(500, (1.5 * (at(0.98) - at(0.02))) / back.own.length + 100)
  const start = Math.max(rimBeside, from, at(0.02) - room)
  const end = Math.min(frame.length - rimBeside, to, at(0.98) + room)
  const metres = Math.max(1, Math.round((end - start) / 1000))
  const covered = new Set(back.own.map((i) => Math.floor(((along[i] - start) * metres) / (end - start))))
  if (back.own.length < (leastPerMetre * (end - start)) / 1000 || covered.size < leastMetres * metres) return undefined
  if (end - start < shortest || back.mean < shallowest || back.mean > deepest) return undefined
  const { ox, oy, ux, uy } = frame
  const depth = Math.round(back.mean)
  const recess = {
    ...{ ox, oy, ux, uy, depth },
    ...{ start: Math.round(start), end: Math.round(end), low: Math.ceil(low), high: Math.floor(high) },
  }
  let [squared, left] = [0, 0]
  for (const i of inBand) {
    if (along[i] < start || along[i] > end) continue
    squared += behind[i] ** 2
    left += Math.min((behind[i] - depth) ** 2, (high - z[i]) ** 2, (z[i] - low) ** 2)
  }
  return squared - left > leastSaved * squared ? { recess, support: squared - left } : undefined
}

/** The points in the densest window, and their mean. */
const densest = (
  own: readonly number[],
  values: readonly number[],
): { readonly own: readonly number[]; readonly mean: number } => {
  const sorted = [...own].sort((p, q) => values[p] - values[q] || p - q)
  let [first, size] = [0, 0]
  for (let low = 0, high = 0; high < sorted.length; high++) {
    while (values[sorted[high]] - values[sorted[low]] > spread) low++
    if (high - low + 1 > size) [first, size] = [low, high - low + 1]
  }
  const inner = sorted.slice(first, first + size)
  return { own: inner, mean: inner.reduce((sum, i) => sum + values[i], 0) / Math.max(1, size) }
}

/**
 * The recess, shortened at its ends until it meets no other; undefined if it would be too short.
 */
const apartFrom = (recess: WallRecess, others: readonly WallRecess[]): WallRecess | undefined => {
  const isFree = (one: WallRecess): boolean => others.every((other) => !meet(one, other))
  for (let sum = 0; sum <= retreats; sum++) {
    for (let left = 0; left <= sum; left++) {
      const own = { ...recess, start: recess.start + left * retreat, end: recess.end - (sum - left) * retreat }
      if (own.end - own.start >= shortest && isFree(own)) return own
    }
  }
  return undefined
}

type Quad = readonly (readonly [x: number, y: number])[]

const planOf = ({ ox, oy, ux, uy, start, end, depth }: WallRecess, grown: number): Quad => {
  const at = (t: number, d: number): readonly [number, number] => [ox + t * ux - d * uy, oy + t * uy + d * ux]
  return [at(start - grown, 0), at(end + grown, 0), at(end + grown, depth + grown), at(start - grown, depth + grown)]
}

/** True if two recesses are near each other, in plan and in height. */
const meet = (p: WallRecess, q: WallRecess): boolean => {
  if (p.low > q.high + apart || q.low > p.high + apart) return false
  const [a, b] = [planOf(p, apart), planOf(q, apart)]
  // Separating axes of the two rectangles.
  return [p, q].every(({ ux, uy }) =>
    [
      [ux, uy],
      [-uy, ux],
    ].every(([nx, ny]) => {
      const [fromA, fromB] = [a, b].map((quad) => quad.map(([x, y]) => x * nx + y * ny))
      return Math.max(...fromA) > Math.min(...fromB) && Math.max(...fromB) > Math.min(...fromA)
    }),
  )
}

/**
 * True if the roof of one building is above the whole recess: no plan edge near it has a lower
 * roof.
 */
const isCovered = (recess: WallRecess, { plan, heights }: RaisedRoof): boolean => {
  const { ox, oy, ux, uy, start, end, depth, high } = recess
  const over = high + cover
  const heightOf = (face: number, v: number): number => heights.get(heightKey(face, v)) ?? Number.NEGATIVE_INFINITY
  let isWithin = false
  for (let e = 0; e < plan.from.length; e++) {
    const [a, b] = [plan.from[e], plan.to[e]]
    const [ta, da] = [(plan.x[a] - ox) * ux + (plan.y[a] - oy) * uy, (plan.y[a] - oy) * ux - (plan.x[a] - ox) * uy]
    const [tb, db] = [(plan.x[b] - ox) * ux + (plan.y[b] - oy) * uy, (plan.y[b] - oy) * ux - (plan.x[b] - ox) * uy]
    const isOnLine = Math.abs(da) < 3 && Math.abs(db) < 3
    if (!crosses(ta, da, tb, db, [start - apart, isOnLine ? -3 : 3, end + apart, depth + apart])) continue
    // At the wall's own edge only the inside counts, on its left as the wall runs.
    const inner = tb > ta ? plan.left[e] : plan.right[e]
    const sides = isOnLine ? [inner] : [plan.left[e], plan.right[e]]
    if (isOnLine) isWithin = true
    if (sides.some((face) => face < 0 || Math.min(heightOf(face, a), heightOf(face, b)) < over)) return false
    if (!isOnLine && plan.member[plan.left[e]] !== plan.member[plan.right[e]]) return false
    if (isOnLine && !isHighOver(inner, recess, { plan, heights }, over)) return false
  }
  return isWithin
}

/**
 * True if the plane of a face, through three of its corners, is above both ends of the back of a
 * recess.
 */
const isHighOver = (
  face: number,
  recess: WallRecess,
  { plan, heights }: Pick<RaisedRoof, "plan" | "heights">,
  over: number,
): boolean => {
  const corners: [number, number, number][] = []
  plan.from.forEach((v, e) => {
    for (const w of [v, plan.to[e]]) {
      if (plan.left[e] !== face && plan.right[e] !== face) continue
      corners.push([plan.x[w], plan.y[w], heights.get(heightKey(face, w)) ?? Number.NEGATIVE_INFINITY])
    }
  })
  if (Math.min(...corners.map(([, , z]) => z)) >= over) return true
  const [, , c, d] = planOf(recess, apart)
  const plane = planeThrough(corners)
  return plane !== undefined && [c, d].every(([x, y]) => plane(x, y) >= over + cover)
}

/**
 * Height of the plane through the first corner and the two that form the widest triangle with it.
 */
const planeThrough = (
  corners: readonly (readonly [number, number, number])[],
): ((x: number, y: number) => number) | undefined => {
  const [a] = corners
  let [best, area] = [[a, a], 0]
  for (const b of corners) {
    for (const c of corners) {
      const twice = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
      if (twice > area) [best, area] = [[b, c], twice]
    }
  }
  if (area === 0) return undefined
  const [b, c] = best
  return (x, y) => {
    const s = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
    const t = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
    return a[2] + s * (b[2] - a[2]) + t * (c[2] - a[2])
  }
}

/** True where a segment meets a box (Liang and Barsky). */
const crosses = (
  ax: number,
  ay: number,
  bx: number,
  by: number,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
): boolean => {
  let [enter, leave] = [0, 1]
  for (const [p, q] of [
    [ax - bx, ax - x0],
    [bx - ax, x1 - ax],
    [ay - by, ay - y0],
    [by - ay, y1 - ay],
  ]) {
    if (p === 0) {
      if (q < 0) return false
    } else if (p < 0) enter = Math.max(enter, q / p)
    else leave = Math.min(leave, q / p)
  }
  return enter <= leave
}

/** True if the recess is in this wall, with a rim around it. */
const isInWall = (recess: WallRecess, { ox, oy, ux, uy, length, bottom, top }: WallFrame): boolean => {
  if (ux * recess.ux + uy * recess.uy < 0.999999) return false
  const place = (t: number): readonly [number, number] => [
    recess.ox + t * recess.ux - ox,
    recess.oy + t * recess.uy - oy,
  ]
  const [[ax, ay], [bx, by]] = [place(recess.start), place(recess.end)]
  if (Math.abs(ay * ux - ax * uy) > 3 || Math.abs(by * ux - bx * uy) > 3) return false
  if (ax * ux + ay * uy < rimBeside - 5 || bx * ux + by * uy > length - rimBeside + 5) return false
  return recess.low >= bottom + rimBelow - 5 && recess.high <= top - rimAbove + 5
}

const tenth = (mm: number): number => Math.round(10 * mm) / 10

/** Adds the faces of a recess; returns the hole in its wall. */
const carve = (
  { ox, oy, ux, uy, start, end, low, high, depth }: WallRecess,
  part: number,
  positions: number[],
  faces: PolyhedronFace[],
): number[] => {
  const vertex = (t: number, d: number, z: number): number => {
    positions.push(tenth(ox + t * ux - d * uy), tenth(oy + t * uy + d * ux), z)
    return positions.length / 3 - 1
  }
  const around = (d: number): readonly [number, number, number, number] => [
    vertex(start, d, low),
    vertex(end, d, low),
    vertex(end, d, high),
    vertex(start, d, high),
  ]
  const [f, b] = [around(0), around(depth)]
  const face = (kind: number, ...ring: number[]): void => {
    faces.push({ kind, part, rings: [ring] })
  }
  face(faceKind.wall, b[0], b[1], b[2], b[3])
  face(faceKind.outerFloor, f[0], f[1], b[1], b[0])
  face(faceKind.outerCeiling, f[2], f[3], b[3], b[2])
  face(faceKind.wall, f[0], b[0], b[3], f[3])
  face(faceKind.wall, b[1], f[1], f[2], b[2])
  return [f[0], f[3], f[2], f[1]]
}
