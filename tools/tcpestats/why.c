/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats why: watches connections for some seconds and says what holds each back. It switches on
 * what it needs, and off again at the end exactly what it switched on. Or it looks into a
 * recording, or takes what is remembered of those for which somebody has switched it on before.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "borrow.h"
#include "condition.h"
#include "print.h"
#include "report.h"
#include "table.h"
#include "term.h"

/* Of more connections than these, all are read at once. */
#define FEW 32

/* Looks at many take this part of the time at most. */
#define LOOK_SHARE 10

struct subject {
    struct conn conn;
    unsigned ours; /* classes that we switched on */
    bool is_read;  /* in the present look */
    bool has_ended;
    /* With --remembered: */
    unsigned off;      /* classes that are */
    uint64_t since_ns; /* by backend_now_ns(), 0: it cannot be judged */
    struct evidence evidence;
    struct verdict verdict;
};

struct inquiry {
    const struct tool *tool;
    struct subject *items;
    size_t count, switched;
    struct condition *conditions;
    bool has_failed; /* one of them held */
};

static int subject_compare(const void *a, const void *b)
{
    return conn_compare(&((const struct subject *)a)->conn, &((const struct subject *)b)->conn);
}

static void take_in(struct subject *subject, const struct reading *readings)
{
    subject->has_ended = backend_ending(&subject->conn) != NULL;
    /* All that was seen of it, after its end. */
    if (subject->has_ended && !subject->evidence.frames)
        evidence_add_life(&subject->evidence, readings, 0);
    else
        evidence_add(&subject->evidence, readings);
    subject->is_read = true;
}

static int look_at(struct inquiry *inquiry, struct subject *subject, struct failure *failure)
{
    struct reading readings[TCPESTATS_CLASS_COUNT];
    unsigned before = subject->ours;
    int code;

    memset(readings, 0, sizeof(readings));
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        readings[cls].cls = cls;
    code = borrow_take(&subject->conn, EVIDENCE_CLASSES, readings, &subject->ours, failure);
    inquiry->switched += subject->ours && !before;
    if (!code)
        take_in(subject, readings);
    if (code != TOOL_NOT_FOUND)
        return code;
    subject->has_ended = true;
    return TOOL_OK;
}

static int see_swept(const struct conn *conn, const struct reading *readings, void *arg)
{
    struct inquiry *inquiry = arg;
    struct subject key = {.conn = *conn}, *found;

    found = bsearch(&key, inquiry->items, inquiry->count, sizeof(key), subject_compare);
    if (found && !classes_off(readings, EVIDENCE_CLASSES))
        take_in(found, readings);
    return term_stopping();
}

/* One look at all of them. */
static int look(struct inquiry *inquiry, struct failure *failure)
{
    struct failure ignored;
    int code = TOOL_OK;

    for (size_t i = 0; i < inquiry->count; i++)
        inquiry->items[i].is_read = false;
    if (inquiry->count > FEW)
        backend_sweep(EVIDENCE_CLASSES, see_swept, inquiry, &ignored);
    for (size_t i = 0; i < inquiry->count && !code && !term_stopping(); i++)
        if (!inquiry->items[i].is_read && !inquiry->items[i].has_ended)
            code = look_at(inquiry, &inquiry->items[i], failure);
    return code;
}

static bool is_subject(const struct inquiry *inquiry, const struct conn *conn)
{
    for (size_t i = 0; i < inquiry->count; i++)
        if (!conn_compare(&inquiry->items[i].conn, conn))
            return true;
    return false;
}

/* Takes in the connections that are asked for and there now. */
static int find_subjects(struct inquiry *inquiry, struct failure *failure)
{
    const struct tool *tool = inquiry->tool;
    struct selection selection;
    struct conns conns = {NULL, 0, 0};
    struct subject *grown;
    int code = selection_parse(&selection, tool->args, tool->arg_count, failure);

    if (!code)
        code = selection_resolve(&selection, &conns, failure);
    if (!code) {
        grown = realloc(inquiry->items, (inquiry->count + conns.count + 1) * sizeof(*grown));
        if (grown)
            inquiry->items = grown;
        else
            code = fail_with(failure, TOOL_OTHER, "out of memory");
    }
    for (size_t i = 0; !code && i < conns.count; i++) {
        struct subject *subject = &inquiry->items[inquiry->count];

        if (is_subject(inquiry, &conns.items[i]))
            continue;
        memset(subject, 0, sizeof(*subject));
        subject->conn = conns.items[i];
        evidence_begin(&subject->evidence);
        inquiry->count++;
    }
    conns_free(&conns);
    selection_free(&selection);
    return code;
}

/* ---- What is remembered ---- */

/* Classes that were switched on one after the other, by one command. */
#define TOGETHER 20 /* part of the time since then */

