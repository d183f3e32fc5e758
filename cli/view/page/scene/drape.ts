/** Drapes the features of vector layers on the surface that the scene shows. */

import { doubledArea } from "../../../../engine/core/geometry/rings.js"
import type { FeaturesStyle } from "../../../../engine/core/kernel-styles.js"
import type { Surface, SurfaceHeights } from "./surface.js"

export interface Feature {
  readonly layer: string
  readonly polygons: readonly (readonly Ring[])[]
  readonly lines: readonly Ring[]
  readonly points: Ring
  readonly properties: Readonly<Record<string, unknown>>
}
/** Places along a line: x, y and, where the layer has heights, z. */
export type Ring = readonly (readonly number[])[]

/** How lines are draped on a surface. */
export interface Draping {
  readonly surface: Surface
  readonly style: FeaturesStyle
  /** Spacing of the samples along a line, metres. */
  readonly step: number
  /** Height for lines without a surface below them. */
  readonly base: number
}

/** Adds a line between two places, CRS metres and heights of the job. */
export type AddLine = (from: Place3, to: Place3) => void
export type Place3 = readonly [x: number, y: number, z: number]

/**
 * Rings sample the surface this far inside, metres, plus the tile's error: walls of coarse tiles
 * are displaced.
 */
const INSIDE = 0.05
const MOST_INSIDE = 3
/** Defaults for points without a height or radius, metres. */
const [POINT_HEIGHT, POINT_RADIUS] = [2, 0.5]
/** Corners of the ring that represents a crown. */
const CROWN_CORNERS = 12

/**
 * Makes the lines that show a feature. Geometries with heights retain them; others are draped, and
 * rings sample the surface inside of them. A point becomes a pole with a ring half-way up.
 */
export const drapeFeature = (
  { polygons, lines, points, properties }: Feature,
  draping: Draping,
  add: AddLine,
): void => {
  for (const rings of polygons) {
    for (const [number, ring] of rings.entries()) joinPlaces(drapedRing(ring, number === 0, draping), add)
  }
  for (const line of lines) joinPlaces(drapedLine(line, draping, false), add)
  for (const point of points) addPole(point, properties, draping, add)
}

/**
 * A closed ring of a polygon in space. Files may have either orientation: outer rings turn
 * counter-clockwise here and holes clockwise, so that the inside is on the left.
 */
export const drapedRing = (ring: Ring, isOuter: boolean, draping: Draping): (Place3 | undefined)[] => {
  const isLeft = doubledArea(ring.flatMap(([x = 0, y = 0]) => [x, y])) > 0 === isOuter
  return drapedLine(isLeft ? ring : ring.toReversed(), draping, true)
}

/** Radius of a point feature, metres. */
export const pointRadius = (style: FeaturesStyle | undefined, properties: Feature["properties"]): number =>
  columnOf(properties, style?.radius) ?? POINT_RADIUS

const columnOf = (properties: Feature["properties"], column: string | undefined): number | undefined => {
  const value = column === undefined ? undefined : properties[column]
  return typeof value === "number" ? value : undefined
}

const joinPlaces = (places: readonly (Place3 | undefined)[], add: AddLine): void => {
  for (let i = 1; i < places.length; i++) {
    const [from, to] = [places[i - 1], places[i]]
    if (from !== undefined && to !== undefined) add(from, to)
  }
}

/**
 * A line in space: unchanged where it has heights, else on the surface at vertices and every
 * `step`. Undefined places are not drawn.
 */
const drapedLine = (line: Ring, draping: Draping, isRing: boolean): (Place3 | undefined)[] => {
  if ((line[0]?.length ?? 0) > 2) return line.map(([x = 0, y = 0, z = 0]) => [x, y, z])
  const { base, style } = draping
  const flat = withSteps(line, draping.step)
  const found = flat.map((place, i) => heightsNear(draping, place, isRing ? inwards(flat, i) : undefined))
  let last =
    heightOn(
      style,
      found.find((one) => one !== undefined),
    ) ?? base
  return flat.map(([x = 0, y = 0], i) => {
    if (style.endsAtRoofs && found[i]?.groundClass === BUILDING) return undefined
    last = heightOn(style, found[i]) ?? last
    return [x, y, last]
  })
}

const BUILDING = 6

const heightOn = (style: FeaturesStyle, found: SurfaceHeights | undefined): number | undefined =>
  style.isLow ? found?.ground : found?.top

/** Heights at a place. With a direction, those of the faces on that side. */
const heightsNear = (
  { surface }: Draping,
  [x = 0, y = 0]: readonly number[],
  direction?: readonly [number, number],
): SurfaceHeights | undefined => {
  const here = surface.heightsAt(x, y, x, y)
  if (direction === undefined) return here
  const away = Math.min(MOST_INSIDE, INSIDE + (here?.error ?? 0))
  return surface.heightsAt(x, y, x + away * direction[0], y + away * direction[1]) ?? here
}

/** Vertices of a line and places between them, at most `step` apart. */
const withSteps = (line: Ring, step: number): Ring =>
  line.flatMap((to, i) => {
    const from = line[i - 1]
    if (from === undefined) return [to]
    const [[ax = 0, ay = 0], [bx = 0, by = 0]] = [from, to]
    const parts = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / step))
    return Array.from({ length: parts }, (_, k) => [
      ax + ((bx - ax) * (k + 1)) / parts,
      ay + ((by - ay) * (k + 1)) / parts,
    ])
  })

/** Direction from a vertex of a closed ring to its left, bisecting its two sides. */
const inwards = (ring: Ring, i: number): readonly [number, number] => {
  const last = ring.length - 1
  const side = (from: Ring[number] | undefined, to: Ring[number] | undefined): readonly [number, number] => {
    const [dx, dy] = [(to?.[0] ?? 0) - (from?.[0] ?? 0), (to?.[1] ?? 0) - (from?.[1] ?? 0)]
    const length = Math.hypot(dx, dy) || 1
    return [-dy / length, dx / length]
  }
  const before = side(ring[i === 0 ? last - 1 : i - 1], ring[i])
  const after = side(ring[i], ring[i === last ? 1 : i + 1])
  const [x, y] = [before[0] + after[0], before[1] + after[1]]
  const length = Math.hypot(x, y)
  return length < 1e-6 ? before : [x / length, y / length]
}

const addPole = (at: Ring[number], properties: Feature["properties"], draping: Draping, add: AddLine): void => {
  const [x = 0, y = 0, own] = at
  const { style, base } = draping
  const foot = own ?? columnOf(properties, style.foot) ?? heightOn(style, heightsNear(draping, at)) ?? base
  const height = columnOf(properties, style.height) ?? POINT_HEIGHT
  const radius = columnOf(properties, style.radius) ?? POINT_RADIUS
  add([x, y, foot], [x, y, foot + height])
  const corner = (k: number): Place3 => {
    const angle = (2 * Math.PI * k) / CROWN_CORNERS
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle), foot + height / 2]
  }
  for (let k = 0; k < CROWN_CORNERS; k++) add(corner(k), corner(k + 1))
}
