/** Builds the documentation site and follows its links: pages, anchors, pictures, files. */
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, posix } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { root } from "./source-tree.js"

const site = mkdtempSync(join(tmpdir(), "maille-site-"))
/** Pages by their path on the site, and the ids in each. */
const pages = new Map<string, { html: string; ids: ReadonlySet<string> }>()

const attributes = (html: string, names: string): string[] =>
  [...html.matchAll(new RegExp(`\\s(?:${names})="([^"]*)"`, "g"))].map(([, value]) =>
    (value ?? "").replaceAll("&amp;", "&").replaceAll("&quot;", '"'),
  )

/** Links of a page inside the site: a path, and the anchor if there is one. */
const linksOf = (page: string): { path: string; anchor: string }[] =>
  attributes(pages.get(page)?.html ?? "", "href|src").flatMap((link) => {
    if (/^(\w+:|\/\/)/.test(link)) return []
    const [path = "", anchor = ""] = link.split("#")
    const to = path === "" ? page : posix.join("/", path.startsWith("/") ? path : posix.join(posix.dirname(page), path))
    return [
      { path: decodeURI(to).replace(/\/$/, "/index.html").replace(/\?.*$/, ""), anchor: decodeURIComponent(anchor) },
    ]
  })

beforeAll(async () => {
  const run = promisify(execFile)
  const node = (script: string, ...args: string[]) =>
    run(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, maxBuffer: 1 << 26 })
  await node("vitepress/bin/vitepress.js", "build", "docs", "--outDir", site)
  await node("typedoc/bin/typedoc", "--treatWarningsAsErrors", "--out", join(site, "api"))
  for (const name of readdirSync(site, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".html")) continue
    const html = readFileSync(join(site, name), "utf8")
    pages.set(`/${name}`, { html, ids: new Set(attributes(html, "id|name")) })
  }
})
afterAll(() => rmSync(site, { recursive: true }))

describe("the documentation site", () => {
  it("has no broken link", () => {
    const broken = [...pages.keys()].flatMap((page) =>
      linksOf(page)
        .filter(({ path, anchor }) => {
          const target = pages.get(path)
          if (target !== undefined) return anchor !== "" && !target.ids.has(anchor)
          return !existsSync(join(site, path)) || statSync(join(site, path)).isDirectory()
        })
        .map(({ path, anchor }) => `${page}: ${path}${anchor && `#${anchor}`}`),
    )
    expect([...new Set(broken)]).toEqual([])
  })

  it("leads from its start to every page", () => {
    const reached = new Set(["/index.html"])
    for (const page of reached) for (const { path } of linksOf(page)) if (pages.has(path)) reached.add(path)
    expect([...pages.keys()].filter((page) => !reached.has(page) && page !== "/404.html")).toEqual([])
    expect(reached.size).toBeGreaterThan(100)
  })

  it("has each page of the guide in both languages, and a search index for each language", () => {
    const guide = readdirSync(join(site, "guide")).filter((name) => name.endsWith(".html"))
    expect(guide.length).toBeGreaterThan(6)
    expect(readdirSync(join(site, "guide/fr")).sort()).toEqual(guide.sort())
    const chunks = readdirSync(join(site, "assets/chunks"))
    expect(chunks.filter((name) => /localSearchIndex(root|fr)\./.test(name)).length).toBe(2)
  })
})
