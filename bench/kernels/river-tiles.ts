/**
 * Makes the quarters of the synthetic scene that its river crosses, with a bridge in the second,
 * and a wood.
 */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { findPresence } from "../../engine/core/presence.js"
import { gatherPoints } from "../../engine/formats/points/gather.js"
import type { Tile } from "../../engine/kernel.js"
import { PointTable } from "../../engine/worker/points/point-table.js"
import { scanScene } from "../../fixtures/sample/scan.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { sourceTiles } from "../../fixtures/sample/write-sample.js"
import { encodeTreeList } from "../../kernels/vegetation/tree/list.js"
import { scanSource } from "../scene-ground.js"
import { defaultsOf, loadKernel } from "./call-kernel.js"

/**
 * West and east of the scene's south, with tiles around them and the points that a kernel reads.
 */
export interface RiverTiles {
  readonly cells: readonly [Box2, Box2]
  tile(cell: Box2, halo?: number): Tile
  /** A kernel's tile at a cell, and its point ports. */
  points(id: string, cell: Box2): Promise<[tile: Tile, inputs: Readonly<Record<string, unknown>>]>
}

/** Scanned once in a process. */
let scan: ReturnType<typeof scanSource> | undefined

export const riverTiles = (): RiverTiles => {
  const scene = makeScene()
  const [west, east] = sourceTiles(scene) as [Box2, Box2]
  return {
    cells: [west, east],
    tile: tileAt,
    points: async (id, cell) => {
      const kernel = await loadKernel(id)
      const tile = tileAt(cell, kernel.halo(defaultsOf(kernel) as never))
      scan ??= scanSource(scanScene(scene))
      const gathered = await gatherPoints([scan], tile.extent, tile.origin)
      const points = new PointTable(gathered.points)
      const ports = Object.entries(kernel.inputs).flatMap(([name, port]): [string, unknown][] => {
        if (port.kind === "presence") return [[name, findPresence(tile.extent, gathered.points)]]
        return port.kind === "points" ? [[name, points.select(port, tile.extent)]] : []
      })
      return [tile, Object.fromEntries(ports)]
    },
  }
}

const tileAt = (cell: Box2, halo = 0): Tile => {
  const side = cell[2] - cell[0]
  const extent: Box2 = [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo]
  const key = `1/${cell[0] / side}/${cell[1] / side}`
  return { key, cell, core: cell, extent, origin: [cell[0], cell[1], 0], step: 1, epsg: 2154 }
}

/** Trees along a side of the wood, one every 6 m over 600 m. */
const SIDE = 100

/** The list of the wood's trees, with its south-west corner at the cell's. */
export const plantWood = ([west, south]: Box2): Uint8Array => {
  const count = SIDE * SIDE
  const whole = (value: (i: number) => number): Int32Array => Int32Array.from({ length: count }, (_, i) => value(i))
  return encodeTreeList({
    x: Float64Array.from({ length: count }, (_, i) => 1000 * west + 6000 * (i % SIDE)),
    y: Float64Array.from({ length: count }, (_, i) => 1000 * south + 6000 * Math.floor(i / SIDE)),
    ground: whole((i) => 170_000 + (i % 7)),
    height: whole((i) => 5000 + 1000 * (i % 17)),
    radius: whole((i) => 1500 + 100 * (i % 13)),
  })
}
