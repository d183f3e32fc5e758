import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { FullPoints, PointsPort } from "../../../../engine/kernel.js"
import { PointTable, type TableColumns } from "../../../../engine/worker/points/point-table.js"

const count = 500
/** Rows of 1 m with five points each. */
const all: FullPoints = {
  count,
  scale: 0.001,
  origin: [1000, 2000, 0],
  x: Int32Array.from({ length: count }, (_, i) => 20_000 * (i % 5) + ((i * 7919) % 1000)),
  y: Int32Array.from({ length: count }, (_, i) => 1000 * Math.floor(i / 5) + ((i * 373) % 1000)),
  z: Int32Array.from({ length: count }, (_, i) => i),
  classification: Uint8Array.from({ length: count }, (_, i) => [2, 5, 6, 7, 18][(i + Math.floor(i / 5)) % 5] ?? 0),
  returnNumber: Uint8Array.from({ length: count }, (_, i) => 1 + (i % 3)),
  numberOfReturns: new Uint8Array(count).fill(3),
  intensity: Uint16Array.from({ length: count }, (_, i) => 100 * (i % 600)),
  gpsTime: Float64Array.from({ length: count }, (_, i) => 1e8 + i / 3),
}

describe("select", () => {
  const port: PointsPort = { kind: "points", classes: [2, 6, 7], attributes: ["intensity", "gpsTime"] }

  it("takes the port's classes within the half-open box, in order, with its attributes, never noise", () => {
    const box = [1010, 2020, 1070, 2100] as const
    const expected = Array.from({ length: count }, (_, i) => i).filter((i) => {
      const [x, y] = [all.x[i] as number, all.y[i] as number]
      return [2, 6].includes(all.classification[i] as number) && x >= 10_000 && x < 70_000 && y >= 20_000 && y < 100_000
    })
    const selected = new PointTable(all).reduce([port]).select(port, box)
    expect(expected.length).toBeGreaterThan(20)
    expect([...selected.z]).toEqual(expected)
    expect([...(selected.intensity ?? [])]).toEqual(expected.map((i) => all.intensity[i]))
    expect([...(selected.gpsTime ?? [])]).toEqual(expected.map((i) => all.gpsTime[i]))
    expect(selected.returnNumber).toBeUndefined()
    expect(selected.classification).toBeUndefined()
  })

  it("gives the extra bytes of the port's points, thinned or in chunks", () => {
    const extra = { LMA: Float64Array.from(all.z, (z) => z / 7), WD: new Float64Array(count) }
    const port: PointsPort = { kind: "points", classes: [2, 6], extra: ["LMA"] }
    const held = new PointTable({ ...all, extra }).reduce([port])
    const thinned = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 1))
    for (const points of [held, held.pick(thinned)]) {
      for (const box of [[1010, 2020, 1070, 2100] as const, [0, 0, 9000, 9000] as const]) {
        for (const selected of [points.select(port, box), points.stream(port, box)]) {
          expect(selected.count).toBeGreaterThan(20)
          expect(Object.keys(selected.extra ?? {})).toEqual(["LMA"])
          expect(selected.extra?.["LMA"]).toEqual(Float64Array.from(selected.z, (z) => z / 7))
        }
      }
    }
    expect(held.select({ kind: "points" }, [0, 0, 9000, 9000]).extra).toBeUndefined()
  })

  it("holds times for the classes alone whose ports ask for them, and gives each port those of its own points", () => {
    const box = [1010, 2020, 1070, 2100] as const
    const timed: PointsPort = { kind: "points", classes: [6, 5], attributes: ["gpsTime"] }
    const roofs: PointsPort = { kind: "points", classes: [6], attributes: ["gpsTime", "classification"] }
    const ground: PointsPort = { kind: "points", classes: [2], attributes: ["classification"] }
    const held = new PointTable(all).reduce([ground, timed, roofs])
    // Of five classes two have times.
    expect(held.columns.gpsTime).toHaveLength((2 * count) / 5)
    const thinned = Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 1))
    for (const points of [held, held.pick(thinned)]) {
      for (const port of [timed, roofs]) {
        const selected = points.select(port, box)
        expect(selected.count).toBeGreaterThan(20)
        // z is the number of the point.
        expect([...(selected.gpsTime ?? [])]).toEqual([...selected.z].map((i) => all.gpsTime[i]))
      }
    }
    expect(held.select(ground, box).gpsTime).toBeUndefined()
  })

  it("shares the times of all points where each is asked for", () => {
    const every: PointsPort = { kind: "points", attributes: ["gpsTime"] }
    const clean = { ...all, classification: new Uint8Array(count).fill(2) }
    expect(new PointTable(clean).reduce([every]).columns.gpsTime).toBe(all.gpsTime)
    expect(new PointTable(clean).reduce([every]).columns.timed).toBeUndefined()
  })

  it("takes the same by classes alone, where the box holds every point, as with a box that is cut at one", () => {
    const held = new PointTable(all).reduce([{ kind: "points", attributes: ["classification", "gpsTime"] }])
    const classed: PointsPort = { kind: "points", classes: [2, 6, 7], attributes: ["classification", "gpsTime"] }
    const greatest = Math.max(...all.x)
    const last = all.x.indexOf(greatest)
    // Half-open: a box that ends at the last point does not hold it.
    const whole = held.select(classed, [1000, 2000, 1000 + (greatest + 1) / 1000, 2100])
    const cut = held.select(classed, [1000, 2000, 1000 + greatest / 1000, 2100])
    const wanted = Array.from({ length: count }, (_, i) => i).filter((i) =>
      [2, 6].includes(all.classification[i] as number),
    )
    expect([...whole.z]).toEqual(wanted)
    expect([...cut.z]).toEqual(wanted.filter((i) => i !== last))
    expect([...(whole.classification ?? [])]).toEqual(wanted.map((i) => all.classification[i]))
    expect([...(whole.gpsTime ?? [])]).toEqual(wanted.map((i) => all.gpsTime[i]))
    const thinned = Uint8Array.from({ length: count }, (_, i) => i % 2)
    expect([...held.pick(thinned).select(classed, [1000, 2000, 1100, 2100]).z]).toEqual(
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
        const extent = [1000, 2000, 1100, 2100] as const
        const copy = (): PointTable => {
          const columns = Object.entries({ ...all, classification: few }).map(([name, column]) => [
            name,
            ArrayBuffer.isView(column) ? (column as Uint8Array).slice() : column,
          ])
          return new PointTable({ ...(Object.fromEntries(columns) as FullPoints), counts }).reduce(ports)
        }
        const [held, untouched] = [copy(), copy()]
        const selected = held.select(ports[0]!, extent, { last: true })
        expect(selected).toEqual(untouched.select(ports[0]!, extent))
        const places = [...few.keys()].filter((i) => (classes as readonly number[]).includes(few[i]!))
        expect([...selected.z]).toEqual(places)
        expect(selected.x.buffer === held.columns.x.buffer).toBe(isMoved)
        expect(untouched.columns).toEqual(copy().columns)
        // A box that does not hold all of them.
        const cut = copy().select(ports[0]!, [1000, 2000, 1100, 2099], { last: true })
        expect(cut).toEqual(untouched.select(ports[0]!, [1000, 2000, 1100, 2099]))
      }
    }
  })

  it("takes the same from blocks of points as point by point", () => {
    const random = seededRandom(7)
    for (const many of [0, 1, 1023, 1024, 1025, 20_001]) {
      // Rows of a kilometre: blocks inside a box, across its sides and outside. Long and short
      // runs.
      let [code, left] = [2, 0]
      const classification = Uint8Array.from({ length: many }, (_, i) => {
        if (left-- <= 0) [code, left] = [[2, 2, 9, 6, 66][Math.floor(random() * 5)]!, i % 3 === 0 ? 4000 * random() : 3]
        return code
      })
      const columns = (): TableColumns => ({
        ...{ count: many, scale: 0.001, origin: [1000, 2000, 0] },
        x: Int32Array.from({ length: many }, (_, i) => 500 * (i % 2000)),
        y: Int32Array.from({ length: many }, (_, i) => 1000 * Math.floor(i / 2000) + ((i * 7) % 1000)),
        z: Int32Array.from({ length: many }, (_, i) => i),
        classification: classification.slice(),
        returnNumber: classification.map((one, i) => one + i),
        gpsTime: Float64Array.from({ length: many }, (_, i) => 1e8 + i),
      })
      const columnsOf = columns()
      for (const extent of [
        [1000, 2000, 2000, 3000],
        [1000, 2002, 2000, 2008],
        [1100.25, 2001.5, 1900, 2006.25],
        [3000, 2000, 4000, 3000],
      ] as const)
        for (const classes of [[2, 9, 6, 66], [2], [6, 9], [66], [17]]) {
          const one: PointsPort = {
            kind: "points",
            classes,
            attributes: ["gpsTime", "classification", "returnNumber"],
          }
          const held = new PointTable(columns()).reduce([one])
          const expected = [...Array(many).keys()].filter((i) => {
            const [x, y] = [1000 + columnsOf.x[i]! / 1000, 2000 + columnsOf.y[i]! / 1000]
            const isInside = x >= extent[0] && x < extent[2] && y >= extent[1] && y < extent[3]
            return isInside && classes.includes(classification[i]!)
          })
          expect(held.has(one, extent)).toBe(expected.length > 0)
          // In chunks, and as columns where these are read.
          const streamed = held.stream({ ...one, attributes: ["classification"] }, extent)
          expect(streamed.z).toEqual(Int32Array.from(expected))
          if (streamed.chunks !== undefined) {
            const room = () => new Int32Array(1500)
            const to = { x: room(), y: room(), z: room(), classification: new Uint8Array(1500) }
            const [heights, codes]: [number[], number[]] = [[], []]
            streamed.chunks(to, (taken) => {
              heights.push(...to.z.subarray(0, taken))
              codes.push(...to.classification.subarray(0, taken))
            })
            expect(heights).toEqual(expected)
            expect(codes).toEqual(expected.map((i) => classification[i]))
          }
          for (const last of [false, true]) {
            const own = new PointTable({
              ...new PointTable(columns()).reduce([one]).columns,
              counts: new Uint32Array(256),
            })
            const selected = (last ? own : held).select(one, extent, { last })
            expect(selected.z).toEqual(Int32Array.from(expected))
            expect(selected.x).toEqual(Int32Array.from(expected, (i) => columnsOf.x[i]!))
            expect(selected.y).toEqual(Int32Array.from(expected, (i) => columnsOf.y[i]!))
            expect(selected.classification).toEqual(Uint8Array.from(expected, (i) => classification[i]!))
            expect(selected.returnNumber).toEqual(Uint8Array.from(expected, (i) => columnsOf.returnNumber![i]!))
            expect(selected.gpsTime).toEqual(Float64Array.from(expected, (i) => 1e8 + i))
          }
        }
    }
  })
})

