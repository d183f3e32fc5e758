/** Parses Well-Known Text of CRSs into a tree, and tolerates the deviations of vendors. */

/**
 * A node `KEYWORD[argument, …]` of Well-Known Text. Keywords are upper case; numbers, texts and
 * bare words are `values` in order, nested nodes are `children`.
 */
export interface WktNode {
  readonly keyword: string
  readonly values: readonly (string | number)[]
  readonly children: readonly WktNode[]
}

const MAX_DEPTH = 32
const TOKEN = /\s*(?:"((?:[^"]|"")*)"|([[(])|([\])])|(,)|([^\s,"[\]()]+))/y

/**
 * Parses WKT 1 (OGC 01-009) or WKT 2 (ISO 19162), with square or round brackets, into a tree.
 * Tolerates white space anywhere, a final NUL, missing arguments (`UNIT[,0.0174]`) and missing
 * closing brackets.
 *
 * @returns the root; undefined where the text is empty or not WKT
 */
export const parseWkt = (text: string): WktNode | undefined => {
  const clean = text.replaceAll("\0", " ")
  const scan = new RegExp(TOKEN)
  const root: MutableNode = { keyword: "", values: [], children: [] }
  const open: MutableNode[] = [root]
  for (let match = scan.exec(clean); match !== null; match = scan.exec(clean)) {
    const top = open.at(-1)
    if (top === undefined || open.length > MAX_DEPTH) return undefined
    if (match[1] !== undefined) top.values.push(match[1].replaceAll('""', '"'))
    else if (match[2] !== undefined) openNode(open, top)
    else if (match[3] !== undefined && open.length > 1) open.pop()
    else if (match[5] !== undefined) top.values.push(word(match[5]))
  }
  // Some files hold several systems one after the other: horizontal, then vertical.
  return root.children.length > 1 ? root : root.children[0]
}

interface MutableNode {
  keyword: string
  values: (string | number)[]
  children: MutableNode[]
}

const word = (text: string): string | number => {
  const number = Number(text)
  return Number.isNaN(number) ? text : number
}

/** Opens a node: its keyword is the bare word that precedes the bracket. */
const openNode = (open: MutableNode[], top: MutableNode): void => {
  const keyword = String(top.values.pop() ?? "").toUpperCase()
  const node: MutableNode = { keyword, values: [], children: [] }
  top.children.push(node)
  open.push(node)
}

/** The first direct child with one of the keywords. */
export const childOf = (node: WktNode, ...keywords: string[]): WktNode | undefined =>
  node.children.find((child) => keywords.includes(child.keyword))

/** The first text among the values of a node (its name), or "". */
export const nameOf = (node: WktNode | undefined): string => {
  const first = node?.values[0]
  return typeof first === "string" ? first : ""
}

/** The first number among the values of a node. */
export const numberOf = (node: WktNode | undefined): number | undefined => {
  const found = node?.values.find((value) => typeof value === "number")
  return typeof found === "number" ? found : undefined
}

/** EPSG code of a direct child: `AUTHORITY["EPSG","2154"]` or `ID["EPSG",2154]`. */
export const readEpsg = (node: WktNode): number | undefined => {
  for (const child of node.children) {
    if (child.keyword !== "AUTHORITY" && child.keyword !== "ID") continue
    if (String(child.values[0]).toUpperCase() !== "EPSG") continue
    const code = Number(child.values[1])
    if (Number.isInteger(code) && code > 0 && code < 32767) return code
    if (code > 32767 && code < 65535) return undefined
  }
  return undefined
}
