/**
 * A template tag that escapes what is put into HTML and SVG, and the small pieces that all pages
 * share.
 */

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

/** A dot of a colour. */
export const dot = (colour: string): Html => html`<span class="dot" style="background:${colour}"></span>`
/** An entry of a key to colours. */
export const keyEntry = (colour: string, text: string): Html => html`<span class="entry">${dot(colour)}${text}</span> `
/** 12345678 → "12 345 678". */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, " ")
/** A span of time in seconds. */
export const seconds = (timeMs: number): string => `${(timeMs / 1000).toFixed(1)} s`
