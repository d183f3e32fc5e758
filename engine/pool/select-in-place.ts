import type { AttributeName, PointAttributes, Points, PointsPort } from "../kernel.js"
import { type HeldPoints, wantedClasses } from "./held-points.js"

/** Of so many points one may be left out: their columns are moved up run by run, of as many points as lie between two that are left out. */
const oneOf = 32

/** True where a selection is so large that it may lie where all points did: nearly all of them, and three quarters of the room that was made for them at least. */
export const isNearlyAll = ({ count, x, known }: HeldPoints, selected: number): boolean =>
  known !== undefined &&
  oneOf * (count - selected) <= count &&
  selected >= (3 / 4) * (x.buffer.byteLength / x.BYTES_PER_ELEMENT)

/** Selects the points of a port by its classes alone, `count` of them, where they lie: the columns of all are then good for nothing else. New memory costs more than the copying. */
export const selectInPlace = (all: HeldPoints, port: PointsPort, count: number): Points => {
  const { x, y, z, scale, origin, timed, gpsTime } = all
  const wanted = wantedClasses(port)
  const has = (name: AttributeName): boolean => all[name] !== undefined && port.attributes?.includes(name) === true
  const apart = timed !== undefined && gpsTime !== undefined && has("gpsTime")
  if (apart) moveTimes(all, gpsTime, timed, wanted)
  const names = (Object.keys(all) as (keyof HeldPoints)[]).filter((name): name is AttributeName =>
    has(name as AttributeName),
  )
  const columns = names.filter((name) => name !== "gpsTime" || !apart).map((name) => all[name]!)
  moveRuns(all, wanted, [x, y, z, ...columns])
  const attributes = Object.fromEntries(names.map((name) => [name, all[name]!.subarray(0, count)]))
  return {
    count,
    x: x.subarray(0, count),
    y: y.subarray(0, count),
    z: z.subarray(0, count),
    scale,
    origin,
    ...(attributes as Partial<PointAttributes>),
  }
}

type Column = Int32Array | PointAttributes[AttributeName]

/** Moves each run of points that are wanted behind the one before; classes of points that are still to come are not written over. */
const moveRuns = ({ classification, count }: HeldPoints, wanted: Uint8Array, columns: readonly Column[]): void => {
  let to = 0
  for (let begin = 0; begin < count; ) {
    const end = endOfRun(classification, begin, count, wanted)
    if (to < begin && begin < end) for (const column of columns) column.copyWithin(to, begin, end)
    to += end - begin
    begin = end + 1
  }
}

/** The first point from `begin` on that is not wanted. */
const endOfRun = (classification: Uint8Array, begin: number, count: number, wanted: Uint8Array): number => {
  let end = begin
  while (end < count && wanted[classification[end] as number] === 1) end++
  return end
}

/** Times, where only points of the classes in `timed` have one, which all that are wanted are. */
const moveTimes = (
  { classification, count }: HeldPoints,
  gpsTime: Float64Array,
  timed: Uint8Array,
  wanted: Uint8Array,
): void => {
  let [to, at] = [0, 0]
  for (let i = 0; i < count; i++) {
    const code = classification[i] as number
    if (timed[code] !== 1) continue
    gpsTime[to] = gpsTime[at++] as number
    to += wanted[code] as number
  }
}
