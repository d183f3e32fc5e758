/** The generated parts of docs/reference/kernels.md and of the pages in docs/reference/kernels/. */
import { portText } from "../cli/help/kernel-texts.js"
import { describeOption, sparseDefaults } from "../engine/job/check-options.js"
import type { Kernel, KernelStage, Option, Options, OptionValue, Port, Threshold } from "../engine/kernel.js"
import { costRates } from "../kernels/cost-rates.js"
import { presets } from "../kernels/presets.js"

export const madeBy = "Made by `UPDATE_GOLDEN=1 npx vitest run test/reference.test.ts`."
const BEGIN = "<!-- kernel: made by UPDATE_GOLDEN=1 npx vitest run test/reference.test.ts -->"
const END = "<!-- /kernel -->"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ")
/** Lines of a Markdown table after an empty one; none without rows. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0
    ? []
    : ["", ...[head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`)]

// ----- the index

const stageTexts: Readonly<Record<KernelStage, string>> = {
  tile: "once per work tile, first pass",
  region: "once per 10 km region of the CRS, after its tiles",
  job: "once per job, after all regions",
  model: "once per work tile, second pass, with the results of regions and job",
  parent: "once per coarser tile, from its up to four children",
}

const stagesOf = ({ stages = ["tile"] }: Kernel): readonly KernelStage[] => stages

/** docs/reference/kernels.md: what each kernel makes, with links to its page. */
export const kernelIndex = (kernels: readonly Kernel[]): string =>
  [
    "# Kernels",
    "",
    `<!-- ${madeBy} -->`,
    "",
    "A kernel is one step of a run. A run has the kernels that its products need.",
    "Each kernel has a page with its method, options, limits and sources.",
    "Set an option with `--set KERNEL.OPTION=VALUE`, such as `--set raster.dtm.cell=1`.",
    ...table(
      ["kernel", "makes", "stage"],
      kernels.map((kernel) => [link(kernel.id, "kernels/"), kernel.summary, stagesOf(kernel).join(", ")]),
    ),
    "",
    "## Stages",
    ...table(["stage", "runs"], Object.entries(stageTexts)),
    "",
  ].join("\n")

// ----- the generated part of a page

const link = (id: string, folder = ""): string => `[\`${id}\`](${folder}${id}.md)`

const defaultsOf = (options: Options): Record<string, OptionValue> =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]))

/** Sides of the cells of all rasters, by port. */
const cellsOf = (kernels: readonly Kernel[]): Record<string, number> => {
  const cells: Record<string, number> = {}
  for (const { outputs, options } of kernels)
    for (const [name, port] of Object.entries(outputs)) {
      const side = port.kind === "raster" ? port.cell?.(defaultsOf(options)) : undefined
      if (side !== undefined) cells[name] = side
    }
  return cells
}

/** Kernels of different ways to make the mesh never run in one job. */
const mayMeet = (a: string, b: string): boolean => {
  const ways = Object.values(presets.meshes).map(({ makers }) => makers)
  const isBound = (id: string): boolean => ways.some((makers) => makers.includes(id))
  return !isBound(a) || !isBound(b) || ways.some((makers) => makers.includes(a) && makers.includes(b))
}

const makersOf = (name: string, port: Port, reader: Kernel, kernels: readonly Kernel[]): string[] =>
  kernels
    .filter(({ id, outputs }) => id !== reader.id && outputs[name] !== undefined && mayMeet(id, reader.id))
    .filter(({ outputs }) => outputs[name]?.kind === (port.kind === "blob" ? outputs[name]?.kind : port.kind))
    .filter((maker) => stagesOf(reader).includes("parent") || stagesOf(maker).some((stage) => stage !== "parent"))
    .map(({ id }) => link(id))

const writtenTo = (name: string, port: Port): string => {
  if (port.kind === "raster") return port.publish === false ? "raster, not written" : `raster, in \`raster/${name}/\``
  if (port.kind === "features") return `layer [\`vector/${name}.fgb\`](../layers.md#${name})`
  if (port.kind === "metrics") return "figures of the quality passport"
  if (port.kind === "blob" || port.kind === "shards") return "data for other kernels"
  return port.kind
}

