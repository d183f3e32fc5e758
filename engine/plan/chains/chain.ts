/** Chains of kernels, and the points that they need: reach, spacing, attributes, classes. */
import { Box2 } from "../../core/geometry/box.js"
import { type Grid, TileKey } from "../../grid/tile-key.js"
import type { HandedKind } from "../../job/kernels/choose-kernels.js"
import {
  type AttributeName,
  type Kernel,
  type OptionValue,
  type PointsPort,
  type Port,
  portNames,
  type Tile,
} from "../../kernel.js"

/** What a job takes from unclassified points above ground; absent: nothing. */
export interface FromUnclassified {
  readonly vegetation?: true
  readonly buildings?: true
}

/**
 * Distance beyond what kernels read within which other points can decide on an unclassified one,
 * metres: 16 to its ground, 1 to a wall, and parts of cells.
 */
export const FROM_REACH = 20

/** Classes that decide on unclassified points, and these themselves. */
export const fromClasses: readonly number[] = [0, 1, 2, 6, 9]

/** Classes that edits look for: ground, vegetation, buildings, water, virtual points. */
export const editedClasses: readonly number[] = [2, 3, 4, 5, 6, 9, 66]

/** One kernel of a chain, with resolved options and its reach beyond the tile. */
export interface ChainStep {
  readonly id: string
  readonly url: string
  readonly version: number
  readonly digest?: string
  readonly options: Readonly<Record<string, OptionValue>>
  /** Point spacing of each points port, metres; absent: every point. */
  readonly spacing?: Readonly<Record<string, number>>
  /** Cell sides of its raster inputs, metres, where their makers declare them. */
  readonly cells?: Readonly<Record<string, number>>
  /** Port that an input reads, if its name differs. */
  readonly takes?: Readonly<Record<string, string>>
  /** Optional blobs that this kernel does not get though other kernels of the stage do. */
  readonly withheld?: readonly string[]
  /** Distance by which the output exceeds the tile, metres. */
  readonly outputGrowth: number
  /** Distance by which the input exceeds the tile, metres. */
  readonly inputGrowth: number
  /** Distance beyond its input within which other points decide on classes, metres; absent: 0. */
  readonly classReach?: number
}

/** The chains of a job, by stage, and the ports between them. */
export interface Chains {
  readonly tile: readonly ChainStep[]
  readonly parent: readonly ChainStep[]
  readonly job: readonly ChainStep[]
  /** Runs in each region of 10 km after its tiles. */
  readonly region: readonly ChainStep[]
  /** Runs in each tile after the joins that it reads. */
  readonly model: readonly ChainStep[]
  /** Output ports that become products. */
  readonly publish: readonly string[]
  /** Port published as the mesh of a tile. */
  readonly shown: string
  /** Meshes, solids and painted walls that tiles and parents pass to the parent above. */
  readonly handed: readonly { readonly name: string; readonly kind: HandedKind }[]
  /**
   * Shards that models read. If there are any, a tile's model requires the tile stage of its eight
   * neighbours.
   */
  readonly shards: readonly string[]
  /** Blobs that a tile passes to models, or to the kernels that make their shards. */
  readonly blobs: readonly string[]
  /** Blobs that a tile passes to kernels of regions and of the job, whatever these make. */
  readonly joined: readonly string[]
}

/** Returns the tile of a step: core and extent grown by the needs of the chain. */
export const makeTile = (
  { grid, epsg }: { readonly grid: Grid; readonly epsg: number },
  key: TileKey,
  step: ChainStep,
): Tile => {
  const cell = TileKey.box(grid, key)
  return {
    key: TileKey.format(key),
    cell,
    core: Box2.grow(cell, step.outputGrowth),
    extent: Box2.grow(cell, step.inputGrowth),
    origin: [cell[0], cell[1], 0],
    step: 2 ** (grid.leafLevel - key.level),
    epsg,
  }
}

/**
 * True for a kernel with a port that gives a skipped tile a model, if the tile has a shard of it.
 */
export const revives = (kernel: Kernel | undefined, shards: Readonly<Record<string, readonly unknown[]>>): boolean =>
  Object.entries(kernel?.inputs ?? {}).some(
    ([name, port]) => port.kind === "blob" && port.revives === true && (shards[name]?.length ?? 0) > 0,
  )

/** Distance beyond a tile within which a chain reads points, metres. */
export const reachOf = (steps: readonly ChainStep[]): number =>
  steps.reduce((most, { inputGrowth, classReach = 0 }) => Math.max(most, inputGrowth + classReach), 0)

/**
 * The distinct spacings of a chain's points ports; includes undefined if a port gets every point.
 */
export const listSpacings = (
  steps: readonly ChainStep[],
  kernelOf: (id: string) => Kernel | undefined,
): readonly (number | undefined)[] => {
  const spacings = new Set<number | undefined>()
  for (const { id, spacing } of steps) {
    for (const [name, port] of Object.entries(kernelOf(id)?.inputs ?? {})) {
      if (port.kind === "points") spacings.add(spacing?.[name])
    }
  }
  return [...spacings]
}

