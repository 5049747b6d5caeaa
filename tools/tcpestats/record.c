/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats record: writes down all members of connections at an interval. It switches on what is
 * off, and off again at the end exactly what it switched on.
 *
 * Connections that are named are read one by one. Else one sweep reads all there are, and finds
 * those that are new. Where it is quicker to ask for what is recorded one by one, that is done
 * between two sweeps. What ends the kernel tells, where it does; else it is what is not found any
 * more.
 */
#include <stdlib.h>
#include <string.h>

#include "borrow.h"
#include "ends.h"
#include "print.h"
#include "progress.h"
#include "recording.h"
#include "report.h"
#include "seen.h"
#include "term.h"

/* How often new connections are looked for at least; owners, and states of what is named, at most.
 */
#define SWEEP_EVERY_NS 250000000
#define OWNERS_EVERY_NS 1000000000
/* What it takes to ask for one, about. */
#define TAKE_NS 10000
#define FIND_EVERY_NS 250000000
/* For so long the kernel has time to say how one has ended that is not found any more. */
#define PATIENCE_NS 2000000000

struct recorder {
    const struct tool *tool;
    struct selection selection;
    struct tape tape;
    struct stream *stream;
    struct seen seen;                 /* of struct taped */
    uint64_t swept_ns, sweep_took_ns; /* when the last sweep was, and how long it took */
    uint64_t owners_ns, found_ns;
    bool find;          /* at this interval, what is named */
    bool owners_wanted; /* somebody's owner is not known */
    size_t switched;    /* connections for which we switched something on */
    size_t ever;        /* connections that were recorded */
    size_t living;
    bool hears;          /* the kernel tells of ends */
    uint64_t late, lost; /* intervals, ends */
    uint64_t looks;
    uint64_t span_ns; /* from the first look to the last, where that is known */
    struct failure *failure;
};

/* One of those that are being recorded. */
static struct taped *taped_at(const struct recorder *r, size_t i)
{
    return (struct taped *)r->seen.items[i];
}

static int add_taped(struct recorder *r, const struct conn *conn, struct taped **added)
{
    struct taped *new = malloc(sizeof(*new));

    if (!new)
        return fail_with(r->failure, TOOL_OTHER, "out of memory");
    tape_add(&r->tape, new, conn);
    if (seen_add(&r->seen, &new->conn, r->failure)) {
        free(new);
        return r->failure->code;
    }
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
    struct taped *taped = seen_find(&r->seen, conn);

    if (!taped) {
        bool unknown = is_owner_unknown(conn);

        r->owners_wanted |= unknown && selection_needs_owners(&r->selection);
        if (!selection_matches(&r->selection, conn))
            return 0;
        r->owners_wanted |= unknown;
        if (add_taped(r, conn, &taped))
            return r->failure->code;
    }
    if (taped->ended)
        return 0;
    taped->conn.inode = conn->inode;
    if (classes_off(readings, CLASSES_ALL))
        return 0; /* read by itself, once it is on */
    taped->seen = true;
    return tape_sample(&r->tape, taped, conn, readings, r->failure);
}

static void free_taped(struct conn *kept, void *arg)
{
    struct taped *taped = (struct taped *)kept;

    (void)arg;
    borrow_return(&taped->conn, &taped->ours);
    free(taped);
}

/* Something has gone: where the kernel tells of ends it will say how, or has no more to say. */
static int note_gone(struct recorder *r, struct taped *taped, uint64_t now)
{
    if (!taped->gone_ns)
        taped->gone_ns = now;
    if (r->hears && now - taped->gone_ns < PATIENCE_NS)
        return TOOL_OK;
    taped->ended = true;
    return taped->written
               ? tape_ended(&r->tape, taped, TCPESTATS_END_UNKNOWN, now, NULL, r->failure)
               : TOOL_OK;
}

struct leaving {
    struct recorder *r;
    uint64_t now;
    size_t living;
    int code;
};

/*
 * What has gone is kept until it is known to have ended. One that was reset ends for the kernel
 * when its program closes it, which may take long: then it is not to be taken for a new one.
 */
