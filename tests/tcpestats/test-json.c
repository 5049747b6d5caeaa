/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON writer, and text that must not reach a terminal as it is. */
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "print.h"
#include "suite.h"
#include "table.h"
#include "utf8.h"

static char *written;
static size_t written_size;

static struct json begin(bool lines)
{
    struct json json;
    FILE *out = open_memstream(&written, &written_size);

    ck_assert_ptr_nonnull(out);
    json_begin(&json, out, lines);
    return json;
}

#define EXPECT(json, text)                 \
    do {                                   \
        fclose((json)->out);               \
        ck_assert_str_eq(written, (text)); \
        free(written);                     \
    } while (0)

START_TEST(nested_values_are_separated_and_closed)
{
    struct json json = begin(false);

    json_object(&json, NULL);
    json_number(&json, "n", 1);
    json_array(&json, "a");
    json_object(&json, NULL);
    json_close(&json);
    json_number(&json, NULL, 2);
    json_null(&json, NULL);
    json_close(&json);
    json_bool(&json, "t", true);
    json_bool(&json, "f", false);
    json_string(&json, "s", "x");
    json_string(&json, "none", NULL);
    json_object(&json, "o");
    json_array(&json, "empty");
    json_end(&json);
    EXPECT(&json, "{\"n\":1,\"a\":[{},2,null],\"t\":true,\"f\":false,\"s\":\"x\",\"none\":null,"
                  "\"o\":{\"empty\":[]}}\n");
}
END_TEST

START_TEST(values_are_separated_at_every_depth)
{
    struct json json = begin(false);

    for (unsigned i = 0; i < JSON_DEPTH_MAX; i++) {
        json_array(&json, NULL);
        json_null(&json, NULL);
        json_null(&json, NULL);
    }
    while (json.depth > 1)
        json_close(&json);
    json_end(&json);
    EXPECT(&json, "[null,null,[null,null,[null,null,[null,null,[null,null,[null,null,[null,null,"
                  "[null,null,[null,null,[null,null,[null,null,[null,null,[null,null,[null,null,"
                  "[null,null,[null,null]]]]]]]]]]]]]]]]\n");
}
END_TEST

START_TEST(lines_are_indented_by_depth)
{
    struct json json = begin(true);

    json_object(&json, NULL);
    json_array(&json, "a");
    json_number(&json, NULL, 1);
    json_number(&json, NULL, 2);
    json_close(&json);
    json_object(&json, "o");
    json_end(&json);
    EXPECT(&json, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"o\": {}\n}\n");
}
END_TEST

START_TEST(numbers_are_whole_at_both_ends)
{
    struct json json = begin(false);

    json_array(&json, NULL);
    json_number(&json, NULL, 0);
    json_number(&json, NULL, UINT64_MAX);
    json_end(&json);
    EXPECT(&json, "[0,18446744073709551615]\n");
}
END_TEST

START_TEST(strings_are_escaped)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"", ""},
        {"plain /", "plain /"},
        {"\"\\\b\f\n\r\t", "\\\"\\\\\\b\\f\\n\\r\\t"},
        {"\x01\x1f\x7f", "\\u0001\\u001f\\u007f"},
        {"\033[2J", "\\u001b[2J"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xc2\x9b", "\\u009b"},                              /* C1: a terminal's escape */
        {"\xff", "\\ufffd"},                                  /* no lead byte */
        {"\x80", "\\ufffd"},                                  /* a lone continuation */
        {"\xc0\xaf", "\\ufffd\\ufffd"},                       /* overlong slash */
        {"\xe0\x80\xaf", "\\ufffd\\ufffd\\ufffd"},            /* overlong again */
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},            /* surrogate */
        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"}, /* above U+10FFFF */
        {"\xe2\x82", "\\ufffd\\ufffd"},                       /* cut off */
        {"\xe2\x82x", "\\ufffd\\ufffdx"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json json = begin(false);
        char expected[200];

        json_string(&json, NULL, rows[i].in);
        json_end(&json);
        snprintf(expected, sizeof(expected), "\"%s\"\n", rows[i].out);
        EXPECT(&json, expected);
    }
}
END_TEST

START_TEST(keys_are_escaped_too)
{
    struct json json = begin(false);

    json_object(&json, NULL);
    json_number(&json, "a\"b", 1);
    json_end(&json);
    EXPECT(&json, "{\"a\\\"b\":1}\n");
}
END_TEST

