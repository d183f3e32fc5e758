import { writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { encodeFlatGeobuf } from "../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import { rectangles } from "../seeded-data.js"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, rasterInputs, withFolder } from "./inputs.js"
import { grouped } from "./markdown.js"
import { programVersion } from "./programs.js"
import { compareWork, type WorkReport } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { contoursOf } from "./works/contour-lines.js"
import { type LayerProof, layerPeers } from "./works/layer.js"

/** Writing one layer. */
export interface LayerReport extends WorkReport<LayerProof> {
  readonly layer: string
}

/** Writing FlatGeobuf: ours beside GDAL's from the same features. Vector tiles: none of ours to compare yet, and it says so. */
export const layerGroup: Group = {
  name: "layer",
  title: "Writing vector layers",
  packages: ["gdal-async"],
  programs: ["tippecanoe"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, rasterInputs("bench/dtm_0292_6833_50cm.tif"))
      if (typeof paths === "string") return paths
      const reports: LayerReport[] = [await compareOn("5 000 rectangles", await rectangleLayer(folder), options)]
      for (const path of paths) {
        const layer = `contours of ${basename(path)}, every 0.25 m`
        reports.push(await compareOn(layer, await contourLayer(path, folder), options))
      }
      const tiles = await vectorTiles()
      return {
        data: { reports, skipped: [tiles] },
        markdown: [
          `${WORK_NOTE} Read again, both hold the same ids, coordinates and attributes.`,
          ...reports.map(markdownOf),
          `Skipped ${tiles.name}: ${tiles.reason}.`,
        ].join("\n\n"),
        summary: reports.flatMap((report) =>
          summaryOf(
            `FlatGeobuf of ${report.layer}`,
            report,
            (row, { proof }) =>
              `the same ${grouped(proof.features)} features; bytes ${grouped(proof.bytes)} and ${grouped(row.proof.bytes)}`,
          ),
        ),
      }
    }),
}

/** Why nothing is compared with tippecanoe: there is no writer of vector tiles here yet, whether or not it is installed. */
const vectorTiles = async (): Promise<{ name: string; reason: string }> => {
  const found = await programVersion("tippecanoe")
  const there = typeof found === "string" ? found : `tippecanoe ${found.version} is there`
  return {
    name: "vector tiles",
    reason: `maille has no writer of MVT or PMTiles yet, so there is no same work to time (${there})`,
  }
}

const rectangleLayer = async (folder: string): Promise<string> => {
  const path = join(folder, "rectangles.fgb")
  await writeFile(path, encodeFlatGeobuf(rectangles(), { name: "building", epsg: 2154, metadata: {} }))
  return path
}

const contourLayer = async (raster: string, folder: string): Promise<string> => {
  const path = join(folder, "contours.fgb")
  const features = contoursOf(await readRaster(raster), 0.25)
  await writeFile(path, encodeFlatGeobuf(features, { name: "contour", epsg: 2154, metadata: {} }))
  return path
}

const compareOn = async (layer: string, path: string, options: GroupOptions): Promise<LayerReport> => {
  const onProgress = (text: string): void => options.onProgress(`${layer}: ${text}`)
  const report = await compareWork<LayerProof>("layer", layerPeers, path, { ...options, onProgress })
  checkLayers(report)
  return { layer, ...report }
}

/** @throws Error when a peer wrote other features than ours */
export const checkLayers = ({ rows }: WorkReport<LayerProof>): void => {
  const [ours] = rows
  for (const { name, proof } of rows) {
    if (proof.digest === ours?.proof.digest) continue
    throw new Error(`${name} wrote other features than ${ours?.name}: digest ${proof.digest} for ${ours?.proof.digest}`)
  }
}

const markdownOf = (report: LayerReport): string => {
  const table = workTable(report, [
    { heading: "features", cell: ({ proof }) => grouped(proof.features) },
    { heading: "vertices", cell: ({ proof }) => grouped(proof.vertices) },
    { heading: "bytes", cell: ({ proof }) => grouped(proof.bytes) },
    { heading: "digest", cell: ({ proof }) => proof.digest },
  ])
  return `**${report.layer}**:\n\n${table}`
}
