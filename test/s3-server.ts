import { createHash, createHmac } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * A store that speaks as much of the S3 protocol as maille does, and checks every signature by its
 * own computation.
 */
export interface S3Server {
  /** For `AWS_ENDPOINT_URL_S3`. */
  readonly endpoint: string
  /** By `bucket/key`. */
  readonly objects: Map<string, { readonly bytes: Buffer; readonly type: string; readonly tag?: string }>
  /** `METHOD bucket/key?query` of the requests that were carried out. */
  readonly log: string[]
  /** Each so many-th request is answered 503 SlowDown; 0: none. */
  slowDown: number
  /** What it does with the bytes of each upload, which it confirms in any case. */
  fault: "" | "drops" | "flips"
  /** Answers each request 403 with this; empty: as it should. */
  refusal: (request: IncomingMessage) => string
  /** Where each request is led on to with 307; empty: nowhere. */
  movedTo: string
  close(): Promise<void>
}

export const s3Credentials = { AWS_ACCESS_KEY_ID: "maille-test", AWS_SECRET_ACCESS_KEY: "no/secret+at=all" } as const
const region = "eu-west-3"

/** Environment of a process that talks to the store. */
export const s3Environment = ({ endpoint }: S3Server): Record<string, string> => ({
  ...s3Credentials,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: region,
})

export const startS3Server = async (): Promise<S3Server> => {
  const parts = new Map<string, Map<number, Buffer>>()
  let requests = 0
  const state: { -readonly [K in keyof S3Server]: S3Server[K] } = {
    endpoint: "",
    objects: new Map(),
    log: [],
    slowDown: 0,
    fault: "",
    refusal: () => "",
    movedTo: "",
    close: () => Promise.resolve(),
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests++
    if (state.slowDown > 0 && requests % state.slowDown === 0) return void fail(response, 503, "SlowDown")
    const refusal = state.refusal(request)
    if (refusal !== "") return void answer(response, 403, refusal)
    if (state.movedTo !== "") return void answer(response, 307, "", { location: state.movedTo + request.url })
    const url = new URL(request.url ?? "/", state.endpoint)
    if (!isSigned(request, url)) return void fail(response, 403, "SignatureDoesNotMatch")
    const name = decodeURIComponent(url.pathname.slice(1))
    state.log.push(`${request.method} ${name}${url.search.replace(/uploadId=[^&]*/, "uploadId")}`)
    carryOut({ state, parts, request, response, url, name, body: Buffer.concat(chunks) })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  state.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  state.close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return state
}

interface Exchange {
  readonly state: S3Server
  readonly parts: Map<string, Map<number, Buffer>>
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly name: string
  readonly body: Buffer
}

const carryOut = ({ state, parts, request, response, url, name, body }: Exchange): ServerResponse => {
  const id = url.searchParams.get("uploadId")
  const type = request.headers["content-type"] ?? ""
  if (request.method === "POST" && url.searchParams.has("uploads")) {
    parts.set(`upload of ${name}`, new Map())
    return answer(response, 200, `<R><UploadId>upload of ${name}</UploadId></R>`)
  }
  if (request.method === "POST" && id !== null) {
    const list = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
    const bytes = list.map(([, number]) => parts.get(id)?.get(Number(number)) ?? Buffer.alloc(0))
    if (list.some(([, , tag], i) => tag !== tagOf(bytes[i]!)))
      return answer(response, 200, "<Error><Code>InvalidPart</Code></Error>")
    store(state, name, Buffer.concat(bytes), type, bytes)
    return answer(response, 200, "<R/>")
  }
  if (request.method === "PUT" && id !== null) {
    parts.get(id)?.set(Number(url.searchParams.get("partNumber")), body)
    return answer(response, 200, "", { etag: tagOf(body) })
  }
  if (request.method === "PUT") {
    store(state, name, body, type)
    return answer(response, 200, "", { etag: tagOf(body) })
  }
  const found = state.objects.get(name)
  if (request.method === "DELETE") {
    state.objects.delete(name)
    return answer(response, 204, "")
  }
  if (found === undefined) return fail(response, 404, "NoSuchKey")
  if (request.method === "HEAD")
    return answer(response, 200, "", {
      etag: found.tag ?? tagOf(found.bytes),
      "content-length": String(found.bytes.length),
    })
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "")
  if (range === null) return answer(response, 200, found.bytes, { etag: tagOf(found.bytes) })
  const [begin, end] = [Number(range[1]), Math.min(Number(range[2]) + 1, found.bytes.length)]
  const headers = { etag: tagOf(found.bytes), "content-range": `bytes ${begin}-${end - 1}/${found.bytes.length}` }
  return answer(response, 206, found.bytes.subarray(begin, end), headers)
}

const store = (
  { fault, objects }: S3Server,
  name: string,
  body: Buffer,
  type: string,
  parts?: readonly Buffer[],
): void => {
  if (fault === "drops") return
  const bytes = Buffer.from(body)
  if (fault === "flips") bytes[0]! ^= 1
  const sums = parts?.map((part, i) => md5(i === 0 ? bytes.subarray(0, part.length) : part))
  objects.set(name, {
    bytes,
    type,
    ...(sums && { tag: `"${md5(Buffer.concat(sums)).toString("hex")}-${sums.length}"` }),
  })
}

const md5 = (bytes: Buffer): Buffer => createHash("md5").update(bytes).digest()

const tagOf = (bytes: Buffer): string => `"${md5(bytes).toString("hex")}"`

const answer = (
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): ServerResponse => response.writeHead(status, headers).end(body)

const fail = (response: ServerResponse, status: number, code: string): ServerResponse =>
  answer(response, status, `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)

/** AWS Signature Version 4 of a request without a signed body, computed from its description. */
const isSigned = (request: IncomingMessage, url: URL): boolean => {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, *SignedHeaders=([^,]+), *Signature=(\w+)$/
  const match = pattern.exec(request.headers.authorization ?? "")
  if (match === null) return false
  const [, key, day, place, names, signature] = match as unknown as string[]
  if (key !== s3Credentials.AWS_ACCESS_KEY_ID || place !== region) return false
  const date = String(request.headers["x-amz-date"])
  const payload = String(request.headers["x-amz-content-sha256"])
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join("&")
  const headers = names!.split(";").map((name) => `${name}:${String(request.headers[name]).trim()}\n`)
  const canonical = [request.method, url.pathname, query, headers.join(""), names, payload].join("\n")
  const scope = `${day}/${place}/s3/aws4_request`
  const text = ["AWS4-HMAC-SHA256", date, scope, createHash("sha256").update(canonical).digest("hex")].join("\n")
  const hmac = (by: string | Buffer, value: string): Buffer => createHmac("sha256", by).update(value).digest()
  const signing = hmac(
    hmac(hmac(hmac(`AWS4${s3Credentials.AWS_SECRET_ACCESS_KEY}`, day!), place!), "s3"),
    "aws4_request",
  )
  return hmac(signing, text).toString("hex") === signature
}
