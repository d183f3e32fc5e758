/**
 * Writes README's time and memory of a square kilometre from `bench/results/km2.json`, which
 * `npm run lab -- km2` measures. With `--check` it writes nothing, and fails if README differs.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const readme = `${root}README.md`
const [begin, end] = ["<!-- km2: made by npm run docs -->", "<!-- /km2 -->"]

const results = `${root}bench/results/km2.json`
const measured = JSON.parse(readFileSync(results, "utf8"))
const { seconds, coreSeconds, unitSeconds, peakBytes, points, outputBytes, workers, machine, node, maille, command } =
  measured
const workersText = workers === 1 ? "1 worker" : `${workers} workers`

const lines = [
  `| 1 km², ${Math.round(points / 1e6)} million points, every product | |`,
  "|---|--:|",
  `| time with ${workersText} | ${Math.round(seconds)} s |`,
  `| processor time | ${Math.round(coreSeconds)} s |`,
  ...(unitSeconds === undefined
    ? []
    : [`| the same, in full decodings of the points by LASzip | ${(coreSeconds / unitSeconds).toFixed(1)} |`]),
  `| memory at most | ${(peakBytes / 1e9).toFixed(1)} GB |`,
  `| products | ${Math.round(outputBytes / 1e6)} MB |`,
  "",
  `Measured with maille ${maille} and Node.js ${node} on ${machine}: \`${command}\`.`,
]

const text = readFileSync(readme, "utf8")
const [from, to] = [text.indexOf(begin), text.indexOf(end)]
if (from < 0 || to < from) throw new Error(`README.md: expected ${begin} and ${end}`)
const fresh = `${text.slice(0, from + begin.length)}\n${lines.join("\n")}\n${text.slice(to)}`
if (!process.argv.includes("--check")) writeFileSync(readme, fresh)
else if (fresh !== text) throw new Error("README.md differs from bench/results/km2.json: npm run docs writes it")
