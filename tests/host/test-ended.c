/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tcpestats_ended() tells of connections that are no more. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>

#include <linux/sock_diag.h>

#include "api-kit.h"
#include "await.h"

struct told {
    struct tcpestats_conn conn;
    unsigned ending;
    bool has_numbers;
    uint64_t sent, received, segs_out, retrans, seen_ns, unseen_ns, time_ns;
};

#define TOLD_MAX 64

static struct tcpestats_ends *ends;
static struct told told[TOLD_MAX];
static unsigned told_count, stop_after;
static uint64_t lost;

static uint64_t number(const struct tcpestats_snapshot *from, unsigned id)
{
    struct tcpestats_sample sample = {.size = sizeof(sample)};

    ck_assert_int_eq(tcpestats_read(from, tcpestats_field(id)->cls, &sample), 0);
    ck_assert_uint_eq(sample.values[id - sample.first].status, TCPESTATS_KNOWN);
    return sample.values[id - sample.first].value;
}

static int note(const struct tcpestats_end *end, void *arg)
{
    struct told *t = &told[told_count];

    ck_assert_ptr_null(arg);
    ck_assert_uint_lt(told_count, TOLD_MAX);
    memset(t, 0, sizeof(*t));
    t->conn = *end->conn;
    t->ending = end->ending;
    t->has_numbers = end->snapshot != NULL;
    t->seen_ns = end->seen_ns;
    t->unseen_ns = end->unseen_ns;
    t->time_ns = end->time_ns;
    if (end->snapshot) {
        t->sent = number(end->snapshot, TCPESTATS_F_Data_ThruBytesAcked);
        t->received = number(end->snapshot, TCPESTATS_F_Data_ThruBytesReceived);
        t->segs_out = number(end->snapshot, TCPESTATS_F_Data_SegsOut);
        t->retrans = number(end->snapshot, TCPESTATS_F_Path_PktsRetrans);
    }
    return ++told_count == stop_after ? 42 : 0;
}

/* Reads until so many ends have been told, for two seconds at most; and that there are no more. */
static void hear(unsigned count)
{
    struct pollfd wait = {.fd = tcpestats_ends_fd(ends), .events = POLLIN};

    told_count = 0;
    for (int i = 0; i < 200 && told_count < count; i++) {
        poll(&wait, 1, 10);
        ck_assert_int_eq(tcpestats_ended(ends, note, NULL, &lost), 0);
    }
    usleep(20000);
    ck_assert_int_eq(tcpestats_ended(ends, note, NULL, &lost), 0);
    ck_assert_uint_eq(told_count, count);
    ck_assert_uint_eq(lost, 0);
}

static bool begin_ends(void)
{
    if (!begin())
        return false;
    ck_assert_int_eq(tcpestats_ends_open(te, &ends), 0);
    return true;
}

static void end_ends(void)
{
    tcpestats_ends_close(ends);
    end();
}

/* The one that was told of this local port. */
static const struct told *of_port(uint16_t port)
{
    for (unsigned i = 0; i < told_count; i++)
        if (told[i].conn.local_port == port)
            return &told[i];
    ck_abort_msg("no end of port %u was told", port);
}

/* The same where clients of several listeners may have one port. */
static const struct told *of_ports(const struct te_tuple *tuple)
{
    for (unsigned i = 0; i < told_count; i++)
        if (told[i].conn.local_port == tuple->local_port &&
            told[i].conn.remote_port == tuple->remote_port)
            return &told[i];
    ck_abort_msg("no end of ports %u and %u was told", tuple->local_port, tuple->remote_port);
}

static void must_be(const struct told *t, const struct te_tuple *tuple)
{
    ck_assert_uint_eq(t->conn.family, tuple->family);
    ck_assert_uint_eq(t->conn.local_port, tuple->local_port);
    ck_assert_uint_eq(t->conn.remote_port, tuple->remote_port);
    ck_assert_mem_eq(t->conn.local, tuple->local, 16);
    ck_assert_mem_eq(t->conn.remote, tuple->remote, 16);
    ck_assert_uint_eq(t->conn.state, TE_CLOSE);
    ck_assert_uint_ne(t->conn.cookie, 0);
}

static void connect_kind(struct net_pair *pair, int kind)
{
    net_connect(pair, &kinds[kind]);
    net_transfer(pair->client, pair->server, 5000);
    net_transfer(pair->server, pair->client, 700);
}

