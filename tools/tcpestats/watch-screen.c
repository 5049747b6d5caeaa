/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The live view of watch, in place on a terminal: what the keys do, and what is drawn. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "term.h"
#include "utf8.h"
#include "watch.h"

/* ---- A picture: lines, one of which may be marked ---- */

struct frame {
    char **lines;
    size_t count, room, columns;
    size_t marked; /* count: none */
};

static void add_line(const char *text, void *arg)
{
    struct frame *frame = arg;

    if (frame->count < frame->room)
        frame->lines[frame->count] = strdup(text);
    if (frame->count < frame->room && frame->lines[frame->count])
        frame->count++;
}

static void TOOL_PRINTF(2, 3) add_text(struct frame *frame, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    utf8_make_printable(text);
    add_line(text, frame);
}

/* ---- Which columns a window has room for ---- */

/* What columns need in all but odd cases; 0: as much as the longest name. */
static const size_t usual_widths[COLUMNS] = {
    [COLUMN_OUT] = 9,         [COLUMN_IN] = 9,      [COLUMN_RTT] = 9,
    [COLUMN_NEW_RETRANS] = 6, [COLUMN_RETRANS] = 8, [COLUMN_WHY] = 17,
    [COLUMN_HELD] = 35,       [COLUMN_STATE] = 11,  [COLUMN_BOTH] = 9,
};

/* From wide to narrow. */
static const struct layout {
    unsigned char columns[WATCH_COLUMNS], count;
} layouts[] = {
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_NEW_RETRANS, COLUMN_RETRANS, COLUMN_WHY,
      COLUMN_HELD, COLUMN_CONNECTION, COLUMN_STATE},
     9},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_NEW_RETRANS, COLUMN_WHY, COLUMN_HELD,
      COLUMN_CONNECTION},
     7},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_NEW_RETRANS, COLUMN_RETRANS, COLUMN_WHY,
      COLUMN_CONNECTION},
     7},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_NEW_RETRANS, COLUMN_WHY, COLUMN_CONNECTION}, 6},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_NEW_RETRANS, COLUMN_WHY, COLUMN_REMOTE}, 6},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_RTT, COLUMN_WHY, COLUMN_REMOTE}, 5},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_WHY, COLUMN_REMOTE}, 4},
    {{COLUMN_OUT, COLUMN_IN, COLUMN_REMOTE}, 3},
    {{COLUMN_BOTH, COLUMN_REMOTE}, 2},
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

