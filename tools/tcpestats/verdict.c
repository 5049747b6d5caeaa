/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules, of which the first that holds decides. A sending end is asked in this order: was there
 * anything to send; does the other end answer; whom does the kernel say it was held back by; and
 * where that is congestion control, what the path shows. docs/why.md has the reasons.
 */
#include "verdict.h"

#include <string.h>

static bool is_known(const struct evidence *e, enum evidence_counter counter)
{
    return e->frames && !(e->unknown & 1u << counter);
}

static struct quantity known(double value)
{
    return (struct quantity){true, value};
}

static struct quantity share(const struct evidence *e, enum evidence_counter part,
                             enum evidence_counter whole)
{
    double value;

    if (!is_known(e, part) || !is_known(e, whole) || e->growth[whole] <= 0)
        return (struct quantity){false, 0};
    value = e->growth[part] / e->growth[whole];
    return known(value > 1 ? 1 : value);
}

static struct quantity mean(const struct evidence *e, enum evidence_gauge id)
{
    const struct gauge *gauge = &e->gauge[id];

    return (struct quantity){gauge->count > 0, gauge->count ? gauge->sum / gauge->count : 0};
}

static struct quantity extreme(const struct evidence *e, enum evidence_gauge id, bool most)
{
    const struct gauge *gauge = &e->gauge[id];

    return (struct quantity){gauge->count > 0, most ? gauge->most : gauge->least};
}

static struct quantity rate(const struct evidence *e, enum evidence_counter counter, double seconds)
{
    return (struct quantity){is_known(e, counter) && seconds > 0,
                             seconds > 0 ? e->growth[counter] / seconds : 0};
}

/* Of the time that the three limits had together. */
static void measure_limits(const struct evidence *e, struct verdict *v)
{
    static const struct {
        enum evidence_counter counter;
        enum quantity_id id;
    } limits[] = {{E_MS_RECEIVER, Q_RECEIVER}, {E_MS_PATH, Q_PATH}, {E_MS_SENDER, Q_SENDER}};
    double all = 0;
    bool is_all = true;

    for (unsigned i = 0; i < 3; i++) {
        all += e->growth[limits[i].counter];
        is_all &= is_known(e, limits[i].counter);
    }
    for (unsigned i = 0; i < 3 && is_all && all > 0; i++)
        v->q[limits[i].id] = known(e->growth[limits[i].counter] / all);
}

static void measure(const struct evidence *e, struct verdict *v)
{
    double seconds = (double)v->elapsed_ns / 1e9;
    struct quantity in = rate(e, E_RECEIVED, seconds);

    v->q[Q_RATE_OUT] = rate(e, E_ACKED, seconds);
    v->q[Q_RATE_IN] = in;
    v->q[Q_RETRANSMITTED] = share(e, E_RETRANS, E_SEGS_OUT);
    v->q[Q_NEEDLESS] = share(e, E_DSACKS, E_RETRANS);
    if (is_known(e, E_TIMEOUTS) && is_known(e, E_MORE_TIMEOUTS))
        v->q[Q_TIMEOUTS] = known(e->growth[E_TIMEOUTS] + e->growth[E_MORE_TIMEOUTS]);
    v->q[Q_RTT] = mean(e, E_RTT);
    v->q[Q_LEAST_RTT] = extreme(e, E_LEAST_RTT, false);
    if (e->queues)
        v->q[Q_IDLE] = known((double)e->idle / e->queues);
    v->q[Q_IN_FLIGHT] = mean(e, E_IN_FLIGHT);
    v->q[Q_CWND] = mean(e, E_CWND);
    v->q[Q_WINDOW] = extreme(e, E_WINDOW, true);
    v->q[Q_WINDOW_LEAST] = extreme(e, E_WINDOW, false);
    v->q[Q_OWN_WINDOW] = extreme(e, E_OWN_WINDOW, true);
    v->q[Q_OWN_WINDOW_LEAST] = extreme(e, E_OWN_WINDOW, false);
    v->q[Q_UNREAD] = mean(e, E_UNREAD);
    v->q[Q_ECN_OUT] = share(e, E_ECN_OUT, E_SEGS_OUT);
    v->q[Q_ECN_IN] = share(e, E_ECN_IN, E_SEGS_IN);
    v->q[Q_MSS] = (struct quantity){e->gauge[E_MSS].count > 0, e->gauge[E_MSS].last};
    if (is_known(e, E_SEGS_IN) && e->growth[E_SEGS_IN] > 0 && is_known(e, E_RECEIVED))
        v->q[Q_SEGMENT_IN] = known(e->growth[E_RECEIVED] / e->growth[E_SEGS_IN]);
    measure_limits(e, v);
}

