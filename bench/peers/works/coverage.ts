import type { Raster } from "../../../engine/kernel.js"
import { type LabelledRuns, labelRuns } from "../../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../../kernels/vegetation/coverage/graph.js"
import { type RegionRings, traceCoverage } from "../../../kernels/vegetation/coverage/trace.js"
import { classRaster } from "../../seeded-classes.js"
import { memoryRaster, type PeerLayer, requirePeerGdal } from "../gdal.js"
import type { PeerEntry, Work } from "../peer.js"

/** What polygons of classes amount to. */
export interface CoverageFigures {
  readonly features: number
  readonly rings: number
  readonly vertices: number
  /** "class: cells" for each class, ordered. */
  readonly areas: string
}

const areasText = (areas: ReadonlyMap<number, number>): string =>
  [...areas]
    .sort(([a], [b]) => a - b)
    .map(([code, area]) => `${code}: ${Math.round(area)}`)
    .join(", ")

/** The raster's rows from the south, as our algorithms take them. */
const fromSouth = ({ width, height, data }: Raster & { readonly data: Uint8Array }): Uint8Array => {
  const turned = new Uint8Array(data.length)
  for (let row = 0; row < height; row++) {
    turned.set(data.subarray(row * width, (row + 1) * width), (height - 1 - row) * width)
  }
  return turned
}

const openOurs = async (side: string): Promise<Work> => {
  const raster = classRaster(Number(side))
  const { width, height, minX, maxY } = raster
  let made: { readonly runs: LabelledRuns; readonly rings: RegionRings } | undefined
  return {
    pass: () => {
      made = undefined
      const place = { column: minX, row: maxY - height, columns: width, rows: height }
      const runs = labelRuns({ ...place, classes: fromSouth(raster), nodata: 0 })
      made = { runs, rings: traceCoverage(runs, coverageGraph(runs)) }
      return raster.data.length
    },
    proof: () => {
      if (made === undefined) throw new Error("no pass yet")
      const { runs, rings } = made
      return { ...figuresOf(runs, rings) }
    },
  }
}

const figuresOf = (
  { classes }: LabelledRuns,
  { xy, ringStarts, ringEnds, regionEnds }: RegionRings,
): CoverageFigures => {
  const areas = new Map<number, number>()
  for (let g = 0; g < classes.length; g++) {
    let doubled = 0
    for (let r = g > 0 ? regionEnds[g - 1]! : 0; r < regionEnds[g]!; r++) {
      const [start, end] = [ringStarts[r]!, ringEnds[r]!]
      const [x0, y0] = [xy[2 * start]!, xy[2 * start + 1]!]
      for (let v = start + 1; v + 1 < end; v++) {
        doubled += (xy[2 * v]! - x0) * (xy[2 * v + 3]! - y0) - (xy[2 * v + 2]! - x0) * (xy[2 * v + 1]! - y0)
      }
    }
    areas.set(classes[g]!, (areas.get(classes[g]!) ?? 0) + doubled / 2)
  }
  // GDAL's rings are closed.
  const vertices = xy.length / 2 + ringStarts.length
  return { features: classes.length, rings: ringStarts.length, vertices, areas: areasText(areas) }
}

const openGdal = async (side: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const raster = classRaster(Number(side))
  const src = memoryRaster(gdal, raster).bands.get(1)
  let layer: PeerLayer | undefined
  return {
    pass: () => {
      layer = undefined
      const dst = gdal.drivers.get("Memory").create("").layers.create("class", null, gdal.wkbPolygon)
      dst.fields.add(new gdal.FieldDefn("value", "integer"))
      // The mask leaves out the cells of 0.
      gdal.polygonize({ src, dst, mask: src, pixValField: 0, connectedness: 4 })
      layer = dst
      return raster.data.length
    },
    proof: () => {
      if (layer === undefined) throw new Error("no pass yet")
      return { ...layerFigures(layer) }
    },
  }
}

const layerFigures = (layer: PeerLayer): CoverageFigures => {
  const areas = new Map<number, number>()
  let [features, ringCount, vertices] = [0, 0, 0]
  for (let feature = layer.features.first(); feature !== null; feature = layer.features.next()) {
    const geometry = feature.getGeometry()
    const code = Number(feature.fields.get(0))
    areas.set(code, (areas.get(code) ?? 0) + (geometry.getArea?.() ?? Number.NaN))
    features++
    const count = geometry.rings?.count() ?? 0
    ringCount += count
    for (let r = 0; r < count; r++) vertices += geometry.rings?.get(r).points?.count() ?? 0
  }
  return { features, rings: ringCount, vertices, areas: areasText(areas) }
}

/** Polygons of a class raster, told by its side. */
export const coveragePeers: readonly PeerEntry[] = [
  {
    name: "maille traceCoverage",
    work: "raster in memory to polygons in flat arrays, with class and area",
    open: openOurs,
  },
  { name: "gdal.polygonize", work: "gdal-async: raster in memory to a layer in memory", open: openGdal },
]
