/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the commands need from the system: backend-linux.c over libtcpestats, backend-windows.c over
 * iphlpapi.dll, or backend-recording.c over what either of them told at another time. Functions
 * that return int return an exit code and have filled failure unless it is TOOL_OK. One thread.
 */
#ifndef BACKEND_H
#define BACKEND_H

#include "members.h"
#include "select.h"
#include "tool.h"

enum conn_state {
    STATE_UNKNOWN,
    STATE_ESTABLISHED,
    STATE_SYN_SENT,
    STATE_FIN_WAIT1,
    STATE_FIN_WAIT2,
    STATE_CLOSE_WAIT,
    STATE_LAST_ACK,
    STATE_CLOSING,
    STATE_COUNT
};

struct conn {
    struct endpoint local, remote;
    enum conn_state state;
    uint32_t scope;        /* index of the interface that it is on; 0: any, or not known */
    uint32_t remote_scope; /* Windows keeps one for each end */
    uint64_t identity;     /* distinguishes connections that reuse addresses and ports; 0: cannot */
    uint32_t netns;        /* number of its network namespace, 0 where only one is looked into */
    uint32_t uid;          /* Linux: user of the socket, where has_uid */
    uint64_t cgroup;       /* Linux: id of its control group, 0: not told */
    uint32_t inode;        /* Linux: 0 once its process has closed it */
    uint32_t pid;          /* Windows: 0 not known */
    bool has_uid;
    bool has_owner; /* false: no process has it open any more */
    bool classes_known;
    uint32_t classes; /* switched on; bit n: class n */
};

struct owner {
    uint32_t pid;
    char name[PROCESS_MAX]; /* "" not known */
};

enum process_view {
    PROCESS_ABSENT,  /* there is none */
    PROCESS_VISIBLE, /* its connections are known */
    PROCESS_HIDDEN   /* there is one, but what it has open cannot be seen */
};

struct source {
    const char *fidelity; /* NULL: nothing is said about it */
    const char *source;
    const char *note;    /* or NULL */
    const char *since;   /* or NULL */
    int clock_driven;    /* 1, 0, or -1 where nothing is said about it */
    const char *backend; /* who tells it: "sock_diag", "collector", "remembered", or NULL */
};

/* How it stands with the collector. */
struct collector {
    const char *state; /* "present", "absent", "refused", or NULL where that is no question */
    uint32_t records, in_use, attached, clients;
    uint64_t lost_guard, lost_busy; /* what its hooks have not counted */
};

/*
 * netns: the network namespace to look into, as `ip netns` names it, a process' number, or a path;
 * NULL: the one that the program is in.
 */
int backend_open(const char *netns, struct failure *failure);

/*
 * Opens a recording in the system's place. It stands at its first interval, and backend_play() goes
 * on from there; connections that have ended by then are no more. Or, at_end, behind its last one,
 * and every connection that was recorded is there as it was last seen.
 */
int backend_open_recording(const char *path, bool at_end, struct failure *failure);
bool backend_is_recording(void);

/*
 * Goes on in a recording by so much time, by one interval at least; *more false: there was nothing
 * left. Live, time goes on by itself: *more is true.
 */
int backend_play(uint64_t ns, bool *more, struct failure *failure);

/* The time between two looks that a recording was made with. */
uint64_t backend_interval_ns(void);

/* How a connection of a recording has ended by then, "closed" and the like; NULL: it has not. */
const char *backend_ending(const struct conn *conn);

void backend_close(void);

/* Instead of backend_open(): looks into every network namespace that this user may. */
int backend_open_all(struct failure *failure);

/* The namespaces that are looked into now, by number; and what --netns would call that of a
 * connection, NULL where only one is looked into. */
size_t backend_netns_count(void);
uint32_t backend_netns_at(size_t i);
const char *backend_netns_name(const struct conn *conn);

/* Visits every connection that has statistics; a non-zero return of visit ends the walk. */
int backend_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure);

/*
 * Completes a connection of which local, remote, scope and netns are given. Where the system keeps
 * lists that do not hold every connection, one that is not in them is left as it is, state unknown.
 */
int backend_find(struct conn *conn, struct failure *failure);

/* Why list does not show every connection that can be read, or NULL. */
const char *backend_list_limits(void);

/* Reads these classes (bit n: class n) into readings[n]. Linux: all at one instant. */
int backend_take(const struct conn *conn, unsigned classes,
                 struct reading readings[TCPESTATS_CLASS_COUNT], struct failure *failure);

/*
 * The same of what is remembered of these classes as they were when they were switched on, of the
 * same instant as now: begun[n] has the time and counters, which all have counted before. Of a
 * class that is off the time is 0.
 */
int backend_begun(const struct conn *conn, unsigned classes,
                  struct reading begun[TCPESTATS_CLASS_COUNT],
                  struct reading now[TCPESTATS_CLASS_COUNT], struct failure *failure);

/* Beside them, for backend_sweep(): classes that are off as well, where the system can. */
#define CLASSES_OFF_TOO TCPESTATS_OFF_TOO

