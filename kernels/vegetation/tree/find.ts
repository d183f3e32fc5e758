/** Finds tree tops in the canopy's height and measures the crown around each. */

/**
 * Heights above ground on a window of cells, metres, row by row from the north; 0 without
 * vegetation, never NaN.
 */
export interface Canopy {
  readonly width: number
  readonly height: number
  readonly cellSize: number
  readonly data: Float32Array
}

/** A measured crown: radius, metres, and confidence that it is separate, 0 to 1. */
export interface Crown {
  readonly radius: number
  readonly confidence: number
}

/** Largest radius of a crown, metres. */
export const CROWN_REACH = 8
/** Number of directions in which a crown's edge is searched. */
const DIRECTIONS = 16
/** A crown ends below this share of its top … */
const CROWN_BASE = 0.35
/** … or where the canopy rises again by this much, metres: the next tree. */
const VALLEY = 0.3

/**
 * Radius, metres, within which a tree of a height has no higher neighbour. It is half the width of
 * a crown, which grows with the square of the height.
 *
 * Source: Popescu and Wynne, "Seeing the trees in the forest", Photogrammetric Engineering & Remote
 * Sensing 70(5), 2004: crown width = 2.51503 + 0.00901 h² (pines and deciduous together).
 */
export const searchRadius = (height: number): number => Math.min(CROWN_REACH, (2.51503 + 0.00901 * height * height) / 2)

/**
 * Smooths the canopy by the binomial mask 1-2-1 in rows and columns, so that single branches are no
 * tops. Cells without vegetation stay 0 and count as 0, so that edges do not rise. The outermost
 * cells are unchanged.
 */
export const smoothCanopy = ({ width, height, data }: Canopy, to: Float32Array): void => {
  to.set(data)
  for (let row = 1; row + 1 < height; row++) {
    for (let i = row * width + 1; i < (row + 1) * width - 1; i++) {
      if (data[i] === 0) continue
      const [n, s] = [i - width, i + width]
      const corners = data[n - 1] + data[n + 1] + data[s - 1] + data[s + 1]
      const sides = data[n] + data[s] + data[i - 1] + data[i + 1]
      to[i] = (4 * data[i] + 2 * sides + corners) / 16
    }
  }
}

/**
 * True if no cell within the search radius for its height is higher. Ties: the first from the
 * south, then west. Rows count from the north, as in rasters. O(radius²), usually far less, because
 * a higher neighbour is near.
 */
export const isTop = ({ width, height, data, cellSize }: Canopy, column: number, row: number): boolean => {
  const own = data[row * width + column]
  const radius = searchRadius(own) / cellSize
  const reach = Math.floor(radius)
  for (let dy = -reach; dy <= reach; dy++) {
    const y = row + dy
    if (y < 0 || y >= height) continue
    const span = Math.floor(Math.sqrt(radius * radius - dy * dy))
    const from = Math.max(0, column - span)
    const to = Math.min(width - 1, column + span)
    for (let x = from; x <= to; x++) {
      const other = data[y * width + x]
      if (other > own) return false
      // South is below in a raster.
      if (other === own && (dy > 0 || (dy === 0 && x < column))) return false
    }
  }
  return true
}

/**
 * The crown around a top. Each of 16 rays follows the canopy up to 8 m, until it ends or falls
 * below 35 % of the top. If the canopy rises again by 0.3 m, the crown ended in the valley. The
 * radius is that of the circle of equal area. The confidence is the mean drop at the crown's edge
 * over half the top's height, at most 1.
 */
export const crownAround = (canopy: Canopy, column: number, row: number): Crown => {
  const { width, data } = canopy
  const top = data[row * width + column]
  let [squares, drops] = [0, 0]
  for (let d = 0; d < DIRECTIONS; d++) {
    const angle = (2 * Math.PI * d) / DIRECTIONS
    const { radius, lowest } = followRay(canopy, column, row, Math.cos(angle), Math.sin(angle))
    squares += radius * radius
    drops += Math.min(1, (top - lowest) / (0.5 * top))
  }
  return { radius: Math.sqrt(squares / DIRECTIONS), confidence: drops / DIRECTIONS }
}

const followRay = (
  { width, height, data, cellSize }: Canopy,
  column: number,
  row: number,
  dx: number,
  dy: number,
): { radius: number; lowest: number } => {
  const top = data[row * width + column]
  const steps = Math.floor(CROWN_REACH / cellSize)
  let [lowest, at] = [top, 0]
  for (let s = 1; s <= steps; s++) {
    const [x, y] = [column + Math.round(dx * s), row + Math.round(dy * s)]
    const here = x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x]
    if (here < CROWN_BASE * top) return { radius: (s - 0.5) * cellSize, lowest: here }
    if (here > lowest + VALLEY) break
    if (here <= lowest) [lowest, at] = [here, s]
  }
  return { radius: (at + 0.5) * cellSize, lowest }
}