/* ---- Rules ---- */

/* Everything that the rules ask of: unknown is 0. */
static double of(const struct verdict *v, enum quantity_id id)
{
    return v->q[id].known ? v->q[id].value : 0;
}

static double part(unsigned count, unsigned of)
{
    return of ? (double)count / of : 0;
}

static struct verdict_side side(enum cause cause, bool is_sure)
{
    return (struct verdict_side){cause, is_sure ? CERTAINTY_HIGH : CERTAINTY_LOW};
}

static const struct verdict_side none = {CAUSE_UNKNOWN, CERTAINTY_NONE};

/* Below this, headers and per-segment costs are a tenth and more. */
#define MSS_SMALL 600

/* How much longer a round trip is than the least one: so many times. */
static double stretch(const struct verdict *v)
{
    double least = of(v, Q_LEAST_RTT), rtt = of(v, Q_RTT);

    /* Below some milliseconds the ends' own scheduling is as large. */
    return least > 0 && rtt > least + 4000 ? rtt / least : 1;
}

/* Held back by congestion control: what does the path show? */
static struct verdict_side judge_path(const struct evidence *e, const struct verdict *v)
{
    double lost = of(v, Q_RETRANSMITTED), needless = of(v, Q_NEEDLESS), longer = stretch(v);

    if (v->q[Q_MSS].known && v->q[Q_MSS].value <= MSS_SMALL && lost < 0.05)
        return side(CAUSE_SMALL_MSS, lost < 0.01);
    if (lost >= 0.001 && needless >= 0.15)
        return side(CAUSE_REORDERING, lost >= 0.002 && needless >= 0.5);
    if (of(v, Q_ECN_OUT) >= 0.0005 && of(v, Q_ECN_OUT) > lost)
        return side(CAUSE_ECN, true);
    if (longer >= 1.6 && lost < 0.02)
        return side(CAUSE_QUEUEING, longer >= 2);
    if (lost >= 0.002)
        return side(CAUSE_LOSS, lost >= 0.005 && longer < 1.6 && !of(v, Q_TIMEOUTS));
    if (e->gauge[E_REORDERING].most > 3 && e->growth[E_RETRANS] > 0)
        return side(CAUSE_REORDERING, false);
    return side(CAUSE_PATH_RATE, false);
}

/* The program gives nothing for part of the time: is that all, or does the window suffer? */
static struct verdict_side judge_program(const struct evidence *e, const struct verdict *v,
                                         bool is_sure)
{
    unsigned busy = e->queues - e->idle;

    if (e->restarts && part(e->held, busy) >= 0.4 && of(v, Q_RETRANSMITTED) < 0.01)
        return side(CAUSE_IDLE_RESTART, e->restarts >= 2 && part(e->held, busy) >= 0.6);
    /* The window may have suffered between two looks: the collector's times tell. */
    if (e->restarts || (e->is_collected && of(v, Q_PATH) >= 0.3 * (1 - of(v, Q_IDLE))))
        is_sure = false;
    return side(CAUSE_SENDER_PROGRAM,
                is_sure && (of(v, Q_IDLE) >= 0.8 || part(e->held, busy) < 0.4));
}

/* Data in flight fills a window that is too small; of one that somebody does not read behind it
 * fills what is left over. */
static struct verdict_side judge_receiver(const struct evidence *e, const struct verdict *v)
{
    double receiver = of(v, Q_RECEIVER), closed = part(e->closed, e->gauge[E_WINDOW].count);
    double filled = of(v, Q_WINDOW) > 0 ? of(v, Q_IN_FLIGHT) / of(v, Q_WINDOW) : 0;

    if (!v->q[Q_WINDOW].known || !v->q[Q_IN_FLIGHT].known)
        return side(CAUSE_RECEIVER_WINDOW, false);
    if (closed >= 0.2 || filled < 0.65)
        return side(CAUSE_RECEIVER_PROGRAM, receiver >= 0.6 && (closed >= 0.2 || filled < 0.5));
    return side(CAUSE_RECEIVER_WINDOW, receiver >= 0.6 && filled > 0.75);
}

