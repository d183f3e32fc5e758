/**
 * Candidate lines that divide a roof into pieces: ridges, hips, valleys and steps between planes,
 * and boxes of small planes.
 */
import { addToList } from "../../../engine/core/lists.js"
import { mergeDistance, type Segment } from "../../geometry/arrange-segments.js"
import type { LabelledGrid } from "../block/grid.js"
import { labelRegions, leastBend, type RoofCells } from "./merge-regions.js"
import type { RoofPlane } from "./raise.js"

/** A line that may divide roofs, before it is cut: in plan, mm. */
interface Line {
  /** Unit direction. */
  readonly dx: number
  readonly dy: number
  /** Offset along the normal (−dy, dx). */
  readonly offset: number
  /** Extent along the direction. */
  readonly start: number
  readonly end: number
  /** Number of border samples that it explains. */
  readonly support: number
  readonly ridge: boolean
}

/** Largest distance of a border sample from its ridge, mm. */
const ridgeReach = 450
/** Width of the window in which samples form one step line, mm. */
const stepWidth = 450
/** A step takes the direction of its samples if that explains so many times more of them. */
const ownDirection = 3
/** Lines of one direction nearer than this, mm, merge. */
const sameOffset = 300
/** Lines extend this far beyond their samples, mm, to meet others. */
const overreach = 1200
/** Sine of 5°: directions that differ by less are the same. */
const sameSine = 0.087
const leastSamples = 4
/** Samples of a run along a step are not farther apart, mm. */
const longestGap = 750
/** Largest number of lines in a block; those with most samples stay. */
const mostLines = 500

/**
 * Candidate lines of a roof, from the borders between planes in the grid. Ridges, hips and valleys
 * are intersections of planes. Steps are lines through the border samples. Their direction is that
 * of the outline, else that of the samples. Similar lines
 * merge. Lines extend 1.2 m beyond their samples, so that they meet.
 *
 * @param rings of the outline, mm; their directions take precedence
 */
export const roofLines = (
  roof: Pick<RoofCells, "cells" | "planes" | "members">,
  rings: readonly Float64Array[],
): Segment[] => {
  const { cells, planes } = roof
  const edges = ringSegments(rings)
  const outline = ringDirections(rings)
  const lines: Line[] = []
  for (const [key, samples] of [...borders(cells, planes.length)].sort((a, b) => a[0] - b[0])) {
    const [p, q] = [planes[Math.floor(key / planes.length)], planes[key % planes.length]]
    const left = takeRidge(p, q, samples, lines)
    if (left.length >= 2 * leastSamples) takeSteps(outline, left, lines)
  }
  const distinct = joinLines(lines).filter((line) => line.ridge || !besideRing(line, edges))
  const segments = extendToLines(distinct.slice(0, mostLines).map(toSegment), edges)
  return [...segments, ...cornerSegments(segments, edges), ...smallBoxes(roof, rings)]
}

/** A segment from a corner crosses its edge at this distance, mm, where vertices merge. */
const besideCorner = 20

/**
 * From each corner of the outline across to the lines that run beside one of its edges: where such
 * a line passes the corner, the strip between them ends. Nearer lines go through the corner.
 */
const cornerSegments = (segments: readonly Segment[], edges: readonly Segment[]): Segment[] => {
  const ends = [...edges, ...edges.map(({ ax, ay, bx, by }) => ({ ax: bx, ay: by, bx: ax, by: ay }))]
  return segments.flatMap((line) => {
    const length = Math.hypot(line.bx - line.ax, line.by - line.ay)
    const [dx, dy] = [(line.bx - line.ax) / length, (line.by - line.ay) / length]
    return ends.flatMap(({ ax, ay, bx, by }) => {
      const edge = Math.hypot(bx - ax, by - ay)
      if (edge < mergeDistance || Math.abs(dx * (by - ay) - dy * (bx - ax)) > sameSine * edge) return []
      const [x, y] = [ax + (besideCorner * (bx - ax)) / edge, ay + (besideCorner * (by - ay)) / edge]
      const along = dx * (x - line.ax) + dy * (y - line.ay)
      const off = dx * (y - line.ay) - dy * (x - line.ax)
      if (along < 0 || along > length || Math.abs(off) > sameOffset || Math.abs(off) < mergeDistance) return []
      const beyond = Math.sign(off) * 10
      return [{ ax: x - dy * beyond, ay: y + dx * beyond, bx: x + dy * (off + beyond), by: y - dx * (off + beyond) }]
    })
  })
}

/** Extra distance, mm, by which an extended line passes the line or edge that it reaches. */
const touch = 100

/**
 * Extends each end to the first line or edge of the outline ahead, in order, so that lines bound
 * pieces instead of ending inside one.
 */
