import { describe, expect, it } from "vitest"
import { seededRandom } from "../../../../engine/core/random.js"
import type { Solids } from "../../../../engine/kernel.js"
import { meshOfSolids } from "../../../../kernels/lod/solid/faces.js"
import { withoutPartyWalls } from "../../../../kernels/lod/solid/party-walls.js"

/**
 * A house over a rectangle, metres: floor at 0, its top at the four corners (south-west,
 * south-east, north-east, north-west) in a plane.
 */
interface House {
  readonly plan: readonly [west: number, south: number, east: number, north: number]
  readonly tops: readonly [number, number, number, number]
}

const solidsOf = (houses: readonly House[]): Solids => {
  const positions: number[] = []
  const faces: number[][] = []
  houses.forEach(({ plan: [west, south, east, north], tops }, h) => {
    const corners = [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
    ]
    for (const heights of [[0, 0, 0, 0], tops])
      corners.forEach(([x, y], i) => void positions.push(1000 * x!, 1000 * y!, 1000 * heights[i]!))
    const v = (i: number): number => 8 * h + i
    faces.push([3, 2, 1, 0].map(v))
    for (let i = 0; i < 4; i++) faces.push([i, (i + 1) % 4, 4 + ((i + 1) % 4), 4 + i].map(v))
    faces.push([4, 5, 6, 7].map(v))
  })
  return {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions),
    ringVertices: Uint32Array.from(faces.flat()),
    ringEnds: Uint32Array.from(faces, (_, i) => 4 * (i + 1)),
    faceEnds: Uint32Array.from(faces, (_, i) => i + 1),
    faceKinds: Uint8Array.from(faces, (_, i) => [0, 1, 1, 1, 1, 2][i % 6]!),
    solidEnds: Uint32Array.from(houses, (_, i) => 6 * (i + 1)),
    ids: houses.map((_, i) => `house-${i}`),
    classes: new Uint8Array(houses.length).fill(6),
    columns: {},
  }
}

/** How often each edge occurs, by place; volume in m³; faces that are there twice. */
const facts = (solids: Solids): { uses: number[]; volume: number; twice: number; open: number } => {
  const mesh = meshOfSolids(solids)
  const place = (v: number): string => mesh.positions.subarray(3 * v, 3 * v + 3).join(" ")
  const edges = new Map<string, number>()
  const balance = new Map<string, number>()
  const known = new Set<string>()
  let [volume, twice] = [0, 0]
  for (let t = 0; t < mesh.triangles.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => mesh.triangles[t + k]!) as [number, number, number]
    const p = [a, b, c].map((v) => [...mesh.positions.subarray(3 * v, 3 * v + 3)].map((value) => value / 1000))
    const [u, v, w] = p as [number[], number[], number[]]
    volume += (u[0]! * (v[1]! * w[2]! - v[2]! * w[1]!) - u[1]! * (v[0]! * w[2]! - v[2]! * w[0]!)) / 6
    volume += (u[2]! * (v[0]! * w[1]! - v[1]! * w[0]!)) / 6
    const name = [a, b, c].map(place).sort().join(",")
    if (known.has(name)) twice++
    known.add(name)
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      const [one, other] = [place(from), place(to)]
      const key = one < other ? `${one}|${other}` : `${other}|${one}`
      edges.set(key, (edges.get(key) ?? 0) + 1)
      balance.set(key, (balance.get(key) ?? 0) + (one < other ? 1 : -1))
    }
  }
  const open = [...balance.values()].filter((sum) => sum !== 0).length
  return { uses: [...new Set(edges.values())].sort(), volume, twice, open }
}

const flat = (height: number): House["tops"] => [height, height, height, height]

