/** The points of a tile, from its sources to the ports of its kernels. */
import { Box2 } from "../../core/geometry/box.js"
import { addToList } from "../../core/lists.js"
import { cropPresence, type Presence, PresenceBit } from "../../core/presence.js"
import type { BucketQuery } from "../../formats/buckets/gather-buckets.js"
import { wholeCells } from "../../formats/points/thin.js"
import { TileKey } from "../../grid/tile-key.js"
import { layout } from "../../job/layout.js"
import {
  type AttributeName,
  type FullPoints,
  type Kernel,
  type Metrics,
  makesClasses,
  type PointsPort,
  type Tile,
} from "../../kernel.js"
import {
  asksPresence,
  type ChainStep,
  classesOfPort,
  editedClasses,
  extraOf,
  type FromUnclassified,
  finestSpacing,
  fromClasses,
  isReadPort,
  listSpacings,
  makeTile,
  ORDERING,
  pointClasses,
  pointsReach,
  reachOf,
} from "../../plan/chains/chain.js"
import type { WorkerState } from "../worker-state.js"
import type { Output } from "../write/output.js"
import { type GatheredSources, gatherSources, type SourcesQuery, type TileReading } from "./gather-sources.js"
import { countByClass, EVERYTHING, type PointTable, type TableColumns, timedClasses } from "./point-table.js"

/** The spacing of a port's points, metres; undefined: every point. */
type Spacing = number | undefined

/**
 * Reads, rewrites, counts and thins the points of a tile, in this order, then gives each port its
 * own. Lets go of a table once its last port has received its points.
 */
export class TilePoints {
  /** The chain without the kernels that classify points. */
  readonly steps: readonly ChainStep[]
  /**
   * Number of points in the cell without noise and duplicates; first and last GPS time of all but
   * noise.
   */
  inCell: GatheredSources["inCell"] = { count: 0 }
  metrics: Metrics = {}
  read: GatheredSources["read"]
  /** In the first stage, points by class for the estimate of the second one. */
  classes: Readonly<Record<number, number>> | undefined
  /** Why the tile is skipped. */
  lacking: string | undefined
  readonly #reading: TileReading
  readonly #key: TileKey
  readonly #cell: Box2
  #tables = new Map<Spacing, PointTable>()
  /** Spacings of the ports that have not received their points yet. */
  readonly #unread: Spacing[]
  /** Spacings whose columns a port shares: they must not be overwritten. */
  readonly #shared = new Set<Spacing>()
  #presence: Presence | undefined

  private constructor(reading: TileReading) {
    const { state, steps, message } = reading
    this.#reading = reading
    this.steps = steps.filter(({ id }) => !isClassifying(state, id))
    this.#key = TileKey.parse(message.key)
    this.#cell = TileKey.box(state.context.grid, this.#key)
    this.#unread = spacedPorts(state, this.steps).map(({ spacing }) => spacing)
  }

  /** Reads the points of a tile, and writes those of `--keep-points`. */
  static async read(reading: TileReading, output: Output): Promise<TilePoints> {
    const { state, steps, message } = reading
    const tile = new TilePoints(reading)
    const kernelOf = (id: string): Kernel | undefined => state.kernels.get(id)
    if (message.stage === "model" && pointsPorts(state, steps).length === 0 && !asksPresence(steps, kernelOf))
      return tile.#withoutPorts()
    const { points, thinned, presence } = await tile.#gather()
    tile.#presence = presence
    const outer = state.clock.enter("select")
    if (message.stage === "tile") tile.classes = countClasses(state, tile.steps, points.columns)
    tile.#thin(points, thinned)
    tile.lacking = tile.inCell.count === 0 ? "no points in the tile" : tile.#findMissing()
    await tile.#keep(points, output)
    state.clock.enter(outer)
    return tile
  }

