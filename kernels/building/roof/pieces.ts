/** Pieces of a plan that lines have cut, and the plane of each. */
import { isInsideHalfOpen } from "../../../engine/core/geometry/rings.js"
import type { Arrangement } from "../../geometry/arrange-segments.js"
import { labelFaces } from "../../geometry/label-faces.js"
import { cycleArea, findCycles, findFaces, listRing, nextHalfEdges } from "../../geometry/planar-graph.js"
import { UnionFind } from "../../geometry/union-find.js"
import { type BlockGrid, fillRings, type LabelledGrid, withLabels } from "../block/grid.js"
import { ringSegments } from "./lines.js"
import { joinNeighbours, mergeRegions, type RoofCells } from "./merge-regions.js"

/** Weight of a cell without points. */
const guessed = 0.3
/** Cap on the misfit of a cell, mm. */
const mostMisfit = 1500
/** Costs are whole multiples of this fraction of a cubic metre. */
const costUnit = 1e4
/** A plane reaches at most this far beyond the box of its cells, mm. */
const planeReach = 3000
/** A roof face is at least this large, mm², and, where longer than 2 m, this wide, mm. */
const [leastArea, leastWidth, longest] = [5e5, 500, 2000]

/** Faces of an arrangement inside the outline. */
export interface Pieces {
  /** Piece on the left of each half-edge; −1 outside. */
  readonly left: Int32Array
  readonly count: number
  /** Piece of each cell, −1 outside. */
  readonly cells: Int32Array
  readonly member: Int32Array
}

/**
 * Pieces inside the outline, each with the member that has most of its cells. A piece too thin for
 * cells is in the member of a place inside it.
 *
 * @param members member of each cell, −1 outside
 * @param plans rings of each member
 */
export const splitPlan = (
  arrangement: Arrangement,
  grid: BlockGrid,
  members: Int32Array,
  plans: readonly (readonly Float64Array[])[],
): Pieces => {
  const cycles = findCycles(nextHalfEdges(arrangement))
  const faces = findFaces(arrangement, cycles)
  const outside = new Uint8Array(faces.count)
  arrangement.ring.forEach((edge, e) => {
    if (edge >= 0 && faces.left[2 * e + 1] >= 0) outside[faces.left[2 * e + 1]] = 1
  })
  let count = 0
  const piece = Int32Array.from(outside, (out) => (out === 1 ? -1 : count++))
  const left = faces.left.map((face) => (face < 0 ? -1 : piece[face]))
  const rings: Float64Array[][] = Array.from({ length: count }, () => [])
  for (const cycle of cycles) if (left[cycle[0]] >= 0) rings[left[cycle[0]]].push(listRing(arrangement, cycle))
  const cells = new Int32Array(grid.inside.length).fill(-1)
  const member = new Int32Array(count).fill(-1)
  rings.forEach((own, p) => {
    const votes = new Map<number, number>()
    fillRings(grid, own, (cell) => {
      cells[cell] = p
      if (members[cell] >= 0) votes.set(members[cell], (votes.get(members[cell]) ?? 0) + 1)
    })
    member[p] = findMostVoted(votes, -1)
    if (member[p] < 0) {
      const [x, y] = placeInside(own)
      member[p] = plans.findIndex((plan) => isInsideHalfOpen(plan, x, y))
    }
  })
  adoptPieces(arrangement, left, member)
  return { left, count, cells, member }
}

/** A place half a millimetre to the left of the middle of the longest edge. */
const placeInside = (rings: readonly Float64Array[]): [x: number, y: number] => {
  let place: [number, number] = [0, 0]
  let longest = 0
  for (const { ax, ay, bx, by } of ringSegments(rings)) {
    const [dx, dy] = [bx - ax, by - ay]
    const length = Math.hypot(dx, dy)
    if (length <= longest) continue
    longest = length
    place = [ax + (dx - dy / length) / 2, ay + (dy + dx / length) / 2]
  }
  return place
}

/** Assigns a piece without a member to that of the neighbour with the longest common edge. */
const adoptPieces = ({ x, y, from, to }: Arrangement, left: Int32Array, member: Int32Array): void => {
  for (let round = 0; round < 4 && member.includes(-1); round++) {
    const longest = new Float64Array(member.length)
    const taken = member.slice()
    from.forEach((a, e) => {
      for (const [own, other] of [
        [left[2 * e], left[2 * e + 1]],
        [left[2 * e + 1], left[2 * e]],
      ]) {
        if (own < 0 || other < 0 || member[own] >= 0 || member[other] < 0) continue
        const length = Math.hypot(x[a] - x[to[e]], y[a] - y[to[e]])
        if (length > longest[own]) [longest[own], taken[own]] = [length, member[other]]
      }
    })
    member.set(taken)
  }
  for (let p = 0; p < member.length; p++) if (member[p] < 0) member[p] = 0
}

