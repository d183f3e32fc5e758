/** Reads the points of a tile with the reach of its chain, from all sources, and thins them. */
import { Box2 } from "../../core/geometry/box.js"
import { addToList } from "../../core/lists.js"
import { areOrderable, type BucketFile } from "../../formats/buckets/format.js"
import type { BucketPoints, BucketQuery } from "../../formats/buckets/gather-buckets.js"
import { eachExtra } from "../../formats/las/columns.js"
import { unlistedFigure } from "../../formats/points/class-schemes.js"
import { type GatherOptions, gatherPoints, type PointSource } from "../../formats/points/gather.js"
import type { PointFile } from "../../formats/points/point-file.js"
import { thinPoints, wholeCells } from "../../formats/points/thin.js"
import { type AttributeName, type Metrics, makesClasses, type PointAttributes, type PointsPort } from "../../kernel.js"
import {
  type ChainStep,
  classesOfPort,
  extraOf,
  type FromUnclassified,
  finestSpacing,
  fromClasses,
  isReadPort,
  listSpacings,
  pointClasses,
  reachOf,
} from "../../plan/chains/chain.js"
import type { TaskMessage } from "../../plan/context.js"
import type { PeakMemory, WorkerState } from "../worker-state.js"
import { openSource } from "./open-source.js"
import {
  type CellSummary,
  countInside,
  EVERYTHING,
  type HeldPoints,
  keepAttributes,
  timedClasses,
} from "./select-points.js"

/** Points of a tile's extent as read, and the figures of the reading. */
interface TilePoints {
  /**
   * Has all attributes where `--keep-points` is set, else those that a port asks for. Classes that
   * no port takes may be missing.
   */
  readonly points: HeldPoints
  /** Those that spacings keep, where they were thinned on reading. `points` then lacks them. */
  readonly thinned: ReadonlyMap<number, HeldPoints>
  /** That they were read from. */
  readonly extent: Box2
  readonly inCell: CellSummary
  readonly metrics: Metrics
}

/** A points port of a chain, and the spacing of its points. */
interface SpacedPort {
  readonly port: PointsPort
  readonly spacing: number | undefined
}

export const spacedPorts = (state: WorkerState, steps: readonly ChainStep[]): SpacedPort[] =>
  steps.flatMap(({ id, spacing }) =>
    Object.entries(state.kernels.get(id)?.inputs ?? {}).flatMap(([name, port]) =>
      port.kind === "points" && isReadPort(port, state.context.external) ? [{ port, spacing: spacing?.[name] }] : [],
    ),
  )

/** The points ports of a chain. */
export const pointsPorts = (state: WorkerState, steps: readonly ChainStep[]): PointsPort[] =>
  spacedPorts(state, steps).map(({ port }) => port)

const spacings = (state: WorkerState, steps: readonly ChainStep[]): readonly (number | undefined)[] =>
  listSpacings(steps, (id) => state.kernels.get(id))

/**
 * Reads the points of a tile with the reach of its chain, from all its sources. Reads COPC down to
 * the level that the finest port needs, and whole cells of each port's thinning.
 */
export const readTilePoints = async (
  state: WorkerState,
  steps: readonly ChainStep[],
  message: TaskMessage,
  cell: Box2,
  memory: PeakMemory,
): Promise<TilePoints> => {
  const reach = reachOf(steps)
  const asked = spacings(state, steps)
  const keepPoints = message.stage === "tile" ? state.context.keepPoints : undefined
  const thinning = [...asked, keepPoints].filter((spacing) => spacing !== undefined)
  const extent = thinning.reduce(wholeCells, Box2.grow(cell, reach))
  const sources = await Promise.all(message.sources.map((index) => openSource(state.context, index)))
  try {
    const origin = [cell[0], cell[1], 0] as const
    const sample = (): void => memory.sample()
    const bucketFiles = sources.flatMap(({ parts }) => (parts === undefined ? [] : [{ parts }]))
    // Where points are thinned, the counts include all classes.
    const ports = keepPoints === undefined ? pointsPorts(state, steps) : [EVERYTHING]
    const { fromUnclassified } = state.context
    const asks = askedBy(fromUnclassified === undefined ? ports : [...ports, unclassifiedPort(fromUnclassified)])
    const extra = extraOf(pointsPorts(state, steps))
    const wanted = thinning.length > 0 ? { ...asks, classes: undefined } : asks
    const gathered =
      bucketFiles.length === sources.length && extra.length === 0 && areOrderable(bucketFiles)
        ? await gatherBucketed(bucketFiles, { extent, origin, cell, ...(selectionsOf(state, steps) ?? wanted) }, sample)
        : await gatherAll(sources, extent, origin, {
            attributes: wanted.attributes,
            extra,
            classes: pointClasses(state.context, (id) => state.kernels.get(id)),
            cell,
            spacing: finestSpacing(asked),
            watch: sample,
          })
    for (const source of sources) await source.verify()
    const { points, thinned, count, inCell, duplicates, noise } = gathered
    const metrics = {
      "points.read": count,
      "points.duplicates": duplicates,
      "points.noise": noise,
      // Decoded for this tile only; plain sources are decoded once, by their own tasks.
      "points.decoded": sources.reduce((sum, { decoded = 0 }) => sum + decoded, 0),
      ...leftOutMetrics(sources),
    }
    return { points, thinned, extent, inCell, metrics }
  } finally {
    await Promise.all(sources.map((source) => source.close()))
  }
}

