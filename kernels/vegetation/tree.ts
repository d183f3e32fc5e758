/** Kernel `vector.tree`: single trees, and the nodes of the canopy for `mesh.vegetation`. */
import { flattenRings, makeColumns } from "../../engine/core/feature-table.js"
import { Box2 } from "../../engine/core/geometry/box.js"
import { objectId } from "../../engine/core/hash.js"
import {
  type ColumnFacts,
  defineKernel,
  type Features,
  type Raster,
  type Scratch,
  type Tile,
} from "../../engine/kernel.js"
import { noHeight, sampleMm } from "../grid/cell-grid.js"
import { encodeCanopyNodes, sampleCanopy } from "../handover/canopy/nodes.js"
import { type Canopy, CROWN_REACH, crownAround, isTop, smoothCanopy } from "./tree/find.js"
import { encodeTreeList, type TreeList } from "./tree/list.js"

/**
 * Rasters of larger cells, metres, do not show single trees; the metrics then report it instead.
 */
const LARGEST_CELL = 1

const columns: Readonly<Record<string, ColumnFacts>> = {
  height: {
    type: "number",
    unit: "m",
    help: "height above ground of the highest vegetation in the nine cells around the top",
  },
  crown_radius: { type: "number", unit: "m", help: "radius of the crown in the canopy" },
  height_ground: { type: "number", unit: "m", help: "altitude of the DTM at the foot" },
  confidence: {
    type: "number",
    help: "0 to 1: mean drop of the canopy at the crown's edge, divided by half the height",
  },
}

/**
 * Single trees: local maxima of the canopy's height.
 *
 * The canopy is the height above ground of cells whose highest point is vegetation (classes 3 to
 * 5), lightly smoothed. A tree is a cell without a higher one within a radius that grows with its
 * height (`tree/find.ts`). The tile whose half-open cell contains its centre owns it. No tree is
 * beside a building's cell, or in a patch of less than a few cells. Small trees under tall ones are
 * not found, and tops closer than the radius count as one.
 *
 * With `vegetation` canopy, also samples the nodes of its surface for `mesh.vegetation`
 * ({@link sampleCanopy}). They are on a fixed grid of the CRS, including the tile's border.
 *
 * Memory: 8 bytes a cell, with the canopy 5 a bin of 0.5 m more. Time: linear in cells, a few
 * look-ups each; with the canopy in points too.
 */
export default defineKernel({
  id: "vector.tree",
  version: 4,
  summary: "Single trees: tops of the canopy as points, with height and crown radius",
  inputs: {
    dhm: { kind: "raster", type: "float" },
    dtm: { kind: "raster", type: "float" },
    class: { kind: "raster", type: "byte" },
    "canopy-points": {
      kind: "points",
      classes: [2, 3, 4, 5, 6, 9, 17],
      attributes: ["classification"],
      // A canopy needs every point. Otherwise none is used, and vegetation is thinned to such cells
      // anyway; wider cells would be read whole, far beyond the tile.
      spacing: ({ vegetation }) => (vegetation === "canopy" ? 0 : 1),
    },
  },
  outputs: {
    tree: {
      kind: "features",
      geometry: "Point",
      help: "single trees",
      columns,
      style: {
        colour: "#7dff00",
        isLow: true,
        foot: "height_ground",
        height: "height",
        radius: "crown_radius",
        zoom: { first: 15 },
      },
    },
    "tree-own": { kind: "blob" },
    "canopy-own": { kind: "blob" },
    "tree-quality": { kind: "metrics" },
  },
  options: {
    vegetation: {
      type: "string",
      default: "trees",
      choices: ["trees", "canopy", "none"],
      help: "canopy: also sample the canopy's heights for mesh.vegetation, which needs the same value",
    },
    minHeight: { type: "number", default: 3, unit: "m", min: 1, max: 100, help: "smallest height of a tree" },
  },
  // The crown's reach, the smoothing, and whole cells at the border.
  halo: () => CROWN_REACH + 3 * LARGEST_CELL,
  memory: ({ areaM2 }) => 24 * areaM2 * 4 + 1e6,
  run(tile, input, { vegetation, minHeight }, scratch) {
    const coarse = input.dhm.cellSize > LARGEST_CELL
    const trees = coarse ? [] : findTrees(tile, buildCanopy(input, scratch), input, minHeight)
    const list: TreeList = {
      x: Float64Array.from(trees, (tree) => tree.x),
      y: Float64Array.from(trees, (tree) => tree.y),
      ground: Int32Array.from(trees, (tree) => tree.ground),
      height: Int32Array.from(trees, (tree) => tree.height),
      radius: Int32Array.from(trees, (tree) => tree.radius),
    }
    return {
      tree: buildFeatures(trees),
      "tree-own": encodeTreeList(list),
      "canopy-own": encodeCanopyNodes(
        vegetation === "canopy" ? sampleCanopy(input["canopy-points"], boxOf(tile), scratch) : undefined,
      ),
      "tree-quality": { trees: trees.length, tooCoarseForTrees: coarse ? 1 : 0 },
    }
  },
})

