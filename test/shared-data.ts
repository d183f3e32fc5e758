import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = process.env["MAILLE_TEST_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url))

/**
 * Folder of the real test files (LiDAR HD crops and more), or undefined: tests that need it are
 * then skipped.
 */
export const sharedData: string | undefined = existsSync(`${folder}/README.md`) ? folder : undefined
