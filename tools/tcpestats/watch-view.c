/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How watch shows an interval as plain lines or JSON, and the cells of its rows. */
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

void watch_held_text(const struct watched *w, const struct verdict *verdict,
                     char text[HELD_TEXT_MAX])
{
    static const char *const names[LIMITS] = {"receiver", "path", "sender"};
    size_t length = 0;

    strcpy(text, "-");
    if (verdict->frames > 1 && !verdict_has_sent(verdict))
        return;
    for (uint64_t percent = 100; w->share[0].known && percent > 0; percent--)
        for (unsigned i = 0; i < LIMITS; i++)
            if (w->share[i].value == percent)
                length += (size_t)snprintf(text + length, HELD_TEXT_MAX - length, "%s%s %u%%",
                                           length           ? ", "
                                           : w->approximate ? "~"
                                                            : "",
                                           names[i], (unsigned)percent);
}

/* The code; with a question mark where other causes would look alike. */
static void why_cell(struct table *table, const struct verdict *v)
{
    const struct verdict_side *side = &v->side[v->direction];

    if (v->frames < 2)
        table_cell(table, "-");
    else
        table_cell(table, "%s%s", cause_code(side->cause),
                   side->certainty == CERTAINTY_LOW ? "?" : "");
}

static void label_cell(struct table *table, const struct watched *w, bool whole)
{
    const char *netns = backend_netns_name(&w->conn);
    char label[CONN_LABEL_MAX];

    if (whole)
        conn_label(&w->conn, label);
    else
        endpoint_format(&w->conn.remote, "", label);
    table_cell(table, "%s%s%s", netns ? netns : "", netns ? " " : "", label);
}

const struct watch_head watch_heads[COLUMNS] = {
    [COLUMN_OUT] = {"OUT", 'r'},           [COLUMN_IN] = {"IN", 'r'},
    [COLUMN_RTT] = {"RTT ms", 'r'},        [COLUMN_NEW_RETRANS] = {"RETR", 'r'},
    [COLUMN_RETRANS] = {"ALL", 'r'},       [COLUMN_WHY] = {"WHY", 'l'},
    [COLUMN_HELD] = {"HELD BACK BY", 'l'}, [COLUMN_CONNECTION] = {"CONNECTION", 'l'},
    [COLUMN_STATE] = {"STATE", 'l'},       [COLUMN_BOTH] = {"RATE", 'r'},
    [COLUMN_REMOTE] = {"REMOTE", 'l'},
};

void watch_cell(struct table *table, enum watch_column column, const struct watched *w,
                const struct verdict *verdict)
{
    const char *state = state_name(w->conn.state);
    char text[HELD_TEXT_MAX];

    switch (column) {
    case COLUMN_OUT:
        rate_cell(table, w->rate_out);
        break;
    case COLUMN_IN:
        rate_cell(table, w->rate_in);
        break;
    case COLUMN_BOTH:
        rate_cell(table, (struct maybe){w->rate_out.known && w->rate_in.known,
                                        w->rate_out.value + w->rate_in.value});
        break;
    case COLUMN_RTT:
        if (w->rtt_us.known)
            table_cell(table, "%.3f", (double)w->rtt_us.value / 1000);
        else
            table_cell(table, "-");
        break;
    case COLUMN_NEW_RETRANS:
        count_cell(table, w->new_retrans, "+");
        break;
    case COLUMN_RETRANS:
        count_cell(table, w->retrans, "");
        break;
    case COLUMN_WHY:
        why_cell(table, verdict);
        break;
    case COLUMN_HELD:
        watch_held_text(w, verdict, text);
        table_cell(table, "%s", text);
        break;
    case COLUMN_STATE:
        table_cell(table, "%s", state ? state : "-");
        break;
    default:
        label_cell(table, w, column == COLUMN_CONNECTION);
    }
}

/*
 * What the columns need in all but odd cases, so that the lines of one interval stand below those
 * of the one before. Where one needs more, all that follow have it, and the heading comes again.
 */
static const size_t usual_widths[WATCH_COLUMNS] = {9, 9, 9, 6, 8, 17, 35, 43};

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
    time_t now = (time_t)(backend_shown_ns() / 1000000000);
    const struct tm *local = localtime(&now);
    char clock[16] = "", label[CONN_LABEL_MAX], ending[ENDING_TEXT_MAX];
    struct lines lines = {clock, before, watch->widths, false};
    struct verdict verdict;
    struct table table;
    int code;

    if (local)
        strftime(clock, sizeof(clock), "%H:%M:%S  ", local);
    memcpy(before, watch->widths, sizeof(before));
    if (watch->interval == 1)
        memcpy(watch->widths, usual_widths, sizeof(usual_widths));
    table_begin_wide(&table, "rrrrrllll", watch->widths);
    for (unsigned column = 0; column < WATCH_COLUMNS; column++)
        table_cell(&table, "%s", watch_heads[column].name);
    for (size_t i = 0; i < watch->count; i++) {
        watch_verdict(&watch->items[i], &verdict);
        for (unsigned column = 0; column < WATCH_COLUMNS; column++)
            watch_cell(&table, column, &watch->items[i], &verdict);
    }
    code = table_end(&table, print_watched, &lines, failure);
    for (size_t i = 0; i < closed->count; i++) {
        const char *netns = backend_netns_name(&closed->items[i]);

        conn_label(&closed->items[i], label);
        report_ending(&closed->items[i], ending);
        print_line(stdout, "%s%s%s%s%s", clock, netns ? netns : "", netns ? " " : "", label,
                   ending[0] ? ending : "  closed");
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

static void json_verdict(struct json *json, const struct watched *w)
{
    struct verdict verdict;

    watch_verdict(w, &verdict);
    json_object(json, "verdict");
    report_verdict(json, &verdict);
    json_close(json);
}

static void show_json(const struct watch *watch, const struct conns *closed)
{
    uint64_t now = backend_shown_ns();
    struct json json;

    report_begin(&json, watch->tool, false);
    json_number(&json, "interval", watch->interval);
    json_number(&json, "time", now / 1000000000);
    json_number(&json, "time_us", now / 1000);
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
        json_verdict(&json, w);
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
