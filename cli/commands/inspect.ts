/** `maille inspect`: describes point files, images, orientations and contents of tilesets. */
import type { Command } from "commander"
import { parseEpsg } from "../../engine/core/parse-values.js"
import { EngineError } from "../../engine/errors.js"
import type { PointFileInfo } from "../../engine/formats/points/point-file.js"
import { isOutput } from "../../engine/io/expand-inputs.js"
import { densityTints } from "../../engine/preview/colour-ramp.js"
import type { FootprintMap } from "../../engine/preview/footprint-map.js"
import { type Catalogue, openCatalogue } from "../../engine/spatial/catalogue.js"
import { type PointStatistics, pointStatistics } from "../../engine/spatial/point-statistics.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples } from "../help/declare.js"
import { type InspectedContents, inspectContents, isContent, printContents } from "../inspect-contents.js"
import { inspectImages, isImageInput, printImages } from "../inspect-images.js"
import { inspectOrientations, printOrientations, sortInspectInputs } from "../inspect-orientations.js"
import { formatOfPath, writeFootprintMap } from "../picture.js"
import { counted, formatTable, grouped, printJson, printLine, say } from "../print.js"

interface InspectFlags {
  readonly crs?: string
  readonly full?: true
  readonly map?: string
  readonly json?: true
}

export const addInspect = (program: Command): void => {
  addExamples(program.command("inspect"), "maille inspect lidar/ --map density.png", "maille inspect ortho/")
    .summary("describe point files, images, orientations and GLB files")
    .description(
      "Point files: extent, CRS, density, classes, faults, and gaps between files. Density is points per 1 m cell that has any.\n" +
        "Images: size, place and date, or why maille run cannot use them.\n" +
        "Orientation files (OPK, MicMac, conic XML): shots, cameras, and shots without image where images are given too.\n" +
        "GLB files of a tileset: triangles, texture and infrared texture.\n" +
        "Exit code 1: some inputs cannot be used; 3: none can.",
    )
    .argument(
      "<input...>",
      "LAS, LAZ, COPC, image, orientation and GLB files, folders, globs, http(s) and s3:// addresses",
    )
    .option("--crs <EPSG:n>", "CRS of points that state none; without points, CRS of the images (default: EPSG:2154)")
    .option("--full", "read every point of files over 10 million points, not a sample")
    .option("--map <file>", "draw footprints, density and gaps as .png, .jpg or .webp")
    .option("--json", "print one JSON document")
    .action((inputs: string[], flags: InspectFlags) => inspect(inputs, flags))
}

type InspectedSource = ReturnType<typeof describe>

const inspect = async (named: readonly string[], flags: InspectFlags): Promise<void> => {
  const inputs = named.filter((input) => !isContent(input))
  const contents = inputs.length === named.length ? undefined : await inspectContents(named.filter(isContent))
  if (contents !== undefined && inputs.length === 0) return tellContents(contents, flags.json === true)
  // Refuse a wrong name before counting the points.
  const format = flags.map === undefined ? undefined : formatOfPath(flags.map, "--map")
  const epsg = flags.crs === undefined ? {} : { epsg: parseEpsg(flags.crs, "--crs") }
  await refuseOutputs(inputs)
  const sorted = await sortInspectInputs(inputs)
  const pictures: string[] = []
  if (sorted.orientations.length === 0)
    for (const input of sorted.points) if (await isImageInput(input)) pictures.push(input)
  const oriented = await inspectOrientations(sorted)
  const catalogue = await openCatalogue(
    sorted.points.filter((input) => !pictures.includes(input)),
    epsg,
  )
  const ofImages = catalogue.epsg ?? epsg.epsg ?? 2154
  const images = pictures.length === 0 ? undefined : await inspectImages(pictures, ofImages)
  const sources: InspectedSource[] = []
  const broken: Catalogue["rejected"][number][] = []
  for (const { info, usable } of readable(catalogue)) {
    const statistics = await pointStatistics(info, { full: flags.full === true })
    if (statistics.fault !== undefined && usable)
      broken.push({ path: info.path, error: faultData(info, statistics.fault) })
    sources.push(describe(info, statistics, usable && statistics.fault === undefined))
  }
  const rejected = [
    ...catalogue.rejected.map(({ path, error }) => ({ path, error })),
    ...broken,
    ...(oriented?.rejected ?? []),
    ...(contents?.rejected ?? []),
    ...(images?.rejected ?? []),
  ]
  const { duplicates } = catalogue
  const gaps = catalogue.gaps()
  if (flags.json)
    printJson({
      sources,
      gaps,
      rejected,
      duplicates,
      ...(catalogue.epsg === undefined ? {} : { epsg: catalogue.epsg }),
      ...(oriented === undefined ? {} : { orientations: oriented.found }),
      ...(contents === undefined ? {} : { contents: contents.found }),
      ...(images === undefined ? {} : { images: images.found }),
    })
  else {
    const own = rejected.filter((one) => images?.rejected.includes(one) !== true)
    if (images === undefined || pictures.length < inputs.length)
      printFound({ sources, gaps, rejected: own, duplicates, oriented })
    if (images !== undefined) printImages(images, ofImages)
    if (contents !== undefined) printContents({ ...contents, rejected: [] })
  }
  const hasPoints = sources.some((source) => source.usable)
  const usable = hasPoints || (oriented?.found.shots ?? 0) > 0 || (images?.found.length ?? 0) > 0
  if (flags.map !== undefined && format !== undefined) {
    if (hasPoints) await writeFootprintMap(flags.map, sourceMap(sources, catalogue), format)
    else say("no map was drawn: no point file can be used", "error")
  }
  const isDrawn = flags.map === undefined || hasPoints
  process.exitCode = !isDrawn
    ? exitCodes.input
    : rejected.length === 0
      ? exitCodes.done
      : usable
        ? exitCodes.someFailed
        : exitCodes.input
}

