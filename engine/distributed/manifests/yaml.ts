/** Data of JSON as YAML 1.2 in block style; every text is quoted as JSON has it, which YAML takes as it is. */
export const toYaml = (value: unknown): string => `${block(value, "").replace(/^\n/, "")}\n`

const block = (value: unknown, indent: string): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return " []"
    if (value.every((one) => typeof one !== "object" || one === null)) return ` [${value.map(scalar).join(", ")}]`
    return value.map((one) => `\n${indent}-${block(one, `${indent}  `).replace(/^\n\s*/, " ")}`).join("")
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined)
    if (entries.length === 0) return " {}"
    return entries.map(([name, one]) => `\n${indent}${key(name)}:${block(one, `${indent}  `)}`).join("")
  }
  return ` ${scalar(value)}`
}

const scalar = (value: unknown): string => JSON.stringify(value)
const key = (name: string): string => (/^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name))
