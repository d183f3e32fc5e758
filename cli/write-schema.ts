/**
 * The last step of the build: writes the JSON schema of job files, which the package publishes, and
 * the kernels' declarations to `dist/schemas/`.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { jobSchema } from "../engine/job/job-schema.js"
import { declarationsText } from "../engine/job/kernels/declare-kernels.js"
import { loadKernels } from "../engine/job/kernels/load-kernels.js"

const folder = new URL("../schemas/", import.meta.url)
const kernels = (await loadKernels()).map(({ kernel }) => kernel)
await mkdir(folder, { recursive: true })
await writeFile(new URL("job.schema.json", folder), `${JSON.stringify(jobSchema(kernels), undefined, 2)}\n`)
await writeFile(new URL("kernels.json", folder), declarationsText(kernels))
