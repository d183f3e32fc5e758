import { join } from "node:path"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features, Raster } from "../../../engine/kernel.js"
import { figuresOf } from "../figures.js"
import { measureFile, measureLayer, memoryRaster, type PeerLayer, requirePeerGdal } from "../gdal.js"
import type { PeerEntry, Work } from "../peer.js"
import { runProgram } from "../programs.js"
import { openGrass, programWork, runFilePeer, tellVersion } from "../whole-process.js"
import { contoursOf } from "./contour-lines.js"

/** A raster and an interval in one word, since a peer is told one: `<metres>@<path of a GeoTIFF>`. */
const taskOf = (what: string): { readonly interval: number; readonly path: string } => {
  const at = what.indexOf("@")
  return { interval: Number(what.slice(0, at)), path: what.slice(at + 1) }
}

const cellsOf = ({ width, height }: Raster): number => width * height

const openOurs = async (what: string): Promise<Work> => {
  const { interval, path } = taskOf(what)
  const raster = await readRaster(path)
  let features: Features | undefined
  return {
    pass: () => {
      features = contoursOf(raster, interval)
      return cellsOf(raster)
    },
    proof: () => {
      if (features === undefined) throw new Error("no pass yet")
      return { ...figuresOf(features) }
    },
  }
}

const openGdal = async (what: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const { interval, path } = taskOf(what)
  const raster = await readRaster(path)
  const src = memoryRaster(gdal, raster).bands.get(1)
  let layer: PeerLayer | undefined
  return {
    pass: () => {
      const dst = gdal.drivers.get("Memory").create("").layers.create("contour", null, gdal.wkbLineString)
      dst.fields.add(new gdal.FieldDefn("elevation", "real"))
      gdal.contourGenerate({ src, dst, interval, elevField: 0 })
      layer = dst
      return cellsOf(raster)
    },
    proof: () => {
      if (layer === undefined) throw new Error("no pass yet")
      return { ...measureLayer(layer) }
    },
  }
}

const openOurProcess = (what: string): Promise<Work> =>
  programWork("maille", async (folder) => {
    const { interval, path } = taskOf(what)
    const to = join(folder, "contour.fgb")
    return {
      amount: cellsOf(await readRaster(path)),
      pass: () => runFilePeer("contour", { from: path, to, interval }),
      startUp: () => runFilePeer("nothing", { from: path, to }),
      proof: async () => ({ ...figuresOf((await readFlatGeobuf(to)).features) }),
    }
  })

const openGdalContour = (what: string): Promise<Work> =>
  programWork("gdal_contour", async (folder) => {
    const { interval, path } = taskOf(what)
    const to = join(folder, "contour.fgb")
    const args = ["-q", "-a", "elevation", "-i", String(interval), "-f", "FlatGeobuf", path, to]
    return {
      amount: cellsOf(await readRaster(path)),
      pass: () => runProgram("gdal_contour", args),
      startUp: tellVersion("gdal_contour"),
      proof: async () => ({ ...(await measureFile(to)) }),
    }
  })

const openGrassContour = (what: string): Promise<Work> =>
  programWork("grass", async (folder) => {
    const { interval, path } = taskOf(what)
    const grass = await openGrass(folder)
    await grass("r.in.gdal", "-o", `input=${path}`, "output=dtm", "--quiet")
    await grass("g.region", "raster=dtm")
    const to = join(folder, "contour.gpkg")
    return {
      amount: cellsOf(await readRaster(path)),
      pass: () => grass("r.contour", "input=dtm", "output=contour", `step=${interval}`, "--overwrite", "--quiet"),
      startUp: () => grass("g.version"),
      proof: async () => {
        await grass("v.out.ogr", "input=contour", "type=line", `output=${to}`, "format=GPKG", "--overwrite", "--quiet")
        return { ...(await measureFile(to)) }
      },
    }
  })

const openSaga = (what: string): Promise<Work> =>
  programWork("saga_cmd", async (folder) => {
    const { interval, path } = taskOf(what)
    const to = join(folder, "contour.shp")
    const raster = await readRaster(path)
    // It would begin at the lowest cell, not at a multiple of the interval.
    const [low, high] = multiplesIn(raster, interval)
    const levels = ["-ZSTEP", interval, "-ZMIN", low, "-ZMAX", high].map(String)
    const args = ["shapes_grid", "5", "-GRID", path, "-CONTOUR", to, ...levels]
    return {
      amount: cellsOf(raster),
      pass: () => runProgram("saga_cmd", args),
      startUp: tellVersion("saga_cmd"),
      proof: async () => ({ ...(await measureFile(to)) }),
    }
  })

/** The lowest and the highest multiple of the interval that lies within the raster's heights. */
const multiplesIn = ({ data }: Raster, interval: number): [low: number, high: number] => {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const z of data) {
    if (z < min) min = z
    if (z > max) max = z
  }
  return [Math.ceil(min / interval) * interval, Math.floor(max / interval) * interval]
}

/** Our whole process, by which other programs are measured. */
export const CONTOUR_PROCESS = "maille, file to file"

/** Contours of a raster. */
export const contourPeers: readonly PeerEntry[] = [
  {
    name: "maille vector.contour",
    work: "raster in memory to features in memory, with ids and lengths",
    open: openOurs,
  },
  { name: "gdal.contourGenerate", work: "gdal-async: raster in memory to a layer in memory", open: openGdal },
  { name: CONTOUR_PROCESS, work: "GeoTIFF to FlatGeobuf", whole: true, against: CONTOUR_PROCESS, open: openOurProcess },
  { name: "gdal_contour", work: "GeoTIFF to FlatGeobuf", whole: true, against: CONTOUR_PROCESS, open: openGdalContour },
  {
    name: "GRASS r.contour",
    work: "its own raster to its own vector map, topology built",
    whole: true,
    once: true,
    against: CONTOUR_PROCESS,
    open: openGrassContour,
  },
  {
    name: "SAGA Contour Lines from Grid",
    work: "GeoTIFF to shapefile",
    whole: true,
    once: true,
    against: CONTOUR_PROCESS,
    open: openSaga,
  },
]
