import type { Box2 } from "../core/box.js"
import type { Points, PointsPort } from "../kernel.js"

/** Points with every attribute, as read. */
export type FullPoints = Required<Points>

/**
 * The points of a port: its classes, inside `extent` (half-open), with the attributes asked for, order kept. Each kernel gets exactly its own
 * extent, so that a kernel with a longer reach beside it never changes its bytes.
 */
export const selectPoints = (all: FullPoints, port: PointsPort, extent: Box2): Points => {
  const chosen = choose(all, port, extent)
  const count = chosen.length
  const attributes = port.attributes ?? []
  return {
    count,
    x: pick(all.x, chosen, new Int32Array(count)),
    y: pick(all.y, chosen, new Int32Array(count)),
    z: pick(all.z, chosen, new Int32Array(count)),
    scale: all.scale,
    origin: all.origin,
    ...(attributes.includes("classification")
      ? { classification: pick(all.classification, chosen, new Uint8Array(count)) }
      : {}),
    ...(attributes.includes("returnNumber")
      ? { returnNumber: pick(all.returnNumber, chosen, new Uint8Array(count)) }
      : {}),
    ...(attributes.includes("numberOfReturns")
      ? { numberOfReturns: pick(all.numberOfReturns, chosen, new Uint8Array(count)) }
      : {}),
    ...(attributes.includes("intensity") ? { intensity: pick(all.intensity, chosen, new Uint16Array(count)) } : {}),
    ...(attributes.includes("gpsTime") ? { gpsTime: pick(all.gpsTime, chosen, new Float64Array(count)) } : {}),
  }
}

/** True where at least one point would be selected. */
export const hasPoints = (all: FullPoints, port: PointsPort, extent: Box2): boolean => {
  const wanted = wantedClasses(port)
  const { x, y, classification, count } = all
  const [minX, minY, maxX, maxY] = millimetres(extent, all)
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (wanted[classification[i] as number] === 1 && px >= minX && px < maxX && py >= minY && py < maxY) return true
  }
  return false
}

/** 1 for each class that a port takes; noise (7, 18) never. */
const wantedClasses = (port: PointsPort): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (let c = 0; c < 256; c++) {
    wanted[c] = (port.classes === undefined || port.classes.includes(c)) && c !== 7 && c !== 18 ? 1 : 0
  }
  return wanted
}

const choose = (all: FullPoints, port: PointsPort, extent: Box2): Uint32Array => {
  const wanted = wantedClasses(port)
  const { x, y, classification, count } = all
  const [minX, minY, maxX, maxY] = millimetres(extent, all)
  const chosen = new Uint32Array(count)
  let n = 0
  for (let i = 0; i < count; i++) {
    const px = x[i] as number
    const py = y[i] as number
    if (wanted[classification[i] as number] === 1 && px >= minX && px < maxX && py >= minY && py < maxY) chosen[n++] = i
  }
  return chosen.subarray(0, n)
}

/** A box in integers of the points. */
const millimetres = (box: Box2, points: FullPoints): [number, number, number, number] => {
  const at = (value: number, axis: 0 | 1): number => Math.round((value - points.origin[axis]) / points.scale)
  return [at(box[0], 0), at(box[1], 1), at(box[2], 0), at(box[3], 1)]
}

/** Number of points in a box, and the first and last GPS time among them. */
export const summarisePoints = (all: FullPoints, box: Box2): { count: number; time?: readonly [number, number] } => {
  const [minX, minY, maxX, maxY] = millimetres(box, all)
  let count = 0
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (let i = 0; i < all.count; i++) {
    const px = all.x[i] as number
    const py = all.y[i] as number
    if (px < minX || px >= maxX || py < minY || py >= maxY) continue
    count++
    const time = all.gpsTime[i] as number
    // Virtual points (class 66) carry time 0.
    if (time > 0 && time < first) first = time
    if (time > 0 && time > last) last = time
  }
  return first <= last ? { count, time: [first, last] } : { count }
}

const pick = <T extends Int32Array | Uint8Array | Uint16Array | Float64Array>(
  from: T,
  chosen: Uint32Array,
  to: T,
): T => {
  for (let i = 0; i < chosen.length; i++) to[i] = from[chosen[i] as number] as number
  return to
}
