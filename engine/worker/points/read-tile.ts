import { spoolCore } from "../../formats/buckets/wasm/core.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { Metrics } from "../../kernel.js"
import type { ChainStep } from "../../plan/chains/chain.js"
import type { TaskMessage } from "../../plan/context.js"
import { type PortReader, tileOf } from "../chain-run.js"
import { readBlobs } from "../read-blobs.js"
import type { GivenImages } from "../read-image.js"
import type { PeakMemory, WorkerState } from "../worker-state.js"
import type { Output } from "../write/output.js"
import { countClasses } from "./count-classes.js"
import { type CellSummary, type FullPoints, hasPoints, selectPoints } from "./select-points.js"
import { pointsPorts, readTilePoints, type ThinnedPoints, thinTilePoints } from "./tile-points.js"

/** What the task of a tile has to read. */
export interface TileReading {
  readonly state: WorkerState
  readonly message: TaskMessage
  /** The chain of the stage. */
  readonly steps: readonly ChainStep[]
  readonly given: GivenImages
}

/** A tile's points, and where its kernels get their inputs from. */
export interface ReadTile {
  readonly inCell: CellSummary
  readonly reading: Metrics
  /** Why the tile is skipped. */
  readonly lacking: string | undefined
  /** In the first stage, points by class for the estimate of the second one. */
  readonly classes: Readonly<Record<number, number>> | undefined
  readonly read: PortReader
}

/** Reads the tile's points, which from then on the reader alone holds, until the last kernel has taken its own; writes those that are kept for looking at. */
export const readTile = async (tile: TileReading, memory: PeakMemory, output: Output): Promise<ReadTile> => {
  const { state, message, steps } = tile
  const key = TileKey.parse(message.key)
  const cell = TileKey.box(state.context.grid, key)
  const { points, inCell, metrics } = await state.clock.during("read", () =>
    readTilePoints(state, steps, message, cell, memory),
  )
  const outer = state.clock.enter("select")
  const classes = message.scope === "tile" ? countClasses(state, steps, points) : undefined
  const thinned = thinTilePoints(state, steps, points)
  const lacking = inCell.count === 0 ? "no point in the tile" : missingPoints(tile, key, thinned)
  const { keepPoints } = state.context
  if (keepPoints !== undefined && lacking === undefined && message.scope === "tile" && !message.neighbour) {
    const { encodeKeptPoints } = await import("./kept-points.js")
    await output.write(layout.keptPoints(key), encodeKeptPoints(points as FullPoints, cell, keepPoints))
    memory.sample()
  }
  state.clock.enter(outer)
  const reading = thinned.held.count < points.count ? { ...metrics, "points.kept": thinned.held.count } : metrics
  return { inCell, reading, lacking, classes, read: portReader(tile, thinned) }
}

/** Why the tile is skipped: the reasons of the required points ports that would be empty; undefined where none is. */
const missingPoints = ({ state, steps }: TileReading, key: TileKey, points: ThinnedPoints): string | undefined => {
  const reasons = new Set<string>()
  for (const step of steps) {
    const { extent } = tileOf(state, key, step)
    for (const [name, port] of Object.entries(state.kernels.get(step.id)?.inputs ?? {})) {
      if (port.kind !== "points" || port.required !== true) continue
      if (hasPoints(points.held, port, extent, points.kept(step.spacing?.[name]))) continue
      reasons.add(port.skipReason ?? `no point of the classes ${port.classes?.join(", ") ?? "asked for"}`)
    }
  }
  return reasons.size === 0 ? undefined : [...reasons].sort().join("; ")
}

const portReader = ({ state, message, steps, given }: TileReading, thinned: ThinnedPoints): PortReader => {
  let points: ThinnedPoints | undefined = thinned
  let unread = pointsPorts(state, steps).length
  // Columns that a port has got as they are held may be looked at as long as there is who holds them.
  let shared = false
  return (port, name, tile, step) => {
    // Readers of images and features are loaded when a port asks for them.
    if (port.kind === "image")
      return import("../read-image.js").then(({ readImage }) =>
        readImage(state, message, port, tile, step.options, given),
      )
    if (port.kind === "views")
      return import("../read-views.js").then(({ readTileViews }) =>
        readTileViews({ state, given }, port, tile, step.options),
      )
    if (port.kind === "blob" && step.withheld?.includes(name)) return undefined
    if (port.kind === "blob") return message.scope === "model" ? readBlobs(state, message, name, port) : undefined
    const wanted = port.kind === "features" ? port.given : undefined
    if (wanted !== undefined)
      return import("../read-given.js").then(({ readGiven }) => readGiven(state, wanted, tile.extent))
    if (port.kind !== "points" || points === undefined) return undefined
    const { held } = points
    const kept = points.kept(step.spacing?.[name])
    unread--
    const isLast = unread === 0
    if (isLast) points = undefined
    return spoolCore().then((core) => {
      const selected = selectPoints(held, port, tile.extent, kept, { last: isLast && !shared, core })
      shared ||= selected.x === held.x
      return selected
    })
  }
}
