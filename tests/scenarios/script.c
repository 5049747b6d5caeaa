/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "script.h"

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
    char *result = strdup(text);

    if (!result)
        err(1, "scenario");
    return result;
}

static void split_line(struct step *step, char *text)
{
    char *at = NULL, *word;

    step->text = copy(text);
    for (word = strtok_r(text, " \t", &at); word; word = strtok_r(NULL, " \t", &at)) {
        if (step->count == WORDS_MAX)
            errx(1, "line %u: too many words", step->line);
        step->words[step->count++] = copy(word);
    }
}

static void add_line(struct script *script, unsigned line, char *text)
{
    char *comment = strchr(text, '#');
    struct step *step;

    if (comment == text && !script->title[0] && !strstr(text, "SPDX"))
        snprintf(script->title, sizeof(script->title), "%s", text + 1 + strspn(text + 1, " "));
    if (comment)
        *comment = '\0';
    text[strcspn(text, "\n")] = '\0';
    while (*text && isspace((unsigned char)text[strlen(text) - 1]))
        text[strlen(text) - 1] = '\0';
    if (!text[strspn(text, " \t")])
        return;
    script->steps = reallocarray(script->steps, script->count + 1, sizeof(*script->steps));
    if (!script->steps)
        err(1, "scenario");
    step = &script->steps[script->count++];
    *step = (struct step){.line = line};
    split_line(step, text);
}

void script_load(struct script *script, const char *file)
{
    FILE *f = fopen(file, "re");
    char line[512];
    unsigned n = 0;

    *script = (struct script){.file = file};
    if (!f)
        err(1, "%s", file);
    while (fgets(line, sizeof(line), f))
        add_line(script, ++n, line);
    fclose(f);
    script->title[strcspn(script->title, "\n")] = '\0';
}

void script_free(struct script *script)
{
    unsigned i, k;

    for (i = 0; i < script->count; i++) {
        for (k = 0; k < script->steps[i].count; k++)
            free(script->steps[i].words[k]);
        free(script->steps[i].text);
    }
    free(script->steps);
}

const char *step_peek(const struct step *step)
{
    return step->next < step->count ? step->words[step->next] : NULL;
}

const char *step_word(struct step *step)
{
    return step->next < step->count ? step->words[step->next++] : NULL;
}

bool step_take(struct step *step, const char *word)
{
    const char *next = step_peek(step);

    if (!next || strcmp(next, word) != 0)
        return false;
    step->next++;
    return true;
}

void split_range(const char *text, char low[static 64], char high[static 64])
{
    const char *dots = strstr(text, "..");
    int n = dots ? (int)(dots - text) : (int)strlen(text);

    snprintf(low, 64, "%.*s", n, text);
    snprintf(high, 64, "%s", dots ? dots + 2 : text);
}

static bool atom(const char **text, bool (*name)(void *, const char *, uint64_t *), void *arg,
                 uint64_t *value)
{
    char word[32];
    size_t n = 0;
    char *end;

    if (isdigit((unsigned char)**text)) {
        *value = strtoull(*text, &end, 0);
        *text = end;
        return true;
    }
    while (n < sizeof(word) - 1 && (isalpha((unsigned char)(*text)[n]) || (*text)[n] == '_')) {
        word[n] = (*text)[n];
        n++;
    }
    word[n] = '\0';
    *text += n;
    return n && name(arg, word, value);
}

static bool product(const char **text, bool (*name)(void *, const char *, uint64_t *), void *arg,
                    uint64_t *value)
{
    uint64_t factor;

    if (!atom(text, name, arg, value))
        return false;
    while (**text == '*' || **text == '/') {
        char op = *(*text)++;

        if (!atom(text, name, arg, &factor) || (op == '/' && !factor))
            return false;
        *value = op == '*' ? *value * factor : *value / factor;
    }
    return true;
}

bool evaluate(const char *text, bool (*name)(void *, const char *, uint64_t *), void *arg,
              uint64_t *value)
{
    uint64_t term;

    if (!product(&text, name, arg, value))
        return false;
    while (*text == '+' || *text == '-') {
        char op = *text++;

        if (!product(&text, name, arg, &term))
            return false;
        *value = op == '+' ? *value + term : *value - term;
    }
    return !*text;
}

bool parse_time(const char *text, uint64_t *us)
{
    static const struct {
        const char *unit;
        unsigned us;
    } units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}};
    char *end;
    unsigned i;

    *us = strtoull(text, &end, 10);
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (end != text && strcmp(end, units[i].unit) == 0) {
            *us *= units[i].us;
            return true;
        }
    return false;
}
