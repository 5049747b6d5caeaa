/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/kernel.h"
#include "members/members.h"

/* ---- The vocabulary of sources-diag.def ---- */

#define END(member) TE_TI_END(tcpi_##member)
#define CLOCK 1
#define FIRST 2
#define KNOWN(x) reading((x), TCPESTATS_KNOWN)
#define UNKNOWN(status) reading(0, (status))

static struct te_reading reading(uint64_t value, enum tcpestats_status status)
{
    return (struct te_reading){value, (uint8_t)status, TCPESTATS_EXACT};
}

static struct te_reading when(bool condition, uint64_t value, enum tcpestats_status otherwise)
{
    return condition ? KNOWN(value) : UNKNOWN(otherwise);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool has_wscale(const struct te_tcp_info *ti)
{
    return ti->tcpi_options & TE_OPT_WSCALE;
}

/* The kernel takes the option's 12 bytes off every MSS that it reports. */
static uint32_t timestamp_option(const struct te_tcp_info *ti)
{
    return ti->tcpi_options & TE_OPT_TIMESTAMPS ? 12 : 0;
}

static struct te_reading opener(const struct te_bytes *b)
{
    struct te_reading r = KNOWN((b->open & TE_OPEN_MASK) == TE_OPEN_ACTIVE);

    if (b->open & TE_OPEN_GUESSED)
        r.fidelity = TCPESTATS_APPROXIMATE;
    return r;
}

static struct te_reading outbound(const struct te_snapshot *s, const struct te_track *t)
{
    if (s->bbr_bw)
        return KNOWN(s->bbr_bw * 8);
    return when(t->out.samples, t->out.bandwidth, TCPESTATS_NO_SAMPLE);
}

static struct te_reading in_flight(const struct te_bytes *b)
{
    struct te_reading r = KNOWN(b->in_flight);

    if (b->torn)
        r.fidelity = TCPESTATS_APPROXIMATE;
    return r;
}

/* ---- The vocabulary of sources-collector.def ---- */

#define CORE TE_COLLECT_CORE
#define CA_SET TE_COLLECT_CA_SET
#define HEADERS TE_COLLECT_HEADERS
#define DATA_READY TE_COLLECT_DATA_READY
#define EGRESS (TE_COLLECT_EGRESS | TE_NEED_EGRESS_CLASS)
#define CARRY TE_NEED_CARRY
#define ORIGIN TE_NEED_ORIGIN
#define RCVD_MSS TE_NEED_MSS_RCVD

static struct te_reading in_flight_from(const struct te_bytes *b, uint32_t snd_una)
{
    struct te_reading r = KNOWN((uint32_t)(snd_una + (b->snd_nxt - b->snd_una)));

    if (b->torn)
        r.fidelity = TCPESTATS_APPROXIMATE;
    return r;
}

static struct te_reading sample_rtt(const struct te_record_events *e, const struct te_tcp_info *ti)
{
    struct te_reading r = when(ti->tcpi_rtt, ti->tcpi_rtt / 1000, TCPESTATS_NO_SAMPLE);

    if (e->sample_rtt_us)
        return KNOWN(e->sample_rtt_us / 1000);
    r.fidelity = TCPESTATS_APPROXIMATE;
    return r;
}

static struct te_reading own_window(const struct te_snapshot *s, const struct te_record_sock *k)
{
    uint32_t limit = te_window_limit(&s->info);

    return KNOWN(k->rcv_wnd < limit ? k->rcv_wnd : limit);
}

/* What has arrived in order since the record's look has come off the front of the queue. */
static struct te_reading reassembly(const struct te_snapshot *s, const struct te_record_sock *k)
{
    uint64_t advance = 0;
    struct te_reading r;

