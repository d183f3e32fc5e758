/**
 * The kinds of values that job fields take: for each its JSON schema, its check and how its flag is
 * read.
 */
import { parseWhole, usageError } from "../core/parse-values.js"
import { type KernelOptions, unknownName } from "./check-options.js"

/** A JSON schema (draft-07), as plain data. */
export type JsonSchema = { readonly [key: string]: JsonValue }
type JsonValue = string | number | boolean | readonly JsonValue[] | JsonSchema

/** What a check knows beside the value. */
export interface CheckContext {
  /** Name that messages give the field. */
  readonly flag: string
  /** Declarations of the kernels that options may be of. */
  readonly kernels?: readonly KernelOptions[]
}

/**
 * Which files a field names. `input`: a file, folder, glob or address of points; `existing`: a file
 * or folder that must be there, or an address; `module`: code; `output`: the output folder.
 */
export type PathKind = "input" | "existing" | "module" | "output"

/** How a field is given and checked. */
export interface FieldKind {
  readonly schema: JsonSchema
  /**
   * The value as a resolved job has it; undefined: the field is left out. Paths come as they are
   * given. Throws E_USAGE.
   */
  check(value: never, context: CheckContext): unknown
  /** What a flag's text is read as; absent: it stays a text. */
  readonly parse?: "number" | "list"
  /** The only values that a flag takes, and the only names that a list of them may hold. */
  readonly choices?: readonly string[]
  readonly names?: readonly string[]
  readonly path?: PathKind
}

/** Any text but an empty one. */
export const text = {
  schema: { type: "string", minLength: 1 },
  check: (value: string): string => value,
} as const

/** What a function of texts or numbers reads. */
export const parsed = <G, R>(schema: JsonSchema, parse: (value: G, flag: string) => R) => ({
  schema,
  check: (value: G, { flag }: CheckContext): R => parse(value, flag),
})

/** What only the resolved job of an output folder states, and nothing reads as a field. */
export const written = <T>(type: string) => ({
  schema: { type },
  check: (value: T): T => value,
  written: true as const,
})

/** One path. */
export const path = <K extends PathKind>(kind: K) => ({ ...text, path: kind })

/** Some paths. */
export const paths = <K extends PathKind>(kind: K) => ({
  schema: { type: "array", items: text.schema },
  check: (value: readonly string[]): readonly string[] => value,
  path: kind,
})

/** Some paths; none is as good as no field. */
export const somePaths = {
  ...paths("existing"),
  check: (value: readonly string[]): readonly string[] | undefined => (value.length === 0 ? undefined : value),
}

/** True, or no field. */
export const toggle = {
  schema: { type: "boolean" },
  check: (value: boolean): true | undefined => value || undefined,
} as const

/** One of some names; `what` says of what. */
export const oneOf = <const C extends string>(what: string, choices: readonly C[]) => ({
  schema: { enum: choices },
  choices,
  check: (value: string, { flag }: CheckContext): C => findName(what, choices, value, flag),
})

/**
 * Some of some names, in the order of these, so that the order of the words changes no hash. `also`
 * are taken, and dropped.
 */
export const someOf = <const C extends string>(what: string, names: readonly C[], also: readonly string[] = []) => ({
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

/** A distance between points, metres; `without` says what is taken where none is given. */
export const spacing = (without: string) => ({
  schema: { type: "number", minimum: leastSpacing, maximum: mostSpacing },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => {
    const mm = Math.round(value * 1000)
    if (mm >= leastSpacing * 1000 && mm <= mostSpacing * 1000 && Math.abs(value * 1000 - mm) < 1e-6) return mm / 1000
    const expected = `whole millimetres from ${leastSpacing} to ${mostSpacing} m`
    throw usageError(flag, String(value), expected, `Leave it out for ${without}.`)
  },
})

/** One of some numbers. */
export const numberOf = (numbers: readonly number[], remedy: string) => ({
  schema: { enum: numbers },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => {
    if (numbers.includes(value)) return value
    throw usageError(flag, String(value), `one of ${numbers.join(", ")}`, remedy)
  },
})

/** Processor seconds up to a year; `remedy` says what 0 and no value mean. */
export const seconds = (remedy: string) => ({
  schema: { type: "number", minimum: 0 },
  parse: "number" as const,
  check: (value: number, { flag }: CheckContext): number => {
    const most = 366 * 86_400
    if (Number.isFinite(value) && value >= 0 && value <= most) return value
    throw usageError(flag, String(value), `seconds of a processor from 0 to ${most}`, remedy)
  },
})
