import { realFile } from "../real-data.js"
import type { Group, SummaryRow } from "./group.js"
import { compareReaders, type ReadReport } from "./laz-reading.js"
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
  packages: ["laz-perf", "copc", "@loaders.gl/las"],
  run: async ({ files, passes, quick, readers, onProgress }) => {
    const paths = lazFiles(files)
    if (typeof paths === "string") return paths
    const options = { passes, quick, onProgress, ...(readers === undefined ? {} : { readers }) }
    const reports = await compareReaders(paths, options)
    const data = reports.map((report) => ({ ...report, targets: readingTargets(report) }))
    return {
      data,
      markdown: data.map((report) => readMarkdown(report, report.targets)).join("\n\n"),
      summary: data.flatMap(readingSummary),
    }
  },
}

/** Whom the README sets our decoders beside, and what differs in the work. */
const PAIRS: readonly (readonly [peer: string, ours: string, differs: string])[] = [
  ["laz-perf", "maille wasm selective", "; laz-perf decodes every attribute, it cannot do less"],
  ["LASzip selective", "maille wasm selective", "; LASzip from the file"],
  ["LASzip full", "maille wasm all", " of all attributes; LASzip from the file"],
  ["copc.js", "maille library selective", "; both from nodes to coordinates"],
  ["loaders.gl LAZRsLoader", "maille library selective", " but returns; the loader makes its mesh"],
]
/** Files below tell more of starting than of reading. */
const MANY_POINTS = 500_000

/** Lines of the README's table for one file. */
export const readingSummary = ({ file, points, rows }: ReadReport): SummaryRow[] =>
  PAIRS.flatMap(([peer, our, differs]) => {
    const [theirs, ours] = [peer, our].map((name) => rows.find((row) => row.name === name))
    if (points < MANY_POINTS || theirs === undefined || ours === undefined) return []
    return [
      {
        work: `reading ${file}, ${our.replace("maille ", "")}`,
        peer,
        ours: ours.cpuMs.median,
        theirs: theirs.cpuMs.median,
        times: theirs.cpuMs.median / ours.cpuMs.median,
        proof: `equal checksums of x, y, z, class, return${differs}`,
      },
    ]
  })
