import { basename } from "node:path"
import type { Group, GroupOptions } from "./group.js"
import { inputsOf, pointInputs, withFolder } from "./inputs.js"
import { grouped } from "./markdown.js"
import { compareWork, type WorkReport } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { type DelaunayProof, delaunayPeers } from "./works/delaunay.js"

/** Delaunay triangulation of a file's ground points. */
export interface DelaunayReport extends WorkReport<DelaunayProof> {
  readonly file: string
}

/** Triangulating ground points: ours, which is unique, beside plain delaunator, on which it builds. */
export const delaunayGroup: Group = {
  name: "delaunay",
  title: "Delaunay triangulation of the ground points",
  packages: ["delaunator"],
  run: (options) =>
    withFolder(async (folder) => {
      const paths = await inputsOf(options, folder, pointInputs("bench/t500.laz", "bench/t02.laz"))
      if (typeof paths === "string") return paths
      const reports: DelaunayReport[] = []
      for (const path of paths) reports.push(await compareOn(path, options))
      return {
        data: reports,
        markdown: [WORK_NOTE, ...reports.map(markdownOf)].join("\n\n"),
        summary: reports.flatMap((report) =>
          summaryOf(
            `Delaunay, ground points of ${report.file}`,
            report,
            (row) => `equal count of triangles; edges not Delaunay: 0 and ${row.proof.faults}`,
          ),
        ),
      }
    }),
}

const compareOn = async (path: string, options: GroupOptions): Promise<DelaunayReport> => {
  const report = await compareWork<DelaunayProof>("delaunay", delaunayPeers, path, options)
  checkTriangles(report)
  return { file: basename(path), ...report }
}

/** @throws Error when counts differ, or an edge of ours is not Delaunay */
export const checkTriangles = ({ rows }: WorkReport<DelaunayProof>): void => {
  const [ours] = rows
  for (const { name, proof } of rows) {
    if (proof.triangles !== ours?.proof.triangles) {
      throw new Error(`${name} gives ${proof.triangles} triangles, ${ours?.name} ${ours?.proof.triangles}`)
    }
    if (name.startsWith("maille") && proof.faults > 0)
      throw new Error(`${name}: ${proof.faults} edges are not Delaunay`)
  }
}

const markdownOf = (report: DelaunayReport): string => {
  const table = workTable(report, [
    { heading: "triangles", cell: ({ proof }) => grouped(proof.triangles) },
    { heading: "edges not Delaunay", cell: ({ proof }) => grouped(proof.faults) },
    { heading: "M points/s", cell: ({ amount, cpuMs }) => (amount / cpuMs.median / 1000).toFixed(2) },
  ])
  return `**${report.file}**: ${grouped(report.rows[0]?.amount ?? 0)} places of classes 2, 9 and 66.\n\n${table}`
}
