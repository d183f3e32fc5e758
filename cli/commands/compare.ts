/** `maille compare vector`: compares a vector layer with a reference. */
import { type Command, Option } from "commander"
import type { Comparison, Spread } from "../../engine/compare/compare-vector.js"
import { missingOption, parseBox, parseEpsg, usageError } from "../../engine/core/parse-values.js"
import { collectPorts, layerOfRole } from "../../engine/job/declared-ports.js"
import type { Kernel } from "../../engine/kernel.js"
import { addExamples, completeBy } from "../help/declare.js"
import { formatOfPath, writePicture } from "../picture.js"
import { formatTable, grouped, printJson, printLine, say } from "../print.js"

interface CompareFlags {
  readonly by?: string
  readonly minIou?: string
  readonly bbox?: string
  readonly crs?: string
  readonly map?: string
  readonly json?: true
}

export const addCompare = (program: Command, kernels: readonly Kernel[]): void => {
  const example = "maille compare vector bdtopo.gpkg out/ --map difference.png"
  const compare = addExamples(program.command("compare"), example).summary("compare a product with a reference")
  const ports = collectPorts(kernels)
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
    .action((a: string, b: string, flags: CompareFlags) => compareLayers(a, b, flags))
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
