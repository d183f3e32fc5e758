/** Lists the micro-benchmarks, and loads one by the name of its row. */
import type { Benchmark } from "./bench.js"

/** The modules with tables; each has a list of rows as its default export. */
export const tables: readonly string[] = [
  "./formats/points.js",
  "./formats/vector.js",
  "./formats/images.js",
  "./formats/meshes.js",
  "./kernels/table.js",
  "./kernels/whole-tile.js",
].map((path) => new URL(path, import.meta.url).href)

/** URLs of all benchmarks by name: the URL of the table, with the name after "#". */
export const listBenches = async (): Promise<Map<string, string>> => {
  const found: [name: string, url: string][] = []
  for (const url of tables) {
    const { default: rows } = (await import(url)) as { default: readonly Benchmark[] }
    for (const { name } of rows) found.push([name, `${url}#${name}`])
  }
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Loads the benchmark of such a URL.
 *
 * @throws Error if the table has no such row
 */
export const loadBench = async (url: string): Promise<Benchmark> => {
  const [module = "", name] = url.split("#")
  const { default: rows } = (await import(module)) as { default: readonly Benchmark[] }
  const benchmark = rows.find((row) => row.name === name)
  if (benchmark === undefined) throw new Error(`${module} has no benchmark "${name}"`)
  return benchmark
}
