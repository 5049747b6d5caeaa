/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How watch shows an interval: in place on a terminal, else as plain lines or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "print.h"
#include "report.h"
#include "table.h"
#include "term.h"
#include "watch.h"

static void rate_cell(struct table *table, struct maybe rate)
{
    char text[16] = "-";

    if (rate.known)
        format_rate(rate.value, text);
    table_cell(table, "%s", text);
}

static void count_cell(struct table *table, struct maybe count, const char *sign)
{
    if (count.known)
        table_cell(table, "%s%" PRIu64, sign, count.value);
    else
        table_cell(table, "-");
}

/* "path 85%, sender 15%": who had most of the time first, who had none not at all. */
static void limits_cell(struct table *table, const struct watched *w)
{
    static const char *const names[LIMITS] = {"receiver", "path", "sender"};
    char text[64] = "-";
    size_t length = 0;

    for (uint64_t percent = 100; w->share[0].known && percent > 0; percent--)
        for (unsigned i = 0; i < LIMITS; i++)
            if (w->share[i].value == percent)
                length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %u%%",
                                           length           ? ", "
                                           : w->approximate ? "~"
                                                            : "",
                                           names[i], (unsigned)percent);
    table_cell(table, "%s", text);
}

static void row(struct table *table, const struct watched *w)
{
    const char *state = state_name(w->conn.state);
    char label[CONN_LABEL_MAX];

    rate_cell(table, w->rate_out);
    rate_cell(table, w->rate_in);
    if (w->rtt_us.known)
        table_cell(table, "%.3f", (double)w->rtt_us.value / 1000);
    else
        table_cell(table, "-");
    count_cell(table, w->new_retrans, "+");
    count_cell(table, w->retrans, "");
    limits_cell(table, w);
    conn_label(&w->conn, label);
    if (backend_netns_name(&w->conn))
        table_cell(table, "%s %s", backend_netns_name(&w->conn), label);
    else
        table_cell(table, "%s", label);
    table_cell(table, "%s", state ? state : "-");
}

static void heads(struct table *table)
{
    static const char *const names[WATCH_COLUMNS] = {"OUT", "IN",           "RTT ms",     "RETR",
                                                     "ALL", "HELD BACK BY", "CONNECTION", "STATE"};

    for (size_t i = 0; i < WATCH_COLUMNS; i++)
        table_cell(table, "%s", names[i]);
}

/* The numbers first: a narrow window cuts what stands last. */
#define ALIGN "rrrrrlll"

struct frame {
    char **lines;
    size_t count;
};

static void add_line(const char *text, void *arg)
{
    struct frame *frame = arg;

    frame->lines[frame->count] = strdup(text);
    if (frame->lines[frame->count])
        frame->count++;
}

int watch_redraw(const struct watch *watch, struct failure *failure)
{
    size_t rows, columns, shown;
    struct table table;
    struct frame frame = {NULL, 0};
    char head[160], rest[64];
    int code;

    if (!term_is_live())
        return TOOL_OK;
    term_size(&rows, &columns);
    /* Four lines are not connections: two above, the columns' names, and what does not fit. */
    shown = rows > 4 ? rows - 4 : 0;
    if (shown > watch->count)
        shown = watch->count;
    frame.lines = calloc(shown + 4, sizeof(*frame.lines));
    if (!frame.lines)
        return fail_with(failure, TOOL_OTHER, "out of memory");
    snprintf(head, sizeof(head), "%zu connection%s%s, every %g s; Ctrl-C ends", watch->count,
             watch->count == 1 ? "" : "s", backend_list_limits() ? " of Wine's own" : "",
             (double)watch->tool->interval_ns / 1e9);
    add_line(head, &frame);
    add_line(watch->switched
                 ? "Data, SndCong, Path and FineRtt are switched on meanwhile where they were off"
                 : "",
             &frame);
    table_begin(&table, ALIGN);
    heads(&table);
    for (size_t i = 0; i < shown; i++)
        row(&table, &watch->items[i]);
    code = table_end(&table, add_line, &frame, failure);
    if (shown < watch->count) {
        snprintf(rest, sizeof(rest), "... and %zu more", watch->count - shown);
        add_line(rest, &frame);
    }
    if (!code)
        term_draw((const char *const *)frame.lines, frame.count);
    for (size_t i = 0; i < frame.count; i++)
        free(frame.lines[i]);
    free(frame.lines);
    return code;
}

