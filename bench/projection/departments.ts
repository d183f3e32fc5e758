/** A département: what the rules of land-cover.ts need of it. */
export interface Department {
  /** Of the official geographic code: "01" to "95", "2A", "2B", "971" to "976". */
  readonly code: string
  readonly name: string
  readonly region: string
  /** Area of land and inland water, km²; of Guyane the coastal strip alone. */
  readonly km2: number
  readonly population: number
  /** Per cent of the area, an estimate: it spreads the region's forest over its départements. */
  readonly forest: number
  /** Per cent of the area in the mountain zone, an estimate. */
  readonly mountain: number
  /** Per cent of the area under lakes, lagoons and rivers, an estimate. */
  readonly water: number
}

type Row = readonly [string, string, string, number, number, number, number, number]

/*
 * Facts: code, name, region, area, and population (Insee, legal populations of 2018; Mayotte 2017).
 * Estimates, made for this table and marked as assumed wherever they are used: forest, mountain, water. No table of them by
 * département was at hand; land-cover.ts holds them to published totals.
 */
const ROWS: readonly Row[] = [
  ["01", "Ain", "ARA", 5762, 647634, 33, 40, 1.5],
  ["02", "Aisne", "HDF", 7361, 533316, 18, 0, 0.8],
  ["03", "Allier", "ARA", 7340, 337171, 17, 8, 0.8],
  ["04", "Alpes-de-Haute-Provence", "PAC", 6925, 164068, 60, 85, 1],
  ["05", "Hautes-Alpes", "PAC", 5549, 140698, 44, 100, 1],
  ["06", "Alpes-Maritimes", "PAC", 4299, 1086219, 63, 80, 0.5],
  ["07", "Ardèche", "ARA", 5529, 326606, 58, 65, 0.8],
  ["08", "Ardennes", "GES", 5229, 271845, 29, 0, 0.8],
  ["09", "Ariège", "OCC", 4890, 153066, 52, 60, 0.4],
  ["10", "Aube", "GES", 6004, 310020, 24, 0, 1.5],
  ["11", "Aude", "OCC", 6139, 372806, 36, 30, 2],
  ["12", "Aveyron", "OCC", 8735, 279274, 33, 60, 0.8],
  ["13", "Bouches-du-Rhône", "PAC", 5087, 2034357, 23, 3, 5],
  ["14", "Calvados", "NOR", 5535, 694056, 9, 0, 0.5],
  ["15", "Cantal", "ARA", 5726, 144765, 28, 100, 0.8],
  ["16", "Charente", "NAQ", 5956, 351778, 23, 0, 0.5],
  ["17", "Charente-Maritime", "NAQ", 6864, 646932, 17, 0, 1.5],
  ["18", "Cher", "CVL", 7235, 303408, 25, 0, 0.8],
  ["19", "Corrèze", "NAQ", 5857, 240583, 46, 55, 1],
  ["2A", "Corse-du-Sud", "COR", 4014, 157853, 66, 85, 0.4],
  ["2B", "Haute-Corse", "COR", 4666, 180701, 58, 80, 1],
  ["21", "Côte-d'Or", "BFC", 8763, 533220, 37, 5, 0.6],
  ["22", "Côtes-d'Armor", "BRE", 6878, 599584, 12, 0, 0.6],
  ["23", "Creuse", "NAQ", 5565, 117503, 30, 30, 0.8],
  ["24", "Dordogne", "NAQ", 9060, 413418, 46, 0, 0.6],
  ["25", "Doubs", "BFC", 5232, 541454, 44, 55, 0.6],
  ["26", "Drôme", "ARA", 6530, 514732, 52, 50, 0.8],
  ["27", "Eure", "NOR", 6040, 599962, 21, 0, 0.8],
  ["28", "Eure-et-Loir", "CVL", 5880, 431997, 12, 0, 0.4],
  ["29", "Finistère", "BRE", 6733, 911735, 13, 0, 0.8],
  ["30", "Gard", "OCC", 5853, 745458, 48, 30, 2],
  ["31", "Haute-Garonne", "OCC", 6309, 1380672, 23, 17, 0.8],
  ["32", "Gers", "OCC", 6257, 191283, 15, 0, 0.6],
  ["33", "Gironde", "NAQ", 9975, 1601845, 49, 0, 2.5],
  ["34", "Hérault", "OCC", 6224, 1159220, 42, 27, 3],
  ["35", "Ille-et-Vilaine", "BRE", 6775, 1069228, 10, 0, 0.8],
  ["36", "Indre", "CVL", 6791, 220595, 18, 0, 1.2],
  ["37", "Indre-et-Loire", "CVL", 6127, 607760, 26, 0, 1],
  ["38", "Isère", "ARA", 7431, 1263563, 38, 50, 1],
  ["39", "Jura", "BFC", 4999, 259746, 47, 40, 1],
  ["40", "Landes", "NAQ", 9243, 410355, 62, 0, 1.5],
  ["41", "Loir-et-Cher", "CVL", 6343, 330248, 33, 0, 1.3],
  ["42", "Loire", "ARA", 4781, 763441, 28, 55, 0.8],
  ["43", "Haute-Loire", "ARA", 4977, 227552, 40, 95, 0.3],
  ["44", "Loire-Atlantique", "PDL", 6880, 1412502, 8, 0, 2.5],
  ["45", "Loiret", "CVL", 6775, 678845, 27, 0, 1],
  ["46", "Lot", "OCC", 5217, 173929, 48, 15, 0.6],
  ["47", "Lot-et-Garonne", "NAQ", 5361, 331970, 26, 0, 0.8],
  ["48", "Lozère", "OCC", 5167, 76520, 50, 100, 0.4],
  ["49", "Maine-et-Loire", "PDL", 7106, 814883, 11, 0, 1],
  ["50", "Manche", "NOR", 5938, 495983, 7, 0, 0.5],
  ["51", "Marne", "GES", 8169, 567462, 19, 0, 1.2],
  ["52", "Haute-Marne", "GES", 6211, 174069, 41, 0, 0.8],
  ["53", "Mayenne", "PDL", 5175, 307084, 8, 0, 0.5],
  ["54", "Meurthe-et-Moselle", "GES", 5246, 733469, 33, 2, 0.8],
  ["55", "Meuse", "GES", 6211, 185355, 37, 0, 0.7],
  ["56", "Morbihan", "BRE", 6823, 754867, 18, 0, 1.5],
  ["57", "Moselle", "GES", 6216, 1043524, 30, 4, 1.3],
  ["58", "Nièvre", "BFC", 6817, 205828, 34, 12, 0.8],
  ["59", "Nord", "HDF", 5743, 2606234, 9, 0, 0.8],
  ["60", "Oise", "HDF", 5860, 827153, 23, 0, 0.7],
  ["61", "Orne", "NOR", 6103, 281593, 17, 0, 0.3],
  ["62", "Pas-de-Calais", "HDF", 6671, 1466743, 9, 0, 0.6],
  ["63", "Puy-de-Dôme", "ARA", 7970, 659048, 33, 70, 0.5],
  ["64", "Pyrénées-Atlantiques", "NAQ", 7645, 679810, 31, 35, 0.7],
  ["65", "Hautes-Pyrénées", "OCC", 4464, 229191, 35, 55, 0.7],
  ["66", "Pyrénées-Orientales", "OCC", 4116, 476357, 48, 65, 2],
  ["67", "Bas-Rhin", "GES", 4755, 1133552, 38, 15, 1.7],
  ["68", "Haut-Rhin", "GES", 3525, 764981, 41, 32, 1.2],
  ["69", "Rhône", "ARA", 3249, 1859524, 24, 35, 1.5],
  ["70", "Haute-Saône", "BFC", 5360, 236018, 44, 7, 0.9],
  ["71", "Saône-et-Loire", "BFC", 8575, 552185, 24, 10, 0.9],
  ["72", "Sarthe", "PDL", 6206, 565963, 20, 0, 0.5],
  ["73", "Savoie", "ARA", 6028, 433724, 34, 95, 1.5],
  ["74", "Haute-Savoie", "ARA", 4388, 816699, 41, 85, 1.5],
  ["75", "Paris", "IDF", 105, 2175601, 9, 0, 3],
  ["76", "Seine-Maritime", "NOR", 6278, 1255883, 18, 0, 1],
  ["77", "Seine-et-Marne", "IDF", 5915, 1412516, 24, 0, 1.2],
  ["78", "Yvelines", "IDF", 2284, 1441398, 30, 0, 1.3],
  ["79", "Deux-Sèvres", "NAQ", 5999, 374799, 10, 0, 0.5],
  ["80", "Somme", "HDF", 6170, 570662, 10, 0, 1],
  ["81", "Tarn", "OCC", 5758, 388596, 30, 30, 0.7],
  ["82", "Tarn-et-Garonne", "OCC", 3717, 259124, 19, 3, 1.2],
  ["83", "Var", "PAC", 5973, 1067697, 66, 20, 1.2],
  ["84", "Vaucluse", "PAC", 3520, 559793, 43, 25, 1.2],
  ["85", "Vendée", "PDL", 6719, 679991, 8, 0, 1],
  ["86", "Vienne", "NAQ", 6990, 437586, 20, 0, 0.7],
  ["87", "Haute-Vienne", "NAQ", 5520, 373199, 30, 30, 1.2],
  ["88", "Vosges", "GES", 5874, 366112, 49, 35, 0.7],
  ["89", "Yonne", "BFC", 7427, 337504, 32, 4, 0.7],
  ["90", "Territoire de Belfort", "BFC", 609, 141852, 44, 15, 1.2],
  ["91", "Essonne", "IDF", 1804, 1296641, 22, 0, 1],
  ["92", "Hauts-de-Seine", "IDF", 176, 1619120, 10, 0, 2.5],
  ["93", "Seine-Saint-Denis", "IDF", 236, 1632677, 6, 0, 1],
  ["94", "Val-de-Marne", "IDF", 245, 1396913, 10, 0, 2.5],
  ["95", "Val-d'Oise", "IDF", 1246, 1238581, 19, 0, 1],
  ["971", "Guadeloupe", "GUA", 1628, 387629, 44, 30, 0.8],
  ["972", "Martinique", "MTQ", 1128, 368783, 46, 35, 0.5],
  // Not the 83 846 km² of the whole: a strip of some 350 km of coast, 20 km deep.
  ["973", "Guyane (coastal strip)", "GUY", 7000, 276128, 70, 0, 6],
  ["974", "La Réunion", "REU", 2512, 855961, 39, 75, 0.4],
  ["976", "Mayotte", "MAY", 376, 256518, 37, 5, 0.3],
]

/** The 96 départements of mainland France with Corsica, and the five overseas, by code. */
export const DEPARTMENTS: readonly Department[] = ROWS.map(
  ([code, name, region, km2, population, forest, mountain, water]) => ({
    code,
    name,
    region,
    km2,
    population,
    forest,
    mountain,
    water,
  }),
)

/** True for the départements of mainland France and Corsica. */
export const isMetropolitan = ({ code }: Department): boolean => code.length === 2
