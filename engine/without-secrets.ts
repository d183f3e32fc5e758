/**
 * Removes passwords, tokens and signatures from addresses in texts, since journals and reports show
 * messages.
 */

/** Replaces a secret: user and password, or the secret part of a query. */
export const secretMark = "***"

/**
 * An address in a text: it ends at a blank or at a character that must be escaped in addresses,
 * without trailing punctuation.
 */
const addresses = /\b[a-z][a-z\d+.-]*:\/\/(?:[^\s/?#"]*@)?[^\s"'<>`\\|{}]*[^\s"'<>`\\|{}.,:;!?)\]]/gi

const secretName =
  /^(x-amz-|x-goog-|x-oss-)|signature|token|secret|passw|credential|access-?_?key|api[-_]?key|subscription-key|^(sig|key|pwd|pass|auth|authorization|jwt|sas|hmac|policy|key-pair-id)$/i
/** Query parameters that change with each signature and do not identify the file. */
const signedBeside = /^(expires|se|st|sp|sv|sr|ss|srt|spr|sip|skoid|sktid|skt|ske|sks|skv|sdd|saoid|suoid|scid|ses)$/i
const signature = /^(x-amz-|x-goog-|x-oss-)|signature|^(sig|hmac)$/i

/**
 * The parts of an address, each with its own punctuation; joined in order they give the address.
 */
export interface AddressParts {
  /** `https://` */
  readonly scheme: string
  /** `user:password`, or empty. */
  readonly user: string
  /** Host, port and path. */
  readonly place: string
  /** Parameters that identify the file. */
  readonly query: readonly string[]
  /** Parameters that are secret, or part of a signature. */
  readonly secret: readonly string[]
  /** `#…`, or empty. */
  readonly fragment: string
}

/** Splits an address, whose secrets may be {@link secretMark}; undefined for other texts. */
export const addressParts = (address: string): AddressParts | undefined => {
  const match = /^([a-z][a-z\d+.-]*:\/\/)(?:([^/?#]*)@)?([^?#]*)(?:\?([^#]*))?(#.*)?$/is.exec(address)
  if (match === null) return undefined
  const [, scheme = "", user = "", place = "", text = "", fragment = ""] = match
  const pieces = text === "" ? [] : text.split("&")
  const names = pieces.map(decodeName)
  const isSigned = names.some((name) => signature.test(name))
  const isSecret = (name: string): boolean =>
    name === secretMark || secretName.test(name) || (isSigned && signedBeside.test(name))
  return {
    scheme,
    user,
    place,
    query: pieces.filter((_, i) => !isSecret(names[i]!)),
    secret: pieces.filter((_, i) => isSecret(names[i]!)),
    fragment,
  }
}

const decodeName = (piece: string): string => {
  const name = piece.split("=", 1)[0]!
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Joins the parts of {@link addressParts}. */
export const joinAddress = ({ scheme, user, place, query, secret, fragment }: AddressParts): string => {
  const all = [...query, ...secret]
  return `${scheme}${user === "" ? "" : `${user}@`}${place}${all.length === 0 ? "" : `?${all.join("&")}`}${fragment}`
}

/**
 * Removes the secrets of all addresses in a text: passwords, and query parameters that sign or give
 * access, each replaced by `***`. Two signatures of one file give the same text. A second call
 * changes nothing.
 *
 * Does not recognise secrets under names such as `?a=…`, nor those in a path.
 */
export const withoutSecrets = (text: string): string =>
  text.includes("://") ? text.replaceAll(addresses, addressWithoutSecrets) : text

/** {@link withoutSecrets} for a text that is one address, whatever characters it contains. */
export const addressWithoutSecrets = (address: string): string => {
  const parts = addressParts(address)
  if (parts === undefined || (parts.user === "" && parts.secret.length === 0)) return address
  const user = parts.user === "" ? "" : secretMark
  return joinAddress({ ...parts, user, secret: parts.secret.length === 0 ? [] : [secretMark] })
}
