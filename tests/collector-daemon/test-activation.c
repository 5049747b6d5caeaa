/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Started with a socket that a service manager listens at, and ending when there is nothing to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base.h"
#include "collector/views.h"
#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u

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
    ck_assert_int_eq(unsetenv("TCPESTATS_COLLECTOR"), 0);
}

/* Whoever is connected before it starts keeps it from ending before it was asked anything. */
static void start_and_enable(const char *idle_exit)
{
    int fd;

    daemon_listen(&d, idle_exit, NULL);
    fd = raw_connect(&d);
    ck_assert_int_ge(fd, 0);
    daemon_again(&d);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA, &view, &slot), 0);
    close(fd);
}

static void end(void)
{
    te_collector_link_free(lnk);
    net_close(&pair);
    daemon_end(&d);
}

START_TEST(it_ends_when_nobody_needs_it_and_not_before)
{
    begin();
    start_and_enable("--idle-exit=1");
    ck_assert(!daemon_ended(&d, 3));
    ck_assert_int_eq(kit_link_disable(lnk, &s, DATA), 0);
    /* Whoever is connected has its records mapped, and would keep them from being freed. */
    ck_assert(!daemon_ended(&d, 3));
    te_collector_link_free(lnk);
    lnk = NULL;
    ck_assert(daemon_ended(&d, AWAIT_SECONDS));
    end();
}
END_TEST

START_TEST(it_ends_when_the_last_connection_has_ended)
{
    begin();
    start_and_enable("--idle-exit=1");
    te_collector_link_free(lnk);
    lnk = NULL;
    ck_assert(!daemon_ended(&d, 3));
    close(pair.client);
    close(pair.server);
    ck_assert(daemon_ended(&d, AWAIT_SECONDS));
    end();
}
END_TEST

START_TEST(who_knocks_meanwhile_is_served_by_the_next)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    struct te_collector_answer answer;
    int fd;

    begin();
    daemon_start_activated(&d, "--idle-exit=2", NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert(daemon_ended(&d, AWAIT_SECONDS));
    fd = raw_connect(&d);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(raw_send(fd, &request, sizeof(request), NULL, 0), 0);
    /* Nobody answers yet; this costs the library its patience and no more. */
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ETIMEDOUT);
    daemon_again(&d);
    ck_assert_int_eq(raw_receive(fd, &answer, NULL), 1);
    ck_assert_int_eq(answer.error, 0);
    /* What was asked for is done, and whoever asks now is answered at once. */
    AWAIT(daemon_status(&d).in_use == 1);
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA, &view, &slot), 0);
    close(fd);
    end();
}
END_TEST

static uint64_t ask_in_vain(const struct te_snapshot each[10])
{
    uint64_t start = te_now();

    ck_assert_int_eq(kit_link_new(&lnk), 0);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(te_collector_enable(lnk, &each[i], DATA, &view, &slot, NULL), -ETIMEDOUT);
    te_collector_link_free(lnk);
    lnk = NULL;
    return te_now() - start;
}

/* However many connections a program enables while nobody answers: none is waited for twice. */
START_TEST(what_is_asked_while_it_starts_is_done_when_it_is_ready)
{
    struct net_pair pairs[10];
    struct te_snapshot each[10];

    begin();
    daemon_listen(&d, NULL);
    for (int i = 0; i < 10; i++) {
        net_connect(&pairs[i], &(struct net_options){.to = "127.0.0.1"});
        each[i] = snapshot_of(&pairs[i].client_tuple);
    }
    AWAIT(ask_in_vain(each) < 700000000); /* waited for each it never takes less than two seconds */
    daemon_again(&d);
    AWAIT(daemon_status(&d).in_use == 10);
    for (int i = 0; i < 10; i++)
        net_close(&pairs[i]);
    end();
}
END_TEST

