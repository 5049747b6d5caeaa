/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "kernel/exchange.h"
#include "kernel/ifaces.h"

/* What the kernel answers for what it has not got; its own number, not for user space. */
#define KERNEL_ENOTSUPP 524

struct request {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

/* One call of te_diag_lookup(). */
struct lookup {
    struct te_diag *diag;
    const struct te_netns *netns;
    const struct te_query *query;
    unsigned *retries;
    struct te_snapshot *snapshot;
};

static struct request request_for(const struct te_tuple *tuple, uint32_t ifindex, uint32_t want)
{
    struct request r = {
        .head =
            {
                .nlmsg_len = sizeof(r),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST,
            },
        .body =
            {
                .sdiag_family = (uint8_t)tuple->family,
                .sdiag_protocol = IPPROTO_TCP,
                .idiag_ext = te_diag_extensions(want),
                /* Ignored here. To a routing socket this would be an interface that cannot be. */
                .idiag_states = ~0u,
                .id =
                    {
                        .idiag_sport = htons(tuple->local_port),
                        .idiag_dport = htons(tuple->remote_port),
                        .idiag_if = ifindex,
                        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE},
                    },
            },
    };

    memcpy(r.body.id.idiag_src, tuple->local, sizeof(r.body.id.idiag_src));
    memcpy(r.body.id.idiag_dst, tuple->remote, sizeof(r.body.id.idiag_dst));
    return r;
}

/* The kernel's errors in the words of diag.h. */
static int errno_of(int error, uint16_t family)
{
    switch (error) {
    case -EINVAL: /* how a kernel without IPv6 answers for that family */
        return family == AF_INET6 ? -ENOENT : -EOPNOTSUPP;
    case -EPROTONOSUPPORT:
    case -KERNEL_ENOTSUPP:
        return -EOPNOTSUPP;
    default:
        return error;
    }
}

/*
 * When a program aborts a connection the kernel sets the socket's counters to zero, after it has
 * taken it out of its tables: a reply that was under way then tells of a state before and of
 * numbers after. No segment in either direction is no connection, but for one that was restored
 * from a checkpoint.
 */
static bool is_emptied(const struct te_snapshot *s)
{
    return s->state != TE_SYN_SENT && TE_TI_HAS(s, tcpi_segs_in) && !s->info.tcpi_segs_in &&
           !s->info.tcpi_segs_out;
}

/* What the kernel keeps of a connection whose addresses and ports may not be used again yet: it is
 * no socket any more. A FIN_WAIT2 that a program still waits in is one. */
static bool has_closed(const struct te_snapshot *s)
{
    return s->info_len == 0 && (s->state == TE_TIME_WAIT || s->state == TE_FIN_WAIT2);
}

static bool is_same(const struct te_snapshot *s, const struct lookup *l)
{
    return memcmp(&s->tuple, &l->query->tuple, sizeof(s->tuple)) == 0;
}

/* Asks for the connection as one that is bound to an interface, or with 0 as one that is not. */
static int ask(const struct lookup *l, uint32_t ifindex)
{
    struct request request = request_for(&l->query->tuple, ifindex, l->query->want);
    int status = te_diag_exchange(l->diag, l->netns, &request.head, l->retries, l->snapshot);

    /* If it was aborted it is not there any more. */
    if (status == 0 && is_emptied(l->snapshot))
        status = te_diag_exchange(l->diag, l->netns, &request.head, l->retries, l->snapshot);
    if (status)
        return errno_of(status, l->query->tuple.family);
    l->diag->has_handler = true;
    /* For a remote address that it does not know the kernel returns the listener. */
    if (l->snapshot->ifindex != ifindex || !is_same(l->snapshot, l))
        return -ENOENT;
    if (te_diag_is_connection(l->snapshot))
        return 0;
    return has_closed(l->snapshot) ? -ESHUTDOWN : -ENOENT;
}

/*
 * Whether the kernel has the TCP part of sock_diag at all; without it every answer is ENOENT. In a
 * request of the old form the family reaches that part unchecked, and only there AF_UNSPEC is found
 * to be invalid.
 */
static int check_handler(const struct lookup *l)
{
    struct {
        struct nlmsghdr head;
        struct inet_diag_req body;
    } request = {
        .head =
            {
                .nlmsg_len = sizeof(request),
                .nlmsg_type = TCPDIAG_GETSOCK,
                .nlmsg_flags = NLM_F_REQUEST,
            },
        .body = {.idiag_family = AF_UNSPEC},
    };
    int status;

    if (l->diag->has_handler)
        return 0;
    status = te_diag_exchange(l->diag, l->netns, &request.head, l->retries, l->snapshot);
    if (status == -ENOENT || status == -EOPNOTSUPP)
        return -EOPNOTSUPP;
    l->diag->has_handler = status == -EINVAL;
    return 0;
}

/* ---- Sockets that are bound to an interface ---- */

