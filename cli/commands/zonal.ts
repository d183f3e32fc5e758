/** `maille zonal`: statistics of rasters in the polygons of a layer or a file. */
import { type Command, Option } from "commander"
import { collectPorts, layerOfRole } from "../../engine/job/declared-ports.js"
import type { Kernel } from "../../engine/kernel.js"
import { addExamples, completeBy } from "../help/declare.js"
import { createPointProgress } from "../point-progress.js"
import { grouped, printJson } from "../print.js"
import { printZones } from "../zones-table.js"

interface ZonalFlags {
  readonly raster?: readonly string[]
  readonly by: string
  readonly stat?: readonly string[]
  readonly out?: string
  readonly json?: true
}

export const addZonal = (program: Command, kernels: readonly Kernel[]): void => {
  const ports = collectPorts(kernels)
  const by = new Option("--by <layer|file>", "zones: a layer of the folder, or a file of polygons")
  addExamples(
    program.command("zonal"),
    'maille zonal flood/ --raster flood-depth --stat "max,area:>0.2" -o wet.csv',
    "maille zonal dtm.tif --by parcels.geojson --stat mean,p90",
  )
    .summary("statistics of rasters by zone")
    .description(
      "Each cell counts by its exact area in the zone; cells without data do not count.\n" +
        "Statistics: mean, min, max, std, median, p0 to p100, sum (value × area), area (m² with data), and area with a comparison such as area:>0.2.",
    )
    .argument("<dir|raster>", "output folder of maille run, or a GeoTIFF or VRT")
    .addOption(completeBy(new Option("--raster <list...>", "rasters of the folder"), [...ports.rasters.keys()]))
    .addOption(completeBy(by.default(layerOfRole(ports, "footprints")), [...ports.layers.keys()]))
    .option("--stat <list...>", "statistics (default: mean,min,max,area)")
    .option(
      "-o, --out <file>",
      "write zones and statistics as .fgb, .geojson, .geojsonl, .gpkg, .parquet, .pmtiles or .csv",
    )
    .option("--json", "print one JSON document\n{ zones, rasters, columns, values: [{ id, … }] }")
    .action((input: string, flags: ZonalFlags) => zonal(input, flags))
}

const split = (texts: readonly string[] | undefined): string[] | undefined =>
  texts?.flatMap((text) => text.split(",")).filter((name) => name !== "")

const zonal = async (input: string, { raster, by, stat, out, json }: ZonalFlags): Promise<void> => {
  const { checkZonesFile, describeZones, measureZones, writeZones } = await import("../../engine/compare/zonal.js")
  // Refuse a wrong name before the work starts.
  if (out !== undefined) await checkZonesFile(out, { input, zones: by })
  const bar = createPointProgress(process.stderr, (done, ms) => `${grouped((done / ms) * 1000)} zones/s`)
  const progress = (done: number, total: number): void => bar.at(done, total)
  const request = { input, rasters: split(raster), zones: by, statistics: split(stat), progress }
  const result = await measureZones(request).finally(() => bar.stop())
  if (out !== undefined) await writeZones(result, out)
  if (json) printJson(describeZones(result))
  else printZones(result, out)
}
