import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { seededRandom } from "../../../engine/core/random.js"
import type { Mesh } from "../../../engine/kernel.js"
import type { Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { factsOf, openOn } from "../../scenes/mesh-scene.js"
import {
  areaOf,
  footprintOf,
  groundShots,
  heightsOf,
  isInside,
  linesOf,
  rectangle,
  ringOf,
  rolling,
  runTerrain,
  type Shot,
} from "../../scenes/terrain-scene.js"

const GRID = 25_000
const area: Box2 = [80, 80, 170, 170]

/** The four cells around (125, 125). */
const cells: readonly Box2[] = [
  [100, 100, 125, 125],
  [125, 100, 150, 125],
  [100, 125, 125, 150],
  [125, 125, 150, 150],
]

const expectAgreement = (meshes: readonly Mesh[]): void => {
  const facts = meshes.map(factsOf)
  for (const one of facts) expect([one.degenerate, one.nonManifold, one.unused]).toEqual([0, 0, 0])
  const [a, b, c, d] = facts
  expect(openOn(a!, { x: 125 })).toEqual(openOn(b!, { x: 125 }))
  expect(openOn(c!, { x: 125 })).toEqual(openOn(d!, { x: 125 }))
  expect(openOn(a!, { y: 125 })).toEqual(openOn(c!, { y: 125 }))
  expect(openOn(b!, { y: 125 })).toEqual(openOn(d!, { y: 125 }))
}

/** Area by owner's id, square metres. */
const areasOf = (meshes: readonly Mesh[]): Map<string, number> => {
  const areas = new Map<string, number>()
  for (const { positions: p, triangles, owners, objects } of meshes) {
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
      const doubled = (p[b] - p[a]) * (p[c + 1] - p[a + 1]) - (p[b + 1] - p[a + 1]) * (p[c] - p[a])
      const id = objects!.ids[owners![t / 3]]!
      areas.set(id, (areas.get(id) ?? 0) + doubled / 2e6)
    }
  }
  return areas
}

/** All edges of the meshes as "x y z x y z", from the lower end. */
const edgesOf = (meshes: readonly Mesh[]): Set<string> => {
  const edges = new Set<string>()
  for (const { positions: p, triangles, origin } of meshes) {
    const place = (v: number): string => [0, 1, 2].map((k) => p[3 * v + k] + 1000 * origin[k as 0 | 1 | 2]).join(" ")
    for (let e = 0; e < triangles.length; e++) {
      const [a, b] = [place(triangles[e]), place(triangles[e % 3 === 2 ? e - 2 : e + 1])]
      edges.add(a < b ? `${a} ${b}` : `${b} ${a}`)
    }
  }
  return edges
}

const expectRings = (meshes: readonly Mesh[], objects: readonly Footprint[]): void => {
  const edges = edgesOf(meshes)
  for (const { rings } of objects) {
    for (const { xyz } of rings) {
      const n = xyz.length / 3
      for (let i = 0; i < n; i++) {
        const [a, b] = [i, (i + 1) % n].map((k) => [...xyz.slice(3 * k, 3 * k + 3)])
        if ([a!, b!].some(([x, y]) => x! < 100_000 || x! > 150_000 || y! < 100_000 || y! > 150_000)) continue
        const [p, q] = [a!.join(" "), b!.join(" ")]
        expect(edges).toContain(p < q ? `${p} ${q}` : `${q} ${p}`)
      }
    }
  }
}

/**
 * Distances of the shots of class 2 in a cell to the mesh, by trying every triangle; those with
 * near fellows apart left out.
 */
const bruteErrors = (
  mesh: Mesh,
  shots: readonly Shot[],
  cell: Box2,
  skip: (x: number, y: number) => boolean = () => false,
  bound = 150,
): number[] => {
  const own = shots.filter(
    ([x, y, , c]) =>
      c === 2 && x >= cell[0] * 1000 && x <= cell[2] * 1000 && y >= cell[1] * 1000 && y <= cell[3] * 1000,
  )
  const heightAt = heightsOf(mesh)
  const squares = new Map<string, Shot[]>()
  const square = (x: number, y: number): string => `${Math.floor(x / 100)} ${Math.floor(y / 100)}`
  for (const shot of own) {
    const key = square(shot[0], shot[1])
    squares.set(key, [...(squares.get(key) ?? []), shot])
  }
  const errors: number[] = []
  for (const [x, y, z] of own) {
    if (skip(x, y)) continue
    const around = [-100, 0, 100].flatMap((dx) => [-100, 0, 100].map((dy) => squares.get(square(x + dx, y + dy)) ?? []))
    const fellows = around.flat().filter((o) => Math.hypot(o[0] - x, o[1] - y) <= 100)
    if (fellows.some((o) => Math.abs(o[2] - z) > 2 * bound || (o[0] === x && o[1] === y && o[2] < z))) continue
    const height = heightAt(x - 1000 * cell[0], y - 1000 * cell[1])
    errors.push(Math.abs(height! - z))
  }
  return errors
}

