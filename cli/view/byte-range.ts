/** What a `Range` header asks of a file: its bytes from `start` to `end`, both included; all of it; or what cannot be given. */
export type ByteRange = { readonly start: number; readonly end: number } | "whole" | "refused"

/**
 * Reads a `Range` header (RFC 9110, section 14.1). One range of bytes is given, cut at the end of the file. Several at a time, and
 * one that lies beyond the end, are refused (416): the readers of our formats ask for one, and several may be a way to have a
 * small request answered by many times the file. Another unit, or text that is no range, means the whole file, as the standard has it.
 *
 * @param size of the file, bytes
 */
export const parseByteRange = (header: string | undefined, size: number): ByteRange => {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header ?? "")?.[1]
  if (list === undefined) return "whole"
  const ranges = list.split(",").filter((part) => part.trim() !== "")
  const matches = ranges.map((part) => /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(part))
  if (ranges.length === 0 || matches.some((match) => match === null || match[1] + (match[2] ?? "") === "")) {
    return "whole"
  }
  if (ranges.length > 1) return "refused"
  const [, first = "", last = ""] = matches[0] ?? []
  // The last so many bytes of the file.
  if (first === "") {
    const count = Math.min(Number(last), size)
    return count === 0 ? "refused" : { start: size - count, end: size - 1 }
  }
  const start = Number(first)
  if (last !== "" && Number(last) < start) return "whole"
  if (start >= size) return "refused"
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) }
}
