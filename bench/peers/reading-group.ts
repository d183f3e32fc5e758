import { realFile } from "../real-data.js"
import type { Group } from "./group.js"
import { compareReaders } from "./laz-reading.js"
import { readMarkdown } from "./markdown.js"
import { readingTargets } from "./targets.js"

/** Files that are read by default: two of full density, one of them COPC, one with colours and extra bytes, one decimated. */
const DEFAULT_FILES = [
  "bench/t500.laz",
  "bench/t02.copc.laz",
  "lidar-hd/ign-pdal-tools/test_data_77055_627755_LA93_IGN69_extra_dims.laz",
  "lidar-hd/ign-pdal-tools/decimated_laz/test_semis_2023_0292_6833_LA93_IGN69.laz",
]

/** The files of a comparison of reading; a string: why there is none. */
export const lazFiles = (given: readonly string[], defaults: readonly string[] = DEFAULT_FILES): string[] | string => {
  if (given.length > 0) return [...given]
  const found = defaults.map(realFile)
  const paths = found.flatMap((file) => (typeof file === "string" ? [] : [file.path]))
  return paths.length > 0 ? paths : (found.find((file) => typeof file === "string") ?? "no file is given")
}

/** Reading layered LAZ: maille, laz-perf, copc.js, loaders.gl, LASzip. */
export const readingGroup: Group = {
  name: "laz-reading",
  title: "Reading LAZ of point formats 6 to 8",
  run: async ({ files, passes, quick, readers, onProgress }) => {
    const paths = lazFiles(files)
    if (typeof paths === "string") return paths
    const options = { passes, quick, onProgress, ...(readers === undefined ? {} : { readers }) }
    const reports = await compareReaders(paths, options)
    const data = reports.map((report) => ({ ...report, targets: readingTargets(report) }))
    return { data, markdown: data.map((report) => readMarkdown(report, report.targets)).join("\n\n") }
  },
}
