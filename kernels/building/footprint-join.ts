/**
 * The kernel `vector.building-join`: joins the pieces near tile borders into whole buildings, over
 * a 10 km region and then over the job.
 */

import { boxOfRings } from "../../engine/core/geometry/rings.js"
import { addToList, concatenate } from "../../engine/core/lists.js"
import { defineKernel, type Shard } from "../../engine/kernel.js"
import type { CellRuns } from "../grid/cell-runs.js"
import { type Footprint, sameRings } from "../handover/footprint/footprint.js"
import { type ConnectedParts, commonRules, connectParts } from "../handover/patch/join.js"
import {
  encodeLeftParts,
  isInRegion,
  partsOfTiles,
  type RegionMm,
  regionOf,
  runsMeetLines,
} from "../handover/patch/part.js"
import { regionJoin } from "../handover/patch/settle.js"
import { leafGridOf, makeShards } from "../handover/patch/tile-lines.js"
import {
  decodeExternalParts,
  type ExternalMember,
  type ExternalParts,
  encodeExternalParts,
  isExternalParts,
  memberKey,
} from "./external/member.js"
import { nearGroups, uniteGroup } from "./external/unite.js"
import {
  type Building,
  buildingFeatures,
  buildingLayer,
  countOutlines,
  makeFootprint,
  traceBuilding,
} from "./footprint/building.js"
import { cellsGround } from "./footprint/foot-heights.js"
import { tilesOfBoxes, tilesOfRings, tilesOfRuns } from "./footprint/footprint-tiles.js"
import { gridRings } from "./footprint/grid-crossings.js"
import {
  decodeTracedParts,
  edgePoints,
  encodeTracedParts,
  type TracedPart,
  type TracedParts,
} from "./footprint/part.js"
import { addSums, type FootprintSums } from "./footprint/sums.js"
import type { OutlineRules, OutlineSource } from "./outline/outline.js"
import { cellLookUp } from "./outline/outline-limits.js"

/**
 * Points this near to the cells of a building, mm, belong to it; the model reads the tiles that may
 * contain them.
 */
const POINT_REACH = 500

/**
 * Buildings near borders of work tiles, each whole and once.
 *
 * The runs of all pieces are sorted by row and column and united where cells share an edge
 * (4-connectivity, as within a tile). Each object gets outline and heights as in `vector.building`,
 * from the same cells and points. The order of the tiles does not matter. Objects are `truncated`
 * at the end of the data, and at tile sides beyond which the job has no tile. The pieces carry the
 * rules (cell, areas, tolerance).
 *
 * Shards: each tile that an outline meets gets the building as a footprint, objects ordered by id.
 * The footprint has a vertex at each crossing with the tile grid. The shard lists the other tiles
 * that may contain its points. In a region: only buildings that touch no line of it and meet no
 * tile beyond. The pieces of the others are left to the job.
 *
 * Memory: about 100 bytes a run and 30 a point of the pieces' borders. Time: O(n log n).
 */
export default defineKernel({
  id: "vector.building-join",
  version: 11,
  summary: "Joins the parts of buildings across tile borders",
  ...regionJoin,
  inputs: { "building-part": { kind: "blob", many: true } },
  outputs: {
    building: buildingLayer,
    "building-object": { kind: "shards" },
    "building-part": { kind: "blob" },
    "building-join-quality": { kind: "metrics" },
  },
  run(tile, input) {
    const blobs = partsOfTiles(input["building-part"])
    const external = blobs.some(isExternalParts)
    const { sideMm } = leafGridOf(tile)
    const made = external
      ? joinExternal(blobs.map(decodeExternalParts), sideMm, regionOf(tile))
      : joinTraced(blobs.map(decodeTracedParts), sideMm, regionOf(tile))
    const buildings = [...made.joined.map(({ building }) => building), ...made.empty]
    const { moved, unfitted, unsimplified } = countOutlines(buildings)
    return {
      building: buildingFeatures(buildings, external),
      "building-object": shardsOfOutlines(made.joined, made.keys, sideMm),
      "building-part": encodeLeftParts(made.left),
      "building-join-quality": {
        joinedBuildings: made.joined.length,
        truncatedBuildings: buildings.filter(({ sums }) => sums.atEnd).length,
        // Outlines that the user gives are no finding of the points.
        ...(external
          ? made.outlines
          : { joinedRoofedPoints: buildings.reduce((sum, { sums }) => sum + sums.points, 0) }),
        joinedDropped: made.dropped,
        joinedMovedRings: moved,
        joinedUnfittedRings: unfitted,
        joinedUnsimplifiedRings: unsimplified,
        unpulledBuildings: made.joined.filter(({ unpulled }) => unpulled).length,
      },
    }
  },
})

