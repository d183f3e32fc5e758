/** How job fields are declared, and the kinds of values: JSON schema, check and flag parsing. */
import { parseWhole, usageError } from "../core/parse-values.js"
import type { Text } from "../kernel.js"
import { type KernelOptions, unknownName } from "./check-options.js"

/** A JSON schema (draft-07), as plain data. */
export type JsonSchema = { readonly [key: string]: JsonValue }
type JsonValue = string | number | boolean | readonly JsonValue[] | JsonSchema

export interface CheckContext {
  /** Name of the field in messages. */
  readonly flag: string
  /** Declarations of the kernels whose options may be set. */
  readonly kernels?: readonly KernelOptions[]
}

/**
 * Which files a field names.
 * - `input`: a file, folder, glob or address of points
 * - `existing`: an existing file or folder, or an address
 * - `module`: code
 * - `output`: the output folder
 */
export type PathKind = "input" | "existing" | "module" | "output"

/** How a field is given and checked. */
export interface FieldKind {
  readonly schema: JsonSchema
  /**
   * Returns the value for the resolved job; undefined omits the field. Paths pass through
   * unresolved. Throws E_USAGE.
   */
  check(value: never, context: CheckContext): unknown
  /** How to parse a flag's text; absent: it remains a text. */
  readonly parse?: "number" | "list"
  /** The values that a flag takes, and the members that its list takes. */
  readonly choices?: readonly string[]
  readonly names?: readonly string[]
  /** Which files the field names; a value among `names` is no path. */
  readonly path?: PathKind
}

/** Headings of the reference and of `--help`, in their order. */
export const fieldGroups = {
  inputs: { en: "Inputs", fr: "Entrées" },
  products: { en: "Products", fr: "Produits" },
  place: { en: "Place", fr: "Emprise" },
  resources: { en: "Resources", fr: "Ressources" },
  output: { en: "Output", fr: "Sortie" },
  advanced: { en: "Advanced", fr: "Options avancées" },
} as const satisfies Readonly<Record<string, Text>>

/** One field: a row of `jobFields`. */
export interface JobField extends FieldKind {
  readonly group: keyof typeof fieldGroups
  /** One short line: no capital, no full stop. */
  readonly help: Text
  /**
   * Details for `--help-all`, the reference and the schema, in the same form. A role of an external
   * input in braces stands for its flag.
   */
  readonly more?: Text
  /** Flag of `run` and `plan` in commander's notation; absent: only job files have the field. */
  readonly flag?: string
  /** Value of the flag if it is given without one. */
  readonly bare?: number
  /** Default value, or a function that makes it. */
  readonly default?: unknown
  /** The default in words, if the value itself does not say it. */
  readonly fallback?: Text
  readonly required?: true
  /**
   * How the field enters the hashes of tasks.
   * - `value`: its value
   * - `stated`: its value if it differs from the default
   * - `content`: what the plan derives from it, such as the content of a file or the options of a
   *   kernel
   * - `none`: it changes no product
   */
  readonly hash: "value" | "stated" | "content" | "none"
  /**
   * Products that change with this field in a finished folder; absent: compared in another way, or
   * not at all.
   */
  readonly alters?: readonly string[]
  /** The field that this one states in another form. */
  readonly formOf?: string
  /** Only in the resolved job of an output folder. */
  readonly written?: true
  /** True: in the short help of `run` and `plan` too. */
  readonly common?: true
}

/** Any non-empty text. */
export const text = {
  schema: { type: "string", minLength: 1 },
  check: (value: string): string => value,
} as const

/** A value that a function parses from a text or number. */
export const parsed = <G, R>(schema: JsonSchema, parse: (value: G, flag: string) => R) => ({
  schema,
  check: (value: G, { flag }: CheckContext): R => parse(value, flag),
})

/** A field that only the resolved job of an output folder states; resolving a job ignores it. */
export const written = <T>(type: string) => ({
  schema: { type },
  check: (value: T): T => value,
  written: true as const,
})

export const path = <K extends PathKind>(kind: K) => ({ ...text, path: kind })

export const paths = <K extends PathKind>(kind: K) => ({
  schema: { type: "array", items: text.schema },
  check: (value: readonly string[]): readonly string[] => value,
  path: kind,
})

/** Paths; an empty list counts as absent. */
export const somePaths = {
  ...paths("existing"),
  check: (value: readonly string[]): readonly string[] | undefined => (value.length === 0 ? undefined : value),
}

/** True, or absent. */
export const toggle = {
  schema: { type: "boolean" },
  check: (value: boolean): true | undefined => value || undefined,
} as const

/** One of the given names, or the path of an existing JSON file. */
export const nameOrPath = <const C extends string>(what: string, names: readonly C[]) => ({
  ...text,
  names,
  path: "existing" as const,
  check: (value: string, { flag }: CheckContext): string =>
    /\.json$/i.test(value) ? value : findName<string>(what, names, value, flag),
})

/** One of the given names; `what` is their noun in messages. */
export const oneOf = <const C extends string>(what: string, choices: readonly C[]) => ({
  schema: { enum: choices },
  choices,
  check: (value: string, { flag }: CheckContext): C => findName(what, choices, value, flag),
})

/**
 * A subset of the given names, returned in their order: the order that the caller uses changes no
 * hash. Names in `also` are accepted and dropped.
 */
export const subset = <const C extends string>(what: string, names: readonly C[], also: readonly string[] = []) => ({
  schema: { type: "array", uniqueItems: true, items: { enum: [...also, ...names] } },
  names,
  parse: "list" as const,
  check: (value: readonly string[], { flag }: CheckContext): readonly C[] => {
    for (const name of value) findName<string>(what, [...also, ...names], name, flag)
    return names.filter((name) => value.includes(name))
  },
})

const findName = <C extends string>(what: string, names: readonly C[], value: string, flag: string): C => {
  const found = names.find((name) => name === value)
  if (found === undefined) throw unknownName(what, value, names, flag)
  return found
}

/** A whole number in a range. */
export const whole = (least: number, most: number) => ({
  schema: { type: "integer", minimum: least, maximum: most },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => parseWhole(value, flag, least, most),
})

/** Bounds of distances between points, metres. */
const [leastSpacing, mostSpacing] = [0.01, 100]

/** A distance between points, metres; `without` names the default in messages. */
export const spacing = (without: string) => ({
  schema: { type: "number", minimum: leastSpacing, maximum: mostSpacing },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => {
    const mm = Math.round(value * 1000)
    if (mm >= leastSpacing * 1000 && mm <= mostSpacing * 1000 && Math.abs(value * 1000 - mm) < 1e-6) return mm / 1000
    const expected = `metres from ${leastSpacing} to ${mostSpacing}, in whole millimetres`
    throw usageError(flag, `"${value}"`, expected, `Leave it out for ${without}.`)
  },
})

/** One of the given numbers. */
export const oneNumber = <const N extends number>(numbers: readonly N[], remedy: string) => ({
  schema: { enum: numbers },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): N => {
    const found = numbers.find((number) => number === value)
    if (found !== undefined) return found
    throw usageError(flag, `"${value}"`, `one of ${numbers.join(", ")}`, remedy)
  },
})

/** Processor seconds, at most a year; `remedy` explains 0 and the default. */
export const seconds = (remedy: string) => ({
  schema: { type: "number", minimum: 0 },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => {
    const most = 366 * 86_400
    if (Number.isFinite(value) && value >= 0 && value <= most) return value
    throw usageError(flag, `"${value}"`, `processor seconds from 0 to ${most}`, remedy)
  },
})
