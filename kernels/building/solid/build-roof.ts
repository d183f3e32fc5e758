/**
 * The whole way from a block's points to its checked solids: planes, lines, roof plan, heights,
 * walls; LoD1.2 if that fails.
 */
import { type Arrangement, arrangeSegments, type Segment } from "../../geometry/arrange-segments.js"
import { labelFaces } from "../../geometry/label-faces.js"
import { cyclesOf, facesOf, nextHalfEdges, originOf } from "../../geometry/planar-graph.js"
import { UnionFind } from "../../geometry/union-find.js"
import { bodySides, isOnBody, type RoofBody, releaseLost, releaseTops, roofBodies } from "../roof/bodies.js"
import { fillRings, type LabelledGrid, labelGrid, type RoofGrid } from "../roof/grid.js"
import { ringSegments, roofLines } from "../roof/lines.js"
import { joinPlanes, mergeRegions, type RoofCells } from "../roof/merge-regions.js"
import { mergePieces, type RoofPlan } from "../roof/plan.js"
import { findPlanes } from "../roof/planes.js"
import { RoofFault, type RoofPlane, raiseRoof } from "../roof/raise.js"
import { type BlockPoints, type BuildingBlock, groundOnEdge } from "./block.js"
import { extrudeRoof, type RaisedRoof } from "./extrude-roof.js"
import { trianglesOf, withFlatFaces } from "./face-triangles.js"
import { type Polyhedron, solidFault } from "./polyhedron.js"
import { carveRecesses, type WallRecess, wallRecesses } from "./wall-recesses.js"

export interface RoofRules {
  /** "high": small bodies on roofs and recesses in walls too. */
  readonly detail: string
  /** Smallest roof plane, m². */
  readonly minPlane: number
  /** Misfit, m³, that a metre of line between two planes must save: higher is simpler. */
  readonly simplicity: number
}

/** A closed solid of a member of a block. */
export interface BuiltSolid {
  readonly member: number
  readonly polyhedron: Polyhedron
}

/** A block with a sound model. */
export interface BuiltBlock {
  readonly lod: "2.2" | "1.2"
  /** "high" if small bodies and recesses were looked for, else "normal". */
  readonly detail: "high" | "normal"
  /** Why it is not LoD2.2, or how many of its roofs were raised; "" otherwise. */
  readonly reason: string
  readonly roof: RaisedRoof
  readonly planes: readonly RoofPlane[]
  readonly skin: Polyhedron
  /** Triangles of each face of the skin: three vertices each. */
  readonly triangles: readonly (readonly number[])[]
  /** With the faces that are output. */
  readonly solids: readonly BuiltSolid[]
}

/** Least height of a flat-topped block above its highest ground, mm. */
const leastHeight = 100
/** Weight of a cell without points. */
const guessed = 0.3
/** Cap on the misfit of a cell, mm. */
const mostMisfit = 1500
/** Costs are whole multiples of this fraction of a cubic metre. */
const costUnit = 1e4

/**
 * Roofs, walls and solids of a building block. LoD2.2 finds planes in the points, partitions the
 * plan by their lines, and labels it at small cost. Sources: Zebedin and others 2008; Peters and
 * others 2022. If a step fails or the result is not sound, LoD1.2: each member up to the 70th
 * percentile of its points. Every solid is a closed, oriented 2-manifold.
 *
 * @returns undefined without points, or if the outline itself bounds no solid
 */
export const buildRoof = (
  block: BuildingBlock,
  grid: RoofGrid,
  points: BlockPoints,
  rules: RoofRules,
): BuiltBlock | undefined => {
  if (points.x.length === 0) return undefined
  const frame = { block, grid, points, rules, members: memberGrid(block, grid) }
  let reason: string
  try {
    return fullRoof(frame)
  } catch (error) {
    if (!(error instanceof RoofFault)) throw error
    reason = error.message
  }
  try {
    return flatRoof(frame, reason)
  } catch (error) {
    if (!(error instanceof RoofFault)) throw error
    return undefined
  }
}

const fullRoof = (frame: RoofFrame): BuiltBlock => {
  const { block, points, rules, grid } = frame
  const found = findPlanes(points, rules.minPlane)
  if (found.planes.length === 0) throw new RoofFault("no plane in the points")
  const isHigh = rules.detail === "high"
  const label = isHigh ? releaseTops(found, points, grid, block.rings) : found.label
  let drawn = planOf(frame, found.planes, label, undefined)
  const { cells, planes, pointLabel } = drawn.joined
  const left = isHigh ? releaseLost(cells, drawn.pieces.cells, drawn.label, planes, pointLabel) : pointLabel
  if (left !== pointLabel) {
    const again = planOf(frame, planes, left, undefined)
    // If no body results, the lost planes were noise; without them the other lines would move for
    // nothing.
    if (again.bodies.length > drawn.bodies.length) drawn = again
  }
  try {
    return standing(frame, drawn)
  } catch (error) {
    // A roof without its chimneys is better than none.
    if (!(error instanceof RoofFault) || drawn.bodies.length === 0) throw error
    return standing(frame, planOf(frame, found.planes, found.label, []))
  }
}

