import { type RunOnce, runOnce } from "../run-once.js"
import { sharedData } from "../shared-data.js"

const hd = `${sharedData ?? ""}/lidar-hd`

/**
 * Four adjacent tiles of 50 m of LiDAR HD in Montpellier, and the orthophoto of one of them among
 * many unsuitable images.
 */
export const montpellier = {
  points: [
    `${hd}/ign-pdal-tools/test_data_77050_627760_LA93_IGN69.laz`,
    `${hd}/ign-pdal-tools/test_data_77055_627755_LA93_IGN69.laz`,
    `${hd}/ign-pdal-tools/test_data_77055_627760_LA93_IGN69.laz`,
    `${hd}/lidar-for-fuel/test_data_0000_0000_LA93_IGN69.laz`,
  ],
  imagery: `${sharedData ?? ""}/ortho`,
  references: `${hd}/las-digital-models`,
} as const

/**
 * What {@link montpellierRun} was asked for, beside inputs and workers: every product, kept points
 * too.
 */
export const montpellierFlags: readonly string[] = [
  ...["--imagery", montpellier.imagery, "--tile-size", "50", "--keep-points", "1"],
]

/** The main job on these tiles by two workers. */
export const montpellierRun = (): Promise<RunOnce> =>
  runOnce(...montpellier.points, ...montpellierFlags, "--workers", "2")
