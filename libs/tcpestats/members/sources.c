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

#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr) \
    ROW(a, cls, member, needs, fidelity, flags, since, source, note, expr)

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
#define ROW(tag, cls, member, needs, fidelity, flags, since, source, note, expr)            \
    static struct te_reading PASTE(collector_##tag, __LINE__)(const struct te_facts *facts) \
    {                                                                                       \
        const struct te_snapshot *s = facts->s;                                             \
        const struct te_tcp_info *ti = &s->info;                                            \
        const struct te_track *t = facts->t;                                                \
        const struct te_bytes *b = facts->b;                                                \
        const struct te_carry *c = facts->c;                                                \
        const struct te_record_sock *k = &facts->record->sock;                              \
        const struct te_record_events *e = &facts->record->events;                          \
                                                                                            \
        (void)ti, (void)t, (void)b, (void)c, (void)k, (void)e;                              \
        return expr;                                                                        \
    }
#include "sources-collector.def"
#undef ROW

static const struct te_source collected[] = {
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
};

#undef SOURCE

#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)         \
    static struct te_reading PASTE(read_line_, __LINE__)(const struct te_facts *facts) \
    {                                                                                  \
        const struct te_snapshot *s = facts->s;                                        \
        const struct te_tcp_info *ti = &s->info;                                       \
        const struct te_track *t = facts->t;                                           \
        const struct te_bytes *b = facts->b;                                           \
                                                                                       \
        (void)ti, (void)t, (void)b;                                                    \
        return expr;                                                                   \
    }
#include "sources-diag.def"
#undef SOURCE

static const struct te_source sources[] = {
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)                    \
    {TCPESTATS_F_##cls##_##member, needs, 0, TCPESTATS_##fidelity, flags, 0, since, source, note, \
     PASTE(read_line_, __LINE__)},
#include "sources-diag.def"
#undef SOURCE
};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))
#define COLLECTED_COUNT (sizeof(collected) / sizeof(collected[0]))

/*
 * Rows stand in the order of the fields, so a member's rows are found from its first one. That each
 * member has a row of sock_diag's without needs, and that the order holds, is checked by the tests.
 */
static size_t first_row(const struct te_source *rows, size_t count, unsigned field)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (rows[middle].field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last row of each member needs nothing, so this ends within the member. */
static const struct te_source *best_row(const struct te_source *row, unsigned info_len)
{
    while (row->info_len > info_len)
        row++;
    return row;
}

/* The first row of the next member. */
static const struct te_source *next_member(const struct te_source *row)
{
    while (row->info_len)
        row++;
    return row + 1;
}

const struct te_source *te_source_of(unsigned field, unsigned info_len)
{
    return best_row(&sources[first_row(sources, SOURCE_COUNT, field)], info_len);
}

const struct te_source *te_source_collector(unsigned field, unsigned i)
{
    size_t at = first_row(collected, COLLECTED_COUNT, field) + i;

    return at < COLLECTED_COUNT && collected[at].field == field ? &collected[at] : NULL;
}

const struct te_source *te_source_by_number(unsigned number)
{
    if (number >= 1 && number <= SOURCE_COUNT)
        return &sources[number - 1];
    number -= (unsigned)SOURCE_COUNT;
    return number >= 1 && number <= COLLECTED_COUNT ? &collected[number - 1] : NULL;
}

static unsigned number_of(const struct te_source *row)
{
    return (unsigned)(row->needs ? SOURCE_COUNT + (size_t)(row - collected)
                                 : (size_t)(row - sources)) +
           1;
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
    const struct te_source *end = collected + COLLECTED_COUNT;

    if (row == end || row->field != diag->field || (!rank(diag) && !row->first))
        return diag;
    for (; row < end && row->field == diag->field; row++)
        if (!(row->needs & ~have))
            return row->first || rank(row) <= rank(diag) ? row : diag;
    return diag;
}

static const struct te_source *first_collected(unsigned field)
{
    return &collected[first_row(collected, COLLECTED_COUNT, field)];
}

const struct te_source *te_source_best(unsigned field, unsigned info_len, uint32_t have)
{
    return better(te_source_of(field, info_len), first_collected(field), have);
}

const struct te_record_copy te_no_record;

uint32_t te_facts_have(const struct te_record_copy *record, uint32_t features,
                       const struct te_carry *carry)
{
    const uint32_t egress = ON_REC | ON_SEND_BUFF |
                            ON_SND_CONG;
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
    value->row = (uint16_t)number_of(row);
}

void te_sources_read(struct tcpestats_sample *sample, const struct te_facts *facts)
{
    const bool all_on = sample->enabled == TCPESTATS_ON && sample->cls != TCPESTATS_BANDWIDTH;
    const struct tellers tellers = tellers_of(facts);
    unsigned first = te_class_first(sample->cls), count = te_class_count(sample->cls);
    const struct tcpestats_field *f = tcpestats_field(first);
    const struct te_source *diag = &sources[first_row(sources, SOURCE_COUNT, first)];
    const struct te_source *row = facts->have ? first_collected(first) : NULL;

    sample->first = first;
    sample->count = count;
    for (unsigned i = 0; i < count; i++) {
        const struct te_source *best = best_row(diag, facts->s->info_len);

        diag = next_member(best);
        if (row) {
            while (row < collected + COLLECTED_COUNT && row->field < first + i)
                row++;
            best = better(best, row, facts->have);
        }
        read_row(&sample->values[i], best, all_on || is_on(sample, &f[i]), facts, tellers);
    }
}
