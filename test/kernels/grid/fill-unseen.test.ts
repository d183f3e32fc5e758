import { describe, expect, it } from "vitest"
import { makePresence } from "../../../engine/core/presence.js"
import { seededRandom } from "../../../engine/core/random.js"
import { type Presence, PresenceBit } from "../../../engine/kernel.js"
import type { CellGrid } from "../../../kernels/grid/cell-grid.js"
import { fillMargin, fillUnseen } from "../../../kernels/grid/fill-unseen.js"

const SIDE = 60
/** Cells of 0.5 m over 60 m. */
const grid: CellGrid = { cell: 500, column: 0, row: 0, columns: 2 * SIDE, rows: 2 * SIDE }

/** A mask of the roof's places, and the presence of all; `other` are points beside the roof. */
const sceneOf = (roof: readonly (readonly [number, number])[], other: readonly (readonly [number, number])[]) => {
  const mask = new Uint8Array(grid.columns * grid.rows)
  const presence = makePresence([0, 0, SIDE, SIDE])
  for (const [x, y] of roof) mask[Math.floor(2 * y) * grid.columns + Math.floor(2 * x)] = 1
  for (const [x, y] of [...roof, ...other])
    presence.cells[Math.floor(y) * presence.columns + Math.floor(x)]! |= PresenceBit.point
  return { mask, presence }
}

/** Places every 0.3 m of lines that run east, `across` metres apart, where `isRoof` or not. */
const lines = (across: number, isRoof: (x: number, y: number) => boolean) => {
  const [roof, other]: [number, number][][] = [[], []]
  for (let y = 0.2; y < SIDE; y += across)
    for (let x = 0.1; x < SIDE; x += 0.3) (isRoof(x, y) ? roof : other).push([x, y])
  return { roof, other }
}

const filled = (
  { mask, presence }: { readonly mask: Uint8Array; readonly presence: Presence },
  reach: number,
  isWithin: (x: number, y: number) => boolean = () => true,
): Uint8Array => {
  const copy = mask.slice()
  fillUnseen(copy, presence, grid, reach, isWithin)
  return copy
}

const areaOf = (mask: Uint8Array): number => mask.reduce((sum, one) => sum + one, 0) / 4

