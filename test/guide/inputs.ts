/** The small inputs of the guide's pages, under the names that the pages use. */
import { execFile } from "node:child_process"
import { copyFile, mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { encodeLas } from "../../engine/formats/las/write/las-writer.js"
import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { renderInfrared } from "../../fixtures/infrared.js"
import { renderOrtho } from "../../fixtures/sample/ortho.js"
import { cropPoints, type ScanPoints, scanScene } from "../../fixtures/sample/scan.js"
import { makeScene, type Scene } from "../../fixtures/sample/scene.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { sceneViews } from "../../fixtures/sample/views.js"
import { writeViews } from "../../fixtures/write-views.js"
import { mailleScript } from "../cli/maille.js"
import { sharedData } from "../shared-data.js"
import { root } from "../source-tree.js"
import { startTileServer, type TileServer } from "../tile-server.js"

const EPSG = 2154
/** A line of the 10 km grid. The scene is that of the demonstration, north of it. */
const LINE = 6520000
/**
 * The south-eastern quarter of the scene, with houses, river and bridge; and a strip across the
 * line.
 */
const PARTS: Readonly<Record<string, Box2>> = {
  LHD_FXX_0842_6521_PTS_LAMB93_IGN69: [842100, LINE, 842200, LINE + 100],
  LHD_FXX_0842_6520_PTS_LAMB93_IGN69: [842100, LINE - 30, 842200, LINE],
}

/** Folder of a reader, with the server that stands in for IGN's. */
export interface Reader {
  readonly folder: string
  readonly server: TileServer
}

/** Fills a folder with what the pages' commands read. */
export const makeReader = async (folder: string): Promise<Reader> => {
  const scene = makeScene()
  const points = scanScene(scene, { pulsesPerM2: 2, box: [842100, LINE - 30, 842200, LINE + 100] })
  const at = (...names: string[]): string => join(folder, ...names)
  for (const name of ["regions", "lidar", "lidar-2026", "ortho", "irc", "served", "node_modules", "maille-demo/input"])
    await mkdir(at(name), { recursive: true })
  for (const [name, box] of Object.entries(PARTS))
    await writeFile(at("regions", `${name}.las`), lasOf(cropPoints(points, box)))
  const [[name = "", box = scene.box] = []] = Object.entries(PARTS)
  await copyFile(at("regions", `${name}.las`), at("lidar", `${name}.las`))
  // The other survey lacks a strip in the west.
  const later = cropPoints(points, [box[0] + 20, box[1], box[2], box[3]])
  await writeFile(at("lidar-2026", `${name}.las`), lasOf(later))
  await symlink("../../lidar", at("maille-demo/input/lidar"))
  // The mark of a whole scene: maille demo then makes no other.
  await writeFile(at("maille-demo/input/sample.json"), '{"sample":2,"seed":1}')
  await symlink("../../ortho", at("maille-demo/input/ortho"))
  await symlink("lidar", at("sparse"))
  await writeImages(folder, scene)
  await writeVectors(folder, scene)
  if (sharedData !== undefined) await copyFile(join(sharedData, "geoid/Borea/fr_ign_RAF20.tif"), at("fr_ign_RAF20.tif"))
  // Modules of the folder find the package.
  await symlink(root, at("node_modules/maille"))
  const server = await startTileServer()
  await serveTiles(folder, server)
  return { folder, server }
}

const lasOf = (points: ScanPoints): Uint8Array =>
  encodeLas(points, { pointFormat: 6, epsg: EPSG, scale: 0.01, systemId: "synthetic scene" })

/** Orthophoto, infrared, and two oriented images with their orientations in another folder. */
const writeImages = async (folder: string, scene: Scene): Promise<void> => {
  const ortho = renderOrtho(scene, { box: [842100, LINE - 30, 842200, LINE + 100] })
  await writeFile(join(folder, "ortho/ORTHO_2023.tif"), encodeGeoTiff(ortho, EPSG))
  await writeFile(join(folder, "irc/IRC_2023.tif"), encodeGeoTiff(renderInfrared(ortho), EPSG))
  await writeViews(join(folder, "flight"), scene, sceneViews(scene, { count: 2, width: 320, height: 240 }))
  await rename(join(folder, "flight/images"), join(folder, "images"))
}

/** True outlines as a reference, a line across the ground, and two départements north and south. */
const writeVectors = async (folder: string, scene: Scene): Promise<void> => {
  const write = (
    name: string,
    features: readonly (readonly [type: string, coordinates: unknown, properties: object])[],
  ) => writeFile(join(folder, name), geoJsonOf(features))
  const pairs = (ring: Float64Array): number[][] =>
    Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]!, ring[2 * i + 1]!])
  const outlines = scene.buildings.map(({ name, outline }) => ["Polygon", outline.map(pairs), { name }] as const)
  await write("buildings.geojson", outlines)
  await write("bdtopo.geojson", outlines)
  const bank = [842110, 842150, 842190].map((x) => [x, LINE + 60, scene.ground(x, LINE + 60)])
  await write("water.geojson", [["LineString", bank, {}]])
  await write("culverts.geojson", [["LineString", bank.map(([x, y]) => [x!, y!]), {}]])
  await write("observers.geojson", [
    ["Point", [842120, LINE + 50], { height: 20 }],
    ["Point", [842180, LINE + 70], {}],
  ])
  // A slope up to 3 km south of the scene.
  const slope = Float32Array.from({ length: 80 * 80 }, (_, i) => 5 * Math.floor(i / 80))
  const relief = { width: 80, height: 80, minX: 840150, maxY: LINE + 1000, cellSize: 50, data: slope }
  await writeFile(join(folder, "relief.tif"), encodeCog(relief, { epsg: EPSG, metadata: {} }))
  const half = (south: number): number[][][] => [rectangle([840000, south, 850000, south + 5000])]
  await write("departements.geojson", [
    ["Polygon", half(LINE), { code_insee: "34" }],
    ["Polygon", half(LINE - 5000), { code_insee: "30" }],
  ])
}

