/** Writes, reads and removes objects of an S3 store, for publishing. */
import { type FileHandle, open } from "node:fs/promises"
import { MAX_ANSWER_BYTES, MAX_LIST_BYTES } from "../core/bounds.js"
import { readFully } from "../core/files/with-file.js"
import { EngineError, unreadable } from "../errors.js"
import { changed } from "./bytes.js"
import { type HttpOptions, type HttpRequest, sendRequest } from "./http.js"
import { textOfBody } from "./read-body.js"

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
 * @throws EngineError E_INPUT when the file cannot be read or the store refuses
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
    if (size <= part) await put(address, { body: await readPart(path, handle, 0, size), headers }, options)
    else await putParts({ address, path, handle, size, part, headers }, options)
  } finally {
    await handle.close()
  }
}

/** Writes a text as an object. Throws as {@link uploadFile}. */
export const uploadText = async (address: string, text: string, options: HttpOptions = {}): Promise<void> => {
  const body = new TextEncoder().encode(text)
  await put(address, { body, headers: { "content-type": "application/json" } }, options)
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
  for (let begin = 0, number = 1; begin < size; begin += part, number++) {
    const body = await readPart(path, handle, begin, Math.min(begin + part, size))
    tags.push(await put(address, { body, query: `partNumber=${number}&${upload}` }, options))
  }
  const list = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
  const text = `<CompleteMultipartUpload>${list.join("")}</CompleteMultipartUpload>`
  const body = new TextEncoder().encode(text)
  const ended = await post(address, { query: upload, headers: { "content-type": "application/xml" }, body }, options)
  // A store may fail to join the parts after it has answered 200.
  if (ended.includes("<Error>")) throw answered(address, ended)
}

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
  answered(address, (await errorText(address, response)) || response.statusText, response.status)

const errorText = (address: string, response: Response): Promise<string> =>
  textOfBody(address, response, MAX_ANSWER_BYTES, () => undefined).catch(() => "")

const answered = (address: string, body: string, status?: number): EngineError => {
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? body.slice(0, 120)
  const what = [status, code].filter((part) => part !== undefined && part !== "").join(" ")
  const text = `${address}: the store answers ${what}. Check the bucket, AWS_REGION, AWS_ENDPOINT_URL_S3 and the credentials.`
  return new EngineError("E_INPUT", text, { file: address })
}
