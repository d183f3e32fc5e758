import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { validateOutput } from "../../../../engine/check/validate-output.js"
import type { ValidateReport } from "../../../../engine/check/validate-report.js"
import { convertToCopc } from "../../../../engine/export/copc.js"
import { encodeCitySequence } from "../../../../engine/formats/cityjson/encode-city.js"
import { encodeLas } from "../../../../engine/formats/las/write/las-writer.js"
import { encodeGlb } from "../../../../engine/formats/tiles3d/glb.js"
import { boundingBox, chooseFrame } from "../../../../engine/formats/tiles3d/tile-frame.js"
import { encodeTileset } from "../../../../engine/formats/tiles3d/tileset.js"
import { encodeFlatGeobuf } from "../../../../engine/formats/vector/flatgeobuf/writer.js"
import { crsByEpsg } from "../../../../engine/grid/crs.js"
import { openGeoid } from "../../../../engine/grid/geoid.js"
import { coverArea, TileKey } from "../../../../engine/grid/tile-key.js"
import { layout } from "../../../../engine/job/layout.js"
import type { Solids } from "../../../../engine/kernel.js"
import { provenance } from "../../../scenes/content-scene.js"
import { corner, meshOf, type Quad, quadsOf } from "../../../scenes/house-scene.js"
import { facts, solidsOf } from "../../../scenes/solids-scene.js"

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A point: metres from the corner and the ground, class. */
type Place = readonly [x: number, y: number, z: number, code: number]

const las = (places: readonly Place[]): Uint8Array => {
  const column = (k: 0 | 1 | 2): Int32Array => Int32Array.from(places, (place) => Math.round(place[k] * 1000))
  return encodeLas(
    {
      count: places.length,
      x: column(0),
      y: column(1),
      z: column(2),
      classification: Uint8Array.from(places, ([, , , code]) => code),
      scale: 0.001,
      origin: [...corner, 30],
    },
    { pointFormat: 6, epsg: 2154, scale: 0.001 },
  )
}

const deckLayer = (ring: readonly number[]): Uint8Array =>
  encodeFlatGeobuf(
    {
      geometry: "Polygon",
      dimension: 2,
      coordinates: Float64Array.from(ring, (value, i) => value + corner[(i % 2) as 0 | 1]),
      ringEnds: Uint32Array.of(ring.length / 2),
      partEnds: Uint32Array.of(1),
      ids: ["deck"],
      columns: {},
    },
    { name: "bridge", epsg: 2154, metadata: {} },
  )

/** The house of the scene, 20 × 15 m, its floor on the ground. */
const house = (eaves = 6): Solids =>
  solidsOf([{ id: "house", at: [40, 15, 0], size: [20, 15, eaves, eaves] }], [...corner, 30])

interface SceneOptions {
  readonly solids?: Solids
  readonly copc?: boolean
  readonly quads?: typeof quadsOf
  /** Ring of a bridge deck in the layer, x and y in metres from the corner, closed. */
  readonly deck?: readonly number[]
  /** Ring of a deck that the contents name, likewise, not closed; null: they name none. */
  readonly named?: readonly number[] | null
}

/** Two tiles with the house over their border, its solid, and the points, as a run leaves them. */
const writeOutput = async (
  points: readonly Place[],
  { solids = house(), copc = false, quads = quadsOf, deck, named }: SceneOptions = {},
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "maille-accuracy-"))
  folders.push(folder)
  const put = (path: string, data: Uint8Array | string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), data)
    return join(folder, path)
  }
  const crs = crsByEpsg(2154)
  const grid = coverArea(crs.area, 50)
  const geoid = await openGeoid({ heights: "ellipsoidal", epsg: 2154 })
  const children = [0, 1].map((column) => {
    const key = { level: grid.leafLevel, x: corner[0] / 50 + column, y: corner[1] / 50 }
    const mesh = meshOf(quads(10 * column, column === 0))
    const frame = chooseFrame(crs, geoid, TileKey.box(grid, key), [30, 40])
    const uri = `tiles/${TileKey.format(key)}.glb`
    const ring = named?.map((value, i) => Math.round(1000 * (value - (i % 2 === 0 ? 50 * column : 0))))
    const decks = named === undefined ? {} : { decks: ring === undefined ? [] : [[ring]] }
    put(uri, encodeGlb({ mesh, frame, ...provenance, extras: { ...provenance.extras, ...decks } }))
    return { uri, geometricError: 0.1, centre: frame.centre, box: boundingBox(mesh, frame), children: [] }
  })
  put("tileset.json", encodeTileset({ geometricError: 3, children }, provenance))
  put(layout.solids, encodeCitySequence([solids], facts))
  if (deck !== undefined) put(layout.layer("bridge"), deckLayer(deck))
  let input = put("input/points.las", las(points))
  if (copc) {
    await convertToCopc({ inputs: [input], out: join(folder, "copc"), workers: 1 })
    input = join(folder, "copc", "points.copc.laz")
  }
  put("job.json", JSON.stringify({ inputs: [input], tileSize: 50, epsg: 2154, heights: "ellipsoidal" }))
  return folder
}

