/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats log: a line for each connection that ends. Between them it looks at those that live, to
 * know whose they are and how old; /proc is walked only when there are new ones, and for a tenth of
 * the time at most.
 */
#include "log.h"

#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "report.h"
#include "seen.h"
#include "term.h"

#define WALK_SHARE 10 /* of the time, for looks and for /proc each: one part in so many */

/* A connection that was seen alive. */
struct living {
    struct conn conn;
    uint32_t look; /* number of the last look that found it */
    bool is_selected;
    struct owner owner;
};

struct log {
    const struct tool *tool;
    struct selection selection;
    struct seen seen; /* of struct living */
    uint32_t look;
    bool has_news;               /* in this look: a connection that no look had found */
    uint64_t owners_ns, look_ns; /* not before then again */
    uint64_t lost, lines;
    uint64_t wall_offset_ns; /* 1970's clock is ahead of backend_now_ns() by this */
    struct failure *failure;
};

/* ---- Looks ---- */

static int see_known(const struct conn *conn, void *arg)
{
    struct log *log = arg;
    struct living *known = seen_find(&log->seen, conn);

    if (known)
        known->look = log->look;
    else
        log->has_news = true;
    return 0;
}

static void learn_owner(struct living *living, const struct conn *conn)
{
    size_t count;
    const struct owner *owners = backend_owners(conn, &count);

    if (count)
        living->owner = owners[0];
}

static int see_new(const struct conn *conn, void *arg)
{
    struct log *log = arg;
    struct living *living;

    if (seen_find(&log->seen, conn))
        return 0;
    living = malloc(sizeof(*living));
    if (!living)
        return fail_with(log->failure, TOOL_OTHER, "out of memory");
    *living = (struct living){
        .conn = *conn,
        .look = log->look,
        .is_selected = selection_matches(&log->selection, conn),
    };
    learn_owner(living, conn);
    if (!seen_add(&log->seen, &living->conn, log->failure))
        return 0;
    free(living);
    return log->failure->code;
}

/* The ends of what has vanished may come later by some looks. */
static bool is_recent(struct conn *kept, void *arg)
{
    const struct log *log = arg;

    if (log->look - ((struct living *)kept)->look <= 8)
        return true;
    free(kept);
    return false;
}

static void free_living(struct conn *kept, void *arg)
{
    (void)arg;
    free(kept);
}

static int look(struct log *log)
{
    uint64_t began = backend_now_ns();
    int code;

    log->look++;
    log->has_news = false;
    code = ends_look(log->failure);
    if (!code)
        code = backend_list(see_known, log, log->failure);
    if (!code && log->has_news && began >= log->owners_ns) {
        uint64_t walk = backend_now_ns(), end;

        code = backend_owners_load(log->failure);
        end = backend_now_ns();
        log->owners_ns = end + WALK_SHARE * (end - walk);
        began += end - walk;
        if (!code)
            code = backend_list(see_new, log, log->failure);
    }
    seen_keep(&log->seen, is_recent, log);
    log->look_ns = backend_now_ns() + WALK_SHARE * (backend_now_ns() - began);
    return code;
}

/* ---- Ends ---- */

/* What is known of its life's length, where that is known well enough to judge by it. */
static uint64_t length_of(const struct log_line *line)
{
    if (line->most_ns == UINT64_MAX || line->most_ns - line->least_ns > line->most_ns / 4)
        return 0;
    return line->least_ns + (line->most_ns - line->least_ns) / 2;
}

static uint64_t since(uint64_t now_ns, uint64_t then_ns)
{
    return now_ns > then_ns ? now_ns - then_ns : 0;
}

static int see_end(const struct ended *ended, void *arg)
{
    struct log *log = arg;
    const struct living *living = seen_find(&log->seen, &ended->conn);
    struct log_line line = {
        .ended = ended,
        .wall_ns = ended->time_ns + log->wall_offset_ns,
        .is_seen = ended->seen_ns != 0,
        .least_ns = ended->seen_ns ? since(ended->time_ns, ended->seen_ns) : 0,
        .most_ns = ended->unseen_ns ? since(ended->time_ns, ended->unseen_ns) : UINT64_MAX,
    };

    if (living ? !living->is_selected : !selection_matches(&log->selection, &ended->conn))
        return 0;
    if (living)
        line.owner = living->owner;
    if (ended->readings) {
        evidence_add_life(&line.evidence, ended->readings, length_of(&line));
        verdict_make(&line.evidence, &line.verdict);
    }
    log_show(log->tool, &line);
    log->lines++;
    return term_stopping() || (log->tool->count && log->lines >= log->tool->count);
}

static int read_ends(struct log *log, bool *enough)
{
    uint64_t lost = 0;
    int code = ends_read(TCPESTATS_CLASSES_ALL, see_end, log, &lost, log->failure);

    *enough = code == 1;
    log->lost += lost;
    if (lost)
        log_show_lost(log->tool, backend_now_ns() + log->wall_offset_ns, lost, log->lost);
    print_flush();
    return code == 1 ? TOOL_OK : code;
}

static int loop(struct log *log)
{
    const struct tool *tool = log->tool;
    uint64_t now = backend_now_ns(), next = now;
    uint64_t end = tool->duration_ns ? next + tool->duration_ns : UINT64_MAX;
    int code = TOOL_OK;
    bool enough = false;

    while (!code && !enough) {
        if (now >= next) {
            code = look(log);
            ends_wake(true);
            next = now + tool->interval_ns;
            if (next < log->look_ns)
                next = log->look_ns;
        }
        if (!code)
            code = read_ends(log, &enough);
        if (code || enough || now >= end || term_wait(next < end ? next : end) == TERM_STOP)
            break;
        now = backend_now_ns();
    }
    ends_wake(false);
    return code;
}

int command_log(const struct tool *tool, struct failure *failure)
{
    struct log log = {
        .tool = tool, .failure = failure, .wall_offset_ns = backend_wall_ns() - backend_now_ns()};
    int code = selection_parse(&log.selection, tool->args, tool->arg_count, failure);

    if (!code) {
        log_heading(tool);
        print_flush();
        term_begin(false);
        code = loop(&log);
        term_end();
        if (log.lost)
            print_line(stderr, "tcpestats: %llu ends were lost: there was no room for them",
                       (unsigned long long)log.lost);
    }
    if (code)
        report_failure(tool, failure);
    selection_free(&log.selection);
    seen_free(&log.seen, free_living, NULL);
    return code;
}
