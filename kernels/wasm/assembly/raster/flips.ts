/** Lawson's flips to the one triangulation that depends on nothing but the points, as `makeCanonical` of `kernels/lib/delaunay.ts` makes it. */
import { CIRCLE_BOUND, signOfProducts, WHOLE } from "../exact-sum"
import { reachTo } from "../reach"
import { sampleAt } from "./memory"

/** Differences below this make the in-circle determinant exact in doubles: three products below 2⁵⁰. */
const EXACT: f64 = 4096

let triangles: usize = 0

/** Flips what must be flipped. @returns 1, 0 where the memory does not reach, −1 for flips without end (a fault of ours) */
export function flipAll(base: usize, count: i32): i32 {
  triangles = base
  const stack = base + (<usize>count << 5)
  let room = 1024
  if (!reachTo(stack + 4 * room)) return 0
  let budget = 192 * <i64>count + 1024
  for (let t = 0; t < count; t++) {
    for (let k = 0; k < 3; k++) {
      const first = (t << 3) + k
      if (twinOf(first) < first) continue
      let a = first
      let size = 0
      for (;;) {
        const b = twinOf(a)
        if (b >= 0 && mustFlip(a, b)) {
          if (--budget < 0) return -1
          flip(a, b)
          if (size + 4 > room) {
            room *= 2
            if (!reachTo(stack + (<usize>room << 2))) return 0
          }
          // The four sides of the quadrilateral, whose circles have changed.
          const to = stack + (<usize>size << 2)
          store<i32>(to, a)
          store<i32>(to, nextEdge(a), 4)
          store<i32>(to, b, 8)
          store<i32>(to, nextEdge(b), 12)
          size += 4
        }
        if (size === 0) break
        a = load<i32>(stack + (<usize>--size << 2))
      }
    }
  }
  return 1
}

@inline
function cornerOf(e: i32): i32 {
  return load<i32>(triangles + (<usize>e << 2))
}

@inline
function twinOf(e: i32): i32 {
  return load<i32>(triangles + (<usize>e << 2), 16)
}

@inline
function setTwin(e: i32, twin: i32): void {
  store<i32>(triangles + (<usize>e << 2), twin, 16)
}

@inline
function nextEdge(e: i32): i32 {
  return (e & 3) === 2 ? e - 2 : e + 1
}

@inline
function previousEdge(e: i32): i32 {
  return (e & 3) === 0 ? e + 2 : e - 1
}

/** Clockwise triangles. a: l→r of (l, r, p) becomes q→r; b: r→l of (r, l, q) becomes p→l; the new diagonal is p–q. */
@inline
function flip(a: i32, b: i32): void {
  const ap = previousEdge(a)
  const bq = previousEdge(b)
  const beyondB = twinOf(bq)
  const beyondA = twinOf(ap)
  store<i32>(triangles + (<usize>a << 2), cornerOf(bq))
  store<i32>(triangles + (<usize>b << 2), cornerOf(ap))
  setTwin(a, beyondB)
  if (beyondB >= 0) setTwin(beyondB, a)
  setTwin(b, beyondA)
  if (beyondA >= 0) setTwin(beyondA, b)
  setTwin(ap, bq)
  setTwin(bq, ap)
}

@inline
function isNear(dx: f64, dy: f64): bool {
  return max(abs(dx), abs(dy)) < EXACT
}

/** True when the edge a (twin b) is not Delaunay, or lies wrongly among points of one circle. */
@inline
function mustFlip(a: i32, b: i32): bool {
  const l = sampleAt(cornerOf(a))
  const r = sampleAt(cornerOf(b))
  const p = sampleAt(cornerOf(previousEdge(a)))
  const q = sampleAt(cornerOf(previousEdge(b)))
  const qx = load<i32>(q)
  const qy = load<i32>(q, 4)
  const lx = <f64>(load<i32>(l) - qx)
  const ly = <f64>(load<i32>(l, 4) - qy)
  const rx = <f64>(load<i32>(r) - qx)
  const ry = <f64>(load<i32>(r, 4) - qy)
  const px = <f64>(load<i32>(p) - qx)
  const py = <f64>(load<i32>(p, 4) - qy)
  const ll = lx * lx + ly * ly
  const rr = rx * rx + ry * ry
  const pp = px * px + py * py
  // Exact: all differ by less than 2²⁶.
  const rp = ry * px - rx * py
  const pl = py * lx - px * ly
  const lr = ly * rx - lx * ry
  let inside = ll * rp + rr * pl + pp * lr
  if (!(isNear(lx, ly) && isNear(rx, ry) && isNear(px, py))) {
    const permanent =
      ll * (abs(ry * px) + abs(rx * py)) + rr * (abs(py * lx) + abs(px * ly)) + pp * (abs(ly * rx) + abs(lx * ry))
    if (abs(inside) <= CIRCLE_BOUND * permanent && permanent >= WHOLE) inside = signOfProducts(ll, rp, rr, pl, pp, lr)
  }
  if (inside < 0) return false
  if (inside === 0 && !isSplitWrongly(l, r, p, q)) return false
  // Always so in a sound triangulation; keeps a slip of the start from turning triangles over.
  return rp > 0 && pl > 0
}

/** Of four points of one circle: true where the edge l–r does not leave the smallest of them. */
function isSplitWrongly(l: usize, r: usize, p: usize, q: usize): bool {
  const smallest = smaller(l, r)
  return smallest !== smaller(smallest, smaller(p, q))
}

@inline
function smaller(a: usize, b: usize): usize {
  const dx = load<i32>(a) - load<i32>(b)
  return (dx !== 0 ? dx : load<i32>(a, 4) - load<i32>(b, 4)) <= 0 ? a : b
}
