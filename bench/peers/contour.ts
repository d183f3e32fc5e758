/**
 * Contours of a raster: ours beside GDAL's on the same raster in memory, and other programs as
 * whole processes.
 */
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import type { Raster } from "../../engine/kernel.js"
import { type Comparison, countColumn, inMemory, onFile, type Row } from "./compare.js"
import { figuresOf, type LayerFigures, measureLayer, memoryLayer, memoryRaster, requirePeerGdal } from "./gdal.js"
import { numberAndPath, rasterInputs } from "./inputs.js"
import { grouped, shareText } from "./markdown.js"
import { contoursOf } from "./ours.js"
import { resultWork, type Work } from "./peer.js"
import { commandPeer, grassPeer, ourProcess } from "./vector-programs.js"

const INTERVALS = [1, 0.25] as const
/**
 * Shares by which peers in memory may differ from ours. GDAL moves heights on a level by a
 * millionth of a metre and then has a ring around a summit there, which ours is without.
 */
const TOLERANCE = { features: 0.005, vertices: 0.005, length: 0.001 } as const

const cellsOf = ({ width, height }: Raster): number => width * height

const openOurs = async (word: string): Promise<Work> => {
  const [interval, path] = numberAndPath(word)
  const raster = await readRaster(path)
  return resultWork(cellsOf(raster), () => contoursOf(raster, interval), figuresOf)
}

const openGdal = async (word: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const [interval, path] = numberAndPath(word)
  const raster = await readRaster(path)
  const src = memoryRaster(gdal, raster).bands.get(1)
  const trace = () =>
    memoryLayer(gdal, gdal.wkbLineString, ["elevation", "real"], (dst) =>
      gdal.contourGenerate({ src, dst, interval, elevField: 0 }),
    )
  return resultWork(cellsOf(raster), trace, measureLayer)
}

/** SAGA would begin at the lowest cell, not at a multiple of the interval. */
const sagaArgs = async (word: string, to: string): Promise<string[]> => {
  const [interval, path] = numberAndPath(word)
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const z of (await readRaster(path)).data) {
    if (z < min) min = z
    if (z > max) max = z
  }
  const [low, high] = [Math.ceil(min / interval) * interval, Math.floor(max / interval) * interval]
  const levels = ["-ZSTEP", interval, "-ZMIN", low, "-ZMAX", high].map(String)
  return ["shapes_grid", "5", "-GRID", path, "-CONTOUR", to, ...levels]
}

/**
 * @throws Error when a peer in memory differs from ours by more than the tolerance, or our process
 * from ours in memory
 */
export const checkContours = (rows: readonly Row<LayerFigures>[]): void => {
  const ours = inMemory(rows)
  if (ours === undefined) return
  for (const { name, whole, proof } of rows) {
    if (whole && !name.startsWith("maille")) continue
    for (const [key, tolerance] of Object.entries(TOLERANCE) as [keyof typeof TOLERANCE, number][]) {
      const allowed = name.startsWith("maille") ? 1e-9 : tolerance
      if (Math.abs(proof[key] - ours.proof[key]) <= allowed * ours.proof[key]) continue
      const apart = `more than ${Number((100 * allowed).toFixed(3))} % apart`
      throw new Error(`${name}: ${key} ${proof[key]}, ${ours.name} has ${ours.proof[key]}: ${apart}`)
    }
  }
}

/** Contours at two intervals; slow peers take part in the first. */
export const comparison: Comparison<LayerFigures> = {
  name: "contour",
  title: "Contours of a raster",
  packages: ["gdal-async"],
  programs: ["gdal_contour", "grass", "saga_cmd"],
  note: "Peers in memory: lines and vertices within 0.5 % of ours, total length within 0.1 %.",
  inputs: rasterInputs("bench/dtm_0292_6833_50cm.tif"),
  tasks: async (path, _folder, { quick }) =>
    // The seeded scene is flat: there are levels at the finer interval only.
    (quick ? INTERVALS.slice(1) : INTERVALS).map((interval, i) => ({
      label: `${onFile("contours", path)}, every ${interval} m`,
      word: `${interval}@${path}`,
      takes: ({ once }) => i === 0 || once !== true,
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
    commandPeer(["gdal_contour", "GeoTIFF to FlatGeobuf"], "gdal_contour", "contour.fgb", (word, to) => {
      const [interval, path] = numberAndPath(word)
      return ["-q", "-a", "elevation", "-i", String(interval), "-f", "FlatGeobuf", path, to]
    }),
    grassPeer(["GRASS r.contour", "its own raster to its own vector map, topology built"], "line", (word) => {
      const [interval, path] = numberAndPath(word)
      return { path, module: ["r.contour", `step=${interval}`] }
    }),
    commandPeer(["SAGA Contour Lines from Grid", "GeoTIFF to shapefile"], "saga_cmd", "contour.shp", sagaArgs),
  ],
  check: checkContours,
  columns: [
    countColumn("lines", "features"),
    countColumn("vertices", "vertices"),
    { heading: "length", cell: ({ proof }) => `${(proof.length / 1000).toFixed(3)} km` },
    { heading: "length by ours", cell: ({ proof }, [ours]) => shareText(proof.length / ours!.proof.length) },
  ],
  proof: ({ proof }, { proof: ours }) =>
    `lines ${grouped(ours.features)} and ${grouped(proof.features)}, length ${shareText(proof.length / ours.length)}`,
}
