/**
 * The kernel `vector.building`: building outlines of one tile, traced from class 6 or external, and
 * the pieces near its border.
 */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { boxOfRings } from "../../engine/core/geometry/rings.js"
import { defineKernel, type Features, type Points, type Raster, type Tile } from "../../engine/kernel.js"
import { type Buckets, sortIntoBuckets } from "../geometry/buckets.js"
import { type CellGrid, growGrid, noHeight, sampleMm } from "../grid/cell-grid.js"
import type { CellRuns } from "../grid/cell-runs.js"
import { closeMask, fillPinches } from "../grid/close-mask.js"
import { fillMargin, fillUnseen } from "../grid/fill-unseen.js"
import { cellOption, closeOption, minHoleOption } from "../grid/outline-options.js"
import { type DataEnd, dataEnd, meetsEnd } from "../handover/extent/data-extent.js"
import { encodeFootprints, footprintsPort, sortedObjects } from "../handover/footprint/footprint.js"
import { countBins, heightBin, heightBins } from "../handover/histogram.js"
import { comesNearBorder, growCells, labelPatches, ownCells, patchesOf, pointCells } from "../handover/patch/cells.js"
import { encodePointSet, ownPoints, type PointSet, requireColumn } from "../handover/point-set.js"
import { type ExternalMember, encodeExternalParts, externalPolygons } from "./external/member.js"
import { externalGround, externalSums, markAround } from "./external/sums.js"
import { nearGroups, uniteGroup } from "./external/unite.js"
import { yardCells } from "./external/yard.js"
import { buildingFeatures, buildingLayer, countOutlines, makeFootprint, traceBuilding } from "./footprint/building.js"
import { findLastGround, groundReach, pickGround, rasterGround } from "./footprint/foot-heights.js"
import { encodeFoundParts } from "./footprint/part.js"
import { cellTops, DetailSums, type FootprintSums } from "./footprint/sums.js"
import { boundaryPoints, boundaryReach } from "./outline/boundary-points.js"
import { wallDepth } from "./outline/edge-points.js"
import type { OutlineRules } from "./outline/outline.js"
import { foreignReach, outlineDepth, outlineReach } from "./outline/outline-limits.js"

/** Points this near to the cells of a piece, mm, accompany it. */
const POINT_REACH = 500

/**
 * Building outlines from class 6: the outline of what the roof covers.
 *
 * Cells of a grid fixed in the CRS are set if they contain a point. Of sparse points, cells without
 * any return between them are set too (`fillUnseen`). Small gaps (`close`, rounded up
 * to whole cells) and corner contacts are closed, and 4-connected cells form objects. The points
 * along an object's traced outline regularise it (`regularOutline`), and it gets DTM heights
 * (`footRings`). Objects well inside the work tile are output whole, as features and as footprints
 * for the model. Objects near the border of its cells go to `vector.building-join`, with their
 * points. A cell's state depends only on points within the halo. Sums are integers, and whole
 * objects decide all else. The layer is therefore the same for every tiling.
 *
 * With `footprints`, external outlines replace those from class 6. Outlines without points are in
 * the layer only, with the reason "no data". Yards are cut out of the others (`withoutYards`).
 * Buildings that touch form one block, whose outline is their union on whole millimetres
 * (`unionPolygons`), with points and heights as above.
 *
 * Memory: 14 bytes a cell, 14 more with `fill`, and 22 a point. Time: linear.
 */
