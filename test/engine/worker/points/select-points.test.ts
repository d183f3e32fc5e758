import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import { bucketCore } from "../../../../engine/formats/buckets/wasm/core.js"
import type { PointsPort } from "../../../../engine/kernel.js"
import {
  type FullPoints,
  type HeldPoints,
  hasPoints,
  keepAttributes,
  selectPoints,
} from "../../../../engine/worker/points/select-points.js"

const count = 500
const all: FullPoints = {
  count,
  scale: 0.001,
  origin: [1000, 2000, 0],
  x: Int32Array.from({ length: count }, (_, i) => (i * 7919) % 100_000),
  y: Int32Array.from({ length: count }, (_, i) => (i * 104_729) % 100_000),
  z: Int32Array.from({ length: count }, (_, i) => i),
  classification: Uint8Array.from({ length: count }, (_, i) => [2, 5, 6, 7, 18][i % 5] ?? 0),
  returnNumber: Uint8Array.from({ length: count }, (_, i) => 1 + (i % 3)),
  numberOfReturns: new Uint8Array(count).fill(3),
  intensity: Uint16Array.from({ length: count }, (_, i) => 100 * (i % 600)),
  gpsTime: Float64Array.from({ length: count }, (_, i) => 1e8 + i / 3),
}

describe("selectPoints", () => {
  const port: PointsPort = { kind: "points", classes: [2, 6, 7], attributes: ["intensity", "gpsTime"] }

  it("takes the port's classes within the half-open box, in order, with its attributes, never noise", () => {
    const box = [1010, 2020, 1070, 2100] as const
    const expected = Array.from({ length: count }, (_, i) => i).filter((i) => {
      const [x, y] = [all.x[i] as number, all.y[i] as number]
      return [2, 6].includes(all.classification[i] as number) && x >= 10_000 && x < 70_000 && y >= 20_000 && y < 100_000
    })
    const selected = selectPoints(keepAttributes(all, [port]), port, box)
    expect(expected.length).toBeGreaterThan(20)
    expect([...selected.z]).toEqual(expected)
    expect([...(selected.intensity ?? [])]).toEqual(expected.map((i) => all.intensity[i]))
    expect([...(selected.gpsTime ?? [])]).toEqual(expected.map((i) => all.gpsTime[i]))
    expect(selected.returnNumber).toBeUndefined()
    expect(selected.classification).toBeUndefined()
  })

  it("holds times for the classes alone whose ports ask for them, and gives each port those of its own points", () => {
    const box = [1010, 2020, 1070, 2100] as const
    const timed: PointsPort = { kind: "points", classes: [6, 5], attributes: ["gpsTime"] }
    const roofs: PointsPort = { kind: "points", classes: [6], attributes: ["gpsTime", "classification"] }
    const ground: PointsPort = { kind: "points", classes: [2], attributes: ["classification"] }
    const held = keepAttributes(all, [ground, timed, roofs])
    // Of five classes two have times.
    expect(held.gpsTime).toHaveLength((2 * count) / 5)
    const thinned = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 1))
    for (const mask of [undefined, thinned]) {
      for (const port of [timed, roofs]) {
        const selected = selectPoints(held, port, box, mask)
        expect(selected.count).toBeGreaterThan(20)
        // z is the number of the point.
        expect([...(selected.gpsTime ?? [])]).toEqual([...selected.z].map((i) => all.gpsTime[i]))
      }
    }
    expect(selectPoints(held, ground, box).gpsTime).toBeUndefined()
  })

  it("shares the times of all points where each is asked for", () => {
    const every: PointsPort = { kind: "points", attributes: ["gpsTime"] }
    const clean = { ...all, classification: new Uint8Array(count).fill(2) }
    expect(keepAttributes(clean, [every]).gpsTime).toBe(all.gpsTime)
    expect(keepAttributes(clean, [every])).not.toHaveProperty("timed")
  })

  it("takes the same by classes alone, where the box holds every point, as with a box that is cut at one", () => {
    const held = keepAttributes(all, [{ kind: "points", attributes: ["classification", "gpsTime"] }])
    const classed: PointsPort = { kind: "points", classes: [2, 6, 7], attributes: ["classification", "gpsTime"] }
    const greatest = Math.max(...all.x)
    const last = all.x.indexOf(greatest)
    // Half-open: a box that ends at the last point does not hold it.
    const whole = selectPoints(held, classed, [1000, 2000, 1000 + (greatest + 1) / 1000, 2100])
    const cut = selectPoints(held, classed, [1000, 2000, 1000 + greatest / 1000, 2100])
    const wanted = Array.from({ length: count }, (_, i) => i).filter((i) =>
      [2, 6].includes(all.classification[i] as number),
    )
    expect([...whole.z]).toEqual(wanted)
    expect([...cut.z]).toEqual(wanted.filter((i) => i !== last))
    expect([...(whole.classification ?? [])]).toEqual(wanted.map((i) => all.classification[i]))
    expect([...(whole.gpsTime ?? [])]).toEqual(wanted.map((i) => all.gpsTime[i]))
    const thinned = Uint8Array.from({ length: count }, (_, i) => i % 2)
    expect([...selectPoints(held, classed, [1000, 2000, 1100, 2100], thinned).z]).toEqual(
      wanted.filter((i) => i % 2 === 1),
    )
  })

  it("takes nearly all of what bucket files gave where they lie, if nobody looks at the others any more", () => {
    // Runs of hundreds, and of one or two.
    const few = all.classification.map((_, i) => (i > 300 ? [2, 2, 9, 66][i % 4] : i % 299 === 0 ? 66 : 2) ?? 2)
    for (const attributes of [[], ["classification", "gpsTime"], ["gpsTime", "intensity", "returnNumber"]] as const) {
      for (const [classes, isMoved] of [
        [[2, 9], true],
        [[2], true],
        [[9], false],
      ] as const) {
        const ports: PointsPort[] = [
          { kind: "points", classes, attributes },
          { kind: "points", classes: [2, 9, 66], attributes: attributes.slice(0, 1) },
        ]
        const counts = new Uint32Array(256)
        for (const code of few) counts[code]!++
        const known = { counts, extent: [1000, 2000, 1100, 2100] } as const
        const copy = (): HeldPoints => {
          const columns = Object.entries({ ...all, classification: few }).map(([name, column]) => [
            name,
            ArrayBuffer.isView(column) ? (column as Uint8Array).slice() : column,
          ])
          return keepAttributes({ ...(Object.fromEntries(columns) as FullPoints), known }, ports)
        }
        const [held, untouched] = [copy(), copy()]
        const selected = selectPoints(held, ports[0]!, known.extent, undefined, { last: true })
        expect(selected).toEqual(selectPoints(untouched, ports[0]!, known.extent))
        const places = [...few.keys()].filter((i) => (classes as readonly number[]).includes(few[i]!))
        expect([...selected.z]).toEqual(places)
        expect(selected.x.buffer === held.x.buffer).toBe(isMoved)
        expect(untouched).toEqual(copy())
        // A box that does not hold all of them.
        const cut = selectPoints(copy(), ports[0]!, [1000, 2000, 1100, 2099], undefined, { last: true })
        expect(cut).toEqual(selectPoints(untouched, ports[0]!, [1000, 2000, 1100, 2099]))
      }
    }
  })

  it("takes the same out in WebAssembly, to new columns and to those where all lie", async () => {
    const core = await bucketCore()
    const random = seededRandom(7)
    for (const many of [...Array(68).keys(), 8192, 20_001]) {
      const columns = (): HeldPoints => ({
        count: many,
        scale: 0.001,
        origin: [1000, 2000, 0],
        x: Int32Array.from({ length: many }, (_, i) => i % 100_000),
        y: Int32Array.from({ length: many }, (_, i) => (i * 7) % 100_000),
        z: Int32Array.from({ length: many }, (_, i) => -i),
        classification,
      })
      const classification = Uint8Array.from({ length: many }, () => [2, 2, 2, 2, 9, 6][Math.floor(random() * 6)]!)
      const counts = new Uint32Array(256)
      for (const code of classification) counts[code]!++
      const known = { counts, extent: [1000, 2000, 1100, 2100] } as const
      for (const classes of [[2, 9], [6], [9]]) {
        for (const attributes of [[], ["classification"]] as const) {
          const one: PointsPort = { kind: "points", classes, attributes }
          const expected = selectPoints({ ...columns(), known }, one, known.extent)
          expect(selectPoints({ ...columns(), known }, one, known.extent, undefined, { core })).toEqual(expected)
          const own = { ...columns(), classification: classification.slice(), known }
          expect(selectPoints(own, one, known.extent, undefined, { core, last: true })).toEqual(expected)
        }
      }
    }
  })

  it("keeps the columns of a point beside each other where an extent ends within a millimetre", () => {
    // The reader of bucket files takes the points of 507,000 mm too, which are none of the port's.
    const extent = [999, 1999, 1507.0004, 2507.0004] as const
    const counts = new Uint32Array(256)
    counts[2] = 3
    const held: HeldPoints = {
      ...{ count: 3, scale: 0.001, origin: [1000, 2000, 0], x: Int32Array.of(1000, 507_000, 2000) },
      ...{ y: Int32Array.of(10, 10, 10), z: Int32Array.of(1, 2, 3), classification: new Uint8Array(3).fill(2) },
      returnNumber: Uint8Array.of(1, 2, 3),
    }
    const one: PointsPort = { kind: "points", classes: [2], attributes: ["returnNumber"] }
    const selected = selectPoints({ ...held, known: { counts, extent } }, one, extent)
    expect(selected).toEqual(selectPoints(held, one, extent))
    expect([...selected.x]).toEqual([1000, 2000])
    expect([...selected.returnNumber!]).toEqual([1, 3])
  })

  it("finds whether there is any", () => {
    expect(hasPoints(all, port, [1000, 2000, 1100, 2100])).toBe(true)
    expect(hasPoints(all, { kind: "points", classes: [7, 18] }, [1000, 2000, 1100, 2100])).toBe(false)
    expect(hasPoints(all, port, [1100, 2000, 1200, 2100])).toBe(false)
  })

  it("lets go of columns that no port asks for", () => {
    expect(Object.keys(keepAttributes(all, [port])).sort()).toEqual(
      ["classification", "count", "gpsTime", "intensity", "origin", "scale", "timed", "x", "y", "z"].sort(),
    )
  })
})