static int see_hidden(const struct te_snapshot *s, void *arg)
{
    const struct lookup *l = arg;

    if (s->ifindex != l->query->ifindex || !is_same(s, l))
        return 0;
    *l->snapshot = *s;
    return 1;
}

/*
 * The socket of an interface may be hidden by one with the same addresses and ports that is bound
 * to none: then only the list of all shows it.
 */
static int ask_hidden(const struct lookup *l)
{
    int found;

    if (!te_diag_is_connection(l->snapshot) || !is_same(l->snapshot, l))
        return -ENOENT;
    found = te_diag_dump(l->netns, l->query->want, see_hidden, (void *)(uintptr_t)l);
    return found == 0 ? -ENOENT : found < 0 ? found : 0;
}

static int list_interfaces(const struct lookup *l, struct te_ifaces *ifaces)
{
    struct te_diag *d = l->diag;
    int error = 0;

    /* Twice, if somebody has closed the descriptor behind our back. */
    for (int i = 0; i < 2; i++) {
        if (!d->route)
            error = te_netlink_open(l->netns, NETLINK_ROUTE, &d->route);
        if (!error)
            error = te_ifaces_list(d->route, ifaces);
        if (!error || !d->route)
            break;
        te_netlink_close(d->route);
        d->route = NULL;
    }
    return error;
}

/* Of the sockets that are bound to one of these interfaces, the first. */
static int ask_some(const struct lookup *l, const uint32_t *index, unsigned count)
{
    struct request requests[TE_DIAG_BATCH];
    uint32_t misses;

    for (unsigned i = 0; i < count; i++)
        requests[i] = request_for(&l->query->tuple, index[i], l->query->want);
    misses = te_diag_sift(l->diag, requests, sizeof(requests[0]), count, &l->query->tuple);
    for (unsigned i = 0; i < count; i++)
        if (!(misses >> i & 1)) {
            int error = ask(l, index[i]);

            if (error != -ENOENT)
                return error;
        }
    return -ENOENT;
}

static int ask_all(const struct lookup *l, const struct te_ifaces *ifaces)
{
    int error = -ENOENT;

    for (size_t i = 0; i < ifaces->count && error == -ENOENT; i += TE_DIAG_BATCH) {
        size_t count = ifaces->count - i;

        error = ask_some(l, &ifaces->index[i], count < TE_DIAG_BATCH ? count : TE_DIAG_BATCH);
    }
    return error;
}

static int ask_interfaces(const struct lookup *l)
{
    struct te_ifaces ifaces;
    struct te_guard guard;
    int error;

    te_guard_enter(&guard);
    error = list_interfaces(l, &ifaces);
    if (!error) {
        error = ask_all(l, &ifaces);
        te_ifaces_free(&ifaces);
    }
    te_guard_leave(&guard);
    return error;
}

int te_diag_lookup(struct te_diag *d, const struct te_netns *ns, const struct te_query *query,
                   struct te_snapshot *snapshot)
{
    unsigned retries = TE_DIAG_RETRIES;
    const struct lookup l = {d, ns, query, &retries, snapshot};
    int error;

    snapshot->info_len = 0; /* so far it is of no connection */
    error = ask(&l, query->ifindex);
    if (error != -ENOENT)
        return error;
    error = check_handler(&l);
    if (error)
        return error;
    if (query->ifindex != 0 && te_ifaces_has(d->fd, query->ifindex))
        return ask_hidden(&l);
    if (query->ifindex != 0) {
        error = ask(&l, 0);
        if (error != -ENOENT)
            return error;
    }
    return ask_interfaces(&l);
}

/* One exact question without second tries. 1: s is what the kernel has there, of whatever kind; 0:
 * it has nothing. */
static int ask_plainly(struct te_diag *d, const struct te_netns *ns, const struct te_tuple *tuple,
                       uint32_t ifindex, struct te_snapshot *s)
{
    struct request request = request_for(tuple, ifindex, 0);
    unsigned retries = TE_DIAG_RETRIES;
    int status = te_diag_exchange(d, ns, &request.head, &retries, s);

    if (status == -ENOENT)
        return 0;
    return status < 0 ? errno_of(status, tuple->family) : 1;
}

int te_diag_alive(struct te_diag *d, const struct te_netns *ns, const struct te_tuple *tuple,
                  uint32_t ifindex, uint64_t cookie)
{
    struct te_snapshot s;
    int status = ask_plainly(d, ns, tuple, ifindex, &s);

    return status > 0 ? te_diag_is_connection(&s) && s.cookie == cookie : status;
}

int te_diag_has_listener(struct te_diag *d, const struct te_netns *ns, const struct te_tuple *tuple,
                         uint32_t ifindex)
{
    struct te_tuple local = *tuple;
    struct te_snapshot s;
    int status;

    memset(local.remote, 0, sizeof(local.remote));
    local.remote_port = 0;
    status = ask_plainly(d, ns, &local, ifindex, &s);
    return status > 0 ? s.state == TE_LISTEN : status;
}
