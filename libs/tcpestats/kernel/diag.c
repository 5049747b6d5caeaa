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

/* How often the socket may turn out not to be ours any more in one look-up. */
#define REOPENS_MAX 3

struct request {
    struct nlmsghdr head;
    struct inet_diag_req_v2 body;
};

/* One call of te_diag_lookup(). */
struct lookup {
    struct te_diag *diag;
    const struct te_query *query;
    bool netns_fixed;
    unsigned *retries;
    struct te_snapshot *snapshot;
};

/* Asked for Vegas' state, a congestion control answers with its own. */
uint8_t te_diag_extensions(uint32_t want)
{
    return (uint8_t)(1 << (INET_DIAG_INFO - 1) |
                     (want & TE_WANT_SKMEM ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0) |
                     (want & TE_WANT_CONG
                          ? 1 << (INET_DIAG_CONG - 1) | 1 << (INET_DIAG_VEGASINFO - 1)
                          : 0));
}

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

bool te_diag_is_connection(const struct te_snapshot *s)
{
    return s->info_len > 0 && s->state < 32 && (TE_DIAG_STATES >> s->state & 1);
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

/* Asks for the connection as one that is bound to an interface, or with 0 as one that is not. */
static int ask(const struct lookup *l, uint32_t ifindex)
{
    const struct te_tuple *tuple = &l->query->tuple;
    struct request request = request_for(tuple, ifindex, l->query->want);
    bool again = false;

    for (int i = 0; i < REOPENS_MAX; i++) {
        int status = te_diag_exchange(l->diag, &request.head, l->retries, l->snapshot);

        if (status < 0)
            return errno_of(status, tuple->family);
        if (status == 0) {
            /* For a remote address that it does not know the kernel returns the listener. */
            bool found = te_diag_is_connection(l->snapshot) &&
                         memcmp(&l->snapshot->tuple, tuple, sizeof(*tuple)) == 0;

            l->diag->has_handler = true;
            /* If it was aborted it is not there any more. */
            if (found && !again && is_emptied(l->snapshot)) {
                again = true;
                continue;
            }
            return found ? 0 : -ENOENT;
        }
        te_diag_close(l->diag);
        status = te_diag_ready(l->diag, l->netns_fixed);
        if (status)
            return status;
    }
    return -EAGAIN;
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
    status = te_diag_exchange(l->diag, &request.head, l->retries, l->snapshot);
    if (status == -ENOENT || status == -EOPNOTSUPP)
        return -EOPNOTSUPP;
    l->diag->has_handler = status == -EINVAL;
    return 0;
}

/* Asks for a socket bound to the interface that owns the local address, then to any other. */
static int ask_interfaces(const struct lookup *l, uint32_t asked)
{
    const struct te_tuple *tuple = &l->query->tuple;
    struct te_ifaces ifaces;
    int error = te_ifaces_find(tuple->family, tuple->local, &ifaces);

    /* What is known of the interfaces is used; of nothing, that is said. */
    if (error && ifaces.count == 0)
        return error;
    for (uint32_t i = 0; i < ifaces.owners; i++)
        if (asked != 0 && ifaces.index[i] == asked)
            return -ENOENT; /* the caller's interface is the right one, and there is none on it */
    for (uint32_t i = 0; i < ifaces.count; i++) {
        error = ifaces.index[i] == asked ? -ENOENT : ask(l, ifaces.index[i]);
        if (error != -ENOENT)
            return error;
    }
    return -ENOENT;
}

int te_diag_lookup(struct te_diag *d, const struct te_query *query, bool netns_fixed,
                   struct te_snapshot *snapshot)
{
    unsigned retries = TE_DIAG_RETRIES;
    const struct lookup l = {d, query, netns_fixed, &retries, snapshot};
    /* Without its interface a link-local connection is never found; the caller's may be right. */
    uint32_t ifindex = te_tuple_is_link_local(&query->tuple) ? query->scope_id : 0;
    int error = te_diag_ready(d, netns_fixed);

    if (error)
        return error;
    error = ask(&l, ifindex);
    if (error == -ENOENT)
        error = check_handler(&l);
    else
        return error;
    return error ? error : ask_interfaces(&l, ifindex);
}

/* One exact question without second tries, of a socket that is open. 1: s is what the kernel has
 * there, of whatever kind; 0: it has nothing. */
static int ask_plainly(struct te_diag *d, const struct te_tuple *tuple, uint32_t ifindex,
                       struct te_snapshot *s)
{
    struct request request = request_for(tuple, ifindex, 0);
    unsigned retries = TE_DIAG_RETRIES;
    int status = te_diag_exchange(d, &request.head, &retries, s);

    if (status == TE_NOT_OURS)
        return -EBADF;
    if (status == -ENOENT)
        return 0;
    return status < 0 ? errno_of(status, tuple->family) : 1;
}

int te_diag_alive(struct te_diag *d, const struct te_tuple *tuple, uint32_t ifindex,
                  uint64_t cookie)
{
    struct te_snapshot s;
    int status = ask_plainly(d, tuple, ifindex, &s);

    return status > 0 ? te_diag_is_connection(&s) && s.cookie == cookie : status;
}

int te_diag_has_listener(struct te_diag *d, const struct te_tuple *tuple)
{
    struct te_tuple local = *tuple;
    struct te_snapshot s;
    int status;

    memset(local.remote, 0, sizeof(local.remote));
    local.remote_port = 0;
    status = ask_plainly(d, &local, 0, &s);
    return status > 0 ? s.state == TE_LISTEN : status;
}
