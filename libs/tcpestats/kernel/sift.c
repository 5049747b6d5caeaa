/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many questions in one message: their answers cost two system calls instead of two each. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/msg.h>

#include "kernel/exchange.h"
#include "kernel/nlsock.h"

/* Longer answers are none of "none". */
#define ANSWER_MAX 1024

struct answers {
    _Alignas(struct nlmsghdr) uint8_t text[TE_DIAG_BATCH][ANSWER_MAX];
    struct iovec place[TE_DIAG_BATCH];
    struct mmsghdr got[TE_DIAG_BATCH];
};

static int receive(int fd, struct answers *a)
{
    memset(a->got, 0, sizeof(a->got));
    for (unsigned i = 0; i < TE_DIAG_BATCH; i++) {
        a->place[i] = (struct iovec){a->text[i], ANSWER_MAX};
        a->got[i].msg_hdr.msg_iov = &a->place[i];
        a->got[i].msg_hdr.msg_iovlen = 1;
    }
    return recvmmsg(fd, a->got, TE_DIAG_BATCH, MSG_DONTWAIT | MSG_ERRQUEUE, NULL);
}

static bool is_miss(struct nlmsghdr *msg, const struct te_tuple *tuple)
{
    struct te_snapshot s;
    int error;

    if (msg->nlmsg_type != NLMSG_ERROR)
        return te_diag_parse(msg, msg->nlmsg_len, &s) == 0 &&
               memcmp(&s.tuple, tuple, sizeof(*tuple)) != 0;
    if (nlmsg_datalen(msg) < (int)sizeof(error))
        return false;
    memcpy(&error, nlmsg_data(msg), sizeof(error));
    return error == -ENOENT;
}

uint32_t te_diag_sift(struct te_diag *d, void *requests, size_t size, unsigned count,
                      const struct te_tuple *tuple)
{
    uint32_t first = d->seq + 1, misses = 0;
    struct answers answers;
    int got = 0;

    for (unsigned i = 0; i < count; i++)
        ((struct nlmsghdr *)(void *)((uint8_t *)requests + i * size))->nlmsg_seq = ++d->seq;
    if (te_nlsock_send(d->fd, requests, count * size) == 0)
        got = receive(d->fd, &answers);
    for (int i = 0; i < got; i++) {
        struct nlmsghdr *msg = (struct nlmsghdr *)(void *)answers.text[i];

        if (!(answers.got[i].msg_hdr.msg_flags & MSG_TRUNC) &&
            nlmsg_ok(msg, (int)answers.got[i].msg_len) && msg->nlmsg_seq - first < count &&
            is_miss(msg, tuple))
            misses |= 1u << (msg->nlmsg_seq - first);
    }
    return misses;
}
