/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>

#include "ask.h"
#include "kernel/kernel.h"

int lk_ask_open(struct lk_ask *ask)
{
    struct te_netns ns;
    int error = te_netns_init(&ns, -1);

    ask->sock = NULL;
    if (error)
        return error;
    ask->netns = ns.id;
    error = te_netlink_open(&ns, NETLINK_ROUTE, &ask->sock);
    te_netns_close(&ns);
    /* Answers are read at their full length, whatever that is. */
    if (!error)
        nl_socket_enable_msg_peek(ask->sock);
    return error;
}

void lk_ask_close(struct lk_ask *ask)
{
    te_netlink_close(ask->sock);
    ask->sock = NULL;
}

struct walk {
    int (*on_message)(struct nl_msg *msg, void *arg);
    void *arg;
    int result;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
    struct walk *walk = arg;

    /* The rest of a dump is still read, or it would be the answer to the next question. */
    if (!walk->result)
        walk->result = walk->on_message(msg, walk->arg);
    return NL_OK;
}

static int ask_kernel(struct lk_ask *ask, int type, int flags, void *body, size_t size,
                      struct walk *walk)
{
    int error;

    error = nl_socket_modify_cb(ask->sock, NL_CB_VALID, NL_CB_CUSTOM, on_valid, walk);
    if (!error)
        error = nl_send_simple(ask->sock, type, flags, body, size);
    if (error >= 0)
        error = nl_recvmsgs_default(ask->sock);
    return error < 0 ? te_netlink_errno(error) : walk->result;
}

struct links {
    lk_on_message *visit;
    void *arg;
};

static int on_link(struct nl_msg *msg, void *arg)
{
    const struct links *links = arg;
    struct lk_message message;
    int error = lk_parse(msg, &message);

    /* What we cannot read is no link of ours. */
    if (error)
        return error == -EBADMSG ? 0 : error;
    return links->visit(&message, links->arg);
}

int lk_ask_all(struct lk_ask *ask, lk_on_message *visit, void *arg)
{
    struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
    struct links links = {visit, arg};
    struct walk walk = {on_link, &links, 0};

    return ask_kernel(ask, RTM_GETLINK, NLM_F_DUMP, &all, sizeof(all), &walk);
}

static int keep_link(const struct lk_message *message, void *arg)
{
    *(struct lk_message *)arg = *message;
    return 0;
}

int lk_ask_one(struct lk_ask *ask, uint32_t index, struct lk_message *message)
{
    struct ifinfomsg one = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    struct lk_message found = {0};
    struct links links = {keep_link, &found};
    struct walk walk = {on_link, &links, 0};
    int error = ask_kernel(ask, RTM_GETLINK, 0, &one, sizeof(one), &walk);

    if (!error && found.index != index)
        error = -ENODEV;
    if (!error)
        *message = found;
    return error;
}

struct oldest {
    uint32_t index, now, age, created;
    bool found;
};

static void on_address_object(struct nl_object *object, void *arg)
{
    struct rtnl_addr *addr = (struct rtnl_addr *)object;
    struct oldest *oldest = arg;
    uint32_t created = rtnl_addr_get_create_time(addr), age = oldest->now - created;

    if ((uint32_t)rtnl_addr_get_ifindex(addr) != oldest->index || !created)
        return;
    /* One that seems to be from the future is a clock's rounding. */
    if (age > UINT32_MAX / 2)
        age = 0;
    if (oldest->found && age <= oldest->age)
        return;
    oldest->found = true;
    oldest->age = age;
    oldest->created = created;
}

static int on_address(struct nl_msg *msg, void *arg)
{
    if (nlmsg_hdr(msg)->nlmsg_type == RTM_NEWADDR)
        nl_msg_parse(msg, on_address_object, arg);
    return 0;
}

int lk_ask_oldest_address(struct lk_ask *ask, uint32_t index, uint32_t *created)
{
    struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
    struct oldest oldest = {.index = index};
    struct walk walk = {on_address, &oldest, 0};
    struct timespec now;
    int error;

    clock_gettime(CLOCK_MONOTONIC, &now);
    oldest.now = (uint32_t)((uint64_t)now.tv_sec * 100 + (uint64_t)now.tv_nsec / 10000000);
    error = ask_kernel(ask, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all), &walk);
    if (!error && !oldest.found)
        error = -ENOENT;
    if (!error)
        *created = oldest.created;
    return error;
}
