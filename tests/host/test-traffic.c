/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers of connections that carry traffic, with nothing but what the two ends know of the bytes
 * they sent as the yardstick. */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "api-kit.h"

static void expect_bytes(const struct te_tuple *tuple, uint64_t sent, uint64_t received)
{
    ck_assert_uint_eq(MEMBER(tuple, Data_DataBytesOut), sent);
    ck_assert_uint_eq(MEMBER(tuple, Data_ThruBytesAcked), sent);
    ck_assert_uint_eq(MEMBER(tuple, Data_DataBytesIn), received);
    ck_assert_uint_eq(MEMBER(tuple, Data_ThruBytesReceived), received);
    ck_assert_uint_eq(MEMBER(tuple, Data_SndNxt), MEMBER(tuple, Data_SndUna));
    ck_assert_uint_eq(MEMBER(tuple, SendBuff_CurRetxQueue), 0);
    ck_assert_uint_eq(MEMBER(tuple, SendBuff_CurAppWQueue), 0);
}

START_TEST(five_thousand_bytes_read_5000_at_both_ends_whatever_the_family)
{
    struct net_pair p;

    if (!begin())
        return;
    net_connect(&p, &kinds[_i]);
    enable_all(&p.client_tuple);
    enable_all(&p.server_tuple);
    expect_bytes(&p.client_tuple, 0, 0);
    expect_bytes(&p.server_tuple, 0, 0);
    net_transfer(p.client, p.server, 5000);
    net_transfer(p.server, p.client, 777);
    usleep(100000); /* the last acknowledgement may be delayed */
    expect_bytes(&p.client_tuple, 5000, 777);
    expect_bytes(&p.server_tuple, 777, 5000);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, SynOpts_ActiveOpen), 1);
    ck_assert_uint_eq(MEMBER(&p.server_tuple, SynOpts_ActiveOpen), 0);
    net_close(&p);
    end();
}
END_TEST

START_TEST(a_half_closed_connection_still_reads_payload_only)
{
    int client_closes = _i;
    struct net_pair p;
    int closer, other;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    enable_all(&p.client_tuple);
    enable_all(&p.server_tuple);
    net_transfer(p.client, p.server, 5000);
    net_transfer(p.server, p.client, 777);
    closer = client_closes ? p.client : p.server;
    other = client_closes ? p.server : p.client;
    shutdown(closer, SHUT_WR);
    ck_assert(net_wait_state(closer, TE_FIN_WAIT2));
    ck_assert(net_wait_state(other, TE_CLOSE_WAIT));
    expect_bytes(&p.client_tuple, 5000, 777);
    expect_bytes(&p.server_tuple, 777, 5000);
    /* Data goes on in the other direction. */
    net_transfer(other, closer, 100);
    usleep(100000);
    expect_bytes(&p.client_tuple, client_closes ? 5000 : 5100, client_closes ? 877 : 777);
    expect_bytes(&p.server_tuple, client_closes ? 877 : 777, client_closes ? 5000 : 5100);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, SynOpts_ActiveOpen), 1);
    ck_assert_uint_eq(MEMBER(&p.server_tuple, SynOpts_ActiveOpen), 0);
    net_close(&p);
    end();
}
END_TEST

START_TEST(a_fin_behind_unread_data_is_neither_payload_nor_unread)
{
    struct net_pair p;
    char data[4000] = {0};

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    enable_all(&p.server_tuple);
    ck_assert_int_eq(write(p.client, data, sizeof(data)), sizeof(data));
    shutdown(p.client, SHUT_WR);
    ck_assert(net_wait_state(p.server, TE_CLOSE_WAIT));
    ck_assert_uint_eq(MEMBER(&p.server_tuple, Rec_CurAppRQueue), 4000);
    ck_assert_uint_eq(MEMBER(&p.server_tuple, Data_ThruBytesReceived), 4000);
    ck_assert_int_eq(read(p.server, data, sizeof(data)), sizeof(data));
    ck_assert_uint_eq(MEMBER(&p.server_tuple, Rec_CurAppRQueue), 0);
    ck_assert_uint_eq(MEMBER(&p.server_tuple, Rec_MaxAppRQueue), 4000);
    net_close(&p);
    end();
}
END_TEST