describe("select of a port that looks for points of some classes", () => {
  it("leaves out points far from those that a port looks for, and all without any", () => {
    const random = seededRandom(5)
    const many = 40_000
    // A square of 200 m in rows of 1 m, with a few points of class 17 in a corner.
    const held = new PointTable({
      ...{ count: many, scale: 0.001, origin: [1000, 2000, 0] },
      x: Int32Array.from({ length: many }, (_, i) => 1000 * (i % 200) + Math.floor(1000 * random())),
      y: Int32Array.from({ length: many }, (_, i) => 1000 * Math.floor(i / 200)),
      z: new Int32Array(many),
      classification: Uint8Array.from({ length: many }, (_, i) => (i % 200 < 9 && i < 2000 && random() < 0.1 ? 17 : 2)),
    })
    const near = (classes: readonly number[]): PointsPort => ({
      ...{ kind: "points", classes: [2] },
      near: { classes, reach: (options) => Number(options["reach"]) },
    })
    const box = [1000, 2000, 1200, 2200] as const
    const all = held.select({ kind: "points", classes: [2] }, box)
    for (const reach of [0, 10, 60]) {
      const { count, x, y } = held.select(near([17]), box, { options: { reach } })
      const found = new Set(Array.from({ length: count }, (_, i) => `${x[i]} ${y[i]}`))
      const decks = [...held.columns.classification.keys()].filter((i) => held.columns.classification[i] === 17)
      for (let i = 0; i < all.count; i++) {
        const isNear = decks.some(
          (d) => Math.hypot(held.columns.x[d]! - all.x[i]!, held.columns.y[d]! - all.y[i]!) <= 1000 * reach,
        )
        if (isNear) expect(found.has(`${all.x[i]} ${all.y[i]}`)).toBe(true)
      }
      expect(count).toBeLessThan(all.count)
    }
    expect(held.select(near([9]), box, { options: { reach: 50 } }).count).toBe(0)
    // Those that it looks for are outside.
    expect(held.select(near([17]), [1000, 2100, 1200, 2200], { options: { reach: 50 } }).count).toBe(0)
  })
})

describe("has and reduce", () => {
  const port: PointsPort = { kind: "points", classes: [2, 6, 7], attributes: ["intensity", "gpsTime"] }

  it("finds whether there is any", () => {
    expect(new PointTable(all).has(port, [1000, 2000, 1100, 2100])).toBe(true)
    expect(new PointTable(all).has({ kind: "points", classes: [7, 18] }, [1000, 2000, 1100, 2100])).toBe(false)
    expect(new PointTable(all).has(port, [1100, 2000, 1200, 2100])).toBe(false)
  })

  it("lets go of columns that no port asks for", () => {
    const columns = Object.entries(new PointTable(all).reduce([port]).columns).filter(
      ([, column]) => column !== undefined,
    )
    expect(columns.map(([name]) => name).sort()).toEqual(
      ["classification", "count", "gpsTime", "intensity", "origin", "scale", "timed", "x", "y", "z"].sort(),
    )
  })
})
