/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From readings to the courses of numbers that are drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "plot.h"
#include "progress.h"

struct gathering {
    struct courses *courses;
    const struct selection *selection;
    uint64_t start_ns; /* of the first reading, 0: there was none */
    double interval;
    struct failure *failure;
};

static struct maybe total(const struct reading *readings, enum tcpestats_field_id id)
{
    struct member_value value = member_read(&readings[tcpestats_field(id)->cls], id);

    return (struct maybe){value.known, value.value};
}

static double number(const struct reading *readings, enum tcpestats_field_id id)
{
    struct maybe value = total(readings, id);

    return value.known ? (double)value.value : NAN;
}

/* How much more it is than before. */
static double more(struct maybe *before, struct maybe now)
{
    double out = before->known && now.known && now.value >= before->value
                     ? (double)(now.value - before->value)
                     : 0;

    *before = now;
    return out;
}

static struct stretch nothing(void)
{
    struct stretch out = {.rtt_us = NAN, .least_rtt_us = NAN, .cwnd = NAN, .in_flight = NAN};

    return out;
}

/* Takes in a later stretch. */
static void join(struct stretch *to, const struct stretch *later)
{
    to->seconds += later->seconds;
    to->bytes_out += later->bytes_out;
    to->bytes_in += later->bytes_in;
    to->retransmitted += later->retransmitted;
    for (unsigned i = 0; i < LIMITS; i++)
        to->limit_ms[i] += later->limit_ms[i];
    to->rtt_us = isnan(later->rtt_us) ? to->rtt_us : later->rtt_us;
    to->least_rtt_us = isnan(later->least_rtt_us) ? to->least_rtt_us : later->least_rtt_us;
    to->cwnd = fmax(to->cwnd, later->cwnd);
    to->in_flight = fmax(to->in_flight, later->in_flight);
}

/* Makes room for a moment: each stretch gets twice as long as often as needed. */
static int reach(struct course *course, double time, size_t *at, struct failure *failure)
{
    while (time >= course->width * STRETCHES_MAX) {
        for (size_t i = 0; i < course->count; i += 2) {
            struct stretch joined = course->stretches[i];

            if (i + 1 < course->count)
                join(&joined, &course->stretches[i + 1]);
            course->stretches[i / 2] = joined;
        }
        course->count = (course->count + 1) / 2;
        course->width *= 2;
    }
    *at = (size_t)(time / course->width);
    if (*at >= course->count) {
        struct stretch *grown = realloc(course->stretches, (*at + 1) * sizeof(*grown));

        if (!grown)
            return fail_with(failure, TOOL_OTHER, "out of memory");
        course->stretches = grown;
        while (course->count <= *at)
            grown[course->count++] = nothing();
    }
    return TOOL_OK;
}

static int add_reading(struct course *course, const struct reading *readings, double time,
                       struct failure *failure)
{
    static const enum tcpestats_field_id limits[LIMITS] = {
        [LIMIT_RECEIVER] = TCPESTATS_F_SndCong_SndLimTimeRwin,
        [LIMIT_PATH] = TCPESTATS_F_SndCong_SndLimTimeCwnd,
        [LIMIT_SENDER] = TCPESTATS_F_SndCong_SndLimTimeSnd,
    };
    uint64_t time_ns = readings[TCPESTATS_DATA].time_ns;
    struct stretch now = nothing();
    size_t at;

    if (course->time_ns && time_ns > course->time_ns)
        now.seconds = (double)(time_ns - course->time_ns) / 1e9;
    course->time_ns = time_ns;
    course->end = time;
    now.bytes_out = more(&course->bytes_out, total(readings, TCPESTATS_F_Data_DataBytesOut));
    now.bytes_in = more(&course->bytes_in, total(readings, TCPESTATS_F_Data_DataBytesIn));
    now.retransmitted = more(&course->retrans, total(readings, TCPESTATS_F_Path_PktsRetrans));
    course->segments += more(&course->segments_out, total(readings, TCPESTATS_F_Data_DataSegsOut));
    for (unsigned i = 0; i < LIMITS; i++) {
        struct member_value value = member_read(&readings[TCPESTATS_SND_CONG], limits[i]);

        now.limit_ms[i] = more(&course->limit_ms[i], total(readings, limits[i]));
        /* The collector's are called approximate as well, but are good to a few per cent. */
        course->approximate |= value.backend && strcmp(value.backend, "collector") &&
                               !strcmp(value.fidelity, "approximate");
    }
    now.rtt_us = number(readings, TCPESTATS_F_FineRtt_SumRtt); /* Windows' name for the smoothed */
    now.least_rtt_us = number(readings, TCPESTATS_F_FineRtt_MinRtt);
    now.cwnd = number(readings, TCPESTATS_F_SndCong_CurCwnd);
    now.in_flight = number(readings, TCPESTATS_F_SendBuff_CurRetxQueue);
    evidence_add(&course->evidence, readings);
    if (reach(course, time, &at, failure))
        return failure->code;
    join(&course->stretches[at], &now);
    join(&course->all, &now);
    return TOOL_OK;
}

/* The recording gives its connections numbers from 1 on, which are their places here. */
static int find_course(struct gathering *g, const struct conn *conn, double time,
                       struct course **found)
{
    struct courses *courses = g->courses;

