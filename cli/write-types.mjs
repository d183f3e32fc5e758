/**
 * A step of the build: writes the type declarations of the package, one file for each entry. It
 * holds the declarations that the entry exports and all that they name.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../", import.meta.url))
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
/** Each entry with its declarations as compiled, and the file to write. */
const entries = Object.values(exports).flatMap(({ types, default: module }) =>
  types === undefined ? [] : [{ types, from: join(root, module.replace("/bundle/", "/").replace(/\.js$/, ".d.ts")) }],
)
const program = ts.createProgram(
  entries.map(({ from }) => from),
  { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: ["node"] },
)
const checker = program.getTypeChecker()
const isOwn = (file) => file.fileName.startsWith(join(root, "dist/"))

const kernels = JSON.parse(readFileSync(join(root, "dist/schemas/kernels.json"), "utf8"))
/** What the type of a kernel's call depends on in a port. */
const typeOfPort = ({
  kind,
  geometry,
  classes,
  many,
  listed,
  optional,
  mayBeEmpty,
  external,
  beside,
  finishes,
  extra,
}) => {
  const facts = { kind, geometry, classes, many, listed, optional, mayBeEmpty, beside, finishes, extra }
  const { name, flag, cell } = external ?? {}
  const text = JSON.stringify({ ...facts, external: external && { name, flag, cell, help: { en: "", fr: "" } } })
  // These have functions too.
  if (kind === "image") return `ImagePort & ${text}`
  return kind === "views" ? `ViewsPort & ${text}` : text
}
const typeOfPorts = (ports) =>
  `{ ${Object.entries(ports)
    .map(([name, port]) => `readonly "${name}": ${typeOfPort(port)}`)
    .join("; ")} }`

const LISTS = { places: "readonly number[]", numbers: "number", texts: "string" }
const typeOfOption = ({ type, choices, list }) => {
  if (choices !== undefined) return choices.map((one) => JSON.stringify(one)).join(" | ")
  return list === undefined ? type : `string | readonly (${LISTS[list]})[]`
}
const commentOf = (text) => `/** ${text.replaceAll("*/", "* /")} */`
const memberOfOption = ([name, option]) => {
  const unit = option.unit === undefined ? "" : `, ${option.unit}`
  const text = `${option.help}${unit}; default: ${JSON.stringify(option.default)}`
  return `${commentOf(text)}\n        readonly ${name}?: ${typeOfOption(option)}`
}
const memberOfKernel = ({ id, summary, inputs, outputs, options }) => {
  const own = Object.entries(options).map(memberOfOption).join("\n        ")
  const values = own === "" ? "Readonly<Record<string, never>>" : `{\n        ${own}\n    }`
  return `${commentOf(summary)}
    readonly "${id}": KernelCall<${typeOfPorts(inputs)}, ${typeOfPorts(outputs)}, ${values}>`
}

const external = kernels.flatMap(({ inputs }) => Object.values(inputs).flatMap(({ external }) => external ?? []))
/** Members that the package adds to interfaces which are open: inputs of the user, and kernels. */
const members = {
  ExternalPaths: [
    ...new Map(
      external.map(({ name, help }) => [name, `${commentOf(help.en)}\n    readonly ${name}?: string`]),
    ).values(),
  ],
  KernelsById: kernels.map(memberOfKernel),
}

/**
 * The declaration that a name resolves to through imports. Undefined for nested declarations and
 * those of other packages.
 */
const meaningOf = (node) => {
  const symbol = checker.getSymbolAtLocation(node)
  if (symbol === undefined) return undefined
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const statements = (meant.declarations ?? []).flatMap((one) => statementOf(one) ?? [])
  return statements.length === 0 ? undefined : { name: meant.name, statements }
}

/** The statement of our own files that contains a declaration; undefined elsewhere. */
const statementOf = (declaration) => {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return statement.parent?.kind === ts.SyntaxKind.SourceFile && isOwn(statement.parent) ? statement : undefined
}

/** File that declares each name of the entry: a name must be unique in the written file. */
let owners = new Map()
let packages = new Map()
let wanted = new Set()

/** Text of a statement with its own comment. It adds the statements that it names to `wanted`. */
const textOf = (statement) => {
  const file = statement.getSourceFile()
  const edits = []
  const visit = (node) => {
    if (node.kind === ts.SyntaxKind.ExportKeyword) edits.push([node.getStart(), node.end + 1, ""])
    // `import("./file.js").Name` and `file.Name` refer to the written file itself.
    if (ts.isImportTypeNode(node) && node.argument.literal.text.startsWith("."))
      edits.push([node.getStart() + (node.isTypeOf ? "typeof ".length : 0), node.qualifier.getStart(), ""])
    if (ts.isQualifiedName(node) && checker.getSymbolAtLocation(node.left)?.declarations?.some(ts.isNamespaceImport))
      edits.push([node.getStart(), node.right.getStart(), ""])
    if (ts.isIdentifier(node)) want(node)
    ts.forEachChild(node, visit)
  }
  visit(statement)
  for (const member of members[statement.name?.text] ?? [])
    edits.push([statement.end - 1, statement.end - 1, `\n    ${member};\n`])
  const comment = statement.jsDoc?.at(-1)?.getText()
  let [text, at] = ["", statement.getStart()]
  for (const [from, to, by] of edits.sort((a, b) => a[0] - b[0])) {
    text += file.text.slice(at, from) + by
    at = to
  }
  return `${comment === undefined ? "" : `${comment}\n`}${text}${file.text.slice(at, statement.end)}`
}

const want = (node) => {
  const meaning = meaningOf(node)
  const [local] = checker.getSymbolAtLocation(node)?.declarations ?? []
  const from = local && ts.isImportSpecifier(local) ? local.parent.parent.parent.moduleSpecifier.text : "."
  if (!from.startsWith(".")) packages.set(from, (packages.get(from) ?? new Set()).add(local.getText()))
  if (meaning === undefined) return
  const { name, statements } = meaning
  if (local && ts.isImportSpecifier(local) && local.name.text !== name)
    throw new Error(`${name} is imported as another`)
  const [owner] = statements.map((one) => relative(root, one.getSourceFile().fileName))
  if ((owners.get(name) ?? owner) !== owner) throw new Error(`${name} is declared in ${owners.get(name)} and ${owner}`)
  owners.set(name, owner)
  for (const one of statements) wanted.add(one)
}

for (const { types, from: entry } of entries) {
  ;[owners, packages, wanted] = [new Map(), new Map(), new Set()]
  const names = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))
  for (const { declarations } of names) want(declarations[0].name)
  // `wanted` grows during this loop.
  const texts = []
  for (const statement of wanted) texts.push(textOf(statement))
  const imports = [...packages].map(([from, own]) => `import type { ${[...own].sort().join(", ")} } from "${from}"`)
  const exported = `export { ${names.map(({ name }) => name).join(", ")} }`
  mkdirSync(dirname(join(root, types)), { recursive: true })
  writeFileSync(join(root, types), `${[...imports, ...texts, exported].join("\n")}\n`)
}
