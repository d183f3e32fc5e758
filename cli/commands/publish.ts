/** `maille publish` and `maille catalogue`: products in an S3 store, and described by STAC. */
import type { Command } from "commander"
import { addExamples } from "../help/declare.js"
import { createPointProgress } from "../point-progress.js"
import { counted, grouped, printJson, printLine, say } from "../print.js"

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

export const addCatalogue = (program: Command): void => {
  addExamples(program.command("catalogue"), "maille catalogue out/")
    .summary("write a STAC catalogue of the products")
    .description(
      "Writes catalogue/ into the folder: a collection for each product, an item for each work tile, pack or layer,\n" +
        "and inputs.vpc, a virtual point cloud of the source tiles. Run it again after each run or update.",
    )
    .argument("<dir>", "output folder of maille run")
    .option("--json", "print one JSON document\n{ path, collections, files, removed, lost }")
    .action(async (folder: string, flags: { json?: true }) => {
      const { writeCatalogue } = await import("../../engine/catalogue/write-catalogue.js")
      const written = await writeCatalogue(folder)
      const [first] = written.lost
      if (first !== undefined)
        say(
          `${counted(written.lost.length, "source tile")} cannot be opened (${first}): described without size and count`,
          "warning",
        )
      if (flags.json) return printJson(written)
      const { path, collections, files } = written
      const items = collections.reduce((sum, one) => sum + one.items, 0)
      printLine(
        `${path}: ${counted(collections.length, "collection")}, ${counted(items, "item")}, ${grouped(files)} files`,
      )
    })
}
