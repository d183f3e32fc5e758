import { Box2 } from "../core/box.js"
import { canonicalJson, sha256 } from "../core/hash.js"
import { EngineError } from "../errors.js"
import type { Part } from "../formats/las/part.js"
import { type Area, areaMeetsBox } from "../formats/vector/area.js"
import { hilbertIndex } from "../grid/hilbert.js"
import { TileKey } from "../grid/tile-key.js"
import type { Catalogue, CatalogueSource } from "../spatial/catalogue.js"
import { finestSpacing, spacingsOf } from "./chain.js"
import type { WorkContext } from "./context.js"
import { estimateMemory, processBytes, workerBytes } from "./estimate-memory.js"
import type { Job } from "./job.js"
import type { TaskScope } from "./journal-record.js"
import type { LoadedKernel } from "./load-kernels.js"

/** One unit of work with everything that decides whether it must be done again. */
export interface PlannedTask {
  readonly id: string
  readonly scope: TaskScope
  readonly key: string
  readonly dependsOn: readonly string[]
  /**
   * SHA-256 of all that shapes the result and is known before the run. For "parent" and "layer" the hashes of the files that they read are
   * added when the task starts.
   */
  readonly hash: string
  readonly sources: readonly number[]
  /** Scope "source": which part of it. */
  readonly part?: Part
  readonly images: readonly number[]
  readonly children: readonly string[]
  /** Estimated points to read. */
  readonly points: number
  /** Estimated peak bytes, for admission. */
  readonly bytes: number
  readonly costCoreSeconds: number
}

/** What tasks are laid out from. */
export interface Laying {
  readonly job: Job
  readonly context: WorkContext
  readonly kernels: readonly LoadedKernel[]
  readonly catalogue: Catalogue
  readonly area: Area | undefined
  readonly shared: string
}

/** The tasks of a job in order of execution: the parts of each source just before the first tile that reads it, tiles along the Hilbert curve, parents, layers. */
export const layTasks = (laying: Laying): PlannedTask[] => {
  const { context, catalogue } = laying
  const keys = workTiles(laying)
  const tasks: PlannedTask[] = []
  const spooled = new Set<number>()
  const sourceIndex = new Map(catalogue.sources.map((source, index) => [source, index]))
  for (const key of keys) {
    const tile = tileTask(laying, key, sourceIndex)
    for (const index of tile.sources) {
      const source = catalogue.sources[index]
      if (!source || spooled.has(index)) continue
      spooled.add(index)
      tasks.push(...sourceTasks(laying, source, index))
    }
    tasks.push(tile)
  }
  if (context.chains.parent.length > 0) tasks.push(...parentTasks(laying, keys))
  tasks.push(...layerTasks(laying, keys))
  return tasks
}

/** Work tiles that hold a part of a source's box, of the area and of the box asked for, along the Hilbert curve. */
const workTiles = ({ job, context, catalogue, area }: Laying): TileKey[] => {
  const { grid } = context
  const keys = new Map<string, TileKey>()
  for (const source of catalogue.sources) {
    for (const key of TileKey.covering(grid, grid.leafLevel, source.box)) {
      const box = TileKey.box(grid, key)
      if (job.bbox && !Box2.overlaps(box, job.bbox)) continue
      if (area && !areaMeetsBox(area, box)) continue
      keys.set(TileKey.format(key), key)
    }
  }
  if (keys.size === 0) {
    const where = job.bbox ? `--bbox ${job.bbox.join(",")}` : `--aoi ${job.aoi ?? ""}`
    throw new EngineError("E_INPUT", `no source lies in ${where}; the sources cover ${catalogue.box.join(" ")}`)
  }
  const place = (key: TileKey): number => hilbertIndex(grid.leafLevel, key.x, key.y)
  return [...keys.values()].sort((a, b) => place(a) - place(b))
}

const tileTask = (laying: Laying, key: TileKey, sourceIndex: ReadonlyMap<CatalogueSource, number>): PlannedTask => {
  const { context, catalogue, kernels, shared } = laying
  const cell = TileKey.box(context.grid, key)
  const reach = Math.max(0, ...context.chains.tile.map((step) => step.inputGrowth))
  const extent = Box2.grow(cell, reach)
  const sources = catalogue.query(extent)
  const images = imagesMeeting(context, Box2.grow(cell, imageMargin))
  const spacings = spacingsOf(context.chains.tile, (id) => kernels.find(({ kernel }) => kernel.id === id)?.kernel)
  const finest = finestSpacing(spacings)
  const points = sources.reduce((sum, source) => sum + estimatePoints(source, extent, finest), 0)
  const areaM2 = Box2.area(extent)
  const thinned = finest === undefined ? points : Math.min(points, Math.ceil((classesPerCell * areaM2) / finest ** 2))
  const identities = sources.map((source) => source.identity).sort()
  const imageIdentities = images.map((index) => context.images[index]?.identity)
  return {
    id: `tile ${TileKey.format(key)}`,
    scope: "tile",
    key: TileKey.format(key),
    dependsOn: sources.flatMap((source) =>
      partKeys(laying, source, sourceIndex.get(source)).map((key) => `source ${key}`),
    ),
    // Kept points are files of the tile, and change no other product: nothing else is made again for them.
    hash: sha256(
      canonicalJson({
        shared,
        key: TileKey.format(key),
        identities,
        imageIdentities,
        ...(context.keepPoints === undefined ? {} : { keepPoints: context.keepPoints }),
      }),
    ),
    sources: sources.map((source) => sourceIndex.get(source) ?? -1),
    images,
    children: [],
    points,
    bytes: estimateMemory(laying, "tile", { points: thinned, areaM2 }, cell, points),
    costCoreSeconds: points / pointsPerSecond + Box2.area(cell) * secondsPerM2,
  }
}

