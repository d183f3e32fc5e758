import { Box2 } from "../core/box.js"
import { EngineError } from "../errors.js"
import type { PointColumns } from "../formats/las/columns.js"
import type { PointFile } from "../formats/las/point-file.js"
import { openWithoutWild } from "../formats/las/wild-points.js"
import { type Grid, TileKey } from "../grid/tile-key.js"
import { expandInputs } from "../spatial/expand-inputs.js"

/** Points of one source in one tile, with a margin around it: millimetres relative to the south-west corner of its cell, and height zero. */
export interface TilePoints {
  readonly key: TileKey
  readonly x: Int32Array
  readonly y: Int32Array
  readonly z: Int32Array
  readonly classes: Uint8Array
}

/** Reach over the cell, millimetres: neighbours of a point are looked for there. */
export const MARGIN_MM = 100
const MARGIN = MARGIN_MM / 1000

/** What is wanted of a job's sources. */
export interface SourceRequest {
  /** As the job names them. */
  readonly inputs: readonly string[]
  readonly classes: readonly number[]
  readonly grid: Grid
  /** Tiles of one level. */
  readonly keys: readonly TileKey[]
  /** Called now and then with the points that were read and those that are announced. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Points of some classes that the job read, tile by tile and source by source: a tile that lies in two deliveries comes
 * twice, one whose margin alone has points of a source not at all. COPC is read by the tiles' boxes; of a plain file,
 * decoded once, the wanted points are held: 13 bytes a point.
 *
 * @throws EngineError of the readers, also for an input that is gone
 */
export async function* sourcePoints(request: SourceRequest): AsyncGenerator<TilePoints> {
  const { inputs, classes, grid, keys, onProgress } = request
  const { paths, rejected } = await expandInputs(inputs)
  const [gone] = rejected
  if (gone !== undefined) throw new EngineError("E_INPUT", gone.error.message, { file: gone.path })
  const shares = paths.length
  for (const [index, path] of paths.entries()) {
    const file = await openWithoutWild(path)
    // Each source is one share of the whole: the points of all are only known when all are open.
    const tell = (part: number): void => onProgress?.(index + part, shares)
    try {
      const own = keys.filter((key) => Box2.meets(Box2.grow(TileKey.box(grid, key), MARGIN), file.info.box))
      if (file.info.format === "copc") yield* byBoxes(file, classes, grid, own, tell)
      else if (own.length > 0) yield* wholeFile(file, classes, grid, own, tell)
    } finally {
      await file.close()
    }
    tell(1)
  }
}

/** Points that room is made for at most before they are there: a count is only announced. */
const MAX_ROOM = 2 ** 26

const attributes = ["classification"] as const

async function* byBoxes(
  file: PointFile,
  classes: readonly number[],
  grid: Grid,
  keys: readonly TileKey[],
  tell: (part: number) => void,
): AsyncGenerator<TilePoints> {
  for (const [index, key] of keys.entries()) {
    const cell = TileKey.box(grid, key)
    const query = { origin: [cell[0], cell[1], 0] as const, box: Box2.grow(cell, MARGIN), classes, attributes }
    const held = new HeldPoints(key, Math.round(1000 * TileKey.side(grid, key.level)))
    for await (const columns of file.read({ ...query, lent: true }))
      for (let i = 0; i < columns.count; i++) held.add(columns, i, 0, 0)
    tell((index + 1) / keys.length)
    if (held.hasOwn) yield held.points()
  }
}

async function* wholeFile(
  file: PointFile,
  classes: readonly number[],
  grid: Grid,
  keys: readonly TileKey[],
  tell: (part: number) => void,
): AsyncGenerator<TilePoints> {
  const [first] = keys
  if (first === undefined) return
  const side = Math.round(1000 * TileKey.side(grid, first.level))
  // Of one tile the room for all, which costs nothing as long as nothing is in it.
  const room = keys.length === 1 ? file.info.count : 0
  const held = new Map(keys.map((key) => [placeOf(key.x - first.x, key.y - first.y), new HeldPoints(key, side, room)]))
  const origin = TileKey.box(grid, first)
  for await (const columns of file.read({ origin: [origin[0], origin[1], 0], classes, attributes, lent: true })) {
    deal(columns, held, side)
    tell(file.decoded / Math.max(1, file.info.count))
  }
  for (const own of held.values()) if (own.hasOwn) yield own.points()
}

/** A cell as one number. */
const placeOf = (column: number, row: number): number => row * 2 ** 24 + column

/** Gives points to the cells that they lie in, or no further than the margin from. */
const deal = (columns: PointColumns, held: ReadonlyMap<number, HeldPoints>, side: number): void => {
  const { x, y, count } = columns
  let column = 0
  let row = 0
  let own = held.get(0)
  for (let i = 0; i < count; i++) {
    const px = x[i]!
    const py = y[i]!
    if (px < column * side || px >= (column + 1) * side || py < row * side || py >= (row + 1) * side) {
      column = Math.floor(px / side)
      row = Math.floor(py / side)
      own = held.get(placeOf(column, row))
    }
    own?.add(columns, i, column * side, row * side)
    const left = px - MARGIN_MM < column * side
    const right = px + MARGIN_MM >= (column + 1) * side
    const below = py - MARGIN_MM < row * side
    const above = py + MARGIN_MM >= (row + 1) * side
    if (!left && !right && !below && !above) continue
    for (let r = row - (below ? 1 : 0); r <= row + (above ? 1 : 0); r++) {
      for (let c = column - (left ? 1 : 0); c <= column + (right ? 1 : 0); c++)
        if (c !== column || r !== row) held.get(placeOf(c, r))?.add(columns, i, c * side, r * side)
    }
  }
}

/** Growing columns: doubled when full. */
class HeldPoints {
  /** Whether a point lies in the cell itself. */
  hasOwn = false
  readonly key: TileKey
  readonly side: number
  private count = 0
  private x: Int32Array
  private y: Int32Array
  private z: Int32Array
  private classes: Uint8Array

  /**
   * @param side of the cell, millimetres
   * @param room points that there is room for at first
   */
  constructor(key: TileKey, side: number, room = 0) {
    const length = Math.max(1024, Math.min(room, MAX_ROOM))
    this.key = key
    this.side = side
    this.x = new Int32Array(length)
    this.y = new Int32Array(length)
    this.z = new Int32Array(length)
    this.classes = new Uint8Array(length)
  }

  add(from: PointColumns, i: number, dx: number, dy: number): void {
    if (this.count === this.x.length) this.grow()
    const n = this.count
    const x = from.x[i]! - dx
    const y = from.y[i]! - dy
    this.x[n] = x
    this.y[n] = y
    this.z[n] = from.z[i]!
    this.classes[n] = from.classification[i]!
    this.count = n + 1
    if (!this.hasOwn) this.hasOwn = x >= 0 && y >= 0 && x < this.side && y < this.side
  }

  points(): TilePoints {
    const { key, x, y, z, classes, count } = this
    return {
      key,
      x: x.subarray(0, count),
      y: y.subarray(0, count),
      z: z.subarray(0, count),
      classes: classes.subarray(0, count),
    }
  }

  private grow(): void {
    const grown = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(2 * from.length)
      to.set(from)
      return to
    }
    ;[this.x, this.y, this.z] = [grown(this.x), grown(this.y), grown(this.z)]
    const classes = new Uint8Array(2 * this.classes.length)
    classes.set(this.classes)
    this.classes = classes
  }
}
