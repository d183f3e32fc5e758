import { mkdir, open, readFile, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { EngineError } from "../errors.js"

const attempts = 10

/**
 * Takes the output folder for this process, so that two runs never write the same journal. A lock left by a killed process is
 * recognised (its process is gone, or another one has its number now) and replaced. Returns the release.
 * Throws E_USAGE when a living run holds it, E_OUTPUT when the folder cannot be made or written.
 */
export const lockOutput = async (out: string): Promise<() => Promise<void>> => {
  const folder = join(out, ".work")
  await makeFolder(folder)
  const path = join(folder, "lock")
  const mine = `${process.pid} ${await startOf(process.pid)}`
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const handle = await open(path, "wx")
      await handle.writeFile(mine)
      await handle.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    }
    const [pid = "0", started = ""] = (await readFile(path, "utf8").catch(() => "")).split(" ")
    const held = isAlive(Number(pid)) && (await startOf(Number(pid))) === started
    if (!held) await rm(path, { force: true })
    // A process that was just killed takes a moment to go.
    else if (attempt < attempts - 1) await sleep(200)
    else {
      const text = `${out} is being written by process ${pid}; wait for it, stop it, or choose another --out`
      throw new EngineError("E_USAGE", text, { file: path })
    }
  }
  throw new EngineError("E_OUTPUT", `the lock ${path} keeps coming back; is another machine writing to this folder?`)
}

/** Makes a folder and those above it, one at a time: Node's own way never comes back where a file system refuses folders with ENOENT (/proc). */
const makeFolder = async (path: string): Promise<void> => {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  try {
    await mkdir(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return
    const text = `the folder ${path} cannot be made: ${message}. Check its permissions, or choose another --out.`
    throw new EngineError("E_OUTPUT", text, { file: path }, cause)
  }
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

/**
 * Start time of a process in clock ticks since boot (proc(5), /proc/pid/stat fields 3 and 22); "dead" for one that has ended and is only not yet
 * reaped; "" where there is no /proc.
 */
const startOf = async (pid: number): Promise<string> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "")
}
