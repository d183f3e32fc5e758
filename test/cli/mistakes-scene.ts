/**
 * A folder in which users make mistakes: good files, files that are not what their names say, and
 * output folders.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { expect } from "vitest"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { seededRandom } from "../../engine/core/random.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { specOf, surveyRecords, writeRecords } from "../engine/formats/copc/copc-file.js"
import { runMaille } from "../run-maille.js"

/** South-western corner of the points, metres of EPSG:2154. */
export const [west, south] = [770_000, 6_277_000]

/** Points of 50 m by 50 m, one every 2 m. */
const points = (wkt: { epsg?: number; wkt?: string }, classification = 2, corner = [west, south]): Uint8Array => {
  const side = 25
  const count = side * side
  const [x = 0, y = 0] = corner
  return encodeLas(
    {
      count,
      x: Int32Array.from({ length: count }, (_, i) => (i % side) * 2000 + 500),
      y: Int32Array.from({ length: count }, (_, i) => Math.floor(i / side) * 2000 + 500),
      z: Int32Array.from({ length: count }, (_, i) => 10_000 + ((i * 7) % 11) * 10),
      scale: 0.001,
      origin: [x, y, 0],
      classification: new Uint8Array(count).fill(classification),
      returnNumber: new Uint8Array(count).fill(1),
      numberOfReturns: new Uint8Array(count).fill(1),
    },
    { pointFormat: 6, ...wkt },
  )
}

/** Points of 80 m by 80 m, of which one is 185 km away and 174 km high: 0.06 % of them. */
const wildPoint = (): Uint8Array => {
  const side = 40
  const count = side * side + 1
  const isWild = (i: number): boolean => i === count - 1
  return encodeLas(
    {
      count,
      x: Int32Array.from({ length: count }, (_, i) => (isWild(i) ? 185_000_000 : (i % side) * 2000 + 500)),
      y: Int32Array.from({ length: count }, (_, i) => (isWild(i) ? 0 : Math.floor(i / side) * 2000 + 500)),
      z: Int32Array.from({ length: count }, (_, i) => (isWild(i) ? 174_734_000 : 10_000 + ((i * 7) % 11) * 10)),
      scale: 0.001,
      origin: [west, south, 0],
      classification: new Uint8Array(count).fill(2),
      returnNumber: new Uint8Array(count).fill(1),
      numberOfReturns: new Uint8Array(count).fill(1),
    },
    { pointFormat: 6, epsg: 2154 },
  )
}

/** A grey image of the box, in pixels of half a metre. */
const image = ([minX, minY, maxX, maxY]: Box2, epsg?: number): Uint8Array => {
  const [width, height] = [2 * (maxX - minX), 2 * (maxY - minY)]
  const data = new Uint8Array(3 * width * height).fill(128)
  return encodeGeoTiff({ width, height, data, pixel: 0.5, box: [minX, minY, maxX, maxY] }, epsg)
}

const degrees =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
/** One pixel, and no place on the ground. */
const photo = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
const index = {
  type: "FeatureCollection",
  features: [
    {
      type: "Feature",
      geometry: null,
      properties: {
        name: "LHD_FXX_0770_6278_PTS_C_LAMB93_IGN69.copc.laz",
        url: "https://data.geopf.fr/x/LHD_FXX_0770_6278_PTS_LAMB93_IGN69.copc.laz",
      },
    },
  ],
}

/** Writes all of it into a folder; paths of the cases start there. */
export const writeMistakesScene = async (folder: string): Promise<void> => {
  const put = async (path: string, data: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), data)
  }
  await put("lidar/a.las", points({ epsg: 2154 }))
  await put("lidar/b.las", points({ epsg: 2154 }, 2, [west + 50, south]))
  await put("no-ground.las", points({ epsg: 2154 }, 1))
  await put("no-crs.las", points({}))
  await put("zone.las", points({ epsg: 3946 }))
  for (const i of [0, 1, 2, 3])
    await put(`zones/zone${i}.las`, points({ epsg: 3942 + i }, 2, [1_700_000 + 50 * i, 1_200_000 + 1_000_000 * i]))
  await put("degrees.las", points({ wkt: degrees }))
  await put("zero.las", "")
  await put("text.las", "x y z\n770000 6277000 12\n")
  await put("points.xyz", "770000 6277000 12\n")
  await put("spaces in name.las", points({ epsg: 2154 }))
  const records = surveyRecords(seededRandom(3), specOf(6, 0), 3000, 2000)
  await mkdir(join(folder, "copc"))
  await writeRecords(specOf(6, 0), records, join(folder, "copc/survey.copc.laz"))
  const survey = await readFile(join(folder, "copc/survey.copc.laz"))
  await put("cut.laz", survey.subarray(0, survey.length >> 3))
  await put("zipped.laz", gzipSync(survey))
  await put("photo.png", photo)
  await put("plain.tif", image([west, south, west + 50, south + 50]))
  await put("ortho/ortho.tif", image([west - 10, south - 10, west + 110, south + 60], 2154))
  await put("far/far.tif", image([west + 5000, south, west + 5050, south + 50], 2154))
  await put("corner/corner.tif", image([west - 45, south - 45, west + 5, south + 5], 2154))
  await put("wild.las", wildPoint())
  await put("index.geojson", JSON.stringify(index))
  await put("page.html", "<!DOCTYPE html><html><body>503 Service Unavailable</body></html>")
  const ring = [
    [2.3, 48.8],
    [2.31, 48.8],
    [2.31, 48.81],
    [2.3, 48.8],
  ]
  await put("paris.geojson", JSON.stringify({ type: "Polygon", coordinates: [ring] }))
  await put("lines.geojson", JSON.stringify({ type: "FeatureCollection", features: [] }))
  await put("foreign/notes.txt", "mine\n")
  await mkdir(join(folder, "empty"))
  await mkdir(join(folder, "other"))
  const job = { inputs: ["../lidar"], out: "../elsewhere", tileSize: 50, products: ["dtm"] }
  await put("jobs/unknown.json", JSON.stringify({ ...job, tilesize: 50 }))
  await put("jobs/broken.json", '{ "inputs": [')
  await put("jobs/none.json", JSON.stringify({ tileSize: 50 }))
  const stages = ["a.las", { type: "filters.smrf" }, "out.tif"]
  await put("jobs/pipeline.json", JSON.stringify({ pipeline: stages }))
  await put("jobs/stages.json", JSON.stringify(stages))
  const own = { version: "1", inputs: ["../lidar"], out: ".", kernels: ["theirs.mjs"] }
  await put("theirs/job.json", JSON.stringify(own))
  await put("theirs/theirs.mjs", 'process.stderr.write("their code runs\\n")')
  const flags = [
    "--tile-size",
    "50",
    "--products",
    "dtm,mesh,vector",
    "--layers",
    "contour",
    "--allow-missing",
    "contour",
  ]
  const ended = await runMaille(["run", join(folder, "lidar"), ...flags, "--out", join(folder, "made")])
  expect(ended.code, ended.stderr).toBe(0)
}
