/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static void insert(struct hole_map *m, size_t at, struct span s)
{
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->span = realloc(m->span, m->room * sizeof(*m->span));
        if (!m->span)
            err(1, "memory");
    }
    memmove(m->span + at + 1, m->span + at, (m->count - at) * sizeof(*m->span));
    m->span[at] = s;
    m->count++;
}

static void erase(struct hole_map *m, size_t at, size_t n)
{
    memmove(m->span + at, m->span + at + n, (m->count - at - n) * sizeof(*m->span));
    m->count -= n;
}

/* Puts a span beyond next in its place, joined with those that it touches. How much was new. */
static uint32_t keep_waiting(struct hole_map *m, uint32_t from, uint32_t to)
{
    uint32_t fresh = to - from;
    size_t first = 0, last;

    while (first < m->count && m->span[first].to < from)
        first++;
    for (last = first; last < m->count && m->span[last].from <= to; last++) {
        struct span *s = &m->span[last];
        uint32_t a = s->from > from ? s->from : from, b = s->to < to ? s->to : to;

        if (b > a)
            fresh -= b - a;
    }
    if (last > first) {
        struct span joined = {m->span[first].from < from ? m->span[first].from : from,
                              m->span[last - 1].to > to ? m->span[last - 1].to : to};

        m->span[first] = joined;
        erase(m, first + 1, last - first - 1);
    } else {
        insert(m, first, (struct span){from, to});
    }
    return fresh;
}

uint32_t receive(struct hole_map *m, uint32_t from, uint32_t to)
{
    uint32_t fresh;

    if (from < m->next)
        from = m->next;
    if (to <= from)
        return 0;
    fresh = keep_waiting(m, from, to);
    if (m->span[0].from == m->next) {
        m->next = m->span[0].to;
        erase(m, 0, 1);
    }
    return fresh;
}

uint32_t receive_waiting(const struct hole_map *m)
{
    return m->count ? m->span[m->count - 1].to - m->next : 0;
}

void receive_free(struct hole_map *m)
{
    free(m->span);
    *m = (struct hole_map){0};
}
