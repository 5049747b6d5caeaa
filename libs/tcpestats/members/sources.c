/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/kernel.h"
#include "members/members.h"

/* ---- The vocabulary of sources-diag.def ---- */

#define END(member) TE_TI_END(tcpi_##member)
#define CLOCK 1
#define FIRST 2
#define NONE UNKNOWN(TCPESTATS_NO_SOURCE)
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

/* ---- The tables, twice each: a function for each row, and the rows ---- */

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

/* Rows have no names of their own; their line in the table is one. */
#define READER(name, expr)                                         \
    static struct te_reading name(const struct te_facts *facts)    \
    {                                                              \
        const struct te_snapshot *s = facts->s;                    \
        const struct te_tcp_info *ti = &s->info;                   \
        const struct te_track *t = facts->t;                       \
        const struct te_bytes *b = facts->b;                       \
        const struct te_carry *c = facts->c;                       \
        const struct te_record_sock *k = &facts->record->sock;     \
        const struct te_record_events *e = &facts->record->events; \
                                                                   \
        (void)ti, (void)t, (void)b, (void)c, (void)k, (void)e;     \
        return expr;                                               \
    }

#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr) \
    READER(PASTE(diag_, __LINE__), expr)
#include "sources-diag.def"
#undef SOURCE

READER(read_nothing, NONE)

#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr) \
    ROW(a, cls, member, needs, fidelity, flags, since, source, note, expr)
