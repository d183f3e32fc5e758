/** The vertical depth buffer: which face each texel of an aerial image shows. */
import type { Mesh } from "../../../engine/kernel.js"
import { type FaceRuns, faceRuns, type TexelPlaces, writeFaceRuns } from "./face-runs.js"

/** Texels of a horizontal image over a mesh: metres in the mesh's frame, row 0 northernmost. */
export interface TexelGrid {
  readonly width: number
  readonly height: number
  /** West edge of column 0, north edge of row 0, side of a texel. */
  readonly left: number
  readonly top: number
  readonly texel: number
}

/** The parts of a mesh that are visible from straight above. */
export interface SeenFromAbove {
  /** Per texel 1 + the number of the uppermost face over its middle; 0 where there is none. */
  readonly uppermost: Uint32Array
  /** Per upward face: texels whose middle it covers, and those of them that another face hides. */
  readonly covered: Uint32Array
  readonly hidden: Uint32Array
}

/** Rows processed together: their data stays in the cache. */
const BAND = 64
/** Height difference that hides nothing, mm: coincident faces (a shore, a wall drawn twice). */
const SAME = 50
/** Maximum error of rounding a height to single precision, mm, up to 8,000 m. */
const ROUNDING = 0.5

/**
 * The vertical depth buffer of a mesh: the face that each texel of an image from above shows, and
 * the hidden part of each face.
 *
 * A face covers the texels of its runs ({@link writeFaceRuns}): of faces that share an edge,
 * exactly one covers a middle. Downward faces cover nothing. Of equal heights the first face
 * counts.
 *
 * It stores no heights. Where faces meet, it compares their planes at both ends of the shared
 * stretch, and texel by texel only where they cross. O(texels covered + faces) time; 4 bytes a
 * texel, 16 a vertex and 24 a face.
 * @param hides per row of `mesh.objects` (row 0 without objects): whether it hides faces below it.
 *   A closed body on the ground hides nothing that could be seen
 */
export const seenFromAbove = (mesh: Mesh, grid: TexelGrid, hides: Uint8Array): SeenFromAbove => {
  const { triangles, owners } = mesh
  const { width, height } = grid
  const count = triangles.length / 3
  const uppermost = new Uint32Array(width * height)
  const covered = new Uint32Array(count)
  const hidden = new Uint32Array(count)
  const places = texelPlaces(mesh, grid)
  const bands = groupByBand(mesh, places.y, height)
  const planes = computePlanes(mesh, places)
  const shown = new Int32Array(count)
  const missing = new Uint32Array(count)
  const runs = faceRuns(BAND, width)
  const buffer = { uppermost, width, planes }
  for (let band = 0; band < bands.ends.length; band++) {
    runs.top = band * BAND
    runs.bottom = Math.min(height, runs.top + BAND)
    const [start, end] = [band > 0 ? bands.ends[band - 1] : 0, bands.ends[band]]
    for (let i = start; i < end; i++) {
      const t = bands.faces[i]
      writeFaceRuns(places, triangles, t, runs)
      drawFace(buffer, runs, t, covered, shown)
    }
    if (owners === undefined) continue
    for (let i = start; i < end; i++) {
      const t = bands.faces[i]
      // All its texels of this band are visible, as for most faces.
      if (covered[t] - shown[t] === missing[t]) continue
      missing[t] = covered[t] - shown[t]
      writeFaceRuns(places, triangles, t, runs)
      hidden[t] += countHidden(buffer, runs, t, owners, hides)
    }
  }
  return { uppermost, covered, hidden }
}

/** The buffer while faces are drawn, and the planes that they are compared by. */
interface DepthFromAbove {
  readonly uppermost: Uint32Array
  readonly width: number
  readonly planes: Float64Array
}

/**
 * Draws a face over lower ones; counts the texels that it covers, and those that each face shows
 * afterwards.
 */
const drawFace = (
  buffer: DepthFromAbove,
  { from, to, first, count }: FaceRuns,
  t: number,
  covered: Uint32Array,
  shown: Int32Array,
): void => {
  const { uppermost, width } = buffer
  const mark = t + 1
  let total = 0
  let won = 0
  for (let k = 0; k < count; k++) {
    const line = (first + k) * width
    const end = line + to[k]
    total += to[k] - from[k]
    for (let i = line + from[k]; i < end; ) {
      const start = i
      while (i < end && uppermost[i] === 0) uppermost[i++] = mark
      won += i - start
      if (i === end) break
      const other = uppermost[i]
      const met = i++
      while (i < end && uppermost[i] === other) i++
      const taken = coverStretch(buffer, met, i, first + k, t)
      won += taken
      shown[other - 1] -= taken
    }
  }
  covered[t] += total
  shown[t] += won
}

