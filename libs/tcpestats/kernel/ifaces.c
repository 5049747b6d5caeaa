/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "kernel/ifaces.h"
#include "kernel/nlsock.h"

/* Enough for 10,000 addresses; a machine that has more may have its last ones overlooked. */
#define READS_MAX 256

struct search {
    uint16_t family;
    const uint8_t *address;
    struct te_ifaces *ifaces;
};

static bool known(const struct te_ifaces *ifaces, uint32_t index)
{
    for (uint32_t i = 0; i < ifaces->count; i++)
        if (ifaces->index[i] == index)
            return true;
    return false;
}

/* Adds up to limit interfaces in all; false when there is no room left. */
static bool add(struct te_ifaces *ifaces, uint32_t limit, uint32_t index)
{
    if (index != 0 && !known(ifaces, index) && ifaces->count < limit)
        ifaces->index[ifaces->count++] = index;
    return ifaces->count < limit;
}

/* A message of the dump of addresses; false ends the search. */
static bool see_address(struct nlmsghdr *msg, struct search *search)
{
    size_t size = search->family == AF_INET ? 4 : 16;
    struct nlattr *attr[IFA_MAX + 1], *address;
    const struct ifaddrmsg *ifa = nlmsg_data(msg);

    if (msg->nlmsg_type != RTM_NEWADDR || nlmsg_parse(msg, sizeof(*ifa), attr, IFA_MAX, NULL) < 0 ||
        ifa->ifa_family != search->family)
        return true;
    /* On a point-to-point link IFA_ADDRESS is the peer's. */
    address = attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS];
    if (!address || (size_t)nla_len(address) != size ||
        memcmp(nla_data(address), search->address, size) != 0)
        return true;
    return add(search->ifaces, TE_IFACES_OWNERS, ifa->ifa_index);
}

/* A message of the dump of device settings: the lightest that names every device. */
static bool see_device(struct nlmsghdr *msg, struct search *search)
{
    struct nlattr *attr[NETCONFA_MAX + 1];
    int32_t index;

    if (msg->nlmsg_type != RTM_NEWNETCONF ||
        nlmsg_parse(msg, sizeof(struct netconfmsg), attr, NETCONFA_MAX, NULL) < 0 ||
        !attr[NETCONFA_IFINDEX] || nla_len(attr[NETCONFA_IFINDEX]) != sizeof(index))
        return true;
    index = nla_get_s32(attr[NETCONFA_IFINDEX]);
    /* Negative: the templates "all" and "default". */
    return index <= 0 ||
           add(search->ifaces, search->ifaces->owners + TE_IFACES_OTHERS, (uint32_t)index);
}

/* One datagram of a dump. 1: go on, 0: that was all, negative errno. */
static int read_some(int fd, uint32_t seq, bool (*see)(struct nlmsghdr *, struct search *),
                     struct search *search)
{
    _Alignas(struct nlmsghdr) uint8_t buf[8192];
    struct nlmsghdr *msg = (struct nlmsghdr *)buf;
    ssize_t received = te_nlsock_recv(fd, buf, sizeof(buf));
    int rest;

    if (received < 0)
        return received == -EINTR ? 1 : (int)received;
    if ((size_t)received > sizeof(buf))
        return 1; /* its messages are lost: one place fewer to look */
    for (rest = (int)received; nlmsg_ok(msg, rest); msg = nlmsg_next(msg, &rest)) {
        if (msg->nlmsg_seq != seq)
            continue;
        if (msg->nlmsg_type == NLMSG_DONE || msg->nlmsg_type == NLMSG_ERROR || !see(msg, search))
            return 0;
    }
    return 1;
}

static int dump(int fd, uint16_t type, uint8_t family,
                bool (*see)(struct nlmsghdr *, struct search *), struct search *search)
{
    /* Both dumps' own headers begin with the family and are no longer than this one. */
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg body;
    } request = {
        .head =
            {
                .nlmsg_len = sizeof(request),
                .nlmsg_type = type,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                .nlmsg_seq = type,
            },
        .body = {.ifa_family = family},
    };
    int status = te_nlsock_send(fd, &request, sizeof(request));

    for (int i = 0; status == 0 && i < READS_MAX; i++) {
        status = read_some(fd, type, see, search);
        if (status <= 0)
            return status;
        status = 0;
    }
    return status;
}

int te_ifaces_find(uint16_t family, const uint8_t address[static 16], struct te_ifaces *ifaces)
{
    struct search search = {.family = family, .address = address, .ifaces = ifaces};
    int fd, error;

    ifaces->owners = 0;
    ifaces->count = 0;
    fd = te_nlsock_open(NETLINK_ROUTE);
    if (fd < 0)
        return fd;
    error = dump(fd, RTM_GETADDR, (uint8_t)family, see_address, &search);
    ifaces->owners = ifaces->count;
    if (error == 0)
        error = dump(fd, RTM_GETNETCONF, AF_INET, see_device, &search);
    close(fd);
    return error;
}