static unsigned mapped_arrays(void)
{
    unsigned count = 0;
    char line[256];
    FILE *maps = fopen("/proc/self/maps", "re");

    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps))
        count += strstr(line, "tcpestats-records") != NULL || strstr(line, "bpf-map") != NULL;
    fclose(maps);
    return count;
}

/* An array that is mapped stays in the kernel, though its daemon has ended. */
START_TEST(restarts_leave_no_array_behind)
{
    begin();
    daemon_start(&d, NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    for (int i = 0; i < 12; i++) {
        ck_assert_int_eq(kit_link_enable(lnk, &s, DATA, &view, &slot), 0);
        ck_assert_uint_le(mapped_arrays(), 2);
        daemon_kill(&d);
        daemon_again(&d);
    }
    end();
}
END_TEST

static int array_for(struct te_collector_answer *hello, uint64_t start)
{
    int fd = memfd_create("tcpestats-records", MFD_ALLOW_SEALING);

    *hello = (struct te_collector_answer){.records = 10, .epoch = start};
    ck_assert_int_eq(ftruncate(fd, 10 * sizeof(struct te_collector_record)), 0);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    return fd;
}

START_TEST(the_array_of_a_daemon_that_has_gone_is_kept_for_its_last_words_only)
{
    static struct te_collector_views views;
    const uint64_t second = UINT64_C(1000000000);
    struct te_collector_view last, present;
    struct te_collector_answer hello;

    for (uint64_t start = 1; start <= 2; start++) {
        int fd = array_for(&hello, start);

        ck_assert_int_eq(te_collector_views_show(&views, &hello, fd), 0);
        close(fd);
    }
    ck_assert(te_collector_views_find(&views, 1, &last));
    present = te_collector_views_now(&views);
    te_collector_views_drop(&views, te_now() + 60 * second);
    ck_assert_uint_eq(mapped_arrays(), 2);
    ck_assert(te_collector_views_hold(&views, &last));
    te_collector_views_drop(&views, te_now() + 121 * second);
    ck_assert_uint_eq(mapped_arrays(), 1);
    ck_assert(!te_collector_views_hold(&views, &last));
    ck_assert(!te_collector_views_find(&views, 1, &last));
    ck_assert(te_collector_views_hold(&views, &present));
    /* The present one, too, when its daemon has gone. */
    te_collector_views_hide(&views, 2);
    te_collector_views_drop(&views, te_now() + 60 * second);
    ck_assert_uint_eq(mapped_arrays(), 1);
    te_collector_views_drop(&views, te_now() + 121 * second);
    ck_assert_uint_eq(mapped_arrays(), 0);
    te_collector_views_free(&views);
}
END_TEST

START_TEST(alone_it_never_ends_by_itself)
{
    begin();
    daemon_start(&d, "--idle-exit=1", NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert(!daemon_ended(&d, 3));
    end();
}
END_TEST

START_TEST(asked_to_end_it_takes_its_socket_along)
{
    begin();
    daemon_start(&d, "--user=root", NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(daemon_stop(&d), 0);
    ck_assert_int_ne(access(d.socket, F_OK), 0);
    /* After a violent end it is in the way of nobody. */
    daemon_again(&d);
    daemon_kill(&d);
    ck_assert_int_eq(access(d.socket, F_OK), 0);
    daemon_again(&d);
    ck_assert_int_eq(kit_link_enable(lnk, &s, DATA, &view, &slot), 0);
    end();
}
END_TEST

SUITE("collector-activation", 300, it_ends_when_nobody_needs_it_and_not_before,
      it_ends_when_the_last_connection_has_ended, who_knocks_meanwhile_is_served_by_the_next,
      what_is_asked_while_it_starts_is_done_when_it_is_ready, restarts_leave_no_array_behind,
      the_array_of_a_daemon_that_has_gone_is_kept_for_its_last_words_only,
      alone_it_never_ends_by_itself, asked_to_end_it_takes_its_socket_along)
