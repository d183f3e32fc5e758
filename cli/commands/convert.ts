/** `maille convert`: writes vector layers in other formats. */
import { type Command, Option } from "commander"
import type { ConvertRequest } from "../../engine/export/convert-layers.js"
import { schemaNames } from "../../engine/formats/vector/bdtopo-schema.js"
import { vectorFormats } from "../../engine/formats/vector/write-format.js"
import { parseZooms } from "../../engine/job/vector-formats.js"
import { formatTime, grouped, printJson, printLine } from "../print.js"

interface ConvertFlags extends Pick<ConvertRequest, "to" | "out" | "schema" | "keepCrs"> {
  readonly layer?: readonly string[]
  readonly zooms?: string
  readonly json?: true
}

export const addConvert = (program: Command): void => {
  program
    .command("convert")
    .summary("write vector layers in another format")
    .description(
      "Writes the vector layers of a run's output, or a FlatGeobuf file, as GeoPackage (one file), GeoJSON, newline-delimited GeoJSON or GeoParquet (a file a layer), or as vector\n" +
        "tiles for web maps (one PMTiles file). The same layers give the same bytes. Layers larger than memory will do.",
    )
    .argument("<dir|file.fgb>", "output folder of a run, or a FlatGeobuf file")
    .addOption(new Option("--to <format>", "what to write").choices(vectorFormats).makeOptionMandatory())
    .requiredOption("--out <path>", "file to write; a folder for formats that hold one layer")
    .option("--layer <list...>", "some layers alone (also with commas)")
    .addOption(
      new Option("--schema <name>", "names of the attributes: maille's own, or BD TOPO's for buildings").choices(
        schemaNames,
      ),
    )
    .option("--keep-crs", "with geojson: coordinates in the layer's CRS, named by the member crs of 2008")
    .option("--zooms <first-last>", "with pmtiles: zoom levels (default: 8-16)")
    .option(
      "--json",
      "print one JSON document: { format, files: [{ path, sizeBytes, timeMs, layers: [{ name, geometry, epsg, features }] }] }",
    )
    .action((input: string, flags: ConvertFlags) => convert(input, flags))
}

const convert = async (input: string, flags: ConvertFlags): Promise<void> => {
  const { convertLayers } = await import("../../engine/export/convert-layers.js")
  const { to, out, schema, keepCrs, layer, zooms } = flags
  const converted = await convertLayers({
    input,
    to,
    out,
    schema,
    keepCrs,
    layers: layer?.flatMap((names) => names.split(",")).filter((name) => name !== ""),
    zooms: zooms === undefined ? undefined : parseZooms(zooms, "--zooms"),
  })
  if (flags.json) printJson(converted)
  else {
    for (const { path, layers, sizeBytes, timeMs } of converted.files) {
      const counts = layers.map(({ name, features }) => `${name} ${grouped(features)}`).join(", ")
      printLine(`${path}: ${counts}; ${(sizeBytes / 1e6).toFixed(1)} MB in ${formatTime(timeMs)}`)
    }
  }
}
