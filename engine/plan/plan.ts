/** Plans a job: from inputs to tasks, each with hash, memory and cost. */
import { checkFields } from "../core/arguments.js"
import type { Box2 } from "../core/geometry/box.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { packageVersion } from "../core/package-files.js"
import { isTileStage } from "../core/stages.js"
import type { ErrorData } from "../errors.js"
import { infraredForm } from "../formats/tiles3d/infrared-metadata.js"
import { areaBox } from "../formats/vector/area.js"
import { indexArea } from "../formats/vector/area-index.js"
import { compoundRow } from "../grid/crs-table.js"
import { hashedFields } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { checkJob } from "../job/job.js"
import type { LoadedKernel } from "../job/kernels/load-kernels.js"
import type { Limits } from "../job/limits.js"
import { statesLidarHd } from "../spatial/attribution.js"
import type { Catalogue, CatalogueSource } from "../spatial/catalogue.js"
import { tileSizeHint } from "../spatial/density.js"
import type { ImageCatalogue } from "../spatial/image-catalogue.js"
import type { FoundOrientedImages } from "../spatial/oriented-images.js"
import type { Chains } from "./chains/chain.js"
import { optionsByProduct } from "./chains/chain-hash.js"
import type { ColourFile } from "./colour/colour-file.js"
import { partsOf, type SourceRef, type WorkContext } from "./context.js"
import { runSeconds } from "./cost/cost-model.js"
import type { JobCost, JobWork } from "./cost/cost-types.js"
import { withCosts } from "./cost/task-costs.js"
import { readEdits } from "./edits-of-job.js"
import { externalIdentities, unreadExternal, unreadFlag } from "./external-features.js"
import { uncoveredTiles, unreadImages } from "./images-of-job.js"
import type { OwnRasters } from "./own-rasters.js"
import {
  chooseChains,
  chooseImages,
  findPlace,
  type KnownOfPlan,
  type PlanImages,
  type PlanInputs,
  type PlanPlace,
  readInputs,
} from "./plan-inputs.js"
import type { PlannedTask } from "./planned-task.js"
import { schemeNote } from "./point-rules.js"
import { buildBucketed } from "./tasks/bucketed-copc.js"
import { buildTasks } from "./tasks/build-tasks.js"

/** A planned job: tasks in order of execution, and their shared data. */
export interface Plan {
  /** With the density and the vertical CRS that were found, unless the given job states them. */
  readonly job: Job
  readonly context: WorkContext
  /**
   * All known kernels. Those that the job does not use may be declarations whose functions throw;
   * `loadKernels` loads them in full.
   */
  readonly kernels: readonly LoadedKernel[]
  readonly tasks: readonly PlannedTask[]
  /**
   * The départements that bound vector objects: those of the job and of earlier runs in its folder.
   */
  readonly limits?: Limits
  /** Box around the départements of the job. */
  readonly askedBox?: Box2
  readonly catalogue: Catalogue
  /** Box around all sources, CRS metres. */
  readonly box: Box2
  /** Points of the sources that meet the tiles. */
  readonly points: number
  readonly bytes: number
  /** Core-seconds of the whole run, including its start. */
  readonly costCoreSeconds: number
  readonly cost: JobCost
  readonly work: JobWork
  readonly hash: string
  /** Unusable inputs, with the reason. */
  readonly rejected: readonly { path: string; error: ErrorData }[]
  /** Number of shots in the orientation files, and of those whose image can see the sources. */
  readonly shots?: { readonly known: number; readonly meeting: number }
  /**
   * Radiometric corrections of all images, for the output folder; absent if the job solves none.
   */
  readonly colours?: ColourFile
  readonly imagesIgnored: readonly { path: string; reason: string }[]
  readonly warnings: readonly string[]
  /** Facts and advice for the log that are no faults; not in the report. */
  readonly notes: readonly string[]
}

/**
 * Plans a job: catalogues of sources and images, work tiles in Hilbert order, parents and layers;
 * hash, memory and cost of each task. Reads only headers (none of points with `known.catalogue`),
 * plus windows and points for images without radiometric correction. Writes nothing but copies of
 * files that must be downloaded whole.
 *
 * @throws EngineError E_INPUT if nothing is readable or the CRS is unknown; E_USAGE if options do
 * not fit
 */
