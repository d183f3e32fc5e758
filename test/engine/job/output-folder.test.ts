/**
 * What a folder is to maille: an output folder with a job, a plan, a new one, or somebody else's.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { describeOutput } from "../../../cli/view/describe-output.js"
import { validateHashes } from "../../../engine/check/validate-hashes.js"
import { validateOutput } from "../../../engine/check/validate-output.js"
import { openComparedLayer } from "../../../engine/compare/compared-layer.js"
import { sealJson } from "../../../engine/core/json/sealed-json.js"
import { readFolderStatus } from "../../../engine/distributed/folder-status.js"
import { convertLayers } from "../../../engine/export/convert-layers.js"
import { exportTile } from "../../../engine/export/export-tile.js"
import {
  folderOfJobFile,
  readStoredJob,
  requireNewFolder,
  requireStoredJob,
} from "../../../engine/job/output-folder.js"
import { readMeasuredRun } from "../../../engine/plan/cost/fit-cost.js"
import { readShardPlan } from "../../../engine/plan/shards/read-shard-plan.js"
import { openOutputFolder } from "../../../engine/preview/output-folder.js"
import { hashOutput } from "../../../engine/report/hash-output.js"
import { asOutput } from "../../output-folder.js"

let folder = ""
const put = (path: string, text = "{}"): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const place = (name: string): string => join(folder, name)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-output-"))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("a folder that is none of maille's", () => {
  const commands: [string, (out: string) => Promise<unknown>, writer?: string][] = [
    ["hash, publish", (out) => hashOutput(out)],
    ["validate", (out) => validateOutput(out)],
    ["preview", (out) => openOutputFolder(out)],
    ["view", (out) => describeOutput(out)],
    ["convert", (input) => convertLayers({ input, to: "geojson", out: place("never") })],
    ["export", (out) => exportTile({ folder: out, tile: "1/0/0", format: "obj", out: place("never.obj") })],
    ["update, retry", (out) => requireStoredJob(out)],
    ["status", (out) => readFolderStatus(out)],
    ["validate --hashes", (out) => validateHashes(out)],
    ["plan --costs-from", (out) => readMeasuredRun(out)],
    ["compare", (out) => openComparedLayer(out, "building")],
    ["submit, resume, cancel", (out) => readShardPlan(out), "maille plan --shards"],
  ]
  it.each(commands)("is refused by %s in the same words", async (name, command, writer = "maille run --out") => {
    mkdirSync(place("empty"), { recursive: true })
    put("points/a.laz", "LASF")
    put("file.txt", "mine")
    const none = "not an output folder of maille (no job.json)"
    const cases: Record<string, string> = { empty: none, points: none }
    // Convert and compare take a file or a folder.
    if (name !== "compare") cases["absent"] = "no such folder"
    if (name !== "compare" && name !== "convert") cases["file.txt"] = "a file, not an output folder"
    for (const [out, what] of Object.entries(cases)) {
      const message = `${place(out)}: ${what}. Give the folder that "${writer}" wrote.`
      await expect(command(place(out)), out).rejects.toMatchObject({ code: "E_INPUT", message })
    }
  })

  it("is refused too where its job.json states other types, sealed or not", async () => {
    const sound = { version: "0", inputs: ["a.las"], out: "/out", epsg: 2154, tileSize: 1000 }
    const wrong = { products: "dtm", vectorFormats: 7, kernels: { a: 1 }, inputs: [[]], modules: "x", source: [] }
    for (const [field, value] of Object.entries(wrong)) {
      const text = JSON.stringify({ ...sound, [field]: value })
      put("typed/job.json", text)
      for (const copy of [text, "7", "{", '{"inputs":[]}']) {
        put("typed/.work/copy/job.json", sealJson(JSON.stringify({ text: copy })))
        for (const [name, command] of commands.filter(([, , writer]) => writer === undefined))
          await expect(command(place("typed")), `${name}, ${field}`).rejects.toMatchObject({
            code: "E_INPUT",
            message: expect.stringContaining("job.json is damaged, or not of a run"),
          })
      }
    }
  })

  it("is new while it is empty, or a run or plan was killed before it had a job", async () => {
    put("hidden/.DS_Store")
    mkdirSync(place("hidden/lost+found"))
    put("begun/.work/lock")
    put("begun/plan/index.7.tmp")
    put("begun/colours.json")
    for (const name of ["absent", "empty", "hidden", "begun"])
      await expect(requireNewFolder(place(name))).resolves.toBeUndefined()
    put("begun/thesis.txt")
    put("planless/plan/mine.txt")
    for (const name of ["begun", "planless"])
      await expect(requireNewFolder(place(name))).rejects.toMatchObject({ code: "E_USAGE" })
  })

  it("may hold a job file of the user's own", async () => {
    put("mine/job.json", JSON.stringify({ inputs: ["a.las"], out: "." }))
    expect(await readStoredJob(place("mine"))).toBeUndefined()
    expect(await folderOfJobFile(place("mine/job.json"))).toBeUndefined()
    await expect(requireNewFolder(place("mine"))).rejects.toThrow(/contains job\.json and no job of maille/)
  })
})

describe("the job of a folder", () => {
  it("belongs to the folder that holds it, as the job of a run or of a plan", async () => {
    asOutput(place("run"))
    cpSync(place("run"), place("copied"), { recursive: true })
    put("planned/plan/job.json", JSON.stringify({ version: "0", inputs: ["b.las"], out: "/elsewhere" }))
    put("planned/plan/shards.json")
    expect(await folderOfJobFile(place("copied/job.json"))).toBe(place("copied"))
    expect(await folderOfJobFile(place("planned/plan/job.json"))).toBe(place("planned"))
    expect((await readStoredJob(place("planned")))?.inputs).toEqual(["b.las"])
    cpSync(place("run/job.json"), place("run/other.json"))
    expect(await folderOfJobFile(place("run/other.json"))).toBeUndefined()
  })
})

describe("the status of a folder", () => {
  const task = (stage: string, key: string, dependsOn: string[] = []) => ({
    id: `${stage} ${key}`,
    stage,
    key,
    hash: "h",
    dependsOn,
  })
  const end = (stage: string, key: string, outcome: string, hash = "h") => ({
    type: "end",
    stage,
    key,
    outcome,
    hash,
    files: [],
  })
  const run = { type: "run", version: "0", tasks: 4, planHash: "p", at: "2026-01-01T00:00:00Z" }
  const tasks = [
    ...["1/0/0", "1/0/1", "1/1/0"].map((key) => task("tile", key)),
    task("layer", "tree", ["tile 1/0/0", "tile 1/0/1", "tile 1/1/0"]),
  ]
  const write = (name: string, records: readonly object[]): string => {
    asOutput(place(name))
    put(`${name}/plan.json`, JSON.stringify({ hash: "p", tasks }))
    put(`${name}/journal.jsonl`, records.map((record) => `${sealJson(JSON.stringify(record))}\n`).join(""))
    return place(name)
  }
  const ends = [end("tile", "1/0/0", "done"), end("tile", "1/0/1", "skipped"), end("tile", "1/1/0", "quarantined")]

  it("counts what is made, skipped, failed and left, each once", async () => {
    const through = write("through", [run, ...ends, end("layer", "tree", "done"), { type: "finish", at: "" }])
    const counts = { tasks: 4, done: 2, skipped: 1, failed: 0, quarantined: 1, left: 0 }
    expect(await readFolderStatus(through)).toMatchObject({ finished: true, ...counts, faults: ["tile 1/1/0"] })
    const { stages } = await readFolderStatus(through)
    expect(stages.map(({ stage, tasks: all, done }) => [stage, all, done])).toEqual([
      ["tile", 3, 1],
      ["layer", 1, 1],
    ])
  })

  it("takes nothing of an earlier job for done, and says what is left of a run that was stopped", async () => {
    const old = [end("tile", "1/0/0", "done", "old"), end("layer", "tree", "done", "old")]
    const again = write("again", [run, ...old, { type: "finish", at: "" }, run, ends[0]!])
    expect(await readFolderStatus(again)).toMatchObject({ finished: false, done: 1, skipped: 0, left: 3 })
    rmSync(join(again, "plan.json"))
    expect(await readFolderStatus(again)).toMatchObject({ finished: false, tasks: 0 })
  })
})
