/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judged.h"

#include <math.h>
#include <string.h>

/* How far apart a packet's time in the capture and its effect on the socket may lie: a program that
 * holds the socket's lock may be interrupted, and on a busy machine wait for its next turn. */
static const uint64_t apart_ns = 20000000;

/* In which the kernel books how long a limit lasted (HZ = 250). */
enum { TICK_MS = 4 };

static struct finding within(double truth, double lo, double hi)
{
    return (struct finding){WITHIN, truth, lo, hi, NULL};
}

static struct finding equal(double truth)
{
    return (struct finding){EQUAL, truth, truth, truth, NULL};
}

static struct finding measured(double truth, double below, double above, double slack)
{
    return (struct finding){MEASURED, truth, truth * (1 - below) - slack,
                            truth * (1 + above) + slack, NULL};
}

static struct finding above(double lo, double hi)
{
    return (struct finding){FLOOR, lo, lo, hi, NULL};
}

static struct finding blind(const char *why)
{
    return (struct finding){BLIND, 0, 0, 0, why};
}

static double series_last(const struct series *s)
{
    return s->count ? s->at[s->count - 1].value : 0;
}

static struct range whole(const struct series *s)
{
    return series_range(s, 0, UINT64_MAX);
}

static struct range at_poll(const struct reading *r, size_t i, const struct series *s)
{
    return series_range(s, r->polls[i].begin_ns - apart_ns, r->polls[i].end_ns + apart_ns);
}

/* What the largest value seen at reads can be: from what must have been seen to what can have been.
 */
static struct range seen_most_until(const struct view *v, const struct series *s, uint64_t ns)
{
    struct range seen = {-INFINITY, -INFINITY};

    for (size_t i = 0; i < v->told->poll_count && v->told->polls[i].end_ns <= ns; i++) {
        struct range at = at_poll(v->told, i, s);

        if (at.lo <= at.hi) {
            seen.lo = fmax(seen.lo, at.lo);
            seen.hi = fmax(seen.hi, at.hi);
        }
    }
    return seen;
}

static struct range seen_most(const struct view *v, const struct series *s)
{
    return seen_most_until(v, s, UINT64_MAX);
}

static struct range seen_least(const struct view *v, const struct series *s)
{
    struct range seen = {INFINITY, INFINITY};

    for (size_t i = 0; i < v->told->poll_count; i++) {
        struct range at = at_poll(v->told, i, s);

        seen.lo = fmin(seen.lo, at.lo);
        if (at.lo <= at.hi)
            seen.hi = fmin(seen.hi, at.hi);
    }
    return seen;
}

/* Extremes are those since the class was switched on. */
static struct range since_on(const struct view *v, const struct series *s)
{
    return series_range(s, v->told->enabled_ns, UINT64_MAX);
}

static struct finding peak(const struct view *v, const struct series *s)
{
    struct range seen = seen_most(v, s);

    return within(since_on(v, s).hi, seen.lo, seen.hi);
}

/* An acknowledgement may wait for the socket's lock while more is sent. */
static struct finding flight_peak(const struct view *v, bool exact)
{
    double most = since_on(v, &v->wire->flight).hi;

    return exact ? measured(most, 0, 0.15, 0) : peak(v, &v->wire->flight);
}

/*
 * What came before the class was on is not counted by who counts segments. The kernel drops neither
 * for an old acknowledgement alone, but also what brings nothing new.
 */
static struct finding soft_errors(const struct view *v)
{
    double all = (double)v->wire->in.soft_errors;
    double before = fmax(0, series_range(&v->wire->soft, 0, v->told->polls[0].end_ns).hi);

    return within(all, all - fmax((double)v->wire->in.old_acks, before),
                  all + (double)v->wire->in.covered);
}

static struct finding trough(const struct view *v, const struct series *s)
{
    struct range seen = seen_least(v, s);

    return within(since_on(v, s).lo, seen.lo, seen.hi);
}

/* A sequence number: as the packets have it where the label says exact, else from the initial one.
 */
static struct finding sequence(bool exact, uint32_t isn, uint32_t relative)
{
    return equal(exact ? (uint32_t)(isn + relative) : relative);
}

/*
 * The kernel looks for the limit when it tries to send. Where the congestion window or pacing stops
 * it first, the receiver's window is not seen to be one; and what it saw last it goes on to book
 * until a timer has it try again.
 */
