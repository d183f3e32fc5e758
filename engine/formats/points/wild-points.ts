/**
 * Opens point files without wild points: the few that are far from all others or impossibly high.
 * See docs/decisions/10-end-of-the-data.md.
 */

import { Box2 } from "../../core/geometry/box.js"
import { counted, grouped } from "../../core/texts.js"
import { isTooHigh, makeAxes, toMm } from "../las/stored-places.js"
import { CELL_MM, PointCells } from "./point-cells.js"
import { type OpenPointOptions, openPointFile, type PointFile, type PointFileInfo } from "./point-file.js"

/**
 * Points per m² of the header's box; sparser files are examined. LiDAR thinned for tests has 0.08,
 * rural photogrammetry 0.1.
 */
const SPARSE = 0.05
/**
 * A file whose box is no wider than this has no far points, metres. Also the side of the squares
 * that separate near from far.
 */
const NEAR = 1000
/** A writer may round a point across the face of its node, metres. */
const ROUNDING = 0.1
/** A greater share of the file is data, however far away. */
const MOST_SHARE = 0.001

/** Corrections to the header's statement of where the points are. */
export type FoundExtent = Pick<PointFileInfo, "box" | "zRange" | "extent" | "wild">

/**
 * Opens a point file as {@link openPointFile} does, without its wild points. Depends on the file
 * only: every machine, shard and tile size leaves out the same points, in every format.
 *
 * It examines a file if the header states heights beyond 12 km, or a box wider than 1 km with fewer
 * than 0.05 points per m². A 100 m cell is dense if it has 10 points at two or more coordinates.
 * Points are wild if neither their 1 km square nor one of its eight neighbours has a dense cell. A
 * smaller distance would separate a beacon or a rock from its coast. If wild points are at most 0.1
 * % of the file, everything outside the box of all other cells is left out.
 *
 * O(points) for examined files: coordinates are decoded once; COPC nodes inside dense cells are
 * skipped. A file with all heights beyond 12 km is returned as its header describes it.
 *
 * @throws EngineError of the reader
 */
export const openWithoutWild = async (
  path: string,
  options: Omit<OpenPointOptions, "found"> = {},
): Promise<PointFile> => {
  const file = await openPointFile(path, options)
  if (!isSuspect(file.info)) return file
  try {
    const found = await findExtent(file)
    return await openPointFile(path, { ...options, found })
  } finally {
    await file.close()
  }
}

const isSuspect = ({ count, box, zRange }: PointFileInfo): boolean => {
  if (count === 0) return false
  const [width, height] = [Math.max(1, box[2] - box[0]), Math.max(1, box[3] - box[1])]
  return zRange.some((z) => isTooHigh(z)) || (Math.max(width, height) > NEAR && count / width / height < SPARSE)
}

/** Points by cell, with those too high counted apart. */
interface Counted {
  readonly cells: PointCells
  readonly high: { readonly cells: PointCells; count: number; low: number; top: number }
  readonly zRange: [number, number]
}

const findExtent = async (file: PointFile): Promise<FoundExtent> => {
  const { info } = file
  const counted = await countPlaces(file)
  const { cells, high } = counted
  // Nothing would remain: callers detect this from the header's heights.
  if (high.count === info.count) return info
  const far = farCells(cells)
  const stay = far.count > MOST_SHARE * info.count
  const extent = measureBounds(cells, (column, row) => stay || !far.has(column, row))
  const outside = reachOutside(cells, extent)
  const common = Box2.intersection(extent, info.box)
  // The header rounds: points may be slightly outside its box, and the two boxes may not meet.
  const box = common[2] < common[0] || common[3] < common[1] ? info.box : common
  const staying = stay
    ? `${counting(far.count, info.count)} far from the others ${far.count === 1 ? "is" : "are"} used, as more than ${100 * MOST_SHARE} % of the file`
    : undefined
  const left = leftOut(info, outside, reachOutside(high.cells, extent).distance, high)
  const wild = [staying, left].filter((text) => text !== undefined).join("; ") || wideBox(info.box, box)
  return {
    box,
    zRange: Number.isFinite(counted.zRange[0]) ? counted.zRange : info.zRange,
    ...(outside.count > 0 ? { extent } : {}),
    ...(wild === undefined ? {} : { wild }),
  }
}

