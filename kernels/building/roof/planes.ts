/** Finds the roof planes of a block in its points, by region growing. */
import { sortIntoBuckets } from "../../geometry/buckets.js"
import { type NearPoints, nearPoints } from "../../geometry/near-points.js"
import type { BlockPoints } from "../block/block.js"
import type { RoofPlane } from "./raise.js"

/** Planes found in points, and the plane of each point, −1 without one. */
export interface PlanePoints {
  readonly planes: readonly RoofPlane[]
  readonly label: Int32Array
}

/** Number of neighbours that give the local plane of a point. */
const neighbours = 12
/** Largest distance of neighbours in plan, mm. */
const reach = 2500
/** Largest distance of a point from its plane, mm. */
const thickness = 180
/** Largest distance of a seed's neighbours from their common plane (root mean square), mm. */
const seedThickness = 120
/** Planes steeper than this are walls: rise over run. */
const steepest = 2.75
/**
 * Cosine of 25°, the largest angle between the plane of a region and that of a point's
 * neighbourhood.
 */
const sameDirection = 0.906
/** Least number of points in a region. */
const leastPoints = 8
/** Planes of less area, mm², have stricter limits. */
const smallPlane = 3e6
const smallSteepest = 1.4
const smallThickness = 60
/** A point with another this much higher beside it, mm, is on a wall or under an eave. */
const coverHeight = 1000
/** Side of the cells in which points cover each other and those of adjacent cells, mm. */
const coverSide = 300
/** A neighbourhood is a line in plan if `PlaneSums.spread` is below this. */
const lineSpread = 0.03
/** … or if its points are so many times as dense as those of the block. */
const lineDensity = 3.5
/** Points along distant scan lines are thinned to this least distance, mm. */
const thinSpacing = 300
/** Largest distance of neighbours, mm, where those across lines are reduced. */
const acrossReach = 1500
/** Largest difference between adjacent points of one top, in height and in plan, mm. */
const topStep = 600

/**
 * Roof planes by region growing (Rabbani, van den Heuvel, Vosselman 2006). Seeds are the points
 * with the flattest neighbourhood. A region takes neighbours on its plane whose own neighbourhood
 * has a similar inclination; the plane is refitted as it grows. Remaining points join the plane of
 * a neighbour if they are on it. Connected points that still remain get a flat top at their median
 * height. Where most neighbourhoods are single scan lines, planes are found in thinned points
 * ({@link planesOfLines}). Thresholds are absolute. Seeds are ordered by flatness in whole
 * millimetres, then by point. Time: O(n log n).
 *
 * @param points millimetres, none negative, in a frame (a block) small enough for exact sums of
 *   squares
 * @param leastArea smallest region, m², by the area that each point represents
 */
export const findPlanes = (points: BlockPoints, leastArea: number): PlanePoints => {
  const near = nearPoints(points.x, points.y, points.z, neighbours, reach)
  const local = localPlanes(points, near)
  return isLined(points, near, local) ? planesOfLines(points, leastArea) : growPlanes(points, near, local, leastArea)
}

const growPlanes = (points: BlockPoints, near: NearPoints, local: LocalPlanes, leastArea: number): PlanePoints => {
  const grower = new Grower(points, near, local)
  const covered = coveredPoints(points)
  for (const seed of orderSeeds(local, covered)) grower.grow(seed, leastArea)
  grower.takeLeft()
  grower.addTops(leastArea, covered)
  return grower.result()
}

/**
 * True if most points see one scan line: their neighbours are on a line in plan, or much nearer
 * than the block's density suggests.
 */
const isLined = ({ x, y }: BlockPoints, { radius }: NearPoints, { spread }: LocalPlanes): boolean => {
  const occupied = new Set<number>()
  for (let i = 0; i < x.length; i++) occupied.add(Math.floor(x[i] / 1000) * 65536 + Math.floor(y[i] / 1000))
  const near = Math.sqrt((neighbours * occupied.size * 1e6) / (Math.PI * lineDensity * x.length))
  let lines = 0
  for (let i = 0; i < x.length; i++) if (spread[i] < lineSpread || radius[i] < near) lines++
  return 2 * lines > x.length
}

/**
 * Planes in points at least {@link thinSpacing} apart, whose neighbourhoods reach several scan
 * lines ({@link nearAcross}). Each other point joins the plane nearest to it among those of the
 * thinned points around.
 */