/* The lengths of the longest names. */
struct names {
    size_t whole, remote;
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static struct names measure(const struct watch *watch)
{
    struct names names = {10, 6}; /* their heads */

    for (size_t i = 0; i < watch->count; i++) {
        const struct conn *conn = &watch->items[i].conn;
        const char *netns = backend_netns_name(conn);
        size_t more = netns ? utf8_length(netns) + 1 : 0;
        char label[CONN_LABEL_MAX];

        conn_label(conn, label);
        names.whole = larger(names.whole, more + utf8_length(label));
        endpoint_format(&conn->remote, "", label);
        names.remote = larger(names.remote, more + utf8_length(label));
    }
    return names;
}

static size_t width_of(const struct layout *layout, const struct names *names)
{
    size_t width = 2 * (size_t)(layout->count - 1);

    for (size_t i = 0; i < layout->count; i++)
        width += layout->columns[i] == COLUMN_CONNECTION ? names->whole
                 : layout->columns[i] == COLUMN_REMOTE   ? names->remote
                                                         : usual_widths[layout->columns[i]];
    return width;
}

static const struct layout *choose_layout(const struct watch *watch, size_t columns)
{
    const struct names names = measure(watch);
    size_t i = 0;

    while (i + 1 < LAYOUTS && width_of(&layouts[i], &names) > columns)
        i++;
    return &layouts[i];
}

/* ---- The list ---- */

static const char *const sort_names[SORTS] = {
    [SORT_BOTH] = "both rates",
    [SORT_OUT] = "OUT",
    [SORT_IN] = "IN",
    [SORT_RTT] = "RTT",
    [SORT_NEW_RETRANS] = "RETR",
    [SORT_RETRANS] = "ALL",
    [SORT_CONNECTION] = "CONNECTION",
};

static struct watched *find_selected(const struct watch *watch)
{
    for (size_t i = 0; i < watch->count && watch->screen.has_selected; i++)
        if (!conn_compare(&watch->items[i].conn, &watch->screen.selected))
            return &watch->items[i];
    return NULL;
}

/* Shows as many rows as there is room for, the selected one among them. */
static size_t scroll(struct watch *watch, size_t room)
{
    const struct watched *selected = find_selected(watch);
    size_t shown = watch->count < room ? watch->count : room;
    size_t at = selected ? (size_t)(selected - watch->items) : 0;

    if (!selected)
        watch->screen.top = 0;
    if (at < watch->screen.top)
        watch->screen.top = at;
    if (at >= watch->screen.top + shown)
        watch->screen.top = at - shown + (shown > 0);
    if (watch->screen.top + shown > watch->count)
        watch->screen.top = watch->count - shown;
    return shown;
}

static int draw_list(struct watch *watch, size_t rows, struct frame *frame, struct failure *failure)
{
    const struct layout *layout = choose_layout(watch, frame->columns);
    const struct watched *selected = find_selected(watch);
    /* The names of the columns, and how many rows are not shown. */
    size_t shown = scroll(watch, rows > frame->count + 2 ? rows - frame->count - 2 : 0);
    size_t end = watch->screen.top + shown;
    char align[COLUMNS + 1] = "";
    struct verdict verdict;
    struct table table;
    int code;

    for (size_t i = 0; i < layout->count; i++)
        align[i] = watch_heads[layout->columns[i]].align;
    table_begin(&table, align);
    for (size_t i = 0; i < layout->count; i++)
        table_cell(&table, "%s", watch_heads[layout->columns[i]].name);
    for (size_t row = watch->screen.top; row < end; row++) {
        if (&watch->items[row] == selected)
            frame->marked = frame->count + 1 + row - watch->screen.top;
        watch_verdict(&watch->items[row], &verdict);
        for (size_t i = 0; i < layout->count; i++)
            watch_cell(&table, layout->columns[i], &watch->items[row], &verdict);
    }
    code = table_end(&table, add_line, frame, failure);
    if (shown < watch->count && watch->screen.top)
        add_text(frame, "... %zu more above, %zu below", watch->screen.top, watch->count - end);
    else if (shown < watch->count)
        add_text(frame, "... and %zu more", watch->count - end);
    return code;
}

/* ---- One connection ---- */

static float rate_out_of(const struct moment *moment)
{
    return moment->rate_out;
}

static float rate_in_of(const struct moment *moment)
{
    return moment->rate_in;
}

static float rtt_of(const struct moment *moment)
{
    return moment->rtt_us;
}

/* The largest of the last intervals, as far back as a window of this width shows. */
static float peak_of(const struct history *history, size_t shown,
                     float (*number)(const struct moment *))
{
    float peak = 0;

    for (size_t i = 0; i < shown; i++) {
        float value = number(&history->moments[(history->next + HISTORY - 1 - i) % HISTORY]);

        peak = value > peak ? value : peak;
    }
    return peak;
}

/*
 * What is measured now, its peak, and a line of the last intervals, the newest at the right; what
 * is not known stays blank.
 */
static void draw_history(struct frame *frame, const char *name, const struct history *history,
                         float (*number)(const struct moment *), void (*format)(float, char[16]))
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {"_", ".", "-", "=", "+", "*", "%", "#"};
    const char *const *levels = term_has_blocks() ? blocks : letters;
    size_t shown = history->count < frame->columns ? history->count : frame->columns;
    float peak = peak_of(history, shown, number), last = -1;
    char line[4 * HISTORY + 1] = "", now[16] = "-", most[16];

