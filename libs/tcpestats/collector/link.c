/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handle's one connection to the daemon, which a thread claims while it asks (claims.h), and
 * the daemon's records.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "collector/views.h"
#include "collector/wire.h"

#define MS_NS UINT64_C(1000000)

struct te_collector_link {
    char *path;                   /* NULL: no collector is wanted */
    const struct te_netns *netns; /* in which it is asked, and answers */
    struct te_claims claims;
    _Atomic uint64_t owner; /* the claim on what follows, down to start, and on changing views */
    struct te_collector_wire wire;
    uint64_t start; /* of the daemon at its other end */
    struct te_collector_request hello;
    bool greeting; /* hello has been said, and not been answered yet */
    struct te_collector_views views;
    _Atomic uint64_t shut_ns;   /* nobody asks before this time */
    _Atomic int refusal;        /* the error that was the reason */
    _Atomic uint64_t slow_ns;   /* nobody waits for an answer before this time */
    _Atomic uint64_t waited_ns; /* when a thread last found another one asking */
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
    link->wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
    if (*path && !(link->path = strdup(path))) {
        te_collector_link_free(link);
        return -ENOMEM;
    }
    link->netns = netns;
    *result = link;
    return 0;
}

void te_collector_link_free(struct te_collector_link *link)
{
    if (!link)
        return;
    te_collector_wire_close(&link->wire);
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

bool te_collector_is_shut(struct te_collector_link *link, uint64_t now)
{
    return now < atomic_load_explicit(&link->shut_ns, memory_order_relaxed);
}

bool te_collector_view_holds(struct te_collector_link *link, const struct te_collector_view *view)
{
    return te_collector_views_hold(&link->views, view);
}

/* --- the claim --- */

static uint64_t myself(struct te_collector_link *link)
{
    return TE_CLAIM(te_claims_generation(&link->claims, NULL), syscall(SYS_gettid));
}

static void hang_up(struct te_collector_link *link)
{
    te_collector_wire_close(&link->wire);
    link->greeting = false;
}

/*
 * Takes the connection if it is nobody's, or a dead thread's, or (after fork) another process';
 * then it may be in any state, so it is made anew. False while a living thread has it.
 */
static bool claim(struct te_collector_link *link, uint64_t me)
{
    uint64_t from = atomic_load(&link->owner);
    bool other_process = from != 0 && TE_CLAIM_GENERATION(from) != TE_CLAIM_GENERATION(me);
    bool busy = TE_CLAIM_TID(from) != 0;

    if (busy && !other_process && !te_claims_is_dead(TE_CLAIM_TID(from)))
        return false;
    if (!atomic_compare_exchange_strong(&link->owner, &from, me))
        return false;
    if (busy || other_process)
        hang_up(link);
    return true;
}

/* Keeps the generation, so that a child knows what is its parent's. */
static void release(struct te_collector_link *link, uint64_t me)
{
    atomic_compare_exchange_strong(&link->owner, &me, TE_CLAIM(TE_CLAIM_GENERATION(me), 0));
}

/*
 * Waits for the claim, but not past the deadline. A thread that comes while others wait lets them
 * go first, or one that asks without end would keep out all others.
 */
static bool wait_for_claim(struct te_collector_link *link, uint64_t me, uint64_t deadline)
{
    static const struct timespec pause = {0, 100000};
    uint64_t now = te_now();

    if (now - atomic_load(&link->waited_ns) < MS_NS)
        nanosleep(&pause, NULL);
    while (!claim(link, me)) {
        now = te_now();
        if (now >= deadline)
            return false;
        atomic_store(&link->waited_ns, now);
        nanosleep(&pause, NULL);
    }
    return true;
}

/* --- connecting --- */

/* Only to be told apart: is it there and not for us, or full, or not there? */
static int refuse(struct te_collector_link *link, int error)
{
    if (error == -EACCES)
        error = -EPERM;
    if (error == -EAGAIN) /* of connect(): too many wait for it */
        error = -ENOSPC;
    if (error != -EPERM && error != -ENOSPC)
        error = -ENOTCONN;
    /* Two words: a reader may get one's error with the other's time, and neither matters. */
    atomic_store(&link->refusal, error);
    atomic_store(&link->shut_ns, te_now() + TE_SECOND_NS);
    return error;
}

static bool makes_sense(const struct te_collector_answer *hello)
{
    return hello->layout == TE_COLLECTOR_LAYOUT && hello->epoch != 0 && hello->records != 0 &&
           hello->record_size == sizeof(struct te_collector_record) &&
           hello->records <= TE_COLLECTOR_RECORDS_MAX;
}

static bool is_slow(struct te_collector_link *link)
{
    return te_now() < atomic_load(&link->slow_ns);
}

/*
 * It is there, and slow: perhaps it is only being started. What was sent it will do; nobody waits
 * for it again for a while.
 */
static int put_off(struct te_collector_link *link)
{
    if (!is_slow(link))
        atomic_store(&link->slow_ns, te_now() + TE_SECOND_NS);
    return -ETIMEDOUT;
}

static int receive_hello(struct te_collector_link *link, uint64_t deadline)
{
    struct te_collector_answer answer;
    int fd, status = te_collector_wire_receive(&link->wire, &link->hello, deadline, &answer, &fd);

    if (status)
        return status;
    status = answer.error;
    if (!status)
        status = makes_sense(&answer) && fd >= 0
                     ? te_collector_views_show(&link->views, &answer, fd)
                     : -EPROTO;
    if (fd >= 0)
        close(fd);
    link->greeting = false;
    link->start = answer.epoch;
    return status;
}

/* Connects, and greets. */
static int call(struct te_collector_link *link)
{
    int fd = te_netns_socket(link->netns, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    int status = te_collector_wire_open(&link->wire, fd, link->path);

    if (status)
        return refuse(link, status);
    link->hello = (struct te_collector_request){.call = TE_COLLECTOR_HELLO};
    /* Sent to one who has turned us away already, its reason is what is received. */
    te_collector_wire_send(&link->wire, &link->hello);
    link->greeting = true;
    return 0;
}

static void disconnect(struct te_collector_link *link)
{
    hang_up(link);
    te_collector_views_hide(&link->views, link->start);
}

/*
 * Asks at once, greeted or not: a daemon that is only being started carries out what it finds, even
 * though nobody may be waiting for its answer any more. One that has refused already leaves nobody
 * to send to, and its reason to be received.
 */
static int send_and_receive(struct te_collector_link *link, struct te_collector_request *request,
                            uint64_t deadline, struct te_collector_answer *answer)
{
    bool slow = is_slow(link), greeting = link->greeting;
    int sent = te_collector_wire_send(&link->wire, request), status = sent;

    if (greeting)
        status = receive_hello(link, slow || sent ? 0 : deadline);
    if (sent && (!status || status == -ETIMEDOUT))
        status = sent;
    /* Whoever has just come to speak may be waited for. */
    if (!status)
        status = te_collector_wire_receive(&link->wire, request, slow && !greeting ? 0 : deadline,
                                           answer, NULL);
    if (!status)
        atomic_store(&link->slow_ns, 0);
    return status;
}

/* --- asking --- */

/* A connection that stood may have died with its daemon, and then the next one is asked. */
static int ask_claimed(struct te_collector_link *link, struct te_collector_request *request,
                       uint64_t deadline, struct te_collector_answer *answer)
{
    bool stood = link->wire.fd >= 0;
    int status = stood ? 0 : call(link);

    if (status)
        return status;
    status = send_and_receive(link, request, deadline, answer);
    if (stood && status && status != -ETIMEDOUT && !is_slow(link)) {
        disconnect(link);
        status = call(link);
        if (status)
            return status;
        status = send_and_receive(link, request, deadline, answer);
    }
    if (status == -ETIMEDOUT)
        return put_off(link);
    if (status) {
        disconnect(link);
        return refuse(link, status);
    }
    return answer->error;
}

static int ask(struct te_collector_link *link, struct te_collector_request *request,
               struct te_collector_answer *answer, struct te_collector_view *view)
{
    uint64_t now = te_now(), deadline = now + TE_COLLECTOR_PATIENCE_MS * MS_NS, me;
    int status;

    if (!link->path)
        return -ENOTCONN;
    if (te_collector_is_shut(link, now))
        return atomic_load(&link->refusal);
    me = myself(link);
    if (!wait_for_claim(link, me, deadline))
        return refuse(link, -ENOTCONN);
    te_collector_views_drop(&link->views, te_now());
    status = ask_claimed(link, request, deadline, answer);
    if (!status && view) {
        *view = te_collector_views_now(&link->views);
        if (view->start != link->start || answer->slot >= view->count)
            status = -EPROTO;
    }
    release(link, me);
    return status;
}

static struct te_collector_request request_of(const struct te_snapshot *s, uint32_t call,
                                              uint32_t classes)
{
    struct te_collector_request request = {
        .call = call,
        .cookie = s->cookie,
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

int te_collector_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                        uint32_t classes, struct te_collector_view *view, uint32_t *slot,
                        struct te_collector_starts *starts)
{
    struct te_collector_request request = request_of(snapshot, TE_COLLECTOR_ENABLE, classes);
    struct te_collector_answer answer;
    int status = ask(link, &request, &answer, view);

    if (status)
        return status;
    *slot = answer.slot;
    if (starts)
        *starts = answer.starts;
    return 0;
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
    uint64_t me = myself(link);
    bool gone;

    if (!te_collector_view(link).start)
        return true;
    if (!claim(link, me))
        return false; /* somebody is talking to it */
    gone = link->wire.fd < 0 || !te_collector_wire_is_up(&link->wire);
    te_collector_views_drop(&link->views, te_now());
    if (gone)
        disconnect(link);
    release(link, me);
    return gone;
}
