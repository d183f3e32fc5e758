/** What a plan is made from: the job completed by its sources, chains, place and images. */
import type { Density } from "../core/density.js"
import type { Box2 } from "../core/geometry/box.js"
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { writeWkt } from "../formats/las/write/wkt.js"
import { choiceOf, type PointRules } from "../formats/points/class-schemes.js"
import { type AreaIndex, indexArea } from "../formats/vector/area-index.js"
import { type Crs, crsByEpsg } from "../grid/crs.js"
import { heightsOfSources, openGeoid } from "../grid/geoid.js"
import { coverArea, type Grid } from "../grid/tile-key.js"
import { readArea } from "../job/area.js"
import { checkByKernel, withDensity, withMaxTriangles } from "../job/check-options.js"
import type { Job } from "../job/job.js"
import { loadDeclared } from "../job/kernels/declare-kernels.js"
import { kernelsOfJob } from "../job/kernels/kernels-of-job.js"
import { kernelOf, type LoadedKernel } from "../job/kernels/load-kernels.js"
import { waterMakers, waterOrigins } from "../job/kernels/presets.js"
import { layout } from "../job/layout.js"
import { boundingLimits, type Limits, readLimits } from "../job/limits.js"
import type { JobFacts } from "../kernel.js"
import { type Attribution, attributionOf, statesLidarHd, unstatedSource } from "../spatial/attribution.js"
import { type Catalogue, openCatalogue } from "../spatial/catalogue.js"
import { densityOf } from "../spatial/density.js"
import type { ImageCatalogue, ImageHeader } from "../spatial/image-catalogue.js"
import type { KnownSources } from "../spatial/known-sources.js"
import type { FoundOrientedImages } from "../spatial/oriented-images.js"
import { buildChains } from "./chains/build-chains.js"
import { type Chains, FROM_REACH } from "./chains/chain.js"
import type { ColourFile } from "./colour/colour-file.js"
import type { ImagesOfJob } from "./colour/job-colours.js"
import type { WorkContext } from "./context.js"
import type { KnownCost } from "./cost/task-costs.js"
import { type ExternalFile, externalFiles } from "./external-features.js"
import { findImages, findOriented } from "./images-of-job.js"
import { type OwnRasters, openOwnRasters, refusePointKernels } from "./own-rasters.js"
import type { Planning, TaskBeforeCost } from "./planned-task.js"
import { fromUnclassified, noBuildings, readPointRules } from "./point-rules.js"

/** Facts about a job that are known before planning. */
export interface KnownOfPlan extends KnownCost {
  readonly catalogue?: Catalogue
  /** Box around all sources, if the catalogue contains only a part of them. */
  readonly box?: Box2
  /** Lowest and highest altitude of all sources, if the catalogue contains only a part of them. */
  readonly zRange?: readonly [number, number]
  /** Density of the folder's job, or of all sources where the catalogue has only a part. */
  readonly density?: Density
  /** Origin of water of the folder's job. */
  readonly waterFrom?: string
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
  /** Ends the requests to servers. */
  readonly signal?: AbortSignal
  /** The sources of the folder's last run. */
  readonly sources?: KnownSources
  /** Builds the tasks; default: all tasks of the job. */
  readonly buildTasks?: (planning: Planning) => readonly TaskBeforeCost[]
}

/** The data of a job before its chains. */
export interface PlanInputs {
  /** With its density and the vertical CRS of the sources, if it states none. */
  readonly job: Job & { readonly density: Density }
  readonly kernels: readonly LoadedKernel[]
  readonly catalogue: Catalogue
  /** Rasters in place of point files. */
  readonly own: OwnRasters | undefined
  /** Folder for copies of remote files; undefined where nothing may be written. */
  readonly copies: string | undefined
  readonly rules: PointRules
  /** The user's files that kernels of the job read. */
  readonly files: readonly ExternalFile[]
  /** Name of the file of footprints. */
  readonly outlines: string | undefined
  /** How unclassified points are classified; undefined where they stay. */
  readonly unclassified: WorkContext["fromUnclassified"]
  /** The source line. */
  readonly source: string
  readonly warnings: readonly string[]
}

/** Density of a job without points: the defaults of options hold. */
const DENSE: Density = 8

