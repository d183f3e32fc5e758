/**
 * Lawson's flips to the one triangulation that depends only on the points, as `makeCanonical` of
 * `kernels/geometry/delaunay.ts` makes it.
 */
import { CIRCLE_BOUND, signOfProducts, WHOLE } from "../../../../../engine/core/assembly/exact-sum"
import { cornerOf, nextEdge, previousEdge, setCorner, setTwin, twinOf } from "../../../../../engine/core/assembly/half-edges"
import { reachTo } from "../../../../../engine/core/assembly/reach"
import { sampleAt } from "./memory"

/**
 * Bits of absolute differences in x and y that are 0 below 4096: the in-circle determinant is then
 * exact in doubles (three products below 2⁵⁰).
 */
const FAR: i64 = 0xfffff000fffff000

let stack: usize = 0
let budget: i64 = 0

/** Starts a triangulation. The stack grows from `room`; `most` flips are more than it needs. */
export function startFlips(room: usize, most: i64): void {
  stack = room
  budget = most
}

/**
 * Flips all edges that need it, after triangles `first` to `count` joined others that need no flip.
 * The array at `border` contains the half-edges of the upper border, whose twins are encoded as
 * `−2 − slot`.
 *
 * @returns 1, 0 if memory is insufficient, −1 if the flips do not end (a bug)
 */
export function flipFrom(first: i32, count: i32, border: usize): i32 {
  let room = 1024
  if (!reachTo(stack + 4 * room)) return 0
  for (let t = first; t < count; t++) {
    for (let k = 0; k < 3; k++) {
      // Each edge once, including those to earlier triangles.
      let a = (t << 3) + k
      if (twinOf(a) > a) continue
      let size = 0
      for (;;) {
        const b = twinOf(a)
        if (b >= 0 && mustFlip(a, b)) {
          if (--budget < 0) return -1
          flip(a, b, border)
          if (size + 4 > room) {
            room *= 2
            if (!reachTo(stack + (<usize>room << 2))) return 0
          }
          // The four sides of the quadrilateral, whose circles changed.
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

/** Joins a half-edge with the one beyond it. */
@inline
function join(e: i32, other: i32, border: usize): void {
  setTwin(e, other)
  if (other >= 0) setTwin(other, e)
  else if (other < -1) store<i32>(border + (<usize>(-2 - other) << 2), e)
}

/**
 * Clockwise triangles. a: l→r of (l, r, p) becomes q→r; b: r→l of (r, l, q) becomes p→l; the new
 * diagonal is p–q.
 */
@inline
function flip(a: i32, b: i32, border: usize): void {
  const ap = previousEdge(a)
  const bq = previousEdge(b)
  const beyondB = twinOf(bq)
  const beyondA = twinOf(ap)
  setCorner(a, cornerOf(bq))
  setCorner(b, cornerOf(ap))
  join(a, beyondB, border)
  join(b, beyondA, border)
  setTwin(ap, bq)
  setTwin(bq, ap)
}

/** x and y of a sample. */
@inline
function placeOf(at: usize): v128 {
  return v128.load64_zero(at)
}

/** The first lanes of `a` and `b`, and the second ones. */
@inline
function firstLanes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
}

@inline
function secondLanes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
}

/** (y, x) of (x, y). */
@inline
function turned(a: v128): v128 {
  return i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
}

/** True if edge a (twin b) is not Delaunay, or is the wrong diagonal of points on one circle. */
@inline
function mustFlip(a: i32, b: i32): bool {
  const atL = sampleAt(cornerOf(a))
  const atR = sampleAt(cornerOf(b))
  const atP = sampleAt(cornerOf(previousEdge(a)))
  const atQ = sampleAt(cornerOf(previousEdge(b)))
  const q = placeOf(atQ)
  const toL = i32x4.sub(placeOf(atL), q)
  const toR = i32x4.sub(placeOf(atR), q)
  const toP = i32x4.sub(placeOf(atP), q)
  const l = f64x2.convert_low_i32x4_s(toL)
  const r = f64x2.convert_low_i32x4_s(toR)
  const p = f64x2.convert_low_i32x4_s(toP)
  const ofL = f64x2.mul(l, l)
  const ofR = f64x2.mul(r, r)
  const ofP = f64x2.mul(p, p)
  const squares = f64x2.add(firstLanes(ofL, ofR), secondLanes(ofL, ofR))
  // Exact, since all differ by less than 2²⁶: r with p, p with l, finally l with r.
  const ofRp = f64x2.mul(turned(r), p)
  const ofPl = f64x2.mul(turned(p), l)
  const turns = f64x2.sub(firstLanes(ofRp, ofPl), secondLanes(ofRp, ofPl))
  const ofLr = f64x2.mul(turned(l), r)
  const pp = f64x2.extract_lane(ofP, 0) + f64x2.extract_lane(ofP, 1)
  const lr = f64x2.extract_lane(ofLr, 0) - f64x2.extract_lane(ofLr, 1)
  const both = f64x2.mul(squares, turns)
  let inside = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1) + pp * lr
  const far = v128.or(v128.or(i32x4.abs(toL), i32x4.abs(toR)), i32x4.abs(toP))
  if ((i64x2.extract_lane(far, 0) & FAR) !== 0) inside = wideCircle(inside, l, r, p)
  if (inside < 0) return false
  if (inside === 0 && !isSplitWrongly(atL, atR, atP, atQ)) return false
  // Always true in a valid triangulation; otherwise keeps a rounding error of the start from
  // inverting triangles.
  return f64x2.extract_lane(turns, 0) > 0 && f64x2.extract_lane(turns, 1) > 0
}

/**
 * For distant places: `inside`, or a number with its exact sign if rounding may have decided it.
 */
function wideCircle(inside: f64, l: v128, r: v128, p: v128): f64 {
  const lx = f64x2.extract_lane(l, 0)
  const ly = f64x2.extract_lane(l, 1)
  const rx = f64x2.extract_lane(r, 0)
  const ry = f64x2.extract_lane(r, 1)
  const px = f64x2.extract_lane(p, 0)
  const py = f64x2.extract_lane(p, 1)
  const ll = lx * lx + ly * ly
  const rr = rx * rx + ry * ry
  const pp = px * px + py * py
  const permanent =
    ll * (abs(ry * px) + abs(rx * py)) + rr * (abs(py * lx) + abs(px * ly)) + pp * (abs(ly * rx) + abs(lx * ry))
  if (abs(inside) > CIRCLE_BOUND * permanent || permanent < WHOLE) return inside
  return signOfProducts(ll, ry * px - rx * py, rr, py * lx - px * ly, pp, ly * rx - lx * ry)
}

/** Of four points on one circle: true if the edge l–r does not contain the smallest. */
function isSplitWrongly(l: usize, r: usize, p: usize, q: usize): bool {
  const smallest = smaller(l, r)
  return smallest !== smaller(smallest, smaller(p, q))
}

@inline
function smaller(a: usize, b: usize): usize {
  const dx = load<i32>(a) - load<i32>(b)
  return (dx !== 0 ? dx : load<i32>(a, 4) - load<i32>(b, 4)) <= 0 ? a : b
}