const extendToLines = (segments: readonly Segment[], edges: readonly Segment[]): Segment[] => {
  const result = [...segments]
  for (let k = 0; k < result.length; k++) {
    const { ax, ay, bx, by } = result[k]
    const length = Math.hypot(bx - ax, by - ay)
    const [dx, dy] = [(bx - ax) / length, (by - ay) / length]
    const ahead = (px: number, py: number, sign: number): number => {
      let least = Number.POSITIVE_INFINITY
      const [ux, uy] = [sign * dx, sign * dy]
      for (const edge of edges) least = Math.min(least, meeting(px, py, ux, uy, edge))
      for (let j = 0; j < result.length; j++) if (j !== k) least = Math.min(least, meeting(px, py, ux, uy, result[j]))
      return Number.isFinite(least) ? least - overreach + touch : 0
    }
    // Starts where the samples end: the overreach may already cross a line.
    const start = ahead(ax + dx * overreach, ay + dy * overreach, -1)
    const end = ahead(bx - dx * overreach, by - dy * overreach, 1)
    result[k] = {
      ax: ax - dx * Math.max(0, start),
      ay: ay - dy * Math.max(0, start),
      bx: bx + dx * Math.max(0, end),
      by: by + dy * Math.max(0, end),
    }
  }
  return result
}

export const ringSegments = (rings: readonly Float64Array[]): Segment[] =>
  rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i): Segment => {
      const j = (2 * i + 2) % ring.length
      return { ax: ring[2 * i], ay: ring[2 * i + 1], bx: ring[j], by: ring[j + 1] }
    }),
  )

/** Distance along a ray to a segment, Infinity if they do not meet. */
const meeting = (px: number, py: number, dx: number, dy: number, { ax, ay, bx, by }: Segment): number => {
  const ex = bx - ax
  const ey = by - ay
  const cross = dx * ey - dy * ex
  if (Math.abs(cross) < 0.02 * Math.hypot(ex, ey)) return Number.POSITIVE_INFINITY
  const t = ((ax - px) * ey - (ay - py) * ex) / cross
  const s = ((ax - px) * dy - (ay - py) * dx) / cross
  return t >= 0 && s >= 0 && s <= 1 ? t : Number.POSITIVE_INFINITY
}

const toSegment = ({ dx, dy, offset, start, end }: Line): Segment => ({
  ax: start * dx - offset * dy,
  ay: start * dy + offset * dx,
  bx: end * dx - offset * dy,
  by: end * dy + offset * dx,
})

/** Margin around the middles of the outermost cells of a box, mm. */
const topRim = 30

/** Largest box, mm², and least share of it that the plane's cells fill. */
const largestBox = 8e6
const leastFill = 0.4

/**
 * A box around each small region (chimneys, dormers), in the direction of the outline, else of the
 * axes, that makes it smallest.
 */
const smallBoxes = (roof: Pick<RoofCells, "cells" | "members">, rings: readonly Float64Array[]): Segment[] => {
  const { side, columns } = roof.cells
  const directions = boxDirections(rings)
  const regions = new Map<number, number[]>()
  labelRegions(roof).forEach((region, cell) => {
    if (region >= 0) addToList(regions, region, cell)
  })
  return [...regions.values()].flatMap((own) => {
    const area = own.length * side * side
    if (area > largestBox) return []
    const x = own.map((cell) => ((cell % columns) + 0.5) * side)
    const y = own.map((cell) => (Math.floor(cell / columns) + 0.5) * side)
    let best: { area: number; sides: Segment[] } | undefined
    for (const direction of directions) {
      const box = boxAround(x, y, direction)
      if (!best || box.area < best.area - 1) best = box
    }
    return best && best.area <= largestBox && area >= leastFill * best.area ? best.sides : []
  })
}

/** Bounding box of places in the frame of a direction: u along it, v to its left. */
export const boxAlong = (
  [dx, dy]: Direction,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  own: Iterable<number>,
): { u0: number; v0: number; u1: number; v1: number } => {
  let [u0, v0, u1, v1] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const i of own) {
    const u = dx * x[i] + dy * y[i]
    const v = dx * y[i] - dy * x[i]
    u0 = Math.min(u0, u)
    u1 = Math.max(u1, u)
    v0 = Math.min(v0, v)
    v1 = Math.max(v1, v)
  }
  return { u0, v0, u1, v1 }
}