const planesOfLines = (points: BlockPoints, leastArea: number): PlanePoints => {
  const { x, y, z } = points
  // A cell's diagonal is the spacing: at most one thinned point each.
  const side = thinSpacing / Math.SQRT2
  const columns = x.reduce((most, value) => Math.max(most, Math.floor(value / side)), 0) + 5
  const rows = y.reduce((most, value) => Math.max(most, Math.floor(value / side)), 0) + 5
  const cellOf = (i: number): number => (Math.floor(y[i] / side) + 2) * columns + Math.floor(x[i] / side) + 2
  const inCell = new Int32Array(columns * rows).fill(-1)
  const chosen: number[] = []
  const around = (i: number): number[] => {
    const found: number[] = []
    const middle = cellOf(i)
    for (let row = middle - 2 * columns; row <= middle + 2 * columns; row += columns)
      for (let cell = row - 2; cell <= row + 2; cell++) if (inCell[cell] >= 0) found.push(inCell[cell])
    return found
  }
  for (let i = 0; i < x.length; i++) {
    const isNear = (k: number): boolean => (x[chosen[k]!] - x[i]) ** 2 + (y[chosen[k]!] - y[i]) ** 2 < thinSpacing ** 2
    if (around(i).some(isNear)) continue
    inCell[cellOf(i)] = chosen.length
    chosen.push(i)
  }
  const pick = (values: Int32Array): Int32Array => Int32Array.from(chosen, (i) => values[i])
  const thin = { x: pick(x), y: pick(y), z: pick(z) }
  const { near, local } = nearAcross(thin)
  const { planes, label: thinned } = growPlanes(thin, near, local, leastArea)
  const label = x.map((_, i) => {
    let [found, least] = [-1, thickness]
    for (const k of around(i)) {
      if (thinned[k] < 0) continue
      const off = distanceTo(planes[thinned[k]]!, x[i], y[i], z[i])
      if (off < least) [found, least] = [thinned[k], off]
    }
    return found
  })
  return { planes, label }
}

interface Neighbourhoods {
  readonly near: NearPoints
  readonly local: LocalPlanes
}

/**
 * Neighbourhoods of points on lines, and their planes. Where most are still on one line, distances
 * across it count half, or a quarter, so that they reach the lines beside it.
 */
const nearAcross = (points: BlockPoints): Neighbourhoods => {
  const near = nearPoints(points.x, points.y, points.z, neighbours, reach)
  const local = localPlanes(points, near)
  if (linedShare(local) <= 1 / 2) return { near, local }
  const direction = lineDirection(points, near)
  const half = nearIn(points, direction, 1 / 2)
  return linedShare(half.local) <= 1 / 5 ? half : nearIn(points, direction, 1 / 4)
}

/** Share of the neighbourhoods that are on one line. */
const linedShare = ({ spread }: LocalPlanes): number =>
  spread.filter((one) => one < lineSpread).length / Math.max(1, spread.length)

/** Neighbourhoods by distances of which only a part counts across a direction, and in height. */
const nearIn = (points: BlockPoints, [ux, uy]: readonly [number, number], part: number): Neighbourhoods => {
  const { x, y, z } = points
  const along = x.map((px, i) => px * ux + y[i] * uy)
  const across = x.map((px, i) => part * (y[i] * ux - px * uy))
  const heights = z.map((pz) => part * pz)
  const { radius, ...nearest } = nearPoints(along, across, heights, neighbours, acrossReach)
  // A neighbourhood covers that much more of the plan.
  const near = { ...nearest, radius: radius.map((one) => one / Math.sqrt(part)) }
  return { near, local: localPlanes(points, near) }
}

/** Unit vector of the lines that neighbourhoods are on: the mean of their directions. */
const lineDirection = ({ x, y }: BlockPoints, { k, index }: NearPoints): readonly [number, number] => {
  // Twice the angle, as a line has no sense.
  let [cos, sin] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    for (let s = i * k; s < i * k + k && index[s] >= 0; s++) {
      const [dx, dy] = [x[index[s]] - x[i], y[index[s]] - y[i]]
      cos += dx * dx - dy * dy
      sin += 2 * dx * dy
    }
  }
  const angle = Math.atan2(sin, cos) / 2
  return [Math.cos(angle), Math.sin(angle)]
}

/** Distance of a point from a plane, mm. */
const distanceTo = ({ a, b, c }: RoofPlane, x: number, y: number, z: number): number =>
  Math.abs(z - c - a * x - b * y) / Math.sqrt(1 + a * a + b * b)

