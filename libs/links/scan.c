/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "identity.h"
#include "kinds.h"
#include "base/base.h"
#include "scan.h"

/* A link can come and go while a host dumps its links; so often in a row it does not. */
#define TRIES 5

struct candidates {
    struct lk_message *message;
    size_t count, room;
};

static int keep_candidate(const struct lk_message *message, void *arg)
{
    struct candidates *c = arg;

    if (!lk_kind_of(message, NULL) && !lk_kind_is_obscure(message))
        return 0;
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 16;
        struct lk_message *more = reallocarray(c->message, room, sizeof(*more));

        if (!more)
            return -ENOMEM;
        c->message = more;
        c->room = room;
    }
    c->message[c->count++] = *message;
    return 0;
}

static int ask_all(struct lk_ask *ask, struct candidates *c)
{
    int error = -EAGAIN;

    for (int tries = 0; tries < TRIES && error == -EAGAIN; tries++) {
        c->count = 0;
        error = lk_ask_all(ask, keep_candidate, c);
    }
    return error;
}

/* 1: *link is one of ours, 0: it is none, or gone. */
static int describe(struct lk_ask *ask, struct lk_message *m, struct lk_link *link)
{
    char devtype[LK_NAME_MAX];
    const struct lk_kind *kind;
    uint64_t identity;
    bool known;
    int error = lk_identify(ask, m, &identity, devtype, &known);

    if (error)
        return error == -ENODEV ? 0 : error;
    kind = lk_kind_of(m, known ? devtype : NULL);
    if (!kind)
        return 0;
    memset(link, 0, sizeof(*link));
    link->handle = lk_handle(identity, m->index);
    link->index = m->index;
    link->connected = lk_is_connected(m);
    link->own_sysfs = known;
    link->device = kind->device;
    memcpy(link->name, m->name, sizeof(link->name));
    memcpy(link->kind, kind->kind, strlen(kind->kind));
    link->identity = identity;
    memcpy(link->counter, m->counter, sizeof(link->counter));
    return 1;
}

static int by_index(const void *a, const void *b)
{
    const struct lk_link *one = a, *other = b;

    return one->index < other->index ? -1 : one->index > other->index;
}

/* Sessions of PPP over Ethernet in this namespace, 0 where the kernel has no such list. */
static size_t pppoe_sessions(void)
{
    char text[4096];
    size_t lines = 0;
    ssize_t got;
    int fd = te_above_stderr(open("/proc/thread-self/net/pppoe", O_RDONLY | O_CLOEXEC));

    if (fd < 0)
        return 0;
    while ((got = read(fd, text, sizeof(text))) > 0)
        for (ssize_t i = 0; i < got; i++)
            lines += text[i] == '\n';
    close(fd);
    return lines ? lines - 1 : 0; /* there is a heading */
}

/* Nothing leads from a PPP link to what is below it; but where all have PPPoE, each has. */
static void tell_pppoe(struct lk_scan *scan, const struct candidates *all)
{
    size_t links = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct lk_kind *kind = lk_kind_of(&all->message[i], NULL);

        links += kind && kind->device == LK_MODEM;
    }
    if (!links || pppoe_sessions() < links)
        return;
    for (size_t i = 0; i < scan->count; i++)
        if (scan->link[i].device == LK_MODEM)
            scan->link[i].device = LK_PPPOE;
}

/*
 * Under which index a handle was last found by this process. No more than a hint: whose it is now
 * is looked at each time.
 */
#define HINTS 64
static _Atomic uint64_t hints[HINTS];

static void remember(const struct lk_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++)
        atomic_store_explicit(&hints[scan->link[i].handle % HINTS],
                              (uint64_t)scan->link[i].handle << 32 | scan->link[i].index,
                              memory_order_relaxed);
}

/* Spares looking at all links of the host. false: they have to be. */
static bool scan_hinted(struct lk_ask *ask, uint32_t handle, struct lk_scan *scan)
{
    uint64_t hint = atomic_load_explicit(&hints[handle % HINTS], memory_order_relaxed);
    struct lk_message message;
    struct lk_link link;

    if (!handle || hint >> 32 != handle || lk_ask_one(ask, (uint32_t)hint, &message) ||
        describe(ask, &message, &link) != 1 || link.handle != handle)
        return false;
    /* For a PPP link it matters which others there are. */
    if (link.device == LK_MODEM)
        return false;
    scan->link = malloc(sizeof(link));
    if (!scan->link)
        return false;
    *scan->link = link;
    scan->count = 1;
    scan->complete = false;
    scan->netns = ask->netns;
    return true;
}

int lk_scan(struct lk_ask *ask, uint32_t handle, struct lk_scan *scan)
{
    struct candidates c = {NULL, 0, 0};
    int error;

    if (scan_hinted(ask, handle, scan))
        return 0;
    error = ask_all(ask, &c);
    scan->netns = ask->netns;
    scan->complete = !handle;
    scan->count = 0;
    scan->link = error ? NULL : calloc(c.count ? c.count : 1, sizeof(*scan->link));
    if (!error && !scan->link)
        error = -ENOMEM;
    for (size_t i = 0; i < c.count && !error; i++) {
        if (handle && !lk_may_be(ask->netns, &c.message[i], handle))
            continue;
        error = describe(ask, &c.message[i], &scan->link[scan->count]);
        if (error == 1) {
            scan->count++;
            error = 0;
        }
    }
    if (!error) {
        qsort(scan->link, scan->count, sizeof(*scan->link), by_index);
        tell_pppoe(scan, &c);
        remember(scan);
    }
    free(c.message);
    if (error)
        lk_scan_free(scan);
    return error;
}

void lk_scan_free(struct lk_scan *scan)
{
    free(scan->link);
    scan->link = NULL;
    scan->count = 0;
}

const struct lk_link *lk_scan_find(const struct lk_scan *scan, uint32_t handle)
{
    for (size_t i = 0; i < scan->count; i++)
        if (scan->link[i].handle == handle)
            return &scan->link[i];
    return NULL;
}
