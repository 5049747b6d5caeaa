/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_msg(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
                  strerror(errno));
    close(fd);
}

static void lo_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    close(fd);
    /* Addresses are usable at once: nobody else is on these links. */
    if (access("/proc/sys/net/ipv6", F_OK) == 0)
        write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
}

void net_another(void)
{
    ck_assert_msg(unshare(CLONE_NEWNET) == 0, "unshare: %s", strerror(errno));
    lo_up();
}

bool net_enter(void)
{
    char map[32];
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (unshare(CLONE_NEWNET) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            printf("SKIP: no network namespace: %s\n", strerror(errno));
            return false;
        }
        write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
        write_file("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
        write_file("/proc/self/gid_map", map);
    }
    lo_up();
    return true;
}

int net_here(void)
{
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    return fd;
}

void net_go(int ns)
{
    ck_assert_msg(setns(ns, CLONE_NEWNET) == 0, "setns: %s", strerror(errno));
}

void net_run(const char *format, ...)
{
    char command[512];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    ck_assert_msg(system(command) == 0, "failed: %s", command);
}

void net_veth(const char *name_a, const char *name_b, int ns_b)
{
    int here = net_here();

    net_run("ip link add %s type veth peer name %s", name_a, name_b);
    net_run("ip link set %s up", name_a);
    if (ns_b >= 0) {
        net_run("ip link set %s netns /proc/%d/fd/%d", name_b, (int)getpid(), ns_b);
        net_go(ns_b);
    }
    net_run("ip link set %s up", name_b);
    net_go(here);
    close(here);
}

const char *net_link_local(const char *device)
{
    static char address[INET6_ADDRSTRLEN];
    char line[256], digits[33], name[64];
    struct in6_addr in6;
    FILE *file = fopen("/proc/thread-self/net/if_inet6", "re");

    ck_assert_ptr_nonnull(file);
    address[0] = '\0';
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%32s %*s %*s %*s %*s %63s", digits, name) != 2 ||
            strcmp(name, device) != 0 || strncmp(digits, "fe8", 3) != 0)
            continue;
        for (int i = 0; i < 16; i++)
            sscanf(digits + 2 * i, "%2hhx", &in6.s6_addr[i]);
        inet_ntop(AF_INET6, &in6, address, sizeof(address));
    }
    fclose(file);
    ck_assert_msg(address[0], "%s has no link-local address", device);
    return address;
}

static socklen_t make_address(struct sockaddr_storage *result, const char *text, bool as_v6,
                              uint16_t port, unsigned scope)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)result;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)result;
    bool is_v4 = !strchr(text, ':');

    memset(result, 0, sizeof(*result));
    if (is_v4 && !as_v6) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        ck_assert_int_eq(inet_pton(AF_INET, text, &v4->sin_addr), 1);
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_scope_id = scope;
    if (is_v4) {
        v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
        ck_assert_int_eq(inet_pton(AF_INET, text, v6->sin6_addr.s6_addr + 12), 1);
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    }
    return sizeof(*v6);
}

static int make_socket(int family, const char *device)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, off = 0;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    if (family == AF_INET6)
        ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
    if (device)
        ck_assert_int_eq(
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)), 0);
    return fd;
}

static int listen_on(const struct net_options *o, uint16_t *port)
{
    struct sockaddr_storage address;
    socklen_t len = make_address(&address, o->to, o->dual_server, o->port,
                                 o->server_scope ? o->server_scope : o->scope);
    int fd = make_socket(address.ss_family, o->server_device);

    ck_assert_msg(bind(fd, (struct sockaddr *)&address, len) == 0, "bind to %s: %s", o->to,
                  strerror(errno));
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    return fd;
}

