/**
 * Removes passwords, tokens and signatures from addresses in texts, since messages end up in
 * journals and reports.
 */

/** Stands where a secret was: in the place of user and password, and at the end of a query. */
export const secretMark = "***"

/**
 * An address in a text: up to a blank or a character that no address holds unescaped, without
 * punctuation behind it.
 */
const addresses = /\b[a-z][a-z\d+.-]*:\/\/(?:[^\s/?#"]*@)?[^\s"'<>`\\|{}]*[^\s"'<>`\\|{}.,:;!?)\]]/gi

const secretName =
  /^(x-amz-|x-goog-|x-oss-)|signature|token|secret|passw|credential|access-?_?key|api[-_]?key|subscription-key|^(sig|key|pwd|pass|auth|authorization|jwt|sas|hmac|policy|key-pair-id)$/i
/** What is signed anew with each signature, and tells nothing of the file. */
const signedBeside = /^(expires|se|st|sp|sv|sr|ss|srt|spr|sip|skoid|sktid|skt|ske|sks|skv|sdd|saoid|suoid|scid|ses)$/i
const signature = /^(x-amz-|x-goog-|x-oss-)|signature|^(sig|hmac)$/i

/** An address in its parts; each with its own punctuation, so that they join to the address. */
export interface AddressParts {
  /** `https://` */
  readonly scheme: string
  /** `user:password`, or empty. */
  readonly user: string
  /** Host, port and path. */
  readonly place: string
  /** Pieces of the query that name the file. */
  readonly query: readonly string[]
  /** Pieces of the query that are secret, or part of a signature. */
  readonly secret: readonly string[]
  /** `#…`, or empty. */
  readonly fragment: string
}

/**
 * Takes an address apart, which may hold {@link secretMark} for its secrets; undefined for a text
 * that is none.
 */
export const addressParts = (address: string): AddressParts | undefined => {
  const match = /^([a-z][a-z\d+.-]*:\/\/)(?:([^/?#]*)@)?([^?#]*)(?:\?([^#]*))?(#.*)?$/is.exec(address)
  if (match === null) return undefined
  const [, scheme = "", user = "", place = "", text = "", fragment = ""] = match
  const pieces = text === "" ? [] : text.split("&")
  const names = pieces.map(nameOf)
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

const nameOf = (piece: string): string => {
  const name = piece.split("=", 1)[0]!
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Joins what {@link addressParts} took apart. */
export const joinAddress = ({ scheme, user, place, query, secret, fragment }: AddressParts): string => {
  const all = [...query, ...secret]
  return `${scheme}${user === "" ? "" : `${user}@`}${place}${all.length === 0 ? "" : `?${all.join("&")}`}${fragment}`
}

/**
 * A text without the secrets of the addresses in it: passwords, and the parts of a query that sign
 * it or give access, each
 * replaced by `***`. Two signatures of one file give the same text. A second call changes nothing.
 *
 * Does not know secrets under names that say nothing, such as `?a=…`, nor those in a path.
 */
export const withoutSecrets = (text: string): string =>
  text.includes("://") ? text.replaceAll(addresses, addressWithoutSecrets) : text

/** {@link withoutSecrets} of a text that is one address, whatever characters it holds. */
export const addressWithoutSecrets = (address: string): string => {
  const parts = addressParts(address)
  if (parts === undefined || (parts.user === "" && parts.secret.length === 0)) return address
  const user = parts.user === "" ? "" : secretMark
  return joinAddress({ ...parts, user, secret: parts.secret.length === 0 ? [] : [secretMark] })
}