static void abort_now(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(fd);
}

/* Closed in that order, each end by its program; the listener goes first. */
static void close_orderly(struct net_pair *pair)
{
    char c;

    close(pair->listener);
    close(pair->client);
    ck_assert_int_eq(read(pair->server, &c, 1), 0);
    close(pair->server);
}

/* Milliseconds old, never looked at: both ends, with what they carried. */
START_TEST(short_ones_are_told_with_their_numbers)
{
    struct net_pair pair;

    if (!begin_ends())
        return;
    connect_kind(&pair, _i);
    close_orderly(&pair);
    hear(2);
    must_be(of_port(pair.client_tuple.local_port), &pair.client_tuple);
    must_be(of_port(pair.server_tuple.local_port), &pair.server_tuple);
    for (int i = 0; i < 2; i++) {
        const struct told *t = of_port(i ? pair.server_tuple.local_port
                                         : pair.client_tuple.local_port);

        ck_assert_uint_eq(t->ending, TCPESTATS_END_CLOSED);
        ck_assert(t->has_numbers);
        ck_assert_uint_eq(t->sent, i ? 700 : 5000);
        /* Whether the peer's FIN came can't always be told. */
        ck_assert_uint_ge(t->received, i ? 5000 : 700);
        ck_assert_uint_le(t->received, i ? 5001 : 701);
        ck_assert_uint_ge(t->segs_out, 2);
        ck_assert_uint_eq(t->retrans, 0);
        ck_assert_uint_eq(t->seen_ns, 0);
        ck_assert_uint_eq(t->unseen_ns, 0);
    }
    end_ends();
}
END_TEST

/* What a look found is in the end: user, inode, when it began. */
START_TEST(those_seen_alive_have_an_owner_and_an_age)
{
    struct net_pair pair;
    struct stat st;
    const struct told *t;

    if (!begin_ends())
        return;
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    connect_kind(&pair, _i);
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    ck_assert_int_eq(fstat(pair.client, &st), 0);
    close_orderly(&pair);
    hear(2);
    t = of_port(pair.client_tuple.local_port);
    ck_assert_uint_eq(t->conn.uid, getuid());
    ck_assert_uint_eq(t->conn.inode, (uint32_t)st.st_ino);
    ck_assert_uint_gt(t->unseen_ns, 0);
    ck_assert_uint_gt(t->seen_ns, t->unseen_ns);
    ck_assert_uint_gt(t->time_ns, t->seen_ns);
    end_ends();
}
END_TEST

/* After a look, one that no look found is known to be younger than that. */
START_TEST(those_never_seen_are_younger_than_the_last_look)
{
    struct net_pair pair;
    const struct told *t;

    if (!begin_ends())
        return;
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    connect_kind(&pair, 0);
    close_orderly(&pair);
    hear(2);
    t = of_port(pair.client_tuple.local_port);
    ck_assert_uint_eq(t->seen_ns, 0);
    ck_assert_uint_gt(t->unseen_ns, 0);
    ck_assert_uint_lt(t->unseen_ns, t->time_ns);
    end_ends();
}
END_TEST

/* The kernel forgets all of an abort but the cookie: what was seen alive stands for it. */
START_TEST(an_abort_is_told_as_it_was_last_seen)
{
    struct net_pair pair;
    const struct told *t;

    if (!begin_ends())
        return;
    connect_kind(&pair, _i);
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    abort_now(pair.client);
    close(pair.server);
    hear(2);
    t = of_port(pair.client_tuple.local_port);
    must_be(t, &pair.client_tuple);
    ck_assert_uint_eq(t->ending, TCPESTATS_END_ABORTED);
    ck_assert(t->has_numbers);
    ck_assert_uint_eq(t->sent, 5000);
    ck_assert_uint_eq(t->received, 700);
    ck_assert_uint_eq(t->conn.uid, getuid());
    t = of_port(pair.server_tuple.local_port);
    ck_assert_uint_eq(t->ending, TCPESTATS_END_RESET);
    ck_assert_uint_eq(t->sent, 700);
    close(pair.listener);
    hear(0);
    end_ends();
}
END_TEST

