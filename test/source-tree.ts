import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/** One import or re-export of a source file. */
export interface Import {
  /** What stands in the quotes. */
  readonly specifier: string
  /** The project's file it means, relative to the root; undefined for a package or a built-in. */
  readonly file: string | undefined
  /** The package's name; undefined for a file of the project or a built-in. */
  readonly package: string | undefined
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

/** A source file with what the layout rules look at. */
export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string
  readonly text: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly functions: readonly FunctionFacts[]
  /** Lines with an explicit `any`. */
  readonly anyLines: readonly number[]
  /** Lines with `!` after something else than an indexed read, or before an access or a call. */
  readonly assertionLines: readonly number[]
  /** Names that the file declares, and where. */
  readonly names: readonly { readonly line: number; readonly name: string }[]
}

/** A function with a body. */
export interface FunctionFacts {
  readonly line: number
  /** Lines that are not blank. */
  readonly length: number
  /** Its own name, or that of the variable or property it is the value of. */
  readonly name: string | undefined
  readonly parameters: number
  /** The function it is an argument of, such as `it`. */
  readonly argumentOf: string | undefined
}

/** The project's root, with a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url))

/** Paths of the files that belong to the project: tracked or new, not ignored. */
export const projectFiles = (): string[] =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(root + path))
    .sort()

/** Reads and analyses a TypeScript file of the project. */
export const readSource = (path: string): SourceFile => {
  const text = readFileSync(root + path, "utf8")
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1
  const imports: Import[] = []
  const functions: FunctionFacts[] = []
  const anyLines: number[] = []
  const assertionLines: number[] = []
  const names: { line: number; name: string }[] = []
  const visit = (node: ts.Node): void => {
    const found = importOf(path, node)
    if (found !== undefined) imports.push(found)
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const body = text.slice(node.getStart(tree), node.getEnd()).split("\n")
      functions.push({
        line: lineOf(node.getStart(tree)),
        length: body.filter((line) => line.trim() !== "").length,
        name: nameOf(node),
        parameters: node.parameters.length,
        argumentOf: ts.isCallExpression(node.parent) ? node.parent.expression.getText(tree) : undefined,
      })
    }
    if (ts.isNonNullExpression(node) && !isIndexedNumber(node)) assertionLines.push(lineOf(node.getStart(tree)))
    if (ts.isIdentifier(node) && isDeclared(node)) names.push({ line: lineOf(node.getStart(tree)), name: node.text })
    if (node.kind === ts.SyntaxKind.AnyKeyword) anyLines.push(lineOf(node.getStart(tree)))
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { path, text, lines: text.split("\n").length - 1, imports, functions, anyLines, assertionLines, names }
}

const nameOf = ({ name, parent }: ts.SignatureDeclaration): string | undefined => {
  const named = name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined)
  return named?.getText()
}

/** True for `a[i]!` as a value by itself: a number, or something that is passed on. */
const isIndexedNumber = (node: ts.NonNullExpression): boolean => {
  if (!ts.isElementAccessExpression(node.expression)) return false
  const { parent } = node
  const isUsed =
    ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)
  return !(isUsed && parent.expression === node)
}

/** True for the name of a declaration: a variable, parameter, function, type or member. */
const isDeclared = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isBindingElement(parent)) return parent.name === node && parent.propertyName !== node
  const declares =
    ts.isVariableDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent)
  return declares && parent.name === node
}

const importOf = (path: string, node: ts.Node): Import | undefined => {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    const typeOnly = ts.isExportDeclaration(node) ? node.isTypeOnly : isTypeOnly(node.importClause)
    return resolve(path, (node.moduleSpecifier as ts.StringLiteral).text, typeOnly, false)
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return resolve(path, node.argument.literal.text, true, false)
  }
  const isDynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  // `require.resolve` finds a file of a package that is no module: a font.
  const isRequire = ts.isCallExpression(node) && /^require(\.resolve)?$/.test(node.expression.getText())
  const argument = ts.isCallExpression(node) ? node.arguments[0] : undefined
  if ((isDynamic || isRequire) && argument !== undefined && ts.isStringLiteral(argument)) {
    return resolve(path, argument.text, false, true)
  }
  return undefined
}

const isTypeOnly = (clause: ts.ImportClause | undefined): boolean => {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const { name, namedBindings } = clause
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((element) => element.isTypeOnly)
  )
}

const resolve = (from: string, specifier: string, typeOnly: boolean, dynamic: boolean): Import => {
  const base = { specifier, typeOnly, dynamic }
  if (specifier.startsWith(".")) {
    const file = posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts")
    return { ...base, file, package: undefined }
  }
  if (specifier.startsWith("node:")) return { ...base, file: undefined, package: undefined }
  const parts = specifier.split("/")
  return { ...base, file: undefined, package: parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/") }
}
