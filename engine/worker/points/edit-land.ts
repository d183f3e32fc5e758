/** Replaces the points of a window of edits, in a tile, by those of the changed land. */
import type { Box2 } from "../../core/geometry/box.js"
import { remember } from "../../core/remember.js"
import { emptyColumns, GrownColumns, type PointColumns } from "../../formats/las/columns.js"
import { orderPlainly } from "../../formats/points/canonical-order.js"
import { type Land, loadApplyEdits } from "../../job/kernels/edit-functions.js"
import type { ChainStep } from "../../plan/chains/chain.js"
import type { WorkContext } from "../../plan/context.js"
import type { EditWindow } from "../../plan/edit-windows.js"
import { PointTable, type TableColumns, toIntegers } from "./point-table.js"

interface ChangedWindow {
  readonly context: WorkContext
  readonly window: EditWindow
  /** What else the points depend on: the kernels that ask for them. */
  readonly steps: readonly ChainStep[]
  /** Points that contain those of the window. */
  readonly land: PointTable
}

/** The last window that a worker changed: the next tile mostly meets it too. */
interface LastWindow {
  edited?: Pick<ChangedWindow, "window" | "steps"> & { readonly points: PointColumns; readonly origin: Origin }
}
const lastOf = remember((_: WorkContext): LastWindow => ({}))
/** Points of a larger window are not kept: tasks are admitted without them. */
const MOST_POINTS = 1_000_000
type Origin = TableColumns["origin"]

/**
 * The points of a tile with those of a window changed. What a window becomes depends on its own
 * points only: all tiles that it meets get the same. Time: linear in the points, and the edits'
 * own.
 *
 * @param table points of the tile in `extent`, half-open; others are not added
 */
export const editLand = async (
  { table, extent }: { readonly table: PointTable; readonly extent: Box2 },
  changing: ChangedWindow,
): Promise<PointTable> => {
  const { window } = changing
  const { origin, scale, ...all } = table.columns
  const changed = moveTo(origin, await changeWindow(changing))
  const own = markInside(table.columns, window.box)
  const further = {
    intensity: all.intensity !== undefined && all.intensity.length > 0,
    gpsTime: all.gpsTime !== undefined && all.gpsTime.length > 0,
    extra: Object.keys(all.extra ?? {}),
  }
  const into = new GrownColumns(all.count + changed.count, further)
  into.append(
    asColumns(table.columns),
    findPlaces(all.count, (i) => own[i] === 0),
  )
  const here = markInside({ ...changed, origin, scale }, extent)
  into.append(
    changed,
    findPlaces(changed.count, (i) => here[i] === 1),
  )
  const { returnNumber, numberOfReturns, intensity, gpsTime, extra, ...rest } = orderPlainly(into.points, origin).points
  return new PointTable({
    ...{ ...rest, origin, scale, returnNumber, numberOfReturns },
    intensity: further.intensity ? intensity : undefined,
    gpsTime: further.gpsTime ? gpsTime : undefined,
    extra: all.extra && extra,
  })
}

/** The points of a window after its edits, from the window's own origin. */
const changeWindow = async ({ context, window, steps, land }: ChangedWindow) => {
  const last = lastOf(context)
  const { edited } = last
  if (edited?.window === window && edited.steps === steps) return edited
  delete last.edited
  const before = land.pick(markInside(land.columns, window.box)).columns
  const applyEdits = await loadApplyEdits()
  const { edits } = context
  const result = applyEdits(toLand(before), window.features, edits?.end ?? window.box, (e) => window.names[e]!)
  const points = placeLand(result.land, before)
  const now = { window, steps, points, origin: before.origin }
  if (points.count <= MOST_POINTS) last.edited = now
  return now
}

/** The points from another origin, in columns of their own where these change. */
const moveTo = (to: Origin, { points, origin }: { readonly points: PointColumns; readonly origin: Origin }) => {
  const [dx = 0, dy = 0, dz = 0] = origin.map((metres, axis) => toMm(metres) - toMm(to[axis]!))
  const move = (column: Int32Array, by: number): Int32Array => column.map((value) => value + by)
  return { ...points, x: move(points.x, dx), y: move(points.y, dy), z: move(points.z, dz) }
}

/** 1 for each point in a half-open box, CRS metres. */
const markInside = (columns: Pick<TableColumns, "count" | "x" | "y" | "origin" | "scale">, box: Box2): Uint8Array => {
  const [minX, minY, maxX, maxY] = toIntegers(box, columns)
  const { count, x, y } = columns
  const marks = new Uint8Array(count)
  for (let i = 0; i < count; i++) marks[i] = x[i]! >= minX && x[i]! < maxX && y[i]! >= minY && y[i]! < maxY ? 1 : 0
  return marks
}

const findPlaces = (count: number, isWanted: (i: number) => boolean): Uint32Array =>
  Uint32Array.from(Array.from({ length: count }, (_, i) => i).filter(isWanted))

/** Whole millimetres of an origin. */
const toMm = (metres: number): number => Math.round(1000 * metres)

const toLand = ({ count, x, y, z, classification, origin }: TableColumns): Land => ({
  count,
  x: Float64Array.from(x, (value) => (toMm(origin[0]) + value) / 1000),
  y: Float64Array.from(y, (value) => (toMm(origin[1]) + value) / 1000),
  z: Float64Array.from(z, (value) => (toMm(origin[2]) + value) / 1000),
  classification: Uint8Array.from(classification),
  from: Int32Array.from(x, (_, i) => i),
})

/** Points of a land; new ones are single returns without intensity and time. */
const placeLand = ({ count, x, y, z, classification, from }: Land, before: TableColumns): PointColumns => {
  const { origin } = before
  const old = asColumns(before)
  const further = { intensity: old.intensity.length > 0, gpsTime: old.gpsTime.length > 0 }
  const columns = emptyColumns(count, { ...further, extra: Object.keys(old.extra ?? {}) })
  for (let i = 0; i < count; i++) {
    columns.x[i] = toMm(x[i]!) - toMm(origin[0])
    columns.y[i] = toMm(y[i]!) - toMm(origin[1])
    columns.z[i] = toMm(z[i]!) - toMm(origin[2])
    columns.classification[i] = classification[i]!
    const k = from[i]!
    columns.returnNumber[i] = k < 0 ? 1 : old.returnNumber[k]!
    columns.numberOfReturns[i] = k < 0 ? 1 : old.numberOfReturns[k]!
    if (further.intensity) columns.intensity[i] = k < 0 ? 0 : old.intensity[k]!
    if (further.gpsTime) columns.gpsTime[i] = k < 0 ? Number.NaN : old.gpsTime[k]!
    for (const [name, values] of Object.entries(columns.extra ?? {})) values[i] = old.extra?.[name]?.[k] ?? Number.NaN
  }
  return columns
}

/** The columns of a table; those of edited tiles have returns. */
const asColumns = ({ count, x, y, z, classification, extra, ...columns }: TableColumns): PointColumns => ({
  ...{ count, x, y, z, classification, ...(extra && { extra }) },
  returnNumber: columns.returnNumber ?? new Uint8Array(0),
  numberOfReturns: columns.numberOfReturns ?? new Uint8Array(0),
  intensity: columns.intensity ?? new Uint16Array(0),
  gpsTime: columns.gpsTime ?? new Float64Array(0),
})
