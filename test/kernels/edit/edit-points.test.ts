/** `editPoints`: the land that each action makes, by formulas; and what it refuses. */
import { describe, expect, it } from "vitest"
import { buildings, type EditFeature, editPoints, flood, surface, terrain } from "../../../engine/library/kernels.js"

const WEST = 842_000
const SOUTH = 6_520_000
const SIDE = 160
const box = [WEST, SOUTH, WEST + SIDE, SOUTH + SIDE] as const

/** A slope of 2 % to the east with points every 0.5 m, off the lattice of new ones. */
const groundAt = (x: number): number => 100 + (x - WEST) / 50
const land = (() => {
  const [x, y, z, classification] = [[], [], [], []] as number[][]
  const add = (px: number, py: number, pz: number, of: number): void => {
    x!.push(px)
    y!.push(py)
    z!.push(pz)
    classification!.push(of)
  }
  for (let j = 0; j < 2 * SIDE; j++)
    for (let i = 0; i < 2 * SIDE; i++) {
      const [px, py] = [WEST + i / 2 + 0.11, SOUTH + j / 2 + 0.13]
      const isHouse = px > WEST + 20 && px < WEST + 32 && py > SOUTH + 120 && py < SOUTH + 130
      if (isHouse) add(px, py, 108, 6)
      else add(px, py, groundAt(px), 2)
      // A wood.
      if (px > WEST + 120 && py > SOUTH + 130) add(px, py, groundAt(px) + 9, 5)
    }
  return { x: x!, y: y!, z: z!, classification: classification! }
})()

type Place = readonly [east: number, north: number, z?: number]
const at = ([east, north, ...z]: Place): number[] => [WEST + east, SOUTH + north, ...(z as number[])]
const feature = (type: string, coordinates: unknown, properties: object): EditFeature => ({
  type: "Feature",
  geometry: { type, coordinates },
  properties: properties as Record<string, unknown>,
})
const polygon = (places: readonly Place[], properties: object): EditFeature =>
  feature("Polygon", [[...places, places[0]!].map(at)], properties)
const line = (places: readonly Place[], properties: object): EditFeature =>
  feature("LineString", places.map(at), properties)
const rectangle = (minX: number, minY: number, maxX: number, maxY: number): Place[] => [
  [minX, minY],
  [maxX, minY],
  [maxX, maxY],
  [minX, maxY],
]

/** Cells of 0.5 m of a raster, with the place of each centre. */
const cellsOf = (raster: { data: ArrayLike<number>; width: number; minX: number; maxY: number; cellSize: number }) =>
  Array.from(raster.data, (z, k) => ({
    east: raster.minX + ((k % raster.width) + 0.5) * raster.cellSize - WEST,
    north: raster.maxY - (Math.floor(k / raster.width) + 0.5) * raster.cellSize - SOUTH,
    z,
  }))
const edited = async (...edits: EditFeature[]) => {
  const result = await editPoints(land, edits, { box })
  return { result, dtm: await terrain(result, { box, cell: 0.5 }) }
}
/** Largest difference of the terrain's cells from a design, not beside the end of the data. */
const farthest = (dtm: Parameters<typeof cellsOf>[0], design: (east: number, north: number) => number): number =>
  Math.max(
    ...cellsOf(dtm).map(({ east, north, z }) =>
      Math.min(east, north, SIDE - east, SIDE - north) < 1 ? 0 : Math.abs(z - design(east, north)),
    ),
  )

