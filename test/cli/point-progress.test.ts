import { Writable } from "node:stream"
import { expect, it } from "vitest"
import { createPointProgress } from "../../cli/point-progress.js"

const collect = (isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } => {
  const parts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk))
      done()
    },
  })
  return {
    stream: Object.assign(stream, {
      isTTY,
      columns: 120,
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    }) as unknown as NodeJS.WriteStream,
    text: () => parts.join(""),
  }
}

it("writes only its lines where there is no terminal", () => {
  const { stream, text } = collect(false)
  const progress = createPointProgress(stream, undefined, (text) => stream.write(`${text}\n`))
  progress.at(5, 10)
  progress.line("a.laz: done", "info")
  progress.at(10, 10)
  progress.stop()
  expect(text()).toBe("a.laz: done\n")
})

it("draws a bar with rate on a terminal, and takes it away", () => {
  const { stream, text } = collect(true)
  const progress = createPointProgress(stream, undefined, (text) => stream.write(`${text}\n`))
  progress.at(0, 0)
  expect(text()).toBe("")
  progress.at(500, 1000)
  progress.line("a.laz: done", "info")
  progress.stop()
  expect(text()).toContain("points/s")
  expect(text()).toContain("a.laz: done\n")
})
