/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host has received and sent, from the kernel's tables for SNMP: 64-bit counters on 64-bit
 * kernels. Nothing is allocated: the calling thread may be killed at any instruction.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "gate.h"
#include "unixlib.h"

/* All of snmp and snmp6 has some thousand bytes. */
#define TABLE_ROOM 16384

static int read_file(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got = -1;

    if (fd < 0)
        return -errno;
    while (length < room - 1 && (got = read(fd, text + length, room - 1 - length)) > 0)
        length += (size_t)got;
    close(fd);
    text[length] = '\0';
    return got < 0 ? -EIO : 0;
}

/* A line's word number n, separated by spaces; the line's first is 0. */
static const char *word_at(const char *line, unsigned int n)
{
    for (; n; n--) {
        line += strcspn(line, " \n");
        if (*line != ' ')
            return NULL;
        line++;
    }
    return line;
}

/* snmp has two lines for a protocol: names and, below, numbers. */
static int find_in_pair(const char *names, const char *values, const char *name, uint64_t *value)
{
    size_t length = strlen(name);

    for (unsigned int n = 1; (names = word_at(names, 1)); n++) {
        if (strncmp(names, name, length) != 0 || (names[length] != ' ' && names[length] != '\n'))
            continue;
        values = word_at(values, n);
        if (!values)
            return -EIO;
        *value = strtoull(values, NULL, 10);
        return 0;
    }
    return -EIO;
}

static int read_pair(const char *text, const char *protocol, const char *in, const char *out,
                     struct estats_totals *totals)
{
    const char *names = strstr(text, protocol), *values = names ? strchr(names, '\n') : NULL;

    if (!values || strncmp(values + 1, protocol, strlen(protocol)) != 0)
        return -EIO;
    values++;
    return find_in_pair(names, values, in, &totals->in) ||
                   find_in_pair(names, values, out, &totals->out)
               ? -EIO
               : 0;
}

/* snmp6 has one line for each number. */
static int find_line(const char *text, const char *name, uint64_t *value)
{
    const char *line = strstr(text, name);

    if (!line)
        return -EIO;
    *value = strtoull(line + strlen(name), NULL, 10);
    return 0;
}

ntstatus call_totals(void *args)
{
    struct estats_totals *totals = args;
    char text[TABLE_ROOM];
    int error;

    /* TCP's counters do not tell the families apart. */
    if (totals->protocol == ESTATS_TCP) {
        error = read_file("/proc/thread-self/net/snmp", text, sizeof(text));
        if (!error)
            error = read_pair(text, "Tcp: ", "InSegs", "OutSegs", totals);
    } else if (totals->protocol == ESTATS_UDP && totals->family == ESTATS_IPV4) {
        error = read_file("/proc/thread-self/net/snmp", text, sizeof(text));
        if (!error)
            error = read_pair(text, "Udp: ", "InDatagrams", "OutDatagrams", totals);
    } else if (totals->protocol == ESTATS_UDP && totals->family == ESTATS_IPV6) {
        error = read_file("/proc/thread-self/net/snmp6", text, sizeof(text));
        if (!error)
            error = find_line(text, "Udp6InDatagrams", &totals->in);
        if (!error)
            error = find_line(text, "Udp6OutDatagrams", &totals->out);
    } else {
        error = -EINVAL;
    }
    return error ? status_from_error(error) : STATUS_SUCCESS;
}
