/** The documentation site: guide, reference and project pages, as static files. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { join, posix, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { type DefaultTheme, defineConfig, type MarkdownOptions } from "vitepress"

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Documents at the top of the clone that are pages too. */
const projectPages = ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]

/** Page of the site made from a document; undefined for every other file. */
const pageOf = (file: string): string | undefined => {
  if (projectPages.includes(file)) return `project/${file.toLowerCase()}`
  if (!file.startsWith("docs/") || !file.endsWith(".md")) return undefined
  return file.slice("docs/".length).replace("decisions/README.md", "decisions/index.md")
}

/** Files that pages link and that are no pages, such as sources: the site has copies of them. */
const linkedFiles = new Set<string>()

/** Where a link of a document leads on the site. Documents link files of the clone. */
const siteLink = (from: string, link: string): string => {
  if (/^(\w+:|#|\/)/.test(link)) return link
  const [path = "", anchor] = link.split("#")
  const file = posix.join(posix.dirname(from), path)
  const page = pageOf(file)
  if (page !== undefined) return `/${page}${anchor === undefined ? "" : `#${anchor}`}`
  if (!existsSync(join(root, file))) throw new Error(`${from}: the link ${link} leads nowhere`)
  linkedFiles.add(file)
  return `/files/${file}`
}

const markdown: MarkdownOptions = {
  // Anchors as GitHub makes them, so links with anchors work in both places.
  anchor: {
    slugify: (text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\s-]/gu, "")
        .replaceAll(/\s/g, "-"),
  },
  config: (md) => {
    const open = md.renderer.rules["link_open"]
    md.renderer.rules["link_open"] = (tokens, index, options, env: { path: string; realPath?: string }, self) => {
      const link = tokens[index]?.attrGet("href")
      const from = relative(root, env.realPath ?? env.path).replaceAll(sep, "/")
      if (link) tokens[index]?.attrSet("href", siteLink(from, link))
      return open?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options)
    }
    // Documents contain no HTML but comments; a placeholder such as <name> is text.
    const asText: typeof open = (tokens, index) =>
      (tokens[index]?.content ?? "").replaceAll(/<!--[\s\S]*?-->/g, "").replaceAll("<", "&lt;")
    md.renderer.rules["html_block"] = asText
    md.renderer.rules["html_inline"] = asText
  },
}

// ----- the sidebar

const titleOf = (file: string): string =>
  /^# (.*)$/m.exec(readFileSync(join(root, file), "utf8"))?.[1]?.replaceAll("`", "") ?? file

const item = (file: string): DefaultTheme.SidebarItem => ({
  text: titleOf(file),
  link: `/${pageOf(file)?.replace(/(index)?\.md$/, "")}`,
})

/** Pages of a folder: those of `first` in this order, then the others by name. */
const items = (folder: string, first: readonly string[] = []): DefaultTheme.SidebarItem[] => {
  if (!existsSync(join(root, folder))) return []
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length)
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md") && !/^(index|README)\./.test(name))
    .sort((a, b) => rank(a.slice(0, -3)) - rank(b.slice(0, -3)) || (a < b ? -1 : 1))
    .map((name) => item(`${folder}/${name}`))
}

const guide = [
  ...[
    "first-run",
    "your-data",
    "imagery",
    "vector-layers",
    "water-flow",
    "sun-and-views",
    "departement",
    "many-machines",
  ],
  ...["look-and-check", "catalogue", "update-and-repair", "write-a-kernel", "kernel-files", "compute", "scenarios"],
]
const reference = [
  ...["commands", "job", "json", "errors", "classes", "layers", "metrics", "kernels"],
  ...["vector-quality", "benchmarks"],
]

const referenceItems = (): DefaultTheme.SidebarItem[] =>
  items("docs/reference", reference).map((one) =>
    one.link === "/reference/kernels" ? { ...one, collapsed: true, items: items("docs/reference/kernels") } : one,
  )

