import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import { readPoints } from "../../../engine/formats/points/read-points.js"
import type { Points, Tile } from "../../../engine/kernel.js"
import { createArena } from "../../../engine/worker/thread-use.js"
import kernel from "../../../kernels/terrain/ground-filter.js"
import { sharedData } from "../../shared-data.js"

const options = Object.fromEntries(Object.entries(kernel.options).map(([name, option]) => [name, option.default])) as {
  readonly [K in keyof typeof kernel.options]: number
}

const classesOf = (points: Points, extent: Box2): Uint8Array =>
  kernel.run({ extent } as Tile, { "ground-candidates": points }, options, createArena())["ground-class"]

/** A ground filter against a reference: total error and Cohen's kappa, percent. */
const errorsOf = (found: Uint8Array, reference: Uint8Array): { total: number; kappa: number } => {
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < found.length; i++) counts[(found[i] === 2 ? 2 : 0) + (reference[i] === 2 ? 1 : 0)]!++
  const [both, n] = [counts as [number, number, number, number], found.length]
  const agreed = (both[0] + both[3]) / n
  const chance = ((both[2] + both[3]) * (both[1] + both[3]) + (both[0] + both[1]) * (both[0] + both[2])) / n ** 2
  return { total: 100 * (1 - agreed), kappa: (100 * (agreed - chance)) / (1 - chance) }
}

const samples = [11, 12, 21, 22, 24, 31, 41, 51, 52, 53, 71]

describe.skipIf(sharedData === undefined)("points.ground-filter on the ISPRS filter test", () => {
  it("has a mean total error of at most 5 %, with one set of options", async () => {
    const rows = new Map<number, { total: number; kappa: number }>()
    for (const sample of samples) {
      const { points } = await readPoints([`${sharedData}/foreign/isprs/samp${sample}-utm.laz`])
      const [x, y] = points.origin
      const [width, height] = [points.x, points.y].map((column) =>
        Math.ceil(column.reduce((a, b) => Math.max(a, b)) / 1000),
      )
      const found = classesOf({ ...points, classification: new Uint8Array(points.count) }, [
        x,
        y,
        x + width! + 1,
        y + height! + 1,
      ])
      rows.set(sample, errorsOf(found, points.classification))
    }
    const mean = (name: "total" | "kappa"): number =>
      [...rows.values()].reduce((sum, row) => sum + row[name], 0) / rows.size
    for (const [sample, { total, kappa }] of rows)
      console.info(`samp${sample}: total error ${total.toFixed(2)} %, kappa ${kappa.toFixed(1)} %`)
    console.info(`mean: total error ${mean("total").toFixed(2)} %, kappa ${mean("kappa").toFixed(1)} %`)
    expect(mean("total")).toBeLessThan(5)
    expect(mean("kappa")).toBeGreaterThan(84)
    expect(rows.get(11)?.total).toBeLessThan(13)
  })
})

/**
 * One point a square metre on a slope of 10 %, 600 m wide, with a house of 40 m, 6 m high, trees
 * every 70 m, and a low outlier. `classification` is the truth.
 */
const scene = (): Points & { classification: Uint8Array } => {
  const random = seededRandom(7)
  const count = 360_000
  const [x, y, z] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)]
  const classification = new Uint8Array(count).fill(2)
  for (let i = 0; i < count; i++) {
    x[i] = Math.floor(random() * 600_000)
    y[i] = Math.floor(random() * 600_000)
    z[i] = Math.round(100_000 + x[i]! / 10 + 40 * random())
    const isHouse = x[i]! > 280_000 && x[i]! < 320_000 && y[i]! > 290_000 && y[i]! < 330_000
    const isTree = Math.hypot((x[i]! % 70_000) - 35_000, (y[i]! % 70_000) - 35_000) < 4000
    if (!isHouse && !isTree) continue
    z[i]! += isHouse ? 6000 : 3000 + Math.floor(random() * 8000)
    classification[i] = 1
  }
  z[0] = 40_000
  classification[0] = 1
  const one = new Uint8Array(count).fill(1)
  return {
    count,
    x,
    y,
    z,
    scale: 0.001,
    origin: [4000, 8000, 0],
    classification,
    returnNumber: one,
    numberOfReturns: one,
  }
}

/** The points of a box, and their numbers in the whole. */
const cut = (points: Points, [minX, minY, maxX, maxY]: Box2): { points: Points; numbers: number[] } => {
  const { x, y, z, origin } = points
  const numbers = Array.from(x.keys()).filter((i) => {
    const [px, py] = [origin[0] + x[i]! / 1000, origin[1] + y[i]! / 1000]
    return px >= minX && px < maxX && py >= minY && py < maxY
  })
  const bytes = (column: Uint8Array | undefined): Uint8Array => Uint8Array.from(numbers, (i) => column![i]!)
  const [dx, dy] = [1000 * (origin[0] - minX), 1000 * (origin[1] - minY)]
  return {
    numbers,
    points: {
      count: numbers.length,
      x: Int32Array.from(numbers, (i) => x[i]! + dx),
      y: Int32Array.from(numbers, (i) => y[i]! + dy),
      z: Int32Array.from(numbers, (i) => z[i]!),
      scale: 0.001,
      origin: [minX, minY, 0],
      classification: bytes(points.classification),
      returnNumber: bytes(points.returnNumber),
      numberOfReturns: bytes(points.numberOfReturns),
    },
  }
}

describe("points.ground-filter", () => {
  const whole = scene()
  const labels = classesOf(whole, [4000, 8000, 4600, 8600])

  it("finds the ground and leaves a house, trees and a low outlier", () => {
    const { total, kappa } = errorsOf(labels, whole.classification)
    expect(total).toBeLessThan(0.5)
    expect(kappa).toBeGreaterThan(90)
    expect(labels[0]).toBe(1)
  })

  it("gives a point the same class wherever the tiles are cut", () => {
    const halo = kernel.halo(options)
    for (const [x, y, side] of [
      [4250, 8250, 97],
      [4283, 8311, 40],
      [4150, 8200, 300],
    ] as const) {
      const extent: Box2 = [x - halo, y - halo, x + side + halo, y + side + halo]
      const { points, numbers } = cut(whole, extent)
      const own = classesOf(points, extent)
      const differing = numbers.filter((number, i) => {
        const [px, py] = [4000 + whole.x[number]! / 1000, 8000 + whole.y[number]! / 1000]
        const isCore = px >= x && px < x + side && py >= y && py < y + side
        return isCore && own[i] !== labels[number]
      })
      expect(differing).toEqual([])
    }
  })

  it("takes last and single returns only, and keeps the class of others", () => {
    const { points } = cut(whole, [4000, 8000, 4060, 8060])
    const classification = points.classification!.map((code, i) => (i % 3 === 0 ? 2 : i % 3 === 1 ? 5 : code))
    const numberOfReturns = points.numberOfReturns!.map((_, i) => (i % 3 < 2 ? 2 : 1))
    const found = classesOf({ ...points, classification, numberOfReturns }, [4000, 8000, 4060, 8060])
    for (let i = 0; i < 300; i++) {
      if (i % 3 === 0) expect(found[i]).toBe(1)
      if (i % 3 === 1) expect(found[i]).toBe(5)
    }
    expect(found.some((code) => code === 2)).toBe(true)
  })
})
