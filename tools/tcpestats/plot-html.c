/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One page that opens without a network: what is to be said of the connections, a table of them,
 * and pictures of the busiest, each by itself within the page.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conns.h"
#include "plot.h"
#include "utf8.h"

#define PICTURES_MAX 8
#define ROWS_MAX 500

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:\">\n"
    "<title>TCP connections</title>\n<style>\n"
    "body { font: 16px/1.45 sans-serif; color: #222; max-width: 76em; margin: 1.5em auto; "
    "padding: 0 1em }\n"
    "table { border-collapse: collapse; font-size: 14px }\n"
    ".wide { overflow-x: auto }\n"
    "th, td { padding: .25em .7em; text-align: right; border-bottom: 1px solid #ddd; "
    "white-space: nowrap }\n"
    "th:first-child, td:first-child, th.text, td.text { text-align: left }\n"
    "img { width: 100%; max-width: 800px; height: auto }\n"
    "h2 { font-size: 1.1em; margin-top: 2em; overflow-wrap: anywhere }\n"
    "</style>\n</head>\n<body>\n";

struct page {
    char *text;
    size_t size, room;
    bool failed;
};

static void put(struct page *page, const char *bytes, size_t size)
{
    if (page->size + size + 1 > page->room) {
        size_t room = 2 * (page->size + size + 1);
        char *grown = realloc(page->text, room);

        if (!grown) {
            page->failed = true;
            return;
        }
        page->text = grown;
        page->room = room;
    }
    memcpy(page->text + page->size, bytes, size);
    page->size += size;
}

static void add(struct page *page, const char *fmt, ...) TOOL_PRINTF(2, 3);

/* Of markup that is ours. */
static void add(struct page *page, const char *fmt, ...)
{
    char text[1000];
    va_list args;
    int length;

    va_start(args, fmt);
    length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (length > 0)
        put(page, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

/* Text of others: nothing in it is markup, and everything in it shows. */
static void add_text(struct page *page, const char *text)
{
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);

        if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
            add(page, "&#%u;", (unsigned)c);
        else if (utf8_is_printable(c))
            put(page, start, (size_t)(text - start));
        else
            add(page, "?");
    }
}

static void add_base64(struct page *page, const struct picture *picture)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *bytes = (const unsigned char *)picture->bytes;

    for (size_t i = 0; i < picture->size; i += 3) {
        size_t left = picture->size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63],
                        left > 1 ? digits[three >> 6 & 63] : '=',
                        left > 2 ? digits[three & 63] : '='};

        put(page, four, sizeof(four));
    }
}

/* "path 85 %, sender 15 %"; of who had most first. */
static void add_limits(struct page *page, const struct course *course)
{
    static const char *const names[LIMITS] = {"receiver", "path", "sender"};
    bool any = false;

    if (!course_is_sender(course)) {
        add(page, "-");
        return;
    }
    for (int percent = 100; percent > 0; percent--)
        for (unsigned i = 0; i < LIMITS; i++) {
            double share = stretch_share(&course->all, i);

            if (isnan(share) || (int)(share + 0.5) != percent)
                continue;
            add(page, "%s%s %d %%", any ? ", " : course->approximate ? "~" : "", names[i], percent);
            any = true;
        }
    if (!any)
        add(page, "-");
}

static void add_ms(struct page *page, double us)
{
    if (isnan(us))
        add(page, "<td>-</td>");
    else
        add(page, "<td>%.3f ms</td>", us / 1000);
}

