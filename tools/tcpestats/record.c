/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats record: writes down all members of connections at an interval. It switches on what is
 * off, and off again at the end exactly what it switched on.
 *
 * Connections that are named are read one by one. Else one sweep reads all there are, and finds
 * those that are new. Where it is quicker to ask for what is recorded one by one, that is done
 * between two sweeps.
 */
#include <stdlib.h>
#include <string.h>

#include "borrow.h"
#include "conns.h"
#include "print.h"
#include "progress.h"
#include "recording.h"
#include "report.h"
#include "term.h"

/* How often new connections are looked for at least; owners, and states of what is named, at most.
 */
#define SWEEP_EVERY_NS 100000000
#define OWNERS_EVERY_NS 1000000000
/* What it takes to ask for one, about. */
#define TAKE_NS 10000
#define FIND_EVERY_NS 100000000

struct recorder {
    const struct tool *tool;
    struct selection selection;
    struct tape tape;
    struct stream *stream;
    struct taped **items; /* sorted by conn_compare() up to sorted, then what is new */
    size_t count, sorted, room;
    uint64_t swept_ns, sweep_took_ns; /* when the last sweep was, and how long it took */
    uint64_t owners_ns, found_ns;
    bool find;          /* at this interval, what is named */
    bool owners_wanted; /* somebody's owner is not known */
    size_t switched;    /* connections for which we switched something on */
    size_t ever;        /* connections that were recorded */
    uint64_t late;
    uint64_t count_wanted; /* intervals; 0: until interrupted */
    struct failure *failure;
};

static int compare_taped(const void *a, const void *b)
{
    const struct taped *const *first = a, *const *second = b;

    return conn_compare(&(*first)->conn, &(*second)->conn);
}

static struct taped *find_taped(const struct recorder *r, const struct conn *conn)
{
    size_t low = 0, high = r->sorted;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = conn_compare(conn, &r->items[middle]->conn);

