/** Checks kernel options against their declarations and suggests the nearest known names. */
import { objectArgument, showValue } from "../core/arguments.js"
import type { Density } from "../core/density.js"
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import type { JobFacts, Kernel, Option, Options, OptionValue, Ports } from "../kernel.js"

/** The part of a kernel that the check of a job reads. */
export interface KernelOptions {
  readonly id: string
  readonly options: Options
  /** Absent: it reads no file that the user brings. */
  readonly inputs?: Ports
}

/**
 * Checks per-kernel options against the kernels' declarations.
 *
 * @throws EngineError E_USAGE for an unknown kernel or option, with the nearest names
 * @throws EngineError E_USAGE for a value of the wrong type, or outside its bounds or choices
 */
export const checkOptions = (
  stated: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  kernels: readonly KernelOptions[],
): Record<string, Record<string, OptionValue>> => {
  const checked: Record<string, Record<string, OptionValue>> = {}
  for (const [id, values] of Object.entries(stated)) {
    const kernel = kernels.find((candidate) => candidate.id === id)
    if (!kernel)
      throw unknownName(
        "kernel",
        id,
        kernels.map((candidate) => candidate.id),
        "options",
      )
    const own: Record<string, OptionValue> = {}
    for (const [name, value] of Object.entries(objectArgument(values, id))) {
      const option = Object.hasOwn(kernel.options, name) ? kernel.options[name] : undefined
      if (!option) throw unknownName(`option of ${id}`, name, optionNames([kernel], kernels), `${id}.${name}`)
      own[name] = checkValue(value, option, `${id}.${name}`)
    }
    checked[id] = own
  }
  return checked
}

/** Names of options of kernels, and of the kernels that are parts of them, such as x-join. */
export const optionNames = (owners: readonly KernelOptions[], kernels: readonly KernelOptions[]): string[] => {
  const parts = kernels.filter(({ id }) => owners.some((owner) => id.startsWith(`${owner.id}-`)))
  return [
    ...new Set(owners.flatMap(({ options }) => Object.keys(options))),
    ...parts.flatMap(({ id, options }) => Object.keys(options).map((name) => `${id}.${name}`)),
  ]
}

type ListKind = Extract<Option, { type: "string" }>["list"]

/**
 * Checks a value against its option's declaration; numbers may be texts, lists may be arrays.
 * Throws E_USAGE.
 */
export const checkValue = (value: unknown, option: Option, name: string): OptionValue => {
  const expected = describeOption(option)
  const refuse = (): EngineError => usageError(name, showValue(value), expected, `Default: ${option.default}.`)
  if (option.type === "number") {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
    if (typeof number !== "number" || !Number.isFinite(number)) throw refuse()
    if (number < (option.min ?? -Infinity) || number > (option.max ?? Infinity)) throw refuse()
    return number
  }
  if (option.type === "boolean") {
    if (typeof value === "boolean") return value
    if (value === "true" || value === "false") return value === "true"
    throw refuse()
  }
  const text = Array.isArray(value) ? joinList(value, option.list) : value
  if (typeof text !== "string" || (option.choices && !option.choices.includes(text))) throw refuse()
  return text
}

/** An array in the form of a list's text; undefined for what does not belong into it. */
const joinList = (values: readonly unknown[], list: ListKind): string | undefined => {
  const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value)
  const isItem: Readonly<Record<ListKind & string, (value: unknown) => boolean>> = {
    numbers: isNumber,
    texts: (value) => typeof value === "string" && !value.includes(","),
    places: (value) => Array.isArray(value) && value.length > 1 && value.every(isNumber),
  }
  if (list === undefined || !values.every(isItem[list])) return undefined
  return values.map(String).join(list === "places" ? " " : ",")
}

/**
 * Lets a kernel check its resolved options.
 *
 * @throws EngineError E_USAGE for options that the kernel refuses
 */
export const checkByKernel = (
  kernel: Pick<Kernel, "id" | "check">,
  options: Readonly<Record<string, OptionValue>>,
  job: JobFacts,
): void => {
  try {
    kernel.check?.(options, job)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError("E_USAGE", `${kernel.id}: ${text}`, { option: kernel.id }, cause)
  }
}

