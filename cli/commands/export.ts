/** `maille export`: writes meshes for programs that read OBJ, PLY or plain glTF. */
import { type Command, Option } from "commander"
import { optionError, parseWhole, usageError } from "../../engine/core/parse-values.js"
import { type ExportFormat, type ExportRequest, exportFormats } from "../../engine/export/export-formats.js"
import { addExamples } from "../help/declare.js"
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
  addExamples(
    program.command("export"),
    "maille export out/ --at 842150,6520150 --out tile.obj",
    "maille export out/ --all --format glb --out glb/",
  )
    .summary("write meshes as OBJ, PLY or plain glTF")
    .description(
      "OBJ has one group per object, binary PLY the class and object of each face. Their coordinates are CRS metres from the tile's south-west corner, which the file states.\n" +
        "GLB has colours, textures and attributes, without compression.",
    )
    .argument("<dir>", "output folder of maille run")
    .option("--tile <L/X/Y>", "tile to write, as in tiles/L/X/Y.glb")
    .option("--at <x,y>", "or: tile at this place, CRS metres")
    .option("--level <n>", "with --at: level of the tile (default: the finest)")
    .option("--all", "the whole tileset as GLB, into a new folder")
    .addOption(new Option("--format <format>", "format to write (default: by --out, else obj)").choices(formats))
    .option("--out <path>", "file to write (default: L-X-Y.FORMAT); with --all a folder")
    .option(
      "--json",
      "print one JSON document\n{ path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset }; of GLB { format, paths, contents, sizeBytes }",
    )
    .action((folder: string, flags: ExportFlags) => exportMeshes(folder, flags))
}

const exportMeshes = async (folder: string, flags: ExportFlags): Promise<void> => {
  const { all, json, out } = flags
  const format = flags.format ?? formats.find((name) => out?.toLowerCase().endsWith(`.${name}`)) ?? "obj"
  if (all && format !== "glb")
    throw optionError("--all", `--format ${format} takes one tile; only glb takes a whole tileset. Give --format glb.`)
  if (all && (flags.tile ?? flags.at) !== undefined)
    throw optionError("--all", "given with --tile or --at. Leave one of them out.")
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

const tileOf = ({ tile, at, level }: ExportFlags): ExportRequest["tile"] => {
  if ((tile === undefined) === (at === undefined))
    throw optionError("--tile", "give one of --tile L/X/Y, --at x,y and --all.")
  if (tile !== undefined && level !== undefined)
    throw optionError("--level", "given with --tile, which names the level. Leave --level out, or give --at.")
  if (tile !== undefined || at === undefined) return tile ?? ""
  const [x, y, ...others] = at.split(",").map(Number)
  if (x === undefined || y === undefined || others.length > 0 || !Number.isFinite(x) || !Number.isFinite(y))
    throw usageError("--at", `"${at}"`, "x,y in CRS metres", "Example: 770525,6277525.")
  return { at: [x, y], ...(level === undefined ? {} : { level: parseWhole(Number(level), "--level", 0, 30) }) }
}
