/** Defines the runs of the end-to-end benchmark. */

import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Land, landFacts } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { realFile } from "../real-data.js"
import type { RunInput } from "./run-maille.js"
import type { RunFacts } from "./run-measurement.js"
import { STRATA, type Stratum } from "./strata.js"

export interface Scenario extends Pick<RunFacts, "name" | "ground" | "workers" | "tileSize"> {
  /** Further options of `maille run`; without any it makes every product. */
  readonly options?: readonly string[]
  /** The kind of ground that its figures represent in a projection. */
  readonly stratum?: Stratum
  /** The stratum and the ground that was really measured, shown wherever the figures are used. */
  readonly standIn?: string
  /** Makes the input in the folder if it is missing. Returns a string if it cannot: the reason. */
  prepare(cache: string): Promise<RunInput | string>
}

export interface ScenarioSize {
  /** Small tiles and few points, to check that everything works. */
  readonly quick: boolean
  readonly cores: number
}

/** Side of a source tile, km, and points per m²: as in LiDAR HD, or a small sample. */
const sizeOf = (quick: boolean) => (quick ? { km: 0.1, density: 5 } : { km: 1, density: 30 })

/** Runs of some products on one square kilometre: name, products in words, options. */
const PARTS = [
  ["quarters", "every product, all cores"],
  ["quarters-mesh", "the mesh alone, all cores", "--products", "mesh"],
  ["rasters", "terrain and surface rasters", "--products", "dtm,dsm"],
  ["ground-mesh", "the mesh of the ground", "--products", "mesh", "--mesh", "ground"],
] as const

/** Numbers of workers in a scaling run: 1, 2, 4 … and the number of cores. */
export const workerSteps = (cores: number): number[] => {
  const steps: number[] = []
  for (let workers = 1; workers < cores; workers *= 2) steps.push(workers)
  return [...steps, cores]
}

export const scenarios = ({ quick, cores }: ScenarioSize): Scenario[] => {
  const { km, density } = sizeOf(quick)
  const side = km * 1000
  const shown = `${side} m × ${side} m of ${density} points/m², orthophoto of 0.2 m`
  const mixed = (tiles: number) => (cache: string) => landTiles(cache, "mixed", tiles, quick)
  return [
    {
      name: "tile",
      ground: `synthetic country, mixed, ${shown}; one work tile`,
      workers: 1,
      tileSize: side,
      prepare: mixed(1),
    },
    {
      name: "block",
      ground: `3 × 3 tiles of the synthetic country, mixed, each ${shown}`,
      workers: cores,
      tileSize: side,
      prepare: mixed(3),
    },
    ...PARTS.map(([part, products, ...options]) => ({
      name: part,
      ground: `the tile of "tile" as four work tiles: ${products}`,
      workers: part === "quarters" || part === "quarters-mesh" ? cores : 1,
      tileSize: side / 2,
      options,
      prepare: mixed(1),
    })),
    {
      name: "demo",
      ground: "the demonstration: 200 m × 200 m, four uncompressed LAS, orthophoto",
      workers: cores,
      tileSize: 100,
      prepare: demoSample,
    },
    ...workerSteps(cores).map((workers) => ({
      name: `scaling-${workers}`,
      ground: `the tile of "tile" as work tiles of ${quick ? 50 : 250} m`,
      workers,
      tileSize: quick ? 50 : 250,
      prepare: mixed(1),
    })),
    ...STRATA.map((land) => ({
      name: land,
      ground: `synthetic ${land.replace("-", " ")}, ${shown}: ${landFacts[land].summary}`,
      workers: 1,
      tileSize: side,
      stratum: land,
      standIn: `${land.replace("-", " ")}: synthetic, ${landFacts[land].summary}; ${density} points/m²`,
      prepare: (cache: string) => landTiles(cache, land, 1, quick),
    })),
    realTown,
  ]
}

/** Montpellier, from the folder of real data: the only place of full density with an orthophoto. */
const realTown: Scenario = {
  name: "real-town",
  ground: "100 m of Montpellier: real LiDAR HD of 27 points/m², the real orthophoto over a quarter",
  workers: 1,
  tileSize: 50,
  prepare: async () => montpellier(),
}

/** Files of Montpellier: four tiles of 50 m, the image of one. A string says what is missing. */
export const montpellier = (): RunInput | string => {
  const [image, ...lidar] = [MONTPELLIER_IMAGE, ...MONTPELLIER].map(realFile)
  const missing = [image, ...lidar].find((file) => typeof file === "string")
  if (missing !== undefined) return missing
  const paths = (files: readonly unknown[]): string[] => files.map((file) => (file as { path: string }).path)
  return { lidar: paths(lidar), images: paths([image]) }
}

const MONTPELLIER_IMAGE = "ortho/ign-pdal-tools/test_data_rgb.tif"
const MONTPELLIER = [
  "lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77050_627760_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz",
]

/**
 * Makes a folder of `count` small images of places without tiles, as a country's catalogue has.
 * Only their number matters.
 */
export const imagesAround = async (folder: string, count: number): Promise<string> => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const [width, height, pixel] = [50, 50, 0.2]
  const data = new Uint8Array(3 * width * height).fill(128)
  for (let i = 0; i < count; i++) {
    const [west, north] = [700_000 + 10 * (i % 50), 6_700_000 - 10 * Math.floor(i / 50)]
    const box = [west, north - 10, west + 10, north] as const
    await writeFile(join(folder, `elsewhere-${i}.tif`), encodeGeoTiff({ width, height, box, pixel, data }, 2154))
  }
  return folder
}

const landTiles = async (cache: string, land: Land, tiles: number, quick: boolean): Promise<RunInput> => {
  const { km, density } = sizeOf(quick)
  const out = join(cache, `${land}-${km}km-${density}`)
  const options = { out, km, density, tiles, seed: 1, land, format: "copc", imagery: true } as const
  const made = await makeTiles({ ...options, workers: 2, force: false })
  return { lidar: made.map(({ path }) => path), images: made.flatMap(({ imagery }) => imagery ?? []) }
}

/** Written for each run, which takes a second. */
const demoSample = async (cache: string): Promise<RunInput> => {
  const { lidar, ortho } = await writeSample(join(cache, "demo"), { seed: 1 })
  return { lidar, images: [ortho] }
}
