import { describe, expect, it } from "vitest"
import { openPointFile } from "../../../engine/formats/points/point-file.js"
import { solidFault } from "../../../kernels/building/solid/polyhedron.js"
import type { Footprint } from "../../../kernels/handover/footprint/footprint.js"
import { footprintOf, type PointsMm, polyhedraOf, runBuilding, strictFaults } from "../../scenes/building-scene.js"
import { delftCell as cell, delftFolder as folder, delftOutlines as outlines } from "../../scenes/delft.js"
import { cornersOf, distanceTo, planDistance } from "../../scenes/solid-distance.js"
import { sharedData } from "../../shared-data.js"

const pointsOf = async (classes: readonly number[]): Promise<PointsMm> => {
  const points: (readonly [number, number, number])[] = []
  for (const name of ["ahn3_cropped_1.laz", "ahn3_cropped_2.laz"]) {
    const file = await openPointFile(`${folder}/ahn3/${name}`)
    for await (const chunk of file.read({ origin: [cell[0], cell[1], 0], classes })) {
      for (let i = 0; i < chunk.count; i++)
        points.push([
          cell[0] * 1000 + (chunk.x[i] as number),
          cell[1] * 1000 + (chunk.y[i] as number),
          chunk.z[i] as number,
        ])
    }
    await file.close()
  }
  return points
}

/** Height of the nearest ground point within cells of 4 m around, metres. */
const groundOf = (points: PointsMm): ((x: number, y: number) => number) => {
  const cells = new Map<string, (readonly [number, number, number])[]>()
  for (const point of points) {
    const key = `${Math.floor(point[0] / 4000)} ${Math.floor(point[1] / 4000)}`
    cells.set(key, [...(cells.get(key) ?? []), point].slice(0, 40))
  }
  return (x, y) => {
    let [best, z] = [Number.POSITIVE_INFINITY, 0]
    for (let reach = 0; reach < 20 && best === Number.POSITIVE_INFINITY; reach += 3) {
      for (let j = -reach - 1; j <= reach + 1; j++) {
        for (let i = -reach - 1; i <= reach + 1; i++) {
          for (const p of cells.get(`${Math.floor(x / 4) + i} ${Math.floor(y / 4) + j}`) ?? []) {
            const d = Math.hypot(p[0] / 1000 - x, p[1] / 1000 - y)
            if (d < best) [best, z] = [d, p[2] / 1000]
          }
        }
      }
    }
    return z
  }
}

/**
 * RMSE, metres, of the distances of points in the outline + 0.5 m from the object's solids; NaN
 * without points.
 */
const rmseOf = (object: Footprint, corners: Float64Array, points: PointsMm): number => {
  const [xs, ys] = [0, 1].map((axis) =>
    object.rings.flatMap(({ xyz }) => Array.from(xyz).filter((_, i) => i % 3 === axis)),
  ) as [number[], number[]]
  const [minX, minY, maxX, maxY] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  let [count, sum] = [0, 0]
  for (const [x, y, z] of points) {
    if (x < minX - 500 || x > maxX + 500 || y < minY - 500 || y > maxY + 500 || planDistance(object.rings, x, y) > 500)
      continue
    const d = distanceTo(corners, x - cell[0] * 1000, y - cell[1] * 1000, z) / 1000
    count++
    sum += d * d
  }
  return Math.sqrt(sum / count)
}

describe.skipIf(!sharedData)("mesh.building on Delft (AHN3, BGT outlines)", () => {
  it("gives every outline a sound solid, near its points", async (context) => {
    const found = await outlines()
    if (!found) return context.skip("GDAL is not installed: the outlines cannot be read")
    expect(found.length).toBe(160)
    const [roofs, ground] = [await pointsOf([6]), groundOf(await pointsOf([2]))]
    const objects = found.map((rings, i) => footprintOf(`bgt-${i}`, rings, ground))
    const result = runBuilding(cell, objects, roofs)
    expect(new Set(result.solid.ids).size).toBe(160)
    const solids = polyhedraOf(result.solid)
    expect(solids.map(solidFault).filter((fault) => fault !== undefined)).toEqual([])
    expect(strictFaults(result.solid)).toEqual([])
    expect(solids.length).toBe(160)
    const flat = result["flat-solid"]
    expect(flat.columns["lod"]?.values.filter((lod) => lod === "1.2")).toHaveLength(160)
    expect(flat.ids).toHaveLength(320)
    expect(strictFaults(flat)).toEqual([])
    expect(result["building-model-quality"]["buildingsLod22"]).toBeGreaterThanOrEqual(158)
    const errors = objects.map((object) =>
      rmseOf(object, cornersOf(solids.filter((_, s) => result.solid.ids[s] === object.id)), roofs),
    )
    const sorted = errors.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
    expect(sorted[sorted.length >> 1]).toBeLessThan(0.3)
    expect(sorted[Math.floor(0.95 * sorted.length)]).toBeLessThan(0.7)
  })
})