/** Points that may start a plane, the flattest neighbourhoods first, ties in their own order. */
const orderSeeds = ({ flatness }: LocalPlanes, covered: Uint8Array): Int32Array => {
  const buckets = new Int32Array(flatness.length)
  for (let i = 0; i < buckets.length; i++)
    buckets[i] = flatness[i] <= seedThickness && covered[i] === 0 ? flatness[i] : -1
  return sortIntoBuckets(buckets, seedThickness + 1).order
}

/** 1 for points below a higher one beside them: they may join a plane, but not start one. */
const coveredPoints = ({ x, y, z }: BlockPoints): Uint8Array => {
  let [maxX, maxY] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    maxX = Math.max(maxX, x[i])
    maxY = Math.max(maxY, y[i])
  }
  const columns = Math.floor(maxX / coverSide) + 3
  const top = new Int32Array(columns * (Math.floor(maxY / coverSide) + 3)).fill(-0x80000000)
  // One cell of margin on each side.
  const cellOf = (i: number): number => (Math.floor(y[i] / coverSide) + 1) * columns + Math.floor(x[i] / coverSide) + 1
  for (let i = 0; i < x.length; i++) top[cellOf(i)] = Math.max(top[cellOf(i)], z[i])
  const covered = new Uint8Array(x.length)
  for (let i = 0; i < x.length; i++) {
    const cell = cellOf(i)
    for (let row = cell - columns; row <= cell + columns; row += columns) {
      for (let c = row - 1; c <= row + 1; c++) if (top[c] > z[i] + coverHeight) covered[i] = 1
    }
  }
  return covered
}

interface LocalPlanes {
  /** Gradient of each point's neighbourhood. */
  readonly a: Float32Array
  readonly b: Float32Array
  /** Root mean square distance from it in whole mm; 65535 if there is no plane, or it is a wall. */
  readonly flatness: Uint16Array
  /** `PlaneSums.spread` of each neighbourhood; 1 with few points. */
  readonly spread: Float32Array
}

const localPlanes = (points: BlockPoints, near: NearPoints): LocalPlanes => {
  const count = points.x.length
  const out = {
    a: new Float32Array(count),
    b: new Float32Array(count),
    flatness: new Uint16Array(count).fill(65535),
    spread: new Float32Array(count).fill(1),
  }
  const sums = new PlaneSums()
  for (let i = 0; i < count; i++) {
    sums.addAround(i, points, near)
    if (sums.n < 6) continue
    const isPlane = sums.fit()
    out.spread[i] = sums.spread
    if (!isPlane) continue
    const slope = Math.sqrt(sums.a * sums.a + sums.b * sums.b)
    if (slope > steepest) continue
    out.a[i] = sums.a
    out.b[i] = sums.b
    out.flatness[i] = Math.min(65534, Math.round(sums.rms() / Math.sqrt(1 + slope * slope)))
  }
  return out
}

/** Sums for the least-squares plane z = c + a · x + b · y, relative to a first point. */
export class PlaneSums {
  n = 0
  a = 0
  b = 0
  /** Product of both variances of the last fit's places over their squared sum: 0 on a line. */
  spread = 0
  private c = 0
  private ox = 0
  private oy = 0
  private oz = 0
  private readonly s = new Float64Array(9)

  clear(ox: number, oy: number, oz: number): void {
    this.n = 0
    this.ox = ox
    this.oy = oy
    this.oz = oz
    this.s.fill(0)
  }

  add(px: number, py: number, pz: number): void {
    const [x, y, z, s] = [px - this.ox, py - this.oy, pz - this.oz, this.s]
    this.n++
    s[0] += x
    s[1] += y
    s[2] += z
    s[3] += x * x
    s[4] += x * y
    s[5] += y * y
    s[6] += x * z
    s[7] += y * z
    s[8] += z * z
  }

  /** Adds the points of other sums with the same first point. */
  join(other: PlaneSums): void {
    this.n += other.n
    for (let k = 0; k < 9; k++) this.s[k] += other.s[k]
  }

