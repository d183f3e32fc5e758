/** The types of the package as its users compile them: examples of the documents, wrong calls. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import ts from "typescript"
import { afterAll, beforeAll, expect, it } from "vitest"
import { kernels } from "../../commands.js"
import { blocksOf } from "../../guide/pages.js"
import { projectFiles, root } from "../../source-tree.js"

/** Code blocks of the documents; blocks that are part of a kernel have no import. */
const PAGES = projectFiles().filter((path) => /^(README\.md|docs\/guide\/[\w-]+\.md|examples\/.*\.md)$/.test(path))
/** What examples in docblocks name besides. */
const BEFORE = `
import { Tile, type Box2 } from "maille/kernels"
declare const tile: Tile
declare const box: Box2
declare const cloud: import("maille/las").PointCloud
`

const docblocks = (path: string): string[] =>
  [...readFileSync(root + path, "utf8").matchAll(/@example\n((?:\s+\* .*\n)+)/g)].map(([, code = ""]) =>
    code.replaceAll(/^\s+\* /gm, ""),
  )

const R = "{ data: new Float32Array(4), width: 2, height: 2, minX: 0, maxY: 2, cellSize: 1 }"
const P = "{ x: [1], y: [1], z: [1] }"
/** Calls that look right at first sight, each with one fault. */
const WRONG: readonly string[] = [
  `runKernel("raster.dtn", { points: ${P} })`,
  `runKernel("dtm", { points: ${P} })`,
  `runKernel("raster-dtm", { points: ${P} })`,
  `runKernel("raster.dtm", { pints: ${P} })`,
  `runKernel("raster.dtm", {})`,
  `runKernel("raster.dtm", { points: { x: [1], y: [1] } })`,
  `runKernel("raster.dtm", { points: ${P} }, { options: { cel: 1 } })`,
  `runKernel("raster.dtm", { points: ${P} }, { options: { cell: "1" } })`,
  `runKernel("raster.dtm", { points: ${P} }, { box: "1,2,3,4" })`,
  `runKernel("raster.dtm", { points: ${P} }, { bbox: [1, 2, 3, 4] })`,
  `runKernel("raster.dtm", { points: ${P} }).then(({ dsm }) => dsm)`,
  `runKernel("raster.dtm", { points: ${P} }).then(({ dtm }) => dtm.cells)`,
  `runKernel("raster.dhm", { dtm: ${R} })`,
  `runKernel("raster.dhm", { dtm: ${P}, dsm: ${R} })`,
  `runKernel("raster.dhm", { dtm: ${R}, dsm: ${R} }, { options: { cell: 1 } })`,
  `runKernel("mesh.building", { points: ${P}, "building-own": new Uint8Array() }, { options: { detail: "low" } })`,
  `runKernel("vector.contour-join", { "contour-part": new Uint8Array() })`,
  `runKernel("simulation.viewshed", { dsm: ${R} }, { options: { observers: [1, 2] } })`,
  `runKernel("simulation.irradiation", { dsm: ${R} })`,
  `runKernel(own, { ground: ${P} }, { options: { side: 1 } })`,
  `runKernel(own, { surface: ${P} })`,
  `runKernel(own, { ground: ${P} }).then(({ raster }) => raster)`,
]
const OWN = `
import { defineKernel, runKernel } from "maille/kernels"
const own = defineKernel({
  id: "own.kernel", version: 1, summary: "", halo: () => 0, memory: () => 0,
  inputs: { ground: { kind: "points", classes: [2] } },
  outputs: { made: { kind: "raster" } },
  options: { cell: { type: "number", default: 1, help: "" } },
  run: () => ({ made: ${R} }),
})
`
const RIGHT = `${OWN}
export const right = [
  runKernel("raster.dtm", { points: ${P} }, { options: { cell: 1 } }).then(({ dtm }) => dtm.data.length),
  runKernel("simulation.viewshed", { dsm: ${R} }, { options: { observers: [[1, 2], [3, 4, 1.7]] } }),
  runKernel("simulation.flow-tile", { dtm: ${R} }),
  runKernel(own, { ground: ${P} }, { options: { cell: 1 } }).then(({ made }) => made.width),
  runKernel(new URL("file:///wind.js"), { wind: 1 }),
  runKernel(process.argv[2] as string, {}),
]
`

