/**
 * A process that runs command lines one after the other, as `fork` of it asks: the modules of the built command are read once. The script of the command, its first argument, runs anew for each line, as the
 * process of an engine where it would start one.
 */
const [, , script] = process.argv
const answer = process.send.bind(process)
const { exit } = process
const write = { stdout: process.stdout.write, stderr: process.stderr.write }
for (const one of [process, process.stdout, process.stderr]) one.setMaxListeners(0)
// The supervisor's channel: nobody listens.
process.env.MAILLE_RESTART = "0"
process.send = (_message, _handle, _options, then) => {
  then?.()
  return true
}

let number = 0
const run = async (args) => {
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
process.on("message", ({ id, args }) => {
  last = last.then(async () => answer({ id, ...(await run(args)) }))
})
process.on("disconnect", () => exit(0))
