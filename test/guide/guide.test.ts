/** The guide as its readers follow it: every command of every page, in order, in one folder. */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readRaster } from "../../engine/formats/raster/tiff/read-raster.js"
import { mailleScript } from "../cli/maille.js"
import { type KeptMaille, keptMaille } from "../run-maille.js"
import { type S3Server, s3Environment, startS3Server } from "../s3-server.js"
import { sharedData } from "../shared-data.js"
import { Cluster, hasSlurm, waitUntil } from "../slurm/cluster.js"
import { root } from "../source-tree.js"
import { makeReader, type Reader, smallArgs } from "./inputs.js"
import { blocksOf, commandsOf, withoutComments } from "./pages.js"

const GUIDE = ["first-run", "your-data", "imagery", "vector-layers", "water-flow", "departement", "write-a-kernel"]
  .concat([
    "kernel-files",
    "compute",
    "look-and-check",
    "catalogue",
    "update-and-repair",
    "many-machines",
    "sun-and-views",
    "scenarios",
  ])
  .map((name) => `docs/guide/${name}.md`)
/** The README comes last: the guide has most of its commands. */
const PAGES = [...GUIDE, "README.md"]

/** Commands that are not executed, by their start, and why. */
const NOT_EXECUTED: Readonly<Record<string, string>> = {
  "npm i ": "installs a package",
  "npx maille demo": "runs a package that is installed",
  "npm run demo": "builds the clone",
  "npm test": "runs this test",
  "docker ": "needs Docker",
  "maille gdal": "installs GDAL where it is absent; test/cli/gdal.test.ts",
}
/**
 * Commands that need what may be absent, by their start. Without it they get the flag, or are
 * skipped.
 */
const NEEDS: readonly (readonly [start: string, has: boolean, flag?: string])[] = [
  ["maille run lidar/ --crs EPSG:2154 --geoid", sharedData !== undefined],
  ["maille submit slurm", hasSlurm, "--dry-run"],
  ["maille resume", hasSlurm],
  ["maille cancel", hasSlurm],
]
/**
 * What stands in for IGN's server, for a tile of it, for a job of several regions and for a large
 * machine.
 */
const SUBSTITUTES: readonly (readonly [text: string, by: (reader: Reader) => string])[] = [
  ["maille plan lidar/ --out big/", () => "maille plan regions/ --out big/"],
  ["https://data.geopf.fr", ({ server }) => server.base],
  ["0770_6278", () => "0842_6521"],
  ["770250,6277250,770750,6277750", () => "842100,6520000,842200,6520100"],
  ["--tile-size 250", () => "--tile-size 100"],
  ['"tileSize": 500', () => '"tileSize": 100'],
  ['out: "result"', () => 'out: "result", tileSize: 100, workers: 1'],
  ["--partition cpu --time 02:00:00 --cpus 8 --mem 16G", () => "--partition main --time 10 --cpus 1 --mem 1G"],
  ["--memory 8G", () => "--memory 2G"],
]
/** Exit codes other than 0. */
const CODES: Readonly<Record<string, number>> = { "maille status big/": 75 }

/** What a command leaves, besides the files and folders that its options name. */
const LEAVES: Readonly<Record<string, string>> = {
  "maille demo --guide guide/": "guide/{lidar,ortho,irc,images,flight,relief.tif}",
  "maille demo": "maille-demo/result/{tileset.json,report.html}",
  "maille run lidar/ --imagery ortho/ --out out/":
    "out/{job.json,tileset.json,report.html,report.json,raster/dtm.vrt,raster/dtm-source.vrt,raster/dsm.vrt,raster/dhm.vrt,vector/building.fgb,vector/building.city.jsonl}",
  "maille run lidar/ --imagery ortho/ --oriented-images images/ --orientation flight/ --out facades/":
    "facades/colours.json",
  "maille colours region/": "region/colours.json",
  "maille run lidar/ --products vector --vector-format parquet,pmtiles --out layers/ --add":
    "layers/vector/{tree.fgb,building.parquet,layers.pmtiles}",
  "maille catalogue out/": "out/catalogue/{catalog.json,dtm/collection.json,inputs.vpc}",
  "maille convert layers/ --to geojson --out geojson/ --layer building,tree": "geojson/{building,tree}.geojson",
  "maille run lidar/ --products dhm --kernel ./canopy.js --set tall.height=8 --out tall/": "tall/raster/tall.vrt",
  "maille kernels new wind/": "wind/{kernel.js,package.json,test.js,README.md}",
  "maille export out/ --all --format glb --out exported/": "exported/tileset.json",
  "maille plan lidar/ --out big/ --shards 40": "big/plan/{job,shards}.json",
}
/** What is true after a command. */
const HOLDS: Readonly<Record<string, () => Promise<void>>> = {
  "maille run lidar/ --products dhm --kernel ./canopy.js --set tall.height=8 --out tall/": async () => {
    const heights = await cellsOf("tall/raster/dhm")
    const tall = await cellsOf("tall/raster/tall")
    expect([...tall.values()]).toEqual(expect.arrayContaining([0, 1]))
    // Rasters are rounded when they are written, after the kernel saw them.
    const wrong = [...heights].filter(([cell, z]) => Math.abs(z - 8) > 0.01 && tall.get(cell) !== Number(z >= 8))
    expect(wrong).toEqual([])
  },
  "maille run maille-demo/input/lidar --tile-size 50 --products dhm --kernel ./canopy.js --out b/": async () =>
    expect(await cellsOf("b/raster/tall")).toEqual(await cellsOf("a/raster/tall")),
  "maille publish out/ s3://bucket/34": async () => {
    const products = store.log.filter((line) => line.startsWith("PUT") && !line.endsWith("/published.json"))
    expect(products.at(-1)).toBe("PUT bucket/34/tileset.json")
  },
}