const bruteError = (...given: Parameters<typeof bruteErrors>): number =>
  bruteErrors(...given).reduce((largest, error) => Math.max(largest, error), 0)

const shots = groundShots(1, area, 5)

describe("mesh.terrain", () => {
  it("covers its cell with sound triangles within the bound, and tells so", () => {
    const made = cells.map((cell) => runTerrain(shots, cell))
    expectAgreement(made.map(({ ground }) => ground))
    for (const [i, { ground, "ground-quality": quality }] of made.entries()) {
      const facts = factsOf(ground)
      expect(facts.areaM2).toBe(625)
      // Euler: a disc.
      expect(ground.classes.length - edgesOf([ground]).size + ground.triangles.length / 3).toBe(1)
      expect(bruteError(ground, shots, cells[i]!, () => false)).toBeLessThanOrEqual(150)
      expect(quality["maxErrorM"]).toBeLessThanOrEqual(0.15)
      expect(quality["accepted"]! + quality["merged"]! + quality["rejectedStep"]! + quality["rejectedAtWall"]!).toBe(
        shots.filter(([x, y]) => {
          const [minX, minY, maxX, maxY] = cells[i]!
          return x >= minX * 1000 && x < maxX * 1000 && y >= minY * 1000 && y < maxY * 1000
        }).length,
      )
      expect(ground.triangles.length / 3).toBeLessThan(0.2 * quality["accepted"]!)
    }
  })

  it.each([0.02, 0.05, 0.5, 5])("keeps a bound of %f m", (maxError) => {
    const cell = cells[0]!
    const { ground, "ground-quality": quality } = runTerrain(shots, cell, {}, maxError)
    const above = bruteErrors(ground, shots, cell, () => false, 1000 * maxError).filter((e) => e > 1000 * maxError)
    // Points at the border's own edges, which no triangle can reach: counted, and few.
    expect(above.length).toBeLessThanOrEqual(quality["rejectedAtWall"]!)
    expect(quality["rejectedAtWall"]).toBeLessThan(0.01 * quality["accepted"]!)
  })

  it("lies near the true ground", () => {
    const { ground } = runTerrain(shots, cells[0]!)
    const heightAt = heightsOf(ground)
    let squares = 0
    let count = 0
    for (let x = 100_250; x < 125_000; x += 500) {
      for (let y = 100_250; y < 125_000; y += 500) {
        squares += (heightAt(x - 100_000, y - 100_000)! - rolling(x, y)) ** 2
        count++
      }
    }
    expect(Math.sqrt(squares / count)).toBeLessThan(70)
  })
})