/** Reports a header's box that exceeds its points' box by more than {@link NEAR}. */
const wideBox = (stated: Box2, found: Box2): string | undefined =>
  stated.some((value, side) => Math.abs(value - found[side]!) > NEAR)
    ? `the header states the extent [${stated.join(", ")}]; the points are in [${found.join(", ")}]`
    : undefined

const countPlaces = async (file: PointFile): Promise<Counted> => {
  const { info } = file
  const [ax, ay, az] = makeAxes(info, [0, 0, 0])
  const cells = new PointCells()
  const high = { cells: new PointCells(), count: 0, low: Infinity, top: -Infinity }
  const zRange: [number, number] = [Infinity, -Infinity]
  const heights = info.zRange.some((z) => isTooHigh(z))
  await file.places(
    (x, y, z) => {
      for (let i = 0; i < x.length; i++) {
        const [mmX, mmY] = [toMm(ax, x[i]!), toMm(ay, y[i]!)]
        if (z !== undefined && heights) {
          const height = toMm(az, z[i]!) / 1000
          if (isTooHigh(height)) {
            high.cells.add(mmX, mmY)
            high.count++
            high.low = Math.min(high.low, height)
            high.top = Math.max(high.top, height)
            continue
          }
          if (height < zRange[0]) zRange[0] = height
          if (height > zRange[1]) zRange[1] = height
        }
        cells.add(mmX, mmY)
      }
    },
    // Nodes state no height range: heights must be decoded one by one.
    heights ? { heights } : { passes: (cube) => cells.areDense(Box2.grow(cube, ROUNDING)) },
  )
  return { cells, high, zRange }
}

/** Cells far from every dense one, and the number of their points; none if no cell is dense. */
const farCells = (cells: PointCells): { readonly count: number; has(column: number, row: number): boolean } => {
  const side = (1000 * NEAR) / CELL_MM
  const near = new Set<string>()
  cells.forEach((column, row, _, dense) => {
    if (!dense) return
    const [x, y] = [Math.floor(column / side), Math.floor(row / side)]
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) near.add(`${x + dx} ${y + dy}`)
  })
  const has = (column: number, row: number): boolean =>
    near.size > 0 && !near.has(`${Math.floor(column / side)} ${Math.floor(row / side)}`)
  let count = 0
  cells.forEach((column, row, points) => {
    if (has(column, row)) count += points
  })
  return { count, has }
}

/** Box around some cells, CRS metres. */
const measureBounds = (cells: PointCells, takes: (column: number, row: number) => boolean): Box2 => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  cells.forEach((column, row) => {
    if (!takes(column, row)) return
    minX = Math.min(minX, column)
    minY = Math.min(minY, row)
    maxX = Math.max(maxX, column + 1)
    maxY = Math.max(maxY, row + 1)
  })
  const side = CELL_MM / 1000
  return [minX * side, minY * side, maxX * side, maxY * side]
}

/** Number of points in cells outside a box, and the distance of the furthest one, metres. */
const reachOutside = (cells: PointCells, box: Box2): { count: number; distance: number } => {
  const side = CELL_MM / 1000
  const found = { count: 0, distance: 0 }
  cells.forEach((column, row, points) => {
    const [x, y] = [(column + 0.5) * side, (row + 0.5) * side]
    if (Box2.owns(box, x, y)) return
    found.count += points
    found.distance = Math.max(
      found.distance,
      Math.hypot(Math.max(box[0] - x, x - box[2], 0), Math.max(box[1] - y, y - box[3], 0)),
    )
  })
  return found
}

const counting = (some: number, all: number): string => `${grouped(some)} of ${counted(all, "point")}`

/** Message on the number and location of points left out; undefined if there are none. */
const leftOut = (
  { count }: PointFileInfo,
  outside: { readonly count: number; readonly distance: number },
  highDistance: number,
  high: Counted["high"],
): string | undefined => {
  const some = outside.count + high.count
  if (some === 0) return undefined
  const distance = Math.max(outside.distance, highDistance) / 1000
  const away = distance < 10 ? distance.toFixed(1) : grouped(distance)
  const heights = high.count > 1 ? `${grouped(high.low)} to ${grouped(high.top)} m` : `${grouped(high.low)} m`
  const place = [
    ...(distance > 0 ? [`${some === 1 ? "" : "up to "}${away} km away`] : []),
    ...(high.count > 0 ? [`${high.count < some ? `(${grouped(high.count)} of them) ` : ""}at z = ${heights}`] : []),
  ]
  return `${counting(some, count)}, ${place.join(" ")}, ${some === 1 ? "is" : "are"} left out`
}
