import { EngineError } from "../../errors.js"

/** An element of an XML file; attributes, comments and instructions are passed over, for orientations keep nothing there. */
export interface XmlElement {
  readonly name: string
  readonly line: number
  /** The text directly inside, trimmed. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }

/** Comments, CDATA, instructions and declarations, tags, text: in this order. */
const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][^>]*>|<(\/?)([^\s/>]+)[^>]*?(\/?)>|[^<]+/y

/**
 * The root element of a small XML text (orientation files, a few kilobytes): no namespaces, no entities but the five of XML
 * and numbers. O(length).
 *
 * @throws EngineError `E_FORMAT`, with file and line, where tags do not match or the text ends early
 */
export const parseXml = (text: string, file: string): XmlElement => {
  const root = { name: "", line: 1, text: "", children: [] as XmlElement[] }
  const open = [root]
  let line = 1
  TOKEN.lastIndex = 0
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(text)
    const top = open[open.length - 1]!
    if (match === null) throw broken(file, line, `"${text.slice(at, at + 20).split("\n")[0]}" is no tag`)
    const [token, cdata, closing, name, empty] = match
    if (cdata !== undefined) top.text += cdata
    else if (name === undefined) top.text += token.startsWith("<") ? "" : plain(token)
    else if (closing === "/") {
      if (open.length === 1 || top.name !== name) {
        const expected = open.length === 1 ? "no element is open" : `<${top.name}> of line ${top.line} is open`
        throw broken(file, line, `</${name}> closes nothing: ${expected}`)
      }
      top.text = top.text.trim()
      open.pop()
    } else {
      const element = { name, line, text: "", children: [] as XmlElement[] }
      top.children.push(element)
      if (empty !== "/") open.push(element)
    }
    line += countLines(token)
  }
  const last = open[open.length - 1]!
  if (open.length > 1) throw broken(file, line, `the file ends inside <${last.name}> of line ${last.line}`)
  const [first] = root.children
  if (first === undefined) throw broken(file, line, "there is no element")
  return first
}

const broken = (file: string, line: number, what: string): EngineError =>
  new EngineError("E_FORMAT", `${file}:${line}: broken XML, ${what}. Fetch or export the file again.`, { file })

const plain = (text: string): string =>
  text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, body: string) => {
    const code = /^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10)
    if (body.startsWith("#")) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return ENTITIES[body] ?? whole
  })

const countLines = (text: string): number => {
  let count = 0
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) count++
  return count
}

/** The first element of a name at any depth below (document order), or undefined. */
export const findElement = (element: XmlElement, name: string): XmlElement | undefined => {
  for (const child of element.children) {
    const found = child.name === name ? child : findElement(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The element at a path of names below `element`, each at any depth below the one before.
 *
 * @throws EngineError `E_FORMAT`, with file and line, where there is none
 */
export const needElement = (element: XmlElement, names: readonly string[], file: string): XmlElement => {
  let at = element
  for (const name of names) {
    const found = findElement(at, name)
    if (found === undefined) {
      throw new EngineError(
        "E_FORMAT",
        `${file}:${at.line}: <${at.name}> lacks <${name}>. Export the orientation again, whole.`,
        { file },
      )
    }
    at = found
  }
  return at
}

/**
 * The finite numbers in an element's text, separated by blanks.
 *
 * @throws EngineError `E_FORMAT`, with file and line, when they are not `count` numbers
 */
export const numbersOf = (element: XmlElement, count: number, file: string): readonly number[] => {
  const words = element.text.split(/\s+/).filter((word) => word !== "")
  const numbers = words.map(Number)
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers
  throw new EngineError(
    "E_FORMAT",
    `${file}:${element.line}: <${element.name}> holds "${element.text.slice(0, 60)}", expected ${count} number${count === 1 ? "" : "s"}. Correct it.`,
    { file },
  )
}
