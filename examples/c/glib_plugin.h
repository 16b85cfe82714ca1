/* What the plug-in glib_plugin.c and its host know of each other. */
#ifndef GLIB_PLUGIN_H
#define GLIB_PLUGIN_H

#include <chatfile.h>
#include <glib.h>

/* What the host gives. Its functions are called in its main loop. */
struct plugin_host {
    GMainContext *loop; /* NULL: the default one */
    void *user;
    void (*progress)(void *user, const char *path, double fraction);
    /* error is NULL if the file is stored; then url says where. */
    void (*done)(void *user, const char *path, const char *url, const char *error);
};

/* Begins; 0 if the account cannot be used. */
int plugin_load(const struct plugin_host *host, const chatfile_netease *account);
/* Sends a file; progress() and done() tell of it. */
void plugin_send(const char *path);
/* Stops sending it; done() tells so. */
void plugin_cancel(const char *path);
/* Stops everything; nothing is called any more, and the plug-in may be closed. */
void plugin_unload(void);

#endif
