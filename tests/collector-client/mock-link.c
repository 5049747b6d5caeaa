/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mock-link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAEMONS 64

struct te_collector_link {
    uint64_t start;   /* of the daemon that is mapped, 0: none */
    uint64_t shut_ns; /* nobody asks before this time */
    int refusal;
};

struct mock mock;

/* Old ones stay, as they stay mapped in a client. */
static struct te_collector_record *arrays[DAEMONS];
static uint64_t began[DAEMONS];
static unsigned daemons;
static uint64_t epochs = 1000;

void mock_start(void)
{
    unsigned number = daemons++ % DAEMONS;
    struct te_collector_record **array = &arrays[number];

    if (!*array)
        *array = malloc(MOCK_RECORDS * sizeof(**array));
    memset(*array, 0, MOCK_RECORDS * sizeof(**array));
    mock.records = *array;
    mock.start = began[number] = ++epochs;
    mock.present = true;
}

void mock_crash(void)
{
    mock.present = false;
}

void mock_write_begin(struct te_collector_record *r)
{
    __atomic_store_n(&r->head.seq, r->head.seq + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void mock_write_end(struct te_collector_record *r)
{
    __atomic_store_n(&r->head.seq, r->head.seq + 1, __ATOMIC_RELEASE);
}

struct te_collector_record *mock_record(uint64_t cookie)
{
    for (unsigned i = 0; mock.present && i < MOCK_RECORDS; i++)
        if (mock.records[i].head.live && mock.records[i].head.cookie == cookie)
            return &mock.records[i];
    return NULL;
}

void mock_die(struct te_collector_record *r)
{
    mock_write_begin(r);
    r->head.live = 0;
    mock_write_end(r);
}

int te_collector_link_new(struct te_collector_link **link, const struct te_netns *netns)
{
    (void)netns;
    *link = calloc(1, sizeof(**link));
    return *link ? 0 : -ENOMEM;
}

void te_collector_link_free(struct te_collector_link *link)
{
    free(link);
}

static struct te_collector_view view_now(void)
{
    return (struct te_collector_view){
        .records = mock.records,
        .count = MOCK_RECORDS,
        .features = mock.features,
        .hz = 250,
        .start = mock.start,
    };
}

struct te_collector_view te_collector_view(struct te_collector_link *link)
{
    if (!link->start || link->start != mock.start)
        return (struct te_collector_view){.records = NULL};
    return view_now();
}

bool te_collector_find_view(struct te_collector_link *link, uint64_t start,
                            struct te_collector_view *view)
{
    (void)link;
    for (unsigned i = 0; i < DAEMONS; i++)
        if (began[i] == start) {
            *view = (struct te_collector_view){
                .records = arrays[i], .count = MOCK_RECORDS, .start = start};
            return true;
        }
    return false;
}

bool te_collector_view_holds(struct te_collector_link *link, const struct te_collector_view *view)
{
    (void)link;
    return view->records != NULL;
}

static struct te_collector_record *begin_record(const struct te_snapshot *s)
{
    for (unsigned i = 0; i < MOCK_RECORDS; i++) {
        struct te_collector_record *r = &mock.records[i];
        struct timespec t;

        if (r->head.live)
            continue;
        clock_gettime(CLOCK_MONOTONIC, &t);
        mock_write_begin(r);
        memset((char *)r + sizeof(r->head.seq), 0, sizeof(*r) - sizeof(r->head.seq));
        r->head.epoch = ++epochs;
        r->head.cookie = s->cookie;
        r->head.netns = s->netns;
        memcpy(r->head.local, &s->tuple, sizeof(s->tuple));
        r->head.since_ns = r->head.time_ns = (uint64_t)t.tv_sec * UINT64_C(1000000000) +
                                             (uint64_t)t.tv_nsec;
        r->events.min_rwin_sent = r->events.min_rwin_rcvd = UINT32_MAX;
        if (mock.begin)
            mock.begin(r);
        r->head.live = 1;
        mock_write_end(r);
        return r;
    }
    return NULL;
}

bool te_collector_is_shut(struct te_collector_link *link, uint64_t now)
{
    return now < link->shut_ns;
}

/* 0: somebody is there, and for us. */
static int reach(struct te_collector_link *link, unsigned *count)
{
    if (te_collector_is_shut(link, te_now()))
        return link->refusal;
    ++*count;
    link->start = mock.present ? mock.start : 0;
    link->refusal = mock.present ? mock.error : -ENOTCONN;
    if (link->refusal != -EPERM && link->refusal != -ENOTCONN)
        link->refusal = 0;
    if (link->refusal)
        link->shut_ns = te_now() + TE_SECOND_NS;
    return link->refusal;
}

int te_collector_enable(struct te_collector_link *link, const struct te_snapshot *s,
                        uint32_t classes, struct te_collector_view *view, uint32_t *slot,
                        struct te_collector_starts *starts)
{
    struct te_collector_record *r;
    int error = reach(link, &mock.enables);

    if (error || mock.error)
        return error ? error : mock.error;
    r = mock_record(s->cookie);
    if (!r)
        r = begin_record(s);
    if (!r)
        return -ENOSPC;
    if (classes & ~r->head.enabled) {
        mock_write_begin(r);
        r->head.enabled |= classes;
        r->head.changes++;
        mock_write_end(r);
    } else if (mock.look)
        mock.look();
    *view = view_now();
    *slot = (uint32_t)(r - mock.records);
    *starts = mock.starts;
    return 0;
}

int te_collector_disable(struct te_collector_link *link, const struct te_snapshot *s,
                         uint32_t classes)
{
    struct te_collector_record *r;
    int error = reach(link, &mock.disables);

    mock.disabled = classes;
    if (error)
        return error;
    r = mock_record(s->cookie);
    if (!r)
        return 0;
    mock_write_begin(r);
    r->head.enabled &= ~classes;
    r->head.changes++;
    r->head.live = r->head.enabled != 0;
    mock_write_end(r);
    return 0;
}

int te_collector_status(struct te_collector_link *link, struct te_collector_answer *answer)
{
    int error = reach(link, &mock.statuses);

    if (error)
        return error;
    *answer = (struct te_collector_answer){.features = mock.features,
                                           .records = MOCK_RECORDS,
                                           .in_use = 1,
                                           .clients = 2,
                                           .attached = 3};
    return 0;
}

bool te_collector_is_gone(struct te_collector_link *link)
{
    mock.gones++;
    if (mock.present && link->start == mock.start)
        return false;
    link->start = 0;
    return true;
}
