/**
 * Outlines of masks of real points: maille and GDAL in memory, other programs as whole processes.
 */

import { basename, join } from "node:path"
import { elementAt } from "../../../engine/core/lists.js"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import type { Points, Raster } from "../../../engine/kernel.js"
import { type LayerFigures, measureFeatures } from "../../gdal-layers.js"
import { type Comparison, checkFigures, countColumn } from "./compare.js"
import { pointInputs, readClasses, writeTiff } from "./inputs.js"
import { grouped, shareText } from "./markdown.js"
import { traceOutlines } from "./ours.js"
import { resultWork, type Work } from "./peer.js"
import { gdalPeer, ourProcess } from "./programs.js"
import { openTraced } from "./traced.js"

/** Buildings are few large objects; high vegetation is many ragged ones. */
const MASKS = { buildings: 6, "high vegetation": 5 } as const
const CELL = 0.5

/** A mask of 0.5 m cells: 1 for cells with a point, else 0. */
export const makeMask = ({ x, y, count, origin }: Points): Raster & { readonly data: Uint8Array } => {
  const step = CELL * 1000
  let [columns, rows] = [1, 1]
  for (let i = 0; i < count; i++) {
    columns = Math.max(columns, Math.floor(x[i]! / step) + 1)
    rows = Math.max(rows, Math.floor(y[i]! / step) + 1)
  }
  const data = new Uint8Array(columns * rows)
  for (let i = 0; i < count; i++) {
    data[(rows - 1 - Math.floor(y[i]! / step)) * columns + Math.floor(x[i]! / step)] = 1
  }
  return { width: columns, height: rows, minX: origin[0], maxY: origin[1] + rows * CELL, cellSize: CELL, data }
}

const openOurs = async (path: string): Promise<Work> => {
  const raster = await readRaster(path)
  return resultWork(raster.data.length, () => traceOutlines(raster), measureFeatures)
}

const openGdal = (path: string): Promise<Work> =>
  // The raster is its own mask, so cells of 0 are left out.
  openTraced(path, "wkbPolygon", (gdal, src, dst) =>
    gdal.polygonize({ src, dst, mask: src, pixValField: 0, connectedness: 4 }),
  )

/** Relative differences allowed to peers in memory. */
export const TOLERANCE = { features: 0, area: 1e-9 } as const

/** Traces outlines of two classes of a file. */
export const comparison: Comparison<LayerFigures> = {
  name: "polygon",
  title: "Outlines of a mask",
  packages: ["gdal-async"],
  programs: ["gdal_polygonize"],
  note: "Cells of 0.5 m that hold a point of the class; count and area of peers in memory equal ours.",
  inputs: pointInputs("bench/t500.laz"),
  tasks: (path, folder, { quick }) =>
    Promise.all(
      Object.entries(MASKS)
        .slice(0, quick ? 1 : 2)
        .map(async ([what, code]) => {
          const raster = makeMask(await readClasses(path, [code]))
          const word = await writeTiff(join(folder, `${basename(path)}-${code}.tif`), raster)
          return { label: `outlines of ${what}, ${basename(path)}, ${grouped(raster.data.length)} cells`, word }
        }),
    ),
  peers: [
    { name: "maille outlines", work: "mask in memory to features in memory", open: openOurs },
    { name: "gdal.polygonize", work: "gdal-async: mask in memory to a layer in memory, 4-connected", open: openGdal },
    ourProcess("polygon", (from) => ({ from })),
    gdalPeer("gdal_polygonize", (path, to) => ["-q", "-overwrite", path, "-f", "FlatGeobuf", to]),
  ],
  check: (rows) => checkFigures(rows, TOLERANCE),
  columns: [
    countColumn("polygons", "features"),
    countColumn("vertices", "vertices"),
    countColumn("area m²", "area"),
    { heading: "area by ours", cell: ({ proof }, rows) => shareText(proof.area / elementAt(rows, 0).proof.area) },
  ],
  proof: ({ proof }, { proof: ours }) =>
    `polygons ${grouped(ours.features)} and ${grouped(proof.features)}, area ${shareText(proof.area / ours.area)}`,
}