/** Loads the kernels, opens the sources, and completes the job by what they state. */
export const readInputs = async (stated: Job, known: KnownOfPlan): Promise<PlanInputs> => {
  // A plan that is only displayed builds all tasks and solves no corrections: it must write
  // nothing.
  const copies = known.colours === "stored" && !known.buildTasks ? undefined : `${stated.out}/${layout.copies}`
  const own = await openOwnRasters(stated)
  const catalogue =
    known.catalogue ??
    own?.catalogue ??
    (await openCatalogue(stated.inputs, {
      ...{ copies, epsg: stated.epsg, known: known.sources },
      ...(known.signal && { signal: known.signal }),
    }))
  const density = stated.density ?? known.density ?? (own ? DENSE : densityOf(catalogue.sources))
  const vertical = findVertical(stated, catalogue)
  const waterFrom = stated.waterFrom ?? known.waterFrom ?? findWaterOrigin(stated, catalogue)
  const job = {
    ...{ ...stated, density },
    ...(vertical === undefined ? {} : { vertical }),
    ...(waterFrom === undefined ? {} : { waterFrom }),
    ...(own && { options: own.options }),
  }
  const { declared, chosen } = await kernelsOfJob(job)
  const kernels = await loadDeclared(declared, (id) => chosen.has(id))
  if (own !== undefined)
    refusePointKernels(
      own,
      kernels.filter(({ kernel }) => chosen.has(kernel.id)),
    )
  const line = job.source ?? known.source
  const source = line !== undefined ? { line } : own ? unstatedRaster(own) : attributionOf(catalogue.sources)
  const warnings = [
    ...catalogue.sources.flatMap(({ name, wild }) => (wild === undefined ? [] : [`${name}: ${wild}`])),
    ...faultWarnings(catalogue.sources),
    ...(source.warning === undefined ? [] : [source.warning]),
    ...noBuildings(job, kernels),
  ]
  const files = externalFiles(job, kernels)
  const outlines = files.find(({ input }) => input.role === "footprints")?.input.name
  const unclassified = fromUnclassified(job, outlines !== undefined)
  const rules = await readPointRules(job)
  return { job, kernels, catalogue, own, copies, rules, files, outlines, unclassified, source: source.line, warnings }
}

/** The source line of products made from rasters whose producer nobody states. */
const unstatedRaster = ({ byName }: OwnRasters): Attribution => {
  const flags = Object.values(byName).map(({ flag }) => flag)
  const warning = `source not stated: ${flags.join(" and ")} without a producer. To fix: --source "PRODUCER, YEAR, TERMS OF USE"`
  return { line: unstatedSource, warning }
}

/**
 * The origin of water where the job states none. LiDAR HD has points on water, so the first origin
 * serves; other sources may have voids there. Absent for the first origin, unless sources are
 * mixed: a shard may have only others. Options of the first origin's kernel ask for that kernel.
 */
const findWaterOrigin = ({ options }: Job, { sources }: Catalogue): string | undefined => {
  const [points = "", voids] = waterOrigins
  const stating = sources.filter(statesLidarHd).length
  if (stating === sources.length) return undefined
  return stating > 0 || (waterMakers[points] ?? "") in options ? points : voids
}

/** Most files that a warning of faults names. */
const NAMED = 3

/** Tolerated faults of the sources: a line for each of the first files, then their number. */
const faultWarnings = (sources: Catalogue["sources"]): string[] => {
  const faulty = sources.filter(({ faults }) => faults.length > 0)
  const lines = faulty.slice(0, NAMED).map(({ name, faults }) => `${name}: ${faults.join("; ")}`)
  const more = faulty.length - lines.length
  return more === 0
    ? lines
    : [...lines, `${counted(more, "more point file")} with such faults: maille inspect lists them`]
}

/** The kernels of a job in order. Classes of unclassified points depend on points around. */
export const chooseChains = ({ job, kernels, unclassified }: PlanInputs): Chains => {
  const options = withDensity(withMaxTriangles(job.options, kernels, job.maxTriangles), kernels, job.density)
  const chains = buildChains(kernels, job.products, options, job.spacing, job.mesh, job.layers)
  if (unclassified === undefined) return chains
  const widened = (steps: Chains["tile"]): Chains["tile"] => steps.map((step) => ({ ...step, classReach: FROM_REACH }))
  return { ...chains, tile: widened(chains.tile), model: widened(chains.model) }
}

