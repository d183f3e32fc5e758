import { readFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { writeWkt } from "../../engine/formats/las/write/wkt.js"
import { readOrientations } from "../../engine/formats/orientation/read-orientations.js"
import { readPolygons } from "../../engine/formats/vector/polygons.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import { recogniseCrs } from "../../engine/grid/crs.js"
import { openBytes } from "../../engine/io/bytes.js"
import { downloadFile, dropPart } from "../../engine/io/download.js"
import { writeVectorFormat } from "../../engine/job/vector-formats.js"
import { streamIndex } from "../../engine/spatial/stream-index.js"
import { readTileIndex } from "../../engine/spatial/tile-index.js"
import { writeMadeLayers } from "../engine/formats/vector/made-layers.js"
import { jsonMutation, textMutation } from "./mutate-text.js"
import type { Target } from "./run-fuzz.js"

/** UTF-8 of a text, or of a value's JSON. */
export const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))

/** Runs all, so that a refusal of one leaves out none; the last refusal is that of the file. */
export const each = async (...reads: readonly (() => Promise<unknown>)[]): Promise<undefined> => {
  let refusal: unknown
  let refused = 0
  for (const read of reads) {
    await read().catch((error: unknown) => {
      refused++
      if (!(error instanceof EngineError) || error.code === "E_INTERNAL") throw error
      refusal = error
    })
  }
  if (refused === reads.length) throw refusal
  return undefined
}

const ring = (x: number, y: number, side: number): number[][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
]
const lambert = { type: "name", properties: { name: "urn:ogc:def:crs:EPSG::2154" } }

const geoJson: Target = {
  name: "geojson",
  seeds: async () => {
    const geometries = [
      { type: "Polygon", coordinates: [ring(770000, 6277000, 100), ring(770020, 6277020, 10)] },
      { type: "MultiPolygon", coordinates: [[ring(770200, 6277000, 50)], [ring(770300, 6277000, 50)]] },
      { type: "GeometryCollection", geometries: [{ type: "LineString", coordinates: ring(770000, 6277000, 9) }] },
    ]
    const features = geometries.map((geometry, id) => ({
      type: "Feature",
      id,
      properties: { height: id, name: "a" },
      geometry,
    }))
    const all = { type: "FeatureCollection", crs: lambert, features }
    return [{ name: "area.geojson", bytes: bytesOf(all), mutations: [jsonMutation] }]
  },
  read: (path) =>
    each(
      () => readPolygons(path),
      () => readFeatures(path, "Polygon"),
      () => readFeatures(path, "LineString"),
    ),
}

const tileIndex: Target = {
  name: "tile-index",
  seeds: async () => {
    const server = "https://data.geopf.fr/telechargement/download/LiDARHD-NUALID/NUALHD_1-0__LAZ_LAMB93_OL_2025-02-20"
    const features = [6278, 6279].map((y) => {
      const name = `LHD_FXX_0770_${y}_PTS_LAMB93_IGN69.copc.laz`
      const properties = { name, url: `${server}/${name}`, date: "2025-05-01", sizeBytes: 1000 }
      return {
        type: "Feature",
        properties,
        geometry: { type: "Polygon", coordinates: [ring(770000, 1000 * (y - 1), 1000)] },
      }
    })
    const page = { type: "FeatureCollection", crs: lambert, features, numberMatched: 2 }
    return [{ name: "index.geojson", bytes: bytesOf(page), mutations: [jsonMutation] }]
  },
  read: (path, folder) =>
    each(
      () => readTileIndex([path]),
      async () => (await streamIndex([path], join(folder, "scratch"))).close(),
    ),
}

const CONIC = `<?xml version="1.0" encoding="ISO-8859-1"?>
<orientation><auxiliarydata><image_name> P22 </image_name></auxiliarydata><geometry><extrinseque>
<systeme>Lambert93</systeme><grid_alti>Raf98</grid_alti>
<sommet><easting>1000</easting><northing>2000</northing><altitude>50</altitude></sommet>
<rotation><Image2Ground> true </Image2Ground><mat3d><l1><pt3d><x>1</x><y>0</y><z>0</z></pt3d></l1>
<l2><pt3d><x>0</x><y>0</y><z>1</z></pt3d></l2><l3><pt3d><x>0</x><y>-1</y><z>0</z></pt3d></l3></mat3d></rotation>
</extrinseque><intrinseque><sensor><name> Pike </name><image_size><width>1920</width><height>1080</height></image_size>
<ppa><c>960</c><l>540</l><focale>1000</focale></ppa>
<distortion><pps><c>960</c><l>540</l></pps><r3>-1e-7</r3><r5>0</r5><r7>0</r7></distortion>
<pixel_size>7.4e-6</pixel_size></sensor></intrinseque></geometry></orientation>`
const MICMAC = `<ExportAPERO><OrientationConique><Interne><KnownConv>eConvApero_DistM2C</KnownConv>
<PP>100 50</PP><F>150</F><SzIm>200 100</SzIm><CalibDistortion><ModRad><CDist>100 50</CDist><CoeffDist>1e-9</CoeffDist></ModRad>
</CalibDistortion></Interne><Externe><Centre>1 2 3</Centre><ParamRotation><CodageMatr><L1>1 0 0</L1><L2>0 -1 0</L2>
<L3>0 0 -1</L3></CodageMatr></ParamRotation></Externe></OrientationConique></ExportAPERO>`
const OPK =
  "PROJECTION : LAMBERT93\nNOM X Y Z O P K CAMERA\nS1 700000 6500000 1770 0 0 0 UCE\nS2 700100 6500000 1770 1 2 3 UCE\n"