/*
 * The same of every connection that has statistics, for a few of which it would take longer to ask
 * for each. readings is good until visit returns; a non-zero return of it ends the walk.
 */
int backend_sweep(unsigned classes,
                  int (*visit)(const struct conn *conn, const struct reading *readings, void *arg),
                  void *arg, struct failure *failure);

int backend_set(const struct conn *conn, unsigned cls, bool on, struct failure *failure);

/* Which classes are on; leaves classes_known false where it cannot be told. */
void backend_classes(struct conn *conn);

/* Where this machine gets a member from. Valid until the next call. */
int backend_source(unsigned id, struct source *source, struct failure *failure);

/* Where a number of a reading came from; false where that is not known. Valid until the next call.
 */
bool backend_value_source(const struct reading *reading, unsigned id, struct source *source);

void backend_collector(struct collector *collector);

/* Looks at who has which connection open, now. Before backend_list() or backend_find(). */
int backend_owners_load(struct failure *failure);

/* The owners as loaded; *count 0 with has_owner: unknown. Valid until the next load. */
const struct owner *backend_owners(const struct conn *conn, size_t *count);

/* Can the connections of the process be told? By pid, or by name when pid is 0. */
enum process_view backend_process(uint32_t pid, const char *name);

/* Is this what a user calls the process? (Linux: several names; Windows: no case, .exe or not.) */
bool backend_process_is(const struct owner *owner, const char *name);

/* The number of a user, given by name or number. */
int backend_user(const char *name, uint32_t *uid, struct failure *failure);

/* Is a connection this user's, of that name and number? */
bool backend_user_is(const struct conn *conn, const char *name, uint32_t uid);

/* The name of a connection's user, or else its number; NULL: not known. Valid until the next call.
 */
const char *backend_user_name(const struct conn *conn);

/* Can there be connections of this control group? */
int backend_cgroup_check(const char *path, struct failure *failure);

/* The control group of a connection, or NULL; valid until the next call. And is it this one, or one
 * within it? Where the system does not tell it, its owner's: after backend_owners_load(). */
const char *backend_cgroup(const struct conn *conn);
bool backend_cgroup_has(const char *path, const struct conn *conn);

/* Why the owner of a connection cannot be told here, and what to do. Fills failure. */
int backend_owner_unknown(struct failure *failure);

/* An interface's index from its name or number as typed, or 0; and the name of the one that a
 * connection is on, "" for none. */
uint32_t backend_zone(uint32_t netns, const char *zone);
void backend_zone_name(const struct conn *conn, char zone[ZONE_MAX]);

/* The clock by which to wait, and that of a calendar; both of the program, not of a recording. */
uint64_t backend_now_ns(void);
uint64_t backend_wall_ns(void);

/* Nanoseconds since 1970 of what is shown now: now, or when it was recorded. */
uint64_t backend_shown_ns(void);

/* Each of the functions above that both have; what they do is said there. */
struct backend_calls {
    int (*open)(const char *what, struct failure *failure);
    int (*open_all)(struct failure *failure);
    void (*close)(void);
    size_t (*netns_count)(void);
    uint32_t (*netns_at)(size_t i);
    const char *(*netns_name)(const struct conn *conn);
    int (*list)(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure);
    const char *(*list_limits)(void);
    int (*find)(struct conn *conn, struct failure *failure);
    int (*take)(const struct conn *conn, unsigned classes, struct reading *readings,
                struct failure *failure);
    int (*begun)(const struct conn *conn, unsigned classes, struct reading *begun,
                 struct reading *now, struct failure *failure);
    int (*sweep)(unsigned classes,
                 int (*visit)(const struct conn *conn, const struct reading *readings, void *arg),
                 void *arg, struct failure *failure);
    int (*set)(const struct conn *conn, unsigned cls, bool on, struct failure *failure);
    void (*classes)(struct conn *conn);
    int (*source)(unsigned id, struct source *source, struct failure *failure);
    bool (*value_source)(const struct reading *reading, unsigned id, struct source *source);
    void (*collector)(struct collector *collector);
    int (*owners_load)(struct failure *failure);
    const struct owner *(*owners)(const struct conn *conn, size_t *count);
    enum process_view (*process)(uint32_t pid, const char *name);
    bool (*process_is)(const struct owner *owner, const char *name);
    int (*owner_unknown)(struct failure *failure);
    int (*user)(const char *name, uint32_t *uid, struct failure *failure);
    bool (*user_is)(const struct conn *conn, const char *name, uint32_t uid);
    const char *(*user_name)(const struct conn *conn);
    int (*cgroup_check)(const char *path, struct failure *failure);
    const char *(*cgroup)(const struct conn *conn);
    bool (*cgroup_has)(const char *path, const struct conn *conn);
    uint32_t (*zone)(uint32_t netns, const char *zone);
    void (*zone_name)(const struct conn *conn, char zone[ZONE_MAX]);
};

extern const struct backend_calls backend_system, backend_recording;

#endif
