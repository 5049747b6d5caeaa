/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon answers, request by request. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static struct te_collector_answer answer;
static int fd;

static void begin(const char *option)
{
    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_start(&d, option, NULL);
    fd = raw_hello(&d);
}

static void end(void)
{
    close(fd);
    net_close(&pair);
    daemon_end(&d);
}

static int ask(struct te_collector_request request)
{
    return raw_ask(fd, &request, &answer);
}

/* The other side has closed the connection, and lives. */
static void must_be_dropped(int client)
{
    ck_assert_int_eq(raw_receive(client, &answer, NULL), 0);
    close(client);
    daemon_status(&d);
}

START_TEST(hello_gives_a_frozen_array_of_the_promised_size)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    int client, map = -1;
    void *records;
    size_t size;

    begin("--records=100");
    client = raw_connect(&d);
    ck_assert_int_eq(raw_send(client, &request, sizeof(request), NULL, 0), 0);
    ck_assert_int_eq(raw_receive(client, &answer, &map), 1);
    ck_assert_int_eq(answer.error, 0);
    ck_assert_uint_eq(answer.records, 100);
    ck_assert_uint_eq(answer.record_size, sizeof(struct te_collector_record));
    ck_assert_uint_ne(answer.epoch, 0);
    ck_assert_int_ge(map, 0);
    size = answer.records * sizeof(struct te_collector_record);
    records = mmap(NULL, size, PROT_READ, MAP_SHARED, map, 0);
    ck_assert_ptr_ne(records, MAP_FAILED);
    ck_assert_ptr_eq(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0), MAP_FAILED);
    ck_assert_int_ne(ftruncate(map, 0), 0);
    close(client);
    end();
}
END_TEST

START_TEST(every_request_can_be_the_first)
{
    struct te_collector_request disable;

    begin(NULL);
    close(fd);
    fd = raw_connect(&d);
    ck_assert_int_eq(ask(raw_request(TE_COLLECTOR_STATUS)), 0);
    ck_assert_uint_eq(answer.in_use, 0);
    ck_assert_uint_eq(answer.clients, 1);
    close(fd);
    fd = raw_connect(&d);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    close(fd);
    fd = raw_connect(&d);
    disable = raw_enable(&s, DATA);
    disable.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(ask(disable), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    end();
}
END_TEST

/* As a program does that has one word to say and ends. */
START_TEST(what_a_client_has_asked_is_done_though_it_has_gone)
{
    struct te_collector_request hello = raw_request(TE_COLLECTOR_HELLO), enable;

    begin(NULL);
    enable = raw_enable(&s, DATA);
    kill(d.pid, SIGSTOP);
    close(fd);
    fd = raw_connect(&d);
    ck_assert_int_eq(raw_send(fd, &hello, sizeof(hello), NULL, 0), 0);
    ck_assert_int_eq(raw_send(fd, &enable, sizeof(enable), NULL, 0), 0);
    close(fd);
    kill(d.pid, SIGCONT);
    fd = raw_connect(&d);
    AWAIT(daemon_status(&d).in_use == 1);
    end();
}
END_TEST

/* Whatever it is: not even the namespace that the client is in. */
START_TEST(a_message_with_descriptors_ends_the_connection_or_is_not_let_through)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    int candidates[] = {open("/dev/null", O_RDONLY), net_here()};

    begin(NULL);
    for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
        int client = raw_connect(&d), status;

        ck_assert_int_ge(candidates[i], 0);
        status = raw_send(client, &request, sizeof(request), &candidates[i], 1);
        if (status) {
            /* The kernel's word, from 6.16 on; then the connection is as good as before. */
            ck_assert_int_eq(status, -EPERM);
            ck_assert_int_eq(raw_ask(client, &request, &answer), 0);
        } else {
            ck_assert_int_eq(raw_receive(client, &answer, NULL), 0);
        }
        close(client);
        daemon_status(&d);
    }
    end();
}
END_TEST

