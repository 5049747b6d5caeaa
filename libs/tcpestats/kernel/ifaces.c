/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "kernel/ifaces.h"

/* The list grows by as many at a time. */
#define STEP 64

/* Is there room for one more? */
static bool has_room(struct te_ifaces *ifaces)
{
    uint32_t *more;

    if (ifaces->count % STEP)
        return true;
    more = reallocarray(ifaces->index, ifaces->count + STEP, sizeof(*more));
    if (more)
        ifaces->index = more;
    return more != NULL;
}

/* A message of the dump of device settings: the lightest that names every device. */
static int see_device(struct nlmsghdr *msg, uint64_t earliest_ns, void *arg)
{
    struct nlattr *attr[NETCONFA_MAX + 1];
    struct te_ifaces *ifaces = arg;
    int32_t index;

    (void)earliest_ns;
    if (msg->nlmsg_type != RTM_NEWNETCONF ||
        nlmsg_parse(msg, sizeof(struct netconfmsg), attr, NETCONFA_MAX, NULL) < 0 ||
        !attr[NETCONFA_IFINDEX] || nla_len(attr[NETCONFA_IFINDEX]) != sizeof(index))
        return 0;
    index = nla_get_s32(attr[NETCONFA_IFINDEX]);
    /* Negative: the templates "all" and "default". */
    if (index <= 0)
        return 0;
    if (!has_room(ifaces))
        return -ENOMEM;
    ifaces->index[ifaces->count++] = (uint32_t)index;
    return 0;
}

static int by_index(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

int te_ifaces_list(struct nl_sock *sock, struct te_ifaces *ifaces)
{
    struct netconfmsg request = {.ncm_family = AF_INET};
    int error;

    *ifaces = (struct te_ifaces){NULL, 0};
    error = te_netlink_dump(sock, RTM_GETNETCONF, &request, sizeof(request), NULL, see_device,
                            ifaces);
    if (error)
        te_ifaces_free(ifaces);
    else
        qsort(ifaces->index, ifaces->count, sizeof(*ifaces->index), by_index);
    return error;
}

void te_ifaces_free(struct te_ifaces *ifaces)
{
    free(ifaces->index);
    *ifaces = (struct te_ifaces){NULL, 0};
}

bool te_ifaces_has(int sock, uint32_t ifindex)
{
    struct ifreq request = {.ifr_ifindex = (int)ifindex};

    return ioctl(sock, SIOCGIFNAME, &request) == 0;
}
