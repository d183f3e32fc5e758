/** `maille kernels`: lists the kernels, or prints the ports and options of some. */
import { Argument, type Command } from "commander"
import { unknownName } from "../../engine/job/check-options.js"
import { jobSchema } from "../../engine/job/job-schema.js"
import { declareKernels } from "../../engine/job/kernels/declare-kernels.js"
import type { Kernel } from "../../engine/kernel.js"
import { addExamples, completeBy } from "../help/declare.js"
import { kernelText } from "../help/kernel-texts.js"
import { formatTable, printJson, printLine } from "../print.js"
import { addKernelsNew } from "./kernels-new.js"

export const addKernels = (program: Command, declared: readonly Kernel[]): void => {
  const ids = new Argument("[id...]", "only these kernels (default: all)")
  const command = program.command("kernels")
  addKernelsNew(command)
  addExamples(command, `maille kernels ${declared[0]?.id ?? "ID"}`, "maille kernels --schema > job.schema.json")
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
      if (flags.schema) return printLine(JSON.stringify(jobSchema(all, kernels), undefined, 2))
      if (flags.json) {
        const list = kernels.map(({ id, version, summary, stages = ["tile"], onRequest, inputs, outputs, options }) => {
          return { id, version, summary, stages, ...(onRequest ? { onRequest } : {}), inputs, outputs, options }
        })
        return printJson(list)
      }
      if (ids.length > 0) return printLine(kernels.map((kernel) => kernelText(kernel, all)).join("\n\n"))
      const rows = kernels.map(({ id, stages = ["tile"], summary }) => [id, stages.join(", "), summary])
      printLine(formatTable([["KERNEL", "STAGE", "MAKES"], ...rows]))
      printLine(`\nPorts and options of a kernel, for example: maille kernels ${known[0]}`)
    })
}
