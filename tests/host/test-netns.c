/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The namespace that a handle belongs to, whichever the calling thread is in. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/netlink.h>

#include "net.h"
#include "suite.h"

#define BYTES(i) (1000u * ((i) + 1)) /* what a namespace's connection has carried */

static struct te_snapshot s;

/* Namespaces that have the same connection, distinguished by the bytes that it has carried. */
enum { TWINS = 4 };

struct twins {
    int outside;
    int file[TWINS];
    struct te_netns ns[TWINS];
    struct net_pair pair[TWINS];
};

static bool twins_open(struct twins *t)
{
    static const struct net_options options = {
        .to = "127.0.0.1", .port = 40001, .client_port = 40002};

    if (!net_enter())
        return false;
    t->outside = net_here();
    for (unsigned i = 0; i < TWINS; i++) {
        net_another();
        t->file[i] = net_here();
        net_connect(&t->pair[i], &options);
        net_transfer(t->pair[i].client, t->pair[i].server, BYTES(i));
        t->ns[i] = (struct te_netns)TE_NETNS_INIT;
    }
    net_go(t->outside);
    return true;
}

static void twins_close(struct twins *t)
{
    net_go(t->outside);
    for (unsigned i = 0; i < TWINS; i++) {
        te_netns_close(&t->ns[i]);
        net_close(&t->pair[i]);
        close(t->file[i]);
    }
    close(t->outside);
}

static void must_find_twin(struct te_diag *diag, struct twins *t, unsigned i)
{
    struct te_query query = {.tuple = t->pair[i].client_tuple};

    ck_assert_int_eq(te_diag_lookup(diag, &t->ns[i], &query, &s), 0);
    ck_assert_uint_eq(s.info.tcpi_bytes_acked, BYTES(i) + 1);
    ck_assert_uint_eq(s.netns, t->ns[i].id);
}

static uint64_t own_identity(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    uint64_t id = te_netns_identity(fd);

    close(fd);
    return id;
}

static int count_bytes(const struct te_snapshot *seen, void *arg)
{
    uint64_t *sum = arg;

    *sum += seen->info.tcpi_bytes_received;
    return 0;
}

START_TEST(a_handle_belongs_to_the_namespace_of_its_opening)
{
    struct te_diag diag[TWINS];
    struct twins t;
    uint64_t here;

    if (!twins_open(&t))
        return;
    here = own_identity();
    for (unsigned i = 0; i < TWINS; i++) {
        diag[i] = (struct te_diag)TE_DIAG_INIT;
        net_go(t.file[i]);
        ck_assert_int_eq(te_netns_init(&t.ns[i], -1), 0);
        ck_assert_uint_eq(t.ns[i].id, own_identity());
    }
    net_go(t.outside);
    for (int round = 0; round < 3; round++)
        for (unsigned i = 0; i < TWINS; i++) {
            uint64_t sum = 0;

            must_find_twin(&diag[i], &t, i);
            ck_assert_int_eq(te_diag_dump(&t.ns[i], 0, count_bytes, &sum), 0);
            ck_assert_uint_eq(sum, BYTES(i));
            ck_assert_uint_eq(own_identity(), here);
            /* Wherever the thread is. */
            net_go(t.file[(unsigned)round % TWINS]);
            must_find_twin(&diag[i], &t, i);
            net_go(t.outside);
            if (round == 1)
                te_diag_close(&diag[i]);
        }
    for (unsigned i = 0; i < TWINS; i++)
        te_diag_close(&diag[i]);
    twins_close(&t);
}
END_TEST

