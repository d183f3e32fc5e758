/** Adjusts planes slightly such that they meet at places that cannot move, as corners do. */
import { heightAt, type RoofPlan, type RoofPlane } from "./plan.js"

/** A place where two planes should have one height. */
export interface Tie {
  readonly x: number
  readonly y: number
  /** Indices of the planes. */
  readonly p: number
  readonly q: number
}

/** Farthest that a plane moves anywhere on its faces, steps of 0.1 mm. */
const mostAdjusted = 500
/** Unit of lengths, and width that is added to narrow faces, steps: they tilt less easily. */
const [unit, widened] = [1e4, 1e4]
/** Rounds of the solver. */
const rounds = 60

/**
 * Changes planes such that tied ones meet, with the least squares of changes over all faces
 * (conjugate gradients on the ties' multipliers). A plane that would move too far stays.
 */
export const tiePlanes = (plan: RoofPlan, planes: RoofPlane[], ties: readonly Tie[]): void => {
  const inertia = new Map<number, Inertia>()
  const own = sumInertia(plan, planes.length)
  for (const { p, q } of ties) for (const label of [p, q]) inertia.set(label, own(label))
  const rhs = ties.map(({ x, y, p, q }) => heightAt(planes[q], x, y) - heightAt(planes[p], x, y))
  const lambda = solve(rhs, (values) => {
    const change = computeChanges(ties, inertia, values)
    return ties.map(({ x, y, p, q }) => changeAt(inertia, change, p, x, y) - changeAt(inertia, change, q, x, y))
  })
  const change = computeChanges(ties, inertia, lambda)
  for (const [label, [c0, cx, cy]] of change) {
    const { ox, oy } = inertia.get(label) as Inertia
    const [a, b] = [cx / unit, cy / unit]
    const c = c0 - a * ox - b * oy
    const { x, y } = plan
    const isFar = (v: number): boolean => Math.abs(c + a * x[v] + b * y[v]) > mostAdjusted
    const isOwn = (face: number): boolean => face >= 0 && plan.label[face] === label
    if (plan.from.some((u, e) => (isOwn(plan.left[e]) || isOwn(plan.right[e])) && (isFar(u) || isFar(plan.to[e]))))
      continue
    const plane = planes[label]
    planes[label] = { ...plane, a: plane.a + a, b: plane.b + b, c: plane.c + c }
  }
}

type Triple = readonly [number, number, number]

/** The middle of a plane's faces, and the inverse of their moments about it. */
interface Inertia {
  readonly ox: number
  readonly oy: number
  readonly inverse: readonly [Triple, Triple, Triple]
}

const sumInertia = ({ x, y, from, to, left, right, label }: RoofPlan, count: number): ((label: number) => Inertia) => {
  const sums = Array.from({ length: count }, () => [0, 0, 0, 0, 0, 0])
  from.forEach((u, e) => {
    const v = to[e]
    const [ax, ay, bx, by] = [x[u] / unit, y[u] / unit, x[v] / unit, y[v] / unit]
    const cross = ax * by - bx * ay
    const parts = [
      cross / 2,
      (cross * (ax + bx)) / 6,
      (cross * (ay + by)) / 6,
      (cross * (ax * ax + ax * bx + bx * bx)) / 12,
      (cross * (2 * ax * ay + ax * by + bx * ay + 2 * bx * by)) / 24,
      (cross * (ay * ay + ay * by + by * by)) / 12,
    ]
    for (const [face, sign] of [
      [left[e], 1],
      [right[e], -1],
    ]) {
      if (face < 0) continue
      const own = sums[label[face]]
      for (let i = 0; i < 6; i++) own[i] += sign * parts[i]
    }
  })
  return (index) => {
    const [area, sx, sy, xx, xy, yy] = sums[index]
    const [mx, my] = [sx / area, sy / area]
    const more = area * (widened / unit) ** 2 * 0.25
    const [pxx, pxy, pyy] = [xx - area * mx * mx + more, xy - area * mx * my, yy - area * my * my + more]
    const det = pxx * pyy - pxy * pxy
    return {
      ox: mx * unit,
      oy: my * unit,
      inverse: [
        [1 / area, 0, 0],
        [0, pyy / det, -pxy / det],
        [0, -pxy / det, pxx / det],
      ],
    }
  }
}

/** Change of each plane, about its middle: height, and slopes per unit. */
const computeChanges = (
  ties: readonly Tie[],
  inertia: ReadonlyMap<number, Inertia>,
  values: readonly number[],
): Map<number, Triple> => {
  const pull = new Map<number, [number, number, number]>()
  ties.forEach(({ x, y, p, q }, i) => {
    for (const [label, sign] of [
      [p, values[i]],
      [q, -values[i]],
    ]) {
      const { ox, oy } = inertia.get(label) as Inertia
      const sum = pull.get(label) ?? [0, 0, 0]
      sum[0] += sign
      sum[1] += (sign * (x - ox)) / unit
      sum[2] += (sign * (y - oy)) / unit
      pull.set(label, sum)
    }
  })
  const dot = (p: Triple, q: Triple): number => p[0] * q[0] + p[1] * q[1] + p[2] * q[2]
  return new Map(
    [...pull].map(([label, sum]): [number, Triple] => {
      const { inverse } = inertia.get(label) as Inertia
      return [label, [dot(inverse[0], sum), dot(inverse[1], sum), dot(inverse[2], sum)]]
    }),
  )
}

const changeAt = (
  inertia: ReadonlyMap<number, Inertia>,
  change: ReadonlyMap<number, Triple>,
  label: number,
  x: number,
  y: number,
): number => {
  const { ox, oy } = inertia.get(label) as Inertia
  const [c, a, b] = change.get(label) as Triple
  return c + (a * (x - ox)) / unit + (b * (y - oy)) / unit
}

/** Conjugate gradients for a positive semidefinite operator. */
const solve = (rhs: readonly number[], apply: (values: readonly number[]) => number[]): number[] => {
  const found = rhs.map(() => 0)
  const rest = [...rhs]
  let direction = [...rhs]
  const dot = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, value, i) => sum + value * q[i], 0)
  let residual = dot(rest, rest)
  const goal = 1e-6 * rhs.length
  for (let round = 0; round < rounds && residual > goal; round++) {
    const image = apply(direction)
    const curve = dot(direction, image)
    if (!(curve > 0)) break
    const step = residual / curve
    for (let i = 0; i < found.length; i++) {
      found[i] += step * direction[i]
      rest[i] -= step * image[i]
    }
    const next = dot(rest, rest)
    direction = direction.map((value, i) => rest[i] + (next / residual) * value)
    residual = next
  }
  return found
}
