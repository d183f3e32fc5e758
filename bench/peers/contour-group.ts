import { basename } from "node:path"
import type { LayerFigures } from "./gdal.js"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, rasterInputs, withFolder } from "./inputs.js"
import { grouped } from "./markdown.js"
import type { PeerEntry } from "./peer.js"
import { compareWork, type WorkReport, type WorkRow } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { contourPeers } from "./works/contour.js"

/** Contours of one raster at one interval. */
export interface ContourReport extends WorkReport<LayerFigures> {
  readonly file: string
  /** Metres. */
  readonly interval: number
}

const INTERVALS = [1, 0.25] as const
/**
 * Shares by which peers in memory may differ from ours. GDAL moves heights on a level by a millionth of a metre and then has a ring around a summit there, which ours is without.
 */
const TOLERANCE = { features: 0.005, vertices: 0.005, length: 0.001 } as const

/** Contours of a raster, ours beside GDAL's on the same raster in memory, and other programs as whole processes. */
export const contourGroup: Group = {
  name: "contour",
  title: "Contours of a raster",
  packages: ["gdal-async"],
  programs: ["gdal_contour", "grass", "saga_cmd"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, rasterInputs("bench/dtm_0292_6833_50cm.tif"))
      if (typeof paths === "string") return paths
      const reports: ContourReport[] = []
      // The seeded scene is flat: there are levels at the finer interval alone.
      const intervals = options.quick ? INTERVALS.slice(1) : INTERVALS
      for (const path of paths) {
        for (const interval of intervals) {
          // The slow ones show what they are at the first interval.
          const peers = contourPeers.filter(({ once }) => interval === intervals[0] || once !== true)
          reports.push(await compareOn(path, interval, peers, options))
        }
      }
      const { features, vertices, length } = TOLERANCE
      return {
        data: reports,
        markdown: [
          `${WORK_NOTE} Lines within ${percent(features)} of ours, vertices within ${percent(vertices)}, total length within ${percent(length)} is asked of peers in memory.`,
          ...reports.map(markdownOf),
        ].join("\n\n"),
        summary: reports.flatMap((report) =>
          summaryOf(
            `contours of ${report.file}, every ${report.interval} m`,
            report,
            (row, { proof }) =>
              `lines ${grouped(proof.features)} and ${grouped(row.proof.features)}, length ${shareText(row.proof.length / proof.length)}`,
          ),
        ),
      }
    }),
}

const compareOn = async (
  path: string,
  interval: number,
  peers: readonly PeerEntry[],
  options: GroupOptions,
): Promise<ContourReport> => {
  const onProgress = (text: string): void => options.onProgress(`${basename(path)}, ${interval} m: ${text}`)
  const report = await compareWork<LayerFigures>("contour", peers, `${interval}@${path}`, { ...options, onProgress })
  checkContours(report)
  return { file: basename(path), interval, ...report }
}

/** @throws Error when a peer in memory differs from ours by more than the tolerance, or our process from ours in memory */
export const checkContours = ({ rows }: WorkReport<LayerFigures>): void => {
  const ours = rows.find(({ whole }) => !whole)
  if (ours === undefined) return
  for (const { name, whole, proof } of rows) {
    if (whole && !name.startsWith("maille")) continue
    for (const [key, tolerance] of Object.entries(TOLERANCE) as [keyof typeof TOLERANCE, number][]) {
      const allowed = name.startsWith("maille") ? 1e-9 : tolerance
      if (Math.abs(proof[key] - ours.proof[key]) <= allowed * ours.proof[key]) continue
      throw new Error(
        `${name}: ${key} ${proof[key]}, ${ours.name} has ${ours.proof[key]}: more than ${percent(allowed)} apart`,
      )
    }
  }
}

const percent = (share: number): string => `${Number((100 * share).toFixed(3))} %`

/** A quotient as a difference: "+0.12 %". */
export const shareText = (quotient: number): string => {
  const difference = 100 * (quotient - 1)
  return Math.abs(difference) < 0.0005 ? "equal" : `${difference > 0 ? "+" : "−"}${Math.abs(difference).toFixed(3)} %`
}

const markdownOf = (report: ContourReport): string => {
  const base = report.rows[0]?.proof
  const table = workTable(report, [
    { heading: "lines", cell: ({ proof }) => grouped(proof.features) },
    { heading: "vertices", cell: ({ proof }) => grouped(proof.vertices) },
    { heading: "length", cell: ({ proof }: WorkRow<LayerFigures>) => `${(proof.length / 1000).toFixed(3)} km` },
    { heading: "length by ours", cell: ({ proof }) => shareText(proof.length / (base?.length ?? Number.NaN)) },
  ])
  return `**${report.file}**, every ${report.interval} m:\n\n${table}`
}
