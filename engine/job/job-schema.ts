/** Generates the JSON schema of job files from the fields and the kernels' declarations. */
import type { Option } from "../kernel.js"
import { type KernelOptions, sparseDefaults } from "./check-options.js"
import type { JobField, JsonSchema } from "./field-kinds.js"
import { fieldRows, listFields } from "./fields.js"

/**
 * Returns the JSON schema of a job file. The resolved `job.json` of a run conforms to it too.
 *
 * @param withOptions kernels whose options it describes; default: all
 */
export const jobSchema = (kernels: readonly KernelOptions[], withOptions = kernels): JsonSchema => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "maille job",
  description: "A job file of maille: maille run --job job.json. Relative paths start from the file's own folder.",
  type: "object",
  required: fieldRows.flatMap(([name, { required }]) => (required ? [name] : [])),
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    ...Object.fromEntries(listFields(kernels).map(([name, field]) => [name, fieldSchema(name, field, withOptions)])),
  },
})

const fieldSchema = (name: string, field: JobField, kernels: readonly KernelOptions[]): JsonSchema => {
  const { schema, help, more, fallback, default: usual } = field
  const parts = [help.en, ...(more ? [more.en] : []), ...(fallback ? [`default: ${fallback.en}`] : [])]
  const text = parts.join("; ")
  const description = `${text[0]?.toUpperCase()}${text.slice(1)}`
  const properties = Object.fromEntries(kernels.map(({ id, options }) => [id, optionsSchema(options)]))
  return {
    ...schema,
    // Defaults that depend on the machine are no part of the schema.
    ...(usual === undefined || typeof usual === "function" ? {} : { default: usual as JsonSchema }),
    description,
    ...(name === "options" ? { properties } : {}),
  }
}

const optionsSchema = (options: KernelOptions["options"]): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, optionSchema(option)])),
})

/** Items of a list that is given as an array. */
const ITEMS = {
  places: { type: "array", items: { type: "number" }, minItems: 2 },
  numbers: { type: "number" },
  texts: { type: "string" },
} as const

const optionSchema = (option: Option): JsonSchema => {
  const base = { default: option.default }
  if (option.type === "number") {
    const unit = option.unit === undefined ? "" : ` (${option.unit})`
    const sparse = sparseDefaults(option)
    return {
      type: "number",
      ...base,
      ...(option.min === undefined ? {} : { minimum: option.min }),
      ...(option.max === undefined ? {} : { maximum: option.max }),
      description: `${option.help}${unit}${sparse === undefined ? "" : `; ${sparse}`}`,
    }
  }
  if (option.type === "boolean") return { type: "boolean", ...base, description: option.help }
  const { choices, list } = option
  if (list !== undefined) return { type: ["string", "array"], items: ITEMS[list], ...base, description: option.help }
  return { type: "string", ...base, ...(choices ? { enum: choices } : {}), description: option.help }
}
