import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { type IncomingHttpHeaders, request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** What a server answered. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Asks with the path as it is: no client's own clean-up of dots and encodings. */
export const ask = (
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on("data", (part: Buffer) => parts.push(part))
      response.on("error", reject)
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })
      })
    })
    asked.on("error", reject)
    asked.end(body)
  })

/**
 * A folder that holds `out`, an output folder with a file of known bytes, and beside it what must
 * stay hidden.
 */
export const makeOutput = (): { folder: string; out: string; bytes: Buffer } => {
  const folder = mkdtempSync(join(tmpdir(), "maille-view-"))
  const out = join(folder, "out")
  mkdirSync(join(out, "tiles"), { recursive: true })
  mkdirSync(join(out, ".work"))
  const bytes = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 255))
  writeFileSync(join(out, "tiles", "a b.glb"), bytes)
  writeFileSync(join(out, "empty.txt"), "")
  writeFileSync(
    join(out, "job.json"),
    JSON.stringify({ epsg: 2975, tileSize: 50, source: "IGN", version: "0.1.0", heights: "orthometric" }),
  )
  writeFileSync(join(out, ".work", "context.json"), "HIDDEN")
  writeFileSync(join(folder, "secret.txt"), "HIDDEN")
  mkdirSync(join(folder, "out-too"))
  writeFileSync(join(folder, "out-too", "secret.txt"), "HIDDEN")
  return { folder, out, bytes }
}