const boxAround = (
  x: readonly number[],
  y: readonly number[],
  direction: Direction,
): { area: number; sides: Segment[] } => {
  const [dx, dy] = direction
  const box = boxAlong(direction, x, y, x.keys())
  const [u0, v0, u1, v1] = [box.u0 - topRim, box.v0 - topRim, box.u1 + topRim, box.v1 + topRim]
  const side = (ua: number, va: number, ub: number, vb: number): Segment => ({
    ax: ua * dx - va * dy,
    ay: ua * dy + va * dx,
    bx: ub * dx - vb * dy,
    by: ub * dy + vb * dx,
  })
  // Extends sides slightly beyond the corners, so that they cross there.
  const over = 10
  const sides = [
    side(u0 - over, v0, u1 + over, v0),
    side(u1, v0 - over, u1, v1 + over),
    side(u1 + over, v1, u0 - over, v1),
    side(u0, v1 + over, u0, v0 - over),
  ]
  return { area: (u1 - u0) * (v1 - v0), sides }
}

/** Middles of the sides between inner cells of two planes, as x, y, by pair of planes. */
const borders = ({ side, columns, rows, inside, label }: LabelledGrid, planes: number): Map<number, number[]> => {
  const found = new Map<number, number[]>()
  const note = (p: number, q: number, x: number, y: number): void => {
    const key = Math.min(p, q) * planes + Math.max(p, q)
    const samples = found.get(key)
    if (samples) samples.push(x, y)
    else found.set(key, [x, y])
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const cell = r * columns + c
      const p = label[cell]
      if (inside[cell] === 0 || p < 0) continue
      const [east, north] = [cell + 1, cell + columns]
      if (c + 1 < columns && inside[east] === 1 && label[east] !== p)
        note(p, label[east], (c + 1) * side, (r + 0.5) * side)
      if (r + 1 < rows && inside[north] === 1 && label[north] !== p)
        note(p, label[north], (c + 0.5) * side, (r + 1) * side)
    }
  }
  return found
}

/** Adds the line where two planes meet if samples are on it; returns the other samples. */
const takeRidge = (p: RoofPlane, q: RoofPlane, samples: readonly number[], lines: Line[]): number[] => {
  const [a, b, c] = [p.a - q.a, p.b - q.b, p.c - q.c]
  const bend = Math.sqrt(a * a + b * b)
  if (bend < leastBend) return [...samples]
  const [dx, dy, offset] = [b / bend, -a / bend, -c / bend]
  const rest: number[] = []
  let [start, end, support] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let i = 0; i < samples.length; i += 2) {
    const [x, y] = [samples[i], samples[i + 1]]
    if (Math.abs(-dy * x + dx * y - offset) > ridgeReach) {
      rest.push(x, y)
      continue
    }
    const t = dx * x + dy * y
    ;[start, end, support] = [Math.min(start, t), Math.max(end, t), support + 1]
  }
  if (support < leastSamples) return [...samples]
  lines.push({ dx, dy, offset, start: start - overreach, end: end + overreach, support, ridge: true })
  return rest
}

export type Direction = readonly [dx: number, dy: number]

