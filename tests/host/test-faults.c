/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel that loses, repeats, delays and garbles. The system calls of the look-up are interposed
 * (see build.mk): a test lists what shall happen to the next of them, after which they are real.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "net.h"
#include "suite.h"

ssize_t __real_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                      socklen_t to_len);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                      socklen_t to_len);
ssize_t __real_recv(int fd, void *buf, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

#define FOREVER 1000000

/* What befalls calls of sendto: the first `count` fail with `error`, or vanish when that is 0. */
static struct {
    int count, error, calls;
    bool twice; /* every request is sent twice */
} send_fault;

enum damage {
    ERROR,       /* errno in detail */
    LOSE,        /* the datagram is dropped, errno in detail */
    CUT,         /* to detail bytes */
    TOO_LONG,    /* for the buffer */
    GARBLE,      /* the byte at detail */
    STALE,       /* a sequence number of the past */
    ANSWER_ERROR /* the kernel's answer is the error in detail */
};

static struct {
    enum damage damage;
    int count, detail, calls;
} recv_fault;

static int poll_calls, no_cookie;

static void no_faults(void)
{
    memset(&send_fault, 0, sizeof(send_fault));
    memset(&recv_fault, 0, sizeof(recv_fault));
    poll_calls = no_cookie = 0;
}

ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
                      socklen_t to_len)
{
    ssize_t sent = (ssize_t)len;

    send_fault.calls++;
    if (send_fault.count-- > 0) {
        errno = send_fault.error;
        return errno ? -1 : sent;
    }
    if (send_fault.twice)
        __real_sendto(fd, buf, len, flags, to, to_len);
    return __real_sendto(fd, buf, len, flags, to, to_len);
}

static ssize_t refuse(int error)
{
    errno = error;
    return -1;
}

ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
    struct nlmsghdr *head = buf;
    ssize_t len;

    recv_fault.calls++;
    if (recv_fault.count <= 0)
        return __real_recv(fd, buf, size, flags);
    recv_fault.count--;
    if (recv_fault.damage == ERROR)
        return refuse(recv_fault.detail);
    len = __real_recv(fd, buf, size, flags);
    if (len < (ssize_t)sizeof(*head))
        return len;
    switch (recv_fault.damage) {
    case LOSE:
        return refuse(recv_fault.detail);
    case CUT:
        return recv_fault.detail < len ? recv_fault.detail : len;
    case TOO_LONG:
        return (ssize_t)size + 1;
    case GARBLE:
        ((uint8_t *)buf)[recv_fault.detail] ^= 0xff;
        return len;
    case STALE:
        head->nlmsg_seq -= 1;
        return len;
    case ANSWER_ERROR:
        break;
    default:
        return len;
    }
    head->nlmsg_type = NLMSG_ERROR;
    memcpy(head + 1, &recv_fault.detail, sizeof(int));
    return len;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    poll_calls++;
    return __real_poll(fds, count, timeout);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (no_cookie && level == SOL_SOCKET && (name == 71 || name == SO_COOKIE))
        return (int)refuse(ENOPROTOOPT);
    return __real_getsockopt(fd, level, name, value, len);
}

static struct te_netns ns = TE_NETNS_INIT;
static struct te_diag diag = TE_DIAG_INIT;
static struct te_snapshot s;
static struct net_pair pair;

static bool begin(void)
{
    if (!net_enter())
        return false;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    no_faults();
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    return true;
}

static void end(void)
{
    no_faults();
    te_diag_close(&diag);
    te_netns_close(&ns);
    net_close(&pair);
}

static double took;

static int look(void)
{
    struct te_query query = {.tuple = pair.client_tuple};
    struct timespec before, after;
    int result;

    clock_gettime(CLOCK_MONOTONIC, &before);
    result = te_diag_lookup(&diag, &ns, &query, &s);
    clock_gettime(CLOCK_MONOTONIC, &after);
    took = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
    return result;
}

/* Found in spite of everything, and still found when it is over. */
static void must_find(void)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(look(), 0);
        ck_assert_mem_eq(&s.tuple, &pair.client_tuple, sizeof(s.tuple));
        ck_assert_double_lt(took, 0.5);
        no_faults();
    }
}

START_TEST(a_passing_failure_to_send_is_tried_again)
{
    static const int errors[] = {ENOBUFS, EINTR, EAGAIN, ENOMEM};

    if (!begin())
        return;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        send_fault.count = 3;
        send_fault.error = errors[i];
        must_find();
    }
    end();
}
END_TEST

START_TEST(a_lasting_failure_to_send_is_reported_in_time)
{
    static const int errors[][2] = {
        {ENOBUFS, ENOBUFS}, {EINTR, EAGAIN}, {ENOMEM, ENOMEM}, {EPERM, EPERM}};

    if (!begin())
        return;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        send_fault.count = FOREVER;
        send_fault.error = errors[i][0];
        ck_assert_int_eq(look(), -errors[i][1]);
        ck_assert_double_lt(took, 0.5);
        ck_assert_int_le(send_fault.calls, 20);
        no_faults();
        must_find();
    }
    end();
}
END_TEST

