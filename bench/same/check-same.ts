/**
 * Compares the output of this tree and of an earlier commit on the same scenes, byte by byte and
 * field by field: `npm run check:same -- --base REF`. Exit codes: 0 the same, 1 something differs,
 * 2 wrong call, 3 base does not build.
 */
import { existsSync, rmSync } from "node:fs"
import { cp, mkdir, mkdtemp, readFile, realpath } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, isAbsolute, join, resolve } from "node:path"
import { EngineError } from "../../engine/errors.js"
import { buildStep, resolveCommit, withWorktrees } from "../guard/trees.js"
import { projectRoot } from "../machine.js"
import { labCommand, wordsOf } from "../options.js"
import { isObject, type Json, listDifferences, normalise, withoutProse } from "./json.js"
import { callOfBase, parseRenames, type Renames, renameDocument, renamesSince } from "./renames.js"
import { type Call, makeScenes, type Scene } from "./scenes.js"
import {
  type Answer,
  call,
  countTaskRecords,
  hashFiles,
  raiseVersions,
  readDocument,
  readTasks,
  type Tree,
  treeOf,
} from "./tree.js"

interface Flags {
  readonly base: string
  readonly only?: readonly string[]
  readonly ignoreTexts?: true
  readonly keep?: string
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Number of differences shown for each comparison. */
const SHOWN = 20

/** Both trees, and the results so far. */
interface Comparison {
  readonly base: Tree
  readonly ours: Tree
  readonly renames: Renames
  readonly ignoreTexts: boolean
  /** The order may differ, because several threads made the result. */
  readonly anyOrder?: boolean
  readonly count: { same: number; different: number; skipped: number }
}

export const main = async (args: string[]): Promise<number> => {
  const flags = labCommand(
    "same",
    "Builds the commit REF in a worktree, runs it and this tree, as it is, on the same scenes with 1 and 2 workers, and\n" +
      "compares products, tasks with their hashes, JSON documents and exit codes. A folder that REF finished must be up to\n" +
      "date for this tree. Words of test/renames.json that REF has not yet are applied to REF's calls and documents first.",
  )
    .requiredOption("--base <ref>", "the commit to compare with, such as HEAD~1")
    .option("--only <names>", "some scenes only, with commas: demo,delft", wordsOf)
    .option("--ignore-texts", "texts of three words and more may be worded otherwise")
    .option("--keep <dir>", "work in this new folder, and leave it there")
    .parse(args, { from: "user" })
    .opts<Flags>()
  const commit = await resolveCommit(projectRoot, flags.base)
  const scenes = chooseScenes(flags.only)
  const folder = await workFolder(flags.keep)
  // On "exit", which signals also lead to.
  if (flags.keep === undefined) process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const count = { same: 0, different: 0, skipped: 0 }
  say(`Building ${commit.slice(0, 12)} …`)
  const build = async (tree: string): Promise<string> => {
    const renames = renamesSince(await readRenames(projectRoot), await readRenames(tree))
    await raiseVersions(tree, renames)
    await buildStep(tree, commit, "npm", ["run", "build", "--silent"])
    return tree
  }
  await withWorktrees(projectRoot, [commit], build, async ([tree = ""]) => {
    const base = await treeOf(tree, join(folder, "base"))
    const ours = await treeOf(projectRoot, join(folder, "ours"))
    const renames = renamesSince(await readRenames(ours.root), await readRenames(base.root))
    const comparison = { base, ours, renames, ignoreTexts: flags.ignoreTexts === true, count }
    for (const scene of scenes) await compareScene(comparison, scene, join(folder, "input", scene.name))
  })
  say(`${count.same} same, ${count.different} different, ${count.skipped} skipped`)
  return count.different === 0 ? 0 : 1
}

const chooseScenes = (only: readonly string[] | undefined): Scene[] => {
  const scenes = makeScenes(process.env["MAILLE_TEST_DATA"] ?? resolve(projectRoot, "../shared/data"))
  const wanted = only ?? scenes.map(({ name }) => name)
  const unknown = wanted.find((name) => !scenes.some((scene) => scene.name === name))
  // A scene without runs works on the folders of the scene before it.
  const isNeeded = (index: number): boolean => {
    const [{ name }, after] = [scenes[index] as Scene, scenes[index + 1]]
    return wanted.includes(name) || (after !== undefined && after.run === undefined && isNeeded(index + 1))
  }
  if (unknown === undefined) return scenes.filter((_, index) => isNeeded(index))
  throw new EngineError("E_USAGE", `--only ${unknown}: there are ${scenes.map(({ name }) => name).join(", ")}`)
}

const workFolder = async (keep: string | undefined): Promise<string> => {
  if (keep !== undefined && existsSync(keep))
    throw new EngineError("E_USAGE", `--keep ${keep}: it exists; name a new folder`)
  const folder = await realpath(keep === undefined ? await mkdtemp(join(tmpdir(), "maille-same-")) : await made(keep))
  for (const part of ["base", "ours", "input"]) await mkdir(join(folder, part))
  return folder
}

const made = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true })
  return folder
}

