/** Lawson's flips to the one triangulation that depends on nothing but the points, as `makeCanonical` of `kernels/lib/delaunay.ts` makes it. */
import { reach, sampleAt } from "./memory"

/** Differences below this make the in-circle determinant exact in doubles: three products below 2⁵⁰. */
const EXACT: f64 = 4096
/** Relative error bound of the in-circle determinant in doubles (Shewchuk 1997, iccerrboundA). */
const CIRCLE_BOUND: f64 = 1.1102230246251577e-15
/** Integers below this are exact in doubles. */
const WHOLE: f64 = 9007199254740992

let triangles: usize = 0

/** Flips what must be flipped. @returns 1, 0 where the memory does not reach, −1 for flips without end (a fault of ours) */
export function flipAll(base: usize, count: i32): i32 {
  triangles = base
  const stack = base + (<usize>count << 5)
  let room = 1024
  if (!reach(stack + 4 * room)) return 0
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
            if (!reach(stack + (<usize>room << 2))) return 0
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
    if (abs(inside) <= CIRCLE_BOUND * permanent && permanent >= WHOLE) inside = exactly(ll, rp, rr, pl, pp, lr)
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

/** The sign of the sum of three products of whole numbers below 2⁵⁴. */
function exactly(a: f64, b: f64, c: f64, d: f64, e: f64, f: f64): f64 {
  high = 0
  low = 0
  addProduct(<u64>a, <i64>b)
  addProduct(<u64>c, <i64>d)
  addProduct(<u64>e, <i64>f)
  if (high < 0) return -1
  return high > 0 || low > 0 ? 1 : 0
}

/** A sum of 128 bits. */
let high: i64 = 0
let low: u64 = 0

/** Adds a · b to the sum; both below 2⁵⁴ in size. */
function addProduct(a: u64, b: i64): void {
  const size: u64 = b < 0 ? <u64>-b : <u64>b
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = size & 0xffffffff
  const b1 = size >> 32
  // The three in the middle stay below 2⁶⁴: the upper halves are below 2²².
  const middle = a0 * b1 + a1 * b0 + ((a0 * b0) >> 32)
  const least = (middle << 32) | ((a0 * b0) & 0xffffffff)
  const most = <i64>(a1 * b1 + (middle >> 32))
  if (b < 0) {
    high -= most + i64(low < least)
    low -= least
  } else {
    low += least
    high += most + i64(low < least)
  }
}
