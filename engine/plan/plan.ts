/** Plans a job: from inputs to tasks, each with hash, memory and cost. */
import type { Density } from "../core/density.js"
import type { Box2 } from "../core/geometry/box.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { packageVersion } from "../core/package-files.js"
import { isTileStage } from "../core/stages.js"
import { EngineError, type ErrorData } from "../errors.js"
import { wktOf } from "../formats/las/write/wkt.js"
import { choiceOf, type PointRules } from "../formats/points/class-schemes.js"
import { infraredForm } from "../formats/tiles3d/infrared-metadata.js"
import { areaBox } from "../formats/vector/area.js"
import { indexArea } from "../formats/vector/area-index.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { heightsOfSources, openGeoid } from "../grid/geoid.js"
import { type Grid, gridOf } from "../grid/tile-key.js"
import { readArea } from "../job/area.js"
import { checkByKernel, withDensity, withMaxTriangles } from "../job/check-options.js"
import { hashedFields } from "../job/fields.js"
import type { Job } from "../job/job.js"
import { loadDeclared } from "../job/kernels/declare-kernels.js"
import { kernelsOfJob } from "../job/kernels/kernels-of-job.js"
import { kernelOf, type LoadedKernel } from "../job/kernels/load-kernels.js"
import { layout } from "../job/layout.js"
import { boundingLimits, type Limits, readLimits } from "../job/limits.js"
import type { JobFacts } from "../kernel.js"
import { type Attribution, attributionOf, statesLidarHd } from "../spatial/attribution.js"
import { type Catalogue, type CatalogueSource, openCatalogue } from "../spatial/catalogue.js"
import { densityOf, tileSizeHint } from "../spatial/density.js"
import { buildChains } from "./chains/build-chains.js"
import { type Chains, FROM_REACH } from "./chains/chain.js"
import type { ColourFile } from "./colour/colour-file.js"
import type { ImagesOfJob } from "./colour/job-colours.js"
import { partsOf, type SourceRef, type WorkContext } from "./context.js"
import { runSeconds } from "./cost/cost-model.js"
import type { JobCost, JobWork } from "./cost/cost-types.js"
import { type KnownCost, withCosts } from "./cost/task-costs.js"
import { externalFiles, externalIdentities, unreadExternal, unreadFlag } from "./external-features.js"
import { findImages, findOriented, uncoveredTiles, unreadImages } from "./images-of-job.js"
import type { PlannedTask, Planning, TaskBeforeCost } from "./planned-task.js"
import { fromUnclassified, noBuildings, readPointRules, schemeNote } from "./point-rules.js"
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

