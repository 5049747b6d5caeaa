/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that change their network namespace between two calls. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "suite.h"

#define BYTES(i) (1000u * ((i) + 1)) /* what a namespace's connection has carried */

static struct te_snapshot s;

static int look(struct te_diag *diag, const struct te_tuple *tuple, bool netns_fixed)
{
    struct te_query query = {.tuple = *tuple};

    return te_diag_lookup(diag, &query, netns_fixed, &s);
}

/* Namespaces that have the same connection, distinguished by the bytes that it has carried. */
enum { TWINS = 4 };

struct twins {
    int outside;
    int ns[TWINS];
    struct net_pair pair[TWINS];
    uint64_t netns[TWINS];
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
        t->ns[i] = net_here();
        net_connect(&t->pair[i], &options);
        net_transfer(t->pair[i].client, t->pair[i].server, BYTES(i));
        t->netns[i] = 0;
    }
    return true;
}

static void twins_close(struct twins *t)
{
    net_go(t->outside);
    for (unsigned i = 0; i < TWINS; i++) {
        net_close(&t->pair[i]);
        close(t->ns[i]);
    }
    close(t->outside);
}

static void must_find_twin(struct te_diag *diag, struct twins *t, unsigned i)
{
    ck_assert_int_eq(look(diag, &t->pair[i].client_tuple, false), 0);
    ck_assert_uint_eq(s.info.tcpi_bytes_acked, BYTES(i) + 1);
    if (!t->netns[i])
        t->netns[i] = s.netns;
    ck_assert_uint_eq(s.netns, t->netns[i]);
}

START_TEST(a_look_up_follows_the_thread_there_and_back)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;

    if (!twins_open(&t))
        return;
    for (int round = 0; round < 3; round++)
        for (unsigned i = 0; i < 2; i++) {
            net_go(t.ns[i]);
            must_find_twin(&diag, &t, i);
            must_find_twin(&diag, &t, i);
        }
    net_go(t.outside);
    ck_assert_int_eq(look(&diag, &t.pair[0].client_tuple, false), -ENOENT);
    te_diag_close(&diag);
    twins_close(&t);
}
END_TEST

START_TEST(each_namespace_has_one_identity_of_its_own)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;

    if (!twins_open(&t))
        return;
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < TWINS; i++) {
            net_go(t.ns[i]);
            must_find_twin(&diag, &t, i);
            for (unsigned k = 0; k < i; k++)
                ck_assert_uint_ne(t.netns[i], t.netns[k]);
        }
    te_diag_close(&diag);
    twins_close(&t);
}
END_TEST

START_TEST(sockets_of_several_namespaces_do_not_mislead_each_other)
{
    struct te_diag diag[3] = {TE_DIAG_INIT, TE_DIAG_INIT, TE_DIAG_INIT};
    unsigned seed = 4711, before, rounds = net_times(3000);
    struct twins t;

    if (!twins_open(&t))
        return;
    for (unsigned i = 0; i < 3; i++)
        must_find_twin(&diag[i], &t, TWINS - 1);
    before = net_descriptors();
    /* Any order of walks through the namespaces, with witnesses remembered in any of them. */
    for (unsigned round = 0; round < rounds; round++) {
        unsigned i = (unsigned)rand_r(&seed) % TWINS;

        net_go(t.ns[i]);
        for (int looks = rand_r(&seed) % 3; looks >= 0; looks--)
            must_find_twin(&diag[rand_r(&seed) % 3], &t, i);
    }
    ck_assert_uint_eq(net_descriptors(), before);
    for (unsigned i = 0; i < 3; i++)
        te_diag_close(&diag[i]);
    ck_assert_uint_eq(net_descriptors(), before - 6);
    twins_close(&t);
}
END_TEST

START_TEST(a_new_namespace_is_not_taken_for_one_that_is_gone)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct net_pair pair;
    uint64_t last = 0;

    if (!net_enter())
        return;
    for (unsigned i = 0; i < net_times(100); i++) {
        struct te_tuple gone;

        /* The old one goes with its last process and socket, but for ours. */
        net_another();
        net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
        ck_assert_int_eq(look(&diag, &pair.client_tuple, false), 0);
        ck_assert_uint_ne(s.netns, last);
        last = s.netns;
        gone = pair.client_tuple;
        net_close(&pair);
        net_another();
        ck_assert_int_eq(look(&diag, &gone, false), -ENOENT);
    }
    te_diag_close(&diag);
}
END_TEST

START_TEST(a_thread_that_stays_keeps_its_socket)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;
    uint64_t cookie;

    if (!twins_open(&t))
        return;
    net_go(t.ns[0]);
    must_find_twin(&diag, &t, 0);
    cookie = diag.fd_cookie;
    for (int i = 0; i < 1000; i++)
        must_find_twin(&diag, &t, 0);
    ck_assert_uint_eq(diag.fd_cookie, cookie);
    te_diag_close(&diag);
    twins_close(&t);
}
END_TEST

START_TEST(a_promise_to_stay_is_taken_at_its_word)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;

    if (!twins_open(&t))
        return;
    net_go(t.ns[0]);
    ck_assert_int_eq(look(&diag, &t.pair[0].client_tuple, true), 0);
    ck_assert_uint_eq(diag.witness.kind, TE_NETNS_NONE);
    net_go(t.ns[1]);
    ck_assert_int_eq(look(&diag, &t.pair[0].client_tuple, true), 0);
    ck_assert_uint_eq(s.info.tcpi_bytes_acked, BYTES(0) + 1);
    /* Without the promise, what was opened under it is not trusted. */
    must_find_twin(&diag, &t, 1);
    te_diag_close(&diag);
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

static void must_follow_with(const char *covered, unsigned kind)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct twins t;
    unsigned before;

    if (!twins_open(&t))
        return;
    before = net_descriptors();
    if (!cover(covered))
        return;
    for (int round = 0; round < 3; round++)
        for (unsigned i = 0; i < 2; i++) {
            net_go(t.ns[i]);
            must_find_twin(&diag, &t, i);
            must_find_twin(&diag, &t, i);
            ck_assert_uint_eq(diag.witness.kind, kind);
        }
    ck_assert_uint_ne(t.netns[0], t.netns[1]);
    te_diag_close(&diag);
    ck_assert_int_eq(umount2(covered, MNT_DETACH), 0);
    ck_assert_uint_eq(net_descriptors(), before);
    twins_close(&t);
}

START_TEST(without_sysctls_the_namespace_link_tells)
{
    must_follow_with("/proc/sys", TE_NETNS_NSFS);
}
END_TEST

START_TEST(without_proc_each_call_has_a_socket_of_its_own)
{
    must_follow_with("/proc", TE_NETNS_NONE);
}
END_TEST

SUITE("netns", 60, a_look_up_follows_the_thread_there_and_back,
      each_namespace_has_one_identity_of_its_own,
      sockets_of_several_namespaces_do_not_mislead_each_other,
      a_new_namespace_is_not_taken_for_one_that_is_gone, a_thread_that_stays_keeps_its_socket,
      a_promise_to_stay_is_taken_at_its_word, without_sysctls_the_namespace_link_tells,
      without_proc_each_call_has_a_socket_of_its_own)