START_TEST(data_in_the_syn_is_payload)
{
    struct sockaddr_in to;
    socklen_t len = sizeof(to);
    struct te_tuple client, server;
    char data[300] = {0};
    int listener, fd, peer, backlog = 5;

    if (!begin())
        return;
    /* Client and server, cookies not needed. */
    net_run("echo 0x607 > /proc/sys/net/ipv4/tcp_fastopen");
    listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&to, 0, sizeof(to));
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&to, &len), 0);
    ck_assert_int_eq(setsockopt(listener, IPPROTO_TCP, 23, &backlog, sizeof(backlog)), 0);
    ck_assert_int_eq(listen(listener, 5), 0);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(sendto(fd, data, sizeof(data), MSG_FASTOPEN, (struct sockaddr *)&to, len),
                     sizeof(data));
    peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(peer, 0);
    ck_assert_int_eq(read(peer, data, sizeof(data)), sizeof(data));
    net_tuple(fd, &client);
    net_tuple(peer, &server);
    enable_all(&client);
    enable_all(&server);
    usleep(100000);
    expect_bytes(&client, 300, 0);
    expect_bytes(&server, 0, 300);
    net_transfer(fd, peer, 50);
    usleep(100000);
    expect_bytes(&client, 350, 0);
    expect_bytes(&server, 0, 350);
    ck_assert_uint_eq(MEMBER(&client, SynOpts_ActiveOpen), 1);
    ck_assert_uint_eq(MEMBER(&server, SynOpts_ActiveOpen), 0);
    end();
}
END_TEST

struct bulk {
    int from, to;
    uint64_t wrote, got;
    volatile bool stop;
};

static void *bulk_send(void *arg)
{
    static const char block[65536];
    struct bulk *b = arg;

    while (!b->stop) {
        ssize_t n = write(b->from, block, 1 + b->wrote % sizeof(block));

        if (n > 0)
            __atomic_add_fetch(&b->wrote, (uint64_t)n, __ATOMIC_SEQ_CST);
    }
    shutdown(b->from, SHUT_WR);
    return NULL;
}

static void *bulk_receive(void *arg)
{
    static char block[65536];
    struct bulk *b = arg;
    ssize_t n;

    while ((n = read(b->to, block, sizeof(block))) > 0)
        __atomic_add_fetch(&b->got, (uint64_t)n, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Every counter of every class, from two reads one after the other. */
static void expect_no_step_back(const struct te_tuple *tuple, struct tcpestats_sample *before)
{
    unsigned cls, i;

    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        struct tcpestats_sample now;

        ck_assert_int_eq(get(tuple, cls, &now), 0);
        for (i = 0; before[cls].size && i < now.count; i++) {
            const struct tcpestats_field *f = tcpestats_field(now.first + i);

            if (f->kind == TCPESTATS_KIND_COUNTER || f->kind == TCPESTATS_KIND_MAXIMUM)
                ck_assert_msg(now.values[i].value >= before[cls].values[i].value,
                              "%s fell from %llu to %llu", f->name,
                              (unsigned long long)before[cls].values[i].value,
                              (unsigned long long)now.values[i].value);
            if (f->kind == TCPESTATS_KIND_MINIMUM &&
                before[cls].values[i].status == TCPESTATS_KNOWN)
                ck_assert_msg(now.values[i].value <= before[cls].values[i].value, "%s rose",
                              f->name);
        }
        before[cls] = now;
    }
}

/* Polls one end of a transfer until it has ended, including the time in which it is closed. */
static void poll_during_transfer(bool remembered)
{
    static struct tcpestats_sample seen[2][TCPESTATS_CLASS_COUNT];
    struct net_pair p;
    struct bulk b = {0};
    pthread_t sender, receiver;
    unsigned round, rounds = net_times(4000);

    memset(seen, 0, sizeof(seen));

    net_connect(&p, &kinds[0]);
    if (remembered) {
        enable_all(&p.client_tuple);
        enable_all(&p.server_tuple);
    }
    b.from = p.server; /* the passive side sends: its SYN must not be guessed into the count */
    b.to = p.client;
    ck_assert_int_eq(pthread_create(&sender, NULL, bulk_send, &b), 0);
    ck_assert_int_eq(pthread_create(&receiver, NULL, bulk_receive, &b), 0);
    for (round = 0; round < rounds; round++) {
        uint64_t una, nxt, floor;
        struct tcpestats_sample s;

        ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_SYN_OPTS, &s), 0);
        ck_assert_uint_eq(s.values[0].value, 1);
        ck_assert_int_eq(get(&p.server_tuple, TCPESTATS_SYN_OPTS, &s), 0);
        ck_assert_msg(s.values[0].value == 0, "round %u: fidelity %u", round, s.values[0].fidelity);
        if (!remembered)
            continue;
        floor = __atomic_load_n(&b.got, __ATOMIC_SEQ_CST);
        ck_assert_uint_ge(MEMBER(&p.client_tuple, Data_ThruBytesReceived), floor);
        ck_assert_int_eq(get(&p.server_tuple, TCPESTATS_DATA, &s), 0);
        una = s.values[TCPESTATS_F_Data_SndUna - s.first].value;
        nxt = s.values[TCPESTATS_F_Data_SndNxt - s.first].value;
        ck_assert_uint_lt((uint32_t)(nxt - una), 1u << 30);
        ck_assert_uint_le(s.values[TCPESTATS_F_Data_ThruBytesAcked - s.first].value,
                          s.values[TCPESTATS_F_Data_DataBytesOut - s.first].value);
        expect_no_step_back(&p.client_tuple, seen[0]);
        expect_no_step_back(&p.server_tuple, seen[1]);
    }
    b.stop = true;
    if (remembered)
        for (round = 0; round < 500; round++) {
            expect_no_step_back(&p.client_tuple, seen[0]);
            expect_no_step_back(&p.server_tuple, seen[1]);
        }
    pthread_join(sender, NULL);
    pthread_join(receiver, NULL);
    ck_assert_uint_eq(b.got, b.wrote);
    ck_assert(net_wait_state(p.server, TE_FIN_WAIT2));
    if (remembered) {
        ck_assert_uint_eq(MEMBER(&p.server_tuple, Data_ThruBytesAcked), b.wrote);
        ck_assert_uint_eq(MEMBER(&p.server_tuple, Data_DataBytesOut) -
                              MEMBER(&p.server_tuple, Path_BytesRetrans) % (1ull << 32),
                          b.wrote);
        ck_assert_uint_eq(MEMBER(&p.client_tuple, Data_ThruBytesReceived), b.got);
    }
    net_close(&p);
}

