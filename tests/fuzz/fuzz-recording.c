/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A recording that anybody may have written, played to its end, and drawn. Input: what stands
 * behind a header, or the whole file.
 */
#include <fcntl.h>
#include <math.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "conns.h"
#include "fuzz.h"
#include "json-read.h"
#include "json-strict.h"
#include "plot.h"
#include "print.h"
#include "recording.h"

static const char header[] =
    "{\"type\":\"header\",\"schema\":\"tcpestats-recording/1\",\"started_ns\":1,"
    "\"interval_ns\":10000000,\"members\":{\"Path_MinRtt\":{\"fidelity\":\"exact\","
    "\"backend\":\"sock_diag\",\"source\":\"x\"},\"SndCong_SndLimTimeSnd\":{\"clock_driven\":true}}"
    "}"
    "\n";

/* There is no system, and nobody to tell. */
const struct backend_calls backend_system;

void print_line(FILE *out, const char *fmt, ...)
{
    (void)out;
    (void)fmt;
}

void print_raw(FILE *out, const char *bytes, size_t size)
{
    (void)out;
    (void)bytes;
    (void)size;
}

uint64_t backend_now_ns(void)
{
    return 1;
}

uint64_t backend_wall_ns(void)
{
    return 1;
}

/* What is taken for JSON is JSON, as far as it is ASCII, of which that other opinion knows all. */
static void check_json(const uint8_t *data, size_t size)
{
    struct json_doc doc = {NULL, 0, 0};
    char *text = malloc(size + 1);
    bool plain = true;

    MUST(text);
    memcpy(text, data, size);
    text[size] = 0;
    for (size_t i = 0; i < size; i++)
        plain &= data[i] < 0x7f;
    if (!json_parse(&doc, text, size)) {
        MUST(doc.count && doc.nodes[0].next == doc.count);
        if (plain)
            MUST(json_is_valid((const char *)data, size));
        for (size_t i = 0; i < doc.count; i++)
            MUST(doc.nodes[i].next > i && doc.nodes[i].next <= doc.count);
    }
    json_free(&doc);
    free(text);
}

static int look(const struct conn *conn, const struct reading *readings, void *arg)
{
    size_t count, *seen = arg;
    const struct owner *owners = backend_owners(conn, &count);
    char label[CONN_LABEL_MAX];

    conn_label(conn, label);
    for (size_t i = 0; i < count; i++)
        MUST(memchr(owners[i].name, 0, sizeof(owners[i].name)));
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct reading *reading = &readings[tcpestats_field(id)->cls];
        struct member_value value = member_read(reading, id);
        struct source source;

        MUST(value.known || value.reason);
        MUST(!value.backend || value.fidelity);
        backend_value_source(reading, id, &source);
    }
    ++*seen;
    return 0;
}

static void check_courses(void)
{
    char file[] = "recording", *args[] = {file, NULL};
    struct tool tool = {.args = args, .arg_count = 1};
    struct courses courses;
    struct failure failure;

    if (!courses_read(&courses, &tool, &failure))
        for (size_t i = 0; i < courses.count; i++) {
            const struct course *course = courses.items[i];
            char line[COURSE_LINE_MAX];

            MUST(course->count <= STRETCHES_MAX && course->width > 0);
            course_line(course, line);
        }
    courses_free(&courses);
}

static void play(const char *path, bool at_end)
{
    struct failure failure = {TOOL_OK, ""};
    size_t seen = 0;
    bool more = true;
    int code = backend_open_recording(path, at_end, &failure);

    MUST(!code || failure.text[0]);
    for (int i = 0; i < 300 && more && !code; i++) {
        backend_sweep(CLASSES_ALL, look, &seen, &failure);
        code = backend_play(i % 3 ? 0 : 20000000, &more, &failure);
    }
    backend_close();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("recording", MFD_CLOEXEC);
    struct failure failure;
    char path[64];
    bool whole = size && *data == '{';

    check_json(data, size);
    MUST(fd >= 0);
    if (!whole)
        MUST(write(fd, header, sizeof(header) - 1) == (ssize_t)(sizeof(header) - 1));
    MUST(write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    play(path, false);
    play(path, true);
    if (!backend_open_recording(path, false, &failure))
        check_courses();
    backend_close();
    close(fd);
    return 0;
}
