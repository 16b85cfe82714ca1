/*
 * Loads the plug-in of examples/c/glib_plugin.c, has it send a file, has it send another that never ends, and unloads
 * it then: glib_host PLUGIN BASE_URL APP_KEY APP_SECRET FILE ENDLESS_FILE. Prints the URL of the first and "unloaded".
 */
#include "../../examples/c/glib_plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static GMainLoop *loop;
static void (*send_file)(const char *path);
static char **arguments;

static void progress(void *user, const char *path, double fraction)
{
    (void)user;
    if (fraction < 0 || fraction > 1)
        abort();
    /* The second has begun: it is cut off by unloading. */
    if (strcmp(path, arguments[6]) == 0)
        g_main_loop_quit(loop);
}

static void done(void *user, const char *path, const char *url, const char *error)
{
    (void)user;
    if (strcmp(path, arguments[5]) != 0 || url == NULL || error != NULL) {
        fprintf(stderr, "%s: %s\n", path, error);
        exit(1);
    }
    puts(url);
    send_file(arguments[6]);
}

int main(int argc, char **argv)
{
    struct plugin_host host = { NULL, NULL, progress, done };
    chatfile_netease account = CHATFILE_NETEASE_INIT;
    int (*load)(const struct plugin_host *, const chatfile_netease *);
    void (*unload)(void);
    void *plugin;
    if (argc != 7)
        return 2;
    arguments = argv;
    plugin = dlopen(argv[1], RTLD_NOW);
    if (plugin == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    /* As POSIX has it: data pointers are function pointers. */
    *(void **)&load = dlsym(plugin, "plugin_load");
    *(void **)&send_file = dlsym(plugin, "plugin_send");
    *(void **)&unload = dlsym(plugin, "plugin_unload");
    account.base_url = argv[2];
    account.app_key = argv[3];
    account.app_secret = argv[4];
    if (!load(&host, &account))
        return 1;
    loop = g_main_loop_new(NULL, FALSE);
    send_file(argv[5]);
    g_main_loop_run(loop);
    unload();
    dlclose(plugin);
    /* Whatever the plug-in had left in the loop would run now. */
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_main_loop_unref(loop);
    puts("unloaded");
    return 0;
}
