/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replies of the kernel, from the datagram to the Windows structures.
 *
 * Input: what is on (4 bytes), what is known of the opener (1), what moves the clock (1), then
 * messages, each after its length (2). The messages are one connection's replies in this order.
 */
#include <errno.h>
#include <sys/socket.h>

#include "kernel/kernel.h"
#include "fuzz.h"
#include "plain.h"

#define MESSAGES_MAX 6
#define CANARY 0x5a

static void check_parsed(const struct te_snapshot *s)
{
    struct te_tuple again = s->tuple;
    const uint8_t *info = (const uint8_t *)&s->info;

    te_tuple_canonical(&again);
    MUST(!memcmp(&again, &s->tuple, sizeof(again)));
    MUST(s->tuple.family == AF_INET || s->tuple.family == AF_INET6);
    MUST(s->skmem_count <= TE_SKMEM_COUNT);
    MUST(memchr(s->cong, 0, sizeof(s->cong)));
    for (size_t i = s->info_len; i < sizeof(s->info); i++)
        MUST(info[i] == 0);
}

static void check_bytes(const struct te_snapshot *s, const struct te_bytes *b)
{
    MUST(b->acked <= s->info.tcpi_bytes_acked);
    MUST(b->received <= s->info.tcpi_bytes_received);
    MUST(s->info.tcpi_bytes_acked - b->acked <= 2);
    MUST(s->info.tcpi_bytes_received - b->received <= 1);
    MUST(b->unread <= s->rqueue);
    MUST(s->info.tcpi_unacked || !b->in_flight);
}

/* Every member of every class, in every layout, with nothing written beside it. */
static void pack_all(const struct tcpestats_sample *sample)
{
    for (unsigned block = 0; block < 4; block++)
        for (unsigned abi = 0; abi < 2; abi++) {
            size_t size = tcpestats_block_size(sample->cls, block, abi);
            uint8_t *buf = malloc(size + 1);

            MUST(buf);
            buf[size] = CANARY;
            MUST(tcpestats_pack(sample, block, abi, buf, size) == (size ? 0 : -EINVAL));
            MUST(buf[size] == CANARY);
            MUST(tcpestats_pack(sample, block, abi, buf, size + 1) == (size ? -EMSGSIZE : -EINVAL));
            free(buf);
        }
}

static void read_all(struct tcpestats_sample samples[TCPESTATS_CLASS_COUNT], uint32_t on,
                     const struct te_snapshot *s, const struct te_track *t,
                     const struct te_bytes *b)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        struct tcpestats_sample *sample = &samples[cls];

        memset(sample, 0, sizeof(*sample));
        sample->size = sizeof(*sample);
        sample->cls = cls;
        sample->enabled = on >> cls & 1;
        sample->enabled_inbound = cls == TCPESTATS_BANDWIDTH && on >> 31;
        read_plainly(sample, s, t, b);
        for (unsigned i = 0; i < sample->count; i++) {
            MUST(sample->values[i].status <= TCPESTATS_NOT_IN_USE);
            MUST(sample->values[i].fidelity <= TCPESTATS_RESERVED);
            MUST(sample->values[i].status == TCPESTATS_KNOWN || !sample->values[i].value);
        }
        pack_all(sample);
    }
}

/* The same reply a little later moves no counter back and no extreme to the wrong side. */
static void check_later(const struct tcpestats_sample *before, const struct tcpestats_sample *after)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        for (unsigned i = 0; i < before[cls].count; i++) {
            const struct tcpestats_field *f = tcpestats_field(before[cls].first + i);
            const struct tcpestats_value *a = &before[cls].values[i], *b = &after[cls].values[i];

            if (a->status != TCPESTATS_KNOWN)
                continue;
            MUST(b->status == TCPESTATS_KNOWN);
            if (f->kind == TCPESTATS_KIND_COUNTER || f->kind == TCPESTATS_KIND_MAXIMUM)
                MUST(b->value >= a->value);
            if (f->kind == TCPESTATS_KIND_MINIMUM)
                MUST(b->value <= a->value);
        }
}

static void merge_one(struct te_track *track, uint32_t on, uint32_t known, struct te_snapshot *s)
{
    static struct tcpestats_sample first[TCPESTATS_CLASS_COUNT], second[TCPESTATS_CLASS_COUNT];
    struct te_track copy;
    struct te_bytes b;

    te_bytes_compute(s, known, &b);
    check_bytes(s, &b);
    te_bytes_settled(s);
    te_track_merge(track, on, s, &b, true);
    copy = *track;
    MUST(!te_track_merge(track, on, s, &b, true));
    MUST(!memcmp(&copy, track, sizeof(copy)));
    read_all(first, on, s, track, &b);
    s->time_ns += 30000000;
    te_track_merge(track, on, s, &b, true);
    read_all(second, on, s, track, &b);
    check_later(first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint32_t on = take_32(&in) & (0x1fe | 1u << 31), known = take_8(&in) % 3;
    uint64_t now = 1000000000, step = take_8(&in) * UINT64_C(1000000);
    struct te_snapshot s, again, last = {0};
    struct te_track track;

    memset(&track, 0, sizeof(track));
    for (int i = 0; i < MESSAGES_MAX && in.left; i++) {
        size_t length;
        uint8_t *message = take_exact(&in, take_16(&in), &length);
        int result;

        memset(&again, 0xa5, sizeof(again));
        result = te_diag_parse(message, length, &s);
        MUST(result == te_diag_parse(message, length, &again));
        free(message);
        MUST(result == 0 || result == -EBADMSG);
        if (result)
            continue;
        MUST(!memcmp(&s, &again, sizeof(s)));
        check_parsed(&s);
        te_bytes_open_of_pair(&last, &s);
        last = s;
        /* One reply in four is late. */
        s.time_ns = now += i % 4 == 3 ? -step : step;
        s.query_ns = 20000;
        merge_one(&track, on, known, &s);
        now = s.time_ns;
    }
    return 0;
}
