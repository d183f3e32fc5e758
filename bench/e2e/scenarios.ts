/** The runs of the end-to-end benchmark. */
import { cpus } from "node:os"
import { join } from "node:path"
import { usageError } from "../../engine/core/parse-values.js"
import { type Land, landFacts } from "../../fixtures/land.js"
import { makeTiles } from "../../fixtures/make.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import type { Stratum } from "../projection/strata.js"
import { realFile } from "../real-data.js"
import { makeMosaic } from "./real-mosaic.js"
import type { RunInput } from "./run-maille.js"

/** A run of the end-to-end benchmark. */
export interface Scenario {
  readonly name: string
  /** What is made of what, for people. */
  readonly ground: string
  readonly workers: number
  /** Side of a work tile, metres. */
  readonly tileSize: number
  /** The kind of ground that its figures count for in a projection. */
  readonly stratum?: Stratum
  /** Stratum, and what its figures were really taken on: said wherever they are used. */
  readonly standIn?: string
  /** Makes the input in the folder, where it is not there yet; or says why it cannot. */
  prepare(cache: string): Promise<RunInput | string>
}

/** How large the scenarios are. */
export interface ScenarioSize {
  /** Small tiles and few points, to see that everything works. */
  readonly quick: boolean
  /** Cores of the machine. */
  readonly cores: number
}

/** Side of a source tile, km, and points per m²: LiDAR HD as delivered, or a taste of it. */
const sizeOf = (quick: boolean) => (quick ? { km: 0.1, density: 5, copies: 1 } : { km: 1, density: 30, copies: 10 })

/**
 * Kinds of ground that a synthetic land stands for. Water has none: a projection takes farmland's
 * figures for it, and says so.
 */
const STRATA_MADE = ["dense-town", "suburb", "farmland", "forest", "mountain"] as const

/** Numbers of workers of a scaling run: 1, 2, 4 … and the cores. */
export const workerSteps = (cores: number): number[] => {
  const steps: number[] = []
  for (let workers = 1; workers < cores; workers *= 2) steps.push(workers)
  return [...steps, cores]
}

/** The runs, in order. */
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
    ...STRATA_MADE.map((land) => ({
      name: land,
      ground: `synthetic ${land.replace("-", " ")}, ${shown}: ${landFacts[land].summary}`,
      workers: 1,
      tileSize: side,
      stratum: land,
      standIn: `${land.replace("-", " ")}: synthetic, ${landFacts[land].summary}; ${density} points/m²`,
      prepare: (cache: string) => landTiles(cache, land, 1, quick),
    })),
    realTown(quick),
  ]
}

/**
 * Montpellier, in the folder of real data: the one place with a whole 100 m of full density and an
 * orthophoto.
 */
const realTown = (quick: boolean): Scenario => {
  const { copies } = sizeOf(quick)
  const layout = copies === 1 ? "once" : `laid out ${copies} × ${copies} times`
  return {
    name: "real-town",
    ground: `100 m of Montpellier, real LiDAR HD of 27 points/m², ${layout}, with 50 m of the real orthophoto over and over`,
    workers: 1,
    tileSize: 100 * copies,
    stratum: "dense-town",
    standIn: `dense town: 100 m of Montpellier ${layout}, real points (27 a m²) under real pixels, which are of the place in a quarter of it; steps where copies meet`,
    prepare: async (cache) => {
      const paths = [...MONTPELLIER, MONTPELLIER_IMAGE].map((path) => realFile(path))
      const missing = paths.find((path) => typeof path === "string")
      if (missing !== undefined) return missing as string
      const found = paths.map((path) => (path as { path: string }).path)
      return makeMosaic(
        join(cache, "real"),
        {
          lidar: found.slice(0, -1),
          block: [770_500, 6_277_500, 770_600, 6_277_600],
          image: found.at(-1) as string,
          imageBox: [770_550, 6_277_550, 770_600, 6_277_600],
        },
        copies,
      )
    },
  }
}

const MONTPELLIER = [
  "lidar-hd/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77050_627760_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz",
  "lidar-hd/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz",
]
const MONTPELLIER_IMAGE = "ortho/ign-pdal-tools/test_data_rgb.tif"

const landTiles = async (cache: string, land: Land, tiles: number, quick: boolean): Promise<RunInput> => {
  const { km, density } = sizeOf(quick)
  const out = join(cache, `${land}-${km}km-${density}`)
  const options = { out, km, density, tiles, seed: 1, land, format: "copc", imagery: true } as const
  const made = await makeTiles({ ...options, workers: 2, force: false })
  return { lidar: made.map(({ path }) => path), images: made.flatMap(({ imagery }) => imagery ?? []) }
}

/** Written anew each time: a second's work. */
const demoSample = async (cache: string): Promise<RunInput> => {
  const { lidar, ortho } = await writeSample(join(cache, "demo"), { seed: 1 })
  return { lidar, images: [ortho] }
}

/** One of the runs on this machine. @throws EngineError E_USAGE for a name that none has */
export const scenarioNamed = (name: string, quick: boolean): Scenario => {
  const all = scenarios({ quick, cores: cpus().length })
  const found = all.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  throw usageError("--run", `"${name}"`, `one of ${all.map((scenario) => scenario.name).join(", ")}`, "")
}
