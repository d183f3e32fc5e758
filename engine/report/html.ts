/** A template tag that escapes values in HTML and SVG, and small elements that all pages share. */
import type { ReportTexts } from "./report-texts.js"

/** Escapes text for HTML and SVG, in content and in quoted attributes. */
export const escapeHtml = (value: unknown): string =>
  String(value).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character)

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** Safe HTML; only {@link html} makes it. */
export interface Html {
  readonly html: string
}

type Piece = Html | readonly Html[] | string | number

/** Template tag that escapes its values, except HTML that it made itself. */
export const html = (texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html => ({
  html: texts.map((text, i) => text + (i < pieces.length ? render(pieces[i] as Piece) : "")).join(""),
})

const render = (piece: Piece): string => {
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(piece)
  return "html" in piece ? piece.html : piece.map((one) => one.html).join("")
}

/** A whole page; `body` is all that is shown. */
export const htmlPage = (language: string, title: string, style: readonly Html[], body: Html): string =>
  html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`.html

export const dot = (colour: string): Html => html`<span class="dot" style="background:${colour}"></span>`
export const keyEntry = (colour: string, text: string): Html => html`<span class="entry">${dot(colour)}${text}</span> `
export const seconds = (timeMs: number, { decimal }: ReportTexts): string => `${decimal((timeMs / 1000).toFixed(1))} s`
