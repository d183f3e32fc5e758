/** Calls the command of one of two compared trees, in its own folder, and reads the results. */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { readdir, readFile, realpath, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Json } from "./json.js"
import type { Renames } from "./renames.js"

/** A built tree, and the folder that its calls run in. */
export interface Tree {
  readonly root: string
  readonly folder: string
  /** Version of its package. */
  readonly version: string
}

/** Opens the tree at a path. */
export const treeOf = async (path: string, folder: string): Promise<Tree> => {
  const root = await realpath(path)
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }
  return { root, folder, version }
}

/**
 * Writes the ids and versions of the table into the sources of a tree before its build. Products
 * contain both, so their bytes would differ otherwise.
 *
 * @throws Error that names a kernel which the tree does not declare once at the earlier version
 */
export const raiseVersions = async (root: string, { kernels }: Renames): Promise<void> => {
  const texts = new Map<string, string>()
  for (const folder of ["cli", "engine", "kernels"])
    for (const path of await readdir(join(root, folder), { recursive: true }))
      if (path.endsWith(".ts")) texts.set(join(folder, path), await readFile(join(root, folder, path), "utf8"))
  const written = new Map(texts)
  for (const { old, new: later } of kernels) {
    const [[id = "", version], [to = "", raised]] = [old.split("@"), later.split("@")]
    const whole = new RegExp(`(?<![\\w.-])${id.replaceAll(".", "\\.")}(?![\\w-])`, "g")
    const declared = `id: "${id}",\n  version: ${version},\n`
    const owners = [...texts].filter(([, text]) =>
      version === undefined ? text.search(whole) >= 0 : text.includes(declared),
    )
    if (owners.length === 0 || (version !== undefined && owners.length > 1))
      throw new Error(`renames.json: the tree declares no ${old}`)
    for (const [path, text] of owners)
      texts.set(
        path,
        version === undefined
          ? text.replaceAll(whole, to)
          : text.replace(declared, `id: "${id}",\n  version: ${raised},\n`),
      )
  }
  for (const [path, text] of texts) if (written.get(path) !== text) await writeFile(join(root, path), text)
}

/** The end of a call. `document` is the JSON that it printed, or null if none was requested. */
export interface Answer {
  readonly exit: number
  readonly document: Json
  /** The last lines of its messages. */
  readonly said: string
}

/** Calls a tree's command. */
export const call = ({ root, folder }: Tree, args: readonly string[]): Promise<Answer> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" }
    const options = { cwd: folder, env, maxBuffer: 1 << 28 }
    execFile(process.execPath, [join(root, "dist/cli/main.js"), ...args], options, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      const said = stderr.trim().split("\n").slice(-3).join("\n")
      resolve({ exit, document: args.includes("--json") ? parsed(stdout) : null, said })
    })
  })

const parsed = (stdout: string): Json => {
  try {
    return JSON.parse(stdout) as Json
  } catch {
    return { noDocument: stdout.slice(0, 2000) }
  }
}

/** A JSON file in a tree's folder; null if it is missing. */
export const readDocument = async ({ folder }: Tree, path: string): Promise<Json> =>
  parsed(await readFile(join(folder, path), "utf8").catch(() => "null"))

/** Journal records of the ends of tasks in an output folder, with hash, outcome and files. */
export const readTasks = async (tree: Pick<Tree, "folder">, out: string): Promise<Json[]> =>
  (await readRecords(tree, out)).filter((record) => "outcome" in record)

/** Number of journal records with a task: one at its start and one at its end. */
export const countTaskRecords = async (tree: Tree, out: string): Promise<number> =>
  (await readRecords(tree, out)).filter((record) => "key" in record).length

const readRecords = async ({ folder }: Pick<Tree, "folder">, out: string): Promise<Record<string, Json>[]> => {
  const text = await readFile(join(folder, out, "journal.jsonl"), "utf8").catch(() => "")
  const lines = text.split("\n").filter((line) => line !== "")
  return lines.map((line) => JSON.parse(line) as Record<string, Json>)
}

/** Path and SHA-256 of the file at a path, or of all files in a folder; empty if it is missing. */
export const hashFiles = async (folder: string, path: string): Promise<Json[]> => {
  const names = await readdir(join(folder, path)).catch(() => undefined)
  if (names !== undefined) {
    const found = await Promise.all(names.sort().map((name) => hashFiles(folder, `${path}/${name}`)))
    return found.flat()
  }
  const bytes = await readFile(join(folder, path)).catch(() => undefined)
  return bytes === undefined ? [] : [{ path, sha256: createHash("sha256").update(bytes).digest("hex") }]
}
