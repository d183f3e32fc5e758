/** The nearest points of each point: those of i are `index[i · k …]`, −1 where there are fewer. */
export interface NearPoints {
  readonly k: number
  readonly index: Int32Array
  /** Distance in plan to the farthest of them, mm. */
  readonly radius: Float32Array
}

/** Side of the cells that points are sorted into, mm. */
const cellSide = 500

/**
 * The k nearest points in space of each point, at most `reach` mm away in plan, by rings of cells; ties by index.
 *
 * Time: about k log k a point at even density. Memory: 4 k bytes a point.
 */
export const nearPoints = (x: Int32Array, y: Int32Array, z: Int32Array, k: number, reach: number): NearPoints => {
  const count = x.length
  const index = new Int32Array(count * k).fill(-1)
  const radius = new Float32Array(count)
  const cells = sortIntoCells(x, y)
  const distance = new Float64Array(k)
  const found = new Int32Array(k)
  const rings = Math.ceil(reach / cellSide)
  const { columns, rows, minX, minY, starts, order } = cells
  for (let i = 0; i < count; i++) {
    const [column, row] = [Math.floor((x[i] - minX) / cellSide), Math.floor((y[i] - minY) / cellSide)]
    let size = 0
    for (let ring = 0; ring <= rings; ring++) {
      // Cells of ring r are at least (r − 1) sides and a bit away: nothing nearer is left.
      if (size === k && distance[k - 1] <= ((ring - 1) * cellSide) ** 2) break
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const step = r === row - ring || r === row + ring ? 1 : 2 * ring
        for (let c = column - ring; c <= column + ring; c += step) {
          if (c < 0 || c >= columns) continue
          const cell = r * columns + c
          for (let at = starts[cell]; at < starts[cell + 1]; at++) {
            const j = order[at]
            if (j === i) continue
            const [dx, dy, dz] = [x[j] - x[i], y[j] - y[i], z[j] - z[i]]
            const d = dx * dx + dy * dy + dz * dz
            if (size === k && d >= distance[k - 1]) continue
            if (dx * dx + dy * dy > reach * reach) continue
            let slot = size < k ? size++ : k - 1
            while (slot > 0 && distance[slot - 1] > d) {
              distance[slot] = distance[slot - 1]
              found[slot] = found[slot - 1]
              slot--
            }
            distance[slot] = d
            found[slot] = j
          }
        }
      }
    }
    let far = 0
    for (let s = 0; s < size; s++) {
      const j = found[s]
      index[i * k + s] = j
      far = Math.max(far, (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2)
    }
    radius[i] = size < k ? reach : Math.sqrt(far)
  }
  return { k, index, radius }
}

const sortIntoCells = (x: Int32Array, y: Int32Array) => {
  let [minX, minY, maxX, maxY] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 0, 0]
  for (let i = 0; i < x.length; i++) {
    minX = Math.min(minX, x[i])
    minY = Math.min(minY, y[i])
    maxX = Math.max(maxX, x[i])
    maxY = Math.max(maxY, y[i])
  }
  const columns = x.length === 0 ? 0 : Math.floor((maxX - minX) / cellSide) + 1
  const rows = x.length === 0 ? 0 : Math.floor((maxY - minY) / cellSide) + 1
  const starts = new Int32Array(columns * rows + 1)
  const cellOf = (i: number): number =>
    Math.floor((y[i] - minY) / cellSide) * columns + Math.floor((x[i] - minX) / cellSide)
  for (let i = 0; i < x.length; i++) starts[cellOf(i) + 1]++
  for (let c = 0; c < columns * rows; c++) starts[c + 1] += starts[c]
  const next = starts.slice()
  const order = new Int32Array(x.length)
  for (let i = 0; i < x.length; i++) order[next[cellOf(i)]++] = i
  return { columns, rows, minX, minY, starts, order }
}
