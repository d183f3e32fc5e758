/** Writes, reads and removes objects of an S3 store, for publishing. */
import { createHash } from "node:crypto"
import { type FileHandle, open } from "node:fs/promises"
import { MAX_ANSWER_BYTES, MAX_LIST_BYTES } from "../core/bounds.js"
import { readFully } from "../core/files/with-file.js"
import { EngineError, unreadable } from "../errors.js"
import { changed } from "./bytes.js"
import { type HttpOptions, type HttpRequest, sendRequest } from "./http.js"
import { textOfBody } from "./read-body.js"
import { partsOfS3 } from "./s3.js"
import { withoutKnownSecrets } from "./secrets.js"

/** Larger files are sent in parts of this size; a store takes 10,000 parts of 5 MiB to 5 GiB. */
const partBytes = 64 * 1024 * 1024
/** Maximum number of parts of one object, by the protocol. */
const mostParts = 10_000

export interface UploadOptions extends HttpOptions {
  /** Size of a part; default 64 MiB. */
  readonly partBytes?: number
}

/**
 * Writes a local file as an object, which appears whole or not at all: in one request, or in parts
 * that the store joins at the end (multipart upload). Memory: one part.
 *
 * Then it compares size and ETag of the object with the file. An ETag that is no MD5, as of buckets
 * encrypted with KMS, is compared with that of the answer to the upload.
 *
 * @throws EngineError E_INPUT when the file cannot be read, the store refuses, or has other bytes
 */
export const uploadFile = async (
  address: string,
  path: string,
  contentType: string,
  options: UploadOptions = {},
): Promise<void> => {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  try {
    const { size } = await handle.stat()
    const part = Math.max(options.partBytes ?? partBytes, Math.ceil(size / mostParts))
    const headers = { "content-type": contentType }
    if (size <= part) await putWhole(address, { body: await readPart(path, handle, 0, size), headers }, options)
    else await putParts({ address, path, handle, size, part, headers }, options)
  } finally {
    await handle.close()
  }
}

/** Writes a text as an object. Throws as {@link uploadFile}. */
export const uploadText = async (address: string, text: string, options: HttpOptions = {}): Promise<void> => {
  const body = new TextEncoder().encode(text)
  await putWhole(address, { body, headers: { "content-type": "application/json" } }, options)
}

/**
 * The text of an object, at most 400 MB; undefined where there is none. Throws E_INPUT when it is
 * longer or the store refuses.
 */
export const readText = (address: string, options: HttpOptions = {}): Promise<string | undefined> => {
  const use: Asked<string | undefined>["use"] = (response, alive) =>
    response.ok ? textOfBody(address, response, MAX_LIST_BYTES, alive) : drop(response)
  return ask(address, { mayLack: true, use }, options)
}

/** Removes an object; succeeds where it does not exist. Throws E_INPUT when the store refuses. */
export const removeObject = (address: string, options: HttpOptions = {}): Promise<void> =>
  ask(address, { method: "DELETE", mayLack: true, use: drop }, options)

interface Parts {
  readonly address: string
  readonly path: string
  readonly handle: FileHandle
  readonly size: number
  readonly part: number
  readonly headers: Readonly<Record<string, string>>
}

