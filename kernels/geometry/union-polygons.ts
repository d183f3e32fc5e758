/**
 * Outline of the union of building polygons that a user supplies, on whole millimetres: valid rings
 * or none.
 */
import { passesRight } from "../../engine/core/geometry/rings.js"
import { addToList, lowerBound } from "../../engine/core/lists.js"

/** Vertices nearer than this, mm, merge: polygons that miss each other by less touch. */
export const unionSnap = 60
/**
 * Edges bend to vertices nearer than this, mm. It is well below the vertex distance: otherwise two
 * rows of vertices 60 mm apart would bend each other's edges forever.
 */
const EDGE_SNAP = 40
/** Half the diagonal, mm, of the square that bridges corners which touch in a point. */
const BRIDGE = 200
/** Most rounds of cutting edges at each other, and of bridging corners. */
const [CUTS, BRIDGES] = [60, 4]

/** Rings of the union; `undefined` if no valid ones resulted. */
type Rings = Int32Array[] | undefined

/**
 * The outline of the union of polygons, on whole millimetres. Its rings neither cross nor touch
 * themselves or each other. Outer ones are counter-clockwise, holes clockwise, not closed, without
 * corners on straight edges.
 *
 * Vertices within 60 mm of each other merge (into the first by x, then y) and edges bend to
 * vertices within 40 mm. Edges are then cut where they cross, until they meet only in vertices.
 * Places with a positive winding number are inside, decided in whole numbers. Corners that touch in
 * one point are joined by a small square. Outlines move by at most about 60 mm, and slits of less
 * than 40 mm close. The order of the polygons does not matter.
 *
 * @param polygons rings of each: x, y pairs of whole millimetres, outer counter-clockwise, holes
 * clockwise; in total less than 40 km wide
 * @returns rings in arbitrary order; undefined if cutting does not end. At worst O(e²) in edges.
 */
export const unionPolygons = (polygons: readonly (readonly Float64Array[])[]): Rings => {
  const all = polygons.flat()
  for (let round = 0; round < BRIDGES; round++) {
    const graph = cutEdges(all)
    if (graph === undefined) return undefined
    const border = borderEdges(graph)
    const touching = touchingVertices(graph, border)
    if (touching.length === 0) return linkRings(graph, border)
    for (const v of touching) {
      const [x, y] = [graph.x[v], graph.y[v]]
      all.push(Float64Array.of(x - BRIDGE, y, x, y - BRIDGE, x + BRIDGE, y, x, y + BRIDGE))
    }
  }
  return undefined
}

/**
 * Edges that meet only in vertices; `net`: how much more often the edge runs from `from` to `to`
 * than back.
 */
interface CutGraph {
  readonly x: readonly number[]
  readonly y: readonly number[]
  readonly edges: readonly { readonly from: number; readonly to: number; readonly net: number }[]
}

/** Vertices that represent all places around them. */
class Vertices {
  readonly x: number[] = []
  readonly y: number[] = []
  private readonly grid = new Map<string, number[]>()

  at(x: number, y: number): number {
    const [column, row] = [Math.floor(x / unionSnap), Math.floor(y / unionSnap)]
    let [best, least] = [-1, unionSnap * unionSnap]
    for (let r = row - 1; r <= row + 1; r++) {
      for (let c = column - 1; c <= column + 1; c++) {
        for (const v of this.grid.get(`${c} ${r}`) ?? []) {
          const square = (this.x[v] - x) ** 2 + (this.y[v] - y) ** 2
          if (square < least) [best, least] = [v, square]
        }
      }
    }
    if (best >= 0) return best
    addToList(this.grid, `${column} ${row}`, this.x.length)
    this.x.push(x)
    this.y.push(y)
    return this.x.length - 1
  }
}

/** Edges by their vertices, the lower number first. */
type Edges = Map<string, { readonly from: number; readonly to: number; net: number }>

const addEdge = (edges: Edges, a: number, b: number, net: number): void => {
  if (a === b || net === 0) return
  const [from, to, signed] = a < b ? [a, b, net] : [b, a, -net]
  const known = edges.get(`${from} ${to}`)
  if (known === undefined) edges.set(`${from} ${to}`, { from, to, net: signed })
  else known.net += signed
}

