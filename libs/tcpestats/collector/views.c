/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/base.h"
#include "collector/views.h"

#define ROOM (sizeof(struct te_collector_record) * TE_COLLECTOR_RECORDS_MAX)
#define MAP_TYPE_ARRAY 2             /* BPF_MAP_TYPE_ARRAY */
#define KEEP_NS (120 * TE_SECOND_NS) /* whoever reads once a minute finds the last words */

/* The number after a name at the beginning of a line, or -1. */
static long long number_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    long long number;

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0)
            return sscanf(line + length, " %lld", &number) == 1 ? number : -1;
    }
    return -1;
}

/*
 * A mapped file that shrinks kills its readers. An array of the kernel's can't shrink, nor can a
 * file in memory that is sealed against it; nothing else is mapped. What is behind the descriptor
 * the kernel tells in /proc, to everybody, unlike BPF_OBJ_GET_INFO_BY_FD.
 */
static bool is_array(int fd, uint32_t count)
{
    char path[64], text[1024];
    size_t length;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    file = fopen(path, "re");
    if (!file)
        return false;
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    return number_of(text, "map_type:") == MAP_TYPE_ARRAY && number_of(text, "frozen:") == 1 &&
           number_of(text, "value_size:") == (long long)sizeof(struct te_collector_record) &&
           number_of(text, "max_entries:") >= (long long)count;
}

static bool is_sealed(int fd, size_t size)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct statfs fs;
    struct stat st;

    return seals >= 0 && seals & F_SEAL_SHRINK && fstatfs(fd, &fs) == 0 &&
           (uint32_t)fs.f_type == TMPFS_MAGIC && fstat(fd, &st) == 0 && st.st_size >= 0 &&
           (size_t)st.st_size >= size;
}

static struct te_collector_view view_of(const struct te_collector_mapping *mapping)
{
    struct te_collector_view view;

    view.version = atomic_load_explicit(&mapping->version, memory_order_acquire);
    view.records = atomic_load_explicit(&mapping->records, memory_order_relaxed);
    view.count = atomic_load_explicit(&mapping->count, memory_order_relaxed);
    view.features = atomic_load_explicit(&mapping->features, memory_order_relaxed);
    view.hz = atomic_load_explicit(&mapping->hz, memory_order_relaxed);
    view.start = atomic_load_explicit(&mapping->start, memory_order_relaxed);
    return view;
}

struct te_collector_view te_collector_views_now(struct te_collector_views *views)
{
    uint32_t current = atomic_load_explicit(&views->current, memory_order_acquire);
    struct te_collector_view view = {.records = NULL};

    if (current)
        view = view_of(&views->mapping[current - 1]);
    if (view.version & 1 || !te_collector_views_hold(views, &view))
        return (struct te_collector_view){.records = NULL};
    return view;
}

bool te_collector_views_hold(struct te_collector_views *views, const struct te_collector_view *view)
{
    atomic_thread_fence(memory_order_acquire);
    for (int i = 0; i < TE_COLLECTOR_VIEWS; i++) {
        struct te_collector_mapping *mapping = &views->mapping[i];

        if (atomic_load_explicit(&mapping->records, memory_order_relaxed) == view->records)
            return atomic_load_explicit(&mapping->version, memory_order_relaxed) == view->version;
    }
    return false;
}

/* Where arrays are mapped one after the other: room for the largest, at addresses that stay ours.
 */
static void *reserve_room(void)
{
    void *room = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return room == MAP_FAILED ? NULL : room;
}

