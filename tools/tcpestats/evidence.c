/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "evidence.h"

#include <string.h>

static const uint16_t counter_ids[] = {
#define ID(name, member) TCPESTATS_F_##member,
    EVIDENCE_COUNTERS(ID)};

static const uint16_t gauge_ids[] = {EVIDENCE_GAUGES(ID)
#undef ID
};

void evidence_begin(struct evidence *evidence)
{
    memset(evidence, 0, sizeof(*evidence));
}

static struct member_value read_member(const struct reading *readings, unsigned id)
{
    return member_read(&readings[tcpestats_field(id)->cls], id);
}

static void add_counter(struct evidence *e, unsigned i, const struct reading *readings)
{
    struct member_value now = read_member(readings, counter_ids[i]);
    uint64_t before = e->last[i];

    if (!now.known) {
        e->unknown |= 1u << i;
        return;
    }
    /* 32 bits wrap; what else went back is of another connection. */
    if (e->frames && tcpestats_field(counter_ids[i])->type == TCPESTATS_TYPE_ULONG)
        e->growth[i] += (double)(uint32_t)(now.value - before);
    else if (e->frames && now.value > before)
        e->growth[i] += (double)(now.value - before);
    e->last[i] = now.value;
    if (i == E_MS_SENDER && now.backend && !strcmp(now.backend, "collector"))
        e->is_collected = true;
}

/* Where it is not known: -1. */
static double add_gauge(struct evidence *e, unsigned i, const struct reading *readings)
{
    struct member_value now = read_member(readings, gauge_ids[i]);
    struct gauge *gauge = &e->gauge[i];

    if (!now.known)
        return -1;
    gauge->last = (double)now.value;
    gauge->sum += gauge->last;
    if (!gauge->count || gauge->last < gauge->least)
        gauge->least = gauge->last;
    if (gauge->last > gauge->most)
        gauge->most = gauge->last;
    gauge->count++;
    return gauge->last;
}

/* A window that is smaller after a pause than before, without a loss in between. */
static void watch_pause(struct evidence *e, bool idle, double cwnd, bool lost)
{
    if (lost)
        e->cwnd_before = 0;
    if (!e->cwnd_before && idle && !lost)
        e->cwnd_before = cwnd;
    else if (e->cwnd_before && !idle) {
        e->restarts += cwnd < e->cwnd_before * 0.75;
        e->cwnd_before = 0;
    }
}

/* Waits for acknowledgements that take no more than this are no waits for a timeout. */
#define SILENCE_NS 60000000

static void watch_progress(struct evidence *e, uint64_t now_ns, bool acked, const double *now)
{
    double patience_ns = 1.5 * 1e3 * now[E_RTT];

    if (patience_ns < SILENCE_NS)
        patience_ns = SILENCE_NS;
    if (!acked && now[E_IN_FLIGHT] > 0 && e->frames) {
        e->still++;
        return;
    }
    /* A reading in between has found nothing, too. */
    if (e->still && (double)(now_ns - e->progress_ns) > patience_ns)
        e->silent_ns += now_ns - e->progress_ns;
    e->progress_ns = now_ns;
    e->still = 0;
}

void evidence_add(struct evidence *e, const struct reading *readings)
{
    double lost = e->growth[E_RETRANS], acked = e->growth[E_ACKED], now[EVIDENCE_GAUGE_COUNT];
    bool idle;

    for (unsigned i = 0; i < EVIDENCE_COUNTER_COUNT; i++)
        add_counter(e, i, readings);
    for (unsigned i = 0; i < EVIDENCE_GAUGE_COUNT; i++)
        now[i] = add_gauge(e, i, readings);

    idle = now[E_IN_FLIGHT] == 0 && now[E_UNSENT] == 0;
    e->queues += now[E_IN_FLIGHT] >= 0 && now[E_UNSENT] >= 0;
    e->idle += idle;
    /* Less than a segment may wait for more to come. */
    e->held += now[E_UNSENT] > 0 && now[E_UNSENT] >= now[E_MSS];
    e->closed += now[E_WINDOW] >= 0 && now[E_WINDOW] < 2 * now[E_MSS];
    e->own_closed += now[E_UNREAD] > 0 && now[E_UNREAD] > now[E_OWN_WINDOW];
    e->in_timeout += now[E_TIMEOUT_RUN] > 0;
    e->out_of_order += now[E_REASSEMBLY] > 0;
    if (now[E_CWND] > 0)
        watch_pause(e, idle, now[E_CWND], e->growth[E_RETRANS] > lost);

    e->last_ns = readings[TCPESTATS_DATA].time_ns;
    watch_progress(e, e->last_ns, e->growth[E_ACKED] > acked, now);
    if (!e->frames++)
        e->first_ns = e->last_ns;
}

