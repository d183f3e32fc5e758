/**
 * Reads what the kernels of a tile's chain ask for, port by port: points, images, views, blobs,
 * features.
 */
import { Box2 } from "../../core/geometry/box.js"
import { thinPoints } from "../../formats/points/thin.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import type { FullPoints, Metrics } from "../../kernel.js"
import { type ChainStep, isReadPort, makeTile, reachOf } from "../../plan/chains/chain.js"
import type { TaskMessage } from "../../plan/context.js"
import type { PortReader } from "../chain-run.js"
import type { MainLaneImages } from "../read-image.js"
import type { PeakMemory, WorkerState } from "../worker-state.js"
import type { Output } from "../write/output.js"
import {
  type CellSummary,
  EVERYTHING,
  type HeldPoints,
  hasPoints,
  selectPoints,
  streamPoints,
} from "./select-points.js"
import {
  compact,
  decideUnclassified,
  pointsPorts,
  readTilePoints,
  spacedPorts,
  type ThinnedPoints,
  thinTilePoints,
  unclassifying,
} from "./tile-points.js"

/** Inputs for reading a tile. */
export interface TileReading {
  readonly state: WorkerState
  readonly message: TaskMessage
  readonly steps: readonly ChainStep[]
  readonly given: MainLaneImages
}

/** A tile's points, and the source of its kernels' inputs. */
export interface ReadTile {
  readonly inCell: CellSummary
  readonly reading: Metrics
  /** Why the tile is skipped. */
  readonly lacking: string | undefined
  /** In the first stage, points by class for the estimate of the second one. */
  readonly classes: Readonly<Record<number, number>> | undefined
  readonly read: PortReader
}

/**
 * Reads the tile's points and writes those of `--keep-points`. Only the returned reader then refers
 * to the points, until the last kernel has taken its own.
 */
export const readTile = async (whole: TileReading, memory: PeakMemory, output: Output): Promise<ReadTile> => {
  const { state, message } = whole
  const key = TileKey.parse(message.key)
  if (message.stage === "model" && pointsPorts(state, whole.steps).length === 0) return readNoPoints(whole, key)
  const cell = TileKey.box(state.context.grid, key)
  const found = await state.clock.during("read", () => readTilePoints(state, whole.steps, message, cell, memory))
  const { inCell, metrics } = found
  const steps = unclassifying(state, whole.steps)
  const ground =
    steps.length === whole.steps.length
      ? found.points
      : (await import("./classify-points.js")).classifyPoints(state, whole.steps, message, found.points, memory)
  const points = await state.clock.during("read", () => decideUnclassified(state, ground, found.extent))
  const tile = { ...whole, steps }
  const outer = state.clock.enter("select")
  const classes = message.stage === "tile" ? countClasses(state, steps, points) : undefined
  const thinned = thinTilePoints(state, steps, points, found.thinned)
  const lacking = inCell.count === 0 ? "no points in the tile" : missingPoints(tile, key, thinned)
  const { keepPoints } = state.context
  if (keepPoints !== undefined && lacking === undefined && message.stage === "tile" && !message.neighbour) {
    await output.write(layout.keptPoints(key), await encodeKeptPoints(points as FullPoints, cell, keepPoints))
    memory.sample()
  }
  state.clock.enter(outer)
  const [kept] = thinned.values()
  const read = points.counts?.reduce((sum, count) => sum + count, 0) ?? points.count
  const isThinned = thinned.size === 1 && !thinned.has(undefined) && kept!.count < read
  const reading = isThinned ? { ...metrics, "points.kept": kept!.count } : metrics
  return { inCell, reading, lacking, classes, read: portReader(tile, thinned) }
}

/** A model whose kernels take blobs only: a tile without any was skipped for want of points. */
const readNoPoints = (tile: TileReading, key: TileKey): ReadTile => {
  const { files = [], time } = tile.message
  const names = tile.steps.flatMap(({ id }) => Object.keys(tile.state.kernels.get(id)?.inputs ?? {}))
  const hasBlob = files.some(({ path }) => names.some((name) => path === layout.blob(name, key)))
  return {
    inCell: { count: 0, ...(time === undefined ? {} : { time }) },
    reading: {},
    lacking: hasBlob ? undefined : "no points in the tile",
    classes: undefined,
    read: portReader(tile, undefined),
  }
}

/**
 * The points of a tile that a spacing keeps, as LAS of format 6 without a CRS, in steps of 1 cm as
 * in LiDAR HD; `--keep-points` gathers them. The spacing's cells are whole when `points` were read
 * for it. A tile writes the points in its own cell, half-open.
 */
