/** Downloads one file, resumes a partial one, and checks its length (range requests, RFC 9110). */
import { type FileHandle, open, rm, writeFile } from "node:fs/promises"
import { MAX_DOWNLOAD_BYTES } from "../core/bounds.js"
import { readJsonIfAny } from "../core/files/parse-file.js"
import { EngineError } from "../errors.js"
import { type Alive, DOWNLOAD, type HttpOptions, refusalOf, sendRequest } from "./http.js"
import { withoutKnownSecrets } from "./secrets.js"
import { validatorOf } from "./url-bytes.js"

export interface DownloadOptions extends HttpOptions {
  /**
   * Another address where the server offers the same file by ranges; partial files are resumed
   * there.
   */
  readonly rangedUrl?: string | undefined
  /** Size of the file from another source, such as an index; used where the server gives none. */
  readonly statedBytes?: number | undefined
  /** Called when bytes arrive, with the bytes so far and, if known, the total. */
  readonly onBytes?: (bytes: number, of: number | undefined) => void
}

/** A complete file. */
export interface Downloaded {
  readonly sizeBytes: number
  /** Bytes that an earlier attempt had left. */
  readonly resumedAt: number
}

/** Facts about a partial file, in `<part>.json` beside it. */
interface Note {
  readonly url: string
  /** Strong `ETag`, else `Last-Modified`, of the content that the partial file belongs to. */
  readonly tag?: string
  readonly size?: number
}

/** The partial file while its download runs. */
interface Part {
  readonly path: string
  readonly url: string
  readonly handle: FileHandle
  have: number
  note: Note
  /** As in {@link DownloadOptions}, until the server refuses it. */
  rangedUrl: string | undefined
}

/**
 * Downloads an address to the file `part`, which is complete on return. A partial file, of an
 * earlier call or after a broken connection, is only continued with the same content (`Range` with
 * `If-Range`, RFC 9110 §13.1.5). Without a tag, or when the content has changed, it starts over.
 * Tries continue as long as they bring bytes at the least rate.
 *
 * The length is checked against the server's, else against `statedBytes`; a file of unknown size
 * may have up to 64 GB. A byte that changed on the way goes unnoticed: servers send no checksum.
 * Memory: a chunk of the network.
 *
 * @throws EngineError E_INPUT: no answer, a refusal, a connection that ends at the same byte each
 * time. E_FORMAT: a page of text in place of the file. E_RESOURCE, E_OUTPUT: the disk. The partial
 * file stays.
 */
export const downloadFile = async (url: string, part: string, options: DownloadOptions = {}): Promise<Downloaded> => {
  const state = await openPart(url, part, options.rangedUrl)
  const resumedAt = state.have
  try {
    await sendRequest(
      url,
      {
        address: () => (goesOn(state) ? (state.rangedUrl ?? url) : url),
        headers: () => rangeHeaders(state),
        use: (response, alive) => takeBody(state, response, alive, options),
        progress: () => state.have,
      },
      options,
    )
    await state.handle.sync()
    return { sizeBytes: state.have, resumedAt }
  } catch (error) {
    if (state.have === 0) await dropPart(part)
    throw error
  } finally {
    await state.handle.close()
  }
}

/** Removes a partial file and its facts. */
export const dropPart = async (part: string): Promise<void> => {
  await rm(part, { force: true })
  await rm(`${part}.json`, { force: true })
}

const openPart = async (url: string, path: string, rangedUrl: string | undefined): Promise<Part> => {
  const handle = await open(path, "a+")
  const { size } = await handle.stat()
  // A partial file is worthless without a complete note.
  const note = await readJsonIfAny<Note>(`${path}.json`)
  const part: Part = { path, url, handle, have: size, note: note ?? { url }, rangedUrl }
  if (size > 0 && (note?.url !== url || note.tag === undefined)) await startOver(part)
  return part
}

const startOver = async (part: Part): Promise<void> => {
  await onDisk(() => part.handle.truncate(0))
  part.have = 0
  part.note = { url: part.url }
}

/** True where there is a partial file of known content. */
const goesOn = ({ have, note }: Part): boolean => have > 0 && note.tag !== undefined

const rangeHeaders = (part: Part): Record<string, string> =>
  goesOn(part) ? { range: `bytes=${part.have}-`, "if-range": part.note.tag ?? "" } : { range: "bytes=0-" }

