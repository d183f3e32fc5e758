/**
 * Collects the solids of a coarser level from its children's solids and new blocks, with the
 * columns of a parent.
 */
import { elementAt } from "../../../engine/core/lists.js"
import type { Column, Solids } from "../../../engine/kernel.js"
import { facesOf, forRings, forVertices, type Shift, shiftOf } from "./prism.js"

/** Column of a parent's solids: distance from the finest ones, metres. */
export const ERROR_COLUMN = "errorM"
/** Column of a parent's solids: number of solids of the finest level that each represents. */
export const MEMBERS_COLUMN = "members"

/** Solids of a level. Distances in mm. */
export interface SolidLevel {
  readonly solids: Solids
  /** Largest distance of a remaining solid from the finest level. */
  readonly error: number
  /** Largest height of a dropped solid, plus its earlier error. */
  readonly goneHeight: number
  readonly gone: number
  /** Solids that are blocks with a flat roof, and those that keep their roofs. */
  readonly blocks: number
  readonly retained: number
}

/** A solid of a child. */
export interface SolidPart {
  readonly child: number
  readonly solid: number
  /** Height from its lowest to its highest vertex. */
  readonly height: number
  /** Distance from the finest level so far. */
  readonly error: number
  readonly members: number
}

/** A block to write: outline, floor and roof. `of` provides id, class and columns. */
export interface Block {
  readonly rings: readonly Int32Array[]
  readonly floor: number
  readonly roof: number
  readonly of: SolidPart
  readonly error: number
  readonly members: number
}

/** Triangles of closed solids after triangulation: n + 2·holes − 2 for a face of n vertices. */
export const triangleCount = (solids: Solids): number =>
  solids.ringVertices.length + 2 * solids.ringEnds.length - 4 * solids.faceEnds.length

/** The solids of all children, in order. */
export const listParts = (children: readonly Solids[]): SolidPart[] =>
  children.flatMap((solids, child) =>
    solids.ids.map((_, solid) => ({
      child,
      solid,
      height: measureHeight(solids, solid),
      error: 1000 * numberIn(solids.columns[ERROR_COLUMN], solid, 0),
      members: numberIn(solids.columns[MEMBERS_COLUMN], solid, 1),
    })),
  )

const measureHeight = (solids: Solids, s: number): number => {
  let [low, high] = [Infinity, -Infinity]
  forVertices(solids, s, (v) => {
    low = Math.min(low, solids.positions[3 * v + 2])
    high = Math.max(high, solids.positions[3 * v + 2])
  })
  return high - low
}

/** A number of a column; `otherwise` without such a column. */
export const numberIn = (column: Column | undefined, row: number, otherwise: number): number =>
  column === undefined || column.type === "string" ? otherwise : column.values[row]

/** Gathers solids of several children and new blocks. */
export class SolidWriter {
  private readonly positions: number[] = []
  private readonly ringVertices: number[] = []
  private readonly ringEnds: number[] = []
  private readonly faceEnds: number[] = []
  private readonly faceKinds: number[] = []
  private readonly solidEnds: number[] = []
  private readonly rows: { readonly of: SolidPart; readonly error: number; readonly members: number }[] = []
  private readonly children: readonly Solids[]
  private readonly shifts: readonly Shift[]
  private readonly origin: Solids["origin"]

  constructor(children: readonly Solids[], origin: Solids["origin"]) {
    this.children = children
    this.shifts = children.map((child) => shiftOf(child, origin))
    this.origin = origin
  }

  /** Adds floor, walls and roof over the rings of a block. */
  addBlock({ rings, floor, roof, of, error, members }: Block): void {
    const first = this.positions.length / 3
    const total = rings.reduce((sum, ring) => sum + ring.length / 2, 0)
    for (const z of [floor, roof])
      for (const ring of rings) for (let i = 0; i < ring.length; i += 2) this.positions.push(ring[i], ring[i + 1], z)
    const face = (kind: number, list: readonly (readonly number[])[]): void => {
      for (const ring of list) {
        this.ringVertices.push(...ring)
        this.ringEnds.push(this.ringVertices.length)
      }
      this.faceEnds.push(this.ringEnds.length)
      this.faceKinds.push(kind)
    }
    let at = first
    const feet = rings.map((ring) => Array.from({ length: ring.length / 2 }, () => at++))
    face(
      0,
      feet.map((foot) => [...foot].reverse()),
    )
    for (const foot of feet) {
      foot.forEach((a, i) => {
        const b = foot[(i + 1) % foot.length]!
        face(1, [[a, b, b + total, a + total]])
      })
    }
    face(
      2,
      feet.map((foot) => foot.map((v) => v + total)),
    )
    this.end(of, error, members)
  }

  /** Copies a child's solid. */
  addPart(part: SolidPart): void {
    const solids = elementAt(this.children, part.child)
    const shift = elementAt(this.shifts, part.child)
    const numbers = new Map<number, number>()
    const [first, end] = facesOf(solids, part.solid)
    for (let f = first; f < end; f++) {
      forRings(solids, f, (from, to) => {
        for (let i = from; i < to; i++) {
          const v = solids.ringVertices[i]
          let number = numbers.get(v)
          if (number === undefined) {
            number = this.positions.length / 3
            numbers.set(v, number)
            for (let axis = 0; axis < 3; axis++) this.positions.push(solids.positions[3 * v + axis] + shift[axis]!)
          }
          this.ringVertices.push(number)
        }
        this.ringEnds.push(this.ringVertices.length)
      })
      this.faceEnds.push(this.ringEnds.length)
      this.faceKinds.push(solids.faceKinds[f])
    }
    this.end(part, part.error, part.members)
  }

  solids(): Solids {
    const own = [ERROR_COLUMN, MEMBERS_COLUMN]
    const names = new Set(
      this.children.flatMap(({ columns }) => Object.keys(columns)).filter((name) => !own.includes(name)),
    )
    const columns: Record<string, Column> = {}
    for (const name of [...names].sort()) columns[name] = this.column(name)
    columns[ERROR_COLUMN] = { type: "number", values: Float64Array.from(this.rows, ({ error }) => error / 1000) }
    columns[MEMBERS_COLUMN] = { type: "number", values: Float64Array.from(this.rows, ({ members }) => members) }
    return {
      origin: this.origin,
      positions: Int32Array.from(this.positions),
      ringVertices: Uint32Array.from(this.ringVertices),
      ringEnds: Uint32Array.from(this.ringEnds),
      faceEnds: Uint32Array.from(this.faceEnds),
      faceKinds: Uint8Array.from(this.faceKinds),
      solidEnds: Uint32Array.from(this.solidEnds),
      ids: this.rows.map(({ of }) => elementAt(elementAt(this.children, of.child).ids, of.solid)),
      classes: Uint8Array.from(this.rows, ({ of }) => elementAt(this.children, of.child).classes[of.solid]!),
      columns,
    }
  }

  private end(of: SolidPart, error: number, members: number): void {
    this.solidEnds.push(this.faceEnds.length)
    this.rows.push({ of, error, members })
  }

  /**
   * A column of the children, by the part that names each solid; NaN or "" where its child has
   * none.
   */
  private column(name: string): Column {
    const present = this.children.map(({ columns }) => columns[name])
    if (present.some((column) => column?.type === "string")) {
      return { type: "string", values: this.rows.map(({ of }) => String(present[of.child]?.values[of.solid] ?? "")) }
    }
    return {
      type: "number",
      values: Float64Array.from(this.rows, ({ of }) => Number(present[of.child]?.values[of.solid] ?? Number.NaN)),
    }
  }
}
