/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judge of the JSON writer, judged. */
#include <string.h>

#include "json-strict.h"
#include "suite.h"

START_TEST(what_the_rfc_allows_is_valid)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        " [ 1 , -0.5e+10 , 0 ] \n",
        "{\"a\":{\"b\":[true,false,null]}}",
        "\"\"",
        "\"\\u001b\\\\\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"gr\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "1e5",
        "\"\\u00e9\"",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(json_is_valid(texts[i], strlen(texts[i])), "%s", texts[i]);
}
END_TEST

START_TEST(anything_else_is_not)
{
    static const char *const texts[] = {
        "",
        "{",
        "}",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{1:2}",
        "{\"a\":1,}",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "-",
        "nul",
        "true false",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\n\"",
        "\"\x1b[2J\"",
        "\"\x7f\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xc2\x9b\"",
        "\"\xe2\x82\"",
        "\"\xf4\x90\x80\x80\"",
        "NaN",
        "'a'",
        "[1 2]",
        "[1]]",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(!json_is_valid(texts[i], strlen(texts[i])), "%s", texts[i]);
}
END_TEST

SUITE("strict JSON", 10, what_the_rfc_allows_is_valid, anything_else_is_not)