#define ROW(tag, cls, member, needs, fidelity, flags, since, source, note, expr) \
    READER(PASTE(collector_##tag, __LINE__), expr)
#include "sources-collector.def"
#undef ROW
#undef SOURCE

enum {
    DIAG_COUNT = 0
#define SOURCE(...) +1
#include "sources-diag.def"
#undef SOURCE
};

/* Sock_diag's; for each member that it has none; the collector's. */
static const struct te_source rows[] = {
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)                    \
    {TCPESTATS_F_##cls##_##member, needs, 0, TCPESTATS_##fidelity, flags, 0, since, source, note, \
     PASTE(diag_, __LINE__)},
#include "sources-diag.def"
#undef SOURCE
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {.field = TCPESTATS_F_##cls##_##name, .fidelity = TCPESTATS_UNAVAILABLE, .read = read_nothing},
#include "tcpestats-fields.h"
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr) \
    ROW(a, cls, member, needs, fidelity, flags, since, source, note, expr)
#define ROW(tag, cls, member, needs, fidelity, flags, since, source, note, expr) \
    {TCPESTATS_F_##cls##_##member,                                               \
     0,                                                                          \
     needs,                                                                      \
     TCPESTATS_##fidelity,                                                       \
     (flags)&CLOCK,                                                              \
     (flags)&FIRST,                                                              \
     since,                                                                      \
     source,                                                                     \
     note,                                                                       \
     PASTE(collector_##tag, __LINE__)},
#include "sources-collector.def"
#undef ROW
#undef SOURCE
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct te_source *const missing = rows + DIAG_COUNT;
static const struct te_source *const collected = rows + DIAG_COUNT + TCPESTATS_FIELD_COUNT;
static const struct te_source *const end = rows + ROW_COUNT;

/* Rows stand in the order of the fields, so a member's rows are found from its first one. */
static const struct te_source *first_row(const struct te_source *low, const struct te_source *high,
                                         unsigned field)
{
    while (low < high) {
        const struct te_source *middle = low + (high - low) / 2;

        if (middle->field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of a member's rows, which begin at `row` if there are any, the best that the kernel has. */
static const struct te_source *best_row(const struct te_source *row, unsigned field,
                                        unsigned info_len)
{
    while (row->field == field && row->info_len > info_len)
        row++;
    return row->field == field ? row : &missing[field];
}

const struct te_source *te_source_of(unsigned field, unsigned info_len)
{
    return best_row(first_row(rows, missing, field), field, info_len);
}

const struct te_source *te_source_collector(unsigned field, unsigned i)
{
    const struct te_source *row = first_row(collected, end, field) + i;

    return row < end && row->field == field ? row : NULL;
}

const struct te_source *te_source_by_number(unsigned number)
{
    return number >= 1 && number <= ROW_COUNT ? &rows[number - 1] : NULL;
}

/* Kinds of sources, best first: the kernel's own numbers, what approximates them, none. */
static unsigned rank(const struct te_source *row)
{
    static const uint8_t ranks[] = {
        [TCPESTATS_EXACT] = 0,       [TCPESTATS_DERIVED] = 0,     [TCPESTATS_RESERVED] = 0,
        [TCPESTATS_APPROXIMATE] = 1, [TCPESTATS_UNAVAILABLE] = 2,
    };

    return ranks[row->fidelity];
}

/*
 * The better of a row of sock_diag's and the collector's rows of the same member, which begin at
 * `row` if there are any.
 */
static const struct te_source *better(const struct te_source *diag, const struct te_source *row,
                                      uint32_t have)
{
    if (row == end || row->field != diag->field || (!rank(diag) && !row->first))
        return diag;
    for (; row < end && row->field == diag->field; row++)
        if (!(row->needs & ~have))
            return row->first || rank(row) <= rank(diag) ? row : diag;
    return diag;
}

const struct te_source *te_source_best(unsigned field, unsigned info_len, uint32_t have)
{
    return better(te_source_of(field, info_len), first_row(collected, end, field), have);
}

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

static bool is_on(const struct tcpestats_sample *sample, const struct tcpestats_field *f)
{
    if (f->block == TCPESTATS_ROS)
        return true;
    if (sample->cls == TCPESTATS_BANDWIDTH && te_field_is_inbound(f))
        return sample->enabled_inbound == TCPESTATS_ON;
    return sample->enabled == TCPESTATS_ON;
}

/* By whom a row was told: one of sock_diag's, or one of the collector's. */
struct tellers {
    uint8_t diag, collector;
};

static struct tellers tellers_of(const struct te_facts *facts)
{
    if (facts->record == &te_no_record)
        return (struct tellers){TCPESTATS_SOCK_DIAG, TCPESTATS_REMEMBERED};
    return (struct tellers){facts->s->whole ? TCPESTATS_COLLECTOR : TCPESTATS_SOCK_DIAG,
                            TCPESTATS_COLLECTOR};
}

/* What adds up over time, or is the extreme of it, is not exact of a time that nobody saw. */
static bool is_late(const struct te_source *row, const struct te_facts *facts)
{
    enum tcpestats_kind kind;

    if (!facts->since_ns || !row->needs)
        return false;
    kind = tcpestats_field(row->field)->kind;
    return kind == TCPESTATS_KIND_COUNTER || kind == TCPESTATS_KIND_MAXIMUM ||
           kind == TCPESTATS_KIND_MINIMUM;
}

static void read_row(struct tcpestats_value *value, const struct te_source *row, bool on,
                     const struct te_facts *facts, struct tellers tellers)
{
    struct te_reading r = on ? row->read(facts) : (struct te_reading)UNKNOWN(TCPESTATS_CLASS_OFF);

    if (is_late(row, facts) && r.fidelity < TCPESTATS_APPROXIMATE)
        r.fidelity = TCPESTATS_APPROXIMATE;
    value->value = r.value;
    value->status = r.status;
    value->fidelity = r.fidelity > row->fidelity ? r.fidelity : row->fidelity;
    value->backend = row->needs ? tellers.collector : tellers.diag;
    value->row = (uint16_t)(row - rows + 1);
}

void te_sources_read(struct tcpestats_sample *sample, const struct te_facts *facts)
{
    const bool all_on = sample->enabled == TCPESTATS_ON && sample->cls != TCPESTATS_BANDWIDTH;
    const struct tellers tellers = tellers_of(facts);
    unsigned first = te_class_first(sample->cls), count = te_class_count(sample->cls);
    const struct tcpestats_field *f = tcpestats_field(first);
    const struct te_source *diag = first_row(rows, missing, first);
    const struct te_source *row = facts->have ? first_row(collected, end, first) : NULL;

    sample->first = first;
    sample->count = count;
    for (unsigned i = 0; i < count; i++) {
        const struct te_source *best = best_row(diag, first + i, facts->s->info_len);

        while (diag->field == first + i)
            diag++;
        if (row) {
            while (row < end && row->field < first + i)
                row++;
            best = better(best, row, facts->have);
        }
        read_row(&sample->values[i], best, all_on || is_on(sample, &f[i]), facts, tellers);
    }
}
