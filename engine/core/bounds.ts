/**
 * Upper bounds of what is read from files and servers, the same on every machine. Whatever is
 * larger is refused before memory is allocated;
 * what is smaller but over the budget of `--memory` ends with exit code 4, also before.
 */

/**
 * Nesting of JSON, XML and tilesets, in levels. Ours have about 50; readers that recurse are safe
 * with ten times as many.
 */
export const MAX_DEPTH = 512

/**
 * Bytes of a file that is downloaded whole because its server cannot say whether it changed: 4 GB.
 */
export const MAX_COPIED_BYTES = 4_000_000_000

/**
 * Bytes of a download whose size neither server nor index gives: 64 GB, ten times the largest tile
 * delivered.
 */
export const MAX_DOWNLOAD_BYTES = 64_000_000_000

/** Bytes of an answer that is a text: an error, or the state of an upload. */
export const MAX_ANSWER_BYTES = 1 << 20

/**
 * Bytes of the list of published files: 400 MB, two million files; V8 has strings of 512 MiB at
 * most.
 */
export const MAX_LIST_BYTES = 400_000_000
/**
 * A file that is read as one text (JSON, XML, tables), bytes: a text of JavaScript holds 512 MiB,
 * its objects ten times as much.
 */
export const MAX_TEXT_BYTES = 256 * 1024 * 1024

/**
 * An image that is decoded whole (PNG, JPEG), pixels: frames of the largest single sensors have
 * 151 million.
 */
export const MAX_PIXELS = 160_000_000

/** A strip or tile of a TIFF, compressed or not, bytes: half of the largest buffer. */
export const MAX_BLOCK_BYTES = 1024 * 1024 * 1024

/** Directories of a TIFF: its full image, masks and overviews, which halve. */
export const MAX_DIRECTORIES = 64

/** Cells of a raster that are read at a time: 1 GiB as float. */
export const MAX_CELLS = 1 << 28

/** Files of a ZIP archive; each takes some 200 bytes of memory. */
export const MAX_ARCHIVE_ENTRIES = 1 << 22

/** Features of a file that GDAL reads into objects, some kilobytes each. */
export const MAX_FEATURES = 2_000_000

/**
 * Bytes of a meshopt view for each of its compressed ones. The codec reaches 64: a block of 256
 * equal vertices takes 4 bytes a channel.
 */
export const MAX_MESHOPT_GROWTH = 256

/**
 * Cells of the index of a surface in plan, 4 bytes each and for each triangle over them; of 2 m
 * they cover 5.7 km by 5.7 km, tiles reach over 1 km.
 */
export const MAX_PLAN_CELLS = 1 << 23
