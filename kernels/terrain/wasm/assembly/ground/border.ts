/**
 * Where the triangulation of the ground near a side of the tile cuts that side, and the triangle
 * around a corner. Repeats `samplesOf` and `triangleAround` of `kernels/terrain/border/profile.ts`.
 * Points are thinned to one a cell (`thin`). Only the triangles along an axis are made, one after
 * another (`walk.ts`).
 *
 * After the points near the border, the memory contains the list of selected ones, then the thinned
 * ones and the results.
 */
import { aligned, reachTo } from "../../../../../engine/core/assembly/reach"
import { closingBytes } from "./extent"
import { lineCount, nearCount, side } from "./gather"
import { near, placeWork, work } from "./memory"
import { cellsOf, chosen, chosenCount, onLineCount, STRIP, thin } from "./thin"
import { acrossOf, alongOf, apexOf, crossing, heightOf, HULL, startHigh, startLow, startPair, UNSURE } from "./walk"

/** Height, mm, of the rows of points. */
const ROW: i32 = 1000
/** Longer edges, mm, say nothing about the ground between their ends. */
const LONGEST: i32 = 16000
/**
 * A place of the line without a cut within this, mm, takes its height from the nearest point within
 * twice that.
 */
const STATION: i32 = 1000
/** Weight, mm², of the level among the points that give a slope. */
const LEVEL: f64 = 4e6

/**
 * Indices of the selected points, i32; the samples found: along, height, 1 for a point on the line.
 */
export let list: usize = 0
export let samples: usize = 0
/** Columns that {@link writeNear} made. */
export let nearX: usize = 0
export let nearY: usize = 0
export let nearZ: usize = 0
/** Corners of the found triangle: indices of points. */
export let cornerA: i32 = 0
export let cornerB: i32 = 0
export let cornerC: i32 = 0

let cuts: usize = 0
let cutCount: i32 = 0
/** Length of the current side. */
let length: i32 = 0

/**
 * Makes room for the border once all points are gathered; the memory does not move afterwards.
 * @returns 1, or 0 if memory is insufficient
 */
export function makeBorderRoom(): i32 {
  list = aligned(near + 12 * <usize>nearCount)
  placeWork(aligned(list + 4 * <usize>nearCount))
  const most = <usize>(cellsOf(side) + lineCount)
  // Thinned points with the cells and the points on the line; their edges across it; all samples.
  const stations = <usize>(side / STATION + 2)
  const bytes = 24 * most + 4096 + 12 * (2 * most + 2) + 5 * stations + 64 + 12 * (3 * most + stations)
  return reachTo(work + max(12 * <usize>nearCount, max(bytes, closingBytes()))) ? 1 : 0
}

/** Writes the points near the border to `work` as columns. */
export function writeNear(): void {
  nearX = work
  nearY = nearX + 4 * <usize>nearCount
  nearZ = nearY + 4 * <usize>nearCount
  let from = near
  for (let at: usize = 0; at < 4 * <usize>nearCount; at += 4) {
    store<i32>(nearX + at, load<i32>(from))
    store<i32>(nearY + at, load<i32>(from, 4))
    store<i32>(nearZ + at, load<i32>(from, 8))
    from += 12
  }
}

/**
 * An index among the points near the border. All points more than a row south of `y` are before it,
 * all more than a row north are not.
 */
function firstFrom(y: i32): i32 {
  let from = 0
  let to = nearCount
  while (from < to) {
    const middle = (from + to) >> 1
    if (load<i32>(near + 12 * <usize>middle, 4) < y) from = middle + 1
    else to = middle
  }
  return from
}

/** Lists the points near the border in a closed box. @returns their count */
export function selectNear(minX: i32, minY: i32, maxX: i32, maxY: i32): i32 {
  let count = 0
  const end = firstFrom(maxY + ROW)
  for (let i = firstFrom(minY - ROW); i < end; i++) {
    const at = near + 12 * <usize>i
    const x = load<i32>(at)
    const y = load<i32>(at, 4)
    // Without a branch: the next point overwrites one outside the box.
    store<i32>(list + (<usize>count << 2), i)
    count += <i32>((x >= minX) & (x <= maxX) & (y >= minY) & (y <= maxY))
  }
  return count
}

/**
 * Samples along a side from the first `count` points of the list.
 *
 * @returns their count, or −1 if uncertain
 */
export function cutSide(count: i32, horizontal: i32, line: i32, sideLength: i32): i32 {
  length = sideLength
  if (thin(work, count, list, horizontal === 0, 0, line, sideLength, true) === 0) return -1
  cuts = aligned(chosen + (<usize>chosenCount << 4))
  cutCount = 0
  if (startPair() && !walkAlong()) return -1
  return mergeSamples()
}

