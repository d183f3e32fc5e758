/**
 * Set-up of a suite: a folder for what several test files read and one of them makes
 * (`made-once.ts`), gone with the suite.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** What test processes find the folder by. */
export const sharedFolderVariable = "MAILLE_TEST_SHARED"

export default async (): Promise<(() => Promise<void>) | undefined> => {
  // Each project of the configuration asks for it.
  if (process.env[sharedFolderVariable] !== undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), "maille-shared-"))
  process.env[sharedFolderVariable] = folder
  return () => rm(folder, { recursive: true, force: true })
}
