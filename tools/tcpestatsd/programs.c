/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "programs-internal.h"

void programs_say(const struct programs_options *options, const char *format, ...)
{
    char line[256];
    va_list args;

    if (!options->say)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    options->say(line);
}

/* The coarse clock moves once a tick. */
static uint32_t kernel_hz(void)
{
    struct timespec tick;

    if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) != 0 || tick.tv_sec || tick.tv_nsec <= 0)
        return 250;
    return (uint32_t)((1000000000 + tick.tv_nsec / 2) / tick.tv_nsec);
}

static int on_notice(void *arg, void *data, size_t size)
{
    const struct notice *n = data;
    struct programs *p = arg;

    if (size < sizeof(*n) || n->slot >= p->count)
        return 0;
    if (n->kind == NOTICE_HALF_CLOSED) {
        if (!p->half_closed[n->slot])
            p->half_closed_count++;
        p->half_closed[n->slot] = n->epoch;
        return 0;
    }
    if (p->half_closed[n->slot] == n->epoch)
        programs_forget_half_closed(p, n->slot);
    programs_bury(p, n->slot, n->epoch);
    if (p->dead)
        p->dead(p->dead_arg, n->slot, n->epoch);
    return 0;
}

/* Frozen, so that nobody but the programs writes and everybody who is given it may map it. */
static int share_records(struct programs *p)
{
    int fd = bpf_map__fd(p->skeleton->maps.records);
    void *at;

    if (bpf_map_freeze(fd) != 0)
        return -errno;
    at = mmap(NULL, (size_t)p->count * sizeof(*p->records), PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    p->records = at;
    fd = bpf_map__fd(p->skeleton->maps.owners);
    at = mmap(NULL, (size_t)p->count * sizeof(*p->owners), PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    p->owners = at;
    return 0;
}

static int finish(struct programs *p)
{
    int err = share_records(p);

    if (err)
        return err;
    p->half_closed = calloc(p->count, sizeof(*p->half_closed));
    if (!p->half_closed)
        return -ENOMEM;
    p->notices = ring_buffer__new(bpf_map__fd(p->skeleton->maps.notices), on_notice, p, NULL);
    if (!p->notices)
        return errno ? -errno : -ENOMEM;
    return programs_nsid_open(p);
}

int programs_open(struct programs **programs, const struct programs_options *options)
{
    struct programs *p;
    int err;

    *programs = NULL;
    if (!options->records || options->records > 1u << 20)
        return -EINVAL;
    p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->cgroup = programs_open_cgroup(options->cgroup);
    p->count = options->records;
    p->hz = kernel_hz();
    err = options->cgroup && p->cgroup < 0 ? p->cgroup : programs_load(p, options);
    if (!err)
        err = finish(p);
    if (err) {
        programs_close(p);
        return err;
    }
    *programs = p;
    return 0;
}

void programs_close(struct programs *p)
{
    unsigned i;

    if (!p)
        return;
    for (i = 0; i < HOOK_COUNT; i++)
        bpf_link__destroy(p->link[i]);
    ring_buffer__free(p->notices);
    if (p->records)
        munmap((void *)p->records, (size_t)p->count * sizeof(*p->records));
    if (p->owners)
        munmap((void *)p->owners, (size_t)p->count * sizeof(*p->owners));
    collector_bpf__destroy(p->skeleton);
    programs_nsid_close(p);
    if (p->cgroup >= 0)
        close(p->cgroup);
    free(p->half_closed);
    free(p);
}

uint32_t programs_features(const struct programs *p)
{
    return p->features;
}

uint32_t programs_hz(const struct programs *p)
{
    return p->hz;
}

int programs_map_fd(const struct programs *p)
{
    return bpf_map__fd(p->skeleton->maps.records);
}

/* What the kernel tells of a program needs no privilege of who holds its descriptor. */
static uint64_t passed_over_by_kernel(const struct bpf_program *program)
{
    int fd = bpf_program__fd(program);
    struct bpf_prog_info info = {0};
    uint32_t size = sizeof(info);

    return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.recursion_misses : 0;
}

void programs_losses(const struct programs *p, struct programs_losses *losses)
{
    const struct bpf_program *program;

    *losses = (struct programs_losses){.busy = p->skeleton->bss->passed_over};
    for (program = NULL;
         (program = bpf_object__next_program(p->skeleton->obj, (struct bpf_program *)program));)
        losses->guard += passed_over_by_kernel(program);
}

int programs_dead_fd(const struct programs *p)
{
    return ring_buffer__epoll_fd(p->notices);
}

void programs_reap(struct programs *p, void (*dead)(void *arg, uint32_t slot, uint64_t epoch),
                   void *arg)
{
    p->dead = dead;
    p->dead_arg = arg;
    ring_buffer__consume(p->notices);
    p->dead = NULL;
    programs_adjust(p, p->classes);
}
