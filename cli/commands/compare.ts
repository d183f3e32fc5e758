/** `maille compare`: compares two results, or a vector layer with a reference. */
import { join } from "node:path"
import { type Command, Option } from "commander"
import type { Comparison, Spread } from "../../engine/compare/compare-vector.js"
import type { ResultsComparison } from "../../engine/compare/results-comparison.js"
import { missingOption, optionError, parseBox, parseEpsg, usageError } from "../../engine/core/parse-values.js"
import { collectPorts, layerOfRole } from "../../engine/job/declared-ports.js"
import type { Kernel } from "../../engine/kernel.js"
import { exitCodes } from "../exit-codes.js"
import { addExamples, completeBy } from "../help/declare.js"
import { readLanguage } from "../language.js"
import { formatOfPath, writePicture } from "../picture.js"
import { createPointProgress, type PointProgress } from "../point-progress.js"
import { counted, formatTable, grouped, printJson, printLine, say } from "../print.js"
import { printZones } from "../zones-table.js"

interface CompareFlags {
  readonly by?: string
  readonly minIou?: string
  readonly bbox?: string
  readonly crs?: string
  readonly map?: string
  readonly json?: true
}

interface ResultsFlags {
  readonly tolerance?: string
  readonly zones?: string
  readonly stat?: readonly string[]
  readonly out?: string
  readonly failAbove?: string
  readonly json?: true
}

export const addCompare = (program: Command, kernels: readonly Kernel[]): void => {
  const example = "maille compare vector bdtopo.gpkg out/ --map difference.png"
  const ports = collectPorts(kernels)
  const compare = addExamples(
    program.command("compare"),
    "maille compare old/ new/ --out difference/",
    "maille compare old/ new/ --zones building --stat max --fail-above area=100",
  )
    .summary("compare two results, or a layer with a reference")
    .description(
      "Compares what both have: rasters cell by cell, layers object by object, the mesh by contents, objects and distance.\n" +
        "Exit code: 0 whether they differ or not; 1 above --fail-above; 3 where CRS or cells differ.",
    )
    .argument("[a]", "output folder of maille run")
    .argument("[b]", "output folder to compare with it")
    .option("--tolerance <n>", "smallest difference of values that counts (default: 0)")
    .addOption(
      completeBy(new Option("--zones <layer|file>", "measure all rasters in these zones"), [...ports.layers.keys()]),
    )
    .option("--stat <list...>", "statistics of the zones, as in maille zonal")
    .option(
      "-o, --out <dir>",
      "new or empty folder for difference rasters, layers, zones, compare.json and compare.html",
    )
    .option("--fail-above <limits>", "exit code 1 above area=M2 of a raster or objects=N of a layer")
    .option("--json", "print one JSON document")
    .action((a: string | undefined, b: string | undefined, flags: ResultsFlags) => compareFolders(a, b, flags))
  const by = new Option("--by <layer>", "layer of an output folder").default(layerOfRole(ports, "footprints"))
  addExamples(compare.command("vector"), example, "maille compare vector out-1/ out-2/ --by vegetation")
    .summary("compare the polygons of two layers")
    .description(
      "Pairs polygons by their best IoU (intersection over union); groups pair objects that the two layers divide differently.\n" +
        "Polygons only in A are missing, polygons only in B are extra.",
    )
    .argument("<a>", "reference: output folder, FlatGeobuf or GeoJSON; other formats need GDAL")
    .argument("<b>", "layer to compare with it, in the same formats")
    .addOption(completeBy(by, [...ports.layers.keys()]))
    .option("--min-iou <share>", "smallest IoU of a match (default: 0.5)")
    .option("--bbox <x,y,x,y>", "only objects that are wholly inside this box, CRS metres")
    .option("--crs <EPSG:n>", "CRS of files that state none")
    .option("--map <file>", "draw matched, missing and extra objects as .png, .jpg or .webp")
    .option("--json", "print one JSON document, with all matches, missing and extra objects")
    .action((a: string, b: string, _: CompareFlags, command: Command) => {
      // Commander gives the parent what both know, and what only the parent knows.
      const stray = compare.options.find(
        (option) => option.attributeName() in compare.opts() && option.long !== "--json",
      )
      if (stray?.long)
        throw optionError(stray.long, "it is an option of maille compare A B, not of compare vector. Leave it out.")
      return compareLayers(a, b, command.optsWithGlobals<CompareFlags>())
    })
}