static int map_array(struct te_collector_mapping *mapping, const struct te_collector_answer *hello,
                     int fd)
{
    size_t size = (size_t)hello->records * sizeof(struct te_collector_record);
    void *room = mapping->records, *fresh;

    if (!is_array(fd, hello->records) && !is_sealed(fd, size))
        return -EPROTO;
    if (!room && !(room = reserve_room()))
        return -ENOMEM;
    mapping->records = room;
    fresh = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (fresh == MAP_FAILED)
        return errno == ENOMEM ? -ENOMEM : -EPROTO;
    /* Odd from here on, and left so if it fails or this thread dies. */
    atomic_store(&mapping->version, mapping->version | 1);
    atomic_thread_fence(memory_order_seq_cst);
    /* A thread that reads there just now waits for the kernel, and reads on. */
    if (mremap(fresh, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, room) != room) {
        munmap(fresh, size);
        /* Whatever is left of the place: nobody else may get it, and it must be readable. */
        mmap(room, ROOM, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        return -ENOMEM;
    }
    mapping->count = hello->records;
    mapping->features = hello->features;
    mapping->hz = hello->hz;
    mapping->start = hello->epoch;
    mapping->hidden_ns = 0;
    atomic_store(&mapping->version, mapping->version + 1);
    return 0;
}

static bool is_mapped(const struct te_collector_mapping *mapping, uint64_t start)
{
    return mapping->start == start && mapping->version != 0 && !(mapping->version & 1);
}

/* Since the first time that it is said. */
static void set_hidden(struct te_collector_mapping *mapping, uint64_t now)
{
    if (!now || !mapping->hidden_ns)
        mapping->hidden_ns = now;
}

int te_collector_views_show(struct te_collector_views *views,
                            const struct te_collector_answer *hello, int fd)
{
    uint32_t place;
    int status;

    for (place = 0; place < TE_COLLECTOR_VIEWS; place++)
        if (is_mapped(&views->mapping[place], hello->epoch))
            break;
    if (place == TE_COLLECTOR_VIEWS) {
        place = views->last = (views->last + 1) % TE_COLLECTOR_VIEWS;
        status = map_array(&views->mapping[place], hello, fd);
        if (status)
            return status;
    }
    /* Of two daemons the one that is not shown is the one before. */
    for (int i = 0; i < TE_COLLECTOR_VIEWS; i++)
        set_hidden(&views->mapping[i], (uint32_t)i == place ? 0 : te_now());
    atomic_store(&views->current, place + 1);
    return 0;
}

bool te_collector_views_find(struct te_collector_views *views, uint64_t start,
                             struct te_collector_view *view)
{
    for (int i = 0; i < TE_COLLECTOR_VIEWS; i++) {
        *view = view_of(&views->mapping[i]);
        if (view->start == start && !(view->version & 1))
            return te_collector_views_hold(views, view);
    }
    return false;
}

void te_collector_views_hide(struct te_collector_views *views, uint64_t start)
{
    uint32_t current = atomic_load(&views->current);

    if (current == 0 || views->mapping[current - 1].start != start)
        return;
    set_hidden(&views->mapping[current - 1], te_now());
    atomic_compare_exchange_strong(&views->current, &current, 0);
}

/* Not unmapped: a reader may be at it, and the addresses stay ours. */
static void drop(struct te_collector_mapping *mapping)
{
    atomic_store(&mapping->version, mapping->version | 1);
    atomic_thread_fence(memory_order_seq_cst);
    mmap(mapping->records, ROOM, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
         -1, 0);
    mapping->start = 0;
    mapping->hidden_ns = 0;
    atomic_store(&mapping->version, mapping->version + 1);
}

void te_collector_views_drop(struct te_collector_views *views, uint64_t now)
{
    for (int i = 0; i < TE_COLLECTOR_VIEWS; i++) {
        struct te_collector_mapping *mapping = &views->mapping[i];

        if (mapping->hidden_ns && now - mapping->hidden_ns >= KEEP_NS)
            drop(mapping);
    }
}

void te_collector_views_free(struct te_collector_views *views)
{
    for (int i = 0; i < TE_COLLECTOR_VIEWS; i++)
        if (views->mapping[i].records)
            munmap(views->mapping[i].records, ROOM);
}