/**
 * Plane of each piece: small misfit of its cells against short lines between planes. Faces that
 * save little misfit, and those that are narrow, get the plane of a neighbour.
 */
export const labelPieces = (
  arrangement: Arrangement,
  pieces: Pieces,
  roof: RoofCells,
  simplicity: number,
): Int32Array => {
  const label = cutPieces(arrangement, pieces, roof, simplicity)
  const drawn = pieces.cells.map((piece) => (piece < 0 ? -1 : label[piece]))
  const { cells, planes, pointLabel, points, members } = roof
  const redrawn = { cells: withLabels(cells, drawn, cells.points), planes, pointLabel, points, members }
  const voted = countVotes(pieces, mergeRegions(redrawn, simplicity), members, label)
  widen(arrangement, pieces, voted)
  return voted
}

/** Labels of least cost. */
const cutPieces = (
  arrangement: Arrangement,
  pieces: Pieces,
  { cells, planes }: RoofCells,
  simplicity: number,
): Int32Array => {
  const { side, columns, label, points } = cells
  const isShown = new Uint8Array(planes.length)
  for (let cell = 0; cell < label.length; cell++) if (label[cell] >= 0) isShown[label[cell]] = 1
  const shown = [...planes.keys()].filter((plane) => isShown[plane] === 1)
  const labels = shown.length
  if (labels === 0) return new Int32Array(pieces.count)
  const near = planesNear(pieces, cells, shown)
  const data = new Float64Array(pieces.count * labels)
  const unit = (costUnit * (side / 1000) ** 2) / 1000
  const nearOf = Array.from({ length: pieces.count }, (_, piece) =>
    shown.flatMap((plane, l) => (near[piece * labels + l] === 1 ? [{ l, plane: planes[plane] }] : [])),
  )
  // Cost of each piece for planes that are not near.
  const far = new Float64Array(pieces.count)
  for (let cell = 0; cell < label.length; cell++) {
    const piece = pieces.cells[cell]
    if (piece < 0 || label[cell] < 0) continue
    const x = ((cell % columns) + 0.5) * side
    const y = (Math.floor(cell / columns) + 0.5) * side
    const own = planes[label[cell]]
    const z = own.c + own.a * x + own.b * y
    const weight = unit * (points[cell] > 0 ? 1 : guessed)
    far[piece] += weight * mostMisfit
    for (const { l, plane } of nearOf[piece]) {
      const { a, b, c, low, high } = plane
      const height = c + a * x + b * y
      const isReached = height >= low - 500 && height <= high + 500
      data[piece * labels + l] += weight * (isReached ? Math.min(mostMisfit, Math.abs(height - z)) : mostMisfit)
    }
  }
  for (let i = 0; i < data.length; i++) data[i] = Math.round(near[i] === 1 ? data[i] : far[Math.floor(i / labels)])
  const [a, b, weight]: [number[], number[], number[]] = [[], [], []]
  arrangement.from.forEach((_, e) => {
    const [p, q] = [pieces.left[2 * e], pieces.left[2 * e + 1]]
    if (p < 0 || q < 0 || p === q) return
    a.push(p)
    b.push(q)
    weight.push(Math.round((costUnit * simplicity * lengthOf(arrangement, e)) / 1000))
  })
  return labelFaces({ faces: pieces.count, labels, data, a, b, weight }).map((l) => shown[l])
}

/** 1 for each piece and plane whose cells are within {@link planeReach} of each other, as boxes. */
const planesNear = (pieces: Pieces, { side, columns, label }: LabelledGrid, shown: readonly number[]): Uint8Array => {
  const number = new Map(shown.map((plane, l) => [plane, l]))
  const empty = (count: number): Box[] =>
    Array.from({ length: count }, () => [Infinity, Infinity, -Infinity, -Infinity])
  const [ofPieces, ofPlanes] = [empty(pieces.count), empty(shown.length)]
  for (let cell = 0; cell < label.length; cell++) {
    const piece = pieces.cells[cell]
    const l = piece < 0 ? undefined : number.get(label[cell])
    if (l === undefined) continue
    const x = (cell % columns) * side
    const y = Math.floor(cell / columns) * side
    grow(ofPieces[piece], x, y)
    grow(ofPlanes[l], x, y)
  }
  const near = new Uint8Array(ofPieces.length * ofPlanes.length)
  let i = 0
  for (const p of ofPieces) {
    for (const q of ofPlanes) {
      const gap = Math.max(p[0] - q[2], q[0] - p[2], p[1] - q[3], q[1] - p[3])
      near[i++] = gap <= planeReach ? 1 : 0
    }
  }
  return near
}