START_TEST(a_handle_belongs_to_the_namespace_that_a_descriptor_names)
{
    struct te_diag diag[TWINS];
    unsigned before;
    struct twins t;

    if (!twins_open(&t))
        return;
    before = net_descriptors();
    for (unsigned i = 0; i < TWINS; i++) {
        struct te_query query = {.tuple = t.pair[i].client_tuple};

        diag[i] = (struct te_diag)TE_DIAG_INIT;
        ck_assert_int_eq(te_netns_init(&t.ns[i], t.file[i]), 0);
        for (unsigned k = 0; k < i; k++)
            ck_assert_uint_ne(t.ns[i].id, t.ns[k].id);
        must_find_twin(&diag[i], &t, i);
        /* A miss asks for the interfaces there. */
        query.tuple.local_port ^= 1;
        ck_assert_int_eq(te_diag_lookup(&diag[i], &t.ns[i], &query, &s), -ENOENT);
    }
    for (unsigned i = 0; i < TWINS; i++) {
        te_diag_close(&diag[i]);
        te_netns_close(&t.ns[i]);
    }
    ck_assert_uint_eq(net_descriptors(), before);
    twins_close(&t);
}
END_TEST

START_TEST(a_name_may_be_given_up_and_the_namespace_outlives_its_processes)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct te_query query;
    struct te_netns ns;
    struct net_pair pair;
    int outside, file;

    if (!net_enter())
        return;
    outside = net_here();
    net_another();
    file = net_here();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    net_go(outside);
    ck_assert_int_eq(te_netns_init(&ns, file), 0);
    close(file);
    query = (struct te_query){.tuple = pair.client_tuple};
    ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), 0);
    te_diag_close(&diag);
    net_close(&pair);
    query.tuple.local_port ^= 1;
    ck_assert_int_eq(te_diag_lookup(&diag, &ns, &query, &s), -ENOENT);
    te_diag_close(&diag);
    te_netns_close(&ns);
    close(outside);
}
END_TEST

START_TEST(sockets_are_closed_on_exec_and_clear_of_the_standard_descriptors)
{
    int saved = dup(STDIN_FILENO), outside, file;

    if (!net_enter())
        return;
    outside = net_here();
    net_another();
    file = net_here();
    net_go(outside);
    close(STDIN_FILENO);
    for (int named = 0; named < 2; named++) {
        static const int domains[] = {AF_UNIX, AF_NETLINK};
        struct te_netns ns;

        ck_assert_int_eq(te_netns_init(&ns, named ? file : -1), 0);
        ck_assert_int_gt(ns.fd, STDERR_FILENO);
        ck_assert_int_eq(fcntl(ns.fd, F_GETFD), FD_CLOEXEC);
        for (int i = 0; i < 2; i++) {
            int fd = te_netns_socket(&ns, domains[i], SOCK_DGRAM, 0);

            ck_assert_int_gt(fd, STDERR_FILENO);
            ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
            ck_assert_uint_eq(te_netns_identity(fd), ns.id);
            close(fd);
        }
        ck_assert_int_eq(te_netns_socket(&ns, AF_UNIX, SOCK_DGRAM, 4711), -EPROTONOSUPPORT);
        te_netns_close(&ns);
    }
    ck_assert_int_eq(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    close(outside);
    close(file);
}
END_TEST

START_TEST(what_names_no_network_namespace_is_refused)
{
    struct te_netns ns;
    int fd, closed;
    unsigned before;

    if (!net_enter())
        return;
    before = net_descriptors();
    fd = open("/proc/self/ns/mnt", O_RDONLY);
    ck_assert_int_eq(te_netns_init(&ns, fd), -EINVAL);
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    ck_assert_int_eq(te_netns_init(&ns, fd), -EINVAL);
    closed = fd;
    close(fd);
    ck_assert_int_eq(te_netns_init(&ns, closed), -EBADF);
    ck_assert_uint_eq(net_descriptors(), before);
}
END_TEST

static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};

    ck_assert_int_eq(syscall(SYS_capset, &head, none), 0);
}

