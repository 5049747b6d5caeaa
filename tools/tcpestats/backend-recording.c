/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recording in the place of the system. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "print.h"
#include "progress.h"
#include "recording.h"

static struct recording *playing;

static int play_open(const char *path, struct failure *failure)
{
    bool more;

    if (recording_open(&playing, path, failure))
        return failure->code;
    if (recording_step(playing, &more, failure))
        return failure->code;
    playing->played_ns = playing->time_ns;
    return TOOL_OK;
}

static void play_close(void)
{
    recording_close(playing);
    playing = NULL;
}

/* Said once, when it is found out. */
static void note_end(void)
{
    progress_end();
    if (!playing->finished)
        print_line(stderr,
                   "tcpestats: '%s' ends without a last line: it was cut off, or is being recorded",
                   playing->path);
    playing->finished = true;
}

/* When the next interval was, where one is known. */
static uint64_t next_time(void)
{
    const struct json_node *time = playing->pending ? json_member(&playing->doc,
                                                                  &playing->doc.nodes[0], "time_ns")
                                                    : NULL;

    return time && time->type == JSON_NUMBER ? time->number : UINT64_MAX;
}

/* Intervals come a little early or late. */
int recording_play(uint64_t ns, bool *more, struct failure *failure)
{
    uint64_t until;
    bool stepped = true;

    playing->played_ns = playing->played_ns < UINT64_MAX - ns ? playing->played_ns + ns
                                                              : UINT64_MAX;
    until = playing->played_ns < UINT64_MAX - playing->interval_ns / 2
                ? playing->played_ns + playing->interval_ns / 2
                : UINT64_MAX;
    *more = false;
    playing->shown = playing->interval;
    do {
        if (recording_step(playing, &stepped, failure))
            return failure->code;
        *more |= stepped;
        progress_show(stream_done(playing->stream), "reading");
    } while (stepped && next_time() <= until && next_time() != UINT64_MAX);
    if (playing->played_ns < playing->time_ns)
        playing->played_ns = playing->time_ns;
    if (!*more)
        note_end();
    return TOOL_OK;
}

int recording_play_all(struct failure *failure)
{
    bool more = true;
    int code = TOOL_OK;

    playing->keep_ended = true;
    while (more && !code) {
        code = recording_step(playing, &more, failure);
        progress_show(stream_done(playing->stream), "reading");
    }
    progress_end();
    if (!code)
        note_end();
    return code;
}

uint64_t recording_wall_ns(void)
{
    return playing->started_ns + playing->time_ns;
}

/* What a file says may be anything: of use is a hundredth of a second to a day. */
uint64_t recording_interval_ns(void)
{
    uint64_t interval_ns = playing->interval_ns;

    return interval_ns < 10000000         ? 10000000
           : interval_ns > 86400000000000 ? 86400000000000
                                          : interval_ns;
}

/* What has ended is seen once more, where there are numbers that were not seen before. */
static bool is_there(const struct recorded *item)
{
    return item->begun && (!item->ended || playing->keep_ended || item->interval > playing->shown);
}

static const struct recorded *find_item(const struct conn *conn)
{
    return conn->identity && conn->identity <= playing->count ? playing->items[conn->identity - 1]
                                                              : NULL;
}

const char *recording_ending(const struct conn *conn)
{
    const struct recorded *item = find_item(conn);

    return item && item->ended ? ending_code(item->ending) : NULL;
}

static int play_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure)
{
    int result = 0;

    (void)failure;
    for (size_t i = 0; i < playing->count && !result; i++)
        if (is_there(playing->items[i]))
            result = visit(&playing->items[i]->conn, arg);
    return result;
}

static const char *play_list_limits(void)
{
    return NULL;
}

static int fail_not_there(struct failure *failure)
{
    return fail_with(failure, TOOL_NOT_FOUND,
                     "the recording has no such connection; 'tcpestats list --from' shows those it "
                     "has");
}

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && a->address.family == b->address.family &&
           !memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));
}

/* Of several on the same addresses and ports the last. */
static int play_find(struct conn *conn, struct failure *failure)
{
    for (size_t i = playing->count; i-- > 0;) {
        const struct conn *found = &playing->items[i]->conn;

        if (!is_there(playing->items[i]) || !same_endpoint(&found->local, &conn->local) ||
            !same_endpoint(&found->remote, &conn->remote) ||
            (conn->scope && conn->scope != found->scope))
            continue;
        *conn = *found;
        return TOOL_OK;
    }
    return fail_not_there(failure);
}

static int play_take(const struct conn *conn, unsigned classes, struct reading *readings,
                     struct failure *failure)
{
    const struct recorded *item = find_item(conn);

    if (!item || !is_there(item))
        return fail_not_there(failure);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls)
            recording_reading(playing, item, cls, &readings[cls]);
    return TOOL_OK;
}

static int play_begun(const struct conn *conn, unsigned classes, struct reading *begun,
                      struct reading *now, struct failure *failure)
{
    (void)conn;
    (void)classes;
    (void)begun;
    (void)now;
    return fail_with(failure, TOOL_USAGE, "a recording remembers nothing from before it");
}

static int play_sweep(unsigned classes,
                      int (*visit)(const struct conn *, const struct reading *, void *), void *arg,
                      struct failure *failure)
{
    struct reading readings[TCPESTATS_CLASS_COUNT];
    int result = 0;

    for (size_t i = 0; i < playing->count && !result; i++) {
        if (!is_there(playing->items[i]))
            continue;
        result = play_take(&playing->items[i]->conn, classes, readings, failure);
        if (!result)
            result = visit(&playing->items[i]->conn, readings, arg);
    }
    return result;
}