export const planJob = async (stated: Job, known: KnownOfPlan = {}): Promise<Plan> => {
  checkJob(stated)
  checkFields(known, "known", { catalogue: "object?", box: "box?", zRange: "numbers?", signal: "signal?" })
  const inputs = await readInputs(stated, known)
  const { job, kernels, catalogue } = inputs
  const chains = chooseChains(inputs)
  const place = await findPlace(inputs, chains, known)
  const images = await chooseImages(inputs, chains, place, known)
  const built = await buildTaskList({ ...inputs, ...place, ...images, chains }, known)
  const notes = known.buildTasks === undefined ? noteUse({ ...inputs, ...images, ...built }) : unnoted
  const { asked, limits, box } = place
  const { tasks, cost, work, context } = built
  return {
    ...{ job, context, kernels, tasks, catalogue, box, cost, work },
    ...(limits === undefined ? {} : { limits }),
    ...(asked === undefined ? {} : { askedBox: areaBox(asked.area) }),
    points: catalogue.sources.reduce((total, source) => total + source.count, 0),
    bytes: tasks.reduce((most, task) => Math.max(most, task.bytes), 0),
    costCoreSeconds: runSeconds(cost, work, job.workers),
    hash: sha256(tasks.map((task) => `${task.id} ${task.hash}`).join("\n")),
    rejected: catalogue.rejected,
    imagesIgnored: [...images.ignored, ...notes.ignored],
    ...(images.shots && { shots: { known: images.shots.shots, meeting: images.shots.images.length } }),
    ...(images.colours && { colours: images.colours }),
    notes: [...(inputs.own ? [] : [schemeNote(inputs.rules, catalogue.sources)]), ...notes.notes],
    warnings: [
      ...inputs.warnings,
      ...images.warnings,
      ...notes.warnings,
      ...images.colourWarnings,
      ...place.warnings,
      ...unreadExternal(context, kernels),
      ...unreadShots(job, images.shots),
    ],
  }
}

type Drafted = Omit<PlanInputs & PlanPlace & PlanImages, "warnings"> & { readonly chains: Chains }

type BuiltTasks = Pick<Plan, "tasks" | "cost" | "work" | "context">

/** Builds the tasks of a job, each with its hash, memory and cost. */
const buildTaskList = async (drafted: Drafted, known: KnownOfPlan): Promise<BuiltTasks> => {
  const { job, kernels, catalogue, area, asked, limits, crs, epsg, geoid } = drafted
  const edits = await readEdits(job, epsg, drafted.box)
  const context = { ...makeContext(drafted, await identitiesOf(drafted)), ...(edits && { edits }) }
  const shared = {
    version: context.version,
    common: commonOf(drafted),
    geoid,
    epsg,
    crs: crs.definition, // Defines the position on the globe.
    platform: platformIdentity(),
  }
  const { planning, built } = buildBucketed(known.buildTasks ?? buildTasks, {
    job,
    context,
    kernels,
    catalogue,
    area,
    limit: limits && indexArea(limits.area),
    ...(asked === limits || asked === undefined ? {} : { asked: indexArea(asked.area) }),
    ...(known.made === undefined ? {} : { made: known.made }),
    shared: sha256(canonicalJson(shared)),
  })
  return { ...withCosts(planning, built, known), context: planning.context }
}

/** What workers need of rasters in place of points. */
const rastersOf = ({ byName }: OwnRasters): NonNullable<WorkContext["rasters"]> =>
  Object.fromEntries(Object.entries(byName).map(([name, { cellSize, parts }]) => [name, { cellSize, parts }]))

/** Identities of the user's files, by the names of the inputs. */
const identitiesOf = async ({ files, own }: Drafted): Promise<WorkContext["external"]> => {
  const copied = await externalIdentities(files)
  const rasters = Object.entries(own?.byName ?? {}).map(([name, { identity }]) => [name, identity])
  return rasters.length === 0 ? copied : { ...copied, ...Object.fromEntries(rasters) }
}

interface Notes extends Pick<ImageCatalogue, "ignored" | "warnings"> {
  readonly notes: readonly string[]
}

/** Notes of a part of a job, which does not show all tiles. */
const unnoted: Notes = { ignored: [], warnings: [], notes: [] }

