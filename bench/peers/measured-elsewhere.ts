/** What other programs took, timed by this project on another day: they cannot be installed by package managers, or not with what they need. */
export interface ElsewhereRow {
  readonly work: string
  readonly peer: string
  readonly seconds: number
  /** By which clock: processor time of all threads, or the wall's. */
  readonly by: "processor" | "clock"
}

/** How and when {@link ELSEWHERE} was measured, and what LASzip's full decoding of the same file took there. */
export const ELSEWHERE_FACTS = {
  date: "2026-11-24",
  machine: "a virtual machine with two cores of an AMD EPYC",
  input:
    "1 km², 24,939,332 points (111 MB of LAZ), and terrain rasters of 2000 × 2000 cells for a TIN of a raster and contours",
  points: 24_939_332,
  /** D: LASzip 3.5.0 by its C API, one thread, median of 5. */
  laszipSeconds: { processor: 7.8, clock: 7.84 },
} as const

const row = (work: string, peer: string, seconds: number, by: ElsewhereRow["by"] = "processor"): ElsewhereRow => ({
  work,
  peer,
  seconds,
  by,
})

/** Medians of whole processes, reading and writing included. */
export const ELSEWHERE: readonly ElsewhereRow[] = [
  row("decode LAZ", "PDAL 2.10.0, streaming, 2 threads", 12.71),
  row("decode LAZ", "LASlib, 1 thread", 7.75),
  row("decode LAZ", "laspy 2.5.4 with laszip, 1 thread", 9.81),
  row("decode LAZ", "laz-perf 0.0.7, 1 thread", 16.12),
  row("decode LAZ", "loaders.gl 4.5.1 LAZRsLoader, 1 thread", 22.28),
  row("decode COPC", "PDAL 2.10.0, 2 threads", 17.01),
  row("decode COPC", "copc.js 0.0.8, 1 thread", 24.11),
  row("Delaunay of 9.2 million ground points", "delaunator-cpp (abellgithub)", 7.76, "clock"),
  row("Delaunay of 9.2 million ground points", "delaunator-cpp (delfrrr)", 9.22, "clock"),
  row("LAZ to the Delaunay TIN of the ground", "PDAL 2.10.0 filters.delaunay", 15.55, "clock"),
  row("LAZ to the terrain raster of 0.5 m, TIN", "PDAL 2.10.0 delaunay, faceraster", 26.75),
  row("LAZ to the terrain raster of 0.5 m, TIN", "lasR triangulate, rasterize", 27.87),
  row("LAZ to the terrain raster of 0.5 m, mean a cell (58 % filled)", "PDAL 2.10.0 writers.gdal", 14.35),
  row("LAZ to the surface raster of 0.5 m, highest a cell (82 % filled)", "PDAL 2.10.0 writers.gdal", 14.52),
  row("LAZ to the surface raster of 0.5 m, highest a cell (82 % filled)", "lasR rasterize", 11.3),
  row("TIN of a raster within 0.1 m", "hmm (PNG to STL)", 0.858, "clock"),
  row("TIN of a raster within 0.25 m", "hmm (PNG to STL)", 0.562, "clock"),
  row("TIN of a raster within 0.5 m", "hmm (PNG to STL)", 0.43, "clock"),
  row("contours of a raster every 1 m", "gdal_contour 3.10.3", 0.276, "clock"),
]

/** A row's time in units of LASzip's full decoding there. */
export const inD = ({ seconds, by }: ElsewhereRow): number => seconds / ELSEWHERE_FACTS.laszipSeconds[by]
