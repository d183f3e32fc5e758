/**
 * The whole way from a footprint and its points to checked solids: planes, lines, roof plan,
 * heights, walls; LoD1.2 if that fails.
 */
import { type Arrangement, arrangeSegments, type Segment } from "../../geometry/arrange-segments.js"
import { originOf } from "../../geometry/planar-graph.js"
import { UnionFind } from "../../geometry/union-find.js"
import type { Footprint } from "../../handover/footprint/footprint.js"
import { type Block, type BlockPoints, groundOnEdge, makeBlock } from "../block/block.js"
import { type BlockGrid, cellAt, fillRings, gridOver, labelGrid, withLabels } from "../block/grid.js"
import { findPoints, type PointIndex } from "../block/points.js"
import { bodySides, isOnBody, type RoofBody, roofBodies } from "../roof/bodies.js"
import { ringSegments, roofLines } from "../roof/lines.js"
import { joinPlanes, mergeRegions, type RoofCells, reachOfCells } from "../roof/merge-regions.js"
import { addParapets, findParapets, noParapets, type ParapetEdge } from "../roof/parapets.js"
import { labelPieces, type Pieces, splitPlan } from "../roof/pieces.js"
import { mergePieces, type RoofPlan } from "../roof/plan.js"
import { findPlanes, type PlanePoints } from "../roof/planes.js"
import { type RaisedRoof, RoofFault, type RoofPlane, raiseRoof } from "../roof/raise.js"
import { extrudeRoof } from "./extrude-roof.js"
import { triangulateFace, withFlatFaces } from "./face-triangles.js"
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

/** A block with its points and sound solids. */
export interface BuiltBlock {
  readonly block: Block
  readonly points: BlockPoints
  /** Roof face under each point, −1 outside. */
  readonly pointFaces: Int32Array
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
export const leastHeight = 100

/**
 * Roofs, walls and solids of a footprint of kind 6. LoD2.2 finds planes in the points, partitions
 * the plan by their lines, and labels it at small cost. Sources: Zebedin and others 2008; Peters
 * and others 2022. If a step fails or the result is not sound, LoD1.2: each member up to the 70th
 * percentile of its points. Every solid is a closed, oriented 2-manifold.
 *
 * @returns undefined without points, or if the outline itself bounds no solid
 */
export const buildBlock = (footprint: Footprint, index: PointIndex, rules: RoofRules): BuiltBlock | undefined => {
  const block = makeBlock(footprint)
  const grid = gridOver(block.width, block.height, block.rings)
  const points = findPoints(index, block, grid)
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
  const { points, rules } = frame
  const found = findPlanes(points, rules.minPlane)
  if (found.planes.length === 0) throw new RoofFault("no plane in the points")
  let drawn = drawPlan(frame, found, true, true)
  for (;;) {
    try {
      return raiseSolids(frame, drawn, [...drawn.planes, ...drawn.bodies.map(({ top }) => top)], "2.2", "")
    } catch (error) {
      // A roof without its parapets is better than none, and so is one without its chimneys.
      if (!(error instanceof RoofFault) || drawn.parapets.length + drawn.bodies.length === 0) throw error
      drawn = drawPlan(frame, found, drawn.parapets.length > 0, false)
    }
  }
}

interface RoofFrame {
  readonly block: Block
  readonly points: BlockPoints
  readonly rules: RoofRules
  readonly grid: BlockGrid
  readonly members: Int32Array
}

/** Pieces of a plan, each labelled with its plane; planes of bodies follow the planes found. */
interface DrawnPlan {
  readonly planes: readonly RoofPlane[]
  readonly arrangement: Arrangement
  readonly pieces: Pieces
  readonly label: Int32Array
  readonly bodies: readonly RoofBody[]
  readonly parapets: readonly ParapetEdge[]
}

/**
 * Divides the outline by the lines of planes and, if wanted, those of bodies: of points above the
 * plane that their cell shows. Points on parapets, if these are wanted, make neither.
 */
const drawPlan = (frame: RoofFrame, found: PlanePoints, withBodies: boolean, withParapets: boolean): DrawnPlan => {
  const { block, points, rules, grid, members } = frame
  let joined = labelCells(frame, found)
  const { edges: parapets, isOn } = withParapets ? findParapets(block, joined) : noParapets
  if (parapets.length > 0)
    joined = labelCells(frame, { ...found, label: found.label.map((plane, i) => (isOn[i] === 1 ? -1 : plane)) })
  const { cells, planes } = joined
  const shown = joined.pointLabel.map((plane, i) =>
    isOn[i] === 1 ? 0 : plane === cells.label[cellAt(grid, points, i)] ? plane : -1,
  )
  const bodies = withBodies ? roofBodies(cells, planes, shown, points, block.rings, rules.detail === "high") : []
  const lines = roofLines({ cells, planes, members }, block.rings)
  const arrangement = arrangeSegments(block.rings, memberSegments(block), [...bodySides(bodies), ...lines])
  const pieces = splitPlan(arrangement, cells, members, block.members)
  const label = labelPieces(arrangement, pieces, joined, rules.simplicity)
  takeBodies(arrangement, pieces, bodies, planes.length, label)
  return { planes, arrangement, pieces, label, bodies, parapets }
}

/** Cells with the planes of the regions that the roof needs. */
const labelCells = ({ points, rules, grid, members }: RoofFrame, { planes, label }: PlanePoints): RoofCells => {
  const raw = labelGrid(grid, points.x, points.y, points.z, label)
  const joined = joinPlanes({ cells: raw, planes, pointLabel: label, points, members })
  const cells = withLabels(raw, mergeRegions(joined, rules.simplicity), raw.points)
  const { pointLabel } = joined
  const merged = { cells, planes: joined.planes, pointLabel, points, members }
  return { cells, planes: reachOfCells(merged), pointLabel, points, members }
}

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
  const pieces = splitPlan(arrangement, cells, members, block.members)
  const count = Math.max(1, block.members.length)
  const heights: number[][] = Array.from({ length: count }, () => [])
  for (let i = 0; i < points.x.length; i++) {
    const cell = cellAt(grid, points, i)
    if (members[cell] >= 0) heights[members[cell]].push(points.z[i])
  }
  // A sliver between the cells' middles, or a member without points, uses the block's points.
  for (const own of heights) if (own.length === 0) for (const z of points.z) own.push(z)
  const ground = block.lines.reduce((most, line) => {
    for (let i = 2; i < line.length; i += 3) most = Math.max(most, line[i])
    return most
  }, block.footprint.levelMm)
  const planes = heights.map((values): RoofPlane => {
    values.sort((a, b) => a - b)
    const top = Math.max(values[Math.floor(0.7 * (values.length - 1))], ground + leastHeight)
    return { a: 0, b: 0, c: top, low: top, high: top }
  })
  return raiseSolids(frame, { arrangement, pieces, label: pieces.member, parapets: [] }, planes, "1.2", reason)
}