const compareLayers = async (a: string, b: string, flags: CompareFlags): Promise<void> => {
  // Refuse a wrong name before the work starts.
  const format = flags.map === undefined ? undefined : formatOfPath(flags.map, "--map")
  if (flags.by === undefined) throw missingOption("--by", "Give the layer to compare, such as --by building.")
  const { compareVector } = await import("../../engine/compare/compare-vector.js")
  const compared = await compareVector({
    a,
    b,
    layer: flags.by,
    minIou: flags.minIou === undefined ? undefined : shareOf(flags.minIou),
    bbox: flags.bbox === undefined ? undefined : parseBox(flags.bbox, "--bbox"),
    epsg: flags.crs === undefined ? undefined : parseEpsg(flags.crs, "--crs"),
  })
  if (flags.map !== undefined && format !== undefined) {
    const { drawComparison } = await import("../../engine/compare/comparison-map.js")
    await writePicture(flags.map, await drawComparison(compared, format))
    say(`map: ${flags.map}`, "info")
  }
  if (flags.json) printJson(compared.comparison)
  else printComparison(compared.comparison)
}

const shareOf = (text: string): number => {
  const share = Number(text)
  if (text.trim() !== "" && share > 0 && share <= 1) return share
  throw usageError("--min-iou", `"${text}"`, "a number above 0 and at most 1", "Default: 0.5.")
}

const printComparison = ({ a, b, iou, medianOfAll, hausdorff, matches, missing, extra, groups }: Comparison): void => {
  const area = (value: number): string => grouped(value)
  printLine(
    formatTable([
      ["", "objects", "area m²"],
      [`A ${a.path}`, a.objects, area(a.area)],
      [`B ${b.path}`, b.objects, area(b.area)],
      ["matched", matches.length, area(matches.reduce((sum, { areaB }) => sum + areaB, 0))],
      ["missing (only in A)", missing.count, area(missing.area)],
      ["extra (only in B)", extra.count, area(extra.area)],
      ["groups", groups.count, ""],
      ["missing in groups", groups.missing.count, area(groups.missing.area)],
      ["extra in groups", groups.extra.count, area(groups.extra.area)],
    ]),
  )
  const { oneToOne, divided, joined, mixed } = groups.kinds
  printLine(`groups: ${oneToOne} one to one, ${divided} divided in B, ${joined} merged in B, ${mixed} mixed`)
  const line = (name: string, spread: Spread | undefined, digits: number): (string | number)[][] =>
    spread === undefined
      ? []
      : [[name, ...[spread.median, spread.mean, spread.min, spread.max].map((value) => value.toFixed(digits))]]
  printLine(
    formatTable([
      ["", "median", "mean", "min", "max"],
      ...line("IoU of matches", iou, 3),
      ...line("IoU of groups", groups.iou, 3),
      ...line("Hausdorff distance, m", hausdorff, 2),
    ]),
  )
  if (medianOfAll !== undefined)
    printLine(`median IoU of all objects of A, missing ones as 0: ${medianOfAll.toFixed(3)}`)
}

const compareFolders = async (a: string | undefined, b: string | undefined, flags: ResultsFlags): Promise<void> => {
  if (a === undefined || b === undefined)
    throw missingOption("<a> <b>", "Give two output folders, or maille compare vector A B for two layers.")
  const limits = flags.failAbove === undefined ? {} : parseLimits(flags.failAbove)
  const { compareResults } = await import("../../engine/compare/compare-results.js")
  const bars = createProductBars()
  const { comparison, zones } = await compareResults({
    ...{ a, b, out: flags.out, zones: flags.zones },
    statistics: flags.stat?.flatMap((names) => names.split(",")).filter((name) => name !== ""),
    tolerance: flags.tolerance === undefined ? undefined : numberOf(flags.tolerance, "--tolerance"),
    progress: bars.at,
    language: readLanguage([], process.env),
  }).finally(bars.stop)
  if (flags.json) printJson(comparison)
  else {
    if (zones !== undefined) printZones(zones, flags.out === undefined ? undefined : join(flags.out, "zones.fgb"))
    printResults(comparison)
  }
  process.exitCode = isAbove(comparison, limits) ? exitCodes.someFailed : exitCodes.done
}