/** True if a kernel of the chain asks where points are. */
export const asksPresence = (steps: readonly ChainStep[], kernelOf: (id: string) => Kernel | undefined): boolean =>
  steps.some(({ id }) => portNames(kernelOf(id)?.inputs ?? {}, "presence").length > 0)

/** Distance beyond a tile within which a chain needs the points themselves, metres. */
export const pointsReach = (steps: readonly ChainStep[], kernelOf: (id: string) => Kernel | undefined): number =>
  steps.reduce((most, { id, options, inputGrowth, outputGrowth, classReach = 0 }) => {
    const ports = Object.values(kernelOf(id)?.inputs ?? {}).filter((port) => port.kind === "points")
    const reach = ports.map(({ within }) => (within ? outputGrowth + within(options) : inputGrowth))
    return Math.max(most, ...reach.map((metres) => metres + classReach))
  }, 0)

interface PointNeeds {
  readonly chains: Pick<Chains, "tile" | "model">
  readonly keepPoints?: number
  readonly fromUnclassified?: FromUnclassified
  /** Present where the job has edits. */
  readonly edits?: object
}

/** True for a points port that the job fills: see `PointsPort.beside`. */
export const isReadPort = ({ beside }: PointsPort, external: Readonly<Record<string, unknown>> | undefined): boolean =>
  beside === undefined || external?.[beside] !== undefined

/** Attributes that put points of one place in order. */
export const ORDERING = ["numberOfReturns", "returnNumber"] as const

/**
 * Attributes that the points ports of tile stages request, sorted: bucket files must contain them.
 * All of them if the job keeps points.
 */
export const pointAttributes = (
  { chains, keepPoints, fromUnclassified, edits }: PointNeeds,
  kernelOf: (id: string) => Kernel | undefined,
): readonly AttributeName[] => {
  if (keepPoints !== undefined) return ["classification", "gpsTime", "intensity", "numberOfReturns", "returnNumber"]
  const ports = [...chains.tile, ...chains.model].flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  const further = fromUnclassified?.buildings || edits ? ORDERING : []
  const asked = ports.flatMap((port) => (port.kind === "points" ? (port.attributes ?? []) : []))
  return [...new Set([...asked, ...further])].sort()
}

/** Names of extra bytes that the points ports of tile stages request, sorted. */
export const pointExtra = (
  chains: Pick<Chains, "tile" | "model">,
  kernelOf: (id: string) => Kernel | undefined,
): readonly string[] =>
  extraOf([...chains.tile, ...chains.model].flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {})))

/** Names of extra bytes that some ports request, sorted. */
export const extraOf = (ports: readonly Port[]): readonly string[] =>
  [...new Set(ports.flatMap((port) => (port.kind === "points" ? (port.extra ?? []) : [])))].sort()

/** The classes that a port asks for or looks for; all when undefined. */
export const classesOfPort = ({ classes, near }: PointsPort): readonly number[] | undefined =>
  classes && [...classes, ...(near?.classes ?? [])]

/**
 * Classes that the points ports of tile stages request, sorted: other points need not be stored.
 * Undefined (all classes) if a port takes every class, or if the job keeps points.
 */
export const pointClasses = (
  { chains, keepPoints, fromUnclassified, edits }: PointNeeds,
  kernelOf: (id: string) => Kernel | undefined,
): readonly number[] | undefined => {
  const steps = [...chains.tile, ...chains.model]
  const ports = steps.flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  const classes = ports.flatMap((port) => (port.kind === "points" ? [classesOfPort(port)] : []))
  if (keepPoints !== undefined) return undefined
  if (classes.includes(undefined)) return undefined
  const further = [...(fromUnclassified ? fromClasses : []), ...(edits ? editedClasses : [])]
  return [...new Set([...classes.flatMap((some) => some ?? []), ...further])].sort((a, b) => a - b)
}

/** Spacing of points, metres, that suffices to find where there are any. */
const PRESENCE_SPACING = 1

/** The spacing that a chain must read: that of its finest port; undefined: every point. */
export const finestSpacing = (
  steps: readonly ChainStep[],
  kernelOf: (id: string) => Kernel | undefined,
): number | undefined => {
  const least = asksPresence(steps, kernelOf) ? PRESENCE_SPACING : Infinity
  const finest = listSpacings(steps, kernelOf).reduce((most: number, one) => Math.min(most, one ?? 0), least)
  return finest > 0 && finest < Infinity ? finest : undefined
}

/**
 * Blobs that a tile makes for its neighbours, without those that only its own model reads. Around
 * départements these include everything that is joined: objects across their borders are then
 * complete.
 */
export const neighbourBlobs = (
  { chains, limit }: { readonly chains: Chains; readonly limit?: object },
  kernelOf: (id: string) => Kernel | undefined,
): ReadonlySet<string> => {
  const isListed = (name: string): boolean =>
    chains.model.some(({ id }) => {
      const port = kernelOf(id)?.inputs[name]
      return port?.kind === "blob" && port.listed === true
    })
  const shared = chains.blobs.filter((name) => chains.joined.includes(name) || isListed(name))
  return new Set(limit === undefined ? shared : [...shared, ...chains.joined])
}
