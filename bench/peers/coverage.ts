/**
 * All regions of a seeded class raster as polygons with holes: ours beside GDAL's on the same
 * raster in memory.
 */
import { type LabelledRuns, labelRuns } from "../../kernels/vegetation/coverage/class-runs.js"
import { coverageGraph } from "../../kernels/vegetation/coverage/graph.js"
import { type RegionRings, traceCoverage } from "../../kernels/vegetation/coverage/trace.js"
import { classRaster } from "../kernels/class-raster.js"
import { type Comparison, checkEqual, countColumn } from "./compare.js"
import { memoryLayer, memoryRaster, type PeerLayer, requirePeerGdal } from "./gdal.js"
import { grouped } from "./markdown.js"
import { resultWork, type Work } from "./peer.js"

/** What polygons of classes amount to. */
export interface CoverageFigures {
  readonly features: number
  readonly rings: number
  readonly vertices: number
  /** "class: cells" for each class, ordered. */
  readonly areas: string
}

/** Cells a side: a cut of 10 km at 1 m, and the least. */
const [SIDE, QUICK_SIDE] = [10_000, 300]

const areasText = (areas: ReadonlyMap<number, number>): string =>
  [...areas]
    .sort(([a], [b]) => a - b)
    .map(([code, area]) => `${code}: ${Math.round(area)}`)
    .join(", ")

const openOurs = async (side: string): Promise<Work> => {
  const { width, height, minX, maxY, data } = classRaster(Number(side))
  const place = { column: minX, row: maxY - height, columns: width, rows: height }
  // Rows from the south, as our algorithms take them.
  const fromSouth = (): Uint8Array => {
    const turned = new Uint8Array(data.length)
    for (let row = 0; row < height; row++) {
      turned.set(data.subarray(row * width, (row + 1) * width), (height - 1 - row) * width)
    }
    return turned
  }
  const trace = () => {
    const runs = labelRuns({ ...place, classes: fromSouth(), nodata: 0 })
    return { runs, rings: traceCoverage(runs, coverageGraph(runs)) }
  }
  return resultWork(data.length, trace, ourFigures)
}

const ourFigures = ({ runs, rings }: { runs: LabelledRuns; rings: RegionRings }): CoverageFigures => {
  const { classes } = runs
  const { xy, ringStarts, ringEnds, regionEnds } = rings
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
  const trace = () =>
    // The mask leaves out the cells of 0.
    memoryLayer(gdal, gdal.wkbPolygon, ["value", "integer"], (dst) =>
      gdal.polygonize({ src, dst, mask: src, pixValField: 0, connectedness: 4 }),
    )
  return resultWork(raster.data.length, trace, gdalFigures)
}

const gdalFigures = (layer: PeerLayer): CoverageFigures => {
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

/** Polygons of a class raster by its side. */
export const comparison: Comparison<CoverageFigures> = {
  name: "coverage",
  title: "Polygons of a class raster",
  packages: ["gdal-async"],
  note: "Seeded classes, 4-connected; the number of polygons and the area of each class equal ours.",
  inputs: { ends: /^$/, real: [], seeded: async () => String(QUICK_SIDE), made: String(SIDE) },
  tasks: async (side) => [
    { label: `polygons of ${grouped(Number(side))} × ${grouped(Number(side))} classes`, word: side },
  ],
  peers: [
    {
      name: "maille traceCoverage",
      work: "raster in memory to polygons in flat arrays, with class and area",
      open: openOurs,
    },
    { name: "gdal.polygonize", work: "gdal-async: raster in memory to a layer in memory", open: openGdal },
  ],
  check: (rows) => checkEqual(rows, ({ features, areas }) => `${features} polygons of areas ${areas}`),
  columns: [countColumn("polygons", "features"), countColumn("rings", "rings"), countColumn("vertices", "vertices")],
  proof: ({ proof }) => `polygons ${grouped(proof.features)}, areas by class equal`,
}
