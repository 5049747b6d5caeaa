/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions over real connections, with nothing but what the two ends know of the bytes
 * they sent as the yardstick. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fields.h"
#include "net.h"
#include "suite.h"

static struct tcpestats *te;
static char state_dir[64];

static struct tcpestats *open_handle(void)
{
    struct tcpestats_options options = {.size = sizeof(options), .state_dir = state_dir};
    struct tcpestats *handle;

    ck_assert_int_eq(tcpestats_open(&handle, &options), 0);
    return handle;
}

/* Each test has a network and a state file of its own. */
static bool begin(void)
{
    if (!net_enter())
        return false;
    strcpy(state_dir, "/tmp/tcpestats-api-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(state_dir));
    te = open_handle();
    return true;
}

static void end(void)
{
    tcpestats_close(te);
    net_run("rm -rf %s", state_dir);
}

static struct tcpestats_conn conn_of(const struct te_tuple *tuple)
{
    struct tcpestats_conn conn;

    memset(&conn, 0, sizeof(conn));
    conn.size = sizeof(conn);
    conn.family = tuple->family;
    conn.local_port = tuple->local_port;
    conn.remote_port = tuple->remote_port;
    memcpy(conn.local, tuple->local, 16);
    memcpy(conn.remote, tuple->remote, 16);
    return conn;
}

static int set(const struct te_tuple *tuple, unsigned cls, int on, int on_inbound)
{
    struct tcpestats_rw rw = {sizeof(rw), on, on_inbound};
    struct tcpestats_conn conn = conn_of(tuple);

    return tcpestats_set(te, &conn, cls, &rw);
}

static int get(const struct te_tuple *tuple, unsigned cls, struct tcpestats_sample *sample)
{
    struct tcpestats_conn conn = conn_of(tuple);

    memset(sample, 0, sizeof(*sample));
    sample->size = sizeof(*sample);
    return tcpestats_get(te, &conn, cls, sample);
}

static void enable_all(const struct te_tuple *tuple)
{
    unsigned cls;

    for (cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++)
        ck_assert_int_eq(set(tuple, cls, TCPESTATS_ON, TCPESTATS_ON), 0);
}

static uint64_t member(const struct te_tuple *tuple, unsigned id)
{
    struct tcpestats_sample sample;

    ck_assert_int_eq(get(tuple, tcpestats_field(id)->cls, &sample), 0);
    ck_assert_uint_eq(sample.values[id - sample.first].status, TCPESTATS_KNOWN);
    return sample.values[id - sample.first].value;
}

#define MEMBER(tuple, name) member((tuple), TCPESTATS_F_##name)

/* ---- Bytes are payload ---- */

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

static const struct net_options kinds[] = {
    {.to = "127.0.0.1"},
    {.to = "::1"},
    {.to = "127.0.0.1", .dual_server = true},
    {.to = "127.0.0.1", .dual_server = true, .dual_client = true},
};

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

/* ---- Under load ---- */

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
    net_run("tc qdisc add dev lo root tbf rate 20mbit burst 4000 limit 6000");
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

/* ---- Switches ---- */

START_TEST(a_new_connection_has_everything_off_but_its_static_members)
{
    struct net_pair p;
    unsigned cls, i;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    for (cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        struct tcpestats_sample s;

        ck_assert_int_eq(get(&p.client_tuple, cls, &s), 0);
        ck_assert_int_eq(s.enabled, TCPESTATS_OFF);
        for (i = 0; i < s.count; i++)
            ck_assert_int_eq(s.values[i].status == TCPESTATS_CLASS_OFF,
                             tcpestats_field(s.first + i)->block == TCPESTATS_ROD);
    }
    net_close(&p);
    end();
}
END_TEST

START_TEST(each_class_is_switched_by_itself)
{
    struct net_pair p;
    unsigned cls, other;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    for (cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++) {
        ck_assert_int_eq(set(&p.client_tuple, cls, TCPESTATS_ON, TCPESTATS_ON), 0);
        for (other = 1; other < TCPESTATS_CLASS_COUNT; other++) {
            struct tcpestats_sample s;

            ck_assert_int_eq(get(&p.client_tuple, other, &s), 0);
            ck_assert_int_eq(s.enabled, other == cls);
            /* The peer is a connection of its own. */
            ck_assert_int_eq(get(&p.server_tuple, other, &s), 0);
            ck_assert_int_eq(s.enabled, TCPESTATS_OFF);
        }
        ck_assert_int_eq(set(&p.client_tuple, cls, TCPESTATS_OFF, TCPESTATS_OFF), 0);
    }
    net_close(&p);
    end();
}
END_TEST

START_TEST(the_directions_of_bandwidth_are_switched_by_themselves)
{
    static const struct {
        int out, in, want_out, want_in;
    } steps[] = {
        {1, -1, 1, 0}, {-1, 1, 1, 1}, {0, -1, 0, 1}, {-1, -1, 0, 1}, {1, 0, 1, 0}, {0, 0, 0, 0},
    };
    struct net_pair p;
    unsigned i;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct tcpestats_sample s;

        ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_BANDWIDTH, steps[i].out, steps[i].in), 0);
        ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_BANDWIDTH, &s), 0);
        ck_assert_int_eq(s.enabled, steps[i].want_out);
        ck_assert_int_eq(s.enabled_inbound, steps[i].want_in);
        ck_assert_int_eq(s.values[0].status == TCPESTATS_CLASS_OFF, !steps[i].want_out);
        ck_assert_int_eq(s.values[1].status == TCPESTATS_CLASS_OFF, !steps[i].want_in);
    }
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_BANDWIDTH, 2, 0), -EINVAL);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_BANDWIDTH, 0, -2), -EINVAL);
    net_close(&p);
    end();
}
END_TEST

