/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "requests.h"

/* Every class that has a switch: bits 1 to 8, and 31 for Bandwidth inbound. */
#define CLASSES UINT32_C(0x800001fe)

struct call {
    struct collector *collector;
    struct peer *peer;
    const struct te_collector_request *request;
    struct te_collector_answer *answer;
    int *map_fd;
    uint32_t clients;
};

static int answer_hello(struct call *call)
{
    *call->map_fd = programs_map_fd(call->collector->programs);
    call->answer->epoch = call->collector->start;
    return 0;
}

/* Where the client is, as far as connections go: where its socket was made. */
static int find_namespace(struct call *call)
{
    struct peer *peer = call->peer;

    if (peer->ns)
        return 0;
    return namespaces_get(&call->collector->namespaces, peer->socket, &peer->ns);
}

/* What root and the socket's own user may know beyond the record. */
static void tell_starts(struct call *call, const struct entry *entry)
{
    const struct user *user = call->peer->user;
    struct programs_owner owner;

    if (!programs_owner(call->collector->programs, entry->slot, entry->epoch, &owner) ||
        !owner.have_starts || (!user_is_root(user) && user->uid != owner.uid))
        return;
    call->answer->starts = (struct te_collector_starts){
        .known = 1, .snd = owner.snd_start, .rcv = owner.rcv_start};
}

/* One look at the request as a whole, so that what is behind can rely on it. */
static bool names_connection(const struct te_collector_request *request)
{
    static const uint8_t zeroes[12];

    if (!request->cookie || !request->local_port || !request->remote_port || request->reserved)
        return false;
    return request->family == AF_INET6 ||
           (request->family == AF_INET && memcmp(request->local + 4, zeroes, 12) == 0 &&
            memcmp(request->remote + 4, zeroes, 12) == 0);
}

static int answer_enable(struct call *call)
{
    const struct te_collector_request *request = call->request;
    struct programs_target target = {
        .cookie = request->cookie,
        .family = request->family,
        .local_port = request->local_port,
        .remote_port = request->remote_port,
        .ifindex = request->ifindex,
    };
    struct entry *entry;
    int status;

    if (!names_connection(request) || !request->classes || request->classes & ~CLASSES)
        return -EINVAL;
    status = find_namespace(call);
    if (status)
        return status;
    target.netns = call->peer->ns->cookie;
    memcpy(target.local, request->local, sizeof(target.local));
    memcpy(target.remote, request->remote, sizeof(target.remote));
    status = collector_enable(call->collector, call->peer->user, call->peer->ns, &target,
                              request->classes, &entry);
    if (!status || status == -EINPROGRESS)
        collector_hold(call->collector, &call->peer->holder, call->peer->user, entry);
    if (!status) {
        call->answer->slot = entry->slot;
        call->answer->epoch = entry->epoch;
        tell_starts(call, entry);
    }
    return status;
}

static int answer_disable(struct call *call)
{
    int status = find_namespace(call);

    if (status)
        return status;
    return collector_disable(call->collector, call->peer->user, call->peer->ns,
                             call->request->cookie, call->request->classes);
}

static int answer_status(struct call *call)
{
    struct collector *collector = call->collector;
    struct programs_losses losses;

    programs_losses(collector->programs, &losses);
    call->answer->lost_guard = losses.guard;
    call->answer->lost_busy = losses.busy;
    call->answer->epoch = collector->start;
    call->answer->in_use = collector->ledger.in_use;
    call->answer->clients = call->clients;
    call->answer->attached = programs_attached(collector->programs);
    return 0;
}

static int (*const calls[])(struct call *call) = {
    [TE_COLLECTOR_HELLO] = answer_hello,
    [TE_COLLECTOR_ENABLE] = answer_enable,
    [TE_COLLECTOR_DISABLE] = answer_disable,
    [TE_COLLECTOR_STATUS] = answer_status,
};

static int answer(struct call *call)
{
    uint32_t number = call->request->call;

    if (call->request->protocol != TE_COLLECTOR_PROTOCOL)
        return -EPROTONOSUPPORT;
    if (number >= sizeof(calls) / sizeof(calls[0]) || !calls[number])
        return -EINVAL;
    if (!call->peer->trusted)
        return -EPERM;
    return calls[number](call);
}

bool request_answer(struct collector *collector, struct peer *peer, const void *data, size_t size,
                    uint32_t clients, struct te_collector_answer *result, int *map_fd)
{
    struct te_collector_request request;
    struct call call = {collector, peer, &request, result, map_fd, clients};
    int status;

    *map_fd = -1;
    if (size != sizeof(request))
        return false;
    memcpy(&request, data, sizeof(request));
    if (request.magic != TE_COLLECTOR_MAGIC)
        return false;
    *result = (struct te_collector_answer){
        .layout = TE_COLLECTOR_LAYOUT,
        .record_size = sizeof(struct te_collector_record),
        .records = collector->ledger.records,
        .features = programs_features(collector->programs),
        .hz = programs_hz(collector->programs),
    };
    status = answer(&call);
    if (status)
        memset(result, 0, sizeof(*result));
    result->magic = TE_COLLECTOR_MAGIC;
    result->protocol = TE_COLLECTOR_PROTOCOL;
    result->call = request.call;
    result->serial = request.serial;
    result->error = status;
    return true;
}

void request_forget(struct collector *collector, struct peer *peer)
{
    collector_leave(collector, &peer->holder);
    namespaces_put(&collector->namespaces, peer->ns);
    peer->ns = NULL;
}
