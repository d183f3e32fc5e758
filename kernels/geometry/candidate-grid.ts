/**
 * The points that greedy insertion may still take, in blocks of a grid: finds the farthest one in a
 * triangle.
 */
import { sortIntoBuckets } from "./buckets.js"

/** Binary logarithm of the cells along a block's side. */
const LOG = 2
const BLOCK = 1 << LOG

/** A triangle of the surface: its corners in mm, counter-clockwise. */
export interface Facet {
  px: number
  py: number
  pz: number
  ax: number
  ay: number
  az: number
  bx: number
  by: number
  bz: number
  /** True if places on edge p–a, a–b or b–p do not count, since it lies on the border. */
  openPA: boolean
  openAB: boolean
  openBP: boolean
}

/**
 * Candidates in blocks of about 16, to find the one inside a triangle that is farthest from it.
 *
 * Memory access, not arithmetic, limits greedy insertion: each time the worst triangle is
 * elsewhere. A block's candidates are therefore contiguous, x, y and z together, in 4 rows. Nothing
 * is stored by triangle. Memory: 16 bytes a candidate, 1 for the blocks.
 *
 * Source: Garland and Heckbert, "Fast polygonal approximation of terrains and height fields", 1995
 * (a triangle is scanned anew when it changes).
 */
export class CandidateGrid {
  /** Candidate found by {@link findWorst} (−1: none), and its vertical distance. */
  worst = -1
  largest = 0
  /** x, y, z of each candidate by block, then row; `index`: its index in the input. */
  private readonly xyz: Int32Array
  private readonly index: Int32Array
  private readonly minX: number
  private readonly minY: number
  /** Blocks per millimetre. */
  private readonly blockScale: number
  private readonly size: number
  private readonly columns: number
  private readonly rows: number
  /** First candidate of each row of each block. */
  private readonly start: Int32Array

  constructor(x: Int32Array, y: Int32Array, z: Int32Array, box: readonly [number, number, number, number]) {
    const count = x.length
    this.minX = box[0]
    this.minY = box[1]
    const [width, height] = [box[2] - box[0], box[3] - box[1]]
    const cell = Math.max(1, Math.sqrt((width * height) / Math.max(1, count)))
    this.size = BLOCK * cell
    this.blockScale = 1 / this.size
    this.columns = Math.floor(width * this.blockScale) + 1
    this.rows = Math.floor(height * this.blockScale) + 1
    const rowScale = 1 / cell
    const lastRow = BLOCK * this.rows - 1
    const rows = x.map((value, i) => {
      const row = Math.min(lastRow, Math.floor((y[i] - box[1]) * rowScale))
      const column = Math.floor((value - box[0]) * this.blockScale)
      return ((row >> LOG) * this.columns + column) * BLOCK + (row & (BLOCK - 1))
    })
    // Blocks row by row, rows of a block from the south, candidates of a row in input order.
    const { starts, order } = sortIntoBuckets(rows, this.columns * this.rows * BLOCK)
    this.start = starts
    this.index = order
    this.xyz = new Int32Array(3 * count)
    for (let k = 0; k < count; k++) {
      this.xyz[3 * k] = x[order[k]]
      this.xyz[3 * k + 1] = y[order[k]]
      this.xyz[3 * k + 2] = z[order[k]]
    }
  }

  /** Index of a candidate in the input. */
  placeOf(candidate: number): number {
    return this.index[candidate]
  }

  xOf(candidate: number): number {
    return this.xyz[3 * candidate]
  }

  yOf(candidate: number): number {
    return this.xyz[3 * candidate + 1]
  }

  zOf(candidate: number): number {
    return this.xyz[3 * candidate + 2]
  }