START_TEST(other_messages_end_the_connection)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    uint8_t bytes[4096] = {0};

    begin(NULL);
    memcpy(bytes, &request, sizeof(request));
    for (size_t size = 0; size < sizeof(bytes); size += size < 200 ? 1 : 500) {
        int client;

        if (size == sizeof(request))
            continue;
        client = raw_connect(&d);
        ck_assert_int_eq(raw_send(client, bytes, size, NULL, 0), 0);
        must_be_dropped(client);
    }
    request.magic++;
    close(fd);
    fd = raw_connect(&d);
    ck_assert_int_eq(raw_send(fd, &request, sizeof(request), NULL, 0), 0);
    must_be_dropped(fd);
    fd = raw_connect(&d);
    end();
}
END_TEST

START_TEST(another_protocol_and_unknown_calls_are_refused_in_words)
{
    struct te_collector_request request;

    begin(NULL);
    request = raw_request(TE_COLLECTOR_STATUS);
    request.protocol++;
    ck_assert_int_eq(ask(request), -EPROTONOSUPPORT);
    ck_assert_uint_eq(answer.protocol, TE_COLLECTOR_PROTOCOL);
    ck_assert_int_eq(ask(raw_request(0)), -EINVAL);
    ck_assert_int_eq(ask(raw_request(5)), -EINVAL);
    ck_assert_int_eq(ask(raw_request(~0u)), -EINVAL);
    end();
}
END_TEST

static int enable_with(void (*spoil)(struct te_collector_request *request))
{
    struct te_collector_request request = raw_enable(&s, DATA);

    spoil(&request);
    return ask(request);
}

static void no_classes(struct te_collector_request *r)
{
    r->classes = 0;
}

static void syn_opts(struct te_collector_request *r)
{
    r->classes = 1;
}

static void unknown_classes(struct te_collector_request *r)
{
    r->classes |= 1u << 9;
}

static void no_port(struct te_collector_request *r)
{
    r->remote_port = 0;
}

static void family(struct te_collector_request *r)
{
    r->family = 1;
}

static void long_address(struct te_collector_request *r)
{
    r->local[4] = 1;
}

static void no_cookie(struct te_collector_request *r)
{
    r->cookie = 0;
}

static void other_cookie(struct te_collector_request *r)
{
    r->cookie++;
}

static void other_address(struct te_collector_request *r)
{
    r->local[3] ^= 2;
}

static void other_device(struct te_collector_request *r)
{
    r->ifindex = 1;
}

static void other_port(struct te_collector_request *r)
{
    r->local_port ^= 1;
}

START_TEST(enable_wants_a_connection_that_is_there)
{
    begin(NULL);
    ck_assert_int_eq(enable_with(no_classes), -EINVAL);
    ck_assert_int_eq(enable_with(syn_opts), -EINVAL);
    ck_assert_int_eq(enable_with(unknown_classes), -EINVAL);
    ck_assert_int_eq(enable_with(no_port), -EINVAL);
    ck_assert_int_eq(enable_with(family), -EINVAL);
    ck_assert_int_eq(enable_with(long_address), -EINVAL);
    ck_assert_int_eq(enable_with(no_cookie), -EINVAL);
    ck_assert_int_eq(enable_with(other_cookie), -ENOENT);
    ck_assert_int_eq(enable_with(other_address), -ENOENT);
    ck_assert_int_eq(enable_with(other_device), -ENOENT);
    ck_assert_int_eq(enable_with(other_port), -ENOENT);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    /* Nor is it when it has a record, which stays as it was named. */
    ck_assert_int_eq(enable_with(other_address), -ENOENT);
    ck_assert_int_eq(enable_with(other_device), -ENOENT);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    end();
}
END_TEST

START_TEST(enabling_again_changes_nothing)
{
    struct te_collector_answer first;

    begin(NULL);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    first = answer;
    ck_assert_uint_gt(daemon_status(&d).attached, 0);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    ck_assert_uint_eq(answer.slot, first.slot);
    ck_assert_uint_eq(answer.epoch, first.epoch);
    ck_assert_int_eq(ask(raw_enable(&s, PATH)), 0);
    ck_assert_uint_eq(answer.slot, first.slot);
    ck_assert_uint_eq(answer.epoch, first.epoch);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    end();
}
END_TEST

