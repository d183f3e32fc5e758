/** Builds the tasks that read outputs of tiles: joins, parents, layers. */
import { Box2 } from "../../core/geometry/box.js"
import { canonicalJson, sha256 } from "../../core/hash.js"
import { RegionKey, TileKey } from "../../grid/tile-key.js"
import { kernelOf } from "../../job/kernels/load-kernels.js"
import { portNames } from "../../kernel.js"
import { estimateParent, processBytes, workerBytes } from "../admission/estimate-memory.js"
import { chainHash } from "../chains/chain-hash.js"
import { sharedId, stageFacts } from "../chains/stage-facts.js"
import { sourceName } from "../context.js"
import { imageIdentity } from "../image-identity.js"
import type { Planning, TaskBeforeCost } from "../planned-task.js"
import { imagesMeeting, joinsRing, type TileStages } from "./tile-tasks.js"

/**
 * Builds one task per kernel of stage "region" and region, and one per kernel of stage "job". A
 * kernel of both stages merges its regions' outputs in stage "job"; it needs no region task if the
 * job has one region. Some kernels also read the ring of tiles around the job: see `joinsRing`.
 */
export const joinTasks = (planning: Planning, stages: TileStages): TaskBeforeCost[] => {
  const regions = regionTasks(planning, stages)
  return [
    ...regions,
    ...wholeTasks(
      planning,
      stages,
      regions.map(({ key }) => key),
    ),
  ]
}

/** Builds the tasks of kernels of stage "job"; `regions` are the keys of all region tasks. */
const wholeTasks = (
  planning: Planning,
  stages: Pick<TileStages, "keys" | "ring">,
  regions: readonly string[],
): TaskBeforeCost[] => {
  const { chains } = planning.context
  const makes = (id: string, blobs: readonly string[]): boolean =>
    blobs.some((name) => kernelOf(planning.kernels, RegionKey.parse(id).kernel)?.outputs[name] !== undefined)
  return chains.job.map(({ id }) => {
    const blobs = portNames(kernelOf(planning.kernels, id)?.inputs ?? {}, "blob")
    const below = regions.filter((key) => makes(key, blobs))
    const tiles = joinedTiles(planning, stages, id)
    const makers = new Set(below.map((key) => RegionKey.parse(key).kernel))
    const direct = below.length === 0 || (!makers.has(id) && chains.tile.some((step) => makes(step.id, blobs)))
    const readers = direct ? [id, ...makers] : [...makers]
    const neighbours = readers.some((one) => joinsRing(planning, one)) ? stages.ring : []
    const dependsOn = [...(direct ? tiles.map(tileTaskId) : []), ...below.map(RegionKey.taskId)]
    return joinTask(planning, id, { dependsOn, neighbours })
  })
}

/**
 * Builds only the tasks of {@link joinTasks} for kernels of stage "job", without those of regions.
 */
export const jobTasks = (
  planning: Planning,
  stages: Pick<TileStages, "keys" | "ring" | "byRegion">,
): TaskBeforeCost[] =>
  wholeTasks(
    planning,
    stages,
    regionsOfKernels(planning, stages).flatMap(({ id, regions }) =>
      regions.map(({ region }) => RegionKey.format(id, region)),
    ),
  )

/** Builds the tasks of the regions that contain tiles. */
export const regionTasks = (
  planning: Planning,
  stages: Pick<TileStages, "keys" | "ring" | "byRegion">,
): TaskBeforeCost[] => {
  const ring = new Set(stages.ring)
  return regionsOfKernels(planning, stages).flatMap(({ id, regions }) =>
    regions.map(({ region, tiles }) => {
      const neighbours = ring.size === 0 ? [] : tiles.filter((key) => ring.has(key))
      return joinTask(planning, RegionKey.format(id, region), { dependsOn: tiles.map(tileTaskId), neighbours })
    }),
  )
}

/** The regions of each region kernel, with the tiles that it joins there. */
const regionsOfKernels = (
  planning: Planning,
  stages: Pick<TileStages, "keys" | "ring" | "byRegion">,
): { id: string; regions: ReturnType<typeof RegionKey.group> }[] => {
  const { chains, grid } = planning.context
  const alsoOfJob = new Set(chains.job.map(({ id }) => id))
  const steps = chains.region.filter(({ id }) => stages.byRegion || !alsoOfJob.has(id))
  return steps.map(({ id }) => ({ id, regions: RegionKey.group(grid, joinedTiles(planning, stages, id)) }))
}

/** The tiles that a kernel joins. */
const joinedTiles = (planning: Planning, { keys, ring }: Pick<TileStages, "keys" | "ring">, id: string): TileKey[] =>
  joinsRing(planning, id) ? [...keys, ...ring] : [...keys]

const tileTaskId = (key: TileKey): string => `tile ${TileKey.format(key)}`

const readsNoPoints = { sources: [], images: [], children: [], points: 0 } as const

const joinTask = (
  planning: Planning,
  key: string,
  {
    dependsOn,
    neighbours: around,
  }: {
    readonly dependsOn: readonly string[]
    readonly neighbours: readonly TileKey[]
  },
): TaskBeforeCost => {
  const { limit } = planning.context
  const neighbours = [...around].sort(TileKey.compare).map(TileKey.format)
  return {
    id: RegionKey.taskId(key),
    stage: RegionKey.stage(key),
    key,
    dependsOn,
    hash: sha256(
      canonicalJson({
        shared: chainHash(planning, { join: key }),
        join: key,
        ...(limit === undefined ? {} : { limit }),
        ...listSourceNames(planning, RegionKey.parse(key).region),
      }),
    ),
    ...readsNoPoints,
    bytes: processBytes + workerBytes,
    ...(neighbours.length === 0 ? {} : { neighbours }),
  }
}

