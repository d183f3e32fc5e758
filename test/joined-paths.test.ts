import { readFileSync } from "node:fs"
import ts from "typescript"
import { expect, it } from "vitest"
import { projectFiles, root } from "./source-tree.js"

/**
 * A path that was read from a file (journal, plan, archive, tileset, list) must not lead out of its
 * folder. Here, in
 * every file that may hold one, what is joined to a folder is written in the source itself, or goes
 * through
 * `joinInside`, `findInside` or `removeInside`.
 *
 * Written in the source: a text; a constant of such a text, or one of NAMES; what `layout` and
 * `planLayout` give; a call
 * of ONE_PART, which gives one part of a path and never `..` of a file that exists; templates and
 * choices of these.
 */
const FOLDERS =
  /^(engine\/(catalogue|check|compare|distributed|export|fetch|io\/archive|job|journal|plan|pool|preview|publish|report|rollup|run|worker)\/|cli\/view\/(?!page\/))/
const NAMES = ["journalName", "jobName", "logFolder"]
const ONE_PART = ["basename", "temporaryName", "journalFile", "journalFolder"]

/** How many other joins a file may hold, and why. */
const EXCEPTIONS: Readonly<Record<string, readonly [count: number, why: string]>> = {
  "engine/check/validate-hashes.ts": [3, "names that readdir gave"],
  "engine/journal/fence-folder.ts": [3, "folders of the layout; names that readdir gave"],
  "engine/journal/lock.ts": [6, "names of its own, and those that readdir gave"],
  "cli/view/resolve-path.ts": [2, "refuses dots, and follows real paths itself"],
  "engine/export/convert-layers.ts": [2, "the user's own --out; names that readdir gave"],
  "engine/job/product-files.ts": [4, "names that readdir gave"],
  "engine/plan/job-file.ts": [1, "inputs and --out of the user's job file lie anywhere"],
  "engine/job/job.ts": [2, "paths of the user's job lie anywhere"],
  "engine/job/kernels/locate-kernel.ts": [3, "a kernel that the user names lies anywhere, like an import"],
  "engine/job/kernels/hash-module.ts": [
    1,
    "files that the user's kernel imports by a relative path; they are hashed only",
  ],
  "engine/job/memory-limit.ts": [3, "the kernel's own files, below /proc and /sys"],
}

interface Join {
  readonly text: string
  readonly line: number
}

/** The joins and paths by template of a file that are not written in the source. */
const bareJoins = (path: string, text: string): Join[] => {
  if (!/\b(join|resolve)\(|\(`\$\{/.test(text)) return []
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const imported = importsOf(tree, /^node:path$/)
  const fileCalls = [...importsOf(tree, /^node:fs(\/promises)?$/), "readStored", "locateStored", "streamStored"]
  const constants = constantsOf(tree)
  const isWritten = (node: ts.Node): boolean => {
    if (ts.isStringLiteralLike(node)) return true
    if (ts.isParenthesizedExpression(node)) return isWritten(node.expression)
    if (ts.isConditionalExpression(node)) return isWritten(node.whenTrue) && isWritten(node.whenFalse)
    if (ts.isTemplateExpression(node)) return node.templateSpans.every((span) => isWritten(span.expression))
    if (ts.isIdentifier(node)) {
      const value = constants.get(node.text)
      return NAMES.includes(node.text) || (value !== undefined && isWritten(value))
    }
    if (ts.isPropertyAccessExpression(node)) return /^(layout|planLayout|process\.pid)\b/.test(node.getText())
    if (!ts.isCallExpression(node)) return false
    const called = node.expression.getText()
    if (called === "dirname" || called === "posix.dirname") return node.arguments.every(isWritten)
    return ONE_PART.includes(called) || /^(layout|planLayout)\.\w+$/.test(called)
  }
  const found: Join[] = []
  const note = (node: ts.Node): void => {
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1
    found.push({ text: node.getText(), line })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText()
      const isJoin = imported.includes(called) && /^(join|resolve)$/.test(called)
      if (isJoin && !node.arguments.slice(1).every(isWritten)) note(node)
      // `${folder}/${path}`, given to what opens or removes files.
      const template = node.arguments[0]
      if (fileCalls.includes(called) && template !== undefined && ts.isTemplateExpression(template)) {
        const [first, ...others] = template.templateSpans
        const isJoin = template.head.text === "" && first?.literal.text.startsWith("/")
        if (isJoin && !others.every((span) => isWritten(span.expression))) note(template)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

/** Names that a file imports from modules of a name. */
const importsOf = (tree: ts.SourceFile, from: RegExp): string[] =>
  tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !from.test((statement.moduleSpecifier as ts.StringLiteral).text))
      return []
    const named = statement.importClause?.namedBindings
    return named !== undefined && ts.isNamedImports(named) ? named.elements.map(({ name }) => name.text) : []
  })

/** Values of the constants of a file whose names no other variable or parameter of it has. */
const constantsOf = (tree: ts.SourceFile): Map<string, ts.Expression> => {
  const values = new Map<string, ts.Expression | undefined>()
  const visit = (node: ts.Node): void => {
    const isNamed = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)
    if (isNamed && ts.isIdentifier(node.name)) {
      const isConstant = ts.isVariableDeclaration(node) && (node.parent.flags & ts.NodeFlags.Const) !== 0
      const value = isConstant && !values.has(node.name.text) ? node.initializer : undefined
      values.set(node.name.text, value)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return new Map([...values].filter((entry): entry is [string, ts.Expression] => entry[1] !== undefined))
}

it("joins to a folder only what is written in the source, or what stays inside", () => {
  const faults: string[] = []
  for (const path of projectFiles().filter((file) => FOLDERS.test(file) && file.endsWith(".ts"))) {
    const found = bareJoins(path, readFileSync(root + path, "utf8"))
    const [count, why] = EXCEPTIONS[path] ?? [0, ""]
    if (found.length === count) continue
    const remedy = count === 0 ? "take joinInside, findInside or removeInside" : `${count} expected (${why})`
    faults.push(...found.map(({ text, line }) => `${path}:${line}: ${text}: ${remedy}`))
    if (found.length === 0) faults.push(`${path}: no bare join any more: drop its exception`)
  }
  if (faults.length > 0) expect.fail(faults.join("\n"))
})

it("finds a bare join", () => {
  const found = (body: string): string[] =>
    bareJoins("a.ts", `import { join, resolve } from "node:path"\nimport { rm } from "node:fs/promises"\n${body}`).map(
      ({ text }) => text,
    )
  for (const bare of ["join(out, path)", 'join(out, "a", file.path)', "resolve(out, uri)", "join(out, dirname(path))"])
    expect(found(`const f = (out, path) => ${bare}`)).toEqual([bare])
  expect(found("const path = '../a'\nconst f = (path) => join(out, path)")).toEqual(["join(out, path)"])
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
  expect(found("rm(`${out}/${path}`)")).toEqual(["`${out}/${path}`"])
  const fixed = ["join(out, 'a')", "join(out, layout.layer(name))", "join(out, basename(path))", "resolve(path)"]
  for (const one of fixed) expect(found(one), one).toEqual([])
})
