/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-linux.h"

#ifndef HAVE_MICROHTTPD

int http_begin(int fd, http_text text, void *arg, struct failure *failure)
{
    (void)fd, (void)text, (void)arg;
    return fail_with(failure, TOOL_NOT_SUPPORTED,
                     "this tcpestats was built without libmicrohttpd, which serve needs");
}

void http_end(void)
{
}

int http_fd(void)
{
    return -1;
}

int http_timeout_ms(void)
{
    return -1;
}

void http_run(void)
{
}

#else

#include <dlfcn.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"

#define LIBRARY "libmicrohttpd.so.12"

#define CLIENTS_MAX 32
#define CLIENT_MEMORY 16384           /* of a request's line and headers */
#define IDLE_SECONDS 5                /* without a byte either way */
#define LIFE_NS UINT64_C(30000000000) /* however a client goes on */
#define TEXT_NS UINT64_C(1000000000)  /* for so long everybody gets the same text */

/* The functions that are called, found by name. */
#define FUNCTIONS(FUNCTION)                   \
    FUNCTION(MHD_start_daemon)                \
    FUNCTION(MHD_stop_daemon)                 \
    FUNCTION(MHD_run)                         \
    FUNCTION(MHD_get_timeout)                 \
    FUNCTION(MHD_get_daemon_info)             \
    FUNCTION(MHD_get_connection_info)         \
    FUNCTION(MHD_lookup_connection_value)     \
    FUNCTION(MHD_create_response_from_buffer) \
    FUNCTION(MHD_add_response_header)         \
    FUNCTION(MHD_queue_response)              \
    FUNCTION(MHD_destroy_response)

#define DECLARE(name) __typeof__(name) *name;
static struct {
    FUNCTIONS(DECLARE)
} mhd;
#undef DECLARE

static struct MHD_Daemon *server;
static http_text make_text;
static void *make_arg;

/* A connection of a client's. */
static struct client {
    int fd; /* -1: free */
    uint64_t end_ns;
} clients[CLIENTS_MAX];

/* By format: what is answered at present. Answers under way keep the one they have. */
static struct {
    struct MHD_Response *response;
    uint64_t made_ns;
} texts[2];

static int load(struct failure *failure)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "serve needs libmicrohttpd (" LIBRARY "), which is not installed");
#define FIND(name)                                    \
    *(void **)&mhd.name = dlsym(library, #name);      \
    if (!mhd.name)                                    \
        return fail_with(failure, TOOL_NOT_SUPPORTED, \
                         LIBRARY " lacks " #name ": is it older than the one that was built for");
    FUNCTIONS(FIND)
#undef FIND
    return TOOL_OK;
}

static struct MHD_Response *new_response(char *text, size_t size, const char *type)
{
    struct MHD_Response *response = mhd.MHD_create_response_from_buffer(size, text,
                                                                        MHD_RESPMEM_MUST_FREE);

    if (!response)
        return NULL;
    mhd.MHD_add_response_header(response, "Content-Type", type);
    mhd.MHD_add_response_header(response, "Cache-Control", "no-store");
    mhd.MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    /* One request, one connection: what a client may take is bounded in time. */
    mhd.MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result answer_with(struct MHD_Connection *connection, unsigned status,
                                   const char *text)
{
    char *copy = strdup(text);
    struct MHD_Response *response = copy ? new_response(copy, strlen(copy),
                                                        "text/plain; charset=utf-8")
                                         : NULL;
    enum MHD_Result result = MHD_NO;

    if (response && status == MHD_HTTP_METHOD_NOT_ALLOWED)
        mhd.MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (response)
        result = mhd.MHD_queue_response(connection, status, response);
    if (response)
        mhd.MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_metrics(struct MHD_Connection *connection, bool is_open)
{
    uint64_t now = backend_now_ns();

    if (!texts[is_open].response || now - texts[is_open].made_ns > TEXT_NS) {
        size_t size;
        char *text = make_text(is_open, &size, make_arg);

        if (texts[is_open].response)
            mhd.MHD_destroy_response(texts[is_open].response);
        texts[is_open].response = !text ? NULL
                                        : new_response(text, size,
                                                       is_open ? "application/openmetrics-text; "
                                                                 "version=1.0.0; charset=utf-8"
                                                               : "text/plain; version=0.0.4; "
                                                                 "charset=utf-8");
        texts[is_open].made_ns = backend_now_ns();
    }
    if (!texts[is_open].response)
        return answer_with(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    return mhd.MHD_queue_response(connection, MHD_HTTP_OK, texts[is_open].response);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    const char *accept;

    (void)arg, (void)version, (void)upload, (void)context;
    /* What comes with a request is of no use; where it is much, the connection ends with it. */
    if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        if (*upload_size)
            return MHD_NO;
        return answer_with(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET /metrics\n");
    }
    accept = mhd.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    if (!strcmp(url, "/metrics"))
        return answer_metrics(connection, accept && strstr(accept, "application/openmetrics-text"));
    if (!strcmp(url, "/"))
        return answer_with(connection, MHD_HTTP_OK,
                           "tcpestats " TCPESTATS_VERSION ": statistics of TCP connections are at "
                           "/metrics\n");
    return answer_with(connection, MHD_HTTP_NOT_FOUND, "there is nothing but /metrics\n");
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    const union MHD_ConnectionInfo *info;
    size_t i = 0;

    (void)arg;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context)
            ((struct client *)*context)->fd = -1;
        return;
    }
    info = mhd.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    while (i < CLIENTS_MAX && clients[i].fd >= 0)
        i++;
    if (!info || i == CLIENTS_MAX)
        return;
    clients[i] = (struct client){info->connect_fd, backend_now_ns() + LIFE_NS};
    *context = &clients[i];
}

int http_begin(int fd, http_text text, void *arg, struct failure *failure)
{
    if (load(failure)) {
        close(fd);
        return failure->code;
    }
    make_text = text;
    make_arg = arg;
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        clients[i].fd = -1;
    server = mhd.MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CLIENTS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CLIENT_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_END);
    if (server)
        return TOOL_OK;
    close(fd);
    return fail_with(failure, TOOL_OTHER, "libmicrohttpd could not begin to serve");
}

void http_end(void)
{
    for (size_t i = 0; i < 2; i++) {
        if (texts[i].response)
            mhd.MHD_destroy_response(texts[i].response);
        texts[i].response = NULL;
    }
    if (server)
        mhd.MHD_stop_daemon(server);
    server = NULL;
}

int http_fd(void)
{
    return mhd.MHD_get_daemon_info(server, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int http_timeout_ms(void)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (mhd.MHD_get_timeout(server, &ms) != MHD_YES)
        return -1;
    return ms > 1000 ? 1000 : (int)ms;
}

void http_run(void)
{
    uint64_t now = backend_now_ns();

    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (clients[i].fd >= 0 && now > clients[i].end_ns)
            shutdown(clients[i].fd, SHUT_RDWR);
    mhd.MHD_run(server);
}

#endif