/** Where a job is. */
export interface PlanPlace {
  readonly epsg: number
  readonly crs: Crs
  readonly grid: Grid
  readonly box: Box2
  readonly area: AreaIndex | undefined
  /** The départements that the job names. */
  readonly asked: Limits | undefined
  /** Those that bound vector objects. */
  readonly limits: Limits | undefined
  /** Identity of the geoid. */
  readonly geoid: string
  readonly warnings: readonly string[]
}

/** Finds CRS, grid, area and geoid of a job, and lets its kernels check their options. */
export const findPlace = async (inputs: PlanInputs, chains: Chains, known: KnownOfPlan): Promise<PlanPlace> => {
  const { job, kernels, catalogue, files } = inputs
  const epsg = inputs.own?.catalogue.epsg ?? requireUsable(catalogue, job)
  const box = known.box ?? catalogue.box
  checkSteps(chains, kernels, { epsg, box, external: files.map(({ input }) => input.name) })
  const crs = crsByEpsg(epsg)
  const grid = coverArea(crs.area, job.tileSize)
  const area = job.aoi === undefined ? undefined : indexArea(await readArea(job.aoi, epsg))
  const asked = job.limits === undefined ? undefined : await readLimits(job.limits, job.departement ?? [], epsg)
  const limits = await boundingLimits(job, asked, known.codes, epsg)
  const { identity, note } = await openGeoid({
    heights: job.heights,
    epsg,
    ...(job.geoid === undefined ? {} : { geoid: job.geoid }),
    ...(job.vertical === undefined ? {} : { vertical: job.vertical }),
  })
  // Only meshes are placed on the globe and need the geoid.
  const onGlobe = chains.publish.includes("mesh") ? [note, errorOfCrs(crs)] : []
  const warnings = onGlobe.filter((text) => text !== undefined)
  return { epsg, crs, grid, box, area, asked, limits, geoid: identity, warnings }
}

/** The images of a job with their corrections. */
export interface PlanImages {
  readonly images: readonly ImageHeader[]
  readonly oriented: ImagesOfJob["oriented"]
  readonly shots: FoundOrientedImages | undefined
  readonly colours: ColourFile | undefined
  readonly ignored: ImageCatalogue["ignored"]
  readonly warnings: readonly string[]
  readonly colourWarnings: readonly string[]
}

/** Finds images. Corrections are those of the folder and, in mode `solve`, those of new images. */
export const chooseImages = async (
  { job, kernels, catalogue, copies, rules }: PlanInputs,
  chains: Chains,
  { epsg, box }: PlanPlace,
  known: KnownOfPlan,
): Promise<PlanImages> => {
  const { images, infrared, ignored, warnings } = await findImages(job, chains, epsg, box, copies)
  const shots = await findOriented(job, chains, kernels, epsg, catalogue, known)
  const found: ImagesOfJob = { images, ...(shots && { oriented: shots }) }
  const none = { shots, ignored, warnings, colours: undefined, colourWarnings: shots?.warnings ?? [] }
  if (job.colours === "none" || images.length + (shots?.images.length ?? 0) === 0)
    return { ...none, images: [...images, ...infrared], oriented: found.oriented }
  const { jobColours, withCorrections } = await import("./colour/job-colours.js")
  const sources = catalogue.sources.map((one) => ({ ...one, choice: choiceOf(rules, statesLidarHd(one)) }))
  const solved = await jobColours(job, found, { sources }, known.colours ?? "solve")
  const corrected = withCorrections(found, solved.file)
  return {
    ...none,
    // Infrared images take no part in the radiometric solve.
    images: [...corrected.images, ...infrared],
    oriented: corrected.oriented,
    colours: solved.file,
    colourWarnings: [...none.colourWarnings, ...solved.warnings],
  }
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
  if (job.keepPoints !== undefined) writeWkt(epsg)
  return epsg
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

/** The warning for a CRS whose datum is shifted coarsely. */
const errorOfCrs = ({ epsg, error, grid }: Crs): string | undefined => {
  if (error <= 1) return undefined
  const better = grid === undefined ? "" : ` Only a grid (${grid.file}), which maille does not read, does better.`
  return `EPSG:${epsg}: on the globe, places may be off by up to ${error} m.${better} Rasters, vectors and shapes are not affected.`
}
