/** Inputs of the guide: the folder of `maille demo --guide`, and what stands in for real data. */
import { execFile } from "node:child_process"
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { cropPoints } from "../../fixtures/sample/scan.js"
import { encodeGeoJson, encodePoints, GUIDE_TILE, guidePoints } from "../../fixtures/sample/write-guide.js"
import { mailleScript } from "../cli/maille.js"
import { sharedData } from "../shared-data.js"
import { root } from "../source-tree.js"
import { startTileServer, type TileServer } from "../tile-server.js"

/** A line of the 10 km grid. The folder's points are north of it. */
const LINE = 6520000
const STRIP: Box2 = [842100, LINE - 30, 842200, LINE]
const STRIP_TILE = "LHD_FXX_0842_6520_PTS_LAMB93_IGN69"
const NAMES = [GUIDE_TILE, STRIP_TILE]

/** Folder of a reader, with the server that stands in for IGN's. */
export interface Reader {
  readonly folder: string
  readonly server: TileServer
}

const run = promisify(execFile)

/** Fills an empty folder with what the pages' commands read. */
export const makeReader = async (folder: string): Promise<Reader> => {
  const at = (...names: string[]): string => join(folder, ...names)
  await run(process.execPath, [mailleScript, "demo", "--guide", folder])
  for (const name of ["regions", "served", "node_modules", "maille-demo/input"])
    await mkdir(at(name), { recursive: true })
  await copyFile(at("lidar", `${GUIDE_TILE}.las`), at("regions", `${GUIDE_TILE}.las`))
  // A strip across the line: jobs of two regions.
  await writeFile(at("regions", `${STRIP_TILE}.las`), encodePoints(cropPoints(guidePoints(STRIP), STRIP)))
  await symlink("../../lidar", at("maille-demo/input/lidar"))
  // The mark of a whole scene: maille demo then makes no other.
  await writeFile(at("maille-demo/input/sample.json"), '{"sample":2,"seed":1}')
  await symlink("../../ortho", at("maille-demo/input/ortho"))
  await writeFile(at("departements.geojson"), departements())
  if (sharedData !== undefined) await copyFile(join(sharedData, "geoid/Borea/fr_ign_RAF20.tif"), at("fr_ign_RAF20.tif"))
  // Modules of the folder find the package.
  await symlink(root, at("node_modules/maille"))
  const server = await startTileServer()
  await serveTiles(folder, server)
  return { folder, server }
}

/** Two départements, north and south of the line. */
const departements = (): string => {
  const half = (south: number): number[][][] => [rectangle([840000, south, 850000, south + 5000])]
  return encodeGeoJson([
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
  await run(process.execPath, [mailleScript, "copc", join(folder, "regions"), "--out", join(folder, "served/copc")])
  const features = NAMES.map((name) => {
    const [, x, y] = /_(\d{4})_(\d{4})_/.exec(name)!.map((text) => 1000 * Number(text))
    const url = `${server.base}/good/${name}.copc.laz`
    return ["Polygon", [rectangle([x!, y! - 1000, x! + 1000, y!])], { name, url }] as const
  })
  for (const name of NAMES)
    server.files.set(`${name}.copc.laz`, await readFile(join(folder, "served/copc", `${name}.copc.laz`)))
  server.files.set("ows", Buffer.from(encodeGeoJson(features)))
}
