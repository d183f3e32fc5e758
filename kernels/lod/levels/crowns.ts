/**
 * Coarser trees: merges crowns into double pyramids and drops low ones, within the level's error.
 */
import { addToList, elementAt } from "../../../engine/core/lists.js"
import type { Mesh } from "../../../engine/kernel.js"
import { sortIntoBuckets } from "../../geometry/buckets.js"
import { groundObjects, joinObjects, keepRows } from "../../geometry/join-meshes.js"
import { shiftOf } from "../solid/prism.js"
import { ERROR_COLUMN, MEMBERS_COLUMN, numberIn } from "../solid/writer.js"

/** Trees of a level. Distances in mm. */
export interface CrownLevel {
  readonly mesh: Mesh
  /** Largest distance of a crown from the finest crowns that it represents. */
  readonly error: number
  /** Largest height above the ground of a dropped crown, plus its earlier error. */
  readonly goneHeight: number
  readonly gone: number
  readonly crowns: number
}

/** A crown of a child, which may represent several. */
interface Crown {
  /** Row in the joined table of objects. */
  readonly row: number
  readonly mesh: number
  /** Triangles and vertices in its child's mesh. */
  readonly faces: Int32Array
  readonly vertices: Uint32Array
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly bottom: number
  readonly top: number
  readonly error: number
  readonly members: number
}

type Place = readonly [x: number, y: number, z: number]

/** Height of the widest part of a double pyramid, as a share of its height from below. */
const WAIST = 0.4
/** Steps by which an edge of a double pyramid is sampled. */
const STEPS = 4

/**
 * Trees of a parent from those of its children, each as coarse as the level's bound (mm) allows.
 * The bound doubles until they have at most `most` triangles.
 *
 * A crown no higher above the ground than the bound is dropped. Crowns in a cell of twice it,
 * on a grid fixed in the CRS, become one double pyramid of four sides (eight triangles). So may a
 * single crown. Both need a distance within the bound; other crowns are unchanged.
 *
 * The distance is measured both ways, and the children's error is added. From each crown vertex to
 * the double pyramid as a solid: vertices suffice, since the distance to a convex body is convex.
 * From a lattice of places on the double pyramid to the nearest crown vertex: an upper bound of the
 * distance to the surface.
 *
 * Crowns remain closed. O(n log n) in the crowns.
 * @param heightAt ground of the parent, mm; undefined outside
 */
export const coarserCrowns = (
  children: readonly Mesh[],
  origin: Mesh["origin"],
  limits: { readonly bound: number; readonly most: number },
  heightAt: (x: number, y: number) => number | undefined,
): CrownLevel => {
  const { objects, offsets } = joinObjects(children.map((child) => child.objects ?? groundObjects))
  const crowns = children.flatMap((child, c) => readCrowns(child, c, origin, offsets[c]!))
  const heights = crowns.map(({ x, y, top, bottom }) => top - (heightAt(x, y) ?? bottom))
  for (let bound = limits.bound; ; bound *= 2) {
    const writer = new CrownWriter(children, origin)
    const level = writeCrowns(writer, crowns, heights, { bound, most: limits.most })
    if (level !== undefined)
      return { ...level, mesh: withColumns(writer.mesh(objects), level.rows), crowns: level.rows.length }
  }
}

interface Row {
  readonly row: number
  readonly error: number
  readonly members: number
}

