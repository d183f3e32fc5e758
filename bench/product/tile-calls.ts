/** Calls kernels as a run would, on ground that needs no job. */
import { Box2 } from "../../engine/core/geometry/box.js"
import { findPresence } from "../../engine/core/presence.js"
import { gatherPoints, type PointSource } from "../../engine/formats/points/gather.js"
import { crsByEpsg } from "../../engine/grid/crs.js"
import { type LoadedKernel, loadKernels } from "../../engine/job/kernels/load-kernels.js"
import { defaultMesh, meshChoices, meshPresets, otherWaterMakers } from "../../engine/job/kernels/presets.js"
import {
  type FullPoints,
  type Image,
  isPortRead,
  type Kernel,
  type KernelStage,
  type Port,
  type Raster,
  type Shard,
  type Tile,
  type View,
} from "../../engine/kernel.js"
import { buildChains } from "../../engine/plan/chains/build-chains.js"
import type { ChainStep, Chains } from "../../engine/plan/chains/chain.js"
import { rasterOfExtent } from "../../engine/worker/crop-raster.js"
import { PointTable } from "../../engine/worker/points/point-table.js"
import { createArena } from "../../engine/worker/thread-use.js"

/** Ground in one or several adjacent cells, with the data that kernels read. */
export interface Ground {
  /** Box around all cells, CRS metres. */
  readonly box: Box2
  readonly cells: readonly Box2[]
  /** Index of the measured cell. */
  readonly own: number
  readonly epsg: number
  readonly sources: readonly PointSource[]
  /** The image over a box at a pixel size in metres; undefined if there is none. */
  image?(box: Box2, pixel: number): Image | undefined | Promise<Image | undefined>
  /** Oriented images, as whole frames. */
  views?(): readonly View[]
}