/** Names of all sources, or of those that meet a region, if features list their sources. */
const listSourceNames = (
  { context: { sourceNames, sources } }: Planning,
  region: string | undefined,
): { names?: string[] } => {
  if (!sourceNames) return {}
  const within = region === undefined ? undefined : RegionKey.box(region)
  const met = sources.filter(({ box }) => within === undefined || Box2.meets(box, within))
  return { names: met.map(({ path }) => sourceName(path)).sort() }
}

/**
 * Largest side of a parent, metres. Positions are whole millimetres from its corner in 32 bits, and
 * overhanging objects need room too.
 */
const mostSide = 2_100_000

/**
 * Builds the pyramid above the work tiles, finest first, at least one level. It ends at the first
 * cell that contains them all, or at the largest cell whose positions can be encoded. In the latter
 * case the tileset has several parents below a root without content.
 *
 * @param wanted selects cells, all of whose tiles must be present; default: all
 */
export const parentTasks = (
  planning: Planning,
  leaves: readonly TileKey[],
  wanted?: (key: TileKey) => boolean,
): TaskBeforeCost[] => {
  const tasks: TaskBeforeCost[] = []
  let level: readonly TileKey[] = leaves
  do {
    const families = new Map<string, { key: TileKey; children: TileKey[] }>()
    for (const child of level) {
      const key = TileKey.parent(child)
      if (TileKey.side(planning.context.grid, key.level) > mostSide || wanted?.(key) === false) continue
      const family = families.get(TileKey.format(key)) ?? { key, children: [] }
      family.children.push(child)
      families.set(TileKey.format(key), family)
    }
    const leaf = level === leaves
    for (const { key, children } of families.values()) tasks.push(parentTask(planning, key, children, leaf))
    level = [...families.values()].map((family) => family.key)
  } while (level.length > (wanted ? 0 : 1) && (level[0]?.level ?? 0) > 0)
  return tasks
}

const parentTask = (
  planning: Planning,
  key: TileKey,
  unordered: readonly TileKey[],
  ofLeaves: boolean,
): TaskBeforeCost => {
  const { context } = planning
  const children = [...unordered].sort(TileKey.compare).map(TileKey.format)
  // The model stage may make only layers.
  const inModel = context.chains.model.some(({ id }) => kernelOf(planning.kernels, id)?.outputs[context.chains.shown])
  const leafStage = inModel ? "model" : "tile"
  const cell = TileKey.box(context.grid, key)
  const images = imagesMeeting(context, Box2.grow(cell, stageFacts(planning, "parent").imageReach))
  const imageIdentities = images.map((index) => imageIdentity(context, index))
  // A mesh in the pyramid has about as many vertices as each of its children.
  const counts = { points: 4 * Math.min(4e6, (planning.job.tileSize / 0.5) ** 2), areaM2: Box2.area(cell) }
  return {
    id: `parent ${TileKey.format(key)}`,
    stage: "parent",
    key: TileKey.format(key),
    dependsOn: children.map((child) => `${ofLeaves ? leafStage : "parent"} ${child}`),
    hash: sha256(canonicalJson({ shared: chainHash(planning, "parent"), key: TileKey.format(key), imageIdentities })),
    ...readsNoPoints,
    images,
    children,
    bytes: estimateParent(planning, counts, cell),
  }
}

/**
 * Builds one task per vector layer. It collects features completed by single tiles and features
 * joined across tiles.
 */
export const layerTasks = (
  planning: Planning,
  { keys, firstStage }: TileStages,
  joins: readonly TaskBeforeCost[],
): TaskBeforeCost[] => {
  const { chains, limit } = planning.context
  const makes = (key: string, name: string): boolean =>
    kernelOf(planning.kernels, RegionKey.parse(key).kernel)?.outputs[name]?.kind === "features"
  // These lists are long for a country: they share their strings.
  const tileIds = new Map(
    ["tile", "model"].map(
      (stage) => [stage, keys.map((key) => sharedId(planning, `${stage} ${TileKey.format(key)}`))] as const,
    ),
  )
  const layers = new Set(planning.kernels.flatMap(({ kernel }) => portNames(kernel.outputs, "features")))
  const published = [...layers].filter((name) => chains.publish.includes(name))
  return published.sort().map((name) => {
    const inModel = chains.model.some(({ id }) => makes(id, name))
    const stages = [...(firstStage ? ["tile"] : []), ...(inModel ? ["model"] : [])]
    return {
      id: `layer ${name}`,
      stage: "layer",
      key: name,
      dependsOn: [
        ...stages.flatMap((stage) => tileIds.get(stage) ?? []),
        ...joins.filter(({ key }) => makes(key, name)).map(({ id }) => id),
      ],
      hash: sha256(
        canonicalJson({
          shared: chainHash(planning, { layer: name }),
          layer: name,
          ...(limit === undefined ? {} : { limit }),
        }),
      ),
      ...readsNoPoints,
      bytes: processBytes + workerBytes + 2_000 * keys.length,
    }
  })
}