/** The table of a tree. Only this tree's is checked: an earlier one may have rules of its day. */
const readRenames = async (root: string): Promise<Renames> => {
  const path = join(root, "test/renames.json")
  return parseRenames(existsSync(path) ? await readFile(path, "utf8") : "{}", root === projectRoot)
}

const compareScene = async (comparison: Comparison, scene: Scene, input: string): Promise<void> => {
  const { name, run } = scene
  const reason = await scene.missing?.()
  if (reason !== undefined) return skip(comparison, name, reason)
  const began = performance.now()
  await scene.make?.(comparison.base.root, await made(input))
  if (run !== undefined) await compareRuns(comparison, name, run)
  for (const one of scene.calls) await compareCall(comparison, `${name}: ${titleOf(one.args)}`, one)
  say(`           ${name}: ${Math.round((performance.now() - began) / 1000)} s`)
}

const compareRuns = async (comparison: Comparison, name: string, run: readonly string[]): Promise<void> => {
  await compareCall(comparison, `${name}: plan`, { args: ["plan", ...run, "--out", `${name}-1`, "--json"] })
  for (const workers of [1, 2]) {
    const [title, out] = [`${name}, ${workers === 1 ? "1 worker" : `${workers} workers`}`, `${name}-${workers}`]
    const how = { ...comparison, anyOrder: workers > 1 }
    await compareCall(how, `${title}: run`, {
      args: ["run", ...run, "--out", out, "--workers", `${workers}`, "--json"],
    })
    await compareCall(how, `${title}: products`, { args: ["hash", out, "--list", "--json"] })
    await compareBoth({ ...how, anyOrder: true }, `${title}: tasks and hashes`, (tree) => readTasks(tree, out))
    for (const file of ["job.json", "plan.json", "report.json"]) {
      await compareBoth(how, `${title}: ${file}`, (tree) => readDocument(tree, `${out}/${file}`))
    }
  }
  await compareUnchanged(comparison, name, run)
}

