/**
 * The last step of the build: writes what is derived from declarations. The JSON schema of job
 * files and the kernels' declarations are in `dist/schemas/`, the help in `dist/help.json`.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { builtFile } from "../engine/core/package-files.js"
import { jobSchema } from "../engine/job/job-schema.js"
import { declarationsText } from "../engine/job/kernels/declare-kernels.js"
import { loadKernels } from "../engine/job/kernels/load-kernels.js"
import { makeHelp } from "./command-table.js"
import { languages } from "./language.js"

const folder = builtFile("schemas/")
const kernels = (await loadKernels()).map(({ kernel }) => kernel)
await mkdir(folder, { recursive: true })
await writeFile(new URL("job.schema.json", folder), JSON.stringify(jobSchema(kernels)))
await writeFile(new URL("kernels.json", folder), declarationsText(kernels))
const help = await Promise.all(languages.map(async (language) => [language, await makeHelp(language)] as const))
await writeFile(builtFile("help.json"), JSON.stringify(Object.fromEntries(help)))
