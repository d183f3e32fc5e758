import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import type { Kernel, Mesh, Shard, Solids, Tile } from "../../../engine/kernel.js"
import bridge from "../../../kernels/bridge/deck.js"
import join from "../../../kernels/bridge/deck-join.js"
import meshBridge from "../../../kernels/bridge/model.js"
import { encodeFootprints } from "../../../kernels/handover/footprint/footprint.js"
import terrain from "../../../kernels/terrain/terrain.js"
import {
  fromFiles,
  fromMemory,
  objectsOf,
  type PointsOf,
  pointInputs,
  runStages,
  type Stages,
} from "../../scenes/footprint-stages.js"
import { optionsOf, scratch } from "../../scenes/kernel-run.js"
import { scanOf } from "../../scenes/made-scan.js"
import { heightsOf } from "../../scenes/terrain-scene.js"
import { sharedData } from "../../shared-data.js"

const MAX_ERROR = 0.15

/** Decks of a scan, and the models of its tiles: grounds and tops of decks by place, metres. */
interface Model {
  readonly stages: Stages
  readonly grounds: ReadonlyMap<string, Mesh>
  readonly dropped: number
  ground(x: number, y: number): number
  top(x: number, y: number): number
}

const modelOf = async (points: PointsOf, box: Box2, side: number): Promise<Model> => {
  const names = { layer: "bridge", part: "deck-part", shards: "deck-object" }
  const stages = await runStages(points, box, side, { tile: bridge, join }, names)
  const grounds = new Map<string, Mesh>()
  const [heights, tops]: ((x: number, y: number) => number | undefined)[][] = [[], []]
  let dropped = 0
  for (const { cell, key, origin, ...tile } of stages.tiles) {
    const shard = stages.shards.find((one: Shard) => one.key === key)
    const footprints = {
      "deck-own": stages.made.get(key)!["deck-own"],
      "deck-object": shard?.bytes ?? new Uint8Array(0),
    }
    const run = async (kernel: Kernel, halo: number, more: Record<string, unknown>) => {
      const own: Tile = {
        ...tile,
        key,
        cell,
        origin,
        extent: [cell[0] - halo, cell[1] - halo, cell[2] + halo, cell[3] + halo],
      }
      const input = { ...pointInputs(kernel, await points(own), own), ...footprints, ...more }
      return kernel.run(own, input as never, optionsOf(kernel, { maxError: MAX_ERROR }), scratch)
    }
    const made = await run(terrain as unknown as Kernel, 16, {})
    const ground = made["ground"] as Mesh
    dropped += (made["ground-quality"] as Record<string, number>)["droppedAbutments"]!
    const parts = (shard?.reads ?? []).map((read) => stages.made.get(read)!["deck-points"])
    const body = (await run(meshBridge as unknown as Kernel, 0, { "deck-points": parts }))["deck-body"] as Solids
    grounds.set(key, ground)
    const lookUp = (mesh: Mesh) => {
      const height = heightsOf(mesh)
      return (x: number, y: number): number | undefined => height(1000 * (x - origin[0]), 1000 * (y - origin[1]))
    }
    const inCell = lookUp(ground)
    heights.push((x, y) => (x >= cell[0] && y >= cell[1] && x < cell[2] && y < cell[3] ? inCell(x, y) : undefined))
    tops.push(lookUp(topsOf(body)))
  }
  const first = (found: typeof heights) => (x: number, y: number) =>
    (found.map((height) => height(x, y)).find((z) => z !== undefined) ?? Number.NaN) / 1000
  return { stages, grounds, dropped, ground: first(heights), top: first(tops) }
}

/** The upper faces of solids. */
const topsOf = ({ positions, ringVertices: v, ringEnds, faceKinds, origin }: Solids): Mesh => {
  const triangles: number[] = []
  for (let f = 0; f < faceKinds.length; f++)
    if (faceKinds[f] === 2) triangles.push(...v.subarray(ringEnds[f]! - 3, ringEnds[f]))
  return {
    origin,
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(positions.length / 3),
    maxError: 0,
  }
}

/** Places and heights of a mesh's vertices on a line of the grid, mm of the CRS, sorted. */
const onLine = ({ positions, origin }: Mesh, axis: 0 | 1, line: number, from: number, to: number): string[] =>
  Array.from({ length: positions.length / 3 }, (_, v) =>
    [0, 1, 2].map((k) => positions[3 * v + k]! + 1000 * origin[k]!),
  )
    .filter((place) => place[axis] === 1000 * line && place[1 - axis]! >= 1000 * from && place[1 - axis]! <= 1000 * to)
    .map((place) => place.join(" "))
    .sort()