export default defineKernel({
  id: "vector.building",
  version: 17,
  summary: "Building outlines from class 6 or your footprints, with heights and area",
  inputs: {
    "class-6": { kind: "points", classes: [6], attributes: ["gpsTime"] },
    ground: { kind: "points", classes: [2], beside: "footprints" },
    dtm: { kind: "raster", type: "float" },
    seen: { kind: "presence" },
    footprints: footprintsPort,
  },
  outputs: {
    building: buildingLayer,
    "building-part": { kind: "blob" },
    "building-own": { kind: "blob" },
    "building-points": { kind: "blob" },
    "building-quality": {
      kind: "metrics",
      thresholds: {
        movedRings: {
          meaning: "outlines whose edges are straight but hardly aligned with each other",
          warn: 10,
          fail: 200,
        },
        unfittedRings: { meaning: "outlines simplified from the cells, not fitted to the points", warn: 0, fail: 20 },
        failedBlocks: { meaning: "blocks of external footprints without a valid outline", warn: 0, fail: 5 },
        unsimplifiedRings: { meaning: "outlines that follow the steps of the cells", warn: 0 },
      },
      shares: {
        class6UnderRoof: {
          parts: ["vector.building.roofedPoints", "vector.building-join.joinedRoofedPoints"],
          whole: ["vector.building.class6Points"],
          meaning: "of the class 6 points are under a roof",
          least: 0.9,
          remedy: "State a lower density, such as --density 1, or fill wider gaps: --set vector.building.fill=5",
        },
        outlinesWithPoints: {
          parts: ["vector.building.outlinesWithPoints", "vector.building-join.joinedOutlinesWithPoints"],
          whole: ["vector.building.outlines", "vector.building-join.joinedOutlines"],
          meaning: "of the outlines of --footprints contain class 6 points",
          least: 0.5,
          remedy: "The others become no buildings. Check the CRS and the date of the footprints",
        },
      },
    },
  },
  options: {
    cell: cellOption,
    close: { ...closeOption(0.5), byDensity: { 1: 1, 2: 1, 4: 1 } },
    fill: {
      type: "number",
      default: 0,
      byDensity: { 1: 2.5, 2: 2.5 },
      unit: "m",
      min: 0,
      max: 10,
      help: "where scan lines are metres apart, fills places without any point between class 6 points up to twice this distance apart",
    },
    minArea: {
      type: "number",
      default: 10,
      unit: "m²",
      min: 0,
      max: 10000,
      help: "smallest area of a building; smaller objects, and those thinner than 1 m, are dropped",
    },
    minHole: minHoleOption(4),
    tolerance: {
      type: "number",
      default: 0.7,
      unit: "m",
      min: 0,
      max: 10,
      help: "simplification tolerance before edges are fitted; 0 keeps every step of the cells",
    },
  },
  // 4 m: outline heights read DTM cells of up to 1 m.
  halo: (options) => Math.max(4, (marginOf(cellsOf(options)) + 1) * options.cell),
  memory: ({ points, areaM2 }, { cell, fill }) => 32 * points + (fill > 0 ? 44 : 28) * (areaM2 / (cell * cell)) + 4e6,
  run(tile, input, options, scratch) {
    const { minArea, minHole, tolerance } = options
    const sizes = cellsOf(options)
    const { cellMm, radius } = sizes
    const rules = { cell: cellMm / 1000, minArea, minHole, tolerance }
    const own = ownCells(tile.cell, cellMm)
    const grid = growGrid(own, marginOf(sizes))
    const mask = scratch.uint8(grid.columns * grid.rows)
    const points = input["class-6"]
    const cells = pointCells(points, grid, scratch.int32(points.count))
    const end = endOf(tile, input.dtm)
    leaveOutLast(points, cells, end)
    if (input.footprints !== undefined)
      return externalOutputs(tile, input.footprints, input, cells, { grid, own }, rules)
    for (const index of cells) if (index >= 0) mask[index] = 1
    const hasGround = (x: number, y: number): boolean => end.covers(x, y) && sampleMm(input.dtm, x, y) !== noHeight
    fillUnseen(mask, input.seen, grid, sizes.fillMm, hasGround)
    const spare = scratch.uint8(mask.length)
    closeMask(mask, spare, grid.columns, grid.rows, radius)
    fillPinches(mask, spare, grid.columns, grid.rows)
    const groups = patchesOf(mask, grid, own)
    const label = scratch.int32(mask.length)
    labelPatches(groups, grid, label)
    const sums = sumGroups(points, cells, { mask, label }, groups, grid, input.dtm)
    const { edges, walls } = selectEdgePoints(points, cells, mask, label, groups.length, grid)
    const surroundings = findSurroundings(groups, mask, label, grid, input.dtm)
    const pieces = groups.map((group, g) => ({
      ...surroundings(g),
      runs: group,
      edge: edges[g],
      wall: walls[g],
      ...sums[g],
      atEnd: meetsEnd(end, group, cellMm),
    }))
    const near = Math.ceil(NEAR_BORDER / cellMm) + 1
    const isPiece = groups.map((group) => comesNearBorder(group, own, near))
    const whole = pieces.filter((_, g) => !isPiece[g])
    const buildings = whole.flatMap((piece) => traceBuilding(piece, rules) ?? [])
    const parts = pieces.filter((_, g) => isPiece[g])
    const { moved, unfitted, unsimplified } = countOutlines(buildings)
    const ground = rasterGround(input.dtm)
    return {
      building: buildingFeatures(buildings),
      "building-part": encodeFoundParts({
        key: tile.key,
        rules,
        window: [own.column, own.row, own.column + own.columns, own.row + own.rows],
        groundCellMm: Math.round(input.dtm.cellSize * 1000),
        parts,
      }),
      "building-own": encodeFootprints(sortedObjects(buildings.map((building) => makeFootprint(building, ground)))),
      "building-points": encodePointSet(
        pointsIn(points, cells, cellsNearPieces(mask, label, isPiece, grid), tile.cell),
      ),
      "building-quality": {
        buildings: buildings.length,
        parts: parts.length,
        class6Points: pieces.reduce((sum, { points: own }) => sum + own, 0),
        roofedPoints: buildings.reduce((sum, { sums }) => sum + sums.points, 0),
        dropped: whole.length - buildings.length,
        movedRings: moved,
        unfittedRings: unfitted,
        unsimplifiedRings: unsimplified,
      },
    }
  },
})

