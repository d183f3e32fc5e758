/**
 * The rules of comments and documents: width, length, sentences, and words that only authors
 * understand.
 */
import { readFileSync } from "node:fs"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { projectFiles, readSource, root } from "./source-tree.js"

interface Comment {
  readonly path: string
  readonly line: number
  readonly text: string
}

/** Comments of a file; `//` lines below one another are one comment. */
const commentsOf = (path: string): Comment[] => {
  const text = readFileSync(root + path, "utf8")
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const ranges = new Map<number, ts.CommentRange>()
  const visit = (node: ts.Node): void => {
    const leading = [node.pos, node.end].flatMap((at) => ts.getLeadingCommentRanges(text, at) ?? [])
    for (const range of [...leading, ...(ts.getTrailingCommentRanges(text, node.pos) ?? [])])
      ranges.set(range.pos, range)
    for (const child of node.getChildren(tree)) visit(child)
  }
  visit(tree)
  const runs: ts.CommentRange[][] = []
  for (const range of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const before = runs.at(-1)?.at(-1)
    const isLine = (one: ts.CommentRange): boolean => one.kind === ts.SyntaxKind.SingleLineCommentTrivia
    const goesOn = before && isLine(before) && isLine(range) && /^\r?\n[ \t]*$/.test(text.slice(before.end, range.pos))
    if (goesOn) runs.at(-1)?.push(range)
    else runs.push([range])
  }
  return runs.map((run) => ({
    path,
    line: tree.getLineAndCharacterOfPosition((run[0] as ts.CommentRange).pos).line + 1,
    text: run.map(({ pos, end }) => text.slice(pos, end)).join("\n"),
  }))
}

const proseOf = (text: string): string =>
  text
    .replaceAll(/^\s*(\/\*\*?|\*\/|\*|\/\/+)\s?/gm, "")
    .replace(/\*\/$/, "")
    .replaceAll(/`[^`]*`|\{@link [^}]*\}/g, "x")

/** Sentences, items of lists and rows of tables. */
const sentencesOf = (text: string): string[] =>
  text.split(/(?<=[.!?:])\s+(?=["“(]?[A-Z0-9])|\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.)\s)|(?=@(?:param|returns|throws)\b)/)

/**
 * The prose of a document: without code and headings, a row of a table as one cell after the other.
 */
const proseOfDocument = (text: string): string =>
  text
    .replaceAll(/```[\s\S]*?```|<!-- kernel:[\s\S]*?<!-- \/kernel -->/g, "\n\n")
    .replaceAll(/^#+ .*$/gm, "")
    .replaceAll(/^\|.*\|$/gm, (row) => `\n\n${row.replaceAll("|", "\n\n")}\n\n`)
    .replaceAll(/`[^`]*`/g, "x")

const isLong = (sentence: string): boolean =>
  sentence.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).length > 30

/** Words of the project's own dialect. */
const DIALECT = /\b(told|tells|held|hangs? on|of which|what is|alone)\b/i

const files = projectFiles().filter((path) => /^(engine|kernels|cli|bench|fixtures)\/.*\.(ts|mjs)$/.test(path))
const comments = files.flatMap(commentsOf)
const at = ({ path, line }: Comment): string => `${path}:${line}`

describe("comments of the code", () => {
  it("are found", () => expect(comments.length).toBeGreaterThan(5000))

  it("wrap at 100 columns, those of tests too", () => {
    const all = projectFiles().filter((path) => /\.(ts|mjs|js)$/.test(path))
    const wide = all.flatMap((path) =>
      readFileSync(root + path, "utf8")
        .split("\n")
        .flatMap((text, i) => (/^\s*(\/\*|\*|\/\/)/.test(text) && text.length > 100 ? [`${path}:${i + 1}`] : [])),
    )
    expect(wide).toEqual([])
  })

  it("have at most 6 lines, docblocks 20", () => {
    const most = (text: string): number => (text.startsWith("/**") ? 22 : 6)
    expect(comments.filter(({ text }) => text.split("\n").length > most(text)).map(at)).toEqual([])
  })

  it("have sentences of at most 30 words, but for one in a hundred", () => {
    const sentences = comments.flatMap((one) => sentencesOf(proseOf(one.text)).map((text) => ({ ...one, text })))
    const long = sentences.filter(({ text }) => isLong(text))
    expect(long.length, long.map(at).join("\n")).toBeLessThanOrEqual(sentences.length / 100)
  })

  it("avoid words of the project's own dialect", () => {
    expect(comments.filter(({ text }) => DIALECT.test(proseOf(text))).map(at).length).toBeLessThanOrEqual(10)
  })
})

/** Words that the design page replaces by terms of the field. */
const REPLACED = new Set(
  "dalle delivery scope spool film given kept fellow held told weigh lay stands standing book".split(" "),
)
/** Names with such a word, and why: at most ten. */
const NAMES: Readonly<Record<string, string>> = {
  buildingsKept: "a figure of the passport, which users read",
  floodStandingM3: "a figure of the passport, which users read",
  given: "a distortion as its file states it: a key of cameras in stored plans",
  scope: "the attribute of a cell in HTML",
}

describe("names of the code", () => {
  const sources = files.filter((path) => /\.ts$/.test(path) && !/\/assembly\//.test(path)).map(readSource)
  const wordsOf = (name: string): string[] =>
    name
      .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
      .toLowerCase()
      .split(/[ _]/)

  it("avoid words that the field has other terms for", () => {
    const faults = sources.flatMap(({ path, names }) =>
      names
        .filter(({ name }) => NAMES[name] === undefined && wordsOf(name).some((word) => REPLACED.has(word)))
        .map(({ name, line }) => `${path}:${line}: ${name}`),
    )
    expect(faults).toEqual([])
    expect(Object.keys(NAMES).length).toBeLessThanOrEqual(10)
  })
})

describe("documents in English", () => {
  // Generated from texts of the code, which have tests of their own; in French.
  const written = (path: string): boolean =>
    path.endsWith(".md") && !/^docs\/(reference\/(commands|job|kernels\.md|benchmarks)|(guide\/)?fr\/)/.test(path)
  const sentences = projectFiles()
    .filter(written)
    .flatMap((path) => {
      const text = proseOfDocument(readFileSync(root + path, "utf8"))
      return sentencesOf(text).map((sentence) => ({ path, text: sentence }))
    })

  it("have sentences of at most 30 words, but for one in a hundred", () => {
    const long = sentences.filter(({ text }) => isLong(text)).map(({ path, text }) => `${path}: ${text.slice(0, 60)}`)
    expect(long.length, long.join("\n")).toBeLessThanOrEqual(sentences.length / 100)
  })

  it("avoid words of the project's own dialect", () => {
    expect(sentences.filter(({ text }) => DIALECT.test(text)).length).toBeLessThanOrEqual(10)
  })
})
