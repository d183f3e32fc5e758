import type { Mesh } from "../../engine/kernel.js"

/** Texels of a horizontal image over a mesh: metres in the mesh's frame, row 0 northernmost. */
export interface TexelGrid {
  readonly width: number
  readonly height: number
  /** West edge of column 0, north edge of row 0, side of a texel. */
  readonly left: number
  readonly top: number
  readonly texel: number
}

/** What a view from straight above shows of a mesh. */
export interface SeenFromAbove {
  /** Of each texel 1 + the number of the uppermost face over its middle; 0 where there is none. */
  readonly uppermost: Uint32Array
  /** Of each face that looks up the texels whose middle it covers, and those of them where something hides it. */
  readonly covered: Uint32Array
  readonly hidden: Uint32Array
}

/** Rows that are worked through together: their depths stay in the cache. */
const BAND = 64
/** Heights nearer than this, mm, hide nothing: faces on one place (a shore, a wall drawn twice). */
const SAME = 50

/**
 * The depth buffer of a mesh from the vertical: which face each texel of an image from above shows, and how much of each face it does not show.
 *
 * A face covers the texels whose middle lies in it in plan: rows from its northern end to before its southern, columns from its western edge to before its
 * eastern, so that of faces that share an edge exactly one covers a middle. Faces that look down cover nothing. Of equal heights the first
 * face counts. O(texels covered + faces) time; 4 bytes a texel and 16 a vertex.
 *
 * @param hides of each row of `mesh.objects` (of one thing alone: of row 0) whether it hides what lies below; what stands closed on the ground hides nothing that anyone could see
 */
export const seenFromAbove = (mesh: Mesh, grid: TexelGrid, hides: Uint8Array): SeenFromAbove => {
  const { triangles, owners } = mesh
  const { width, height } = grid
  const count = triangles.length / 3
  const uppermost = new Uint32Array(width * height)
  const covered = new Uint32Array(count)
  const hidden = new Uint32Array(count)
  const places = texelPlaces(mesh, grid)
  const bands = bandsOf(mesh, places.y, height)
  const depths = new Float32Array(BAND * width)
  const spans = { from: new Int32Array(BAND + 1), to: new Int32Array(BAND + 1) }
  const plane = new Float64Array(3)
  const shown = new Uint32Array(count)
  const missing = new Uint32Array(count)
  for (let band = 0; band < bands.ends.length; band++) {
    const top = band * BAND
    const bottom = Math.min(height, top + BAND)
    const [start, end] = [band > 0 ? bands.ends[band - 1] : 0, bands.ends[band]]
    depths.fill(-Infinity)
    const faces = uppermost.subarray(top * width, bottom * width)
    for (let i = start; i < end; i++) {
      const t = bands.faces[i]
      const first = spansOf(places, triangles, t, top, bottom, width, spans)
      planeOf(mesh, places, t, plane)
      const [atOrigin, perColumn, perRow] = plane
      for (let k = 0; spans.to[k] >= 0; k++) {
        const row = first + k
        const from = spans.from[k]
        let z = atOrigin + perRow * row + perColumn * from
        const end = (row - top) * width + spans.to[k]
        covered[t] += spans.to[k] - from
        for (let i = (row - top) * width + from; i < end; i++, z += perColumn) {
          if (z <= depths[i]) continue
          depths[i] = z
          faces[i] = t + 1
        }
      }
    }
    if (owners === undefined) continue
    countShown(uppermost, top * width, bottom * width, shown)
    for (let i = start; i < end; i++) {
      const t = bands.faces[i]
      // All that it covers of this band it shows: nothing hides it, as is so of most faces.
      if (covered[t] - shown[t] === missing[t]) continue
      missing[t] = covered[t] - shown[t]
      const first = spansOf(places, triangles, t, top, bottom, width, spans)
      planeOf(mesh, places, t, plane)
      const [atOrigin, perColumn, perRow] = plane
      for (let k = 0; spans.to[k] >= 0; k++) {
        const row = first + k
        const from = spans.from[k]
        let z = atOrigin + perRow * row + perColumn * from + SAME
        const end = (row - top) * width + spans.to[k]
        for (let i = (row - top) * width + from; i < end; i++, z += perColumn) {
          if (depths[i] <= z) continue
          if (hides[owners[faces[i] - 1]] === 1) hidden[t]++
        }
      }
    }
  }
  return { uppermost, covered, hidden }
}

/** Adds the texels that each face shows. */
const countShown = (uppermost: Uint32Array, from: number, to: number, shown: Uint32Array): void => {
  for (let i = from; i < to; ) {
    const face = uppermost[i]
    const start = i++
    while (i < to && uppermost[i] === face) i++
    if (face > 0) shown[face - 1] += i - start
  }
}