// Images are asked for a little beyond the tile, so that its texture agrees with its neighbour's under filtering.
const imageMargin = 4
// Orders of magnitude for the plan's cost column; `maille bench` measures the machine at hand.
const pointsPerSecond = 250_000
const secondsPerM2 = 2e-5

const imagesMeeting = (context: WorkContext, box: Box2): number[] =>
  context.images.flatMap((image, index) => (Box2.overlaps(image.box, box) ? [index] : []))

// On real tiles 1.3 to 4.9 points a square of the finest level's spacing were seen, and rarely more than two classes in one cell.
const pointsPerSquare = 6
const classesPerCell = 3

/** Points to read of a source in a box, as if they were spread evenly; never more than it has. */
const estimatePoints = (source: CatalogueSource, box: Box2, spacing: number | undefined): number => {
  const area = Box2.area(source.box)
  const common = Box2.area(Box2.intersection(source.box, box))
  const share = area > 0 ? common / area : 1
  const points = Math.ceil(Math.min(1, share * 1.2) * source.count)
  if (spacing === undefined || !source.spacing) return points
  const level = Math.max(0, Math.ceil(Math.log2(source.spacing / spacing)))
  return Math.min(points, Math.ceil((pointsPerSquare * common) / (source.spacing / 2 ** level) ** 2))
}

/** Keys of the tasks that decode a plain source: `identity#part`; none for COPC. */
const partKeys = ({ context }: Laying, source: CatalogueSource, index = -1): string[] =>
  Array.from({ length: context.sources[index]?.parts ?? 0 }, (_, part) => `${source.identity}#${part}`)

const sourceTasks = (laying: Laying, source: CatalogueSource, index: number): PlannedTask[] => {
  const keys = partKeys(laying, source, index)
  const points = Math.ceil(source.count / keys.length)
  return keys.map((key, part) => ({
    id: `source ${key}`,
    scope: "source",
    key,
    dependsOn: [],
    hash: sha256(`spool ${laying.context.version} ${key} of ${keys.length}`),
    sources: [index],
    part: { index: part, of: keys.length },
    images: [],
    children: [],
    points,
    bytes: processBytes + workerBytes,
    costCoreSeconds: points / 1_000_000,
  }))
}

/** The pyramid above the work tiles, finest first, up to the first cell that holds them all (at least one level). */
const parentTasks = (laying: Laying, leaves: readonly TileKey[]): PlannedTask[] => {
  const tasks: PlannedTask[] = []
  let level: readonly TileKey[] = leaves
  do {
    const families = new Map<string, { key: TileKey; children: TileKey[] }>()
    for (const child of level) {
      const key = TileKey.parent(child)
      const family = families.get(TileKey.format(key)) ?? { key, children: [] }
      family.children.push(child)
      families.set(TileKey.format(key), family)
    }
    const leaf = level === leaves
    for (const { key, children } of families.values()) tasks.push(parentTask(laying, key, children, leaf))
    level = [...families.values()].map((family) => family.key)
  } while (level.length > 1 && (level[0]?.level ?? 0) > 0)
  return tasks
}

const parentTask = (laying: Laying, key: TileKey, unordered: readonly TileKey[], ofLeaves: boolean): PlannedTask => {
  const { context, shared } = laying
  const children = [...unordered].sort(TileKey.compare).map(TileKey.format)
  const cell = TileKey.box(context.grid, key)
  const images = imagesMeeting(context, Box2.grow(cell, imageMargin * 2 ** (context.grid.leafLevel - key.level)))
  const imageIdentities = images.map((index) => context.images[index]?.identity)
  // A mesh of a pyramid tile holds about as many vertices as each of its children.
  const counts = { points: 4 * Math.min(4e6, (laying.job.tileSize / 0.5) ** 2), areaM2: Box2.area(cell) }
  return {
    id: `parent ${TileKey.format(key)}`,
    scope: "parent",
    key: TileKey.format(key),
    dependsOn: children.map((child) => `${ofLeaves ? "tile" : "parent"} ${child}`),
    hash: sha256(canonicalJson({ shared, key: TileKey.format(key), imageIdentities })),
    sources: [],
    images,
    children,
    points: 0,
    bytes: estimateMemory(laying, "parent", counts, cell),
    costCoreSeconds: laying.job.tileSize ** 2 * secondsPerM2,
  }
}

/** One task a vector layer: joins what crosses tiles and gathers the rest. */
const layerTasks = (laying: Laying, keys: readonly TileKey[]): PlannedTask[] => {
  const layers = new Set<string>()
  for (const { kernel } of laying.kernels) {
    for (const [name, port] of Object.entries(kernel.outputs)) {
      if (port.kind === "features" && laying.context.chains.publish.includes(name)) layers.add(name)
    }
  }
  return [...layers].sort().map((name) => ({
    id: `layer ${name}`,
    scope: "layer",
    key: name,
    dependsOn: keys.map((key) => `tile ${TileKey.format(key)}`),
    hash: sha256(canonicalJson({ shared: laying.shared, layer: name })),
    sources: [],
    images: [],
    children: [],
    points: 0,
    bytes: processBytes + workerBytes + 2_000 * keys.length,
    costCoreSeconds: 0.01 * keys.length,
  }))
}
