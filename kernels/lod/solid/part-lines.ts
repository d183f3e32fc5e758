/** Separates bodies that meet along an upright line only, so that each edge has two faces. */
import { addToList } from "../../../engine/core/lists.js"
import { edgeName, type Face, type Place, triangulateFace, type VertexTable } from "./faces.js"

/** Distance by which a body draws back, mm: more than the lattice step of the finest parents. */
export const BACK = 10

/**
 * A wall that ends on an upright line: its face, the way from the line to its far end, and whether
 * its ring runs up the line.
 */
interface LineWall {
  readonly face: number
  readonly east: number
  readonly north: number
  readonly up: boolean
  /** Highest corner of the face on the line. */
  readonly top: number
}

/** The inside between two walls of a line. */
interface Sector {
  readonly walls: readonly [LineWall, LineWall]
  readonly top: number
  /**
   * x and y of the place to draw back to; undefined for an angle of 180° or more, or a short wall.
   */
  readonly back: readonly [number, number] | undefined
}

/**
 * Gives each upright edge two faces at most.
 *
 * Where bodies meet along a line, all but one draw back by a centimetre halfway up, the lowest
 * first. A body stays where its corner is not convex, a wall is too short, or a face could no
 * longer be triangulated. Undefined where none draws back.
 */
export const partLines = (faces: readonly Face[], vertices: VertexTable): Face[] | undefined => {
  const changed = [...faces]
  let isChanged = false
  for (const [edge, walls] of findLines(faces, vertices)) {
    const [from, to] = edge.split(" ").map(Number) as [number, number]
    const [x, y, z] = vertices.place(from)
    const middle = Math.round((z + vertices.place(to)[2]) / 2)
    const sectors = findSectors(walls, x, y).sort((a, b) => a.top - b.top)
    let together = sectors.length
    for (const { walls: pair, back } of sectors) {
      if (together === 1 || back === undefined) continue
      const halfway = vertices.at(...back, middle)
      const drawn = pair.map(({ face }) => withVertex(changed[face]!, edge, halfway))
      if (!areApart(drawn, vertices)) continue
      for (const [i, { face }] of pair.entries()) changed[face] = drawn[i]!
      together--
      isChanged = true
    }
  }
  return isChanged ? changed : undefined
}

/** True where both faces can be triangulated and share no triangle. */
const areApart = (faces: readonly Face[], vertices: VertexTable): boolean => {
  const known = new Set<string>()
  for (const face of faces) {
    const triangles = triangulateFace(face, vertices)
    if (triangles === undefined) return false
    for (let t = 0; t < triangles.length; t += 3) {
      const name = triangles
        .slice(t, t + 3)
        .sort((a, b) => a - b)
        .join(" ")
      if (known.has(name)) return false
      known.add(name)
    }
  }
  return true
}

const withVertex = (face: Face, edge: string, vertex: number): Face => ({
  ...face,
  rings: face.rings.map((ring) =>
    ring.flatMap((one, i) => (edgeName(one, ring[(i + 1) % ring.length]!) === edge ? [one, vertex] : [one])),
  ),
})

/** Upright edges of more than two faces, with their walls. */
const findLines = (faces: readonly Face[], vertices: VertexTable): Map<string, LineWall[]> => {
  const found = new Map<string, LineWall[]>()
  faces.forEach((face, index) => {
    for (const ring of face.rings)
      ring.forEach((one, i) => {
        const next = ring[(i + 1) % ring.length]!
        const [from, to] = [vertices.place(one), vertices.place(next)]
        if (from[0] !== to[0] || from[1] !== to[1]) return
        addToList(found, edgeName(one, next), { face: index, up: to[2] > from[2], ...measureWay(face, from, vertices) })
      })
  })
  for (const [edge, walls] of found) if (walls.length <= 2) found.delete(edge)
  return found
}

const measureWay = (
  { rings }: Face,
  [x, y]: Place,
  vertices: VertexTable,
): Pick<LineWall, "east" | "north" | "top"> => {
  let [east, north, top] = [0, 0, -Infinity]
  for (const vertex of rings.flat()) {
    const [px, py, z] = vertices.place(vertex)
    if (px === x && py === y) top = Math.max(top, z)
    else if (Math.hypot(px - x, py - y) > Math.hypot(east, north)) [east, north] = [px - x, py - y]
  }
  return { east, north, top }
}

/**
 * A wall whose ring runs up the line has its inside on the clockwise side; the next wall that way
 * ends it.
 */
const findSectors = (walls: readonly LineWall[], x: number, y: number): Sector[] => {
  const angleOf = ({ east, north }: LineWall): number => Math.atan2(north, east)
  const around = [...walls].sort((a, b) => angleOf(b) - angleOf(a) || Number(b.up) - Number(a.up))
  return around.flatMap((wall, i) => {
    const next = around[(i + 1) % around.length]!
    if (!wall.up || next.up) return []
    return [{ walls: [wall, next], top: Math.max(wall.top, next.top), back: drawBack(wall, next, x, y) }] as const
  })
}

const drawBack = (a: LineWall, b: LineWall, x: number, y: number): readonly [number, number] | undefined => {
  const [first, second] = [Math.hypot(a.east, a.north), Math.hypot(b.east, b.north)]
  if (Math.min(first, second) < 2 * BACK || a.east * b.north - a.north * b.east >= 0) return undefined
  const [east, north] = [a.east / first + b.east / second, a.north / first + b.north / second]
  const length = Math.hypot(east, north)
  return [x + Math.round((BACK * east) / length), y + Math.round((BACK * north) / length)]
}
