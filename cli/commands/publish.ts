/** `maille publish`: sends the products of a run to an S3 store. */
import type { Command } from "commander"
import { addExamples } from "../help/declare.js"
import { createPointProgress } from "../point-progress.js"
import { counted, grouped, printJson, printLine } from "../print.js"

interface Flags {
  readonly parallel: string
  readonly dryRun?: true
  readonly json?: true
}

const fileRate = (files: number, elapsedMs: number): string => `${grouped((files * 1000) / elapsedMs)} files/s`

export const addPublish = (program: Command): void => {
  addExamples(program.command("publish"), "maille publish out/ s3://bucket/city")
    .summary("upload products to an S3 store")
    .description(
      "Uploads only new and changed files, the root tileset last, and removes files that the folder no longer has.\n" +
        "The environment names store and credentials: AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.",
    )
    .argument("<dir>", "output folder of maille run")
    .argument("<to>", "s3://BUCKET/PREFIX")
    .option("--parallel <n>", "files to upload at the same time", "8")
    .option("--dry-run", "show the files to upload and remove, change nothing")
    .option("--json", "print one JSON document\n{ to, sent, unchanged, removed }")
    .action(async (folder: string, to: string, flags: Flags) => {
      const [{ publishOutput }, { parseWhole }] = await Promise.all([
        import("../../engine/publish/publish.js"),
        import("../../engine/core/parse-values.js"),
      ])
      const parallel = parseWhole(Number(flags.parallel), "--parallel", 1, 256)
      const progress = createPointProgress(process.stderr, fileRate)
      const dryRun = flags.dryRun === true
      try {
        const onProgress = (sent: number, files: number): void => progress.at(sent, files)
        const published = await publishOutput(folder, to, { parallel, dryRun, onProgress })
        if (flags.json) return printJson(published)
        const { sent, unchanged, removed } = published
        const [sends, removes] = dryRun ? ["to send", "to remove"] : ["sent", "removed"]
        printLine(
          `${published.to}: ${counted(sent.length, "file")} ${sends}, ${grouped(unchanged)} unchanged, ${grouped(removed.length)} ${removes}`,
        )
      } finally {
        progress.stop()
      }
    })
}
