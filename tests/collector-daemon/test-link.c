/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's end of the socket, against a daemon that comes and goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static struct te_collector_link *lnk;
static struct te_collector_view view;
static uint32_t slot;

static void begin(void)
{
    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
}

static void begin_with_daemon(void)
{
    begin();
    daemon_start(&d, NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
}

static void end(void)
{
    te_collector_link_free(lnk);
    net_close(&pair);
    daemon_end(&d);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Enables until it works. */
static void enable_at_last(uint32_t classes)
{
    AWAIT(te_collector_enable(lnk, &s, classes, &view, &slot, NULL) == 0);
}

static int enable(uint32_t classes)
{
    return kit_link_enable(lnk, &s, classes, &view, &slot);
}

START_TEST(enabling_gives_a_live_record_of_the_connection)
{
    struct te_collector_record r;

    begin_with_daemon();
    ck_assert_ptr_null(te_collector_view(lnk).records);
    ck_assert_int_eq(enable(DATA | PATH), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    ck_assert_uint_eq(r.head.cookie, s.cookie);
    ck_assert_uint_eq(r.head.netns, s.netns);
    ck_assert_uint_eq(r.head.local_port, s.tuple.local_port);
    ck_assert_uint_eq(r.head.enabled, DATA | PATH);
    ck_assert_uint_gt(r.head.epoch, view.start);
    ck_assert_ptr_eq(te_collector_view(lnk).records, view.records);
    ck_assert_int_eq(kit_link_disable(lnk, &s, DATA), 0);
    ck_assert(read_record(lnk, &view, slot, &r));
    ck_assert_uint_eq(r.head.enabled, PATH);
    ck_assert_int_eq(kit_link_disable(lnk, &s, PATH), 0);
    ck_assert(!read_record(lnk, &view, slot, &r));
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    end();
}
END_TEST

START_TEST(what_one_process_enabled_another_of_the_user_can_disable)
{
    pid_t pid;
    int status;

    begin_with_daemon();
    ck_assert_int_eq(enable(DATA), 0);
    pid = fork();
    if (!pid)
        _exit(kit_link_disable(lnk, &s, DATA) != 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    ck_assert(!te_collector_is_gone(lnk));
    end();
}
END_TEST

START_TEST(a_killed_daemon_is_seen_and_its_successor_found)
{
    struct te_collector_view old;
    struct te_collector_record r;
    uint64_t start, took, quickest = UINT64_MAX;

    begin_with_daemon();
    for (int i = 0; i < 6; i++) {
        enable_at_last(DATA);
        ck_assert(!te_collector_is_gone(lnk));
        old = view;
        daemon_kill(&d);
        ck_assert(te_collector_is_gone(lnk));
        ck_assert_ptr_null(te_collector_view(lnk).records);
        /* What it has collected can still be read. */
        ck_assert(read_record(lnk, &old, slot, &r));
        start = now_ms();
        ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
        ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
        took = now_ms() - start;
        if (took < quickest)
            quickest = took;
        daemon_again(&d);
    }
    ck_assert_uint_lt(quickest, 100);
    enable_at_last(DATA);
    ck_assert(read_record(lnk, &old, slot, &r));
    ck_assert_uint_gt(view.start, old.start);
    end();
}
END_TEST

/* A view goes blank rather than showing another daemon's records. */
START_TEST(an_old_view_does_not_hold_for_ever)
{
    struct te_collector_view first;

    begin_with_daemon();
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA, &first, &slot), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert(te_collector_view_holds(lnk, &first));
        daemon_kill(&d);
        daemon_again(&d);
        enable_at_last(DATA);
    }
    ck_assert(!te_collector_view_holds(lnk, &first));
    ck_assert(te_collector_view_holds(lnk, &view));
    /* Still readable. */
    ck_assert_uint_ne(((const volatile struct te_collector_record *)first.records)[slot].head.seq,
                      1);
    end();
}
END_TEST

START_TEST(without_a_daemon_nothing_is_tried_twice_a_second)
{
    uint64_t start;
    int status;

    begin();
    setenv("TCPESTATS_COLLECTOR", "/nonexistent/socket", 1);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
    /* One appears, but is not looked for at once. */
    daemon_start(&d, NULL);
    te_collector_link_free(lnk);
    daemon_kill(&d);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    start = now_ms();
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
    daemon_again(&d);
    status = te_collector_enable(lnk, &s, DATA, &view, &slot, NULL);
    if (now_ms() - start < 1000)
        ck_assert_int_eq(status, -ENOTCONN);
    enable_at_last(DATA);
    ck_assert_uint_ge(now_ms() - start, 900);
    end();
}
END_TEST

START_TEST(an_empty_setting_means_no_collector)
{
    begin();
    daemon_start(&d, NULL);
    setenv("TCPESTATS_COLLECTOR", "", 1);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
    ck_assert_int_eq(te_collector_disable(lnk, &s, DATA), -ENOTCONN);
    ck_assert(te_collector_is_gone(lnk));
    end();
}
END_TEST

/* Its socket says where it belongs, whoever uses it. */
START_TEST(a_handle_speaks_of_the_namespace_in_which_it_connected)
{
    struct te_collector_link *second;
    struct te_collector_record r;
    struct net_pair there;
    struct te_snapshot other;
    int here;

    begin_with_daemon();
    here = net_here();
    ck_assert_int_eq(enable(DATA), 0);
    net_another();
    net_connect(&there, &(struct net_options){.to = "127.0.0.1"});
    other = snapshot_of(&there.client_tuple);
    ck_assert_int_eq(kit_link_enable(lnk, &other, DATA, &view, &slot), -ENOENT);
    ck_assert_int_eq(enable(DATA), 0);
    ck_assert_int_eq(kit_link_new(&second), 0);
    ck_assert_int_eq(kit_link_enable(second, &other, DATA, &view, &slot), 0);
    ck_assert(read_record(second, &view, slot, &r));
    ck_assert_uint_eq(r.head.netns, other.netns);
    ck_assert_uint_ne(other.netns, s.netns);
    net_go(here);
    ck_assert_int_eq(kit_link_enable(second, &s, DATA, &view, &slot), -ENOENT);
    ck_assert_int_eq(kit_link_disable(lnk, &s, DATA), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    te_collector_link_free(second);
    net_close(&there);
    close(here);
    end();
}
END_TEST

SUITE("collector-link", 300, enabling_gives_a_live_record_of_the_connection,
      what_one_process_enabled_another_of_the_user_can_disable,
      a_killed_daemon_is_seen_and_its_successor_found, an_old_view_does_not_hold_for_ever,
      without_a_daemon_nothing_is_tried_twice_a_second, an_empty_setting_means_no_collector,
      a_handle_speaks_of_the_namespace_in_which_it_connected)
