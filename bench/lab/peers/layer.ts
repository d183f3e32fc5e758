/** Writes FlatGeobuf: ours and GDAL from the same features. */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/reader.js"
import { encodeFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/writer.js"
import { rectangles } from "../../formats/seeded-data.js"
import { digestFeatures, measureFeatures, requirePeerGdal } from "../../gdal-layers.js"
import { withFolder } from "../../real-data.js"
import { type Comparison, checkEqual, countColumn, onFile } from "./compare.js"
import { rasterInputs } from "./inputs.js"
import { grouped } from "./markdown.js"
import { traceRaster } from "./ours.js"
import { resultWork, type Work } from "./peer.js"

/** Content of a written layer, read again with one reader for all. */
export interface LayerProof {
  readonly bytes: number
  readonly features: number
  readonly vertices: number
  /** Over ids, coordinates and attributes, independent of the order of features. */
  readonly digest: string
}

const proveLayer = (bytes: Uint8Array): Promise<LayerProof> =>
  withFolder(async (folder) => {
    const path = join(folder, "layer.fgb")
    await writeFile(path, bytes)
    const { features } = await readFlatGeobuf(path)
    const { features: count, vertices } = measureFeatures(features)
    return { bytes: bytes.length, features: count, vertices, digest: digestFeatures(features) }
  })

const openOurs = async (path: string): Promise<Work> => {
  const { features, name, epsg = 2154 } = await readFlatGeobuf(path)
  return resultWork(features.ids.length, () => encodeFlatGeobuf(features, { name, epsg, metadata: {} }), proveLayer)
}

const openGdal = async (path: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const layer = gdal.vectorTranslate("memory", gdal.open(path), ["-f", "Memory"])
  const to = "/vsimem/layer.fgb"
  let written = false
  const write = (): void => {
    if (written) gdal.vsimem.release(to)
    gdal.vectorTranslate(to, layer, ["-f", "FlatGeobuf"]).close()
    written = true
  }
  return resultWork(layer.layers.get(0).features.count(), write, () => {
    written = false
    return proveLayer(gdal.vsimem.release(to))
  })
}

/** Writes rectangles, and the contours of a raster. */
export const comparison: Comparison<LayerProof> = {
  name: "layer",
  title: "Writing vector layers",
  packages: ["gdal-async"],
  note: "Read again, both hold the same ids, coordinates and attributes.",
  inputs: rasterInputs("bench/dtm_0292_6833_50cm.tif"),
  tasks: async (path, folder) => {
    const facts = { epsg: 2154, metadata: {} }
    const [boxes, lines] = ["rectangles.fgb", "contours.fgb"].map((name) => join(folder, name)) as [string, string]
    await writeFile(boxes, encodeFlatGeobuf(rectangles(), { name: "building", ...facts }))
    await writeFile(lines, encodeFlatGeobuf(traceRaster(await readRaster(path), 0.25), { name: "contour", ...facts }))
    return [
      { label: "FlatGeobuf of 5 000 rectangles", word: boxes },
      { label: `FlatGeobuf of ${onFile("contours", path)}, every 0.25 m`, word: lines },
    ]
  },
  peers: [
    { name: "maille encodeFlatGeobuf", work: "features in memory to a file in memory, indexed", open: openOurs },
    { name: "GDAL FlatGeobuf", work: "gdal-async: a layer in memory to a file in memory, indexed", open: openGdal },
  ],
  check: (rows) => checkEqual(rows, ({ digest }) => `features of digest ${digest}`),
  columns: [
    countColumn("features", "features"),
    countColumn("vertices", "vertices"),
    countColumn("bytes", "bytes"),
    { heading: "digest", cell: ({ proof }) => proof.digest },
  ],
  proof: ({ proof }, { proof: ours }) =>
    `the same ${grouped(ours.features)} features; bytes ${grouped(ours.bytes)} and ${grouped(proof.bytes)}`,
}