  /**
   * Finds the candidate inside a facet that is farthest from it, and farther than `floor`. Among
   * equals, the first in the input.
   */
  findWorst(facet: Facet, floor: number): void {
    const { px, py, pz, openPA, openAB, openBP } = facet
    const { xyz, start, columns, minX, minY, size, blockScale } = this
    const [ux, uy, uz] = [facet.ax - px, facet.ay - py, facet.az - pz]
    const [vx, vy, vz] = [facet.bx - px, facet.by - py, facet.bz - pz]
    const area = ux * vy - uy * vx
    const slopeX = (uz * vy - vz * uy) / area
    const slopeY = (ux * vz - vx * uz) / area
    const west = Math.floor((Math.min(px, facet.ax, facet.bx) - minX) * blockScale)
    const east = Math.floor((Math.max(px, facet.ax, facet.bx) - minX) * blockScale)
    const south = Math.floor((Math.min(py, facet.ay, facet.by) - minY) * blockScale)
    const north = Math.floor((Math.max(py, facet.ay, facet.by) - minY) * blockScale)
    const half = 0.5 * size
    const reachB = (Math.abs(uy) + Math.abs(ux)) * half
    const reachA = (Math.abs(vy) + Math.abs(vx)) * half
    const reachP = (Math.abs(vy - uy) + Math.abs(vx - ux)) * half
    let worst = -1
    let largest = floor
    for (let row = south; row <= north; row++) {
      const cy = minY + (row + 0.5) * size - py
      for (let column = west; column <= east; column++) {
        const cx = minX + (column + 0.5) * size - px
        const sideB = ux * cy - uy * cx
        const sideA = cx * vy - cy * vx
        // A block lies outside if even its corner farthest inside one side of the facet does.
        if (sideB + reachB < 0 || sideA + reachA < 0 || area - sideA - sideB + reachP < 0) continue
        const block = row * columns + column
        const end = 3 * start[(block + 1) << LOG]
        for (let i = 3 * start[block << LOG]; i < end; i += 3) {
          const dx = xyz[i] - px
          const dy = xyz[i + 1] - py
          const distance = Math.abs(xyz[i + 2] - pz - slopeX * dx - slopeY * dy)
          if (distance < largest) continue
          const wb = ux * dy - uy * dx
          const wa = dx * vy - dy * vx
          if (wb < 0 || wa < 0 || wa + wb > area) continue
          if (distance === largest && (worst < 0 || this.index[i / 3] > this.index[worst])) continue
          if ((wb === 0 && openPA) || (wa + wb === area && openAB) || (wa === 0 && openBP)) continue
          worst = i / 3
          largest = distance
        }
      }
    }
    this.worst = worst
    this.largest = worst < 0 ? 0 : largest
  }

  /**
   * Adds the squared distances and the number of the candidates inside a facet. Those at its
   * corners, and on an edge with `openXY`, do not count.
   */
  statistics(facet: Facet, into: { squares: number; count: number }): void {
    const { px, py, pz } = facet
    const { xyz, start, columns, minX, minY, blockScale } = this
    const [ux, uy, uz] = [facet.ax - px, facet.ay - py, facet.az - pz]
    const [vx, vy, vz] = [facet.bx - px, facet.by - py, facet.bz - pz]
    const area = ux * vy - uy * vx
    const slopeX = (uz * vy - vz * uy) / area
    const slopeY = (ux * vz - vx * uz) / area
    const west = Math.floor((px + Math.min(0, ux, vx) - minX) * blockScale)
    const east = Math.floor((px + Math.max(0, ux, vx) - minX) * blockScale)
    const south = Math.floor((py + Math.min(0, uy, vy) - minY) * blockScale)
    const north = Math.floor((py + Math.max(0, uy, vy) - minY) * blockScale)
    for (let row = south; row <= north; row++) {
      for (let column = west; column <= east; column++) {
        const block = row * columns + column
        const end = 3 * start[(block + 1) << LOG]
        for (let i = 3 * start[block << LOG]; i < end; i += 3) {
          const dx = xyz[i] - px
          const dy = xyz[i + 1] - py
          const wb = ux * dy - uy * dx
          const wa = dx * vy - dy * vx
          const wp = area - wa - wb
          if (wb < 0 || wa < 0 || wp < 0) continue
          if ((wb === 0 && facet.openPA) || (wp === 0 && facet.openAB) || (wa === 0 && facet.openBP)) continue
          if ((wb === 0 ? 1 : 0) + (wa === 0 ? 1 : 0) + (wp === 0 ? 1 : 0) > 1) continue
          const distance = xyz[i + 2] - pz - slopeX * dx - slopeY * dy
          into.squares += distance * distance
          into.count++
        }
      }
    }
  }
}
