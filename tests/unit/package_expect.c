/* SPDX-License-Identifier: MIT */
/* What opening a package must say. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "package_fixture.h"
#include "runtime/package/package.h"

enum hone_status fixture_open(const char *path, struct hone_error *err)
{
    struct hone_package package;
    memset(err, 0, sizeof *err);
    enum hone_status status = hone_package_open(path, &package, err);
    if (status == HONE_OK)
        hone_package_close(&package);
    else
        assert_true(strstr(err->text, path) == err->text && !strchr(err->text, '\n'));
    return status;
}

void fixture_expect(const char *path, enum hone_status status, const char *text)
{
    struct hone_error err;
    assert_int_equal(fixture_open(path, &err), status);
    if (!strstr(err.text, text)) fail_msg("'%s' does not say '%s'", err.text, text);
}