/** Makes a call in both trees; compares exit codes, documents and written files. */
const compareCall = async (comparison: Comparison, title: string, one: Call): Promise<void> => {
  const { args, writes = [], unlike = [], fails = false } = one
  const { base, ours, renames } = comparison
  const [before, after] = await Promise.all([call(base, callOfBase(args, renames)), call(ours, args)])
  // Two calls that fail in the same way would compare as the same without a result.
  if ((before.exit === 0) === fails)
    return judge(comparison, title, [`base ended with exit code ${before.exit}: ${before.said}`])
  const other = renames.documents.find(({ call: words }) => `${args.join(" ")} `.startsWith(`${words} `))
  const written = (tree: Tree): Promise<Json[][]> => Promise.all(writes.map((path) => hashFiles(tree.folder, path)))
  const [filesBefore, filesAfter] = [await written(base), await written(ours)]
  const nothing = writes.find((_, i) => filesBefore[i]?.length === 0)
  if (nothing !== undefined) return judge(comparison, title, [`base wrote no ${nothing}`])
  const found = ({ exit, document, said }: Answer, files: Json): Json => {
    // Messages explain a different exit code; they are no interface themselves.
    if (isObject(document)) for (const field of unlike) delete document[field]
    return {
      exit,
      files,
      ...(other === undefined ? { document } : {}),
      ...(before.exit === after.exit ? {} : { said }),
    }
  }
  const left = other === undefined ? "" : `; documents not compared: ${other.reason}`
  compareDocuments(comparison, `${title}${left}`, found(before, filesBefore), found(after, filesAfter))
}

const titleOf = (args: readonly string[]): string => {
  const words = args.map((word) => (isAbsolute(word) ? basename(word) : word))
  return words.length <= 9 ? words.join(" ") : `${words.slice(0, 2).join(" ")} … ${words.slice(-5).join(" ")}`
}

const compareBoth = async (
  comparison: Comparison,
  title: string,
  find: (tree: Tree) => Promise<Json>,
): Promise<void> => {
  const [before, after] = await Promise.all([find(comparison.base), find(comparison.ours)])
  const isEmpty = before === null || (Array.isArray(before) && before.length === 0)
  if (isEmpty) return judge(comparison, title, ["base has nothing there"])
  compareDocuments(comparison, title, before, after)
}

/**
 * A folder that base finished: this tree must find no work in it and leave its products unchanged.
 */
const compareUnchanged = async (comparison: Comparison, name: string, run: readonly string[]): Promise<void> => {
  const { base, ours, renames } = comparison
  const title = `${name}, finished by base`
  const [reason] = renames.unreadable
  if (reason !== undefined) return skip(comparison, title, reason.reason)
  const out = `${name}-again`
  for (const { folder } of [base, ours]) {
    await cp(join(base.folder, `${name}-1`), join(folder, out), { recursive: true, preserveTimestamps: true })
  }
  await compareCall(comparison, `${title}: run again`, {
    args: ["run", ...run, "--out", out, "--workers", "1", "--json"],
  })
  await compareCall(comparison, `${title}: products`, { args: ["hash", out, "--list", "--json"] })
  const [before, after] = [await countTaskRecords(base, `${name}-1`), await countTaskRecords(ours, out)]
  const faults = before === after ? [] : [`${(after - before) / 2} task(s) were done again`]
  judge(comparison, `${title}: every task unchanged`, faults)
}

const compareDocuments = (comparison: Comparison, title: string, before: Json, after: Json): void => {
  const { base, ours, renames, ignoreTexts, anyOrder = false } = comparison
  const isRenamed = Object.values(renames).some((list) => list.length > 0)
  const plain = (document: Json, { root, folder, version }: Tree, side: "base" | "ours"): Json => {
    const places = {
      folders: [[folder, "FOLDER"] as const, [root, "TREE"] as const],
      version,
      anyOrder: anyOrder || isRenamed,
    }
    const renamed = normalise(renameDocument(document, renames, side), places)
    return ignoreTexts ? withoutProse(renamed) : renamed
  }
  judge(comparison, title, listDifferences(plain(before, base, "base"), plain(after, ours, "ours")))
}

const skip = ({ count }: Comparison, title: string, reason: string): void => {
  count.skipped++
  say(`skipped    ${title}: ${reason}`)
}

const judge = ({ count }: Comparison, title: string, differences: readonly string[]): void => {
  if (differences.length === 0) {
    count.same++
    say(`same       ${title}`)
    return
  }
  count.different++
  say(`different  ${title}: ${differences.length} difference(s), base → ours`)
  for (const line of differences.slice(0, SHOWN)) say(`             ${line.slice(0, 300)}`)
}
