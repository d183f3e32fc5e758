/** Applies edits to points in memory: `editPoints` of `maille/kernels`. */
import { boxOfRings, isInsideHalfOpen } from "../../engine/core/geometry/rings.js"
import { optionError } from "../../engine/core/parse-values.js"
import { designSurface } from "./earthwork.js"
import {
  type Box,
  changeLand,
  eachOfLattice,
  groundIn,
  growBox,
  LATTICE,
  type Land,
  latticeSize,
  MOST_POINTS,
  type NewPoints,
} from "./land.js"
import {
  type Build,
  type Earthwork,
  type Edit,
  type EditFeature,
  type OfPolygon,
  type Plant,
  readEdit,
} from "./read-edit.js"
import { roofOver } from "./roof.js"

/** Metres around an edit within which ground points count: of a razed place, and of slopes. */
export const AROUND = 16
export const REACH = 60
/** Side slopes are looked for this far first: most end near, and a TIN of 60 m around is dear. */
const reaches = [8, 24, REACH] as const
/** Heights that differ by less are equal, metres. */
const SAME = 0.001
const [GROUND, HIGH_VEGETATION, BUILDING, WATER] = [2, 5, 6, 9] as const

/** What an edit did. */
export interface EditSummary {
  readonly action: Edit["action"]
  readonly id?: string | number
  /** Points that left, and new ones. */
  readonly removed: number
  readonly added: number
  /** Of `level`, `dyke` and `ditch`: m³ taken away and put up, by the lattice. */
  readonly cut?: number
  readonly fill?: number
}

/** What an edit changes: which points leave, and the new ones. */
interface Change {
  readonly stays: (i: number) => boolean
  readonly points: NewPoints
  readonly classification: number
  readonly volumes?: { readonly cut: number; readonly fill: number }
}

/**
 * Applies edits in their `order`, then in that of the list; each sees the land that the ones before
 * left. O(points · edits), and the lattice of each.
 *
 * @param end box of the points, beyond which no edit may reach
 * @param nameOf how errors call a feature of the list
 * @throws EngineError E_USAGE for an edit that makes no sense here, with its name and the remedy
 */
export const applyEdits = (
  first: Land,
  features: readonly EditFeature[],
  end: Box,
  nameOf: (e: number) => string = (e) => `edits[${e}]`,
): { readonly land: Land; readonly edits: readonly EditSummary[] } => {
  const named = features.map((feature, e) => ({ feature, e, edit: readEdit(feature, nameOf(e)) }))
  refuseEqualIds(features, nameOf)
  const orderOf = ({ feature }: { feature: EditFeature }): number => Number(feature.properties?.["order"] ?? 0)
  let land = first
  const edits: EditSummary[] = []
  for (const { feature, e, edit } of [...named].sort((a, b) => orderOf(a) - orderOf(b) || a.e - b.e)) {
    const { volumes, ...change } = findChange(land, edit, end)
    const before = land.count
    land = changeLand(land, change.stays, { ...change, edit: e })
    const added = change.points.length / 3
    const id = feature.id ?? (feature.properties?.["id"] as string | number | undefined)
    edits[e] = {
      action: edit.action,
      ...(id === undefined ? {} : { id }),
      ...{ removed: before + added - land.count, added, ...volumes },
    }
  }
  return { land, edits }
}

/** @throws EngineError E_USAGE where two edits have one id */
export const refuseEqualIds = (features: readonly EditFeature[], nameOf: (e: number) => string): void => {
  const seen = new Map<unknown, number>()
  for (const [e, feature] of features.entries()) {
    const own = feature?.id ?? feature?.properties?.["id"]
    const other = own === undefined ? undefined : seen.get(own)
    if (other !== undefined)
      throw optionError(nameOf(e), `${nameOf(other)} has the same id, ${String(own)}. Change one.`)
    seen.set(own, e)
  }
}

const findChange = (land: Land, edit: Edit, end: Box): Change => {
  switch (edit.action) {
    case "build":
      return build(land, edit, end)
    case "plant":
      return plant(land, edit, end)
    case "level":
    case "dyke":
    case "ditch":
      return moveEarth(land, edit, end)
    case "raze":
      return raze(land, edit, end)
    case "water":
      return fillWater(land, edit, end)
    case "raise":
      return raise(land, edit, end)
    case "fell":
      return fell(land, edit, end)
  }
}