/** The values that an option takes, in words. */
export const describeOption = (option: Option): string => {
  if (option.type === "boolean") return "true or false"
  if (option.type === "string") return option.choices ? `one of ${option.choices.join(", ")}` : "a text"
  const unit = option.unit === undefined ? "" : ` ${option.unit}`
  if (option.min !== undefined && option.max !== undefined) return `a number from ${option.min} to ${option.max}${unit}`
  if (option.min !== undefined) return `a number of at least ${option.min}${unit}`
  return option.max === undefined ? `a number${unit}` : `a number of at most ${option.max}${unit}`
}

/** The defaults of an option for sparse points, in words; undefined if density does not matter. */
export const sparseDefaults = (option: Option): string | undefined => {
  const known = option.type === "number" ? Object.entries(option.byDensity ?? {}) : []
  if (known.length === 0) return undefined
  return `default by --density: ${known.map(([density, value]) => `${value} at ${density}`).join(", ")}`
}

/** E_USAGE for an unknown name, with the nearest known ones. */
export const unknownName = (what: string, found: string, known: readonly string[], option: string): EngineError => {
  const near = nearestNames(String(found), known).map((name) => `"${name}"`)
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Known: ${known.join(", ") || "none"}.`
  // Other options are fields of a job or arguments, whose name says nothing to a user.
  const flag = option.startsWith("--") ? `${option}: ` : ""
  return new EngineError("E_USAGE", `${flag}unknown ${what} "${String(found)}". ${hint}`, { option })
}

/**
 * Finds the known names nearest to a name, at most three. Names that end in it behind a dot win,
 * then the smallest edit distance; empty if all are far.
 */
export const nearestNames = (name: string, known: readonly string[]): string[] => {
  const endings = known.filter((candidate) => candidate.toLowerCase().endsWith(`.${name.toLowerCase()}`))
  if (endings.length > 0) return endings.slice(0, 3)
  const scored = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
  }))
  const best = Math.min(...scored.map(({ distance }) => distance))
  // A third of the letters may be wrong, and always one.
  if (best > Math.max(1, name.length / 3)) return []
  return scored
    .filter(({ distance }) => distance === best)
    .map(({ candidate }) => candidate)
    .slice(0, 3)
}

/** Levenshtein distance in which two exchanged neighbours count once; keeps three rows. */
const editDistance = (a: string, b: string): number => {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchange = isExchange ? (before[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min(swap, exchange, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    ;[before, row] = [row, next]
  }
  return row[b.length] ?? 0
}

/** The default of an option in a job of this density. */
export const defaultFor = (option: Option, density: Density | undefined): OptionValue =>
  (option.type === "number" && density !== undefined ? option.byDensity?.[density] : undefined) ?? option.default

type PerKernelOptions = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/** Adds the defaults for the density to the options of kernels, unless the job states them. */
export const withDensity = (
  options: PerKernelOptions,
  kernels: readonly { readonly kernel: KernelOptions }[],
  density: Density,
): PerKernelOptions => {
  const all: Record<string, Readonly<Record<string, OptionValue>>> = { ...options }
  for (const { kernel } of kernels) {
    const sparse = Object.entries(kernel.options).filter(([, option]) => option.type === "number" && option.byDensity)
    if (sparse.length === 0) continue
    const defaults = Object.fromEntries(sparse.map(([name, option]) => [name, defaultFor(option, density)]))
    all[kernel.id] = { ...defaults, ...options[kernel.id] }
  }
  return all
}

/**
 * A parent with children is written in parts, at first one per child's cell: it may fill this many
 * contents.
 */
const CONTENTS_OF_PARENT = 4

/**
 * Adds `maxTriangles` to the options of every kernel that declares it, unless the job states it.
 * The value is four times the limit of a content, within the option's bounds. Fewer would make a
 * parent of four full children sixteen times coarser; more would yield contents smaller than the
 * children's.
 */
export const withMaxTriangles = (
  options: PerKernelOptions,
  kernels: readonly { readonly kernel: KernelOptions }[],
  maxTriangles: number,
): PerKernelOptions => {
  const all: Record<string, Readonly<Record<string, OptionValue>>> = { ...options }
  for (const { kernel } of kernels) {
    const option = kernel.options["maxTriangles"]
    if (option?.type !== "number") continue
    const value = Math.min(option.max ?? Infinity, Math.max(option.min ?? 0, CONTENTS_OF_PARENT * maxTriangles))
    all[kernel.id] = { maxTriangles: value, ...options[kernel.id] }
  }
  return all
}