interface Joined {
  readonly building: Building
  readonly footprint: Footprint
  /** True if corners could not move onto lines of the tile grid. */
  readonly unpulled: boolean
  /** The tiles that may contain its points. */
  readonly holders: readonly (readonly [column: number, row: number])[]
}

/**
 * Result of a join: buildings, number of dropped ones, keys of the job's tiles, and for each tile
 * the bytes left to the job.
 */
interface Made {
  readonly joined: readonly Joined[]
  /** External outlines without points. */
  readonly empty: readonly Building[]
  readonly outlines: Readonly<Record<string, number>>
  readonly dropped: number
  readonly keys: readonly string[]
  readonly left: readonly Uint8Array[]
}

/** True if the outline or the points of a building may belong to a tile beyond the region. */
const goesBeyond = ({ footprint, holders }: Joined, sideMm: number, region: RegionMm): boolean =>
  [...holders, ...tilesOfRings(footprint.rings, sideMm)].some(
    ([column, row]) => !isInRegion(column, row, sideMm, region),
  )

const crossed = (footprint: Footprint, sideMm: number): Pick<Joined, "footprint" | "unpulled"> => {
  const { rings, unpulled } = gridRings(footprint.rings, sideMm)
  return {
    footprint: { ...footprint, rings, ...(sameRings(rings, footprint.rings) ? {} : { free: footprint.rings }) },
    unpulled,
  }
}

const NO_RULES: OutlineRules = { cell: 1, minArea: 0, minHole: 0, tolerance: 0 }

const joinTraced = (tiles: readonly TracedParts[], sideMm: number, region: RegionMm | undefined): Made => {
  const rules = commonRules(tiles, NO_RULES)
  const joined: Joined[] = []
  const over = new Set<TracedPart>()
  const cellMm = Math.round(rules.cell * 1000)
  let dropped = 0
  for (const connected of connectParts(tiles)) {
    const leave = (): void => {
      for (const { part } of connected.parts) over.add(part)
    }
    if (region !== undefined && runsMeetLines(connected.runs, cellMm, region)) {
      leave()
      continue
    }
    const object = joinParts(connected)
    const building = traceBuilding(object, rules)
    if (building === undefined) {
      dropped++
      continue
    }
    const cells = connected.parts.map(({ part }) => part.ground)
    const footprint = makeFootprint(building, cellsGround({ cellMm: tiles[0].groundCellMm, cells }))
    const holders = tilesOfRuns(object.runs, cellMm, POINT_REACH, sideMm)
    const one = { building, holders, ...crossed(footprint, sideMm) }
    if (region !== undefined && goesBeyond(one, sideMm, region)) leave()
    else joined.push(one)
  }
  const left = tiles.map((tile) => encodeTracedParts({ ...tile, parts: tile.parts.filter((part) => over.has(part)) }))
  return { joined, empty: [], outlines: {}, dropped, keys: tiles.map(({ key }) => key), left }
}