START_TEST(what_does_not_show_is_escaped_and_nothing_is_lost)
{
    struct json json = begin(false);

    /* A right-to-left override, a space without width, a C1 control, a tag. */
    json_string(&json, NULL, "a\xe2\x80\xae-\xe2\x80\x8b-\xc2\x9b-\xf3\xa0\x81\x81z");
    json_end(&json);
    EXPECT(&json, "\"a\\u202e-\\u200b-\\u009b-\\udb40\\udc41z\"\n");
}
END_TEST

START_TEST(lines_for_people_hold_only_what_shows)
{
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"a\033[31mb\n", "a?[31mb?"},
        {"\xc2\x9b\xff\xc3\xbc", "??\xc3\xbc"},
        {"\x7f\t", "??"},
        /* Direction: marks, embeddings, overrides, isolates. */
        {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "???"},
        {"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae", "?????"},
        {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "????"},
        /* No width: space, joiners, byte order mark, soft hyphen, filler, variation, tag. */
        {"\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8d\xe2\x81\xa0\xef\xbb\xbf", "?????"},
        {"\xc2\xad\xe3\x85\xa4\xef\xb8\x8f\xf3\xa0\x81\x81", "????"},
        /* Ends of lines and of paragraphs. */
        {"\xe2\x80\xa8\xe2\x80\xa9\xc2\x85", "???"},
        /* Too long, a surrogate, half a character, no character. */
        {"\xc0\x9b\xed\xa0\x80\xe2\x82", "???????"},
        {"\xef\xbf\xbe\xef\xb7\x90", "??"},
        /* Names. */
        {"eth0.7@up", "eth0.7@up"},
        {"gr\xc3\xbc\xc3\x9f\xe6\x97\xa5\xf0\x9f\x98\x80",
         "gr\xc3\xbc\xc3\x9f\xe6\x97\xa5\xf0\x9f\x98\x80"},
        {"\xd7\xa9\xd7\x9c", "\xd7\xa9\xd7\x9c"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[64];
        FILE *out = open_memstream(&written, &written_size);

        snprintf(expected, sizeof(expected), "<%s>\n", rows[i].printed);
        print_line(out, "<%s>", rows[i].text);
        fclose(out);
        ck_assert_msg(!strcmp(written, expected), "row %zu: %s", i, written);
        free(written);
    }
    ck_assert_uint_eq(utf8_length("gr\xc3\xbc\xc3\x9f"), 4);
}
END_TEST

static void append_line(const char *text, void *arg)
{
    strcat(arg, text);
    strcat(arg, "|");
}

START_TEST(columns_are_aligned_by_characters)
{
    struct table table;
    struct failure failure;
    char text[200] = "";

    table_begin(&table, "lr");
    table_cell(&table, "gr\xc3\xbc");
    table_cell(&table, "%d", 5);
    table_cell(&table, "abcde");
    table_cell(&table, "%d", 100);
    table_cell(&table, "x");
    table_cell(&table, "%s", "");
    ck_assert_int_eq(table_end(&table, append_line, text, &failure), TOOL_OK);
    ck_assert_str_eq(text, "gr\xc3\xbc      5|abcde  100|x|");
}
END_TEST

START_TEST(a_table_that_goes_on_keeps_its_widths)
{
    size_t widths[2] = {4, 0};
    struct table table;
    struct failure failure;
    char text[200] = "";

    for (unsigned i = 0; i < 3; i++) {
        table_begin_wide(&table, "rl", widths);
        table_cell(&table, "%u", i == 1 ? 123456 : i);
        table_cell(&table, "x");
        ck_assert_int_eq(table_end(&table, append_line, text, &failure), TOOL_OK);
    }
    ck_assert_str_eq(text, "   0  x|123456  x|     2  x|");
}
END_TEST

START_TEST(rates_have_three_digits_and_a_unit)
{
    static const struct {
        uint64_t rate;
        const char *text;
    } rows[] = {
        {0, "0 B/s"},
        {999, "999 B/s"},
        {1000, "1 kB/s"},
        {1234567, "1.23 MB/s"},
        {999600, "1 MB/s"},
        {12500000, "12.5 MB/s"},
        {UINT64_MAX, "1.84e+04 PB/s"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[16];

        format_rate(rows[i].rate, text);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

SUITE("tcpestats JSON and text", 20, nested_values_are_separated_and_closed,
      values_are_separated_at_every_depth, lines_are_indented_by_depth,
      numbers_are_whole_at_both_ends, strings_are_escaped, keys_are_escaped_too,
      what_does_not_show_is_escaped_and_nothing_is_lost, lines_for_people_hold_only_what_shows,
      columns_are_aligned_by_characters, a_table_that_goes_on_keeps_its_widths,
      rates_have_three_digits_and_a_unit)
