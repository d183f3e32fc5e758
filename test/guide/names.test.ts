/** The files that the guide's commands read are those that `maille demo --guide` writes. */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, it } from "vitest"
import { mailleScript } from "../cli/maille.js"
import { root } from "../source-tree.js"
import { until } from "../until.js"
import { blocksOf, commandsOf } from "./pages.js"

/** Files that a reader gets elsewhere, each as its page says, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "fr_ign_RAF20.tif": "real data of IGN",
  "departements.geojson": "real data of IGN",
  "job.json": "a block of first-run",
  "canopy.js": "a block of write-a-kernel",
}

const pages = readdirSync(`${root}docs/guide`).filter((name) => name.endsWith(".md"))
const commands = pages
  .flatMap((page) => blocksOf(`docs/guide/${page}`))
  .filter(({ language }) => language === "sh")
  .flatMap((block) => commandsOf(block).map(({ command }) => command))
const codes = pages.flatMap((page) => blocksOf(`docs/guide/${page}`)).filter(({ language }) => language !== "sh")
/** Where commands, jobs and scripts write. */
const written = commands
  .flatMap((command) => [
    ...[...command.matchAll(/ (?:-o|--out|--to|--map|--guide) ([\w./-]+)/g)].map(([, path = ""]) => path),
    ...[...command.matchAll(/kernels new ([\w/]+)/g)].map(([, path = ""]) => path),
  ])
  .concat(codes.flatMap(({ code }) => [...code.matchAll(/\bout"?: "([\w-]+)"/g)].map(([, path = ""]) => path)))
const topOf = (path: string): string => path.replace(/^\.\//, "").split("/")[0] ?? ""
/** Names that commands and scripts read: folders with a slash, and files of inputs. */
const names = [
  ...commands
    .filter((command) => command.startsWith("maille "))
    .flatMap((command) => command.split(" ").slice(1))
    .filter((word) => /^(\.\/)?[\w-]+\/$|^(\.\/)?[\w/.-]+\.(geojson|tif|js|json|las|laz|OPK)$/.test(word)),
  ...codes
    .filter(({ language }) => language !== "json")
    .flatMap(({ code }) => [...code.matchAll(/"(\w[\w-]*\/[\w.-]*\.?\w*)"/g)].map(([, path = ""]) => path)),
]
const tops = new Set(written.map(topOf))
const read = [...new Set(names)].filter((name) => !name.startsWith("maille/") && !tops.has(topOf(name)))

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-guide-names-"))
  await promisify(execFile)(process.execPath, [mailleScript, "demo", "--guide", folder])
})
afterAll(() => rm(folder, { recursive: true }))

it("writes every file that commands and scripts of the guide read", () => {
  expect(read.length).toBeGreaterThan(12)
  expect(read.filter((name) => !existsSync(join(folder, name)) && ELSEWHERE[topOf(name)] === undefined)).toEqual([])
  const unused = Object.keys(ELSEWHERE).filter((name) => !read.some((one) => topOf(one) === name))
  expect(unused).toEqual([])
})

it("writes nothing that no page reads", () => {
  const used = new Set(read.map(topOf))
  expect(readdirSync(folder).filter((name) => !used.has(name))).toEqual([])
})

it("refuses a folder with files", async () => {
  const again = promisify(execFile)(process.execPath, [mailleScript, "demo", "--guide", folder])
  await expect(again).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("Choose a new folder") })
})

it("goes on in a folder that a killed call left", async () => {
  const cut = join(folder, "..", `${basename(folder)}-cut`)
  try {
    const first = spawn(process.execPath, [mailleScript, "demo", "--guide", cut], { stdio: "ignore" })
    const ended = once(first, "exit")
    await until("the first file", () => existsSync(join(cut, "lidar")))
    first.kill("SIGKILL")
    expect((await ended)[1]).toBe("SIGKILL")
    expect(existsSync(join(cut, "relief.tif"))).toBe(false)
    // Cut between images and vectors.
    await mkdir(join(cut, "images"))
    await writeFile(join(cut, "images", "old.jpg"), "")
    await promisify(execFile)(process.execPath, [mailleScript, "demo", "--guide", cut])
    expect(readdirSync(cut, { recursive: true }).sort()).toEqual(readdirSync(folder, { recursive: true }).sort())
  } finally {
    await rm(cut, { recursive: true, force: true })
  }
})
