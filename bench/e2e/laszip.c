/* Reads or writes a LAZ file through LASzip's C API, for comparison with native code.
 * Compiled by laszip.ts.
 *   laszip read FILE full|selective
 *   laszip write FILE OUT COUNT     writes the first COUNT points of FILE, read into memory first
 * Each line "N" on standard input requests N repeats. The answer is a line of JSON: TimedAnswer in
 * peer.ts. */
#include <laszip/laszip_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int32_t *xs, *ys, *zs;
static uint8_t *classes, *returns;

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int64_t fail(laszip_POINTER laszip) {
  char *why = NULL;
  if (laszip != NULL) laszip_get_error(laszip, &why);
  printf("{\"error\":\"%s\"}\n", why != NULL ? why : "LASzip failed");
  return -1;
}

static int open_file(laszip_POINTER *laszip, const char *path, int selective, laszip_header_struct **header, laszip_point_struct **point) {
  uint32_t layers = laszip_DECOMPRESS_SELECTIVE_CHANNEL_RETURNS_XY | laszip_DECOMPRESS_SELECTIVE_Z |
                    laszip_DECOMPRESS_SELECTIVE_CLASSIFICATION;
  laszip_BOOL compressed;
  return laszip_create(laszip) || (selective && laszip_decompress_selective(*laszip, layers)) ||
         laszip_open_reader(*laszip, path, &compressed) || laszip_get_header_pointer(*laszip, header) ||
         laszip_get_point_pointer(*laszip, point);
}

/* Reads all points into columns; returns their number, or -1 after a failure. */
static int64_t read_all(const char *path, int selective) {
  laszip_POINTER laszip = NULL;
  laszip_point_struct *point;
  laszip_header_struct *header;
  if (open_file(&laszip, path, selective, &header, &point)) return fail(laszip);
  int64_t count = header->number_of_point_records ? header->number_of_point_records : header->extended_number_of_point_records;
  if (xs == NULL) {
    xs = malloc(4 * count), ys = malloc(4 * count), zs = malloc(4 * count);
    classes = malloc(count), returns = malloc(count);
  }
  for (int64_t i = 0; i < count; i++) {
    if (laszip_read_point(laszip)) return fail(laszip);
    xs[i] = point->X, ys[i] = point->Y, zs[i] = point->Z;
    classes[i] = point->extended_classification;
    returns[i] = point->extended_return_number;
  }
  laszip_close_reader(laszip);
  laszip_destroy(laszip);
  return count;
}

static int64_t write_all(const laszip_header_struct *header, const laszip_point_struct *points, int64_t count, const char *path) {
  laszip_POINTER laszip = NULL;
  if (laszip_create(&laszip) || laszip_set_header(laszip, header) || laszip_request_native_extension(laszip, 1) ||
      laszip_open_writer(laszip, path, 1))
    return fail(laszip);
  for (int64_t i = 0; i < count; i++)
    if (laszip_set_point(laszip, &points[i]) || laszip_write_point(laszip)) return fail(laszip);
  if (laszip_close_writer(laszip)) return fail(laszip);
  laszip_destroy(laszip);
  return count;
}

static uint32_t mix(uint32_t hash, uint32_t value) { return ((hash << 13 | hash >> 19) ^ value) * 0x85ebca6bu; }

int main(int argc, char **argv) {
  char line[64];
  uint8_t major, minor;
  uint16_t revision;
  uint32_t build;
  laszip_header_struct *header = NULL;
  laszip_point_struct *points = NULL, *point;
  int64_t count = 0;
  int writes = argc == 5 && strcmp(argv[1], "write") == 0;
  if (!writes && (argc != 4 || strcmp(argv[1], "read") != 0)) return 2;
  if (writes) {
    laszip_POINTER laszip = NULL;
    if (open_file(&laszip, argv[2], 0, &header, &point)) return fail(laszip) < 0;
    count = atoll(argv[4]);
    points = malloc(count * sizeof *points);
    for (int64_t i = 0; i < count; i++) {
      if (laszip_read_point(laszip)) return fail(laszip) < 0;
      points[i] = *point;
      if (point->num_extra_bytes == 0) continue;
      points[i].extra_bytes = malloc(point->num_extra_bytes);
      memcpy(points[i].extra_bytes, point->extra_bytes, point->num_extra_bytes);
    }
    header->extended_number_of_point_records = count;
    header->number_of_point_records = 0;
  }
  laszip_get_version(&major, &minor, &revision, &build);
  printf("{\"version\":\"%d.%d.%d\"}\n", major, minor, revision);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int repeats = atoi(line);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int i = 0; i < repeats && count >= 0; i++)
      count = writes ? write_all(header, points, count, argv[3]) : read_all(argv[2], strcmp(argv[3], "selective") == 0);
    cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / repeats, wall = (now(CLOCK_MONOTONIC) - wall) / repeats;
    if (count < 0) return 1;
    uint32_t h[5] = {0};
    for (int64_t i = 0; i < count && !writes; i++) {
      h[0] = mix(h[0], xs[i]), h[1] = mix(h[1], ys[i]), h[2] = mix(h[2], zs[i]);
      h[3] = mix(h[3], classes[i]), h[4] = mix(h[4], returns[i]);
    }
    printf("{\"points\":%lld,\"cpuMs\":%.3f,\"wallMs\":%.3f,\"checksum\":\"%08x %08x %08x %08x %08x\"}\n", (long long)count, cpu,
           wall, h[0], h[1], h[2], h[3], h[4]);
    fflush(stdout);
  }
  return 0;
}
