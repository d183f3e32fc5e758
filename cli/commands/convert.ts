/** `maille convert`: writes vector layers in other formats. */
import { type Command, Option } from "commander"
import type { ConvertRequest } from "../../engine/export/convert-layers.js"
import { schemaNames } from "../../engine/formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../../engine/formats/vector/write-format.js"
import { collectPorts } from "../../engine/job/declared-ports.js"
import { parseZooms } from "../../engine/job/vector-formats.js"
import type { Kernel } from "../../engine/kernel.js"
import { addExamples, completeBy } from "../help/declare.js"
import { formatTime, grouped, printJson, printLine } from "../print.js"

interface ConvertFlags extends Pick<ConvertRequest, "to" | "out" | "schema" | "keepCrs"> {
  readonly layer?: readonly string[]
  readonly zooms?: string
  readonly json?: true
}

export const addConvert = (program: Command, kernels: readonly Kernel[]): void => {
  const layers = [...collectPorts(kernels).layers.keys()]
  addExamples(
    program.command("convert"),
    "maille convert out/ --to gpkg --out layers.gpkg",
    "maille convert out/ --to geojson --layer building --out geojson/",
  )
    .summary("convert vector layers to another format")
    .description(
      "gpkg and pmtiles (vector tiles for web maps) write one file; geojson, geojsonl and parquet write one file per layer.",
    )
    .argument("<dir|file.fgb>", "output folder of maille run, or a FlatGeobuf file")
    .addOption(new Option("--to <format>", "format to write").choices(vectorFormats).makeOptionMandatory())
    .requiredOption("-o, --out <path>", "file to write; for geojson, geojsonl and parquet a folder")
    .addOption(completeBy(new Option("--layer <list...>", "only these layers (default: all)"), layers))
    .addOption(
      new Option("--schema <name>", "attribute names of maille, or of BD TOPO for buildings").choices(schemaNames),
    )
    .option("--keep-crs", "geojson: coordinates in the CRS of the layer, not in degrees")
    .option("--zooms <first-last>", "pmtiles: zoom levels (default: 8-16)")
    .option(
      "--json",
      "print one JSON document\n{ format, files: [{ path, sizeBytes, timeMs, layers: [{ name, geometry, epsg, features }] }] }",
    )
    .action((input: string, flags: ConvertFlags) => convert(input, flags))
}

const convert = async (input: string, flags: ConvertFlags): Promise<void> => {
  const { convertLayers } = await import("../../engine/export/convert-layers.js")
  const { layer, zooms, json, ...request } = flags
  const converted = await convertLayers({
    ...request,
    input,
    layers: layer?.flatMap((names) => names.split(",")).filter((name) => name !== ""),
    zooms: zooms === undefined ? undefined : parseZooms(zooms, "--zooms"),
  })
  if (json) printJson(converted)
  else {
    for (const { path, layers, sizeBytes, timeMs } of converted.files) {
      const counts = layers.map(({ name, features }) => `${name} ${grouped(features)}`).join(", ")
      printLine(`${path}: ${counts}; ${(sizeBytes / 1e6).toFixed(1)} MB in ${formatTime(timeMs)}`)
    }
  }
}