/** Finds the edges that cross the line, from west to east. */
function walkAlong(): bool {
  // Each triangle once: there is room for that many edges.
  const most = 2 * chosenCount
  let steps = 0
  let low = startLow
  let high = startHigh
  // Collinear points form no triangle.
  if (apexOf(low, high) === HULL && apexOf(high, low) === HULL) return true
  while (crossing(low, high) >= 0) {
    const apex = apexOf(high, low)
    if (apex === UNSURE || ++steps > most) return false
    if (apex === HULL) break
    if (acrossOf(apex) > 0) high = apex
    else low = apex
    addCut(low, high)
  }
  for (let k = 0; 2 * k < cutCount - 1; k++) swapCuts(k, cutCount - 1 - k)
  low = startLow
  high = startHigh
  addCut(low, high)
  while (crossing(low, high) <= <f64>length) {
    const apex = apexOf(low, high)
    if (apex === UNSURE || ++steps > most) return false
    if (apex === HULL) break
    if (acrossOf(apex) > 0) high = apex
    else low = apex
    addCut(low, high)
  }
  return true
}

function addCut(low: i32, high: i32): void {
  const across = acrossOf(low)
  if (across === 0 || abs(alongOf(low) - alongOf(high)) > LONGEST) return
  const below = <f64>across
  const above = <f64>acrossOf(high)
  const along = Math.round((<f64>alongOf(low) * above - <f64>alongOf(high) * below) / (above - below))
  if (along <= 0 || along >= <f64>length) return
  const at = cuts + 12 * <usize>cutCount
  store<i32>(at, <i32>along)
  store<i32>(at, <i32>Math.round((<f64>heightOf(low) * above - <f64>heightOf(high) * below) / (above - below)), 4)
  store<i32>(at, 0, 8)
  cutCount++
}

function swapCuts(a: i32, b: i32): void {
  const from = cuts + 12 * <usize>a
  const to = cuts + 12 * <usize>b
  for (let k: usize = 0; k < 8; k += 4) {
    const first = load<i32>(from + k)
    store<i32>(from + k, load<i32>(to + k))
    store<i32>(to + k, first)
  }
}

let near8: usize = 0
let nearest: usize = 0
let stationCount: i32 = 0
let sampleCount: i32 = 0

/** All samples in order of place, one a place: points on the line first, then the lowest. */
function mergeSamples(): i32 {
  stationCount = length / STATION
  near8 = cuts + 12 * <usize>cutCount
  nearest = aligned(near8 + <usize>stationCount + 2)
  samples = nearest + 4 * (<usize>stationCount + 1)
  const hasStations = findStations()
  sampleCount = 0
  let point = firstOnLine()
  let cut = 0
  let station = hasStations ? nextStation(1) : stationCount + 1
  while (true) {
    const pointAt = point < onLineCount ? alongOf(linePoint(point)) : i32.MAX_VALUE
    const cutAt = cut < cutCount ? load<i32>(cuts + 12 * <usize>cut) : i32.MAX_VALUE
    const stationAt = station <= stationCount ? station * STATION : i32.MAX_VALUE
    if (pointAt < length && pointAt <= cutAt && pointAt <= stationAt) {
      addSample(pointAt, heightOf(linePoint(point)), 1)
      point++
    } else if (cutAt <= stationAt) {
      if (cutAt === i32.MAX_VALUE) return sampleCount
      addSample(cutAt, load<i32>(cuts + 12 * <usize>cut, 4), 0)
      cut++
    } else {
      addSample(stationAt, slopedHeight(load<i32>(nearest + (<usize>station << 2)), stationAt), 0)
      station = nextStation(station + 1)
    }
  }
}

/** The first point on the line after its start. */
function firstOnLine(): i32 {
  let k = 0
  while (k < onLineCount && alongOf(linePoint(k)) <= 0) k++
  return k
}

/** Index among the thinned points of the k-th point on the line: these are last. */
@inline
function linePoint(k: i32): i32 {
  return chosenCount - onLineCount + k
}

/**
 * Adds a sample. At the place of the last one it only lowers its height, unless that is a point on
 * the line.
 */
function addSample(along: i32, z: i32, isPoint: i32): void {
  const at = samples + 12 * <usize>sampleCount
  if (sampleCount > 0 && load<i32>(at - 12) === along) {
    if (load<i32>(at - 12, 8) === 0 && z < load<i32>(at - 12, 4)) store<i32>(at - 12, z, 4)
    return
  }
  store<i32>(at, along)
  store<i32>(at, z, 4)
  store<i32>(at, isPoint, 8)
  sampleCount++
}

/**
 * Height at a place of the line: that of the nearest point, moved along the slope of those around.
 * Exchanging the axes changes no bit.
 */
