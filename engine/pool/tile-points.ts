import { Box2 } from "../core/box.js"
import { gatherPoints } from "../formats/las/gather.js"
import { thinPoints, wholeCells } from "../formats/las/thin.js"
import { type ChainStep, finestSpacing, spacingsOf } from "../job/chain.js"
import type { TaskMessage } from "../job/context.js"
import type { Metrics, PointAttributes, PointsPort } from "../kernel.js"
import { type FullPoints, type HeldPoints, keepAttributes } from "./select-points.js"
import { openSource, type PeakMemory, type WorkerState } from "./worker-state.js"

/** Points of a tile's extent as read, and the figures of the reading. */
interface TilePoints {
  readonly points: FullPoints
  readonly metrics: Metrics
}

/** The points ports of a chain. */
export const pointsPorts = (state: WorkerState, steps: readonly ChainStep[]): PointsPort[] =>
  steps.flatMap((step) =>
    Object.values(state.kernels.get(step.id)?.inputs ?? {}).filter((port) => port.kind === "points"),
  )

const spacings = (state: WorkerState, steps: readonly ChainStep[]): readonly (number | undefined)[] =>
  spacingsOf(steps, (id) => state.kernels.get(id))

/**
 * Reads the points of a tile with the reach of its chain, from all its sources: COPC down to the level that the finest port needs, whole cells of
 * each port's thinning.
 */
export const readTilePoints = async (
  state: WorkerState,
  steps: readonly ChainStep[],
  message: TaskMessage,
  cell: Box2,
  memory: PeakMemory,
): Promise<TilePoints> => {
  const reach = Math.max(0, ...steps.map((step) => step.inputGrowth))
  const asked = spacings(state, steps)
  const keepPoints = message.scope === "tile" ? state.context.keepPoints : undefined
  const thinning = [...asked, keepPoints].filter((spacing) => spacing !== undefined)
  const extent = thinning.reduce(wholeCells, Box2.grow(cell, reach))
  const sources = await Promise.all(message.sources.map((index) => openSource(state.context, index)))
  try {
    const origin = [cell[0], cell[1], 0] as const
    const gathered = await gatherPoints(sources, extent, origin, () => memory.sample(), finestSpacing(asked))
    const { points, duplicates, noise } = gathered
    const metrics = {
      "points.read": points.count,
      "points.duplicates": duplicates,
      "points.noise": noise,
      // For this tile alone: those of a plain source are decoded once, by its own tasks.
      "points.decoded": sources.reduce((sum, { decoded = 0 }) => sum + decoded, 0),
    }
    return { points: points as FullPoints, metrics }
  } finally {
    await Promise.all(sources.map((source) => source.close()))
  }
}

/** Points of a tile and which of them each spacing keeps. */
export interface ThinnedPoints {
  readonly held: HeldPoints
  /** 1 for each point that a port of this spacing gets; all when undefined. */
  kept(spacing: number | undefined): Uint8Array | undefined
}

/** The points as the ports of the chain will ask for them; what no port can get is let go. */
export const thinTilePoints = (state: WorkerState, steps: readonly ChainStep[], all: FullPoints): ThinnedPoints => {
  const held = keepAttributes(all, pointsPorts(state, steps))
  const asked = spacings(state, steps)
  const [only] = asked
  // One spacing for all: its choice is all that is held.
  if (asked.length === 1 && only !== undefined)
    return { held: compact(held, thinPoints(held, only)), kept: () => undefined }
  const masks = new Map<number, Uint8Array>()
  return {
    held,
    kept: (spacing) => {
      if (spacing === undefined) return undefined
      const mask = masks.get(spacing) ?? thinPoints(held, spacing)
      masks.set(spacing, mask)
      return mask
    },
  }
}

const compact = (points: HeldPoints, kept: Uint8Array): HeldPoints => {
  let count = 0
  for (let i = 0; i < kept.length; i++) count += kept[i] as number
  const pick = <T extends PointAttributes[keyof PointAttributes] | Int32Array>(from: T, to: T): T => {
    let n = 0
    for (let i = 0; i < kept.length; i++) if (kept[i] === 1) to[n++] = from[i] as number
    return to
  }
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime, scale, origin } = points
  return {
    count,
    scale,
    origin,
    x: pick(x, new Int32Array(count)),
    y: pick(y, new Int32Array(count)),
    z: pick(z, new Int32Array(count)),
    classification: pick(classification, new Uint8Array(count)),
    ...(returnNumber ? { returnNumber: pick(returnNumber, new Uint8Array(count)) } : {}),
    ...(numberOfReturns ? { numberOfReturns: pick(numberOfReturns, new Uint8Array(count)) } : {}),
    ...(intensity ? { intensity: pick(intensity, new Uint16Array(count)) } : {}),
    ...(gpsTime ? { gpsTime: pick(gpsTime, new Float64Array(count)) } : {}),
  }
}
