/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line: commands, options, help. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "print.h"
#include "report.h"

#define SELECTORS "[CONNECTION...]"

static const struct command {
    const char *name;
    int (*run)(const struct tool *tool, struct failure *failure);
    const char *args;
    size_t least; /* arguments */
    const char *help;
} commands[] = {
    {"list", command_list, SELECTORS, 0, "show which connections there are, and whose"},
    {"show", command_show, "CONNECTION [CLASS...]", 1, "show the statistics of connections"},
    {"enable", command_enable, "CONNECTION [CLASS...]", 1, "switch collection on"},
    {"disable", command_disable, "CONNECTION [CLASS...]", 1, "switch collection off"},
    {"watch", command_watch, SELECTORS, 0, "show rates, and who holds each connection back, live"},
    {"why", command_why, SELECTORS, 0, "watch for some seconds, and say what holds each back"},
    {"log", command_log, SELECTORS, 0, "show a line for each connection that ends"},
    {"record", command_record, "FILE [CONNECTION...]", 1, "write all of it down, at an interval"},
    {"plot", command_plot, "FILE [CONNECTION...]", 1, "draw what was recorded"},
    {"serve", command_serve, SELECTORS, 0, "answer Prometheus with totals of groups"},
    {"links", command_links, "[LINK...]", 0, "show what the host's tunnels and PPP links carry"},
    {"fields", command_fields, "[CLASS...]", 0, "show where this machine gets each number from"},
};

enum option_id {
    OPT_JSON,
    OPT_VERBOSE,
    OPT_SOURCES,
    OPT_NETNS,
    OPT_ALL_NETNS,
    OPT_BY,
    OPT_LISTEN,
    OPT_INTERVAL,
    OPT_COUNT,
    OPT_DURATION,
    OPT_FAIL_IF,
    OPT_REMEMBERED,
    OPT_CSV,
    OPT_FROM,
    OPT_FULL,
    OPT_FORCE,
    OPT_OUTPUT,
    OPT_HELP,
    OPT_VERSION
};

static const struct option_text {
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* name of its value, or NULL */
    const char *help;  /* "COMMAND, ...: ...", where it is not for all */
} options[] = {
    [OPT_JSON] = {"json", 0, NULL, "print JSON"},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, "show, links: all members, and their sources"},
    [OPT_SOURCES] = {"sources", 's', NULL, "show: how good each number is and where it came from"},
    [OPT_NETNS] = {"netns", 'N', "NAMESPACE", "look into a network namespace (NAME, PID or PATH)"},
    [OPT_ALL_NETNS] = {"all-netns", 'A', NULL,
                       "list, watch, why, log, serve: look into all network namespaces"},
    [OPT_BY] = {"by", 'b', "GROUP", "list, serve: totals by process, cgroup, remote or port"},
    [OPT_LISTEN] = {"listen", 'l', "ADDRESS", "serve: address and port, default 127.0.0.1:9956"},
    [OPT_INTERVAL] = {"interval", 'i', "SECONDS",
                      "watch, why, log, record, serve: time between two looks"},
    [OPT_COUNT] = {"count", 'n', "N", "watch, log, record: end after N intervals or lines"},
    [OPT_DURATION] = {"duration", 'd', "SECONDS", "why, log, record: how long to watch"},
    [OPT_FAIL_IF] = {"fail-if", 0, "CONDITION", "why: exit status 6 if it holds"},
    [OPT_REMEMBERED] = {"remembered", 0, NULL, "why: judge the time since classes were enabled"},
    [OPT_CSV] = {"csv", 0, NULL, "log: print comma-separated values"},
    [OPT_FROM] = {"from", 'f', "FILE", "list, show, watch, why: look into a recording instead"},
    [OPT_FULL] = {"full", 0, NULL, "record: write all each time, not only what changed"},
    [OPT_FORCE] = {"force", 0, NULL, "record, plot: replace a file that is there"},
    [OPT_OUTPUT] = {"output", 'o', "FILE", "plot: draw into FILE.svg, .png or .html"},
    [OPT_HELP] = {"help", 'h', NULL, "show this text"},
    [OPT_VERSION] = {"version", 'V', NULL, "show the version"},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static void print_help(void)
{
    static const char *const closing[] = {
        "",
        "CONNECTION is the local and the remote end, such as",
        "  10.0.0.1:5001-10.0.0.2:443     [fe80::1%eth0]:22-[fe80::2]:4000",
        "or conditions separated by commas, all of which must hold:",
        "  addr:10.0.0.1  port:443  lport:22  rport:443  pid:1234  process:NAME",
        "  uid:USER  cgroup:PATH",
        "CLASS is one of",
    };
    char classes[CLASS_LIST_MAX];

    print_line(stdout, "Usage: tcpestats COMMAND [OPTION...]");
    print_line(stdout, "%s", "");
    print_line(stdout, "Commands:");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        print_line(stdout, "  %-8s %-22s %s", commands[i].name, commands[i].args, commands[i].help);
    print_line(stdout, "%s", "");
    print_line(stdout, "Options:");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[32], letter[8] = "    ";

        if (options[i].letter)
            snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
        snprintf(name, sizeof(name), "%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        print_line(stdout, "  %s--%-20s %s", letter, name, options[i].help);
    }
    for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++)
        print_line(stdout, "%s", closing[i]);
    report_class_list(CLASSES_ALL, ", ", classes);
    print_line(stdout, "  %s", classes);
    print_line(stdout, "%s", "");
    print_line(stdout, "Exit status: 0 success, 1 usage, 2 no such connection, namespace or file,");
    print_line(stdout,
               "3 not permitted, 4 not supported on this system, 5 anything else, 6 --fail-if.");
}

