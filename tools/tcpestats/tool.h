/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the command-line program share: exit codes, failures, and the parsed command
 * line.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Exit codes; a function that can fail returns one of them. */
enum {
    TOOL_OK = 0,
    TOOL_USAGE = 1,
    TOOL_NOT_FOUND = 2,
    TOOL_NOT_PERMITTED = 3,
    TOOL_NOT_SUPPORTED = 4,
    TOOL_OTHER = 5,
    TOOL_CONDITION = 6 /* what --fail-if names holds */
};

#if defined(__MINGW32__)
#define TOOL_PRINTF(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#else
#define TOOL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

/* Why something failed: an exit code and a sentence that says what to do. */
struct failure {
    int code;
    char text[600];
};

/* Fills failure and returns code. */
int fail_with(struct failure *failure, int code, const char *fmt, ...) TOOL_PRINTF(3, 4);

/* Prints a failure to stderr. */
void complain(const struct failure *failure);

struct tool {
    const char *command;
    bool json;
    bool verbose;
    bool sources;
    const char *netns; /* see backend_open() */
    bool all_netns;
    const char *by;     /* list, serve: what to group by, or NULL */
    const char *listen; /* serve: where, or NULL */
    bool csv;
    const char *from;   /* recording in the system's place, or NULL */
    const char *output; /* of plot, or NULL */
    bool full, force, remembered;
    uint64_t interval_ns; /* 0: the command's own */
    uint64_t duration_ns; /* 0: the command's own */
    uint64_t count;       /* 0: until interrupted */
    char **fail_if;       /* conditions of --fail-if */
    size_t fail_if_count;
    char **args; /* what follows the command */
    size_t arg_count;
};

/* The commands. Each has printed its own output, but not the failure that it returns. */
int command_list(const struct tool *tool, struct failure *failure);
int command_show(const struct tool *tool, struct failure *failure);
int command_enable(const struct tool *tool, struct failure *failure);
int command_disable(const struct tool *tool, struct failure *failure);
int command_watch(const struct tool *tool, struct failure *failure);
int command_why(const struct tool *tool, struct failure *failure);
int command_log(const struct tool *tool, struct failure *failure);
int command_record(const struct tool *tool, struct failure *failure);
int command_plot(const struct tool *tool, struct failure *failure);
int command_serve(const struct tool *tool, struct failure *failure);
int command_links(const struct tool *tool, struct failure *failure);
int command_fields(const struct tool *tool, struct failure *failure);

/* The program; arguments in UTF-8. main() or wmain() calls it. */
int tool_main(int argc, char **argv);

#endif
