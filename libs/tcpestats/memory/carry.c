/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "memory/carry.h"
#include "shared/classes.h"
#include "tcpestats.h"

/* ---- The vocabulary of counted.def ---- */

/* Up to at_ns the running limit has its share; a record knows of no change after its time. */
static uint64_t limit_ns(const struct te_record_copy *r, unsigned limit, uint64_t at_ns)
{
    uint64_t ns = r->events.limit_ns[limit];

    if (r->events.limit == limit + 1 && at_ns > r->events.limit_since_ns)
        ns += at_ns - r->events.limit_since_ns;
    return ns;
}

static uint32_t timeouts_without(const struct te_snapshot *s, const struct te_track *t)
{
    return TE_TI_HAS(s, tcpi_total_rto_recoveries)
               ? te_continued(t->total_rto_recoveries, s->info.tcpi_total_rto_recoveries)
               : t->timeouts;
}

static uint32_t subsequent_without(const struct te_snapshot *s, const struct te_track *t)
{
    return TE_TI_HAS(s, tcpi_total_rto_recoveries)
               ? te_continued(t->total_rto, s->info.tcpi_total_rto) - timeouts_without(s, t)
               : t->subsequent_timeouts;
}

/* ---- The table, by width: what the record says, and what would be said without ---- */

struct counts {
    uint64_t v64[TE_COUNTED_64];
    uint32_t v32[TE_COUNTED_32];
};

static void events_of(const struct te_record_copy *r, uint64_t at_ns, struct counts *counts)
{
    const struct te_record_events *e = &r->events;

#define COUNTED64(name, event, without) counts->v64[TE_C_##name] = (event);
#define COUNTED32(name, event, without) counts->v32[TE_C_##name] = (event);
#include "counted.def"
#undef COUNTED64
#undef COUNTED32
}

static void without_collector(const struct te_carry *c, const struct te_snapshot *s,
                              const struct te_track *t, const struct te_bytes *b,
                              struct counts *counts)
{
    const struct te_tcp_info *ti = &s->info;

#define COUNTED64(name, event, without) counts->v64[TE_C_##name] = (without);
#define COUNTED32(name, event, without) counts->v32[TE_C_##name] = (without);
#include "counted.def"
#undef COUNTED64
#undef COUNTED32
}

/* ---- By limit: sock_diag goes on where the record ended ---- */

static const struct {
    enum te_counted_64 ns, bytes;
    enum te_counted_32 trans;
} by_limit[TE_LIMIT_COUNT] = {
    [TE_LIMIT_RWIN] = {TE_C_limit_ns_rwin, TE_C_limit_bytes_rwin, TE_C_limit_trans_rwin},
    [TE_LIMIT_CWND] = {TE_C_limit_ns_cwnd, TE_C_limit_bytes_cwnd, TE_C_limit_trans_cwnd},
    [TE_LIMIT_SND] = {TE_C_limit_ns_snd, TE_C_limit_bytes_snd, TE_C_limit_trans_snd},
};

/* What is not theirs to raise. */
static void leave_limits(const struct te_carry *c, struct counts *counts)
{
    if (!te_limits_known(&c->limits_at))
        return;
    for (unsigned i = 0; i < TE_LIMIT_COUNT; i++) {
        counts->v64[by_limit[i].ns] = 0;
        counts->v64[by_limit[i].bytes] = 0;
        counts->v32[by_limit[i].trans] = 0;
    }
}

static void note_limits(struct te_carry *c, const struct te_news *news)
{
    const struct te_record_copy *r = news->record;
    const struct te_snapshot *s = news->s;
    struct te_snapshot of_record;

    if (news->at_ns <= c->limits_at.ns)
        return;
    if (!s) {
        te_snapshot_of_record(r, sizeof(of_record.info), &of_record);
        s = &of_record;
    }
    c->limits_at = te_limits_begin(s);
    c->limits_at.ns = news->at_ns;
    c->limits_at.bytes_sent = r->sock.bytes_sent;
    if (r->events.limit && r->events.limit <= TE_LIMIT_COUNT)
        c->limits_at.limit = r->events.limit;
}

/* What is added here is taken for seen: the record, should it come back, has it, too. */
static void step_limits(struct te_carry *c, const struct te_snapshot *s)
{
    struct te_limits_step step;

    if (!te_limits_known(&c->limits_at) || s->time_ns <= c->limits_at.ns)
        return;
    te_limits_step(&c->limits_at, s, &step);
    for (unsigned i = 0; i < TE_LIMIT_COUNT; i++) {
        c->total_64[by_limit[i].ns] += step.us[i] * 1000;
        c->seen_64[by_limit[i].ns] += step.us[i] * 1000;
        c->total_64[by_limit[i].bytes] += step.bytes[i];
        c->seen_64[by_limit[i].bytes] += step.bytes[i];
        c->total_32[by_limit[i].trans] += step.trans[i];
        c->seen_32[by_limit[i].trans] += step.trans[i];
    }
    te_limits_advance(&c->limits_at, s);
}

