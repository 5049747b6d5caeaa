/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Started with a socket that a service manager listens at, and ending when there is nothing to do.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

static void end(void)
{
    te_collector_link_free(lnk);
    net_close(&pair);
    daemon_end(&d);
}

START_TEST(it_ends_when_nothing_is_enabled_and_not_before)
{
    begin();
    daemon_start_activated(&d, "--idle-exit=1", NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), 0);
    ck_assert(!daemon_ended(&d, 3));
    ck_assert_int_eq(te_collector_disable(lnk, &s, DATA), 0);
    ck_assert(daemon_ended(&d, 4)); /* although a client is still connected */
    ck_assert(te_collector_is_gone(lnk));
    end();
}
END_TEST

START_TEST(it_ends_when_the_last_connection_has_ended)
{
    begin();
    daemon_start_activated(&d, "--idle-exit=1", NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), 0);
    close(pair.client);
    close(pair.server);
    ck_assert(daemon_ended(&d, 5));
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
    ck_assert(daemon_ended(&d, 5));
    fd = raw_connect(&d);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(raw_send(fd, &request, sizeof(request), NULL, 0), 0);
    /* Nobody answers yet; this costs the library its patience and no more. */
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), -ENOTCONN);
    daemon_again(&d);
    ck_assert_int_eq(raw_receive(fd, &answer, NULL), 1);
    ck_assert_int_eq(answer.error, 0);
    usleep(1000000);
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), 0);
    close(fd);
    end();
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
    ck_assert_int_eq(te_collector_enable(lnk, &s, DATA, &view, &slot, NULL), 0);
    end();
}
END_TEST

SUITE("collector-activation", 60, it_ends_when_nothing_is_enabled_and_not_before,
      it_ends_when_the_last_connection_has_ended, who_knocks_meanwhile_is_served_by_the_next,
      alone_it_never_ends_by_itself, asked_to_end_it_takes_its_socket_along)
