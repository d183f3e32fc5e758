import type { Box2 } from "../../engine/core/geometry/box.js"
import type { Mesh } from "../../engine/kernel.js"

/** Collects vertices (equal ones once) and triangles of a mesh with objects. */
class Builder {
  readonly #known = new Map<string, number>()
  readonly positions: number[] = []
  readonly classes: number[] = []
  readonly triangles: number[] = []
  readonly owners: number[] = []

  vertex(x: number, y: number, z: number, code: number): number {
    const name = `${x} ${y} ${z}`
    const known = this.#known.get(name)
    if (known !== undefined) return known
    this.#known.set(name, this.classes.length)
    this.positions.push(x, y, z)
    return this.classes.push(code) - 1
  }

  /** A quad of corners that run counter-clockwise seen from outside. */
  quad(owner: number, code: number, corners: readonly (readonly [number, number, number])[]): void {
    const [a, b, c, d] = corners.map(([x, y, z]) => this.vertex(x, y, z, code)) as [number, number, number, number]
    this.triangles.push(a, b, c, a, c, d)
    this.owners.push(owner, owner)
  }

  /** The outside of a box, without its floor where `open`. */
  box(owner: number, code: number, [w, s, e, n]: Box2, low: number, high: number, open: boolean): void {
    const plan = [
      [w, s],
      [e, s],
      [e, n],
      [w, n],
    ] as const
    for (let i = 0; i < 4; i++) {
      const [a, b] = [plan[i]!, plan[(i + 1) % 4]!]
      this.quad(owner, code, [
        [...a, low],
        [...b, low],
        [...b, high],
        [...a, high],
      ])
    }
    this.quad(
      owner,
      code,
      plan.map(([x, y]) => [x, y, high] as const),
    )
    if (!open)
      this.quad(
        owner,
        code,
        [...plan].reverse().map(([x, y]) => [x, y, low] as const),
      )
  }
}

/**
 * A town on flat ground, welded: houses on every second square of a grid (the ground is open
 * below), a pond, and above the ground a deck and a crown. Objects: row 0 the ground, 1 the pond, 2
 * the deck, 3 the crown, then the houses.
 *
 * @param n squares a side
 */
export const townMesh = (box: Box2, n: number, houses = true): Mesh => {
  const builder = new Builder()
  const side = Math.round(((box[2] - box[0]) * 1000) / n)
  const ids = ["", "pond", "deck", "crown"]
  const codes = [2, 9, 17, 5]
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const cell: Box2 = [i * side, j * side, (i + 1) * side, (j + 1) * side]
      const [w, s, e, north] = cell
      if (houses && i % 2 === 1 && j % 2 === 1 && i < n - 1 && j < n - 1) {
        codes.push(6)
        builder.box(ids.push(`house-${i}-${j}`) - 1, 6, cell, 0, 6000 + 10 * i, true)
        continue
      }
      const isPond = i === 0 && j === 0
      builder.quad(isPond ? 1 : 0, isPond ? 9 : 2, [
        [w, s, 0],
        [e, s, 0],
        [e, north, 0],
        [w, north, 0],
      ])
    }
  }
  const [low, high] = [Math.round(0.4 * side), Math.round(1.7 * side)]
  builder.box(2, 17, [low, low, high, high], 9000, 10000, false)
  builder.box(3, 5, [low, low, high, high], 12000, 15000, false)
  const heights = ids.map((_, row) => (row < 4 ? Number.NaN : row / 3))
  return {
    origin: [box[0], box[1], 30],
    positions: Int32Array.from(builder.positions),
    triangles: Uint32Array.from(builder.triangles),
    classes: Uint8Array.from(builder.classes),
    maxError: 0.1,
    owners: Uint32Array.from(builder.owners),
    objects: {
      ids,
      classes: Uint8Array.from(codes),
      columns: {
        height: { type: "number", values: Float64Array.from(heights) },
        floors: { type: "integer", values: Int32Array.from(ids, (_, row) => -row) },
        "nature du bâti": { type: "string", values: ids.map((id) => (id.startsWith("house") ? "indifférenciée" : "")) },
        id: { type: "string", values: ids.map(() => "") },
      },
    },
  }
}
