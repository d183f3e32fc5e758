/** Kernel `mesh.vegetation`: trees as closed bodies, or their canopy as one surface. */
import { objectId } from "../../engine/core/hash.js"
import { defineKernel, type Mesh, type Tile } from "../../engine/kernel.js"
import { type CanopyField, canopyGrid, objectCellAt, placeCanopy } from "../handover/canopy/grid.js"
import { canopyMesh } from "../handover/canopy/mesh.js"
import {
  CANOPY_SHARE,
  CANOPY_SPACING,
  type CanopyNodes,
  decodeCanopyNodes,
  NO_GROUND,
} from "../handover/canopy/nodes.js"
import { CROWN_TRIANGLES, CROWN_VERTICES, type CrownArrays, writeCrown } from "./tree/crown.js"
import { groundHeights } from "./tree/ground-heights.js"
import { decodeTreeList, type TreeList } from "./tree/list.js"

/**
 * Vegetation as trees, or as one canopy.
 *
 * With `trees`, a body for each tree whose top the tile owns. It has a closed crown of 20 triangles
 * and a stem of 4 into the ground (`tree/crown.ts`), with 16 vertices in all. In each square of
 * `treeSpacing` (a grid fixed in the CRS) only the tallest tree gets a body. If it represents
 * several, its crown is at least as wide as the square. A km² therefore never has more than (1000 /
 * spacing)² bodies.
 *
 * With `canopy`, one surface over dense vegetation, from the nodes of `vector.tree` over the ground
 * of `mesh.terrain` ({@link canopyMesh}). It has walls down to the ground at its outline and a
 * floor below it. It is open only at the border of the tile, where the neighbour has the same
 * vertices. At most 640,000 triangles a km² of closed canopy. One object a square of 25 m of the
 * CRS. Parts narrower than about 4 m do not show.
 *
 * With `none`, both meshes are empty. Memory and time: linear in trees, or in nodes.
 */
export default defineKernel({
  id: "mesh.vegetation",
  version: 2,
  summary: "Vegetation as single trees of few triangles, or as one canopy surface",
  stages: ["model"],
  inputs: { "tree-own": { kind: "blob" }, "canopy-own": { kind: "blob" }, ground: { kind: "mesh" } },
  outputs: { crown: { kind: "mesh" }, canopy: { kind: "mesh" }, "crown-quality": { kind: "metrics" } },
  options: {
    vegetation: {
      type: "string",
      default: "trees",
      choices: ["trees", "canopy", "none"],
      help: "trees: a crown and a stem per tree; canopy: one surface over dense vegetation; none: no vegetation",
    },
    treeSpacing: {
      type: "number",
      default: 5,
      unit: "m",
      min: 0,
      max: 100,
      help: "side of the squares in which only the tallest tree is modelled; 0 models every tree",
    },
    treeHeight: {
      type: "number",
      default: 3,
      unit: "m",
      min: 0,
      max: 100,
      help: "smallest height of a tree or of canopy that is modelled",
    },
  },
  halo: () => 0,
  // Canopy: one node in 6.25 m², with its lists, vertices, triangles and owners. Trees: one in 25
  // m².
  memory: ({ areaM2 }) => 100 * areaM2 + 1e6,
  run(tile, input, { vegetation, treeSpacing, treeHeight }) {
    const all = decodeTreeList(input["tree-own"])
    const chosen = vegetation === "trees" ? chooseTrees(all, Math.round(1000 * treeSpacing), 1000 * treeHeight) : []
    const canopy = buildCanopy(vegetation === "canopy" ? decodeCanopyNodes(input["canopy-own"]) : noNodes, tile, {
      ground: input.ground,
      least: 1000 * treeHeight,
    })
    const areas = canopy.objects.columns["canopy_area"].values as Float64Array
    return {
      crown: buildMesh(all, chosen, tile),
      canopy,
      "crown-quality": {
        crowns: chosen.length,
        treesWithoutCrown: all.x.length - chosen.length,
        canopySquares: areas.length - 1,
        canopyAreaM2: areas.subarray(1).reduce((sum, area) => sum + area, 0),
      },
    }
  },
})

const noNodes = decodeCanopyNodes(new Uint8Array(0))