  /** Sum of squared distances of the points from a plane, mm². */
  misfitTo({ a, b, c }: Pick<RoofPlane, "a" | "b" | "c">): number {
    const { n, s } = this
    const base = c + a * this.ox + b * this.oy - this.oz
    const squared =
      s[8] -
      2 * (a * s[6] + b * s[7] + base * s[2]) +
      a * (a * s[3] + 2 * b * s[4] + 2 * base * s[0]) +
      b * (b * s[5] + 2 * base * s[1]) +
      base * base * n
    return Math.max(0, squared) / (1 + a * a + b * b)
  }

  /** Root mean square distance of the points from a plane, mm. */
  distanceTo(plane: Pick<RoofPlane, "a" | "b" | "c">): number {
    return Math.sqrt(this.misfitTo(plane) / this.n)
  }

  /** The fitted plane, with the height range of its points. */
  plane(low: number, high: number): RoofPlane {
    return { a: this.a, b: this.b, c: this.height(0, 0), low, high }
  }

  /** Restarts the sums with a point and its neighbours, relative to that point. */
  addAround(i: number, { x, y, z }: BlockPoints, { k, index }: NearPoints): void {
    this.clear(x[i], y[i], z[i])
    this.add(x[i], y[i], z[i])
    for (let s = 0; s < k; s++) {
      const j = index[i * k + s]
      if (j < 0) break
      this.add(x[j], y[j], z[j])
    }
  }

  /** Fits the plane; false if the points are on a line. */
  fit(): boolean {
    const { n, s } = this
    const [mx, my, mz] = [s[0] / n, s[1] / n, s[2] / n]
    const [xx, xy, yy] = [s[3] / n - mx * mx, s[4] / n - mx * my, s[5] / n - my * my]
    const [xz, yz] = [s[6] / n - mx * mz, s[7] / n - my * mz]
    const det = xx * yy - xy * xy
    this.spread = det / ((xx + yy) * (xx + yy))
    if (!(this.spread > 1e-3) || det < 1) return false
    this.a = (xz * yy - yz * xy) / det
    this.b = (yz * xx - xz * xy) / det
    this.c = mz - this.a * mx - this.b * my
    return true
  }

  /** Root mean square of the vertical distances from the fitted plane. */
  rms(): number {
    const { n, s } = this
    const [mx, my, mz] = [s[0] / n, s[1] / n, s[2] / n]
    const zz = s[8] / n - mz * mz
    const explained = this.a * (s[6] / n - mx * mz) + this.b * (s[7] / n - my * mz)
    return Math.sqrt(Math.max(0, zz - explained))
  }

  /** Copies the plane of other sums with the same first point. */
  take(other: PlaneSums): void {
    this.a = other.a
    this.b = other.b
    this.c = other.c
  }

  height(px: number, py: number): number {
    return this.oz + this.c + this.a * (px - this.ox) + this.b * (py - this.oy)
  }
}

class Grower {
  private readonly points: BlockPoints
  private readonly near: NearPoints
  private readonly local: LocalPlanes
  private readonly label: Int32Array
  private readonly queue: Int32Array
  private readonly sums = new PlaneSums()
  private readonly planes: RoofPlane[] = []

  constructor(points: BlockPoints, near: NearPoints, local: LocalPlanes) {
    this.points = points
    this.near = near
    this.local = local
    this.label = new Int32Array(points.x.length).fill(-1)
    this.queue = new Int32Array(points.x.length)
  }

  /** Grows a region from an unlabelled seed; retains it if it is large enough. */
  grow(seed: number, leastArea: number): void {
    const { label, queue, sums, near } = this
    const { x, y, z } = this.points
    if (label[seed] >= 0) return
    const mine = this.planes.length
    sums.addAround(seed, this.points, near)
    sums.fit()
    let size = this.spread(seed, mine, false)
    // Repeats with the plane of the whole region, which reaches points from which the seed's plane
    // deviated.
    if (size >= leastPoints) {
      for (let k = 0; k < size; k++) label[queue[k]] = -1
      size = this.spread(seed, mine, true)
    }
    let area = 0
    for (let k = 0; k < size; k++) area += Math.PI * near.radius[queue[k]] ** 2
    const enough = size >= leastPoints && area / neighbours >= leastArea * 1e6
    sums.clear(x[seed], y[seed], z[seed])
    for (let k = 0; k < size; k++) sums.add(x[queue[k]], y[queue[k]], z[queue[k]])
    if (!enough || !sums.fit() || !this.isRoof(area / neighbours)) {
      for (let k = 0; k < size; k++) label[queue[k]] = -1
      return
    }
    let [low, high] = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    for (let k = 0; k < size; k++) {
      low = Math.min(low, z[queue[k]])
      high = Math.max(high, z[queue[k]])
    }
    this.planes.push(sums.plane(low, high))
  }