/** The steps of a chain that do not classify points. */
export const unclassifying = (state: WorkerState, steps: readonly ChainStep[]): ChainStep[] =>
  steps.filter(({ id }) => {
    const kernel = state.kernels.get(id)
    return kernel === undefined || !makesClasses(kernel)
  })

/**
 * What the ports of each spacing ask for, to select it on reading; undefined where classes change
 * later, or points are kept.
 */
const selectionsOf = (
  state: WorkerState,
  steps: readonly ChainStep[],
): Pick<BucketQuery, "attributes" | "classes" | "timed" | "thinned"> | undefined => {
  const { fromUnclassified, keepPoints } = state.context
  const changes = fromUnclassified !== undefined || unclassifying(state, steps).length < steps.length
  if (changes || keepPoints !== undefined) return undefined
  const ports = new Map<number | undefined, PointsPort[]>([[undefined, []]])
  for (const { port, spacing } of spacedPorts(state, steps)) addToList(ports, spacing, port)
  const whole = ports.get(undefined)!
  const thinned = [...ports].flatMap(([spacing, own]) => (spacing === undefined ? [] : { spacing, ...askedBy(own) }))
  return { ...askedBy(whole), timed: timedClasses(whole), ...(thinned.length > 0 && { thinned }) }
}

/** What deciding on unclassified points reads. */
const unclassifiedPort = ({ buildings }: FromUnclassified): PointsPort => ({
  kind: "points",
  classes: fromClasses,
  attributes: buildings ? ["returnNumber", "numberOfReturns"] : [],
})

/** The points after the decision on unclassified ones, which needs those of the ground. */
export const decideUnclassified = async (state: WorkerState, points: HeldPoints, extent: Box2): Promise<HeldPoints> => {
  const { fromUnclassified, outlines } = state.context
  if (fromUnclassified === undefined) return points
  const [{ readExternal }, { classifyUnclassified }] = await Promise.all([
    import("../read-blobs.js"),
    import("./from-unclassified.js"),
  ])
  const polygons = outlines === undefined ? undefined : await readExternal(state, outlines, extent)
  classifyUnclassified(points, extent, polygons, fromUnclassified)
  // The counts by class have changed.
  const { counts: _, ...rest } = points
  return rest
}

/**
 * The numbers of points left out for impossible heights and for class flags, and of those whose
 * class the scheme lacks; without those that are 0.
 */
export const leftOutMetrics = (
  sources: readonly Partial<Pick<PointFile, "tooHigh" | "flagged" | "unlisted">>[],
): Metrics => {
  const counts: Record<string, number> = {}
  const add = (name: string, count = 0): void => {
    if (count > 0) counts[name] = (counts[name] ?? 0) + count
  }
  for (const { tooHigh, flagged, unlisted } of sources) {
    add("points.tooHigh", tooHigh)
    add("points.flagged", flagged)
    for (const [code, count] of unlisted ?? []) add(`${unlistedFigure}${code}`, count)
  }
  return counts
}

/** Points for a tile's kernels, and their counts. */
type Gathered = Omit<BucketPoints, "points" | "thinned" | "classes"> & Pick<TilePoints, "points" | "thinned">

