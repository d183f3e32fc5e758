/** What the npm package contains: whatever it needs at run time, and nothing that only a clone needs. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { root } from "./source-tree.js"

interface Packed {
  readonly files: readonly { readonly path: string }[]
  readonly unpackedSize: number
}

const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<string, Record<string, string>>
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  }),
) as [Packed]
const paths = new Set(packed.files.map(({ path }) => path))
// Not the viewer page, which is a bundle.
const code = [...paths].filter((path) => /^dist\/.*\.js$/.test(path) && !path.startsWith("dist/cli/view/page/"))

/** Modules that a file imports, by literal names. */
const importsOf = (path: string): string[] => {
  const text = readFileSync(join(root, path), "utf8")
  const pattern = /(?:^|[^\w.])(?:from|import)\s*\(?\s*["']([^"'\s]+)["']|new URL\(\s*["'](\.[^"']+\.js)["']/g
  return [...text.matchAll(pattern)].flatMap(([, imported, url]) => imported ?? url ?? [])
}

/** What these modules of `dist/` reach, themselves included. */
const reached = (entries: readonly string[]): Set<string> => {
  const found = new Set(entries)
  for (const path of found) {
    for (const name of importsOf(path)) if (name.startsWith(".")) found.add(join(dirname(path), name))
  }
  return found
}

describe("the npm package", () => {
  it("contains documents, no test, no source map, and the library's types in one file", () => {
    const others = [...paths].filter(
      (path) => !/^(dist\/|docs\/.*\.(md|jpg)$|examples\/|[A-Z]+\.md$|LICENSE$|package\.json$)/.test(path),
    )
    expect(others).toEqual([])
    expect([...paths].filter((path) => /\.map$|\.tsbuildinfo$|\.test\.|^dist\/(test|\.build)\//.test(path))).toEqual([])
    expect([...paths].filter((path) => path.endsWith(".d.ts"))).toEqual(["dist/maille.d.ts"])
  })

  it("has at most 850 files and 6 MB, unpacked", () => {
    expect(paths.size).toBeLessThanOrEqual(850)
    expect(packed.unpackedSize).toBeLessThanOrEqual(6e6)
  })

  it("declares in one file what its entry exports, without an error of the compiler", () => {
    const path = join(root, "dist/maille.d.ts")
    const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true, types: ["node"] }
    const program = ts.createProgram([path, join(root, "dist/engine/index.d.ts")], { ...options, noEmit: true })
    const file = program.getSourceFile(path)
    const namesIn = (source: ts.SourceFile | undefined): string[] => {
      const module = source && program.getTypeChecker().getSymbolAtLocation(source)
      return module
        ? program
            .getTypeChecker()
            .getExportsOfModule(module)
            .map(({ name }) => name)
        : []
    }
    expect(program.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([])
    expect(namesIn(file)).toContain("runJob")
    expect(namesIn(file)).toEqual(namesIn(program.getSourceFile(join(root, "dist/engine/index.d.ts"))))
  })

  it("contains no module without code: what declares types alone is left out", () => {
    const withoutCode = code.filter((path) => {
      const text = readFileSync(join(root, path), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
      return /^\s*(export \{\};?\s*)?$/.test(text)
    })
    expect(withoutCode).toEqual([])
  })

  it("contains the sample's makers of fixtures/, and of bench/ what `maille bench` runs", () => {
    const parts = (folder: string): string[] => [...paths].filter((path) => path.startsWith(`dist/${folder}/`)).sort()
    const runs = reached(["dist/cli/commands/bench.js"])
    expect(parts("bench")).toContain("dist/bench/product/bench-tile.js")
    expect(parts("bench").filter((path) => !runs.has(path))).toEqual([])
    expect(parts("fixtures").filter((path) => !path.startsWith("dist/fixtures/sample/"))).toEqual([])
    expect(parts("fixtures")).toContain("dist/fixtures/sample/write-sample.js")
  })

  it("contains each module that it imports, and declares each package", () => {
    const declared = { ...manifest["dependencies"], ...manifest["peerDependencies"] }
    const packageOf = (name: string): string => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name
    const missing = code.flatMap((path) =>
      importsOf(path)
        .filter((name) =>
          name.startsWith(".")
            ? !paths.has(join(dirname(path), name))
            : !name.startsWith("node:") && !Object.hasOwn(declared, packageOf(name)),
        )
        .map((name) => `${path}: ${name}`),
    )
    expect(code.length).toBeGreaterThan(500)
    expect(missing).toEqual([])
  })

  it("contains what its documents link, headings included", () => {
    const anchorsOf = (path: string): string[] =>
      [...readFileSync(join(root, path), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}_\s-]/gu, "")
          .replaceAll(/\s/g, "-"),
      )
    const links = [...paths]
      .filter((path) => path.endsWith(".md"))
      .flatMap((page) =>
        [...readFileSync(join(root, page), "utf8").matchAll(/\]\((?!\w+:)([^)#]*)#?([^)]*)\)/g)].map(
          ([, path = "", anchor = ""]) => ({ page, to: path === "" ? page : join(dirname(page), path), anchor }),
        ),
      )
    expect(links.length).toBeGreaterThan(50)
    const dead = links.filter(({ to, anchor }) => !paths.has(to) || (anchor !== "" && !anchorsOf(to).includes(anchor)))
    expect(dead).toEqual([])
  })

  it("compiles nothing where it is installed: gdal-async is an optional peer", () => {
    expect(manifest["dependencies"]).not.toHaveProperty("gdal-async")
    expect(manifest).not.toHaveProperty("optionalDependencies")
    expect(manifest["peerDependencies"]).toHaveProperty("gdal-async")
    expect(manifest["peerDependenciesMeta"]).toEqual({ "gdal-async": { optional: true } })
    expect(Object.keys(manifest["scripts"] ?? {}).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  })
})
