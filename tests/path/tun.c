/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tun.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Long enough that a relay which was not scheduled for a while loses nothing. */
enum { TX_QUEUE_LEN = 10000, PREFIX_V6 = 64, ADDRESS_TRIES = 10000 };

static void name_device(struct ifreq *ifr, const char *device)
{
    memset(ifr, 0, sizeof(*ifr));
    snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", device);
}

static void ipv4(struct ifreq *ifr, const char *text)
{
    struct sockaddr_in *a = (struct sockaddr_in *)&ifr->ifr_addr;

    *a = (struct sockaddr_in){.sin_family = AF_INET};
    inet_pton(AF_INET, text, &a->sin_addr);
}

static int up(int s, const char *device)
{
    struct ifreq ifr;

    name_device(&ifr, device);
    if (ioctl(s, SIOCGIFFLAGS, &ifr) != 0)
        return -1;
    ifr.ifr_flags |= IFF_UP | IFF_RUNNING;
    return ioctl(s, SIOCSIFFLAGS, &ifr);
}

static int configure_v4(int s, unsigned host, unsigned mtu)
{
    struct ifreq ifr;
    char text[32];

    name_device(&ifr, PATH_DEVICE);
    ifr.ifr_mtu = (int)mtu;
    if (ioctl(s, SIOCSIFMTU, &ifr) != 0)
        return -1;
    /* Refused to the root of a user namespace, for whom the default has to do. */
    ifr.ifr_qlen = TX_QUEUE_LEN;
    (void)ioctl(s, SIOCSIFTXQLEN, &ifr);
    snprintf(text, sizeof(text), "192.0.2.%u", host);
    ipv4(&ifr, text);
    if (ioctl(s, SIOCSIFADDR, &ifr) != 0)
        return -1;
    ipv4(&ifr, "255.255.255.0");
    if (ioctl(s, SIOCSIFNETMASK, &ifr) != 0)
        return -1;
    return up(s, PATH_DEVICE) || up(s, "lo") ? -1 : 0;
}

/* A kernel without IPv6 leaves the path to IPv4. */
static int configure_v6(unsigned host)
{
    struct in6_ifreq req = {.ifr6_prefixlen = PREFIX_V6};
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    char text[64];
    int s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), failed;

    if (s < 0)
        return 0;
    snprintf(text, sizeof(text), "2001:db8:7::%x", host);
    inet_pton(AF_INET6, text, &req.ifr6_addr);
    req.ifr6_ifindex = (int)if_nametoindex(PATH_DEVICE);
    failed = ioctl(s, SIOCSIFADDR, &req);
    /* A worker of the kernel's makes it usable, on a busy machine somewhat later. */
    address.sin6_addr = req.ifr6_addr;
    for (int i = 0; !failed && bind(s, (struct sockaddr *)&address, sizeof(address)) != 0; i++) {
        failed = errno != EADDRNOTAVAIL || i == ADDRESS_TRIES ? -1 : 0;
        usleep(1000);
    }
    close(s);
    return failed;
}

static int enter(const char *netns)
{
    int fd, failed;

    if (!netns)
        return unshare(CLONE_NEWNET);
    fd = open(netns, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    failed = setns(fd, CLONE_NEWNET);
    close(fd);
    return failed;
}

static int complain(const char *what)
{
    warn("%s", what);
    return -1;
}

int tun_open(struct tun *tun, const char *netns, unsigned host, unsigned mtu)
{
    struct ifreq ifr;
    int s, failed;

    if (enter(netns) != 0)
        return complain(netns ? netns : "making a network namespace");
    tun->netns_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (tun->netns_fd < 0)
        return complain("/proc/thread-self/ns/net");
    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun->fd < 0)
        return complain("/dev/net/tun");
    name_device(&ifr, PATH_DEVICE);
    ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(tun->fd, TUNSETIFF, &ifr) != 0)
        return complain("TUNSETIFF");
    if (ioctl(tun->fd, TUNSETOFFLOAD, 0UL) != 0)
        return complain("TUNSETOFFLOAD");

    s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return complain("socket");
    failed = configure_v4(s, host, mtu) || configure_v6(host);
    close(s);
    return failed ? complain("configuring " PATH_DEVICE) : 0;
}