static int connect_to(const struct net_options *o, uint16_t port)
{
    struct sockaddr_storage address, from;
    socklen_t len = make_address(&address, o->to, o->dual_client, port, o->scope), from_len;
    int fd = make_socket(address.ss_family, o->device);

    if (o->from || o->client_port) {
        const char *any = address.ss_family == AF_INET ? "0.0.0.0" : "::";

        from_len = make_address(&from, o->from ? o->from : any, o->dual_client, o->client_port,
                                o->scope);
        ck_assert_msg(bind(fd, (struct sockaddr *)&from, from_len) == 0, "bind: %s",
                      strerror(errno));
    }
    ck_assert_msg(connect(fd, (struct sockaddr *)&address, len) == 0, "connect to %s: %s", o->to,
                  strerror(errno));
    return fd;
}

void net_connect(struct net_pair *pair, const struct net_options *options)
{
    int here = net_here();
    uint16_t port;

    if (options->server_ns)
        net_go(options->server_ns);
    pair->listener = listen_on(options, &port);
    net_go(options->client_ns ? options->client_ns : here);
    pair->client = connect_to(options, port);
    net_go(here);
    close(here);
    pair->server = accept4(pair->listener, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(pair->server, 0);
    net_tuple(pair->client, &pair->client_tuple);
    te_tuple_canonical(&pair->client_tuple);
    net_tuple(pair->server, &pair->server_tuple);
    te_tuple_canonical(&pair->server_tuple);
}

void net_close(struct net_pair *pair)
{
    close(pair->listener);
    close(pair->client);
    close(pair->server);
}

void net_transfer(int from, int to, size_t n)
{
    static char buf[65536];

    while (n > 0) {
        size_t chunk = n < sizeof(buf) ? n : sizeof(buf);
        ssize_t sent = send(from, buf, chunk, MSG_NOSIGNAL);

        ck_assert_int_gt(sent, 0);
        ck_assert_int_eq(recv(to, buf, (size_t)sent, MSG_WAITALL), sent);
        n -= (size_t)sent;
    }
}

static void take_address(const struct sockaddr_storage *address, uint8_t bytes[static 16],
                         uint16_t *port)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

    *port = ntohs(v4->sin_port);
    if (address->ss_family == AF_INET)
        memcpy(bytes, &v4->sin_addr, 4);
    else
        memcpy(bytes, &v6->sin6_addr, 16);
}

void net_tuple(int fd, struct te_tuple *tuple)
{
    struct sockaddr_storage local, remote;
    socklen_t local_len = sizeof(local), remote_len = sizeof(remote);

    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&local, &local_len), 0);
    ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&remote, &remote_len), 0);
    memset(tuple, 0, sizeof(*tuple));
    tuple->family = local.ss_family;
    take_address(&local, tuple->local, &tuple->local_port);
    take_address(&remote, tuple->remote, &tuple->remote_port);
}

static void map(uint8_t address[static 16])
{
    memcpy(address + 12, address, 4);
    memset(address, 0, 10);
    memset(address + 10, 0xff, 2);
}

void net_map(struct te_tuple *tuple)
{
    ck_assert_uint_eq(tuple->family, AF_INET);
    map(tuple->local);
    map(tuple->remote);
    tuple->family = AF_INET6;
}

bool net_wait_state(int fd, unsigned state)
{
    for (int i = 0; i < 6000; i++) {
        struct tcp_info info;
        socklen_t len = sizeof(info);

        ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
        if (info.tcpi_state == state)
            return true;
        usleep(10000);
    }
    return false;
}

unsigned net_times(unsigned n)
{
    return getenv("SLOW_TOOL") ? (n + 99) / 100 : n;
}

unsigned net_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    /* Children count, too, and report nothing (suite_fork). */
    if (!dir)
        ck_abort_msg("/proc/self/fd: %s", strerror(errno));
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and the directory itself */
}

const struct te_netns *net_ns(void)
{
    static struct te_netns ns = TE_NETNS_INIT;

    te_netns_close(&ns);
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    return &ns;
}

int net_look(struct te_diag *diag, const struct te_query *query, struct te_snapshot *s)
{
    const struct te_netns *ns = net_ns();

    if (diag->fd >= 0 && te_netns_identity(diag->fd) != ns->id)
        te_diag_close(diag);
    return te_diag_lookup(diag, ns, query, s);
}
