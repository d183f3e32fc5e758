/** Builds commits in worktrees. */
import { execFile, spawnSync } from "node:child_process"
import { existsSync, rmSync } from "node:fs"
import { mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { EngineError } from "../../engine/errors.js"

/** A built commit. */
export interface Built {
  /** Folder of its worktree. */
  readonly root: string
  /** Its benchmarks: the URL of a module for each name. */
  readonly benches: ReadonlyMap<string, string>
}

const run = promisify(execFile)
const git = async (root: string, ...args: readonly string[]): Promise<string> =>
  (await run("git", [...args], { cwd: root, maxBuffer: 1 << 26 })).stdout.trim()

/** The full hash of a commit. @throws EngineError if this clone has no such commit */
export const resolveCommit = async (root: string, ref: string): Promise<string> => {
  try {
    return await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`)
  } catch {
    const isClone = existsSync(join(root, ".git"))
    const found = isClone ? `There is no commit "${ref}" in this clone` : `${root} is no clone of the repository`
    throw new EngineError(
      "E_USAGE",
      `${found}: fetch it first (git fetch origin ${ref}; in CI, clone the whole history)`,
    )
  }
}

/**
 * Tracked files that differ from the last commit; a comparison of commits does not include them.
 */
export const uncommittedFiles = async (root: string): Promise<string[]> =>
  (await git(root, "status", "--porcelain", "--untracked-files=no")).split("\n").filter((line) => line !== "")

/**
 * {@link withWorktrees}, each built by its own script. Nothing that this clone has compiled is
 * copied: the compiler would keep such files, because they are newer than the sources.
 *
 * @throws EngineError if a build fails
 */
export const withTrees = <T>(
  root: string,
  commits: readonly string[],
  use: (builds: readonly Built[]) => Promise<T>,
): Promise<T> => withWorktrees(root, commits, build, use)

/**
 * Checks out commits in worktrees, with this clone's node_modules, and builds them. Passes the
 * builds to `use` and removes the worktrees afterwards. Commits of the same content are built once.
 */
export const withWorktrees = async <B, T>(
  root: string,
  commits: readonly string[],
  build: (tree: string, commit: string) => Promise<B>,
  use: (builds: readonly B[]) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-trees-"))
  const contents = await Promise.all(commits.map((commit) => git(root, "rev-parse", `${commit}^{tree}`)))
  const first = (i: number): string => commits[contents.indexOf(contents[i] ?? "")] ?? ""
  const distinct = [...new Set(commits.map((_, i) => first(i)))]
  const treeOf = (commit: string): string => join(folder, commit.slice(0, 12))
  const onSignal = (): void => {
    rmSync(folder, { recursive: true, force: true })
    spawnSync("git", ["worktree", "prune"], { cwd: root })
    process.exit(130)
  }
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal)
  try {
    // One after the other, because git locks the list of worktrees.
    for (const commit of distinct) {
      await git(root, "worktree", "add", "--detach", treeOf(commit), commit)
      await symlink(join(root, "node_modules"), join(treeOf(commit), "node_modules"), "junction")
    }
    const builds = new Map<string, B>()
    await Promise.all(distinct.map(async (commit) => builds.set(commit, await build(treeOf(commit), commit))))
    return await use(commits.map((_, i) => builds.get(first(i)) as B))
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal)
    await rm(folder, { recursive: true, force: true })
    await git(root, "worktree", "prune").catch(() => undefined)
  }
}

const build = async (tree: string, commit: string): Promise<Built> => {
  if (!existsSync(join(tree, "bench", "tsconfig.json")))
    throw new EngineError("E_INPUT", `Commit ${commit.slice(0, 12)} has no benchmarks`)
  await buildStep(tree, commit, "npm", ["run", "build", "--silent"])
  const url = pathToFileURL(join(tree, "dist", "bench", "runner.js")).href
  const { listBenches } = (await import(url)) as { listBenches(): Promise<Built["benches"]> }
  return { root: tree, benches: await listBenches() }
}

/**
 * Runs one program of a commit's build in its tree.
 *
 * @throws EngineError with its output if it fails
 */
export const buildStep = async (
  tree: string,
  commit: string,
  program: string,
  args: readonly string[],
): Promise<void> => {
  try {
    await run(program, [...args], { cwd: tree, shell: program === "npm" && process.platform === "win32" })
  } catch (cause) {
    const short = commit.slice(0, 12)
    throw new EngineError(
      "E_INPUT",
      `Commit ${short} does not build with the packages of this clone:\n${reasonOf(cause)}`,
    )
  }
}

/** The first lines that a failed program printed. */
const reasonOf = (cause: unknown): string => {
  const { stdout = "", stderr = "", message = "" } = cause as { stdout?: string; stderr?: string; message?: string }
  return (`${stdout}${stderr}`.trim() || message).split("\n").slice(0, 20).join("\n")
}