let folder: string
const files = new Map<string, string>()
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "maille-types-"))
  mkdirSync(join(folder, "node_modules"))
  symlinkSync(root, join(folder, "node_modules", "maille"))
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  for (const file of ["kernel.js", "profile.js"])
    copyFileSync(`${root}examples/kernel-package/${file}`, join(folder, file))
  for (const page of PAGES)
    for (const [k, { language, code }] of blocksOf(page).entries()) {
      if (language !== "js" && language !== "mjs") continue
      const isPart = !/^(import|export) /m.test(code)
      const name = `${page.replaceAll(/\W/g, "-")}-${k}`
      const part = `import type { Kernel } from "maille/kernels"\nexport const part: Partial<Kernel> = {\n${code}}\n`
      files.set(`${name}.ts`, isPart ? part : code)
    }
  for (const entry of ["kernels", "las", "raster", "vector", "tiles3d"])
    for (const source of [
      `engine/library/${entry}.ts`,
      ...(entry === "las" ? ["engine/formats/points/read-points.ts"] : []),
    ])
      for (const [k, code] of docblocks(source).entries()) {
        const names = [
          ...code.matchAll(
            /\b(runKernel|openPoints|readPoints|openRaster|writeCog|measureZones|openFeatures|readFeatures|writeFeatures|readMesh|buildings|terrain|surface|flow|flood|shadow|viewshed|editPoints)\(/g,
          ),
        ]
        const own = [...new Set(names.map(([, name]) => name))]
        const body = `export const example = async () => {\n${code}\n}\n`
        files.set(
          `${source.replaceAll(/\W/g, "-")}-${k}.ts`,
          `${BEFORE}import { ${own.join(", ")} } from "maille/${entry}"\n${body}`,
        )
      }
  for (const [k, call] of WRONG.entries()) files.set(`wrong-${k}.ts`, `${OWN}export const wrong = ${call}\n`)
  files.set("right.ts", RIGHT)
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
})
afterAll(() => rmSync(folder, { recursive: true }))

const RESOLUTIONS = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
} as const

it.each(Object.entries(RESOLUTIONS))(
  "compiles examples strictly and refuses wrong calls: %s",
  { timeout: 60_000 },
  (_, how) => {
    const options = {
      ...how,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      allowJs: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [`${root}node_modules/@types`],
    }
    const program = ts.createProgram(
      [...files.keys()].map((name) => join(folder, name)),
      options,
    )
    const faultsIn = (name: string): string[] => {
      const source = program.getSourceFile(join(folder, name))
      const all = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      return all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
    }
    const names = [...files.keys()]
    const faults = names
      .filter((name) => !name.startsWith("wrong"))
      .flatMap((name) => faultsIn(name).map((text) => `${name}: ${text}`))
    expect(faults).toEqual([])
    expect(names.length - WRONG.length).toBeGreaterThan(15)
    expect(WRONG.length).toBeGreaterThanOrEqual(20)
    const accepted = WRONG.filter((_call, k) => faultsIn(`wrong-${k}.ts`).length === 0)
    expect(accepted).toEqual([])
  },
)

it("lists each kernel with its ports and options", () => {
  const source = ts.createSourceFile(
    "kernels.d.ts",
    readFileSync(`${root}dist/types/kernels.d.ts`, "utf8"),
    ts.ScriptTarget.ES2023,
  )
  const list = source.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === "KernelsById")
  if (list === undefined || !ts.isInterfaceDeclaration(list)) throw new Error("no interface KernelsById")
  const namesIn = (node: ts.TypeNode): string[] =>
    ts.isTypeLiteralNode(node) ? node.members.map(({ name }) => (name as ts.Identifier).text) : []
  const listed = list.members.map((member) => {
    const type = (member as ts.PropertySignature).type as ts.TypeReferenceNode
    return [(member.name as ts.StringLiteral).text, ...(type.typeArguments ?? []).map(namesIn)]
  })
  const declared = kernels.map(({ id, inputs, outputs, options }) => [
    id,
    ...[inputs, outputs, options].map((own) => Object.keys(own)),
  ])
  expect(listed).toEqual(declared)
})
