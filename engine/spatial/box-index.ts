/** Finds boxes by place, with rbush's R-tree. */
import RBush from "rbush"
import type { Box2 } from "../core/geometry/box.js"

/** Boxes that are found by place. */
export interface BoxIndex {
  /** Places, in the list of boxes, of those that meet the box (closed), rising. */
  search(box: Box2): number[]
}

/** An index of boxes that do not change (rbush's R-tree). O(n log n); a search O(log n + found). */
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