const projectItems = (): DefaultTheme.SidebarItem[] => [
  ...projectPages.map(item),
  { ...item("docs/decisions/README.md"), collapsed: true, items: items("docs/decisions") },
]

const english: DefaultTheme.Config = {
  nav: [
    { text: "Guide", link: "/guide/first-run", activeMatch: "^/guide/" },
    { text: "Reference", link: "/reference/commands", activeMatch: "^/reference/" },
    { text: "API", link: "/api/index.html", target: "_self" },
    { text: "Changelog", link: "/project/changelog" },
  ],
  sidebar: [
    { text: "Guide", items: items("docs/guide", guide) },
    { text: "Reference", items: referenceItems() },
    { text: "Project", items: projectItems() },
  ],
  outline: [2, 3],
}

const french: DefaultTheme.Config = {
  nav: [
    { text: "Guide", link: "/guide/fr/first-run", activeMatch: "^/guide/" },
    { text: "Référence", link: "/reference/fr/job", activeMatch: "^/reference/" },
    { text: "API", link: "/api/index.html", target: "_self" },
  ],
  sidebar: [
    { text: "Guide", items: items("docs/guide/fr", guide) },
    { text: "Référence", items: [item("docs/reference/fr/job.md")] },
    { text: "Référence, en anglais", items: referenceItems() },
  ],
  outline: { level: [2, 3], label: "Sur cette page" },
  docFooter: { prev: "Page précédente", next: "Page suivante" },
  darkModeSwitchLabel: "Apparence",
  lightModeSwitchTitle: "Passer au thème clair",
  darkModeSwitchTitle: "Passer au thème sombre",
  sidebarMenuLabel: "Menu",
  returnToTopLabel: "Haut de la page",
  langMenuLabel: "Changer de langue",
  skipToContentLabel: "Aller au contenu",
}

const frenchSearch = {
  button: { buttonText: "Rechercher", buttonAriaLabel: "Rechercher" },
  modal: {
    displayDetails: "Afficher les extraits",
    resetButtonTitle: "Effacer la recherche",
    backButtonTitle: "Fermer",
    noResultsText: "Aucun résultat pour",
    footer: { selectText: "ouvrir", navigateText: "parcourir", closeText: "fermer" },
  },
}

/** Room for the wide tables of the reference; selectors outweigh those of the default theme. */
const style = `
html:root { --vp-layout-max-width: 1680px; }
.VPContent .VPDoc.has-aside .content .content-container { max-width: 960px; }
.vp-doc.vp-doc pre code, .vp-doc.vp-doc table { font-size: 13px; }
`

export default defineConfig({
  title: "maille",
  description: "LiDAR point clouds and aerial images into meshes, textures, rasters and vector layers",
  srcDir: "..",
  srcExclude: [
    ...readdirSync(root, { withFileTypes: true }).flatMap(({ name }) =>
      name === "docs" || projectPages.includes(name) ? [] : [name, `${name}/**`],
    ),
  ],
  rewrites: (file) => pageOf(file) ?? file,
  markdown,
  head: [["style", {}, style]],
  locales: {
    root: { label: "English", lang: "en", themeConfig: english },
    fr: {
      label: "Français",
      lang: "fr",
      link: "/fr/",
      description: "Nuages de points LiDAR et images aériennes en maillages, textures, rasters et couches vectorielles",
      themeConfig: french,
    },
  },
  themeConfig: {
    // Most pages have no twin in the other language; those that have one link it in their text.
    i18nRouting: false,
    search: { provider: "local", options: { locales: { fr: { translations: frenchSearch } } } },
  },
  // The clone has a page of its own, the viewer's, whose imports are no part of the site.
  vite: { optimizeDeps: { entries: [] } },
  buildEnd: ({ outDir }) => {
    for (const file of linkedFiles) {
      const to = join(outDir, "files", file)
      mkdirSync(join(to, ".."), { recursive: true })
      copyFileSync(join(root, file), to)
    }
  },
})