/** Ground points 0.04 m above the ground, one a square metre, none where the house stands. */
const ground: Place[] = Array.from(
  { length: 100 * 50 },
  (_, i): Place => [(i % 100) + 0.5, Math.floor(i / 100) + 0.5, 0.04, 2],
)
const outside = ground.filter(([x, y]) => x < 40 || x > 60 || y < 15 || y > 30)
/** Class 6 points 0.1 m above the roof, one each of its cells of 0.5 m. */
const roof: Place[] = Array.from(
  { length: 40 * 30 },
  (_, i): Place => [40.25 + (i % 40) / 2, 15.25 + Math.floor(i / 40) / 2, 6.1, 6],
)

const accuracyOf = async (...args: Parameters<typeof writeOutput>): Promise<ValidateReport> =>
  validateOutput(await writeOutput(...args))

describe("accuracy of a model against its points", () => {
  it.each([[false], [true]])("measures ground and roofs over tiles and borders (COPC: %s)", async (copc) => {
    const { accuracy, problems, solids, notes } = await accuracyOf([...outside, ...roof], { copc })
    expect([...problems, ...notes]).toEqual([])
    expect(solids).toEqual({ count: 1, closed: 1, manifold: 1, oriented: 1, valid: 1, errors: {} })
    expect(accuracy).toMatchObject({ groundPoints: 5000 - 300, groundRejected: 0, groundAtEdge: 0, roofPoints: 1200 })
    expect(accuracy).toMatchObject({ buildings: 1, covered: 1, coveredPoints: 1 })
    for (const value of [accuracy.groundRmse, accuracy.groundMax, accuracy.ground95])
      expect(Math.abs(value! - 0.04)).toBeLessThan(0.004)
    for (const value of [accuracy.roofRmse, accuracy.buildingRmseMedian, accuracy.buildingRmse95])
      expect(value).toBeCloseTo(0.1, 6)
  })

  it("leaves out what stands under the house, and upper points of one place", async () => {
    const { accuracy, problems } = await accuracyOf([...ground, ...outside.map(([x, y]): Place => [x, y, 2, 2])])
    expect(problems).toEqual([])
    expect(accuracy).toMatchObject({ groundPoints: 4700, groundRejected: 0, roofRmse: null, covered: null })
    expect(accuracy.groundMax).toBeLessThan(0.05)
  })

  it("counts points of a step, and those at a wall, apart; any other beyond the bound is a fault", async () => {
    const step: Place[] = [
      [20.01, 20.01, 0, 2],
      [20.01, 20.07, 1, 2],
    ]
    const atWall: Place = [39.95, 22.02, 0.8, 2]
    const sound = await accuracyOf([...outside, ...step, atWall])
    expect(sound.problems).toEqual([])
    expect(sound.accuracy).toMatchObject({ groundPoints: 4700, groundRejected: 2, groundAtEdge: 1 })
    const faulty = await accuracyOf([...outside, [20.01, 20.01, 0.3, 66]])
    expect(faulty.ok).toBe(false)
    expect(faulty.problems).toEqual([expect.stringMatching(/ground points are up to 0\.30\d m from the ground/)])
    expect(faulty.accuracy.groundMax).toBeCloseTo(0.3, 2)
  })

  it("leaves out points inside the outline of a written deck, and no others", async () => {
    const deck = [10, 20, 30, 20, 30, 26, 10, 26, 10, 20]
    const under: Place[] = [
      [12.01, 20.01, -3, 2],
      [29.9, 25.98, 0.54, 2],
    ]
    const sound = await accuracyOf([...outside, ...under], { deck })
    expect(sound.problems).toEqual([])
    expect(sound.accuracy.groundPoints).toBe(4700 - 20 * 6)
    const beside = await accuracyOf([...outside, [29.9, 26.02, 0.54, 2]], { deck })
    expect(beside.problems).toEqual([expect.stringMatching(/ground points are up to 0\.5[34]\d m from the ground/)])
    expect((await accuracyOf([...outside, ...under])).ok).toBe(false)
  })

  it("leaves out points inside the outlines that the contents name, over the tiles' border, and sees ground that is wrong beside a deck", async () => {
    const named = [30, 35, 70, 35, 70, 45, 30, 45]
    // Points of the deck all over it and 1.5 m beside: they excuse no ground.
    const deckPoints = Array.from(
      { length: 43 * 13 },
      (_, i): Place => [28.5 + (i % 43), 33.5 + Math.floor(i / 43), 6, 17],
    )
    const under: Place[] = [
      [30, 40.01, -4, 2],
      [49.99, 40.01, -4, 2],
      [50.01, 40.01, -4, 2],
      [69.9, 44.98, 0.6, 66],
    ]
    const points = [...outside, ...deckPoints, ...under]
    const sound = await accuracyOf(points, { named })
    expect(sound.problems).toEqual([])
    expect(sound.accuracy).toMatchObject({ groundPoints: 4700 - 400, groundAtDeck: 404 })
    for (const [x, y] of [
      [40.51, 45.02],
      [29.98, 41.01],
      [60.01, 34.9],
    ] as const) {
      const { accuracy, problems } = await accuracyOf([...points, [x, y, 0.54, 2]], { named })
      expect(problems).toEqual([expect.stringMatching(/ground points are up to 0\.5[34]\d m from the ground/)])
      expect(accuracy.groundAtDeck).toBe(404)
    }
    // What contents name holds, whatever a layer says; that they name none as well.
    const layer = [...named, 30, 35]
    expect((await accuracyOf(points, { named: null, deck: layer })).ok).toBe(false)
    expect((await accuracyOf(points, { deck: layer })).ok).toBe(true)
  })

  it("meets the tip of a pit where the lattice of the contents has moved it, and nowhere else", async () => {
    // A well of 400 m on the first square of the ground, its tip where the lattice moves it by more
    // than 1 mm.
    const [tipX, tipY, depth] = [2.511, 2.517, -400]
    const quads: typeof quadsOf = (first, owns) =>
      quadsOf(first, owns).flatMap((quad): Quad[] => {
        const [owner, a, b, c, d] = quad as [number, ...Quad[1][]]
        if (a![0] !== 0 || a![1] !== 0) return [quad]
        const tip = [1000 * tipX, 1000 * tipY, 1000 * depth] as const
        return [
          [owner, a!, b!, tip, tip],
          [owner, b!, c!, tip, tip],
          [owner, c!, d!, tip, tip],
          [owner, d!, a!, tip, tip],
        ]
      })
    const rest = outside.filter(([x, y]) => x > 5 || y > 5)
    const sound = await accuracyOf([...rest, [tipX, tipY, depth, 2]], { quads })
    expect(sound.accuracy).toMatchObject({ groundSteep: 1, groundPoints: 4675 })
    expect(sound.accuracy.groundMax).toBeLessThan(0.05)
    // 0.3 m below the tip; and on the wall's height 9 mm beside it, more than the lattice moves
    // anything.
    for (const [aside, below] of [
      [0, 0.3],
      [0.009, 0],
    ] as const) {
      const { accuracy } = await accuracyOf([...rest, [tipX + aside, tipY, depth - below, 2]], { quads })
      expect(accuracy.groundSteep).toBe(0)
      expect(accuracy.groundMax).toBeGreaterThan(0.2)
    }
  })

  it("takes the pair of a step over the tile border for one", async () => {
    const { accuracy } = await accuracyOf([...outside, [49.98, 40.01, 0, 2], [50.03, 40.01, 1, 2]])
    expect(accuracy.groundRejected).toBe(2)
  })

  it("takes points within 0.5 m of an outline for the building's, and counts the area outside", async () => {
    const near: Place = [39.6, 20.1, 3, 6]
    const far: Place[] = [
      [39.4, 25.1, 3, 6],
      [10.1, 10.1, 3, 6],
      [10.2, 10.2, 3, 6],
    ]
    const { accuracy } = await accuracyOf([...roof, near, ...far])
    expect(accuracy.roofPoints).toBe(1201)
    expect(accuracy.roofMax).toBeCloseTo(0.4, 6)
    expect(accuracy.covered).toBeCloseTo(1201 / 1203, 6)
    expect(accuracy.coveredPoints).toBeCloseTo(1200 / 1204, 6)
  })

  it("finds a roof that is a metre too low, and a solid that is not closed", async () => {
    const low = await accuracyOf(roof, { solids: house(5) })
    expect(low.accuracy.buildingRmseMedian).toBeCloseTo(1.1, 6)
    const whole = house()
    const open = { ...whole, solidEnds: Uint32Array.of(5) }
    const { ok, solids, problems } = await accuracyOf(roof, { solids: open })
    expect(ok).toBe(false)
    expect(solids).toMatchObject({ count: 1, closed: 0, valid: 0, errors: { 302: 1 } })
    expect(problems).toEqual(["solid house, LoD 2.2: 302, shell is not closed"])
  })

  it("says so where the points are gone", async () => {
    const folder = await writeOutput(outside)
    rmSync(join(folder, "input"), { recursive: true })
    const { ok, accuracy, notes } = await validateOutput(folder)
    expect(ok).toBe(true)
    expect(accuracy.groundPoints).toBe(0)
    expect(notes).toEqual([expect.stringMatching(/was not compared with its points/)])
  })
})
