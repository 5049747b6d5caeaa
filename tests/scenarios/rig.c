/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Payload of a segment without options is 1460 on both families. */
enum { PAYLOAD_FULL = 1460, KERNEL_HOST = 1 };

static const struct command *const tables[] = {peer_commands,  expect_commands, socket_commands,
                                               check_commands, flow_commands,   open_commands,
                                               stats_commands};

/* What must not depend on the machine. */
static const char *const sysctls[][2] = {
    {"tcp_timestamps", "1"},
    {"tcp_sack", "1"},
    {"tcp_window_scaling", "1"},
    {"tcp_ecn", "2"},
    {"tcp_dsack", "1"},
    {"tcp_no_metrics_save", "1"},
    {"tcp_reordering", "3"},
    {"tcp_early_retrans", "0"},
    {"tcp_frto", "2"},
    {"tcp_mtu_probing", "0"},
    {"tcp_recovery", "1"},
    {"tcp_comp_sack_nr", "0"},
    {"tcp_rmem", "4096 131072 6291456"},
    {"tcp_wmem", "4096 1048576 4194304"},
    {"tcp_slow_start_after_idle", "1"},
    {"tcp_retries2", "15"},
};

uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void fail(struct rig *rig, const char *format, ...)
{
    va_list args;

    printf("%s:%u: %s\n    ", rig->script->file, rig->step ? rig->step->line : 0,
           rig->step ? rig->step->text : "");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    fflush(rig->tracing);
    printf("\n%s", rig->trace);
    fflush(stdout);
    stats_close(rig);
    _exit(EXIT_FAILURE);
}

void skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
    _exit(EXIT_SKIP);
}

const char *need_word(struct rig *rig, const char *what)
{
    const char *word = step_word(rig->step);

    if (!word)
        fail(rig, "%s expected", what);
    return word;
}

static bool name_value(void *arg, const char *name, uint64_t *value)
{
    const struct rig *rig = arg;
    unsigned i;

    for (i = 0; i < rig->kept_count; i++)
        if (strcmp(rig->kept[i].name, name) == 0) {
            *value = rig->kept[i].value;
            return true;
        }
    if (strcmp(name, "mss") == 0)
        *value = peer_mss(rig);
    else if (strcmp(name, "rwin") == 0)
        *value = rig->peer.rwin;
    else
        return false;
    return true;
}

uint64_t number_of(struct rig *rig, const char *text)
{
    uint64_t value;

    if (!evaluate(text, name_value, rig, &value))
        fail(rig, "not a number: %s", text);
    return value;
}

uint64_t need_number(struct rig *rig)
{
    return number_of(rig, need_word(rig, "number"));
}

void need_range(struct rig *rig, uint64_t range[static 2])
{
    char low[64], high[64];

    split_range(need_word(rig, "range"), low, high);
    range[0] = number_of(rig, low);
    range[1] = number_of(rig, high);
}

uint64_t need_time(struct rig *rig)
{
    const char *word = need_word(rig, "time");
    uint64_t us;

    if (!parse_time(word, &us))
        fail(rig, "not a time: %s", word);
    return us;
}

static struct mark *find_mark(struct rig *rig, const char *name)
{
    unsigned i;

    for (i = 0; i < rig->mark_count; i++)
        if (strcmp(rig->marks[i].name, name) == 0)
            return &rig->marks[i];
    return NULL;
}

struct mark *need_mark(struct rig *rig)
{
    const char *word = need_word(rig, "mark");
    struct mark *mark = find_mark(rig, word);

    if (!mark)
        fail(rig, "no such mark: %s", word);
    return mark;
}

void set_mark(struct rig *rig, const char *name, struct moment moment)
{
    struct mark *mark = find_mark(rig, name);

    if (!mark) {
        if (rig->mark_count == MARKS_MAX)
            fail(rig, "too many marks");
        mark = &rig->marks[rig->mark_count++];
        snprintf(mark->name, sizeof(mark->name), "%s", name);
    }
    mark->moment = moment;
    mark->tsval = rig->peer.last.p.options.tsval;
}

