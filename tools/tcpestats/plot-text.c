/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small plot for a terminal. */
#include <math.h>
#include <string.h>

#include "conns.h"
#include "plot.h"
#include "print.h"

#define LEVELS 8 /* of a block */
#define LABEL "%-12s"
#define LABEL_WIDTH 13
#define COLUMNS_MAX 200

static const char *const blocks[LEVELS + 1] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/* A number of each column; NAN: nothing is known. */
typedef double (*value_fn)(const struct stretch *stretch);

static double rate_out(const struct stretch *s)
{
    return s->seconds > 0 ? s->bytes_out / s->seconds : NAN;
}

static double rate_in(const struct stretch *s)
{
    return s->seconds > 0 ? s->bytes_in / s->seconds : NAN;
}

static double round_trip(const struct stretch *s)
{
    return s->rtt_us / 1000;
}

static double window(const struct stretch *s)
{
    return s->cwnd;
}

static double in_flight(const struct stretch *s)
{
    return s->in_flight;
}

/* The stretches of one column as one. false: there is none. */
static bool column_of(const struct course *course, size_t column, size_t columns, double end,
                      struct stretch *out)
{
    double from = end * (double)column / (double)columns;
    double to = end * (double)(column + 1) / (double)columns;
    bool any = false;

    *out = (struct stretch){.rtt_us = NAN, .least_rtt_us = NAN, .cwnd = NAN, .in_flight = NAN};
    for (size_t i = (size_t)(from / course->width); i < course->count; i++) {
        const struct stretch *s = &course->stretches[i];

        /* More columns than stretches: one stands in several. */
        if ((double)i * course->width >= to)
            break;
        if (s->seconds <= 0 && isnan(s->cwnd))
            continue;
        out->seconds += s->seconds;
        out->bytes_out += s->bytes_out;
        out->bytes_in += s->bytes_in;
        out->retransmitted += s->retransmitted;
        for (unsigned l = 0; l < LIMITS; l++)
            out->limit_ms[l] += s->limit_ms[l];
        out->rtt_us = fmax(out->rtt_us, s->rtt_us);
        out->cwnd = fmax(out->cwnd, s->cwnd);
        out->in_flight = fmax(out->in_flight, s->in_flight);
        any = true;
    }
    return any;
}

static void format_ms(double ms, char text[AMOUNT_MAX])
{
    snprintf(text, AMOUNT_MAX, "%.*f ms", ms < 10 ? 2 : ms < 100 ? 1 : 0, ms);
}

static void graph(const char *name, value_fn value, void (*format)(double, char[AMOUNT_MAX]),
                  const struct stretch *columns, const bool *there, size_t count)
{
    char line[COLUMNS_MAX * 4 + 1], most_text[AMOUNT_MAX];
    double most = 0;
    size_t rows = 3;

    for (size_t i = 0; i < count; i++)
        if (there[i] && value(&columns[i]) > most)
            most = value(&columns[i]);
    if (most <= 0)
        return;
    format(most, most_text);
    for (size_t row = rows; row-- > 0;) {
        size_t length = 0;

        for (size_t i = 0; i < count; i++) {
            double level = there[i] ? value(&columns[i]) / most * (double)(rows * LEVELS) : 0;
            double here = isnan(level) ? 0 : level - (double)(row * LEVELS);
            unsigned block = here <= 0 ? 0 : here >= LEVELS ? LEVELS : (unsigned)ceil(here);

            length += (size_t)snprintf(line + length, sizeof(line) - length, "%s", blocks[block]);
        }
        print_line(stdout, LABEL " %s", row == rows - 1 ? name : row == 0 ? "0" : most_text, line);
    }
}

/* Who had most of the time; and where something was sent again. */
static void bands(const struct course *course, const struct stretch *columns, const bool *there,
                  size_t count)
{
    static const char letters[LIMITS] = {'r', 'p', 's'};
    char limits[COLUMNS_MAX + 1], marks[COLUMNS_MAX + 1];

    memset(limits, ' ', sizeof(limits));
    memset(marks, ' ', sizeof(marks));
    limits[count] = marks[count] = 0;
    for (size_t i = 0; i < count; i++) {
        double best = 0;

        for (unsigned l = 0; l < LIMITS && there[i]; l++) {
            double share = stretch_share(&columns[i], l);

            if (share > best) {
                best = share;
                limits[i] = letters[l];
            }
        }
        if (there[i] && columns[i].retransmitted > 0)
            marks[i] = 'x';
    }
    print_line(stdout, LABEL " %s", "sent again", marks);
    if (course_is_sender(course))
        print_line(stdout, LABEL " %s", "held back by", limits);
}

void plot_text(const struct courses *courses, const struct course *course, size_t columns)
{
    static struct stretch stretches[COLUMNS_MAX];
    static bool there[COLUMNS_MAX];
    size_t count = columns > LABEL_WIDTH + 20 ? columns - LABEL_WIDTH : 20;
    double end = courses->end > 0 ? courses->end : 1;
    char label[CONN_LABEL_MAX], line[COURSE_LINE_MAX];

    if (count > COLUMNS_MAX)
        count = COLUMNS_MAX;
    conn_label(&course->conn, label);
    course_line(course, line);
    print_line(stdout, "%s", label);
    print_line(stdout, "%s", line);
    for (size_t i = 0; i < count; i++)
        there[i] = column_of(course, i, count, end, &stretches[i]);
    graph("sending", rate_out, format_bits, stretches, there, count);
    graph("receiving", rate_in, format_bits, stretches, there, count);
    graph("round trip", round_trip, format_ms, stretches, there, count);
    if (course_is_sender(course)) {
        graph("congestion", window, format_size, stretches, there, count);
        graph("in flight", in_flight, format_size, stretches, there, count);
    }
    bands(course, stretches, there, count);
    print_line(stdout, LABEL " 0%*.1f s", "", (int)count - 3, courses->end);
    if (course_is_sender(course))
        print_line(stdout, "r: the receiver's window, p: the path, s: the sender itself%s",
                   course->approximate ? " (approximate)" : "");
}
