/** The texts of the page of a comparison in English and French. */
import { counted, grouped } from "../core/texts.js"
import type { MeshComparison } from "./compare-meshes.js"

type Objects = NonNullable<MeshComparison["objects"]>

const english = {
  title: "maille: comparison",
  heading: "Comparison of two results",
  /** A number with the language's decimal mark. */
  decimal: (text: string) => text,
  facts: (epsg: number, tolerance: string) =>
    `EPSG:${epsg}. Values differ where they are more than ${tolerance} apart; all differences are B minus A.`,
  sections: { rasters: "Rasters", layers: "Layers", mesh: "Mesh", zones: "Zones", single: "Only in one result" },
  noRaster: "No raster in common.",
  noLayer: "No layer in common.",
  rasterColumns: ["Raster", "Changed, m²", "Of, m²", "Gained, m³", "Lost, m³", "Lowest", "Highest", "RMSE"],
  layerColumns: ["Layer", "A", "B", "Equal", "Changed", "New", "Gone", "Divided", "Joined"],
  volumes: "Gained and lost are sums of difference × area, m³ for heights.",
  band: (name: string, band: number) => `${name}, band ${band}`,
  difference: "Difference",
  values: (low: string, high: string) => `Before and after: ${low} to ${high}.`,
  before: "Before (A)",
  after: "After (B)",
  onlyA: "only in A",
  onlyB: "only in B",
  changed: "changed",
  area: (width: string, height: string, pixel: string) =>
    `Area around the changes: ${width} m × ${height} m, pixels of ${pixel} m.`,
  means: (cells: number) => `A pixel is the mean of ${cells} × ${cells} cells.`,
  contents: (changed: number, equal: number, a: number, b: number) =>
    `${counted(changed, "content")} changed, ${grouped(equal)} equal, ${grouped(a)} only in A, ${grouped(b)} only in B.`,
  tiles: (tiles: number, { changed, new: added, gone, equal }: Objects) =>
    `${counted(tiles, "tile")} of the finest level differ. Their objects: ${grouped(changed)} changed, ${grouped(added)} new, ${grouped(gone)} gone, ${grouped(equal)} equal.`,
  distance: (largest: string, x: string, y: string, measured: number, vertices: number) =>
    `Largest distance found between the surfaces: ${largest} m, at ${x}, ${y}. Measured from ${grouped(measured)} of ${counted(vertices, "vertex", "vertices")} of these tiles to the triangles of the other result.`,
  zone: "Zone",
  more: (count: number) => `${counted(count, "zone")} in all, with geometry:`,
  figures: "All figures:",
}

/** Every text of the page; a language without one of them does not compile. */
export type CompareTexts = typeof english

const french: CompareTexts = {
  title: "maille : comparaison",
  heading: "Comparaison de deux résultats",
  decimal: (text) => text.replace(".", ","),
  facts: (epsg, tolerance) =>
    `EPSG:${epsg}. Les valeurs diffèrent au-delà d’un écart de ${tolerance} ; toutes les différences sont B moins A.`,
  sections: {
    rasters: "Rasters",
    layers: "Couches",
    mesh: "Maillage",
    zones: "Zones",
    single: "Dans un seul résultat",
  },
  noRaster: "Aucun raster commun.",
  noLayer: "Aucune couche commune.",
  rasterColumns: ["Raster", "Changé, m²", "Sur, m²", "Gagné, m³", "Perdu, m³", "Minimum", "Maximum", "EQM"],
  layerColumns: ["Couche", "A", "B", "Égaux", "Changés", "Nouveaux", "Disparus", "Divisés", "Réunis"],
  volumes: "Gagné et perdu sont des sommes de différence × surface, en m³ pour des hauteurs.",
  band: (name, band) => `${name}, bande ${band}`,
  difference: "Différence",
  values: (low, high) => `Avant et après : de ${low} à ${high}.`,
  before: "Avant (A)",
  after: "Après (B)",
  onlyA: "dans A seulement",
  onlyB: "dans B seulement",
  changed: "changé",
  area: (width, height, pixel) => `Zone autour des changements : ${width} m × ${height} m, pixels de ${pixel} m.`,
  means: (cells) => `Un pixel est la moyenne de ${cells} × ${cells} cellules.`,
  contents: (changed, equal, a, b) =>
    `${counted(changed, "contenu changé", "contenus changés")}, ${counted(equal, "égal", "égaux")}, ${grouped(a)} dans A seulement, ${grouped(b)} dans B seulement.`,
  tiles: (tiles, { changed, new: added, gone, equal }) =>
    `Tuiles du niveau le plus fin qui diffèrent : ${grouped(tiles)}. Leurs objets : ${grouped(changed)} changés, ${grouped(added)} nouveaux, ${grouped(gone)} disparus, ${grouped(equal)} égaux.`,
  distance: (largest, x, y, measured, vertices) =>
    `Plus grande distance trouvée entre les surfaces : ${largest} m, en ${x}, ${y}. Mesurée de ${grouped(measured)} sommets sur ${grouped(vertices)} de ces tuiles aux triangles de l’autre résultat.`,
  zone: "Zone",
  more: (count) => `${counted(count, "zone")} en tout, avec leur géométrie :`,
  figures: "Tous les chiffres :",
}

export const compareTexts = { en: english, fr: french } as const
