/** Small file systems in memory, for tests of a disk that fills. */
import { execFileSync } from "node:child_process"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"

export const mount = (...args: string[]): void => {
  execFileSync("mount", args, { stdio: "ignore" })
}
export const unmount = (path: string): void => {
  execFileSync("umount", [path], { stdio: "ignore" })
}
/** Whether file systems may be mounted here: by root, outside of most containers. */
export const mounts = await (async (): Promise<boolean> => {
  const place = join("/tmp", `maille-mount-${process.pid}`)
  await mkdir(place)
  try {
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", place)
    unmount(place)
    return true
  } catch {
    return false
  } finally {
    await rm(place, { recursive: true })
  }
})()