const portTable = (kernel: Kernel, kernels: readonly Kernel[]): string[] => {
  const reads = Object.entries(kernel.inputs).map(([name, port]) => {
    const [what = "", ...more] = portText(port).split(/(?=, (?:several|optional|only))/)
    const makers = port.kind === "points" ? [] : makersOf(name, port, kernel, kernels)
    const from = makers.length === 0 ? "" : ` from ${makers.join(", ")}`
    return ["reads", `\`${name}\``, `${what.replace("blob", "data")}${from}${more.join("")}`]
  })
  const makes = Object.entries(kernel.outputs).map(([name, port]) => ["makes", `\`${name}\``, writtenTo(name, port)])
  return table(["", "port", "data"], [...reads, ...makes])
}

const boundText = (value: number, { unit }: Threshold): string =>
  unit === undefined ? String(value) : `${value} ${unit}`

const thresholdTable = ({ outputs }: Kernel): string[] =>
  table(
    ["figure", "meaning", "warns above", "fails above"],
    Object.values(outputs)
      .flatMap((port) => (port.kind === "metrics" ? Object.entries(port.thresholds ?? {}) : []))
      .map(([name, one]: [string, Threshold]) => [
        `\`${name}\``,
        one.meaning,
        boundText(one.warn, one),
        one.fail === undefined ? "–" : boundText(one.fail, one),
      ]),
  )

const shareLines = ({ outputs }: Kernel): string[] =>
  Object.values(outputs)
    .flatMap((port) => (port.kind === "metrics" ? Object.entries(port.shares ?? {}) : []))
    .map(
      ([name, { meaning, least }]) =>
        `\nOf the whole job, \`${name}\`: the share ${meaning}. Below ${100 * least} % the run warns.`,
    )

interface Rates {
  readonly tiles?: number
  readonly points?: number
  readonly areaM2?: number
  readonly imagesM2?: number
}

const costLines = (kernel: Kernel): string[] => {
  const rows = costRates.steps
    .filter(({ step }) => step === kernel.id)
    .map(({ stage, per }: { stage: string; per: Rates }) => {
      const { tiles = 0, points = 0, areaM2 = 0, imagesM2 = 0 } = per
      const whole = tiles + 20 * points + areaM2 + imagesM2
      return [stage, ...[tiles, points, areaM2, imagesM2].map(rateText), rateText(whole)]
    })
  if (rows.length === 0) return ["", "Its cost was not measured."]
  return [
    "",
    `Core-seconds without reading, writing and start (${costRates.from}). Last column: a tile of 1 km² with 20 million points and images.`,
    ...table(["stage", "per tile", "per million points", "per km²", "per km² of images", "1 km² tile"], rows),
  ]
}

const rateText = (value: number): string => {
  if (value > 0 && value < 0.001) return "< 0.001"
  return value === 0 ? "–" : String(Number(value.toPrecision(2)))
}

const sparseText = (option: Option): string => {
  const sparse = sparseDefaults(option)
  return sparse === undefined ? "" : `; ${sparse}`
}

const kernelBlock = (kernel: Kernel, kernels: readonly Kernel[]): string => {
  const { id, version, options } = kernel
  const halo = kernel.halo(defaultsOf(options), cellsOf(kernels))
  const stages = stagesOf(kernel).join(", ")
  const rows = Object.entries(options).map(([name, option]) => [
    `\`${name}\``,
    `${option.default}${option.type === "number" && option.unit ? ` ${option.unit}` : ""}`,
    describeOption(option),
    `${option.help}${sparseText(option)}${option.flag ? ` (flag \`--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}\`)` : ""}`,
  ])
  const thresholds = thresholdTable(kernel)
  return [
    "## Inputs and outputs",
    "",
    `Version ${version}. [Stage](../kernels.md#stages): ${stages}. Halo with the default options: ${halo} m.`,
    ...portTable(kernel, kernels),
    "",
    "## Options",
    ...(rows.length === 0 ? ["", "None."] : [...table([`\`--set ${id}.…\``, "default", "values", "meaning"], rows)]),
    ...(thresholds.length === 0 ? [] : ["", "## Thresholds", ...thresholds, ...shareLines(kernel)]),
    "",
    "## Cost",
    ...costLines(kernel),
  ].join("\n")
}

/** The page with its generated part made anew; undefined without markers. */
export const renewedPage = (page: string, kernel: Kernel, kernels: readonly Kernel[]): string | undefined => {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) return undefined
  return `${page.slice(0, from + BEGIN.length)}\n\n${kernelBlock(kernel, kernels)}\n\n${page.slice(to)}`
}