        if (!order)
            return r->items[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static int add_taped(struct recorder *r, const struct conn *conn, struct taped **added)
{
    struct taped *new;

    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct taped **grown = realloc(r->items, room * sizeof(struct taped *));

        if (!grown)
            return fail_with(r->failure, TOOL_OTHER, "out of memory");
        r->items = grown;
        r->room = room;
    }
    new = malloc(sizeof(*new));
    if (!new)
        return fail_with(r->failure, TOOL_OTHER, "out of memory");
    tape_add(&r->tape, new, conn);
    r->items[r->count++] = new;
    r->ever++;
    *added = new;
    return TOOL_OK;
}

/* Reads one by itself. What has closed meanwhile is not seen. */
static int take_one(struct recorder *r, struct taped *taped)
{
    struct reading readings[TCPESTATS_CLASS_COUNT];
    struct conn now = taped->conn;
    bool before = taped->ours;
    int code = TOOL_OK;

    /* Its state, of which a reading says nothing. */
    if (r->find) {
        code = backend_find(&now, r->failure);
        if (!code && now.identity != taped->conn.identity)
            return TOOL_OK;
    }
    if (!code)
        code = borrow_take(&taped->conn, CLASSES_ALL, readings, &taped->ours, r->failure);
    r->switched += taped->ours && !before;
    if (code)
        return code == TOOL_NOT_FOUND ? TOOL_OK : code;
    taped->seen = true;
    return tape_sample(&r->tape, taped, &now, readings, r->failure);
}

static bool is_owner_unknown(const struct conn *conn)
{
    size_t count;

    backend_owners(conn, &count);
    return !count && conn->has_owner;
}

static int visit_swept(const struct conn *conn, const struct reading *readings, void *arg)
{
    struct recorder *r = arg;
    struct taped *taped = find_taped(r, conn);

    if (!taped) {
        bool unknown = is_owner_unknown(conn);

        r->owners_wanted |= unknown && selection_needs_owners(&r->selection);
        if (!selection_matches(&r->selection, conn))
            return 0;
        r->owners_wanted |= unknown;
        if (add_taped(r, conn, &taped))
            return r->failure->code;
    }
    taped->conn.inode = conn->inode;
    if (classes_off(readings, CLASSES_ALL))
        return 0; /* read by itself, once it is on */
    taped->seen = true;
    return tape_sample(&r->tape, taped, conn, readings, r->failure);
}

/* Takes away what has not been seen, and says so in the recording. */
static int drop_ended(struct recorder *r)
{
    size_t kept = 0;
    int code = TOOL_OK;

    for (size_t i = 0; i < r->count; i++) {
        struct taped *taped = r->items[i];

        if (taped->seen) {
            r->items[kept++] = taped;
            continue;
        }
        if (taped->written && !code)
            code = tape_ended(&r->tape, taped, r->failure);
        borrow_return(&taped->conn, &taped->ours);
        free(taped);
    }
    r->count = kept;
    if (r->count)
        qsort(r->items, r->count, sizeof(struct taped *), compare_taped);
    r->sorted = r->count;
    return code;
}

/* For something new, or because it takes less time than to ask for each? */
static bool is_sweep_due(const struct recorder *r, uint64_t now)
{
    return !selection_is_named(&r->selection) &&
           (now - r->swept_ns >= SWEEP_EVERY_NS || r->count * TAKE_NS > r->sweep_took_ns);
}

/* Which process has which connection takes long to find out: not more often than needed. */
static int load_owners(struct recorder *r, uint64_t now)
{
    if (!r->owners_wanted || (r->owners_ns && now - r->owners_ns < OWNERS_EVERY_NS))
        return TOOL_OK;
    r->owners_ns = now;
    r->owners_wanted = false;
    return backend_owners_load(r->failure);
}

/* One interval. */
static int record_interval(struct recorder *r)
{
    uint64_t now = backend_now_ns();
    int code = load_owners(r, now);

    r->tape.interval++;
    r->find = selection_is_named(&r->selection) && now - r->found_ns >= FIND_EVERY_NS;
    if (r->find)
        r->found_ns = now;
    for (size_t i = 0; i < r->count; i++)
        r->items[i]->seen = false;
    if (!code && is_sweep_due(r, now)) {
        r->swept_ns = now;
        code = backend_sweep(CLASSES_ALL, visit_swept, r, r->failure);
        r->sweep_took_ns = backend_now_ns() - now;
    }
    for (size_t i = 0; i < r->count && !code; i++)
        if (!r->items[i]->seen)
            code = take_one(r, r->items[i]);
    if (!code)
        code = drop_ended(r);
    if (!code)
        code = tape_tick(&r->tape, r->failure);
    return code;
}

static int add_named(struct recorder *r, const struct conns *named)
{
    struct taped *added;

    for (size_t i = 0; i < named->count; i++)
        if (add_taped(r, &named->items[i], &added))
            return r->failure->code;
    return TOOL_OK;
}

static void show_progress(const struct recorder *r, uint64_t elapsed_ns)
{
    uint64_t all_ns = r->count_wanted ? (r->count_wanted - 1) * r->tool->interval_ns : 0;
    unsigned done = all_ns ? (unsigned)(elapsed_ns * 1000 / all_ns) : 1001;
    char of[32] = "";

    if (all_ns)
        snprintf(of, sizeof(of), " of %g s", (double)all_ns / 1e9);
    progress_show(all_ns && done > 1000 ? 1000 : done,
                  "%.1f s%s, %zu connection%s, %.1f MB; Ctrl-C ends", (double)elapsed_ns / 1e9, of,
                  r->count, r->count == 1 ? "" : "s", (double)stream_size(r->stream) / 1e6);
}

/* Until it has been long enough, or somebody wants an end; *why: which. */
static int loop(struct recorder *r, const char **why)
{
    const struct tool *tool = r->tool;
    uint64_t start = backend_now_ns(), next = start, now;

    for (;;) {
        if (record_interval(r))
            return r->failure->code;
        *why = "complete";
        if (r->count_wanted && r->tape.interval >= r->count_wanted)
            return TOOL_OK;
        *why = "ended";
        if (!r->count && selection_is_named(&r->selection))
            return TOOL_OK;
        now = backend_now_ns();
        show_progress(r, now - start);
        next += tool->interval_ns;
        if (next < now) {
            uint64_t missed = (now - next) / tool->interval_ns + 1;

            r->late += missed;
            next += missed * tool->interval_ns;
        }
        *why = "interrupted";
        while (true) {
            enum term_event event = term_wait(next);

            if (event == TERM_STOP)
                return TOOL_OK;
            if (event == TERM_TIME)
                break;
        }
    }
}

static void say_result(const struct recorder *r, const char *path)
{
    print_line(stderr, "tcpestats: %zu connection%s, %llu interval%s, %llu bytes in %s", r->ever,
               r->ever == 1 ? "" : "s", (unsigned long long)r->tape.interval,
               r->tape.interval == 1 ? "" : "s", (unsigned long long)stream_size(r->stream), path);
    if (r->late)
        print_line(stderr, "tcpestats: %llu interval%s passed over: there was no time for them",
                   (unsigned long long)r->late, r->late == 1 ? " was" : "s were");
    borrow_report(r->switched);
}

static int record(struct recorder *r, const struct conns *named)
{
    const struct tape_plan plan = {r->tool->interval_ns, r->tool->full, r->tool->args + 1,
                                   r->tool->arg_count - 1};
    struct failure later;
    const char *why = "error";
    int code = tape_begin(&r->tape, r->stream, &plan, r->failure);

    if (!code)
        code = add_named(r, named);
    if (!code) {
        term_begin(false);
        r->owners_wanted = true;
        code = loop(r, &why);
        term_end();
    }
    /* What there is stays, whatever happened: with an end, where that can still be written. */
    if (!tape_end(&r->tape, why, r->late, &later))
        stream_flush(r->stream, &later);
    progress_end();
    if (!code)
        say_result(r, r->tool->args[0]);
    else if (r->tape.interval)
        print_line(stderr, "tcpestats: what was recorded up to then is in %s: %llu interval%s",
                   r->tool->args[0], (unsigned long long)r->tape.interval,
                   r->tape.interval == 1 ? "" : "s");
    return code;
}

int command_record(const struct tool *tool, struct failure *failure)
{
    struct recorder r = {.tool = tool, .failure = failure, .count_wanted = tool->count};
    struct conns named = {NULL, 0, 0};
    struct failure later;
    int code = selection_parse(&r.selection, tool->args + 1, tool->arg_count - 1, failure);

    /* The first look is at the beginning, the last one at the end. */
    if (tool->duration_ns)
        r.count_wanted = tool->duration_ns / tool->interval_ns + 1;
    if (!code && selection_is_named(&r.selection))
        code = selection_resolve(&r.selection, &named, failure); /* they have to be there */
    else if (!code)
        report_list_limits();
    if (!code)
        code = stream_create(&r.stream, tool->args[0], tool->force, failure);
    if (!code)
        code = record(&r, &named);
    if (stream_close(r.stream, &later) && !code)
        code = fail_with(failure, later.code, "%s", later.text);
    for (size_t i = 0; i < r.count; i++) {
        borrow_return(&r.items[i]->conn, &r.items[i]->ours);
        free(r.items[i]);
    }
    free(r.items);
    tape_free(&r.tape);
    conns_free(&named);
    selection_free(&r.selection);
    return code;
}
