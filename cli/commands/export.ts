import { type Command, Option } from "commander"
import { EngineError } from "../../engine/errors.js"
import { type ExportFormat, type ExportRequest, exportFormats } from "../../engine/export/export-formats.js"
import { parseWhole } from "../../engine/job/parse-values.js"
import { grouped, printJson, printLine } from "../print.js"

interface ExportFlags {
  readonly tile?: string
  readonly at?: string
  readonly level?: string
  readonly format?: ExportFormat
  readonly out?: string
  readonly json?: true
}

/** `maille export`: one tile's mesh for programs that read OBJ or PLY. */
export const addExport = (program: Command): void => {
  program
    .command("export")
    .summary("write one tile's mesh as OBJ or PLY")
    .description(
      "Writes the mesh of one tile of a run's output in metres of its CRS, less the tile's south-west corner (stated in the file's head, to be added): OBJ with a group an\n" +
        "object, or binary PLY with the class and the object of each face. All parts of the tile are in it, without a seam.",
    )
    .argument("<dir>", "output folder of a run")
    .option("--tile <L/X/Y>", "key of the tile, as in tiles/L/X/Y.glb")
    .option("--at <x,y>", "in its place: the tile that holds a place, CRS metres")
    .option("--level <n>", "with --at: level of the tile (default: the finest)")
    .addOption(new Option("--format <format>", "default: what --out ends in, else obj").choices(exportFormats))
    .option("--out <file>", "file to write (default: L-X-Y.FORMAT)")
    .option(
      "--json",
      "print one JSON document: { path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset }",
    )
    .action((folder: string, flags: ExportFlags) => exportOne(folder, flags))
}

const exportOne = async (folder: string, flags: ExportFlags): Promise<void> => {
  const { exportTile } = await import("../../engine/export/export-tile.js")
  const format = flags.format ?? exportFormats.find((name) => flags.out?.toLowerCase().endsWith(`.${name}`)) ?? "obj"
  const written = await exportTile({ folder, tile: tileOf(flags), format, out: flags.out })
  if (flags.json) printJson(written)
  else {
    const { path, triangles, objects, epsg, offset } = written
    printLine(
      `${path}: ${grouped(triangles)} triangles, ${grouped(objects)} objects; EPSG:${epsg} less ${offset.join(" ")}`,
    )
  }
}

const tileOf = ({ tile, at, level }: ExportFlags): ExportRequest["tile"] => {
  const refuse = (option: string, message: string): EngineError => new EngineError("E_USAGE", message, { option })
  if ((tile === undefined) === (at === undefined))
    throw refuse("--tile", "--tile L/X/Y or --at x,y: give one of them, to say which tile.")
  if (tile !== undefined && level !== undefined) throw refuse("--level", "--level goes with --at; --tile has its own.")
  if (tile !== undefined || at === undefined) return tile ?? ""
  const [x, y, ...others] = at.split(",").map(Number)
  if (x === undefined || y === undefined || others.length > 0 || !Number.isFinite(x) || !Number.isFinite(y))
    throw refuse("--at", `--at "${at}": expected x,y in CRS metres, for example 770525,6277525.`)
  return { at: [x, y], ...(level === undefined ? {} : { level: parseWhole(Number(level), "--level", 0, 30) }) }
}