const cutEdges = (rings: readonly Float64Array[]): CutGraph | undefined => {
  const vertices = new Vertices()
  const places = rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, k) => [ring[2 * k], ring[2 * k + 1]] as const),
  )
  for (const [x, y] of [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1])) vertices.at(x, y)
  const edges: Edges = new Map()
  for (const ring of rings) {
    for (let k = 0; k < ring.length; k += 2) {
      const next = (k + 2) % ring.length
      addEdge(edges, vertices.at(ring[k], ring[k + 1]), vertices.at(ring[next], ring[next + 1]), 1)
    }
  }
  for (let round = 0; round < CUTS; round++) {
    const list = [...edges.values()].sort((e, f) => e.from - f.from || e.to - f.to)
    const cuts = new Map<(typeof list)[number], number[]>()
    const cut = (edge: (typeof list)[number], v: number): void => {
      if (v !== edge.from && v !== edge.to) addToList(cuts, edge, v)
    }
    cutAtVertices(vertices, list, cut)
    // Bending edges to vertices first turns most crossings into vertices.
    if (cuts.size === 0) cutAtCrossings(vertices, list, cut)
    if (cuts.size === 0) return { x: vertices.x, y: vertices.y, edges: list.filter(({ net }) => net !== 0) }
    for (const [edge, inner] of cuts) {
      edges.delete(`${edge.from} ${edge.to}`)
      const { x, y } = vertices
      const along = (v: number): number =>
        (x[v] - x[edge.from]) * (x[edge.to] - x[edge.from]) + (y[v] - y[edge.from]) * (y[edge.to] - y[edge.from])
      const chain = [edge.from, ...[...new Set(inner)].sort((p, q) => along(p) - along(q) || p - q), edge.to]
      for (let k = 0; k + 1 < chain.length; k++) addEdge(edges, chain[k], chain[k + 1], edge.net)
    }
  }
  return undefined
}

type ListedEdge = { readonly from: number; readonly to: number; readonly net: number }

/** Cuts edges at vertices close to them. */
const cutAtVertices = (
  { x, y }: Vertices,
  edges: readonly ListedEdge[],
  cut: (edge: ListedEdge, v: number) => void,
): void => {
  const order = x.map((_, v) => v).sort((a, b) => x[a] - x[b] || a - b)
  const sorted = order.map((v) => x[v])
  for (const edge of edges) {
    const { from, to } = edge
    const [dx, dy] = [x[to] - x[from], y[to] - y[from]]
    const [low, high] = [Math.min(y[from], y[to]) - EDGE_SNAP, Math.max(y[from], y[to]) + EDGE_SNAP]
    const east = Math.max(x[from], x[to]) + EDGE_SNAP
    for (
      let k = lowerBound(sorted, Math.min(x[from], x[to]) - EDGE_SNAP);
      k < order.length && x[order[k]] <= east;
      k++
    ) {
      const v = order[k]
      if (v === from || v === to || y[v] < low || y[v] > high) continue
      const [px, py] = [x[v] - x[from], y[v] - y[from]]
      const along = px * dx + py * dy
      if (along <= 0 || along >= dx * dx + dy * dy) continue
      if ((px * dy - py * dx) ** 2 < EDGE_SNAP * EDGE_SNAP * (dx * dx + dy * dy)) cut(edge, v)
    }
  }
}

/** Cuts edges at each other. */
const cutAtCrossings = (
  vertices: Vertices,
  edges: readonly ListedEdge[],
  cut: (edge: ListedEdge, v: number) => void,
): void => {
  const { x, y } = vertices
  const west = ({ from, to }: ListedEdge): number => Math.min(x[from], x[to])
  const sorted = [...edges].sort((e, f) => west(e) - west(f) || e.from - f.from || e.to - f.to)
  sorted.forEach((e, i) => {
    const east = Math.max(x[e.from], x[e.to])
    for (let j = i + 1; j < sorted.length && west(sorted[j]) <= east; j++) {
      const f = sorted[j]
      const [ex, ey] = [x[e.to] - x[e.from], y[e.to] - y[e.from]]
      const [fx, fy] = [x[f.to] - x[f.from], y[f.to] - y[f.from]]
      const [dx, dy] = [x[f.from] - x[e.from], y[f.from] - y[e.from]]
      const cross = ex * fy - ey * fx
      if (cross === 0) continue
      const [s, t] = [(dx * fy - dy * fx) / cross, (dx * ey - dy * ex) / cross]
      if (s <= 0 || s >= 1 || t <= 0 || t >= 1) continue
      const v = vertices.at(Math.round(x[e.from] + s * ex), Math.round(y[e.from] + s * ey))
      cut(e, v)
      cut(f, v)
    }
  })
}