static bool stays(struct conn *kept, void *arg)
{
    struct taped *taped = (struct taped *)kept;
    struct leaving *leaving = arg;
    struct recorder *r = leaving->r;

    if (taped->seen) {
        taped->gone_ns = 0;
        leaving->living++;
        return true;
    }
    if (!taped->ended && !leaving->code)
        leaving->code = note_gone(r, taped, leaving->now);
    leaving->living += !taped->ended && r->hears;
    if (r->hears && !taped->is_over && (!taped->ended || !r->lost))
        return true;
    free_taped(kept, r);
    return false;
}

static int drop_ended(struct recorder *r)
{
    struct leaving leaving = {.r = r, .now = backend_now_ns()};

    seen_keep(&r->seen, stays, &leaving);
    r->living = leaving.living;
    return leaving.code;
}

/* ---- Ends that the kernel tells of ---- */

/* Between two looks it began and ended. */
static int tape_short(struct recorder *r, const struct ended *ended)
{
    struct taped *taped;
    int code;

    if (!ended->readings || !ended->conn.remote.port ||
        !selection_matches(&r->selection, &ended->conn))
        return TOOL_OK;
    taped = malloc(sizeof(*taped));
    if (!taped)
        return fail_with(r->failure, TOOL_OTHER, "out of memory");
    tape_add(&r->tape, taped, &ended->conn);
    taped->conn.has_owner = true; /* and it is not known who */
    r->ever++;
    code = tape_sample(&r->tape, taped, &taped->conn, ended->readings, r->failure);
    if (!code)
        code = tape_ended(&r->tape, taped, ended->ending, ended->time_ns, NULL, r->failure);
    free(taped);
    return code;
}

static int see_end(const struct ended *ended, void *arg)
{
    struct recorder *r = arg;
    struct taped *taped = seen_find(&r->seen, &ended->conn);

    if (!taped)
        return tape_short(r, ended);
    taped->is_over = true;
    taped->ours = 0; /* it took its switches along */
    return taped->ended || !taped->written
               ? TOOL_OK
               : tape_ended(&r->tape, taped, ended->ending, ended->time_ns, ended->readings,
                            r->failure);
}

static int read_ends(struct recorder *r)
{
    return r->hears ? ends_read(CLASSES_ALL, see_end, r, &r->lost, r->failure) : TOOL_OK;
}

/* What has gone and not been heard of again is told at the end of the recording. */
static int end_gone(struct recorder *r)
{
    int code = read_ends(r);

    for (size_t i = 0; i < r->seen.count && !code; i++)
        if (taped_at(r, i)->gone_ns && !taped_at(r, i)->ended && taped_at(r, i)->written)
            code = tape_ended(&r->tape, taped_at(r, i), TCPESTATS_END_UNKNOWN, backend_now_ns(),
                              NULL, r->failure);
    return code;
}

/* ---- Looks ---- */

/* For something new, or because it takes less time than to ask for each? */
static bool is_sweep_due(const struct recorder *r, uint64_t now)
{
    return !selection_is_named(&r->selection) &&
           (now - r->swept_ns >= SWEEP_EVERY_NS || r->seen.count * TAKE_NS > r->sweep_took_ns);
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

    r->find = selection_is_named(&r->selection) && now - r->found_ns >= FIND_EVERY_NS;
    if (r->find)
        r->found_ns = now;
    for (size_t i = 0; i < r->seen.count; i++)
        taped_at(r, i)->seen = false;
    if (!code && is_sweep_due(r, now)) {
        r->swept_ns = now;
        code = backend_sweep(CLASSES_ALL, visit_swept, r, r->failure);
        r->sweep_took_ns = backend_now_ns() - now;
    }
    for (size_t i = 0; i < r->seen.count && !code; i++)
        if (!taped_at(r, i)->seen && !taped_at(r, i)->gone_ns && !taped_at(r, i)->ended)
            code = take_one(r, taped_at(r, i));
    if (!code)
        code = drop_ended(r);
    if (!code)
        code = tape_tick(&r->tape, r->failure);
    r->looks += !code;
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
    unsigned done = r->span_ns ? (unsigned)(elapsed_ns * 1000 / r->span_ns) : 1001;
    char of[32] = "";

    if (!progress_is_due())
        return;
    if (r->span_ns)
        snprintf(of, sizeof(of), " of %g s", (double)r->span_ns / 1e9);
    progress_show(r->span_ns && done > 1000 ? 1000 : done,
                  "%.1f s%s, %zu connection%s, %.1f MB; Ctrl-C ends", (double)elapsed_ns / 1e9, of,
                  r->living, r->living == 1 ? "" : "s", (double)stream_size(r->stream) / 1e6);
}