describe("earthworks", () => {
  it("a dyke has its crest and side slopes, and the volume of its prism", async () => {
    const { result, dtm } = await edited(
      line(
        [
          [60, 30],
          [60, 90],
        ],
        { action: "dyke", width: 3, z: 105, ratio: 2 },
      ),
    )
    const distance = (east: number, north: number): number => Math.hypot(east - 60, Math.max(0, 30 - north, north - 90))
    const design = (east: number, north: number): number =>
      Math.max(groundAt(WEST + east), 105 - Math.max(0, distance(east, north) - 1.5) / 2)
    expect(farthest(dtm, design)).toBeLessThan(0.02)
    let exact = 0
    const step = 0.05
    for (let east = 40; east < 80; east += step)
      for (let north = 10; north < 110; north += step)
        exact += (design(east + step / 2, north + step / 2) - groundAt(WEST + east + step / 2)) * step * step
    const { fill = 0, cut = Number.NaN } = result.edits[0]!
    expect(Math.abs(fill / exact - 1)).toBeLessThan(0.005)
    expect(cut).toBe(0)
  })

  it("a ditch by a depth follows the ground; a later dyke across it closes it", async () => {
    const ditch = line(
      [
        [40, 60],
        [110, 60],
      ],
      { action: "ditch", width: 2, by: -1.5, ratio: 1 },
    )
    const { dtm } = await edited(ditch)
    const design = (east: number, north: number): number => {
      const along = Math.min(110, Math.max(40, east))
      const beyond = Math.max(0, Math.hypot(east - along, north - 60) - 1)
      return Math.min(groundAt(WEST + east), groundAt(WEST + along) - 1.5 + beyond)
    }
    expect(farthest(dtm, design)).toBeLessThan(0.02)
    const across = line(
      [
        [80, 50],
        [80, 70],
      ],
      { action: "dyke", width: 2, z: 103, ratio: 1 },
    )
    const both = await edited(ditch, across)
    const [crest] = cellsOf(both.dtm).filter(({ east, north }) => east === 80.25 && north === 60.25)
    expect(crest!.z).toBeCloseTo(103, 2)
    const before = await edited({ ...across, properties: { ...across.properties, order: 2 } }, ditch)
    expect(before.dtm.data).toEqual(both.dtm.data)
  })

  it("a level place cuts and fills, by z or by the heights of its corners", async () => {
    const { result, dtm } = await edited(polygon(rectangle(50, 40, 90, 70), { action: "level", z: 101.4, ratio: 3 }))
    const design =
      (level: (east: number) => number) =>
      (east: number, north: number): number => {
        const beyond = Math.hypot(Math.max(0, 50 - east, east - 90), Math.max(0, 40 - north, north - 70))
        const z = level(Math.min(90, Math.max(50, east)))
        const ground = groundAt(WEST + east)
        return beyond === 0 ? z : Math.min(Math.max(ground, z - beyond / 3), z + beyond / 3)
      }
    expect(
      farthest(
        dtm,
        design(() => 101.4),
      ),
    ).toBeLessThan(0.02)
    const { fill = 0, cut = Number.NaN } = result.edits[0]!
    // Symmetric about the middle of the slope.
    expect(Math.abs(fill / cut - 1)).toBeLessThan(0.01)
    const ramp: Place[] = [
      [50, 40, 101],
      [90, 40, 103],
      [90, 70, 103],
      [50, 70, 101],
    ]
    const sloped = await edited(polygon(ramp, { action: "level", ratio: 3 }))
    expect(
      farthest(
        sloped.dtm,
        design((east) => 101 + (east - 50) / 20),
      ),
    ).toBeLessThan(0.02)
  })

  it("a closed dyke keeps a river out; a ditch through it lets it in", async () => {
    const ring = line([...rectangle(60, 40, 100, 80), [60, 40]], { action: "dyke", width: 3, z: 104, ratio: 1 })
    const breach = line(
      [
        [52, 60],
        [72, 60],
      ],
      { action: "ditch", width: 3, z: 100.5, ratio: 1 },
    )
    const wetInside = async (...edits: EditFeature[]): Promise<number> => {
      const { dtm } = await edited(...edits)
      const { "flood-depth": depth } = await flood(dtm, { level: 103.5, from: [[WEST + 5.25, SOUTH + 60.25]] })
      return cellsOf(depth).filter(
        ({ east, north, z }) => z > 0.01 && east > 64 && east < 96 && north > 44 && north < 76,
      ).length
    }
    expect(await wetInside(ring)).toBe(0)
    expect(await wetInside()).toBe(4 * 32 * 32)
    expect(await wetInside(ring, breach)).toBe(4 * 32 * 32)
  })
})

