/**
 * One pass of every benchmark (or of those whose name holds the first argument), in this process: `node one-pass.js [NAME]`. Shows
 * in half a minute that none is broken; measures nothing. Exit code 1 when one fails.
 */
import type { Benchmark } from "./bench.js"
import { listBenches } from "./runner.js"

/** Runs one pass; a digest of its result, or why it cannot run here. */
const onePass = async (url: string): Promise<string> => {
  const { default: benchmark } = (await import(url)) as { default: Benchmark }
  const prepared = await benchmark.setup()
  if (typeof prepared === "string") return `skipped: ${prepared}`
  try {
    const amount = await prepared.run()
    if (!(amount > 0)) throw new Error(`it handled ${amount} ${benchmark.unit.replace("/s", "")}`)
    return prepared.checksum()
  } finally {
    await prepared.close?.()
  }
}

const began = performance.now()
const benches = await listBenches(process.argv[2])
let failed = 0
for (const { name, url } of benches) {
  try {
    console.log(`${name}: ${await onePass(url)}`)
  } catch (cause) {
    failed++
    console.log(`${name}: FAILED: ${cause instanceof Error ? cause.stack : cause}`)
  }
}
const seconds = Math.round((performance.now() - began) / 1000)
console.log(`${benches.length - failed} of ${benches.length} benchmarks ran, ${failed} failed (${seconds} s)`)
process.exitCode = failed > 0 || benches.length === 0 ? 1 : 0
