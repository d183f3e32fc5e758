/**
 * The main job on real files that are hard to get right, each in a place of its own; several test
 * files look at them.
 */
import { type RunOnce, runOnce } from "../run-once.js"
import { sharedData } from "../shared-data.js"

const data = sharedData ?? ""

/** Heights of mainland France above the ellipsoid. */
export const raf = `${data}/geoid/Borea/fr_ign_RAF20.tif`

const files = {
  corse: { path: "lidar-hd/pdal-ign-plugin/input/corse.laz", tileSize: "50", geoid: "" },
  bat: { path: "lidar-hd/pdal-ign-plugin/input/bat.laz", tileSize: "50", geoid: raf },
  crop_2: { path: "lidar-hd/pdal-ign-plugin/input/crop_2.laz", tileSize: "50", geoid: raf },
  t02: { path: "bench/t02.laz", tileSize: "50", geoid: raf },
  subset: { path: "lidar-hd/lidar-prod/870000_6618000.subset.postCompletion.laz", tileSize: "100", geoid: raf },
} as const

/** Every product of one of the files, but textures. */
export const realRun = (name: keyof typeof files): Promise<RunOnce> => {
  const { path, tileSize, geoid } = files[name]
  return runOnce(`${data}/${path}`, "--tile-size", tileSize, ...(geoid === "" ? [] : ["--geoid", geoid]))
}

/** Orthophoto of a tile of Montpellier. */
export const rgb = `${data}/ortho/ign-pdal-tools/test_data_rgb.tif`

/** The textured mesh of that tile, with further options. */
export const rgbRun = (...options: readonly string[]): Promise<RunOnce> => {
  const points = `${data}/lidar-hd/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz`
  const fixed = ["--imagery", rgb, "--tile-size", "50", "--crs", "EPSG:2154", "--products", "mesh,texture"]
  return runOnce(points, ...fixed, ...options)
}
