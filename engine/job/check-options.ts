/** Checks kernel options against their declarations and suggests the nearest known names. */
import { usageError } from "../core/parse-values.js"
import { EngineError } from "../errors.js"
import type { Option, Options, OptionValue } from "../kernel.js"

/** What a check of options needs to know of a kernel. */
export interface KernelOptions {
  readonly id: string
  readonly options: Options
}

/**
 * Checks per-kernel options against the kernels' declarations. Throws E_USAGE for an unknown kernel
 * or option (with the nearest names), a value of the wrong type, or one outside its bounds or
 * choices.
 */
export const checkOptions = (
  given: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  kernels: readonly KernelOptions[],
): Record<string, Record<string, OptionValue>> => {
  const checked: Record<string, Record<string, OptionValue>> = {}
  for (const [id, values] of Object.entries(given)) {
    const kernel = kernels.find((candidate) => candidate.id === id)
    if (!kernel)
      throw unknownName(
        "kernel",
        id,
        kernels.map((candidate) => candidate.id),
        "options",
      )
    const own: Record<string, OptionValue> = {}
    for (const [name, value] of Object.entries(values)) {
      const option = kernel.options[name]
      if (!option) throw unknownName(`option of ${id}`, name, Object.keys(kernel.options), `${id}.${name}`)
      own[name] = checkValue(value, option, `${id}.${name}`)
    }
    checked[id] = own
  }
  return checked
}

/** A value that keeps its option's declaration; numbers may come as text. Throws E_USAGE. */
export const checkValue = (value: unknown, option: Option, name: string): OptionValue => {
  const expected = describeOption(option)
  const refuse = (): EngineError => usageError(name, JSON.stringify(value), expected, `Default: ${option.default}.`)
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
  if (typeof value !== "string" || (option.choices && !option.choices.includes(value))) throw refuse()
  return value
}

/** What values an option takes, in words. */
export const describeOption = (option: Option): string => {
  if (option.type === "boolean") return "true or false"
  if (option.type === "string") return option.choices ? `one of ${option.choices.join(", ")}` : "a text"
  const unit = option.unit === undefined ? "" : ` ${option.unit}`
  if (option.min !== undefined && option.max !== undefined) return `a number from ${option.min} to ${option.max}${unit}`
  if (option.min !== undefined) return `a number of at least ${option.min}${unit}`
  return option.max === undefined ? `a number${unit}` : `a number of at most ${option.max}${unit}`
}

/** E_USAGE for a name that nobody declares, with the nearest ones. */
export const unknownName = (what: string, found: string, known: readonly string[], option: string): EngineError => {
  const near = nearestNames(found, known)
  const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `Known: ${known.join(", ") || "none"}.`
  return new EngineError("E_USAGE", `there is no ${what} "${found}". ${hint}`, { option })
}

/**
 * The known names nearest to a name, at most three: those that end in it behind a dot, else by edit
 * distance; none where all are far.
 */
export const nearestNames = (name: string, known: readonly string[]): string[] => {
  const endings = known.filter((candidate) => candidate.toLowerCase().endsWith(`.${name.toLowerCase()}`))
  if (endings.length > 0) return endings.slice(0, 3)
  const scored = known.map((candidate) => ({
    candidate,
    distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
  }))
  const best = Math.min(...scored.map(({ distance }) => distance))
  // A third of a name may be spelt wrongly: of short ones a letter.
  if (best > Math.max(1, name.length / 3)) return []
  return scored
    .filter(({ distance }) => distance === best)
    .map(({ candidate }) => candidate)
    .slice(0, 3)
}

/** Levenshtein distance, two rows. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

type PerKernelOptions = Readonly<Record<string, Readonly<Record<string, OptionValue>>>>

/**
 * Contents that a parent may fill: where its children are, it is written in parts, one for each
 * child's cell first.
 */
const CONTENTS_OF_PARENT = 4

/**
 * The job's options, with the triangles of a parent for every kernel that has an option
 * `maxTriangles` which the job does not state: four times the limit of a content, within the
 * option's own bounds. Fewer would make a parent of four full children sixteen times coarser, more
 * would be cut into contents smaller than the children's.
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
