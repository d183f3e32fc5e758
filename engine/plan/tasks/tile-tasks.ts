/** Builds the tasks that read points: parts of sources, and tiles in stages "tile" and "model". */
import { Box2 } from "../../core/geometry/box.js"
import { canonicalJson, sha256 } from "../../core/hash.js"
import { remember } from "../../core/remember.js"
import { POINTS_VERSION } from "../../formats/points/canonical-order.js"
import { RegionKey, TileKey } from "../../grid/tile-key.js"
import { kernelOf } from "../../job/kernels/load-kernels.js"
import type { Catalogue, CatalogueSource } from "../../spatial/catalogue.js"
import { chooseViews } from "../../spatial/view-windows.js"
import { processBytes, workerBytes } from "../admission/estimate-memory.js"
import { areBucketed, stageMemory } from "../admission/task-memory.js"
import { neighbourBlobs } from "../chains/chain.js"
import { chainHash } from "../chains/chain-hash.js"
import { bucketContent, inputsOf, rememberedMemory, sharedId, stageFacts } from "../chains/stage-facts.js"
import { sourceName, type WorkContext } from "../context.js"
import { type EditWindow, editsMeeting, readBox } from "../edit-windows.js"
import { imageIdentity, viewsShaping } from "../image-identity.js"
import type { Planning, TaskBeforeCost } from "../planned-task.js"
import { rulesKey } from "../point-rules.js"

/** The tiles of a job and their stages. */
export interface TileStages {
  /** Requested tiles. */
  readonly keys: readonly TileKey[]
  /** Tiles around them, read only for their neighbours. */
  readonly ring: readonly TileKey[]
  /** Keys of both, as texts. */
  readonly present: ReadonlySet<string>
  /** False if the kernels of stage "tile" have nothing to do. */
  readonly firstStage: boolean
  /** True if these tiles, or those of the whole job that they are part of, span several regions. */
  readonly byRegion: boolean
}

/** Builds the tile task of a tile, either of the job itself or read only for its neighbours. */
export const tileTask = (planning: Planning, key: TileKey, neighbour: boolean): TaskBeforeCost => {
  const { context } = planning
  const { shaping, ...task } = stageTask(planning, key, "tile")
  // A neighbour makes no objects of its own, so the limit does not affect it.
  const bound = neighbour ? {} : limitOf(planning, key)
  // Kept points are files of the tile and affect no other product: only the tile task depends on
  // them.
  const keeping = context.keepPoints === undefined ? {} : { keepPoints: context.keepPoints }
  const hash = sha256(canonicalJson({ ...shaping, ...keeping, ...bound }))
  if (!neighbour) return { ...task, hash }
  // With départements a neighbour passes on more data: everything that is joined.
  const handed = context.limit === undefined ? "neighbour" : "neighbour of a limit"
  const blobs = [...neighbourBlobs(context, (id) => kernelOf(planning.kernels, id))].sort()
  return { ...task, hash: sha256(`${hash} ${handed} ${blobs.join(" ")}`), neighbour: true, wholeHash: hash }
}

/**
 * Builds the model task of a tile. It waits for the tile tasks whose blobs it may read, and for the
 * joins whose shards it reads.
 */
export const modelTask = (
  planning: Planning,
  key: TileKey,
  { present, firstStage, byRegion }: Pick<TileStages, "present" | "firstStage" | "byRegion">,
): TaskBeforeCost => {
  const { shaping, dependsOn, ...task } = stageTask(planning, key, "model")
  const { chains } = planning.context
  const near = chains.shards.length > 0 ? TileKey.around(key).map(TileKey.format) : []
  const tiles = firstStage ? [TileKey.format(key), ...near.filter((other) => present.has(other))] : []
  const region = RegionKey.of(planning.context.grid, key)
  const shared = [
    ...(byRegion ? sharingIds(planning, "region").map((id) => RegionKey.format(id, region)) : []),
    ...sharingIds(planning, "job"),
  ]
  return {
    ...task,
    dependsOn: [
      ...dependsOn,
      ...tiles.map((other) => sharedId(planning, `tile ${other}`)),
      ...shared.map((id) => sharedId(planning, RegionKey.taskId(id))),
    ],
    hash: sha256(canonicalJson({ ...shaping, stage: "model", ...limitOf(planning, key) })),
  }
}

