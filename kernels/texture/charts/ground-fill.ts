/** Smooth ground colours for texels where an object hides the ground from above. */
import type { TextureChart } from "../../../engine/kernel.js"
import type { TexelGrid } from "../visibility/depth-from-above.js"
import { type ColourSums, GROUND_CELL } from "./plain-colours.js"

/** Texels for a cell to count by itself; with fewer, the cells around it count for the rest. */
const ENOUGH = 24

interface Level {
  readonly columns: number
  readonly rows: number
  /** Red, green, blue, count of each cell. */
  readonly sums: Float64Array
}

/**
 * Colours for hidden ground: cells of 8 × 8 texels, each the mean of its visible ground texels.
 * Cells with few or none use the nearest cells that have some (pull and push over a pyramid of
 * cells). Smooth, so it is sampled bilinearly.
 * @param sums of the cells, of `shownColours`; changed
 * @returns a chart over the grid without faces; undefined where no ground is seen
 */
export const groundFill = (grid: TexelGrid, sums: ColourSums): TextureChart | undefined => {
  const { width, height, left, top, texel } = grid
  const columns = Math.ceil(width / GROUND_CELL)
  const rows = Math.ceil(height / GROUND_CELL)
  let last: Level = { columns, rows, sums }
  const levels = [last]
  while (last.columns > 1 || last.rows > 1) {
    last = halved(last)
    levels.push(last)
  }
  if (last.sums[3] === 0) return undefined
  for (let k = levels.length - 2; k >= 0; k--) pushDown(levels[k + 1], levels[k])
  return {
    faces: new Uint32Array(0),
    origin: [left, top, 0],
    u: [1, 0, 0],
    v: [0, -1, 0],
    width: columns,
    height: rows,
    texel: GROUND_CELL * texel,
    data: toBytes(levels[0].sums),
  }
}

const halved = ({ columns, rows, sums }: Level): Level => {
  const [across, down] = [Math.ceil(columns / 2), Math.ceil(rows / 2)]
  const out = new Float64Array(4 * across * down)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const to = 4 * ((row >> 1) * across + (column >> 1))
      for (let k = 0; k < 4; k++) out[to + k] += sums[4 * (row * columns + column) + k]
    }
  }
  return { columns: across, rows: down, sums: out }
}

/**
 * Tops up cells with too few texels from the coarser level, sampled between its cells. All have at
 * least `ENOUGH` afterwards.
 */
const pushDown = (coarse: Level, fine: Level): void => {
  const colour = new Float64Array(3)
  for (let row = 0; row < fine.rows; row++) {
    for (let column = 0; column < fine.columns; column++) {
      const at = 4 * (row * fine.columns + column)
      const lack = ENOUGH - fine.sums[at + 3]
      if (lack <= 0) continue
      sample(coarse, (column - 0.5) / 2, (row - 0.5) / 2, colour)
      for (let k = 0; k < 3; k++) fine.sums[at + k] += lack * colour[k]
      fine.sums[at + 3] = ENOUGH
    }
  }
}

/**
 * Mean colour between the four cells around a place, whole numbers at their middles; cells without
 * texels do not count.
 */
const sample = ({ columns, rows, sums }: Level, x: number, y: number, out: Float64Array): void => {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  let total = 0
  out.fill(0)
  for (let k = 0; k < 4; k++) {
    const [right, down] = [k & 1, k >> 1]
    const column = Math.min(columns - 1, Math.max(0, left + right))
    const row = Math.min(rows - 1, Math.max(0, top + down))
    const at = 4 * (row * columns + column)
    if (sums[at + 3] === 0) continue
    const weight = (right ? x - left : 1 - x + left) * (down ? y - top : 1 - y + top)
    for (let band = 0; band < 3; band++) out[band] += (weight * sums[at + band]) / sums[at + 3]
    total += weight
  }
  for (let band = 0; band < 3; band++) out[band] /= total
}

const toBytes = (sums: Float64Array): Uint8Array => {
  const data = new Uint8Array(sums.length)
  for (let i = 0; i < sums.length; i += 4) {
    for (let k = 0; k < 3; k++) data[i + k] = Math.round(sums[i + k] / sums[i + 3])
    data[i + 3] = 255
  }
  return data
}

/**
 * The fill's colours at `count` texel centres of the grid, from (column, row) to the right,
 * bilinear between its cells. Writes them to `out` from `at`, opaque.
 */
export const fillTexels = (
  { width, height, data }: TextureChart,
  column: number,
  row: number,
  count: number,
  out: Uint8Array,
  at: number,
): void => {
  const y = Math.min(height - 1, Math.max(0, (row + 0.5) / GROUND_CELL - 0.5))
  const top = Math.min(Math.floor(y), Math.max(0, height - 2))
  const down = y - top
  const south = top + 1 < height ? 4 * width : 0
  for (let i = 0; i < count; i++) {
    const x = Math.min(width - 1, Math.max(0, (column + i + 0.5) / GROUND_CELL - 0.5))
    const left = Math.min(Math.floor(x), Math.max(0, width - 2))
    const right = x - left
    const east = left + 1 < width ? 4 : 0
    const from = 4 * (top * width + left)
    const to = at + 4 * i
    for (let k = 0; k < 3; k++) {
      const north = data[from + k] * (1 - right) + data[from + east + k] * right
      const below = data[from + south + k] * (1 - right) + data[from + south + east + k] * right
      out[to + k] = Math.round(north * (1 - down) + below * down)
    }
    out[to + 3] = 255
  }
}