    if (conn->identity > courses->room) {
        size_t room = 2 * conn->identity + 64;
        struct course **grown = realloc(courses->items, room * sizeof(struct course *));

        if (!grown)
            return fail_with(g->failure, TOOL_OTHER, "out of memory");
        memset(grown + courses->room, 0, (room - courses->room) * sizeof(struct course *));
        courses->items = grown;
        courses->room = room;
    }
    if (conn->identity > courses->count)
        courses->count = conn->identity;
    *found = courses->items[conn->identity - 1];
    if (*found)
        return TOOL_OK;
    *found = calloc(1, sizeof(**found));
    if (!*found)
        return fail_with(g->failure, TOOL_OTHER, "out of memory");
    **found = (struct course){.begin = time, .width = g->interval, .all = nothing(), .conn = *conn};
    evidence_begin(&(*found)->evidence);
    courses->items[conn->identity - 1] = *found;
    return TOOL_OK;
}

static int visit(const struct conn *conn, const struct reading *readings, void *arg)
{
    struct gathering *g = arg;
    uint64_t time_ns = readings[TCPESTATS_DATA].time_ns;
    struct course *course;
    double time;

    if (!selection_matches(g->selection, conn))
        return 0;
    if (!g->start_ns)
        g->start_ns = time_ns;
    time = time_ns > g->start_ns ? (double)(time_ns - g->start_ns) / 1e9 : 0;
    if (find_course(g, conn, time, &course))
        return g->failure->code;
    course->conn.state = conn->state;
    g->courses->end = fmax(g->courses->end, time);
    return add_reading(course, readings, time, g->failure);
}

static int busiest_first(const void *a, const void *b)
{
    const struct course *const *first = a, *const *second = b;
    double one = (*first)->all.bytes_out + (*first)->all.bytes_in;
    double other = (*second)->all.bytes_out + (*second)->all.bytes_in;

    if (one != other)
        return one > other ? -1 : 1;
    if (course_is_sender(*first) != course_is_sender(*second))
        return course_is_sender(*first) ? -1 : 1;
    return conn_compare(&(*first)->conn, &(*second)->conn);
}

int courses_read(struct courses *courses, const struct tool *tool, struct failure *failure)
{
    struct selection selection;
    struct gathering g = {.courses = courses, .selection = &selection, .failure = failure};
    bool going = true;
    int code = selection_parse(&selection, tool->args + 1, tool->arg_count - 1, failure);
    size_t kept = 0;

    *courses = (struct courses){.started_ns = backend_shown_ns()};
    g.interval = (double)backend_interval_ns() / 1e9;
    while (!code && going) {
        code = backend_sweep(EVIDENCE_CLASSES, visit, &g, failure);
        if (!code)
            code = backend_play(0, &going, failure);
    }
    progress_end();
    for (size_t i = 0; i < courses->count; i++)
        if (courses->items[i])
            courses->items[kept++] = courses->items[i];
    courses->count = kept;
    if (kept)
        qsort(courses->items, kept, sizeof(struct course *), busiest_first);
    if (!code && !kept)
        code = fail_with(failure, TOOL_NOT_FOUND, "no TCP connection matched");
    selection_free(&selection);
    return code;
}

void courses_free(struct courses *courses)
{
    for (size_t i = 0; i < courses->count; i++) {
        free(courses->items[i]->stretches);
        free(courses->items[i]);
    }
    free(courses->items);
}

bool course_is_sender(const struct course *course)
{
    return course->all.bytes_out >= course->all.bytes_in;
}

double stretch_share(const struct stretch *stretch, unsigned limit)
{
    double all = 0;

    for (unsigned i = 0; i < LIMITS; i++)
        all += stretch->limit_ms[i];
    return all > 0 ? 100 * stretch->limit_ms[limit] / all : NAN;
}

static void format_scaled(double value, const char *unit, char text[AMOUNT_MAX])
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    unsigned i = 0;

    while (value >= 999.5 && i < 4) {
        value /= 1000;
        i++;
    }
    snprintf(text, AMOUNT_MAX,
             value < 10 && i    ? "%.2f %s%s"
             : value < 100 && i ? "%.1f %s%s"
                                : "%.0f %s%s",
             value, prefixes[i], unit);
}

void format_size(double bytes, char text[AMOUNT_MAX])
{
    format_scaled(bytes, "B", text);
}

void format_bits(double bytes_per_second, char text[AMOUNT_MAX])
{
    format_scaled(8 * bytes_per_second, "bit/s", text);
}

void course_line(const struct course *course, char text[COURSE_LINE_MAX])
{
    const struct stretch *all = &course->all;
    const char *ending = backend_ending(&course->conn);
    char sent[AMOUNT_MAX], received[AMOUNT_MAX];

    format_size(all->bytes_out, sent);
    format_size(all->bytes_in, received);
    snprintf(text, COURSE_LINE_MAX,
             "%s sent, %s received, %.0f segment%s retransmitted (%.2f %%)%s%s", sent, received,
             all->retransmitted, all->retransmitted == 1 ? "" : "s",
             course->segments > 0 ? 100 * all->retransmitted / course->segments : 0.0,
             ending ? "; ended: " : "", ending ? ending : "");
}
