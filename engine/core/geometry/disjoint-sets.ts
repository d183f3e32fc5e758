/** Disjoint sets of named or numbered items, for connected components. */

/** Sets that grow by joining; an item that was never joined is a set of its own. */
export interface DisjointSets<T> {
  /** The representative of the item's set; it may change with the next join. */
  find(item: T): T
  join(a: T, b: T): void
}

/** Creates sets of one item each (Tarjan 1975; path halving). Nearly O(1) an operation. */
export const disjointSets = <T>(): DisjointSets<T> => {
  const parents = new Map<T, T>()
  const find = (item: T): T => {
    let root = item
    for (let next = parents.get(root) ?? root; next !== root; next = parents.get(root) ?? root) {
      parents.set(root, parents.get(next) ?? next)
      root = next
    }
    return root
  }
  return { find, join: (a, b) => void parents.set(find(a), find(b)) }
}
