/** Objects that an image's end cuts: a level shows them as the finer one does. */
import { describe, expect, it } from "vitest"
import { classColour } from "../../../engine/core/colours.js"
import type { Image, Mesh, Texture, Tile } from "../../../engine/kernel.js"
import { placeOnChart } from "../../../kernels/texture/charts/charts.js"
import drape from "../../../kernels/texture/drape.js"
import { scratch, tileOf } from "../../scenes/kernel-run.js"

const options = { texel: 0.25, maxTexture: 4096, reach: 4 }
const SEEN = [40, 70, 50] as const
const INFRARED = [200, 90, 60] as const
const [GROUND, TREE] = [[...classColour(2)], [...classColour(5)]]
/** The image ends along y = 10, which is the border of the two fine tiles. */
const END = 10

interface Crown {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly radius: number
}
/** Covered by two fifths, by a sliver, and by three quarters. */
const crowns = {
  part: { id: "part", x: 2, y: 9.7, radius: 1.5 },
  sliver: { id: "sliver", x: 5.2, y: 9, radius: 1.3 },
  most: { id: "most", x: 8.2, y: 10.6, radius: 1.6 },
} as const

/** Level ground over a cell and crowns of eight faces, 4 to 7 m above it. */
const meshOf = (tile: Tile, own: readonly Crown[]): Mesh => {
  const [minX, minY, maxX, maxY] = tile.cell
  const positions = [minX, minY, 0, maxX, minY, 0, maxX, maxY, 0, minX, maxY, 0]
  const triangles = [0, 1, 2, 0, 2, 3]
  const owners = [0, 0]
  own.forEach(({ x, y, radius }, number) => {
    const first = positions.length / 3
    positions.push(x, y, 7, x, y, 4)
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ] as const)
      positions.push(x + radius * dx, y + radius * dy, 5)
    for (let k = 0; k < 4; k++) {
      const [a, b] = [first + 2 + k, first + 2 + ((k + 1) % 4)]
      triangles.push(first, a, b, first + 1, b, a)
      owners.push(number + 1, number + 1)
    }
  })
  const ids = ["", ...own.map(({ id }) => id)]
  return {
    origin: [0, 0, 0],
    positions: Int32Array.from(positions, (value) => Math.round(1000 * value)),
    triangles: Uint32Array.from(triangles),
    classes: Uint8Array.from({ length: positions.length / 3 }, (_, v) => (v < 4 ? 2 : 5)),
    maxError: 0,
    owners: Uint32Array.from(owners),
    objects: { ids, classes: Uint8Array.from(ids, (_, row) => (row === 0 ? 2 : 5)), columns: {} },
  }
}

const imageOf = (tile: Tile, colour: readonly number[]): Image => {
  const resolution = drape.inputs.ortho.resolution(tile, options)
  const size = Math.round((tile.extent[2] - tile.extent[0]) / resolution)
  const data = new Uint8Array(4 * size * size)
  for (let i = 0; i < size * size; i++)
    if (tile.extent[3] - (Math.floor(i / size) + 0.5) * resolution > END) data.set([...colour, 255], 4 * i)
  return { width: size, height: size, box: tile.extent, data }
}

/** One tile of a level, as its content shows it. */
interface Shown {
  readonly mesh: Mesh
  readonly texture: Texture | undefined
}

const show = (tile: Tile, own: readonly Crown[]): Shown => {
  const mesh = meshOf(tile, own)
  const images = { ortho: imageOf(tile, SEEN), irc: imageOf(tile, INFRARED) }
  return { mesh, texture: drape.run(tile, { mesh, ...images, oriented: undefined }, options, scratch).texture }
}

/** Colour and near infrared of an object's upward face over a place; a class has no infrared. */
const lookAt = (
  { mesh, texture }: Shown,
  id: string,
  x: number,
  y: number,
): { colour: number[]; infrared: number[] } => {
  const { positions: p, triangles } = mesh
  const row = mesh.objects!.ids.indexOf(id)
  const at = (t: number, k: number): readonly [number, number] => {
    const v = 3 * triangles[3 * t + (k % 3)]!
    return [p[v]! / 1000, p[v + 1]! / 1000]
  }
  const isOver = (t: number): boolean =>
    [0, 1, 2].every((k) => {
      const [[ax, ay], [bx, by]] = [at(t, k), at(t, k + 1)]
      return (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0
    })
  const t = [...mesh.owners!.keys()].find((face) => mesh.owners![face] === row && isOver(face))!
  const chart = texture?.charts.find(({ faces }) => faces.includes(t))
  if (chart !== undefined) {
    const [column, line] = placeOnChart(chart, x, y, 0).map(Math.floor) as [number, number]
    const from = 4 * (line * chart.width + column)
    return {
      colour: [...chart.data.subarray(from, from + 3)],
      infrared: [...chart.infrared!.subarray(from, from + 3)],
    }
  }
  const unpack = (colour: number): number[] => [colour >> 16, (colour >> 8) & 255, colour & 255]
  const plain = texture?.colours?.[t] ?? 0xffffffff
  return {
    colour: plain === 0xffffffff ? [...classColour(mesh.objects!.classes[row]!)] : unpack(plain),
    infrared: unpack(texture?.infraredColours?.[t] ?? 0),
  }
}

describe("texture.drape at an image's end", () => {
  const { part, sliver, most } = crowns
  const halo = drape.halo(options)
  const south = show(tileOf([0, 0, 10, 10], halo), [part, sliver])
  const north = show(tileOf([0, 10, 10, 20], halo), [most])
  const parent = show(tileOf([0, 0, 20, 20], 2 * halo, 2), [part, sliver, most])

  /** Places on a crown, on both sides of the image's end. */
  const placesOn = ({ x, y, radius }: Crown): [number, number][] =>
    [0.25, -0.25].flatMap((dx) => [0.5, -0.5].map((dy): [number, number] => [x + dx * radius, y + dy * radius]))

  it.each([
    ["a crown of the tile beyond, two fifths in the image", part, south, SEEN, INFRARED],
    ["a crown of the tile beyond, a sliver in the image", sliver, south, TREE, [0, 0, 0]],
    ["a crown of the tile inside", most, north, SEEN, INFRARED],
  ] as const)("shows %s the same in both levels, near infrared too", (_, crown, fine, colour, infrared) => {
    for (const [x, y] of placesOn(crown)) {
      for (const level of [fine, parent])
        expect(lookAt(level, crown.id, x, y), `${x}, ${y}, ${level === parent ? "parent" : "fine"}`).toEqual({
          colour: [...colour],
          infrared: [...infrared],
        })
    }
  })

  it("continues hidden ground to the image's end only", () => {
    const hidden = [sliver.x - 0.2, sliver.y + 0.4] as const
    for (const level of [south, parent])
      expect(lookAt(level, "", ...hidden)).toEqual({ colour: GROUND, infrared: [0, 0, 0] })
    const inside = [most.x - 0.2, most.y + 0.4] as const
    for (const level of [north, parent])
      expect(lookAt(level, "", ...inside)).toEqual({ colour: [...SEEN], infrared: [...INFRARED] })
  })

  it("gives the ground of a tile without an image no texels for such a crown", () => {
    const charted = new Set(south.texture?.charts.flatMap(({ faces }) => [...faces]))
    expect(charted.size).toBeGreaterThan(0)
    for (const t of charted) expect(south.mesh.owners![t]).toBe(1)
    const { texture } = show(tileOf([0, 0, 10, 10], halo), [sliver])
    expect(texture).toBeUndefined()
  })
})