/** The end of the files, and of the returns within them. */
const endOf = (tile: Tile, dtm: Raster): DataEnd => {
  const end = dataEnd(tile)
  const isLast = findLastGround(dtm)
  return { ...end, meets: (...box) => end.meets(...box) || isLast(...box) }
}

/**
 * Drops the cells of points at the last place of the data, which tiles of some sizes do not
 * contain.
 */
const leaveOutLast = ({ x, y, count, origin }: Points, cells: Int32Array, end: DataEnd): void => {
  const [ox, oy] = origin.map((value) => Math.round(value * 1000))
  for (let i = 0; i < count; i++) if (end.isLast(ox + x[i], oy + y[i])) cells[i] = -1
}

/**
 * Objects with cells nearer to the border of the tile's cells, mm, are pieces. No whole outline
 * reaches the border, even after a corner moves onto a grid line.
 */
const NEAR_BORDER = outlineReach + 100

interface CellSizes {
  readonly cellMm: number
  /** Radius of the closing in cells, rounded up so that it covers every gap within `close`. */
  readonly radius: number
  readonly fillMm: number
}

const cellsOf = (options: { readonly cell: number; readonly close: number; readonly fill: number }): CellSizes => {
  const cellMm = Math.round(options.cell * 1000)
  const radius = Math.ceil((1000 * options.close) / cellMm - 1e-9)
  return { cellMm, radius, fillMm: Math.round(options.fill * 1000) }
}

/**
 * Cells that the mask needs around the tile's own. Closing and corner contacts read around cells of
 * other objects, and filling around these; boundary points have their own reach.
 */
const marginOf = ({ cellMm, radius, fillMm }: CellSizes): number =>
  Math.max(2 * radius + 1 + foreignReach(cellMm) + fillMargin(fillMm, cellMm), Math.ceil(boundaryReach / cellMm) + 1)

/** Calls `call` with the first and end mask index of each run. */
const forEachRun = (runs: CellRuns, grid: CellGrid, call: (from: number, to: number) => void): void => {
  for (let k = 0; k < runs.rows.length; k++) {
    const base = (runs.rows[k] - grid.row) * grid.columns - grid.column
    call(base + runs.starts[k], base + runs.ends[k])
  }
}