/** Refuses output folders of a run as inputs. */
const refuseOutputs = async (inputs: readonly string[]): Promise<void> => {
  for (const input of inputs) {
    if (!isOutput(input)) continue
    const remedy = `maille validate ${input} checks it, maille view ${input} shows it.`
    throw new EngineError("E_INPUT", `${input}: an output folder of maille, not an input. ${remedy}`, {
      file: input,
    })
  }
}

/** The whole command when only contents of tilesets are named. */
const tellContents = (contents: InspectedContents, json: boolean): void => {
  const { found, rejected } = contents
  if (json) printJson({ sources: [], gaps: [], contents: found, rejected })
  else printContents(contents)
  const failed = found.length > 0 ? exitCodes.someFailed : exitCodes.input
  process.exitCode = rejected.length === 0 ? exitCodes.done : failed
}

interface Found extends Pick<Catalogue, "rejected" | "duplicates"> {
  readonly sources: readonly InspectedSource[]
  readonly gaps: ReturnType<Catalogue["gaps"]>
  readonly oriented: Awaited<ReturnType<typeof inspectOrientations>>
}

const printFound = (found: Found): void => {
  const { sources, rejected, oriented } = found
  if (oriented === undefined || sources.length > 0) printTable(found)
  else for (const { error } of rejected) say(`cannot be used: ${error.message}`, "error")
  if (oriented !== undefined) printOrientations(oriented.found, oriented.rejected)
}

const sourceMap = (sources: readonly InspectedSource[], { epsg, gaps }: Catalogue): FootprintMap => {
  const usable = sources.filter((source) => source.usable && source.points > 0)
  const points = usable.reduce((sum, source) => sum + source.points, 0)
  return {
    title: counted(usable.length, "point file"),
    figure: { label: "Density", unit: "points/m²", ramp: densityTints },
    footprints: usable.map(({ bbox, densityPerM2, path, points: count }) => ({
      box: bbox,
      value: densityPerM2,
      labels: [`${densityPerM2} /m²`, `${grouped(count)} points`, path.split("/").at(-1) ?? path],
    })),
    outlines: [{ label: "Gap", line: "#c2183c", boxes: gaps() }],
    note: `${grouped(points)} points · ${epsg === undefined ? "no CRS" : `EPSG:${epsg}`}`,
  }
}

const readable = ({ sources, empty, rejected }: Catalogue): { info: PointFileInfo; usable: boolean }[] => {
  const unusable = rejected.flatMap(({ info }) => (info && !empty.includes(info) ? [{ info, usable: false }] : []))
  return [...[...sources, ...empty].map((info) => ({ info, usable: info.count > 0 })), ...unusable]
}

const faultData = (info: PointFileInfo, message: string): Catalogue["rejected"][number]["error"] => {
  const { code, context } = new EngineError("E_FORMAT", message, { file: info.path })
  return { code, message, context }
}

/**
 * A point file in the form of `--json`. `sampled` says how the points counted by class were chosen.
 */
const describe = (info: PointFileInfo, statistics: PointStatistics, usable: boolean) => ({
  path: info.path,
  format: info.format,
  version: info.version,
  pointFormat: info.pointFormat,
  points: info.count,
  bbox: info.box,
  zRange: info.zRange,
  crs: info.crs,
  densityPerM2: statistics.densityPerM2,
  classes: statistics.classes,
  ...(statistics.sampled === undefined ? {} : { sampled: statistics.sampled }),
  extraBytes: info.extraBytes,
  faults: [
    ...info.faults,
    ...(info.wild === undefined ? [] : [info.wild]),
    ...(statistics.fault === undefined ? [] : [statistics.fault]),
  ],
  usable,
})

const printTable = ({ sources, gaps, rejected, duplicates }: Found): void => {
  const heading = ["file", "format", "points", "extent", "CRS", "points/m²", "classes"]
  const rows = sources.map((source) => [
    source.path.split("/").at(-1) ?? source.path,
    `${source.format} ${source.version}/${source.pointFormat}`,
    grouped(source.points),
    source.bbox.map((value) => Number(value.toFixed(2))).join(" "),
    source.crs.epsg === undefined ? source.crs.name || "none" : `EPSG:${source.crs.epsg}`,
    source.densityPerM2,
    classText(source),
  ])
  if (rows.length > 0) printLine(formatTable([heading, ...rows]))
  const total = sources.reduce((sum, { points }) => sum + points, 0)
  printLine(`${counted(sources.length, "file")}, ${counted(total, "point")}`)
  for (const { path, faults } of sources) for (const fault of faults) printLine(`fault: ${path}: ${fault}`)
  for (const gap of gaps) printLine(`gap: no file covers ${gap.join(" ")}`)
  for (const { path, of } of duplicates) printLine(`copy: ${path} is a copy of ${of}`)
  for (const { error } of rejected) say(`cannot be used: ${error.message}`, "error")
}

const classText = ({ classes, sampled }: InspectedSource): string => {
  const text = Object.entries(classes)
    .map(([code, count]) => `${code}:${count}`)
    .join(" ")
  return sampled === undefined ? text : `${text} (sample: ${sampled})`
}
