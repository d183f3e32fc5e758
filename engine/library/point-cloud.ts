/** Streams the points of open files: queries of the library as queries of the readers. */

import {
  boxArgument,
  flagArgument,
  listArgument,
  objectArgument,
  pathArgument,
  wholeArgument,
} from "../core/arguments.js"
import { Box2 } from "../core/geometry/box.js"
import { elementAt } from "../core/lists.js"
import { optionError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import {
  emptyColumns,
  type FurtherAttributes,
  type PointColumns,
  type PointQuery,
  pick,
} from "../formats/las/columns.js"
import { canonicalOrder, dropDuplicates } from "../formats/points/canonical-order.js"
import { openPointFile, type PointFile } from "../formats/points/point-file.js"
import { unknownName } from "../job/check-options.js"
import type { PointBatch, PointCloud, PointField, PointFields, PointsQuery } from "./types.js"

/** Without duplicates, points are read by squares of COPC files with at most about this many. */
const MOST_AT_ONCE = 2_000_000
/** Side of a square that is not divided further, metres. */
const LEAST_SIDE = 50

type Query = Omit<PointsQuery<PointField>, "box"> & { readonly box?: Box2 }
type Origin = readonly [x: number, y: number, z: number]
type Batch = PointBatch<never>

/** Opens the files behind `openPoints`; closes all if one is refused. */
export const openCloud = async (stated: string | readonly string[]): Promise<PointCloud> => {
  const paths = (Array.isArray(stated) ? stated : [stated]).map((path) => pathArgument(path, "paths"))
  if (paths.length === 0) throw optionError("paths", "no file given. Give the path of a LAS, LAZ or COPC file.")
  const opened = await Promise.allSettled(paths.map((path) => openPointFile(path)))
  const files = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))
  const close = async (): Promise<void> => void (await Promise.all(files.map((file) => file.close())))
  const fault = opened.find((one) => one.status === "rejected")?.reason ?? files.map(inDegrees).find(Boolean)
  if (fault !== undefined) {
    await close()
    throw fault
  }
  const infos = files.map(({ info }) => info)
  const codes = new Set(infos.map(({ crs }) => crs.epsg))
  return {
    count: infos.reduce((sum, { count }) => sum + count, 0),
    box: infos.map(({ box }) => box).reduce(Box2.union),
    zRange: [Math.min(...infos.map(({ zRange }) => zRange[0])), Math.max(...infos.map(({ zRange }) => zRange[1]))],
    epsg: codes.size === 1 ? [...codes][0] : undefined,
    files: infos,
    batches: (query) => streamBatches(files, query) as AsyncGenerator<never>,
    read: async (query) => (await readWhole(files, checkQuery(query))) as never,
    close,
  }
}

/** Millimetres, in which points are read, are too coarse for degrees. */
const inDegrees = ({ info: { path, crs } }: PointFile): EngineError | undefined =>
  crs.unit === "degree"
    ? new EngineError("E_INPUT", `${path}: its coordinates are degrees. Project it to a metric CRS.`, { file: path })
    : undefined

/** A file with its part of a query, and the columns that the caller asked for. */
interface Part {
  readonly file: PointFile
  readonly query: PointQuery
}

/** Columns that a query may name. */
const FIELDS: readonly string[] = [
  ...["classification", "returnNumber", "numberOfReturns", "intensity", "gpsTime", "scanAngle", "flags"],
  ...["userData", "pointSourceId", "red", "green", "blue", "nir"],
]

/** @throws EngineError E_USAGE for a value that the query cannot have */
const checkQuery = (stated: PointsQuery<PointField> | undefined): Query => {
  const { box: place, ...query } = objectArgument(stated, "query")
  const box = boxArgument(place)
  wholeArgument(query.level, "level")
  const codes = listArgument(query.classes, "classes", "number") ?? []
  for (const code of codes) wholeArgument(code, "classes")
  for (const name of listArgument(query.attributes, "attributes", "string") ?? [])
    if (!FIELDS.includes(name)) throw unknownName("attribute", name, FIELDS, "attributes")
  listArgument(query.extra, "extra", "string")
  for (const name of ["colours", "noise", "duplicates"] as const) flagArgument(query[name], name)
  return { ...query, ...(box === undefined ? {} : { box }) }
}

