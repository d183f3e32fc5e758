/** Measures one benchmark in a process of its own: `node run-one.js <module URL>`; the row, or why it cannot run, as JSON on standard output. */
import type { Benchmark } from "./bench.js"
import { measure } from "./measure.js"

const [url] = process.argv.slice(2)
if (url === undefined) throw new Error("run-one: the benchmark's module URL is missing")
const { default: benchmark } = (await import(url)) as { default: Benchmark }
process.stdout.write(JSON.stringify(await measure(benchmark)))