const putParts = async (
  { address, path, handle, size, part, headers }: Parts,
  options: UploadOptions,
): Promise<void> => {
  const begun = await post(address, { query: "uploads", headers }, options)
  const id = /<UploadId>([^<]+)<\/UploadId>/.exec(begun)?.[1]
  if (id === undefined) throw answered(address, begun)
  const upload = `uploadId=${encodeURIComponent(id)}`
  const tags: string[] = []
  const [whole, ofParts] = [createHash("md5"), createHash("md5")]
  for (let begin = 0, number = 1; begin < size; begin += part, number++) {
    const body = await readPart(path, handle, begin, Math.min(begin + part, size))
    tags.push(await put(address, { body, query: `partNumber=${number}&${upload}` }, options))
    whole.update(body)
    ofParts.update(createHash("md5").update(body).digest())
  }
  const list = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
  const text = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`
  const body = new TextEncoder().encode(text)
  const ended = await post(address, { query: upload, headers: { "content-type": "application/xml" }, body }, options)
  // A store may fail to join the parts after it has answered 200.
  if (ended.includes("<Error>")) throw answered(address, ended)
  // Amazon's form, and that of stores that hash the whole.
  const md5 = [`${ofParts.digest("hex")}-${tags.length}`, whole.digest("hex")]
  await requireStored(address, { size, md5 }, options)
}

const putWhole = async (address: string, request: Sent, options: HttpOptions): Promise<void> => {
  const tag = await put(address, request, options)
  const md5 = [createHash("md5").update(request.body).digest("hex")]
  await requireStored(address, { size: request.body.length, md5, tag }, options)
}

/** What an object must be. */
interface Stored {
  readonly size: number
  /** What the ETag may be where it is made from MD5 sums. */
  readonly md5: readonly string[]
  /** Of the answer to the upload. */
  readonly tag?: string
}

const requireStored = async (address: string, { size, md5, tag }: Stored, options: HttpOptions): Promise<void> => {
  const use = async (response: Response): Promise<Response> => {
    await drop(response)
    return response
  }
  const { ok, headers } = await ask(address, { method: "HEAD", mayLack: true, use }, options)
  const found = headers.get("etag") ?? ""
  const length = headers.get("content-length")
  const isOther =
    (length !== null && Number(length) !== size) ||
    (isMd5(address, headers) ? !md5.some((one) => found === `"${one}"`) : tag !== undefined && found !== tag)
  if (ok && !isOther) return
  const what = ok ? "has other bytes than those sent" : "confirmed the object and does not have it"
  const text = `${address}: the store ${what}. Publish again; if it stays so, ask whoever runs the store.`
  throw new EngineError("E_INPUT", text, { file: address })
}

/** True where the ETag is made from MD5 sums: not with keys of KMS or the user, nor S3 Express. */
const isMd5 = (address: string, headers: Headers): boolean =>
  /^"[0-9a-f]{32}(-\d+)?"$/.test(headers.get("etag") ?? "") &&
  !(headers.get("x-amz-server-side-encryption") ?? "").startsWith("aws:") &&
  !headers.has("x-amz-server-side-encryption-customer-algorithm") &&
  !partsOfS3(address).bucket.endsWith("--x-s3")

/** A request with a body. */
type Sent = Pick<Asked<string>, "headers" | "query"> & { readonly body: Uint8Array<ArrayBuffer> }

/** A request to the store. */
interface Asked<T> extends Omit<HttpRequest<T>, "headers"> {
  readonly headers?: Readonly<Record<string, string>>
  /** True: 404 is no refusal. */
  readonly mayLack?: true
}

const ask = <T>(address: string, { headers = {}, mayLack, use, ...request }: Asked<T>, options: HttpOptions) =>
  sendRequest<T>(
    address,
    {
      ...request,
      headers: () => headers,
      use: async (response, alive) => {
        if (!response.ok && !(mayLack && response.status === 404)) throw await refused(address, response)
        return use(response, alive)
      },
    },
    options,
  )

const drop = async ({ body }: Response): Promise<undefined> => {
  await body?.cancel()
}

const put = (
  address: string,
  request: Pick<Asked<string>, "body" | "headers" | "query">,
  options: HttpOptions,
): Promise<string> => {
  const use = async (response: Response): Promise<string> => {
    await drop(response)
    return response.headers.get("etag") ?? ""
  }
  return ask(address, { ...request, method: "PUT", use }, options)
}

const post = (
  address: string,
  request: Pick<Asked<string>, "body" | "headers" | "query">,
  options: HttpOptions,
): Promise<string> => {
  const use: Asked<string>["use"] = (response, alive) => textOfBody(address, response, MAX_ANSWER_BYTES, alive)
  return ask(address, { ...request, method: "POST", use }, options)
}

const readPart = async (
  path: string,
  handle: FileHandle,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = new Uint8Array(end - begin)
  if ((await readFully(handle, bytes, begin)) === bytes.length) return bytes
  throw changed(path)
}

const refused = async (address: string, response: Response): Promise<EngineError> =>
  answered(address, await errorText(address, response), response.status)

const errorText = (address: string, response: Response): Promise<string> =>
  textOfBody(address, response, MAX_ANSWER_BYTES, () => undefined).catch(() => "")

const answered = (address: string, body: string, status?: number): EngineError => {
  // Not its other text, which may repeat the request's credentials.
  const found = /<Code>([\w.-]{1,64})<\/Code>/.exec(body)?.[1]
  const code = found === undefined ? undefined : withoutKnownSecrets(found)
  const what = [status, code].filter((part) => part !== undefined).join(" ") || "without a reason"
  const text = `${address}: the store answers ${what}. Check the bucket, AWS_REGION, AWS_ENDPOINT_URL_S3 and the credentials.`
  return new EngineError("E_INPUT", text, { file: address })
}