const rectangle = ([minX, minY, maxX, maxY]: Box2): number[][] => [
  [minX, minY],
  [maxX, minY],
  [maxX, maxY],
  [minX, maxY],
  [minX, minY],
]

const geoJsonOf = (features: readonly (readonly [type: string, coordinates: unknown, properties: object])[]): string =>
  JSON.stringify({
    type: "FeatureCollection",
    crs: { type: "name", properties: { name: `urn:ogc:def:crs:EPSG::${EPSG}` } },
    features: features.map(([type, coordinates, properties]) => ({
      type: "Feature",
      geometry: { type, coordinates },
      properties,
    })),
  })

/**
 * Arguments of a command of a page. The inputs are small: runs get one worker, and runs and plans
 * tiles of 100 m where the page names no size.
 */
export const smallArgs = (args: readonly string[]): string[] => {
  const [name = ""] = args
  if (!["run", "plan"].includes(name) || args.includes("--job")) return [...args]
  const workers = name === "run" ? ["--workers", "1"] : []
  return [...args, ...workers, ...(args.includes("--tile-size") ? [] : ["--tile-size", "100"])]
}

/** Serves the point files as IGN does: COPC, with an index of squares of a kilometre. */
const serveTiles = async (folder: string, server: TileServer): Promise<void> => {
  const run = promisify(execFile)
  await run(process.execPath, [mailleScript, "copc", join(folder, "regions"), "--out", join(folder, "served/copc")])
  const features = Object.keys(PARTS).map((name) => {
    const [, x, y] = /_(\d{4})_(\d{4})_/.exec(name)!.map((text) => 1000 * Number(text))
    const url = `${server.base}/good/${name}.copc.laz`
    return ["Polygon", [rectangle([x!, y! - 1000, x! + 1000, y!])], { name, url }] as const
  })
  for (const name of Object.keys(PARTS))
    server.files.set(`${name}.copc.laz`, await readFile(join(folder, "served/copc", `${name}.copc.laz`)))
  server.files.set("ows", Buffer.from(geoJsonOf(features)))
}
