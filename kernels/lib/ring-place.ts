import type { SiteObject } from "./site-object.js"

/** An object's rings in millimetres relative to a tile's origin. */
export interface LocalObject {
  readonly kind: SiteObject["kind"]
  readonly id: string
  /** Height inside, mm, where no ring says more. */
  readonly level: number
  /** x, y, z of each ring, not closed; outer counter-clockwise, holes clockwise. */
  readonly rings: readonly Int32Array[]
  readonly box: readonly [minX: number, minY: number, maxX: number, maxY: number]
}

/** The objects relative to an origin (CRS metres), those apart from the square [−margin, side + margin]² left out. All in mm. */
export const localObjects = (
  objects: readonly SiteObject[],
  origin: readonly [number, number, number],
  side: number,
  margin: number,
): LocalObject[] => {
  const shift = origin.map((value) => Math.round(value * 1000))
  return objects
    .map((object): LocalObject => {
      const rings = object.rings.map(({ xyz }) => Int32Array.from(xyz, (value, i) => value - shift[i % 3]!))
      return { kind: object.kind, id: object.id, level: object.levelMm - shift[2]!, rings, box: boxOf(rings) }
    })
    .filter(({ box }) => box[0] <= side + margin && box[1] <= side + margin && box[2] >= -margin && box[3] >= -margin)
}

const boxOf = (rings: readonly Int32Array[]): LocalObject["box"] => {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 3) {
      minX = Math.min(minX, ring[i])
      minY = Math.min(minY, ring[i + 1])
      maxX = Math.max(maxX, ring[i])
      maxY = Math.max(maxY, ring[i + 1])
    }
  }
  return [minX, minY, maxX, maxY]
}

/**
 * Where a place lies to an object's rings: 1 inside, 0 on a ring, −1 outside. Even–odd rule; exact for whole and half millimetres.
 * O(vertices), O(1) outside the box.
 */
export const placeTo = (object: LocalObject, px: number, py: number): 1 | 0 | -1 => {
  const { box, rings } = object
  if (px < box[0] || py < box[1] || px > box[2] || py > box[3]) return -1
  let inside = false
  for (const ring of rings) {
    const n = ring.length
    let ax = ring[n - 3]
    let ay = ring[n - 2]
    for (let i = 0; i < n; i += 3) {
      const bx = ring[i]
      const by = ring[i + 1]
      if (ay <= py ? by >= py : by <= py) {
        const turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        if (turn === 0 && Math.min(ax, bx) <= px && px <= Math.max(ax, bx)) return 0
        if (ay <= py !== by <= py && turn > 0 === by > ay) inside = !inside
      }
      ax = bx
      ay = by
    }
  }
  return inside ? 1 : -1
}
