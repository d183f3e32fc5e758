/** Keeps of a tile's points only the columns and classes that its ports ask for. */
import type { Box2 } from "../../core/geometry/box.js"
import type { Points, PointsPort } from "../../kernel.js"

/** Points as a tile holds them for its kernels: the attributes that none of its ports asks for are gone. */
export type HeldPoints = Points & {
  readonly classification: Uint8Array
  /** 1 for each class whose points have a time, where others have none: `gpsTime` is then of those points alone, in their order. */
  readonly timed?: Uint8Array
  /** What is known of them without a look at each, where they come from spools. */
  readonly known?: KnownPoints
}

/** What the reading of points has found. */
export interface KnownPoints {
  /** Points of each class. */
  readonly counts: Uint32Array
  /** Half-open, CRS metres: all of them lie in it. */
  readonly extent: Box2
}

/**
 * The points without the columns that no port asks for; of 25 bytes a point 12 are GPS time, intensity and returns. Of times, 8 bytes each, those of the classes alone whose ports ask for them.
 */
export const keepAttributes = (all: HeldPoints, ports: readonly PointsPort[]): HeldPoints => {
  const { count, x, y, z, scale, origin, classification, known } = all
  const asked = new Set(ports.flatMap((port) => port.attributes ?? []))
  return {
    count,
    x,
    y,
    z,
    scale,
    origin,
    classification,
    ...(known === undefined ? {} : { known }),
    ...(asked.has("returnNumber") && all.returnNumber ? { returnNumber: all.returnNumber } : {}),
    ...(asked.has("numberOfReturns") && all.numberOfReturns ? { numberOfReturns: all.numberOfReturns } : {}),
    ...(asked.has("intensity") && all.intensity ? { intensity: all.intensity } : {}),
    ...(asked.has("gpsTime") && all.gpsTime ? timesOf(all, all.gpsTime, timedClasses(ports)) : {}),
  }
}

/** 1 for each class whose points a port wants the times of. */
const timedClasses = (ports: readonly PointsPort[]): Uint8Array => {
  const timed = new Uint8Array(256)
  for (const port of ports) {
    if (!port.attributes?.includes("gpsTime")) continue
    const wanted = wantedClasses(port)
    for (let code = 0; code < 256; code++) timed[code]! |= wanted[code]!
  }
  return timed
}

/** The times of the points of some classes, of points that all have one. */
const timesOf = (
  { classification, count }: HeldPoints,
  gpsTime: Float64Array,
  timed: Uint8Array,
): Pick<HeldPoints, "gpsTime" | "timed"> => {
  let n = 0
  for (let i = 0; i < count; i++) n += timed[classification[i]!]!
  if (n === count) return { gpsTime }
  // One place more, for what is written over last.
  const times = new Float64Array(n + 1)
  n = 0
  for (let i = 0; i < count; i++) {
    times[n] = gpsTime[i]!
    n += timed[classification[i]!]!
  }
  return { gpsTime: times.subarray(0, n), timed }
}

/** 1 for each class that a port takes; noise (7, 18) never. */
export const wantedClasses = (port: PointsPort): Uint8Array => {
  const wanted = new Uint8Array(256)
  for (let c = 0; c < 256; c++) {
    wanted[c] = (port.classes === undefined || port.classes.includes(c)) && c !== 7 && c !== 18 ? 1 : 0
  }
  return wanted
}
