/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tcpestats log: a line for each connection that ends. Between them it looks at those that live, to
 * know whose they are and how old; /proc is walked only when there are new ones, and for a tenth of
 * the time at most.
 */
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "conns.h"
#include "print.h"
#include "report.h"
#include "term.h"

#define WALK_SHARE 10 /* of the time, for looks and for /proc each: one part in so many */

/* A connection that was seen alive. */
struct living {
    uint32_t netns;
    uint64_t identity;
    uint32_t look; /* number of the last look that found it */
    bool is_selected;
    struct owner owner;
};

struct log {
    const struct tool *tool;
    struct selection selection;
    struct living *items; /* sorted */
    size_t count, room;
    uint32_t look;
    bool has_news;               /* in this look: a connection that no look had found */
    uint64_t owners_ns, look_ns; /* not before then again */
    uint64_t lost, lines;
    uint64_t wall_offset_ns; /* 1970's clock is ahead of backend_now_ns() by this */
    struct failure *failure;
};

static int living_compare(const void *first, const void *second)
{
    const struct living *a = first, *b = second;

    if (a->netns != b->netns)
        return a->netns < b->netns ? -1 : 1;
    return a->identity < b->identity ? -1 : a->identity > b->identity;
}

static struct living *find_living(const struct log *log, const struct conn *conn, size_t count)
{
    const struct living key = {.netns = conn->netns, .identity = conn->identity};

    return count ? bsearch(&key, log->items, count, sizeof(key), living_compare) : NULL;
}

/* ---- Looks ---- */

struct look {
    struct log *log;
    size_t sorted; /* items up to there are */
};

static int see_known(const struct conn *conn, void *arg)
{
    const struct look *look = arg;
    struct living *known = find_living(look->log, conn, look->sorted);

    if (known)
        known->look = look->log->look;
    else
        look->log->has_news = true;
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
    struct look *look = arg;
    struct log *log = look->log;
    struct living *living;

    if (find_living(log, conn, look->sorted))
        return 0;
    if (log->count == log->room) {
        size_t room = log->room ? 2 * log->room : 256;
        struct living *grown = realloc(log->items, room * sizeof(*grown));

        if (!grown)
            return fail_with(log->failure, TOOL_OTHER, "out of memory");
        log->items = grown;
        log->room = room;
    }
    living = &log->items[log->count++];
    *living = (struct living){
        .netns = conn->netns,
        .identity = conn->identity,
        .look = log->look,
        .is_selected = selection_matches(&log->selection, conn),
    };
    learn_owner(living, conn);
    return 0;
}

/* The ends of what has vanished may come later by some looks. */
static void forget_old(struct log *log)
{
    size_t kept = 0;

    for (size_t i = 0; i < log->count; i++)
        if (log->look - log->items[i].look <= 8)
            log->items[kept++] = log->items[i];
    log->count = kept;
    if (kept)
        qsort(log->items, kept, sizeof(*log->items), living_compare);
}

static int look(struct log *log)
{
    uint64_t began = backend_now_ns();
    struct look look = {log, log->count};
    int code;

    log->look++;
    log->has_news = false;
    code = ends_look(log->failure);
    if (!code)
        code = backend_list(see_known, &look, log->failure);
    if (!code && log->has_news && began >= log->owners_ns) {
        uint64_t walk = backend_now_ns(), end;

        code = backend_owners_load(log->failure);
        end = backend_now_ns();
        log->owners_ns = end + WALK_SHARE * (end - walk);
        began += end - walk;
        if (!code)
            code = backend_list(see_new, &look, log->failure);
    }
    forget_old(log);
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
    const struct living *living = find_living(log, &ended->conn, log->count);
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

/* What there is to read is read through one descriptor. Which there are may change with each look;
 * one that has been closed has left by itself. */
static void gather(int epoll)
{
    struct pollfd fds[64], *all = fds;
    size_t count = ends_poll(fds, 64);

    if (count > 64)
        all = calloc(count, sizeof(*all));
    if (all && count > 64)
        ends_poll(all, count);
    for (size_t i = 0; all && i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN};

        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    if (all != fds)
        free(all);
}

static int loop(struct log *log)
{
    const struct tool *tool = log->tool;
    uint64_t now = backend_now_ns(), next = now;
    uint64_t end = tool->duration_ns ? next + tool->duration_ns : UINT64_MAX;
    int code = TOOL_OK, epoll = epoll_create1(EPOLL_CLOEXEC);
    bool enough = false;

    term_wake_on(epoll);
    while (!code && !enough) {
        if (now >= next) {
            code = look(log);
            gather(epoll);
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
    term_wake_on(-1);
    close(epoll);
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
    free(log.items);
    return code;
}
