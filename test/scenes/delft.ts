/** The real data of Delft: points of AHN3, and polygons of the BGT. */
import type { Box2 } from "../../engine/core/geometry/box.js"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { sharedData } from "../shared-data.js"

/** A box around all outlines. */
export const delftCell: Box2 = [84800, 447400, 85100, 447700]
export const delftFolder = `${sharedData}/lidar-other/3dfier`

/** What is used of GDAL's vector side. */
interface VectorDataset {
  readonly layers: { get(index: number): { readonly features: { forEach(call: (feature: Feature) => void): void } } }
}
interface Feature {
  readonly fields: { get(name: string): unknown }
  getGeometry(): { toObject(): { type: string; coordinates: number[][][] | number[][][][] } }
}

/** Rings of each outline of a building in the cell, metres; undefined without GDAL. */
export const delftOutlines = async (): Promise<number[][][] | undefined> =>
  (await bgtPolygons("pand"))?.filter(([outer]) =>
    (outer as number[]).every(
      (value, i) => value > (delftCell[i % 2] as number) && value < (delftCell[2 + (i % 2)] as number),
    ),
  )

/** Rings of polygons of the BGT, metres; of roads at ground level. Undefined without GDAL. */
export const bgtPolygons = async (theme: "pand" | "waterdeel" | "wegdeel"): Promise<number[][][] | undefined> => {
  const gdal = await loadGdal()
  if (!gdal) return undefined
  const found: number[][][] = []
  const data = gdal.open(`${delftFolder}/bgt/bgt_${theme}.sqlite`) as unknown as VectorDataset
  data.layers.get(0).features.forEach((feature) => {
    if (theme === "wegdeel" && feature.fields.get("relatievehoogteligging") !== 0) return
    const { type, coordinates } = feature.getGeometry().toObject()
    const polygons = (type === "Polygon" ? [coordinates] : coordinates) as number[][][][]
    for (const rings of polygons)
      found.push(
        rings.map((ring) =>
          oriented(
            ring.flatMap(([x, y]) => [x, y] as [number, number]),
            ring === rings[0],
          ),
        ),
      )
  })
  return found
}

const oriented = (ring: number[], outer: boolean): number[] => {
  let area = 0
  const at = (i: number): number => (ring[i % ring.length] as number) - (ring[i % 2] as number)
  for (let i = 0; i < ring.length; i += 2) area += at(i) * at(i + 3) - at(i + 2) * at(i + 1)
  if (area > 0 === outer) return ring
  return Array.from(
    { length: ring.length },
    (_, i) => ring[ring.length - 2 - 2 * Math.floor(i / 2) + (i % 2)] as number,
  )
}
