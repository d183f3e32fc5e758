/** Rewrites the points of a tile after reading, before kernels other than classifying ones. */
import { Box2 } from "../../core/geometry/box.js"
import { markPoints, NO_LOWEST, type Presence, PresenceBit } from "../../core/presence.js"
import { TileKey } from "../../grid/tile-key.js"
import { type PointsPort, portNames } from "../../kernel.js"
import { makeTile } from "../../plan/chains/chain.js"
import { editsMeeting, readBox } from "../../plan/edit-windows.js"
import { runKernel } from "../chain-run.js"
import { readExternal } from "../read-blobs.js"
import { releaseMemory } from "../thread-use.js"
import { classifyUnclassified } from "./from-unclassified.js"
import type { TileReading } from "./gather-sources.js"
import type { PointTable } from "./point-table.js"

/** Reads all points of a box, as they are before rewriting. */
export type GatherBox = (box: Box2) => Promise<PointTable>

/** Changes the points of an extent: returns the same table, or another one in canonical order. */
type Rewriting = (
  reading: TileReading,
  points: PointTable,
  extent: Box2,
  gather: GatherBox,
) => PointTable | Promise<PointTable>

/**
 * The only place where the points of a tile change: after reading, before counts by class, thinning
 * and all other kernels. Each rewriting gets the table of the one before.
 *
 * `isRewritten` (tile-points.ts) must be true for jobs with a rewriting: bucket files are then read
 * without selecting or thinning.
 *
 * @param extent that the points were read from
 * @param gather for windows of edits, which reach beyond the extent
 */
export const rewritePoints = async (
  reading: TileReading,
  points: PointTable,
  extent: Box2,
  gather: GatherBox,
): Promise<PointTable> => {
  const rewritings: readonly Rewriting[] = [classifyByKernels, decideUnclassified, changeLand]
  let rewritten = points
  for (const rewrite of rewritings) rewritten = await rewrite(reading, rewritten, extent, gather)
  return rewritten
}

/**
 * Presence of rewritten points. Points of classes that the job does not store stay where they are.
 *
 * @param before of the points as read; changed in place
 */
export const rewritePresence = (before: Presence, { columns }: PointTable): Presence => {
  for (let at = 0; at < before.cells.length; at++) before.cells[at]! &= PresenceBit.point
  before.lowest.fill(NO_LOWEST)
  markPoints(before, columns)
  return before
}

/** Gives points the classes that the chain's classifying kernels find. */
const classifyByKernels: Rewriting = ({ state, steps, message, memory }, points) => {
  let classified = points
  for (const step of steps) {
    const kernel = state.kernels.get(step.id)
    const [made] = kernel === undefined ? [] : portNames(kernel.outputs, "classes")
    const input = Object.entries(kernel?.inputs ?? {}).find(([, port]) => port.kind === "points")
    if (kernel === undefined || made === undefined || input?.[1].kind !== "points") continue
    const own = makeTile(state.context, TileKey.parse(message.key), step)
    // Its classes also decide on unclassified points, from farther away.
    const tile = { ...own, extent: Box2.grow(own.extent, step.classReach ?? 0) }
    const [name, port] = input
    const inputs = { [name]: classified.select(port, tile.extent) }
    const codes = runKernel(kernel, tile, inputs, step, state)[made] as Uint8Array
    memory.sample()
    state.arena.reset()
    classified = setClasses(classified, port, tile.extent, codes)
    releaseMemory()
  }
  return classified
}

/** The points with new classes for those that a port selects; overwrites the classes. */
const setClasses = (all: PointTable, port: PointsPort, extent: Box2, codes: Uint8Array): PointTable => {
  const {
    wanted,
    box: [minX, minY, maxX, maxY],
  } = all.selection(port, extent)
  const { x, y, classification, count } = all.columns
  let n = 0
  for (let i = 0; i < count; i++) {
    const px = x[i]!
    const py = y[i]!
    if (wanted[classification[i]!] === 1 && px >= minX && px < maxX && py >= minY && py < maxY)
      classification[i] = codes[n++]!
  }
  return all.recount()
}

/** Decides on unclassified points, by those of the ground, once these are classified. */
const decideUnclassified: Rewriting = ({ state }, points, extent) => {
  const { fromUnclassified, outlines } = state.context
  if (fromUnclassified === undefined) return points
  return state.clock.during("read", async () => {
    const polygons = outlines === undefined ? undefined : await readExternal(state, outlines, extent)
    classifyUnclassified(points.columns, extent, polygons, fromUnclassified)
    return points.recount()
  })
}

/** Replaces the points of each window of edits by those of the changed land. */
const changeLand: Rewriting = async (reading, points, extent, gather) => {
  const { steps } = reading
  const { context } = reading.state
  const windows = editsMeeting(context, extent)
  if (windows.length === 0) return points
  const { editLand } = await import("./edit-land.js")
  let changed = points
  for (const window of windows) {
    const box = readBox(context, window.box)
    const land = await decideUnclassified(reading, await gather(box), box, gather)
    changed = await editLand({ table: changed, extent }, { context, window, steps, land })
    releaseMemory()
  }
  return changed
}
