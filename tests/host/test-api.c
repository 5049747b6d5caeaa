/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions: switches, finding and listing, arguments. */
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "api-kit.h"

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
    int i;

    if (!begin())
        return;
    for (i = 0; i < KINDS; i++) {
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

/* What one sweep says of the connection in its argument. */
struct swept {
    struct te_tuple tuple;
    unsigned seen;
    uint64_t out;
    unsigned retrans; /* its status */
    int32_t enabled;
};

static int sweep_one(const struct tcpestats_conn *conn, const struct tcpestats_snapshot *snapshot,
                     void *arg)
{
    struct tcpestats_sample data = {.size = sizeof(data)}, path = {.size = sizeof(path)};
    struct swept *to = arg;

    if (conn->local_port != to->tuple.local_port)
        return 0;
    ck_assert_int_eq(tcpestats_read(snapshot, TCPESTATS_DATA, &data), 0);
    ck_assert_int_eq(tcpestats_read(snapshot, TCPESTATS_PATH, &path), 0);
    to->seen++;
    to->out = data.values[TCPESTATS_F_Data_DataBytesOut - data.first].value;
    to->enabled = data.enabled;
    to->retrans = path.values[TCPESTATS_F_Path_PktsRetrans - path.first].status;
    return 0;
}

START_TEST(classes_that_are_off_are_read_when_that_is_asked_for)
{
    const uint32_t classes = 1u << TCPESTATS_DATA | 1u << TCPESTATS_PATH;
    struct net_pair p;
    struct swept swept;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    ck_assert_int_eq(send(p.client, "four", 4, 0), 4);
    usleep(50000);
    swept = (struct swept){.tuple = p.client_tuple};
    ck_assert_int_eq(tcpestats_sweep(te, classes, sweep_one, &swept), 0);
    ck_assert_uint_eq(swept.seen, 1);
    ck_assert_uint_eq(swept.out, 0);
    ck_assert_uint_eq(swept.retrans, TCPESTATS_CLASS_OFF);
    ck_assert_int_eq(tcpestats_sweep(te, classes | TCPESTATS_OFF_TOO, sweep_one, &swept), 0);
    ck_assert_uint_eq(swept.seen, 2);
    ck_assert_uint_eq(swept.out, 4);
    ck_assert_int_eq(swept.enabled, TCPESTATS_OFF);
    ck_assert_uint_eq(swept.retrans, TCPESTATS_KNOWN);
    ck_assert_int_eq(tcpestats_sweep(te, TCPESTATS_OFF_TOO, sweep_one, &swept), -EINVAL);
    ck_assert_int_eq(tcpestats_sweep(te, classes | 1u << 30, sweep_one, &swept), -EINVAL);
    net_close(&p);
    end();
}
END_TEST

/* What a class was when it was switched on. */
static struct tcpestats_sample begun_of(const struct te_tuple *tuple, unsigned cls,
                                        struct tcpestats_sample *now)
{
    struct tcpestats_conn conn = conn_of(tuple);
    struct tcpestats_sample begun = {.size = sizeof(begun)};
    struct tcpestats_snapshot *snapshot;

    now->size = sizeof(*now);
    ck_assert_int_eq(tcpestats_snapshot_new(&snapshot), 0);
    ck_assert_int_eq(tcpestats_take(te, &conn, 1u << cls, snapshot), 0);
    ck_assert_int_eq(tcpestats_read(snapshot, cls, now), 0);
    ck_assert_int_eq(tcpestats_read_begun(snapshot, cls, &begun), 0);
    ck_assert_int_eq(tcpestats_read_begun(snapshot, cls, NULL), -EINVAL);
    ck_assert_int_eq(tcpestats_read_begun(snapshot, TCPESTATS_REC, &begun), -EINVAL);
    tcpestats_snapshot_free(snapshot);
    return begun;
}

START_TEST(what_a_counter_was_when_its_class_was_switched_on_is_kept)
{
    const unsigned acked = TCPESTATS_F_Data_ThruBytesAcked - TCPESTATS_F_Data_DataBytesOut;
    struct tcpestats_sample now, begun;
    struct net_pair p;
    uint64_t first_ns;

    if (!begin())
        return;
    net_connect(&p, &kinds[0]);
    net_transfer(p.client, p.server, 1000);
    usleep(50000);
    begun = begun_of(&p.client_tuple, TCPESTATS_DATA, &now);
    ck_assert_uint_eq(begun.time_ns, 0);
    ck_assert_uint_eq(begun.values[acked].status, TCPESTATS_CLASS_OFF);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), 0);
    net_transfer(p.client, p.server, 500);
    usleep(50000);
    begun = begun_of(&p.client_tuple, TCPESTATS_DATA, &now);
    ck_assert_uint_eq(begun.values[acked].value, 1000);
    ck_assert_uint_eq(now.values[acked].value, 1500);
    ck_assert_uint_eq(begun.values[0].status, TCPESTATS_NO_SAMPLE);
    /* The machine may have run for less than five seconds. */
    ck_assert_uint_gt(now.time_ns - begun.time_ns, 50000000);
    ck_assert_uint_lt(now.time_ns - begun.time_ns, 5000000000);
    first_ns = begun.time_ns;
    /* On already: it began then. Off and on: it begins anew. */
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), 0);
    begun = begun_of(&p.client_tuple, TCPESTATS_DATA, &now);
    ck_assert_uint_eq(begun.time_ns, first_ns);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_OFF, 0), 0);
    begun = begun_of(&p.client_tuple, TCPESTATS_DATA, &now);
    ck_assert_uint_eq(begun.time_ns, 0);
    ck_assert_int_eq(set(&p.client_tuple, TCPESTATS_DATA, TCPESTATS_ON, 0), 0);
    begun = begun_of(&p.client_tuple, TCPESTATS_DATA, &now);
    ck_assert_uint_gt(begun.time_ns, first_ns);
    ck_assert_uint_eq(begun.values[acked].value, 1500);
    net_close(&p);
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
    static const int errors[] = {ENOENT, ESHUTDOWN, EINVAL, EAFNOSUPPORT, EMSGSIZE, EOPNOTSUPP,
                                 EACCES, EPERM,     EAGAIN, ENOMEM,       EMFILE,   ENFILE,
                                 ENOSPC, EDQUOT,    EROFS,  EBUSY,        EIO};
    const char *nothing = tcpestats_strerror(-4095);
    unsigned i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        ck_assert_str_ne(tcpestats_strerror(-errors[i]), nothing);
    ck_assert_ptr_nonnull(tcpestats_version());
}
END_TEST

SUITE("api", 120, a_new_connection_has_everything_off_but_its_static_members,
      each_class_is_switched_by_itself, the_directions_of_bandwidth_are_switched_by_themselves,
      disabling_and_enabling_again_loses_nothing,
      what_one_process_sets_another_sees_at_once_and_after_its_death,
      a_new_connection_on_the_same_addresses_and_ports_starts_with_all_off,
      without_a_state_file_reading_works_and_setting_says_why_not,
      a_list_holds_each_end_once_and_no_listener,
      classes_that_are_off_are_read_when_that_is_asked_for,
      what_a_counter_was_when_its_class_was_switched_on_is_kept,
      callers_of_an_older_or_newer_library_are_served_by_size,
      bad_arguments_are_refused_and_touch_nothing, the_source_of_every_member_can_be_asked,
      every_error_has_words)
