/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats serve: groups of connections for Prometheus, over HTTP. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http-linux.h"
#include "metrics-linux.h"
#include "print.h"
#include "report.h"

#define LISTEN_DEFAULT "127.0.0.1:9956"
#define LOOK_LEAST_NS UINT64_C(1000000000) /* between two looks that requests ask for */
#define GROUPS_MAX 500

/* ---- Where to listen ---- */

static int parse_listen(const char *text, struct endpoint *endpoint, struct failure *failure)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    char *end;
    unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;

    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (!colon || colon[1] < '0' || colon[1] > '9' || *end || port > 65535 ||
        !address_parse(text, length, &endpoint->address))
        return fail_with(failure, TOOL_USAGE,
                         "--listen takes ADDRESS:PORT, such as " LISTEN_DEFAULT " or [::1]:9956");
    endpoint->port = (uint16_t)port;
    return TOOL_OK;
}

static socklen_t to_sockaddr(const struct endpoint *endpoint, struct sockaddr_storage *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

    memset(address, 0, sizeof(*address));
    if (endpoint->address.family == FAMILY_V4) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(endpoint->port);
        memcpy(&v4->sin_addr, endpoint->address.bytes, sizeof(v4->sin_addr));
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint->port);
    memcpy(&v6->sin6_addr, endpoint->address.bytes, sizeof(v6->sin6_addr));
    return sizeof(*v6);
}

static int fail_listen(const char *where, int error, struct failure *failure)
{
    switch (error) {
    case EADDRINUSE:
        return fail_with(failure, TOOL_OTHER,
                         "%s is in use: does another program serve there? --listen takes another "
                         "port",
                         where);
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return fail_with(failure, TOOL_OTHER, "this machine has no address to listen on as in %s",
                         where);
    case EACCES:
        return fail_with(failure, TOOL_NOT_PERMITTED, "not permitted to listen on %s", where);
    default:
        return fail_with(failure, TOOL_OTHER, "cannot listen on %s: %s", where, strerror(error));
    }
}

/* *endpoint gets the port where 0 was given. */
static int listen_on(struct endpoint *endpoint, const char *where, int *fd, struct failure *failure)
{
    struct sockaddr_storage address;
    socklen_t length = to_sockaddr(endpoint, &address);
    int one = 1;

    *fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return fail_listen(where, errno, failure);
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (address.ss_family == AF_INET6)
        setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
    if (bind(*fd, (const struct sockaddr *)&address, length) || listen(*fd, 64) ||
        getsockname(*fd, (struct sockaddr *)&address, &length)) {
        fail_listen(where, errno, failure);
        close(*fd);
        return failure->code;
    }
    endpoint->port = ntohs(address.ss_family == AF_INET
                               ? ((const struct sockaddr_in *)&address)->sin_port
                               : ((const struct sockaddr_in6 *)&address)->sin6_port);
    return TOOL_OK;
}

/* ---- What to count ---- */

static int parse_labels(const char *text, unsigned *labels, struct failure *failure)
{
    *labels = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        unsigned label = 0;

        while (label < LABEL_COUNT && (strlen(metric_label_names[label]) != length ||
                                       strncmp(metric_label_names[label], text, length)))
            label++;
        if (label == LABEL_COUNT)
            return fail_with(failure, TOOL_USAGE,
                             "--by takes process, cgroup, remote, port or connection, or some of "
                             "them with commas");
        *labels |= 1u << label;
        if (!text[length])
            return TOOL_OK;
        text += length + 1;
    }
}

/* ---- The loop ---- */

struct serving {
    struct metrics metrics;
    uint64_t looked_ns;
    struct failure *failure;
    int code;
};

static void look(struct serving *serving)
{
    if (!serving->code)
        serving->code = metrics_look(&serving->metrics, serving->failure);
    serving->looked_ns = backend_now_ns();
}

static char *make_text(bool is_open, size_t *size, void *arg)
{
    struct serving *serving = arg;

    if (backend_now_ns() - serving->looked_ns >= LOOK_LEAST_NS)
        look(serving);
    return metrics_text(&serving->metrics, is_open, size);
}

static int catch_signals(void)
{
    sigset_t signals;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int shorter(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int loop(struct serving *serving, uint64_t interval_ns, int stop, struct failure *failure)
{
    struct pollfd *fds = NULL;
    size_t room = 0;

    while (!serving->code) {
        size_t ends = ends_poll(NULL, 0);
        uint64_t now = backend_now_ns(), next = serving->looked_ns + interval_ns;
        int wait_ms = next > now ? (int)((next - now) / 1000000 + 1) : 0;

        if (ends + 2 > room) {
            struct pollfd *grown = realloc(fds, (ends + 2) * sizeof(*fds));

            if (!grown) {
                serving->code = fail_with(failure, TOOL_OTHER, "out of memory");
                break;
            }
            fds = grown;
            room = ends + 2;
        }
        fds[0] = (struct pollfd){stop, POLLIN, 0};
        fds[1] = (struct pollfd){http_fd(), POLLIN, 0};
        ends_poll(fds + 2, ends);
        poll(fds, ends + 2, shorter(wait_ms, http_timeout_ms()));
        if (fds[0].revents)
            break;
        http_run();
        if (!serving->code)
            serving->code = metrics_read_ends(&serving->metrics, failure);
        if (backend_now_ns() >= next)
            look(serving);
    }
    free(fds);
    return serving->code;
}

static int serve(const struct tool *tool, struct serving *serving, struct failure *failure)
{
    const char *where = tool->listen ? tool->listen : LISTEN_DEFAULT;
    struct endpoint endpoint;
    char text[ENDPOINT_TEXT_MAX];
    int fd, stop, code = parse_listen(where, &endpoint, failure);

    if (!code)
        code = listen_on(&endpoint, where, &fd, failure);
    if (code)
        return code;
    if (http_begin(fd, make_text, serving, failure))
        return failure->code;
    stop = catch_signals();
    look(serving);
    code = serving->code;
    if (!code) {
        endpoint_format(&endpoint, "", text);
        print_line(stderr, "tcpestats: http://%s/metrics", text);
        report_list_limits();
        code = loop(serving, tool->interval_ns, stop, failure);
    }
    http_end();
    close(stop);
    return code;
}

int command_serve(const struct tool *tool, struct failure *failure)
{
    struct selection selection;
    struct serving serving = {
        .metrics = {.selection = &selection, .bits = {24, 48}, .limit = GROUPS_MAX},
        .failure = failure,
    };
    int code = selection_parse(&selection, tool->args, tool->arg_count, failure);

    if (!code)
        code = parse_labels(tool->by ? tool->by : "process", &serving.metrics.labels, failure);
    if (!code)
        code = metrics_begin(&serving.metrics, failure);
    if (!code)
        code = serve(tool, &serving, failure);
    if (code)
        report_failure(tool, failure);
    metrics_free(&serving.metrics);
    selection_free(&selection);
    return code;
}