interface TexelPlaces {
  /** Columns and rows of the vertices; whole numbers are middles of texels. */
  readonly x: Float64Array
  readonly y: Float64Array
}

const texelPlaces = ({ positions, classes }: Mesh, { left, top, texel }: TexelGrid): TexelPlaces => {
  const x = new Float64Array(classes.length)
  const y = new Float64Array(classes.length)
  for (let v = 0; v < x.length; v++) {
    x[v] = (positions[3 * v] / 1000 - left) / texel - 0.5
    y[v] = (top - positions[3 * v + 1] / 1000) / texel - 0.5
  }
  return { x, y }
}

/** The faces that look up, by the bands of rows that they meet: `faces[ends[b − 1] … ends[b])`, ascending. */
const bandsOf = (
  { positions: p, triangles }: Mesh,
  y: Float64Array,
  height: number,
): { readonly ends: Uint32Array; readonly faces: Uint32Array } => {
  const ends = new Uint32Array(Math.ceil(height / BAND))
  const count = triangles.length / 3
  const first = new Int32Array(count)
  const last = new Int32Array(count).fill(-1)
  for (let t = 0; t < count; t++) {
    const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
    const plan =
      (p[3 * b] - p[3 * a]) * (p[3 * c + 1] - p[3 * a + 1]) - (p[3 * b + 1] - p[3 * a + 1]) * (p[3 * c] - p[3 * a])
    if (plan <= 0) continue
    const north = Math.max(0, Math.ceil(Math.min(y[a], y[b], y[c])))
    const south = Math.min(height, Math.ceil(Math.max(y[a], y[b], y[c]))) - 1
    if (south < north) continue
    first[t] = Math.floor(north / BAND)
    last[t] = Math.floor(south / BAND)
    for (let band = first[t]; band <= last[t]; band++) ends[band]++
  }
  let total = 0
  for (let band = 0; band < ends.length; band++) {
    total += ends[band]
    ends[band] = total - ends[band]
  }
  const faces = new Uint32Array(total)
  // Each start moves on to the end of its own.
  for (let t = 0; t < count; t++) for (let band = first[t]; band <= last[t]; band++) faces[ends[band]++] = t
  return { ends, faces }
}

/** Columns `[from, to)` of each row of the band that a face covers, −1 after the last. Returns the first row. */
const spansOf = (
  { x, y }: TexelPlaces,
  triangles: Uint32Array,
  t: number,
  bandTop: number,
  bandBottom: number,
  width: number,
  spans: { readonly from: Int32Array; readonly to: Int32Array },
): number => {
  const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
  const first = Math.max(bandTop, Math.ceil(Math.min(y[a], y[b], y[c])))
  const end = Math.min(bandBottom, Math.ceil(Math.max(y[a], y[b], y[c])))
  let k = 0
  for (let row = first; row < end; row++, k++) {
    let west = Infinity
    let east = -Infinity
    for (let side = 0; side < 3; side++) {
      const from = side === 0 ? a : side === 1 ? b : c
      const to = side === 0 ? b : side === 1 ? c : a
      // Northern end first, whichever face asks: both sides of an edge find the same column.
      const upper = y[from] < y[to] || (y[from] === y[to] && x[from] < x[to]) ? from : to
      const lower = upper === from ? to : from
      if (y[upper] > row || y[lower] <= row) continue
      const at = x[upper] + (row - y[upper]) * ((x[lower] - x[upper]) / (y[lower] - y[upper]))
      if (at < west) west = at
      if (at > east) east = at
    }
    spans.from[k] = Math.min(width, Math.max(0, Math.ceil(west)))
    spans.to[k] = Math.max(spans.from[k], Math.min(width, Math.ceil(east)))
  }
  spans.to[k] = -1
  return first
}

/** Height, mm, of a face's plane at texel (0, 0), and what a column and a row add. */
const planeOf = ({ positions: p, triangles }: Mesh, { x, y }: TexelPlaces, t: number, out: Float64Array): void => {
  const [a, b, c] = [triangles[3 * t], triangles[3 * t + 1], triangles[3 * t + 2]]
  const z = p[3 * a + 2]
  const [ux, uy, uz] = [x[b] - x[a], y[b] - y[a], p[3 * b + 2] - z]
  const [vx, vy, vz] = [x[c] - x[a], y[c] - y[a], p[3 * c + 2] - z]
  const area = ux * vy - uy * vx
  out[1] = (uz * vy - vz * uy) / area
  out[2] = (ux * vz - vx * uz) / area
  out[0] = z - out[1] * x[a] - out[2] * y[a]
}