    for (size_t i = 0; i < shown; i++) {
        last = number(&history->moments[(history->next + HISTORY - shown + i) % HISTORY]);
        strcat(line, last < 0 ? " " : levels[peak > 0 ? (int)(last / peak * 7.999f) : 0]);
    }
    if (last >= 0)
        format(last, now);
    format(peak, most);
    add_text(frame, "%s %s, peak %s", name, now, most);
    add_line(line, frame);
}

static void format_speed(float value, char text[16])
{
    format_rate((uint64_t)value, text);
}

static void format_ms(float value, char text[16])
{
    snprintf(text, 16, "%.3f ms", (double)value / 1000);
}

static void text_of_bytes(struct maybe bytes, char text[16])
{
    strcpy(text, "-");
    if (bytes.known)
        format_bytes(bytes.value, text);
}

static void draw_host(struct frame *frame, const struct conn *conn)
{
    const char *state = state_name(conn->state), *netns = backend_netns_name(conn);
    const char *cgroup;
    size_t count;
    const struct owner *owners;
    struct failure ignored; /* then they are not known */

    backend_owners_load(&ignored);
    add_text(frame, "%s%s%s", state ? state : "-", netns ? ", namespace " : "", netns ? netns : "");
    cgroup = backend_cgroup(conn);
    if (cgroup)
        add_text(frame, "cgroup %s", cgroup);
    owners = backend_owners(conn, &count);
    for (size_t i = 0; i < count && i < 3; i++)
        add_text(frame, "process %s(%u)", owners[i].name[0] ? owners[i].name : "?", owners[i].pid);
}

/* A sentence, in as many lines as it takes. */
static void add_sentence(struct frame *frame, char *text)
{
    size_t length = strlen(text);

    while (length > frame->columns && frame->columns > 10) {
        size_t at = frame->columns;

        while (at && text[at] != ' ')
            at--;
        if (!at)
            break;
        text[at] = 0;
        add_text(frame, "%s", text);
        text += at + 1;
        length -= at + 1;
    }
    add_text(frame, "%s", text);
}

static void draw_details(struct frame *frame, const struct watched *w)
{
    static const struct history none;
    const struct history *history = w->history ? w->history : &none;
    char label[CONN_LABEL_MAX], out[16], in[16], text[VERDICT_TEXT_MAX];
    struct verdict verdict;

    conn_label(&w->conn, label);
    add_text(frame, "%s", label);
    draw_host(frame, &w->conn);
    watch_verdict(w, &verdict);
    verdict_sentence(&verdict, verdict.direction, text);
    add_sentence(frame, text);
    if (verdict_other_way(&verdict, text))
        add_sentence(frame, text);
    watch_held_text(w, &verdict, text);
    add_text(frame, "held back by %s", text);
    if (w->new_retrans.known)
        add_text(frame, "retransmissions +%" PRIu64 ", all %" PRIu64, w->new_retrans.value,
                 w->retrans.value);
    text_of_bytes(w->bytes_out, out);
    text_of_bytes(w->bytes_in, in);
    add_text(frame, "all out %s, in %s", out, in);
    draw_history(frame, "out", history, rate_out_of, format_speed);
    draw_history(frame, "in", history, rate_in_of, format_speed);
    draw_history(frame, "round trip", history, rtt_of, format_ms);
}

/* ---- The whole ---- */