/** Draws a face over those texels of a stretch that show a lower one; returns their number. */
const coverStretch = (
  { uppermost, width, planes }: DepthFromAbove,
  start: number,
  end: number,
  row: number,
  t: number,
): number => {
  const line = row * width
  const other = uppermost[start] - 1
  const above = heightOver(planes, t, other, start - line, row)
  const last = heightOver(planes, t, other, end - 1 - line, row)
  if (above < -ROUNDING && last < -ROUNDING) return 0
  if (above > ROUNDING && last > ROUNDING) {
    for (let i = start; i < end; i++) uppermost[i] = t + 1
    return end - start
  }
  let taken = 0
  for (let i = start; i < end; i++) {
    if (heightAt(planes, t, i - line, row) <= Math.fround(heightAt(planes, other, i - line, row))) continue
    uppermost[i] = t + 1
    taken++
  }
  return taken
}

/** Counts texels of a face below another one that hides. */
const countHidden = (
  { uppermost, width, planes }: DepthFromAbove,
  { from, to, first, count }: FaceRuns,
  t: number,
  owners: Uint32Array,
  hides: Uint8Array,
): number => {
  let hidden = 0
  for (let k = 0; k < count; k++) {
    const line = (first + k) * width
    const end = line + to[k]
    for (let i = line + from[k]; i < end; ) {
      const shown = uppermost[i]
      const start = i++
      while (i < end && uppermost[i] === shown) i++
      if (shown === t + 1 || hides[owners[shown - 1]] !== 1) continue
      hidden += countBelow(start - line, i - line, first + k, t, shown - 1, planes)
    }
  }
  return hidden
}

/** Counts columns of a row where a face is below another one by more than `SAME`. */
const countBelow = (
  start: number,
  end: number,
  row: number,
  t: number,
  other: number,
  planes: Float64Array,
): number => {
  const below = -heightOver(planes, t, other, start, row) - SAME
  const last = -heightOver(planes, t, other, end - 1, row) - SAME
  if (below < -ROUNDING && last < -ROUNDING) return 0
  if (below > ROUNDING && last > ROUNDING) return end - start
  let count = 0
  for (let column = start; column < end; column++) {
    if (Math.fround(heightAt(planes, other, column, row)) > heightAt(planes, t, column, row) + SAME) count++
  }
  return count
}

const heightAt = (planes: Float64Array, t: number, column: number, row: number): number =>
  planes[3 * t] + planes[3 * t + 2] * row + planes[3 * t + 1] * column

const heightOver = (planes: Float64Array, t: number, other: number, column: number, row: number): number =>
  heightAt(planes, t, column, row) - heightAt(planes, other, column, row)

const texelPlaces = ({ positions, classes }: Mesh, { left, top, texel }: TexelGrid): TexelPlaces => {
  const x = new Float64Array(classes.length)
  const y = new Float64Array(classes.length)
  for (let v = 0; v < x.length; v++) {
    x[v] = (positions[3 * v] / 1000 - left) / texel - 0.5
    y[v] = (top - positions[3 * v + 1] / 1000) / texel - 0.5
  }
  return { x, y }
}

/**
 * The upward faces, by the bands of rows that they meet: `faces[ends[b − 1] … ends[b])`, ascending.
 */
const groupByBand = (
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
  // Each start advances to the end of its own range.
  for (let t = 0; t < count; t++) for (let band = first[t]; band <= last[t]; band++) faces[ends[band]++] = t
  return { ends, faces }
}

/** Plane of each face: the height, mm, at texel (0, 0), and its change a column and a row. */
const computePlanes = ({ positions: p, triangles }: Mesh, { x, y }: TexelPlaces): Float64Array => {
  const planes = new Float64Array(triangles.length)
  for (let i = 0; i < planes.length; i += 3) {
    const a = triangles[i]
    const b = triangles[i + 1]
    const c = triangles[i + 2]
    const z = p[3 * a + 2]
    const [ux, uy, uz] = [x[b] - x[a], y[b] - y[a], p[3 * b + 2] - z]
    const [vx, vy, vz] = [x[c] - x[a], y[c] - y[a], p[3 * c + 2] - z]
    const area = ux * vy - uy * vx
    planes[i + 1] = (uz * vy - vz * uy) / area
    planes[i + 2] = (ux * vz - vx * uz) / area
    planes[i] = z - planes[i + 1] * x[a] - planes[i + 2] * y[a]
  }
  return planes
}