/** Facts about a job that are known before planning. */
export interface KnownOfPlan extends KnownCost {
  readonly catalogue?: Catalogue
  /** Box around all sources, if the catalogue contains only a part of them. */
  readonly box?: Box2
  /** Lowest and highest altitude of all sources, if the catalogue contains only a part of them. */
  readonly zRange?: readonly [number, number]
  /** Density of the folder's job, or of all sources where the catalogue has only a part. */
  readonly density?: Density
  /** The source line, if the catalogue contains only a part of the sources. */
  readonly source?: string
  /**
   * How to get radiometric corrections: `solve` (the default) reads images that have none yet,
   * `stored` uses those of the output folder and reads nothing.
   */
  readonly colours?: "solve" | "stored"
  /** Tiles of earlier runs in the folder that remain part of the job, inside its area or not. */
  readonly made?: ReadonlySet<string>
  /**
   * Codes of the départements that bound vector objects; default: those of the job. Empty:
   * unbounded.
   */
  readonly codes?: readonly string[]
  /** Builds the tasks; default: all tasks of the job. */
  readonly buildTasks?: (planning: Planning) => readonly TaskBeforeCost[]
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
export const planJob = async (given: Job, known: KnownOfPlan = {}): Promise<Plan> => {
  const { declared, chosen } = await kernelsOfJob(given)
  const kernels = await loadDeclared(declared, (id) => chosen.has(id))
  // A plan that is only displayed builds all tasks and solves no corrections: it must write
  // nothing.
  const copies = known.colours === "stored" && !known.buildTasks ? undefined : `${given.out}/${layout.copies}`
  const catalogue = known.catalogue ?? (await openCatalogue(given.inputs, { copies, epsg: given.epsg }))
  const density = given.density ?? known.density ?? densityOf(catalogue.sources)
  const vertical = findVertical(given, catalogue)
  const job = { ...given, density, ...(vertical === undefined ? {} : { vertical }) }
  const options = withDensity(withMaxTriangles(job.options, kernels, job.maxTriangles), kernels, density)
  const files = externalFiles(job, kernels)
  const outlines = files.find(({ input }) => input.role === "footprints")?.input.name
  const taken = fromUnclassified(job, outlines !== undefined)
  const built = buildChains(kernels, job.products, options, job.spacing, job.mesh, job.layers)
  const chains = taken === undefined ? built : withClassReach(built)
  const epsg = requireUsable(catalogue, job)
  const box = known.box ?? catalogue.box
  checkSteps(chains, kernels, { epsg, box, external: files.map(({ input }) => input.name) })
  const rules = await readPointRules(job)
  const crs = crsByEpsg(epsg)
  const grid = gridOf(crs.area, job.tileSize)
  const area = job.aoi === undefined ? undefined : indexArea(await readArea(job.aoi, epsg))
  const asked = job.limits === undefined ? undefined : await readLimits(job.limits, job.departement ?? [], epsg)
  const limits = await boundingLimits(job, asked, known.codes, epsg)
  const geoid = await openGeoid({
    heights: job.heights,
    epsg,
    ...(job.geoid === undefined ? {} : { geoid: job.geoid }),
    ...(job.vertical === undefined ? {} : { vertical: job.vertical }),
  })
  // Only meshes are placed on the globe and need the geoid.
  const onGlobe = chains.publish.includes("mesh")
  const found = await findImages(job, chains, epsg, box, copies)
  const shots = await findOriented(job, chains, kernels, epsg, catalogue, known)
  const imagesFound = { images: found.images, ...(shots && { oriented: shots }) }
  const colours = await solveColours(job, imagesFound, catalogue, rules, known)
  const { oriented } = colours.images
  // Infrared images take no part in the radiometric solve.
  const developed = [...colours.images.images, ...found.infrared]
  const external = await externalIdentities(files)
  const source = sourceOf(job, known, catalogue)
  const parts = {
    epsg,
    grid,
    chains,
    catalogue,
    images: developed,
    oriented,
    brought: { ...(external && { external }), ...(taken && outlines !== undefined && { outlines }) },
    limits,
    source: source.line,
    rules,
  }
  const ranged = makeContext(job, parts)
  const shared = {
    version: ranged.version,
    options: ranged.optionsHash,
    geoid: geoid.identity,
    epsg,
    crs: crs.definition, // Defines the position on the globe.
    platform: platformIdentity(),
  }
  const { planning, built: uncosted } = buildBucketed(known.buildTasks ?? buildTasks, {
    job,
    context: ranged,
    kernels,
    catalogue,
    area,
    limit: limits && indexArea(limits.area),
    ...(asked === limits || asked === undefined ? {} : { asked: indexArea(asked.area) }),
    ...(known.made === undefined ? {} : { made: known.made }),
    shared: sha256(canonicalJson(shared)),
  })
  const { context } = planning
  const { tasks, cost, work } = withCosts(planning, uncosted, known)
  const ownTiles = new Set(tasks.flatMap((one) => (isTileStage(one.stage) && !one.neighbour ? [one.key] : [])))
  const hint = known.buildTasks === undefined ? tileSizeHint(catalogue.sources, ownTiles.size, job.tileSize) : undefined
  const unread = known.buildTasks === undefined ? unreadImages(job, developed, tasks) : { ignored: [], warnings: [] }
  return {
    job,
    context,
    kernels,
    tasks,
    ...(limits === undefined ? {} : { limits }),
    ...(asked === undefined ? {} : { askedBox: areaBox(asked.area) }),
    catalogue,
    box,
    points: catalogue.sources.reduce((total, source) => total + source.count, 0),
    bytes: tasks.reduce((most, task) => Math.max(most, task.bytes), 0),
    costCoreSeconds: runSeconds(cost, work, job.workers),
    cost,
    work,
    hash: sha256(tasks.map((task) => `${task.id} ${task.hash}`).join("\n")),
    rejected: catalogue.rejected,
    imagesIgnored: [...found.ignored, ...unread.ignored],
    ...(shots === undefined ? {} : { shots: { known: shots.shots, meeting: shots.images.length } }),
    ...(colours.file === undefined ? {} : { colours: colours.file }),
    notes: [schemeNote(rules, catalogue.sources), ...(hint === undefined ? [] : [hint])],
    warnings: [
      ...catalogue.sources.flatMap(({ name, wild }) => (wild === undefined ? [] : [`${name}: ${wild}`])),
      ...(source.warning === undefined ? [] : [source.warning]),
      ...noBuildings(job, kernels),
      ...found.warnings,
      ...unread.warnings,
      ...(known.buildTasks === undefined ? uncoveredTiles(developed, tasks, catalogue, context.grid) : []),
      ...(shots?.warnings ?? []),
      ...colours.warnings,
      ...(onGlobe ? [geoid.note, errorOfCrs(crs)].filter((note) => note !== undefined) : []),
      ...unreadExternal(context, kernels),
      ...(job.orientedImages !== undefined && shots === undefined ? [unreadFlag("--oriented-images")] : []),
      ...(shots !== undefined && job.imagery.length === 0
        ? ["--oriented-images: used only where --imagery shows the ground too. Add --imagery DIR."]
        : []),
    ],
  }
}

const sourceOf = ({ source }: Job, known: KnownOfPlan, { sources }: Catalogue): Attribution => {
  const line = source ?? known.source
  return line === undefined ? attributionOf(sources) : { line }
}

/** Lets the kernels of a job check their options. @throws EngineError E_USAGE */
const checkSteps = (chains: Chains, kernels: readonly LoadedKernel[], job: JobFacts): void => {
  for (const { id, options } of [...chains.tile, ...chains.region, ...chains.job, ...chains.model, ...chains.parent]) {
    const kernel = kernelOf(kernels, id)
    if (kernel !== undefined) checkByKernel(kernel, options, job)
  }
}

const requireUsable = (catalogue: Catalogue, job: Job): number => {
  const [first] = catalogue.rejected
  if (catalogue.sources.length === 0) {
    if (first)
      throw EngineError.fromData({
        ...first.error,
        code: first.error.code === "E_INTERNAL" ? "E_INPUT" : first.error.code,
      })
    throw new EngineError(
      "E_INPUT",
      `No LAS, LAZ or COPC file in ${job.inputs.join(", ")}. Give files, folders, globs or addresses.`,
    )
  }
  const epsg = job.epsg ?? catalogue.epsg
  if (epsg === undefined)
    throw new EngineError("E_INPUT", "--crs is missing, since the files state no CRS. State it with --crs EPSG:n.")
  // A COPC file states its CRS as text.
  if (job.keepPoints !== undefined) wktOf(epsg)
  return epsg
}

// Bytes depend on the floating-point library and the image encoder of the platform.
const platformIdentity = (): string => `node ${process.versions.node.split(".")[0]} ${process.arch}`

/** Widens what tiles read: classes of unclassified points depend on points around. */
const withClassReach = (chains: Chains): Chains => {
  const widened = (steps: Chains["tile"]): Chains["tile"] => steps.map((step) => ({ ...step, classReach: FROM_REACH }))
  return { ...chains, tile: widened(chains.tile), model: widened(chains.model) }
}

/**
 * Returns the images with their corrections: those of the folder and, in mode `solve`, those of new
 * images.
 */
const solveColours = async (
  job: Job,
  found: ImagesOfJob,
  catalogue: Catalogue,
  rules: PointRules,
  { colours: mode = "solve" }: KnownOfPlan,
): Promise<{ images: ImagesOfJob; file?: ColourFile; warnings: readonly string[] }> => {
  if (job.colours === "none" || found.images.length + (found.oriented?.images.length ?? 0) === 0)
    return { images: found, warnings: [] }
  const { jobColours, withCorrections } = await import("./colour/job-colours.js")
  const sources = catalogue.sources.map((one) => ({ ...one, choice: choiceOf(rules, statesLidarHd(one)) }))
  const { file, warnings } = await jobColours(job, found, { sources }, mode)
  return { images: withCorrections(found, file), ...(file === undefined ? {} : { file }), warnings }
}

const makeContext = (
  job: Job,
  parts: {
    epsg: number
    grid: Grid
    chains: Chains
    catalogue: Catalogue
    images: ImagesOfJob["images"]
    oriented: ImagesOfJob["oriented"]
    brought: Pick<WorkContext, "external" | "outlines">
    limits: Limits | undefined
    source: string
    rules: PointRules
  },
): WorkContext => {
  const { epsg, grid, chains, catalogue, images, oriented, brought, limits, source, rules } = parts
  const steps = [...chains.tile, ...chains.region, ...chains.job, ...chains.model, ...chains.parent].map(
    ({ url: _, cells: __, ...step }) => step,
  )
  const { publish, shown, handed } = chains
  const taken = fromUnclassified(job, brought.outlines !== undefined)
  const unclassified = taken && { fromUnclassified: taken }
  const shaping = {
    steps,
    ...{ publish, shown, handed },
    grid,
    source,
    ...hashedFields(job),
    ...((job.irc ?? []).length === 0 ? {} : { infrared: infraredForm }),
    ...unclassified,
  }
  return {
    out: job.out,
    epsg,
    grid,
    chains,
    sources: catalogue.sources.map(sourceRef),
    ...rules,
    ...unclassified,
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
    ...brought,
    ...(limits === undefined ? {} : { limit: { codes: limits.codes, identity: limits.identity } }),
    ...(epsg === 2154 && job.heights === "orthometric" ? { verticalEpsg: 5720 } : {}),
    source,
    version: packageVersion,
    optionsHash: sha256(canonicalJson(shaping)),
  }
}

/** Vertical CRS of the points: as stated, else that of all sources where no grid is given. */
const findVertical = (job: Job, { epsg, sources }: Catalogue): number | undefined => {
  const isFree = job.vertical === undefined && job.geoid === undefined && job.heights === "orthometric"
  if (!isFree || epsg === undefined) return job.vertical
  return heightsOfSources(
    epsg,
    sources.map(({ crs }) => crs.vertical),
  )
}

const sourceRef = ({ path, identity, format, count, box, extent, ...named }: CatalogueSource): SourceRef => ({
  path,
  identity,
  box,
  ...(extent === undefined ? {} : { extent }),
  ...(statesLidarHd(named) ? { lidarHd: true as const } : {}),
  ...(format === "copc" ? {} : { parts: partsOf(count) }),
})

/** The warning for a CRS whose datum is shifted coarsely. */
const errorOfCrs = ({ epsg, error, grid }: Crs): string | undefined => {
  if (error <= 1) return undefined
  const better = grid === undefined ? "" : ` Only a grid (${grid.file}), which maille does not read, does better.`
  return `EPSG:${epsg}: on the globe, places may be off by up to ${error} m.${better} Rasters, vectors and shapes are not affected.`
}
