import { hashOutput } from "../engine/report/hash-output.js"

/**
 * Hash of each product of a run, by relative path, as `maille hash --list` tells them; without a
 * process of its own, whose start costs more than the hashes.
 */
export const hashesOf = async (out: string): Promise<Record<string, string>> => {
  const { files = [] } = await hashOutput(out, { list: true })
  return Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))
}
