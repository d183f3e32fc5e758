import type { Group } from "./group.js"
import { grouped } from "./markdown.js"
import { compareWork, type WorkReport } from "./work-comparison.js"
import { summaryOf, WORK_NOTE, workTable } from "./work-markdown.js"
import { type CoverageFigures, coveragePeers } from "./works/coverage.js"

/** Polygons of one class raster. */
export interface CoverageReport extends WorkReport<CoverageFigures> {
  readonly side: number
}

/** Cells a side: a cut of 10 km at 1 m, and the least. */
const SIDE = 10_000
const QUICK_SIDE = 300

/** All regions of a seeded class raster as polygons with holes, ours beside GDAL's on the same raster in memory. */
export const coverageGroup: Group = {
  name: "coverage",
  title: "Polygons of a class raster",
  packages: ["gdal-async"],
  run: async (options) => {
    const side = options.quick ? QUICK_SIDE : SIDE
    const report = {
      side,
      ...(await compareWork<CoverageFigures>("coverage", coveragePeers, String(side), options)),
    }
    checkCoverage(report)
    return {
      data: [report],
      markdown: `${WORK_NOTE} Seeded classes, 4-connected; the number of polygons and the area of each class equal ours.\n\n${markdownOf(report)}`,
      summary: summaryOf(
        `polygons of ${grouped(side)} × ${grouped(side)} classes`,
        report,
        (row) => `polygons ${grouped(row.proof.features)}, areas by class equal`,
      ),
    }
  },
}

/** @throws Error when a peer has another number of polygons or other areas by class than ours */
export const checkCoverage = ({ rows }: WorkReport<CoverageFigures>): void => {
  const ours = rows[0]
  for (const { name, proof } of rows) {
    if (proof.features === ours?.proof.features && proof.areas === ours.proof.areas) continue
    throw new Error(
      `${name}: ${proof.features} polygons of areas ${proof.areas}; ${ours?.name} has ${ours?.proof.features} of ${ours?.proof.areas}`,
    )
  }
}

const markdownOf = (report: CoverageReport): string => {
  const table = workTable(report, [
    { heading: "polygons", cell: ({ proof }) => grouped(proof.features) },
    { heading: "rings", cell: ({ proof }) => grouped(proof.rings) },
    { heading: "vertices", cell: ({ proof }) => grouped(proof.vertices) },
  ])
  return `**${grouped(report.side)} × ${grouped(report.side)} cells**:\n\n${table}`
}