/** A kernel with the arguments of one run, as the engine would pass them on a tile. */
export interface KernelCall {
  readonly kernel: Kernel
  readonly tile: Tile
  readonly inputs: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * Prepares a kernel's call. A kernel of the tile stages gets the measured cell, one of a later
 * stage the results of all cells. Only the kernels with needed results run, with `options` (by
 * kernel id) or their defaults. Calls on one ground share these results.
 *
 * @throws Error for an unknown kernel, or one that no stage runs
 */
export const prepareCall = async (ground: Ground, id: string, options: KernelOptions = {}): Promise<KernelCall> => {
  // The first mesh choice that runs this kernel, else the default one.
  const mesh = meshChoices.find((choice) => meshPresets[choice]?.makers.includes(id)) ?? defaultMesh
  const isOnRequest = (await loadKernels()).some(({ kernel }) => kernel.id === id && kernel.onRequest)
  const name = JSON.stringify([mesh, mesh === defaultMesh && !isOnRequest ? "" : id, options])
  const runs = groundRuns.get(ground) ?? new Map<string, Promise<GroundRun>>()
  groundRuns.set(ground, runs)
  const run = await (runs.get(name) ?? remember(runs, name, openRun(ground, id, mesh, options)))
  const kernel = kernelOf(run, id)
  for (const stage of kernel.stages ?? ["tile"]) {
    const step = run.chains[stage].find((candidate) => candidate.id === id)
    if (step !== undefined) return prepareStep(run, { stage, tile: ground.own }, step)
  }
  throw new Error(`no stage of the job runs the kernel ${id}`)
}

/** The required input that the ground lacks; undefined if it has all. */
export const missingInput = (ground: Ground, { inputs }: Kernel): string | undefined => {
  const ports = Object.values(inputs)
  const needsImage = ports.some((port) => (port.kind === "image" || port.kind === "texture") && port.optional !== true)
  if (needsImage && ground.image === undefined) return "it needs orthophotos (--imagery)"
  if (ports.some(({ kind }) => kind === "views") && ground.views === undefined) return "it needs oriented images"
  return undefined
}

type KernelOptions = Parameters<typeof buildChains>[2]

/** State that calls on a ground share; `made` has the outputs by stage, tile and kernel. */
interface GroundRun {
  readonly ground: Ground
  readonly kernels: readonly LoadedKernel[]
  readonly chains: Chains
  readonly made: Map<string, Promise<Readonly<Record<string, unknown>>>>
  readonly gathered: Map<string, Promise<FullPoints>>
  windows?: readonly View[]
}

/** A stage on one of the ground's cells. Stages above tiles have one place for all tiles. */
interface Place {
  readonly stage: KernelStage
  readonly tile: number
}

const groundRuns = new WeakMap<Ground, Map<string, Promise<GroundRun>>>()

const remember = <T>(map: Map<string, Promise<T>>, name: string, value: Promise<T>): Promise<T> => {
  map.set(name, value)
  return value
}

const openRun = async (ground: Ground, id: string, mesh: string, options: KernelOptions): Promise<GroundRun> => {
  const others = otherWaterMakers()
  // A kernel of no product runs where it is named.
  const kernels = (await loadKernels())
    .filter(({ kernel }) => !others.has(kernel.id))
    .map((loaded) =>
      loaded.kernel.onRequest && loaded.kernel.id === id ? { ...loaded, named: true as const } : loaded,
    )
  // Some products need the default mesh, others need images.
  const makers = kernels.filter(({ kernel }) =>
    mesh === defaultMesh ? missingInput(ground, kernel) === undefined : kernel.id === id,
  )
  const products = makers.flatMap(({ kernel }) => Object.keys(kernel.outputs))
  const chains = buildChains(kernels, [...new Set(products)], options, undefined, mesh)
  for (const { kernel } of kernels) await kernel.prepare?.()
  return { ground, kernels, chains, made: new Map(), gathered: new Map() }
}

const kernelOf = ({ kernels }: GroundRun, id: string): Kernel => {
  const kernel = kernels.find((loaded) => loaded.kernel.id === id)?.kernel
  if (kernel === undefined) throw new Error(`there is no kernel ${id}`)
  return kernel
}

const isOfTiles = ({ stage }: Place): boolean => stage === "tile" || stage === "model"

const prepareStep = async (run: GroundRun, place: Place, step: ChainStep): Promise<KernelCall> => {
  const kernel = kernelOf(run, step.id)
  const cell = isOfTiles(place) ? (run.ground.cells[place.tile] as Box2) : run.ground.box
  const tile = makeTile(run, step, cell, isOfTiles(place) ? 1 : 2)
  const inputs: Record<string, unknown> = {}
  for (const [name, port] of Object.entries(kernel.inputs))
    inputs[name] =
      step.withheld?.includes(name) || !isPortRead(port, step.options)
        ? undefined
        : await resolveInput(run, place, step, tile, [name, port])
  return { kernel, tile, inputs, options: step.options }
}

/**
 * The value of an output port, from the kernel of this stage that makes it; undefined if none does.
 */
const portValue = async (run: GroundRun, place: Place, port: string): Promise<unknown> => {
  const step = run.chains[place.stage].find(({ id }) => {
    const found = kernelOf(run, id).outputs[port]
    return found !== undefined && found.kind !== "metrics"
  })
  if (step === undefined) return undefined
  const name = `${place.stage} ${isOfTiles(place) ? place.tile : ""} ${step.id}`
  return (await (run.made.get(name) ?? remember(run.made, name, outputsOf(run, place, step))))[port]
}

const outputsOf = async (run: GroundRun, place: Place, step: ChainStep): Promise<Readonly<Record<string, unknown>>> => {
  const { kernel, tile, inputs, options } = await prepareStep(run, place, step)
  return kernel.run(tile, inputs as never, options as never, createArena())
}

/** The value that the engine would pass to an input port. */
const resolveInput = async (
  run: GroundRun,
  place: Place,
  step: ChainStep,
  tile: Tile,
  [name, port]: readonly [string, Port],
): Promise<unknown> => {
  if (port.kind === "points" || port.kind === "presence" || port.kind === "image" || port.kind === "views")
    return readPort(run, place, port, tile, step)
  if ("external" in port && port.external !== undefined) return undefined
  if (place.stage === "region" || place.stage === "job") return gatheredBelow(run, place, step, name)
  const taken = step.takes?.[name] ?? name
  if (place.stage === "parent" && "many" in port) return ofAllTiles(run, ["model", "tile"], taken)
  if (place.stage === "model" && port.kind === "blob") {
    if (run.chains.shards.includes(name)) return (await shardOf(run, place, name)).bytes
    if (port.listed) return listedBlobs(run, place, name)
    return (await portValue(run, place, name)) ?? portValue(run, { ...place, stage: "tile" }, name)
  }
  const value = await portValue(run, place, taken)
  return port.kind === "raster" && value !== undefined ? rasterOfExtent(value as Raster, tile.extent) : value
}

/** The outputs of all tiles, from the first of the stages that makes them. */
const ofAllTiles = async (run: GroundRun, stages: readonly KernelStage[], name: string): Promise<unknown[]> => {
  const values: unknown[] = []
  for (const tile of run.ground.cells.keys()) {
    let value: unknown
    for (const stage of stages) value ??= await portValue(run, { stage, tile }, name)
    if (value !== undefined) values.push(value)
  }
  return values
}

/**
 * For a kernel that also runs in regions, the job stage reads the tiles' results: the whole ground
 * counts as one region.
 */
const gatheredBelow = async (run: GroundRun, place: Place, step: ChainStep, name: string): Promise<unknown[]> => {
  const values = await ofAllTiles(run, ["tile"], name)
  if (place.stage === "region" || kernelOf(run, step.id).stages?.includes("region")) return values
  const joined = await portValue(run, { ...place, stage: "region" }, name)
  return joined === undefined ? values : [...values, joined]
}

const shardOf = async (run: GroundRun, place: Place, name: string): Promise<Pick<Shard, "bytes" | "reads">> => {
  const shards = ((await portValue(run, { ...place, stage: "job" }, name)) ?? []) as readonly Shard[]
  const key = keyOf(run.ground.cells[place.tile] as Box2)
  return shards.find((shard) => shard.key === key) ?? { bytes: new Uint8Array(0), reads: [] }
}

/** Blobs of all tiles that some shard of the job names for this tile. */
const listedBlobs = async (run: GroundRun, place: Place, name: string): Promise<unknown[]> => {
  const listed = new Set<string>()
  for (const shards of run.chains.shards)
    for (const key of (await shardOf(run, place, shards)).reads ?? []) listed.add(key)
  const blobs: unknown[] = []
  for (const [tile, cell] of run.ground.cells.entries()) {
    const blob = listed.has(keyOf(cell)) ? await portValue(run, { stage: "tile", tile }, name) : undefined
    if (blob !== undefined) blobs.push(blob)
  }
  return blobs
}

const keyOf = (cell: Box2): string => {
  const side = cell[2] - cell[0]
  return `1/${cell[0] / side}/${cell[1] / side}`
}

const makeTile = ({ ground }: GroundRun, step: ChainStep, cell: Box2, side: number): Tile => ({
  key: side === 1 ? keyOf(cell) : "0/0/0",
  cell,
  core: Box2.grow(cell, step.outputGrowth),
  extent: Box2.grow(cell, step.inputGrowth),
  origin: [cell[0], cell[1], 0],
  step: side,
  epsg: ground.epsg,
  toGeographic: crsByEpsg(ground.epsg).toGeographic,
})

const readPort = async (run: GroundRun, place: Place, port: Port, tile: Tile, step: ChainStep): Promise<unknown> => {
  if (port.kind === "points") return new PointTable(await readPoints(run, place, tile)).select(port, tile.extent)
  if (port.kind === "presence") return findPresence(tile.extent, await readPoints(run, place, tile))
  if (port.kind === "views") {
    run.windows ??= run.ground.views?.() ?? []
    return run.windows.slice(0, port.most(step.options))
  }
  return port.kind === "image" && !port.optional
    ? run.ground.image?.(tile.extent, port.resolution(tile, step.options))
    : undefined
}

/** All points that the kernels of a stage read on a tile. */
const readPoints = (run: GroundRun, { stage }: Place, { cell, origin }: Tile): Promise<FullPoints> => {
  const reach = Math.max(0, ...run.chains[stage].map((step) => step.inputGrowth))
  const name = `${stage} ${cell}`
  const gather = async (): Promise<FullPoints> =>
    (await gatherPoints(run.ground.sources, Box2.grow(cell, reach), origin)).points as FullPoints
  return run.gathered.get(name) ?? remember(run.gathered, name, gather())
}
