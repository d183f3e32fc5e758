/** What every test needs that runs a kernel by hand: a scratch, a tile, options, points. */
import { Box2 } from "../../engine/core/geometry/box.js"
import { findPresence } from "../../engine/core/presence.js"
import type {
  FullPoints,
  Inputs,
  Kernel,
  Options,
  Outputs,
  Points,
  Ports,
  Presence,
  Scratch,
  Tile,
  Values,
} from "../../engine/kernel.js"
import type { PointArrays } from "../../engine/library/kernels.js"

/** A scratch that allocates anew. */
export const scratch: Scratch = {
  int32: (n) => new Int32Array(n),
  uint32: (n) => new Uint32Array(n),
  uint8: (n) => new Uint8Array(n),
  float32: (n) => new Float32Array(n),
  float64: (n) => new Float64Array(n),
}

/** A tile with this cell, and with its extent `halo` beyond. */
export const tileOf = (cell: Box2, halo: number, step = 1): Tile => ({
  key: "0/0/0",
  cell,
  core: cell,
  extent: Box2.grow(cell, halo),
  origin: [cell[0], cell[1], 0],
  step,
  epsg: 2154,
})

/** Default values of the options, with some replaced. */
export const valuesOf = <P extends Options>(options: P, given: Partial<Values<P>> = {}): Values<P> =>
  ({
    ...Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default])),
    ...given,
  }) as Values<P>

/** Declared defaults, with those replaced that the kernel has. */
export const optionsOf = (kernel: Pick<Kernel, "options">, given: Record<string, number | string> = {}): never =>
  valuesOf(
    kernel.options,
    Object.fromEntries(Object.entries(given).filter(([name]) => name in kernel.options)),
  ) as never

/** A point in CRS millimetres and its class. */
export type Shot = readonly [x: number, y: number, z: number, classification: number]

/**
 * What the engine hands to a kernel: the shots of the classes (all without) within the half-open
 * extent, relative to the tile's origin.
 */
export const pointsIn = (shots: readonly Shot[], tile: Tile, classes?: readonly number[]): Points => {
  const [minX, minY, maxX, maxY] = tile.extent.map((v) => v * 1000)
  const inside = shots.filter(
    (p) => p[0] >= minX && p[0] < maxX && p[1] >= minY && p[1] < maxY && (classes?.includes(p[3]) ?? true),
  )
  return {
    count: inside.length,
    x: Int32Array.from(inside, (p) => p[0] - tile.origin[0] * 1000),
    y: Int32Array.from(inside, (p) => p[1] - tile.origin[1] * 1000),
    z: Int32Array.from(inside, (p) => p[2]),
    classification: Uint8Array.from(inside, (p) => p[3]),
    scale: 0.001,
    origin: tile.origin,
  }
}

/** Where points are within a tile's extent, as the engine hands it to a kernel. */
export const presenceOf = (points: Points, { extent }: Pick<Tile, "extent">): Presence =>
  findPresence(extent, points as FullPoints)

/** Shots as the arrays that the public `runKernel` takes. */
export const arraysOf = (shots: readonly Shot[]): PointArrays => ({
  x: shots.map(([x]) => x / 1000),
  y: shots.map(([, y]) => y / 1000),
  z: shots.map(([, , z]) => z / 1000),
  classification: shots.map(([, , , code]) => code),
})

/** Runs a kernel of points ports on the tile of a cell; its core reaches `margin` beyond. */
export const runOn = <I extends Ports, O extends Ports, P extends Options>(
  kernel: Kernel<I, O, P>,
  shots: readonly Shot[],
  cell: Box2,
  given: Partial<Values<P>> = {},
  margin = 0,
): { tile: Tile; out: Outputs<O> } => {
  const options = valuesOf(kernel.options, given)
  const core = Box2.grow(cell, margin)
  const tile = { ...tileOf(cell, margin + kernel.halo(options)), core }
  const input = Object.fromEntries(
    Object.entries(kernel.inputs).flatMap(([name, port]): [string, unknown][] => {
      if (port.kind === "blob" && port.optional === true) return []
      if (port.kind === "presence") return [[name, presenceOf(pointsIn(shots, tile), tile)]]
      if (port.kind !== "points") throw new Error("expected a points port")
      return [[name, pointsIn(shots, tile, port.classes)]]
    }),
  ) as Inputs<I>
  return { tile, out: kernel.run(tile, input, options, scratch) }
}