  /**
   * The points of a port, within its kernel's extent; undefined where the job or the tile has none
   * for it.
   */
  select(port: PointsPort, name: string, tile: Tile, { spacing: spacings, options }: ChainStep) {
    if (!isReadPort(port, this.#reading.state.context.external)) return undefined
    const spacing = spacings?.[name]
    const table = this.#tables.get(spacing)
    if (table === undefined) return undefined
    this.#unread.splice(this.#unread.indexOf(spacing), 1)
    const isLast = !this.#unread.includes(spacing)
    if (isLast) this.#tables.delete(spacing)
    const extent = extentOfPort(port, tile, options)
    if (port.chunked) return table.stream(port, extent)
    const selected = table.select(port, extent, { options, last: isLast && !this.#shared.has(spacing) })
    if (selected.x === table.columns.x) this.#shared.add(spacing)
    return selected
  }

  /** Where points are within a kernel's extent. */
  presence({ extent }: Tile): Presence {
    if (this.#presence === undefined) throw new Error("presence was not read")
    return cropPresence(this.#presence, extent)
  }

  /** A model whose kernels take blobs only: a tile without any was skipped for want of points. */
  #withoutPorts(): this {
    const { state, steps, message } = this.#reading
    const { files = [], time } = message
    const names = steps.flatMap(({ id }) => Object.keys(state.kernels.get(id)?.inputs ?? {}))
    const hasBlob = files.some(({ path }) => names.some((name) => path === layout.blob(name, this.#key)))
    if (time !== undefined) this.inCell = { count: 0, time }
    if (!hasBlob) this.lacking = "no points in the tile"
    return this
  }

  /**
   * Reads the points within the chain's reach from all sources, then rewrites them. Reads COPC down
   * to the level that the finest port needs, and whole cells of each port's thinning.
   */
  async #gather(): Promise<Pick<GatheredSources, "points" | "thinned" | "presence">> {
    const { state, steps } = this.#reading
    const { keepPoints, fromUnclassified } = state.context
    const kernelOf = (id: string): Kernel | undefined => state.kernels.get(id)
    const spacings = listSpacings(steps, kernelOf)
    const keepSpacing = this.#keepSpacing()
    const thinning = [...spacings, keepSpacing].filter((spacing) => spacing !== undefined)
    const wide = thinning.reduce(wholeCells, Box2.grow(this.#cell, reachOf(steps)))
    const isEdited = state.context.edits?.windows.some(({ box }) => Box2.overlaps(box, wide)) === true
    const isChanged = isEdited || isRewritten(state, steps)
    // Rewriting may change presence too.
    const extent = isChanged ? wide : thinning.reduce(wholeCells, Box2.grow(this.#cell, pointsReach(steps, kernelOf)))
    const present = Box2.union(extent, Box2.grow(this.#cell, reachOf(steps)))
    const ports = keepSpacing === undefined ? pointsPorts(state, steps) : [EVERYTHING]
    const asked = findNeeds([
      ...ports,
      ...(fromUnclassified === undefined ? [] : [unclassifiedPort(fromUnclassified)]),
      ...(isEdited ? [editedPort] : []),
    ])
    const query: SourcesQuery = {
      extent,
      present: asksPresence(steps, kernelOf) ? present : undefined,
      origin: [this.#cell[0], this.#cell[1], 0],
      cell: this.#cell,
      bucketed: isChanged || keepPoints !== undefined ? asked : findSelections(state, steps),
      files: {
        attributes: asked.attributes,
        extra: extraOf(pointsPorts(state, steps)),
        classes: pointClasses(state.context, kernelOf),
        spacing: finestSpacing(steps, kernelOf),
      },
    }
    const gather = (one: SourcesQuery): Promise<GatheredSources> =>
      state.clock.during("read", () => gatherSources(this.#reading, one))
    const { points, thinned, presence, read, inCell, metrics } = await gather(query)
    this.inCell = inCell
    this.metrics = metrics
    this.read = read
    if (!isChanged) return { points, thinned, presence }
    const { rewritePoints, rewritePresence } = await import("./rewrite-points.js")
    const rewritten = await rewritePoints(this.#reading, points, extent, async (box) => {
      const whole = { extent: box, cell: box, origin: [box[0], box[1], 0] as const, present: undefined }
      const window = await gather({ ...query, ...whole, files: { ...query.files, spacing: undefined } })
      if (window.read !== undefined) this.read = [...(this.read ?? []), ...window.read]
      return window.points
    })
    return { points: rewritten, thinned, presence: presence && rewritePresence(presence, rewritten) }
  }

  /** Makes the tables of the ports; the columns of `points` that no port can receive are free. */
  #thin(points: PointTable, thinned: ReadonlyMap<number, PointTable>): void {
    this.#tables = thinForPorts(this.#reading.state, this.steps, points, thinned)
    const [[spacing, only] = []] = this.#tables
    if (spacing === undefined || only === undefined || this.#tables.size > 1) return
    const { counts, count } = points.columns
    const read = counts?.reduce((sum, ofClass) => sum + ofClass, 0) ?? count
    if (only.columns.count < read) this.metrics = { ...this.metrics, "points.kept": only.columns.count }
  }

  /** The reasons of required ports that would be empty; undefined if none is. */
  #findMissing(): string | undefined {
    const { state } = this.#reading
    const reasons = new Set<string>()
    for (const step of this.steps) {
      const tile = makeTile(state.context, this.#key, step)
      for (const [name, port] of Object.entries(state.kernels.get(step.id)?.inputs ?? {})) {
        if (!("required" in port) || port.required !== true) continue
        if (port.kind === "presence" ? hasReturn(this.presence(tile)) : this.#has(port, name, tile, step)) continue
        const wanted = "classes" in port ? port.classes?.join(", ") : undefined
        reasons.add(port.skipReason ?? `no points of the classes ${wanted ?? "needed"}`)
      }
    }
    return reasons.size === 0 ? undefined : [...reasons].sort().join("; ")
  }

  #has(port: PointsPort, name: string, tile: Tile, { spacing, options }: ChainStep): boolean {
    return this.#tables.get(spacing?.[name])?.has(port, extentOfPort(port, tile, options)) === true
  }

  /** The spacing of `--keep-points` in the first stage, which writes them. */
  #keepSpacing(): number | undefined {
    const { state, message } = this.#reading
    return message.stage === "tile" ? state.context.keepPoints : undefined
  }

  /**
   * Writes the points of the cell, half-open, that `--keep-points` gathers, as LAS of format 6
   * without a CRS, in steps of 1 cm as in LiDAR HD. `points` has the cells of the spacing whole.
   */
  async #keep(points: PointTable, output: Output): Promise<void> {
    const spacing = this.#keepSpacing()
    if (spacing === undefined || this.lacking !== undefined || this.#reading.message.neighbour) return
    const { encodeLas } = await import("../../formats/las/write/las-writer.js")
    const own = points.thin(spacing).select(EVERYTHING, this.#cell) as FullPoints
    const bytes = await encodeLas(own, { pointFormat: 6, scale: 0.01, offset: [0, 0, 0] })
    await output.write(layout.retainedPoints(this.#key), bytes)
    this.#reading.memory.sample()
  }
}

/** The area in which a port gets its points. */
const extentOfPort = ({ within }: PointsPort, { core, extent }: Tile, options: ChainStep["options"]): Box2 =>
  within === undefined ? extent : Box2.grow(core, within(options))

const hasReturn = ({ cells }: Presence): boolean => cells.some((bits) => (bits & PresenceBit.surface) !== 0)

const isClassifying = ({ kernels }: WorkerState, id: string): boolean => {
  const kernel = kernels.get(id)
  return kernel !== undefined && makesClasses(kernel)
}

/** True where points change after reading: see `rewritePoints`. */
const isRewritten = (state: WorkerState, steps: readonly ChainStep[]): boolean =>
  state.context.fromUnclassified !== undefined || steps.some(({ id }) => isClassifying(state, id))

const spacedPorts = (state: WorkerState, steps: readonly ChainStep[]): { port: PointsPort; spacing: Spacing }[] =>
  steps.flatMap(({ id, spacing }) =>
    Object.entries(state.kernels.get(id)?.inputs ?? {}).flatMap(([name, port]) =>
      port.kind === "points" && isReadPort(port, state.context.external) ? [{ port, spacing: spacing?.[name] }] : [],
    ),
  )

/** The points ports of a chain. */
const pointsPorts = (state: WorkerState, steps: readonly ChainStep[]): PointsPort[] =>
  spacedPorts(state, steps).map(({ port }) => port)

/** Attributes and classes (all when undefined) that some port takes. */
const findNeeds = (
  ports: readonly PointsPort[],
): { attributes: AttributeName[]; classes: readonly number[] | undefined } => {
  const attributes = [...new Set(ports.flatMap((port) => port.attributes ?? []))]
  const classes = ports.map(classesOfPort)
  if (classes.includes(undefined)) return { attributes, classes: undefined }
  return { attributes, classes: [...new Set(classes.flatMap((some) => some ?? []))] }
}

/** What the ports of each spacing ask for, to select it on reading. */
const findSelections = (
  state: WorkerState,
  steps: readonly ChainStep[],
): Pick<BucketQuery, "attributes" | "classes" | "timed" | "thinned"> => {
  const unthinned: PointsPort[] = []
  const ports = new Map<number, PointsPort[]>()
  for (const { port, spacing } of spacedPorts(state, steps))
    if (spacing === undefined) unthinned.push(port)
    else addToList(ports, spacing, port)
  const thinned = [...ports].map(([spacing, own]) => ({ spacing, ...findNeeds(own) }))
  return { ...findNeeds(unthinned), timed: timedClasses(unthinned), ...(thinned.length > 0 && { thinned }) }
}

/** What edits read. */
const editedPort: PointsPort = { kind: "points", classes: editedClasses, attributes: ORDERING }

/** What deciding on unclassified points reads. */
const unclassifiedPort = ({ buildings }: FromUnclassified): PointsPort => ({
  kind: "points",
  classes: fromClasses,
  attributes: buildings ? ["returnNumber", "numberOfReturns"] : [],
})

/**
 * The tables of a chain's ports, without columns that no port can receive.
 *
 * @param known of the spacings that are thinned already
 */
export const thinForPorts = (
  state: WorkerState,
  steps: readonly ChainStep[],
  all: PointTable,
  known: ReadonlyMap<number, PointTable> = new Map(),
): Map<Spacing, PointTable> => {
  const reduced = all.reduce(pointsPorts(state, steps))
  const spacings = new Set(spacedPorts(state, steps).map(({ spacing }) => spacing))
  const tableOf = (spacing: Spacing): PointTable =>
    spacing === undefined ? reduced : (known.get(spacing) ?? reduced.thin(spacing))
  return new Map([...spacings].map((spacing) => [spacing, tableOf(spacing)]))
}

/**
 * Counts the points of the classes that the second stage takes, once the first stage has read them:
 * its memory is then known. Undefined where the first stage reads less than the second: a shorter
 * reach, thinned points, or none of the classes.
 */
export const countClasses = (
  state: WorkerState,
  steps: readonly ChainStep[],
  points: TableColumns,
): Readonly<Record<number, number>> | undefined => {
  const { model } = state.context.chains
  const ports = pointsPorts(state, steps)
  const isWhole = spacedPorts(state, steps).some(({ spacing }) => spacing === undefined)
  if (!isWhole || reachOf(steps) < reachOf(model)) return undefined
  const wanted = new Set(pointsPorts(state, model).flatMap(({ classes = [] }) => classes))
  const readAll = ports.some(({ classes }) => classes === undefined)
  const counted = [...wanted].filter((code) => readAll || ports.some(({ classes }) => classes?.includes(code)))
  if (counted.length === 0) return undefined
  const counts = points.counts ?? countByClass(points)
  return Object.fromEntries(counted.sort((a, b) => a - b).map((code) => [code, counts[code]!]))
}