static struct finding rwin_time(const struct view *v, bool exact)
{
    const struct ledger *l = v->wire;
    double ms = l->rwin_us / 1e3;
    bool sole = l->calm_ns == UINT64_MAX && strcmp(v->told->cc, "bbr") != 0;
    double timers = (double)(l->timer.first + l->timer.again + l->timer.probes);
    double wait = timers > 0 ? timers * 2 * whole(&l->rtt.srtt).hi / 1e3 : 0;
    double ticks = TICK_MS * (2 + 2 * sqrt((double)l->rwin_spells));

    return (struct finding){MEASURED, ms, sole ? ms * 0.8 - ticks : 0,
                            ms * (exact ? 1.05 : 1.25) + ticks + wait + 20, NULL};
}

static struct finding cwnd_time(const struct view *v)
{
    double ms = v->wire->busy_us / 1e3 - reading_value(v->told, "SndCong", "SndLimTimeRwin");

    return within(ms, 0, ms * 1.05 + 30);
}

static struct finding snd_time(const struct view *v)
{
    const struct poll_time *first = &v->told->polls[0];
    const struct poll_time *last = &v->told->polls[v->told->poll_count - 1];
    double enabling = (double)(first->end_ns - first->begin_ns) / 1e6;
    double all = (double)(last->end_ns - v->told->enabled_ns) / 1e6;
    double ms = all - reading_value(v->told, "SndCong", "SndLimTimeRwin") -
                reading_value(v->told, "SndCong", "SndLimTimeCwnd");

    return within(ms, ms - 20 - enabling, ms + 20 + all * TICK_MS / (double)v->told->rhythm_ms);
}

static struct finding cwnd_peak(const struct view *v, bool slow_start)
{
    double ss = reading_value(v->told, "SndCong", "MaxSsCwnd");
    double ca = reading_value(v->told, "SndCong", "MaxCaCwnd");

    if (slow_start != (ss > ca))
        return blind("the other one of the two is larger");
    return above(seen_most_until(v, &v->wire->flight, v->wire->calm_ns).lo - ledger_mss(v->wire),
                 INFINITY);
}

static double recoveries(const struct reading *told)
{
    return reading_snmp(told, "TcpExt.TCPSackRecovery") +
           reading_snmp(told, "TcpExt.TCPRenoRecovery");
}

/* A tail loss probe that repaired a loss is a signal, too. What the last ECE led to need not show.
 */
static struct finding cong_signals(const struct view *v, bool exact)
{
    double timeouts = reading_snmp(v->told, "TcpExt.TCPTimeouts");
    double all = recoveries(v->told) + timeouts +
                 reading_snmp(v->told, "TcpExt.TCPLossProbeRecovery") + (double)v->wire->out.cwr;

    double unseen = v->wire->in.ece > 0;

    if (exact)
        return (struct finding){MEASURED, all, all, all + unseen, NULL};
    return within(all, timeouts, all + unseen);
}

/* What is sent again when a timer runs out may look like an answer to what has just come. */
static bool timers_show(const struct view *v)
{
    return (double)(v->wire->timer.first + v->wire->timer.again) ==
           reading_snmp(v->told, "TcpExt.TCPTimeouts");
}

static const char no_timers[] = "the wire does not tell timers from loss recovery here";

static struct finding timeouts(const struct view *v, bool subsequent)
{
    if (!timers_show(v))
        return blind(no_timers);
    return equal((double)(subsequent ? v->wire->timer.again : v->wire->timer.first));
}

static struct finding abrupt(const struct view *v)
{
    if (!timers_show(v))
        return blind(no_timers);
    return within((double)v->wire->timer.abrupt, 0, (double)v->wire->timer.first);
}

static struct finding rtt_sum(const struct view *v, bool exact, const char *count, const char *sum)
{
    double n = reading_value(v->told, "Path", count);
    struct range r = whole(exact ? &v->wire->rtt.sample : &v->wire->rtt.srtt);

    if (n == 0)
        return equal(0);
    return above(strcmp(sum, "PreCongSumRtt") ? n * (r.lo * 0.9 / 1e3 - 2) : 0,
                 n * (r.hi * 1.1 / 1e3 + 2));
}

static struct finding dsacks(const struct view *v)
{
    double most = (double)v->wire->in.dsack_segs;

    return (struct finding){MEASURED, most, most - (double)v->wire->in.dsack_twins, most, NULL};
}

static struct finding sample_rtt(const struct view *v, bool exact, double unit)
{
    struct range r = whole(&v->wire->rtt.sample);
    double last = series_last(&v->wire->rtt.sample) / unit;

