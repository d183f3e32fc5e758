/** `maille kernels`: lists the kernels, or prints the ports and options of some. */
import { Argument, type Command } from "commander"
import { describeOption, sparseDefaults, unknownName } from "../../engine/job/check-options.js"
import { jobSchema } from "../../engine/job/job-schema.js"
import { declareKernels } from "../../engine/job/kernels/declare-kernels.js"
import type { Kernel, Port, Ports } from "../../engine/kernel.js"
import { addExamples, completeBy } from "../help/declare.js"
import { formatTable, printJson, printLine } from "../print.js"

export const addKernels = (program: Command, declared: readonly Kernel[]): void => {
  const ids = new Argument("[id...]", "only these kernels (default: all)")
  addExamples(
    program.command("kernels"),
    `maille kernels ${declared[0]?.id ?? "ID"}`,
    "maille kernels --schema > job.schema.json",
  )
    .summary("list the kernels, their ports and options")
    .description("Set an option with maille run --set KERNEL.OPTION=VALUE.")
    .addArgument(
      completeBy(
        ids,
        declared.map(({ id }) => id),
      ),
    )
    .option("--kernel <name...>", "list the kernels of these modules or packages too")
    .option("--schema", "print the JSON schema of job files")
    .option("--json", "print one JSON document")
    .action(async (ids: string[], flags: { kernel?: string[]; schema?: true; json?: true }) => {
      const { locateKernel } = await import("../../engine/job/kernels/locate-kernel.js")
      const modules = await Promise.all((flags.kernel ?? []).map((name) => locateKernel(process.cwd(), name)))
      const all = (await declareKernels(modules)).map(({ kernel }) => kernel)
      const known = all.map(({ id }) => id)
      for (const id of ids) if (!known.some((one) => one === id)) throw unknownName("kernel", id, known, "id")
      const kernels = ids.length === 0 ? all : all.filter(({ id }) => ids.includes(id))
      if (flags.schema) return printLine(JSON.stringify(jobSchema(kernels), undefined, 2))
      if (flags.json) {
        const list = kernels.map(({ id, version, summary, stages = ["tile"], inputs, outputs, options }) => {
          return { id, version, summary, stages, inputs, outputs, options }
        })
        return printJson(list)
      }
      if (ids.length > 0) return printLine(kernels.map(kernelText).join("\n\n"))
      const rows = kernels.map(({ id, stages = ["tile"], summary }) => [id, stages.join(", "), summary])
      printLine(formatTable([["KERNEL", "STAGE", "MAKES"], ...rows]))
      printLine(`\nPorts and options of a kernel, for example: maille kernels ${known[0]}`)
    })
}

/** What a port carries, for people. */
export const portText = (port: Port): string => {
  if (port.kind === "points") {
    const { classes, extra = [], beside } = port
    const wanted = classes ? `${classes.length === 1 ? "class" : "classes"} ${classes.join(", ")}` : "all classes"
    const further = extra.length === 0 ? "" : `, with extra bytes ${extra.join(", ")}`
    return `points of ${wanted}${further}${beside === undefined ? "" : `, only with --${beside}`}`
  }
  if ("external" in port && port.external) return `features of --${port.external}, optional`
  const many = ("many" in port && port.many) || ("listed" in port && port.listed) ? ", several" : ""
  return `${port.kind}${many}${"optional" in port && port.optional ? ", optional" : ""}`
}

const portLines = (side: string, ports: Ports): string[] =>
  Object.entries(ports).length === 0
    ? []
    : [`\n${side}:`, ...indented(Object.entries(ports).map(([name, port]) => [name, portText(port)]))]

const kernelText = ({ id, version, summary, stages = ["tile"], inputs, outputs, options }: Kernel): string => {
  const rows = Object.entries(options).map(([name, option]) => [
    `${name}=${option.default}`,
    [option.help, describeOption(option), sparseDefaults(option)].filter((text) => text !== undefined).join("; "),
  ])
  return [
    `${id}: ${summary}`,
    `version ${version}, stage ${stages.join(", ")}`,
    ...portLines("Reads", inputs),
    ...portLines("Makes", outputs),
    ...(rows.length === 0 ? [] : [`\nOptions and defaults, for --set ${id}.OPTION=VALUE:`, ...indented(rows)]),
  ].join("\n")
}

const indented = (rows: readonly (readonly string[])[]): string[] =>
  formatTable(rows)
    .split("\n")
    .map((line) => `  ${line}`)
