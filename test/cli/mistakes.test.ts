/**
 * Users' mistakes at the command line: the exit code, the words of the message, and that no file
 * which was there is lost or changed.
 */
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, it } from "vitest"
import { sha256 } from "../../engine/core/hash.js"
import { type KeptMaille, keptMaille } from "../run-maille.js"
import { type Ended, mailleScript } from "./maille.js"
import { writeMistakesScene } from "./mistakes-scene.js"
import { type Mistake, mistakes } from "./mistakes-table.js"

let folder = ""
let before = new Map<string, string>()
let host: KeptMaille
/** Folders that cases write into. */
const own = ["outs", "copies"]

const hashesIn = async (root: string): Promise<Map<string, string>> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return new Map(await Promise.all(files.map(async (file) => [file, sha256(await readFile(file))] as const)))
}
/** Folders of cases that run at the same time are not read. */
const sceneHashes = async (): Promise<Map<string, string>> => {
  const names = (await readdir(folder)).filter((name) => !own.includes(name))
  const parts = await Promise.all(
    names.map(async (name): Promise<[string, string][]> => {
      const path = join(folder, name)
      return (await stat(path)).isDirectory() ? [...(await hashesIn(path))] : [[path, sha256(await readFile(path))]]
    }),
  )
  return new Map(parts.flat())
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maille-mistakes-"))
  await writeMistakesScene(folder)
  for (const name of own) await mkdir(join(folder, name))
  before = await sceneHashes()
  host = keptMaille(folder)
})
afterAll(async () => {
  host.close()
  await rm(folder, { recursive: true, force: true })
})

/**
 * Mistakes in a process of their own, as users make them: the first of each command, and what works
 * or waits. The process of the others starts no run.
 */
const hasOwnProcess = (mistake: Mistake): boolean => {
  const nameOf = (one: Mistake): string => textOf(one).split(" ")[0] ?? ""
  const isFirst = mistakes.find((other) => nameOf(other) === nameOf(mistake)) === mistake
  return isFirst || mistake.code < 2 || textOf(mistake).includes("127.0.0.1")
}
const textOf = ({ args }: Mistake): string => (typeof args === "string" ? args : args.join(" "))

/** No bucket of anybody's: a port that answers nothing. */
const env = {
  ...process.env,
  AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "a",
  AWS_SECRET_ACCESS_KEY: "b",
}
/** Runs the command in the scene's folder, in a process of its own. */
const maille = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [mailleScript, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })

/** Sentences of the messages; a list of known names is none. */
const sentencesOf = (text: string): string[] =>
  text
    .split("\n")
    .flatMap(
      (line) => /^(?:[\d:]{8} )?(?:maille|error|failed|cannot be used): (.*)$/.exec(line)?.[1]?.split(/[.?:;] /) ?? [],
    )
    .filter((sentence) => !/^(Known|Allowed choices)/.test(sentence))

describe.concurrent("a mistake", () => {
  it.for(mistakes.map((mistake, index) => [textOf(mistake), mistake, index] as const))(
    "%s",
    async ([text, mistake, index], { expect }) => {
      const { args, code, says, never } = mistake
      const copy = `copies/${index}`
      if (text.includes("MADE")) await cp(join(folder, "made"), join(folder, copy), { recursive: true })
      const copied = await hashesIn(join(folder, copy)).catch(() => new Map<string, string>())
      const words = typeof args === "string" ? args.split(" ") : args
      const line = words.map((word) => word.replace("OUT", `outs/${index}`).replace("MADE", copy))
      const ended = await (hasOwnProcess(mistake) ? maille(line) : host.run(line, env))
      const both = `${ended.stdout}\n${ended.stderr}`
      for (const word of says) expect(both).toMatch(word)
      if (never !== undefined) expect(both).not.toMatch(never)
      expect(ended.code, both).toBe(code)
      const lines = ended.stderr.split("\n").map((line) => line.replace(/^[\d:]{8} /, ""))
      expect(lines.filter((line, i) => line.length > 20 && lines.indexOf(line) < i)).toEqual([])
      if (code === 2) expect(ended.stdout).toBe("")
      // Neither a stack nor bytes of a file.
      expect(both).not.toMatch(/fault of maille|\n +at |\ufffd/)
      expect([...both].filter((letter) => letter < " " && letter !== "\n")).toEqual([])
      for (const sentence of sentencesOf(both)) expect(sentence.split(/\s+/).length, sentence).toBeLessThanOrEqual(25)
      const after = await sceneHashes()
      for (const [path, hash] of before) expect(after.get(path), path).toBe(hash)
      const kept = await hashesIn(join(folder, copy)).catch(() => new Map<string, string>())
      for (const [path, hash] of copied) expect(kept.get(path), path).toBe(hash)
    },
  )
})
