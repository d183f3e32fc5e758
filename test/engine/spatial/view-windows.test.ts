import { describe, expect, it } from "vitest"
import type { Shot } from "../../../engine/core/camera/camera.js"
import { Box2 } from "../../../engine/core/geometry/box.js"
import type { ImageHeader } from "../../../engine/formats/raster/image/image-header.js"
import type { Tile, ViewsPort } from "../../../engine/kernel.js"
import type { OrientedImages } from "../../../engine/spatial/oriented-images.js"
import { chooseViews, viewWindows, windowBytes } from "../../../engine/spatial/view-windows.js"

const corner = [842_000, 6_520_000] as const
const camera: Shot["camera"] = { name: "c", width: 4000, height: 3000, focal: 4000, principal: [2000, 1500] }

/**
 * So many images over 2 km, 800 m up, five directions each: down and 40 degrees to the four sides.
 */
const flight = (count: number): OrientedImages => {
  const across = Math.ceil(Math.sqrt(count / 5))
  const slanted = Math.sin((40 * Math.PI) / 180)
  const up = Math.sqrt(1 - slanted ** 2)
  const sides = [
    [0, 0],
    [slanted, 0],
    [-slanted, 0],
    [0, slanted],
    [0, -slanted],
  ] as const
  const images = Array.from({ length: count }, (_, i) => {
    const at = Math.floor(i / 5)
    const [x, y] = sides[i % 5]!
    const step = 2000 / across
    const centre = [
      corner[0] + ((at % across) + 0.5) * step - 500 + 800 * x,
      corner[1] + (Math.floor(at / across) + 0.5) * step - 500 + 800 * y,
      1000,
    ] as const
    // The camera stands on the side that its axis points back to.
    const z = x === 0 && y === 0 ? [0, 0, 1] : [x, y, up]
    const right = x === 0 && y === 0 ? [1, 0, 0] : [-y / slanted, x / slanted, 0]
    const top = [
      z[1]! * right[2]! - z[2]! * right[1]!,
      z[2]! * right[0]! - z[0]! * right[2]!,
      z[0]! * right[1]! - z[1]! * right[0]!,
    ]
    const rotation = [0, 1, 2].flatMap((k) => [right[k]!, top[k]!, z[k]!])
    const shot: Shot = { name: `s${String(i).padStart(5, "0")}`, camera, centre, rotation, file: "", line: 0 }
    return { shot, header: { name: shot.name } as ImageHeader }
  })
  return { images, low: 200, high: 230 }
}

const port: ViewsPort = { kind: "views", resolution: () => 0.2, most: () => 12, mostPixels: () => 2 ** 22 }
const tileAt = (x: number, y: number, side: number): Tile => {
  const cell: Box2 = [corner[0] + x, corner[1] + y, corner[0] + x + side, corner[1] + y + side]
  return { key: "", cell, core: cell, extent: Box2.grow(cell, 40), origin: [cell[0], cell[1], 0], step: 1, epsg: 2154 }
}

describe("chooseViews", () => {
  const oriented = flight(500)

  it("takes the same images for a square, whichever box asks", () => {
    const ofSquare = (box: Box2): Map<string, number[]> => {
      const squares = new Map<string, number[]>()
      for (const { index, squares: own } of chooseViews(oriented, box, 12))
        for (const square of own) squares.set(square.join(), [...(squares.get(square.join()) ?? []), index])
      return squares
    }
    const [left, right] = [ofSquare(tileAt(0, 0, 500).extent), ofSquare(tileAt(500, 0, 500).extent)]
    const shared = [...left.keys()].filter((square) => right.has(square))
    expect(shared.length).toBeGreaterThan(2)
    for (const square of shared) expect(left.get(square)).toEqual(right.get(square))
    for (const images of left.values()) expect(images.length).toBe(12)
    // Not all have the same: else nothing is tested.
    expect(new Set([...left.values()].map((images) => images.join())).size).toBeGreaterThan(3)
  })

  it("gives the images of squares that a box reaches, and of those whose images fade out in it", () => {
    const squares = (box: Box2): Set<string> =>
      new Set(chooseViews(oriented, box, 12, 100).flatMap(({ squares: own }) => own.map(String)))
    const inside: Box2 = [corner[0] + 10, corner[1] + 10, corner[0] + 90, corner[1] + 90]
    expect(squares(inside)).toEqual(new Set([[corner[0], corner[1], corner[0] + 100, corner[1] + 100].join()]))
    expect(squares(Box2.grow(inside, 5)).size).toBe(9)
  })
})

describe("viewWindows", () => {
  it("read an image at one step in all tiles of a size, coarser in larger ones", () => {
    const oriented = flight(500)
    const steps = new Map<string, Set<number>>()
    for (const x of [0, 100, 200, 300]) {
      for (const y of [0, 100, 200]) {
        for (const { image, step } of viewWindows(oriented, port, tileAt(x, y, 100), {}))
          steps.set(image.shot.name, (steps.get(image.shot.name) ?? new Set()).add(step))
      }
    }
    expect(steps.size).toBeGreaterThan(20)
    for (const found of steps.values()) expect(found.size).toBe(1)
    const [large] = viewWindows(oriented, { ...port, mostPixels: () => 1e5 }, tileAt(0, 0, 100), {})
    expect(large!.step).toBeGreaterThan(Math.max(...steps.get(large!.image.shot.name)!))
  })

  it.each([100, 1000])("hold as much of 2,000 images as of 200, on tiles of %i m", (side) => {
    const [few, many] = [200, 2000].map((count) =>
      windowBytes(viewWindows(flight(count), port, tileAt(250, 250, side), {})),
    )
    expect(many! / few!).toBeLessThan(2)
    // Twelve windows of 4 million pixels, half as much again around squares.
    expect(many!).toBeLessThan(300 * 2 ** 20)
  })
})
