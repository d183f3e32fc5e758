/** Describes kernels for people: ports, options and defaults, from their declarations. */
import { describeOption, sparseDefaults } from "../../engine/job/check-options.js"
import { externalInputs, externalOf } from "../../engine/job/external-inputs.js"
import type { Kernel, Port, Ports } from "../../engine/kernel.js"
import { formatTable } from "../print.js"

/**
 * The texts of the kernels that `--kernel` names. Imports them: the user names them.
 *
 * @throws EngineError E_USAGE for a name without a kernel
 */
export const helpOfKernels = async (names: readonly string[]): Promise<string> => {
  const { declareKernels } = await import("../../engine/job/kernels/declare-kernels.js")
  const { isNamed } = await import("../../engine/job/kernels/load-kernels.js")
  const { locateKernel } = await import("../../engine/job/kernels/locate-kernel.js")
  const modules = await Promise.all(names.map((name) => locateKernel(process.cwd(), name)))
  const declared = await declareKernels(modules)
  const all = declared.map(({ kernel }) => kernel)
  const named = declared.filter(isNamed)
  const flags = externalInputs(named.flatMap(({ kernel, digest }) => (digest === undefined ? [] : [kernel])))
  const lines = flags.map(({ flag, help, more }) => [`${flag} <file>`, `${help.en}${more ? `; ${more.en}` : ""}`])
  const inputs = lines.length === 0 ? "" : `Inputs:\n${indented(lines).join("\n")}\n\n`
  return `${inputs}${named.map(({ kernel }) => kernelText(kernel, all)).join("\n\n")}\n`
}

/** What a port carries, for people. `ports`: all inputs of the kernel. */
export const portText = (port: Port, ports: Ports = {}): string => {
  if (port.kind === "points") {
    const { classes, extra = [], beside } = port
    const others = Object.values(ports).map(externalOf)
    const flag = others.find((one) => one !== undefined && one.name === beside)?.flag
    const wanted = classes ? `${classes.length === 1 ? "class" : "classes"} ${classes.join(", ")}` : "all classes"
    const further = extra.length === 0 ? "" : `, with extra bytes ${extra.join(", ")}`
    return `points of ${wanted}${further}${flag === undefined ? "" : `, only with ${flag}`}`
  }
  if (port.kind === "presence") return "where points of all classes are"
  const external = externalOf(port)
  if (external !== undefined) {
    const columns = "columns" in external ? Object.keys(external.columns ?? {}) : []
    const read = columns.length === 0 ? "" : ` with ${columns.length > 1 ? "columns" : "column"} ${columns.join(", ")}`
    return `features of ${external.flag}${read}, optional`
  }
  const many = ("many" in port && port.many) || ("listed" in port && port.listed) ? ", several" : ""
  const condition = "when" in port && port.when !== undefined ? `, only with ${port.when.option}=${port.when.is}` : ""
  return `${port.kind}${many}${"optional" in port && port.optional ? ", optional" : ""}${condition}`
}

const portLines = (side: string, ports: Ports): string[] =>
  Object.entries(ports).length === 0
    ? []
    : [`\n${side}:`, ...indented(Object.entries(ports).map(([name, port]) => [name, portText(port, ports)]))]

/** The kernels on request that make what a kernel reads, directly or through others. */
const kernelsBefore = (kernel: Kernel, all: readonly Kernel[], found = new Set<Kernel>()): ReadonlySet<Kernel> => {
  for (const name of Object.keys(kernel.inputs)) {
    const maker = all.find(({ outputs, onRequest }) => onRequest === true && Object.hasOwn(outputs, name))
    if (maker === undefined || maker === kernel || found.has(maker)) continue
    found.add(maker)
    kernelsBefore(maker, all, found)
  }
  return found
}

const optionLines = ({ id, options }: Kernel, title: string): string[] => {
  const rows = Object.entries(options).map(([name, option]) => [
    `${name}=${option.default}`,
    [option.help, describeOption(option), sparseDefaults(option)].filter((text) => text !== undefined).join("; "),
  ])
  return rows.length === 0 ? [] : [`\n${title}, for --set ${id}.OPTION=VALUE:`, ...indented(rows)]
}

/**
 * Version, stage, ports and options of a kernel, for people. Also the options of kernels that run
 * on request only and make its inputs.
 */
export const kernelText = (kernel: Kernel, all: readonly Kernel[]): string => {
  const { id, version, summary, stages = ["tile"], onRequest, inputs, outputs } = kernel
  return [
    `${id}: ${summary}`,
    `version ${version}, stage ${stages.join(", ")}${onRequest ? `; runs with --kernel ${id}` : ""}`,
    ...portLines("Reads", inputs),
    ...portLines("Makes", outputs),
    ...optionLines(kernel, "Options and defaults"),
    ...[...kernelsBefore(kernel, all)].flatMap((before) =>
      optionLines(before, `Options of ${before.id}, which runs before it`),
    ),
  ].join("\n")
}

const indented = (rows: readonly (readonly string[])[]): string[] =>
  formatTable(rows)
    .split("\n")
    .map((line) => `  ${line}`)