START_TEST(disable_takes_back_and_detaches)
{
    struct te_collector_request disable;

    begin(NULL);
    disable = raw_enable(&s, DATA);
    disable.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(ask(disable), 0); /* nothing to take back */
    ck_assert_int_eq(ask(raw_enable(&s, DATA | PATH)), 0);
    ck_assert_int_eq(ask(disable), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    disable.classes = ~0u;
    ck_assert_int_eq(ask(disable), 0);
    ck_assert_uint_eq(daemon_status(&d).in_use, 0);
    AWAIT(daemon_status(&d).attached == 0);
    end();
}
END_TEST

START_TEST(a_connection_that_ends_frees_its_record)
{
    uint64_t epoch;

    begin(NULL);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    epoch = answer.epoch;
    net_close(&pair);
    AWAIT(daemon_status(&d).in_use == 0);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), -ENOENT);
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    ck_assert_uint_gt(answer.epoch, epoch);
    end();
}
END_TEST

START_TEST(what_a_client_enabled_outlives_it)
{
    begin(NULL);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    close(fd);
    fd = raw_connect(&d);
    ck_assert_uint_eq(daemon_status(&d).in_use, 1);
    end();
}
END_TEST

START_TEST(a_full_table_takes_no_more_until_a_record_is_free)
{
    struct te_collector_request other, more, disable;
    struct te_collector_answer first;
    struct te_snapshot server;
    struct net_pair second;

    begin("--records=2");
    server = snapshot_of(&pair.server_tuple);
    net_connect(&second, &(struct net_options){.to = "127.0.0.1"});
    more = raw_enable(&server, DATA);
    s = snapshot_of(&second.client_tuple);
    other = raw_enable(&s, DATA);
    s = snapshot_of(&pair.client_tuple);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    first = answer;
    ck_assert_int_eq(ask(more), 0);
    ck_assert_uint_ne(answer.slot, first.slot);
    ck_assert_int_eq(ask(other), -ENOSPC);
    ck_assert_int_eq(ask(raw_enable(&s, PATH)), 0); /* what has a record keeps it */
    disable = raw_enable(&s, ~0u);
    disable.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(ask(disable), 0);
    ck_assert_int_eq(ask(other), 0);
    ck_assert_uint_eq(answer.slot, first.slot);
    ck_assert_uint_gt(answer.epoch, first.epoch);
    net_close(&second);
    end();
}
END_TEST

/* By a look-up as if for any device, too: so a connection of the host's was read once. */
static void must_find_nothing(struct te_collector_request request)
{
    for (request.ifindex = 0; request.ifindex < 4; request.ifindex++) {
        int error = ask(request);

        ck_assert_msg(error == -ENOENT || error == -EINPROGRESS, "%s", strerror(-error));
    }
    request.ifindex = 4711;
    ck_assert_int_ne(ask(request), 0);
    request.local_port = request.remote_port = 6;
    ck_assert_int_ne(ask(request), 0);
}

START_TEST(a_cookie_of_another_namespace_opens_nothing)
{
    struct te_collector_request request;
    int here;

    begin(NULL);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    close(fd);
    here = net_here();
    net_another();
    fd = raw_hello(&d);
    /* Known to the daemon, and not. */
    must_find_nothing(raw_enable(&s, PATH));
    request = raw_enable(&s, DATA);
    request.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(ask(request), 0);
    request = raw_enable(&s, DATA);
    request.cookie++;
    must_find_nothing(request);
    net_transfer(pair.client, pair.server, 100);
    net_transfer(pair.server, pair.client, 100);
    must_find_nothing(raw_enable(&s, PATH));
    /* It is locked out by none of that. */
    net_go(here);
    close(fd);
    fd = raw_hello(&d);
    ck_assert_int_eq(ask(raw_enable(&s, DATA)), 0);
    request = raw_enable(&s, ~0u);
    request.call = TE_COLLECTOR_DISABLE;
    ck_assert_int_eq(ask(request), 0);
    close(here);
    end();
}
END_TEST

SUITE("collector-protocol", 300, hello_gives_a_frozen_array_of_the_promised_size,
      every_request_can_be_the_first, what_a_client_has_asked_is_done_though_it_has_gone,
      a_message_with_descriptors_ends_the_connection_or_is_not_let_through,
      other_messages_end_the_connection, another_protocol_and_unknown_calls_are_refused_in_words,
      enable_wants_a_connection_that_is_there, enabling_again_changes_nothing,
      disable_takes_back_and_detaches, a_connection_that_ends_frees_its_record,
      what_a_client_enabled_outlives_it, a_full_table_takes_no_more_until_a_record_is_free,
      a_cookie_of_another_namespace_opens_nothing)