/** Points of wanted cells well below the highest of their cell: they are on walls. */
const wallPoints = (z: Int32Array, { starts, order }: Buckets, wanted: Uint8Array): Int32Array => {
  const found: number[] = []
  for (let cell = 0; cell < wanted.length; cell++) {
    if (wanted[cell] === 0) continue
    let top = Number.NEGATIVE_INFINITY
    for (let k = starts[cell]; k < starts[cell + 1]; k++) top = Math.max(top, z[order[k]])
    for (let k = starts[cell]; k < starts[cell + 1]; k++) if (z[order[k]] < top - wallDepth) found.push(order[k])
  }
  return Int32Array.from(found)
}

/** Boundary points and wall points of each group: x, y, z in whole millimetres of the CRS. */
const selectEdgePoints = (
  points: Points,
  cells: Int32Array,
  mask: Uint8Array,
  label: Int32Array,
  groups: number,
  grid: CellGrid,
): { readonly edges: Float64Array[]; readonly walls: Float64Array[] } => {
  // Cells within two rows and columns of an empty one.
  const wanted = new Uint8Array(mask.length)
  const { columns: width } = grid
  for (let at = 2 * width + 2; at < mask.length - 2 * width - 2; at++) {
    if (label[at] === 0) continue
    for (let r = -2; r <= 2 && wanted[at] === 0; r++)
      for (let c = at + r * width - 2; c <= at + r * width + 2; c++) if (mask[c] === 0) wanted[at] = 1
  }
  const byCell = sortIntoBuckets(cells, mask.length)
  const boundary = boundaryPoints(points.x, points.y, byCell, wanted, grid)
  const group = (chosen: Int32Array): Float64Array[] => placesByGroup(points, cells, label, groups, chosen)
  return { edges: group(boundary), walls: group(wallPoints(points.z, byCell, wanted)) }
}

/** Places of points by group, in their order: x, y, z in whole millimetres of the CRS. */
const placesByGroup = (
  points: Points,
  cells: Int32Array,
  label: Int32Array,
  groups: number,
  chosen: Int32Array,
): Float64Array[] => {
  const counts = new Int32Array(groups)
  for (const i of chosen) counts[label[cells[i]] - 1]++
  const edges = Array.from(counts, (count) => new Float64Array(3 * count))
  const next = new Int32Array(groups)
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  for (const i of chosen) {
    const g = label[cells[i]] - 1
    const at = 3 * next[g]++
    edges[g][at] = originX + points.x[i]
    edges[g][at + 1] = originY + points.y[i]
    edges[g][at + 2] = originZ + points.z[i]
  }
  return edges
}

/**
 * Returns a function that lists, for a group, the set cells nearby that are not its own, and the
 * DTM cells around its border.
 */
const findSurroundings = (
  groups: readonly CellRuns[],
  mask: Uint8Array,
  label: Int32Array,
  grid: CellGrid,
  dtm: Raster,
): ((g: number) => { foreign: Int32Array; ground: Int32Array }) => {
  const reach = foreignReach(grid.cell)
  const around = outlineDepth + groundReach + 2 * Math.round(dtm.cellSize * 1000)
  const pick = pickGround(dtm)
  const { columns, cell } = grid
  // Last group that listed the cell, plus one.
  const takenCell = new Int32Array(mask.length)
  const cellsAround = (g: number, at: number, foreign: number[]): void => {
    for (let r = -reach; r <= reach; r++) {
      for (let c = at + r * columns - reach; c <= at + r * columns + reach; c++) {
        if (mask[c] === 0 || label[c] === g + 1 || takenCell[c] === g + 1) continue
        takenCell[c] = g + 1
        foreign.push(grid.column + (c % columns), grid.row + Math.floor(c / columns))
      }
    }
  }
  return (g) => {
    const foreign: number[] = []
    const ground: number[] = []
    forEachRun(groups[g], grid, (from, to) => {
      for (let at = from; at < to; at++) {
        if (isSurrounded(label, at, columns)) continue
        cellsAround(g, at, foreign)
        const [x, y] = [(grid.column + (at % columns)) * cell, (grid.row + Math.floor(at / columns)) * cell]
        pick(g + 1, x - around, y - around, x + cell + around, y + cell + around, ground)
      }
    })
    return { foreign: Int32Array.from(foreign), ground: Int32Array.from(ground) }
  }
}