  /**
   * True if the fitted plane is no wall and, if small, flat enough not to be part of a chimney or a
   * bush.
   */
  private isRoof(area: number): boolean {
    const { sums } = this
    const slope = Math.sqrt(sums.a * sums.a + sums.b * sums.b)
    if (slope > steepest) return false
    return area > smallPlane || (slope < smallSteepest && sums.rms() / Math.sqrt(1 + slope * slope) < smallThickness)
  }

  /** Assigns remaining points to the plane of a neighbour that they are on, in one round. */
  takeLeft(): void {
    const { label, near, planes } = this
    const { x, y, z } = this.points
    const taken = label.slice()
    for (let i = 0; i < x.length; i++) {
      if (label[i] >= 0) continue
      let least = thickness
      for (let s = 0; s < near.k; s++) {
        const j = near.index[i * near.k + s]
        if (j < 0) break
        if (label[j] < 0) continue
        const off = distanceTo(planes[label[j]], x[i], y[i], z[i])
        if (off >= least) continue
        least = off
        taken[i] = label[j]
      }
    }
    label.set(taken)
  }

  /** Makes flat tops of connected points that are on no plane. */
  addTops(leastArea: number, covered: Uint8Array): void {
    const { label, queue, near, planes } = this
    const { x, y, z } = this.points
    const seen = new Uint8Array(x.length)
    for (let seed = 0; seed < x.length; seed++) {
      if (label[seed] >= 0 || seen[seed] === 1 || covered[seed] === 1) continue
      let size = 1
      let area = 0
      queue[0] = seed
      seen[seed] = 1
      for (let k = 0; k < size; k++) {
        const i = queue[k]
        area += Math.PI * near.radius[i] ** 2
        for (let s = 0; s < near.k; s++) {
          const j = near.index[i * near.k + s]
          if (j < 0) break
          if (label[j] >= 0 || seen[j] === 1 || covered[j] === 1 || Math.abs(z[j] - z[i]) > topStep) continue
          if ((x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 > topStep * topStep) continue
          seen[j] = 1
          queue[size++] = j
        }
      }
      if (size < leastPoints || area / neighbours < leastArea * 1e6) continue
      const points = queue.slice(0, size)
      const heights = points.map((i) => z[i]).sort()
      const middle = heights[Math.floor(0.5 * (size - 1))]
      for (const i of points) label[i] = planes.length
      planes.push({ a: 0, b: 0, c: middle, low: middle, high: middle })
    }
  }

  result(): PlanePoints {
    return { planes: this.planes, label: this.label }
  }

  /**
   * Spreads breadth-first from the seed. Refits at 12, 24, 48 … points unless the plane is settled.
   * Returns the size; the points are in the queue.
   */
  private spread(seed: number, mine: number, settled: boolean): number {
    const { label, queue, near, local } = this
    const { x, y, z } = this.points
    const plane = this.sums
    const growing = new PlaneSums()
    growing.clear(x[seed], y[seed], z[seed])
    queue[0] = seed
    label[seed] = mine
    growing.add(x[seed], y[seed], z[seed])
    let size = 1
    let refit = 12
    let steep = 1 / Math.sqrt(1 + plane.a * plane.a + plane.b * plane.b)
    for (let k = 0; k < size; k++) {
      const i = queue[k]
      for (let s = 0; s < near.k; s++) {
        const j = near.index[i * near.k + s]
        if (j < 0) break
        if (label[j] >= 0 || local.flatness[j] === 65535) continue
        const off = Math.abs(z[j] - plane.height(x[j], y[j])) * steep
        if (off > thickness) continue
        const [a, b] = [local.a[j], local.b[j]]
        const cos = ((1 + a * plane.a + b * plane.b) * steep) / Math.sqrt(1 + a * a + b * b)
        if (cos < sameDirection) continue
        label[j] = mine
        queue[size++] = j
        growing.add(x[j], y[j], z[j])
        if (!settled && size === refit && growing.fit()) {
          plane.take(growing)
          steep = 1 / Math.sqrt(1 + plane.a * plane.a + plane.b * plane.b)
          refit *= 2
        }
      }
    }
    if (!settled && size >= 3 && growing.fit()) plane.take(growing)
    return size
  }
}