/* Since when all are on, if that is about the same time for all; else 0. */
static uint64_t begun_ns(const struct reading *begun, uint64_t now_ns)
{
    uint64_t first = UINT64_MAX, last = 0;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        uint64_t at = begun[cls].time_ns;

        if (!(EVIDENCE_CLASSES & 1u << cls))
            continue;
        first = at < first ? at : first;
        last = at > last ? at : last;
    }
    return first && last < now_ns && (last - first) <= (now_ns - last) / TOGETHER ? last : 0;
}

static int recall(struct subject *subject, struct failure *failure)
{
    struct reading begun[TCPESTATS_CLASS_COUNT], now[TCPESTATS_CLASS_COUNT];
    int code;

    memset(begun, 0, sizeof(begun));
    memset(now, 0, sizeof(now));
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        begun[cls].cls = now[cls].cls = cls;
    code = backend_begun(&subject->conn, EVIDENCE_CLASSES, begun, now, failure);
    subject->has_ended = code == TOOL_NOT_FOUND;
    if (code)
        return subject->has_ended ? TOOL_OK : code;
    subject->off = classes_off(now, EVIDENCE_CLASSES);
    if (!subject->off)
        subject->since_ns = begun_ns(begun, now[TCPESTATS_DATA].time_ns);
    if (subject->since_ns)
        evidence_add_span(&subject->evidence, begun, now);
    else
        evidence_add(&subject->evidence, now); /* which alone tells nothing */
    return TOOL_OK;
}

static int recall_all(struct inquiry *inquiry, struct failure *failure)
{
    int code = TOOL_OK;

    for (size_t i = 0; i < inquiry->count && !code && !term_stopping(); i++)
        code = recall(&inquiry->items[i], failure);
    return code;
}

/* Why it cannot be judged. */
static void unjudged_text(const struct subject *subject, char text[VERDICT_TEXT_MAX])
{
    char names[CLASS_LIST_MAX];

    report_class_list(subject->off, ", ", names);
    if (subject->off == EVIDENCE_CLASSES)
        strcpy(text, "Cannot tell: nothing has been switched on, so nothing is remembered.");
    else if (subject->off)
        snprintf(text, VERDICT_TEXT_MAX, "Cannot tell: not all classes are on; off: %s.", names);
    else
        strcpy(text, "Cannot tell: its classes have not been on for the same time.");
}

static void sentence_of(const struct inquiry *inquiry, const struct subject *subject,
                        char text[VERDICT_TEXT_MAX])
{
    if (inquiry->tool->remembered && !subject->since_ns)
        unjudged_text(subject, text);
    else
        verdict_sentence(&subject->verdict, subject->verdict.direction, text);
}

static const char *advice_of(const struct inquiry *inquiry, const struct subject *subject)
{
    const struct verdict *v = &subject->verdict;

    if (inquiry->tool->remembered && !subject->since_ns)
        return "Switch all on with tcpestats enable, and ask again after some time; or watch for "
               "some seconds, without --remembered.";
    return cause_advice(v->side[v->direction].cause, v->direction);
}

/* The clock of a calendar's, of a time on that by which to wait. */
static uint64_t to_wall(uint64_t ns)
{
    return backend_wall_ns() - (backend_now_ns() - ns);
}

/* ---- Watching ---- */

/* Goes through a recording, as long as it is or for a time. */
static int play_all(struct inquiry *inquiry, struct failure *failure)
{
    uint64_t begin = backend_shown_ns(), duration = inquiry->tool->duration_ns;
    bool more = true;
    int code = look(inquiry, failure);

    while (!code && !term_stopping()) {
        struct failure later;

        code = backend_play(0, &more, failure);
        if (code || !more || (duration && backend_shown_ns() - begin > duration))
            break;
        /* Those that have begun since. */
        if (find_subjects(inquiry, &later) && later.code != TOOL_NOT_FOUND)
            return fail_with(failure, later.code, "%s", later.text);
        code = look(inquiry, failure);
    }
    return code;
}

static int watch_all(struct inquiry *inquiry, struct failure *failure)
{
    uint64_t now = backend_now_ns(), end = now + inquiry->tool->duration_ns, next = now;
    int code = look(inquiry, failure);

    while (!code && now < end && !term_stopping()) {
        uint64_t took = backend_now_ns() - now;

        next += inquiry->tool->interval_ns;
        if (next < now)
            next = now;
        if (inquiry->count > FEW && next < now + LOOK_SHARE * took)
            next = now + LOOK_SHARE * took;
        if (next > end)
            next = end;
        while (term_wait(next) == TERM_REDRAW)
            ;
        now = backend_now_ns();
        code = look(inquiry, failure);
    }
    return code;
}

/* ---- What is said ---- */