/* From a hundredth of a second to a day. */
static int parse_seconds(const char *name, const char *text, uint64_t *ns, struct failure *failure)
{
    char *end;
    double seconds = strtod(text, &end);

    /* Written so that NaN fails, too. */
    if (end == text || *end || !(seconds >= 0.01 && seconds <= 86400))
        return fail_with(failure, TOOL_USAGE, "--%s takes seconds, from 0.01 to 86400", name);
    *ns = (uint64_t)(seconds * 1e9 + 0.5);
    return TOOL_OK;
}

static int parse_count(const char *text, struct tool *tool, struct failure *failure)
{
    char *end;
    unsigned long long count;

    errno = 0;
    count = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || !count)
        return fail_with(failure, TOOL_USAGE, "--count takes a positive number");
    tool->count = count;
    return TOOL_OK;
}

/* What getopt_long() gives for an option without a letter. */
#define LONG_ONLY 256

static size_t find_option(int given)
{
    size_t id = 0;

    if (given >= LONG_ONLY)
        return (size_t)(given - LONG_ONLY);
    while (id < OPTION_COUNT && (!given || options[id].letter != given))
        id++;
    return id;
}

/* What getopt_long() found wrong; argument: the one that it has just read. */
static int fail_option(const char *argument, struct failure *failure)
{
    size_t id = find_option(optopt);

    if (id < OPTION_COUNT && options[id].value)
        return fail_with(failure, TOOL_USAGE, "--%s needs a value: %s", options[id].name,
                         options[id].value);
    if (id < OPTION_COUNT)
        return fail_with(failure, TOOL_USAGE, "--%s takes no value", options[id].name);
    if (optopt)
        return fail_with(failure, TOOL_USAGE, "there is no option '-%c'; see tcpestats --help",
                         optopt);
    return fail_with(failure, TOOL_USAGE, "there is no option '%.40s'; see tcpestats --help",
                     argument);
}

/* Sorts options from arguments. */
static int parse_options(struct tool *tool, int argc, char **argv, bool seen[OPTION_COUNT],
                         struct failure *failure)
{
    struct option known[OPTION_COUNT + 1] = {{NULL, 0, NULL, 0}};
    char letters[2 * OPTION_COUNT + 2] = ":", *next = letters + 1;
    int given;