START_TEST(a_lost_request_or_answer_is_asked_for_again)
{
    static const int errors[] = {EAGAIN, ENOBUFS};

    if (!begin())
        return;
    send_fault.count = 3;
    must_find();
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        recv_fault.damage = LOSE;
        recv_fault.detail = errors[i];
        recv_fault.count = 3;
        must_find();
    }
    end();
}
END_TEST

START_TEST(a_kernel_that_never_answers_is_given_up_in_time)
{
    if (!begin())
        return;
    send_fault.count = FOREVER;
    ck_assert_int_eq(look(), -EAGAIN);
    ck_assert_double_lt(took, 0.5);
    ck_assert_int_gt(poll_calls, 0);
    no_faults();
    recv_fault.damage = ERROR;
    recv_fault.count = FOREVER;
    recv_fault.detail = ENOBUFS;
    ck_assert_int_eq(look(), -EAGAIN);
    ck_assert_double_lt(took, 0.5);
    recv_fault.detail = EINTR;
    ck_assert_int_eq(look(), -EAGAIN);
    ck_assert_double_lt(took, 0.5);
    no_faults();
    must_find();
    end();
}
END_TEST

START_TEST(an_answer_not_there_at_once_is_waited_for)
{
    if (!begin())
        return;
    recv_fault.damage = ERROR;
    recv_fault.detail = EAGAIN;
    recv_fault.count = 1;
    ck_assert_int_eq(look(), 0);
    ck_assert_int_eq(poll_calls, 1);
    ck_assert_int_eq(send_fault.calls, 1);
    no_faults();
    must_find();
    end();
}
END_TEST

START_TEST(interrupted_reads_go_on)
{
    if (!begin())
        return;
    recv_fault.damage = ERROR;
    recv_fault.detail = EINTR;
    recv_fault.count = 10;
    ck_assert_int_eq(look(), 0);
    ck_assert_int_eq(send_fault.calls, 1);
    end();
}
END_TEST

START_TEST(stale_messages_are_passed_over)
{
    if (!begin())
        return;
    recv_fault.damage = STALE;
    recv_fault.count = 2;
    must_find();
    end();
}
END_TEST

START_TEST(a_number_that_is_nobodys_is_replaced_once_in_a_call)
{
    static const int errors[] = {EBADF, ENOTSOCK};

    if (!begin())
        return;
    for (size_t i = 0; i < 2; i++) {
        send_fault.count = 1;
        send_fault.error = errors[i];
        must_find();
        recv_fault.damage = ERROR;
        recv_fault.count = 1;
        recv_fault.detail = errors[i];
        must_find();
        send_fault.count = FOREVER;
        send_fault.error = errors[i];
        ck_assert_int_eq(look(), -errors[i]);
        ck_assert_int_eq(send_fault.calls, 2);
        no_faults();
        must_find();
    }
    end();
}
END_TEST

START_TEST(replies_left_by_a_call_that_was_cut_off_do_not_answer_the_next)
{
    if (!begin())
        return;
    send_fault.twice = true; /* a second answer stays in the queue each time */
    for (int i = 0; i < 10; i++) {
        struct te_query query = {.tuple = i % 2 ? pair.server_tuple : pair.client_tuple};

        ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), 0);
        ck_assert_mem_eq(&s.tuple, &query.tuple, sizeof(s.tuple));
    }
    end();
}
END_TEST

START_TEST(a_reply_cut_anywhere_is_asked_for_again)
{
    if (!begin())
        return;
    recv_fault.damage = CUT;
    ck_assert_int_eq(look(), 0);
    for (int len = 0; len < 400; len += 1 + (int)(9 - net_times(9))) {
        recv_fault.damage = CUT;
        recv_fault.count = 1;
        recv_fault.detail = len;
        must_find();
    }
    /* What came was the answer, if a bad one: there is nothing to wait for. */
    recv_fault.damage = CUT;
    recv_fault.count = 1;
    recv_fault.detail = 50;
    ck_assert_int_eq(look(), 0);
    ck_assert_int_eq(poll_calls, 0);
    recv_fault.damage = TOO_LONG;
    recv_fault.count = 2;
    must_find();
    recv_fault.damage = TOO_LONG;
    recv_fault.count = FOREVER;
    ck_assert_int_eq(look(), -EAGAIN);
    ck_assert_double_lt(took, 0.5);
    end();
}
END_TEST