/*
 * When the next look is. Those for which there was no time are passed over, but for the last one of
 * a duration.
 */
static uint64_t next_look(struct recorder *r, uint64_t start, uint64_t last)
{
    uint64_t interval = r->tool->interval_ns, next = last + interval, now = backend_now_ns(),
             missed;

    if (next >= now)
        return next;
    missed = (now - next) / interval + 1;
    if (r->tool->duration_ns && next + missed * interval > start + r->span_ns)
        missed = (start + r->span_ns - next) / interval;
    r->late += missed;
    return next + missed * interval;
}

/* Until it has been long enough, or somebody wants an end; *why: which. */
static int loop(struct recorder *r, const char **why)
{
    const struct tool *tool = r->tool;
    uint64_t start = backend_now_ns(), next = start;

    for (;;) {
        if (record_interval(r))
            return r->failure->code;
        *why = "complete";
        if (tool->count ? r->looks >= tool->count : tool->duration_ns && next - start >= r->span_ns)
            return TOOL_OK;
        *why = "ended";
        if (!r->living && selection_is_named(&r->selection))
            return TOOL_OK;
        show_progress(r, next - start);
        next = next_look(r, start, next);
        *why = "interrupted";
        while (true) {
            enum term_event event = term_wait(next);

            if (event == TERM_STOP)
                return TOOL_OK;
            if (event == TERM_TIME)
                break;
            if (event == TERM_WAKE && (read_ends(r) || stream_flush(r->stream, r->failure)))
                return r->failure->code;
        }
    }
}

static void say_result(const struct recorder *r, const char *path)
{
    print_line(stderr, "tcpestats: %zu connection%s, %llu interval%s, %llu bytes in %s", r->ever,
               r->ever == 1 ? "" : "s", (unsigned long long)r->looks, r->looks == 1 ? "" : "s",
               (unsigned long long)stream_size(r->stream), path);
    if (r->late)
        print_line(stderr, "tcpestats: %llu interval%s passed over: there was no time for them",
                   (unsigned long long)r->late, r->late == 1 ? " was" : "s were");
    if (r->lost)
        print_line(stderr, "tcpestats: %llu end%s lost: there was no room for %s",
                   (unsigned long long)r->lost, r->lost == 1 ? " was" : "s were",
                   r->lost == 1 ? "it" : "them");
}

static int record(struct recorder *r, const struct conns *named)
{
    struct tape_plan plan = {r->tool->interval_ns, r->tool->full, false, r->tool->args + 1,
                             r->tool->arg_count - 1};
    struct failure later;
    const char *why = "error";
    int code;

    plan.hears_ends = r->hears = !ends_look(&later);
    code = tape_begin(&r->tape, r->stream, &plan, r->failure);
    if (!code)
        code = add_named(r, named);
    if (!code) {
        term_begin(false);
        r->owners_wanted = true;
        ends_wake(r->hears);
        code = loop(r, &why);
        ends_wake(false);
        term_end();
        if (!code)
            code = end_gone(r);
    }
    /* What there is stays, whatever happened: with an end, where that can still be written. */
    if (!tape_end(&r->tape, why, r->late, r->lost, &later))
        stream_flush(r->stream, &later);
    progress_end();
    if (!code)
        say_result(r, r->tool->args[0]);
    else if (r->looks)
        print_line(stderr, "tcpestats: what was recorded up to then is in %s: %llu interval%s",
                   r->tool->args[0], (unsigned long long)r->looks, r->looks == 1 ? "" : "s");
    return code;
}

int command_record(const struct tool *tool, struct failure *failure)
{
    struct recorder r = {.tool = tool, .failure = failure};
    struct conns named = {NULL, 0, 0};
    struct failure later;
    int code = selection_parse(&r.selection, tool->args + 1, tool->arg_count - 1, failure);

    r.span_ns = tool->count ? (tool->count - 1) * tool->interval_ns
                            : tool->duration_ns / tool->interval_ns * tool->interval_ns;
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
    seen_free(&r.seen, free_taped, NULL);
    borrow_report(r.switched);
    tape_free(&r.tape);
    conns_free(&named);
    selection_free(&r.selection);
    return code;
}
