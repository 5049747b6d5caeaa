/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"
#include "tun-kit.h"

#define NEIGHBOUR "198.51.100.2"
#define SIZE_MAX_PACKET 65535

const char *tun_lacking(void)
{
    struct ifreq request = {.ifr_name = "probe%d", .ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    const char *why = NULL;

    if (fd < 0)
        return "no /dev/net/tun";
    if (ioctl(fd, TUNSETIFF, &request))
        why = "may not make a TUN link";
    close(fd);
    return why;
}

void tun_make(struct tun_link *tun, const char *name, bool tap, uint32_t index)
{
    struct ifreq request = {.ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI)};
    int wanted = (int)index;

    tun->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    ck_assert_msg(tun->fd >= 0, "/dev/net/tun: %s", strerror(errno));
    if (index)
        ck_assert_int_eq(ioctl(tun->fd, TUNSETIFINDEX, &wanted), 0);
    strcpy(request.ifr_name, name);
    ck_assert_msg(!ioctl(tun->fd, TUNSETIFF, &request), "TUNSETIFF: %s", strerror(errno));
    strcpy(tun->name, request.ifr_name);
    tun->index = if_nametoindex(tun->name);
    ck_assert_uint_ne(tun->index, 0);
    if (index)
        ck_assert_uint_eq(tun->index, index);
}

void tun_remove(struct tun_link *tun)
{
    close(tun->fd);
    tun->fd = -1;
    /* The kernel takes the link away a little later. */
    for (int i = 0; i < 2000 && if_nametoindex(tun->name) == tun->index; i++)
        usleep(1000);
    ck_assert_uint_ne(if_nametoindex(tun->name), tun->index);
}

void tun_up(const struct tun_link *tun)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", tun->name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ck_assert_int_eq(write(fd, "1", 1), 1);
        close(fd);
    }
    net_run("ip addr replace 198.51.100.1/24 dev %s", tun->name);
    net_run("ip link set dev %s up", tun->name);
}

void tun_down(const struct tun_link *tun)
{
    net_run("ip link set dev %s down", tun->name);
}

void tun_rename(struct tun_link *tun, const char *name)
{
    net_run("ip link set dev %s name %s", tun->name, name);
    strcpy(tun->name, name);
}

void tun_arrive(const struct tun_link *tun, unsigned count, unsigned size)
{
    /* An IPv4 packet that nobody is waiting for. */
    uint8_t packet[SIZE_MAX_PACKET] = {0x45, 0, (uint8_t)(size >> 8), (uint8_t)size};

    ck_assert_uint_ge(size, 20);
    for (unsigned i = 0; i < count; i++)
        ck_assert_int_eq(write(tun->fd, packet, size), size);
}

static void take_off(const struct tun_link *tun, unsigned size)
{
    uint8_t packet[SIZE_MAX_PACKET];
    struct pollfd ready = {.fd = tun->fd, .events = POLLIN};

    ck_assert_int_eq(poll(&ready, 1, 2000), 1);
    ck_assert_int_eq(read(tun->fd, packet, sizeof(packet)), size);
}

void tun_leave(const struct tun_link *tun, unsigned count, unsigned size)
{
    uint8_t payload[SIZE_MAX_PACKET] = {0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_uint_ge(size, 28);
    inet_pton(AF_INET, NEIGHBOUR, &to.sin_addr);
    /* All links have that neighbour. */
    ck_assert_int_eq(
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, tun->name, (socklen_t)strlen(tun->name)), 0);
    for (unsigned i = 0; i < count; i++) {
        ck_assert_int_eq(
            sendto(fd, payload, size - 28, 0, (const struct sockaddr *)&to, sizeof(to)), size - 28);
        take_off(tun, size);
    }
    close(fd);
}
