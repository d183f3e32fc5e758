/** Reads the ground and building points of a job again, tile by tile, as the run read them. */
import { Box2 } from "../../core/geometry/box.js"
import { EngineError } from "../../errors.js"
import type { PointChoice, PointColumns } from "../../formats/las/columns.js"
import { choiceOf, type PointRules } from "../../formats/points/class-schemes.js"
import type { PointFile, PointFileInfo } from "../../formats/points/point-file.js"
import { openWithoutWild } from "../../formats/points/wild-points.js"
import { type Grid, TileKey } from "../../grid/tile-key.js"
import { expandInputs } from "../../io/expand-inputs.js"
import { statesLidarHd } from "../../spatial/attribution.js"

/**
 * Points of one source in one tile and its margin: x, y, z of each, millimetres relative to the
 * south-west corner of its cell and height 0.
 */
export interface TilePoints {
  readonly key: TileKey
  /** Classes 2 and 66. */
  readonly ground: Int32Array
  /** Class 6. */
  readonly buildings: Int32Array
}

/** Margin around the cell, millimetres, for neighbours of its points. */
export const MARGIN_MM = 100
const MARGIN = MARGIN_MM / 1000

export interface SourceRequest {
  /** As the job names them. */
  readonly inputs: readonly string[]
  /** How the run read classes; absent: as by default. */
  readonly rules?: PointRules
  readonly grid: Grid
  /** Tiles of one level. */
  readonly keys: readonly TileKey[]
  /** Called from time to time with done and total sources, in fractions. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Yields ground and building points tile by tile and source by source.
 *
 * A tile in two deliveries is yielded twice. A source that has points in the margin only does not
 * yield the tile. COPC files are read by the tiles' boxes. A plain file is decoded once and its
 * wanted points stay in memory: 12 bytes a point.
 *
 * @throws EngineError of the readers, also for a missing input
 */
export async function* sourcePoints(request: SourceRequest): AsyncGenerator<TilePoints> {
  const { inputs, grid, keys, rules = {}, onProgress } = request
  const { paths, rejected } = await expandInputs(inputs)
  const [gone] = rejected
  if (gone !== undefined) throw new EngineError("E_INPUT", gone.error.message, { file: gone.path })
  const shares = paths.length
  for (const [index, path] of paths.entries()) {
    const choice = (info: PointFileInfo): PointChoice => choiceOf(rules, statesLidarHd(info))(info)
    const file = await openWithoutWild(path, { choice })
    // Each source is one unit of progress: the number of all points is known only after all are
    // opened.
    const tell = (part: number): void => onProgress?.(index + part, shares)
    try {
      const own = keys.filter((key) => Box2.meets(Box2.grow(TileKey.box(grid, key), MARGIN), file.info.box))
      if (file.info.format === "copc") yield* byBoxes(file, grid, own, tell)
      else if (own.length > 0) yield* wholeFile(file, grid, own, tell)
    } finally {
      await file.close()
    }
    tell(1)
  }
}

/** Most points to allocate in advance: a count in a header is only a claim. */
const MAX_ROOM = 2 ** 26

// Without a list of classes, chunks are passed as decoded, which is faster than selecting most of
// their points.
const attributes = ["classification"] as const

const kinds = { none: 0, ground: 1, building: 2 } as const
const KIND_OF_CLASS = new Uint8Array(256)
KIND_OF_CLASS[2] = KIND_OF_CLASS[66] = kinds.ground
KIND_OF_CLASS[6] = kinds.building

async function* byBoxes(
  file: PointFile,
  grid: Grid,
  keys: readonly TileKey[],
  tell: (part: number) => void,
): AsyncGenerator<TilePoints> {
  for (const [index, key] of keys.entries()) {
    const cell = TileKey.box(grid, key)
    const query = { origin: [cell[0], cell[1], 0] as const, box: Box2.grow(cell, MARGIN), attributes }
    const tile = new PointsOfTile(key, Math.round(1000 * TileKey.side(grid, key.level)))
    for await (const { x, y, z, classification, count } of file.read({ ...query, lent: true })) {
      for (let i = 0; i < count; i++) {
        const kind = KIND_OF_CLASS[classification[i]!]!
        if (kind !== kinds.none) tile.add(kind, x[i]!, y[i]!, z[i]!)
      }
    }
    tell((index + 1) / keys.length)
    if (tile.hasOwn) yield tile.points()
  }
}

async function* wholeFile(
  file: PointFile,
  grid: Grid,
  keys: readonly TileKey[],
  tell: (part: number) => void,
): AsyncGenerator<TilePoints> {
  const [first] = keys
  if (first === undefined) return
  const side = Math.round(1000 * TileKey.side(grid, first.level))
  // For one tile, reserve room for all points: memory without content costs nothing.
  const room = keys.length === 1 ? file.info.count : 0
  const tiles = new Map(
    keys.map((key) => [placeOf(key.x - first.x, key.y - first.y), new PointsOfTile(key, side, room)]),
  )
  const origin = TileKey.box(grid, first)
  for await (const columns of file.read({ origin: [origin[0], origin[1], 0], attributes, lent: true })) {
    deal(columns, tiles, side)
    tell(file.decoded / Math.max(1, file.info.count))
  }
  for (const own of tiles.values()) if (own.hasOwn) yield own.points()
}

/** A cell as one number. */
const placeOf = (column: number, row: number): number => row * 2 ** 24 + column

/** Adds points to their cells, and to the cells whose margin contains them. */
const deal = (columns: PointColumns, tiles: ReadonlyMap<number, PointsOfTile>, side: number): void => {
  const { x, y, z, classification, count } = columns
  let [column, row] = [0, 0]
  // South-west corner of the current cell.
  let [west, south] = [0, 0]
  let own = tiles.get(0)
  for (let i = 0; i < count; i++) {
    const kind = KIND_OF_CLASS[classification[i]!]!
    if (kind === kinds.none) continue
    let dx = x[i]! - west
    let dy = y[i]! - south
    if (dx < 0 || dy < 0 || dx >= side || dy >= side) {
      column = Math.floor(x[i]! / side)
      row = Math.floor(y[i]! / side)
      west = column * side
      south = row * side
      dx = x[i]! - west
      dy = y[i]! - south
      own = tiles.get(placeOf(column, row))
    }
    own?.add(kind, dx, dy, z[i]!)
    const left = dx < MARGIN_MM
    const right = dx + MARGIN_MM >= side
    const below = dy < MARGIN_MM
    const above = dy + MARGIN_MM >= side
    if (!left && !right && !below && !above) continue
    for (let r = below ? -1 : 0; r <= (above ? 1 : 0); r++) {
      for (let c = left ? -1 : 0; c <= (right ? 1 : 0); c++)
        if (c !== 0 || r !== 0) tiles.get(placeOf(column + c, row + r))?.add(kind, dx - c * side, dy - r * side, z[i]!)
    }
  }
}

class PointsOfTile {
  /** True where a point is in the cell itself. */
  hasOwn = false
  readonly key: TileKey
  readonly side: number
  private readonly ground: GrowingPlaces
  private readonly buildings = new GrowingPlaces(0)

  /**
   * @param side of the cell, millimetres
   * @param room initial capacity, points
   */
  constructor(key: TileKey, side: number, room = 0) {
    this.key = key
    this.side = side
    this.ground = new GrowingPlaces(room)
  }

  add(kind: number, x: number, y: number, z: number): void {
    const to = kind === kinds.ground ? this.ground : this.buildings
    to.add(x, y, z)
    if (!this.hasOwn) this.hasOwn = x >= 0 && y >= 0 && x < this.side && y < this.side
  }

  points(): TilePoints {
    return { key: this.key, ground: this.ground.all(), buildings: this.buildings.all() }
  }
}

/** A list of places, in an array that doubles when it is full. */
class GrowingPlaces {
  private length = 0
  private values: Int32Array

  constructor(room: number) {
    this.values = new Int32Array(3 * Math.max(1024, Math.min(room, MAX_ROOM)))
  }

  add(x: number, y: number, z: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(2 * this.length)
      grown.set(this.values)
      this.values = grown
    }
    const { length, values } = this
    values[length] = x
    values[length + 1] = y
    values[length + 2] = z
    this.length = length + 3
  }

  all(): Int32Array {
    return this.values.subarray(0, this.length)
  }
}
