/** Code blocks and commands of a Markdown page. */
import { readFileSync } from "node:fs"
import { root } from "../source-tree.js"

export interface Block {
  readonly language: string
  readonly code: string
}

/** The fenced blocks of a page, in order. */
export const blocksOf = (page: string): Block[] =>
  [...readFileSync(root + page, "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", code = ""]) => ({
      language,
      code,
    }),
  )

/** A block without its comments and with single blanks: what must be the same in every language. */
export const withoutComments = (code: string): string =>
  code
    .replaceAll(/(^|\s+)(#|\/\/) .*$/gm, "")
    .replaceAll(/ +/g, " ")
    .trim()

/**
 * The commands of a shell block, without comments; lines that set variables come before each later
 * one.
 */
export const commandsOf = ({ code }: Block): { readonly command: string; readonly before: string }[] => {
  let before = ""
  return withoutComments(code)
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((command) => {
      if (!/^\w+='[^']*'$/.test(command)) return [{ command, before }]
      before += `${command}\n`
      return []
    })
}