/** @throws EngineError E_USAGE where a box reaches beyond the data */
export const refuseOutside = ({ name }: Edit, box: Box, end: Box): void => {
  if (box[0] < end[0] || box[1] < end[1] || box[2] > end[2] || box[3] > end[3])
    throw optionError(name, `it reaches beyond the end of the data, [${end.join(", ")}]. Move it, or give more points.`)
}

/** The box of a polygon, all of which is in the data. */
const boxInside = (edit: Edit & { readonly rings: readonly (readonly number[])[] }, end: Box): Box => {
  const box = boxOfRings(edit.rings, 3)
  refuseOutside(edit, box, end)
  if (latticeSize(box) > MOST_POINTS)
    throw optionError(edit.name, `it has more than ${MOST_POINTS} new points, one every ${LATTICE} m. Divide it.`)
  return box
}

/** The points inside a polygon, by index: 1 inside. */
const markInside = (land: Land, rings: readonly (readonly number[])[], [minX, minY, maxX, maxY]: Box): Uint8Array => {
  const marks = new Uint8Array(land.count)
  for (let i = 0; i < land.count; i++) {
    const [x, y] = [land.x[i], land.y[i]]
    if (x >= minX && x <= maxX && y >= minY && y <= maxY && isInsideHalfOpen(rings, x, y, 3)) marks[i] = 1
  }
  return marks
}

const countClass = (land: Land, marks: Uint8Array, classification: number): number => {
  let count = 0
  for (let i = 0; i < land.count; i++) if (marks[i] === 1 && land.classification[i] === classification) count++
  return count
}

/** @throws EngineError E_USAGE where points of buildings are in the way */
const refuseBuildings = ({ name }: Edit, count: number): void => {
  if (count > 0)
    throw optionError(name, `a building is in its place (${count} points of class 6). Raze it by an edit before.`)
}

/** @throws EngineError E_USAGE where there is no ground around */
const needGround = ({ name }: Edit, height: number | undefined): number => {
  if (height === undefined) throw optionError(name, `there is no ground within ${AROUND} m around it.`)
  return height
}

/** Places every lattice step along rings, with their vertices. */
const alongRings = (rings: readonly (readonly number[])[], visit: (x: number, y: number) => void): void => {
  for (const ring of rings)
    for (let v = 0; v + 3 < ring.length; v += 3) {
      const [ax, ay, dx, dy] = [ring[v], ring[v + 1], ring[v + 3] - ring[v], ring[v + 4] - ring[v + 1]]
      const steps = Math.max(1, Math.ceil(Math.hypot(dx, dy) / LATTICE))
      for (let s = 0; s < steps; s++) visit(ax + (s / steps) * dx, ay + (s / steps) * dy)
    }
}

/** Ground around a polygon whose own points do not count, and its lowest height on the outline. */
const groundAround = (land: Land, edit: Build | OfPolygon, box: Box) => {
  const ground = groundIn(land, growBox(box, AROUND), (x, y) => isInsideHalfOpen(edit.rings, x, y, 3))
  let lowest = Infinity
  alongRings(edit.rings, (x, y) => {
    lowest = Math.min(lowest, needGround(edit, ground(x, y)))
  })
  return { ground, lowest }
}

const build = (land: Land, edit: Build, end: Box): Change => {
  const box = boxInside(edit, end)
  const marks = markInside(land, edit.rings, box)
  refuseBuildings(edit, countClass(land, marks, BUILDING))
  const { lowest } = groundAround(land, edit, box)
  const eaves = edit.eaves ?? lowest + (edit.height ?? 0)
  if (eaves <= lowest) throw optionError(edit.name, `its eaves, ${eaves} m, are below the ground, ${lowest} m.`)
  if (edit.ridge !== undefined && edit.ridge < eaves)
    throw optionError(edit.name, `its ridge, ${edit.ridge} m, is below its eaves, ${eaves} m.`)
  const roof = roofOver(edit, eaves)
  const points: NewPoints = []
  const add = (x: number, y: number): number => points.push(x, y, roof(x, y))
  eachOfLattice(box, (x, y) => {
    if (isInsideHalfOpen(edit.rings, x, y, 3)) add(x, y)
  })
  // The outline itself, so that walls stand where they are wanted.
  alongRings(edit.rings, add)
  return { stays: (i) => marks[i] === 0, points, classification: BUILDING }
}

