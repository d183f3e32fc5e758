import { describe, expect, it } from "vitest"
import type { Image, Mesh, Texture, TextureChart } from "../../../engine/kernel.js"
import { placeOnChart } from "../../../kernels/texture/charts/charts.js"
import drape from "../../../kernels/texture/drape.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"

const options = { texel: 0.5, maxTexture: 4096, reach: 2 }
const tile = tileOf([100, 200, 110, 210], drape.halo(options))
/**
 * Two triangles over the cell: ground in the south-east, building in the north-west; a vertex of
 * each at the other's corner.
 */
const mesh: Mesh = {
  origin: [100, 200, 0],
  positions: Int32Array.of(0, 0, 0, 10000, 0, 0, 10000, 10000, 0, 0, 0, 5, 10000, 10000, 5, 0, 10000, 5),
  triangles: Uint32Array.of(0, 1, 2, 3, 4, 5),
  classes: Uint8Array.of(2, 2, 2, 6, 6, 6),
  maxError: 0,
}
/** An image whose red is the column and whose green is the row; alpha by `opaque`. */
const imageOf = (opaque: (column: number, row: number) => boolean): Image => {
  const resolution = drape.inputs.ortho.resolution(tile, options)
  const size = Math.round((tile.extent[2] - tile.extent[0]) / resolution)
  const data = new Uint8Array(4 * size * size)
  for (let i = 0; i < size * size; i++) {
    if (opaque(i % size, Math.floor(i / size))) data.set([i % size, Math.floor(i / size), 7, 255], 4 * i)
  }
  return { width: size, height: size, box: tile.extent, data }
}
/** The chart of all faces, which is the image from above. */
const nadirOf = (texture: Texture | undefined): TextureChart => {
  const [nadir] = texture?.charts ?? []
  if (nadir === undefined) throw new Error("no texture")
  return nadir
}
const run = (ortho: Image) => drape.run(tile, { mesh, ortho, irc: undefined, oriented: undefined }, options, scratch)

/**
 * Rows: ground (with a hole below the house), house of 3 × 3 × 3 m at (1, 1), deck of 4 × 10 m at 4
 * m, shed of 2 × 2 m below it.
 */
function townUnder(): Mesh {
  const positions: number[] = []
  const triangles: number[] = []
  const owners: number[] = []
  const vertex = (...place: [number, number, number]): number => {
    const scaled = place.map((value) => 1000 * value)
    for (let v = 0; v < positions.length / 3; v++)
      if (scaled.every((value, k) => positions[3 * v + k] === value)) return v
    return positions.push(...scaled) / 3 - 1
  }
  const quad = (row: number, ...places: [number, number, number][]): void => {
    const [a, b, c, d] = places.map((place) => vertex(...place)) as [number, number, number, number]
    triangles.push(a, b, c, a, c, d)
    owners.push(row, row)
  }
  const flat = (row: number, [w, s, e, n]: readonly number[], z: number): void =>
    quad(row, [w!, s!, z], [e!, s!, z], [e!, n!, z], [w!, n!, z])
  const [w, s, e, n] = [1, 1, 4, 4]
  for (const strip of [
    [0, 0, 10, 1],
    [0, 4, 10, 10],
    [0, 1, 1, 4],
    [4, 1, 6, 4],
    [6, 1, 8, 4],
    [8, 1, 10, 4],
  ])
    flat(0, strip, 0)
  quad(1, [w, s, 0], [e, s, 0], [e, s, 3], [w, s, 3])
  quad(1, [e, s, 0], [e, n, 0], [e, n, 3], [e, s, 3])
  quad(1, [e, n, 0], [w, n, 0], [w, n, 3], [e, n, 3])
  quad(1, [w, n, 0], [w, s, 0], [w, s, 3], [w, n, 3])
  flat(1, [w, s, e, n], 3)
  flat(2, [5, 0, 9, 10], 4)
  flat(3, [6, 5, 8, 7], 2)
  return {
    origin: [100, 200, 0],
    positions: Int32Array.from(positions),
    triangles: Uint32Array.from(triangles),
    classes: new Uint8Array(positions.length / 3).fill(2),
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: { ids: ["", "house", "deck", "shed"], classes: Uint8Array.of(2, 6, 17, 6), columns: {} },
  }
}

