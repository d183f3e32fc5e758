/** Renders the help of a command: title, examples, usage, options by group. */
import type { Argument, Command, Option } from "commander"
import { exitMeanings } from "../exit-codes.js"
import type { Language } from "../language.js"
import { frenchOf, helpOf } from "./declare.js"
import { french } from "./french.js"

/** `all`: every option with its details; else one line for each common option. */
export interface HelpStyle {
  readonly language: Language
  readonly all: boolean
}

const WIDTH = 80
/** Widest column of option names; longer ones have a line to themselves. */
const WIDEST = 30

type Row = readonly [term: string, text: string]

/** A text of the program in a language, line by line. */
export const translate = (text: string, language: Language): string =>
  language === "en"
    ? text
    : text
        .split("\n")
        .map((line) => french[line] ?? line)
        .join("\n")

/** The help of a command, at most {@link WIDTH} columns wide. */
export const renderHelp = (command: Command, style: HelpStyle): string => {
  const t = (text: string): string => translate(text, style.language)
  const { examples } = helpOf(command)
  const details = t(command.description())
  const isProgram = command.parent === null
  const groups = [
    ...commandRows(command, t),
    ...optionRows(command, style),
    ...(style.all && isProgram ? [["Exit codes:", exitRows(t)] as const] : []),
  ]
  const column = columnOf(groups.flatMap(([, rows]) => rows))
  const blocks = [
    wrap(`${nameOf(command)} — ${t(command.summary())}`),
    examples.map((line) => `  ${t(line)}`),
    details === "" ? [] : details.split("\n").flatMap((line) => wrap(line)),
    isProgram ? [] : usageLines(command, style.language),
    ...groups.map(([heading, rows]) => [t(heading), ...table(rows, column)]),
    style.all ? [] : nextLines(command, t),
  ]
  return `${blocks.flatMap((lines) => (lines.length === 0 ? [] : [lines.join("\n")])).join("\n\n")}\n`
}

/** Where the short help says that there is more. */
const nextLines = (command: Command, t: (text: string) => string): string[] => {
  if (command.parent === null) return [t("Options: maille COMMAND --help. Exit codes: maille --help-all.")]
  return helpOf(command).basics ? [`${t("All options:")} ${nameOf(command)} --help-all`] : []
}

/** The options that all commands take: the end of `--help-all`. */
export const renderGlobals = (language: Language): string => {
  const rows = globalRows((text) => translate(text, language))
  return `${[translate("Every command:", language), ...table(rows, columnOf(rows))].join("\n")}\n`
}

const exitRows = (t: (text: string) => string): Row[] =>
  Object.entries(exitMeanings).map(([code, meaning]) => [code, t(meaning)])

/** Name of a command with its parents: `maille submit slurm`. */
export const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`

const usageLines = (command: Command, language: Language): string[] => {
  const rows = command.registeredArguments.map((argument): Row => [argument.name(), textOf(argument, language)])
  return [
    ...wrap(`${translate("Usage:", language)} ${nameOf(command)} ${command.usage()}`, 7),
    ...table(rows, columnOf(rows)),
  ]
}

/** Subcommands by group. */
const commandRows = (command: Command, t: (text: string) => string): [string, Row[]][] =>
  grouped(
    command.commands,
    (one) => one.helpGroup() || "Commands:",
    (one): Row => [one.name(), t(one.summary())],
  )

const visibleOptions = (command: Command): Option[] => command.options.filter(({ hidden }) => !hidden)

const optionRows = (command: Command, { language, all }: HelpStyle): [string, Row[]][] => {
  const { basics } = helpOf(command)
  const whole = all || basics === undefined
  return grouped(
    visibleOptions(command).filter(({ long }) => whole || basics.has(long ?? "")),
    (option) => option.helpGroupHeading ?? "Options:",
    (option): Row => [option.flags, optionText(option, { language, all: whole })],
  )
}

/** The text of an option, with its default and choices. */
export const optionText = (option: Option, { language, all }: HelpStyle): string => {
  const t = (text: string): string => translate(text, language)
  const own = textOf(option, language)
  const [short = "", ...details] = own.split("\n")
  const { defaultValue, argChoices = [] } = option
  const isShown = defaultValue !== undefined && typeof defaultValue !== "boolean"
  const usual = isShown ? ` (${t("default:")} ${defaultValue})` : ""
  const isNamed = argChoices.every((name) => own.includes(name))
  const choices = all && !isNamed ? [`${t("one of")} ${argChoices.join(", ")}`] : []
  const needed = option.mandatory ? ` (${t("required")})` : ""
  const parts = [`${short}${usual}${needed}`, ...(all ? details : []), ...choices]
  // The form of a JSON document follows a colon.
  return parts.join("; ").replace("; {", language === "fr" ? " : {" : ": {")
}

/** The whole text of an option or argument. */
export const textOf = (one: Option | Argument, language: Language): string =>
  (language === "fr" ? frenchOf(one) : undefined) ?? translate(one.description, language)

/** Options that the program reads before the command does. */
export const globalRows = (t: (text: string) => string): Row[] => [
  ["-h, --help", t("the common options")],
  ["--help-all", t("all options with details")],
  ["--lang <name>", t("language of help and report.html: en or fr (also MAILLE_LANG)")],
  ["--quiet", t("print only errors and the result")],
  ["--verbose", t("print stages, tasks and decisions too")],
]

const grouped = <T>(all: readonly T[], headingOf: (one: T) => string, rowOf: (one: T) => Row): [string, Row[]][] => {
  const groups = new Map<string, Row[]>()
  for (const one of all) groups.set(headingOf(one), [...(groups.get(headingOf(one)) ?? []), rowOf(one)])
  return [...groups]
}

/** Column of the texts of a table. */
const columnOf = (rows: readonly Row[]): number => {
  const widths = rows.map(([term]) => term.length).filter((width) => width <= WIDEST)
  return 4 + Math.max(5, ...widths)
}

const table = (rows: readonly Row[], column: number): string[] =>
  rows.flatMap(([term, text]) => {
    const start = `  ${term}`
    return start.length + 2 > column
      ? [start, ...wrap(text, column, " ".repeat(column))]
      : wrap(text, column, start.padEnd(column))
  })

/** Lines of at most {@link WIDTH} columns; those after the first begin with `indent` spaces. */
const wrap = (text: string, indent = 0, start = ""): string[] => {
  const lines: string[] = []
  let line = start
  let isEmpty = true
  // French sets a space before some marks; no line begins with one.
  for (const word of text.split(/ (?![:;?!»%])/)) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = " ".repeat(indent)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}
