/*
 * The verbs of the driver that are about files that are there, and about uploads in parts.
 */
#ifndef DRIVER_FILES_H
#define DRIVER_FILES_H

#include <chatfile.h>

#include "driver_client.h"

static void do_info(void)
{
    struct call call = new_call();
    chatfile_file_info *info = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_info_options options = CHATFILE_INFO_OPTIONS_INIT;
    chatfile_status status;
    options.cancel = call.cancel;
    status = chatfile_info(client(), text("file"), &options, &info, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        failed(status, error, info);
        return;
    }
    check_ok(error, info);
    say_file_info(info);
    chatfile_file_info_free(info);
}

static void do_exists(void)
{
    struct call call = new_call();
    int32_t exists = 7;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_info_options options = CHATFILE_INFO_OPTIONS_INIT;
    chatfile_status status;
    options.cancel = call.cancel;
    status = chatfile_exists(client(), text("file"), &options, &exists, &error);
    end(&call, watcher);
    if (exists != 0 && (exists != 1 || status != CHATFILE_OK))
        die("it neither exists nor not");
    if (status != CHATFILE_OK) {
        failed(status, error, NULL);
        return;
    }
    check_ok(error, &exists);
    say_number("value", exists);
}

static void do_check(void)
{
    struct call call = new_call();
    chatfile_check_options options = CHATFILE_CHECK_OPTIONS_INIT;
    chatfile_check_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    fill_check_options(&options);
    options.cancel = call.cancel;
    status = chatfile_check(client(), &options, &result, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        failed(status, error, result);
        return;
    }
    check_ok(error, result);
    say_check_result(result);
    chatfile_check_result_free(result);
}

static void do_list(void)
{
    struct call call = new_call();
    chatfile_list_options options = CHATFILE_LIST_OPTIONS_INIT;
    chatfile_listing *listing = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    int any = has("marker") || has("limit") || has("versions") || call.cancel != NULL;
    fill_list_options(&options);
    options.cancel = call.cancel;
    status = chatfile_list(client(), text("directory"), any ? &options : NULL, &listing, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK) {
        failed(status, error, listing);
        return;
    }
    check_ok(error, listing);
    say_listing(listing);
    chatfile_listing_free(listing);
}

static void do_list_all(void)
{
    struct call call = new_call();
    chatfile_list_options options = CHATFILE_LIST_OPTIONS_INIT;
    chatfile_list_cursor *cursor = POISON;
    const chatfile_file_info *entry = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    char names[4096] = "";
    unsigned given = 0;
    fill_list_options(&options);
    options.cancel = call.cancel;
    status = chatfile_list_cursor_new(client(), text("directory"), &options, &cursor, &error);
    while (status == CHATFILE_OK) {
        error = POISON;
        status = chatfile_list_cursor_next(cursor, &entry, &error);
        if (status != CHATFILE_OK || entry == NULL)
            break;
        given++;
        strncat(names, chatfile_file_info_name(entry), sizeof names - strlen(names) - 2);
        strcat(names, "/");
    }
    end(&call, watcher);
    if (status != CHATFILE_OK)
        failed(status, error, cursor == NULL ? (const void *)cursor : (const void *)entry);
    else
        check_ok(error, cursor);
    say_number("given", given);
    say("names", names);
    chatfile_list_cursor_free(cursor);
}

static void do_abort_upload(void)
{
    struct call call = new_call();
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_abort_upload_options options = CHATFILE_ABORT_UPLOAD_OPTIONS_INIT;
    chatfile_status status;
    fill_abort_upload_options(&options);
    options.cancel = call.cancel;
    status = chatfile_abort_upload(client(), &options, &error);
    end(&call, watcher);
    if (status != CHATFILE_OK)
        failed(status, error, NULL);
    else
        check_ok(error, &call);
}

static void say_deleted(chatfile_status status, chatfile_error *error, chatfile_delete_result *result)
{
    if (status != CHATFILE_OK) {
        failed(status, error, result);
        return;
    }
    check_ok(error, result);
    say_delete_result(result);
    chatfile_delete_result_free(result);
}

static void do_delete(void)
{
    struct call call = new_call();
    struct delete_options all;
    chatfile_delete_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    fill_delete_options(&all);
    all.options.cancel = call.cancel;
    status = chatfile_delete(client(), text("file"), &all.options, &result, &error);
    end(&call, watcher);
    say_deleted(status, error, result);
}

static void do_delete_by_time(void)
{
    struct call call = new_call();
    chatfile_delete_options options = CHATFILE_DELETE_OPTIONS_INIT;
    chatfile_netease_delete_task task = CHATFILE_NETEASE_DELETE_TASK_INIT;
    chatfile_delete_result *result = POISON;
    chatfile_error *error = POISON;
    pthread_t watcher = begin(&call);
    chatfile_status status;
    fill_netease_delete_task(&task);
    options.cancel = call.cancel;
    status = chatfile_delete_by_time(client(), &task, &options, &result, &error);
    end(&call, watcher);
    say_deleted(status, error, result);
}

#endif