START_TEST(disabling_and_enabling_again_loses_nothing)
{
    struct net_pair p;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    net_transfer(p.client, p.server, 1000);
    enable_all(&p.client_tuple);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, Data_DataBytesOut), 1000);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_OFF, 0), 0);
    net_transfer(p.client, p.server, 1000);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), 0);
    ck_assert_uint_eq(MEMBER(&p.client_tuple, Data_DataBytesOut), 2000);
    net_close(&p);
    end();
}
END_TEST

START_TEST(what_one_process_sets_another_sees_at_once_and_after_its_death)
{
    struct tcpestats_sample s;
    struct net_pair p;
    int status;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_DATA, &s), 0);
    if (!fork())
        _exit(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0) ? 1 : 0);
    ck_assert_int_gt(wait(&status), 0);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_DATA, &s), 0);
    ck_assert_int_eq(s.enabled, TCPESTATS_ON);
    net_close(&p);
    end();
}
END_TEST

START_TEST(a_new_connection_on_the_same_addresses_and_ports_starts_with_all_off)
{
    struct net_options options = {.to = "127.0.0.1", .port = 4000, .client_port = 4001};
    struct linger now = {1, 0};
    struct tcpestats_sample s;
    struct net_pair p, q;
    unsigned cls;

    if (!begin())
        return;
    net_connect(&p, &options);
    enable_all(&p.client_tuple);
    net_transfer(p.client, p.server, 5000);
    setsockopt(p.client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(p.client);
    usleep(50000);
    ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_DATA, &s), -ENOENT);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), -ENOENT);
    close(p.server);
    close(p.listener);
    net_connect(&q, &options);
    ck_assert_int_eq(memcmp(&p.client_tuple, &q.client_tuple, sizeof(q.client_tuple)), 0);
    for (cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++) {
        ck_assert_int_eq(get(&q.client_tuple, cls, &s), 0);
        ck_assert_int_eq(s.enabled, TCPESTATS_OFF);
    }
    enable_all(&q.client_tuple);
    ck_assert_uint_eq(MEMBER(&q.client_tuple, Data_DataBytesOut), 0);
    net_close(&q);
    end();
}
END_TEST

START_TEST(without_a_state_file_reading_works_and_setting_says_why_not)
{
    struct tcpestats_options options = {.size = sizeof(options), .state_dir = "/proc/nowhere"};
    struct tcpestats_sample s;
    struct net_pair p;

    if (!begin())
        return;
    tcpestats_close(te);
    ck_assert_int_eq(tcpestats_open(&te, &options), 0);
    net_connect(&p, &kinds[0]);
    ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_SYN_OPTS, &s), 0);
    ck_assert_uint_eq(s.values[0].value, 1);
    ck_assert_int_eq(get(&p.client_tuple, TCPESTATS_DATA, &s), 0);
    ck_assert_int_eq(s.enabled, TCPESTATS_OFF);
    ck_assert_int_lt(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), 0);
    net_close(&p);
    end();
}
END_TEST