/* Pacing hides from the kernel that the window is what bounds the data in flight. */
static bool fills_window(const struct verdict *v)
{
    return of(v, Q_WINDOW) > 0 && of(v, Q_IN_FLIGHT) >= 0.75 * of(v, Q_WINDOW) &&
           of(v, Q_CWND) > 1.3 * of(v, Q_IN_FLIGHT);
}

/*
 * All that there was has been sent, something always was on its way, and congestion control would
 * have allowed more. The kernel counts only part of the time in which a program waited for room. A
 * steady amount in flight is a full buffer, or a program that writes as steadily as that; a few
 * segments are no buffer.
 */
static struct verdict_side judge_sent(const struct evidence *e, const struct verdict *v,
                                      double waited)
{
    const struct gauge *flight = &e->gauge[E_IN_FLIGHT];
    bool is_steady = of(v, Q_IN_FLIGHT) >= 0.5 * flight->most &&
                     of(v, Q_IN_FLIGHT) >= 8 * of(v, Q_MSS);

    if (waited >= 0.05 || is_steady)
        return side(CAUSE_SENDER_BUFFER, waited >= 0.25 && is_steady);
    return side(CAUSE_SENDER_PROGRAM, of(v, Q_IN_FLIGHT) < 4 * of(v, Q_MSS));
}

/* Share of the time that was spent waiting for timeouts, where there were any. */
static double stalled(const struct evidence *e, const struct verdict *v)
{
    uint64_t silent_ns = e->silent_ns + (e->still > 1 ? e->last_ns - e->progress_ns : 0);
    double seen = part(e->in_timeout, e->frames), counted = 0;

    if (v->elapsed_ns && (double)silent_ns / (double)v->elapsed_ns > seen)
        seen = (double)silent_ns / (double)v->elapsed_ns;
    if (v->elapsed_ns)
        counted = of(v, Q_TIMEOUTS) * mean(e, E_RTO).value * 1e6 / (double)v->elapsed_ns;
    if (!of(v, Q_TIMEOUTS) && !e->in_timeout)
        return 0;
    return counted > seen ? counted : seen;
}

/* Of a whole life the queues are known at its end only, when they are empty. */
static struct verdict_side judge_life(const struct evidence *e, const struct verdict *v)
{
    double lost = of(v, Q_RETRANSMITTED), sent = e->growth[E_ACKED];
    double receiver = of(v, Q_RECEIVER), path = of(v, Q_PATH), sender = of(v, Q_SENDER);

    if (lost >= 0.01 && e->growth[E_RETRANS] >= 3)
        return judge_path(e, v);
    /* What goes out in the first window is held back by nothing. */
    if (!v->q[Q_PATH].known || sent < 20 * of(v, Q_MSS))
        return none;
    if (receiver >= 0.3 && receiver >= path && receiver >= sender)
        return side(CAUSE_RECEIVER_WINDOW, false);
    if (sender >= 0.6)
        return side(CAUSE_SENDER_PROGRAM, false);
    return path >= 0.6 ? judge_path(e, v) : none;
}

/* This end sends. */
static struct verdict_side judge_out(const struct evidence *e, const struct verdict *v)
{
    double idle = of(v, Q_IDLE), held = part(e->held, e->queues), waits = stalled(e, v);
    double receiver = of(v, Q_RECEIVER), path = of(v, Q_PATH), sender = of(v, Q_SENDER);
    double unfilled = sender - idle; /* all is sent, and some of it not acknowledged */

    if (!is_known(e, E_ACKED))
        return none;
    if (!e->growth[E_ACKED] && (idle >= 0.95 || !e->queues) && !e->growth[E_RETRANS])
        return side(CAUSE_IDLE, e->queues > 0);
    if (waits >= 0.2)
        return side(CAUSE_TIMEOUTS, waits >= 0.35);
    if (e->is_life)
        return judge_life(e, v);
    if (!v->q[Q_PATH].known)
        return none;
    if (receiver >= 0.3 && receiver >= path && receiver >= sender)
        return judge_receiver(e, v);
    if (idle >= 0.3)
        return judge_program(e, v, idle >= 0.5);
    /* The collector's times know no difference between a full buffer and a program that pauses. */
    if ((held < 0.25 || unfilled >= 0.15) && e->queues && of(v, Q_CWND) > 1.3 * of(v, Q_IN_FLIGHT))
        return judge_sent(e, v, e->is_collected ? 0 : unfilled);
    if (receiver >= 0.15 && fills_window(v))
        return judge_receiver(e, v);
    if (path >= 0.5)
        return judge_path(e, v);
    return none;
}