/*
 * What the columns need in all but odd cases, so that the lines of one interval stand below those
 * of the one before. Where one needs more, all that follow have it, and the heading comes again.
 */
static const size_t usual_widths[WATCH_COLUMNS] = {9, 9, 9, 6, 8, 35, 43};

struct lines {
    const char *clock;
    const size_t *before, *now; /* widths */
    bool begun;
};

static void print_watched(const char *text, void *arg)
{
    struct lines *lines = arg;

    /* The first is the heading. */
    if (lines->begun || memcmp(lines->before, lines->now, WATCH_COLUMNS * sizeof(*lines->now)))
        print_line(stdout, "%s%s", lines->clock, text);
    lines->begun = true;
}

static int show_lines(struct watch *watch, const struct conns *closed, struct failure *failure)
{
    size_t before[WATCH_COLUMNS];
    time_t now = time(NULL);
    const struct tm *local = localtime(&now);
    char clock[16] = "", label[CONN_LABEL_MAX];
    struct lines lines = {clock, before, watch->widths, false};
    struct table table;
    int code;

    if (local)
        strftime(clock, sizeof(clock), "%H:%M:%S  ", local);
    memcpy(before, watch->widths, sizeof(before));
    if (watch->interval == 1)
        memcpy(watch->widths, usual_widths, sizeof(usual_widths));
    table_begin_wide(&table, ALIGN, watch->widths);
    heads(&table);
    for (size_t i = 0; i < watch->count; i++)
        row(&table, &watch->items[i]);
    code = table_end(&table, print_watched, &lines, failure);
    for (size_t i = 0; i < closed->count; i++) {
        const char *netns = backend_netns_name(&closed->items[i]);

        conn_label(&closed->items[i], label);
        print_line(stdout, "%s%s%s%s  closed", clock, netns ? netns : "", netns ? " " : "", label);
    }
    print_flush();
    return code;
}

static void json_maybe(struct json *json, const char *key, struct maybe number)
{
    if (number.known)
        json_number(json, key, number.value);
    else
        json_null(json, key);
}

/* Per cent of the interval. */
static void json_limits(struct json *json, const struct watched *w)
{
    json_object(json, "held_back_by");
    json_maybe(json, "receiver", w->share[LIMIT_RECEIVER]);
    json_maybe(json, "path", w->share[LIMIT_PATH]);
    json_maybe(json, "sender", w->share[LIMIT_SENDER]);
    json_bool(json, "approximate", w->approximate);
    json_close(json);
}

static void show_json(const struct watch *watch, const struct conns *closed)
{
    struct json json;

    report_begin(&json, watch->tool, false);
    json_number(&json, "interval", watch->interval);
    json_number(&json, "time", (uint64_t)time(NULL));
    json_array(&json, "connections");
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *w = &watch->items[i];

        report_conn(&json, &w->conn);
        json_maybe(&json, "elapsed_ns", (struct maybe){w->elapsed_ns > 0, w->elapsed_ns});
        json_maybe(&json, "rate_out", w->rate_out);
        json_maybe(&json, "rate_in", w->rate_in);
        json_maybe(&json, "bytes_out", w->bytes_out);
        json_maybe(&json, "bytes_in", w->bytes_in);
        json_maybe(&json, "rtt_us", w->rtt_us);
        json_maybe(&json, "new_retransmissions", w->new_retrans);
        json_maybe(&json, "retransmissions", w->retrans);
        json_limits(&json, w);
        json_close(&json);
    }
    json_close(&json);
    json_array(&json, "closed");
    for (size_t i = 0; i < closed->count; i++) {
        report_conn(&json, &closed->items[i]);
        json_close(&json);
    }
    json_end(&json);
    print_flush();
}

int watch_show(struct watch *watch, const struct conns *closed, struct failure *failure)
{
    if (term_is_live())
        return watch_redraw(watch, failure);
    if (!watch->tool->json)
        return show_lines(watch, closed, failure);
    show_json(watch, closed);
    return TOOL_OK;
}