/** Edges between inside and outside, the inside on the left: from, to pairs. */
const borderEdges = (graph: CutGraph): (readonly [from: number, to: number])[] => {
  const border: (readonly [number, number])[] = []
  for (const edge of graph.edges) {
    const right = countWindingRight(graph, edge)
    const [isRight, isLeft] = [right > 0, right + edge.net > 0]
    if (isLeft && !isRight) border.push([edge.from, edge.to])
    if (isRight && !isLeft) border.push([edge.to, edge.from])
  }
  return border
}

/**
 * Winding number just right of an edge, from the edges that a ray from its middle crosses. The ray
 * runs north, or west for vertical edges. Coordinates are doubled to make the middle whole.
 */
const countWindingRight = ({ x, y, edges }: CutGraph, edge: ListedEdge): number => {
  const turned = x[edge.from] === x[edge.to]
  // A quarter turn clockwise makes west north.
  const px = turned ? y : x
  const sign = turned ? -1 : 1
  const py = turned ? x : y
  const [mx, my] = [px[edge.from] + px[edge.to], sign * (py[edge.from] + py[edge.to])]
  let above = 0
  for (const other of edges) {
    if (other === edge) continue
    const [ax, bx] = [2 * px[other.from], 2 * px[other.to]]
    const [ay, by] = [2 * sign * py[other.from], 2 * sign * py[other.to]]
    // With x and y swapped, the ray to the right runs north.
    if (passesRight(ay, ax, by, bx, my, mx)) above += bx > ax ? -other.net : other.net
  }
  // The side above an edge that runs east is its left one.
  return px[edge.to] > px[edge.from] ? above - edge.net : above
}

const touchingVertices = ({ x }: CutGraph, border: readonly (readonly [number, number])[]): number[] => {
  const leaving = new Int32Array(x.length)
  for (const [from] of border) leaving[from]++
  return Array.from(leaving, (_, v) => v).filter((v) => leaving[v] > 1)
}

const linkRings = ({ x, y }: CutGraph, border: readonly (readonly [number, number])[]): Int32Array[] => {
  const next = new Map(border)
  const rings: Int32Array[] = []
  for (const [first] of border) {
    if (!next.has(first)) continue
    const chain: number[] = []
    for (let v: number | undefined = first; v !== undefined; ) {
      chain.push(v)
      const following: number | undefined = next.get(v)
      next.delete(v)
      v = following === first ? undefined : following
    }
    const corners = withoutStraight(chain, x, y)
    if (corners.length >= 3) rings.push(Int32Array.from(corners.flatMap((v) => [x[v], y[v]])))
  }
  return rings
}

/** Leaves out vertices less than 2 mm off the line between their neighbours. */
const withoutStraight = (chain: readonly number[], x: readonly number[], y: readonly number[]): number[] => {
  const chosen = [...chain]
  for (let k = 0; k < chosen.length && chosen.length > 3; ) {
    const [a, v, b] = [chosen[(k + chosen.length - 1) % chosen.length], chosen[k], chosen[(k + 1) % chosen.length]]
    const [dx, dy] = [x[b] - x[a], y[b] - y[a]]
    const off = (x[v] - x[a]) * dy - (y[v] - y[a]) * dx
    const between = (x[v] - x[a]) * (x[v] - x[b]) + (y[v] - y[a]) * (y[v] - y[b]) < 0
    if (between && off * off < 4 * (dx * dx + dy * dy)) chosen.splice(k, 1)
    else k++
  }
  return chosen
}
