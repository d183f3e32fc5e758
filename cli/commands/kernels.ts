/** `maille kernels`: lists the ports and options of the kernels. */
import type { Command } from "commander"
import { describeOption, unknownName } from "../../engine/job/check-options.js"
import { jobSchema } from "../../engine/job/job-schema.js"
import { declareKernels } from "../../engine/job/kernels/declare-kernels.js"
import type { Ports } from "../../engine/kernel.js"
import { printJson, printLine } from "../print.js"

export const addKernels = (program: Command): void => {
  program
    .command("kernels")
    .summary("list the kernels, their ports and options")
    .description(
      "Lists the kernels with their ports and options, or prints the JSON schema of job files made from them.",
    )
    .argument("[id...]", "ids of some kernels; default: all")
    .option("--kernel <file...>", "modules of third-party kernels, listed too")
    .option("--schema", "print the JSON schema of job files")
    .option("--json", "print one JSON document")
    .action(async (ids: string[], flags: { kernel?: string[]; schema?: true; json?: true }) => {
      const { resolve } = await import("node:path")
      const all = (await declareKernels((flags.kernel ?? []).map((file) => resolve(file)))).map(({ kernel }) => kernel)
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
      for (const { id, version, summary, stages = ["tile"], inputs, outputs, options } of kernels) {
        printLine(`${id} (version ${version}, ${stages.join(" and ")})  ${summary}`)
        printLine(`  reads ${portsText(inputs)}; makes ${portsText(outputs)}`)
        for (const [name, option] of Object.entries(options)) {
          printLine(`  ${id}.${name}: ${option.help}; ${describeOption(option)}, default ${option.default}`)
        }
      }
    })
}

const portsText = (ports: Ports): string =>
  Object.entries(ports)
    .map(([name, port]) => `${name} (${port.kind})`)
    .join(", ") || "nothing"
