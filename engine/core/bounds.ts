/**
 * Upper bounds of the input from files and servers, the same on every machine. Larger input is
 * refused before any memory is allocated. Input below a bound but above the `--memory` budget ends
 * with exit code 4, also before allocation.
 * See docs/decisions/20-inputs-from-outside.md.
 */

/**
 * Nesting of JSON, XML and tilesets, in levels. Our files nest about 50 deep; recursion is safe at
 * ten times that.
 */
export const MAX_DEPTH = 512

/** Bytes of a file that is copied whole because its server reveals no changes: 4 GB. */
export const MAX_COPIED_BYTES = 4_000_000_000

/** Bytes of a download of unknown size: 64 GB, ten times the largest delivered tile. */
export const MAX_DOWNLOAD_BYTES = 64_000_000_000

/** Bytes of a text answer: an error, or the state of an upload. */
export const MAX_ANSWER_BYTES = 1 << 20

/**
 * Bytes of the list of published files: 400 MB, two million files. A V8 string has at most 512 MiB.
 */
export const MAX_LIST_BYTES = 400_000_000
/**
 * Bytes of a file read as one text (JSON, XML, tables). A string has at most 512 MiB, its objects
 * take ten times as much.
 */
export const MAX_TEXT_BYTES = 256 * 1024 * 1024

/**
 * Pixels of an image that is decoded whole (PNG, JPEG). The largest single sensors have 151
 * million.
 */
export const MAX_PIXELS = 160_000_000

/** Bytes of a TIFF strip or tile, compressed or not: half of the largest buffer. */
export const MAX_BLOCK_BYTES = 1024 * 1024 * 1024

/** Directories of a TIFF: the full image, masks and overviews. */
export const MAX_DIRECTORIES = 64

/** Cells of a raster that are read at once: 1 GiB as float32. */
export const MAX_CELLS = 1 << 28

/** Files of a ZIP archive; each takes about 200 bytes of memory. */
export const MAX_ARCHIVE_ENTRIES = 1 << 22

/** Features of a file that GDAL reads into objects of some kilobytes each. */
export const MAX_FEATURES = 2_000_000

/**
 * Bytes that one compressed byte of a meshopt view may expand to. The codec reaches 64: a block of
 * 256 equal vertices takes 4 bytes a channel.
 */
export const MAX_MESHOPT_GROWTH = 256

/**
 * Cells of a surface's index in plan; a cell takes 4 bytes, plus 4 for each triangle over it. Cells
 * of 2 m cover 5.7 km × 5.7 km, which is ample for tiles of 1 km.
 */
export const MAX_PLAN_CELLS = 1 << 23
