import { readFile, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"
import { createCanvas } from "@napi-rs/canvas"
import { writeArrayBuffer } from "geotiff"
import type { Box2 } from "../../engine/core/box.js"
import { EngineError } from "../../engine/errors.js"
import { openBytes } from "../../engine/formats/bytes.js"
import { downloadFile, dropPart } from "../../engine/formats/download.js"
import { wktOf } from "../../engine/formats/las/wkt.js"
import { readOrientations } from "../../engine/formats/orientation/read-orientations.js"
import { checkImage } from "../../engine/formats/raster/check-image.js"
import { encodeCog } from "../../engine/formats/raster/cog.js"
import { composeImage } from "../../engine/formats/raster/compose-image.js"
import { readFrameHeader } from "../../engine/formats/raster/frame-header.js"
import { openImageCatalogue } from "../../engine/formats/raster/image-catalogue.js"
import { readRaster } from "../../engine/formats/raster/read-raster.js"
import { decodePixels } from "../../engine/formats/raster/sheet.js"
import { textureSize } from "../../engine/formats/raster/texture-size.js"
import { closeTiffs } from "../../engine/formats/raster/tiff-source.js"
import { verifyRaster } from "../../engine/formats/raster/verify-raster.js"
import { readPolygons } from "../../engine/formats/vector/polygons.js"
import { readFeatures } from "../../engine/formats/vector/read-features.js"
import { recogniseCrs } from "../../engine/grid/crs.js"
import { readGeoidGrid } from "../../engine/grid/geoid-grid.js"
import { streamIndex } from "../../engine/spatial/stream-index.js"
import { readTileIndex } from "../../engine/spatial/tile-index.js"
import { tiffMutation } from "./mutate-formats.js"
import { jsonMutation, textMutation } from "./mutate-text.js"
import type { Seed, Target } from "./run-fuzz.js"

const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))

/** Runs all, so that a refusal of one leaves out none; the last refusal is that of the file. */
const each = async (...reads: readonly (() => Promise<unknown>)[]): Promise<undefined> => {
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

export const BOX: Box2 = [770000, 6277000, 770016, 6277012]

const geoTiff = (values: Uint8Array | Float32Array, side: number, more: object): Uint8Array =>
  new Uint8Array(
    writeArrayBuffer(values, {
      ...{ width: side, height: side, ModelPixelScale: [0.5, 0.5, 0], ModelTiepoint: [0, 0, 0, BOX[0], BOX[3], 0] },
      ...{ GTModelTypeGeoKey: 1, GTRasterTypeGeoKey: 1, ProjectedCSTypeGeoKey: 2154, ...more },
    } as never),
  )

export const rgbTiff = (): Uint8Array =>
  geoTiff(
    Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => i % 251),
    24,
    {
      ...{ SamplesPerPixel: 3, BitsPerSample: [8, 8, 8], SampleFormat: [1, 1, 1], PhotometricInterpretation: 2 },
    },
  )

const cog = (): Uint8Array => {
  const [width, height] = [270, 40]
  const data = Float32Array.from({ length: width * height }, (_, i) => Math.sin(i / 9))
  const raster = { width, height, minX: BOX[0], maxY: BOX[3], cellSize: 0.5, data }
  return encodeCog(raster, { epsg: 2154, metadata: { source: "made", title: "DTM" } })
}

const raster: Target = {
  name: "tiff-raster",
  seeds: async () => [{ name: "dtm.tif", bytes: cog(), mutations: [tiffMutation] }],
  read: (path) =>
    each(
      () => readRaster(path),
      () => readRaster(path, { window: BOX, cellSize: 4 }),
      () => verifyRaster(path),
      () => checkImage(path),
    ),
}

