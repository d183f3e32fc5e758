/** LASzip's table of coding contexts by number of returns and return number. */

/** Context of x and y by number of returns (upper 4 bits) and return number (lower 4): LASzip's map of six, a digit an entry. */
export const RETURN_CONTEXTS: Uint8Array = Uint8Array.from(
  [
    "0123453445555555",
    "1013333333333333",
    "2124444444433333",
    "3345444444444444",
    "4344544444444444",
    "5344454444444444",
    "3344445444444444",
    "4344444544444444",
    "4344444454444444",
    "5344444445444444",
    "5344444444544444",
    "5334444444455444",
    "5334444444455544",
    "5334444444445554",
    "5334444444444555",
    "5334444444444455",
  ].join(""),
  Number,
)