/* Never looked at, an abort has no numbers; none are made up. */
START_TEST(an_abort_that_nobody_saw_has_no_numbers)
{
    struct net_pair pair;
    const struct told *t;

    if (!begin_ends())
        return;
    connect_kind(&pair, 0);
    abort_now(pair.client);
    close(pair.server);
    hear(2);
    t = of_port(pair.client_tuple.local_port);
    ck_assert_uint_eq(t->ending, TCPESTATS_END_ABORTED);
    ck_assert(!t->has_numbers);
    ck_assert_uint_eq(t->conn.remote_port, 0);
    close(pair.listener);
    end_ends();
}
END_TEST

START_TEST(closed_with_data_unread_is_an_abort)
{
    struct net_pair pair;

    if (!begin_ends())
        return;
    connect_kind(&pair, 0);
    ck_assert_int_eq(send(pair.client, "unread", 6, 0), 6);
    close(pair.server);
    close(pair.client);
    hear(2);
    ck_assert_uint_eq(of_port(pair.server_tuple.local_port)->ending, TCPESTATS_END_ABORTED);
    ck_assert_uint_eq(of_port(pair.client_tuple.local_port)->ending, TCPESTATS_END_RESET);
    close(pair.listener);
    end_ends();
}
END_TEST

/* A port on which nothing listens: told as refused, whether the program waits for it or not. */
START_TEST(a_refused_one_is_told)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct net_pair pair;
    int fd = socket(AF_INET, SOCK_STREAM | (_i ? SOCK_NONBLOCK : 0), 0);

    if (!begin_ends())
        return;
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM | (_i ? SOCK_NONBLOCK : 0), 0);
    net_connect(&pair, &kinds[0]);
    net_close(&pair);
    hear(2);
    to.sin_port = htons(pair.server_tuple.local_port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), -1);
    usleep(10000);
    close(fd);
    hear(1);
    ck_assert_uint_eq(told[0].ending, TCPESTATS_END_REFUSED);
    ck_assert_mem_eq(told[0].conn.remote, &to.sin_addr, 4);
    if (_i)
        ck_assert_uint_eq(told[0].conn.remote_port, pair.server_tuple.local_port);
    end_ends();
}
END_TEST

/* Sockets that never were connections are none. */
START_TEST(listeners_and_unused_sockets_are_left_out)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    int fd;

    if (!begin_ends())
        return;
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    close(fd);
    close(socket(AF_INET, SOCK_STREAM, 0));
    hear(0);
    end_ends();
}
END_TEST

/* A visitor that ends the call gets the rest with the next one. */
START_TEST(a_call_that_is_ended_loses_nothing)
{
    struct net_pair pair[4];

    if (!begin_ends())
        return;
    for (int i = 0; i < 4; i++)
        connect_kind(&pair[i], 0);
    for (int i = 0; i < 4; i++)
        close_orderly(&pair[i]);
    usleep(50000);
    told_count = 0;
    stop_after = 3;
    ck_assert_int_eq(tcpestats_ended(ends, note, NULL, NULL), 42);
    ck_assert_uint_eq(told_count, 3);
    stop_after = 0;
    ck_assert_int_eq(tcpestats_ended(ends, note, NULL, NULL), 0);
    ck_assert_uint_eq(told_count, 8);
    end_ends();
}
END_TEST