const geoid: Target = {
  name: "geoid",
  seeds: async () => {
    const values = Float32Array.from({ length: 12 * 12 }, (_, i) => 45 + i / 10)
    const place = {
      ModelTiepoint: [0, 0, 0, 2, 49, 0],
      ModelPixelScale: [0.1, 0.1, 0],
      GTModelTypeGeoKey: 2,
      GeographicTypeGeoKey: 4326,
    }
    const sample = { BitsPerSample: [32], SampleFormat: [3], SamplesPerPixel: 1, ProjectedCSTypeGeoKey: undefined }
    return [{ name: "grid.tif", bytes: geoTiff(values, 12, { ...sample, ...place }), mutations: [tiffMutation] }]
  },
  read: async (path) => {
    const { undulation } = await readGeoidGrid(path)
    undulation(2.5, 48.5)
    return undefined
  },
}

/** Reads an image as imagery. One that cannot be used is left out with a line, which stands for the refusal. */
const readImagery = async (path: string): Promise<void> => {
  const { images, ignored } = await openImageCatalogue([path], { epsg: 2154 })
  if (images.length === 0) throw new EngineError("E_INPUT", ignored[0]?.reason ?? "nothing")
  const pixels = await composeImage(
    images.filter(({ lane }) => lane === "worker"),
    BOX,
    0.5,
  )
  if (pixels !== undefined && pixels.data.length !== 4 * pixels.width * pixels.height) throw new Error("pixels")
}

/** As imagery and as an oriented one. */
const readImage = async (path: string): Promise<string | undefined> => {
  const readFrame = async (): Promise<void> => {
    const frame = await readFrameHeader(path)
    if (frame.lane === "worker") await composeImage([frame], [0, -8, 8, 0], 1)
  }
  try {
    return await each(
      () => readImagery(path),
      readFrame,
      () => checkImage(path),
    )
  } finally {
    await closeTiffs()
  }
}

const tiff: Target = {
  name: "tiff-image",
  seeds: async () => [{ name: "ortho.tif", bytes: rgbTiff(), mutations: [tiffMutation] }],
  read: (path) => readImage(path),
}

const pictures = (): Seed[] => {
  const canvas = createCanvas(32, 24)
  const pen = canvas.getContext("2d")
  for (let i = 0; i < 32; i++) {
    pen.fillStyle = `rgb(${8 * i}, ${255 - 8 * i}, 90)`
    pen.fillRect(i, i % 24, 9, 9)
  }
  return [
    { name: "a.jpg", bytes: new Uint8Array(canvas.toBuffer("image/jpeg")) },
    { name: "a.png", bytes: new Uint8Array(canvas.toBuffer("image/png")) },
    { name: "a.webp", bytes: new Uint8Array(canvas.toBuffer("image/webp")) },
  ]
}

const picture: Target = {
  name: "jpeg-png",
  seeds: async (folder) => {
    for (const name of ["a.jgw", "a.pgw"])
      await writeFile(join(folder, name), "0.5\n0\n0\n-0.5\n770000.25\n6277011.75\n")
    return pictures()
  },
  read: async (path) => {
    const bytes = new Uint8Array(await readFile(path))
    textureSize(bytes)
    if (!path.endsWith(".webp")) return readImage(path)
    await decodePixels(bytes, path)
    return undefined
  },
}

const worldFile: Target = {
  name: "world-file",
  seeds: async (folder) => {
    await writeFile(join(folder, "a.jpg"), pictures()[0]!.bytes)
    return [{ name: "a.jgw", bytes: bytesOf("0.5\n0\n0\n-0.5\n770000.25\n6277011.75\n"), mutations: [textMutation] }]
  },
  read: (_, folder) => each(() => readImagery(join(folder, "a.jpg"))),
}

const wkt: Target = {
  name: "wkt",
  seeds: async () =>
    [2154, 32631, 2975].map((epsg) => ({
      name: `${epsg}.wkt`,
      bytes: bytesOf(wktOf(epsg)),
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

/** Readers of what users and servers give. */
export const inputTargets: readonly Target[] = [
  ...[geoJson, tileIndex, orientations, raster, geoid, tiff, picture, worldFile, wkt, http],
]