/** Writes the crowns that a bound leaves. Undefined as soon as they have too many triangles. */
const writeCrowns = (
  writer: CrownWriter,
  crowns: readonly Crown[],
  heights: readonly number[],
  { bound, most }: { readonly bound: number; readonly most: number },
): (Pick<CrownLevel, "error" | "goneHeight" | "gone"> & { readonly rows: readonly Row[] }) | undefined => {
  const { children, origin } = writer
  let [goneHeight, gone] = [0, 0]
  const cells = new Map<string, Crown[]>()
  crowns.forEach((crown, k) => {
    const height = heights[k]!
    if (height > bound) {
      addToList(cells, cellOf(crown, origin, 2 * bound), crown)
      return
    }
    gone++
    goneHeight = Math.max(goneHeight, height + crown.error)
  })
  const rows: Row[] = []
  const stand = (group: readonly Crown[]): boolean => {
    const shape = doublePyramid(group)
    const distance = measureDistance(shape, group, children, origin, bound)
    if (distance > bound) return false
    const total = distance + Math.max(...group.map((crown) => crown.error))
    const largest = group.reduce((best, crown) => (crown.top > best.top ? crown : best))
    writer.addShape(shape, largest)
    rows.push({ row: largest.row, error: total, members: group.reduce((sum, crown) => sum + crown.members, 0) })
    return true
  }
  for (const cell of cells.values()) {
    if (cell.length > 1 && stand(cell)) continue
    for (const crown of cell) {
      if (crown.faces.length > 8 && stand([crown])) continue
      writer.addCopy(crown)
      rows.push({ row: crown.row, error: crown.error, members: crown.members })
    }
    if (writer.triangleCount > most) return undefined
  }
  const error = rows.reduce((largest, row) => Math.max(largest, row.error), 0)
  return { error, goneHeight, gone, rows }
}

const readCrowns = (child: Mesh, mesh: number, origin: Mesh["origin"], offset: number): Crown[] => {
  const { owners, objects, triangles, positions } = child
  const rows = owners === undefined ? new Int32Array(triangles.length / 3).fill(1) : Int32Array.from(owners)
  const { starts, order: faces } = sortIntoBuckets(rows, objects?.ids.length ?? 2)
  const shift = shiftOf(child, origin)
  const crowns: Crown[] = []
  const vertices = new Uint32Array(triangles.length)
  /** Row of the last crown that has each vertex. */
  const lastRow = new Uint32Array(positions.length / 3)
  const [low, high] = [new Float64Array(3), new Float64Array(3)]
  let end = 0
  for (let row = 1; row + 1 < starts.length; row++) {
    if (starts[row] === starts[row + 1]) continue
    const begin = end
    low.fill(Infinity)
    high.fill(-Infinity)
    for (let face = starts[row]!; face < starts[row + 1]!; face++) {
      for (let corner = 3 * faces[face]!, after = corner + 3; corner < after; corner++) {
        const v = triangles[corner]!
        if (lastRow[v] === row) continue
        lastRow[v] = row
        vertices[end++] = v
        for (let axis = 0; axis < 3; axis++) {
          const place = positions[3 * v + axis]!
          if (place < low[axis]!) low[axis] = place
          if (place > high[axis]!) high[axis] = place
        }
      }
    }
    for (let axis = 0; axis < 3; axis++) {
      low[axis]! += shift[axis]!
      high[axis]! += shift[axis]!
    }
    crowns.push({
      row: row + offset,
      mesh,
      faces: faces.subarray(starts[row], starts[row + 1]),
      vertices: vertices.subarray(begin, end),
      x: (low[0]! + high[0]!) / 2,
      y: (low[1]! + high[1]!) / 2,
      radius: (high[0]! - low[0]! + high[1]! - low[1]!) / 4,
      bottom: low[2]!,
      top: high[2]!,
      error: 1000 * numberIn(objects?.columns[ERROR_COLUMN], row, 0),
      members: numberIn(objects?.columns[MEMBERS_COLUMN], row, 1),
    })
  }
  return crowns
}

const cellOf = (crown: Crown, origin: Mesh["origin"], side: number): string =>
  `${Math.floor((crown.x + 1000 * origin[0]) / side)} ${Math.floor((crown.y + 1000 * origin[1]) / side)}`

/**
 * West, south, east and north of the waist, foot and tip, in whole mm. Its area equals that of the
 * crowns together.
 */
const doublePyramid = (group: readonly Crown[]): readonly Place[] => {
  let [area, x, y, top, bottom] = [0, 0, 0, -Infinity, Infinity]
  for (const crown of group) {
    const part = crown.radius ** 2
    area += part
    x += part * crown.x
    y += part * crown.y
    top = Math.max(top, crown.top)
    bottom = Math.min(bottom, crown.bottom)
  }
  const [cx, cy] = [Math.round(x / area), Math.round(y / area)]
  const waist = Math.round(bottom + WAIST * (top - bottom))
  // A square with the circle's area has its corners √(π/2) radii from the centre.
  const reach = Math.max(1, Math.round(Math.sqrt((area * Math.PI) / 2)))
  return [
    [cx - reach, cy, waist],
    [cx, cy - reach, waist],
    [cx + reach, cy, waist],
    [cx, cy + reach, waist],
    [cx, cy, Math.min(bottom, waist - 1)],
    [cx, cy, Math.max(top, waist + 1)],
  ]
}