/* The time that neither the receiver nor the path held it back is the sender's own. */
static void share_life(struct evidence *e, uint64_t elapsed_ns)
{
    double ms = (double)elapsed_ns / 1e6;

    e->unknown |= 1u << E_MS_SENDER;
    if (!elapsed_ns || e->unknown & (1u << E_MS_RECEIVER | 1u << E_MS_PATH))
        return;
    e->unknown &= ~(1u << E_MS_SENDER);
    ms -= e->growth[E_MS_RECEIVER] + e->growth[E_MS_PATH];
    e->growth[E_MS_SENDER] = ms > 0 ? ms : 0;
}

void evidence_add_life(struct evidence *e, const struct reading *readings, uint64_t elapsed_ns)
{
    evidence_begin(e);
    e->is_life = true;
    for (unsigned i = 0; i < EVIDENCE_COUNTER_COUNT; i++) {
        add_counter(e, i, readings);
        e->growth[i] = (double)e->last[i];
    }
    for (unsigned i = 0; i < EVIDENCE_GAUGE_COUNT; i++)
        add_gauge(e, i, readings);
    share_life(e, elapsed_ns);
    e->last_ns = readings[TCPESTATS_DATA].time_ns;
    e->first_ns = e->last_ns - elapsed_ns;
    e->frames = 2;
}

/* The mean round trip, where there was one in that time. */
static void take_mean_rtt(struct evidence *e, const struct reading *begun,
                          const struct reading *now)
{
    struct member_value sum = read_member(now, TCPESTATS_F_Path_SumRtt);
    struct member_value count = read_member(now, TCPESTATS_F_Path_CountRtt);
    uint32_t ms = (uint32_t)(sum.value - read_member(begun, TCPESTATS_F_Path_SumRtt).value);
    uint32_t samples = (uint32_t)(count.value -
                                  read_member(begun, TCPESTATS_F_Path_CountRtt).value);

    if (sum.known && count.known && ms && samples)
        e->gauge[E_RTT] = (struct gauge){.count = 1, .sum = 1e3 * ms / samples};
}

static void take_extremes(struct gauge *gauge, const struct reading *now, unsigned least,
                          unsigned most)
{
    struct member_value low = read_member(now, least), high = read_member(now, most);

    if (!low.known || !high.known || !gauge->count)
        return;
    gauge->least = (double)low.value;
    gauge->most = (double)high.value;
}

void evidence_add_span(struct evidence *e, const struct reading *begun, const struct reading *now)
{
    evidence_begin(e);
    e->is_life = true;
    for (unsigned i = 0; i < EVIDENCE_COUNTER_COUNT; i++)
        add_counter(e, i, begun);
    e->frames = 2;
    for (unsigned i = 0; i < EVIDENCE_COUNTER_COUNT; i++)
        add_counter(e, i, now);
    for (unsigned i = 0; i < EVIDENCE_GAUGE_COUNT; i++)
        add_gauge(e, i, now);
    take_mean_rtt(e, begun, now);
    take_extremes(&e->gauge[E_WINDOW], now, TCPESTATS_F_ObsRec_MinRwinRcvd,
                  TCPESTATS_F_ObsRec_MaxRwinRcvd);
    take_extremes(&e->gauge[E_OWN_WINDOW], now, TCPESTATS_F_Rec_MinRwinSent,
                  TCPESTATS_F_Rec_MaxRwinSent);
    e->first_ns = begun[TCPESTATS_DATA].time_ns;
    e->last_ns = now[TCPESTATS_DATA].time_ns;
}

/* Each of the two begins anew when the other one has enough. */
void recent_add(struct recent *recent, const struct reading *readings)
{
    evidence_add(&recent->shown, readings);
    if (recent->shown.frames > RECENT_READINGS)
        evidence_add(&recent->next, readings);
    if (recent->next.frames > RECENT_READINGS) {
        recent->shown = recent->next;
        evidence_begin(&recent->next);
        evidence_add(&recent->next, readings);
    }
}