START_TEST(no_counter_falls_while_bulk_traffic_begins_flows_and_ends)
{
    if (!begin())
        return;
    poll_during_transfer(true);
    end();
}
END_TEST

START_TEST(the_opener_is_told_rightly_during_bulk_traffic_without_memory)
{
    if (!begin())
        return;
    poll_during_transfer(false);
    end();
}
END_TEST

START_TEST(local_drops_spoil_neither_the_acknowledged_bytes_nor_the_opener)
{
    struct net_pair p;
    uint64_t out;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    enable_all(&p.client_tuple);
    net_run(
        "ip link set dev lo gso_max_segs 1 mtu 1500 2>/dev/null || ip link set dev lo mtu 1500");
    /* Room for one segment: on a slow machine TCP has no more than three of its own in a queue. */
    net_run("tc qdisc add dev lo root tbf rate 20mbit burst 4000 limit 2000");
    net_transfer(p.client, p.server, 300000);
    net_run("tc qdisc del dev lo root");
    usleep(300000);
    out = MEMBER(&p.client_tuple, Data_DataBytesOut);
    ck_assert_msg(out > 300000 + MEMBER(&p.client_tuple, Path_BytesRetrans),
                  "nothing was dropped locally: %llu", (unsigned long long)out);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, Data_ThruBytesAcked), 300000);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, SendBuff_CurRetxQueue), 0);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, SynOpts_ActiveOpen), 1);
    ck_assert_uint_eq(MEMBER(&p.server_tuple, SynOpts_ActiveOpen), 0);
    net_close(&p);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic");
    TCase *tcase = tcase_create("traffic");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, five_thousand_bytes_read_5000_at_both_ends_whatever_the_family, 0,
                        KINDS);
    tcase_add_loop_test(tcase, a_half_closed_connection_still_reads_payload_only, 0, 2);
    tcase_add_test(tcase, a_fin_behind_unread_data_is_neither_payload_nor_unread);
    tcase_add_test(tcase, data_in_the_syn_is_payload);
    tcase_add_test(tcase, no_counter_falls_while_bulk_traffic_begins_flows_and_ends);
    tcase_add_test(tcase, the_opener_is_told_rightly_during_bulk_traffic_without_memory);
    tcase_add_test(tcase, local_drops_spoil_neither_the_acknowledged_bytes_nor_the_opener);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