static void write_file(const char *path, const char *text, bool must)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;

    if (n < 0 && must)
        skip("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void set_sysctl(const char *name, const char *value, bool must)
{
    char path[128];

    snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
    write_file(path, value, must);
}

/* Root of a user namespace where we may not make namespaces as we are. */
static void become_root(void)
{
    char map[32];
    unsigned uid = geteuid(), gid = getegid();

    if (unshare(CLONE_NEWUTS) == 0)
        return;
    if (unshare(CLONE_NEWUSER) != 0)
        skip("no user namespace: %s", strerror(errno));
    write_file("/proc/self/setgroups", "deny", true);
    snprintf(map, sizeof(map), "0 %u 1", uid);
    write_file("/proc/self/uid_map", map, true);
    snprintf(map, sizeof(map), "0 %u 1", gid);
    write_file("/proc/self/gid_map", map, true);
}

static void set_up(struct rig *rig)
{
    struct utsname uts;
    unsigned major = 0, minor = 0, i;

    rig->tracing = open_memstream(&rig->trace, &rig->trace_len);
    if (!rig->tracing)
        fail(rig, "no memory");
    uname(&uts);
    sscanf(uts.release, "%u.%u", &major, &minor);
    rig->kernel_version = major * 1000 + minor;

    become_root();
    if (tun_open(&rig->tun, NULL, KERNEL_HOST, PAYLOAD_FULL + (rig->family == 4 ? 40 : 60)) != 0)
        skip("no TUN device");
    if (rig->family == 6 && access("/proc/sys/net/ipv6", F_OK) != 0)
        skip("no IPv6");
    for (i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++)
        set_sysctl(sysctls[i][0], sysctls[i][1], false);
    rig->sock.fd = rig->sock.listener = -1;
    snprintf(rig->sock.cc, sizeof(rig->sock.cc), "reno");
    stats_open(rig);
    rig->start_us = now_us();
}

/* How many of the step's words the command's name takes, 0: it is another command. */
static unsigned spells(const struct command *command, const struct step *step)
{
    char name[64];

    if (strcmp(command->name, step->words[0]) == 0)
        return 1;
    if (step->count < 2)
        return 0;
    snprintf(name, sizeof(name), "%s %s", step->words[0], step->words[1]);
    return strcmp(command->name, name) == 0 ? 2 : 0;
}

static const struct command *command_of(struct rig *rig, struct step *step)
{
    const struct command *command;
    unsigned i;

    for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        for (command = tables[i]; command->name; command++)
            if ((step->next = spells(command, step)) > 0)
                return command;
    fail(rig, "unknown command");
}

static void run_step(struct rig *rig, struct step *step)
{
    const struct command *command;
    uint64_t before = now_us();

    rig->step = step;
    command = command_of(rig, step);
    command->run(rig, step);
    if (step_peek(step))
        fail(rig, "left over: %s", step_peek(step));
    if (command->acts)
        rig->last = (struct moment){before, now_us()};
}

void rig_run(struct rig *rig)
{
    unsigned i;

    set_up(rig);
    for (i = 0; i < rig->script->count; i++)
        run_step(rig, &rig->script->steps[i]);
    peer_pump(rig, 0);
    if (rig->peer.count)
        fail(rig, "%u packets that nothing expected", rig->peer.count);
    fflush(rig->tracing);
    stats_close(rig);
    socket_finish(rig);
}

static void flow_wait(struct rig *rig, struct step *step)
{
    (void)step;
    peer_idle(rig, need_time(rig));
}

static void flow_mark(struct rig *rig, struct step *step)
{
    (void)step;
    set_mark(rig, need_word(rig, "name"), rig->last);
}

static void flow_sysctl(struct rig *rig, struct step *step)
{
    const char *name = need_word(rig, "name");
    char value[64] = "";

    while (step_peek(step)) {
        strncat(value, step_word(step), sizeof(value) - strlen(value) - 2);
        strcat(value, " ");
    }
    set_sysctl(name, value, true);
}

const struct command flow_commands[] = {
    {"wait", flow_wait, false},
    {"mark", flow_mark, false},
    {"sysctl", flow_sysctl, false},
    {NULL, NULL, false},
};
