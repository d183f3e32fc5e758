/**
 * Commits of a small repository, built in worktrees and compared by the real processes: the driver
 * of a side runs as built.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compareBenchmark } from "../../../bench/guard/compare.js"
import { guardTable, listFaults } from "../../../bench/guard/table.js"
import { resolveCommit, uncommittedFiles, withTrees } from "../../../bench/guard/trees.js"
import { root } from "../../source-tree.js"

const repository = mkdtempSync(join(tmpdir(), "maille-guard-test-"))
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: repository,
    encoding: "utf8",
  }).trim()
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(repository, path)), { recursive: true })
  writeFileSync(join(repository, path), text)
}
const commit = (message: string): string => {
  git("add", "-A")
  git("commit", "-qm", message)
  return git("rev-parse", "HEAD")
}

/** A benchmark that spins for some CPU time, holds some memory and gives an output. */
const spin = (cpuMs: number, output: string, megabytes = 0): string => `
declare const process: { cpuUsage(): { user: number; system: number } }
const cpu = (): number => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const benchmark = {
  name: "test.spin", unit: "turns/s",
  setup: async () => {
    const held = new Uint8Array(${megabytes} * 1e6).fill(1)
    return {
      run: () => { const end = cpu() + ${cpuMs}; while (cpu() < end); return 1 + 0 * held.length },
      checksum: () => "${output}",
      inputs: () => "in",
    }
  },
}
`
const TABLE = "bench/kernels/table.ts"
const LIST = `const url = new URL("./kernels/table.js", import.meta.url).href
export const listBenches = async () => new Map([["test.spin", url + "#test.spin"]])
`
const commits: Record<string, string> = {}

beforeAll(() => {
  git("init", "-q")
  write(".gitignore", "dist\nnode_modules\n")
  write("package.json", '{ "type": "module", "version": "1.0.0", "scripts": { "build": "tsc -b bench" } }\n')
  write("kernels/spin.ts", 'export default { id: "test.spin", version: 4 }\n')
  write(
    "kernels/index.ts",
    'export const kernelTable = { "test.spin": { url: new URL("./spin.js", import.meta.url).href } }\n',
  )
  const options = {
    target: "es2022",
    module: "nodenext",
    rootDir: "..",
    outDir: "../dist",
    composite: true,
    types: [],
    lib: ["es2023", "dom"],
  }
  write("bench/tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["**/*.ts", "../kernels/*.ts"] }))
  write(TABLE, `${spin(60, "a")}export default [benchmark]\n`)
  write("bench/runner.ts", LIST)
  commits["base"] = commit("base")
  write(TABLE, `${spin(80, "b", 90)}export default [benchmark]\n`)
  commits["worse"] = commit("slower, fatter, other output")
  write(TABLE, "export default 1 +\n")
  commits["broken"] = commit("does not compile")
  symlinkSync(join(root, "node_modules"), join(repository, "node_modules"))
  // What the clone has compiled, of another commit than it is at.
  git("checkout", "-q", commits["base"]!)
  execFileSync("npm", ["run", "build", "--silent"], { cwd: repository })
  git("checkout", "-q", commits["broken"]!)
})
afterAll(() => rmSync(repository, { recursive: true }))

describe("withTrees", () => {
  it("hands over both builds, whose comparison shows what became worse, and leaves nothing behind", async () => {
    const names = [commits["base"]!, commits["worse"]!]
    const comparison = await withTrees(repository, names, async ([base, head]) => {
      expect([...base!.benches.keys()]).toEqual(["test.spin"])
      const urls = [base, head].map((side) => side!.benches.get("test.spin")!)
      return compareBenchmark("test.spin", urls[0]!, urls[1]!, { pairs: 1 })
    })
    const base = { version: "4", inputs: "in" }
    expect(comparison).toMatchObject({ kind: "compared", runs: 1, decision: { base } })
    const faults = listFaults(comparison).join("\n")
    expect(faults).toMatch(/^slower: \+3\d\.\d % \(\+3\d\.\d %\)$/m)
    expect(faults).toMatch(/^fatter: /m)
    expect(faults).toMatch(/^output a → b, but version 4 was not raised \(before: 4\)$/m)
    expect(listFaults(comparison, ["test.spin"]).join()).not.toMatch(/output/)
    expect(guardTable([comparison])).toMatch(/test\.spin .* FAIL: slower/)
    expect(git("worktree", "list").split("\n")).toHaveLength(1)
  })

  it("builds commits of the same content once", async () => {
    git("checkout", "-q", commits["base"]!)
    git("commit", "-q", "--allow-empty", "-m", "nothing new")
    const names = [commits["base"]!, git("rev-parse", "HEAD")]
    await withTrees(repository, names, async ([base, head]) => expect(head).toBe(base))
    git("checkout", "-q", commits["broken"]!)
  })

  it("says what does not compile, with exit code 3", async () => {
    const trees = withTrees(repository, [commits["broken"]!], async () => undefined)
    await expect(trees).rejects.toMatchObject({
      code: "E_INPUT",
      message: expect.stringMatching(/does not build[\s\S]*TS1109/),
    })
    expect(git("worktree", "list").split("\n")).toHaveLength(1)
  })
})

describe("resolveCommit", () => {
  it("knows commits by any name, and says what to do about others", async () => {
    expect(await resolveCommit(repository, "HEAD~2")).toBe(commits["base"])
    const unknown = resolveCommit(repository, "no-such")
    await expect(unknown).rejects.toMatchObject({
      code: "E_USAGE",
      message: expect.stringMatching(/no commit "no-such".*git fetch/),
    })
  })
})

describe("uncommittedFiles", () => {
  it("names tracked files that differ", async () => {
    expect(await uncommittedFiles(repository)).toEqual([])
    write("package.json", "{}\n")
    expect((await uncommittedFiles(repository)).join()).toMatch(/package\.json$/)
  })
})