/** @param least lowest height above the ground, mm */
const buildCanopy = (
  nodes: CanopyNodes,
  tile: Tile,
  { ground, least }: { readonly ground: Mesh; readonly least: number },
): ReturnType<typeof canopyMesh> => {
  const [minX, minY, maxX, maxY] = tile.cell.map((value) => Math.round(1000 * value))
  const grid =
    nodes.column.length > 0
      ? canopyGrid([minX, minY, maxX, maxY], CANOPY_SPACING)
      : { spacing: CANOPY_SPACING, column: 0, row: 0, columns: 0, rows: 0 }
  const count = grid.columns * grid.rows
  const field = {
    share: new Int32Array(count),
    height: new Int32Array(count),
    ground: new Int32Array(count).fill(NO_GROUND),
  }
  const highest = new Map<string, number>()
  const groundAt = nodes.column.length > 0 ? groundHeights(ground, maxX - minX) : () => undefined
  for (let n = 0; n < nodes.column.length; n++) {
    const { [n]: column } = nodes.column
    const { [n]: row } = nodes.row
    const i = (row - grid.row) * grid.columns + column - grid.column
    const [x, y] = [column * CANOPY_SPACING, row * CANOPY_SPACING]
    const low = groundAt(x, y)
    // A body without ground below it has no foot.
    if (low === undefined) continue
    field.ground[i] = low
    const height = nodes.top[n] - low
    if (height < least) continue
    field.share[i] = nodes.share[n]
    field.height[i] = height
    if (nodes.share[n] <= CANOPY_SHARE) continue
    const square = objectCellAt(CANOPY_SPACING, x, y).join(" ")
    highest.set(square, Math.max(highest.get(square) ?? 0, nodes.highest[n] - low))
  }
  return canopyMesh(placeCanopy({ ...grid, ...field } satisfies CanopyField), tile.origin, (column, row) => {
    const height = highest.get(`${column} ${row}`)
    return height === undefined ? undefined : { height, members: 1 }
  })
}

/** A tree that gets a body, by its index in the list, and the radius of its crown, mm. */
interface Chosen {
  readonly tree: number
  readonly radius: number
}

/**
 * The tallest tree of each square (ties: the first), in the list's order. One that represents
 * several has a radius of at least half the square.
 */
const chooseTrees = ({ x, y, height, radius }: TreeList, spacing: number, least: number): Chosen[] => {
  const tallest = new Map<string, { tree: number; count: number }>()
  for (let tree = 0; tree < x.length; tree++) {
    if (height[tree] < least) continue
    const square = spacing > 0 ? `${Math.floor(x[tree] / spacing)} ${Math.floor(y[tree] / spacing)}` : String(tree)
    const other = tallest.get(square)
    if (other === undefined) tallest.set(square, { tree, count: 1 })
    else {
      other.count++
      if (height[tree] > height[other.tree]) other.tree = tree
    }
  }
  return [...tallest.values()]
    .sort((a, b) => a.tree - b.tree)
    .map(({ tree, count }) => ({ tree, radius: count > 1 ? Math.max(radius[tree], spacing / 2) : radius[tree] }))
}

/**
 * A pseudo-random angle, radians, from the place only: equally turned bodies would look planted.
 */
const turnAt = (x: number, y: number): number =>
  ((Math.imul(x % 65536, 40503) ^ Math.imul(y % 65536, 30011)) & 255) * (Math.PI / 128)

const buildMesh = (trees: TreeList, chosen: readonly Chosen[], tile: Tile): Mesh => {
  const count = chosen.length
  const arrays: CrownArrays = {
    positions: new Int32Array(3 * CROWN_VERTICES * count),
    triangles: new Uint32Array(3 * CROWN_TRIANGLES * count),
  }
  const origin = tile.origin.map((value) => Math.round(value * 1000))
  chosen.forEach(({ tree, radius }, k) => {
    const place = [trees.x[tree] - origin[0], trees.y[tree] - origin[1], trees.ground[tree] - origin[2]] as const
    writeCrown(arrays, k, place, trees.height[tree], radius, turnAt(trees.x[tree], trees.y[tree]))
  })
  const owners = new Uint32Array(CROWN_TRIANGLES * count)
  for (let k = 0; k < count; k++) owners.fill(k + 1, k * CROWN_TRIANGLES, (k + 1) * CROWN_TRIANGLES)
  const column = (values: Int32Array) =>
    ({
      type: "number",
      values: Float64Array.from([Number.NaN, ...chosen.map(({ tree }) => values[tree] / 1000)]),
    }) as const
  return {
    origin: tile.origin,
    ...arrays,
    classes: new Uint8Array(CROWN_VERTICES * count).fill(5),
    maxError: 0,
    owners,
    objects: {
      ids: ["", ...chosen.map(({ tree }) => objectId("tree", trees.x[tree] / 1000, trees.y[tree] / 1000))],
      classes: Uint8Array.from([2, ...chosen.map(() => 5)]),
      columns: { height: column(trees.height), crown_radius: column(trees.radius) },
    },
  }
}
