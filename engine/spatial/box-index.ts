/** Finds boxes by place, with rbush's R-tree. */
import RBush from "rbush"
import type { Box2 } from "../core/geometry/box.js"

export interface BoxIndex {
  /** Ascending indices of the boxes that meet `box` (closed). */
  search(box: Box2): number[]
}

/** Indexes boxes that do not change. O(n log n); a search O(log n + found). */
export const indexBoxes = (boxes: readonly Box2[]): BoxIndex => {
  const tree = new RBush<{ minX: number; minY: number; maxX: number; maxY: number; place: number }>()
  tree.load(boxes.map(([minX, minY, maxX, maxY], place) => ({ minX, minY, maxX, maxY, place })))
  return {
    search: ([minX, minY, maxX, maxY]) =>
      tree
        .search({ minX, minY, maxX, maxY })
        .map(({ place }) => place)
        .sort((a, b) => a - b),
  }
}
