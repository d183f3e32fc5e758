/** The form of chains, and what they need of points: reach, spacing, attributes, classes. */
import { Box2 } from "../../core/geometry/box.js"
import { type Grid, TileKey } from "../../grid/tile-key.js"
import type { HandedKind } from "../../job/kernels/choose-kernels.js"
import type { AttributeName, Kernel, OptionValue, Tile } from "../../kernel.js"

/** One kernel of a chain, with its options resolved and its reach beyond the tile, metres. */
export interface ChainStep {
  readonly id: string
  readonly url: string
  readonly version: number
  readonly digest?: string
  readonly options: Readonly<Record<string, OptionValue>>
  /** Distance between points that a points port gets, metres, by its name; absent for every point. */
  readonly spacing?: Readonly<Record<string, number>>
  /** Port that an input takes, where it has another name. */
  readonly takes?: Readonly<Record<string, string>>
  /** Optional blobs that it does not get, though other kernels of the stage do. */
  readonly withheld?: readonly string[]
  /** Growth of the output region over the tile. */
  readonly outputGrowth: number
  /** Growth of the input region over the tile. */
  readonly inputGrowth: number
}

/** The chains of a job: what runs in each tile, in each parent tile, and once for the job. */
export interface Chains {
  readonly tile: readonly ChainStep[]
  readonly parent: readonly ChainStep[]
  readonly job: readonly ChainStep[]
  /** What runs in each region of 10 km once its tiles are through. */
  readonly region: readonly ChainStep[]
  /** What runs in each tile once the job's kernels are through. */
  readonly model: readonly ChainStep[]
  /** Names of output ports that become products. */
  readonly publish: readonly string[]
  /** Port that is shown as the mesh of a tile. */
  readonly shown: string
  /** Meshes, solids and painted walls that tiles and parents hand to the parent above. */
  readonly handed: readonly { readonly name: string; readonly kind: HandedKind }[]
  /** Shards that the second tile stage reads; where there are any, a tile's model needs the tile stage of its eight neighbours. */
  readonly shards: readonly string[]
  /** Blobs that a tile hands to the second tile stage, or to the kernels that make its shards. */
  readonly blobs: readonly string[]
  /** Blobs that a tile hands to kernels of regions and of the job, whatever these make. */
  readonly joined: readonly string[]
}

/** The tile as a step sees it: output and input region grown by what the chain needs. */
export const tileOf = (
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

/** How far beyond a tile a chain reads points, metres. */
export const reachOf = (steps: readonly ChainStep[]): number =>
  steps.reduce((most, { inputGrowth }) => Math.max(most, inputGrowth), 0)

/** The spacings that the points ports of a chain get, each once; undefined among them where one gets every point. */
export const spacingsOf = (
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

/** Attributes that the points ports of the stages of tiles ask for, sorted: what the bucket files of a job must hold. All of them where points are kept for looking at. */
export const pointAttributes = (
  { chains, keepPoints }: { readonly chains: Pick<Chains, "tile" | "model">; readonly keepPoints?: number },
  kernelOf: (id: string) => Kernel | undefined,
): readonly AttributeName[] => {
  if (keepPoints !== undefined) return ["classification", "gpsTime", "intensity", "numberOfReturns", "returnNumber"]
  const ports = [...chains.tile, ...chains.model].flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  return [...new Set(ports.flatMap((port) => (port.kind === "points" ? (port.attributes ?? []) : [])))].sort()
}

/**
 * Classes that the points ports of the stages of tiles take, sorted: points of others need not be held. Undefined, all of them, where a port takes every class, where points are thinned (what is
 * thinned is counted with all its classes) and where they are kept for looking at.
 */
export const pointClasses = (
  { chains, keepPoints }: { readonly chains: Pick<Chains, "tile" | "model">; readonly keepPoints?: number },
  kernelOf: (id: string) => Kernel | undefined,
): readonly number[] | undefined => {
  const steps = [...chains.tile, ...chains.model]
  const ports = steps.flatMap(({ id }) => Object.values(kernelOf(id)?.inputs ?? {}))
  const classes = ports.flatMap((port) => (port.kind === "points" ? [port.classes] : []))
  if (keepPoints !== undefined || steps.some(({ spacing }) => spacing !== undefined)) return undefined
  if (classes.includes(undefined)) return undefined
  return [...new Set(classes.flatMap((some) => some ?? []))].sort((a, b) => a - b)
}

/** The distance between points that a chain needs to read: that of its finest port; undefined: every point. */
export const finestSpacing = (spacings: readonly (number | undefined)[]): number | undefined => {
  const finest = spacings.reduce((least: number, one) => Math.min(least, one ?? 0), Infinity)
  return finest > 0 && finest < Infinity ? finest : undefined
}