/** Adds lines through the samples, the one that explains most first. */
const takeSteps = (directions: readonly Direction[], samples: readonly number[], lines: Line[]): void => {
  let left = samples
  for (let round = 0; round < 8 && left.length >= 2 * leastSamples; round++) {
    let best = { on: [] as number[], direction: [1, 0] as Direction }
    for (const direction of directions) {
      const on = densest(direction, left, Math.max(leastSamples - 1, best.on.length))
      if (on !== undefined) best = { on, direction }
    }
    const own = mainDirection(left)
    const on = densest(own, left, Math.max(leastSamples - 1, ownDirection * best.on.length))
    if (on !== undefined) best = { on, direction: own }
    if (best.on.length === 0) return
    const [dx, dy] = best.direction
    const support = best.on.length
    let [start, end, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
    for (const i of best.on) {
      const t = dx * left[i] + dy * left[i + 1]
      ;[start, end, sum] = [Math.min(start, t), Math.max(end, t), sum - dy * left[i] + dx * left[i + 1]]
    }
    const offset = sum / support
    lines.push({ dx, dy, offset, start: start - overreach, end: end + overreach, support, ridge: false })
    const taken = new Set(best.on)
    left = left.filter((_, i) => !taken.has(i - (i % 2)))
  }
}

/**
 * The most samples in a window across the direction, in runs along it; undefined if no window has
 * more than `least`.
 */
const densest = ([dx, dy]: Direction, samples: readonly number[], least: number): number[] | undefined => {
  const offset = (i: number): number => -dy * samples[i] + dx * samples[i + 1]
  const along = (i: number): number => dx * samples[i] + dy * samples[i + 1]
  const order = Array.from({ length: samples.length / 2 }, (_, i) => 2 * i)
  order.sort((i, j) => offset(i) - offset(j) || i - j)
  let best: number[] | undefined
  for (let first = 0, last = 0; last < order.length; last++) {
    while (offset(order[last]) - offset(order[first]) > stepWidth) first++
    if (last - first < (best?.length ?? least)) continue
    const on = inRuns(order.slice(first, last + 1), along)
    if (on.length > (best?.length ?? least)) best = on
  }
  return best
}

/** The samples in runs of {@link leastSamples} or more without a long gap. */
const inRuns = (samples: number[], along: (i: number) => number): number[] => {
  const found: number[] = []
  samples.sort((i, j) => along(i) - along(j) || i - j)
  for (let first = 0, next = 1; next <= samples.length; next++) {
    if (next < samples.length && along(samples[next]) - along(samples[next - 1]) <= longestGap) continue
    if (next - first >= leastSamples) found.push(...samples.slice(first, next))
    first = next
  }
  return found
}

/** Direction in which the samples spread most. */
const mainDirection = (samples: readonly number[]): Direction => {
  const n = samples.length / 2
  let [mx, my, xx, xy, yy] = [0, 0, 0, 0, 0]
  for (let i = 0; i < samples.length; i += 2) {
    mx += samples[i] / n
    my += samples[i + 1] / n
  }
  for (let i = 0; i < samples.length; i += 2) {
    const [x, y] = [samples[i] - mx, samples[i + 1] - my]
    ;[xx, xy, yy] = [xx + x * x, xy + x * y, yy + y * y]
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2
  return [Math.cos(angle), Math.sin(angle)]
}

/**
 * Directions of the outline's edges of at least 1.5 m, the longest first, and their perpendiculars,
 * without duplicates.
 */
const ringDirections = (rings: readonly Float64Array[]): Direction[] => {
  const edges: { length: number; direction: Direction }[] = []
  for (const { ax, ay, bx, by } of ringSegments(rings)) {
    const [dx, dy] = [bx - ax, by - ay]
    const length = Math.sqrt(dx * dx + dy * dy)
    if (length >= 1500) edges.push({ length, direction: [dx / length, dy / length] })
  }
  edges.sort((p, q) => q.length - p.length)
  const chosen: Direction[] = []
  for (const { direction } of edges) {
    if (chosen.length >= 16) break
    addDirection(chosen, direction)
    addDirection(chosen, [-direction[1], direction[0]])
  }
  return chosen
}

/** Candidate directions of boxes: those of the outline, else of the axes. */
export const boxDirections = (rings: readonly Float64Array[]): readonly Direction[] => {
  const directions = ringDirections(rings)
  return directions.length > 0 ? directions : [[1, 0]]
}

const addDirection = (chosen: Direction[], [dx, dy]: Direction): void => {
  if (chosen.every(([x, y]) => Math.abs(x * dy - y * dx) > sameSine)) chosen.push([dx, dy])
}

/** Merges similar lines: ridges before steps, then by support. */
const joinLines = (lines: readonly Line[]): Line[] => {
  const order = lines.map((_, i) => i)
  order.sort((p, q) => Number(lines[q].ridge) - Number(lines[p].ridge) || lines[q].support - lines[p].support || p - q)
  const chosen: Line[] = []
  for (const i of order) {
    const line = lines[i]
    const like = chosen.findIndex((other) => isLike(other, line))
    if (like < 0) {
      chosen.push(line)
      continue
    }
    const other = chosen[like]
    const same = other.dx * line.dx + other.dy * line.dy > 0
    const [start, end] = same ? [line.start, line.end] : [-line.end, -line.start]
    chosen[like] = { ...other, start: Math.min(other.start, start), end: Math.max(other.end, end) }
  }
  return chosen
}

/** True if the second line overlaps the first, with nearly the same direction and place. */
const isLike = (p: Line, q: Line): boolean => {
  if (Math.abs(p.dx * q.dy - p.dy * q.dx) > sameSine) return false
  const s = toSegment(q)
  const [ta, tb] = [p.dx * s.ax + p.dy * s.ay, p.dx * s.bx + p.dy * s.by]
  if (Math.max(ta, tb) < p.start || Math.min(ta, tb) > p.end) return false
  const off = (x: number, y: number): number => Math.abs(-p.dy * x + p.dx * y - p.offset)
  return Math.max(off(s.ax, s.ay), off(s.bx, s.by)) < sameOffset
}

/**
 * True if a line runs within 0.3 m of one edge of the outline for all its samples: there is already
 * a wall.
 */
const besideRing = (line: Line, edges: readonly Segment[]): boolean => {
  const { dx, dy, offset } = line
  const [first, last] = [line.start + overreach, line.end - overreach]
  return edges.some(({ ax, ay, bx, by }) => {
    const off = Math.max(Math.abs(-dy * ax + dx * ay - offset), Math.abs(-dy * bx + dx * by - offset))
    const [ta, tb] = [dx * ax + dy * ay, dx * bx + dy * by]
    return off < sameOffset && Math.min(ta, tb) < first + 500 && Math.max(ta, tb) > last - 500
  })
}
