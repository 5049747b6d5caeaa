/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "condition.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The longer ones first: "<" begins "<=" as well. */
static const struct {
    const char *text;
    enum comparison comparison;
} operators[] = {
    {"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"!=", NOT_EQUAL}, {"==", EQUAL},
    {"<", LESS},        {">", MORE},        {"=", EQUAL},
};

static const struct {
    const char *of, *name;
    double factor;
} units[] = {
    {"share", "%", 0.01},
    {"share", "", 1},
    {"count", "", 1},
    {"us", "us", 1},
    {"us", "ms", 1e3},
    {"us", "s", 1e6},
    {"bytes", "B", 1},
    {"bytes", "kB", 1e3},
    {"bytes", "MB", 1e6},
    {"bytes", "GB", 1e9},
    {"bytes", "KiB", 1024},
    {"bytes", "MiB", 1048576},
    {"bytes/s", "B/s", 1},
    {"bytes/s", "kB/s", 1e3},
    {"bytes/s", "MB/s", 1e6},
    {"bytes/s", "GB/s", 1e9},
    {"bytes/s", "bit/s", 0.125},
    {"bytes/s", "kbit/s", 125},
    {"bytes/s", "Mbit/s", 125e3},
    {"bytes/s", "Gbit/s", 125e6},
};

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static size_t word_length(const char *text)
{
    size_t length = 0;

    while (isalpha((unsigned char)text[length]) || text[length] == '_')
        length++;
    return length;
}

static const char *parse_causes(const char *text, struct condition *condition)
{
    char code[32];

    if (condition->comparison != EQUAL && condition->comparison != NOT_EQUAL)
        return "a cause is compared by = or !=";
    for (;; text++) {
        size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
        enum cause cause = CAUSE_COUNT;

        if (length < sizeof(code)) {
            memcpy(code, text, length);
            code[length] = 0;
            cause = cause_find(code);
        }
        if (cause == CAUSE_COUNT)
            return "there is no such cause; tcpestats(1) has those there are";
        condition->causes |= 1u << cause;
        text += length;
        if (*text != ',')
            return *skip_blanks(text) ? "something follows the cause" : NULL;
    }
}

static const char *parse_number(const char *text, struct condition *condition)
{
    const char *of = quantity_unit(condition->quantity);
    size_t length;
    char *end;

    if (!isdigit((unsigned char)*text) && *text != '.')
        return "after the operator there must be a number";
    condition->number = strtod(text, &end);
    text = skip_blanks(end);
    for (length = strlen(text); length && isspace((unsigned char)text[length - 1]);)
        length--;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (!strcmp(units[i].of, of) && strlen(units[i].name) == length &&
            !memcmp(units[i].name, text, length)) {
            condition->number *= units[i].factor;
            return NULL;
        }
    return !strcmp(of, "us")        ? "the number takes a unit: us, ms or s"
           : !strcmp(of, "bytes/s") ? "the number takes a unit: B/s, kB/s, MB/s, GB/s, bit/s, "
                                      "kbit/s, Mbit/s or Gbit/s"
           : !strcmp(of, "bytes")   ? "the number takes a unit: B, kB, MB, GB, KiB or MiB"
           : !strcmp(of, "share")   ? "the number takes no unit but %"
                                    : "the number takes no unit";
}

static const char *parse_operator(const char **text, struct condition *condition)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        size_t length = strlen(operators[i].text);

        if (strncmp(*text, operators[i].text, length))
            continue;
        condition->comparison = operators[i].comparison;
        *text = skip_blanks(*text + length);
        return NULL;
    }
    return "after the name there must be one of < <= > >= = !=";
}

const char *condition_parse(const char *text, struct condition *condition)
{
    const char *at = skip_blanks(text), *wrong;
    size_t length = word_length(at);
    unsigned id = 0;

    *condition = (struct condition){.text = text};
    condition->is_cause = length == 5 && !memcmp(at, "cause", 5);
    while (id < Q_COUNT && (strlen(quantity_name((enum quantity_id)id)) != length ||
                            memcmp(quantity_name((enum quantity_id)id), at, length)))
        id++;
    if (!condition->is_cause && id == Q_COUNT)
        return "it begins with the name of no quantity; tcpestats(1) has those there are";
    condition->quantity = (enum quantity_id)id;
    at = skip_blanks(at + length);
    wrong = parse_operator(&at, condition);
    if (wrong)
        return wrong;
    return condition->is_cause ? parse_causes(at, condition) : parse_number(at, condition);
}

static bool compare(enum comparison comparison, double a, double b)
{
    switch (comparison) {
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case MORE:
        return a > b;
    case MORE_EQUAL:
        return a >= b;
    case NOT_EQUAL:
        return a < b || a > b;
    default:
        return !(a < b) && !(a > b);
    }
}

bool condition_holds(const struct condition *condition, const struct verdict *verdict)
{
    const struct quantity *q = &verdict->q[condition->is_cause ? 0 : condition->quantity];
    bool is_one = condition->causes >> verdict->side[verdict->direction].cause & 1;

    if (condition->is_cause)
        return is_one == (condition->comparison == EQUAL);
    return q->known && compare(condition->comparison, q->value, condition->number);
}
