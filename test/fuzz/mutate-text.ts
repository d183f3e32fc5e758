import { below, type Mutation, pick, type Random } from "./mutate-bytes.js"

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
interface Place {
  readonly parent: { [name: string]: Json }
  readonly name: string
}

const placesIn = (root: Json): Place[] => {
  const found: Place[] = []
  const open: Json[] = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === null || typeof node !== "object") continue
    for (const [name, child] of Object.entries(node)) {
      found.push({ parent: node as { [name: string]: Json }, name })
      open.push(child)
    }
  }
  return found
}

const DEEP = "@deep@"
const VALUES: readonly Json[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 1e-300, DEEP],
  ...["", "x", "0", "../../x", "__proto__", "\u0000", "é".repeat(300), "9".repeat(400)],
  ...[[], {}, [[]], [null], [{}], { "": null }, [1, 2, 3], { length: 1e9 }],
]

const NUMBERS = [0, 1, -1, 0.5, 1e308, -1e308, 255, 256, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 53]

/**
 * Changes one value of a JSON tree, in place: another type, gone, doubled, exchanged, out of
 * range.
 */
const changeTree = (root: Json, random: Random): void => {
  const places = placesIn(root)
  if (places.length === 0) return
  const { parent, name } = pick(random, places)
  const other = pick(random, places)
  const value = parent[name]!
  const choice = below(random, 8)
  if (choice === 0 && Array.isArray(parent)) parent.splice(Number(name), 1)
  else if (choice === 0) delete parent[name]
  else if (choice === 1) parent[name] = structuredClone(other.parent[other.name]!)
  else if (choice === 2 && Array.isArray(value)) for (const one of [...value]) value.push(structuredClone(one))
  else if (choice <= 4 && typeof value === "number") parent[name] = pick(random, [...NUMBERS, value + 1, -value])
  else if (choice === 5 && typeof value === "string") parent[name] = `${value}${pick(random, ["x", "/..", " ", "\n"])}`
  else parent[name] = structuredClone(pick(random, VALUES))
}

/** Deeper than calls may nest, for one in four. */
const textOf = (root: Json, random: Random): string => {
  const depth = pick(random, [40, 600, 5000, 100_000])
  const [open, close] = random() < 0.5 ? ["[", "]"] : ['{"a":', "}"]
  return JSON.stringify(root).replaceAll(JSON.stringify(DEEP), `${open.repeat(depth)}1${close.repeat(depth)}`)
}

/** Changes values of a JSON text; one of lines of JSON. */
export const changeJson = (text: string, random: Random): string => {
  const lines = text.trimEnd().split("\n")
  const whole = lines.length > 1 && !isJson(lines[0]!)
  const at = whole ? 0 : below(random, lines.length)
  const tree = { root: JSON.parse(whole ? text : lines[at]!) as Json }
  for (let n = 1 + below(random, 3); n > 0; n--) changeTree(tree, random)
  const changed = tree.root === undefined ? "" : textOf(tree.root, random)
  if (whole) return changed
  lines[at] = changed
  if (random() < 0.1) lines.splice(below(random, lines.length), 0, pick(random, ["", "null", "[]", "{", "1"]))
  return `${lines.join("\n")}\n`
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON, or lines of it. */
export const jsonMutation: Mutation = (bytes, random) => encode(changeJson(decode(bytes), random))

const WORDS = ["", "0", "-1", "1e308", "NaN", "9".repeat(400), "]]>", "<!--", "&x;", "é", "[", "(", '"']

/**
 * Words, tags and numbers of a text: dropped, doubled, exchanged, replaced; or an element nested
 * deep.
 */
export const textMutation: Mutation = (bytes, random) => {
  const words = decode(bytes).split(/(\s+|[<>"=,()[\]]|\d+(?:\.\d+)?)/)
  for (let n = 1 + below(random, 4); n > 0; n--) {
    const at = below(random, words.length)
    const choice = below(random, 5)
    if (choice === 0) words.splice(at, 1 + below(random, 6))
    else if (choice === 1) words.splice(at, 0, ...words.slice(at, at + 1 + below(random, 40)))
    else if (choice === 2) words[at] = pick(random, words)
    else words[at] = pick(random, WORDS)
  }
  if (random() < 0.05) {
    const [open, close] = pick(random, [
      ["<a>", "</a>"],
      ["A[", "]"],
      ["(", ")"],
    ] as const)
    const depth = pick(random, [300, 5000, 100_000])
    words.splice(below(random, words.length), 0, open.repeat(depth), random() < 0.5 ? close.repeat(depth) : "")
  }
  return encode(words.join(""))
}