const takeBody = async (
  part: Part,
  response: Response,
  alive: Alive,
  { onBytes, statedBytes: stated }: DownloadOptions,
): Promise<void> => {
  const { headers, status } = response
  if (status === 416 && (await isWhole(part, response))) return
  if (status !== 200 && status !== 206) {
    if (part.rangedUrl !== undefined && goesOn(part)) {
      part.rangedUrl = undefined
      await response.body?.cancel()
      throw new Error(`status ${status} for a range request`)
    }
    throw await refusal(part.url, response)
  }
  await refuseForm(part.url, response)
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(headers.get("content-range") ?? "")
  if (status === 206 && range === null) throw new Error("the server sent a part without Content-Range")
  const begin = status === 206 ? Number(range?.[1]) : 0
  const size = sizeOf(response, range?.[3])
  // A part may end before the file does: the next try continues there.
  const end = status === 206 ? Number(range?.[2]) + 1 : (size ?? stated ?? MAX_DOWNLOAD_BYTES)
  if (size !== undefined && end > size) throw new Error(`the server sent bytes up to ${end} of a file of ${size}`)
  const tag = validatorOf(headers)
  // The server sent the whole file, or another content.
  if (part.have > 0 && (begin === 0 || tag === undefined || tag !== part.note.tag)) await startOver(part)
  if (begin !== part.have) {
    await response.body?.cancel()
    throw new Error(`the server sent bytes from ${begin}; requested from ${part.have}`)
  }
  part.note = { url: part.url, ...(tag === undefined ? {} : { tag }), ...(size === undefined ? {} : { size }) }
  await onDisk(() => writeFile(`${part.path}.json`, JSON.stringify(part.note)))
  for await (const bytes of response.body ?? []) {
    alive(bytes.length)
    if (part.have + bytes.length > end) {
      await startOver(part)
      throw size === undefined
        ? endless(part.url, end)
        : new Error(`the server sent more than the ${end} bytes it announced`)
    }
    await onDisk(() => part.handle.appendFile(bytes))
    part.have += bytes.length
    onBytes?.(part.have, size)
  }
  const whole = size ?? stated
  if (whole !== undefined && part.have < whole) throw new Error(`the connection ended at byte ${part.have} of ${whole}`)
}

/**
 * True where the partial file is already complete: the server has nothing beyond it. Else starts
 * over.
 */
const isWhole = async (part: Part, response: Response): Promise<boolean> => {
  const total = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")
  await response.body?.cancel()
  const same = (validatorOf(response.headers) ?? part.note.tag) === part.note.tag
  if (same && total !== null && Number(total[1]) === part.have) return true
  await startOver(part)
  throw new Error("the file on the server is shorter than the part already downloaded")
}

const sizeOf = ({ status, headers }: Response, total: string | undefined): number | undefined => {
  if (status === 206) return total === undefined || total === "*" ? undefined : Number(total)
  const length = headers.get("content-length")
  return length === null ? undefined : Number(length)
}

const refusal = async (url: string, response: Response): Promise<EngineError> => {
  await response.body?.cancel()
  const gone = response.status === 404 || response.status === 410
  const remedy = gone ? "The index is outdated: get a new one." : "Check the address."
  return new EngineError("E_INPUT", `${url}: ${refusalOf(url, response)}. ${remedy}`, { file: url })
}

const endless = (url: string, bytes: number): EngineError => {
  const text = `${url}: the server sends more than ${bytes} bytes and states no size. Check the address, or ${DOWNLOAD}.`
  return new EngineError("E_INPUT", text, { file: url })
}

/** Refuses coded bodies and several ranges, whose bytes are not those of the file, and pages. */
const refuseForm = async (url: string, response: Response): Promise<void> => {
  const coding = response.headers.get("content-encoding") ?? "identity"
  const isMultipart = /^multipart\//i.test(response.headers.get("content-type") ?? "")
  if (coding === "identity" && !isMultipart) return await refusePage(url, response)
  await response.body?.cancel()
  const found = isMultipart ? "several ranges at once" : `the file compressed (${withoutKnownSecrets(coding)})`
  const text = `${url}: the server sends ${found}, not its plain bytes. Check the address, or ${DOWNLOAD}.`
  throw new EngineError("E_INPUT", text, { file: url })
}

const pageTypes = /^(text\/(html|xml)|application\/(xhtml|xml|json|problem|vnd\.ogc\.se_xml))/i

/** Servers also send error pages with status 200. */
const refusePage = async (url: string, response: Response): Promise<void> => {
  const type = response.headers.get("content-type") ?? ""
  if (!pageTypes.test(type)) return
  const text = (await readBegin(response))
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>/gi, " ")
    .replaceAll(/<[^>]*>/g, " ")
  const said = withoutKnownSecrets(text.replaceAll(/\s+/g, " ").trim()).slice(0, 160)
  const what = `the server sends a page (${type.split(";")[0]}), not the file: "${said}"`
  throw new EngineError("E_FORMAT", `${url}: ${what}. Try again later, or check the address.`, { file: url })
}

const readBegin = async (response: Response): Promise<string> => {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const bytes of response.body ?? []) {
    parts.push(bytes)
    size += bytes.length
    if (size > 4096) break
  }
  return Buffer.concat(parts).toString("utf8")
}

/** An error of the disk is not the server's fault: it ends the download. */
const onDisk = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    const data = EngineError.toData(error)
    throw new EngineError(data.code === "E_INTERNAL" ? "E_OUTPUT" : data.code, data.message, data.context, error)
  }
}
