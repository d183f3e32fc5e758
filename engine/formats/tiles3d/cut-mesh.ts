import type { Mesh } from "../../kernel.js"

/** A piece of a straight line in plan: x (axis 0) or y (axis 1) is `at`, CRS metres, and the other coordinate lies between two limits. */
export interface CutLine {
  readonly axis: 0 | 1
  readonly at: number
  readonly between: readonly [min: number, max: number]
}

/** A mesh after a cut. */
export interface CutMesh {
  readonly mesh: Mesh
  readonly uv: Float32Array | undefined
  /** The triangle that each was a piece of. */
  readonly from: Uint32Array
}

/** Two vertex numbers make one number of a double's 53 bits. */
const STRIDE = 2 ** 26

/**
 * Cuts the triangles of a mesh along a line in plan: every edge that crosses it gets a vertex there, to the millimetre, and its triangles are divided; so the
 * pieces fit together as before. No vertex moves. Edges of one triangle alone (the border of the tile, that of a neighbour's building) are
 * not cut: what lies on their other side, in another tile, must not differ. O(triangles) time.
 *
 * @param uv one (u, v) a vertex; new vertices get what is between
 */
export const cutMesh = (mesh: Mesh, uv: Float32Array | undefined, line: CutLine): CutMesh => {
  const { triangles } = mesh
  const sides = sidesOf(mesh, line)
  const crossing = crossings(mesh, line, sides)
  const count = triangles.length / 3
  if (crossing.size === 0) return { mesh, uv, from: Uint32Array.from({ length: count }, (_, t) => t) }
  const cutters = addVertices(mesh, uv, crossing)
  const out: number[] = []
  const from: number[] = []
  const kept = new Uint32Array(triangles.length)
  const keptFrom = new Uint32Array(count)
  let used = 0
  for (let t = 0; t < count; t++) {
    const [a, b, c] = [triangles[3 * t]!, triangles[3 * t + 1]!, triangles[3 * t + 2]!]
    const meets = sides[a]! * sides[b]! < 0 || sides[b]! * sides[c]! < 0 || sides[c]! * sides[a]! < 0
    const pieces = meets ? divided([a, b, c], cutters.vertexOn) : undefined
    if (pieces === undefined) {
      kept[3 * used] = a
      kept[3 * used + 1] = b
      kept[3 * used + 2] = c
      keptFrom[used++] = t
      continue
    }
    out.push(...pieces)
    for (let i = 0; i < pieces.length; i += 3) from.push(t)
  }
  const all = new Uint32Array(3 * used + out.length)
  all.set(kept.subarray(0, 3 * used))
  all.set(out, 3 * used)
  const source = new Uint32Array(used + from.length)
  source.set(keptFrom.subarray(0, used))
  source.set(from, used)
  const owners = mesh.owners
  return {
    mesh: {
      ...mesh,
      ...cutters.columns,
      triangles: all,
      ...(owners === undefined ? {} : { owners: source.map((t) => owners[t]!) }),
    },
    uv: cutters.uv,
    from: source,
  }
}

interface Crossing {
  /** End below the line, end above, and how far from the first to the second. */
  readonly low: number
  readonly high: number
  readonly part: number
  readonly place: readonly [x: number, y: number, z: number]
  triangles: number
}

const edgeOf = (a: number, b: number): number => (a < b ? a * STRIDE + b : b * STRIDE + a)

/** The edges of two triangles or more that cross the line, with the place in between. */
const crossings = (
  { positions: p, triangles, origin }: Mesh,
  line: CutLine,
  sides: Int8Array,
): Map<number, Crossing> => {
  const { axis } = line
  const at = Math.round((line.at - origin[axis]!) * 1000)
  const [min, max] = line.between.map((value) => Math.round((value - origin[1 - axis]!) * 1000)) as [number, number]
  const found = new Map<number, Crossing>()
  for (let i = 0; i < triangles.length; i++) {
    const a = triangles[i]!
    const b = triangles[i % 3 === 2 ? i - 2 : i + 1]!
    if (sides[a]! * sides[b]! >= 0) continue
    const known = found.get(edgeOf(a, b))
    if (known !== undefined) {
      known.triangles++
      continue
    }
    const [low, high] = sides[a]! < 0 ? [a, b] : [b, a]
    const part = (at - p[3 * low + axis]!) / (p[3 * high + axis]! - p[3 * low + axis]!)
    const between = (k: number): number => Math.round(p[3 * low + k]! + part * (p[3 * high + k]! - p[3 * low + k]!))
    const other = between(1 - axis)
    if (other < min || other > max) continue
    const place = axis === 0 ? ([at, other, between(2)] as const) : ([other, at, between(2)] as const)
    found.set(edgeOf(a, b), { low, high, part, place, triangles: 1 })
  }
  for (const [edge, crossing] of found) if (crossing.triangles < 2) found.delete(edge)
  return found
}

/** −1 below the line, 0 on it, 1 above, for each vertex. */
const sidesOf = ({ positions, classes, origin }: Mesh, { axis, at }: CutLine): Int8Array => {
  const line = Math.round((at - origin[axis]!) * 1000)
  const sides = new Int8Array(classes.length)
  for (let v = 0; v < sides.length; v++) sides[v] = Math.sign(positions[3 * v + axis]! - line)
  return sides
}

interface Cutters {
  readonly columns: Pick<Mesh, "positions" | "classes">
  readonly uv: Float32Array | undefined
  vertexOn(a: number, b: number): number | undefined
}

const addVertices = (mesh: Mesh, uv: Float32Array | undefined, crossing: ReadonlyMap<number, Crossing>): Cutters => {
  const before = mesh.classes.length
  const positions = new Int32Array(3 * (before + crossing.size))
  const classes = new Uint8Array(before + crossing.size)
  const places = uv && new Float32Array(2 * (before + crossing.size))
  positions.set(mesh.positions)
  classes.set(mesh.classes)
  if (uv !== undefined) places?.set(uv)
  const numbers = new Map<number, number>()
  for (const [edge, { low, high, part, place }] of crossing) {
    const vertex = before + numbers.size
    numbers.set(edge, vertex)
    positions.set(place, 3 * vertex)
    classes[vertex] = mesh.classes[part < 0.5 ? low : high]!
    for (let k = 0; uv !== undefined && places !== undefined && k < 2; k++)
      places[2 * vertex + k] = uv[2 * low + k]! + part * (uv[2 * high + k]! - uv[2 * low + k]!)
  }
  return { columns: { positions, classes }, uv: places, vertexOn: (a, b) => numbers.get(edgeOf(a, b)) }
}

/** The pieces of a triangle, corner by corner, in its own turn; undefined where no edge is cut. A straight line cuts at most two. */
const divided = ([a, b, c]: readonly [number, number, number], vertexOn: Cutters["vertexOn"]): number[] | undefined => {
  const [ab, bc, ca] = [vertexOn(a, b), vertexOn(b, c), vertexOn(c, a)]
  if (ab !== undefined && bc !== undefined) return [b, bc, ab, a, ab, bc, a, bc, c]
  if (bc !== undefined && ca !== undefined) return [c, ca, bc, b, bc, ca, b, ca, a]
  if (ca !== undefined && ab !== undefined) return [a, ab, ca, c, ca, ab, c, ab, b]
  if (ab !== undefined) return [a, ab, c, ab, b, c]
  if (bc !== undefined) return [b, bc, a, bc, c, a]
  return ca === undefined ? undefined : [c, ca, b, ca, a, b]
}
