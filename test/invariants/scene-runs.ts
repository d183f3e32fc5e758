/** The synthetic scene at 4 pulses a m², and runs on it that several test files look at. Nobody writes into them. */
import { join } from "node:path"
import { expect } from "vitest"
import { loadGdal } from "../../engine/formats/raster/load-gdal.js"
import { makeScene, type Scene } from "../../fixtures/scene.js"
import { writeSample } from "../../fixtures/write-sample.js"
import { madeOnce } from "../made-once.js"
import { runMaille } from "../run-maille.js"

const sample = (): Promise<string> =>
  madeOnce("scene", async (folder) => {
    await writeSample(folder, { pulsesPerM2: 4 })
  })

/** The scene's files: `lidar/` and `ortho/`, four source tiles of 100 m and their image. */
export const sceneFiles = async (): Promise<{ scene: Scene; lidar: string; ortho: string }> => {
  const folder = await sample()
  return { scene: makeScene(), lidar: join(folder, "lidar"), ortho: join(folder, "ortho") }
}

/** Formats of layers beside FlatGeobuf, all that this machine can write. */
export const sceneFormats = ["geojson", "geojsonl", "parquet", "pmtiles", ...((await loadGdal()) ? ["gpkg"] : [])]

/** What {@link sceneInHundreds} was asked for, with its image at `ortho`. */
export const flagsOfHundreds = (ortho: string): string[] => [
  ...["--imagery", ortho, "--tile-size", "100", "--vector-format", sceneFormats.join(",")],
]

const run = (name: string, flags: (ortho: string) => readonly string[]): Promise<string> =>
  madeOnce(name, async (out) => {
    const { lidar, ortho } = await sceneFiles()
    const ended = await runMaille(["run", lidar, "--out", out, "--json", ...flags(ortho)])
    expect(ended.code, ended.stderr).toBe(0)
  })

/** Every product in tiles of 100 m, with the image, by two workers. */
export const sceneInHundreds = (): Promise<string> =>
  run("scene-100", (ortho) => [...flagsOfHundreds(ortho), "--workers", "2"])

/** Every product but the texture in tiles of 50 m, by one worker. */
export const sceneInFifties = (): Promise<string> =>
  run("scene-50", () => ["--products", "dtm,dsm,dhm,mesh,vector", "--tile-size", "50", "--workers", "1"])