    if (s->info.tcpi_bytes_received > k->bytes_received)
        advance = s->info.tcpi_bytes_received - k->bytes_received;
    r = KNOWN(k->ooo_bytes > advance ? k->ooo_bytes - advance : 0);
    if (s->info.tcpi_segs_in != k->segs_in)
        r.fidelity = TCPESTATS_APPROXIMATE;
    return r;
}

#define LAST_TOLD "as the collector last told it"
#define LOWER_BOUND "a lower bound"

#define COUNTER(cls, member, needs, fidelity, flags, since, source, note, value)   \
    ROW(a, cls, member, needs, fidelity, flags, since, source, note, KNOWN(value)) \
    ROW(b, cls, member, CARRY, APPROXIMATE, flags, NULL, LAST_TOLD, LOWER_BOUND, KNOWN(value))

#define EVENT(cls, member, source, note, value)                                               \
    ROW(a, cls, member, CORE | CA_SET, EXACT, 0, "6.1", source, note, KNOWN(value))           \
    ROW(b, cls, member, CORE, APPROXIMATE, 0, NULL, "changes of icsk_ca_state between looks", \
        note, KNOWN(value))                                                                   \
    ROW(c, cls, member, CARRY, APPROXIMATE, 0, NULL, LAST_TOLD, LOWER_BOUND, KNOWN(value))

/* ---- The tables, as rows ---- */

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

/* Rows have no names of their own; their line in the table is one. */
#define DIAG_ROW PASTE(DIAG_, __LINE__)
#define COLLECTOR_ROW(tag) PASTE(COLLECTOR_##tag, __LINE__)

/* Their numbers: sock_diag's; for each member that it has none; the collector's. */
enum {
#define SOURCE(...) DIAG_ROW,
#include "sources-diag.def"
#undef SOURCE
    MISSING,
    COLLECTED = MISSING + TCPESTATS_FIELD_COUNT,
    BEFORE_COLLECTED = COLLECTED - 1,
#define SOURCE(...) ROW(a, __VA_ARGS__)
#define ROW(tag, ...) COLLECTOR_ROW(tag),
#include "sources-collector.def"
#undef ROW
#undef SOURCE
    ROW_COUNT
};

static const struct te_source rows[ROW_COUNT] = {
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr) \
    {TCPESTATS_F_##cls##_##member, needs, 0, TCPESTATS_##fidelity, flags, since, source, note},
#include "sources-diag.def"
#undef SOURCE
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {.field = TCPESTATS_F_##cls##_##name, .fidelity = TCPESTATS_UNAVAILABLE},
#include "tcpestats-fields.h"
#define SOURCE(...) ROW(a, __VA_ARGS__)
#define ROW(tag, cls, member, needs, fidelity, flags, since, source, note, expr) \
    {TCPESTATS_F_##cls##_##member,                                               \
     0,                                                                          \
     needs,                                                                      \
     TCPESTATS_##fidelity,                                                       \
     (flags)&CLOCK,                                                              \
     since,                                                                      \
     source,                                                                     \
     note},
#include "sources-collector.def"
#undef ROW
#undef SOURCE
};

const struct te_source *te_source_by_number(unsigned number)
{
    return number >= 1 && number <= ROW_COUNT ? &rows[number - 1] : NULL;
}

const struct te_source *te_source_collector(unsigned field, unsigned i)
{
    for (const struct te_source *row = rows + COLLECTED; row < rows + ROW_COUNT; row++)
        if (row->field == field && !i--)
            return row;
    return NULL;
}

/* ---- The tables, as code ---- */

/* By whom a row was told: one of sock_diag's, or one of the collector's. */
struct tellers {
    uint8_t diag, collector;
};

/* A row tells a member; where that is off, only which row it would be. */
static void put(struct tcpestats_value *value, unsigned row, uint8_t fidelity, uint8_t teller,
                struct te_reading r)
{
    value->row = (uint16_t)(row + 1);
    value->fidelity = fidelity;
    value->backend = teller;
    if (value->status == TCPESTATS_CLASS_OFF)
        return;
    value->value = r.value;
    value->status = r.status;
    if (r.fidelity > fidelity)
        value->fidelity = r.fidelity;
}

/* Does a row of the collector's go before the one that tells a member so far? */
static bool goes_first(const struct tcpestats_value *value, unsigned flags)
{
    uint8_t fidelity = rows[value->row - 1].fidelity;

    return value->row <= COLLECTED && (flags & FIRST || fidelity == TCPESTATS_APPROXIMATE ||
                                       fidelity == TCPESTATS_UNAVAILABLE);
}

/*
 * Reads one class. Which one is known where this is compiled, so that of the tables no more than
 * its rows are left, one after the other, without a branch that depends on data but whether the
 * kernel and the collector have them.
 */
TE_INLINE void read_class(const unsigned number, struct tcpestats_value *values,
                          const struct te_facts *facts, struct tellers tellers)
{
    const struct te_snapshot *s = facts->s;
    const struct te_tcp_info *ti = &s->info;
    const struct te_track *t = facts->t;
    const struct te_bytes *b = facts->b;
    const struct te_carry *c = facts->c;
    const struct te_record_sock *k = &facts->record->sock;
    const struct te_record_events *e = &facts->record->events;

#define VALUE(cls, member) (&values[TCPESTATS_F_##cls##_##member - TE_FIRST_##cls])
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)          \
    if (TE_CLASS_##cls == number && s->info_len >= (needs) && !VALUE(cls, member)->row) \
        put(VALUE(cls, member), DIAG_ROW, TCPESTATS_##fidelity, tellers.diag, expr);
#include "sources-diag.def"
#undef SOURCE
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc)    \
    if (TE_CLASS_##cls == number && !VALUE(cls, name)->row)                                \
        put(VALUE(cls, name), MISSING + TCPESTATS_F_##cls##_##name, TCPESTATS_UNAVAILABLE, \
            tellers.diag, UNKNOWN(TCPESTATS_NO_SOURCE));
#include "tcpestats-fields.h"
    if (!facts->have)
        return;
#define SOURCE(...) ROW(a, __VA_ARGS__)
#define ROW(tag, cls, member, needs, fidelity, flags, since, source, note, expr) \
    if (TE_CLASS_##cls == number && !((needs) & ~facts->have) &&                 \
        goes_first(VALUE(cls, member), flags))                                   \
        put(VALUE(cls, member), COLLECTOR_ROW(tag), TCPESTATS_##fidelity, tellers.collector, expr);
#include "sources-collector.def"
#undef ROW
#undef SOURCE
}

static void read_values(unsigned cls, struct tcpestats_value *values, const struct te_facts *facts,
                        struct tellers tellers)
{
    switch (cls) {
#define TCPESTATS_CLASS(number, name, upper)        \
    case number:                                    \
        read_class(number, values, facts, tellers); \
        break;
#include "tcpestats-fields.h"
    }
}

/* As it would read a connection of which nothing is known. */
const struct te_source *te_source_best(unsigned field, unsigned info_len, uint32_t have)
{
    static const struct te_entry nothing;
    static const struct te_bytes no_bytes;
    const struct te_snapshot s = {.info_len = (uint16_t)info_len};
    const struct te_facts facts = {
        &s, &nothing.track, &no_bytes, &nothing.carry, &te_no_record, have, 0};
    struct tcpestats_value values[TCPESTATS_CLASS_FIELDS_MAX] = {{0}};
    unsigned cls = tcpestats_field(field)->cls;

    read_values(cls, values, &facts, (struct tellers){0, 0});
    return te_source_by_number(values[field - te_class_first(cls)].row);
}

/* ---- Reading ---- */

const struct te_record_copy te_no_record;

uint32_t te_facts_have(const struct te_record_copy *record, uint32_t features,
                       const struct te_carry *carry)
{
    const uint32_t egress = ON_REC | ON_SEND_BUFF | ON_SND_CONG;
    uint32_t have = 0;

    if (record != &te_no_record)
        have |= features & TE_FEATURES;
    if (record->head.enabled & egress)
        have |= TE_NEED_EGRESS_CLASS;
    if (carry->epoch)
        have |= TE_NEED_CARRY;
    if ((carry->known & (TE_CARRY_SND | TE_CARRY_RCV)) == (TE_CARRY_SND | TE_CARRY_RCV))
        have |= TE_NEED_ORIGIN;
    if (carry->mss_rcvd)
        have |= TE_NEED_MSS_RCVD;
    return have;
}

static struct tellers tellers_of(const struct te_facts *facts)
{
    if (facts->record == &te_no_record)
        return (struct tellers){TCPESTATS_SOCK_DIAG, TCPESTATS_REMEMBERED};
    return (struct tellers){facts->s->whole ? TCPESTATS_COLLECTOR : TCPESTATS_SOCK_DIAG,
                            TCPESTATS_COLLECTOR};
}

static bool is_on(const struct tcpestats_sample *sample, const struct tcpestats_field *f)
{
    if (f->block == TCPESTATS_ROS)
        return true;
    if (sample->cls == TCPESTATS_BANDWIDTH && te_field_is_inbound(f))
        return sample->enabled_inbound == TCPESTATS_ON;
    return sample->enabled == TCPESTATS_ON;
}

/* What adds up over time, or is the extreme of it, is not exact of a time that nobody saw. */
static void mark_late(struct tcpestats_sample *sample)
{
    const struct tcpestats_field *f = tcpestats_field(sample->first);

    for (unsigned i = 0; i < sample->count; i++) {
        struct tcpestats_value *value = &sample->values[i];

        if (value->row > COLLECTED && value->fidelity < TCPESTATS_APPROXIMATE &&
            (f[i].kind == TCPESTATS_KIND_COUNTER || f[i].kind == TCPESTATS_KIND_MAXIMUM ||
             f[i].kind == TCPESTATS_KIND_MINIMUM))
            value->fidelity = TCPESTATS_APPROXIMATE;
    }
}

void te_sources_read(struct tcpestats_sample *sample, const struct te_facts *facts)
{
    const bool all_on = sample->enabled == TCPESTATS_ON && sample->cls != TCPESTATS_BANDWIDTH;
    const struct tcpestats_field *f = tcpestats_field(te_class_first(sample->cls));

    sample->first = te_class_first(sample->cls);
    sample->count = te_class_count(sample->cls);
    for (unsigned i = 0; i < sample->count; i++)
        sample->values[i] = (struct tcpestats_value){
            .status = all_on || is_on(sample, &f[i]) ? TCPESTATS_KNOWN : TCPESTATS_CLASS_OFF};
    read_values(sample->cls, sample->values, facts, tellers_of(facts));
    if (facts->since_ns)
        mark_late(sample);
}