interface RoofFrame {
  readonly block: BuildingBlock
  readonly points: BlockPoints
  readonly rules: RoofRules
  readonly grid: RoofGrid
  readonly members: Int32Array
}

/** Pieces of a plan, each labelled with its plane; planes of bodies follow the planes found. */
interface DrawnPlan {
  /** Before any region was merged. */
  readonly joined: RoofCells
  readonly arrangement: Arrangement
  readonly pieces: Pieces
  readonly label: Int32Array
  readonly bodies: readonly RoofBody[]
}

/**
 * Divides the outline by the lines of labelled planes and those of bodies: the given ones, else
 * those of unlabelled points.
 */
const planOf = (
  { block, points, rules, grid, members }: RoofFrame,
  found: readonly RoofPlane[],
  pointLabel: Int32Array,
  given: readonly RoofBody[] | undefined,
): DrawnPlan => {
  const raw = labelGrid(grid, points.x, points.y, points.z, pointLabel)
  const joined = joinPlanes({ cells: raw, planes: found, pointLabel, points, members })
  const { planes } = joined
  const cells = { ...joined.cells, label: mergeRegions(joined, rules.simplicity) }
  const bodies = given ?? roofBodies(cells, planes, pointLabel, points, block.rings, rules.detail === "high")
  const lines = roofLines({ cells, planes, members }, block.rings)
  const arrangement = arrangeSegments(block.rings, memberSegments(block), [...bodySides(bodies), ...lines])
  const pieces = piecesOf(arrangement, cells, members)
  const label = labelPieces(arrangement, pieces, cells, planes, rules)
  // What lines cut off is a region too.
  const drawn = { ...cells, label: pieces.cells.map((piece) => (piece < 0 ? -1 : label[piece])) }
  const merged = mergeRegions({ ...joined, cells: drawn }, rules.simplicity)
  label.set(mostOf(pieces, merged, members, label))
  takeBodies(arrangement, pieces, bodies, planes.length, label)
  return { joined, arrangement, pieces, label, bodies }
}

/** The plane of most cells of each piece; `label` for a piece without cells. */
const mostOf = (pieces: Pieces, planes: Int32Array, members: Int32Array, label: Int32Array): Int32Array => {
  const votes = Array.from(label, () => new Map<number, number>())
  planes.forEach((plane, cell) => {
    const piece = pieces.cells[cell]
    if (piece >= 0 && plane >= 0 && members[cell] === pieces.member[piece])
      votes[piece].set(plane, (votes[piece].get(plane) ?? 0) + 1)
  })
  return label.map((own, piece) => [...votes[piece]].sort((p, q) => q[1] - p[1] || p[0] - q[0])[0]?.[0] ?? own)
}

const standing = (frame: RoofFrame, drawn: DrawnPlan): BuiltBlock =>
  stand(frame, drawn, [...drawn.joined.planes, ...drawn.bodies.map(({ top }) => top)], "2.2", "")

/** Labels the pieces in the rectangle of a body with its top. */
const takeBodies = (
  arrangement: Arrangement,
  { left }: Pieces,
  bodies: readonly RoofBody[],
  first: number,
  label: Int32Array,
): void => {
  if (bodies.length === 0) return
  const vertices: number[][] = Array.from(label, () => [])
  for (let h = 0; h < left.length; h++) if (left[h] >= 0) vertices[left[h]].push(originOf(arrangement, h))
  for (const [b, body] of bodies.entries()) {
    vertices.forEach((own, piece) => {
      if (own.every((v) => isOnBody(body, arrangement.x[v], arrangement.y[v]))) label[piece] = first + b
    })
  }
}

