/** Draws the grid of work tiles with their keys on a map. */
import type { Box2 } from "../core/geometry/box.js"
import type { Pen } from "../formats/raster/sheet.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { haloText, inMap, toX, toY } from "./draw-vector.js"
import type { MapLayout } from "./map-layout.js"

/** Letter heights: narrower cells are replaced by their parents. */
const LEAST_CELL = 1.2
/** Mean width of a key's characters over their height. */
const LETTER = 0.56

/**
 * Draws the cells of the given keys and, where there is room, their keys. Cells that are too small
 * are replaced by those of a coarser level. Returns the level.
 */
export const drawTileGrid = (pen: Pen, layout: MapLayout, grid: Grid, keys: readonly TileKey[]): number => {
  const { metresPerPixel, font } = layout
  let cells = keys
  while (widthOf(cells, grid, metresPerPixel) < LEAST_CELL * font && (cells[0]?.level ?? 0) > 0)
    cells = parentsOf(cells)
  inMap(pen, layout)
  for (const [colour, width] of [
    ["rgba(255,255,255,0.55)", font / 5],
    ["rgba(24,44,66,0.75)", font / 14],
  ] as const) {
    pen.strokeStyle = colour
    pen.lineWidth = Math.max(0.8, width)
    pen.beginPath()
    for (const key of cells) traceBox(pen, layout, TileKey.box(grid, key))
    pen.stroke()
  }
  labelCells(pen, layout, grid, cells)
  pen.restore()
  return cells[0]?.level ?? 0
}

const widthOf = (cells: readonly TileKey[], grid: Grid, metresPerPixel: number): number =>
  TileKey.side(grid, cells[0]?.level ?? 0) / metresPerPixel

const parentsOf = (keys: readonly TileKey[]): TileKey[] => {
  const parents = new Map(keys.map(TileKey.parent).map((key) => [TileKey.format(key), key]))
  return [...parents.values()].sort(TileKey.compare)
}

/**
 * The key in the north-west corner of each cell, or of its ancestor that is wide enough. Cells of
 * which the map shows less than the width of their key have none, unless they are the only one.
 */
const labelCells = (pen: Pen, layout: MapLayout, grid: Grid, cells: readonly TileKey[]): void => {
  const { metresPerPixel, font, map } = layout
  const size = 0.8 * font
  let named = cells
  const needed = (key: TileKey): number => LETTER * size * TileKey.format(key).length + 1.2 * size
  for (let first = named[0]; first !== undefined && first.level > 0; first = named[0]) {
    if (widthOf(named, grid, metresPerPixel) >= needed(first)) break
    named = parentsOf(named)
  }
  for (const key of named) {
    const [minX, , maxX, maxY] = TileKey.box(grid, key)
    const shown = Math.min(map.left + map.width, toX(layout, maxX)) - Math.max(map.left, toX(layout, minX))
    if (named.length > 1 && shown < needed(key)) continue
    const x = Math.max(map.left, toX(layout, minX)) + 0.5 * size
    const y = Math.max(map.top, toY(layout, maxY)) + 1.15 * size
    haloText(pen, TileKey.format(key), x, y, { size, ink: "#182c42", halo: "rgba(255,255,255,0.85)", align: "left" })
  }
}

/** Adds a box in CRS metres to the pen's path. */
export const traceBox = (pen: Pen, layout: MapLayout, [minX, minY, maxX, maxY]: Box2): void => {
  const { metresPerPixel } = layout
  pen.rect(toX(layout, minX), toY(layout, maxY), (maxX - minX) / metresPerPixel, (maxY - minY) / metresPerPixel)
}