async function* streamBatches(
  files: readonly PointFile[],
  stated: PointsQuery<PointField> | undefined,
): AsyncGenerator<Batch, void> {
  const query = checkQuery(stated)
  const parts = planParts(files, query)
  const { origin } = elementAt(parts, 0).query
  if (query.duplicates !== false) {
    for (const { file, query: own } of parts)
      for await (const columns of file.read(own)) yield makeBatch(columns, origin, query, file)
    return
  }
  // Equal points may be in several files, and in several nodes of a COPC.
  const isIndexed = files.every(({ info }) => info.format === "copc")
  const whole = query.box ?? Box2.grow(files.map(({ info }) => info.box).reduce(Box2.union), 1)
  for await (const box of isIndexed ? divideBox(parts, whole) : [whole]) {
    const points = await unique(parts, box)
    if (points.count > 0) yield makeBatch(points, origin, query, elementAt(files, 0))
  }
}

const readWhole = async (files: readonly PointFile[], query: Query): Promise<Batch> => {
  const parts = planParts(files, query)
  const points = query.duplicates === false ? await unique(parts) : joinBlocks(await readBlocks(parts))
  return makeBatch(points, elementAt(parts, 0).query.origin, query, elementAt(files, 0))
}

/**
 * A query for each file, all with one origin.
 *
 * @throws EngineError E_USAGE, E_INPUT for a level or colours that a file lacks
 */
const planParts = (files: readonly PointFile[], query: Query): Part[] => {
  const [minX, minY] = files.map(({ info }) => info.box).reduce(Box2.union)
  const origin = [Math.floor(minX), Math.floor(minY), 0] as const
  const classes = query.noise === false ? withoutNoise(query.classes) : query.classes
  const asked: readonly PointField[] = query.attributes ?? ["classification"]
  const order = query.duplicates === false ? (["classification", "returnNumber", "numberOfReturns"] as const) : []
  return files.map((file) => {
    const { level, box, extra } = query
    return {
      file,
      query: {
        origin,
        attributes: [...new Set([...asked, ...order, ...(query.colours ? listColours(file) : [])])],
        ...(box === undefined ? {} : { box }),
        ...(classes === undefined ? {} : { classes: classes }),
        ...(extra === undefined ? {} : { extra }),
        ...(level === undefined ? {} : { spacing: findSpacing(file, level) }),
      },
    }
  })
}

const withoutNoise = (classes: readonly number[] = Array.from({ length: 256 }, (_, code) => code)): number[] =>
  classes.filter((code) => code !== 7 && code !== 18)

const listColours = ({ info: { path, pointFormat } }: PointFile): (keyof FurtherAttributes & PointField)[] => {
  if (![2, 3, 5, 7, 8, 10].includes(pointFormat))
    throw new EngineError("E_INPUT", `${path}: point format ${pointFormat} has no colours. Read it without colours.`, {
      file: path,
    })
  return ["red", "green", "blue", ...(pointFormat === 8 || pointFormat === 10 ? (["nir"] as const) : [])]
}

const findSpacing = ({ info: { path, spacing } }: PointFile, level: number): number => {
  if (!(Number.isInteger(level) && level >= 0))
    throw optionError("level", `${level} is no level. Give a whole number, 0 for the root.`)
  if (spacing === undefined) throw optionError("level", `${path} is no COPC and has no levels. Read it without level.`)
  return spacing / 2 ** level
}

/** Squares of whole metres that cover a box, each with a bounded number of points. */
async function* divideBox(parts: readonly Part[], box: Box2): AsyncGenerator<Box2> {
  const counts = await Promise.all(parts.map(({ file, query }) => file.expected({ ...query, box })))
  const count = counts.reduce((sum, one) => sum + one, 0)
  const [minX, minY, maxX, maxY] = box
  const side = Math.max(maxX - minX, maxY - minY)
  if (count === 0) return
  if (count <= MOST_AT_ONCE || side <= LEAST_SIDE) {
    yield box
    return
  }
  const [x, y] = [Math.floor((minX + maxX) / 2), Math.floor((minY + maxY) / 2)]
  const west = [minX, Math.min(Math.max(minX, x), maxX), maxX] as const
  const south = [minY, Math.min(Math.max(minY, y), maxY), maxY] as const
  for (const row of [0, 1] as const)
    for (const column of [0, 1] as const) {
      const quarter: Box2 = [west[column], south[row], west[column + 1]!, south[row + 1]!]
      if (Box2.area(quarter) > 0) yield* divideBox(parts, quarter)
    }
}

