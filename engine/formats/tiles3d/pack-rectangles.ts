/** Packs the charts of a texture atlas into a small rectangle. */
import potpack from "potpack"

/** A rectangle in whole units; packing sets x and y. */
export interface Rectangle {
  readonly w: number
  readonly h: number
  x: number
  y: number
}

/** Widths tried, from the widest rectangle to a square of twice the total area. */
const WIDTHS = 16
/** Above this, only potpack is used: its time does not grow with the width. */
const MOST = 2000

/**
 * Packs rectangles without overlap into a small one, and sets their places. Tries potpack. Then,
 * for several widths, it puts rectangles at the lowest place along a skyline, the tallest first.
 * Source: Jylänki 2010, "A thousand ways to pack the bin", section 4.1. The smallest area wins, the
 * first on a tie. If one rectangle dominates, as the image from above does, potpack leaves a
 * seventh empty. Depends only on sizes and order. O(rectangles · width · widths).
 */
export const packRectangles = (rectangles: readonly Rectangle[]): { readonly w: number; readonly h: number } => {
  const { w, h } = potpack([...rectangles])
  let best = { w, h, at: rectangles.map((one) => [one.x, one.y] as const) }
  if (rectangles.length > MOST) return { w, h }
  const order = rectangles
    .map((_, i) => i)
    .sort((a, b) => {
      const [one, other] = [rectangles[a]!, rectangles[b]!]
      return other.h - one.h || other.w - one.w || a - b
    })
  const widest = rectangles.reduce((most, one) => Math.max(most, one.w), 0)
  const area = rectangles.reduce((sum, one) => sum + one.w * one.h, 0)
  const step = Math.max(1, Math.ceil((Math.sqrt(2 * area) - widest) / WIDTHS))
  for (let width = widest; width <= Math.max(widest, Math.sqrt(2 * area)); width += step) {
    const found = alongSkyline(rectangles, order, width)
    if (found.w * found.h < best.w * best.h) best = found
  }
  for (const [i, one] of rectangles.entries()) [one.x, one.y] = best.at[i]!
  return { w: best.w, h: best.h }
}

/** Puts each rectangle in turn at the lowest place of a strip, the leftmost on a tie. */
const alongSkyline = (
  rectangles: readonly Rectangle[],
  order: readonly number[],
  width: number,
): { w: number; h: number; at: (readonly [number, number])[] } => {
  const heights = new Uint32Array(width)
  const at = rectangles.map(() => [0, 0] as readonly [number, number])
  let w = 0
  for (const number of order) {
    const one = rectangles[number]!
    let [x, y] = [0, Infinity]
    for (let left = 0; left + one.w <= width; left++) {
      let top = 0
      for (let i = left; i < left + one.w && top < y; i++) top = Math.max(top, heights[i]!)
      if (top < y) [x, y] = [left, top]
    }
    at[number] = [x, y]
    heights.fill(y + one.h, x, x + one.w)
    w = Math.max(w, x + one.w)
  }
  return { w, h: heights.reduce((most, height) => Math.max(most, height), 0), at }
}