static int play_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure)
{
    (void)conn;
    (void)cls;
    (void)on;
    return fail_with(failure, TOOL_USAGE, "nothing can be switched in a recording");
}

static void play_classes(struct conn *conn)
{
    (void)conn; /* every connection comes with them */
}

static bool from_origin(unsigned number, struct source *source)
{
    const struct origin *origin = &playing->origins[number];

    *source = (struct source){
        .fidelity = origin->fidelity,
        .backend = origin->backend,
        .source = origin->source,
        .note = origin->note,
        .clock_driven = -1,
    };
    return number;
}

static int play_source(unsigned id, struct source *source, struct failure *failure)
{
    (void)failure;
    from_origin(playing->usual[id].origin, source);
    return TOOL_OK;
}

static bool play_value_source(const struct reading *reading, unsigned id, struct source *source)
{
    unsigned row = reading->row[id - class_first(reading->cls)];

    return row < playing->origin_count && from_origin(row, source);
}

static void play_collector(struct collector *collector)
{
    *collector = (struct collector){.state = playing->collector[0] ? playing->collector : NULL};
}

static int play_owners_load(struct failure *failure)
{
    (void)failure;
    return TOOL_OK;
}

static const struct owner *play_owners(const struct conn *conn, size_t *count)
{
    const struct recorded *item = find_item(conn);

    *count = item ? item->owner_count : 0;
    return item ? item->owners : NULL;
}

static bool play_process_is(const struct owner *owner, const char *name)
{
    return !strcmp(owner->name, name);
}

static enum process_view play_process(uint32_t pid, const char *name)
{
    for (size_t i = 0; i < playing->count; i++) {
        const struct recorded *item = playing->items[i];

        for (size_t j = 0; j < item->owner_count; j++)
            if (pid ? item->owners[j].pid == pid : play_process_is(&item->owners[j], name))
                return PROCESS_VISIBLE;
    }
    return PROCESS_ABSENT;
}

static int play_owner_unknown(struct failure *failure)
{
    return fail_with(failure, TOOL_NOT_FOUND, "the recording does not say whose it was");
}

/* Which users and control groups there are is known at the end only; some recordings tell none. */
static int check_told(bool (*is_told)(const struct recorded *), const char *what,
                      struct failure *failure)
{
    for (size_t i = 0; i < playing->count; i++)
        if (is_told(playing->items[i]))
            return TOOL_OK;
    return playing->keep_ended ? fail_with(failure, TOOL_NOT_SUPPORTED,
                                           "the recording does not tell %s of connections", what)
                               : TOOL_OK;
}

static bool tells_user(const struct recorded *item)
{
    return item->conn.has_uid;
}

static bool tells_cgroup(const struct recorded *item)
{
    return item->cgroup != NULL;
}

#define NO_USER UINT32_MAX

static int play_user(const char *name, uint32_t *uid, struct failure *failure)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(name, &end, 10);
    *uid = *name < '0' || *name > '9' || *end || errno || number >= NO_USER ? NO_USER
                                                                            : (uint32_t)number;
    return check_told(tells_user, "users", failure);
}

/* By the names of where it was recorded. */
static bool play_user_is(const struct conn *conn, const char *name, uint32_t uid)
{
    const struct recorded *item = find_item(conn);

    return item && ((item->user && !strcmp(item->user, name)) ||
                    (conn->has_uid && uid != NO_USER && conn->uid == uid));
}

static const char *play_user_name(const struct conn *conn)
{
    const struct recorded *item = find_item(conn);

    return item ? item->user : NULL;
}

static const char *play_cgroup(const struct conn *conn)
{
    const struct recorded *item = find_item(conn);

    return item ? item->cgroup : NULL;
}

static bool play_cgroup_has(const char *path, const struct conn *conn)
{
    const char *own = play_cgroup(conn);

    return own && cgroup_is_within(own, path);
}

static int play_cgroup_check(const char *path, struct failure *failure)
{
    (void)path;
    return check_told(tells_cgroup, "control groups", failure);
}

static size_t play_netns_count(void)
{
    return 1;
}

static uint32_t play_netns_at(size_t i)
{
    (void)i;
    return 0;
}

static const char *play_netns_name(const struct conn *conn)
{
    (void)conn;
    return NULL;
}

static uint32_t play_zone(uint32_t netns, const char *zone)
{
    (void)netns;
    return recording_zone(playing, zone);
}

static void play_zone_name(const struct conn *conn, char zone[ZONE_MAX])
{
    snprintf(zone, ZONE_MAX, "%s",
             conn->scope && conn->scope <= playing->zone_count ? playing->zones[conn->scope - 1]
                                                               : "");
}

const struct backend_calls backend_recording = {
    .open = play_open,
    .netns_count = play_netns_count,
    .netns_at = play_netns_at,
    .netns_name = play_netns_name,
    .user = play_user,
    .user_is = play_user_is,
    .user_name = play_user_name,
    .cgroup_check = play_cgroup_check,
    .cgroup = play_cgroup,
    .cgroup_has = play_cgroup_has,
    .close = play_close,
    .list = play_list,
    .list_limits = play_list_limits,
    .find = play_find,
    .take = play_take,
    .begun = play_begun,
    .sweep = play_sweep,
    .set = play_set,
    .classes = play_classes,
    .source = play_source,
    .value_source = play_value_source,
    .collector = play_collector,
    .owners_load = play_owners_load,
    .owners = play_owners,
    .process = play_process,
    .process_is = play_process_is,
    .owner_unknown = play_owner_unknown,
    .zone = play_zone,
    .zone_name = play_zone_name,
};
