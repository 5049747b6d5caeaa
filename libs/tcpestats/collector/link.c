/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Some connections to the daemon, each claimed by the thread that asks (claims.h): one for each
 * network namespace that the handle's threads are in, and a few at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/claims.h"
#include "collector/views.h"
#include "collector/wire.h"

#define LINES 4
#define RETRY_NS UINT64_C(1000000000)
#define MS_NS UINT64_C(1000000)

struct line {
    _Atomic uint64_t owner;
    struct te_collector_wire wire;
    uint64_t netns; /* of HELLO; TE_NETNS_* as in te_snapshot.netns */
    uint64_t start; /* of the daemon */
};

struct te_collector_link {
    char *path; /* NULL: no collector is wanted */
    struct te_claims claims;
    struct line line[LINES];
    _Atomic uint64_t mapping; /* claim on changing views */
    struct te_collector_views views;
    /* No connecting before this time, and the error that was the reason. */
    _Atomic uint64_t retry_ns;
    _Atomic int refusal;
    _Atomic uint64_t waited_ns; /* when a thread last found all lines busy */
};

int te_collector_link_new(struct te_collector_link **result, const struct te_netns *netns)
{
    const char *path = secure_getenv("TCPESTATS_COLLECTOR");
    struct te_collector_link *link = calloc(1, sizeof(*link));

    if (!link)
        return -ENOMEM;
    if (!path)
        path = TE_COLLECTOR_SOCKET;
    if (te_claims_new(&link->claims)) {
        free(link);
        return -ENOMEM;
    }
    for (int i = 0; i < LINES; i++)
        link->line[i].wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
    if (*path && !(link->path = strdup(path))) {
        te_collector_link_free(link);
        return -ENOMEM;
    }
    (void)netns;
    *result = link;
    return 0;
}

void te_collector_link_free(struct te_collector_link *link)
{
    if (!link)
        return;
    for (int i = 0; i < LINES; i++)
        te_collector_wire_close(&link->line[i].wire);
    te_collector_views_free(&link->views);
    te_claims_free(&link->claims);
    free(link->path);
    free(link);
}

struct te_collector_view te_collector_view(struct te_collector_link *link)
{
    return te_collector_views_now(&link->views);
}

bool te_collector_find_view(struct te_collector_link *link, uint64_t start,
                            struct te_collector_view *view)
{
    return te_collector_views_find(&link->views, start, view);
}

bool te_collector_view_holds(struct te_collector_link *link, const struct te_collector_view *view)
{
    return te_collector_views_hold(&link->views, view);
}

/* --- claims --- */

/*
 * Takes what is nobody's, or a dead thread's, or (after fork) another process'; *abandoned then:
 * it may be in any state. False while a living thread has it.
 */
static bool claim(_Atomic uint64_t *owner, uint64_t me, bool *abandoned)
{
    uint64_t from = atomic_load(owner);

    *abandoned = from != 0 && TE_CLAIM_TID(from) != 0;
    if (*abandoned && TE_CLAIM_GENERATION(from) == TE_CLAIM_GENERATION(me) &&
        !te_claims_is_dead(TE_CLAIM_TID(from)))
        return false;
    *abandoned |= from != 0 && TE_CLAIM_GENERATION(from) != TE_CLAIM_GENERATION(me);
    return atomic_compare_exchange_strong(owner, &from, me);
}

/* Keeps the generation, so that a child knows what is its parent's. */
static void give_back(_Atomic uint64_t *owner, uint64_t me)
{
    atomic_compare_exchange_strong(owner, &me, TE_CLAIM(TE_CLAIM_GENERATION(me), 0));
}

static uint64_t myself(struct te_collector_link *link)
{
    return TE_CLAIM(te_claims_generation(&link->claims, NULL), syscall(SYS_gettid));
}

static bool claim_line(struct line *line, uint64_t me)
{
    bool abandoned;

    if (!claim(&line->owner, me, &abandoned))
        return false;
    if (abandoned)
        te_collector_wire_close(&line->wire);
    return true;
}

