/** Pairs the objects of two layers by overlap: one to one by the best IoU, and in groups. */

import { disjointSets } from "../core/geometry/disjoint-sets.js"
import { elementAt } from "../core/lists.js"
import { indexBoxes } from "../spatial/box-index.js"
import type { ComparedObject } from "./compared-layer.js"
import { overlapArea } from "./polygon-overlap.js"

/** Two objects that overlap, by their indices. */
export interface Pair {
  readonly a: number
  readonly b: number
  /** m² */
  readonly both: number
  /** Area of the intersection over that of the union. */
  readonly iou: number
}

/** Objects of both sides, connected by overlaps. */
export interface Group {
  readonly a: readonly number[]
  readonly b: readonly number[]
  /** IoU of the union of one side with the union of the other. */
  readonly iou: number
}

/** All pairs of objects that share an area. Candidates by their boxes; O(n log n + pairs). */
export const overlappingPairs = (a: readonly ComparedObject[], b: readonly ComparedObject[]): Pair[] => {
  const index = indexBoxes(b.map(({ box }) => box))
  return a.flatMap((one, i) =>
    index.search(one.box).flatMap((j): Pair[] => {
      const other = b[j]!
      const both = overlapArea(one.rings, other.rings)
      return both > 0 ? [{ a: i, b: j, both, iou: both / (one.area + other.area - both) }] : []
    }),
  )
}

/**
 * Matches objects one to one: repeatedly takes the free pair with the highest IoU, down to
 * `minIou`. Ids break ties, so the order of the lists does not matter.
 */
export const bestMatches = (
  pairs: readonly Pair[],
  a: readonly ComparedObject[],
  b: readonly ComparedObject[],
  minIou: number,
): Pair[] => {
  const taken = [new Set<number>(), new Set<number>()] as const
  const order = (objects: readonly ComparedObject[], i: number, j: number): number => {
    const [x, y] = [elementAt(objects, i).id, elementAt(objects, j).id]
    return x < y ? -1 : x > y ? 1 : 0
  }
  return pairs
    .filter(({ iou }) => iou >= minIou)
    .sort((x, y) => y.iou - x.iou || order(a, x.a, y.a) || order(b, x.b, y.b))
    .filter((pair) => {
      if (taken[0].has(pair.a) || taken[1].has(pair.b)) return false
      taken[0].add(pair.a)
      taken[1].add(pair.b)
      return true
    })
}

/**
 * Groups objects of layers that divide the same ground differently, such as a row of houses and one
 * block. Two objects are connected where they share `share` of the smaller one. The objects of one
 * side must not overlap each other. Groups without a counting object are left out. Ordered by their
 * first object of `a`.
 */
export const overlapGroups = (
  pairs: readonly Pair[],
  a: readonly ComparedObject[],
  b: readonly ComparedObject[],
  share: number,
): Group[] => {
  const set = disjointSets<number>()
  for (const { a: i, b: j, both } of pairs) {
    if (both >= share * Math.min(elementAt(a, i).area, elementAt(b, j).area)) set.join(i, a.length + j)
  }
  const members = new Map<number, { a: number[]; b: number[] }>()
  for (let node = 0; node < a.length + b.length; node++) {
    const root = set.find(node)
    const group = members.get(root) ?? { a: [], b: [] }
    members.set(root, group)
    if (node < a.length) group.a.push(node)
    else group.b.push(node - a.length)
  }
  const shared = new Map<number, number>()
  for (const { a: i, b: j, both } of pairs) {
    const root = set.find(i)
    // Small overlaps with objects outside of the group count for neither.
    if (root === set.find(a.length + j)) shared.set(root, (shared.get(root) ?? 0) + both)
  }
  const areaOf = (objects: readonly ComparedObject[], places: readonly number[]): number =>
    places.reduce((sum, place) => sum + elementAt(objects, place).area, 0)
  return [...members].flatMap(([root, group]) => {
    if (group.a.length === 0 || group.b.length === 0) return []
    if (![...group.a.map((i) => a[i]!), ...group.b.map((j) => b[j]!)].some(({ counts }) => counts)) return []
    const both = shared.get(root) ?? 0
    return [{ ...group, iou: both / (areaOf(a, group.a) + areaOf(b, group.b) - both) }]
  })
}