static const enum quantity_id told[] = {
    Q_RATE_OUT,  Q_RATE_IN, Q_RETRANSMITTED, Q_NEEDLESS, Q_TIMEOUTS,     Q_RTT,
    Q_LEAST_RTT, Q_CWND,    Q_IN_FLIGHT,     Q_WINDOW,   Q_WINDOW_LEAST, Q_OWN_WINDOW,
    Q_UNREAD,    Q_ECN_OUT, Q_ECN_IN,        Q_MSS,
};

static void add_number(struct table *table, const struct verdict *v, enum quantity_id id)
{
    char text[QUANTITY_TEXT_MAX];

    if (!v->q[id].known)
        return;
    table_cell(table, "%s", quantity_words(id));
    table_cell(table, "%s", quantity_text(v, id, text));
}

/* Over what time it was judged. */
static void add_time(struct table *table, const struct subject *subject)
{
    double seconds = (double)subject->verdict.elapsed_ns / 1e9;
    time_t since = (time_t)(to_wall(subject->since_ns) / 1000000000);
    const struct tm *local = subject->since_ns ? localtime(&since) : NULL;
    char clock[32] = "";

    if (local)
        strftime(clock, sizeof(clock), ", since %Y-%m-%d %H:%M:%S", local);
    table_cell(table, "%s", subject->since_ns ? "remembered" : "watched");
    if (subject->since_ns)
        table_cell(table, "%.3g s%s", seconds, clock);
    else
        table_cell(table, "%.3g s, %u looks", seconds, subject->verdict.frames);
}

static int say_numbers(const struct subject *subject, struct failure *failure)
{
    const struct verdict *v = &subject->verdict;
    char receiver[QUANTITY_TEXT_MAX], path[QUANTITY_TEXT_MAX], sender[QUANTITY_TEXT_MAX];
    struct table table;

    table_begin(&table, "ll");
    add_time(&table, subject);
    if (verdict_has_sent(v)) {
        table_cell(&table, "held back by");
        table_cell(&table, "receiver %s, path %s, sender %s",
                   quantity_text(v, Q_RECEIVER, receiver), quantity_text(v, Q_PATH, path),
                   quantity_text(v, Q_SENDER, sender));
    }
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        add_number(&table, v, told[i]);
    return table_print(&table, "    ", failure);
}

static int say_text(const struct inquiry *inquiry, const struct subject *subject,
                    struct failure *failure)
{
    const struct verdict *v = &subject->verdict;
    const char *advice = advice_of(inquiry, subject);
    char label[CONN_LABEL_MAX], text[VERDICT_TEXT_MAX], ending[ENDING_TEXT_MAX] = "  (has ended)";
    int code = TOOL_OK;

    conn_label(&subject->conn, label);
    if (backend_is_recording() || !subject->has_ended)
        report_ending(&subject->conn, ending);
    print_line(stdout, "%s%s", label, ending);
    sentence_of(inquiry, subject, text);
    print_line(stdout, "  %s", text);
    if (verdict_other_way(v, text))
        print_line(stdout, "  %s", text);
    if (!inquiry->tool->remembered || subject->since_ns)
        code = say_numbers(subject, failure);
    if (advice)
        print_line(stdout, "  What could be done: %s", advice);
    return code;
}

static void say_json(const struct inquiry *inquiry, struct json *json,
                     const struct subject *subject)
{
    const struct verdict *v = &subject->verdict;
    char text[VERDICT_TEXT_MAX];

    report_conn(json, &subject->conn);
    json_bool(json, "ended", subject->has_ended);
    report_verdict(json, v);
    if (subject->since_ns)
        json_number(json, "since_ns", to_wall(subject->since_ns));
    sentence_of(inquiry, subject, text);
    json_string(json, "sentence", text);
    json_string(json, "advice", advice_of(inquiry, subject));
    json_object(json, "numbers");
    for (unsigned id = 0; id < Q_COUNT; id++)
        if (v->q[id].known)
            json_real(json, quantity_name((enum quantity_id)id), v->q[id].value);
        else
            json_null(json, quantity_name((enum quantity_id)id));
    json_close(json);
    json_array(json, "failed_if");
}

/* Which of --fail-if's hold. */
static void check_conditions(struct inquiry *inquiry, struct json *json,
                             const struct subject *subject)
{
    char label[CONN_LABEL_MAX];

    conn_label(&subject->conn, label);
    for (size_t i = 0; i < inquiry->tool->fail_if_count; i++) {
        if (!condition_holds(&inquiry->conditions[i], &subject->verdict))
            continue;
        inquiry->has_failed = true;
        if (json)
            json_string(json, NULL, inquiry->conditions[i].text);
        else
            print_line(stderr, "tcpestats: %s: %s", label, inquiry->conditions[i].text);
    }
}

static double busy(const struct subject *subject)
{
    return subject->verdict.q[Q_RATE_OUT].value + subject->verdict.q[Q_RATE_IN].value;
}

