/*
 * laszip-copy IN.laz RECORDS [OUT.laz]: reads a LAZ file of point format 6, 7 or 8 with LASzip's own library, writes its points to RECORDS
 * as raw LAS 1.4 records, and (with OUT.laz) all of it again with LASzip. Prints the number of points. Build: cc laszip-copy.c -llaszip
 */
#include <laszip/laszip_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(laszip_POINTER laszip, int failed) {
  char *error = "unknown";
  if (!failed) return;
  laszip_get_error(laszip, &error);
  fprintf(stderr, "LASzip: %s\n", error);
  exit(1);
}

/* The record of a point as the file holds it; little-endian machines only. */
static void pack(const laszip_point_struct *p, int format, unsigned char *record) {
  memcpy(record, &p->X, 12);
  memcpy(record + 12, &p->intensity, 2);
  record[14] = p->extended_return_number | p->extended_number_of_returns << 4;
  record[15] = p->extended_classification_flags | p->extended_scanner_channel << 4 | p->scan_direction_flag << 6 | p->edge_of_flight_line << 7;
  record[16] = p->extended_classification;
  record[17] = p->user_data;
  memcpy(record + 18, &p->extended_scan_angle, 2);
  memcpy(record + 20, &p->point_source_ID, 2);
  memcpy(record + 22, &p->gps_time, 8);
  const int base = format == 6 ? 30 : format == 7 ? 36 : 38;
  memcpy(record + 30, p->rgb, base - 30);
  memcpy(record + base, p->extra_bytes, p->num_extra_bytes);
}

int main(int argc, char **argv) {
  laszip_POINTER reader, writer;
  laszip_header_struct *header;
  laszip_point_struct *point;
  laszip_BOOL compressed;
  if (argc < 3) return 2;
  laszip_create(&reader);
  check(reader, laszip_open_reader(reader, argv[1], &compressed));
  check(reader, laszip_get_header_pointer(reader, &header));
  check(reader, laszip_get_point_pointer(reader, &point));
  laszip_create(&writer);
  if (argc > 3) {
    check(writer, laszip_request_native_extension(writer, 1));
    check(writer, laszip_set_header(writer, header));
    check(writer, laszip_open_writer(writer, argv[3], 1));
  }
  FILE *records = fopen(argv[2], "wb");
  unsigned char *record = calloc(1, 65536);
  const long long count = header->extended_number_of_point_records;
  const int format = header->point_data_format & 63;
  for (long long i = 0; i < count; i++) {
    check(reader, laszip_read_point(reader));
    pack(point, format, record);
    fwrite(record, header->point_data_record_length, 1, records);
    if (argc < 4) continue;
    check(writer, laszip_set_point(writer, point));
    check(writer, laszip_write_point(writer));
  }
  if (argc > 3) check(writer, laszip_close_writer(writer));
  check(reader, laszip_close_reader(reader));
  fclose(records);
  printf("%lld\n", count);
  return 0;
}