static uint32_t dropped(void)
{
    uint32_t mem[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(mem);

    ck_assert_int_eq(getsockopt(tcpestats_ends_fd(ends), SOL_SOCKET, SO_MEMINFO, mem, &len), 0);
    return mem[SK_MEMINFO_DROPS];
}

/* More than there is room for: what is missing is counted, to the last one. */
START_TEST(lost_ends_are_counted)
{
    int small = 4096, count = 200;
    struct net_pair pair;
    uint32_t before;

    if (!begin_ends())
        return;
    ck_assert_int_eq(
        setsockopt(tcpestats_ends_fd(ends), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < count; i++) {
        net_connect(&pair, &kinds[0]);
        close_orderly(&pair);
    }
    /* The kernel tells by a worker of its own, which may have to wait for a processor. */
    AWAIT((before = dropped(), usleep(100000), before > 0 && dropped() == before));
    told_count = 0;
    lost = 0;
    ck_assert_int_eq(tcpestats_ended(ends, note, NULL, &lost), 0);
    ck_assert_uint_gt(lost, 0);
    /* Also told, and not of connections: the listeners'. */
    ck_assert_uint_le(told_count + lost, 3u * (unsigned)count);
    ck_assert_uint_ge(told_count + lost, 2u * (unsigned)count);
    /* And then it goes on. */
    net_connect(&pair, &kinds[0]);
    close_orderly(&pair);
    usleep(50000);
    told_count = 0;
    ck_assert_int_eq(tcpestats_ended(ends, note, NULL, NULL), 0);
    ck_assert_uint_eq(told_count, 2);
    end_ends();
}
END_TEST

/* A handle of another namespace hears of that one, and of no other. */
START_TEST(the_namespace_is_the_handles)
{
    struct tcpestats_options options = {
        .size = sizeof(options), .state_dir = state_dir, .flags = TCPESTATS_OPEN_NETNS};
    struct net_pair here, there;
    int outside;

    if (!begin())
        return;
    outside = net_here();
    net_another();
    options.netns_fd = net_here();
    net_connect(&there, &kinds[0]);
    net_go(outside);
    tcpestats_close(te);
    ck_assert_int_eq(tcpestats_open(&te, &options), 0);
    ck_assert_int_eq(tcpestats_ends_open(te, &ends), 0);
    net_connect(&here, &kinds[0]);
    close_orderly(&here);
    hear(0);
    close_orderly(&there);
    hear(2);
    close(options.netns_fd);
    close(outside);
    end_ends();
}
END_TEST

/* What was remembered of it is in its last reading: classes that are on go on to the end. */
START_TEST(what_was_remembered_is_in_the_end)
{
    struct net_pair pair;
    uint64_t before;
    const struct told *t;

    if (!begin_ends())
        return;
    connect_kind(&pair, 0);
    enable_all(&pair.client_tuple);
    before = MEMBER(&pair.client_tuple, Data_SegsOut);
    close_orderly(&pair);
    hear(2);
    t = of_port(pair.client_tuple.local_port);
    ck_assert_uint_gt(t->segs_out, before);
    ck_assert_uint_eq(t->conn.enabled, 0x800001feu);
    end_ends();
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    struct tcpestats_ends *none = (void *)&told;

    if (!begin_ends())
        return;
    ck_assert_int_eq(tcpestats_ends_open(NULL, &none), -EINVAL);
    ck_assert_ptr_eq(none, &told);
    ck_assert_int_eq(tcpestats_ends_open(te, NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_ends_look(NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_ended(NULL, note, NULL, NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_ended(ends, NULL, NULL, NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_ends_fd(NULL), -1);
    tcpestats_ends_close(NULL);
    end_ends();
}
END_TEST

/* Among hundreds each is found again by its cookie, also after others have been taken out. */
START_TEST(looks_find_again_what_they_remember)
{
    enum { MANY = 300, BATCH = 30 };
    static struct net_pair pair[MANY];

    if (!begin_ends())
        return;
    for (int i = 0; i < MANY; i++)
        net_connect(&pair[i], &kinds[0]);
    ck_assert_int_eq(tcpestats_ends_look(ends), 0);
    for (int i = 0; i < MANY; i += BATCH) {
        for (int j = i; j < i + BATCH; j++) {
            close(pair[j].listener);
            abort_now(pair[j].client);
            close(pair[j].server);
        }
        hear(2 * BATCH);
        for (int j = i; j < i + BATCH; j++)
            must_be(of_ports(&pair[j].client_tuple), &pair[j].client_tuple);
    }
    end_ends();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ended");
    TCase *tcase = tcase_create("ended");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, short_ones_are_told_with_their_numbers, 0, KINDS);
    tcase_add_loop_test(tcase, those_seen_alive_have_an_owner_and_an_age, 0, KINDS);
    tcase_add_test(tcase, those_never_seen_are_younger_than_the_last_look);
    tcase_add_loop_test(tcase, an_abort_is_told_as_it_was_last_seen, 0, KINDS);
    tcase_add_test(tcase, an_abort_that_nobody_saw_has_no_numbers);
    tcase_add_test(tcase, closed_with_data_unread_is_an_abort);
    tcase_add_loop_test(tcase, a_refused_one_is_told, 0, 2);
    tcase_add_test(tcase, listeners_and_unused_sockets_are_left_out);
    tcase_add_test(tcase, a_call_that_is_ended_loses_nothing);
    tcase_add_test(tcase, lost_ends_are_counted);
    tcase_add_test(tcase, the_namespace_is_the_handles);
    tcase_add_test(tcase, what_was_remembered_is_in_the_end);
    tcase_add_test(tcase, bad_arguments_are_refused);
    tcase_add_test(tcase, looks_find_again_what_they_remember);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