const flatRoof = (frame: RoofFrame, reason: string): BuiltBlock => {
  const { block, points, grid, members } = frame
  const arrangement = arrangeSegments(block.rings, memberSegments(block), [])
  const cells = labelGrid(grid, points.x, points.y, points.z, new Int32Array(points.x.length).fill(-1))
  const pieces = piecesOf(arrangement, cells, members)
  const count = Math.max(1, block.members.length)
  const heights: number[][] = Array.from({ length: count }, () => [])
  for (let i = 0; i < points.x.length; i++) {
    const cell = Math.floor(points.y[i] / grid.side) * grid.columns + Math.floor(points.x[i] / grid.side)
    if (members[cell] >= 0) heights[members[cell]].push(points.z[i])
  }
  // A sliver between the cells' middles, or a member without points, uses the block's points.
  for (const own of heights) if (own.length === 0) for (const z of points.z) own.push(z)
  const ground = block.lines.reduce((most, line) => {
    for (let i = 2; i < line.length; i += 3) most = Math.max(most, line[i])
    return most
  }, block.object.levelMm)
  const planes = heights.map((values): RoofPlane => {
    values.sort((a, b) => a - b)
    const top = Math.max(values[Math.floor(0.7 * (values.length - 1))], ground + leastHeight)
    return { a: 0, b: 0, c: top, low: top, high: top }
  })
  return stand(frame, { arrangement, pieces, label: pieces.member }, planes, "1.2", reason)
}

/**
 * Raises a plan and checks the result; walls of LoD1.2 have no recesses. Throws RoofFault if it is
 * not sound.
 */
const stand = (
  { block, points, rules }: RoofFrame,
  { arrangement, pieces, label }: Pick<DrawnPlan, "arrangement" | "pieces" | "label">,
  planes: readonly RoofPlane[],
  lod: "2.2" | "1.2",
  reason: string,
): BuiltBlock => {
  const corners = block.lines.length
  const merged = mergePieces(arrangement, pieces.left, label, pieces.member, corners)
  const { raised, ...roof } = raiseRoof(merged, planes, corners, (now) => footOf(block, now))
  const walls = extrudeRoof(roof, () => true, { line: (edge) => block.lines[edge] as Float64Array })
  if (!walls) throw new RoofFault("roof below the ground")
  const detail = lod === "2.2" && rules.detail === "high" ? "high" : "normal"
  const recesses = detail === "high" ? wallRecesses(walls, roof, points) : []
  const skin = carveRecesses(walls, recesses)
  const triangles = skin.faces.map((face) => {
    const cut = trianglesOf(skin, face)
    if (!cut) throw new RoofFault("a face is no simple polygon")
    return cut
  })
  const solids = solidParts(roof.plan)
    .flatMap((part) => soundSolids(roof, part, block.object.levelMm, recesses))
    .map(({ member, polyhedron }) => ({ member, polyhedron: withFlatFaces(polyhedron) }))
  const note = raised > 0 ? `${raised} roof${raised > 1 ? "s" : ""} raised to the ground` : reason
  return { lod, detail, reason: note, roof, planes: roof.planes, skin, triangles, solids }
}

/** Ground height at the vertices on the outline; the floor inside. */
const footOf = (block: BuildingBlock, { x, y, from, to, ring }: RoofPlan): Float64Array => {
  const foot = new Float64Array(x.length).fill(block.object.levelMm)
  ring.forEach((edge, e) => {
    if (edge < 0) return
    for (const v of [from[e], to[e]]) foot[v] = Math.max(foot[v], groundOnEdge(block.lines[edge], x[v], y[v]))
  })
  return foot
}

interface SolidPart {
  readonly member: number
  readonly faces: readonly number[]
}

/** Faces of each member, grouped where they are connected by edges. */
const solidParts = (plan: RoofPlan): SolidPart[] => {
  const parent = UnionFind.make(plan.label.length)
  plan.left.forEach((l, e) => {
    const r = plan.right[e]
    if (l >= 0 && r >= 0 && plan.member[l] === plan.member[r]) UnionFind.unite(parent, l, r)
  })
  return UnionFind.groups(parent).map((faces) => ({ member: plan.member[faces[0]], faces }))
}

/** The part as one solid, or one for each face if the whole is not sound. */
const soundSolids = (
  roof: RaisedRoof,
  { member, faces }: SolidPart,
  floor: number,
  recesses: readonly WallRecess[],
): BuiltSolid[] => {
  const whole = extrudeRoof(roof, (face) => faces.includes(face), { floor })
  if (!whole) throw new RoofFault("roof below the floor")
  if (!solidFault(whole)) return [{ member, polyhedron: carveRecesses(whole, recesses) }]
  return faces.map((face) => {
    const single = extrudeRoof(roof, (other) => other === face, { floor })
    const fault = single ? solidFault(single) : "roof below the floor"
    if (!single || fault) throw new RoofFault(fault ?? "no solid")
    return { member, polyhedron: single }
  })
}

/**
 * First member that contains each cell; 0 everywhere inside a block without members; −1 outside.
 */