describe("buildings", () => {
  const outline = rectangle(60, 40, 76, 50)
  const heightOf = (east: number, north: number, properties: { eaves: number; roof?: string }): number => {
    const across = 5 - Math.abs(north - 45)
    const along = 8 - Math.abs(east - 68)
    switch (properties.roof) {
      case "gable":
        return 108 + across * 0.5
      case "hip":
        return 108 + Math.min(across, along) * 0.5
      case "pyramid":
        return 108 + 2.5 * Math.min(across / 5, along / 8)
      case "shed":
        return 108 + (50 - north) * 0.25
      default:
        return 108
    }
  }
  it.each([
    [{ eaves: 108 }, 1],
    [{ eaves: 108, roof: "gable", ridge: 110.5 }, 2],
    [{ eaves: 108, roof: "hip", slope: (Math.atan(0.5) * 180) / Math.PI }, 4],
    [{ eaves: 108, roof: "pyramid", ridge: 110.5 }, 4],
    [{ eaves: 108, roof: "shed", ridge: 110.5, direction: 0 }, 1],
  ])("%j has its planes, outline and volume", async (properties, planes) => {
    const points = await editPoints(land, [polygon(outline, { action: "build", ...properties })], { box })
    const dsm = await surface(points, { box, cell: 0.5 })
    const inside = cellsOf(dsm).filter(({ east, north }) => east > 60 && east < 76 && north > 40 && north < 50)
    expect(inside).toHaveLength(4 * 16 * 10)
    // The surface model has the highest point of a cell.
    for (const { east, north, z } of inside)
      expect(Math.abs(z - heightOf(east, north, properties)), `${east} ${north}`).toBeLessThan(0.26)
    const around = [WEST + 40, SOUTH + 20, WEST + 96, SOUTH + 70] as const
    const made = await buildings(points, { box: around })
    expect([made.building.ids.length, made.roof.ids.length]).toEqual([1, planes])
    const [xs, ys] = [0, 1].map((axis) => Array.from(made.building.coordinates).filter((_, k) => k % 2 === axis))
    const corners = [WEST + 60, SOUTH + 40, WEST + 76, SOUTH + 50]
    ;[Math.min(...xs!), Math.min(...ys!), Math.max(...xs!), Math.max(...ys!)].forEach((side, k) => {
      expect(Math.abs(side - corners[k]!)).toBeLessThan(0.1)
    })
  })

  it("height counts from the lowest ground of the outline; a parapet stands on the edge", async () => {
    const edit = polygon(outline, { action: "build", height: 6, parapet: 1 })
    const { z, edit: of, x, y } = await editPoints(land, [edit], { box })
    const tops = Array.from(of).flatMap((e, i) => (e === 0 ? [i] : []))
    const lowest = groundAt(WEST + 60)
    for (const i of tops) {
      const [east, north] = [x[i]! - WEST, y[i]! - SOUTH]
      const distance = Math.min(east - 60, 76 - east, north - 40, 50 - north)
      expect(z[i]! - lowest).toBeCloseTo(distance < 0.3 ? 7 : 6, 2)
    }
  })

  it("a razed house leaves ground and no point of its own; one is raised", async () => {
    const { result, dtm } = await edited(polygon(rectangle(19, 119, 33, 131), { action: "raze" }))
    expect(Array.from(result.classification).filter((of) => of === 6)).toEqual([])
    expect(farthest(dtm, (east) => groundAt(WEST + east))).toBeLessThan(0.005)
    const raised = await editPoints(land, [polygon(rectangle(19, 119, 33, 131), { action: "raise", by: 3 })], { box })
    const roof = Array.from(raised.classification).flatMap((of, i) => (of === 6 ? [raised.z[i]!] : []))
    expect([...new Set(roof)]).toEqual([111])
  })
})

