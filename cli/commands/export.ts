/** `maille export`: writes meshes for programs that read OBJ, PLY or plain glTF. */
import { type Command, Option } from "commander"
import { parseWhole } from "../../engine/core/parse-values.js"
import { EngineError } from "../../engine/errors.js"
import { type ExportFormat, type ExportRequest, exportFormats } from "../../engine/export/export-formats.js"
import { counted, printJson, printLine } from "../print.js"

const formats = [...exportFormats, "glb"] as const

interface ExportFlags {
  readonly tile?: string
  readonly at?: string
  readonly level?: string
  readonly all?: true
  readonly format?: (typeof formats)[number]
  readonly out?: string
  readonly json?: true
}

export const addExport = (program: Command): void => {
  program
    .command("export")
    .summary("write meshes as OBJ, PLY or plain glTF")
    .description(
      "Writes the mesh of one tile of a run's output. OBJ (a group an object) and binary PLY (class and object of each face) are in metres of the CRS less the tile's\n" +
        "south-west corner, which the head of the file states; all parts of the tile are in the one file. GLB has the tile's colours, images and attributes without compression, one\n" +
        "file a part. With --all --format glb: the whole tileset without compression.",
    )
    .argument("<dir>", "output folder of a run")
    .option("--tile <L/X/Y>", "key of the tile, as in tiles/L/X/Y.glb")
    .option("--at <x,y>", "in its place: the tile that holds a place, CRS metres")
    .option("--level <n>", "with --at: level of the tile (default: the finest)")
    .option("--all", "the whole tileset, as GLB, into a new folder")
    .addOption(new Option("--format <format>", "default: what --out ends in, else obj").choices(formats))
    .option("--out <file>", "file to write (default: L-X-Y.FORMAT); with --all the folder")
    .option(
      "--json",
      "print one JSON document: { path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset }; of GLB { format, paths, contents, sizeBytes }",
    )
    .action((folder: string, flags: ExportFlags) => exportMeshes(folder, flags))
}

const exportMeshes = async (folder: string, flags: ExportFlags): Promise<void> => {
  const { all, json, out } = flags
  const format = flags.format ?? formats.find((name) => out?.toLowerCase().endsWith(`.${name}`)) ?? "obj"
  if (all && format !== "glb")
    throw refuse(
      "--all",
      `--all: --format ${format} takes one tile; only glb takes a whole tileset. Give --format glb.`,
    )
  if (all && (flags.tile ?? flags.at) !== undefined)
    throw refuse("--all", "--all: --tile or --at beside it. Leave one of them out.")
  if (format !== "glb") return exportOne(folder, flags, format)
  const { exportContents } = await import("../../engine/export/export-contents.js")
  const written = await exportContents({ folder, out, ...(all ? {} : { tile: tileOf(flags) }) })
  if (json) printJson(written)
  else
    for (const path of written.paths)
      printLine(`${path}: ${counted(written.contents, "content")}, ${(written.sizeBytes / 1e6).toFixed(1)} MB`)
}

const exportOne = async (folder: string, flags: ExportFlags, format: ExportFormat): Promise<void> => {
  const { exportTile } = await import("../../engine/export/export-tile.js")
  const written = await exportTile({ folder, tile: tileOf(flags), format, out: flags.out })
  if (flags.json) printJson(written)
  else {
    const { path, triangles, objects, epsg, offset } = written
    printLine(
      `${path}: ${counted(triangles, "triangle")}, ${counted(objects, "object")}; EPSG:${epsg} minus ${offset.join(" ")}`,
    )
  }
}

const refuse = (option: string, message: string): EngineError => new EngineError("E_USAGE", message, { option })

const tileOf = ({ tile, at, level }: ExportFlags): ExportRequest["tile"] => {
  if ((tile === undefined) === (at === undefined))
    throw refuse("--tile", "--tile: give one of --tile L/X/Y, --at x,y and --all.")
  if (tile !== undefined && level !== undefined)
    throw refuse("--level", "--level: --tile beside it, which names the level. Leave --level out, or give --at.")
  if (tile !== undefined || at === undefined) return tile ?? ""
  const [x, y, ...others] = at.split(",").map(Number)
  if (x === undefined || y === undefined || others.length > 0 || !Number.isFinite(x) || !Number.isFinite(y))
    throw refuse("--at", `--at: "${at}" is not valid; expected x,y in CRS metres. Example: 770525,6277525.`)
  return { at: [x, y], ...(level === undefined ? {} : { level: parseWhole(Number(level), "--level", 0, 30) }) }
}