void te_carry_keep(struct te_carry *carry, const struct te_snapshot *s, const struct te_track *t,
                   const struct te_bytes *b)
{
    struct counts now;

    without_collector(carry, s, t, b, &now);
    leave_limits(carry, &now);
    for (unsigned i = 0; i < TE_COUNTED_64; i++)
        if (now.v64[i] > carry->total_64[i])
            carry->total_64[i] = now.v64[i];
    for (unsigned i = 0; i < TE_COUNTED_32; i++)
        if (now.v32[i] > carry->total_32[i])
            carry->total_32[i] = now.v32[i];
}

/* ---- Merging ---- */

/* How far a counter went on; one that wraps is ahead by less than half a round. */
static uint64_t ahead_64(uint64_t now, uint64_t before)
{
    return (int64_t)(now - before) > 0 ? now - before : 0;
}

static uint32_t ahead_32(uint32_t now, uint32_t before)
{
    return (int32_t)(now - before) > 0 ? now - before : 0;
}

static void absorb(struct te_carry *c, const struct counts *now)
{
    for (unsigned i = 0; i < TE_COUNTED_64; i++) {
        uint64_t more = ahead_64(now->v64[i], c->seen_64[i]);

        c->total_64[i] += more;
        c->seen_64[i] += more;
    }
    for (unsigned i = 0; i < TE_COUNTED_32; i++) {
        uint32_t more = ahead_32(now->v32[i], c->seen_32[i]);

        c->total_32[i] += more;
        c->seen_32[i] += more;
    }
}

static uint64_t bytes_in_since_open(const struct te_record_copy *r)
{
    return r->events.received_before + r->events.data_bytes_in;
}

/*
 * The programs count a segment before the socket takes it in, so a record's own bytes_received says
 * less than its count.
 */
static uint64_t data_bytes_in_then(const struct te_record_copy *r, uint64_t then, uint64_t without)
{
    uint64_t counted = bytes_in_since_open(r);

    if (counted > without)
        counted = without;
    return counted > then ? counted : then;
}

/*
 * Goes on from no less than sock_diag says. Part of that is in the record already; and where
 * sock_diag was asked after the record was written, part of it will be in the record at its next
 * writing, and is taken for seen now.
 */
static void rebase(struct te_carry *c, const struct te_track *t, const struct te_news *news,
                   const struct counts *now)
{
    struct counts without, then;
    struct te_snapshot of_record;
    struct te_bytes bytes;

    te_snapshot_of_record(news->record, news->s->info_len, &of_record);
    te_bytes_compute(&of_record, t->open, &bytes);
    without_collector(c, news->s, t, news->b, &without);
    without_collector(c, &of_record, t, &bytes, &then);
    leave_limits(c, &without);
    then.v64[TE_C_data_bytes_in] = data_bytes_in_then(news->record, then.v64[TE_C_data_bytes_in],
                                                      without.v64[TE_C_data_bytes_in]);
    for (unsigned i = 0; i < TE_COUNTED_64; i++)
        if (without.v64[i] > c->total_64[i] + ahead_64(now->v64[i], c->seen_64[i])) {
            c->total_64[i] = without.v64[i];
            c->seen_64[i] = now->v64[i] + ahead_64(without.v64[i], then.v64[i]);
        }
    for (unsigned i = 0; i < TE_COUNTED_32; i++)
        if (without.v32[i] > c->total_32[i] + ahead_32(now->v32[i], c->seen_32[i])) {
            c->total_32[i] = without.v32[i];
            c->seen_32[i] = now->v32[i] + ahead_32(without.v32[i], then.v32[i]);
        }
    c->known &= ~(uint32_t)TE_CARRY_BLIND;
}

/* A record that nobody has told of yet; here a counter may be any distance from 0. */
static void adopt(struct te_carry *c, const struct te_record_copy *record, const struct counts *now)
{
    uint64_t bytes_in = bytes_in_since_open(record);
    struct counts more = *now;
    struct te_snapshot of_record;

    /* What passed without a record is sock_diag's to tell, also where this one has seen some. */
    te_snapshot_of_record(record, sizeof(of_record.info), &of_record);
    step_limits(c, &of_record);
    leave_limits(c, &more);
    for (unsigned i = 0; i < TE_COUNTED_64; i++)
        c->total_64[i] += more.v64[i];
    for (unsigned i = 0; i < TE_COUNTED_32; i++)
        c->total_32[i] += more.v32[i];
    memcpy(c->seen_64, now->v64, sizeof(c->seen_64));
    memcpy(c->seen_32, now->v32, sizeof(c->seen_32));
    if (bytes_in > c->total_64[TE_C_data_bytes_in])
        c->total_64[TE_C_data_bytes_in] = bytes_in;
    c->known |= TE_CARRY_BLIND;
    c->epoch = record->head.epoch;
    c->limits_ns = 0;
}