describe("texture.drape", () => {
  it("places each vertex where the image shows it, north at the top", () => {
    const image = imageOf(() => true)
    const { texture, "texture-quality": quality } = run(image)
    expect([image.width, quality["coveredShare"]]).toEqual([28, 1])
    const nadir = nadirOf(texture)
    for (let v = 0; v < 6; v++) {
      const [x, y, z] = [0, 1, 2].map((k) => mesh.positions[3 * v + k] / 1000) as [number, number, number]
      const [column, row] = placeOnChart(nadir, x, y, z)
      expect(image.box[0] + column * nadir.texel).toBeCloseTo(100 + x, 5)
      expect(image.box[3] - row * nadir.texel).toBeCloseTo(200 + y, 5)
    }
    expect(nadir.data).toEqual(image.data)
    expect(nadir.faces).toEqual(Uint32Array.of(0, 1))
  })

  it("puts the infrared on the same charts, changes no colour for it, and makes none up where there is none", () => {
    const ortho = imageOf(() => true)
    const whole = imageOf((column) => column < 14)
    const irc = { ...whole, data: whole.data.map((value, i) => (i % 4 === 3 ? value : 255 - value)) }
    for (let i = 0; i < irc.data.length; i += 4) if (irc.data[i + 3] === 0) irc.data.fill(0, i, i + 3)
    const town = townUnder()
    const before = drape.run(tile, { mesh: town, ortho, irc: undefined, oriented: undefined }, options, scratch)
    const after = drape.run(tile, { mesh: town, ortho, irc, oriented: undefined }, options, scratch)
    expect(after.texture!.charts.map(({ infrared: _, ...chart }) => chart)).toEqual(before.texture!.charts)
    expect(after.texture!.colours).toEqual(before.texture!.colours)
    expect(before.texture!.infraredColours).toBeUndefined()
    for (const { data, infrared } of after.texture!.charts) expect(infrared?.length).toBe(data.length)
    const { data, infrared } = after.texture!.charts[0]!
    for (let i = 0; i < 28 * 28; i++) {
      const isShown = i % 28 < 14
      for (let k = 0; k < 3; k++) expect(infrared![4 * i + k]).toBe(isShown ? 255 - data[4 * i + k]! : 0)
    }
    expect(after["texture-quality"]["infraredCoveredShare"]).toBeCloseTo(0.5, 1)
    // The house's walls: of its roof, which the infrared shows; of nothing that has an image they
    // have 0, no class.
    expect(Math.max(...after.texture!.infraredColours!)).toBeLessThan(0x1000000)
  })

  it("shows class colours where the image has no pixel, and keeps the pixels it has", () => {
    const image = imageOf((column) => column < 14)
    const { texture, "texture-quality": quality } = run(image)
    // Of the surface, texel by texel; the vertices lie on edges of texels.
    expect(quality["classColourShare"]).toBeCloseTo(0.5, 1)
    expect(quality["aboveShare"]! + quality["classColourShare"]!).toBeCloseTo(1, 9)
    const at = (column: number, row: number) => [
      ...nadirOf(texture).data.subarray(4 * (28 * row + column), 4 * (28 * row + column) + 4),
    ]
    expect(at(3, 9)).toEqual([3, 9, 7, 255])
    // South-east: ground; north, right of the middle and left of the diagonal: building; the margin
    // as its nearest pixel.
    expect(at(22, 22)).toEqual([190, 168, 132, 255])
    expect(at(15, 5)).toEqual([190, 102, 82, 255])
    expect(at(27, 27)).toEqual([190, 168, 132, 255])
    for (let i = 3; i < nadirOf(texture).data.length; i += 4) expect(nadirOf(texture).data[i]).toBe(255)
  })

  it("shows the class of what is uppermost, where closed ground lies below buildings", () => {
    const square = [0, 0, 10000, 0, 10000, 10000, 0, 10000]
    const at = (z: number): number[] => [0, 2, 4, 6].flatMap((k) => [square[k]!, square[k + 1]!, z])
    const closed: Mesh = {
      ...mesh,
      positions: Int32Array.from([...at(0), ...at(5000)]),
      triangles: Uint32Array.of(0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7),
      classes: Uint8Array.of(2, 2, 2, 2, 6, 6, 6, 6),
    }
    const ortho = imageOf((column) => column < 14)
    const { texture } = drape.run(tile, { mesh: closed, ortho, irc: undefined, oriented: undefined }, options, scratch)
    for (const pixel of [28 * 9 + 18, 28 * 20 + 20])
      expect([...nadirOf(texture).data.subarray(4 * pixel, 4 * pixel + 4)]).toEqual([190, 102, 82, 255])
  })

  it("gives the margin beyond an image that covers the cell its nearest pixel, and no class colour", () => {
    const { column, end } = { column: 4, end: 24 }
    const inCell = (at: number): boolean => at >= column && at < end
    const { texture } = run(imageOf((x, y) => inCell(x) && inCell(y)))
    const nearest = (at: number): number => Math.min(end - 1, Math.max(column, at))
    for (let i = 0; i < 28 * 28; i++) {
      const [x, y] = [i % 28, Math.floor(i / 28)]
      expect([...nadirOf(texture).data.subarray(4 * i, 4 * i + 4)], `${x}, ${y}`).toEqual([
        nearest(x),
        nearest(y),
        7,
        255,
      ])
    }
  })

  it("makes no texture where the image has no pixel on the cell, whatever its margin holds", () => {
    const { texture, "texture-quality": quality } = run(imageOf((column) => column < 4))
    expect(texture).toBeUndefined()
    expect(quality["coveredShare"]).toBe(0)
  })

  it("takes an image of two rows and columns inside the tile, and counts less as none: the neighbour's may end just beyond the border", () => {
    // Texels 4 to 23 lie in the tile.
    const corner = (columns: number, rows: number) =>
      run(imageOf((column, row) => column < 4 + columns && row < 4 + rows))
    expect(corner(1, 20).texture).toBeUndefined()
    expect(corner(20, 1).texture).toBeUndefined()
    const { texture, "texture-quality": quality } = corner(2, 2)
    expect(quality["coveredShare"]).toBeCloseTo(4 / 400)
    const { data } = nadirOf(texture)
    const at = (column: number, row: number) => [...data.subarray(4 * (28 * row + column), 4 * (28 * row + column) + 4)]
    expect(at(5, 5)).toEqual([5, 5, 7, 255])
    // No texel is smeared over what the image does not cover, and none is left black.
    for (let i = 0; i < 28 * 28; i++) {
      const [column, row] = [i % 28, Math.floor(i / 28)]
      if (column < 6 && row < 6) continue
      expect(
        [
          [5, 5, 7, 255],
          [0, 0, 0, 255],
        ],
        `${column}, ${row}`,
      ).not.toContainEqual(at(column, row))
    }
  })

  it("fills small holes with the colours around them, and leaves large ones to the classes", () => {
    const isSmall = (column: number, row: number): boolean => column >= 8 && column < 11 && row >= 20 && row < 23
    const isLarge = (column: number, row: number): boolean => column >= 16 && column < 22 && row >= 6 && row < 12
    const { texture } = run(imageOf((column, row) => !isSmall(column, row) && !isLarge(column, row)))
    const at = (column: number, row: number) => [
      ...nadirOf(texture)
        .data.subarray(4 * (28 * row + column))
        .subarray(0, 4),
    ]
    expect(at(9, 21)).toEqual([9, 21, 7, 255])
    expect(at(8, 21)).toEqual([7, 21, 7, 255])
    expect(at(16, 7)).toEqual([190, 102, 82, 255])
  })

  it("makes no texture of no image", () => {
    const none = { width: 0, height: 0, box: tile.extent, data: new Uint8Array(0) }
    expect(run(none)).toMatchObject({ texture: undefined, "texture-quality": { coveredShare: 0, classColourShare: 0 } })
  })

  it("doubles its texels with each level and stays within the largest side", () => {
    const { resolution } = drape.inputs.ortho
    expect(resolution(tileOf([0, 0, 100, 100], 0, 2), options)).toBe(1)
    expect(resolution(tileOf([0, 0, 1000, 1000], 0), { ...options, texel: 0.1, maxTexture: 1010 })).toBe(1)
    // What lies around the tile makes no texel coarser.
    expect(resolution(tileOf([0, 0, 1000, 1000], 32), { ...options, texel: 0.1, maxTexture: 1010 })).toBe(1)
  })

  it("shows a roof that stands out of the tile in the image around, and in its class colour where that ends", () => {
    const positions = Int32Array.from(mesh.positions)
    // The building's north-west corner, 2 m farther west.
    positions[15] = -2000
    const standing = { ...mesh, positions }
    const whole = drape.run(
      tile,
      { mesh: standing, ortho: imageOf(() => true), irc: undefined, oriented: undefined },
      options,
      scratch,
    ).texture
    const [column] = placeOnChart(nadirOf(whole), -2, 10, 5)
    expect(whole!.box![0] + column * 0.5).toBeCloseTo(98, 5)
    expect(nadirOf(whole).data).toEqual(imageOf(() => true).data)
    const cut = drape.run(
      tile,
      { mesh: standing, ortho: imageOf((column) => column >= 4), irc: undefined, oriented: undefined },
      options,
      scratch,
    ).texture
    const at = (column: number, row: number) => [
      ...nadirOf(cut)
        .data.subarray(4 * (28 * row + column))
        .subarray(0, 3),
    ]
    // Row 4 is the northernmost of the cell: the roof reaches one metre, two texels, beyond it
    // there.
    expect(at(2, 4)).toEqual([190, 102, 82])
    expect(at(4, 4)).toEqual([4, 4, 7])
    // The margin where nothing stands takes the nearest pixel.
    expect(at(2, 20)).toEqual([4, 20, 7])
  })
})

