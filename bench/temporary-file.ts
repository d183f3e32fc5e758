import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Writes bytes under `name` in a folder of their own, which `remove` deletes. */
export const temporaryFile = async (
  name: string,
  bytes: Uint8Array,
): Promise<{ path: string; remove: () => Promise<void> }> => {
  const folder = await mkdtemp(join(tmpdir(), "maille-bench-"))
  const path = join(folder, name)
  await writeFile(path, bytes)
  return { path, remove: () => rm(folder, { recursive: true }) }
}
