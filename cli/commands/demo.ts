/** `maille demo`: makes a small synthetic scene and builds all its products. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Command, Option } from "commander"
import { optionError } from "../../engine/core/parse-values.js"
import { quoteWord } from "../../engine/core/texts.js"
import { EngineError } from "../../engine/errors.js"
import { addExamples } from "../help/declare.js"
import { logFlags, printLine, say } from "../print.js"
import { invocation } from "../progress.js"
import { superviseSelf } from "../supervise.js"

/** Raise `sample` when the bytes of the scene change. */
const SAMPLE = JSON.stringify({ sample: 2, seed: 1 })
const SOURCE = "maille demo, synthetic scene"

export const addDemo = (program: Command): void => {
  addExamples(program.command("demo"), "maille demo --out demo/")
    .summary("try maille on a small synthetic scene")
    .description(
      "Makes a scene of 200 m × 200 m, with four LAS files and an orthophoto, and builds all its products. Needs no network.",
    )
    .option("-o, --out <dir>", "folder for the scene (input/) and its products (result/)", "maille-demo")
    .addOption(
      new Option("--guide <dir>", "new folder for the files that the guide's commands read; builds nothing").conflicts(
        "out",
      ),
    )
    .action(({ out, guide }: { out: string; guide?: string }) => (guide === undefined ? demo(out) : makeGuide(guide)))
}

/** In a folder of `--guide` until it is complete. */
const UNFINISHED = ".guide.part"

/** Writes the inputs of the guide's commands into a new folder, or one that was left unfinished. */
const makeGuide = async (guide: string): Promise<void> => {
  const names = await namesIn(guide, "--guide")
  if (names.length > 0 && !names.includes(UNFINISHED))
    throw optionError("--guide", `${guide} contains "${names[0]}". Choose a new folder.`)
  const { writeGuide } = await import("../../fixtures/sample/write-guide.js")
  await filling(guide, async () => {
    await mkdir(guide, { recursive: true })
    await writeFile(join(guide, UNFINISHED), "")
    await writeGuide(guide)
    await rm(join(guide, UNFINISHED))
  })
  printLine(`The files that the guide's commands read are in ${guide}.

Next:
  cd ${quoteWord(guide)}
  ${invocation()} run lidar/ --imagery ortho/ --out out/
Pages that name index.geojson, departements.geojson or fr_ign_RAF20.tif say where to get them.`)
}

const demo = async (out: string): Promise<void> => {
  const [input, result] = [join(out, "input"), join(out, "result")]
  await makeSample(out, input)
  const imagery = join(input, "ortho")
  const args = [
    "run",
    ...logFlags(),
    join(input, "lidar"),
    "--imagery",
    imagery,
    "--tile-size",
    "100",
    "--source",
    SOURCE,
  ]
  printLine(`\n$ maille ${[...args, "--out", result].map(quoteWord).join(" ")}`)
  await superviseSelf(undefined, [...args, "--out", result])
  if (process.exitCode !== 0) return
  const next = [
    [`${invocation()} validate ${quoteWord(result)}`, "check every product"],
    [`${invocation()} run --help`, "process your own point clouds and images"],
  ] as const
  const width = Math.max(...next.map(([command]) => command.length))
  printLine(`
The results are in ${result}:
  tileset.json, tiles/   textured mesh, 3D Tiles 1.1, for CesiumJS and iTowns
  raster/*.vrt           models of terrain (dtm), surface (dsm) and height (dhm), for QGIS
  vector/*.fgb           buildings, roofs, water, bridges, trees, contours …, FlatGeobuf, for QGIS
  vector/*.city.jsonl    buildings as solids, a CityJSON sequence
  report.html            report: times, memory and quality of each tile
True roof planes to compare with: ${join(input, "truth.geojson")}

Next:
${next.map(([command, what]) => `  ${command.padEnd(width)}   ${what}`).join("\n")}`)
}

/** Writes the scene under a temporary name and renames it when it is complete. */
const makeSample = async (out: string, input: string): Promise<void> => {
  const names = await namesIn(out, "--out")
  const foreign = names.find((name) => !["input", "input.part", "result"].includes(name) && !name.startsWith("."))
  const found = names.includes("input") ? await readFile(join(input, "sample.json"), "utf8").catch(() => "") : SAMPLE
  if (foreign !== undefined || found !== SAMPLE) {
    const found = foreign === undefined ? "a scene of another version of maille" : `"${foreign}", which no demo wrote`
    throw optionError("--out", `${out} contains ${found}. Choose another folder.`)
  }
  if (names.includes("input")) return say(`using the scene in ${input}`, "info")
  say(`making a synthetic scene of 200 m × 200 m in ${input}`, "info")
  const { writeSample } = await import("../../fixtures/sample/write-sample.js")
  await filling(input, async () => {
    const part = `${input}.part`
    await rm(part, { recursive: true, force: true })
    await mkdir(part, { recursive: true })
    await writeSample(part, { seed: 1 })
    await writeFile(join(part, "sample.json"), SAMPLE)
    await rename(part, input)
  })
}

/** Names in a folder; none where it is absent. */
const namesIn = (folder: string, option: string): Promise<string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw new EngineError(
      "E_USAGE",
      `${option}: ${folder} cannot be read as a folder (${error.code}). Choose another folder.`,
      { option },
      error,
    )
  })

/** Fills a folder; what fails is an error of the output. */
const filling = async (folder: string, fill: () => Promise<void>): Promise<void> => {
  try {
    await fill()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(
      "E_OUTPUT",
      `${folder}: cannot be written (${reason}). Check the rights and the free space of the disk.`,
      { file: folder },
      cause,
    )
  }
}