static void draw_help(struct frame *frame)
{
    static const char *const lines[] = {
        "up, down    choose a connection",
        "Enter       its details, and back",
        "< >         sort by another column",
        "r           reverse the order",
        "space       freeze, and go on",
        "? h         these keys, and back",
        "q Ctrl-C    end",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        add_line(lines[i], frame);
}

static void draw_head(struct frame *frame, const struct watch *watch)
{
    const struct screen *screen = &watch->screen;

    add_text(frame, "%zu connection%s%s, every %g s%s; ? shows the keys", watch->count,
             watch->count == 1 ? "" : "s", backend_list_limits() ? ", not all" : "",
             (double)watch->tool->interval_ns / 1e9, screen->frozen ? ", FROZEN" : "");
    if (screen->sort != SORT_BOTH || screen->reversed)
        add_text(frame, "by %s%s", sort_names[screen->sort], screen->reversed ? ", reversed" : "");
    else
        add_text(frame, "%s",
                 watch->switched ? "classes that were off are switched on meanwhile" : "");
}

int watch_redraw(struct watch *watch, struct failure *failure)
{
    struct frame frame = {NULL, 0, 0, 0, SIZE_MAX};
    const struct watched *selected = find_selected(watch);
    size_t rows;
    int code = TOOL_OK;

    if (!term_is_live())
        return TOOL_OK;
    term_size(&rows, &frame.columns);
    frame.room = larger(rows, 4) + 1;
    frame.lines = calloc(frame.room, sizeof(*frame.lines));
    if (!frame.lines)
        return fail_with(failure, TOOL_OTHER, "out of memory");
    /* With its last interval it has gone. */
    watch->screen.has_details = watch->screen.has_details && selected;
    if (watch->screen.has_help || !watch->screen.has_details)
        draw_head(&frame, watch);
    if (watch->screen.has_help)
        draw_help(&frame);
    else if (watch->screen.has_details)
        draw_details(&frame, selected);
    else
        code = draw_list(watch, rows, &frame, failure);
    if (!code)
        term_draw((const char *const *)frame.lines, frame.count, frame.marked);
    for (size_t i = 0; i < frame.count; i++)
        free(frame.lines[i]);
    free(frame.lines);
    return code;
}

/* ---- Keys ---- */

static void select_row(struct watch *watch, size_t row)
{
    watch->screen.has_selected = watch->count > 0;
    if (watch->count)
        watch->screen.selected = watch->items[row < watch->count ? row : watch->count - 1].conn;
}

/* From the selected row, or with the first key from above the first. */
static void move(struct watch *watch, bool down, size_t by)
{
    const struct watched *selected = find_selected(watch);
    size_t at = selected ? (size_t)(selected - watch->items) : 0;

    if (!selected)
        select_row(watch, 0);
    else if (down)
        select_row(watch, at + by);
    else
        select_row(watch, at > by ? at - by : 0);
}

static void sort_by(struct watch *watch, unsigned step)
{
    watch->screen.sort = (watch->screen.sort + step) % SORTS;
    watch_sort(watch);
}

bool watch_key(struct watch *watch, uint32_t key)
{
    struct screen *screen = &watch->screen;

    switch (key) {
    case 'q':
    case 'Q':
        return false;
    case TERM_KEY_ESCAPE:
        screen->has_help = screen->has_details = false;
        break;
    case '?':
    case 'h':
        screen->has_help = !screen->has_help;
        break;
    case ' ':
        screen->frozen = !screen->frozen;
        break;
    case '>':
    case TERM_KEY_RIGHT:
        sort_by(watch, 1);
        break;
    case '<':
    case TERM_KEY_LEFT:
        sort_by(watch, SORTS - 1);
        break;
    case 'r':
        screen->reversed = !screen->reversed;
        watch_sort(watch);
        break;
    case TERM_KEY_UP:
    case 'k':
        move(watch, false, 1);
        break;
    case TERM_KEY_DOWN:
    case 'j':
        move(watch, true, 1);
        break;
    case TERM_KEY_PAGE_UP:
        move(watch, false, 10);
        break;
    case TERM_KEY_PAGE_DOWN:
        move(watch, true, 10);
        break;
    case TERM_KEY_HOME:
        select_row(watch, 0);
        break;
    case TERM_KEY_END:
        select_row(watch, SIZE_MAX);
        break;
    case TERM_KEY_ENTER:
        if (!find_selected(watch))
            select_row(watch, 0);
        screen->has_details = !screen->has_details && !screen->has_help && screen->has_selected;
        screen->has_help = false;
        break;
    default:
        break;
    }
    return true;
}
