import { describe, expect, it } from "vitest"
import { checkSame } from "../../../bench/peers/laz-reading.js"
import type { PassAnswer } from "../../../bench/peers/peer.js"
import { startPeer } from "../../../bench/peers/peer-client.js"
import { runRounds } from "../../../bench/peers/rounds.js"

describe("runRounds", () => {
  const peer = (name: string, log: string[]) => ({
    name,
    client: {
      greeting: {},
      pass: async (repeats: number) => log.push(`${name}${repeats}`),
      close: async () => {},
    },
  })

  it("lets the peers take turns", async () => {
    const log: string[] = []
    const samples = await runRounds([peer("a", log), peer("b", log)], 3, 2)
    expect(log.join(" ")).toBe("a2 b2 a2 b2 a2 b2")
    expect(samples.map(({ name, answers }) => [name, answers])).toEqual([
      ["a", [1, 3, 5]],
      ["b", [2, 4, 6]],
    ])
  })

  it("names the peer that fails", async () => {
    const broken = { ...peer("b", []), name: "broken" }
    broken.client.pass = async () => {
      throw new Error("out of luck")
    }
    await expect(runRounds([peer("a", []), broken], 1, 1)).rejects.toThrow("broken: out of luck")
  })
})

describe("startPeer", () => {
  const node = (script: string) => ({ command: process.execPath, args: ["-e", script] })

  it("hands repeats over and answers back, and ends the process", async () => {
    const script = `console.log('{"version":"1"}'); process.stdin.on("data", d => console.log(JSON.stringify({ got: +d })))`
    const client = await startPeer<{ got: number }>(node(script))
    expect(client.greeting).toEqual({ version: "1" })
    expect(await client.pass(3)).toEqual({ got: 3 })
    expect(await client.pass(4)).toEqual({ got: 4 })
    await client.close()
  })

  it("says why a peer did not start: its own word, its last line, the system's", async () => {
    await expect(startPeer(node(`console.log('{"error":"no such file"}')`))).rejects.toThrow("no such file")
    await expect(startPeer(node(`console.error("a\\nlast words"); process.exit(3)`))).rejects.toThrow("last words")
    await expect(startPeer({ command: "no-such-program-here", args: [] })).rejects.toThrow("ENOENT")
  })
})

describe("checkSame", () => {
  const answer = (checksum: string, points = 3): PassAnswer => ({ points, cpuMs: 1, wallMs: 1, checksum })
  const one = "00000001 00000001 00000001 00000001 00000001"
  const other = "00000001 00000001 00000002 00000001 00000001"

  it("passes readers that agree as far as they go", () => {
    checkSame("f", 3, [
      { name: "a", answers: [answer(one), answer(one)] },
      { name: "b", answers: [answer("00000001 00000001 00000001 00000001 -")] },
    ])
  })

  it("refuses another column, in any pass, and another count", () => {
    const first = { name: "a", answers: [answer(one)] }
    const run = (answers: PassAnswer[]) => () => checkSame("f", 3, [first, { name: "b", answers }])
    expect(run([answer(one), answer(other)])).toThrow(/f: b gives other points than the rest/)
    expect(run([answer(one, 2)])).toThrow("f: b gives 2 points of 3")
  })
})