START_TEST(a_garbled_reply_gives_no_false_answer)
{
    if (!begin())
        return;
    ck_assert_int_eq(look(), 0);
    /* Header and addresses; the counters beyond carry nothing to check them by. */
    for (int i = 0; i < 8; i++) {
        recv_fault.damage = GARBLE;
        recv_fault.count = 1;
        recv_fault.detail = i;
        ck_assert_int_eq(look(), 0);
        no_faults();
    }
    for (int i = 20; i < 56; i++) {
        int result;

        recv_fault.damage = GARBLE;
        recv_fault.count = FOREVER;
        recv_fault.detail = i;
        result = look();
        /* Only the unused part of a v4 address may be anything. */
        if (i < 28 || (i >= 40 && i < 44))
            ck_assert(result == -ENOENT || result == -EAGAIN);
        else
            ck_assert_int_eq(result, 0);
        if (result == 0)
            ck_assert_mem_eq(&s.tuple, &pair.client_tuple, sizeof(s.tuple));
        no_faults();
    }
    must_find();
    end();
}
END_TEST

START_TEST(the_kernels_refusals_are_put_into_our_words)
{
    static const int words[][2] = {
        {-ENOENT, -ENOENT},     {-EOPNOTSUPP, -EOPNOTSUPP},
        {-524, -EOPNOTSUPP},    {-EPROTONOSUPPORT, -EOPNOTSUPP},
        {-EINVAL, -EOPNOTSUPP}, {-ENOBUFS, -ENOBUFS},
        {-EAGAIN, -EAGAIN},     {-EINTR, -EAGAIN},
        {-EMSGSIZE, -EAGAIN},   {-EACCES, -EACCES},
    };

    if (!begin())
        return;
    ck_assert_int_eq(look(), 0);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        recv_fault.damage = ANSWER_ERROR;
        recv_fault.detail = words[i][0];
        recv_fault.count = words[i][0] == -ENOENT ? 1 : FOREVER;
        if (words[i][0] != -ENOENT)
            ck_assert_int_eq(look(), words[i][1]);
        ck_assert_double_lt(took, 0.5);
        no_faults();
        must_find();
    }
    end();
}
END_TEST

START_TEST(a_kernel_without_the_tcp_part_is_told_from_a_miss)
{
    if (!begin())
        return;
    /* It answers ENOENT to everything, on a socket that has never seen anything else. */
    recv_fault.damage = ANSWER_ERROR;
    recv_fault.detail = -ENOENT;
    recv_fault.count = FOREVER;
    ck_assert_int_eq(look(), -EOPNOTSUPP);
    no_faults();
    must_find();
    /* Now that it has shown what it has, the same answer is a miss. */
    recv_fault.damage = ANSWER_ERROR;
    recv_fault.detail = -ENOENT;
    recv_fault.count = 1;
    pair.client_tuple.local_port ^= 1;
    ck_assert_int_eq(look(), -ENOENT);
    pair.client_tuple.local_port ^= 1;
    end();
}
END_TEST

START_TEST(a_first_miss_is_a_miss_on_this_kernel)
{
    if (!begin())
        return;
    pair.client_tuple.local_port ^= 1;
    ck_assert_int_eq(look(), -ENOENT);
    ck_assert(diag.has_handler);
    pair.client_tuple.local_port ^= 1;
    must_find();
    end();
}
END_TEST

START_TEST(inodes_identify_where_there_are_no_cookies)
{
    struct te_netns other;
    struct stat st;
    int file;

    if (!begin())
        return;
    no_cookie = 1;
    file = net_here();
    ck_assert_int_eq(fstat(file, &st), 0);
    te_netns_close(&ns);
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    ck_assert_uint_eq(ns.id, TE_NETNS_BY_INODE | st.st_ino);
    ck_assert_int_eq(look(), 0);
    ck_assert_uint_eq(s.netns, ns.id);
    /* From another namespace: the thread that enters tells its own. */
    te_diag_close(&diag);
    net_another();
    ck_assert_int_eq(look(), 0);
    ck_assert_int_eq(te_netns_init(&other, file), 0);
    ck_assert_uint_eq(other.id, ns.id);
    te_netns_close(&other);
    close(file);
    end();
}
END_TEST

SUITE("faults", 60, a_passing_failure_to_send_is_tried_again,
      a_lasting_failure_to_send_is_reported_in_time, a_lost_request_or_answer_is_asked_for_again,
      a_kernel_that_never_answers_is_given_up_in_time, an_answer_not_there_at_once_is_waited_for,
      interrupted_reads_go_on, stale_messages_are_passed_over,
      a_number_that_is_nobodys_is_replaced_once_in_a_call,
      replies_left_by_a_call_that_was_cut_off_do_not_answer_the_next,
      a_reply_cut_anywhere_is_asked_for_again, a_garbled_reply_gives_no_false_answer,
      the_kernels_refusals_are_put_into_our_words,
      a_kernel_without_the_tcp_part_is_told_from_a_miss, a_first_miss_is_a_miss_on_this_kernel,
      inodes_identify_where_there_are_no_cookies)