/*
 * Time that is neither limit's is the sender's: also what passed before the programs' first look,
 * and what they had not seen change when it was shown.
 */
static void add_up_limits(struct te_carry *c, uint64_t at_ns)
{
    static const enum te_counted_64 which[TE_LIMIT_COUNT] = {TE_C_limit_ns_rwin, TE_C_limit_ns_cwnd,
                                                             TE_C_limit_ns_snd};
    uint64_t others, rest;

    if (!c->limits_ns) {
        c->limits_ns = at_ns;
        for (unsigned i = 0; i < TE_LIMIT_COUNT; i++)
            c->limits_base[i] = c->total_64[which[i]];
    }
    others = c->total_64[which[0]] - c->limits_base[0] + c->total_64[which[1]] - c->limits_base[1];
    rest = ahead_64(at_ns, c->limits_ns);
    rest = c->limits_base[TE_LIMIT_SND] + ahead_64(rest, others);
    if (rest > c->total_64[which[2]])
        c->total_64[which[2]] = rest;
}

static void learn(struct te_carry *c, const struct te_record_copy *r)
{
    const struct te_record_sock *k = &r->sock;

    if (k->state != TE_SYN_SENT && k->mss_clamp)
        c->mss_rcvd = k->mss_clamp;
    if (r->events.max_reasm_queue > c->max_reasm_queue)
        c->max_reasm_queue = r->events.max_reasm_queue < UINT32_MAX
                                 ? (uint32_t)r->events.max_reasm_queue
                                 : UINT32_MAX;
    if (r->events.soft_error_reason)
        c->soft_error_reason = r->events.soft_error_reason;
}

/*
 * Is it certain that no byte waits for others before it? The socket holds no memory for what it has
 * received; or nothing waited before the segment that the record was written for, and that was
 * taken in order.
 */
static bool nothing_waits(const struct te_snapshot *s, const struct te_record_sock *k)
{
    return (s->skmem_count > TE_SKMEM_RMEM_ALLOC && !s->skmem[TE_SKMEM_RMEM_ALLOC]) ||
           (!k->ooo_bytes && s->info.tcpi_bytes_received > k->bytes_received);
}

/*
 * What came twice. To be told only when nothing has come since the record was written, which counts
 * a segment before it is received, and when what was counted has been received or came twice.
 */
static void learn_duplicates(struct te_carry *c, const struct te_news *news)
{
    uint64_t told = c->total_64[TE_C_data_bytes_in];

    if (!news->s || news->s->whole || news->s->time_ns <= news->record->head.time_ns ||
        !nothing_waits(news->s, &news->record->sock))
        return;
    if (told > news->b->received && told - news->b->received > c->duplicate_in)
        c->duplicate_in = told - news->b->received;
}

static void merge(struct te_carry *carry, struct te_track *track, uint32_t enabled,
                  const struct te_news *news)
{
    struct counts now;

    if (news->starts && news->starts->known) {
        carry->snd_origin = news->starts->snd;
        carry->rcv_origin = news->starts->rcv;
        carry->known |= TE_CARRY_SND | TE_CARRY_RCV;
    }
    if (!news->record) {
        if (carry->epoch)
            carry->known |= TE_CARRY_BLIND;
        if (news->s && enabled & ON_SND_CONG)
            step_limits(carry, news->s);
        return;
    }
    events_of(news->record, news->at_ns, &now);
    if (carry->epoch != news->record->head.epoch)
        adopt(carry, news->record, &now);
    if (carry->known & TE_CARRY_BLIND && news->s)
        rebase(carry, track, news, &now);
    absorb(carry, &now);
    if (enabled & ON_SND_CONG) {
        add_up_limits(carry, news->at_ns);
        note_limits(carry, news);
    }
    learn(carry, news->record);
    learn_duplicates(carry, news);
    te_track_fold(track, enabled, news->record);
}

/* Do two differ in more than the time that has passed? */
static bool differ(const struct te_carry *a, const struct te_carry *b, bool clock)
{
    struct te_carry timeless = *a;

    /* A place to go on from, as good as any that the same totals belong to. */
    timeless.limits_at = b->limits_at;
    if (!clock) {
        static const enum te_counted_64 driven[] = {TE_C_limit_ns_rwin, TE_C_limit_ns_cwnd,
                                                    TE_C_limit_ns_snd};

        for (unsigned i = 0; i < sizeof(driven) / sizeof(driven[0]); i++) {
            timeless.total_64[driven[i]] = b->total_64[driven[i]];
            timeless.seen_64[driven[i]] = b->seen_64[driven[i]];
        }
    }
    return memcmp(&timeless, b, sizeof(timeless)) != 0;
}

bool te_carry_merge(struct te_carry *carry, struct te_track *track, uint32_t enabled,
                    const struct te_news *news, bool clock)
{
    struct te_carry before;

    /* There never was a record. */
    if (!news->record && !carry->epoch)
        return false;
    before = *carry;
    merge(carry, track, enabled, news);
    return differ(carry, &before, clock);
}