/** A bar for each product, one after another. */
const createProductBars = () => {
  let shown: { readonly product: string; readonly bar: PointProgress } | undefined
  return {
    at: (product: string, done: number, total: number): void => {
      if (shown?.product !== product) {
        shown?.bar.stop()
        say(product, "detail")
        shown = { product, bar: createPointProgress(process.stderr, () => product) }
      }
      shown.bar.at(done, total)
    },
    stop: (): void => shown?.bar.stop(),
  }
}

const numberOf = (text: string, option: string): number => {
  const value = Number(text)
  if (text.trim() !== "" && value >= 0 && Number.isFinite(value)) return value
  throw usageError(option, `"${text}"`, "a number from 0 up", "Example: 0.05.")
}

type Limits = Partial<Readonly<Record<"area" | "objects", number>>>

const parseLimits = (text: string): Limits =>
  Object.fromEntries(
    text.split(",").map((part) => {
      const [name = "", value = ""] = part.split("=")
      if (name !== "area" && name !== "objects")
        throw usageError("--fail-above", `"${part}"`, "area=M2 or objects=N", "Example: area=100,objects=0.")
      return [name, numberOf(value, "--fail-above")]
    }),
  )

const differing = ({ changed, divided, joined, gone, ...layer }: ResultsComparison["layers"][number]): number =>
  layer.new + gone + changed + divided + joined

const isAbove = ({ rasters, layers }: ResultsComparison, { area, objects }: Limits): boolean =>
  (area !== undefined && rasters.some(({ changed }) => changed > area)) ||
  (objects !== undefined && layers.some((layer) => differing(layer) > objects))

const printResults = ({ rasters, layers, mesh, onlyA, onlyB }: ResultsComparison): void => {
  const fixed = (value: number | undefined, digits = 2): string => value?.toFixed(digits) ?? ""
  if (rasters.length > 0)
    printLine(
      formatTable([
        ["raster", "changed m²", "of m²", "gained m³", "lost m³", "least", "most", "rmse"],
        ...rasters.map(({ name, band, changed, both, onlyA: a, onlyB: b, gained, lost, least, most, rmse }) => [
          ...[band === undefined ? name : `${name} band ${band}`, grouped(changed), grouped(both + a + b)],
          ...[gained, lost].map((value) => (value === undefined ? "" : grouped(value))),
          ...[fixed(least), fixed(most), fixed(rmse, 3)],
        ]),
      ]),
    )
  if (layers.length > 0)
    printLine(
      formatTable([
        ["layer", "A", "B", "equal", "changed", "new", "gone", "divided", "joined"],
        ...layers.map((one) => [
          ...[one.name, one.a, one.b, one.equal, one.changed, one.new, one.gone, one.divided, one.joined],
        ]),
      ]),
    )
  if (mesh !== undefined)
    printLine(
      `mesh: ${mesh.changed} contents changed, ${mesh.equal} equal, ${mesh.onlyA} only in A, ${mesh.onlyB} only in B`,
    )
  if (mesh?.tiles !== undefined && mesh.objects !== undefined) {
    const { changed, new: added, gone, equal } = mesh.objects
    const count = counted(mesh.tiles.length, "tile")
    printLine(`${count} differ; objects in them: ${changed} changed, ${added} new, ${gone} gone, ${equal} equal`)
  }
  if (mesh?.distance !== undefined) {
    const { largest, at, measured, vertices } = mesh.distance
    const place = at.map((value) => value.toFixed(1)).join(", ")
    printLine(
      `largest distance found between the surfaces: ${largest.toFixed(3)} m at ${place} (${measured} of ${vertices} vertices)`,
    )
  }
  for (const [side, names] of [
    ["A", onlyA],
    ["B", onlyB],
  ] as const)
    if (names.length > 0) printLine(`only in ${side}: ${names.join(", ")}`)
}