/* netns 0: any will do. */
static bool suits(const struct line *line, uint64_t netns)
{
    return line->wire.fd >= 0 && (netns == 0 || line->netns == netns);
}

/* A line of this namespace, else one that is not connected, else any. */
static struct line *find_line(struct te_collector_link *link, uint64_t netns, uint64_t me)
{
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < LINES; i++) {
            struct line *line = &link->line[i];

            if (!claim_line(line, me))
                continue;
            if (pass == 2 || (pass == 1 && line->wire.fd < 0) || (pass == 0 && suits(line, netns)))
                return line;
            give_back(&line->owner, me);
        }
    }
    return NULL;
}

/*
 * Waits for one, but not past the deadline. NULL: all are busy. Who comes while others wait lets
 * them go first, or a few that ask without end would keep out all others.
 */
static struct line *acquire(struct te_collector_link *link, uint64_t netns, uint64_t me,
                            uint64_t deadline)
{
    static const struct timespec pause = {0, 200000};
    struct line *line;
    uint64_t now = te_now();

    if (now - atomic_load(&link->waited_ns) < MS_NS)
        nanosleep(&pause, NULL);
    while (!(line = find_line(link, netns, me)) && (now = te_now()) < deadline) {
        atomic_store(&link->waited_ns, now);
        nanosleep(&pause, NULL);
    }
    return line;
}

/* --- connecting --- */

static int refuse(struct te_collector_link *link, int error)
{
    /* Two words: a reader may get one's error with the other's time, and neither matters. */
    atomic_store(&link->refusal, error);
    atomic_store(&link->retry_ns, te_now() + RETRY_NS);
    return error;
}

/* Only to be told apart: is it there and not for us, or not there? */
static int of_connect(int error)
{
    return error == -EACCES || error == -EPERM ? -EPERM : -ENOTCONN;
}

static bool makes_sense(const struct te_collector_answer *hello)
{
    return hello->layout == TE_COLLECTOR_LAYOUT && hello->epoch != 0 && hello->records != 0 &&
           hello->record_size == sizeof(struct te_collector_record) &&
           hello->records <= TE_COLLECTOR_RECORDS_MAX;
}

