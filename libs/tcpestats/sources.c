/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fields.h"
#include "sources.h"

/* ---- The vocabulary of sources-diag.def ---- */

#define END(member) TE_TI_END(tcpi_##member)
#define CLOCK 1
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

uint32_t te_rwin_sent(const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;
    uint32_t limit = 65535u << (has_wscale(ti) ? ti->tcpi_wscale >> 4 : 0);
    uint32_t window = TE_TI_HAS(s, tcpi_rcv_wnd) ? ti->tcpi_rcv_wnd : ti->tcpi_rcv_ssthresh;

    return window < limit ? window : limit;
}

uint64_t te_cwnd_limited_us(const struct te_tcp_info *ti)
{
    uint64_t others = ti->tcpi_rwnd_limited + ti->tcpi_sndbuf_limited;

    return ti->tcpi_busy_time > others ? ti->tcpi_busy_time - others : 0;
}

/* ---- The table, twice: a function for each row, and the rows ---- */

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)

/* Rows have no names of their own; their line in the table is one. */
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)           \
    static struct te_reading PASTE(read_line_, __LINE__)(                                \
        const struct te_snapshot *s, const struct te_track *t, const struct te_bytes *b) \
    {                                                                                    \
        const struct te_tcp_info *ti = &s->info;                                         \
                                                                                         \
        (void)ti, (void)t, (void)b;                                                      \
        return expr;                                                                     \
    }
#include "sources-diag.def"
#undef SOURCE

static const struct te_source sources[] = {
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, expr)              \
    {TCPESTATS_F_##cls##_##member, needs, TCPESTATS_##fidelity, flags, since, source, note, \
     PASTE(read_line_, __LINE__)},
#include "sources-diag.def"
#undef SOURCE
};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

/*
 * Rows stand in the order of the fields, so a member's rows are found from its first one. That each
 * member has a row without needs, and that the order holds, is checked by the tests.
 */
static const struct te_source *first_row(unsigned field)
{
    size_t low = 0, high = SOURCE_COUNT;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (sources[middle].field < field)
            low = middle + 1;
        else
            high = middle;
    }
    return &sources[low];
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
    unsigned field = row->field;

    while (row < sources + SOURCE_COUNT && row->field == field)
        row++;
    return row;
}

const struct te_source *te_source_of(unsigned field, unsigned info_len)
{
    return best_row(first_row(field), info_len);
}

static bool is_on(const struct tcpestats_sample *sample, const struct tcpestats_field *f)
{
    if (f->block == TCPESTATS_ROS)
        return true;
    if (sample->cls == TCPESTATS_BANDWIDTH && te_field_is_inbound(f))
        return sample->enabled_inbound == TCPESTATS_ON;
    return sample->enabled == TCPESTATS_ON;
}

void te_sources_read(struct tcpestats_sample *sample, const struct te_snapshot *s,
                     const struct te_track *t, const struct te_bytes *b)
{
    const struct tcpestats_field *f = tcpestats_field(te_class_first(sample->cls));
    const struct te_source *row = first_row(te_class_first(sample->cls));
    unsigned i;

    sample->first = te_class_first(sample->cls);
    sample->count = te_class_count(sample->cls);
    for (i = 0; i < sample->count; i++, f++) {
        struct te_reading r = UNKNOWN(TCPESTATS_CLASS_OFF);

        row = best_row(row, s->info_len);
        if (is_on(sample, f))
            r = row->read(s, t, b);
        sample->values[i] = (struct tcpestats_value){
            .value = r.value,
            .status = r.status,
            .fidelity = r.fidelity > row->fidelity ? r.fidelity : row->fidelity,
        };
        row = next_member(row);
    }
}
