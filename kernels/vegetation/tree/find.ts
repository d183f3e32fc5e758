/** Finds tree tops in the canopy's height and measures the crown around each. */

/** Heights above ground on a window of cells, metres, row by row; 0 where there is no vegetation, NaN nowhere. */
export interface Canopy {
  readonly width: number
  readonly height: number
  readonly cellSize: number
  readonly data: Float32Array
}

/** What is found at a cell: radius of the crown, metres, and how sure it is that it stands alone, 0 to 1. */
export interface Crown {
  readonly radius: number
  readonly confidence: number
}

/** No crown is searched farther than this, metres. */
export const CROWN_REACH = 8
/** Directions in which a crown's edge is searched. */
const DIRECTIONS = 16
/** A crown ends where it is lower than this share of its top, … */
const CROWN_BASE = 0.35
/** … or where the canopy has risen by so much again, metres: the next tree. */
const VALLEY = 0.3

/**
 * Radius, metres, within which a tree of a height has no higher neighbour: half the width of a crown, which grows with the square of the height.
 *
 * Source: Popescu and Wynne, "Seeing the trees in the forest", Photogrammetric Engineering & Remote Sensing 70(5), 2004: crown width = 2.51503 + 0.00901 h² (pines and deciduous together).
 */
export const searchRadius = (height: number): number => Math.min(CROWN_REACH, (2.51503 + 0.00901 * height * height) / 2)

/**
 * The canopy smoothed by the binomial mask 1-2-1 in rows and columns, where it is vegetation: returns of single branches are no tops. Cells without vegetation count as they are (0),
 * so that edges are not raised. The outermost cells stay as they are.
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
 * True where no cell within the search radius of the cell's own height is higher; of equally high ones the first from the south, then west. Rows count from the NORTH, as in rasters.
 * O(radius²), mostly far less: a higher neighbour is near.
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
 * The crown around a top: along 16 rays the canopy is followed down until it ends, falls below 35 % of the top, or rises again by 0.3 m (then the crown ended in the valley), up to 8 m. The radius is
 * that of the circle of equal area; the confidence is the mean drop at the crown's edge over half the top's height, at most 1.
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
