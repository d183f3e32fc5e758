import { join } from "node:path"
import { readRaster } from "../../../engine/formats/raster/tiff/read-raster.js"
import { readFlatGeobuf } from "../../../engine/formats/vector/flatgeobuf/flatgeobuf.js"
import type { Features } from "../../../engine/kernel.js"
import { figuresOf } from "../figures.js"
import { measureFile, measureLayer, memoryRaster, type PeerLayer, requirePeerGdal } from "../gdal.js"
import type { PeerEntry, Work } from "../peer.js"
import { commandOf, runProgram } from "../programs.js"
import { openGrass, programWork, runFilePeer, tellVersion } from "../whole-process.js"
import { outlinesOf } from "./outlines.js"

const cellsIn = async (path: string): Promise<number> => (await readRaster(path)).data.length

const openOurs = async (path: string): Promise<Work> => {
  const raster = await readRaster(path)
  let features: Features | undefined
  return {
    pass: () => {
      features = outlinesOf(raster)
      return raster.data.length
    },
    proof: () => {
      if (features === undefined) throw new Error("no pass yet")
      return { ...figuresOf(features) }
    },
  }
}

const openGdal = async (path: string): Promise<Work> => {
  const gdal = await requirePeerGdal()
  const raster = await readRaster(path)
  const src = memoryRaster(gdal, raster).bands.get(1)
  let layer: PeerLayer | undefined
  return {
    pass: () => {
      const dst = gdal.drivers.get("Memory").create("").layers.create("outline", null, gdal.wkbPolygon)
      dst.fields.add(new gdal.FieldDefn("value", "integer"))
      // The mask leaves out the cells of 0.
      gdal.polygonize({ src, dst, mask: src, pixValField: 0, connectedness: 4 })
      layer = dst
      return raster.data.length
    },
    proof: () => {
      if (layer === undefined) throw new Error("no pass yet")
      return { ...measureLayer(layer) }
    },
  }
}

const openOurProcess = (path: string): Promise<Work> =>
  programWork("maille", async (folder) => {
    const to = join(folder, "outline.fgb")
    return {
      amount: await cellsIn(path),
      pass: () => runFilePeer("polygon", { from: path, to }),
      startUp: () => runFilePeer("nothing", { from: path, to }),
      proof: async () => ({ ...figuresOf((await readFlatGeobuf(to)).features) }),
    }
  })

const openPolygonize = (path: string): Promise<Work> =>
  programWork("gdal_polygonize", async (folder) => {
    const to = join(folder, "outline.fgb")
    return {
      amount: await cellsIn(path),
      pass: () => runProgram(commandOf("gdal_polygonize"), ["-q", "-overwrite", path, "-f", "FlatGeobuf", to]),
      startUp: tellVersion("gdal_polygonize"),
      proof: async () => ({ ...(await measureFile(to)) }),
    }
  })

const openGrassAreas = (path: string): Promise<Work> =>
  programWork("grass", async (folder) => {
    const grass = await openGrass(folder)
    await grass("r.in.gdal", "-o", `input=${path}`, "output=mask", "--quiet")
    await grass("g.region", "raster=mask")
    const to = join(folder, "outline.gpkg")
    return {
      amount: await cellsIn(path),
      pass: () => grass("r.to.vect", "input=mask", "output=outline", "type=area", "--overwrite", "--quiet"),
      startUp: () => grass("g.version"),
      proof: async () => {
        await grass("v.out.ogr", "input=outline", "type=area", `output=${to}`, "format=GPKG", "--overwrite", "--quiet")
        return { ...(await measureFile(to)) }
      },
    }
  })

const openSaga = (path: string): Promise<Work> =>
  programWork("saga_cmd", async (folder) => {
    const to = join(folder, "outline.shp")
    const rule = ["-CLASS_ALL", "0", "-CLASS_ID", "1", "-SPLIT", "1", "-ALLVERTICES", "0"]
    return {
      amount: await cellsIn(path),
      pass: () => runProgram("saga_cmd", ["shapes_grid", "6", "-GRID", path, "-POLYGONS", to, ...rule]),
      startUp: tellVersion("saga_cmd"),
      proof: async () => ({ ...(await measureFile(to)) }),
    }
  })

const PROCESS = "maille, file to file"

/** Outlines of the set cells of a mask. */
export const polygonPeers: readonly PeerEntry[] = [
  { name: "maille outlines", work: "mask in memory to features in memory", open: openOurs },
  { name: "gdal.polygonize", work: "gdal-async: mask in memory to a layer in memory, 4-connected", open: openGdal },
  { name: PROCESS, work: "GeoTIFF to FlatGeobuf", whole: true, against: PROCESS, open: openOurProcess },
  { name: "gdal_polygonize.py", work: "GeoTIFF to FlatGeobuf", whole: true, against: PROCESS, open: openPolygonize },
  {
    name: "GRASS r.to.vect",
    work: "its own raster to its own vector map, topology built",
    whole: true,
    once: true,
    against: PROCESS,
    open: openGrassAreas,
  },
  {
    name: "SAGA Vectorizing Grid Classes",
    work: "GeoTIFF to shapefile",
    whole: true,
    once: true,
    against: PROCESS,
    open: openSaga,
  },
]