it("trees have their height and crown; felled ones leave; water is level", async () => {
  const trees = feature("MultiPoint", [at([40, 40]), at([60, 40])], { action: "plant", height: 12, crown: 8 })
  const street = line(
    [
      [20, 20],
      [60, 20],
    ],
    { action: "plant", height: 8, crown: 4, spacing: 10 },
  )
  const wood = polygon(rectangle(119, 129, 159.9, 159.9), { action: "fell" })
  const pond = polygon(rectangle(100, 20, 120, 40), { action: "water", z: 101.5 })
  const result = await editPoints(land, { features: [trees, street, wood, pond] }, { box })
  const of = (e: number): number[] => Array.from(result.edit).flatMap((one, i) => (one === e ? [i] : []))
  const crown = of(0).filter((i) => result.x[i]! < WEST + 50)
  expect(Math.max(...crown.map((i) => result.z[i]!)) - groundAt(WEST + 40)).toBeCloseTo(12, 1)
  expect(Math.max(...crown.map((i) => Math.hypot(result.x[i]! - WEST - 40, result.y[i]! - SOUTH - 40)))).toBe(4)
  const tops = of(1).filter((i) => result.z[i]! - groundAt(result.x[i]!) > 7.9)
  expect([...new Set(tops.map((i) => Math.round((result.x[i]! - WEST) / 10)))]).toEqual([2, 3, 4, 5, 6])
  expect(result.edits[2]).toMatchObject({ added: 0 })
  expect(result.edits[2]!.removed).toBeGreaterThan(1000)
  expect([...new Set(of(3).map((i) => `${result.classification[i]} ${result.z[i]}`))]).toEqual(["9 101.5"])
  expect(Array.from(result.edit).filter((e) => e === -1).length).toBeLessThan(land.x.length)
})

it("returns of new points are single; an empty list changes nothing", async () => {
  const with_ = { ...land, numberOfReturns: land.x.map(() => 3), intensity: land.x.map(() => 70) }
  const pond = polygon(rectangle(100, 20, 120, 40), { action: "water", z: 101.5 })
  const result = await editPoints(with_, [pond], { box })
  const returns = result.numberOfReturns as ArrayLike<number>
  Array.from(result.edit, (e, i) => expect(returns[i]).toBe(e < 0 ? 3 : 1))
  const same = await editPoints(land, [], { box })
  expect([Array.from(same.x), Array.from(same.z)]).toEqual([land.x, land.z])
})

