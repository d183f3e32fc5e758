/** Reads small XML files, orientations and VRT, into trees of elements. */

import { SaxesParser } from "saxes"
import { MAX_DEPTH } from "../../core/bounds.js"
import { counted } from "../../core/texts.js"
import type { EngineError } from "../../errors.js"
import { lineFault } from "./line-fault.js"

/** An element of an XML file. Comments and instructions are ignored. */
export interface XmlElement {
  readonly name: string
  readonly line: number
  readonly attributes: Readonly<Record<string, string>>
  /** The text directly inside, trimmed. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

/**
 * Parses a small XML text with saxes and returns its root element. O(length).
 *
 * @throws EngineError `E_FORMAT`, with file and line, if the text is not well-formed
 */
export const parseXml = (text: string, file: string): XmlElement => {
  const root = { name: "", line: 1, attributes: {}, text: "", children: [] as XmlElement[] }
  const open = [root]
  const top = (): typeof root => open[open.length - 1] ?? root
  const parser = new SaxesParser()
  parser.on("error", ({ message }) => {
    const within = open.length > 1 ? `, inside <${top().name}> of line ${top().line}` : ""
    throw broken(file, parser.line, `${message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")}${within}`)
  })
  parser.on("opentag", ({ name, attributes }) => {
    if (open.length > MAX_DEPTH) throw broken(file, parser.line, `elements nested more than ${MAX_DEPTH} levels deep`)
    const element = { name, line: parser.line, attributes, text: "", children: [] as XmlElement[] }
    top().children.push(element)
    open.push(element)
  })
  const add = (more: string): void => {
    top().text += more
  }
  parser.on("text", add)
  parser.on("cdata", add)
  parser.on("closetag", () => {
    const element = open.pop() ?? root
    element.text = element.text.trim()
  })
  parser.write(text).close()
  // The parser refuses a text without a root element, and one with two.
  return root.children[0]!
}

const broken = (file: string, line: number, what: string): EngineError =>
  lineFault(file, line, `damaged XML: ${what}. Fetch or export it again.`)

/** The first descendant of a name in document order, or undefined. */
export const findElement = (element: XmlElement, name: string): XmlElement | undefined => {
  for (const child of element.children) {
    const found = child.name === name ? child : findElement(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The element at a path of names below `element`. Each may be at any depth below the one before.
 *
 * @throws EngineError `E_FORMAT`, with file and line, if there is none
 */
export const needElement = (element: XmlElement, names: readonly string[], file: string): XmlElement => {
  let at = element
  for (const name of names) {
    const found = findElement(at, name)
    if (found === undefined) {
      throw lineFault(file, at.line, `<${at.name}> lacks <${name}>. Export the orientation again.`)
    }
    at = found
  }
  return at
}

interface NumbersOf {
  readonly 1: readonly [number]
  readonly 2: readonly [number, number]
  readonly 3: readonly [number, number, number]
}

/**
 * The finite numbers in an element's text, separated by blanks.
 *
 * @throws EngineError `E_FORMAT`, with file and line, unless they are `count` numbers
 */
export const readNumbers = <N extends keyof NumbersOf>(element: XmlElement, count: N, file: string): NumbersOf[N] => {
  const words = element.text.split(/\s+/).filter((word) => word !== "")
  const numbers = words.map(Number)
  if (numbers.length === count && numbers.every(Number.isFinite)) return numbers as NumbersOf[N] & number[]
  throw lineFault(
    file,
    element.line,
    `<${element.name}> is "${element.text.slice(0, 60)}"; expected ${counted(count, "number")}. Correct it.`,
  )
}
