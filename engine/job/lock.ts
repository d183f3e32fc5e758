import { mkdir, open, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { EngineError } from "../errors.js"

/**
 * Takes the output folder for this process, so that two runs never write the same journal. A lock left by a killed process is
 * recognised (its process is gone, or another one has its number now) and replaced. Returns the release.
 * Throws E_USAGE when a living run holds it.
 */
export const lockOutput = async (out: string): Promise<() => Promise<void>> => {
  const folder = join(out, ".work")
  await mkdir(folder, { recursive: true })
  const path = join(folder, "lock")
  const mine = `${process.pid} ${await startOf(process.pid)}`
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = await open(path, "wx")
      await handle.writeFile(mine)
      await handle.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
    const [pid = "0", started = ""] = (await readFile(path, "utf8").catch(() => "")).split(" ")
    if (isAlive(Number(pid)) && (await startOf(Number(pid))) === started) {
      const text = `${out} is being written by process ${pid}; wait for it, stop it, or choose another --out`
      throw new EngineError("E_USAGE", text, { file: path })
    }
    await rm(path, { force: true })
  }
  throw new EngineError("E_OUTPUT", `the lock ${path} keeps coming back; is another machine writing to this folder?`)
}

const isAlive = (pid: number): boolean => {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Start time of a process in clock ticks since boot (proc(5), /proc/pid/stat field 22); "" where there is no /proc. */
const startOf = async (pid: number): Promise<string> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? ""
}