/* The other end sends: what this one sees of it. */
static struct verdict_side judge_in(const struct evidence *e, const struct verdict *v)
{
    double rtt = of(v, Q_LEAST_RTT) / 1e6, window = of(v, Q_OWN_WINDOW), used;
    double full = part(e->own_closed, e->gauge[E_UNREAD].count);
    double gaps = part(e->out_of_order, e->gauge[E_REASSEMBLY].count);
    struct quantity dup_acks = share(e, E_DUP_ACKS_OUT, E_SEGS_IN);

    if (!is_known(e, E_RECEIVED))
        return none;
    if (full >= 0.4 && !e->is_life)
        return side(CAUSE_RECEIVER_PROGRAM, full >= 0.6);
    if (!e->growth[E_RECEIVED])
        return side(CAUSE_IDLE, e->queues > 0);
    used = window > 0 ? of(v, Q_RATE_IN) * rtt / window : 0;
    if (used >= 0.7)
        return side(CAUSE_RECEIVER_WINDOW, used >= 0.8);
    if (v->q[Q_SEGMENT_IN].known && v->q[Q_MSS].known && v->q[Q_MSS].value <= MSS_SMALL)
        return side(CAUSE_SMALL_MSS, true);
    if (of(v, Q_ECN_IN) >= 0.0005)
        return side(CAUSE_ECN, true);
    if (gaps >= 0.1 ||
        (dup_acks.known && dup_acks.value >= 0.03 && e->growth[E_DUP_ACKS_OUT] >= 20))
        return side(CAUSE_GAPS, gaps >= 0.1 && dup_acks.known && dup_acks.value >= 0.03);
    return none;
}

/* Which direction a person is told of: the one that carries more; and where nothing moves the one
 * that something is known of. */
static enum direction choose_direction(const struct evidence *e, const struct verdict *v)
{
    double out = e->growth[E_ACKED], in = e->growth[E_RECEIVED];

    if (in > out)
        return DIRECTION_IN;
    return !out && v->side[DIRECTION_OUT].cause == CAUSE_IDLE &&
                   v->side[DIRECTION_IN].cause == CAUSE_RECEIVER_PROGRAM
               ? DIRECTION_IN
               : DIRECTION_OUT;
}

/* What queues and windows showed takes some readings to be sure of. */
#define FRAMES_FEW 10

static bool hangs_on_gauges(enum cause cause)
{
    return cause == CAUSE_SENDER_PROGRAM || cause == CAUSE_SENDER_BUFFER ||
           cause == CAUSE_RECEIVER_WINDOW || cause == CAUSE_RECEIVER_PROGRAM ||
           cause == CAUSE_IDLE_RESTART || cause == CAUSE_GAPS;
}

/* What was not watched, or not often enough, is not known for sure. */
static void doubt(const struct evidence *e, struct verdict_side *side)
{
    if (side->certainty == CERTAINTY_HIGH && side->cause != CAUSE_IDLE &&
        (e->is_life || (e->frames < FRAMES_FEW && hangs_on_gauges(side->cause))))
        side->certainty = CERTAINTY_LOW;
}

void verdict_make(const struct evidence *e, struct verdict *v)
{
    memset(v, 0, sizeof(*v));
    v->frames = e->frames;
    v->elapsed_ns = e->last_ns - e->first_ns;
    if (e->frames < 2 || (!v->elapsed_ns && !e->is_life))
        return;
    measure(e, v);
    v->side[DIRECTION_OUT] = judge_out(e, v);
    v->side[DIRECTION_IN] = judge_in(e, v);
    v->direction = choose_direction(e, v);
    for (unsigned i = 0; i < DIRECTIONS; i++)
        doubt(e, &v->side[i]);
}

void verdict_between(const struct reading *first, const struct reading *last,
                     struct verdict *verdict)
{
    struct evidence evidence;

    evidence_begin(&evidence);
    evidence_add(&evidence, first);
    evidence_add(&evidence, last);
    verdict_make(&evidence, verdict);
}