/** True if all eight neighbours of a cell belong to its group. */
const isSurrounded = (label: Int32Array, at: number, width: number): boolean => {
  const own = label[at]
  for (let row = at - width; row <= at + width; row += width)
    if (label[row - 1] !== own || label[row] !== own || label[row + 1] !== own) return false
  return true
}

/** Marks cells within `POINT_REACH` of pieces, or of set cells beyond the border. */
const cellsNearPieces = (
  mask: Uint8Array,
  label: Int32Array,
  isPiece: readonly boolean[],
  grid: CellGrid,
): Uint8Array => {
  const isNear = mask.map((set, at) => (set === 1 && (label[at] === 0 || isPiece[label[at] - 1]) ? 1 : 0))
  return growCells(isNear, grid, Math.ceil(POINT_REACH / grid.cell))
}

/** The points of the tile's own half-open cell in wanted cells. */
const pointsIn = (points: Points, cells: Int32Array, wanted: Uint8Array, cell: Box2): PointSet =>
  ownPoints(points, cell, (i) => cells[i] >= 0 && wanted[cells[i]] === 1)

const sumGroups = (
  points: Points,
  cells: Int32Array,
  { mask, label }: { readonly mask: Uint8Array; readonly label: Int32Array },
  groups: readonly CellRuns[],
  grid: CellGrid,
  dtm: Raster,
): Omit<FootprintSums, "atEnd">[] => {
  const counts = new Int32Array(groups.length + 1)
  for (const index of cells) if (index >= 0) counts[label[index]]++
  const next = new Int32Array(groups.length + 1)
  for (let g = 1; g < next.length; g++) next[g] = next[g - 1] + (g > 1 ? counts[g - 1] : 0)
  const starts = next.slice()
  // Bins of each group's points side by side; 65535 without DTM.
  const bins = new Uint16Array(points.count)
  const roofs = new Int32Array(groups.length + 1).fill(noHeight)
  const lowest = new Int32Array(groups.length + 1).fill(noHeight)
  const first = new Float64Array(groups.length + 1).fill(Number.POSITIVE_INFINITY)
  const last = new Float64Array(groups.length + 1).fill(Number.NEGATIVE_INFINITY)
  const times = requireColumn(points, "gpsTime")
  const [originX, originY, originZ] = points.origin.map((value) => Math.round(value * 1000))
  for (let i = 0; i < points.count; i++) {
    const g = cells[i] < 0 ? 0 : label[cells[i]]
    if (g === 0) continue
    const z = originZ + points.z[i]
    if (roofs[g] === noHeight || z > roofs[g]) roofs[g] = z
    if (z < lowest[g]) lowest[g] = z
    if (times[i] < first[g]) first[g] = times[i]
    if (times[i] > last[g]) last[g] = times[i]
    bins[next[g]++] = heightBin(z, sampleMm(dtm, originX + points.x[i], originY + points.y[i]))
  }
  const dense = new Int32Array(heightBins)
  const tops = cellTops(points.z, originZ, cells, mask.length)
  return groups.map((group, g) => ({
    points: counts[g + 1],
    ...cellSums(group, tops, mask, grid, dtm, [first[g + 1], last[g + 1]]),
    roofMm: roofs[g + 1],
    lowestMm: lowest[g + 1],
    histogram: countBins(bins.subarray(starts[g + 1], next[g + 1]), dense),
  }))
}

/** Sums over the cells of a group: the ground below them, and heights above it. */
const cellSums = (
  group: CellRuns,
  tops: Int32Array,
  mask: Uint8Array,
  grid: CellGrid,
  dtm: Raster,
  times: readonly [number, number],
): Pick<FootprintSums, "groundMm" | "detail"> => {
  const { columns: width, cell: cellMm } = grid
  const sums = new DetailSums()
  let groundMm = noHeight
  forEachRun(group, grid, (from, to) => {
    const y = (grid.row + Math.floor(from / width) + 0.5) * cellMm
    for (let at = from; at < to; at++) {
      const ground = sampleMm(dtm, (grid.column + (at % width) + 0.5) * cellMm, y)
      if (ground < groundMm) groundMm = ground
      const atOutline = (mask[at - 1] & mask[at + 1] & mask[at - width] & mask[at + width]) === 0
      sums.addCell(tops[at], ground, atOutline)
    }
  })
  if (Number.isFinite(times[0])) sums.addTimes(...times)
  return { groundMm, detail: sums.detail() }
}