function slopedHeight(base: i32, place: i32): i32 {
  let uu = LEVEL
  let vv = LEVEL
  let uv: f64 = 0
  let uw: f64 = 0
  let vw: f64 = 0
  for (let i = 0; i < chosenCount; i++) {
    if (abs(alongOf(i) - place) > STRIP) continue
    const u = <f64>(alongOf(i) - alongOf(base))
    const v = <f64>(acrossOf(i) - acrossOf(base))
    const w = <f64>(heightOf(i) - heightOf(base))
    uu += u * u
    uv += u * v
    vv += v * v
    uw += u * w
    vw += v * w
  }
  const det = uu * vv - uv * uv
  const du = (uw * vv - vw * uv) / det
  const dv = (vw * uu - uw * uv) / det
  const steepness = max(1, Math.sqrt(du * du + dv * dv))
  const along = (du / steepness) * <f64>(place - alongOf(base))
  const across = (dv / steepness) * <f64>-acrossOf(base)
  return heightOf(base) + <i32>Math.round(along + across)
}

@inline
function nextStation(from: i32): i32 {
  let k = from
  while (k <= stationCount && (load<i32>(nearest + (<usize>k << 2)) < 0 || k * STATION >= length)) k++
  return k
}

/**
 * Finds the point nearest to each whole metre of the line without a sample beside it; false if all
 * have one.
 */
function findStations(): bool {
  memory.fill(near8, 0, <usize>stationCount + 2)
  for (let k = firstOnLine(); k < onLineCount && alongOf(linePoint(k)) < length; k++) markBeside(alongOf(linePoint(k)))
  for (let k = 0; k < cutCount; k++) markBeside(load<i32>(cuts + 12 * <usize>k))
  let gap = false
  for (let k = 1; k <= stationCount && !gap; k++) gap = load<u8>(near8 + <usize>k) === 0
  if (!gap) return false
  for (let k = 0; k <= stationCount; k++) store<i32>(nearest + (<usize>k << 2), -1)
  for (let i = 0; i < chosenCount; i++) {
    const along = <f64>alongOf(i) / <f64>STATION
    const last = min(stationCount, <i32>floor(along) + 2)
    for (let k = max(1, <i32>ceil(along) - 2); k <= last; k++) {
      const entry = nearest + (<usize>k << 2)
      if (load<u8>(near8 + <usize>k) === 0 && comesNearer(i, load<i32>(entry), k * STATION)) store<i32>(entry, i)
    }
  }
  return true
}

@inline
function markBeside(along: i32): void {
  store<u8>(near8 + <usize>(along / STATION), 1)
  store<u8>(near8 + <usize>((along + STATION - 1) / STATION), 1)
}

@inline
function squareTo(i: i32, place: i32): f64 {
  const dx = <f64>(alongOf(i) - place)
  const dy = <f64>acrossOf(i)
  return dx * dx + dy * dy
}

function comesNearer(i: i32, other: i32, place: i32): bool {
  const distance = squareTo(i, place)
  if (distance > <f64>(4 * STATION * STATION)) return false
  if (other < 0) return true
  const nearer = distance - squareTo(other, place)
  if (nearer !== 0) return nearer < 0
  if (heightOf(i) !== heightOf(other)) return heightOf(i) < heightOf(other)
  if (alongOf(i) !== alongOf(other)) return alongOf(i) < alongOf(other)
  return acrossOf(i) < acrossOf(other)
}

/**
 * The triangle around a place from the first `count` points of the list.
 *
 * @returns 1, 0 if there is none, or −1 if uncertain
 */
export function findAround(count: i32, x: i32, y: i32): i32 {
  if (thin(work, count, list, false, x, y, 0, false) === 0) return -1
  let sides = 0
  for (let i = 0; i < chosenCount; i++) {
    const along = alongOf(i)
    const across = acrossOf(i)
    sides |= (along >= 0 ? 1 : 0) | (along <= 0 ? 2 : 0) | (across >= 0 ? 4 : 0) | (across <= 0 ? 8 : 0)
  }
  if (sides !== 15) return 0
  if (!startPair()) return -1
  let low = startLow
  let high = startHigh
  const eastwards = crossing(low, high) <= 0
  for (let step = 0; step < 4 * chosenCount; step++) {
    const apex = eastwards ? apexOf(low, high) : apexOf(high, low)
    if (apex < 0) return -1
    const nextHigh = acrossOf(apex) > 0 ? apex : high
    const nextLow = acrossOf(apex) > 0 ? low : apex
    const at = crossing(nextLow, nextHigh)
    if (eastwards ? at >= 0 : at <= 0) {
      cornerA = numberOf(low)
      cornerB = numberOf(high)
      cornerC = numberOf(apex)
      return 1
    }
    low = nextLow
    high = nextHigh
  }
  return -1
}

@inline
function numberOf(i: i32): i32 {
  return load<i32>(chosen + (<usize>i << 4), 12)
}