let reader: Reader
let store: S3Server
let kept: KeptMaille
let cluster: Cluster | undefined
beforeAll(async () => {
  const made = await mkdtemp(join(tmpdir(), "maille-guide-"))
  ;[reader, store] = await Promise.all([makeReader(made), startS3Server()])
  kept = keptMaille(made)
  if (hasSlurm) cluster = await Cluster.start({ NODES: 1, CPUS: 2, MEM: 8192 })
})
afterAll(async () => {
  kept.close()
  await cluster?.stop()
  await Promise.all([reader.server.close(), store.close()])
  rmSync(reader.folder, { recursive: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, ...s3Environment(store), ...cluster?.env })

/**
 * Runs a program to its end; `onText` sees all of standard output so far, and may end the program.
 */
const start = (
  [program = "", ...args]: readonly string[],
  onText: (text: string, end: () => void) => void = () => undefined,
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: reader.folder, env: environment(), stdio: ["ignore", "pipe", "pipe"] })
    let [stdout, stderr] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      onText(stdout, () => child.kill("SIGINT"))
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })
const shell = (script: string): Promise<Ended> => start(["bash", "-c", script])

/** Words of a line of the shell, which quotes only whole words; without variables. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"$]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain!)
const program = (line: string): string[] => [process.execPath, mailleScript, ...smallArgs(wordsOf(line).slice(1))]

/** Names of the commands that have had a process of their own. */
const started = new Set<string>()
/**
 * Runs a line: the first of each command in a process of its own, as its reader does, the others in
 * one that stays.
 */
const execute = (line: string): Promise<Ended> => {
  const [first, name = ""] = wordsOf(line)
  if (first !== "maille") return shell(line)
  if (started.has(name)) return kept.run(smallArgs(wordsOf(line).slice(1)), environment())
  started.add(name)
  return start(program(line))
}

const substituted = (command: string): string =>
  SUBSTITUTES.reduce((text, [from, by]) => text.replaceAll(from, () => by(reader)), command)

/** Runs a command of a page and checks its exit code and the files that its options name. */
const follow = async (command: string, before = ""): Promise<void> => {
  const ended = await execute(substituted(before) + substituted(command))
  expect(ended.code, `${command}\n${ended.stderr}`).toBe(CODES[command] ?? 0)
  const named = [...command.matchAll(/ (?:-o|--out|--to|--map) (?!s3:)([\w./-]*[./][\w./-]*)/g)].map(
    ([, path = ""]) => path,
  )
  const files = [...named, LEAVES[command] ?? ""].join(" ").trim()
  if (files !== "") expect((await shell(`ls -d ${files} >/dev/null`)).stderr).toBe("")
  await HOLDS[command]?.()
}

/** Opens the page that `maille view` serves, then stops it as Ctrl-C does. */
const look = async (command: string): Promise<void> => {
  let status = 0
  const ended = await start(program(`${command} --port 0`), (text, end) => {
    const [address] = /http:\S+/.exec(text) ?? []
    if (address === undefined) return
    void fetch(address).then((answer) => {
      status = answer.status
      end()
    })
  })
  expect(status, ended.stderr).toBe(200)
}

/**
 * A task of each shard of the plan, where the page shows one; where a cluster has made them all,
 * that one.
 */
const followShards = async (command: string): Promise<void> => {
  const plan = JSON.parse(readFileSync(join(reader.folder, "big/plan/shards.json"), "utf8"))
  const all: readonly unknown[] = command.includes("region") ? plan.regions : plan.shards
  expect(all.length).toBeGreaterThan(1)
  for (let i = 0; i < (hasSlurm ? 1 : all.length); i++) await follow(command.replace(/--shard \d+/, `--shard ${i}`))
}