const gatherBucketed = async (
  bucketFiles: readonly Pick<BucketFile, "parts">[],
  query: BucketQuery,
  watch: () => void,
): Promise<Gathered> => {
  const { gatherBuckets } = await import("../../formats/buckets/gather-buckets.js")
  const { points, thinned = [], classes: counts, ...rest } = await gatherBuckets(bucketFiles, query, watch)
  const { timed } = query
  return {
    points: { ...points, counts, ...(timed === undefined ? {} : { timed }) },
    thinned: new Map(query.thinned?.map(({ spacing }, k) => [spacing, thinned[k]!])),
    ...rest,
  }
}

const gatherAll = async (
  sources: readonly PointSource[],
  extent: Box2,
  origin: readonly [number, number, number],
  options: GatherOptions & { readonly cell: Box2 },
): Promise<Gathered> => {
  const { points, duplicates, noise, others, time } = await gatherPoints(sources, extent, origin, options)
  const count = countInside(points, options.cell) + others.inCell
  const inCell = { count, ...(time === undefined ? {} : { time }) }
  return { points, thinned: new Map(), count: points.count + others.count, duplicates, noise, inCell }
}

/** Attributes and classes (all when undefined) that some port takes. */
const askedBy = (
  ports: readonly PointsPort[],
): { attributes: AttributeName[]; classes: readonly number[] | undefined } => {
  const attributes = [...new Set(ports.flatMap((port) => port.attributes ?? []))]
  const classes = ports.map(classesOfPort)
  if (classes.includes(undefined)) return { attributes, classes: undefined }
  return { attributes, classes: [...new Set(classes.flatMap((some) => some ?? []))] }
}

/** Points of a tile by the spacing of the ports that receive them. */
export type ThinnedPoints = ReadonlyMap<number | undefined, HeldPoints>

/**
 * Thins the points for the ports of the chain, and releases what no port can receive.
 *
 * @param known the spacings that are thinned already
 */
export const thinTilePoints = (
  state: WorkerState,
  steps: readonly ChainStep[],
  all: HeldPoints,
  known: ReadonlyMap<number, HeldPoints> = new Map(),
): ThinnedPoints => {
  const held = keepAttributes(all, pointsPorts(state, steps))
  const pointsOf = (spacing: number | undefined): HeldPoints =>
    spacing === undefined ? held : (known.get(spacing) ?? compact(held, thinPoints(held, spacing)))
  const asked = new Set(spacedPorts(state, steps).map(({ spacing }) => spacing))
  return new Map([...asked].map((spacing) => [spacing, pointsOf(spacing)]))
}

/** Copies the points that are marked with 1. */
export const compact = (points: HeldPoints, kept: Uint8Array): HeldPoints => {
  const chosen = placesOf(kept)
  const count = chosen.length
  const pick = <T extends PointAttributes[keyof PointAttributes] | Int32Array>(from: T, to: T): T => {
    for (let n = 0; n < count; n++) to[n] = from[chosen[n]!]!
    return to
  }
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, scale, origin } = points
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
    ...(points.extra ? { extra: eachExtra(points.extra, (values) => pick(values, new Float64Array(count))) } : {}),
    ...compactTimes(points, kept),
  }
}

/** The places of the elements that are 1. */
const placesOf = (marks: Uint8Array): Uint32Array => {
  let n = 0
  for (let i = 0; i < marks.length; i++) n += marks[i]!
  const places = new Uint32Array(n)
  n = 0
  for (let i = 0; n < places.length; i++) if (marks[i] === 1) places[n++] = i
  return places
}

/**
 * The times of the remaining points. `timed` marks the classes that have times, where not all do.
 */
const compactTimes = (points: HeldPoints, kept: Uint8Array): Pick<HeldPoints, "gpsTime" | "timed"> => {
  const { classification, gpsTime, timed } = points
  if (gpsTime === undefined) return {}
  const has = timed ?? new Uint8Array(256).fill(1)
  let count = 0
  for (let i = 0; i < kept.length; i++) count += kept[i]! & has[classification[i]!]!
  const times = new Float64Array(count)
  let [from, to] = [0, 0]
  for (let i = 0; i < kept.length; i++) {
    if (has[classification[i]!] !== 1) continue
    if (kept[i] === 1) times[to++] = gpsTime[from]!
    from++
  }
  return timed === undefined ? { gpsTime: times } : { gpsTime: times, timed }
}
