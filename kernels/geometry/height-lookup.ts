/** Finds triangles and heights of a surface by place: the ground under trees, decks and water. */
import type { HeightField } from "./surface-difference.js"

/** Triangles per square of the lookup grid. */
const PER_SQUARE = 2

/**
 * Finds triangles of a height field by place. O(1) a place if triangles have similar sizes; at
 * least 12 bytes a triangle.
 */
export class HeightLookup {
  private readonly field: HeightField
  private readonly minX: number
  private readonly minY: number
  private readonly side: number
  private readonly columns: number
  private readonly rows: number
  private readonly start: Int32Array
  private readonly listed: Int32Array

  /** @param chosen the triangles to search; all by default */
  constructor(field: HeightField, chosen?: readonly number[]) {
    this.field = field
    const { x, y, triangles } = field
    const all = chosen ?? Array.from({ length: triangles.length / 3 }, (_, t) => t)
    let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
    for (const t of all) {
      for (let e = 3 * t; e < 3 * t + 3; e++) {
        const v = triangles[e]
        minX = Math.min(minX, x[v])
        minY = Math.min(minY, y[v])
        maxX = Math.max(maxX, x[v])
        maxY = Math.max(maxY, y[v])
      }
    }
    const width = Math.max(1, maxX - minX)
    const height = Math.max(1, maxY - minY)
    this.minX = minX
    this.minY = minY
    this.side = Math.max(1, Math.sqrt((width * height * PER_SQUARE) / Math.max(1, all.length)))
    this.columns = all.length === 0 ? 0 : Math.floor(width / this.side) + 1
    this.rows = all.length === 0 ? 0 : Math.floor(height / this.side) + 1
    const start = new Int32Array(this.columns * this.rows + 1)
    this.forSquares(all, (square) => {
      start[square + 1]++
    })
    for (let s = 0; s + 1 < start.length; s++) start[s + 1] += start[s]
    const listed = new Int32Array(start[start.length - 1])
    const at = start.slice()
    this.forSquares(all, (square, t) => {
      listed[at[square]++] = t
    })
    this.start = start
    this.listed = listed
  }

  /** The first triangle that contains the place; −1 if none does. */
  triangleAt(px: number, py: number): number {
    const column = Math.floor((px - this.minX) / this.side)
    const row = Math.floor((py - this.minY) / this.side)
    if (!(column >= 0 && row >= 0 && column < this.columns && row < this.rows)) return -1
    const { x, y, triangles } = this.field
    const square = row * this.columns + column
    for (let i = this.start[square]; i < this.start[square + 1]; i++) {
      const t = this.listed[i]
      const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
      if (
        (x[b] - x[a]) * (py - y[a]) >= (y[b] - y[a]) * (px - x[a]) &&
        (x[c] - x[b]) * (py - y[b]) >= (y[c] - y[b]) * (px - x[b]) &&
        (x[a] - x[c]) * (py - y[c]) >= (y[a] - y[c]) * (px - x[c])
      )
        return t
    }
    return -1
  }

  /** Height of the field at a place; undefined outside. */
  heightAt(px: number, py: number): number | undefined {
    const t = this.triangleAt(px, py)
    if (t < 0) return undefined
    const { x, y, z, triangles } = this.field
    const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
    const area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
    const shareB = ((px - x[a]) * (y[c] - y[a]) - (py - y[a]) * (x[c] - x[a])) / area
    const shareC = ((x[b] - x[a]) * (py - y[a]) - (y[b] - y[a]) * (px - x[a])) / area
    return z[a] + shareB * (z[b] - z[a]) + shareC * (z[c] - z[a])
  }

  private forSquares(chosen: readonly number[], call: (square: number, t: number) => void): void {
    const { x, y, triangles } = this.field
    for (const t of chosen) {
      const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
      const left = Math.floor((Math.min(x[a], x[b], x[c]) - this.minX) / this.side)
      const right = Math.floor((Math.max(x[a], x[b], x[c]) - this.minX) / this.side)
      const low = Math.floor((Math.min(y[a], y[b], y[c]) - this.minY) / this.side)
      const high = Math.floor((Math.max(y[a], y[b], y[c]) - this.minY) / this.side)
      for (let row = low; row <= high; row++)
        for (let column = left; column <= right; column++) call(row * this.columns + column, t)
    }
  }
}