/** Submits what is left, and waits until the cluster has finished it. */
const resume = async (command: string): Promise<void> => {
  await follow(command)
  await waitUntil("an empty queue", 240, async () => (await cluster!.asks("squeue", "-h")) === "")
  const { code, stdout } = await execute("maille status big/")
  expect(code, stdout).toBe(0)
}

const executorOf = (command: string): ((command: string, before: string) => Promise<void>) => {
  if (command.startsWith("maille view")) return look
  if (command.startsWith("maille resume")) return resume
  return command.includes("--shard ") ? followShards : follow
}

/** Cells of the rasters in a folder, by their places. */
const cellsOf = async (rasters: string): Promise<Map<string, number>> => {
  const cells = new Map<string, number>()
  for (const name of readdirSync(join(reader.folder, rasters)).filter((one) => one.endsWith(".tif"))) {
    const { data, width, minX, maxY, cellSize } = await readRaster(join(reader.folder, rasters, name))
    for (const [i, value] of data.entries())
      cells.set(`${minX + (i % width) * cellSize} ${maxY - Math.floor(i / width) * cellSize}`, value)
  }
  expect(cells.size).toBeGreaterThan(1000)
  return cells
}

const save =
  (name: string) =>
  async (code: string): Promise<void> =>
    writeFileSync(join(reader.folder, name), substituted(code))

/** A script: it prints something. */
const runScript = async (code: string): Promise<void> => {
  await save("script.mjs")(code)
  const { stdout, stderr } = await start([process.execPath, "script.mjs"])
  expect(stdout, stderr).not.toBe("")
}

/** A part of a kernel, in the kernel of the page. */
const declare = async (code: string): Promise<void> => {
  await save("part.js")(`import kernel from "./canopy.js"\nexport default { ...kernel, id: "raster.part", ${code} }\n`)
  // A process of its own: the module has the name of the part before.
  const { code: ended, stderr } = await start(program("maille kernels raster.part --kernel ./part.js"))
  expect(ended, stderr).toBe(0)
}

/** What a reader does with blocks of other languages, in their order. */
const USES: Readonly<Record<string, readonly ((code: string) => Promise<void>)[]>> = {
  "README.md": [runScript],
  "docs/guide/first-run.md": [save("job.json")],
  "docs/guide/imagery.md": [runScript],
  "docs/guide/compute.md": [runScript, runScript, runScript, runScript],
  "docs/guide/scenarios.md": [runScript, runScript, runScript],
  "docs/guide/write-a-kernel.md": [save("canopy.js"), declare, declare],
  "docs/guide/kernel-files.md": [declare],
}

const executed: string[] = []
const codes: string[] = []
describe.each(PAGES)("%s", (page) => {
  const uses = [...(USES[page] ?? [])]
  for (const block of blocksOf(page)) {
    if (block.language !== "sh") {
      const use = uses.shift()
      codes.push(block.code)
      it(`${block.language}: ${block.code.split("\n")[0]}`, () => use!(block.code))
      continue
    }
    for (const { command, before } of commandsOf(block)) {
      if (page === "README.md" && executed.includes(command)) continue
      executed.push(before + command)
      const isLeftOut = Object.keys(NOT_EXECUTED).some((start) => command.startsWith(start))
      const [, has = true, flag] = NEEDS.find(([start]) => command.startsWith(start)) ?? []
      const does = async (): Promise<void> => executorOf(command)(has ? command : `${command} ${flag}`, before)
      it.skipIf(isLeftOut || (!has && flag === undefined))(`$ ${command}`, does)
    }
  }
})

describe("the guide", () => {
  it("is executed, and has every command that the tables above name", () => {
    const pages = readdirSync(`${root}docs/guide`).filter((name) => name.endsWith(".md"))
    expect(GUIDE.map((page) => basename(page)).sort()).toEqual(pages.sort())
    const starts = [...Object.keys(NOT_EXECUTED), ...NEEDS.map(([start]) => start)]
    expect(starts.filter((start) => !executed.some((command) => command.startsWith(start)))).toEqual([])
    const whole = [...Object.keys(CODES), ...Object.keys(LEAVES), ...Object.keys(HOLDS)]
    expect(whole.filter((command) => !executed.includes(command))).toEqual([])
    const texts = SUBSTITUTES.map(([text]) => text)
    expect(texts.filter((text) => ![...executed, ...codes].some((code) => code.includes(text)))).toEqual([])
  })

  it.each(GUIDE)("has the same commands and code in French: %s", (page) => {
    const codeOf = (path: string): string[] =>
      blocksOf(path).map(({ language, code }) => `${language}\n${withoutComments(code)}`)
    expect(codeOf(page.replace("guide/", "guide/fr/"))).toEqual(codeOf(page))
  })
})
