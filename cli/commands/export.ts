/** `maille export`: writes meshes for programs that read OBJ, PLY, STL or plain glTF. */
import { extname } from "node:path"
import { type Command, Option } from "commander"
import { optionError, parseBox, parseWhole, usageError } from "../../engine/core/parse-values.js"
import { grouped } from "../../engine/core/texts.js"
import type { ClosedRequest } from "../../engine/export/closed/export-closed.js"
import { type ExportFormat, type ExportRequest, exportFormats } from "../../engine/export/export-formats.js"
import { addExamples } from "../help/declare.js"
import { counted, printJson, printLine } from "../print.js"

const formats = [...exportFormats, "glb"] as const

interface ExportFlags {
  readonly tile?: string
  readonly at?: string
  readonly level?: string
  readonly all?: true
  readonly closed?: true
  readonly bbox?: string
  readonly base?: string
  readonly trees?: true
  readonly format?: (typeof formats)[number]
  readonly out?: string
  readonly json?: true
}

export const addExport = (program: Command): void => {
  addExamples(
    program.command("export"),
    "maille export out/ --at 842150,6520150 --out tile.obj",
    "maille export out/ --all --format glb --out glb/",
    "maille export out/ --closed --bbox 842050,6520050,842150,6520150 --out s.stl",
  )
    .summary("write meshes as OBJ, PLY, STL or plain glTF")
    .description(
      "OBJ has one group per object, binary PLY the class and object of each face. Their coordinates are CRS metres from the tile's south-west corner, which the file states.\n" +
        "GLB has colours, textures and attributes, without compression.\n" +
        "--closed writes one watertight solid, for simulations and 3D print: ground, water and buildings on a level base, united with bridge decks.",
    )
    .argument("<dir>", "output folder of maille run")
    .option("--tile <L/X/Y>", "tile to write, as in tiles/L/X/Y.glb")
    .option("--at <x,y>", "or: tile at this place, CRS metres")
    .option("--level <n>", "with --at: level of the tile (default: the finest)")
    .option("--all", "the whole tileset as GLB, into a new folder")
    .option("--closed", "one watertight solid of at most 1 km², with skirt and base")
    .option("--bbox <x,y,x,y>", "with --closed: the part to write, CRS metres (default: everything)")
    .option("--base <z>", "with --closed: height of the base, metres (default: 1 to 2 m below the surface)")
    .option("--trees", "with --closed: trees and canopies too")
    .addOption(new Option("--format <format>", "format to write (default: by --out, else obj)").choices(formats))
    .option(
      "-o, --out <path>",
      "file to write (default: L-X-Y.FORMAT, or scene.FORMAT with --closed); with --all a folder",
    )
    .option(
      "--json",
      "print one JSON document\n{ path, key, format, sizeBytes, vertices, triangles, objects, epsg, offset }; of GLB { format, paths, contents, sizeBytes }; with --closed { path, format, sizeBytes, vertices, triangles, volumeM3, base, voids, filledM2, thinTriangles, crossings, parts, looseTrees, looseDecks, epsg, offset }",
    )
    .action((folder: string, flags: ExportFlags) => exportMeshes(folder, flags))
}

const exportMeshes = async (folder: string, flags: ExportFlags): Promise<void> => {
  const { all, closed, json, out } = flags
  const ofName = formats.find((name) => out?.toLowerCase().endsWith(`.${name}`))
  const ending = out === undefined || all ? "" : extname(out)
  if (flags.format === undefined && ofName === undefined && ending !== "")
    throw usageError("--out", `"${ending}"`, `one of .${formats.join(", .")}`, "Or give --format too.")
  const format = flags.format ?? ofName ?? "obj"
  if (closed) return exportScene(folder, flags, format)
  const lost = (["bbox", "base", "trees"] as const).find((name) => flags[name] !== undefined)
  if (lost !== undefined) throw optionError(`--${lost}`, "only for a closed scene. Give --closed too.")
  if (all && format !== "glb")
    throw optionError("--all", `--format ${format} takes one tile; only glb takes a whole tileset. Give --format glb.`)
  if (all && (flags.tile ?? flags.at) !== undefined)
    throw optionError("--all", "given with --tile or --at. Leave one of them out.")
  if (format !== "glb") return exportOne(folder, flags, format)
  const { exportContents } = await import("../../engine/export/export-contents.js")
  const written = await exportContents({ folder, out, ...(all ? {} : { tile: chooseTile(flags) }) })
  if (json) printJson(written)
  else
    for (const path of written.paths)
      printLine(`${path}: ${counted(written.contents, "content")}, ${(written.sizeBytes / 1e6).toFixed(1)} MB`)
}

const exportOne = async (folder: string, flags: ExportFlags, format: ExportFormat): Promise<void> => {
  const { exportTile } = await import("../../engine/export/export-tile.js")
  const written = await exportTile({ folder, tile: chooseTile(flags), format, out: flags.out })
  if (flags.json) printJson(written)
  else {
    const { path, triangles, objects, epsg, offset } = written
    printLine(
      `${path}: ${counted(triangles, "triangle")}, ${counted(objects, "object")}; EPSG:${epsg} minus ${offset.join(" ")}`,
    )
  }
}

const exportScene = async (folder: string, flags: ExportFlags, format: ClosedRequest["format"]): Promise<void> => {
  const { all, tile, at, level, bbox, base, trees, out } = flags
  if (all || (tile ?? at ?? level) !== undefined)
    throw optionError("--closed", "given with --all, --tile, --at or --level. It takes the finest tiles in --bbox.")
  const height = base === undefined ? undefined : Number(base)
  if (height !== undefined && !Number.isFinite(height))
    throw usageError("--base", `"${base}"`, "a height in metres", "Example: --base 20.")
  const { exportClosed } = await import("../../engine/export/closed/export-closed.js")
  const box = bbox === undefined ? undefined : parseBox(bbox, "--bbox")
  const written = await exportClosed({ folder, bbox: box, base: height, trees, format, out })
  if (flags.json) return printJson(written)
  const {
    path,
    triangles,
    volumeM3,
    voids,
    filledM2,
    thinTriangles,
    crossings,
    parts,
    looseTrees,
    looseDecks,
    epsg,
    offset,
  } = written
  printLine(
    `${path}: ${counted(triangles, "triangle")}, ${grouped(volumeM3)} m³; EPSG:${epsg} minus ${offset.join(" ")}`,
  )
  if (voids > 0) printLine(`closed ${counted(voids, "void")} without data, ${grouped(filledM2)} m²`)
  if (parts > 1) printLine(`${counted(parts, "solid")}: the mesh has gaps between them`)
  if (looseTrees > 0) printLine(`left out ${counted(looseTrees, "loose tree")}: no trunk in the box`)
  if (looseDecks > 0) printLine(`left out ${counted(looseDecks, "bridge deck")} without support in the box`)
  if (crossings > 0)
    printLine(`${counted(crossings, "pair")} of faces cross. Try a box that is some centimetres larger`)
  if (thinTriangles > 0) printLine(`${counted(thinTriangles, "triangle")} with a height below 1 cm`)
}

const chooseTile = ({ tile, at, level }: ExportFlags): ExportRequest["tile"] => {
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