/** Vertices of both sides of every border between tiles of a side, compared. */
const expectSeams = ({ stages, grounds }: Model, side: number): void => {
  for (const { key, cell } of stages.tiles) {
    const [level, x, y] = key.split("/").map(Number) as [number, number, number]
    for (const axis of [0, 1] as const) {
      const across = grounds.get(axis === 0 ? `${level}/${x + 1}/${y}` : `${level}/${x}/${y + 1}`)
      if (across === undefined) continue
      const [line, from] = [cell[axis] + side, cell[1 - axis]!]
      const own = onLine(grounds.get(key)!, axis, line, from, from + side)
      expect(own).toEqual(onLine(across, axis, line, from, from + side))
      expect(own.length).toBeGreaterThan(1)
    }
  }
}

const BOX: Box2 = [770000, 6277000, 770200, 6277200]

/**
 * A road over a cutting: the middle of the deck, metres from the corner of the box; the way of the
 * road; how the cutting's ground lies at u along and v across the road.
 */
interface Crossing {
  readonly middle: readonly [x: number, y: number]
  readonly turn: number
  readonly cutting: (u: number, v: number) => number
}

const [SPAN, WIDTH] = [12, 5]
const road = (u: number): number => 28 + 0.02 * u
/** A cutting between retaining walls, its floor sloping along it. */
const walled = (_: number, v: number): number => 22 + 0.03 * v
/** A cutting whose banks fall 1 : 2 from the road. */
const banked = (u: number): number => road(u) - Math.min(5, (SPAN - Math.abs(u)) / 2)

const crossings: readonly (readonly [string, Crossing])[] = [
  ["oblique over a corner of tiles", { middle: [100, 100], turn: 0.6, cutting: walled }],
  ["with an abutment on a border and over a corner", { middle: [88, 98], turn: 0, cutting: walled }],
  ["along a border", { middle: [70, 100], turn: 0, cutting: walled }],
]

const local = ({ middle, turn }: Crossing, x: number, y: number): readonly [u: number, v: number] => {
  const [dx, dy] = [x - middle[0], y - middle[1]]
  return [dx * Math.cos(turn) + dy * Math.sin(turn), dy * Math.cos(turn) - dx * Math.sin(turn)]
}
const placeOf = ({ middle, turn }: Crossing, u: number, v: number): readonly [x: number, y: number] => [
  BOX[0] + middle[0] + u * Math.cos(turn) - v * Math.sin(turn),
  BOX[1] + middle[1] + u * Math.sin(turn) + v * Math.cos(turn),
]
const scanOfCrossing = (crossing: Crossing): PointsOf =>
  fromMemory(
    scanOf(BOX, 0.5, (x, y) => {
      const [u, v] = local(crossing, x, y)
      if (Math.abs(u) >= SPAN) return [2, road(u)]
      return Math.abs(v) <= WIDTH ? [17, road(u)] : [2, crossing.cutting(u, v)]
    }),
  )

describe("where a deck meets the ground", () => {
  it.each(crossings)(
    "%s: the road runs onto the deck and the ground passes under, in any tiling",
    async (_, crossing) => {
      const points = scanOfCrossing(crossing)
      const found: Uint8Array[] = []
      for (const side of [200, 50]) {
        const model = await modelOf(points, BOX, side)
        expect(model.dropped).toBe(0)
        const worst = { road: 0, under: 0, beside: 0 }
        for (let v = -WIDTH + 1; v <= WIDTH - 1; v += 0.5) {
          for (let u = -SPAN - 4; u <= SPAN + 4; u += 0.2) {
            const [x, y] = placeOf(crossing, u, v)
            const [ground, top] = [model.ground(x, y), model.top(x, y)]
            const surface = Number.isNaN(top) ? ground : Math.max(ground, top)
            worst.road = Math.max(worst.road, Math.abs(surface - road(u)))
            // The outline goes in steps of cells of 0.5 m, the wall is 0.3 m deep.
            if (Math.abs(u) < SPAN - 1.3) worst.under = Math.max(worst.under, Math.abs(ground - crossing.cutting(u, v)))
            // The ground itself reaches the deck's height where the deck ends.
            if (Math.abs(u) > SPAN + 0.75) worst.beside = Math.max(worst.beside, Math.abs(ground - road(u)))
          }
        }
        expect(worst.road).toBeLessThan(MAX_ERROR)
        expect(worst.under).toBeLessThan(MAX_ERROR)
        expect(worst.beside).toBeLessThan(MAX_ERROR)
        expectSeams(model, side)
        found.push(encodeFootprints([...objectsOf(model.stages, "deck-own").values()]))
      }
      for (const bytes of found) expect(Buffer.compare(bytes, found[0]!)).toBe(0)
    },
  )

  it("banks under a deck stay banks: no wall, nothing pulled up or down", async () => {
    const crossing: Crossing = { middle: [100, 100], turn: 0.3, cutting: banked }
    const model = await modelOf(scanOfCrossing(crossing), BOX, 200)
    let worst = 0
    for (let v = -WIDTH + 1; v <= WIDTH - 1; v += 0.5) {
      for (let u = -SPAN + 1; u <= SPAN - 1; u += 0.25)
        worst = Math.max(worst, Math.abs(model.ground(...placeOf(crossing, u, v)) - banked(u)))
    }
    // Half a metre: the banks meet in an edge, which places every 2.5 m round off.
    expect(worst).toBeLessThan(0.5)
    const [deck] = [...objectsOf(model.stages, "deck-own").values()]
    expect(deck!.under!.lines.length).toBe(2)
  })

  it("a deck that lies on the ground all round has no ground of its own below", async () => {
    const crossing: Crossing = { middle: [100, 100], turn: 0.3, cutting: road }
    const { stages } = await modelOf(scanOfCrossing(crossing), BOX, 200)
    const [deck] = [...objectsOf(stages, "deck-own").values()]
    expect(deck!.under!.places).toEqual([])
    expect(deck!.under!.lines.length).toBe(1)
  })
})

