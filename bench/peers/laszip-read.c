/* Reads a LAZ file through LASzip's C API: what native code makes of the work that is compared. Started by laszip.ts as
 *   laszip-read FILE full|selective
 * it answers each line "N" on standard input (decode the file N times) with a line of JSON, see PassAnswer in peer.ts. */
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

static int fail(laszip_POINTER laszip) {
  char *why = NULL;
  if (laszip != NULL) laszip_get_error(laszip, &why);
  printf("{\"error\":\"%s\"}\n", why != NULL ? why : "LASzip failed");
  return 1;
}

static int64_t read_all(const char *path, int selective, int *failed) {
  laszip_POINTER laszip = NULL;
  laszip_point_struct *point;
  laszip_header_struct *header;
  laszip_BOOL compressed;
  int64_t count;
  uint32_t layers = laszip_DECOMPRESS_SELECTIVE_CHANNEL_RETURNS_XY | laszip_DECOMPRESS_SELECTIVE_Z |
                    laszip_DECOMPRESS_SELECTIVE_CLASSIFICATION;
  if (laszip_create(&laszip) || (selective && laszip_decompress_selective(laszip, layers)) ||
      laszip_open_reader(laszip, path, &compressed) || laszip_get_header_pointer(laszip, &header) ||
      laszip_get_point_pointer(laszip, &point)) {
    *failed = fail(laszip);
    return 0;
  }
  count = header->number_of_point_records ? header->number_of_point_records : header->extended_number_of_point_records;
  if (xs == NULL) {
    xs = malloc(count * 4), ys = malloc(count * 4), zs = malloc(count * 4);
    classes = malloc(count), returns = malloc(count);
  }
  for (int64_t i = 0; i < count; i++) {
    if (laszip_read_point(laszip)) {
      *failed = fail(laszip);
      return 0;
    }
    xs[i] = point->X, ys[i] = point->Y, zs[i] = point->Z;
    classes[i] = point->extended_classification;
    returns[i] = point->extended_return_number;
  }
  laszip_close_reader(laszip);
  laszip_destroy(laszip);
  return count;
}

static uint32_t mix(uint32_t hash, uint32_t value) { return ((hash << 13 | hash >> 19) ^ value) * 0x85ebca6bu; }

int main(int argc, char **argv) {
  char line[64];
  uint8_t major, minor;
  uint16_t revision;
  uint32_t build;
  if (argc != 3) return 2;
  int selective = strcmp(argv[2], "selective") == 0;
  laszip_get_version(&major, &minor, &revision, &build);
  printf("{\"version\":\"%d.%d.%d\"}\n", major, minor, revision);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int repeats = atoi(line), failed = 0;
    int64_t count = 0;
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int i = 0; i < repeats && !failed; i++) count = read_all(argv[1], selective, &failed);
    cpu = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / repeats, wall = (now(CLOCK_MONOTONIC) - wall) / repeats;
    if (failed) return 1;
    uint32_t h[5] = {0};
    for (int64_t i = 0; i < count; i++) {
      h[0] = mix(h[0], xs[i]), h[1] = mix(h[1], ys[i]), h[2] = mix(h[2], zs[i]);
      h[3] = mix(h[3], classes[i]), h[4] = mix(h[4], returns[i]);
    }
    printf("{\"points\":%lld,\"cpuMs\":%.3f,\"wallMs\":%.3f,\"checksum\":\"%08x %08x %08x %08x %08x\"}\n", (long long)count, cpu,
           wall, h[0], h[1], h[2], h[3], h[4]);
    fflush(stdout);
  }
  return 0;
}
