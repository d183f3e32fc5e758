/**
 * What keeps a page from being well-formed XML: tags that do not match, attributes without quotes,
 * bare `&` and `<`. The doctype may stand.
 */
export const xmlFaults = (page: string): string[] => {
  const faults: string[] = []
  const open: string[] = []
  const text = page.replace(/^<!doctype html>/i, "").replaceAll(/<style>[^<]*<\/style>/g, "<style></style>")
  const attribute = /\s+[\w:-]+="[^"<]*"/
  const tag = new RegExp(`<(/?)([A-Za-z][\\w]*)((?:${attribute.source})*)\\s*(/?)>`, "y")
  let at = 0
  while (at < text.length) {
    const next = text.indexOf("<", at)
    const words = text.slice(at, next < 0 ? text.length : next)
    const bare = /&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.exec(words)
    if (bare) faults.push(`a bare & in "${words.slice(bare.index, bare.index + 30)}"`)
    if (next < 0) break
    tag.lastIndex = next
    const found = tag.exec(text)
    if (!found) return [...faults, `no tag at "${text.slice(next, next + 60)}"`]
    const [, closing, name = "", attributes = "", empty] = found
    if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(attributes)) faults.push(`a bare & in an attribute of <${name}>`)
    if (closing === "/") {
      const last = open.pop()
      if (last !== name) return [...faults, `</${name}> closes <${last ?? "nothing"}>`]
    } else if (empty !== "/") open.push(name)
    at = next + found[0].length
  }
  return open.length > 0 ? [...faults, `not closed: ${open.join(", ")}`] : faults
}