/* ---- Finding, listing, arguments ---- */

struct hunt {
    struct te_tuple tuple;
    unsigned found, all, enabled;
};

static int hunter(const struct tcpestats_conn *conn, void *arg)
{
    struct hunt *hunt = arg;

    hunt->all++;
    if (conn->local_port == hunt->tuple.local_port &&
        conn->remote_port == hunt->tuple.remote_port &&
        !memcmp(conn->local, hunt->tuple.local, 16)) {
        hunt->found++;
        hunt->enabled = conn->enabled;
        ck_assert_uint_eq(conn->state, TE_ESTABLISHED);
        ck_assert_uint_eq(conn->uid, getuid());
        ck_assert_uint_ne(conn->inode, 0);
    }
    return 0;
}

START_TEST(a_list_holds_each_end_once_and_no_listener)
{
    unsigned i;

    if (!begin())
        return;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct hunt hunt = {0};
        struct net_pair p;

        net_connect(&p, &kinds[i]);
        ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_PATH, TCPESTATS_ON, 0), 0);
        hunt.tuple = p.client_tuple;
        te_tuple_canonical(&hunt.tuple);
        ck_assert_int_eq(tcpestats_list(te, hunter, &hunt), 0);
        ck_assert_uint_eq(hunt.found, 1);
        ck_assert_uint_eq(hunt.all, 2);
        ck_assert_uint_eq(hunt.enabled, 1u << TCPESTATS_PATH);
        net_close(&p);
        usleep(50000);
    }
    end();
}
END_TEST

START_TEST(callers_of_an_older_or_newer_library_are_served_by_size)
{
    struct {
        struct tcpestats_conn conn;
        unsigned char later[16];
    } big;
    struct net_pair p;
    size_t small = offsetof(struct tcpestats_conn, uid), i;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    memset(&big, 0x5a, sizeof(big));
    big.conn = conn_of(&p.client_tuple);
    big.conn.size = sizeof(big);
    ck_assert_int_eq(tcpestats_find(te, &big.conn), 0);
    for (i = 0; i < sizeof(big.later); i++)
        ck_assert_uint_eq(big.later[i], 0x5a);
    ck_assert_uint_eq(big.conn.size, sizeof(big));

    big.conn = conn_of(&p.client_tuple);
    memset((char *)&big + small, 0x5a, sizeof(big) - small);
    big.conn.size = small;
    ck_assert_int_eq(tcpestats_find(te, &big.conn), 0);
    ck_assert_uint_eq(big.conn.state, TE_ESTABLISHED);
    for (i = small; i < sizeof(big.conn); i++)
        ck_assert_uint_eq(((unsigned char *)&big)[i], 0x5a);
    net_close(&p);
    end();
}
END_TEST

