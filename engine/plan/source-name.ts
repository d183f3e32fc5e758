/** Name of a source for tables: that of its file or address without folder, query and ending (`.copc.laz`, `.laz`, `.las`). */
export const sourceName = (path: string): string => {
  const [plain = ""] = path.split(/[?#]/)
  return plain.slice(Math.max(plain.lastIndexOf("/"), plain.lastIndexOf("\\")) + 1).replace(/(\.copc)?\.la[sz]$/i, "")
}