describe("mesh.terrain with objects", () => {
  it.each([1, 2, 3, 4])("has random blocks' rings as edges, over borders and corners (seed %i)", (seed) => {
    const random = seededRandom(100 + seed)
    const corners: (readonly [number, number])[][] = []
    for (let cx = 95; cx <= 160; cx += 15) {
      for (let cy = 95; cy <= 160; cy += 15) {
        if (random() < 0.3) continue
        const [jx, jy] = [random(), random()]
        const turn = random() < 0.3 ? 0 : random() * Math.PI
        corners.push(
          rectangle(cx * 1000 + 1500 * jx, cy * 1000 + 1500 * jy, 2000 + 6000 * random(), 2000 + 5000 * random(), turn),
        )
      }
    }
    const blocks = corners.map((ring, i) => footprintOf(6, `b${i}`, [ringOf(ring, GRID, rolling)], 100_000))
    const seen = groundShots(seed, area, 4).map(
      (shot): Shot =>
        corners.some((ring) => isInside(ring, shot[0], shot[1])) ? [shot[0], shot[1], 108_000, 6] : shot,
    )
    const made = cells.map((cell) => runTerrain(seen, cell, { blocks }))
    const meshes = made.map(({ ground }) => ground)
    expectAgreement(meshes)
    for (const mesh of meshes) expect(factsOf(mesh).areaM2).toBe(625)
    expectRings(meshes, blocks)
    const areas = areasOf(meshes)
    for (const [i, ring] of corners.entries()) {
      if (ring.some(([x, y]) => x < 100_000 || y < 100_000 || x > 150_000 || y > 150_000)) continue
      expect(areas.get(`b${i}`)).toBeCloseTo(areaOf(ring), 1)
    }
    for (const [i, { ground }] of made.entries()) {
      expect(
        bruteError(ground, seen, cells[i]!, (x, y) => corners.some((ring) => isInside(ring, x, y))),
      ).toBeLessThanOrEqual(150)
    }
  })

  it("takes rings along the border, touching it, around a corner, and in and out of it", () => {
    const rings = [
      // An edge on x = 125 m; a corner on it; a block over the corner of four tiles; a comb that
      // crosses y = 125 m six times.
      rectangle(128_000, 108_000, 6000, 6000, 0),
      [
        [125_000, 116_000],
        [129_000, 113_500],
        [129_000, 118_500],
      ],
      rectangle(125_500, 125_800, 7000, 6000, 0.4),
      [
        [104_000, 121_000],
        [116_000, 121_000],
        [116_000, 128_000],
        [113_000, 127_000],
        [112_000, 123_000],
        [111_000, 127_000],
        [109_000, 127_000],
        [108_000, 123_000],
        [107_000, 128_000],
        [104_000, 128_000],
      ],
    ] as const
    const blocks = rings.map((ring, i) => footprintOf(6, `b${i}`, [ringOf(ring, GRID, rolling)], 99_000))
    const seen = shots.filter(([x, y]) => !rings.some((ring) => isInside(ring, x, y)))
    const made = cells.map((cell) => runTerrain(seen, cell, { blocks }))
    const meshes = made.map(({ ground }) => ground)
    expectAgreement(meshes)
    for (const mesh of meshes) expect(factsOf(mesh).areaM2).toBe(625)
    expectRings(meshes, blocks)
    const areas = areasOf(meshes)
    for (const [i, ring] of rings.entries()) expect(areas.get(`b${i}`)).toBeCloseTo(areaOf(ring), 1)
  })

  it("keeps courtyards as ground, and their points", () => {
    const outer = rectangle(112_000, 112_000, 16_000, 16_000, 0.2)
    const inner = [...rectangle(112_000, 112_000, 8000, 8000, 0.2)].reverse()
    const block = footprintOf(6, "b", [ringOf(outer, GRID, rolling), ringOf(inner, GRID, rolling)], 99_000)
    const { ground, "ground-quality": quality } = runTerrain(shots, cells[0]!, { blocks: [block] })
    expect(areasOf([ground]).get("b")).toBeCloseTo(256 - 64, 1)
    expectRings([ground], [block])
    expect(quality["covered"]).toBeGreaterThan(800)
    const yard = (x: number, y: number): boolean => isInside(outer, x, y) && !isInside(inner, x, y)
    expect(bruteError(ground, shots, cells[0]!, yard)).toBeLessThanOrEqual(150)
  })

  it("makes water flat at its level, over tiles, however wide and empty it is", () => {
    const bank = (x: number, y: number): number =>
      Math.hypot(x - 125_000, y - 125_000) < 20_000 ? 95_000 : rolling(x, y)
    const corners = Array.from({ length: 40 }, (_, k): readonly [number, number] => {
      const angle = (2 * Math.PI * k) / 40 + 0.01
      return [Math.round(125_000 + 19_000 * Math.cos(angle)), Math.round(125_000 + 19_000 * Math.sin(angle))]
    })
    const lake = footprintOf(9, "lake", [ringOf(corners, GRID, () => 95_000)], 95_000)
    const seen = groundShots(7, area, 5, bank, 30, (x, y) => isInside(corners, x, y))
    const made = cells.map((cell) => runTerrain(seen, cell, { waters: [lake] }))
    const meshes = made.map(({ ground }) => ground)
    expectAgreement(meshes)
    expectRings(meshes, [lake])
    for (const mesh of meshes) {
      expect(factsOf(mesh).areaM2).toBe(625)
      for (const t of mesh.owners!.keys()) {
        if (mesh.objects!.classes[mesh.owners![t]] !== 9) continue
        for (let k = 3 * t; k < 3 * t + 3; k++) expect(mesh.positions[3 * mesh.triangles[k] + 2]).toBe(95_000)
      }
    }
    // Without the lake the place is a void.
    expect(runTerrain(seen, cells[0]!)["ground-quality"]["uncoveredM2"]).toBeGreaterThan(150)
  })

  it("takes class 9 as ground only where no kernel makes water", () => {
    const wet = shots.map((shot): Shot => (shot[0] > 110_000 ? [shot[0], shot[1], shot[2], 9] : shot))
    const alone = runTerrain(wet, cells[0]!)
    const made = runTerrain(wet, cells[0]!, { waters: [] })
    expect(alone["ground-quality"]["accepted"]).toBeGreaterThan(1.5 * made["ground-quality"]["accepted"]!)
    expect(alone.ground.classes).toContain(9)
    expect(made.ground.classes).not.toContain(9)
  })

  it("does not accept points under a deck", () => {
    const ring = rectangle(125_000, 112_000, 12_000, 5000, 0.3)
    const deck = footprintOf(17, "d", [ringOf(ring, GRID, () => 105_000)], 105_000)
    const high = shots.map((shot): Shot => (isInside(ring, shot[0], shot[1]) ? [shot[0], shot[1], 105_000, 2] : shot))
    const made = [cells[0]!, cells[1]!].map((cell) => runTerrain(high, cell, { decks: [deck] }))
    const [west, east] = made.map(({ ground }) => ground)
    expect(openOn(factsOf(west!), { x: 125 })).toEqual(openOn(factsOf(east!), { x: 125 }))
    expect(Math.abs(heightsOf(west!)(24_000, 12_000)! - rolling(124_000, 112_000))).toBeLessThan(400)
    expect(Math.abs(heightsOf(east!)(0, 12_000)! - rolling(125_000, 112_000))).toBeLessThan(400)
    expect(made[0]!["ground-quality"]["covered"]).toBeGreaterThan(80)
    // Both name its outline, relative to their own corner; one that it does not meet names none.
    for (const [mesh, corner] of [
      [west!, 100_000],
      [east!, 125_000],
    ] as const)
      expect(mesh.decks?.map((rings) => rings.map((places) => [...places]))).toEqual([
        [ringOf(ring, GRID, () => 0)]
          .map(({ xyz }) => [...xyz].filter((_, i) => i % 3 < 2))
          .map((places) => places.map((value, i) => value - (i % 2 === 0 ? corner : 100_000))),
      ])
    expect(runTerrain(high, cells[2]!, { decks: [deck] }).ground.decks).toEqual([])
  })
})