type Box = [minX: number, minY: number, maxX: number, maxY: number]

const grow = (box: Box, x: number, y: number): void => {
  box[0] = Math.min(box[0], x)
  box[1] = Math.min(box[1], y)
  box[2] = Math.max(box[2], x)
  box[3] = Math.max(box[3], y)
}

const lengthOf = ({ x, y, from, to }: Arrangement, e: number): number =>
  Math.hypot(x[from[e]] - x[to[e]], y[from[e]] - y[to[e]])

/** The plane of most cells of each piece; `label` for a piece without cells. */
const countVotes = (pieces: Pieces, planes: Int32Array, members: Int32Array, label: Int32Array): Int32Array => {
  const votes = Array.from(label, () => new Map<number, number>())
  for (let cell = 0; cell < planes.length; cell++) {
    const [plane, piece] = [planes[cell], pieces.cells[cell]]
    if (piece >= 0 && plane >= 0 && members[cell] === pieces.member[piece])
      votes[piece].set(plane, (votes[piece].get(plane) ?? 0) + 1)
  }
  return label.map((own, piece) => findMostVoted(votes[piece], own))
}

/** The candidate with most votes, the first of equals; without votes `otherwise`. */
const findMostVoted = (votes: ReadonlyMap<number, number>, otherwise: number): number => {
  let [best, most] = [otherwise, 0]
  for (const [one, count] of votes) if (count > most || (count === most && one < best)) [best, most] = [one, count]
  return best
}

/** A roof face: pieces of one plane and member. Areas in mm², lengths in mm. */
interface Face {
  readonly pieces: number[]
  area: number
  border: number
  /** Length of the common border with each neighbour of the same member. */
  readonly beside: Map<number, number>
}

/** Gives small or narrow faces the plane beyond their longest edge, the smallest first. */
const widen = (arrangement: Arrangement, pieces: Pieces, label: Int32Array): void => {
  const faces = facesOfPieces(arrangement, pieces, label)
  for (;;) {
    let narrow = -1
    for (const [own, { area, border, beside }] of faces) {
      const width = (2 * area) / border
      const isNarrow = area < leastArea || (width < leastWidth && border / 2 - width > longest)
      if (isNarrow && beside.size > 0 && (narrow < 0 || area < (faces.get(narrow) as Face).area)) narrow = own
    }
    if (narrow < 0) return
    const { beside } = faces.get(narrow) as Face
    const [[to]] = [...beside].sort((p, q) => q[1] - p[1] || p[0] - q[0])
    const plane = label[to]
    // Other neighbours of that plane now meet it too.
    const joined = [...beside.keys()].filter((other) => other !== to && label[other] === plane)
    for (const piece of (faces.get(narrow) as Face).pieces) label[piece] = plane
    const target = faces.get(to) as Face
    for (const id of [narrow, ...joined]) {
      const face = faces.get(id) as Face
      target.pieces.push(...face.pieces)
      target.area += face.area
      target.border += face.border - 2 * (face.beside.get(to) ?? 0)
      joinNeighbours(faces, id, to)
    }
  }
}

/** Faces by their first piece, ascending. */
const facesOfPieces = (
  arrangement: Arrangement,
  { left, count, member }: Pieces,
  label: Int32Array,
): Map<number, Face> => {
  const parent = UnionFind.make(count)
  const isInner = (p: number, q: number): boolean => p >= 0 && q >= 0 && member[p] === member[q]
  arrangement.from.forEach((_, e) => {
    const [p, q] = [left[2 * e], left[2 * e + 1]]
    if (isInner(p, q) && label[p] === label[q]) UnionFind.unite(parent, p, q)
  })
  const faces = new Map(
    UnionFind.groups(parent).map((own): [number, Face] => [
      own[0],
      { pieces: own, area: 0, border: 0, beside: new Map() },
    ]),
  )
  const faceOf = (piece: number): number => (piece < 0 ? -1 : UnionFind.find(parent, piece))
  for (const cycle of findCycles(nextHalfEdges(arrangement))) {
    const face = faces.get(faceOf(left[cycle[0]]))
    if (face) face.area += cycleArea(arrangement, cycle) / 2
  }
  arrangement.from.forEach((_, e) => {
    const [p, q] = [faceOf(left[2 * e]), faceOf(left[2 * e + 1])]
    if (p === q) return
    const length = lengthOf(arrangement, e)
    for (const [own, other] of [
      [p, q],
      [q, p],
    ]) {
      const face = faces.get(own)
      if (!face) continue
      face.border += length
      if (isInner(own, other)) face.beside.set(other, (face.beside.get(other) ?? 0) + length)
    }
  })
  return faces
}
