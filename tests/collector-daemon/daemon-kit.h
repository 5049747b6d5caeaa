/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A daemon of the test's own, and raw talk with it. What goes wrong ends the test. */
#ifndef DAEMON_KIT_H
#define DAEMON_KIT_H

#include <stdbool.h>
#include <sys/types.h>

#include "await.h"
#include "collector/collector.h"
#include "shared/protocol.h"
#include "net.h"

/* Enters a network namespace of the test's own; ends it as skipped where that can't be. */
void daemon_begin(void);

struct daemon {
    pid_t pid;
    char dir[80];
    char socket[104];
    int listener; /* inherited by it, or -1 */
};

/*
 * Starts the daemon (TCPESTATSD, else the one of the build) at a socket in a directory of its own,
 * with more options, NULL-terminated, and waits until it says READY. TCPESTATS_COLLECTOR names it.
 */
void daemon_start(struct daemon *d, ...);

/* The same with a socket that we listen at, as a service manager does. */
void daemon_start_activated(struct daemon *d, ...);

/* Listens there, and starts nothing yet: daemon_again() does. */
void daemon_listen(struct daemon *d, ...);

/* Again, at the same socket, with the arguments of the first time. */
void daemon_again(struct daemon *d);

/* SIGKILL, and SIGTERM; both wait. The latter returns the exit status. */
void daemon_kill(struct daemon *d);
int daemon_stop(struct daemon *d);

/* SIGKILL to a daemon whose process that closes hangs: so that is not waited for. */
void daemon_kill_hanging(struct daemon *d);

/* Waits for the daemon to end by itself, at most so many seconds; false: it did not. */
bool daemon_ended(struct daemon *d, unsigned seconds);

/* Stops it if it runs, which must go well, and removes the directory. */
void daemon_end(struct daemon *d);

/* How many descriptors it has open, and its resident memory in KiB. */
unsigned daemon_descriptors(const struct daemon *d);
unsigned daemon_memory(const struct daemon *d);

/* A raw connection; with HELLO already said. */
int raw_connect(const struct daemon *d);
int raw_hello(const struct daemon *d);

struct te_collector_request raw_request(unsigned call);

/* Sends with count descriptors. 0 or a negative errno. */
int raw_send(int fd, const void *data, size_t size, const int *fds, unsigned count);

/* Waits for an answer, at most AWAIT_SECONDS. 1: there it is; 0: the end; -1: nothing. */
int raw_receive(int fd, struct te_collector_answer *answer, int *got_fd);

/* Sends a request, waits for its answer, returns its error. */
int raw_ask(int fd, struct te_collector_request *request, struct te_collector_answer *answer);

/* The daemon still serves: asks STATUS over a connection of its own. */
struct te_collector_answer daemon_status(const struct daemon *d);

/* What sock_diag shows of a connection, from the calling thread's namespace. */
struct te_snapshot snapshot_of(const struct te_tuple *tuple);

/* ENABLE for it, as raw talk. */
struct te_collector_request raw_enable(const struct te_snapshot *s, unsigned classes);

/* A record as a reader gets it; false: not this daemon's any more, or not live. */
bool read_record(struct te_collector_link *link, const struct te_collector_view *view,
                 unsigned slot, struct te_collector_record *record);

/* Runs in a child as another user with these groups; its exit status, 0: went well. */
int as_user(uid_t uid, gid_t gid, const gid_t *groups, unsigned count, int (*run)(void *arg),
            void *arg);

/* A client of this thread's network namespace. */
int kit_link_new(struct te_collector_link **link);

/*
 * te_collector_enable() and te_collector_disable() for a test that is about something else than
 * time: asked again where the daemon takes longer than the library waits, as on a busy machine.
 */
int kit_link_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                    uint32_t classes, struct te_collector_view *view, uint32_t *slot);
int kit_link_disable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                     uint32_t classes);

#endif
