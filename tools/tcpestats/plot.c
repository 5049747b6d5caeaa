/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats plot: draws a recording, into a file by gnuplot, else as a little text. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plot.h"
#include "print.h"
#include "stream.h"
#include "term.h"

/* The kind of picture that the name of a file asks for, or NULL. */
static const char *kind_of(const char *name)
{
    static const char *const kinds[] = {"svg", "png", "html"};
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcasecmp(dot + 1, kinds[i]))
            return kinds[i];
    return NULL;
}

static int write_file(const struct tool *tool, const struct picture *picture,
                      struct failure *failure)
{
    struct stream *stream = NULL;
    struct failure later;
    int code = stream_create(&stream, tool->output, tool->force, failure);

    if (!code)
        code = stream_write(stream, picture->bytes, picture->size, failure);
    if (!code)
        code = stream_flush(stream, failure);
    if (stream_close(stream, &later) && !code)
        code = fail_with(failure, later.code, "%s", later.text);
    return code;
}

/* One connection is drawn; of several the one with the most bytes. */
static void say_which(const struct courses *courses)
{
    if (courses->count > 1)
        print_line(stderr,
                   "tcpestats: of %zu connections the busiest is drawn; name another one behind "
                   "the file",
                   courses->count);
}

static int draw(const struct tool *tool, const struct courses *courses, struct failure *failure)
{
    const char *kind = tool->output ? kind_of(tool->output) : NULL;
    struct picture picture = {NULL, 0};
    size_t rows, columns;
    int code;

    if (!tool->output) {
        term_size(&rows, &columns);
        say_which(courses);
        plot_text(courses, courses->items[0], columns);
        return TOOL_OK;
    }
    if (!strcmp(kind, "html")) {
        code = plot_html(courses, tool->args[0], &picture, failure);
    } else {
        say_which(courses);
        code = plot_picture(courses, courses->items[0], kind, &picture, failure);
    }
    if (!code)
        code = write_file(tool, &picture, failure);
    free(picture.bytes);
    return code;
}

int command_plot(const struct tool *tool, struct failure *failure)
{
    struct courses courses = {.items = NULL};
    int code = TOOL_OK;

    if (tool->output && !kind_of(tool->output))
        return fail_with(failure, TOOL_USAGE,
                         "--output takes a file whose name ends in .svg, .png or .html");
    code = courses_read(&courses, tool, failure);
    if (!code)
        code = draw(tool, &courses, failure);
    courses_free(&courses);
    return code;
}
