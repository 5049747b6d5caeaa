/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands each question to the system or to a recording, whichever was opened. */
#include "backend.h"

#include "recording.h"

static const struct backend_calls *calls;

int backend_open(const char *netns, struct failure *failure)
{
    calls = &backend_system;
    return calls->open(netns, failure);
}

int backend_open_all(struct failure *failure)
{
    calls = &backend_system;
    return calls->open_all(failure);
}

int backend_open_recording(const char *path, bool at_end, struct failure *failure)
{
    calls = &backend_recording;
    if (calls->open(path, failure))
        return failure->code;
    return at_end ? recording_play_all(failure) : TOOL_OK;
}

bool backend_is_recording(void)
{
    return calls == &backend_recording;
}

int backend_play(uint64_t ns, bool *more, struct failure *failure)
{
    *more = true;
    return backend_is_recording() ? recording_play(ns, more, failure) : TOOL_OK;
}

uint64_t backend_interval_ns(void)
{
    return recording_interval_ns();
}

uint64_t backend_shown_ns(void)
{
    return backend_is_recording() ? recording_wall_ns() : backend_wall_ns();
}

const char *backend_ending(const struct conn *conn)
{
    return backend_is_recording() ? recording_ending(conn) : NULL;
}

void backend_close(void)
{
    if (calls)
        calls->close();
    calls = NULL;
}

size_t backend_netns_count(void)
{
    return calls->netns_count();
}

uint32_t backend_netns_at(size_t i)
{
    return calls->netns_at(i);
}

const char *backend_netns_name(const struct conn *conn)
{
    return calls->netns_name(conn);
}

int backend_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure)
{
    return calls->list(visit, arg, failure);
}

const char *backend_list_limits(void)
{
    return calls->list_limits();
}

int backend_find(struct conn *conn, struct failure *failure)
{
    return calls->find(conn, failure);
}

int backend_take(const struct conn *conn, unsigned classes,
                 struct reading readings[TCPESTATS_CLASS_COUNT], struct failure *failure)
{
    return calls->take(conn, classes, readings, failure);
}

int backend_begun(const struct conn *conn, unsigned classes,
                  struct reading begun[TCPESTATS_CLASS_COUNT],
                  struct reading now[TCPESTATS_CLASS_COUNT], struct failure *failure)
{
    return calls->begun(conn, classes, begun, now, failure);
}

int backend_sweep(unsigned classes,
                  int (*visit)(const struct conn *conn, const struct reading *readings, void *arg),
                  void *arg, struct failure *failure)
{
    return calls->sweep(classes, visit, arg, failure);
}

int backend_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure)
{
    return calls->set(conn, cls, on, failure);
}

void backend_classes(struct conn *conn)
{
    calls->classes(conn);
}

int backend_source(unsigned id, struct source *source, struct failure *failure)
{
    return calls->source(id, source, failure);
}

bool backend_value_source(const struct reading *reading, unsigned id, struct source *source)
{
    return calls->value_source(reading, id, source);
}

void backend_collector(struct collector *collector)
{
    calls->collector(collector);
}

int backend_owners_load(struct failure *failure)
{
    return calls->owners_load(failure);
}

const struct owner *backend_owners(const struct conn *conn, size_t *count)
{
    return calls->owners(conn, count);
}

enum process_view backend_process(uint32_t pid, const char *name)
{
    return calls->process(pid, name);
}

bool backend_process_is(const struct owner *owner, const char *name)
{
    return calls->process_is(owner, name);
}

int backend_owner_unknown(struct failure *failure)
{
    return calls->owner_unknown(failure);
}

int backend_user(const char *name, uint32_t *uid, struct failure *failure)
{
    return calls->user(name, uid, failure);
}

bool backend_user_is(const struct conn *conn, const char *name, uint32_t uid)
{
    return calls->user_is(conn, name, uid);
}

const char *backend_user_name(const struct conn *conn)
{
    return calls->user_name(conn);
}

int backend_cgroup_check(const char *path, struct failure *failure)
{
    return calls->cgroup_check(path, failure);
}

const char *backend_cgroup(const struct conn *conn)
{
    return calls->cgroup(conn);
}

bool backend_cgroup_has(const char *path, const struct conn *conn)
{
    return calls->cgroup_has(path, conn);
}

uint32_t backend_zone(uint32_t netns, const char *zone)
{
    return calls->zone(netns, zone);
}

void backend_zone_name(const struct conn *conn, char zone[ZONE_MAX])
{
    calls->zone_name(conn, zone);
}