static void add_row(struct page *page, const struct course *course)
{
    const struct stretch *all = &course->all;
    char label[CONN_LABEL_MAX], text[AMOUNT_MAX];
    size_t count;
    const struct owner *owners = backend_owners(&course->conn, &count);

    conn_label(&course->conn, label);
    add(page, "<tr><td>");
    add_text(page, label);
    add(page, "</td><td class=\"text\">");
    for (size_t i = 0; i < count && i < 3; i++) {
        add(page, "%s", i ? ", " : "");
        add_text(page, owners[i].name[0] ? owners[i].name : "?");
        add(page, "(%u)", (unsigned)owners[i].pid);
    }
    add(page, "%s</td><td>%.1f s</td>", count ? "" : "-", course->end - course->begin);
    format_size(all->bytes_out, text);
    add(page, "<td>%s</td>", text);
    format_size(all->bytes_in, text);
    add(page, "<td>%s</td>", text);
    if (course->segments > 0)
        add(page, "<td>%.2f %%</td>", 100 * all->retransmitted / course->segments);
    else
        add(page, "<td>-</td>");
    add_ms(page, all->least_rtt_us);
    add_ms(page, all->rtt_us);
    add(page, "<td class=\"text\">");
    add_limits(page, course);
    add(page, "</td></tr>\n");
}

static void add_table(struct page *page, const struct courses *courses)
{
    add(page,
        "<div class=\"wide\"><table>\n<tr><th>connection</th><th class=\"text\">process</th>"
        "<th>seen for</th><th>sent</th><th>received</th><th>retransmitted</th>"
        "<th>least round trip</th><th>smoothed</th><th class=\"text\">held back by</th></tr>\n");
    for (size_t i = 0; i < courses->count && i < ROWS_MAX; i++)
        add_row(page, courses->items[i]);
    add(page, "</table></div>\n");
    if (courses->count > ROWS_MAX)
        add(page, "<p>... and %zu more.</p>\n", courses->count - ROWS_MAX);
}

/* What `tcpestats why` says of it. */
static void add_verdict(struct page *page, const struct course *course)
{
    struct verdict verdict;
    char text[VERDICT_TEXT_MAX];
    const char *advice;

    verdict_make(&course->evidence, &verdict);
    verdict_sentence(&verdict, verdict.direction, text);
    advice = cause_advice(verdict.side[verdict.direction].cause, verdict.direction);
    add(page, "<p class=\"verdict\"><strong>");
    add_text(page, text);
    add(page, "</strong>");
    if (advice) {
        add(page, " What could be done: ");
        add_text(page, advice);
    }
    add(page, "</p>\n");
}

static int add_picture(struct page *page, const struct courses *courses,
                       const struct course *course, struct failure *failure)
{
    struct picture picture;
    char label[CONN_LABEL_MAX], line[COURSE_LINE_MAX];

    if (plot_picture(courses, course, "svg", &picture, failure))
        return failure->code;
    conn_label(&course->conn, label);
    course_line(course, line);
    add(page, "<h2>");
    add_text(page, label);
    add(page, "</h2>\n");
    add_verdict(page, course);
    add(page, "<p><img alt=\"course of ");
    add_text(page, label);
    add(page, ": %s\" src=\"data:image/svg+xml;base64,", line);
    add_base64(page, &picture);
    add(page, "\"></p>\n");
    free(picture.bytes);
    return TOOL_OK;
}

int plot_html(const struct courses *courses, const char *file, struct picture *out,
              struct failure *failure)
{
    struct page page = {NULL, 0, 0, false};
    time_t started = (time_t)(courses->started_ns / 1000000000);
    const struct tm *parts = gmtime(&started);
    char when[64] = "";
    int code = TOOL_OK;

    if (parts)
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", parts);
    put(&page, head, sizeof(head) - 1);
    add(&page, "<h1>TCP connections</h1>\n<p>");
    add_text(&page, file);
    add(&page, ": recorded from %s on, for %.1f seconds; %zu connection%s.</p>\n", when,
        courses->end, courses->count, courses->count == 1 ? "" : "s, the busiest first");
    add_table(&page, courses);
    for (size_t i = 0; i < courses->count && i < PICTURES_MAX && !code; i++)
        code = add_picture(&page, courses, courses->items[i], failure);
    add(&page, "</body>\n</html>\n");
    if (page.failed && !code)
        code = fail_with(failure, TOOL_OTHER, "out of memory");
    if (code)
        free(page.text);
    else
        *out = (struct picture){page.text, page.size};
    return code;
}
