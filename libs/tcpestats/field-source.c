/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "sized.h"

/* From linux/tcp.h, which can't be included beside netinet's. */
#define TE_SO_TCP_INFO 11

/* A kernel tells the size of its tcp_info on any TCP socket, connected or not. */
static unsigned ask_kernel(void)
{
    uint8_t info[512];
    socklen_t len = sizeof(info);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

    if (fd < 0)
        fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0)
        return 0;
    if (getsockopt(fd, IPPROTO_TCP, TE_SO_TCP_INFO, info, &len))
        len = 0;
    close(fd);
    return len;
}

static void say(const struct te_source *row, uint32_t backend, struct tcpestats_source *source)
{
    const struct tcpestats_source full = {
        .fidelity = row->fidelity,
        .source = row->source ? row->source : "none",
        .note = row->note,
        .since = row->since,
        .clock_driven = row->clock_driven,
        .backend = backend,
    };

    te_copy_out(source, &full, sizeof(full));
}

/* What is mapped says it without a question. */
static uint32_t features_now(struct te_collector_link *link)
{
    struct te_collector_answer answer;

    if (!te_collector_is_gone(link))
        return te_collector_view(link).features;
    return te_collector_status(link, &answer) ? 0 : answer.features;
}

int tcpestats_field_source(struct tcpestats *te, unsigned id, struct tcpestats_source *source)
{
    const struct te_source *row;
    unsigned info_len;
    uint32_t have;

    if (!te || !source || source->size < TE_SOURCE_0 || id >= TCPESTATS_FIELD_COUNT)
        return -EINVAL;
    info_len = atomic_load_explicit(&te->info_len, memory_order_relaxed);
    if (!info_len) {
        info_len = ask_kernel();
        atomic_store_explicit(&te->info_len, info_len, memory_order_relaxed);
    }
    have = features_now(te->link);
    /* A record tells these at once. */
    if (have)
        have |= TE_NEED_EGRESS_CLASS | TE_NEED_ORIGIN;
    row = te_source_best(id, info_len, have);
    say(row, row->needs ? TCPESTATS_COLLECTOR : TCPESTATS_SOCK_DIAG, source);
    return 0;
}

int tcpestats_value_source(const struct tcpestats_value *value, struct tcpestats_source *source)
{
    const struct te_source *row = value ? te_source_by_number(value->row) : NULL;

    if (!row || !source || source->size < TE_SOURCE_0)
        return -EINVAL;
    say(row, value->backend, source);
    return 0;
}