/** Joins blocks of external outlines: each outline once, with the sums of all tiles. */
const joinExternal = (tiles: readonly ExternalParts[], sideMm: number, region: RegionMm | undefined): Made => {
  const rules = commonRules(tiles, NO_RULES)
  const found = new Map<string, ExternalMember[]>()
  for (const member of tiles.flatMap((tile) => tile.members)) addToList(found, memberKey(member), member)
  const members = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, copies]): ExternalMember => {
      const grounds = copies.map(({ ground }) => ground)
      const open = copies.map(({ yard }) => yard.open)
      const roof = copies.map(({ yard }) => yard.roof)
      return {
        ...copies[0],
        sums: addSums(copies.map(({ sums }) => sums)),
        ground: concatenate(Int32Array, grounds),
        yard: { open: concatenate(Int32Array, open), roof: concatenate(Float64Array, roof) },
      }
    })
  const keys = tiles.map(({ key }) => key)
  const known = new Set(keys.map((key) => key.slice(key.indexOf("/") + 1)))
  const joined: Joined[] = []
  const empty: Building[] = []
  const over = new Set<string>()
  const outlines = { joinedOutlines: 0, joinedOutlinesWithPoints: 0 }
  let dropped = 0
  for (const group of nearGroups(members)) {
    const own = group.map((m) => members[m])
    if (region !== undefined && own.some((member) => comesNear(member, region))) {
      for (const member of own) over.add(memberKey(member))
      continue
    }
    const boxes = own.map(({ rings }) => boxOfRings([rings[0]]))
    const holders = tilesOfBoxes(boxes, POINT_REACH, sideMm)
    const meets = tilesOfBoxes(boxes, 0, sideMm)
    const truncated = meets.some(([column, row]) => !known.has(`${column}/${row}`))
    const ground = cellsGround({ cellMm: tiles[0].groundCellMm, cells: own.map((member) => member.ground) })
    const blocks = uniteGroup(own, truncated, rules)
    if (blocks.buildings.length + blocks.empty.length === 0) dropped++
    outlines.joinedOutlines += blocks.outlines
    outlines.joinedOutlinesWithPoints += blocks.outlinesWithPoints
    empty.push(...blocks.empty)
    for (const building of blocks.buildings)
      joined.push({ building, holders, ...crossed(makeFootprint(building, ground), sideMm) })
  }
  const left = tiles.map((tile) =>
    encodeExternalParts({ ...tile, members: tile.members.filter((member) => over.has(memberKey(member))) }),
  )
  return { joined, empty, outlines, dropped, keys, left }
}

/**
 * External outlines this near to a line of the region, mm, may have a neighbour or points beyond
 * it. Must exceed `externalReach` and `POINT_REACH`.
 */
const EXTERNAL_ROOM = 1000

const comesNear = ({ rings }: ExternalMember, [west, south, east, north]: RegionMm): boolean => {
  const [minX, minY, maxX, maxY] = boxOfRings([rings[0]])
  return (
    minX < west + EXTERNAL_ROOM ||
    minY < south + EXTERNAL_ROOM ||
    maxX > east - EXTERNAL_ROOM ||
    maxY > north - EXTERNAL_ROOM
  )
}

const joinParts = ({ runs, parts }: ConnectedParts<TracedParts>): FootprintSums & OutlineSource => {
  const own = parts.map(({ part }) => part)
  return {
    runs,
    edge: edgePoints(own, "edge"),
    wall: edgePoints(own, "wall"),
    foreign: listForeign(
      runs,
      own.map((part) => part.foreign),
    ),
    ...addSums(own),
    atEnd: parts.some(({ cut, part }) => cut || part.atEnd),
  }
}

/** Cells that single pieces listed as foreign, without those that belong to the whole object. */
const listForeign = (runs: CellRuns, pieces: readonly Int32Array[]): Int32Array => {
  const isOwn = cellLookUp(runs)
  const foreign: number[] = []
  for (const cells of pieces)
    for (let k = 0; k < cells.length; k += 2) if (!isOwn(cells[k], cells[k + 1])) foreign.push(cells[k], cells[k + 1])
  return Int32Array.from(foreign)
}

/** A shard for each tile of the job that outlines meet, ordered by key. */
const shardsOfOutlines = (joined: readonly Joined[], keys: readonly string[], sideMm: number): Shard[] => {
  const level = keys[0]?.split("/")[0]
  const keyOf = ([column, row]: readonly [number, number]): string => `${level}/${column}/${row}`
  const known = new Set(keys)
  const objects = joined.map(({ footprint, holders }) => ({
    object: footprint,
    meets: tilesOfRings(footprint.rings, sideMm).map(keyOf),
    parts: holders.map(keyOf).filter((key) => known.has(key)),
  }))
  return makeShards(objects, known)
}
