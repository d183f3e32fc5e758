/** `maille fetch`: downloads the point tiles and images that an index names. */
import type { Command } from "commander"
import { parseBox, parseEpsg } from "../../engine/core/parse-values.js"
import { quoteWords } from "../../engine/core/quote-word.js"
import { type FetchedFile, type FetchRequest, type FetchSummary, fetchTiles } from "../../engine/fetch/fetch.js"
import { assumedTile } from "../../engine/spatial/index-catalogue.js"
import { exitCodeOfFiles, exitCodes } from "../exit-codes.js"
import { addTo } from "../job-flags.js"
import { numberFrom } from "../parse-numbers.js"
import { byteRate, createPointProgress, untilStopped } from "../point-progress.js"
import { formatTime, grouped, printJson, printLine, say } from "../print.js"

interface FetchFlags
  extends Pick<FetchRequest, "tileIndex" | "to" | "departement" | "limits" | "margin" | "rate" | "dryRun"> {
  readonly bbox?: string
  readonly crs?: string
  readonly json?: true
}

export const addFetch = (program: Command): void => {
  program
    .command("fetch")
    .summary("bring tiles and images of an index")
    .description(
      "Brings point tiles and images that an index names (IGN's WFS as GeoJSON), about one request a second, each checked before it gets its name.\n" +
        "The same command again goes on where it was: half files too. Exit code 1 when some files fail, 3 when all do.",
    )
    .argument(
      "[name...]",
      "tiles by name, such as LHD_FXX_0770_6278_PTS_LAMB93_IGN69 or 0770_6278, in place of an area",
    )
    .requiredOption(
      "--tile-index <file>",
      "index of the tiles (GeoJSON); repeat it for the pages of a long answer",
      addTo,
    )
    .requiredOption("--to <dir>", "folder for the files")
    .option("--bbox <x,y,x,y>", "box in CRS metres of the tiles")
    .option("--departement <codes>", "départements, such as 34,67", (text: string) => text.split(","))
    .option("--limits <file>", "polygons of départements with their codes (FlatGeobuf, GeoJSON, GeoPackage, Shapefile)")
    .option(
      "--margin <m>",
      "tiles this far around the area too: 1000 for what runs read beyond it (default: 0)",
      numberFrom(0),
    )
    .option("--crs <EPSG:n>", "CRS of the tiles, where the index has several")
    .option("--rate <n>", "requests a second (default: 1)", numberFrom(0))
    .option("--dry-run", "tell what would be fetched, send no request")
    .option(
      "--json",
      "print one JSON document: { to, done, unchanged, failed, planned, sizeBytes, files, warnings, timeMs }",
    )
    .action((names: string[], flags: FetchFlags) => fetchFiles(names, flags))
}

const fetchFiles = async (names: readonly string[], flags: FetchFlags): Promise<void> => {
  const { tileIndex, to, departement, limits, margin, rate, dryRun } = flags
  const progress = createPointProgress(process.stderr, byteRate)
  const { isStopped, result: summary } = await untilStopped(progress, (signal) =>
    fetchTiles({
      ...{ tileIndex, to, names, departement, limits, margin, rate, dryRun, signal },
      bbox: flags.bbox === undefined ? undefined : parseBox(flags.bbox, "--bbox"),
      epsg: flags.crs === undefined ? undefined : parseEpsg(flags.crs, "--crs"),
      onWait: (text) => say(text, "info"),
      onProgress: ({ sizeBytes, totalBytes, file }) => {
        progress.at(sizeBytes, totalBytes)
        if (file !== undefined) progress.line(lineOf(file), file.outcome === "failed" ? "error" : "info")
      },
    }),
  )
  for (const text of summary.warnings) say(text, "warning")
  if (flags.json) printJson(summary)
  else printSummary(summary)
  sayHowToGoOn(summary, flags, isStopped)
  process.exitCode = isStopped ? exitCodes.stopped : exitCodeOfFiles(summary.files)
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const lineOf = ({ name, outcome, sizeBytes, points, resumedAt, reason }: FetchedFile): string => {
  if (outcome === "failed") return `failed: ${reason ?? name}`
  const what = [megabytes(sizeBytes), ...(points === undefined ? [] : [`${grouped(points)} points`])].join(", ")
  const resumed = resumedAt === undefined ? "" : `, resumed at ${megabytes(resumedAt)}`
  return outcome === "done" ? `${name}: ${what}${resumed}` : `${name}: ${outcome}, ${what}`
}

const printSummary = ({ files, done, unchanged, failed, planned, sizeBytes, to, timeMs }: FetchSummary): void => {
  if (planned > 0 || (done === 0 && failed === 0)) for (const file of files) printLine(lineOf(file))
  if (planned === 0) {
    printLine(`${done} fetched, ${unchanged} unchanged, ${failed} failed in ${formatTime(timeMs)}: ${to}`)
    return
  }
  const assumed = `${grouped(assumedTile.sizeBytes / 1e6)} MB per point tile where the index states no size`
  printLine(`${planned} to fetch, ${unchanged} unchanged, about ${(sizeBytes / 1e9).toFixed(2)} GB (${assumed})`)
  say("dry run: no request was sent")
}

/** More failed names than this do not fit a line to copy. */
const mostNames = 20

const sayHowToGoOn = ({ files, failed }: FetchSummary, flags: FetchFlags, stopped: boolean): void => {
  if (failed === 0) return
  const names = files.filter(({ outcome }) => outcome === "failed").map(({ name }) => name)
  if (stopped || names.length > mostNames) {
    say("Run the same command again to resume. Complete files are kept.")
    return
  }
  const { tileIndex, to, rate } = flags
  const rest = [...tileIndex.flatMap((file) => ["--tile-index", file]), "--to", to]
  if (rate !== undefined) rest.push("--rate", String(rate))
  say(`${failed} failed: ${names.join(", ")}\nFetch them again: ${quoteWords(["maille", "fetch", ...names, ...rest])}`)
}