START_TEST(bad_arguments_are_refused_and_touch_nothing)
{
    struct tcpestats_rw rw = {sizeof(rw), TCPESTATS_ON, TCPESTATS_ON};
    struct tcpestats_options options = {.size = sizeof(options), .flags = 1u << 30};
    struct tcpestats_sample s, untouched;
    struct tcpestats_conn conn;
    struct tcpestats *none = NULL;
    struct net_pair p;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    conn = conn_of(&p.client_tuple);
    memset(&s, 0x77, sizeof(s));
    s.size = sizeof(s);
    untouched = s;

    ck_assert_int_eq(tcpestats_open(&none, &options), -EINVAL);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(tcpestats_open(NULL, NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_get(te, &conn, 9, &s), -EINVAL);
    ck_assert_int_eq(tcpestats_get(te, &conn, -1, &s), -EINVAL);
    ck_assert_int_eq(tcpestats_get(te, NULL, 1, &s), -EINVAL);
    ck_assert_int_eq(tcpestats_get(NULL, &conn, 1, &s), -EINVAL);
    ck_assert_int_eq(tcpestats_get(te, &conn, 1, NULL), -EINVAL);
    conn.family = AF_UNIX;
    ck_assert_int_eq(tcpestats_get(te, &conn, 1, &s), -EAFNOSUPPORT);
    conn.family = AF_INET;
    conn.remote_port ^= 1;
    ck_assert_int_eq(tcpestats_get(te, &conn, 1, &s), -ENOENT);
    conn.remote_port ^= 1;
    conn.size = 4;
    ck_assert_int_eq(tcpestats_get(te, &conn, 1, &s), -EINVAL);
    conn.size = sizeof(conn);
    s.size = untouched.size = 8;
    ck_assert_int_eq(tcpestats_get(te, &conn, 1, &s), -EINVAL);
    ck_assert_int_eq(memcmp(&s, &untouched, sizeof(s)), 0);

    ck_assert_int_eq(tcpestats_set(te, &conn, TCPESTATS_SYN_OPTS, &rw), -EINVAL);
    ck_assert_int_eq(tcpestats_set(te, &conn, 9, &rw), -EINVAL);
    ck_assert_int_eq(tcpestats_set(te, &conn, 1, NULL), -EINVAL);
    rw.enable = 2;
    ck_assert_int_eq(tcpestats_set(te, &conn, 1, &rw), -EINVAL);
    ck_assert_int_eq(tcpestats_list(te, NULL, NULL), -EINVAL);
    tcpestats_close(NULL);
    net_close(&p);
    end();
}
END_TEST

START_TEST(the_source_of_every_member_can_be_asked)
{
    struct tcpestats_source source;
    unsigned id, exact = 0;

    if (!begin())
        return;
    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        memset(&source, 0, sizeof(source));
        source.size = sizeof(source);
        ck_assert_int_eq(tcpestats_field_source(te, id, &source), 0);
        ck_assert_ptr_nonnull(source.source);
        exact += source.fidelity <= TCPESTATS_DERIVED;
    }
    /* Any kernel with sock_diag and tcp_info has these. */
    ck_assert_uint_ge(exact, 15);
    ck_assert_int_eq(tcpestats_field_source(te, TCPESTATS_FIELD_COUNT, &source), -EINVAL);
    end();
}
END_TEST

START_TEST(every_error_has_words)
{
    static const int errors[] = {ENOENT, EINVAL, EAFNOSUPPORT, EMSGSIZE, EOPNOTSUPP, EACCES,
                                 EPERM,  EAGAIN, ENOMEM,       EMFILE,   ENFILE,     ENOSPC,
                                 EDQUOT, EROFS,  EBUSY,        EIO};
    const char *nothing = tcpestats_strerror(-4095);
    unsigned i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        ck_assert_str_ne(tcpestats_strerror(-errors[i]), nothing);
    ck_assert_ptr_nonnull(tcpestats_version());
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("api");
    TCase *tcase = tcase_create("api");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, five_thousand_bytes_read_5000_at_both_ends_whatever_the_family, 0,
                        sizeof(kinds) / sizeof(kinds[0]));
    tcase_add_loop_test(tcase, a_half_closed_connection_still_reads_payload_only, 0, 2);
    tcase_add_test(tcase, a_fin_behind_unread_data_is_neither_payload_nor_unread);
    tcase_add_test(tcase, data_in_the_syn_is_payload);
    tcase_add_test(tcase, no_counter_falls_while_bulk_traffic_begins_flows_and_ends);
    tcase_add_test(tcase, the_opener_is_told_rightly_during_bulk_traffic_without_memory);
    tcase_add_test(tcase, local_drops_spoil_neither_the_acknowledged_bytes_nor_the_opener);
    tcase_add_test(tcase, a_new_connection_has_everything_off_but_its_static_members);
    tcase_add_test(tcase, each_class_is_switched_by_itself);
    tcase_add_test(tcase, the_directions_of_bandwidth_are_switched_by_themselves);
    tcase_add_test(tcase, disabling_and_enabling_again_loses_nothing);
    tcase_add_test(tcase, what_one_process_sets_another_sees_at_once_and_after_its_death);
    tcase_add_test(tcase, a_new_connection_on_the_same_addresses_and_ports_starts_with_all_off);
    tcase_add_test(tcase, without_a_state_file_reading_works_and_setting_says_why_not);
    tcase_add_test(tcase, a_list_holds_each_end_once_and_no_listener);
    tcase_add_test(tcase, callers_of_an_older_or_newer_library_are_served_by_size);
    tcase_add_test(tcase, bad_arguments_are_refused_and_touch_nothing);
    tcase_add_test(tcase, the_source_of_every_member_can_be_asked);
    tcase_add_test(tcase, every_error_has_words);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
