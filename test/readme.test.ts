/** What README and guide promise: their size, scripts, links, commands and options. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { declaredCommands } from "./commands.js"
import { projectFiles, root } from "./source-tree.js"

const read = (path: string): string => readFileSync(root + path, "utf8")
const guide = projectFiles().filter((path) => /^docs\/guide\/.*\.md$/.test(path))
const pages = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "docs/reference/clusters.md", ...guide]

/** Files that a page links, relative to the root. */
const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) =>
    posix.join(posix.dirname(page), link!).replace(/\/$/, ""),
  )

/** Flags in pages that are of `setup.mjs`, of the laboratory and of docker. */
const OTHERS: readonly string[] = ["--yes", "--without-gdal", "--accept", "--build-arg", "--wells"]

describe("README and guide", () => {
  it("fit: 170 lines and 8 KB; 120 lines a page of the guide", () => {
    const linesOf = (path: string): number => read(path).split("\n").length - 1
    expect(linesOf("README.md")).toBeLessThanOrEqual(170)
    expect(Buffer.byteLength(read("README.md"))).toBeLessThanOrEqual(8 * 1024)
    expect(guide.filter((path) => linesOf(path) > 120)).toEqual([])
  })

  it("call commands with their own options", async () => {
    const commands = await declaredCommands()
    const faults = ["README.md", "docs/reference/clusters.md", ...guide].flatMap((page) => {
      const code = read(page).match(/^```[\s\S]*?^```|`maille [^`]+`/gm) ?? []
      const calls = code.join("\n").match(/(?<=^|`|\| |npx )maille (?![A-Z]).*$/gm) ?? []
      return calls.flatMap((call) => {
        const [line = ""] = call.slice("maille ".length).split(/\s*[#|`]/)
        const own = commands.findLast(([name]) => `${line} `.startsWith(`${name} `))?.[1]
        if (own === undefined) return commands.some(([name]) => name.startsWith(line)) ? [] : [`${page}: ${call}`]
        const known = own.options.flatMap(({ short, long }) => [short, long])
        const flags = line.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? []
        return flags.filter((flag) => !known.includes(flag)).map((flag) => `${page}: ${flag} in ${call}`)
      })
    })
    const all = new Set(commands.flatMap(([, { options }]) => options.map(({ long }) => long)))
    for (const page of [...pages, "docs/reference/layers.md", "docs/reference/vector-quality.md"])
      for (const [, flag] of read(page).matchAll(/`(--[a-z][a-z-]*)/g))
        if (!all.has(flag!) && !OTHERS.includes(flag!)) faults.push(`${page}: ${flag}`)
    expect(faults).toEqual([])
  })

  it("name the package's file by a path: npm takes folder/name for a repository of GitHub", () => {
    const markdown = projectFiles().filter((path) => path.endsWith(".md"))
    const named = markdown.flatMap((page) => read(page).match(/(?<=npm (?:i|install)(?: -\S+)* )\S+\.tgz/g) ?? [])
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((path) => !path.startsWith("./"))).toEqual([])
  })

  it("name scripts and link files that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> }
    for (const page of pages) {
      for (const [, script] of read(page).matchAll(/npm run ([a-z0-9:-]+)/g))
        expect(scripts, page).toHaveProperty(script!)
      expect(
        linksOf(page).filter((link) => !existsSync(root + link)),
        page,
      ).toEqual([])
    }
  })

  it("state the time and memory that were measured", () => {
    execFileSync(process.execPath, [`${root}docs/.vitepress/write-figures.mjs`, "--check"])
  })
})
