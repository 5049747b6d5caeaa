/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program's own socket. What getsockopt() and ioctl() say of the queues is brought to what
 * sock_diag says, so that bytes.h holds for it, too:
 *
 *   SIOCOUTQ   0 before the connection is there, where sock_diag counts the SYN and its data
 *   SIOCINQ    without the peer's FIN, which sock_diag counts until the program has read it
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <linux/inet_diag.h>
#include <linux/sockios.h>

#include "base/base.h"
#include "kernel/bytes.h"
#include "kernel/diag.h"

/* From linux/tcp.h, which can't be included beside netinet's. */
#define TE_SO_TCP_INFO 11
#define TE_SO_TCP_CONGESTION 13
#define TE_SO_TCP_CC_INFO 26

/* From asm-generic/socket.h, for older headers. */
#define TE_SO_MEMINFO 55
#define TE_SO_BINDTOIFINDEX 62

static int errno_of(int error)
{
    return error == EBADF || error == ENOTSOCK ? -error : -EOPNOTSUPP;
}

static int take_info(int fd, struct te_snapshot *s)
{
    socklen_t len = sizeof(s->info);

    if (getsockopt(fd, IPPROTO_TCP, TE_SO_TCP_INFO, &s->info, &len) != 0)
        return errno_of(errno);
    s->info_len = (uint16_t)len;
    s->state = s->info.tcpi_state;
    return te_diag_state_counts(s->state) ? 0 : -ENOENT;
}

static uint32_t ask_length(int fd, unsigned long what)
{
    int length = 0;

    return ioctl(fd, what, &length) == 0 && length > 0 ? (uint32_t)length : 0;
}

static void take_skmem(int fd, struct te_snapshot *s)
{
    socklen_t len = sizeof(s->skmem);

    if (getsockopt(fd, SOL_SOCKET, TE_SO_MEMINFO, s->skmem, &len) == 0)
        s->skmem_count = (uint8_t)(len / sizeof(s->skmem[0]));
}

static void take_cong(int fd, struct te_snapshot *s)
{
    union {
        struct tcp_bbr_info bbr;
        uint8_t room[64];
    } cc;
    socklen_t len = sizeof(s->cong);

    if (getsockopt(fd, IPPROTO_TCP, TE_SO_TCP_CONGESTION, s->cong, &len) != 0)
        len = 0;
    s->cong[len < sizeof(s->cong) ? len : sizeof(s->cong) - 1] = '\0';
    /* Which state it is the answer does not say; all others are shorter. */
    len = sizeof(cc);
    if (strncmp(s->cong, "bbr", 3) == 0 &&
        getsockopt(fd, IPPROTO_TCP, TE_SO_TCP_CC_INFO, &cc, &len) == 0 && len >= sizeof(cc.bbr))
        s->bbr_bw = cc.bbr.bbr_bw_lo | (uint64_t)cc.bbr.bbr_bw_hi << 32;
}

static void take_address(const struct sockaddr_storage *from, uint8_t address[16], uint16_t *port)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;

    if (from->ss_family == AF_INET)
        memcpy(address, &v4->sin_addr, sizeof(v4->sin_addr));
    else
        memcpy(address, &v6->sin6_addr, sizeof(v6->sin6_addr));
    *port = ntohs(from->ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
}

/* Also: is it a plain TCP socket, and not one whose connections are others' (MPTCP, SMC)? */
static int take_name(int fd, struct te_snapshot *s)
{
    struct sockaddr_storage local = {0}, remote = {0};
    socklen_t local_len = sizeof(local), remote_len, len;
    int protocol = 0, ifindex = 0;
    struct stat st;

    len = sizeof(protocol);
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) != 0 || protocol != IPPROTO_TCP)
        return -EOPNOTSUPP;
    if (getsockname(fd, (struct sockaddr *)&local, &local_len) != 0)
        return -EOPNOTSUPP;
    /* getpeername() waits for the connection to be there. This wants the very length. */
    remote_len = local_len;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &remote, &remote_len) != 0)
        return -ENOENT;
    s->tuple.family = local.ss_family;
    take_address(&local, s->tuple.local, &s->tuple.local_port);
    take_address(&remote, s->tuple.remote, &s->tuple.remote_port);
    te_tuple_canonical(&s->tuple);
    len = sizeof(s->cookie);
    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &s->cookie, &len) != 0)
        return -EOPNOTSUPP;
    len = sizeof(ifindex);
    if (getsockopt(fd, SOL_SOCKET, TE_SO_BINDTOIFINDEX, &ifindex, &len) == 0)
        s->ifindex = (uint32_t)ifindex;
    s->netns = te_netns_identity(fd);
    if (fstat(fd, &st) == 0) {
        s->inode = (uint32_t)st.st_ino;
        s->uid = st.st_uid;
    }
    return 0;
}

static void take_queues(uint32_t out, uint32_t in, struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;

    s->wqueue = out;
    if (s->state == TE_SYN_SENT)
        s->wqueue = (uint32_t)(1 + ti->tcpi_notsent_bytes + ti->tcpi_bytes_sent -
                               ti->tcpi_bytes_retrans);
    s->rqueue = in + te_peer_fin(s->state);
}

int te_diag_own(int fd, uint32_t want, struct te_snapshot *s)
{
    uint64_t start = want & TE_WANT_QUEUES ? te_now_coarse() : 0;
    uint32_t out = 0, in = 0;
    int error;

    memset(s, 0, sizeof(*s));
    /* As in sock_diag the queues come first, without the socket's lock. */
    if (want & TE_WANT_QUEUES) {
        out = ask_length(fd, SIOCOUTQ);
        in = ask_length(fd, SIOCINQ);
    }
    error = take_info(fd, s);
    if (error)
        return error;
    s->time_ns = te_now();
    if (want & TE_WANT_QUEUES) {
        s->query_ns = (uint32_t)(s->time_ns - start);
        take_queues(out, in, s);
    }
    if (want & TE_WANT_SKMEM)
        take_skmem(fd, s);
    if (want & TE_WANT_CONG)
        take_cong(fd, s);
    return want & TE_WANT_NAME ? take_name(fd, s) : 0;
}