static int show(struct te_collector_link *link, const struct te_collector_answer *hello, int fd,
                uint64_t me, uint64_t deadline)
{
    static const struct timespec pause = {0, 100000};
    struct te_collector_view view;
    bool abandoned;
    int status;

    while (!claim(&link->mapping, me, &abandoned)) {
        if (te_now() >= deadline)
            return -ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    status = te_collector_views_show(&link->views, hello, fd, &view);
    give_back(&link->mapping, me);
    return status;
}

static int say_hello(struct te_collector_link *link, struct line *line, uint64_t netns, uint64_t me,
                     uint64_t deadline)
{
    struct te_collector_request request = {.call = TE_COLLECTOR_HELLO, .netns = netns};
    struct te_collector_answer answer;
    int ns, fd, status;

    ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (ns < 0)
        return -ENOTCONN;
    status = te_collector_wire_ask(&line->wire, &request, ns, deadline, &answer, &fd);
    close(ns);
    if (status)
        return -ENOTCONN;
    status = answer.error;
    if (!status)
        status = makes_sense(&answer) && fd >= 0 ? show(link, &answer, fd, me, deadline) : -EPROTO;
    if (fd >= 0)
        close(fd);
    if (status)
        return of_connect(status);
    line->netns = netns;
    line->start = answer.epoch;
    return 0;
}

static int connect_line(struct te_collector_link *link, struct line *line, uint64_t netns,
                        uint64_t me, uint64_t deadline)
{
    int status;

    te_collector_wire_close(&line->wire);
    if (te_now() < atomic_load(&link->retry_ns))
        return atomic_load(&link->refusal);
    status = te_collector_wire_open(&line->wire, link->path);
    if (status)
        return refuse(link, of_connect(status));
    status = say_hello(link, line, netns, me, deadline);
    if (status) {
        te_collector_wire_close(&line->wire);
        return refuse(link, status);
    }
    return 0;
}

/* --- asking --- */

static struct te_collector_request request_of(const struct te_snapshot *s, uint32_t call,
                                              uint32_t classes)
{
    struct te_collector_request request = {
        .call = call,
        .cookie = s->cookie,
        .netns = s->netns,
        .family = s->tuple.family,
        .local_port = s->tuple.local_port,
        .remote_port = s->tuple.remote_port,
        .ifindex = s->ifindex,
        .classes = classes,
    };

    memcpy(request.local, s->tuple.local, sizeof(request.local));
    memcpy(request.remote, s->tuple.remote, sizeof(request.remote));
    return request;
}

/* A connection that stood may have died with its daemon, and then the next one is asked. */
static int ask_line(struct te_collector_link *link, struct line *line, uint64_t netns,
                    struct te_collector_request *request, uint64_t me, uint64_t deadline,
                    struct te_collector_answer *answer)
{
    bool fresh = false;
    int status;

    for (;;) {
        if (!suits(line, netns)) {
            status = connect_line(link, line, netns, me, deadline);
            if (status)
                return status;
            fresh = true;
        }
        status = te_collector_wire_ask(&line->wire, request, -1, deadline, answer, NULL);
        if (!status)
            return answer->error;
        te_collector_wire_close(&line->wire);
        te_collector_views_hide(&link->views, line->start);
        if (fresh || status == -ETIMEDOUT)
            return refuse(link, -ENOTCONN);
    }
}

static int ask(struct te_collector_link *link, struct te_collector_request *request,
               struct te_collector_answer *answer, struct te_collector_view *view)
{
    uint64_t deadline = te_now() + TE_COLLECTOR_PATIENCE_MS * MS_NS, netns = request->netns, me;
    struct line *line;
    int status;

    if (!link->path)
        return -ENOTCONN;
    me = myself(link);
    line = acquire(link, netns, me, deadline);
    if (!line)
        return -ENOTCONN;
    status = ask_line(link, line, netns, request, me, deadline, answer);
    if (!status && view &&
        (!te_collector_views_find(&link->views, line->start, view) || answer->slot >= view->count))
        status = -ENOTCONN;
    give_back(&line->owner, me);
    return status;
}

int te_collector_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                        uint32_t classes, struct te_collector_view *view, uint32_t *slot)
{
    struct te_collector_request request = request_of(snapshot, TE_COLLECTOR_ENABLE, classes);
    struct te_collector_answer answer;
    int status = ask(link, &request, &answer, view);

    if (!status)
        *slot = answer.slot;
    return status;
}

int te_collector_disable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                         uint32_t classes)
{
    struct te_collector_request request = request_of(snapshot, TE_COLLECTOR_DISABLE, classes);
    struct te_collector_answer answer;

    return ask(link, &request, &answer, NULL);
}

int te_collector_status(struct te_collector_link *link, struct te_collector_answer *answer)
{
    struct te_collector_request request = {.call = TE_COLLECTOR_STATUS};

    return ask(link, &request, answer, NULL);
}

bool te_collector_is_gone(struct te_collector_link *link)
{
    uint64_t start = te_collector_view(link).start, me = myself(link);
    bool gone = true;

    for (int i = 0; i < LINES && gone && start != 0; i++) {
        struct line *line = &link->line[i];

        if (!claim_line(line, me)) {
            gone = false; /* somebody is talking to it */
            continue;
        }
        if (line->wire.fd >= 0 && line->start == start) {
            gone = !te_collector_wire_is_up(&line->wire);
            if (gone)
                te_collector_wire_close(&line->wire);
        }
        give_back(&line->owner, me);
    }
    if (gone)
        te_collector_views_hide(&link->views, start);
    return gone;
}