/** What a whole job shows: a better tile size, images that no task reads, tiles without any. */
const noteUse = ({
  job,
  catalogue,
  images,
  tasks,
  context,
}: Pick<PlanInputs, "job" | "catalogue"> & Pick<PlanImages, "images"> & BuiltTasks): Notes => {
  const ownTiles = new Set(tasks.flatMap((one) => (isTileStage(one.stage) && !one.neighbour ? [one.key] : [])))
  const hint = catalogue.sources.length === 0 ? undefined : tileSizeHint(catalogue.sources, ownTiles.size, job.tileSize)
  const { ignored, warnings } = unreadImages(job, images, tasks)
  return {
    ignored,
    warnings: [...warnings, ...uncoveredTiles(images, tasks, catalogue, context.grid)],
    notes: hint === undefined ? [] : [hint],
  }
}

/** Warnings for oriented images that no kernel reads, or that show too little without others. */
const unreadShots = ({ orientedImages, imagery }: Job, shots: FoundOrientedImages | undefined): string[] => {
  if (shots === undefined) return orientedImages === undefined ? [] : [unreadFlag("--oriented-images")]
  return imagery.length > 0
    ? []
    : ["--oriented-images: used only where --imagery shows the ground too. Add --imagery DIR."]
}

// Bytes depend on the floating-point library and the image encoder of the platform.
const platformIdentity = (): string => `node ${process.versions.node.split(".")[0]} ${process.arch}`

/** What shapes all products. */
const commonOf = ({ grid, source, unclassified }: Drafted): object => ({
  grid,
  source,
  ...(unclassified && { fromUnclassified: unclassified }),
})

const makeContext = (drafted: Drafted, external: WorkContext["external"]): WorkContext => {
  const { job, epsg, grid, chains, catalogue, images, oriented, limits, source, rules, unclassified, own } = drafted
  const steps = [...chains.tile, ...chains.region, ...chains.job, ...chains.model, ...chains.parent].map(
    ({ url: _, cells: __, ...step }) => step,
  )
  const { publish, shown, handed } = chains
  const shaping = {
    steps,
    ...{ publish, shown, handed },
    ...commonOf(drafted),
    ...hashedFields(job),
    ...((job.irc ?? []).length === 0 ? {} : { infrared: infraredForm }),
  }
  return {
    out: job.out,
    epsg,
    grid,
    chains,
    sources: catalogue.sources.map(sourceRef),
    ...rules,
    ...(unclassified && { fromUnclassified: unclassified }),
    ...(unclassified && drafted.outlines !== undefined && { outlines: drafted.outlines }),
    ...(job.sourceNames ? { sourceNames: true as const } : {}),
    ...(job.classify === undefined ? {} : { classify: job.classify }),
    images,
    ...(oriented && { oriented: { images: oriented.images, low: oriented.low, high: oriented.high } }),
    heights: job.heights,
    ...(job.geoid === undefined ? {} : { geoid: job.geoid }),
    ...(job.vertical === undefined ? {} : { vertical: job.vertical }),
    ...(job.keepPoints === undefined ? {} : { keepPoints: job.keepPoints }),
    maxTriangles: job.maxTriangles,
    textureFormat: job.textureFormat,
    ...(job.meshCompression === "none" ? { meshCompression: "none" as const } : {}),
    // Packing changes no product, so it is in no hash.
    ...(job.pack ? { pack: true as const } : {}),
    ...(external === undefined ? {} : { external }),
    ...(own && { rasters: rastersOf(own) }),
    ...(limits === undefined ? {} : { limit: { codes: limits.codes, identity: limits.identity } }),
    ...statedHeights(job, epsg),
    source,
    version: packageVersion,
    optionsHash: sha256(canonicalJson(shaping)),
    options: optionsByProduct(drafted, commonOf(drafted)),
  }
}

/** The vertical CRS that products name: the job's, in France NGF-IGN69. */
const statedHeights = ({ heights, vertical }: Job, epsg: number): Pick<WorkContext, "verticalEpsg"> => {
  if (heights === "ellipsoidal") return {}
  if (vertical !== undefined) return { verticalEpsg: compoundRow(vertical)?.vertical ?? vertical }
  return epsg === 2154 ? { verticalEpsg: 5720 } : {}
}

const sourceRef = (source: CatalogueSource): SourceRef => {
  const { path, identity, structure, stamp, format, count, box, extent, ...named } = source
  return {
    path,
    identity,
    ...(structure === undefined ? {} : { structure }),
    ...(stamp === undefined ? {} : { stamp }),
    box,
    ...(extent === undefined ? {} : { extent }),
    ...(statesLidarHd(named) ? { lidarHd: true as const } : {}),
    ...(format === "copc" ? {} : { parts: partsOf(count) }),
  }
}