const encodeKeptPoints = async (points: FullPoints, cell: Box2, spacing: number): Promise<Uint8Array> => {
  const { encodeLas } = await import("../../formats/las/write/las-writer.js")
  const kept = selectPoints(compact(points, thinPoints(points, spacing)), EVERYTHING, cell) as FullPoints
  return encodeLas(kept, { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] })
}

/**
 * Why the tile is skipped: the reasons of required points ports that would be empty; undefined if
 * none is.
 */
const missingPoints = ({ state, steps }: TileReading, key: TileKey, points: ThinnedPoints): string | undefined => {
  const reasons = new Set<string>()
  for (const step of steps) {
    const { extent } = makeTile(state.context, key, step)
    for (const [name, port] of Object.entries(state.kernels.get(step.id)?.inputs ?? {})) {
      if (port.kind !== "points" || port.required !== true) continue
      if (hasPoints(points.get(step.spacing?.[name])!, port, extent)) continue
      reasons.add(port.skipReason ?? `no points of the classes ${port.classes?.join(", ") ?? "needed"}`)
    }
  }
  return reasons.size === 0 ? undefined : [...reasons].sort().join("; ")
}

const portReader = ({ state, message, steps, given }: TileReading, thinned: ThinnedPoints | undefined): PortReader => {
  const points = new Map(thinned)
  // Spacings of the ports that have not received their points yet.
  const unread = spacedPorts(state, steps).map(({ spacing }) => spacing)
  // Spacings whose columns a port shares: they must not be overwritten.
  const shared = new Set<number | undefined>()
  return (port, name, tile, step) => {
    // Other readers are loaded when a port asks for them.
    if (port.kind === "image")
      return import("../read-image.js").then(({ readImage }) =>
        readImage(state, message, port, tile, step.options, given),
      )
    if (port.kind === "views")
      return import("../read-image.js").then(({ readTileViews }) =>
        readTileViews({ state, given }, port, tile, step.options),
      )
    if (port.kind === "blob") {
      if (step.withheld?.includes(name) || message.stage !== "model") return undefined
      return import("../read-blobs.js").then(({ readBlobs }) => readBlobs(state, message, name, port))
    }
    const wanted = port.kind === "features" ? port.external?.name : undefined
    if (wanted !== undefined)
      return import("../read-blobs.js").then(({ readExternal }) => readExternal(state, wanted, tile.extent))
    if (port.kind === "raster" && port.external !== undefined) {
      const { name: file } = port.external
      const box = Box2.grow(tile.extent, port.beyond?.(step.options) ?? 0)
      return import("../read-blobs.js").then(({ readExternalRaster }) => readExternalRaster(state, file, box))
    }
    if (port.kind !== "points" || !isReadPort(port, state.context.external)) return undefined
    const spacing = step.spacing?.[name]
    const own = points.get(spacing)
    if (own === undefined) return undefined
    unread.splice(unread.indexOf(spacing), 1)
    const isLast = !unread.includes(spacing)
    if (isLast) points.delete(spacing)
    if (port.chunked) return streamPoints(own, port, tile.extent)
    const selected = selectPoints(own, port, tile.extent, {
      options: step.options,
      last: isLast && !shared.has(spacing),
    })
    if (selected.x === own.x) shared.add(spacing)
    return selected
  }
}

/**
 * Counts the points of the classes that the second stage takes, once the first stage has read them:
 * its memory is then known. Undefined where the first stage reads less than the second: a shorter
 * reach, thinned points, or none of the classes.
 */
export const countClasses = (
  state: WorkerState,
  steps: readonly ChainStep[],
  { classification, count, counts: known }: HeldPoints,
): Readonly<Record<number, number>> | undefined => {
  const { model } = state.context.chains
  const ports = pointsPorts(state, steps)
  const isWhole = steps.some((step) =>
    Object.entries(state.kernels.get(step.id)?.inputs ?? {}).some(
      ([name, port]) => port.kind === "points" && step.spacing?.[name] === undefined,
    ),
  )
  if (!isWhole || reachOf(steps) < reachOf(model)) return undefined
  const taken = new Set(pointsPorts(state, model).flatMap(({ classes = [] }) => classes))
  const readAll = ports.some(({ classes }) => classes === undefined)
  const counted = [...taken].filter((code) => readAll || ports.some(({ classes }) => classes?.includes(code)))
  if (counted.length === 0) return undefined
  const counts = known ?? new Uint32Array(256)
  if (known === undefined) for (let i = 0; i < count; i++) counts[classification[i]!]!++
  return Object.fromEntries(counted.sort((a, b) => a - b).map((code) => [code, counts[code]!]))
}
