import type { JournalRecord, WrittenFile } from "./journal-record.js"

/** A file that a run noted, and when, as ISO 8601. */
export interface NotedFile extends WrittenFile {
  readonly at: string
}

/** Adds the files of a record to those that are known, or takes them out. */
export const noteWritten = (
  written: Map<string, NotedFile>,
  { files, gone, at }: Extract<JournalRecord, { readonly type: "written" }>,
): void => {
  const isLater = (path: string): boolean => at >= (written.get(path)?.at ?? "")
  for (const path of gone ?? []) if (isLater(path)) written.delete(path)
  for (const file of files) if (isLater(file.path)) written.set(file.path, { ...file, at })
}