describe("refused", () => {
  const square = rectangle(60, 40, 76, 50)
  const lineAcross: Place[] = [
    [40, 40],
    [60, 40],
  ]
  it.each<[string, EditFeature | readonly EditFeature[], RegExp]>([
    ["an unknown action", polygon(square, { action: "bild" }), /action: bild is unknown. Give one of build/],
    ["an unknown property", polygon(square, { action: "level", zz: 3 }), /level takes no such property/],
    ["no height", polygon(square, { action: "build" }), /needs a height above the ground, or eaves/],
    ["both heights", polygon(square, { action: "build", height: 3, eaves: 105 }), /not both/],
    ["no ridge", polygon(square, { action: "build", height: 3, roof: "gable" }), /a gable roof needs a slope/],
    ["ridge below eaves", polygon(square, { action: "build", eaves: 108, roof: "hip", ridge: 107 }), /below the eaves/],
    ["eaves below ground", polygon(square, { action: "build", eaves: 90 }), /below the ground/],
    ["slope of 90°", polygon(square, { action: "build", height: 3, roof: "shed", slope: 90 }), /from 0.1 to 89/],
    ["not a number", polygon(square, { action: "level", z: Number.NaN }), /NaN is no number/],
    ["infinite", polygon(square, { action: "level", z: Infinity }), /Infinity is no number/],
    ["a text", polygon(square, { action: "level", z: "3" }), /3 is no number/],
    ["an open ring", feature("Polygon", [square.map(at)], { action: "raze" }), /is open. Repeat the first vertex/],
    ["no area", polygon([square[0]!, square[0]!, square[0]!], { action: "raze" }), /has no area/],
    ["crossing rings", polygon([square[0]!, square[2]!, square[1]!, [60, 52]], { action: "raze" }), /cross. Mend them/],
    ["a line for a polygon", line(lineAcross, { action: "raze" }), /LineString. Give a Polygon/],
    ["a polygon for a line", polygon(square, { action: "dyke", width: 2, z: 1 }), /Polygon. Give a LineString/],
    ["no width", line(lineAcross, { action: "dyke", z: 103 }), /it has no width/],
    ["zero width", line(lineAcross, { action: "dyke", width: 0, z: 103 }), /from 0.001/],
    ["two levels", line(lineAcross, { action: "dyke", width: 1, z: 103, by: 2 }), /needs one of z, by/],
    ["nothing to raze", polygon(square, { action: "raze" }), /no building \(class 6\) to raze/],
    ["nothing to raise", polygon(square, { action: "raise", by: 2 }), /no building \(class 6\) to raise/],
    ["nothing to fell", polygon(square, { action: "fell" }), /no vegetation/],
    ["a house in the way", polygon(rectangle(22, 122, 40, 140), { action: "build", height: 5 }), /Raze it by an edit/],
    [
      "a dyke over a house",
      line(
        [
          [26, 110],
          [26, 140],
        ],
        { action: "dyke", width: 3, by: 2 },
      ),
      /Raze it by an edit/,
    ],
    [
      "two builds",
      [1, 2].map((id) => polygon(square, { action: "build", height: 5, id })),
      /edits\[1\]: a building is/,
    ],
    [
      "equal ids",
      [5, 5].map((id) => polygon(square, { action: "level", z: 102, id })),
      /edits\[0\] has the same id, 5/,
    ],
    [
      "a tree in a house",
      feature("Point", at([26, 125]), { action: "plant", height: 9, crown: 4 }),
      /inside a building/,
    ],
    ["water over its banks", polygon(square, { action: "water", z: 108 }), /above its lowest bank/],
    ["beyond the data", polygon(rectangle(150, 40, 170, 50), { action: "level", z: 102 }), /end of the data/],
    ["slopes beyond the data", polygon(rectangle(150, 40, 158, 50), { action: "level", z: 108 }), /end of the ground/],
    [
      "no ground there",
      line(
        [
          [140, 60],
          [159.9, 60],
        ],
        { action: "dyke", width: 0.1, z: 109 },
      ),
      /no ground points around/,
    ],
    [
      "slopes without end",
      polygon(rectangle(70, 70, 90, 90), { action: "level", z: 150, ratio: 9 }),
      /within 60 m|end of/,
    ],
    [
      "a hip over a corner",
      polygon([...square.slice(0, 3), [70, 50], [70, 45], [60, 45]], {
        action: "build",
        height: 3,
        roof: "hip",
        slope: 30,
      }),
      /inward corners/,
    ],
    [
      "no change",
      polygon(
        [
          [60, 40, 101.2],
          [76, 40, 101.52],
          [76, 50, 101.52],
          [60, 50, 101.2],
        ],
        { action: "fell", spacing: 2 },
      ),
      /fell takes no such/,
    ],
    ["too large", polygon(rectangle(0, 0, 1e6, 1e6), { action: "raze" }), /beyond the end of the data/],
    [
      "no geometry",
      { type: "Feature", geometry: { type: "Polygon", coordinates: [] }, properties: { action: "raze" } },
      /Polygon/,
    ],
    ["a place of texts", feature("Point", ["1", "2"], { action: "plant", height: 9, crown: 4 }), /is no place/],
  ])("%s", async (_, edits, message) => {
    const call = editPoints(land, Array.isArray(edits) ? edits : [edits as EditFeature], { box })
    await expect(call).rejects.toMatchObject({ code: "E_USAGE", message: expect.stringMatching(message) })
  })
})
