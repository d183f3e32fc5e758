/** Upper bounds of what is read from files and servers, the same on every machine. Whatever is larger is refused before memory is allocated. */

/** Nesting of JSON, XML and tilesets, in levels. */
export const MAX_DEPTH = 512

/** Bytes of a file that is downloaded whole because its server cannot say whether it changed: 4 GB. */
export const MAX_COPIED_BYTES = 4_000_000_000

/** Bytes of a download whose size neither server nor index gives: 64 GB, ten times the largest tile delivered. */
export const MAX_DOWNLOAD_BYTES = 64_000_000_000

/** Bytes of an answer that is a text: an error, or the state of an upload. */
export const MAX_ANSWER_BYTES = 1 << 20

/** Bytes of the list of published files: 400 MB, two million files; V8 has strings of 512 MiB at most. */
export const MAX_LIST_BYTES = 400_000_000