describe.skipIf(!sharedData)("abutments of real bridges", () => {
  it("under the bridge of 0299_6802 the ground passes at the height of IGN's virtual points, and meets the deck at its ends", async () => {
    const folder = `${sharedData}/lidar-hd/las-digital-models/bridge/pointcloud`
    const paths = ["0299", "0300"].map((x) => `${folder}/test_semis_2023_${x}_6802_LA93_IGN69.laz`)
    const box: Box2 = [299900, 6801750, 300050, 6801850]
    const points = fromFiles(paths, box)
    const found: Uint8Array[] = []
    for (const side of [250, 50]) {
      const model = await modelOf(points, box, side)
      expect(model.dropped).toBe(0)
      expectSeams(model, side)
      const decks = [
        ...objectsOf(model.stages, "deck-own").values(),
        ...objectsOf(model.stages, "deck-object").values(),
      ]
      const unique = decks.filter(({ id }, i) => decks.findIndex((one) => one.id === id) === i)
      found.push(encodeFootprints(unique))
      const under = unique.flatMap((deck) => deck.under!.places)
      expect(under.length / 3).toBeGreaterThan(30)
      for (let i = 0; i < under.length; i += 3) {
        const [x, y] = [under[i]! / 1000, under[i + 1]! / 1000]
        // The lower road: between 140.6 m, where IGN has its virtual points, and 143.4 m beyond the
        // bridge. Without abutments the ground here is at 148 m.
        expect(model.ground(x, y)).toBeGreaterThan(140)
        expect(model.ground(x, y)).toBeLessThan(143.5)
      }
      // The ground beside the abutments meets the deck.
      const tops = unique.flatMap((deck) => deck.under!.lines.filter((line) => line[2]! > 147_000))
      expect(tops.length).toBeGreaterThanOrEqual(2)
      for (const line of tops) {
        for (let i = 0; i < line.length; i += 3) {
          const top = model.top(line[i]! / 1000, line[i + 1]! / 1000)
          if (!Number.isNaN(top)) expect(Math.abs(top - line[i + 2]! / 1000)).toBeLessThan(MAX_ERROR)
        }
      }
    }
    expect(Buffer.compare(found[0]!, found[1]!)).toBe(0)
  })
})

describe("a deck over a river", () => {
  it.each([9, 66])(
    "the ground below it is at the water's level, of class %i, whose outline nobody makes",
    async (code) => {
      const scan = scanOf(BOX, 1, (x, y) => {
        const off = Math.abs(x - 100)
        if (Math.abs(y - 90) < 5 && off < 28) return [17, 28]
        return off < 20 ? [code, 20] : [2, Math.min(28, 22 + off / 10)]
      })
      const made = await modelOf(fromMemory(scan), BOX, 100)
      expect(made.dropped).toBe(0)
      for (let x = 85; x < 116; x += 1.5) {
        for (let y = 86; y < 95; y += 1.5)
          expect(Math.abs(made.ground(BOX[0] + x, BOX[1] + y) - 20)).toBeLessThan(MAX_ERROR)
      }
    },
  )
})