/**
 * Outputs for external outlines: blocks well inside the tile whole, the other outlines for the
 * join.
 */
const externalOutputs = (
  tile: Tile,
  footprints: Features,
  input: { readonly "class-6": Points; readonly ground: Points | undefined; readonly dtm: Raster },
  cells: Int32Array,
  window: { readonly grid: CellGrid; readonly own: CellGrid },
  rules: OutlineRules,
) => {
  const { "class-6": points, dtm } = input
  const size = window.grid.columns * window.grid.rows
  const byCell = sortIntoBuckets(cells, size)
  const cell = tile.cell.map((value) => Math.round(value * 1000))
  const end = endOf(tile, input.dtm)
  const known = externalPolygons(footprints)
  const lies = known.map(({ rings }) => locateBox(boxOfRings([rings[0]]), cell))
  const groups = nearGroups(known)
  const inner = groups.filter((group) => group.every((m) => lies[m] === "inside"))
  const outer = groups.filter((group) => !group.every((m) => lies[m] === "inside")).flat()
  const yards = yardCells(known, points, input.ground, tile.cell)
  const withSums = (m: number): ExternalMember => ({
    ...known[m],
    sums: {
      ...externalSums(known[m], points, byCell, window, dtm),
      atEnd: boxMeetsEnd(end, boxOfRings([known[m].rings[0]]), cell),
    },
    ground: new Int32Array(0),
    yard: yards[m],
  })
  const blocks = inner.map((group) => uniteGroup(group.map(withSums), false, rules))
  const [pick, dtmMm] = [pickGround(dtm), Math.round(dtm.cellSize * 1000)]
  const parts = outer
    .filter((m) => lies[m] !== "outside")
    .map((m) => ({ ...withSums(m), ground: externalGround(known[m], yards[m], dtmMm, m + 1, pick) }))
  const wanted = new Uint8Array(size)
  for (const m of outer) markAround(known[m], POINT_REACH, window.grid, wanted)
  const ground = rasterGround(dtm)
  const buildings = blocks.flatMap((block) => block.buildings)
  return {
    building: buildingFeatures([...buildings, ...blocks.flatMap(({ empty }) => empty)], true),
    "building-part": encodeExternalParts({ key: tile.key, rules, groundCellMm: dtmMm, members: parts }),
    "building-own": encodeFootprints(sortedObjects(buildings.map((building) => makeFootprint(building, ground)))),
    "building-points": encodePointSet(pointsIn(points, cells, wanted, tile.cell)),
    "building-quality": {
      buildings: buildings.length,
      parts: parts.length,
      outlines: blocks.reduce((sum, { outlines }) => sum + outlines, 0),
      outlinesWithPoints: blocks.reduce((sum, { outlinesWithPoints }) => sum + outlinesWithPoints, 0),
      failedBlocks: blocks.filter(({ buildings: own, empty }) => own.length + empty.length === 0).length,
    },
  }
}

/** True if the part of a box in a tile's cell meets the end of the data; millimetres. */
const boxMeetsEnd = (end: DataEnd, box: readonly number[], cell: readonly number[]): boolean =>
  locateBox(box, cell) !== "outside" &&
  end.meets(Math.max(box[0], cell[0]), Math.max(box[1], cell[1]), Math.min(box[2], cell[2]), Math.min(box[3], cell[3]))

/**
 * Position of a box relative to a tile's cell: well inside, on or near its border, or outside;
 * millimetres.
 */
const locateBox = (box: readonly number[], cell: readonly number[]): "inside" | "border" | "outside" => {
  if (box[0] > cell[2] || box[2] < cell[0] || box[1] > cell[3] || box[3] < cell[1]) return "outside"
  const room = NEAR_BORDER
  return box[0] > cell[0] + room && box[1] > cell[1] + room && box[2] < cell[2] - room && box[3] < cell[3] - room
    ? "inside"
    : "border"
}
