/** Pages of docs/reference that state codes and thresholds which the code declares. */
import { readFileSync, writeFileSync } from "node:fs"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { exitCodeOfError, exitCodes } from "../cli/exit-codes.js"
import type { ErrorCode } from "../engine/errors.js"
import { listThresholds, type QualityThreshold } from "../engine/report/quality.js"
import { kernels } from "./commands.js"
import { root } from "./source-tree.js"

const textOf = (path: string): string => readFileSync(root + path, "utf8")

describe("docs/reference/errors.md", () => {
  const page = textOf("docs/reference/errors.md")

  it("lists all exit codes and no other", () => {
    const listed = [...page.matchAll(/^\| `(\d+)` \|/gm)].map(([, code]) => Number(code))
    expect(listed).toEqual(Object.values(exitCodes))
  })

  it("lists all error codes with their exit codes", () => {
    const declared = [...textOf("engine/errors.ts").matchAll(/^ {2}\| "(E_\w+)"/gm)].map(
      ([, code]) => code as ErrorCode,
    )
    const listed = [...page.matchAll(/^\| `(E_\w+)` \| (\d+) \|/gm)].map(([, code, exit]) => [code, Number(exit)])
    expect(declared.length).toBeGreaterThan(5)
    expect(listed).toEqual(declared.map((code) => [code, exitCodeOfError(code)]))
  })
})

describe("docs/reference/metrics.md", () => {
  const row = ({ metric, meaning, unit, warn, fail }: QualityThreshold): string =>
    `| \`${metric}\` | ${meaning} | ${unit} | ${warn} | ${fail ?? ""} |`
  const begin = "<!-- thresholds: made by UPDATE_GOLDEN=1 npx vitest run test/reference-facts.test.ts -->"
  const end = "<!-- /thresholds -->"

  it("lists the thresholds that kernels declare", () => {
    const path = "docs/reference/metrics.md"
    const page = textOf(path)
    const rows = listThresholds(kernels).map(row)
    const table = ["| figure | meaning | unit | warn above | fail above |", "|---|---|---|--:|--:|", ...rows].join("\n")
    const [from, to] = [page.indexOf(begin), page.indexOf(end)]
    expect(from, "the markers are missing").toBeGreaterThan(0)
    const fresh = `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(root + path, fresh)
    else expect(page).toBe(fresh)
  })
})

describe("docs/reference/json.md", () => {
  const program = ts.createProgram(
    [
      ...["distributed/folder-status", "distributed/run-status", "report/outcome", "report/tile-outcome"],
      ...["report/report-page", "run/update", "check/validate-report"],
    ]
      .map((name) => `${root}engine/${name}.ts`)
      .concat(`${root}cli/commands/status.ts`),
    { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true },
  )
  /** Members of an interface and of what it extends, with ? where they may be absent. */
  const membersOf = (path: string, name: string): string[] => {
    const checker = program.getTypeChecker()
    const tree = program.getSourceFile(root + path)
    const found = tree?.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name)
    if (found === undefined) throw new Error(`${path}: no interface ${name}`)
    const members = checker.getPropertiesOfType(checker.getTypeAtLocation(found))
    return members.map((one) => `${one.name}${one.flags & ts.SymbolFlags.Optional ? "?" : ""}`)
  }
  /** Top-level fields of the blocks of a section; several may share a line. */
  const fieldsOf = (section: string): string[][] => {
    const text =
      textOf("docs/reference/json.md")
        .split(/^## /m)
        .find((part) => part.startsWith(`${section}\n`)) ?? ""
    return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = ""]) =>
      [...block.matchAll(/^ {2}([\w?, ]+):/gm)].flatMap(([, names = ""]) => names.split(", ")),
    )
  }
  it.each([
    ["run, update, retry", 0, membersOf("engine/report/outcome.ts", "RunSummary")],
    ["run, update, retry", 1, membersOf("engine/report/tile-outcome.ts", "TileOutcome")],
    ["run, update, retry", 2, membersOf("engine/run/update.ts", "Foreseen")],
    ["report.json", 0, membersOf("engine/report/report-page.ts", "ReportPlan")],
    ["status", 0, membersOf("engine/distributed/folder-status.ts", "FolderStatus")],
    [
      "status",
      1,
      [...membersOf("engine/distributed/run-status.ts", "RunStatus"), ...membersOf("cli/commands/status.ts", "Queue")],
    ],
    ["validate", 0, membersOf("engine/check/validate-report.ts", "ValidateReport")],
  ] as const)("has the fields of the code: %s, block %i", (section, block, declared) => {
    expect(fieldsOf(section)[block]?.sort()).toEqual([...new Set(declared)].sort())
  })
})