const raze = (land: Land, edit: OfPolygon, end: Box): Change => {
  const box = boxInside(edit, end)
  const marks = markInside(land, edit.rings, box)
  if (countClass(land, marks, BUILDING) === 0)
    throw optionError(edit.name, "there is no building (class 6) to raze in its polygon. Check its place and its CRS.")
  const { ground } = groundAround(land, edit, box)
  const points: NewPoints = []
  eachOfLattice(box, (x, y) => {
    if (isInsideHalfOpen(edit.rings, x, y, 3)) points.push(x, y, needGround(edit, ground(x, y)))
  })
  return { stays: (i) => marks[i] === 0, points, classification: GROUND }
}

const fillWater = (land: Land, edit: OfPolygon, end: Box): Change => {
  const box = boxInside(edit, end)
  const marks = markInside(land, edit.rings, box)
  refuseBuildings(edit, countClass(land, marks, BUILDING))
  const { lowest } = groundAround(land, edit, box)
  if (edit.value > lowest + 0.1)
    throw optionError(
      edit.name,
      `its level, ${edit.value} m, is above its lowest bank, ${lowest} m. Lower it, or level the place.`,
    )
  const points: NewPoints = []
  eachOfLattice(box, (x, y) => {
    if (isInsideHalfOpen(edit.rings, x, y, 3)) points.push(x, y, edit.value)
  })
  alongRings(edit.rings, (x, y) => points.push(x, y, edit.value))
  return { stays: (i) => marks[i] === 0, points, classification: WATER }
}

const raise = (land: Land, edit: OfPolygon, end: Box): Change => {
  const marks = markInside(land, edit.rings, boxInside(edit, end))
  if (countClass(land, marks, BUILDING) === 0)
    throw optionError(edit.name, "there is no building (class 6) to raise in its polygon. Check its place and its CRS.")
  const points: NewPoints = []
  const isRoof = (i: number): boolean => marks[i] === 1 && land.classification[i] === BUILDING
  for (let i = 0; i < land.count; i++) if (isRoof(i)) points.push(land.x[i], land.y[i], land.z[i] + edit.value)
  return { stays: (i) => !isRoof(i), points, classification: BUILDING }
}

const fell = (land: Land, edit: OfPolygon, end: Box): Change => {
  const marks = markInside(land, edit.rings, boxInside(edit, end))
  const isTree = (i: number): boolean => marks[i] === 1 && land.classification[i] >= 3 && land.classification[i] <= 5
  if (!marks.some((_, i) => isTree(i)))
    throw optionError(edit.name, "there is no vegetation (classes 3 to 5) in its polygon. Check its place and its CRS.")
  return { stays: (i) => !isTree(i), points: [], classification: HIGH_VEGETATION }
}

/** Crowns are the upper half of an ellipsoid, on the upper half of the height. */
const plant = (land: Land, edit: Plant, end: Box): Change => {
  const points: NewPoints = []
  const radius = edit.crown / 2
  for (let t = 0; t < edit.places.length; t += 3) {
    const [x, y] = [edit.places[t], edit.places[t + 1]]
    const box = growBox([x, y, x, y], radius)
    refuseOutside(edit, box, end)
    for (let i = 0; i < land.count; i++)
      if (land.classification[i] === BUILDING && Math.hypot(land.x[i] - x, land.y[i] - y) < 0.5)
        throw optionError(edit.name, `the tree at [${x}, ${y}] is inside a building. Move it.`)
    const base = needGround(edit, groundIn(land, growBox([x, y, x, y], AROUND))(x, y))
    eachOfLattice(box, (px, py) => {
      const share = ((px - x) ** 2 + (py - y) ** 2) / radius ** 2
      if (share <= 1) points.push(px, py, base + (edit.height / 2) * (1 + Math.sqrt(1 - share)))
    })
  }
  if (points.length === 0)
    throw optionError(edit.name, "no tree stands in it: it is smaller than its spacing, or the crown than the lattice.")
  return { stays: () => true, points, classification: HIGH_VEGETATION }
}

/** State of a place of the lattice. */
const [EMPTY, UNCHANGED, CHANGED] = [0, 1, 2] as const

/**
 * Steps to the places of the lattice within half a metre, so that a cell of that side has ground of
 * the slope's foot at its centre.
 */
