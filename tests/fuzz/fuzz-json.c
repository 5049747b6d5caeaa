/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The JSON writer with any strings in any order, and any bytes as the Windows structures that are
 * written with it. Input: a program; each step is a byte, and a string or a number where it wants.
 */
#include "fuzz.h"
#include "json-strict.h"
#include "json.h"
#include "members.h"

#define STEPS_MAX 200

/* A class of which anything may be said, member by member. */
static void write_class(struct json *json, const char *key, struct input *in)
{
    struct reading reading;
    unsigned cls = take_8(in) % TCPESTATS_CLASS_COUNT;

    memset(&reading, 0, sizeof(reading));
    reading.cls = cls;
    reading.abi = take_8(in) & 1 ? TCPESTATS_ABI_X86_64 : TCPESTATS_ABI_I386;
    reading.enabled = take_8(in) & 1;
    reading.enabled_inbound = take_8(in) & 1;
    reading.has_status = take_8(in) & 1;
    take(in, reading.status, sizeof(reading.status));
    take(in, reading.fidelity, sizeof(reading.fidelity));
    take(in, reading.ros, sizeof(reading.ros));
    take(in, reading.rod, sizeof(reading.rod));
    json_object(json, key);
    json_bool(json, "on", reading_is_on(&reading));
    for (unsigned id = class_first(cls); id < class_first(cls + 1); id++) {
        struct member_value value = member_read(&reading, id);

        MUST(value.known || value.reason);
        if (value.known)
            json_number(json, tcpestats_field(id)->name, value.value);
        else
            json_string(json, tcpestats_field(id)->name, value.reason);
        json_string(json, "fidelity", value.fidelity);
    }
    json_close(json);
}

/* One step inside an object or an array. */
static void step(struct json *json, struct input *in)
{
    bool in_object = json->close[json->depth - 1] == '}';
    unsigned op = take_8(in) % 8;
    char *key = in_object && op ? take_string(in, 40) : NULL;
    char *text;

    switch (op) {
    case 0:
        if (json->depth > 1)
            json_close(json);
        break;
    case 1:
    case 2:
        if (json->depth >= JSON_DEPTH_MAX)
            json_null(json, key);
        else if (op == 1)
            json_object(json, key);
        else
            json_array(json, key);
        break;
    case 3:
        text = take_string(in, 300);
        json_string(json, key, text);
        free(text);
        break;
    case 4:
        json_number(json, key, (uint64_t)take_32(in) << 32 | take_32(in));
        break;
    case 5:
        json_bool(json, key, take_8(in) & 1);
        break;
    case 6:
        json_null(json, key);
        break;
    default:
        if (json->depth < JSON_DEPTH_MAX)
            write_class(json, key, in);
        else
            json_null(json, key);
    }
    free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    bool lines = take_8(&in) & 1;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct json json;

    MUST(out);
    json_begin(&json, out, lines);
    if (take_8(&in) & 1)
        json_object(&json, NULL);
    else
        json_array(&json, NULL);
    for (int i = 0; i < STEPS_MAX && in.left; i++)
        step(&json, &in);
    json_end(&json);
    MUST(!fclose(out));
    MUST(length && text[length - 1] == '\n');
    MUST(lines || !memchr(text, '\n', length - 1));
    MUST(json_is_valid(text, length));
    free(text);
    return 0;
}
