/** Copies of a build, with or without a planted slowdown. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { type Built, benchesOf } from "./trees.js"

/** A copy of a build, one of whose kernels may be slowed down. */
export interface PlantedTree {
  /** The folder that holds its `dist`. */
  readonly root: string
  /** Its benchmarks. */
  readonly benches: Built
  remove(): Promise<void>
}

/**
 * Copies a build (`root`'s dist) and makes one kernel in the copy slower by a share of its own CPU
 * time, by a busy loop after each run; results stay the same. Without a plant: an unchanged copy.
 */
export const plantTree = async (
  root: string,
  plant?: { readonly kernel: string; readonly share: number },
): Promise<PlantedTree> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-plant-"))
  const dist = join(folder, "dist")
  await mkdir(dist)
  for (const part of ["bench", "engine", "kernels", "fixtures", "wasm"]) {
    await cp(join(root, "dist", part), join(dist, part), { recursive: true })
  }
  await cp(join(root, "package.json"), join(folder, "package.json"))
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction")
  if (plant !== undefined) {
    const table = (await import(pathToFileURL(join(dist, "kernels", "index.js")).href)) as {
      kernelTable: Readonly<Record<string, { url: string }>>
    }
    const path = fileURLToPath(table.kernelTable[plant.kernel]?.url ?? "")
    await writeFile(path, slowDown(await readFile(path, "utf8"), plant.share))
  }
  return { root: folder, benches: await benchesOf(dist), remove: () => rm(folder, { recursive: true, force: true }) }
}

/**
 * The text of a built kernel with the busy loop in it. @throws Error when its default export is not
 * where it should be
 */
export const slowDown = (text: string, share: number): string => {
  const mark = "export default defineKernel("
  if (text.split(mark).length !== 2) throw new Error(`expected one "${mark}" in the kernel's compiled file`)
  return `${text.replace(mark, "const plantedKernel = defineKernel(")}
const plantedClock = () => { const { user, system } = process.cpuUsage(); return user + system; };
export default {
    ...plantedKernel,
    run(...args) {
        const start = plantedClock();
        const outputs = plantedKernel.run(...args);
        const end = plantedClock();
        while (plantedClock() - end < (end - start) * ${share});
        return outputs;
    },
};
`
}
