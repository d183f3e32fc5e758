/* Writes points as LAZ through LASzip's C API. Started by laszip.ts as
 *   laszip-write FILE OUT COUNT
 * it reads the first COUNT points of FILE into memory and answers each line "N" on standard input (write them N times to OUT) with a line
 * of JSON, as laszip-read does. */
#include <laszip/laszip_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int fail(laszip_POINTER laszip) {
  char *why = NULL;
  if (laszip != NULL) laszip_get_error(laszip, &why);
  printf("{\"error\":\"%s\"}\n", why != NULL ? why : "LASzip failed");
  return 1;
}

static int write_all(const laszip_header_struct *header, const laszip_point_struct *points, int64_t count, const char *path) {
  laszip_POINTER laszip = NULL;
  if (laszip_create(&laszip) || laszip_set_header(laszip, header) || laszip_request_native_extension(laszip, 1) ||
      laszip_open_writer(laszip, path, 1))
    return fail(laszip);
  for (int64_t i = 0; i < count; i++)
    if (laszip_set_point(laszip, &points[i]) || laszip_write_point(laszip)) return fail(laszip);
  if (laszip_close_writer(laszip)) return fail(laszip);
  laszip_destroy(laszip);
  return 0;
}

int main(int argc, char **argv) {
  char line[64];
  uint8_t major, minor;
  uint16_t revision;
  uint32_t build;
  laszip_POINTER laszip = NULL;
  laszip_header_struct *header;
  laszip_point_struct *point;
  laszip_BOOL compressed;
  if (argc != 4) return 2;
  int64_t count = atoll(argv[3]);
  if (laszip_create(&laszip) || laszip_open_reader(laszip, argv[1], &compressed) || laszip_get_header_pointer(laszip, &header) ||
      laszip_get_point_pointer(laszip, &point))
    return fail(laszip);
  laszip_point_struct *points = malloc(count * sizeof *points);
  for (int64_t i = 0; i < count; i++) {
    if (laszip_read_point(laszip)) return fail(laszip);
    points[i] = *point;
    if (point->num_extra_bytes == 0) continue;
    points[i].extra_bytes = malloc(point->num_extra_bytes);
    memcpy(points[i].extra_bytes, point->extra_bytes, point->num_extra_bytes);
  }
  header->extended_number_of_point_records = count;
  header->number_of_point_records = 0;
  laszip_get_version(&major, &minor, &revision, &build);
  printf("{\"version\":\"%d.%d.%d\"}\n", major, minor, revision);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int repeats = atoi(line);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int i = 0; i < repeats; i++)
      if (write_all(header, points, count, argv[2])) return 1;
    cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / repeats, wall = (now(CLOCK_MONOTONIC) - wall) / repeats;
    printf("{\"points\":%lld,\"cpuMs\":%.3f,\"wallMs\":%.3f}\n", (long long)count, cpu, wall);
    fflush(stdout);
  }
  return 0;
}
