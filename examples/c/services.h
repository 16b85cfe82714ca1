/*
 * How roundtrip.c opens a client of each service: with the credentials of the
 * emulator, or of your own from the environment.
 */
#ifndef SERVICES_H
#define SERVICES_H

#include <chatfile.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "show.h"

/* Whom to open, and how. */
struct world {
    const char *url;     /* of the emulator; NULL: the services themselves */
    uint64_t max_upload; /* 0: the limits of the services */
    chatfile_client_options options;
    int failed; /* a client could not be opened */
};

/* Whether a service is to be used: always at the emulator, else if the
 * environment has what it needs. */
static inline int is_wanted(const struct world *world, const char *service, const char *const *names)
{
    for (; world->url == NULL && *names != NULL; names++) {
        if (getenv(*names) == NULL) {
            fprintf(stderr, "%s is left out: %s is not set\n", service, *names);
            return 0;
        }
    }
    return 1;
}

/* The emulator's value, or one from the environment, which may be NULL. */
static inline const char *setting(const struct world *world, const char *name, const char *of_emulator)
{
    return world->url != NULL ? of_emulator : getenv(name);
}

/* What each open_ below returns: the client, or NULL with the error told. */
static inline chatfile_client *opened(struct world *world, const char *service, chatfile_client *client,
                                      chatfile_error *error)
{
    if (client == NULL) {
        print_error(service, "open", error);
        world->failed = 1;
    }
    return client;
}

static inline chatfile_client *open_easemob(struct world *world)
{
    static const char *const names[] = { "EASEMOB_APP_KEY", "EASEMOB_CLIENT_ID", "EASEMOB_CLIENT_SECRET", NULL };
    chatfile_easemob config = CHATFILE_EASEMOB_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    if (!is_wanted(world, "Easemob", names))
        return NULL;
    config.base_url = setting(world, "EASEMOB_BASE_URL", world->url);
    config.app_key = setting(world, "EASEMOB_APP_KEY", "easemob-demo#testapp");
    config.client_id = setting(world, "EASEMOB_CLIENT_ID", "YXA6ZW11bGF0b3ItY2xpZW50LWlk");
    config.client_secret = setting(world, "EASEMOB_CLIENT_SECRET", "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA");
    config.max_upload_size = world->max_upload;
    chatfile_open_easemob(&config, &world->options, &client, &error);
    return opened(world, "Easemob", client, error);
}

static inline chatfile_client *open_netease(struct world *world)
{
    static const char *const names[] = { "NETEASE_APP_KEY", "NETEASE_APP_SECRET", NULL };
    chatfile_netease config = CHATFILE_NETEASE_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;
    char base_url[1024]; /* needed during the call only: the library keeps a copy */

    if (!is_wanted(world, "NetEase", names))
        return NULL;
    snprintf(base_url, sizeof base_url, "%s/nimserver", world->url != NULL ? world->url : "");
    config.base_url = setting(world, "NETEASE_BASE_URL", base_url);
    config.app_key = setting(world, "NETEASE_APP_KEY", "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b");
    config.app_secret = setting(world, "NETEASE_APP_SECRET", "e1a2b3c4d5f6");
    config.max_upload_size = world->max_upload;
    chatfile_open_netease(&config, &world->options, &client, &error);
    return opened(world, "NetEase", client, error);
}

static inline chatfile_client *open_huawei(struct world *world)
{
    static const char *const names[] = { "HUAWEI_BASE_URL",   "HUAWEI_APP_KEY", "HUAWEI_APP_SECRET",
                                         "HUAWEI_CHANNEL_ID", "HUAWEI_USER_ID", NULL };
    chatfile_huawei config = CHATFILE_HUAWEI_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    if (!is_wanted(world, "Huawei", names))
        return NULL;
    config.base_url = setting(world, "HUAWEI_BASE_URL", world->url);
    config.app_key = setting(world, "HUAWEI_APP_KEY", "0d8f3c5a9b6e4f27a1c2");
    config.app_secret = setting(world, "HUAWEI_APP_SECRET", "emulator-app-secret");
    config.channel_id = setting(world, "HUAWEI_CHANNEL_ID", "7c2f4b1e9d3a4e5f8a6b");
    config.user_id = setting(world, "HUAWEI_USER_ID", "alice");
    chatfile_open_huawei(&config, &world->options, &client, &error);
    return opened(world, "Huawei", client, error);
}

static inline chatfile_client *open_openim(struct world *world)
{
    static const char *const names[] = { "OPENIM_BASE_URL", "OPENIM_USER_ID", "OPENIM_ADMIN_SECRET", NULL };
    chatfile_openim config = CHATFILE_OPENIM_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    if (!is_wanted(world, "OpenIM", names))
        return NULL;
    config.base_url = setting(world, "OPENIM_BASE_URL", world->url);
    config.user_id = setting(world, "OPENIM_USER_ID", "alice");
    config.admin_secret = setting(world, "OPENIM_ADMIN_SECRET", "openIM123");
    config.platform = 7; /* Linux */
    config.max_upload_size = world->max_upload;
    chatfile_open_openim(&config, &world->options, &client, &error);
    return opened(world, "OpenIM", client, error);
}

static inline chatfile_client *open_smh(struct world *world)
{
    static const char *const names[] = { "SMH_LIBRARY_ID", "SMH_LIBRARY_SECRET", NULL };
    chatfile_smh config = CHATFILE_SMH_INIT;
    chatfile_client *client = NULL;
    chatfile_error *error = NULL;

    if (!is_wanted(world, "SMH", names))
        return NULL;
    config.base_url = setting(world, "SMH_BASE_URL", world->url);
    config.library_id = setting(world, "SMH_LIBRARY_ID", "smh0emulator0library");
    config.library_secret = setting(world, "SMH_LIBRARY_SECRET", "4b1e7c52d09f4a86b3a5f0c7e9d21864");
    config.space_id = setting(world, "SMH_SPACE_ID", NULL);
    chatfile_open_smh(&config, &world->options, &client, &error);
    return opened(world, "SMH", client, error);
}

#endif