describe("fillUnseen", () => {
  it.each([2, 2.5, 3, 3.5, 4])("fills roofs between lines %f m apart, and half the distance beyond", (across) => {
    const isRoof = (x: number, y: number): boolean => x > 20 && x < 40 && y > 18 && y < 42
    const { roof, other } = lines(across, isRoof)
    const mask = filled(sceneOf(roof, other), 2500)
    const [first, last] = [Math.min(...roof.map(([, y]) => y)), Math.max(...roof.map(([, y]) => y))]
    for (let y = first; y <= last; y += 0.5)
      for (let x = 21.75; x < 38.5; x += 0.5) expect(mask[Math.floor(2 * y) * grid.columns + Math.floor(2 * x)]).toBe(1)
    // Half the distance on either side makes the area that of all lines times their distance.
    const rows = new Set(roof.map(([, y]) => y)).size
    expect(Math.abs(areaOf(mask) / (20.5 * rows * across) - 1)).toBeLessThan(0.06)
  })

  it("leaves an alley that lines cross, and a void wider than the gaps inside", () => {
    const { roof, other } = lines(2.5, (x, y) => x > 10 && x < 50 && (x < 28 || x > 32) && y > 18 && y < 42)
    // North of the roof nothing returns.
    const bare = other.filter(([, y]) => y < 42)
    const mask = filled(sceneOf(roof, bare), 2500)
    const at = (x: number, y: number): number => mask[Math.floor(2 * y) * grid.columns + Math.floor(2 * x)]!
    for (let y = 19; y < 42; y += 0.5) expect(at(30.2, y)).toBe(0)
    const last = Math.max(...roof.map(([, y]) => y))
    for (let x = 12; x < 26; x += 0.5) {
      expect(at(x, last + 1)).toBe(1)
      expect(at(x, last + 2)).toBe(0)
    }
  })

  it("leaves openings of 2.5 m between points 0.5 m apart, at the roof's edge too", () => {
    const isRoof = (x: number, y: number): boolean => x > 12 && x < 48 && y > 12 && y < 48
    const isOpen = (x: number, y: number): boolean => (x - 12) % 3.5 > 1 && (y - 12) % 3.5 > 1
    const places = Array.from({ length: 4 * SIDE * SIDE }, (_, i): [number, number] => [
      0.25 + (i % (2 * SIDE)) / 2,
      0.25 + Math.floor(i / (2 * SIDE)) / 2,
    ])
    const roof = places.filter(([x, y]) => isRoof(x, y) && !isOpen(x, y))
    // The ground returns from every second metre, and from no opening.
    const other = places.filter(([x, y]) => !isRoof(x, y) && x % 2 < 0.5 && y % 2 < 0.5)
    const scene = sceneOf(roof, other)
    expect(filled(scene, 2500)).toEqual(scene.mask)
  })

  it("fills no cell whose centre is beyond the end of the data", () => {
    const { roof } = lines(3.5, (x, y) => x > 20 && x < 40 && y > 18 && y < 42)
    const scene = sceneOf(roof, [])
    const isWithin = (x: number, y: number): boolean => x < 30_250 && y < 40_000
    const all = filled(scene, 2500)
    const cut = filled(scene, 2500, isWithin)
    for (const [at, one] of all.entries()) {
      const [x, y] = [(at % grid.columns) + 0.5, Math.floor(at / grid.columns) + 0.5]
      expect(cut[at]).toBe(isWithin(500 * x, 500 * y) ? one : scene.mask[at])
    }
  })

  it("changes nothing where every cell of 1 m is seen, or the reach is below a cell", () => {
    const random = seededRandom(5)
    const places = Array.from({ length: SIDE * SIDE }, (_, i): [number, number] => [
      (i % SIDE) + 0.999 * random(),
      Math.floor(i / SIDE) + 0.999 * random(),
    ])
    // Roof and others by whole metres, so that no metre has both.
    const isRoof = ([x, y]: readonly [number, number]): boolean => (Math.floor(x) + Math.floor(y)) % 9 === 0
    const scene = sceneOf(
      places.filter(isRoof),
      places.filter((place) => !isRoof(place)),
    )
    const outside = filled(scene, 2500).filter((one, i) => {
      const metre = Math.floor(i / grid.columns / 2) * scene.presence.columns + Math.floor((i % grid.columns) / 2)
      const [x, y] = [metre % scene.presence.columns, Math.floor(metre / scene.presence.columns)]
      return one === 1 && !isRoof([x, y])
    })
    expect(outside.length).toBe(0)
    expect(filled(scene, 499)).toEqual(scene.mask)
  })

  it("gives each cell the same state in every window that has its margin", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed)
      const place = (): [number, number] => [SIDE * random(), SIDE * random()]
      const scene = sceneOf(Array.from({ length: 500 }, place), Array.from({ length: 300 }, place))
      const reach = 500 + Math.floor(3000 * random())
      const whole = filled(scene, reach)
      const margin = fillMargin(reach, grid.cell)
      const [column, row] = [3 + Math.floor(30 * random()), 3 + Math.floor(30 * random())]
      const size = 2 * margin + 20
      const part: CellGrid = { cell: 500, column, row, columns: size, rows: size }
      const mask = new Uint8Array(size * size)
      for (let r = 0; r < size; r++)
        for (let c = 0; c < size; c++) mask[r * size + c] = scene.mask[(row + r) * grid.columns + column + c]!
      fillUnseen(mask, scene.presence, part, reach, () => true)
      for (let r = margin; r < size - margin; r++)
        for (let c = margin; c < size - margin; c++)
          expect(mask[r * size + c]).toBe(whole[(row + r) * grid.columns + column + c])
    }
  })
})
