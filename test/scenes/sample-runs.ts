/**
 * The synthetic scene at 4 pulses a m², and runs on it that several test files look at. Nobody
 * writes into them.
 */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"
import { renderInfrared } from "../../fixtures/sample/infrared.js"
import { renderOrtho } from "../../fixtures/sample/ortho.js"
import { makeScene, type Scene } from "../../fixtures/sample/scene.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { writeSample } from "../../fixtures/sample/write-sample.js"
import { madeOnce } from "../made-once.js"
import { runKept } from "../run-maille.js"
import { type RunOnce, runOnce } from "../run-once.js"

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
export const sceneFormats = ["geojson", "geojsonl", "parquet", "pmtiles", "gpkg"]

/** What {@link sceneInHundreds} was asked for, with its image at `ortho`. */
export const flagsOfHundreds = (ortho: string): string[] => [
  ...["--imagery", ortho, "--tile-size", "100", "--vector-format", sceneFormats.join(",")],
]

const run = (name: string, flags: (ortho: string) => readonly string[]): Promise<string> =>
  madeOnce(name, async (out) => {
    const { lidar, ortho } = await sceneFiles()
    const ended = await runKept(["run", lidar, "--out", out, "--json", ...flags(ortho)])
    expect(ended.code, ended.stderr).toBe(0)
  })

/** Every product in tiles of 100 m, with the image. */
export const sceneInHundreds = (): Promise<string> => run("scene-100", flagsOfHundreds)

/** Every product but the texture in tiles of 50 m. */
export const sceneInFifties = (): Promise<string> =>
  run("scene-50", () => ["--products", "dtm,dsm,dhm,mesh,vector", "--tile-size", "50"])

/** The colour-infrared image of the scene. */
export const sceneInfrared = async (): Promise<string> => {
  const folder = await madeOnce("scene-irc", async (made) => {
    const scene = makeScene()
    await writeFile(join(made, "IRC_2023_LA93_0M20.tif"), encodeGeoTiff(renderInfrared(renderOrtho(scene)), scene.epsg))
  })
  return join(folder, "IRC_2023_LA93_0M20.tif")
}

/** The textured mesh in tiles of 100 m, its images as WebP, without and with the infrared. */
export const sceneWithInfrared = async (): Promise<{ plain: RunOnce; both: RunOnce }> => {
  const { lidar, ortho } = await sceneFiles()
  const options = ["--tile-size", "100", "--products", "mesh,texture", "--texture-format", "webp"]
  const job = [lidar, "--imagery", ortho, ...options]
  return { plain: await runOnce(...job), both: await runOnce(...job, "--irc", await sceneInfrared()) }
}
