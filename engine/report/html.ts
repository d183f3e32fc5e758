/** Text made safe for HTML and SVG, in content and in quoted attributes. */
export const escapeHtml = (value: unknown): string =>
  String(value).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** A piece of HTML that is safe already: made by {@link html} alone. */
export interface Html {
  readonly html: string
}

type Piece = Html | readonly Html[] | string | number

/** Template tag: what is put in is escaped, unless it is HTML made by this tag. */
export const html = (texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  html: texts.map((text, i) => text + (i < pieces.length ? render(pieces[i] as Piece) : "")).join(""),
})

const render = (piece: Piece): string => {
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(piece)
  return "html" in piece ? piece.html : piece.map((one) => one.html).join("")
}
