/* Zeroed memory for the checks, in which a load behind an array ends the program: the array ends where a page begins that cannot be
   read. AddressSanitizer watches its own memory, on both sides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "levels.h"

/* What runs here: a check of one kind of kernels need not compile the others for their names. */
#define LEVEL(level, runs_here) {#level, runs_here},
static const struct {
    const char *name;
    int (*runs_here)(void);
} levels[HB_LEVELS] = {HB_FOR_LEVELS(LEVEL)};
#undef LEVEL

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED
#endif
#endif
#if !defined(WATCHED)
#include <sys/mman.h>
#include <unistd.h>
#endif

enum { ROOMS = 4096 };
static struct {
    void *memory;
    size_t size;
} rooms[ROOMS];
static int rooms_used;

/* Aligned like the largest power of two, up to 64, that divides the size: what its elements need. */
static void *room(size_t size) {
    void *memory;
    if (rooms_used == ROOMS) exit(2);
#if defined(WATCHED)
    if (posix_memalign(&memory, 64, size)) exit(2);
    memset(memory, 0, size);
    rooms[rooms_used].size = size;
    rooms[rooms_used++].memory = memory;
    return memory;
#else
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page * page;
    memory = mmap(NULL, pages + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect((char *)memory + pages, page, PROT_NONE)) exit(2);
    rooms[rooms_used].size = pages + page;
    rooms[rooms_used++].memory = memory;
    return (char *)memory + pages - size;
#endif
}

/* Gives back all rooms. */
static void clear_rooms(void) {
    while (rooms_used) {
        rooms_used--;
#if defined(WATCHED)
        free(rooms[rooms_used].memory);
#else
        munmap(rooms[rooms_used].memory, rooms[rooms_used].size);
#endif
    }
}

static void same(const void *a, const void *b, size_t size, const char *level, const char *what, int64_t units, int64_t patterns) {
    if (memcmp(a, b, size) == 0) return;
    printf("%s differs from scalar in %s at D=%lld K=%lld\n", level, what, (long long)units, (long long)patterns);
    exit(1);
}