    if (exact)
        return measured(last, 0.1, 0.1, 2e3 / unit);
    return within(last, r.lo / unit - 1, r.hi / unit + 2);
}

static struct finding rtt_peak(const struct view *v, bool exact, double unit)
{
    double most = whole(&v->wire->rtt.sample).hi;

    if (exact)
        return measured(most / unit, 0.15, 0.05, 2e3 / unit);
    return within(most / unit, (seen_most(v, &v->wire->rtt.srtt).lo * 0.9 - 2e3) / unit,
                  (most + 2e3) / unit);
}

static struct finding rtt_trough(const struct view *v, double unit)
{
    return measured(whole(&v->wire->rtt.newest).lo / unit, 0.05, 0.05, 1e3 / unit);
}

/* Reads before which there was a sample that the read before did not see. */
static double fresh_reads(const struct view *v)
{
    const struct series *s = &v->wire->rtt.sample;
    uint64_t since = v->told->enabled_ns;
    double n = 0;

    for (size_t i = 0, k = 0; i < v->told->poll_count; i++) {
        uint64_t now = v->told->polls[i].begin_ns;

        while (k < s->count && s->at[k].ns <= since)
            k++;
        n += k < s->count && s->at[k].ns <= now;
        since = now;
    }
    return n;
}

static struct finding rtt_count(const struct view *v, bool exact)
{
    double n = (double)v->wire->rtt.sample.count;

    if (exact)
        return measured(n, 0.2, 0.05, 2);
    return within(n, fresh_reads(v) / 2 - 2, n * 1.05 + 2);
}

static struct finding rtt_sum_of_samples(const struct view *v, bool exact)
{
    const struct series *sample = &v->wire->rtt.sample;
    double n = reading_value(v->told, "Path", "CountRtt");
    struct range r = whole(&v->wire->rtt.srtt);
    double mean = n * series_mean(&v->wire->rtt.srtt) / 1e3;

    if (exact)
        return measured((double)sample->count * series_mean(sample) / 1e3, 0.2, 0.05, 2);
    if (n == 0)
        return equal(0);
    return within(mean, n * (r.lo * 0.9 / 1e3 - 2), n * (r.hi * 1.1 / 1e3 + 2));
}

static struct finding rto_peak(const struct view *v, bool exact, bool most)
{
    const struct series *s = &v->wire->rtt.rto;
    struct range seen = most ? seen_most(v, s) : seen_least(v, s);
    double truth = most ? since_on(v, s).hi : since_on(v, s).lo;

    if (!timers_show(v))
        return blind(no_timers);
    if (exact)
        return measured(truth / 1e3, 0.1, 0.1, 5);
    return within(truth / 1e3, seen.lo * 0.9 / 1e3 - 5, seen.hi * 1.1 / 1e3 + 5);
}

static struct finding rate(double bits)
{
    return bits > 0 ? within(bits, bits / 20, bits * 20) : blind("nothing was sent this way");
}

static struct finding rate_out(const struct view *v)
{
    return rate(v->wire->busy_us > 0 ? (v->wire->una - 1.0) * 8e6 / v->wire->busy_us : 0);
}

static struct finding rate_in(const struct view *v)
{
    return rate(v->far->busy_us > 0 ? (v->wire->got.next - 1.0) * 8e6 / v->far->busy_us : 0);
}

/* ---- The table, twice: a function for each row, and the rows ---- */

#define JUDGE(cls, member, by, result, bound)                         \
    static struct finding find_##cls##_##member(const struct view *v) \
    {                                                                 \
        const struct ledger *wire = v->wire;                          \
        const struct reading *told = v->told;                         \
        const bool exact = reading_is_exact(told, #cls, #member);     \
                                                                      \
        (void)wire;                                                   \
        (void)told;                                                   \
        (void)exact;                                                  \
        return result;                                                \
    }
#include "judged.def"
#undef JUDGE

static const struct judged rows[] = {
#define JUDGE(cls, member, by, result, bound) {#cls, #member, by, bound, find_##cls##_##member},
#include "judged.def"
#undef JUDGE
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct judged *judged_at(unsigned index)
{
    return index < ROWS ? &rows[index] : NULL;
}

const struct judged *judged_find(const char *cls, const char *member)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].cls, cls) == 0 && strcmp(rows[i].member, member) == 0)
            return &rows[i];
    return NULL;
}
