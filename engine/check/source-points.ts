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

/** Reach over the cell, metres: fellows of a point are looked for there. */
const MARGIN = 0.1

/**
 * Points of some classes that the job read, tile by tile and source by source: a tile that lies in two deliveries comes twice. COPC is read by the tiles' boxes; of a
 * plain file, decoded once, the wanted points are held: 13 bytes a point.
 *
 * @param inputs as the job names them
 * @param keys tiles that are wanted
 * @throws EngineError of the readers, also for an input that is gone
 */
export async function* sourcePoints(
  inputs: readonly string[],
  classes: readonly number[],
  grid: Grid,
  keys: readonly TileKey[],
): AsyncGenerator<TilePoints> {
  const { paths, rejected } = await expandInputs(inputs)
  const [gone] = rejected
  if (gone !== undefined) throw new EngineError("E_INPUT", gone.error.message, { file: gone.path })
  for (const path of paths) {
    const file = await openWithoutWild(path)
    try {
      const own = keys.filter((key) => Box2.meets(Box2.grow(TileKey.box(grid, key), MARGIN), file.info.box))
      if (file.info.format !== "copc") {
        yield* wholeFile(file, classes, grid, own)
        continue
      }
      for (const key of own) {
        const cell = TileKey.box(grid, key)
        const query = { origin: [cell[0], cell[1], 0] as const, box: Box2.grow(cell, MARGIN), classes, attributes }
        const held = holder(key)
        for await (const columns of file.read(query)) for (let i = 0; i < columns.count; i++) held.add(columns, i, 0, 0)
        if (held.count() > 0) yield held.points()
      }
    } finally {
      await file.close()
    }
  }
}

const attributes = ["classification"] as const

async function* wholeFile(
  file: PointFile,
  classes: readonly number[],
  grid: Grid,
  keys: readonly TileKey[],
): AsyncGenerator<TilePoints> {
  const [first] = keys
  if (first === undefined) return
  const side = Math.round(1000 * TileKey.side(grid, first.level))
  const margin = 1000 * MARGIN
  const held = new Map(keys.map((key) => [`${key.x} ${key.y}`, holder(key)]))
  const origin = TileKey.box(grid, first)
  for await (const columns of file.read({ origin: [origin[0], origin[1], 0], classes, attributes })) {
    for (let i = 0; i < columns.count; i++) {
      const [x, y] = [columns.x[i]!, columns.y[i]!]
      for (let row = Math.floor((y - margin) / side); row <= Math.floor((y + margin) / side); row++) {
        for (let column = Math.floor((x - margin) / side); column <= Math.floor((x + margin) / side); column++)
          held.get(`${first.x + column} ${first.y + row}`)?.add(columns, i, column * side, row * side)
      }
    }
  }
  for (const own of held.values()) if (own.count() > 0) yield own.points()
}

interface Holder {
  count(): number
  add(from: PointColumns, i: number, dx: number, dy: number): void
  points(): TilePoints
}

/** Growing columns: doubled when full. */
const holder = (key: TileKey): Holder => {
  let [x, y, z, classes] = [new Int32Array(1024), new Int32Array(1024), new Int32Array(1024), new Uint8Array(1024)]
  let count = 0
  const grow = (): void => {
    const grown = [x, y, z].map((from) => {
      const to = new Int32Array(2 * count)
      to.set(from)
      return to
    }) as [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>]
    ;[x, y, z] = grown
    const codes = new Uint8Array(2 * count)
    codes.set(classes)
    classes = codes
  }
  return {
    count: () => count,
    add: (from, i, dx, dy) => {
      if (count === x.length) grow()
      x[count] = from.x[i]! - dx
      y[count] = from.y[i]! - dy
      z[count] = from.z[i]!
      classes[count++] = from.classification[i]!
    },
    points: () => ({
      key,
      x: x.subarray(0, count),
      y: y.subarray(0, count),
      z: z.subarray(0, count),
      classes: classes.subarray(0, count),
    }),
  }
}
