/** Joins external outlines that touch into blocks, each with the outline of their union. */
import { boxOfRings, doubledArea, isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import { segmentsCrossInside, squareToSegment } from "../../../engine/core/geometry/segments.js"
import { UnionFind } from "../../geometry/union-find.js"
import { unionPolygons } from "../../geometry/union-polygons.js"
import type { FootprintMember } from "../../handover/footprint/footprint.js"
import { percentile } from "../../handover/histogram.js"
import { type Building, describeBuilding } from "../footprint/building.js"
import { addSums, metres } from "../footprint/sums.js"
import type { OutlineRules } from "../outline/outline.js"
import { widestMiddle } from "../outline/representative-place.js"
import type { ExternalMember } from "./member.js"
import { groupRings, withoutYards } from "./yard.js"

/**
 * External outlines nearer to each other than this, mm, are processed together. Snapping moves no
 * outline far enough to meet one outside its group.
 */
const externalReach = 300

/**
 * Groups of polygons that are near each other: members ascending, groups by first member. O(n log n
 * + near pairs · their edges).
 */
export const nearGroups = (members: readonly FootprintMember[]): number[][] => {
  const boxes = members.map(({ rings }) => boxOfRings([rings[0]]))
  const order = members.map((_, m) => m).sort((a, b) => boxes[a][0] - boxes[b][0] || a - b)
  const parent = UnionFind.make(members.length)
  order.forEach((m, i) => {
    for (let j = i + 1; j < order.length && boxes[order[j]][0] <= boxes[m][2] + externalReach; j++) {
      const other = order[j]
      const [a, b] = [boxes[m], boxes[other]]
      if (b[1] > a[3] + externalReach || a[1] > b[3] + externalReach) continue
      if (UnionFind.find(parent, m) === UnionFind.find(parent, other)) continue
      if (areNear(members[m], members[other])) UnionFind.unite(parent, m, other)
    }
  })
  return UnionFind.groups(parent)
}

const areNear = (a: FootprintMember, b: FootprintMember): boolean => {
  if (
    isInsideHalfOpen(a.rings, b.rings[0][0], b.rings[0][1]) ||
    isInsideHalfOpen(b.rings, a.rings[0][0], a.rings[0][1])
  )
    return true
  return a.rings.some((ring) => b.rings.some((other) => ringsNear(ring, other)))
}

const ringsNear = (a: Float64Array, b: Float64Array): boolean => {
  const limit = externalReach * externalReach
  for (let i = 0; i < a.length; i += 2) {
    const k = (i + 2) % a.length
    for (let j = 0; j < b.length; j += 2) {
      const l = (j + 2) % b.length
      if (Math.max(a[i], a[k]) + externalReach < Math.min(b[j], b[l])) continue
      if (Math.max(b[j], b[l]) + externalReach < Math.min(a[i], a[k])) continue
      const near =
        squaredDistance(a, i, b, j, l) < limit ||
        squaredDistance(a, k, b, j, l) < limit ||
        squaredDistance(b, j, a, i, k) < limit ||
        squaredDistance(b, l, a, i, k) < limit ||
        segmentsCrossInside(a, i, k, b, j, l)
      if (near) return true
    }
  }
  return false
}

/** Squared distance of a vertex from a segment of another ring. */
const squaredDistance = (p: Float64Array, v: number, s: Float64Array, a: number, b: number): number =>
  squareToSegment(p[v], p[v + 1], s[a], s[a + 1], s[b], s[b + 1])

/** The blocks of a group of external outlines. */
export interface UnitedGroup {
  /** Those with points. */
  readonly buildings: readonly Building[]
  /** Those of outlines without points: in the layer only, not built. */
  readonly empty: readonly Building[]
  /** Number of outlines, and of those with points. */
  readonly outlines: number
  readonly outlinesWithPoints: number
}

/**
 * The blocks of a group of external outlines: one for each outer ring of the union of those with
 * points ({@link unionPolygons}), without their yards, and likewise of those without points. Only
 * the group decides, in any order.
 *
 * @returns no blocks if the union has no sound outline
 */
export const uniteGroup = (group: readonly ExternalMember[], truncated: boolean, rules: OutlineRules): UnitedGroup => {
  const withPoints = group.filter(({ sums }) => sums.points > 0)
  const without = group.filter(({ sums }) => sums.points === 0)
  return {
    buildings: uniteOutlines(withPoints.flatMap(cutYards), truncated, rules),
    empty: uniteOutlines(without, truncated, rules),
    outlines: group.length,
    outlinesWithPoints: withPoints.length,
  }
}

/** The parts of an outline without its yards. They share their sums. */
const cutYards = (member: ExternalMember): ExternalMember[] =>
  withoutYards(member.rings, member.yard)?.map((rings) => ({ ...member, rings })) ?? [member]

/**
 * One block for each outer ring of the union. Courtyards below the smallest hole of the rules are
 * filled. Members keep their attributes; height, ground_min, roof_max and points are added
 * unless an attribute has that name.
 */
const uniteOutlines = (group: readonly ExternalMember[], truncated: boolean, rules: OutlineRules): Building[] => {
  if (group.length === 0) return []
  const atEnd = group.some(({ sums }) => sums.atEnd)
  const box = group.map(({ rings }) => boxOfRings([rings[0]]))
  const origin = [0, 1].map((axis) => Math.min(...box.map((one) => one[axis]))) as [number, number]
  const relative = group.map(({ rings }) => rings.map((ring) => ring.map((value, i) => value - origin[i % 2])))
  const places = relative.map(widestMiddle)
  return groupRings(unionPolygons(relative) ?? []).flatMap(([outer, ...holes]): Building[] => {
    const block = [outer, ...holes.filter((ring) => -doubledArea(ring) / 2e6 >= Math.min(rules.minHole, rules.minArea))]
    const members = group.filter((_, m) => isInsideHalfOpen(block, ...places[m]))
    if (members.length === 0) return []
    const [x, y] = widestMiddle(block)
    const sums = addSums([...new Set(members.map((member) => member.sums))])
    return [
      describeBuilding(
        { origin, rings: block, moved: 0, unfitted: 0, unsimplified: 0 },
        [origin[0] + x, origin[1] + y],
        { ...sums, atEnd: truncated || atEnd },
        members.map(asMember),
      ),
    ]
  })
}

const asMember = ({ id, rings, attributes, sums }: ExternalMember): FootprintMember => {
  const own = {
    height: percentile(sums.histogram, 9, 10),
    ground_min: metres(sums.groundMm),
    roof_max: metres(sums.roofMm),
    points: sums.points,
  }
  const known = Object.entries(own).filter(([name, value]) => !Number.isNaN(value) && !(name in attributes))
  return { id, rings, attributes: { ...attributes, ...Object.fromEntries(known) } }
}
