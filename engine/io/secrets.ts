/**
 * Keeps passwords and signatures of addresses out of files and messages, and adds them to requests.
 */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads"
import { counted } from "../core/texts.js"
import { EngineError } from "../errors.js"
import { type AddressParts, addressParts, addressWithoutSecrets, joinAddress, secretMark } from "../without-secrets.js"
import { s3Store } from "./s3.js"

/**
 * Environment variable with addresses and their secrets, separated by blanks. An address that ends
 * in a slash covers everything below it.
 */
const variable = "MAILLE_SECRETS"
/** The system allows 128 KiB per variable: a process may need several for its children. */
const variableBytes = 100_000
/** Under this name threads inherit the secrets that their parent knew when they started. */
const shared = "maille.secrets"

/** Full addresses by shown address. */
type Known = Map<string, string>

let ofProcess: Known | undefined

const known = (): Known => {
  if (ofProcess !== undefined) return ofProcess
  const inherited = getEnvironmentData(shared)
  ofProcess = new Map(inherited instanceof Map ? (inherited as Known) : [])
  const names = Object.keys(process.env).filter((name) => name === variable || name.startsWith(`${variable}_`))
  const listed = names.flatMap((name) => (process.env[name] ?? "").split(/\s+/)).filter((one) => one !== "")
  for (const address of listed) ofProcess.set(addressWithoutSecrets(address), address)
  return ofProcess
}

/**
 * The address for files and messages, without its secrets. This process and its threads remember
 * the secrets for their requests. Other texts and addresses are returned unchanged.
 */
export const shownAddress = (address: string): string => {
  const shown = addressWithoutSecrets(address)
  if (shown === address || known().get(shown) === address) return shown
  known().set(shown, address)
  setEnvironmentData(shared, known())
  return shown
}

/**
 * The address for a request, with the secrets from {@link shownAddress} or the environment.
 *
 * @throws EngineError E_INPUT where a needed secret is unknown
 */
export const fullAddress = (shown: string): string => {
  const whole = known().get(shown)
  if (whole !== undefined) return whole
  const parts = addressParts(shown)
  if (parts === undefined) return shown
  const folder = findFolder(parts)
  if (folder !== undefined) return joinSecrets(parts, folder)
  if (parts.user !== secretMark && !parts.secret.includes(secretMark)) return shown
  const text = `${shown}: its password or signature is missing, since no file stores it. Give the whole address in the command or in ${variable}.`
  throw new EngineError("E_INPUT", text, { file: shown })
}

/** The secrets of the longest known folder that contains the address. */
const findFolder = ({ scheme, place }: AddressParts): AddressParts | undefined => {
  let best: AddressParts | undefined
  for (const address of known().values()) {
    const parts = addressParts(address)
    const below = parts?.place.includes("/") === false ? `${parts.place}/` : parts?.place
    if (parts?.scheme !== scheme || !below?.endsWith("/") || !place.startsWith(below)) continue
    if (best === undefined || below.length > best.place.length) best = { ...parts, place: below }
  }
  return best
}

const joinSecrets = (parts: AddressParts, { user, secret }: AddressParts): string =>
  joinAddress({
    ...parts,
    user: user === "" && parts.user !== secretMark ? parts.user : user,
    secret: secret.length === 0 ? parts.secret.filter((piece) => piece !== secretMark) : secret,
  })

/**
 * A text of a server without the passwords, signatures and keys of this process, which it may have
 * repeated from a request.
 */
export const withoutKnownSecrets = (text: string): string => {
  let shown = text
  for (const secret of secretsOfProcess()) shown = shown.replaceAll(secret, secretMark)
  return shown
}

/** Shorter ones would also be parts of other words. */
const LEAST_SECRET = 4

/** Longest first, since one may contain another. */
const secretsOfProcess = (): string[] => {
  const { accessKeyId, secretAccessKey, sessionToken } = s3Store().credentials ?? {}
  const all = [accessKeyId, secretAccessKey, sessionToken, ...[...known().values()].flatMap(secretsOfAddress)]
  return [...new Set(all)]
    .filter((one) => one !== undefined)
    .filter((one) => one.length >= LEAST_SECRET)
    .sort((a, b) => b.length - a.length)
}

/** Secrets as written and as sent. */
const secretsOfAddress = (address: string): string[] => {
  const { user = "", secret = [] } = addressParts(address) ?? {}
  const [name = "", ...rest] = user.split(":")
  const plain = [name, rest.join(":"), ...secret.map((piece) => piece.slice(piece.indexOf("=") + 1))]
  const sent = plain.map(decoded)
  const basic = Buffer.from(decoded(user)).toString("base64")
  return [...plain, ...sent, user === "" ? "" : basic]
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Warnings of a plan whose tasks will need secrets on other machines, from its shown addresses. */
export const secretsNeeded = (addresses: readonly string[]): string[] => {
  const count = addresses.filter((address) => /:\/\/.*\*\*\*/.test(address)).length
  if (count === 0) return []
  return [
    `${counted(count, "address", "addresses")} with a password or signature, which the plan does not store. Set ${variable} where its tasks run.`,
  ]
}

/** The environment of a child process that sends requests of its own. */
export const secretsEnvironment = (): Readonly<Record<string, string>> => {
  const lists: string[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const address of known().values()) {
    bytes += address.length + 1
    if (bytes > variableBytes) {
      lists.push([])
      bytes = address.length + 1
    }
    lists.at(-1)?.push(address)
  }
  return Object.fromEntries(lists.map((list, i) => [i === 0 ? variable : `${variable}_${i}`, list.join(" ")]))
}