/** The tile in mm; it shares the nodes on its border with its neighbours. */
const boxOf = ({ cell }: Tile): readonly [number, number, number, number] => {
  const [minX, minY, maxX, maxY] = cell.map((value) => Math.round(1000 * value))
  return [minX, minY, maxX, maxY]
}

/** Millimetres, x and y of the CRS. */
interface Tree {
  readonly x: number
  readonly y: number
  readonly ground: number
  readonly height: number
  readonly radius: number
  readonly confidence: number
}

interface Rasters {
  readonly dhm: Raster
  readonly dtm: Raster
  readonly class: Raster
}

/** Height of vegetation above ground, 0 elsewhere; smoothed. */
const buildCanopy = ({ dhm, class: classes }: Rasters, scratch: Scratch): Canopy => {
  if (
    classes.width !== dhm.width ||
    classes.height !== dhm.height ||
    classes.minX !== dhm.minX ||
    classes.maxY !== dhm.maxY
  )
    throw new Error("dhm and class have different cells. Give raster.dsm and raster.dtm the same options.")
  const raw = scratch.float32(dhm.data.length)
  for (let i = 0; i < raw.length; i++) {
    const kind = classes.data[i]
    // NaN fails the comparison and is not canopy.
    if (kind >= 3 && kind <= 5 && dhm.data[i] > 0) raw[i] = dhm.data[i]
  }
  const canopy = { width: dhm.width, height: dhm.height, cellSize: dhm.cellSize, data: raw }
  const data = scratch.float32(raw.length)
  smoothCanopy(canopy, data)
  return { ...canopy, data }
}

const findTrees = (tile: Tile, canopy: Canopy, rasters: Rasters, minHeight: number): Tree[] => {
  const { width, height, data, cellSize } = canopy
  const cellMm = Math.round(cellSize * 1000)
  const [west, north] = [Math.round(rasters.dhm.minX * 1000), Math.round(rasters.dhm.maxY * 1000)]
  const trees: Tree[] = []
  for (let row = height - 2; row > 0; row--) {
    for (let column = 1; column + 1 < width; column++) {
      // The smoothed height never exceeds the highest cell under the mask.
      if (data[row * width + column] < minHeight) continue
      const [x, y] = [west + Math.floor((column + 0.5) * cellMm), north - Math.ceil((row + 0.5) * cellMm)]
      if (!Box2.owns(tile.cell, x / 1000, y / 1000)) continue
      if (!isTop(canopy, column, row) || !isFree(canopy, rasters.class, column, row)) continue
      const ground = sampleMm(rasters.dtm, x, y)
      if (ground === noHeight) continue
      const { radius, confidence } = crownAround(canopy, column, row)
      const top = highestNear(rasters, column, row)
      trees.push({ x, y, ground, height: Math.round(1000 * top), radius: Math.round(1000 * radius), confidence })
    }
  }
  return trees
}

/** Least number of canopy cells among the 25 around a top: lamps and aerials have fewer. */
const LEAST_CELLS = 8

/** True for a top with canopy around it and no building's cell beside it. */
const isFree = ({ width, height, data }: Canopy, classes: Raster, column: number, row: number): boolean => {
  let cells = 0
  for (let y = Math.max(0, row - 2); y <= Math.min(height - 1, row + 2); y++) {
    for (let x = Math.max(0, column - 2); x <= Math.min(width - 1, column + 2); x++) {
      if (data[y * width + x] > 0) cells++
      const beside = Math.abs(x - column) <= 1 && Math.abs(y - row) <= 1
      if (beside && classes.data[y * width + x] === 6) return false
    }
  }
  return cells >= LEAST_CELLS
}

/** Highest vegetation of the nine cells around, metres. */
const highestNear = ({ dhm, class: classes }: Rasters, column: number, row: number): number => {
  let highest = 0
  for (let y = row - 1; y <= row + 1; y++) {
    for (let i = y * dhm.width + column - 1; i <= y * dhm.width + column + 1; i++) {
      const kind = classes.data[i]
      if (kind >= 3 && kind <= 5 && dhm.data[i] > highest) highest = dhm.data[i]
    }
  }
  return highest
}

const buildFeatures = (trees: readonly Tree[]): Features => {
  const { numbers } = makeColumns(trees)
  return {
    geometry: "Point",
    ...flattenRings(trees.map(({ x, y }) => [[x / 1000, y / 1000]])),
    ids: trees.map(({ x, y }) => objectId("tree", x / 1000, y / 1000)),
    columns: {
      height: numbers((tree) => tree.height / 1000),
      crown_radius: numbers((tree) => tree.radius / 1000),
      height_ground: numbers((tree) => tree.ground / 1000),
      confidence: numbers((tree) => Math.round(100 * tree.confidence) / 100),
    },
  }
}
