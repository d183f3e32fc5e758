/** Benchmarks of rasters, images and their orientations. */

import type { Camera, Shot } from "../../engine/core/camera/camera.js"
import { projectPoints } from "../../engine/core/camera/projection.js"
import type { Box2 } from "../../engine/core/geometry/box.js"
import { readOrientations } from "../../engine/formats/orientation/read-orientations.js"
import { rotationOfAngles } from "../../engine/formats/orientation/rotation.js"
import { encodeCog } from "../../engine/formats/raster/tiff/cog.js"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { catalogueShots } from "../../engine/spatial/shot-catalogue.js"
import { renderOrtho } from "../../fixtures/sample/ortho.js"
import { makeScene } from "../../fixtures/sample/scene.js"
import { encodeGeoTiff } from "../../fixtures/sample/tiff.js"
import { type Benchmark, bench } from "../bench.js"
import { sceneImage } from "../scene-ground.js"
import { temporaryFile } from "./scene-files.js"
import { groundRaster } from "./seeded-data.js"

const megapixels = (image: { width: number; height: number } | undefined): number =>
  ((image?.width ?? 0) * (image?.height ?? 0)) / 1e6
const cog = (raster = groundRaster()): Uint8Array =>
  new Uint8Array(encodeCog(raster, { epsg: 2154, verticalEpsg: 5720, metadata: {} }))

/** The large frame of a national flight: 0.1 m a pixel from 1,770 m up. */
const FRAME: Camera = {
  name: "frame",
  width: 26_460,
  height: 17_004,
  focal: 30_975,
  principal: [13_210, 8502],
}

/** Angles in degrees that vary from shot to shot, as in a flight. */
const anglesOf = (i: number): readonly [omega: number, phi: number, kappa: number] => [
  ((i * 7) % 11) / 10 - 0.5,
  ((i * 5) % 13) / 10 - 0.6,
  Math.floor(i / 50) % 2 === 0 ? 0.3 : -179.8,
]

/**
 * `count` shots of a flight in strips of 50, 250 m apart along a strip and 600 m across. The number
 * of shots that see a place does not depend on `count`.
 */
const flight = (count: number): Shot[] =>
  Array.from({ length: count }, (_, i) => {
    const [omega, phi, kappa] = anglesOf(i).map((angle) => (angle * Math.PI) / 180) as [number, number, number]
    return {
      name: `SHOT_${String(i).padStart(5, "0")}`,
      camera: FRAME,
      centre: [700_000 + Math.floor(i / 50) * 600, 6_500_000 + (i % 50) * 250, 1770],
      rotation: rotationOfAngles(omega, phi, kappa),
      file: "made",
      line: i + 1,
    }
  })

const rows: readonly Benchmark[] = [
  bench("write-cog", "Mpx/s", () => {
    const raster = groundRaster()
    return { amount: megapixels(raster), run: () => cog(raster) }
  }),
  bench("read-raster", "Mpx/s", async () => {
    const { path, remove } = await temporaryFile("dtm.tif", cog())
    return { amount: megapixels, run: () => readRaster(path), close: remove }
  }),
  // Encoders and readers of images take much memory, so only the rows that need them load them.
  bench("compose-image", "Mpx/s", async () => {
    const { composeImage } = await import("../../engine/formats/raster/compose-image.js")
    const { openImageCatalogue } = await import("../../engine/spatial/image-catalogue.js")
    const scene = makeScene()
    const { path, remove } = await temporaryFile("ortho.tif", encodeGeoTiff(renderOrtho(scene), scene.epsg))
    const { images } = await openImageCatalogue([path], { epsg: scene.epsg })
    return { amount: megapixels, run: () => composeImage(images, scene.box, 0.25), close: remove }
  }),
  bench("encode-image", "Mpx/s", async () => {
    const { encodeImage } = await import("../../engine/formats/raster/encode-image.js")
    const scene = makeScene()
    const image = sceneImage(scene, scene.box, 0.2)
    return { amount: megapixels(image), run: () => encodeImage(image, "jpeg", 85) }
  }),
  // A block of 256 × 256 texels.
  bench("encode-ktx2", "Mpx/s", async () => {
    const { encodeKtx2 } = await import("../../engine/formats/raster/encode-ktx2.js")
    const scene = makeScene()
    const [west, south] = scene.box
    const box: Box2 = [west, south, west + 51.2, south + 51.2]
    const image = sceneImage(scene, box, 0.2)
    return { amount: megapixels(image), run: async () => new Uint8Array(await encodeKtx2(image, "uastc")) }
  }),
  // Shots of a large flight, from OPK text: as many as several départements have.
  bench("read-orientations", "shots/s", async () => {
    const lines = flight(5000).map(
      ({ name, centre }, i) => `${name}\t${centre.join(" ")}\t${anglesOf(i).join(" ")}\t${FRAME.name}`,
    )
    const text = `NOM\tX\tY\tZ\tO\tP\tK\tCAMERA\r\n${lines.join("\r\n")}`
    const { path, remove } = await temporaryFile("flight_alt.OPK", text)
    type Read = Awaited<ReturnType<typeof readOrientations>>
    return {
      amount: ({ shots }: Read) => shots.length,
      run: () => readOrientations([path], { cameras: [FRAME] }),
      // The path differs in each process, so the digest covers the shots only.
      digest: ({ shots }: Read) =>
        shots.map((shot) => [shot.name, projectPoints(shot, Float64Array.of(700_100, 6_500_100, 50))]),
      close: remove,
    }
  }),
  // Queries of tiles among 10,000 shots. A catalogue of 100 answers as fast, because as many shots
  // see each tile.
  bench("query-shots", "queries/s", () => {
    const catalogue = catalogueShots(flight(10_000), { low: 40, high: 90 })
    const boxes = Array.from({ length: 500 }, (_, i): Box2 => {
      const [x, y] = [700_000 + ((i * 37) % 119) * 1000, 6_500_000 + ((i * 5) % 12) * 1000]
      return [x, y, x + 1000, y + 1000]
    })
    const found: number[] = []
    return {
      amount: boxes.length,
      run: () => {
        found.length = 0
        for (const box of boxes) found.push(catalogue.query(box).length)
      },
      digest: () => Float64Array.from(found),
    }
  }),
  // Projects vertices of a mesh into one distorted image: the main work of choosing images for
  // faces.
  bench("project-points", "points/s", () => {
    const count = 200_000
    const distortion = { centre: [13_230, 8502], radial: [-2e-11, 3e-20, -1e-29], given: "ideal" } as const
    const shot = { ...flight(1)[0]!, camera: { ...FRAME, distortion } }
    const inputs = Float64Array.from({ length: count * 3 }, (_, i) => {
      const k = Math.floor(i / 3)
      if (i % 3 === 2) return 40 + (k % 97)
      return i % 3 === 0 ? 699_300 + (k % 1400) : 6_499_600 + (k % 811)
    })
    return { amount: count, run: () => projectPoints(shot, inputs), inputs }
  }),
]

export default rows