const memberGrid = (block: BuildingBlock, grid: RoofGrid): Int32Array => {
  const member = new Int32Array(grid.inside.length).fill(-1)
  if (block.members.length === 0) {
    for (let cell = 0; cell < member.length; cell++) if (grid.inside[cell] === 1) member[cell] = 0
    return member
  }
  for (let m = block.members.length - 1; m >= 0; m--) {
    fillRings(grid, block.members[m], (cell) => {
      member[cell] = m
    })
  }
  return member
}

const memberSegments = (block: BuildingBlock): Segment[] => block.members.flatMap(ringSegments)

interface Pieces {
  /** Piece on the left of each half-edge; −1 outside. */
  readonly left: Int32Array
  readonly count: number
  /** Piece of each cell, −1 outside. */
  readonly cells: Int32Array
  readonly member: Int32Array
}

const piecesOf = (arrangement: Arrangement, grid: RoofGrid, members: Int32Array): Pieces => {
  const faces = facesOf(arrangement)
  const outside = new Uint8Array(faces.count)
  arrangement.ring.forEach((edge, e) => {
    if (edge >= 0 && faces.left[2 * e + 1] >= 0) outside[faces.left[2 * e + 1]] = 1
  })
  let count = 0
  const piece = Int32Array.from(outside, (out) => (out === 1 ? -1 : count++))
  const left = faces.left.map((face) => (face < 0 ? -1 : piece[face]))
  const rings: Float64Array[][] = Array.from({ length: count }, () => [])
  for (const cycle of cyclesOf(nextHalfEdges(arrangement))) {
    const face = left[cycle[0]]
    if (face < 0) continue
    const ring = new Float64Array(2 * cycle.length)
    cycle.forEach((h, i) => {
      ring[2 * i] = arrangement.x[originOf(arrangement, h)]
      ring[2 * i + 1] = arrangement.y[originOf(arrangement, h)]
    })
    rings[face].push(ring)
  }
  const cells = new Int32Array(grid.inside.length).fill(-1)
  const member = new Int32Array(count).fill(-1)
  rings.forEach((own, p) => {
    const votes = new Map<number, number>()
    fillRings(grid, own, (cell) => {
      cells[cell] = p
      if (members[cell] >= 0) votes.set(members[cell], (votes.get(members[cell]) ?? 0) + 1)
    })
    for (const [m, n] of votes)
      if (member[p] < 0 || n > (votes.get(member[p]) ?? 0) || (n === votes.get(member[p]) && m < member[p]))
        member[p] = m
  })
  adoptPieces(arrangement, left, member)
  return { left, count, cells, member }
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

/** Plane of each piece: small misfit of its cells against short lines between planes. */
const labelPieces = (
  arrangement: Arrangement,
  pieces: Pieces,
  grid: LabelledGrid,
  planes: readonly RoofPlane[],
  rules: RoofRules,
): Int32Array => {
  const { side, columns, label, points } = grid
  const labels = planes.length
  const data = new Float64Array(pieces.count * labels)
  const unit = (costUnit * (side / 1000) ** 2) / 1000
  for (let cell = 0; cell < label.length; cell++) {
    const piece = pieces.cells[cell]
    if (piece < 0 || label[cell] < 0) continue
    const [x, y] = [((cell % columns) + 0.5) * side, (Math.floor(cell / columns) + 0.5) * side]
    const own = planes[label[cell]]
    const z = own.c + own.a * x + own.b * y
    const weight = unit * (points[cell] > 0 ? 1 : guessed)
    for (let l = 0; l < labels; l++) {
      const { a, b, c, low, high } = planes[l]
      const height = c + a * x + b * y
      const beyond = height < low - 500 || height > high + 500
      data[piece * labels + l] += weight * (beyond ? mostMisfit : Math.min(mostMisfit, Math.abs(height - z)))
    }
  }
  for (let i = 0; i < data.length; i++) data[i] = Math.round(data[i])
  const [a, b, weight]: [number[], number[], number[]] = [[], [], []]
  arrangement.from.forEach((v, e) => {
    const [p, q] = [pieces.left[2 * e], pieces.left[2 * e + 1]]
    if (p < 0 || q < 0 || p === q) return
    const length = Math.hypot(
      arrangement.x[v] - arrangement.x[arrangement.to[e]],
      arrangement.y[v] - arrangement.y[arrangement.to[e]],
    )
    a.push(p)
    b.push(q)
    weight.push(Math.round((costUnit * rules.simplicity * length) / 1000))
  })
  return labelFaces({ faces: pieces.count, labels, data, a, b, weight })
}
