/**
 * What the npm package contains: whatever it needs at run time, and nothing that only a clone
 * needs.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { kernelTable } from "../kernels/index.js"
import { projectFiles, root } from "./source-tree.js"

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
const exported = Object.values(manifest["exports"]) as unknown as readonly { types?: string; default: string }[]
/** The entries of the library: types, and module as bundled and as compiled. */
const entries = exported.flatMap(({ types, default: bundle }) =>
  types === undefined ? [] : [{ types, bundle, modules: bundle.replace("/bundle/", "/") }],
)
const paths = new Set(packed.files.map(({ path }) => path))
// Not the viewer page, which is a bundle.
const code = [...paths].filter((path) => /^dist\/.*\.js$/.test(path) && !path.startsWith("dist/cli/view/page/"))

/** Modules that a file imports, by literal names. */
const importsOf = (path: string): string[] => {
  const text = readFileSync(join(root, path), "utf8")
  const pattern = /(?:^|[^\w.])(?:from|import)\s*\(?\s*["']([^"'\s]+)["']|new URL\(\s*["'](\.[^"']+\.js)["']/g
  return [...text.matchAll(pattern)].flatMap(([, imported, url]) => imported ?? url ?? [])
}

describe("the npm package", () => {
  it("contains documents, no test, no source map, and the types of each entry in one file", () => {
    const others = [...paths].filter(
      (path) => !/^(dist\/|docs\/.*\.(md|jpg)$|examples\/|[A-Z]+\.md$|LICENSE$|package\.json$)/.test(path),
    )
    expect(others).toEqual([])
    expect([...paths].filter((path) => /\.map$|\.tsbuildinfo$|\.test\.|^dist\/(test|\.build)\//.test(path))).toEqual([])
    expect([...paths].filter((path) => path.endsWith(".d.ts"))).toEqual(
      entries.map(({ types }) => types.slice(2)).sort(),
    )
  })

  it("has at most 850 files and 6.4 MB, unpacked, with the modules of flatgeobuf", () => {
    expect(paths.size).toBeLessThanOrEqual(850)
    expect(packed.unpackedSize).toBeLessThanOrEqual(6.4e6)
  })

  it("declares in one file what an entry exports, without an error of the compiler", () => {
    const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, strict: true, types: ["node"] }
    const pairs = entries.map(({ types, modules }) => [join(root, types), join(root, modules.replace(/js$/, "d.ts"))])
    const program = ts.createProgram(pairs.flat(), { ...options, noEmit: true })
    const namesIn = (source: ts.SourceFile | undefined): string[] => {
      const module = source && program.getTypeChecker().getSymbolAtLocation(source)
      return module
        ? program
            .getTypeChecker()
            .getExportsOfModule(module)
            .map(({ name }) => name)
        : []
    }
    for (const [types, module] of pairs) {
      const file = program.getSourceFile(types)
      expect(program.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([])
      expect(namesIn(file).length).toBeGreaterThan(2)
      expect(namesIn(file)).toEqual(namesIn(program.getSourceFile(module)))
    }
  })

  it("contains of its own code the bundle, with each module that is loaded by a URL", () => {
    expect(
      [...paths].filter((path) => /^dist\/(bench|engine|fixtures|kernels)\/|^dist\/cli\/(?!view\/page\/)/.test(path)),
    ).toEqual([])
    const engine = projectFiles().filter((path) => /^engine\/.*\.ts$/.test(path))
    const named = engine.flatMap((path) =>
      [
        ...readFileSync(join(root, path), "utf8").matchAll(/(?:entryUrl|moduleUrl|importFromKernels)\("([^"]+)"\)/g),
      ].map(([call, name = ""]) => (call.startsWith("import") ? `kernels/${name}` : name)),
    )
    expect(named).toContain("engine/worker/worker.js")
    expect(named).toContain("kernels/presets.js")
    const kernels = Object.values(kernelTable).map(({ url }) => /kernels\/.*$/.exec(url)?.[0] ?? url)
    expect([...named, ...kernels].filter((path) => !paths.has(`dist/bundle/${path}`))).toEqual([])
  })

  it("exports what the modules of the library export", async () => {
    for (const { bundle, modules } of entries) {
      const [bundled, own] = await Promise.all([bundle, modules].map((path) => import(join(root, path))))
      expect(Object.keys(bundled).sort()).toEqual(Object.keys(own).sort())
    }
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
    expect(code.length).toBeGreaterThan(100)
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
