/*
 * A plug-in of a GLib or GTK program: uploads run on threads of their own, what
 * they tell comes back to the main loop, and the plug-in can be unloaded at any
 * time. Its host calls the four functions at the end, all from the main loop.
 *
 *     cc -shared -fPIC glib_plugin.c -o plugin.so \
 *         $(pkg-config --cflags --libs glib-2.0 chatfile)
 *
 * What matters here:
 * - No call of chatfile is made in the main loop, which would stand still meanwhile.
 * - chatfile calls show_progress() on the thread of the upload. Widgets belong to
 *   the main loop, so that thread only leaves a note and wakes the loop.
 * - Unloading cancels each upload, waits for its thread (the library ends a call
 *   within 100 ms of its cancelling), and takes away what it still had in the loop:
 *   after that nothing runs that is in this file.
 */
#include <chatfile.h>
#include <glib.h>

#include "glib_plugin.h"

/* One upload. The thread has it until it has ended; the lock is for what both
 * the thread and the main loop touch. */
struct job {
    GThread *thread;
    chatfile_cancel *cancel;
    char *path;
    GMutex lock;
    GSource *news;   /* waits in the main loop; NULL: none */
    double fraction; /* of the file that is sent */
    int is_over;
    char *url;   /* of the stored file */
    char *error; /* for a person to read; NULL: it is stored */
};

static struct plugin_host host;
static chatfile_client *client;
static GList *jobs;

static void free_job(struct job *job)
{
    g_thread_join(job->thread);
    if (job->news != NULL) {
        g_source_destroy(job->news);
        g_source_unref(job->news);
    }
    chatfile_cancel_free(job->cancel);
    g_mutex_clear(&job->lock);
    g_free(job->path);
    g_free(job->url);
    g_free(job->error);
    g_free(job);
}

/* In the main loop: tells the host what is new. */
static gboolean tell(gpointer data)
{
    struct job *job = data;
    double fraction;
    int is_over;
    g_mutex_lock(&job->lock);
    g_source_unref(job->news);
    job->news = NULL;
    fraction = job->fraction;
    is_over = job->is_over;
    g_mutex_unlock(&job->lock);
    if (is_over) {
        jobs = g_list_remove(jobs, job);
        host.done(host.user, job->path, job->url, job->error);
        free_job(job);
    } else {
        host.progress(host.user, job->path, fraction);
    }
    return G_SOURCE_REMOVE;
}

/* On the thread of the upload, with the lock: the main loop is to call tell(). */
static void wake_main_loop(struct job *job)
{
    if (job->news != NULL)
        return; /* What it will tell is the newest, anyway. */
    job->news = g_idle_source_new();
    g_source_set_callback(job->news, tell, job, NULL);
    g_source_attach(job->news, host.loop);
}

static int32_t CHATFILE_CALL show_progress(void *user, const chatfile_progress *progress)
{
    struct job *job = user;
    g_mutex_lock(&job->lock);
    job->fraction = progress->total > 0 ? (double)progress->done / (double)progress->total : 0;
    wake_main_loop(job);
    g_mutex_unlock(&job->lock);
    return 0;
}

/* The thread of an upload. */
static gpointer upload(gpointer data)
{
    struct job *job = data;
    chatfile_source source = CHATFILE_SOURCE_INIT;
    chatfile_upload_options options = CHATFILE_UPLOAD_OPTIONS_INIT;
    chatfile_upload_result *stored;
    chatfile_error *error;
    source.path = job->path;
    options.cancel = job->cancel;
    options.progress = show_progress;
    options.progress_user = job;
    chatfile_upload(client, &source, &options, &stored, &error);
    g_mutex_lock(&job->lock);
    /* At NetEase every file has a URL; elsewhere there may be none. */
    job->url = g_strdup(chatfile_upload_result_url(stored));
    job->error = error != NULL ? g_strdup(chatfile_error_message(error)) : NULL;
    job->is_over = 1;
    wake_main_loop(job);
    g_mutex_unlock(&job->lock);
    chatfile_upload_result_free(stored);
    chatfile_error_free(error);
    return NULL;
}

/* ---- What the host calls ------------------------------------------------- */

int plugin_load(const struct plugin_host *with, const chatfile_netease *account)
{
    chatfile_error *error;
    host = *with;
    if (chatfile_open_netease(account, NULL, &client, &error) == CHATFILE_OK)
        return 1;
    g_warning("%s", chatfile_error_message(error));
    chatfile_error_free(error);
    return 0;
}

void plugin_send(const char *path)
{
    struct job *job = g_new0(struct job, 1);
    job->path = g_strdup(path);
    job->cancel = chatfile_cancel_new();
    g_mutex_init(&job->lock);
    jobs = g_list_prepend(jobs, job);
    job->thread = g_thread_new("upload", upload, job);
}

void plugin_cancel(const char *path)
{
    GList *item;
    for (item = jobs; item != NULL; item = item->next) {
        struct job *job = item->data;
        if (g_strcmp0(job->path, path) == 0)
            chatfile_cancel_fire(job->cancel);
    }
}

void plugin_unload(void)
{
    GList *item;
    /* All first, so that they end together. */
    for (item = jobs; item != NULL; item = item->next)
        chatfile_cancel_fire(((struct job *)item->data)->cancel);
    for (item = jobs; item != NULL; item = item->next)
        free_job(item->data);
    g_list_free(jobs);
    jobs = NULL;
    chatfile_client_free(client);
    client = NULL;
}