    for (size_t id = 0; id < OPTION_COUNT; id++) {
        const struct option_text *text = &options[id];

        known[id].name = text->name;
        known[id].has_arg = text->value ? required_argument : no_argument;
        known[id].val = text->letter ? text->letter : LONG_ONLY + (int)id;
        if (text->letter)
            *next++ = text->letter;
        if (text->letter && text->value)
            *next++ = ':';
    }
    opterr = 0; /* we say it ourselves, in JSON, too */
    while ((given = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        size_t id = given == '?' || given == ':' ? OPTION_COUNT : find_option(given);

        if (id == OPTION_COUNT)
            return fail_option(argv[optind - 1], failure);
        seen[id] = true;
        if (id == OPT_NETNS)
            tool->netns = optarg;
        if (id == OPT_FROM)
            tool->from = optarg;
        if (id == OPT_OUTPUT)
            tool->output = optarg;
        if (id == OPT_BY)
            tool->by = optarg;
        if (id == OPT_LISTEN)
            tool->listen = optarg;
        if (id == OPT_FAIL_IF)
            tool->fail_if[tool->fail_if_count++] = optarg;
        if ((id == OPT_INTERVAL &&
             parse_seconds("interval", optarg, &tool->interval_ns, failure)) ||
            (id == OPT_DURATION &&
             parse_seconds("duration", optarg, &tool->duration_ns, failure)) ||
            (id == OPT_COUNT && parse_count(optarg, tool, failure)))
            return failure->code;
    }
    tool->args = argv + optind;
    tool->arg_count = optind < argc ? (size_t)(argc - optind) : 0;
    return TOOL_OK;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

/* Is the command one of those that the option's help begins with, if it begins with any? */
static bool belongs(size_t id, const char *command)
{
    const struct option_text *option = &options[id];
    size_t length = strlen(command), end = strcspn(option->help, ":");

    /* These two every command has always taken. */
    if (!option->help[end] || id == OPT_VERBOSE || id == OPT_SOURCES)
        return true;
    for (const char *at = option->help; at < option->help + end; at += strcspn(at, ",:") + 2)
        if (!strncmp(at, command, length) && strchr(",:", at[length]))
            return true;
    return false;
}

static int check_options(const char *command, const bool seen[OPTION_COUNT],
                         struct failure *failure)
{
    for (size_t id = 0; id < OPTION_COUNT; id++)
        if (seen[id] && !belongs(id, command))
            return fail_with(failure, TOOL_USAGE, "--%s belongs to %.*s", options[id].name,
                             (int)strcspn(options[id].help, ":"), options[id].help);
    if (seen[OPT_NETNS] && seen[OPT_ALL_NETNS])
        return fail_with(failure, TOOL_USAGE, "--netns and --all-netns exclude each other");
    if ((seen[OPT_NETNS] || seen[OPT_ALL_NETNS]) && seen[OPT_FROM])
        return fail_with(failure, TOOL_USAGE, "namespaces and --from exclude each other");
    if (!strcmp(command, "plot") && seen[OPT_NETNS])
        return fail_with(failure, TOOL_USAGE, "plot draws a file, and takes no namespace");
    if (!strcmp(command, "plot") && seen[OPT_JSON] && !seen[OPT_OUTPUT])
        return fail_with(failure, TOOL_USAGE,
                         "plot prints text, no JSON; --output takes a picture");
    if (seen[OPT_COUNT] && seen[OPT_DURATION])
        return fail_with(failure, TOOL_USAGE, "--count and --duration exclude each other");
    if (seen[OPT_REMEMBERED] && (seen[OPT_DURATION] || seen[OPT_INTERVAL] || seen[OPT_FROM]))
        return fail_with(failure, TOOL_USAGE,
                         "--remembered excludes --duration, --interval and --from: nothing is "
                         "watched");
    if (seen[OPT_CSV] && seen[OPT_JSON])
        return fail_with(failure, TOOL_USAGE, "--csv and --json exclude each other");
    return TOOL_OK;
}

/* Those that look into a recording: at its end, from its start, or nowhere else. */
static const struct {
    int (*run)(const struct tool *tool, struct failure *failure);
    enum { AT_END, FROM_START, IS_FILE } how;
} players[] = {
    {command_list, AT_END},    {command_show, AT_END},  {command_watch, FROM_START},
    {command_why, FROM_START}, {command_plot, IS_FILE},
};

static int open_backend(const struct tool *tool, const struct command *command,
                        struct failure *failure)
{
    for (size_t i = 0; i < sizeof(players) / sizeof(players[0]); i++) {
        if (players[i].run != command->run)
            continue;
        if (players[i].how == IS_FILE)
            return backend_open_recording(tool->args[0], false, failure);
        if (tool->from)
            return backend_open_recording(tool->from, players[i].how == AT_END, failure);
    }
    return tool->all_netns ? backend_open_all(failure) : backend_open(tool->netns, failure);
}

/* Finds the command, checks what it is given, and opens the backend. */
static int prepare_command(struct tool *tool, const bool seen[OPTION_COUNT],
                           const struct command **command, struct failure *failure)
{
    if (!tool->arg_count)
        return fail_with(failure, TOOL_USAGE, "a command is needed; see tcpestats --help");
    *command = find_command(tool->args[0]);
    if (!*command)
        return fail_with(failure, TOOL_USAGE, "there is no command '%.40s'; see tcpestats --help",
                         tool->args[0]);
    tool->command = (*command)->name;
    tool->args++;
    tool->arg_count--;
    if (tool->arg_count < (*command)->least)
        return fail_with(failure, TOOL_USAGE, "usage: tcpestats %s %s", tool->command,
                         (*command)->args);
    if (check_options(tool->command, seen, failure))
        return failure->code;
    if (!tool->interval_ns)
        tool->interval_ns = (*command)->run == command_why      ? 50000000
                            : (*command)->run == command_log    ? 250000000
                            : (*command)->run == command_record ? 100000000
                            : (*command)->run == command_serve  ? UINT64_C(5000000000)
                                                                : 1000000000;
    /* A recording is as long as it is. */
    if (!tool->duration_ns && (*command)->run == command_why && !tool->from)
        tool->duration_ns = UINT64_C(3000000000);
    return open_backend(tool, *command, failure);
}

int tool_main(int argc, char **argv)
{
    struct tool tool = {.command = NULL};
    const struct command *command = NULL;
    bool seen[OPTION_COUNT] = {false};
    struct failure failure = {TOOL_OK, ""};
    int error, code;

    /* As many as there are arguments, at most. */
    tool.fail_if = calloc((size_t)argc + 1, sizeof(*tool.fail_if));
    if (!tool.fail_if)
        return TOOL_OTHER;
    code = parse_options(&tool, argc, argv, seen, &failure);

    tool.json = seen[OPT_JSON];
    /* Behind an option that is wrong, it is still how that is to be told. */
    for (int i = 1; code && i < argc; i++)
        tool.json |= !strcmp(argv[i], "--json");
    tool.all_netns = seen[OPT_ALL_NETNS];
    tool.csv = seen[OPT_CSV];
    tool.full = seen[OPT_FULL];
    tool.remembered = seen[OPT_REMEMBERED];
    tool.force = seen[OPT_FORCE];
    tool.verbose = seen[OPT_VERBOSE];
    tool.sources = seen[OPT_SOURCES] || seen[OPT_VERBOSE];
    if (!code && seen[OPT_HELP]) {
        print_help();
    } else if (!code && seen[OPT_VERSION]) {
        print_line(stdout, "tcpestats %s", TCPESTATS_VERSION);
    } else {
        if (!code)
            code = prepare_command(&tool, seen, &command, &failure);
        if (code)
            report_failure(&tool, &failure);
        else if (command)
            code = command->run(&tool, &failure);
        backend_close();
    }
    /* A reader that has seen enough (head) is no mishap; Windows says EINVAL for it. */
    print_flush();
    error = print_error();
    if (error && error != EPIPE && error != EINVAL && !code)
        code = fail_with(&failure, TOOL_OTHER, "cannot write the output: %s", strerror(error));
    if (code)
        complain(&failure);
    free(tool.fail_if);
    return code;
}
