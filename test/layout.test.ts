/**
 * The laws of ARCHITECTURE.md that a compiler does not hold: who may import whom, budgets, what
 * belongs to a kernel.
 */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { kernelTable } from "../kernels/index.js"
import { projectFiles, readSource, root, type SourceFile } from "./source-tree.js"

const files = projectFiles()
// AssemblyScript is another language, with imports and types of its own: its compiler checks it.
const sources = files.filter((path) => path.endsWith(".ts") && !/\/assembly\//.test(path)).map(readSource)
const product = sources.filter(({ path }) => /^(engine|kernels|cli|bench|fixtures)\//.test(path))
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<string, Record<string, string>>

/**
 * Folders of the engine by level, lowest first (ARCHITECTURE.md): an import goes down, or stays in
 * its folder.
 */
const LEVELS: readonly (readonly string[])[] = [
  ["without-secrets.ts"],
  ["errors.ts"],
  ["core"],
  ["kernel.ts"],
  ["grid", "io"],
  ["formats"],
  ["spatial"],
  ["job"],
  ["plan", "journal"],
  ["worker"],
  ["check", "report", "preview", "rollup", "pool", "catalogue"],
  ["run", "distributed", "compare", "export", "publish", "fetch"],
  ["index.ts", "library"],
]
/** Imports inside a level that are allowed: folder → folders of its level. */
const SIDEWAYS: Readonly<Record<string, readonly string[]>> = {
  plan: ["journal"],
  run: ["export"],
  distributed: ["run", "export"],
}
/** Imports against the rule, importer → imported, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  // Grids of geoid heights are GeoTIFF: the reader of formats opens them.
  "engine/grid/geoid-grid.ts": "engine/formats/raster/tiff/source.ts",
}
/** Rooms of kernels that the others may import, and which of these each of them may. */
const SHARED_ROOMS: Readonly<Record<string, readonly string[]>> = {
  geometry: [],
  grid: ["geometry"],
  handover: ["grid", "geometry"],
}
const roomOf = (path: string): string => path.split("/")[1] ?? ""
const levelOf = (path: string): number => LEVELS.findIndex((rooms) => rooms.includes(roomOf(path)))

/** Why a file may not import another of the project; undefined where it may. */
const faultOf = (from: string, to: string): string | undefined => {
  const [top, other] = [from.split("/")[0], to.split("/")[0]]
  if (EXCEPTIONS[from] === to) return undefined
  if (top === "engine") return other === "engine" ? engineFault(from, to) : "leaves the engine"
  if (top === "kernels") return kernelFault(from, to)
  if (top === "cli") {
    const isPage = from.startsWith("cli/view/page/")
    if (isPage && other === "engine") return /^engine\/(core|grid)\//.test(to) ? undefined : "is no code for browsers"
    return other === "cli" || other === "engine" || /^(fixtures\/sample|bench\/product)\//.test(to)
      ? undefined
      : "is no part of the product"
  }
  if (top === "fixtures") return fixtureFault(from, to)
  if (from.startsWith("bench/product/")) {
    return /^(engine|kernels|fixtures\/sample|bench\/product)\//.test(to) ? undefined : "is no part of the product"
  }
  return undefined
}

/**
 * Fixtures make inputs: they know formats and what is below, and what is shipped of them knows no
 * other.
 */
const fixtureFault = (from: string, to: string): string | undefined => {
  if (to.startsWith("fixtures/")) {
    const isShipped = from.startsWith("fixtures/sample/")
    return isShipped && !to.startsWith("fixtures/sample/") ? "is no part of the product" : undefined
  }
  if (!to.startsWith("engine/")) return "leaves the fixtures"
  return levelOf(to) <= levelOf("engine/formats/") ? undefined : "above formats"
}

const engineFault = (from: string, to: string): string | undefined => {
  const [own, other] = [roomOf(from), roomOf(to)]
  if (own === other) return undefined
  if (levelOf(to) > levelOf(from)) return "upwards"
  const isAllowed = levelOf(to) < levelOf(from) || (SIDEWAYS[own] ?? []).includes(other)
  return isAllowed ? undefined : "sideways"
}

const kernelFault = (from: string, to: string): string | undefined => {
  if (/^engine\/(errors\.ts$|kernel\.ts$|core\/)/.test(to)) return undefined
  if (!to.startsWith("kernels/")) return "leaves the kernels"
  const [own, other] = [roomOf(from), roomOf(to)]
  if (own === other) return undefined
  return (SHARED_ROOMS[own] ?? Object.keys(SHARED_ROOMS)).includes(other) ? undefined : "another room"
}

/** The package whose modules are in the bundle, so that it is not installed with maille. */
const BUNDLED = "flatgeobuf"

/** Packages that two folders share, and why; every other one has a single owner. */
const SHARED_PACKAGES: Readonly<Record<string, string>> = {
  ajv: "schemas of job files in engine/job; of manifests for batch engines in engine/cluster",
  geotiff: "images in engine/formats/raster; grids of geoid heights, by projection and position, in engine/grid",
}

/** Files under 40 lines that one file imports, and why each is not a part of it. */
const SHORT_FILES: Readonly<Record<string, string>> = {
  "cli/commands/completion.ts": "one file a command",
  "cli/commands/hash.ts": "one file a command",
  "engine/formats/tiles3d/mesh-compression.ts":
    "a choice of the format, as texture-format of rasters; job fields read it",
  "engine/grid/halo.ts": "the rule of halos, tested by itself; its importer is of a higher level",
  "engine/plan/colour/mosaics.ts": "one rule, tested by itself",
  "engine/pool/copc-worker.ts": "the entry of a thread",
  "engine/job/kernels/resolve-maille.ts": "the entry of a thread with hooks of Node.js",
}

/** Passes when there is no fault; else fails with all of them, one a line. */
const report = (faults: readonly string[]): void => {
  if (faults.length > 0) expect.fail(faults.join("\n"))
}

describe("imports", () => {
  it("go down the levels and never up, and stay in their room", () => {
    const faults: string[] = []
    for (const source of product) {
      if (source.path.startsWith("engine/") && levelOf(source.path) < 0) faults.push(`${source.path}: in no level`)
      for (const { file, specifier } of source.imports) {
        const fault = file === undefined ? undefined : faultOf(source.path, file)
        if (fault !== undefined) faults.push(`${source.path} imports ${specifier}: ${fault}`)
        if (source.path.startsWith("kernels/") && /^node:(fs|path|os|http|child_process|worker)/.test(specifier))
          faults.push(`${source.path}: a kernel sees no ${specifier}`)
      }
    }
    report(faults)
  })

  it("make no circle, types and imports on demand counted too", () => {
    const graph = new Map(sources.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]))
    report(findCircles(graph))
  })

  it("make no circle of folders inside kernels and formats", () => {
    const graph = new Map<string, string[]>()
    for (const { path, imports } of product.filter((source) => /^(kernels|engine\/formats)\//.test(source.path))) {
      const from = folderOf(path)
      const reached = imports.flatMap(({ file }) => (file === undefined ? [] : folderOf(file)))
      graph.set(from, [...(graph.get(from) ?? []), ...reached.filter((folder) => folder !== from)])
    }
    report(findCircles(graph))
  })

  it("load little at the start: a package where a command or task needs it", () => {
    const graph = new Map(sources.map(({ path, imports }) => [path, imports.filter((i) => !i.typeOnly && !i.dynamic)]))
    const loaded = (entry: string): { files: number; packages: string[] } => {
      const paths = new Set([entry])
      for (const path of paths) for (const { file } of graph.get(path) ?? []) if (file !== undefined) paths.add(file)
      const packages = new Set([...paths].flatMap((path) => (graph.get(path) ?? []).flatMap((i) => i.package ?? [])))
      return { files: paths.size, packages: [...packages].sort() }
    }
    const command = loaded("cli/main.ts")
    expect(command.packages).toEqual([])
    expect(command.files).toBeLessThan(17)
    const worker = loaded("engine/worker/worker.ts")
    expect(worker.packages).toEqual([])
    expect(worker.files).toBeLessThan(80)
  })

  it("name files that exist, with .js at the end", () => {
    const faults: string[] = []
    for (const source of sources) {
      for (const { file, specifier } of source.imports) {
        if (file === undefined) continue
        if (!/\.(js|json|mjs)$/.test(specifier)) faults.push(`${source.path}: ${specifier} lacks .js`)
        else if (!existsSync(root + file) && !existsSync(root + file.replace(/\.ts$/, ".js")))
          faults.push(`${source.path}: no ${file}`)
      }
    }
    report(faults)
  })
})

describe("packages", () => {
  const users = new Map<string, Set<string>>()
  // The viewer page is a program of its own, for browsers: its packages are bundled into it when it
  // is built.
  const isPage = ({ path }: SourceFile): boolean => path.startsWith("cli/view/page/")
  const shipped = product.filter(
    (source) => /^((engine|kernels|cli|fixtures\/sample|bench\/product)\/)/.test(source.path) && !isPage(source),
  )
  for (const source of shipped) {
    for (const { package: name } of source.imports) {
      if (name !== undefined) users.set(name, (users.get(name) ?? new Set()).add(ownerOf(source.path)))
    }
  }

  it("at run time are declared as dependencies, and each declared one is used", () => {
    const declared = Object.keys({ ...manifest["dependencies"], ...manifest["peerDependencies"] })
    // What is an optional peer of the package is installed in a clone.
    const development = Object.keys(manifest["devDependencies"] ?? {}).filter((name) => name !== "gdal-async")
    // build-bundle.mjs puts what is used of it into the package.
    expect(development).toContain(BUNDLED)
    const used = new Set(
      shipped.flatMap(({ imports }) => imports.filter((i) => !i.typeOnly).flatMap((i) => i.package ?? [])),
    )
    // By a variable, so that the compiler does not look for a package that may be absent.
    if (shipped.some(namesGdal)) used.add("gdal-async")
    report([
      ...[...used]
        .filter((name) => name !== BUNDLED && !declared.includes(name))
        .map((name) => `${name} is imported but no dependency`),
      ...declared.filter((name) => !used.has(name)).map((name) => `${name} is a dependency but nothing imports it`),
      ...development.filter((name) => declared.includes(name)).map((name) => `${name} is declared twice`),
    ])
  })

  it("of the page are declared, and those that nothing else uses as development dependencies", () => {
    const imported = product.filter(isPage).flatMap(({ imports }) => imports.flatMap((i) => i.package ?? []))
    const declared = new Set([
      ...Object.keys(manifest["dependencies"] ?? {}),
      ...Object.keys(manifest["devDependencies"] ?? {}),
    ])
    expect(imported).toContain("itowns")
    report(
      [...new Set(imported)]
        .filter((name) => !declared.has(name))
        .map((name) => `${name} is imported but no dependency`),
    )
  })

  it("are each imported from one folder", () => {
    const faults = [...users]
      .filter(([name, folders]) => folders.size > 1 && SHARED_PACKAGES[name] === undefined)
      .map(([name, folders]) => `${name}: imported from ${[...folders].sort().join(" and ")}`)
    report(faults)
  })

  it("gdal-async is named in one file, which imports it when a job needs it", () => {
    expect(shipped.filter(namesGdal).map(({ path }) => path)).toEqual(["engine/formats/raster/load-gdal.ts"])
    report(
      shipped
        .filter(({ imports }) => imports.some((i) => i.package === "gdal-async" && !i.dynamic))
        .map(({ path }) => path),
    )
  })
})

describe("budgets", () => {
  it("folders: 25 source files, 40 of tests", () => {
    const sizes = new Map<string, number>()
    for (const path of files.filter((file) => /^[^/]+\/.*\.(ts|mjs|js)$/.test(file))) {
      const folder = path.slice(0, path.lastIndexOf("/"))
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1)
    }
    report(
      [...sizes]
        .filter(([folder, size]) => size > (folder.startsWith("test") ? 40 : 25))
        .map(([folder, size]) => `${folder}: ${size} files`),
    )
  })

  it("files: under 40 lines only for two importers, but for those with a reason", () => {
    const importers = new Map<string, Set<string>>()
    for (const { path, imports } of product) {
      for (const { file } of imports) {
        if (file !== undefined) importers.set(file, (importers.get(file) ?? new Set()).add(path))
      }
    }
    // What nothing imports is a program or a module by URL: knip holds that it is one.
    const short = product.filter(({ path, lines }) => lines < 40 && importers.get(path)?.size === 1)
    const paths = short.map(({ path }) => path)
    expect(paths.length).toBeLessThanOrEqual(20)
    report([
      ...paths.filter((path) => SHORT_FILES[path] === undefined).map((path) => `${path}: merge it into its importer`),
      ...Object.keys(SHORT_FILES)
        .filter((path) => !paths.includes(path))
        .map((path) => `${path}: needs no reason any more`),
    ])
  })

  it("folders: a README of at most 30 lines", () => {
    const folders = new Set(product.map(({ path }) => path.slice(0, path.lastIndexOf("/"))))
    const faults = [...folders].flatMap((folder) => {
      if (!files.includes(`${folder}/README.md`)) return [`${folder}: no README.md`]
      const lines = readFileSync(`${root}${folder}/README.md`, "utf8").split("\n").length - 1
      return lines > 30 ? [`${folder}/README.md: ${lines} lines`] : []
    })
    report(faults)
  })

  it("files: open with what they are for", () => {
    report(product.filter(({ text }) => !/^(#!.*\n|\/\/ .*\n)?\/\*\*/.test(text)).map(({ path }) => path))
  })

  it("functions: 60 lines, and at most one algorithm of up to 150 in a file", () => {
    const faults = product.flatMap(({ path, functions }) => {
      const long = functions.filter(({ length }) => length > 60)
      const excused = long.length === 1 && (long[0]?.length ?? 0) <= 150
      return excused ? [] : long.map(({ line, length }) => `${path}:${line}: ${length} lines`)
    })
    report(faults)
  })

  it("functions: six parameters; `xOf` only for accessors of five lines", () => {
    const all = product.flatMap(({ path, functions }) => functions.map((one) => ({ ...one, path })))
    report([
      ...all.filter((one) => one.parameters > 6).map((one) => `${one.path}:${one.line}: ${one.parameters} parameters`),
      ...all
        .filter((one) => /[a-z0-9]Of$/.test(one.name ?? "") && one.length > 5)
        .map((one) => `${one.path}:${one.line}: ${one.name} has ${one.length} lines: a verb names what it does`),
    ])
  })

  it("test functions: 80 lines", () => {
    const tests = sources.filter(({ path }) => path.startsWith("test/"))
    report(
      tests.flatMap(({ path, functions }) =>
        functions
          .filter((one) => one.length > 80 && !/^describe\b/.test(one.argumentOf ?? ""))
          .map((one) => `${path}:${one.line}: ${one.length} lines`),
      ),
    )
  })

  // Loops over typed arrays prove their indices; a check of each would cost. What is no number is
  // no hot loop: `elementAt` checks it.
  it("`!` only after an indexed read, for its value", () => {
    report(product.flatMap(({ path, assertionLines }) => assertionLines.map((line) => `${path}:${line}: !`)))
  })

  it("no any, no compiler check switched off", () => {
    const switchedOff = /@ts-(ignore|expect-error|nocheck)/
    report([
      ...sources.flatMap(({ path, anyLines }) => anyLines.map((line) => `${path}:${line}: any`)),
      ...sources
        .filter(({ path, text }) => path !== "test/layout.test.ts" && switchedOff.test(text))
        .map(({ path }) => path),
    ])
  })
})

describe("each kernel", () => {
  const modules = Object.entries(kernelTable).map(
    ([id, { url }]) => [id, url.replace(/^.*\/kernels\//, "kernels/").replace(/\.js$/, ".ts")] as const,
  )

  it("has its file, its test and its benchmark", () => {
    const benchmarks = readFileSync(`${root}bench/kernels/table.ts`, "utf8")
    const faults: string[] = []
    for (const [id, path] of modules) {
      for (const file of [path, `test/${path.replace(/\.ts$/, ".test.ts")}`]) {
        if (!files.includes(file)) faults.push(`${id}: no ${file}`)
      }
      if (!benchmarks.includes(`"${id}"`)) faults.push(`${id}: no row in bench/kernels/table.ts`)
    }
    report(faults)
  })

  it("is in the table, at the top of its room", () => {
    const found = product.filter(({ path, text }) => /^kernels\/.*\.ts$/.test(path) && /\bdefineKernel\(/.test(text))
    expect(found.map(({ path }) => path).sort()).toEqual(modules.map(([, path]) => path).sort())
    report(found.filter(({ path }) => path.split("/").length !== 3).map(({ path }) => path))
  })
})

describe("the project's text", () => {
  const readable = files.filter((path) => /\.(ts|mjs|js|json|md|html)$/.test(path) && path !== "package-lock.json")

  it("holds no path of a machine and no address of a private host", () => {
    // Spelled in pieces, so that this file does not hold what it looks for.
    const patterns = [
      new RegExp(`["'\`(\\s]/(${["home", "root", "Users", "work"].join("|")})/`),
      /https?:\/\/[a-z0-9.-]+\.(internal|local|lan|corp)\b/i,
    ]
    const faults = readable.filter((path) =>
      patterns.some((pattern) => pattern.test(readFileSync(root + path, "utf8"))),
    )
    report(faults)
    // The lock file names the public registry or none.
    const lock = readFileSync(`${root}package-lock.json`, "utf8")
    const hosts = new Set([...lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1]))
    report([...hosts].filter((host) => host !== "registry.npmjs.org").map(String))
  })

  it("names no file after a catch-all", () => {
    report(files.filter((path) => /(^|[/-])(utils?|helpers?|common|misc|manager)(\.|-|\/)/i.test(path)))
  })
})

describe("readmes", () => {
  it("list every file of their folder", () => {
    const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1)
    // With or without endings, as a kernel's id or at the end of a path; a star stands for letters.
    const isListed = (text: string, name: string): boolean => {
      const forms = [name, name.replace(/\.[^.]+$/, ""), name.replace(/\..*$/, "")]
      const spans = [...text.matchAll(/`([^`\n]+)`|\]\(([^)\s]+)\)/g)].map(([, code, link]) => code ?? link ?? "")
      return spans
        .flatMap((span) => span.split(/[\s,]+/))
        .some((word) => {
          const last = word.replace(/^.*\//, "")
          if (!/^[\w.*-]+$/.test(last)) return false
          const pattern = new RegExp(`^${last.replaceAll(".", "\\.").replaceAll("*", ".*")}$`)
          return forms.some((form) => pattern.test(form) || last.endsWith(`.${form}`))
        })
    }
    const readmes = files.filter((path) => path.endsWith("/README.md"))
    report(
      readmes.flatMap((readme) => {
        const folder = folderOf(readme)
        const text = readFileSync(root + readme, "utf8")
        return files
          .filter((path) => folderOf(path) === folder && !/\/(README\.md|tsconfig\.json|package\.json)$/.test(path))
          .filter((path) => !isListed(text, path.slice(folder.length)))
          .map((path) => `${readme} omits ${path.slice(folder.length)}`)
      }),
    )
  })
})

/** True where the whole word stands in quotes, as in an import. */
function namesGdal({ text }: SourceFile): boolean {
  return /["']gdal-async["']/.test(text)
}

/**
 * Folder that owns a package imported from `path`: a format's own folder, a room of the engine, or
 * the top folder.
 */
function ownerOf(path: string): string {
  const parts = path.split("/")
  if (parts[0] !== "engine") return parts[0] ?? ""
  return parts.slice(0, parts[1] === "formats" ? 3 : 2).join("/")
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"))
}

/** Circles in a graph of imports, each as a line of its files or folders. */
function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, "open" | "done">()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return
    if (state.get(path) === "open") {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "))
      return
    }
    state.set(path, "open")
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, "done")
  }
  for (const path of [...graph.keys()].sort()) visit(path, [])
  return [...new Set(circles)]
}
