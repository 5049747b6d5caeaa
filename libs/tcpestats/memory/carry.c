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

/* ---- The table: what the record says, and what would be said without ---- */

struct counts {
    uint64_t v[TE_COUNTED];
};

static void events_of(const struct te_record_copy *r, uint64_t at_ns, struct counts *counts)
{
    const struct te_record_events *e = &r->events;

#define COUNTED(name, bits, event, without) counts->v[TE_C_##name] = (event);
#include "counted.def"
}

static void without_collector(const struct te_carry *c, const struct te_snapshot *s,
                              const struct te_track *t, const struct te_bytes *b,
                              struct counts *counts)
{
    const struct te_tcp_info *ti = &s->info;

#define COUNTED(name, bits, event, without) counts->v[TE_C_##name] = (without);
#include "counted.def"
}

/* ---- By limit: sock_diag goes on where the record ended ---- */

/* Is the counter one that step_limits() moves while there is no record? */
static bool is_stepped(const struct te_carry *c, unsigned counter)
{
    return counter <= TE_C_limit_trans_snd && te_limits_known(&c->limits_at);
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
static void add_step(struct te_carry *c, unsigned counter, uint64_t step)
{
    c->total[counter] += step;
    c->seen[counter] += step;
}

static void step_limits(struct te_carry *c, const struct te_snapshot *s)
{
    struct te_limits_step step;

    if (!te_limits_known(&c->limits_at) || s->time_ns <= c->limits_at.ns)
        return;
    te_limits_step(&c->limits_at, s, &step);
    for (unsigned i = 0; i < TE_LIMIT_COUNT; i++) {
        add_step(c, TE_C_limit_ns_rwin + i, step.us[i] * 1000);
        add_step(c, TE_C_limit_bytes_rwin + i, step.bytes[i]);
        add_step(c, TE_C_limit_trans_rwin + i, step.trans[i]);
    }
    te_limits_advance(&c->limits_at, s);
}

void te_carry_keep(struct te_carry *carry, const struct te_snapshot *s, const struct te_track *t,
                   const struct te_bytes *b)
{
    struct counts now;

    without_collector(carry, s, t, b, &now);
    for (unsigned i = 0; i < TE_COUNTED; i++)
        if (now.v[i] > carry->total[i] && !is_stepped(carry, i))
            carry->total[i] = now.v[i];
}

/* ---- Counting on ---- */

static const uint8_t width[] = {
#define COUNTED(name, bits, event, without) [TE_C_##name] = bits,
#include "counted.def"
};

static uint64_t wrapped(unsigned counter, uint64_t value)
{
    return width[counter] == 32 ? (uint32_t)value : value;
}

/* How far a counter went on: by less than half a round. */
static uint64_t ahead(unsigned counter, uint64_t now, uint64_t before)
{
    uint64_t step = wrapped(counter, now - before);

    return step >> (width[counter] - 1) ? 0 : step;
}

static uint64_t bytes_in_since_open(const struct te_record_copy *r)
{
    return r->events.received_before + r->events.data_bytes_in;
}

/*
 * What sock_diag says now, and what it said when the record was written. The programs count a
 * segment before the socket takes it in, so a record's own bytes_received says less than its count.
 */
static void diag_says(const struct te_carry *c, const struct te_track *t,
                      const struct te_news *news, struct counts *now, struct counts *then)
{
    uint64_t counted = bytes_in_since_open(news->record);
    struct te_snapshot of_record;
    struct te_bytes bytes;

    te_snapshot_of_record(news->record, news->s->info_len, &of_record);
    te_bytes_compute(&of_record, t->open, &bytes);
    without_collector(c, news->s, t, news->b, now);
    without_collector(c, &of_record, t, &bytes, then);
    if (counted > now->v[TE_C_data_bytes_in])
        counted = now->v[TE_C_data_bytes_in];
    if (counted > then->v[TE_C_data_bytes_in])
        then->v[TE_C_data_bytes_in] = counted;
}

/*
 * A counter goes on from its total by what the record has beyond what is seen of it. Of a record
 * that nobody has told of yet nothing is seen, and its count may be any distance from 0; but what
 * passed under a limit without a record sock_diag has told, also where this one has seen some.
 *
 * And it goes on from no less than sock_diag says, where somebody may have read that. Part of it is
 * in the record already; and where sock_diag was asked after the record was written, part of it
 * will be in the record at its next writing, and is taken for seen now.
 */
static void count_on(struct te_carry *c, const struct te_track *t, const struct te_news *news)
{
    bool is_new = c->epoch != news->record->head.epoch;
    struct counts now, without = {{0}}, then = {{0}};
    struct te_snapshot of_record;

    if (is_new) {
        te_snapshot_of_record(news->record, sizeof(of_record.info), &of_record);
        step_limits(c, &of_record);
        c->known |= TE_CARRY_BLIND;
        c->epoch = news->record->head.epoch;
        c->limits_ns = 0;
    }
    events_of(news->record, news->at_ns, &now);
    if (c->known & TE_CARRY_BLIND && news->s) {
        diag_says(c, t, news, &without, &then);
        c->known &= ~(uint32_t)TE_CARRY_BLIND;
    }
    for (unsigned i = 0; i < TE_COUNTED; i++) {
        uint64_t seen = !is_new ? c->seen[i] : is_stepped(c, i) ? now.v[i] : 0;
        uint64_t more = is_new ? now.v[i] - seen : ahead(i, now.v[i], seen);
        uint64_t total = wrapped(i, c->total[i] + more);

        if (is_new && i == TE_C_data_bytes_in && bytes_in_since_open(news->record) > total)
            total = bytes_in_since_open(news->record);
        c->total[i] = total;
        c->seen[i] = seen + more;
        if (without.v[i] > total && !is_stepped(c, i)) {
            c->total[i] = without.v[i];
            c->seen[i] = now.v[i] + ahead(i, without.v[i], then.v[i]);
        }
    }
}

/*
 * Time that is neither limit's is the sender's: also what passed before the programs' first look,
 * and what they had not seen change when it was shown.
 */
static void add_up_limits(struct te_carry *c, uint64_t at_ns)
{
    uint64_t *ns = &c->total[TE_C_limit_ns_rwin], rest;

    if (!c->limits_ns) {
        c->limits_ns = at_ns;
        memcpy(c->limits_base, ns, sizeof(c->limits_base));
    }
    rest = te_growth(te_growth(at_ns, c->limits_ns),
                     ns[TE_LIMIT_RWIN] - c->limits_base[TE_LIMIT_RWIN] + ns[TE_LIMIT_CWND] -
                         c->limits_base[TE_LIMIT_CWND]);
    rest += c->limits_base[TE_LIMIT_SND];
    if (rest > ns[TE_LIMIT_SND])
        ns[TE_LIMIT_SND] = rest;
}

/* ---- The rest of what a record tells ---- */

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
    uint64_t told = c->total[TE_C_data_bytes_in];

    if (!news->s || news->s->whole || news->s->time_ns <= news->record->head.time_ns ||
        !nothing_waits(news->s, &news->record->sock))
        return;
    if (told > news->b->received && told - news->b->received > c->duplicate_in)
        c->duplicate_in = told - news->b->received;
}

static void merge(struct te_carry *carry, struct te_track *track, uint32_t enabled,
                  const struct te_news *news)
{
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
    count_on(carry, track, news);
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
    for (unsigned i = TE_C_limit_ns_rwin; !clock && i <= TE_C_limit_ns_snd; i++) {
        timeless.total[i] = b->total[i];
        timeless.seen[i] = b->seen[i];
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