static int busiest_first(const void *a, const void *b)
{
    double left = busy(a), right = busy(b);

    return left > right ? -1 : left < right ? 1 : subject_compare(a, b);
}

/* Of connections that were not asked for by name those with nothing to say are left out. */
static bool is_silent(const struct subject *subject)
{
    const struct verdict_side *side = &subject->verdict.side[subject->verdict.direction];

    return busy(subject) <= 0 && (side->cause == CAUSE_IDLE || side->cause == CAUSE_UNKNOWN);
}

static int say_all(struct inquiry *inquiry, struct json *json, size_t *said,
                   struct failure *failure)
{
    bool is_all = inquiry->tool->json || inquiry->tool->arg_count;
    int code = TOOL_OK;

    qsort(inquiry->items, inquiry->count, sizeof(*inquiry->items), busiest_first);
    for (size_t i = 0; i < inquiry->count && !code; i++) {
        struct subject *subject = &inquiry->items[i];

        if (!subject->evidence.frames)
            continue;
        /* Not shown, but no less judged. */
        if (!is_all && is_silent(subject)) {
            check_conditions(inquiry, NULL, subject);
            continue;
        }
        if (inquiry->tool->json && !*said)
            report_connections_begin(json, inquiry->tool);
        if (!inquiry->tool->json && *said)
            print_line(stdout, "%s", "");
        ++*said;
        if (inquiry->tool->json)
            say_json(inquiry, json, subject);
        else
            code = say_text(inquiry, subject, failure);
        check_conditions(inquiry, inquiry->tool->json ? json : NULL, subject);
        if (inquiry->tool->json) {
            json_close(json);
            json_close(json);
        }
    }
    if (!is_all && *said < inquiry->count) {
        if (*said)
            print_line(stdout, "%s", "");
        print_line(stdout, "%zu connection%s %s idle%s", inquiry->count - *said,
                   inquiry->count - *said == 1 ? "" : "s",
                   inquiry->count - *said == 1 ? "was" : "were",
                   inquiry->tool->remembered ? ", or not all classes are on" : "");
    }
    return code;
}

/* ---- The whole ---- */

static int parse_conditions(struct inquiry *inquiry, struct failure *failure)
{
    const struct tool *tool = inquiry->tool;

    if (!tool->fail_if_count)
        return TOOL_OK;
    inquiry->conditions = calloc(tool->fail_if_count, sizeof(*inquiry->conditions));
    if (!inquiry->conditions)
        return fail_with(failure, TOOL_OTHER, "out of memory");
    for (size_t i = 0; i < tool->fail_if_count; i++) {
        const char *wrong = condition_parse(tool->fail_if[i], &inquiry->conditions[i]);

        if (wrong)
            return fail_with(failure, TOOL_USAGE, "--fail-if '%.100s': %s", tool->fail_if[i],
                             wrong);
    }
    return TOOL_OK;
}

static int inquire(struct inquiry *inquiry, struct failure *failure)
{
    int code;

    term_begin(false);
    code = inquiry->tool->remembered ? recall_all(inquiry, failure)
           : backend_is_recording()  ? play_all(inquiry, failure)
                                     : watch_all(inquiry, failure);
    for (size_t i = 0; i < inquiry->count; i++) {
        borrow_return(&inquiry->items[i].conn, &inquiry->items[i].ours);
        verdict_make(&inquiry->items[i].evidence, &inquiry->items[i].verdict);
    }
    term_end();
    if (inquiry->switched)
        print_line(stderr,
                   "tcpestats: what had been off for %zu connection%s is off again: its numbers "
                   "begin with this watch",
                   inquiry->switched, inquiry->switched == 1 ? "" : "s");
    return code;
}

int command_why(const struct tool *tool, struct failure *failure)
{
    struct inquiry inquiry = {.tool = tool};
    struct json json;
    size_t said = 0;
    int code = parse_conditions(&inquiry, failure);

    if (!code)
        code = find_subjects(&inquiry, failure);
    if (!code) {
        if (!tool->json && !tool->arg_count)
            report_list_limits();
        code = inquire(&inquiry, failure);
        if (!code)
            code = say_all(&inquiry, &json, &said, failure);
    }
    if (!code && !said && tool->arg_count)
        code = fail_with(failure, TOOL_NOT_FOUND, "every connection that matched has closed");
    if (!code && inquiry.has_failed)
        code = fail_with(failure, TOOL_CONDITION, "a condition of --fail-if holds");
    if (tool->json && said) {
        json_close(&json);
        if (code)
            report_error(&json, failure);
        json_end(&json);
    } else if (tool->json && !code) {
        report_connections_begin(&json, tool);
        json_end(&json);
    } else if (code) {
        report_failure(tool, failure);
    }
    free(inquiry.items);
    free(inquiry.conditions);
    return code;
}
