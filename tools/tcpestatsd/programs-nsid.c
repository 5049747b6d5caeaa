/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that runs in our network namespace can look up sockets in another, if that one has a
 * number in ours (rtnetlink, RTM_NEWNSID). So nobody needs to enter it, nor the privilege for that.
 */
#include <errno.h>
#include <sys/stat.h>

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "programs-internal.h"

static int errno_of(int nl)
{
    switch (-nl) {
    case NLE_SUCCESS:
        return 0;
    case NLE_PERM:
        return -EPERM;
    case NLE_NOMEM:
        return -ENOMEM;
    case NLE_EXIST:
        return -EEXIST;
    case NLE_INVAL:
        return -EINVAL;
    default:
        return -EIO;
    }
}

/* An answer that never comes must not hold up the daemon; the kernel answers before send returns.
 */
static int ask(struct programs *p, int type, int netns_fd, int32_t *nsid);

static int on_answer(struct nl_msg *msg, void *arg)
{
    struct nlattr *attr[NETNSA_MAX + 1];

    if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct rtgenmsg), attr, NETNSA_MAX, NULL) == 0 &&
        attr[NETNSA_NSID])
        *(int32_t *)arg = nla_get_s32(attr[NETNSA_NSID]);
    return NL_OK;
}

static int ask(struct programs *p, int type, int netns_fd, int32_t *nsid)
{
    struct rtgenmsg general = {.rtgen_family = AF_UNSPEC};
    struct nl_msg *msg = nlmsg_alloc_simple(type, type == RTM_NEWNSID ? NLM_F_ACK : 0);
    int err;

    if (!msg)
        return -ENOMEM;
    if (nlmsg_append(msg, &general, sizeof(general), NLMSG_ALIGNTO) != 0 ||
        nla_put_u32(msg, NETNSA_FD, (uint32_t)netns_fd) != 0 ||
        (type == RTM_NEWNSID && nla_put_s32(msg, NETNSA_NSID, NETNSA_NSID_NOT_ASSIGNED) != 0)) {
        nlmsg_free(msg);
        return -ENOMEM;
    }
    nl_socket_modify_cb(p->route, NL_CB_VALID, NL_CB_CUSTOM, on_answer, nsid);
    err = nl_send_auto(p->route, msg);
    nlmsg_free(msg);
    if (err >= 0)
        err = nl_recvmsgs_default(p->route);
    return errno_of(err < 0 ? err : 0);
}

int programs_nsid(struct programs *p, int netns_fd, int32_t *nsid)
{
    struct stat st;
    int err;

    if (fstat(netns_fd, &st) != 0)
        return -errno;
    *nsid = NETNSA_NSID_NOT_ASSIGNED;
    if (st.st_dev == p->netns_dev && st.st_ino == p->netns_ino)
        return 0;
    err = ask(p, RTM_GETNSID, netns_fd, nsid);
    if (err || *nsid >= 0)
        return err;
    err = ask(p, RTM_NEWNSID, netns_fd, nsid);
    if (err && err != -EEXIST)
        return err;
    err = ask(p, RTM_GETNSID, netns_fd, nsid);
    return err ? err : *nsid >= 0 ? 0 : -EIO;
}

int programs_nsid_open(struct programs *p)
{
    struct stat st;
    int err;

    if (stat("/proc/self/ns/net", &st) != 0)
        return -errno;
    p->netns_dev = st.st_dev;
    p->netns_ino = st.st_ino;
    p->route = nl_socket_alloc();
    if (!p->route)
        return -ENOMEM;
    nl_socket_disable_auto_ack(p->route);
    err = nl_connect(p->route, NETLINK_ROUTE);
    return errno_of(err);
}

void programs_nsid_close(struct programs *p)
{
    nl_socket_free(p->route);
}