/**
 * The départements, for a tile not entirely inside them: a tile inside keeps all objects in any
 * case.
 */
const limitOf = ({ context, limit }: Planning, key: TileKey): Pick<WorkContext, "limit"> =>
  limit === undefined || context.limit === undefined || limit.covers(TileKey.box(context.grid, key))
    ? {}
    : { limit: context.limit }

/** True for a kernel whose shards models read. */
export const sharesWith = ({ context, kernels }: Planning, id: string): boolean => {
  const kernel = kernelOf(kernels, id)
  return Object.keys(kernel?.outputs ?? {}).some((name) => context.chains.shards.includes(name))
}

/**
 * True for a kernel of stage "region" or "job" that also joins the tiles around the requested ones.
 * Objects across the border of the job, or of its départements, must be whole inside it.
 */
export const joinsRing = (planning: Planning, id: string): boolean => {
  const ports = Object.values(kernelOf(planning.kernels, id)?.inputs ?? {})
  if (ports.some((port) => port.kind === "blob" && port.requestedOnly)) return false
  return planning.context.limit !== undefined || sharesWith(planning, id)
}

/** Kernels of a stage whose shards models read. */
const sharingIds = (planning: Planning, stage: "region" | "job"): string[] =>
  planning.context.chains[stage].filter(({ id }) => sharesWith(planning, id)).map(({ id }) => id)

type StageTask = Omit<TaskBeforeCost, "hash"> & { readonly shaping: Readonly<Record<string, unknown>> }

const stageTask = (planning: Planning, key: TileKey, stage: "tile" | "model"): StageTask => {
  const { context, catalogue } = planning
  const facts = stageFacts(planning, stage)
  const cell = TileKey.box(context.grid, key)
  const { reach, finest } = facts
  const extent = Box2.grow(cell, reach)
  // Whole cells of each thinning: edits that a tile reads of, and no fewer.
  const edits = editsMeeting(context, Box2.grow(extent, facts.coarsest))
  const sources = [
    ...new Set([extent, ...edits.map(({ box }) => readBox(context, box))].flatMap((box) => catalogue.query(box))),
  ]
  const images = imagesMeeting(context, Box2.grow(cell, facts.imageReach))
  const views = viewsOfStage(planning, stage, cell)
  const pointsIn = (box: Box2, spacing?: number): number =>
    sources.reduce((sum, source) => sum + estimatePoints(source, box, spacing), 0)
  const points = edits.reduce((sum, { box }) => sum + pointsIn(readBox(context, box)), pointsIn(extent, finest))
  const external = facts.readsExternal ? context.external : undefined
  const text = TileKey.format(key)
  const indices = sources.map((source) => indexOf(catalogue, source))
  const counts = { points, bucketed: areBucketed(planning, indices) }
  return {
    id: stage === "tile" ? sharedId(planning, `tile ${text}`) : `${stage} ${text}`,
    stage,
    key: text,
    dependsOn: sources.flatMap((source, i) => partKeys(planning, source, indices[i]).map((part) => `source ${part}`)),
    shaping: {
      shared: chainHash(planning, stage),
      pointsVersion: POINTS_VERSION,
      key: text,
      identities: indices.map((index) => ruledIdentity(context, index)).sort(),
      imageIdentities: images.map((index) => imageIdentity(context, index)),
      ...(views === undefined ? {} : viewsShaping(context, views)),
      ...(external === undefined ? {} : { external }),
      ...(edits.length === 0 ? {} : { edits: edits.map(editIdentity) }),
      ...(context.sourceNames ? { names: sources.map(({ path }) => sourceName(path)).sort() } : {}),
    },
    sources: indices,
    images,
    ...(views === undefined ? {} : { views }),
    children: [],
    points,
    bytes: rememberedMemory(planning, stage, counts, () => stageMemory(planning, stage, key, counts)),
  }
}