const CAMERA = "Name = UCE\nPPAx = 100\nPPAy = 50\nfocal = 150\nwidth = 200\nheight = 100\n"

const orientations: Target = {
  name: "orientations",
  seeds: async () => [
    { name: "a.ori.xml", bytes: bytesOf(CONIC), mutations: [textMutation] },
    { name: "Orientation-M1.jpg.xml", bytes: bytesOf(MICMAC), mutations: [textMutation] },
    { name: "flight.OPK", bytes: bytesOf(OPK), mutations: [textMutation] },
    { name: "camera.txt", bytes: bytesOf(CAMERA), mutations: [textMutation] },
  ],
  read: async (path, folder) => {
    const read = await readOrientations([path, join(folder, "flight.OPK"), join(folder, "camera.txt")], { epsg: 2154 })
    // What is told of a file is its refusal.
    for (const { error } of read.rejected) {
      if (error.code === "E_INTERNAL") return error.message
      throw EngineError.fromData(error)
    }
    return undefined
  },
}

const wkt: Target = {
  name: "wkt",
  seeds: async () =>
    [2154, 32631, 2975].map((epsg) => ({
      name: `${epsg}.wkt`,
      bytes: bytesOf(writeWkt(epsg)),
      mutations: [textMutation],
    })),
  read: async (path) => {
    const { epsg } = recogniseCrs({ wkts: [await readFile(path, "utf8")] })
    // A text that names no CRS is refused by those who ask.
    if (epsg === undefined) throw new EngineError("E_INPUT", "no CRS")
    return undefined
  },
}

/** The bytes of a connection: status, fields and body, as they come. */
const http: Target = {
  name: "http",
  seeds: async () => {
    const body = "0123456789".repeat(20)
    const fields = `ETag: "a"\r\nContent-Type: application/octet-stream\r\nContent-Length: ${body.length}`
    return [
      {
        name: "ranged",
        bytes: bytesOf(
          `HTTP/1.1 206 Partial Content\r\n${fields}\r\nContent-Range: bytes 0-199/200\r\nConnection: close\r\n\r\n${body}`,
        ),
        mutations: [textMutation],
      },
      {
        name: "whole",
        bytes: bytesOf(`HTTP/1.1 200 OK\r\n${fields}\r\nConnection: close\r\n\r\n${body}`),
        mutations: [textMutation],
      },
    ]
  },
  read: async (path, folder) => {
    const answer = await readFile(path)
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      socket.once("data", () => socket.end(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.bin`
    const part = join(folder, "a.part")
    const options = { tries: 1, idleMs: 2000 }
    try {
      return await each(
        async () => {
          const bytes = await openBytes(url, options)
          const some = await bytes.read(0, Math.min(bytes.size, 100))
          await bytes.close()
          if (some.length !== Math.min(bytes.size, 100)) throw new Error(`${some.length} bytes of ${bytes.size}`)
        },
        () => downloadFile(url, part, options),
      )
    } finally {
      await dropPart(part)
      await new Promise((resolve) => server.close(resolve))
    }
  },
}

const geoPackage: Target = {
  name: "geopackage",
  seeds: async (folder) => {
    const { paths } = await writeMadeLayers(folder, 3)
    const request = { format: "gpkg", schema: "maille", keepCrs: true, zooms: [8, 9], software: "maille" } as const
    const out = join(folder, "a.gpkg")
    await writeVectorFormat({ ...request, paths: paths.slice(0, 2), out, temporaryFolder: join(folder, "tmp") })
    return [{ name: "a.gpkg", bytes: new Uint8Array(await readFile(out)) }]
  },
  read: async (path) => {
    await readFeatures(path, "Polygon")
    return undefined
  },
}

/** Readers of what users and servers give. */
export const inputTargets: readonly Target[] = [...[geoJson, geoPackage, tileIndex, orientations, wkt, http]]