START_TEST(without_the_capability_only_the_own_namespace_can_be_had)
{
    struct te_netns own, other, kept;
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;
    unsigned before;
    int fd;

    if (!twins_open(&t))
        return;
    net_go(t.file[0]);
    ck_assert_int_eq(te_netns_init(&kept, -1), 0);
    net_go(t.file[1]);
    drop_capabilities();
    before = net_descriptors();
    ck_assert_int_eq(te_netns_init(&other, t.file[2]), -EPERM);
    ck_assert_uint_eq(net_descriptors(), before);
    /* The own, by its name or without one. */
    ck_assert_int_eq(te_netns_init(&own, t.file[1]), 0);
    t.ns[1] = own;
    must_find_twin(&diag, &t, 1);
    te_diag_close(&diag);
    te_netns_close(&t.ns[1]);
    ck_assert_int_eq(te_netns_init(&t.ns[1], -1), 0);
    ck_assert_uint_eq(t.ns[1].id, own.id);
    must_find_twin(&diag, &t, 1);
    te_diag_close(&diag);
    /* A handle of where the thread was once does not answer for where it is. */
    fd = te_netns_socket(&kept, AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(fd, -EPERM);
    ck_assert_int_eq(te_diag_lookup(&diag, &kept, &(struct te_query){.want = 0}, &s), -EPERM);
    te_netns_close(&kept);
    for (unsigned i = 0; i < TWINS; i++) {
        te_netns_close(&t.ns[i]);
        net_close(&t.pair[i]);
    }
}
END_TEST

/* Somebody has closed the namespace's descriptor, and another's has its number. */
START_TEST(a_socket_in_a_wrong_namespace_is_not_used)
{
    struct twins t;

    if (!twins_open(&t))
        return;
    ck_assert_int_eq(te_netns_init(&t.ns[0], t.file[0]), 0);
    ck_assert_int_eq(dup3(t.file[1], t.ns[0].fd, O_CLOEXEC), t.ns[0].fd);
    ck_assert_int_eq(te_netns_socket(&t.ns[0], AF_UNIX, SOCK_DGRAM, 0), -EPERM);
    twins_close(&t);
}
END_TEST

/* Covers a directory in a mount namespace of our own. */
static bool cover(const char *directory)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", directory, "tmpfs", 0, NULL) != 0) {
        printf("SKIP: cannot cover %s: %s\n", directory, strerror(errno));
        return false;
    }
    return true;
}

START_TEST(without_proc_the_threads_namespace_can_still_be_had)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;

    if (!twins_open(&t))
        return;
    net_go(t.file[0]);
    if (!cover("/proc"))
        return;
    ck_assert_int_eq(te_netns_init(&t.ns[0], -1), 0);
    must_find_twin(&diag, &t, 0);
    te_diag_close(&diag);
    /* By name: entered, since it cannot be seen to be the own. */
    ck_assert_int_eq(te_netns_init(&t.ns[1], t.file[1]), 0);
    must_find_twin(&diag, &t, 1);
    te_diag_close(&diag);
    /* There is no way back. */
    net_go(t.file[1]);
    ck_assert_int_eq(te_netns_socket(&t.ns[0], AF_UNIX, SOCK_DGRAM, 0), -EPERM);
    ck_assert_int_eq(umount2("/proc", MNT_DETACH), 0);
    twins_close(&t);
}
END_TEST

/* A unix socket that is made for a namespace sees the abstract names of that one. */
START_TEST(a_unix_socket_is_of_the_namespace_too)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0te-netns-test"};
    int fd, listener;
    struct twins t;

    if (!twins_open(&t))
        return;
    net_go(t.file[0]);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    net_go(t.outside);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(te_netns_init(&t.ns[i], t.file[i]), 0);
        fd = te_netns_socket(&t.ns[i], AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, sizeof(name)), i ? -1 : 0);
        close(fd);
    }
    close(listener);
    twins_close(&t);
}
END_TEST

SUITE("netns", 60, a_handle_belongs_to_the_namespace_of_its_opening,
      a_handle_belongs_to_the_namespace_that_a_descriptor_names,
      a_name_may_be_given_up_and_the_namespace_outlives_its_processes,
      sockets_are_closed_on_exec_and_clear_of_the_standard_descriptors,
      what_names_no_network_namespace_is_refused, a_socket_in_a_wrong_namespace_is_not_used,
      without_proc_the_threads_namespace_can_still_be_had, a_unix_socket_is_of_the_namespace_too,
      /* The last one: where all run in one process, it has no capability any more. */
      without_the_capability_only_the_own_namespace_can_be_had)