/** Identity of a source, with the rules by which its points are read. */
const ruledIdentity = (context: WorkContext, index: number): string => {
  const source = context.sources[index]!
  return [source.identity, rulesKey(context, source)].filter((part) => part !== "").join(" ")
}

const sourceIndices = remember(
  ({ sources }: Catalogue): ReadonlyMap<CatalogueSource, number> => new Map(sources.map((one, index) => [one, index])),
)

const indexOf = (catalogue: Catalogue, source: CatalogueSource): number => sourceIndices(catalogue).get(source) ?? -1

/** Oriented images that the kernels of a stage read for a tile; undefined if none reads any. */
const viewsOfStage = (planning: Planning, stage: "tile" | "model", cell: Box2): number[] | undefined => {
  const { oriented, chains } = planning.context
  if (oriented === undefined) return undefined
  const chosen = chains[stage].flatMap((step) =>
    inputsOf(planning, step.id).flatMap((port) =>
      port.kind === "views"
        ? chooseViews(oriented, Box2.grow(cell, step.inputGrowth), port.most(step.options)).map(({ index }) => index)
        : [],
    ),
  )
  return chosen.length === 0 ? undefined : [...new Set(chosen)].sort((a, b) => a - b)
}

/** Images of the context that overlap the box. */
export const imagesMeeting = (context: WorkContext, box: Box2): number[] =>
  context.images.flatMap((image, index) => (Box2.overlaps(image.box, box) ? [index] : []))

// Real tiles have 1.3 to 4.9 points per square of the finest level's spacing.
const pointsPerSpacing = 6

/**
 * Estimates the points to read from a source inside a box: an even spread plus a margin, at most
 * all of them.
 */
const estimatePoints = (source: CatalogueSource, box: Box2, spacing: number | undefined): number => {
  const area = Box2.area(source.box)
  const common = Box2.area(Box2.intersection(source.box, box))
  const share = area > 0 ? common / area : 1
  const points = Math.ceil(Math.min(1, share * 1.2) * source.count)
  if (spacing === undefined || !source.spacing) return points
  const level = Math.max(0, Math.ceil(Math.log2(source.spacing / spacing)))
  return Math.min(points, Math.ceil((pointsPerSpacing * common) / (source.spacing / 2 ** level) ** 2))
}

/** Keys of the tasks that decode a plain source: `identity#part`; none for COPC. */
const partKeys = ({ context }: Planning, source: CatalogueSource, index = -1): readonly string[] => {
  const { parts = 0 } = context.sources[index] ?? {}
  return parts === 0 ? none : Array.from({ length: parts }, (_, part) => `${source.identity}#${part}`)
}

const none: readonly string[] = []

/** Builds the tasks that decode a plain source, one per part; none for COPC. */
export const sourceTasks = (planning: Planning, source: CatalogueSource, index: number): TaskBeforeCost[] => {
  const keys = partKeys(planning, source, index)
  if (keys.length === 0) return []
  const points = Math.ceil(source.count / keys.length)
  const { context } = planning
  const rules = rulesKey(context, context.sources[index]!)
  return keys.map((key, part) => ({
    id: `source ${key}`,
    stage: "source",
    key,
    dependsOn: [],
    hash: sha256(
      `bucket file ${context.version} ${POINTS_VERSION} ${key} of ${keys.length} with ${[bucketContent(planning), rules].filter((part) => part !== "").join(", ")}`,
    ),
    sources: [index],
    part: { index: part, of: keys.length },
    images: [],
    children: [],
    points,
    bytes: processBytes + workerBytes,
  }))
}

/** What the bytes of a tile depend on of a window: its edits, not their names. */
const editIdentity = remember(({ box, features }: EditWindow): string => sha256(canonicalJson({ box, features })))
