/**
 * A process that runs command lines one after the other, as `fork` of it asks: the modules of the
 * built command are read once, and its threads stay, with the code that they have compiled. The
 * script of the command, its first argument, runs anew for each line, as the process of an engine
 * where it would start one.
 */
import { createRequire } from "node:module"

const [, , script] = process.argv
const answer = process.send.bind(process)
const { exit } = process
const write = { stdout: process.stdout.write, stderr: process.stderr.write }
for (const one of [process, process.stdout, process.stderr]) one.setMaxListeners(0)
// The supervisor's channel: nobody listens.
process.send = (_message, _handle, _options, then) => {
  then?.()
  return true
}

/** Pools by what a thread gets when it starts. */
const pools = new Map()
const Once = createRequire(script)("piscina")
const construct = (_, [options]) => {
  const key = JSON.stringify([options.filename, options.minThreads, process.env])
  const kept = pools.get(key)
  if (kept?.threads.length === options.minThreads) {
    // A thread's first message says that it is ready.
    setImmediate(() => {
      for (const thread of kept.threads) thread.emit("message", {})
    })
    return kept
  }
  const made = Object.assign(new Once(options), { destroy: async () => {} })
  for (const one of [made, ...made.threads]) one.setMaxListeners(0)
  pools.set(key, made)
  return made
}
const Kept = new Proxy(Once, { construct })
Object.defineProperty(Once, "Piscina", { get: () => Kept })

let number = 0
const run = async ({ args, env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env, { MAILLE_RESTART: "0" })
  const printed = { stdout: "", stderr: "" }
  for (const name of ["stdout", "stderr"])
    process[name].write = (text, encoding, then) => {
      printed[name] += typeof text === "string" ? text : Buffer.from(text).toString()
      const done = typeof encoding === "function" ? encoding : then
      done?.()
      return true
    }
  process.argv = [process.argv[0], script, ...args]
  process.exitCode = undefined
  const ended = new Promise((resolve) => {
    process.exit = (code) => resolve(code ?? process.exitCode ?? 0)
  })
  await import(`${script}?${++number}`)
  const code = await ended
  for (const name of ["stdout", "stderr"]) process[name].write = write[name]
  return { code, ...printed }
}

let last = Promise.resolve()
process.on("message", ({ id, ...line }) => {
  last = last.then(async () => answer({ id, ...(await run(line)) }))
})
process.on("disconnect", () => exit(0))