/**
 * Raises a plan and checks the result; walls of LoD1.2 have no recesses. Throws RoofFault if it is
 * not sound.
 */
const raiseSolids = (
  { block, points, grid, rules }: RoofFrame,
  { arrangement, pieces, label, parapets }: Pick<DrawnPlan, "arrangement" | "pieces" | "label" | "parapets">,
  planes: readonly RoofPlane[],
  lod: "2.2" | "1.2",
  reason: string,
): BuiltBlock => {
  const corners = block.lines.length
  const merged = mergePieces(arrangement, pieces.left, label, pieces.member, corners)
  const plain = raiseRoof(merged, planes, corners, (now) => footHeights(block, now))
  const { raised, ...roof } = addParapets(plain, parapets)
  const walls = extrudeRoof(roof, { line: (edge) => block.lines[edge] as Float64Array })
  if (!walls) throw new RoofFault("roof below the ground")
  const detail = lod === "2.2" && rules.detail === "high" ? "high" : "normal"
  const recesses = detail === "high" ? wallRecesses(walls, roof, points) : []
  const skin = carveRecesses(walls, recesses)
  const triangles = skin.faces.map((face) => {
    const cut = triangulateFace(skin, face)
    if (!cut) throw new RoofFault("a face is no simple polygon")
    return cut
  })
  const parts = solidParts(roof.plan)
  const solids = parts
    .flatMap((part) => soundSolids(roof, part, block.footprint.levelMm, recesses))
    .map(({ member, polyhedron }) => ({ member, polyhedron: withFlatFaces(polyhedron) }))
  if (roof.rings.length > plain.rings.length && solids.length > parts.length) throw new RoofFault("parapets touch")
  const note = raised > 0 ? `${raised} roof${raised > 1 ? "s" : ""} raised to the ground` : reason
  const pointFaces = facesUnder(roof, grid, points)
  return { block, points, pointFaces, lod, detail, reason: note, roof, planes: roof.planes, skin, triangles, solids }
}

/** Roof face under each point: that under the middle of its cell; −1 outside. */
const facesUnder = ({ plan, rings }: RaisedRoof, grid: BlockGrid, points: BlockPoints): Int32Array => {
  const faces = new Int32Array(grid.inside.length).fill(-1)
  rings.forEach((cycles, face) => {
    const polygon = cycles.map((cycle) => cycle.flatMap((h) => [plan.x[originOf(plan, h)], plan.y[originOf(plan, h)]]))
    fillRings(grid, polygon, (cell) => {
      faces[cell] = face
    })
  })
  return points.x.map((_, i) => faces[cellAt(grid, points, i)])
}

/** Ground height at the vertices on the outline; the floor inside. */
export const footHeights = (block: Block, { x, y, from, to, ring }: RoofPlan): Float64Array => {
  const foot = new Float64Array(x.length).fill(block.footprint.levelMm)
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
export const solidParts = (plan: RoofPlan): SolidPart[] => {
  const parent = UnionFind.make(plan.label.length)
  plan.left.forEach((l, e) => {
    const r = plan.right[e]
    if (l >= 0 && r >= 0 && plan.member[l] === plan.member[r]) UnionFind.unite(parent, l, r)
  })
  return UnionFind.groups(parent).map((faces) => ({ member: plan.member[faces[0]], faces }))
}

/** The part as one solid, or one for each face if the whole is not sound. */
export const soundSolids = (
  roof: RaisedRoof,
  { member, faces }: SolidPart,
  floor: number,
  recesses: readonly WallRecess[],
): BuiltSolid[] => {
  const whole = extrudeRoof(roof, { floor }, faces)
  if (!whole) throw new RoofFault("roof below the floor")
  if (!solidFault(whole)) return [{ member, polyhedron: carveRecesses(whole, recesses) }]
  return faces.map((face) => {
    const single = extrudeRoof(roof, { floor }, [face])
    const fault = single ? solidFault(single) : "roof below the floor"
    if (!single || fault) throw new RoofFault(fault ?? "no solid")
    return { member, polyhedron: single }
  })
}

/**
 * First member that contains each cell; 0 everywhere inside a block without members; −1 outside.
 */
const memberGrid = (block: Block, grid: BlockGrid): Int32Array => {
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

const memberSegments = (block: Block): Segment[] => block.members.flatMap(ringSegments)