const readBlocks = async (parts: readonly Part[], box?: Box2): Promise<PointColumns[]> => {
  const blocks: PointColumns[] = []
  for (const { file, query } of parts)
    for await (const columns of file.read(box === undefined ? query : { ...query, box })) blocks.push(columns)
  return blocks
}

/** The points of files in canonical order, one of those that are equal. */
const unique = async (parts: readonly Part[], box?: Box2): Promise<PointColumns> => {
  const all = joinBlocks(await readBlocks(parts, box))
  const order = canonicalOrder(all, elementAt(parts, 0).query.origin)
  const { x, y, z, classification, returnNumber, numberOfReturns, intensity, gpsTime, count, extra, ...others } = all
  const further = [...Object.values(extra ?? {}), ...Object.values(others)]
  const chosen = order.subarray(0, dropDuplicates(all, order, order.length, further))
  return mapColumns(all, chosen.length, (column) => {
    if (column.length === 0) return column
    const taken = newColumn(column, chosen.length)
    pick(column, chosen, taken, 0)
    return taken
  })
}

type AnyColumn = PointColumns["x"] | PointFields[PointField]

const newColumn = (like: AnyColumn, count: number): AnyColumn =>
  new (like.constructor as new (length: number) => AnyColumn)(count)

/** Finds a column in other points. */
type Same = (points: PointColumns) => AnyColumn | undefined

const mapColumns = (
  { count: _, extra, ...columns }: PointColumns,
  count: number,
  change: (column: AnyColumn, same: Same) => AnyColumn,
): PointColumns => {
  const mapped = (from: object, same: (name: string) => Same): object =>
    Object.fromEntries(Object.entries(from).map(([name, column]) => [name, change(column as AnyColumn, same(name))]))
  return {
    count,
    ...mapped(columns, (name) => (points) => points[name as PointField]),
    ...(extra === undefined ? {} : { extra: mapped(extra, (name) => (points) => points.extra?.[name]) }),
  } as PointColumns
}

/** One block of the points of many; columns that a block lacks are 0. */
const joinBlocks = (blocks: readonly PointColumns[]): PointColumns => {
  const count = blocks.reduce((sum, block) => sum + block.count, 0)
  return mapColumns(Object.assign({}, emptyColumns(0), ...blocks), count, (like, same) => {
    if (like.length === 0) return like
    const joined = newColumn(like, count)
    let at = 0
    for (const block of blocks) {
      const column = same(block)
      if (column !== undefined) joined.set(column, at)
      at += block.count
    }
    return joined
  })
}

/** Points as the caller asked for them, in metres. */
const makeBatch = (points: PointColumns, origin: Origin, query: Query, file: PointFile): Batch => {
  const colours = query.colours === true ? listColours(file) : []
  const fields = [...(query.attributes ?? (["classification"] as const)), ...colours]
  const none = new Uint16Array(0)
  return {
    count: points.count,
    x: metres(points.x, origin[0]),
    y: metres(points.y, origin[1]),
    z: metres(points.z, origin[2]),
    ...Object.fromEntries(fields.map((name) => [name, points[name] ?? none])),
    extra: Object.fromEntries((query.extra ?? []).map((name) => [name, points.extra?.[name] ?? new Float64Array(0)])),
  }
}

/** Sums of whole millimetres, divided once: the double nearest to the decimal number. */
const metres = (column: Int32Array, origin: number): Float64Array => {
  const start = origin * 1000
  const values = new Float64Array(column.length)
  for (let i = 0; i < values.length; i++) values[i] = (start + column[i]!) / 1000
  return values
}