describe("mesh.terrain with lines, steps and voids", () => {
  it("has breaklines as edges that meet on the border", () => {
    const lines = linesOf([
      [
        [101.2345, 103.1, 101],
        [124.9, 122.7, 101.5],
        [140.03, 131.77, 102],
      ],
      [
        [110, 90, 99],
        [110, 160, 99],
      ],
      [
        [125, 101, 100.7],
        [125, 105, 100.9],
      ],
    ])
    const made = cells.map((cell) => runTerrain(shots, cell, { breaklines: lines }))
    expectAgreement(made.map(({ ground }) => ground))
    expect(made.map((one) => one["ground-quality"]["droppedLines"])).toEqual([1, 0, 0, 0])
    expect(heightsOf(made[0]!.ground)(25_000, 4000)).toBeCloseTo(100_850, 0)
    // The line goes from (124.9, 122.7) into the tile beside; on it the mesh has the line's height.
    expect(heightsOf(made[3]!.ground)(15_030, 6770)).toBeCloseTo(102_000, 0)
    expect(heightsOf(made[2]!.ground)(10_000, 12_345)).toBeCloseTo(99_000, 0)
  })

  it("rejects both points of a step and keeps the lowest of one place", () => {
    const step: Shot[] = [
      ...shots,
      [112_000, 112_000, 150_000, 2],
      [112_050, 112_050, 149_000, 2],
      [113_000, 113_000, Math.round(rolling(113_000, 113_000)) + 10, 2],
      [113_000, 113_000, Math.round(rolling(113_000, 113_000)) + 200, 2],
    ]
    const { ground, "ground-quality": quality } = runTerrain(step, cells[0]!)
    const before = runTerrain(shots, cells[0]!)["ground-quality"]
    expect(quality["rejectedStep"]! - before["rejectedStep"]!).toBeGreaterThanOrEqual(2)
    expect(quality["merged"]! - before["merged"]!).toBe(1)
    expect(Math.abs(heightsOf(ground)(12_000, 12_000)! - rolling(112_000, 112_000))).toBeLessThan(300)
  })

  it.each([
    ["around a corner", (x: number, y: number) => Math.hypot(x - 125_000, y - 125_000) < 18_000],
    ["on one side of a border", (x: number) => x > 125_010 && x < 146_000],
    ["oblique over all of them", (x: number, y: number) => x + 0.7 * y > 205_000 && x + 0.7 * y < 236_000],
    ["beside a delivery", (x: number) => x > 125_000],
  ])("ends with the data at a void %s, alike in all tiles", (_, hole) => {
    const seen = shots.filter(([x, y]) => !hole(x, y))
    const meshes = cells.map((cell) => runTerrain(seen, cell).ground)
    expectAgreement(meshes)
    // The outline is 1.5 m from the middle of cells with a point, or less.
    const isDeep = (x: number, y: number): boolean =>
      [0, 1, 2, 3, 4, 5, 6, 7].every((k) =>
        hole(x + 2210 * Math.cos((k * Math.PI) / 4), y + 2210 * Math.sin((k * Math.PI) / 4)),
      )
    const wrong: string[] = []
    for (const mesh of meshes) {
      const heightAt = heightsOf(mesh)
      for (let x = 500; x < 25_000; x += 500) {
        for (let y = 500; y < 25_000; y += 500) {
          const [east, north] = [1000 * mesh.origin[0] + x, 1000 * mesh.origin[1] + y]
          const isCovered = heightAt(x, y) !== undefined
          if (isCovered ? isDeep(east, north) : !hole(east, north)) wrong.push(`${east} ${north}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it("closes the ground under woods and roofs of any size", () => {
    const roofed = shots.map((shot): Shot => {
      const [x, y] = shot
      return Math.abs(x - 120_000) < 12_000 && Math.abs(y - 120_000) < 12_000 ? [x, y, 110_000, 6] : shot
    })
    const meshes = cells.map((cell) => runTerrain(roofed, cell).ground)
    expectAgreement(meshes)
    for (const mesh of meshes) {
      expect(factsOf(mesh).areaM2).toBe(625)
      for (let v = 2; v < mesh.positions.length; v += 3) expect(mesh.positions[v]).toBeLessThan(106_000)
    }
  })

  it("closes a corner without ground in reach at its lowest return, alike in the four tiles", () => {
    const wooded = shots.map((shot, i): Shot => {
      const [x, y, z] = shot
      if (Math.hypot(x - 125_000, y - 125_000) > 17_000) return shot
      return [x, y, z + 2000 + (i % 13) * 1000, i % 13 === 0 ? 3 : 5]
    })
    // Squares of 5 m count that are whole within 16 m.
    const far = (at: number): number => Math.abs(Math.floor(at / 5000) * 5000 + 2500 - 125_000) + 2500
    const near = wooded.filter(([x, y]) => Math.hypot(far(x), far(y)) <= 16_000)
    const lowest = Math.min(...near.map(([, , z]) => z))
    const meshes = cells.map((cell) => runTerrain(wooded, cell).ground)
    expectAgreement(meshes)
    for (const [k, mesh] of meshes.entries()) {
      expect(factsOf(mesh).areaM2).toBe(625)
      const [cx, cy] = [k % 2 === 0 ? 25_000 : 0, k < 2 ? 25_000 : 0]
      expect(heightsOf(mesh)(cx, cy)).toBe(lowest)
    }
  })

  it("depends on nothing beyond its halo, and not on objects that only a neighbour has", () => {
    const cell = cells[0]!
    const near = shots.filter(([x, y]) => x >= 84_000 && y >= 84_000 && x < 141_000 && y < 141_000)
    expect(runTerrain(near, cell).ground).toEqual(runTerrain(shots, cell).ground)
    const block = footprintOf(6, "b", [ringOf(rectangle(121_000, 112_000, 7400, 5000, 0), GRID, rolling)], 99_000)
    const made = cells.map((one) => runTerrain(shots, one, { blocks: [block] }).ground)
    expectAgreement(made)
  })

  it("refuses rings that were made for another grid", () => {
    const block = footprintOf(6, "b", [ringOf(rectangle(125_300, 112_000, 7400, 5000, 0), 1e9, rolling)], 99_000)
    expect(() => runTerrain(shots, cells[0]!, { blocks: [block] })).toThrow("another grid of tiles")
  })

  it("makes an empty mesh without ground", () => {
    const trees = shots.map(([x, y, z]): Shot => [x, y, z + 5000, 5])
    expect(runTerrain(trees, cells[0]!).ground.triangles.length).toBe(0)
  })
})