/** Faces of a double pyramid, outward: of each quarter from the south-west on, above and below. */
const FACES = [0, 1, 2, 3].flatMap((i): (readonly [number, number, number])[] => [
  [i, (i + 1) % 4, 5],
  [(i + 1) % 4, i, 4],
])

/**
 * Distance between a double pyramid and crowns, see {@link coarserCrowns}. Infinite as soon as it
 * exceeds the bound.
 */
const measureDistance = (
  shape: readonly Place[],
  group: readonly Crown[],
  children: readonly Mesh[],
  origin: Mesh["origin"],
  bound: number,
): number => {
  const vertices = copyVertices(group, children, origin)
  let largest = 0
  for (let i = 0; i < vertices.length; i += 3) {
    // A face within the largest distance so far settles the vertex.
    largest = Math.max(largest, distanceToBody(shape, vertices[i], vertices[i + 1], vertices[i + 2], largest))
    if (largest > bound) return Number.POSITIVE_INFINITY
  }
  for (const [a, b, c] of FACES) {
    const [p, q, r] = [shape[a]!, shape[b]!, shape[c]!]
    for (let i = 0; i <= STEPS; i++) {
      for (let j = 0; i + j <= STEPS; j++) {
        const k = STEPS - i - j
        const x = (i * p[0] + j * q[0] + k * r[0]) / STEPS
        const y = (i * p[1] + j * q[1] + k * r[1]) / STEPS
        const z = (i * p[2] + j * q[2] + k * r[2]) / STEPS
        // Places within the largest distance so far do not raise it.
        largest = Math.sqrt(nearestSquared(vertices, x, y, z, largest * largest))
        if (largest > bound) return Number.POSITIVE_INFINITY
      }
    }
  }
  return largest
}

/** Square of the distance to the nearest vertex; stops at `enough` when a vertex is within that. */
const nearestSquared = (vertices: Float64Array, x: number, y: number, z: number, enough: number): number => {
  let nearest = Number.POSITIVE_INFINITY
  for (let i = 0; i < vertices.length; i += 3) {
    const dx = vertices[i] - x
    const dy = vertices[i + 1] - y
    const dz = vertices[i + 2] - z
    const squared = dx * dx + dy * dy + dz * dz
    if (squared <= enough) return enough
    if (squared < nearest) nearest = squared
  }
  return nearest
}

const copyVertices = (group: readonly Crown[], children: readonly Mesh[], origin: Mesh["origin"]): Float64Array => {
  const vertices = new Float64Array(3 * group.reduce((sum, crown) => sum + crown.vertices.length, 0))
  let at = 0
  for (const crown of group) {
    const child = children[crown.mesh]!
    const shift = shiftOf(child, origin)
    for (const v of crown.vertices)
      for (let axis = 0; axis < 3; axis++) vertices[at++] = child.positions[3 * v + axis] + shift[axis]!
  }
  return vertices
}

/**
 * Distance of a place from a double pyramid; 0 inside. At most `enough` as soon as one face is so
 * near.
 */
const distanceToBody = (shape: readonly Place[], x: number, y: number, z: number, enough: number): number => {
  const [west, , east, , foot, tip] = shape as readonly [Place, Place, Place, Place, Place, Place]
  const reach = (east[0] - west[0]) / 2
  const waist = west[2]
  const rise = z > waist ? (z - waist) / (tip[2] - waist) : (waist - z) / (waist - foot[2])
  if ((Math.abs(x - tip[0]) + Math.abs(y - tip[1])) / reach + rise <= 1) return 0
  const isWest = x < tip[0]
  const quarter = y < tip[1] ? (isWest ? 0 : 1) : isWest ? 3 : 2
  const first = 2 * quarter + (z > waist ? 0 : 1)
  let nearest = Number.POSITIVE_INFINITY
  for (let k = 0; k < FACES.length; k++) {
    const [a, b, c] = FACES[(first + k) % FACES.length]!
    nearest = Math.min(nearest, distanceToTriangle(x, y, z, [shape[a]!, shape[b]!, shape[c]!]))
    if (nearest <= enough) return nearest
  }
  return nearest
}

