/** Disjoint sets, for connected components of any kind: runs of cells, outlines, bodies. */
import { addToList } from "../../engine/core/lists.js"

/**
 * Disjoint sets of the numbers 0…n−1 in one array (Tarjan 1975; path halving). The representative
 * of a set is its smallest member: the result does not depend on the order of unions. Nearly O(1)
 * an operation.
 */
export const UnionFind = {
  /** n sets of one member each. */
  make: (count: number): Int32Array => {
    const parent = new Int32Array(count)
    for (let i = 0; i < count; i++) parent[i] = i
    return parent
  },
  /** The smallest member of the set of `item`. */
  find: (parent: Int32Array, item: number): number => {
    let i = item
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]]
      i = parent[i]
    }
    return i
  },
  /** Merges the sets of `a` and `b`. */
  unite: (parent: Int32Array, a: number, b: number): void => {
    const rootA = UnionFind.find(parent, a)
    const rootB = UnionFind.find(parent, b)
    if (rootA < rootB) parent[rootB] = rootA
    else parent[rootA] = rootB
  },
  /** The members of each set, ascending; sets in order of their first member. */
  groups: (parent: Int32Array): number[][] => {
    const groups = new Map<number, number[]>()
    for (let i = 0; i < parent.length; i++) addToList(groups, UnionFind.find(parent, i), i)
    return [...groups.values()]
  },
} as const
