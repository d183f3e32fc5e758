/** Makes the outputs that the pictures show. */

import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { elementAt } from "../../engine/core/lists.js"
import type { Land } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { writeViewScene } from "../../fixtures/make-views.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { montpellier } from "../e2e/scenarios.js"
import { projectRoot } from "../machine.js"
import { realFile } from "../real-data.js"

/** The arguments of `maille run` without `--out`, or the reason why the input is missing. */
type Prepare = (cache: string) => Promise<readonly string[] | string>

const SCENES = {
  demo: async (cache) => {
    const { lidar, ortho } = await writeSample(join(cache, "input", "demo"), { seed: 1 })
    const source = ["--source", "maille demo, synthetic scene"]
    return [...lidar, "--imagery", ortho, "--tile-size", "100", ...source]
  },
  country: async (cache) => [...(await land(cache, "mixed", 0.5)), "--tile-size", "250"],
  mountain: async (cache) => [...(await land(cache, "mountain", 0.2)), "--tile-size", "200"],
  surface: async (cache) => [...(await quarter(cache)), "--tile-size", "50", "--mesh", "surface"],
  canopy: async (cache) => [
    ...(await quarter(cache)),
    ...["--tile-size", "125"],
    ...["--set", "mesh.vegetation.vegetation=canopy", "--set", "vector.tree.vegetation=canopy"],
  ],
  walls: async (cache) => {
    const out = join(cache, "input", "walls")
    const { lidar, ortho } = await writeViewScene({ out, views: 12, spread: 0, cars: 0, seed: 1 })
    const views = ["--oriented-images", join(out, "views")]
    return [...lidar, "--imagery", ortho, ...views, "--products", "mesh,texture", "--tile-size", "100"]
  },
  levels: async (cache) => [...(await quarter(cache)), "--tile-size", "50"],
  town: async () => town([]),
  sun: async (cache) => [
    ...(await land(cache, "mixed", 0.5)),
    ...["--tile-size", "250", "--products", "dtm,dsm,mesh"],
    ...["shadow", "sky-view", "roof-sun", "irradiation", "viewshed"].flatMap((name) => [
      "--kernel",
      `simulation.${name}`,
    ]),
    ...["--set", "simulation.shadow.time=2026-06-21T17:00Z"],
    ...["shadow", "sky-view"].flatMap((name) => ["--set", `simulation.${name}.reach=100`]),
    ...["--set", "simulation.viewshed.observers=843120,6520822,2;843240,6520760,20"],
  ],
  // The image covers one of the four tiles.
  house: async () => town(["--bbox", "770550,6277550,770600,6277600"]),
  samp31: async () => {
    const file = realFile("foreign/isprs/samp31-utm.laz")
    if (typeof file === "string") return file
    const options = ["--classify", "ground", "--vegetation-from", "unclassified", "--products", "dtm,dsm"]
    return [file.path, ...options, "--source", "ISPRS filter test, CC BY 4.0"]
  },
  // A lake from which hardly a pulse returns.
  lake: async () => lake("--products", "dtm"),
  drainage: async (cache) => [...(await river(cache)), "--kernel", "simulation.flow"],
  flood172: async (cache) => [...(await river(cache)), ...flood(172)],
  flood174: async (cache) => [...(await river(cache)), ...flood(174)],
  flood176: async (cache) => [...(await river(cache)), ...flood(176)],
  pour250: async (cache) => [...(await river(cache)), ...pour(250)],
  pour600: async (cache) => [...(await river(cache)), ...pour(600)],
  pour1200: async (cache) => [...(await river(cache)), ...pour(1200)],
  polder: async () => {
    const file = realFile("lidar-other/3dfier/ahn3/ahn3_cropped_1.laz")
    if (typeof file === "string") return file
    const input = [file.path, "--crs", "EPSG:28992", "--products", "dtm", "--tile-size", "250"]
    return [...input, ...flood(0.5), "--source", "AHN3, CC0"]
  },
  emptyLake: async () => lake("--products", "mesh,vector", "--layers", "water", "--water-from", "voids"),
} satisfies Record<string, Prepare>

export type SceneName = keyof typeof SCENES

/** Names of the folders of scenes, which maps have as titles; absent: the name of the scene. */
const TITLES: Partial<Record<SceneName, string>> = {
  demo: "Demo",
  country: "Village by a river",
  mountain: "Mountain",
  sun: "Sun and views",
  samp31: "Filter test, sample 31",
  lake: "Lake",
  drainage: "Drainage",
  flood172: "Water at 172 m",
  flood174: "Water at 174 m",
  flood176: "Water at 176 m",
  pour250: "250 m³ poured",
  pour600: "600 m³ poured",
  pour1200: "1,200 m³ poured",
  polder: "Polder",
}

/**
 * Builds the products of a scene in a folder of the cache, which a second run finds unchanged.
 *
 * @returns the output folder, or the reason why it cannot be made
 */
export const makeScene = async (name: SceneName, cache: string): Promise<{ folder: string } | string> => {
  const args = await SCENES[name](cache)
  if (typeof args === "string") return args
  const folder = join(cache, TITLES[name] ?? name)
  await maille("run", ...args, "--out", folder)
  return { folder }
}

/** Runs the built command; rejects if it fails. */
export const maille = async (...args: readonly string[]): Promise<void> => {
  await promisify(execFile)(process.execPath, [join(projectRoot, "dist", "bundle", "cli", "main.js"), ...args])
}

const land = async (cache: string, kind: Land, km: number): Promise<string[]> => {
  const out = join(cache, "input", kind)
  const options = { out, km, density: 20, tiles: 1, seed: 1, land: kind, format: "copc", imagery: true } as const
  const tiles = await makeTiles({ ...options, workers: 2, force: false })
  return [elementAt(tiles, 0).path, "--imagery", join(out, "ortho")]
}

/** A tile of the country, without its images. */
const country = async (cache: string): Promise<string> => elementAt(await land(cache, "mixed", 0.5), 0)

/** The terrain of the country with its river. */
const river = async (cache: string): Promise<string[]> => [
  ...[await country(cache), "--products", "dtm", "--tile-size", "250"],
]

const flood = (level: number): string[] => [
  ...["--kernel", "simulation.flood"],
  ...["--set", `simulation.flood-tile.level=${level}`],
]

/** A volume in the eastern one of two hollows. */
const pour = (volume: number): string[] => [
  ...flood(185),
  ...["--set", "simulation.flood-tile.from=843406,6520554", "--set", `simulation.flood-tile.volume=${volume}`],
]

/** A square of 250 m of the country, as a mesh only. */
const quarter = async (cache: string): Promise<string[]> => [
  ...[await country(cache), "--products", "mesh", "--bbox", "843000,6520500,843250,6520750"],
]

const lake = (...products: readonly string[]): string[] | string => {
  const file = realFile("foreign/lake.laz")
  return typeof file === "string" ? file : [file.path, "--crs", "EPSG:26913", "--tile-size", "250", ...products]
}

/** Real tiles of Montpellier. */
const town = (place: readonly string[]): string[] | string => {
  const input = montpellier()
  if (typeof input === "string") return input
  const source = ["--source", "IGN, LiDAR HD and BD ORTHO, Licence Ouverte 2.0"]
  return [...input.lidar, "--imagery", ...input.images, "--tile-size", "50", ...place, ...source]
}
