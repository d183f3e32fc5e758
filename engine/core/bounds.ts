/** Upper bounds of what is read from files and servers, the same on every machine. Whatever is larger is refused before memory is allocated. */

/** Nesting of JSON, XML and tilesets, in levels. */
export const MAX_DEPTH = 512
