import { type Command, InvalidArgumentError, Option } from "commander"
import { usageError } from "../engine/core/parse-values.js"
import { checkValue, describeOption, type KernelOptions, unknownName } from "../engine/job/check-options.js"
import type { Option as Declaration, OptionValue } from "../engine/kernel.js"

/** Options per kernel id. */
export type KernelValues = Record<string, Record<string, OptionValue>>

interface Declared {
  readonly kernel: string
  readonly option: Declaration
}

const camelToKebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const byName = (kernels: readonly KernelOptions[]): [name: string, declared: Declared[]][] => {
  const names = new Map<string, Declared[]>()
  for (const { id, options } of kernels) {
    for (const [name, option] of Object.entries(options)) {
      names.set(name, [...(names.get(name) ?? []), { kernel: id, option }])
    }
  }
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * Adds the kernels' options to a command: `--max-error 0.1` sets the option in every kernel that declares it, `--set
 * KERNEL.OPTION=VALUE` in one (also a third-party one). Help and checks come from the declarations. An option whose flag
 * the command has for itself is reached by `--set` alone.
 */
export const addKernelOptions = (command: Command, kernels: readonly KernelOptions[]): void => {
  const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value]
  command.option("--set <kernel.option=value>", "one option of one kernel; may be repeated", collect)
  const taken = new Set(command.options.map((option) => option.long))
  command.optionsGroup("Kernel options:")
  for (const [name, declared] of byName(kernels)) {
    const flag = `--${camelToKebab(name)}`
    const first = declared[0]?.option
    if (first === undefined || taken.has(flag)) continue
    const help = helpOf(declared)
    if (first.type === "boolean") {
      command.addOption(new Option(flag, help))
      command.addOption(new Option(`--no-${camelToKebab(name)}`, `switches ${name} off`))
    } else {
      const parse = (value: string): OptionValue => parseFor(value, declared, flag)
      command.addOption(
        new Option(`${flag} <${first.type === "number" ? (first.unit ?? "n") : "value"}>`, help).argParser(parse),
      )
    }
  }
}

const helpOf = (declared: readonly Declared[]): string => {
  const byDefault = new Map<string, string[]>()
  for (const { kernel, option } of declared) {
    const text = String(option.default)
    byDefault.set(text, [...(byDefault.get(text) ?? []), kernel])
  }
  const parts = [...byDefault].map(([value, kernels]) => `${kernels.join(", ")}: default ${value}`)
  const [first] = declared
  return first === undefined ? "" : `${first.option.help}; ${describeOption(first.option)} (${parts.join("; ")})`
}

const parseFor = (value: string, declared: readonly Declared[], flag: string): OptionValue => {
  let parsed: OptionValue = value
  for (const { kernel, option } of declared) {
    try {
      parsed = checkValue(value, option, flag)
    } catch (error) {
      throw new InvalidArgumentError(`${kernel}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return parsed
}

/**
 * The kernels' options among a command's parsed flags. `--set` wins over the shared flag.
 *
 * @throws EngineError E_USAGE for a `--set` that is no `kernel.option=value`, or names an unknown kernel or option
 */
export const readKernelOptions = (
  flags: Readonly<Record<string, unknown>>,
  kernels: readonly KernelOptions[],
  own: ReadonlySet<string>,
): KernelValues => {
  const values: KernelValues = {}
  const put = (kernel: string, name: string, value: OptionValue): void => {
    values[kernel] = { ...values[kernel], [name]: value }
  }
  for (const [name, declared] of byName(kernels)) {
    const value = flags[name]
    if (value === undefined || own.has(name)) continue
    for (const { kernel } of declared) put(kernel, name, value as OptionValue)
  }
  for (const text of (flags["set"] as readonly string[] | undefined) ?? []) {
    const match = /^([^=]+)\.([^.=]+)=(.*)$/s.exec(text)
    if (!match) throw usageError("--set", `"${text}"`, "kernel.option=value", exampleOf(kernels))
    const [, id = "", name = "", value = ""] = match
    const kernel = kernels.find((candidate) => candidate.id === id)
    if (!kernel)
      throw unknownName(
        "kernel",
        id,
        kernels.map((candidate) => candidate.id),
        "--set",
      )
    const option = kernel.options[name]
    if (!option) throw unknownName(`option of ${id}`, name, Object.keys(kernel.options), "--set")
    put(id, name, checkValue(value, option, `--set ${id}.${name}`))
  }
  return values
}

/** An option of the first kernel that has one, as `--set` takes it. */
const exampleOf = (kernels: readonly KernelOptions[]): string => {
  const [example] = kernels.flatMap(({ id, options }) =>
    Object.entries(options).map(([name, option]) => `Example: --set ${id}.${name}=${option.default}`),
  )
  return example ?? "No kernel has options."
}
