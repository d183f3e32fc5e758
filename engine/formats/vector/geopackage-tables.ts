/** The tables that GeoPackage prescribes, and the statements that make them. */

import { nameOf, parseWkt } from "../../grid/wkt.js"
import { hasWkt, writeWkt } from "../las/write/wkt.js"

const SPECIFICATION = "http://www.geopackage.org/spec130/#extension_"

/**
 * Tables of GeoPackage 1.3 (OGC 12-128r17): the core, and the extensions for spatial indices,
 * column descriptions and metadata.
 */
export const TABLES = `
PRAGMA application_id = ${0x47504b47};
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,
  value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
  row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', '${SPECIFICATION}schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', '${SPECIFICATION}schema', 'read-write'),
  ('gpkg_metadata', NULL, 'gpkg_metadata', '${SPECIFICATION}metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', '${SPECIFICATION}metadata', 'read-write');
`

/** An identifier or a text in SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** The spatial index of a table, to be filled before {@link indexTriggers}. */
export const createIndex = (table: string, column: string): string => `
CREATE VIRTUAL TABLE ${quoteName(`rtree_${table}_${column}`)} USING rtree(id, minx, maxx, miny, maxy);
INSERT INTO gpkg_extensions VALUES
  (${quoteText(table)}, ${quoteText(column)}, 'gpkg_rtree_index', '${SPECIFICATION}rtree', 'write-only');
`

/** Triggers by which other programs keep the index up to date (annex F.3, as of version 1.4). */
export const indexTriggers = (table: string, column: string, key: string): string => {
  const index = quoteName(`rtree_${table}_${column}`)
  const [geom, fid] = [quoteName(column), quoteName(key)]
  const filled = `(NEW.${geom} NOT NULL AND NOT ST_IsEmpty(NEW.${geom}))`
  const isEmpty = `(NEW.${geom} ISNULL OR ST_IsEmpty(NEW.${geom}))`
  const wasFilled = `(OLD.${geom} NOT NULL AND NOT ST_IsEmpty(OLD.${geom}))`
  const wasEmpty = `(OLD.${geom} ISNULL OR ST_IsEmpty(OLD.${geom}))`
  const box = ["MinX", "MaxX", "MinY", "MaxY"].map((side) => `ST_${side}(NEW.${geom})`).join(", ")
  const values = `(NEW.${fid}, ${box})`
  const sets = ["minx", "maxx", "miny", "maxy"].map((side, i) => `${side} = ${box.split(", ")[i]}`).join(", ")
  const trigger = (name: string, event: string, when: string, action: string): string =>
    `CREATE TRIGGER ${quoteName(`rtree_${table}_${column}_${name}`)} AFTER ${event} ON ${quoteName(table)} ` +
    `WHEN ${when} BEGIN ${action}; END;\n`
  const remove = `DELETE FROM ${index} WHERE id = OLD.${fid}`
  const [same, other] = [`OLD.${fid} = NEW.${fid}`, `OLD.${fid} != NEW.${fid}`]
  const update = `UPDATE OF ${geom}`
  return [
    trigger("insert", "INSERT", filled, `INSERT OR REPLACE INTO ${index} VALUES ${values}`),
    trigger("update2", update, `${same} AND ${isEmpty}`, remove),
    trigger(
      "update4",
      "UPDATE",
      `${other} AND ${isEmpty}`,
      `DELETE FROM ${index} WHERE id IN (OLD.${fid}, NEW.${fid})`,
    ),
    trigger(
      "update5",
      "UPDATE",
      `${other} AND ${filled}`,
      `${remove}; INSERT OR REPLACE INTO ${index} VALUES ${values}`,
    ),
    trigger(
      "update6",
      update,
      `${same} AND ${filled} AND ${wasFilled}`,
      `UPDATE ${index} SET ${sets} WHERE id = NEW.${fid}`,
    ),
    trigger("update7", update, `${same} AND ${filled} AND ${wasEmpty}`, `INSERT INTO ${index} VALUES ${values}`),
    trigger("delete", "DELETE", `OLD.${geom} NOT NULL`, remove),
  ].join("")
}

/** A row of `gpkg_spatial_ref_sys`. */
export type SrsRow = readonly [name: string, id: number, organization: string, code: number, wkt: string]

const WGS84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'

/** The rows that each GeoPackage must have. */
const REQUIRED: readonly SrsRow[] = [
  ["Undefined Cartesian SRS", -1, "NONE", -1, "undefined"],
  ["Undefined geographic SRS", 0, "NONE", 0, "undefined"],
  ["WGS 84 geodetic", 4326, "EPSG", 4326, WGS84],
]

/** `srs_id` of layers without a CRS. */
export const NO_SRS = -1

/**
 * Rows for these CRSs. Programs with the EPSG registry use the code; the text is for others, and
 * `undefined` where maille has no WKT for the code.
 */
export const srsRows = (codes: readonly (number | undefined)[]): readonly SrsRow[] => {
  const others = new Set(codes.filter((code) => code !== undefined && code !== 4326))
  const added = [...others].map((code = 0): SrsRow => {
    const wkt = hasWkt(code) ? writeWkt(code) : undefined
    return [wkt === undefined ? `EPSG:${code}` : nameOf(parseWkt(wkt)), code, "EPSG", code, wkt ?? "undefined"]
  })
  return [...REQUIRED, ...added]
}
