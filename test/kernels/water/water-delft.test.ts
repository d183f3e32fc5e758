import { describe, expect, it } from "vitest"
import type { Box2 } from "../../../engine/core/geometry/box.js"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import join from "../../../kernels/water/water-join.js"
import voids from "../../../kernels/water/water-voids.js"
import { bgtPolygons, delftFolder } from "../../scenes/delft.js"
import { fromFiles, objectsOf, type PointsOf, runStages } from "../../scenes/footprint-stages.js"
import { sharedData } from "../../shared-data.js"

const names = { layer: "water", part: "water-part", shards: "water-object" }
/** Side of the cells that areas are compared on, m. */
const CELL = 0.5

/** Water of files as rings of x and y in metres, found in tiles of 100 m. */
const waterOf = async (paths: readonly string[]) => {
  const sources: Box2[] = []
  for (const path of paths) sources.push(await boundsOf(path))
  const box = sources.reduce(([w, s, e, n], b) => [
    Math.min(w, b[0]),
    Math.min(s, b[1]),
    Math.max(e, b[2]),
    Math.max(n, b[3]),
  ])
  const points = fromFiles(paths, box)
  const tile = { ...voids, run: ((at, ...rest) => voids.run({ ...at, sources }, ...rest)) as typeof voids.run }
  const made = await runStages(points, box, 100, { tile, join }, names)
  const rings = [...objectsOf(made, "water-own").values()].map((object) =>
    object.rings.map(({ xyz }) => Array.from(xyz, (v) => v / 1000).filter((_, i) => i % 3 !== 2)),
  )
  return { made, points, box, rings }
}

const boundsOf = async (path: string): Promise<Box2> => {
  const file = await openPointFile(path)
  await file.close()
  return file.info.box
}

/** Cells of a box whose middle is inside a polygon, by crossings along each row. */
const cellsOf = (polygons: readonly (readonly (readonly number[])[])[], [w, s, e, n]: Box2): Uint8Array => {
  const [columns, rows] = [Math.floor((e - w) / CELL), Math.floor((n - s) / CELL)]
  const cells = new Uint8Array(columns * rows)
  for (const rings of polygons) {
    for (let row = 0; row < rows; row++) {
      const y = s + (row + 0.5) * CELL
      const crossings = rings.flatMap((ring) => crossingsAt(ring, y)).sort((a, b) => a - b)
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = Math.max(0, Math.ceil((crossings[k]! - w) / CELL - 0.5))
        const to = Math.min(columns, Math.ceil((crossings[k + 1]! - w) / CELL - 0.5))
        if (to > from) cells.fill(1, row * columns + from, row * columns + to)
      }
    }
  }
  return cells
}

const crossingsAt = (ring: readonly number[], y: number): number[] => {
  const found: number[] = []
  for (let i = 0; i < ring.length; i += 2) {
    const [x0, y0] = [ring[i]!, ring[i + 1]!]
    const [x1, y1] = [ring[(i + 2) % ring.length]!, ring[(i + 3) % ring.length]!]
    if (y0 <= y !== y1 <= y) found.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0))
  }
  return found
}

const area = (count: (i: number) => boolean, size: number): number => {
  let cells = 0
  for (let i = 0; i < size; i++) if (count(i)) cells++
  return cells * CELL * CELL
}

/** Cells within `reach` metres of points of a class. */
const cellsNear = async (points: PointsOf, code: number, reach: number, [w, s, e, n]: Box2): Promise<Uint8Array> => {
  const [columns, rows] = [Math.floor((e - w) / CELL), Math.floor((n - s) / CELL)]
  const cells = new Uint8Array(columns * rows)
  const box: Box2 = [w, s, e, n]
  const all = await points({ key: "0/0/0", cell: box, core: box, extent: box, origin: [w, s, 0], step: 1, epsg: 28992 })
  for (let i = 0; i < all.count; i++) {
    if (all.classification![i] !== code) continue
    const [x, y] = [all.x[i]! / 1000, all.y[i]! / 1000]
    for (let row = Math.floor((y - reach) / CELL); row <= (y + reach) / CELL; row++)
      for (let column = Math.floor((x - reach) / CELL); column <= (x + reach) / CELL; column++)
        if (row >= 0 && row < rows && column >= 0 && column < columns)
          if (Math.hypot((column + 0.5) * CELL - x, (row + 0.5) * CELL - y) <= reach) cells[row * columns + column] = 1
  }
  return cells
}

describe.skipIf(!sharedData)("vector.water-voids on real places", () => {
  it("draws Delft's canals as its base map does, without a roof or a street in them", async (context) => {
    const maps = [await bgtPolygons("waterdeel"), await bgtPolygons("wegdeel"), await bgtPolygons("pand")]
    if (maps.includes(undefined)) return context.skip("GDAL is not installed: the BGT cannot be read")
    const { box, points, rings } = await waterOf([1, 2].map((n) => `${delftFolder}/ahn3/ahn3_cropped_${n}.laz`))
    const [map, roads, roofs] = maps.map((polygons) => cellsOf(polygons ?? [], box)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const [water, bridges] = [cellsOf(rings, box), await cellsNear(points, 26, 2, box)]
    const both = area((i) => water[i] === 1 && map[i] === 1, water.length)
    expect(both / area((i) => water[i] === 1 || map[i] === 1, water.length)).toBeGreaterThanOrEqual(0.8)
    expect(area((i) => water[i] === 1 && roofs[i] === 1, water.length)).toBe(0)
    const near = await cellsNear(points, 6, 2, box)
    expect(area((i) => water[i] === 1 && near[i] === 1, water.length)).toBe(0)
    // Quays differ by a cell; the class of bridges covers the streets over water.
    const streets = (i: number): boolean => roads[i] === 1 && map[i] === 0 && bridges[i] === 0
    expect(area((i) => water[i] === 1 && streets(i), water.length)).toBeLessThan(15)
  })

  it.each([["foreign/nz_pycrown.laz"], ["foreign/startinpy_small.laz"], ["foreign/us_silvi.copc.laz"]])(
    "finds no water in %s, a dry place",
    async (path) => {
      const { made } = await waterOf([`${sharedData}/${path}`])
      expect(made.features.ids).toEqual([])
    },
  )
})
