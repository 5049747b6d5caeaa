/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long something is collected that nobody speaks of any more. */
#include <stdio.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u
#define LEASE 2u

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static struct te_collector_answer answer;
static int fd;

static void begin(void)
{
    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_start(&d, "--lease=2", NULL);
    fd = raw_hello(&d);
}

static void end(void)
{
    close(fd);
    net_close(&pair);
    daemon_end(&d);
}

static void enable(int client, unsigned classes)
{
    struct te_collector_request request = raw_enable(&s, classes);

    ck_assert_int_eq(raw_ask(client, &request, &answer), 0);
}

/* Waits until so many connections are watched, at most so many milliseconds. */
static bool watched(unsigned count, unsigned ms)
{
    for (unsigned i = 0; i <= ms / 50; i++) {
        if (daemon_status(&d).in_use == count)
            return true;
        usleep(50000);
    }
    return false;
}

START_TEST(what_a_program_that_has_gone_wanted_lapses)
{
    begin();
    enable(fd, DATA);
    close(fd);
    fd = -1;
    usleep(LEASE * 1000000 / 2);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    ck_assert(watched(0, 10000));
    for (unsigned i = 0; i < 100 && daemon_status(&d).attached; i++)
        usleep(50000);
    ck_assert_uint_eq(daemon_status(&d).attached, 0);
    end();
}
END_TEST

START_TEST(it_does_not_while_the_program_that_asked_is_connected)
{
    begin();
    enable(fd, DATA);
    usleep(LEASE * 2000000);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    /* The lease begins when that goes, not when it asked. */
    close(fd);
    fd = -1;
    usleep(LEASE * 1000000 / 2);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    ck_assert(watched(0, 10000));
    end();
}
END_TEST

START_TEST(who_reads_renews_it)
{
    begin();
    enable(fd, DATA);
    close(fd);
    for (unsigned i = 0; i < 2 * LEASE; i++) {
        usleep(700000);
        fd = raw_hello(&d);
        enable(fd, DATA);
        close(fd);
    }
    fd = -1;
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    ck_assert(watched(0, 10000));
    end();
}
END_TEST

START_TEST(a_record_given_away_anew_is_not_held_by_who_held_the_last)
{
    struct te_collector_request disable;
    int other;

    begin();
    other = raw_hello(&d);
    enable(fd, DATA | PATH);
    disable = raw_enable(&s, DATA | PATH);
    disable.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(raw_ask(other, &disable, &answer), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    /* The next one, in whatever slot, is its own asker's. */
    enable(other, DATA);
    close(other);
    ck_assert(watched(0, 10000));
    end();
}
END_TEST

SUITE("collector-lease", 60, what_a_program_that_has_gone_wanted_lapses,
      it_does_not_while_the_program_that_asked_is_connected, who_reads_renews_it,
      a_record_given_away_anew_is_not_held_by_who_held_the_last)