describe("bodies without party walls", () => {
  it("stay as they are where none touch", () => {
    const apart = solidsOf([
      { plan: [0, 0, 10, 8], tops: flat(6) },
      { plan: [11, 0, 20, 8], tops: flat(6) },
    ])
    expect(withoutPartyWalls(apart)).toEqual({ solids: apart, moved: 0 })
    expect(facts(apart)).toMatchObject({ uses: [2], twice: 0, open: 0 })
  })

  it.each([
    { name: "of one height", houses: [flat(6), flat(6)], volume: 480 + 432 },
    { name: "one higher", houses: [flat(9), flat(6)], volume: 720 + 432 },
    { name: "whose tops meet at one end", houses: [flat(6), [6, 6, 9, 9]], volume: 480 + 540 },
    { name: "whose tops cross", houses: [flat(6), [4, 4, 9, 9]], volume: 480 + 468 },
    { name: "whose tops cross 1 mm from an end", houses: [flat(9), [1, 1, 9.001, 9.001]], volume: 720 + 360 },
    { name: "whose tops cross 0.7 mm from an end", houses: [flat(12), [12.001, 12.001, 1, 1]], volume: 960 + 468.04 },
  ] as const)("are one closed surface: a row of two $name", ({ houses, volume }) => {
    const row = solidsOf([
      { plan: [0, 0, 10, 8], tops: houses[0] as House["tops"] },
      { plan: [10, 0, 19, 8], tops: houses[1] as House["tops"] },
    ])
    expect(facts(row).uses).toContain(4)
    const joint = withoutPartyWalls(row).solids
    const found = facts(joint)
    expect({ uses: found.uses, twice: found.twice, open: found.open }).toEqual({ uses: [2], twice: 0, open: 0 })
    expect(found.volume).toBeCloseTo(volume, 1)
    expect(joint.ids).toEqual(row.ids)
    expect(joint.faceKinds.length).toBe(joint.faceEnds.length)
  })

  it("are one closed surface where four meet in a corner, also where two of them stand out on a diagonal", () => {
    for (const heights of [
      [6, 7, 8, 9],
      [9, 6, 9, 6],
      [6, 9, 5, 8],
      [4, 7, 5, 7.5],
      [5, 9, 6, 9.5],
      [7, 3, 7.2, 2],
    ]) {
      const four = solidsOf([
        { plan: [0, 0, 10, 8], tops: flat(heights[0]!) },
        { plan: [10, 0, 20, 8], tops: flat(heights[1]!) },
        { plan: [10, 8, 20, 16], tops: flat(heights[2]!) },
        { plan: [0, 8, 10, 16], tops: flat(heights[3]!) },
      ])
      const found = facts(withoutPartyWalls(four).solids)
      expect({ uses: found.uses, twice: found.twice, open: found.open }).toEqual({ uses: [2], twice: 0, open: 0 })
      expect(found.volume).toBeCloseTo(80 * heights.reduce((sum, height) => sum + height), 0)
    }
  })

  it("part where two meet along a line alone, and nothing else touches", () => {
    const two = solidsOf([
      { plan: [0, 0, 10, 8], tops: flat(6) },
      { plan: [10, 8, 20, 16], tops: flat(6) },
    ])
    expect(facts(two).uses).toContain(4)
    const found = facts(withoutPartyWalls(two).solids)
    expect({ uses: found.uses, open: found.open }).toEqual({ uses: [2], open: 0 })
    expect(found.volume).toBeCloseTo(960, 0)
  })

  it("stay faces that can be triangulated where a body is too narrow to draw back, which the other does then", () => {
    const two = solidsOf([
      { plan: [0, 0, 10, 8], tops: flat(6) },
      { plan: [10, 8, 10.006, 16], tops: flat(6) },
    ])
    const found = facts(withoutPartyWalls(two).solids)
    expect({ uses: found.uses, open: found.open }).toEqual({ uses: [2], open: 0 })
    expect(found.volume).toBeCloseTo(480, 0)
  })

  it("are one closed surface whatever stands beside whatever", () => {
    const random = seededRandom(11)
    const whole = (most: number): number => Math.floor(random() * most)
    for (let round = 0; round < 200; round++) {
      const [columns, rows] = [1 + whole(3), 1 + whole(3)]
      const houses = Array.from({ length: columns * rows }, (_, k): House => {
        const [column, row] = [k % columns, Math.floor(k / columns)]
        const tops = [4 + whole(4), 4 + whole(4)]
        const slope = [
          flat(tops[0]!),
          [tops[0]!, tops[1]!, tops[1]!, tops[0]!],
          [tops[0]!, tops[0]!, tops[1]!, tops[1]!],
        ]
        return { plan: [10 * column, 8 * row, 10 * column + 10, 8 * row + 8], tops: slope[whole(3)] as House["tops"] }
      }).filter(() => random() < 0.8)
      const volume = houses.reduce((sum, { tops }) => sum + 20 * tops.reduce((all, top) => all + top), 0)
      const found = facts(withoutPartyWalls(solidsOf(houses)).solids)
      expect({ ...found, volume: Math.round(found.volume) }, `round ${round}`).toEqual({
        ...{ uses: houses.length === 0 ? [] : [2], twice: 0, open: 0 },
        volume,
      })
    }
  })
})
