/** Options of kernels on a command line: a flag for those that declare one, `--set` for all. */
import { type Command, Option } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import {
  checkValue,
  describeOption,
  type KernelOptions,
  optionNames,
  unknownName,
} from "../engine/job/check-options.js"
import type { Option as Declaration, OptionValue } from "../engine/kernel.js"
import { completeBy } from "./help/declare.js"

/** Heading of these options. Their texts are those of the kernels, in English only. */
export const kernelGroup = "Kernel options:"

/** Options per kernel id. */
export type KernelValues = Record<string, Record<string, OptionValue>>

/** Value of a flag that several kernels share. */
class SharedValue {
  readonly value: OptionValue
  constructor(value: OptionValue) {
    this.value = value
  }
}

/**
 * Adds the options of the kernels to a command. `--set dtm.cell=1` sets one option of one kernel,
 * including third-party ones. A flag such as `--max-error 0.1` sets it in all kernels that declare
 * it with `flag`. Help and checks come from the declarations.
 */
export const addKernelOptions = (command: Command, kernels: readonly KernelOptions[]): void => {
  const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value]
  const set = new Option(
    "--set <kernel.option=value>",
    "set one option of a kernel, such as dtm.cell=1\nmay be repeated; maille kernels ID lists the options",
  ).argParser(collect)
  const assigned = kernels.flatMap(({ id, options }) => Object.keys(options).map((name) => `${id}.${name}=`))
  command.optionsGroup(kernelGroup).addOption(completeBy(set, assigned))
  const flagged = kernels.flatMap(({ id, options }) =>
    Object.entries(options).flatMap(([name, option]) => (option.flag ? [{ id, name, option }] : [])),
  )
  for (const name of [...new Set(flagged.map((one) => one.name))].sort()) {
    const declared = flagged.filter((one) => one.name === name)
    const [first] = declared.map(({ option }) => option)
    if (first === undefined) continue
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const unit = first.type === "number" ? (first.unit ?? "n") : "value"
    const option = new Option(`${flag} <${unit}>`, writeHelp(declared))
    command.addOption(option.argParser((value) => new SharedValue(parseFor(value, declared, flag))))
  }
}

interface Declared {
  readonly id: string
  readonly option: Declaration
}

const writeHelp = (declared: readonly Declared[]): string => {
  const byDefault = new Map<string, string[]>()
  for (const { id, option } of declared) {
    const text = String(option.default)
    byDefault.set(text, [...(byDefault.get(text) ?? []), id])
  }
  const parts = [...byDefault].map(([value, kernels]) => `${kernels.join(", ")}: default ${value}`)
  const [first] = declared
  return first === undefined ? "" : `${first.option.help}\n${describeOption(first.option)} (${parts.join("; ")})`
}

const parseFor = (value: string, declared: readonly Declared[], flag: string): OptionValue => {
  let parsed: OptionValue = value
  for (const { id, option } of declared) parsed = checkValue(value, option, `${flag} (${id})`)
  return parsed
}

/**
 * The kernels' options among a command's parsed flags. `--set` wins over the shared flag.
 * @throws EngineError E_USAGE for a `--set` that is no `kernel.option=value`, or names an unknown
 *   kernel or option, or two kernels
 */
export const readKernelOptions = (
  flags: Readonly<Record<string, unknown>>,
  kernels: readonly KernelOptions[],
): KernelValues => {
  const values: KernelValues = {}
  const put = (kernel: string, name: string, value: OptionValue): void => {
    values[kernel] = { ...values[kernel], [name]: value }
  }
  for (const [name, shared] of Object.entries(flags)) {
    if (!(shared instanceof SharedValue)) continue
    for (const { id, options } of kernels) if (options[name]?.flag) put(id, name, shared.value)
  }
  for (const text of (flags["set"] as readonly string[] | undefined) ?? []) {
    const match = /^([^=]+)\.([^.=]+)=(.*)$/s.exec(text)
    if (!match) throw usageError("--set", `"${text}"`, "kernel.option=value", makeExample(kernels))
    const [, asked = "", name = "", value = ""] = match
    const { id, option } = findOption(asked, name, kernels)
    put(id, name, checkValue(value, option, `--set ${id}.${name}`))
  }
  return values
}

/** Suggests `--set` for an unknown flag; undefined where no kernel has such an option. */
export const remedyOfFlag = (flag: string, kernels: readonly KernelOptions[]): string | undefined => {
  const name = flag.replace(/^--(no-)?/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const ids = kernels.flatMap(({ id, options }) => (Object.hasOwn(options, name) ? [id] : []))
  if (ids.length === 0) return undefined
  const each = ids.length > 1 ? ", once per kernel" : ""
  return `${name} is an option of ${ids.join(", ")}. Give it with --set ${ids[0]}.${name}=VALUE${each}.`
}

/** An example of `--set`, from the first kernel with options. */
const makeExample = (kernels: readonly KernelOptions[]): string => {
  const [example] = kernels.flatMap(({ id, options }) =>
    Object.entries(options).map(([name, option]) => `Example: --set ${id}.${name}=${option.default}`),
  )
  return example ?? "No kernel has options."
}

/** Finds the option `name` of the kernel `asked`: a whole id, or the end of one after a dot. */
const findOption = (asked: string, name: string, kernels: readonly KernelOptions[]): Declared => {
  const whole = kernels.filter(({ id }) => id === asked)
  const found = whole.length > 0 ? whole : kernels.filter(({ id }) => id.endsWith(`.${asked}`))
  const [first] = found
  if (first === undefined) {
    const known = kernels.map(({ id }) => (asked.includes(".") ? id : id.slice(id.indexOf(".") + 1)))
    throw unknownName("kernel", asked, [...new Set(known)], "--set")
  }
  const holders = found.flatMap(({ id, options }) => (options[name] ? [{ id, option: options[name] }] : []))
  const [holder, second] = holders
  if (holder === undefined) {
    const owners = found.map(({ id }) => id).join(" and ")
    throw unknownName(`option of ${owners}`, name, optionNames(found, kernels), "--set")
  }
  if (second === undefined) return holder
  const ids = holders.map(({ id }) => id)
  throw usageError(
    "--set",
    `"${asked}.${name}"`,
    `one kernel of ${ids.join(", ")}`,
    `Example: --set ${ids[0]}.${name}=VALUE.`,
  )
}