describe("texture.drape on a mesh that knows its objects", () => {
  const [GREY, RED, BLACK, BLUE] = [
    [120, 120, 110],
    [200, 80, 60],
    [20, 20, 20],
    [30, 60, 200],
  ] as const
  /**
   * Ground with a house (walls and roof), a deck over the ground, and a shed wholly below the deck.
   */
  const town = townUnder()
  /** Grey ground, a red roof, a black deck. */
  const seen = (): Image => {
    const image = imageOf(() => true)
    for (let i = 0; i < 28 * 28; i++) {
      const x = image.box[0] + ((i % 28) + 0.5) * 0.5 - 100
      const y = image.box[3] - (Math.floor(i / 28) + 0.5) * 0.5 - 200
      const isRoof = x > 1 && x < 4 && y > 1 && y < 4
      const isDeck = x > 5 && x < 9 && y > 0 && y < 10
      image.data.set(isRoof ? RED : isDeck ? BLACK : GREY, 4 * i)
    }
    return image
  }
  const made = drape.run(tile, { mesh: town, ortho: seen(), irc: undefined, oriented: undefined }, options, scratch)
  const texture = made.texture!
  const chartOf = (t: number): number => texture.charts.findIndex(({ faces }) => faces.includes(t))
  const facesOf = (row: number): number[] => [...town.owners!].flatMap((owner, t) => (owner === row ? [t] : []))

  it("never draws a wall out of the image: it has the colour of its roof, darker to the south-east", () => {
    const [roof, ...walls] = [
      facesOf(1).slice(-2),
      facesOf(1).slice(0, 2),
      facesOf(1).slice(2, 4),
      facesOf(1).slice(4, 6),
    ]
    for (const t of roof!) expect(chartOf(t)).toBe(0)
    const reds = walls.map((faces) => {
      for (const t of faces) expect(chartOf(t)).toBe(-1)
      const colours = faces.map((t) => texture.colours[t]!)
      expect(colours[0]).toBe(colours[1])
      const [red, green, blue] = [colours[0]! >> 16, (colours[0]! >> 8) & 255, colours[0]! & 255]
      expect(green / red).toBeCloseTo(80 / 200, 1)
      expect(blue / red).toBeCloseTo(60 / 200, 1)
      return red
    })
    // South, east, north.
    expect(reds[2]).toBeGreaterThan(reds[0]!)
    expect(Math.max(...reds)).toBeLessThanOrEqual(200)
    expect(Math.min(...reds)).toBeGreaterThan(130)
  })

  it("fills what a deck hides of the ground from ground beside it, and keeps each texel that is seen", () => {
    const hidden = facesOf(0).filter((t) => chartOf(t) > 0)
    expect(hidden.length).toBeGreaterThan(0)
    const image = seen()
    for (const t of hidden) {
      const chart = texture.charts[chartOf(t)]!
      for (let i = 0; i < chart.width * chart.height; i++) {
        const [x, y] = [
          chart.origin[0] + ((i % chart.width) + 0.5) * chart.texel,
          chart.origin[1] - (Math.floor(i / chart.width) + 0.5) * chart.texel,
        ]
        const own = [...chart.data.subarray(4 * i, 4 * i + 3)]
        if (x > 5 && x < 9 && y > 0 && y < 10) {
          for (let k = 0; k < 3; k++) expect(Math.abs(own[k]! - GREY[k]!)).toBeLessThan(4)
        } else if (chart.texel === 0.5) {
          const at = 4 * (Math.floor((210 + 2 - 200 - y) / 0.5) * 28 + Math.floor((x + 2) / 0.5))
          expect(own).toEqual([...image.data.subarray(at, at + 3)])
        }
      }
    }
    // What nothing shows of the shed below the deck has the colour of its class.
    for (const t of facesOf(3)) expect([chartOf(t), texture.colours[t]]).toEqual([-1, 0xffffffff])
    const shares = ["above", "oriented", "neighbour", "classColour", "overhung"].map(
      (name) => made["texture-quality"][`${name}Share`]!,
    )
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    for (const k of [0, 2, 3]) expect(shares[k]).toBeGreaterThan(0.02)
  })

  it("takes oriented charts as they are, what they do not show by the rule", () => {
    const wall = Uint32Array.from(facesOf(1).slice(0, 2))
    const data = new Uint8Array(4 * 6 * 6)
    for (let i = 0; i < 18; i++) data.set([...BLUE, 255], 4 * i)
    const facade = {
      faces: wall,
      origin: [1, 1, 3],
      u: [1, 0, 0],
      v: [0, 0, -1],
      width: 6,
      height: 6,
      texel: 0.5,
    } as const
    const oriented = { charts: [{ ...facade, data }], colours: texture.colours }
    const both = drape.run(tile, { mesh: town, ortho: seen(), irc: undefined, oriented }, options, scratch)
    const last = both.texture!.charts.at(-1)!
    expect(last.faces).toEqual(wall)
    expect([...last.data.subarray(0, 4)]).toEqual([...BLUE, 255])
    const colour = texture.colours[wall[0]!]!
    expect([...last.data.subarray(4 * 35)]).toEqual([colour >> 16, (colour >> 8) & 255, colour & 255, 255])
    expect(both["texture-quality"]["orientedShare"]).toBeGreaterThan(0)
    // The kernel changes nothing that it was handed.
    expect(data[4 * 35 + 3]).toBe(0)
  })

  it("gives objects beyond the image the mean of what is shown of them, the ground its class colour", () => {
    const image = seen()
    for (let i = 0; i < 28 * 28; i++) if (i % 28 < 9) image.data[4 * i + 3] = 0
    const { charts } = drape.run(
      tile,
      { mesh: town, ortho: image, irc: undefined, oriented: undefined },
      options,
      scratch,
    ).texture!
    const at = (x: number, y: number) => {
      const from = 4 * (Math.floor((12 - y) / 0.5) * 28 + Math.floor((x + 2) / 0.5))
      return [...charts[0]!.data.subarray(from, from + 3)]
    }
    expect(at(1.25, 2.25)).toEqual([...RED])
    expect(at(0.25, 7.25)).toEqual([190, 168, 132])
  })

  it("keeps what lies wholly beyond the image off the texels, where roofs, trees and far ground would mix", () => {
    const image = seen()
    for (let i = 0; i < 28 * 28; i++) if (i % 28 < 22) image.data[4 * i + 3] = 0
    const { charts, colours } = drape.run(
      tile,
      { mesh: town, ortho: image, irc: undefined, oriented: undefined },
      options,
      scratch,
    ).texture!
    const isAt = (t: number, beyond: (x: number) => boolean): boolean =>
      [0, 1, 2].every((k) => beyond(town.positions[3 * town.triangles[3 * t + k]!]!))
    const charted = new Set(charts.flatMap(({ faces }) => [...faces]))
    const west = [...facesOf(0), ...facesOf(1)].filter((t) => isAt(t, (x) => x <= 6000))
    expect(west.length).toBeGreaterThan(10)
    for (const t of west) {
      expect(charted.has(t)).toBe(false)
      expect(colours![t]).toBe(0xffffffff)
    }
    // Ground that the image shows has it.
    for (const t of facesOf(0).filter((t) => isAt(t, (x) => x >= 8000))) expect(charted.has(t)).toBe(true)
  })
})