const around = (columns: number): readonly number[] =>
  [-2, -1, 0, 1, 2].flatMap((row) => [-2, -1, 0, 1, 2].map((column) => row * columns + column))
const FOOT = 2

const moveEarth = (land: Land, edit: Earthwork, end: Box): Change => {
  const bare = growBox(boxOfRings(edit.parts, 3), edit.width / 2)
  refuseOutside(edit, bare, end)
  for (const reach of edit.ratio > 0 ? reaches : [LATTICE]) {
    const change = moveEarthWithin(land, edit, growBox(bare, reach))
    if (change !== undefined) return change
  }
  throw optionError(edit.name, `its side slopes do not meet the ground within ${REACH} m. Make them steeper by ratio.`)
}

/** The change in a box; undefined where side slopes reach its border. */
const moveEarthWithin = (land: Land, edit: Earthwork, wide: Box): Change | undefined => {
  if (latticeSize(wide) > MOST_POINTS)
    throw optionError(edit.name, `it has more than ${MOST_POINTS} new points, one every ${LATTICE} m. Divide it.`)
  const ground = groundIn(land, growBox(wide, AROUND))
  const surface = designSurface(edit, ground)
  const changeAt = (x: number, y: number): { g: number; z: number } | undefined => {
    const g = ground(x, y)
    if (g === undefined) return undefined
    const { isCore, z } = surface(x, y, g)
    return { g, z: isCore || Math.abs(z - g) > SAME ? z : Number.NaN }
  }
  const columns = Math.floor(wide[2] / LATTICE) - Math.ceil(wide[0] / LATTICE) + 1
  const states: number[] = []
  const heights: number[] = []
  let [cut, fill] = [0, 0]
  eachOfLattice(wide, (x, y) => {
    const change = changeAt(x, y)
    if (change === undefined && surface(x, y, Number.NaN).isCore)
      throw optionError(edit.name, `there are no ground points around [${x}, ${y}]. Move it, or give more points.`)
    const { g, z } = change ?? { g: Number.NaN, z: Number.NaN }
    states.push(Number.isNaN(g) ? EMPTY : Number.isNaN(z) ? UNCHANGED : CHANGED)
    heights.push(Number.isNaN(z) ? g : z)
    if (z > g) fill += (z - g) * LATTICE ** 2
    else if (z < g) cut += (g - z) * LATTICE ** 2
  })
  if (edit.ratio > 0 && isCut(states, columns)) return undefined
  refuseOpenSides(edit, states, columns)
  const points: NewPoints = []
  const steps = around(columns)
  let node = 0
  eachOfLattice(wide, (x, y) => {
    const at = node++
    // The ground beside a slope too: its foot lies between the two, wherever points were measured.
    const isFoot = (): boolean => steps.some((step) => states[at + step] === CHANGED)
    if (states[at] === CHANGED || (states[at] === UNCHANGED && isFoot())) points.push(x, y, heights[at])
  })
  const [minX, minY, maxX, maxY] = wide
  const leaves = new Uint8Array(land.count)
  for (let i = 0; i < land.count; i++) {
    const [x, y] = [land.x[i], land.y[i]]
    if (x < minX || x > maxX || y < minY || y > maxY) continue
    const change = changeAt(x, y)
    if (change !== undefined && !Number.isNaN(change.z)) leaves[i] = 1
  }
  refuseBuildings(edit, countClass(land, leaves, BUILDING))
  if (cut + fill === 0) throw optionError(edit.name, "it changes nothing: the ground is there already.")
  return { stays: (i) => leaves[i] === 0, points, classification: GROUND, volumes: { cut, fill } }
}

/** Whether a place is changed so near the border of the lattice that its slope's foot is cut. */
const isCut = (states: readonly number[], columns: number): boolean =>
  states.some((state, at) => {
    const [column, row] = [at % columns, Math.floor(at / columns)]
    const within = Math.min(column, columns - 1 - column, row, states.length / columns - 1 - row)
    return state === CHANGED && within <= FOOT
  })

/** @throws EngineError E_USAGE where a changed place has no ground beside it */
const refuseOpenSides = ({ name }: Earthwork, states: readonly number[], columns: number): void => {
  for (const [at, state] of states.entries()) {
    if (state !== CHANGED) continue
    if ([at - 1, at + 1, at - columns, at + columns].some((one) => states[one] === EMPTY))
      throw optionError(name, "it reaches the end of the ground points. Move it, or give more points.")
  }
}