const distanceToTriangle = (x: number, y: number, z: number, corners: readonly [Place, Place, Place]): number => {
  const [a, b, c] = corners
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
  const [wx, wy, wz] = [c[0] - a[0], c[1] - a[1], c[2] - a[2]]
  const [nx, ny, nz] = [uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx]
  let over = true
  let nearest = Infinity
  for (let e = 0; e < 3; e++) {
    const [from, to] = [corners[e]!, corners[(e + 1) % 3]!]
    const [ex, ey, ez] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]]
    const [px, py, pz] = [x - from[0], y - from[1], z - from[2]]
    if ((ey * pz - ez * py) * nx + (ez * px - ex * pz) * ny + (ex * py - ey * px) * nz < 0) over = false
    const share = Math.min(1, Math.max(0, (ex * px + ey * py + ez * pz) / (ex * ex + ey * ey + ez * ez)))
    nearest = Math.min(nearest, Math.hypot(px - ex * share, py - ey * share, pz - ez * share))
  }
  if (!over) return nearest
  const height = nx * (x - a[0]) + ny * (y - a[1]) + nz * (z - a[2])
  return Math.abs(height / Math.sqrt(nx * nx + ny * ny + nz * nz))
}

type MeshTable = Required<Pick<Mesh, "objects" | "owners">>

/** Gathers crowns into one mesh; each crown is a row of its own, in order. */
class CrownWriter {
  private readonly positions: number[] = []
  private readonly triangles: number[] = []
  private readonly owners: number[] = []
  private readonly classes: number[] = []
  readonly children: readonly Mesh[]
  readonly origin: Mesh["origin"]
  /** New number of each vertex of a child. */
  private readonly numbers: readonly Uint32Array[]

  constructor(children: readonly Mesh[], origin: Mesh["origin"]) {
    this.children = children
    this.origin = origin
    this.numbers = children.map(({ positions }) => new Uint32Array(positions.length / 3))
  }

  get triangleCount(): number {
    return this.owners.length
  }

  addShape(shape: readonly Place[], of: Crown): void {
    const first = this.classes.length
    const label = elementAt(this.children, of.mesh).classes[of.vertices[0]!]
    for (const place of shape) {
      this.positions.push(...place)
      this.classes.push(label)
    }
    for (const face of FACES) {
      this.triangles.push(...face.map((v) => first + v))
      this.owners.push(of.row)
    }
  }

  addCopy(crown: Crown): void {
    const child = this.children[crown.mesh]!
    const numbers = this.numbers[crown.mesh]!
    const shift = shiftOf(child, this.origin)
    for (const v of crown.vertices) {
      numbers[v] = this.classes.length
      this.classes.push(child.classes[v])
      for (let axis = 0; axis < 3; axis++) this.positions.push(child.positions[3 * v + axis] + shift[axis]!)
    }
    for (const t of crown.faces) {
      for (let e = 3 * t; e < 3 * t + 3; e++) this.triangles.push(numbers[child.triangles[e]!]!)
      this.owners.push(crown.row)
    }
  }

  mesh(objects: MeshTable["objects"]): Mesh & MeshTable {
    return {
      origin: this.origin,
      positions: Int32Array.from(this.positions),
      triangles: Uint32Array.from(this.triangles),
      classes: Uint8Array.from(this.classes),
      maxError: 0,
      owners: Uint32Array.from(this.owners),
      objects,
    }
  }
}

/** The mesh with a table of the used rows, and columns for their errors and members. */
const withColumns = (mesh: Mesh & MeshTable, rows: readonly Row[]): Mesh => {
  const all = mesh.objects
  const errors = new Float64Array(all.ids.length).fill(Number.NaN)
  const members = new Float64Array(all.ids.length).fill(Number.NaN)
  for (const one of rows) {
    errors[one.row] = one.error / 1000
    members[one.row] = one.members
  }
  const columns = {
    ...all.columns,
    [ERROR_COLUMN]: { type: "number", values: errors },
    [MEMBERS_COLUMN]: { type: "number", values: members },
  } as const
  return { ...mesh, ...keepRows({ ...all, columns }, mesh.owners) }
}
