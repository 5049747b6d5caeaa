/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "connection.h"
#include "sized.h"

/* More looks than this would make a busy connection expensive; on one of 30 Gbit/s two suffice
 * nearly always. */
#define MOST_LOOKS 6

int te_query_of(const struct tcpestats_conn *conn, struct te_query *query)
{
    size_t bytes;

    if (!conn || conn->size < TE_CONN_0)
        return -EINVAL;
    if (conn->family != AF_INET && conn->family != AF_INET6)
        return -EAFNOSUPPORT;
    bytes = conn->family == AF_INET ? 4 : 16;

    memset(query, 0, sizeof(*query));
    query->tuple.family = conn->family;
    query->tuple.local_port = conn->local_port;
    query->tuple.remote_port = conn->remote_port;
    memcpy(query->tuple.local, conn->local, bytes);
    memcpy(query->tuple.remote, conn->remote, bytes);
    te_tuple_canonical(&query->tuple);
    query->ifindex = te_tuple_is_link_local(&query->tuple) ? conn->scope_id : 0;
    if (conn->size >= TE_END_OF(struct tcpestats_conn, ifindex) && conn->ifindex)
        query->ifindex = conn->ifindex;
    return 0;
}

void te_conn_fill(struct tcpestats_conn *conn, const struct te_snapshot *s, uint32_t enabled)
{
    struct tcpestats_conn full;

    memset(&full, 0, sizeof(full));
    memcpy(&full, conn, offsetof(struct tcpestats_conn, state));
    full.state = s->state;
    full.uid = s->uid;
    full.inode = s->inode;
    full.cookie = s->cookie;
    full.ifindex = s->ifindex;
    full.enabled = enabled;
    te_copy_out(conn, &full, sizeof(full));
}

int te_look(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
            struct te_snapshot *s)
{
    int err = te_diag_lookup(&lane->diag, &te->netns, query, s);

    if (!err)
        atomic_store_explicit(&te->info_len, s->info_len, memory_order_relaxed);
    return err;
}

/* Nothing better is left: whoever has a listener on his port was called, not calling. */
static uint32_t guess_opener(struct tcpestats *te, struct te_lane *lane,
                             const struct te_query *query)
{
    return TE_OPEN_GUESSED |
           (te_diag_has_listener(&lane->diag, &te->netns, &query->tuple, query->ifindex) > 0 ? TE_OPEN_PASSIVE
                                                                 : TE_OPEN_ACTIVE);
}

int te_look_closer(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                   enum te_care care, uint32_t known, struct te_snapshot *s, struct te_bytes *b)
{
    unsigned looks = 1;

    te_bytes_compute(s, known, b);
    while (care == TE_CARE_QUEUES && b->torn && looks++ < MOST_LOOKS) {
        uint64_t cookie = s->cookie;
        int err = te_look(te, lane, query, s);

        if (err)
            return err;
        if (s->cookie != cookie)
            return -ENOENT;
        te_bytes_compute(s, known, b);
    }
    while (care >= TE_CARE_BYTES) {
        bool settled = te_bytes_settled(s);
        /* An older kernel's counters don't tell the opener, however often one looks. */
        bool wanting = b->open == TE_OPEN_UNKNOWN && TE_TI_HAS(s, tcpi_bytes_retrans);
        struct te_snapshot next;
        int err;

        if ((settled && !wanting) || looks++ == MOST_LOOKS)
            break;
        err = te_look(te, lane, query, &next);
        if (err)
            return err;
        if (next.cookie != s->cookie)
            return -ENOENT;
        /* The same state before and after the first reply's counters: it belongs to them. */
        if (next.state == s->state) {
            if (wanting)
                te_bytes_compute(s, known = te_bytes_open_of_pair(s, &next), b);
            if (b->open != TE_OPEN_UNKNOWN || !wanting || looks == MOST_LOOKS)
                break;
        }
        *s = next;
        te_bytes_compute(s, known, b);
    }
    if (b->open == TE_OPEN_UNKNOWN && care == TE_CARE_OPENER)
        b->open = guess_opener(te, lane, query);
    return 0;
}
