/**
 * Contours of a raster: maille and GDAL on the same raster in memory, other programs as whole
 * processes.
 */
import { elementAt } from "../../../engine/core/lists.js"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { type LayerFigures, measureFeatures } from "../../gdal-layers.js"
import { type Comparison, checkFigures, countColumn, onFile } from "./compare.js"
import { numberAndPath, rasterInputs } from "./inputs.js"
import { grouped, shareText } from "./markdown.js"
import { traceRaster } from "./ours.js"
import { resultWork, type Work } from "./peer.js"
import { gdalPeer, ourProcess } from "./programs.js"
import { openTraced } from "./traced.js"

const INTERVALS = [1, 0.25] as const
/**
 * Relative differences from ours allowed to peers in memory. GDAL moves heights on a level by a
 * millionth of a metre; around a summit it then has a ring that ours has not.
 */
export const TOLERANCE = { features: 0.005, vertices: 0.005, length: 0.001 } as const

const openOurs = async (word: string): Promise<Work> => {
  const [interval, path] = numberAndPath(word)
  const raster = await readRaster(path)
  return resultWork(raster.data.length, () => traceRaster(raster, interval), measureFeatures)
}

const openGdal = (word: string): Promise<Work> => {
  const [interval, path] = numberAndPath(word)
  return openTraced(path, "wkbLineString", (gdal, src, dst) =>
    gdal.contourGenerate({ src, dst, interval, elevField: 0 }),
  )
}

/** Contours at two intervals. */
export const comparison: Comparison<LayerFigures> = {
  name: "contour",
  title: "Contours of a raster",
  packages: ["gdal-async"],
  programs: ["gdal_contour"],
  note: "Peers in memory: lines and vertices within 0.5 % of ours, total length within 0.1 %.",
  inputs: rasterInputs("bench/dtm_0292_6833_50cm.tif"),
  tasks: async (path, _folder, { quick }) =>
    // The seeded scene is flat: only the finer interval has levels in it.
    (quick ? INTERVALS.slice(1) : INTERVALS).map((interval) => ({
      label: `${onFile("contours", path)}, every ${interval} m`,
      word: `${interval}@${path}`,
    })),
  peers: [
    {
      name: "maille vector.contour",
      work: "raster in memory to features in memory, with ids and lengths",
      open: openOurs,
    },
    { name: "gdal.contourGenerate", work: "gdal-async: raster in memory to a layer in memory", open: openGdal },
    ourProcess("contour", (word) => {
      const [interval, from] = numberAndPath(word)
      return { from, interval }
    }),
    gdalPeer("gdal_contour", (word, to) => {
      const [interval, path] = numberAndPath(word)
      return ["-q", "-a", "elevation", "-i", String(interval), "-f", "FlatGeobuf", path, to]
    }),
  ],
  check: (rows) => checkFigures(rows, TOLERANCE),
  columns: [
    countColumn("lines", "features"),
    countColumn("vertices", "vertices"),
    { heading: "length", cell: ({ proof }) => `${(proof.length / 1000).toFixed(3)} km` },
    { heading: "length by ours", cell: ({ proof }, rows) => shareText(proof.length / elementAt(rows, 0).proof.length) },
  ],
  proof: ({ proof }, { proof: ours }) =>
    `lines ${grouped(ours.features)} and ${grouped(proof.features)}, length ${shareText(proof.length / ours.length)}`,
}
